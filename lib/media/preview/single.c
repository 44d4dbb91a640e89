#include "single.h"

#include "../decode/decode.h"

/* Pictures that may wait in line; a decoder holds back fewer. */
#define MAX_WAITING 256

bool rl_single_grave(int rc)
{
    return rc == REEL_ERR_NOMEM || rc == REEL_ERR_CANCELLED || rc == REEL_ERR_IO || rc == REEL_ERR_LIMIT_PIXELS ||
           rc == REEL_ERR_LIMIT_FRAMES;
}

static int keep(struct rl_step *step, AVFrame *frame)
{
    struct rl_single *s = (struct rl_single *)step;
    const struct rl_env *env = step->flow->env;

    s->decoded++;
    if (s->count - s->first >= MAX_WAITING)
        return REEL_END;
    AVFrame *kept = av_frame_alloc();
    if (!kept || !rl_grow(env, (void **)&s->frames, &s->capacity, s->count, sizeof(*s->frames))) {
        av_frame_free(&kept);
        return rl_err_nomem(step->flow->err, "decode");
    }
    av_frame_move_ref(kept, frame);
    s->frames[s->count++] = kept;
    return 0;
}

static int end(struct rl_step *step)
{
    (void)step;
    return 0;
}

static void part(struct rl_step *step) { (void)step; /* it is a part of the struct */ }

static const struct rl_step_ops sink_ops = { .name = "single", .frame = keep, .flush = end, .close = part };

int rl_single_open(struct rl_single *s, struct rl_flow *flow, const AVCodecParameters *par, AVRational time_base,
                   int threads)
{
    *s = (struct rl_single){ .err = RL_ERROR_INIT, .flow = *flow };
    s->flow.err = &s->err;
    s->sink = (struct rl_step){ .ops = &sink_ops, .flow = &s->flow };
    int rc = rl_decode_open(&s->decode, &s->flow, par, time_base, threads);
    if (rc >= 0)
        s->decode->next = &s->sink;
    else
        *flow->err = flow->err->code ? *flow->err : s->err;
    return rc;
}

static void clear(struct rl_single *s)
{
    while (s->first < s->count)
        av_frame_free(&s->frames[s->first++]);
    s->first = s->count = 0;
}

void rl_single_close(struct rl_single *s)
{
    if (!s->flow.env)
        return;
    clear(s);
    rl_steps_close(&s->decode);
    rl_free(s->flow.env, s->frames);
    *s = (struct rl_single){ 0 };
}

void rl_single_reset(struct rl_single *s)
{
    clear(s);
    s->err = RL_ERROR_INIT;
    rl_decode_reset(s->decode);
    rl_decode_rough(s->decode, false);
}

int rl_single_take(struct rl_single *s, AVFrame *frame)
{
    if (s->first == s->count)
        return REEL_END;
    av_frame_unref(frame);
    av_frame_move_ref(frame, s->frames[s->first]);
    av_frame_free(&s->frames[s->first++]);
    if (s->first == s->count)
        s->first = s->count = 0;
    return 0;
}

int rl_single_give_back(struct rl_single *s, AVFrame *frame)
{
    AVFrame *kept = av_frame_alloc();

    if (!kept || (!s->frames && !rl_grow(s->flow.env, (void **)&s->frames, &s->capacity, 0, sizeof(*s->frames)))) {
        av_frame_free(&kept);
        return rl_err_nomem(&s->err, "decode");
    }
    av_frame_move_ref(kept, frame);
    if (s->first > 0)
        s->first--;
    else
        s->count = 1; /* the line was empty: taking the last one sets it back */
    s->frames[s->first] = kept;
    return 0;
}

int rl_single_push(struct rl_single *s, AVPacket *packet)
{
    int rc = packet ? rl_push_packet(s->decode, packet) : rl_decode_drain(s->decode);

    if (rc >= 0 || rl_single_grave(rc))
        return rc < 0 ? rc : 0;
    s->err = RL_ERROR_INIT;
    return 0;
}

int rl_single_key(struct rl_single *s, AVPacket *packet, bool rough, AVFrame *frame)
{
    int rc;

    rl_single_reset(s);
    rl_decode_rough(s->decode, rough);
    if ((rc = rl_single_push(s, packet)) < 0 || (rc = rl_single_push(s, NULL)) < 0)
        return rc;
    rc = rl_single_take(s, frame);
    clear(s);
    return rc;
}
