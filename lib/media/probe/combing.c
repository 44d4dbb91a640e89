#include "../compat.h"
#include "../decode/decode.h"
#include "peek.h"
#include "probe.h"

#include <reel/input.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 5
#define FRAMES_PER_PLACE 4
#define MAX_PACKETS 300
/* How far a line must stand out from both neighbours, of 255. */
#define STEP 12

struct sampler {
    struct rl_stream *facts;
    int frames; /* at this place */
};

/* Pixels whose line stands out from the lines `stride` above and below to the same side, while these two are alike. */
static int64_t count_teeth(const uint8_t *p, ptrdiff_t line, int width, int height, int stride)
{
    int64_t n = 0;

    for (int y = stride; y < height - stride; y += 2) {
        const uint8_t *at = p + y * line, *up = at - stride * line, *down = at + stride * line;
        for (int x = 0; x < width; x++) {
            int a = at[x] - up[x], b = at[x] - down[x];
            n += ((a > STEP && b > STEP) || (a < -STEP && b < -STEP)) && abs(up[x] - down[x]) < STEP;
        }
    }
    return n;
}

/*
 * Combed: neighbouring lines, of two fields, differ where lines of the same field do not. Fine texture has teeth at both
 * distances and is not taken for combing.
 */
static bool is_combed(const AVFrame *frame)
{
    int width = frame->width, height = frame->height;
    int64_t near = count_teeth(frame->data[0], frame->linesize[0], width, height, 1);
    int64_t far = count_teeth(frame->data[0], frame->linesize[0], width, height, 2);

    return near > (int64_t)width * height / 500 && near > 3 * far;
}

static int sample(void *user, AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    struct sampler *s = user;

    if (!desc || desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL) || desc->comp[0].depth != 8 ||
        desc->comp[0].step != 1)
        return REEL_END;
    s->facts->sampled_frames++;
    s->facts->combed_frames += is_combed(frame);
    return ++s->frames < FRAMES_PER_PLACE ? 0 : REEL_END;
}

/* Codecs that have no fields, or pictures that nobody ever recorded in fields. */
static bool is_surely_progressive(const struct rl_stream *s)
{
    static const char *const codecs[] = { "av1", "vp9", "vp8", "vp6", "vp6f", "flv1", "h263", "theora", "cinepak",
                                          "svq1", "svq3", "rpza", "gif", "png", "mjpeg" };

    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
        if (!strcmp(s->codec, codecs[i]))
            return true;
    return s->height < 240 || s->height > 1088 || s->rotation % 180;
}

static int sample_place(struct rl_flow *flow, struct rl_source *source, int64_t ts, struct rl_stream *facts)
{
    const AVStream *stream = rl_source_format(source)->streams[facts->index];
    struct sampler sampler = { .facts = facts };
    struct rl_step *decode = NULL;
    struct rl_peek peek;
    AVPacket *packet = av_packet_alloc();
    int rc = packet ? 0 : rl_err_nomem(flow->err, "probe");

    if (rc == 0)
        rc = rl_source_seek(source, ts);
    if (rc == 0)
        rc = rl_decode_open(&decode, flow, stream->codecpar, stream->time_base, 1);
    if (rc == 0) {
        rl_peek_init(&peek, flow, sample, &sampler);
        decode->next = &peek.step;
    }
    for (int i = 0; rc == 0 && i < MAX_PACKETS && (rc = rl_source_read(source, packet)) == 0; i++) {
        rc = rl_push_packet(decode, packet);
        av_packet_unref(packet);
    }
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
        int64_t at = duration > 0 ? start + duration / (2 * PLACES) * (2 * i + 1) : start;
        if ((rc = sample_place(flow, source, at, s)) < 0)
            return rc;
        if (duration <= 0)
            break;
    }
    return 0;
}
