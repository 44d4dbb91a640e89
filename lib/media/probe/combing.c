#include "../compat.h"
#include "../decode/decode.h"
#include "peek.h"
#include "probe.h"

#include <reel/input.h>
#include <string.h>

#define PLACES 9
/* When none of the first so many is combed, the others are not looked at: an intra picture of 1080p takes 30 ms. */
#define ENOUGH 5
#define MAX_PACKETS 300
/* How far a line must stand out from both neighbours, of 255. */
#define STEP 12
/* One line of so many is looked at: as many tell as well as all, and a probe should not take longer than a frame's encoding. */
#define LINES 8


/* Pixels of one line that stand out from the lines above and below to the same side, while these two are alike. Written so
 * that compilers make vectors of it. */
static int64_t teeth_of_line(const uint8_t *at, const uint8_t *up, const uint8_t *down, int width)
{
    int n = 0;

    for (int x = 0; x < width; x++) {
        int a = at[x] - up[x], b = at[x] - down[x], c = up[x] - down[x];
        int above = (a > STEP) & (b > STEP), below = (a < -STEP) & (b < -STEP), alike = (c < STEP) & (c > -STEP);
        n += (above | below) & alike;
    }
    return n;
}

static int64_t count_teeth(const uint8_t *p, ptrdiff_t line, int width, int height, int stride)
{
    int64_t n = 0;

    for (int y = stride; y < height - stride; y += LINES)
        n += teeth_of_line(p + y * line, p + (y - stride) * line, p + (y + stride) * line, width);
    return n;
}

/*
 * Combed: neighbouring lines, of two fields, differ where lines of the same field do not. Fine texture has teeth at both
 * distances and is not taken for combing.
 */
bool rl_probe_combed(const AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    int width = frame->width, height = frame->height;

    if (!desc || desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL) || desc->comp[0].depth != 8 ||
        desc->comp[0].step != 1)
        return false;
    int64_t near = count_teeth(frame->data[0], frame->linesize[0], width, height, 1);
    int64_t far = count_teeth(frame->data[0], frame->linesize[0], width, height, 2);

    return near > (int64_t)width * height * 2 / (LINES * 500) && near > 3 * far;
}

static int sample(void *user, AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    struct rl_stream *facts = user;

    if (!desc || desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL) || desc->comp[0].depth != 8 ||
        desc->comp[0].step != 1)
        return REEL_END;
    facts->sampled_frames++;
    facts->combed_frames += rl_probe_combed(frame);
    return REEL_END;
}

/* Codecs that have no fields, or pictures that nobody ever recorded in fields: those come at 25 or 29.97 frames a second. */
static bool is_surely_progressive(const struct rl_stream *s)
{
    static const char *const codecs[] = { "av1", "vp9", "vp8", "vp6", "vp6f", "flv1", "h263", "theora", "cinepak",
                                          "svq1", "svq3", "rpza", "gif", "png", "mjpeg" };

    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
        if (!strcmp(s->codec, codecs[i]))
            return true;
    double rate = s->frame_rate.den > 0 ? (double)s->frame_rate.num / s->frame_rate.den : 0;
    bool other_rate = rate > 0 && (rate < 24.5 || rate > 30.5);
    return other_rate || s->height < 240 || s->height > 1088 || s->rotation % 180;
}

static int sample_place(struct rl_flow *flow, struct rl_source *source, int64_t ts, struct rl_stream *facts)
{
    const AVStream *stream = rl_source_format(source)->streams[facts->index];
    struct rl_step *decode = NULL;
    struct rl_peek peek;
    AVPacket *packet = av_packet_alloc();
    bool pushed = false;
    int rc = packet ? 0 : rl_err_nomem(flow->err, "probe");

    if (rc == 0)
        rc = rl_source_seek(source, ts);
    if (rc == 0)
        rc = rl_decode_open(&decode, flow, stream->codecpar, stream->time_base, 1);
    if (rc == 0) {
        rl_peek_init(&peek, flow, sample, facts);
        decode->next = &peek.step;
    }
    for (int i = 0; rc == 0 && !pushed && i < MAX_PACKETS && (rc = rl_source_read(source, packet)) == 0; i++) {
        if (packet->flags & AV_PKT_FLAG_KEY) {
            rc = rl_push_packet(decode, packet);
            pushed = true;
        }
        av_packet_unref(packet);
    }
    if (rc == 0)
        rc = rl_push_flush(decode); /* what it holds back: one keyframe a place is enough */
    rl_steps_close(&decode);
    av_packet_free(&packet);
    if (rc >= 0)
        return 0;
    if (rc == REEL_ERR_CANCELLED || rc == REEL_ERR_NOMEM || rc == REEL_ERR_IO)
        return rc;
    *flow->err = RL_ERROR_INIT; /* this place tells nothing */
    return 0;
}

int rl_probe_combing(struct rl_flow *flow, struct rl_source *source, int64_t duration, struct rl_stream *s)
{
    int64_t start = s->start == REEL_NO_TIME ? 0 : s->start;
    int rc;

    if (s->kind != REEL_STREAM_VIDEO || !s->decodable || is_surely_progressive(s))
        return 0;
    if ((rc = rl_source_select(source, s->index, "")) < 0)
        return rc;
    for (int i = 0; i < PLACES; i++) {
        int place = i * 2 % PLACES; /* the odd ones first, all over the stream; then those between them */
        int64_t at = duration > 0 ? start + duration / (2 * PLACES) * (2 * place + 1) : start;
        if (i == ENOUGH && s->combed_frames == 0)
            break;
        if ((rc = sample_place(flow, source, at, s)) < 0)
            return rc;
        if (duration <= 0)
            break;
    }
    return 0;
}
