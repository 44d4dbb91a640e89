#include "moments_state.h"

#include "field.h"

#include "../../base/time.h"
#include "../compat.h"
#include "../decode/decode.h"
#include "../filter/chain.h"
#include "../probe/probe.h"

/* Keyframes that are tried before a place is given up, and packets that are decoded in search of a picture without one. */
#define MAX_KEYS_TRIED    6
#define MAX_PACKETS_TRIED 1000

enum { UNSPECIFIED = 2, BT709 = 1, BT470BG = 5, BT2020_NCL = 9, PQ = 16, HLG = 18 };

int rl_moments_fail(struct rl_moments *m, int rc)
{
    if (rc < 0 && !m->outer->err->code)
        *m->outer->err = m->err.code ? m->err : m->single.err;
    if (rc < 0 && !m->outer->err->code)
        return rl_err(m->outer->err, rc, "preview", "no picture could be taken");
    return rc;
}

/* What the container says; a decoder may know better. */
static void container_colour(struct rl_moments *m)
{
    const AVCodecParameters *par = m->stream->codecpar;

    m->colour = (struct rl_colour){ (int32_t)par->color_primaries, (int32_t)par->color_trc, (int32_t)par->color_space,
                                    par->color_range == AVCOL_RANGE_JPEG, (int32_t)par->chroma_location };
}

/* Never unspecified in matrix and range; by size, as players guess. */
static void settle_colour(struct rl_moments *m, const AVFrame *frame)
{
    struct rl_colour c = rl_frame_colour(frame, &m->colour);
    bool wide = c.primaries == 9 || c.transfer == PQ || c.transfer == HLG;
    bool rgb = c.matrix == AVCOL_SPC_RGB;

    if (!rgb && (c.matrix == UNSPECIFIED || c.matrix == 3 || c.matrix <= 0))
        c.matrix = wide ? BT2020_NCL : frame->height >= 720 || frame->width >= 1280 ? BT709 : BT470BG;
    m->colour = c;
    m->seen = true;
}

void rl_moments_finish(struct rl_moments *m, AVFrame *frame, int64_t otherwise)
{
    int64_t time = rl_keys_time(m, frame->pts), length = rl_frame_duration(frame);

    frame->pts = time != REEL_NO_TIME ? time : otherwise;
    frame->time_base = (AVRational){ 1, 1000000 };
    rl_frame_set_duration(frame, length > 0 ? rl_rescale(length, m->spec.time_base, RL_US) : 0);
    if (!m->seen)
        settle_colour(m, frame);
    if (rl_probe_combed(frame))
        (void)rl_field_only(frame); /* where it cannot be done, or there is no memory, the picture stays as it is */
    m->last = frame->pts;
}

int rl_moments_open(struct rl_moments **out, struct rl_flow *flow, int fd, const struct rl_still_source *source)
{
    struct rl_moments *m = rl_calloc(flow->env, 1, sizeof(*m));
    int rc;

    *out = NULL;
    if (!m)
        return rl_err_nomem(flow->err, "preview");
    m->outer = flow;
    m->flow = *flow;
    m->err = RL_ERROR_INIT;
    m->flow.err = &m->err;
    m->fd = fd;
    m->threads = 1;
    m->spec = *source;
    m->last = m->last_key = REEL_NO_TIME;
    m->packet = av_packet_alloc();
    m->held = av_packet_alloc();
    if (!m->packet || !m->held) {
        rc = rl_err_nomem(&m->err, "preview");
        goto fail;
    }
    if (source->time_base.num < 1 || source->time_base.den < 1) {
        rc = rl_err(&m->err, REEL_ERR_INVALID_ARG, "preview", "a stream has a time base");
        goto fail;
    }
    if ((rc = rl_keys_open(m)) < 0 ||
        (rc = rl_single_open(&m->single, &m->flow, m->stream->codecpar, m->stream->time_base, 1)) < 0)
        goto fail;
    container_colour(m);
    *out = m;
    return 0;

fail:
    rl_moments_fail(m, rc);
    rl_moments_close(&m);
    return rc;
}

void rl_moments_threads(struct rl_moments *m, int threads) { m->threads = threads; }

void rl_moments_rough(struct rl_moments *m, bool rough) { m->rough = rough; }

void rl_moments_close(struct rl_moments **moments)
{
    struct rl_moments *m = *moments;

    if (!m)
        return;
    rl_single_close(&m->single);
    rl_source_close(&m->source);
    av_packet_free(&m->packet);
    av_packet_free(&m->held);
    rl_free(m->flow.env, m);
    *moments = NULL;
}

/* The first picture that comes when all is decoded from the start: for streams whose keyframes nobody has marked, or whose shown
 * part begins between two. */
static int first_of_all(struct rl_moments *m, AVFrame *frame)
{
    int rc = rl_keys_open(m);

    if (rc < 0)
        return rc;
    rl_single_reset(&m->single);
    m->in_order = true;
    m->fed = false;
    for (int i = 0; i < MAX_PACKETS_TRIED; i++) {
        av_packet_unref(m->packet);
        rc = rl_source_read(m->source, m->packet);
        m->fed = rc == REEL_END;
        if (rc < 0 || (rc = rl_single_push(&m->single, m->fed ? NULL : m->packet)) < 0)
            return rc;
        rc = rl_single_take(&m->single, frame);
        if (rc == 0 || m->fed)
            return rc;
    }
    return REEL_END;
}

static bool damaged(const AVFrame *frame) { return frame->decode_error_flags != 0; }

/* The keyframe that has been found, or the first behind it that gives a sound picture; else the damaged one. */
static int take_key(struct rl_moments *m, int rc, AVFrame *frame)
{
    AVFrame *poor = NULL;
    int64_t key = REEL_NO_TIME, poor_key = REEL_NO_TIME;

    for (int i = 0; rc == 0; i++) {
        key = rl_keys_packet_time(m, m->packet);
        if (key != REEL_NO_TIME && key == m->last_key) {
            av_frame_free(&poor);
            return REEL_PENDING;
        }
        rc = rl_single_key(&m->single, m->packet, m->rough, frame);
        if (rc == 0 && (!damaged(frame) || i >= MAX_KEYS_TRIED))
            break;
        if (rc == 0 && !poor && (poor = av_frame_alloc())) {
            av_frame_move_ref(poor, frame);
            poor_key = key;
        }
        m->damage++;
        rc = rc < 0 ? rc : i >= MAX_KEYS_TRIED ? REEL_END : rl_keys_next(m);
    }
    if (rc == REEL_END && poor) {
        av_frame_unref(frame);
        av_frame_move_ref(frame, poor);
        key = poor_key;
        rc = 0;
    }
    av_frame_free(&poor);
    m->in_order = false;
    if (rc == REEL_END && m->last == REEL_NO_TIME)
        rc = first_of_all(m, frame);
    if (rc == 0)
        m->last_key = key;
    return rc;
}

/* The next frame in the order of showing. */
static int in_order(struct rl_moments *m, AVFrame *frame)
{
    int rc;

    while ((rc = rl_single_take(&m->single, frame)) == REEL_END && !m->fed) {
        av_packet_unref(m->packet);
        rc = rl_source_read(m->source, m->packet);
        m->fed = rc == REEL_END;
        if (rc < 0 || (rc = rl_single_push(&m->single, m->fed ? NULL : m->packet)) < 0)
            return rc;
    }
    return rc;
}

/* Decodes on from the keyframe before to the frame that is shown at `time`, which is the last that is not behind it. */
static int at_exactly(struct rl_moments *m, int64_t time, AVFrame *frame)
{
    AVFrame *next = av_frame_alloc();
    bool have = false;
    int rc = next ? rl_keys_find(m, time, true) : rl_err_nomem(&m->err, "preview");

    if (rc == 0) {
        rl_single_reset(&m->single);
        m->in_order = true;
        m->fed = false;
        rc = rl_single_push(&m->single, m->packet);
    }
    while (rc == 0 && (rc = in_order(m, next)) == 0) {
        int64_t at = rl_keys_time(m, next->pts);
        if (have && at != REEL_NO_TIME && at > time) {
            rc = rl_single_give_back(&m->single, next);
            break;
        }
        av_frame_unref(frame);
        av_frame_move_ref(frame, next);
        have = true;
        if (at != REEL_NO_TIME && at >= time)
            break;
    }
    av_frame_free(&next);
    if (rc == REEL_END && have)
        rc = 0;
    if (rc == REEL_END && m->last == REEL_NO_TIME)
        rc = first_of_all(m, frame);
    return rc;
}

int rl_moments_at(struct rl_moments *m, int64_t time, bool exact, AVFrame *frame)
{
    if (time < m->asked)
        m->last_key = REEL_NO_TIME;
    m->asked = time;
    int rc = exact ? at_exactly(m, time, frame) : take_key(m, rl_keys_find(m, time, false), frame);

    if (rc == 0)
        rl_moments_finish(m, frame, time);
    return rl_moments_fail(m, rc);
}

int rl_moments_after(struct rl_moments *m, int64_t time, AVFrame *frame)
{
    int rc = take_key(m, rl_keys_after(m, time), frame);

    if (rc == 0)
        rl_moments_finish(m, frame, time);
    return rl_moments_fail(m, rc == REEL_PENDING ? REEL_END : rc);
}

int rl_moments_next(struct rl_moments *m, AVFrame *frame)
{
    int64_t before = m->last;
    int rc = 0;

    if (before == REEL_NO_TIME)
        return rl_moments_at(m, 0, true, frame);
    if (!m->in_order)
        rc = at_exactly(m, before, frame);
    if (rc == 0)
        rc = in_order(m, frame);
    if (rc == 0)
        rl_moments_finish(m, frame, before);
    return rl_moments_fail(m, rc);
}

const struct rl_colour *rl_moments_colour(const struct rl_moments *m) { return &m->colour; }

int64_t rl_moments_duration(const struct rl_moments *m) { return rl_keys_duration(m); }

uint64_t rl_moments_decoded(const struct rl_moments *m) { return m->decoded + m->single.decoded; }

uint64_t rl_moments_damage(const struct rl_moments *m) { return m->damage; }

bool rl_moments_truncated(const struct rl_moments *m) { return rl_source_truncated(m->source); }
