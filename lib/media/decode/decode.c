#include "decode.h"

#include "../compat.h"
#include "../allow.h"

#include <errno.h>
#include <stdatomic.h>

/* A decoder that answers with this many errors in a row without taking or giving anything is not asked again. */
#define MAX_ERRORS_IN_A_ROW 32

struct decode {
    struct rl_step step;
    AVCodecContext *codec;
    AVFrame *frame;
    uint64_t errors;
    uint64_t frames;
    int64_t max_pixels;
    atomic_bool too_large; /* set by the decoder's own threads */
};

static bool over(const struct decode *d, int width, int height)
{
    return (int64_t)width * height > d->max_pixels;
}

/* Called before the pixels of a frame are allocated, from any of the decoder's threads. */
static int get_buffer(AVCodecContext *codec, AVFrame *frame, int flags)
{
    struct decode *d = codec->opaque;

    if (codec->codec_type == AVMEDIA_TYPE_VIDEO && over(d, codec->width, codec->height)) {
        atomic_store(&d->too_large, true);
        return AVERROR(EINVAL);
    }
    return avcodec_default_get_buffer2(codec, frame, flags);
}

static int fail_too_large(struct decode *d)
{
    return rl_err(d->step.flow->err, REEL_ERR_LIMIT_PIXELS, "decode", "a frame is over the limit of %lld pixels",
                  (long long)d->max_pixels);
}

/* Code points that mean nothing, or contradict the pixels, become "unspecified": later steps refuse them otherwise. */
static void tidy_colour(AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    bool rgb = desc && desc->flags & AV_PIX_FMT_FLAG_RGB;

    if (!av_color_primaries_name(frame->color_primaries) || frame->color_primaries == AVCOL_PRI_RESERVED0 ||
        frame->color_primaries == AVCOL_PRI_RESERVED)
        frame->color_primaries = AVCOL_PRI_UNSPECIFIED;
    if (!av_color_transfer_name(frame->color_trc) || frame->color_trc == AVCOL_TRC_RESERVED0 ||
        frame->color_trc == AVCOL_TRC_RESERVED)
        frame->color_trc = AVCOL_TRC_UNSPECIFIED;
    if (!av_color_space_name(frame->colorspace) || frame->colorspace == AVCOL_SPC_RESERVED ||
        (frame->colorspace == AVCOL_SPC_RGB) != rgb)
        frame->colorspace = rgb ? AVCOL_SPC_RGB : AVCOL_SPC_UNSPECIFIED;
    if (rl_plain_format(frame->format) != (enum AVPixelFormat)frame->format) {
        frame->format = rl_plain_format(frame->format);
        frame->color_range = AVCOL_RANGE_JPEG;
    }
}

static int hand_on(struct decode *d)
{
    struct rl_flow *flow = d->step.flow;
    AVFrame *frame = d->frame;

    if (frame->flags & AV_FRAME_FLAG_DISCARD)
        return 0;
    /* Behind a keyframe in the middle the flag only says that there was no reset of the codec. */
    if (frame->decode_error_flags ||
        (frame->flags & AV_FRAME_FLAG_CORRUPT && !(d->codec->flags & AV_CODEC_FLAG_OUTPUT_CORRUPT)))
        d->errors++;
    if (++d->frames > flow->env->limits.frames)
        return rl_err(flow->err, REEL_ERR_LIMIT_FRAMES, "decode", "more than %llu frames are over the limit",
                      (unsigned long long)flow->env->limits.frames);
    if (d->codec->codec_type == AVMEDIA_TYPE_VIDEO) {
        if (over(d, frame->width, frame->height))
            return fail_too_large(d);
        tidy_colour(frame);
    }
    frame->pts = frame->best_effort_timestamp;
    frame->time_base = d->codec->pkt_timebase;
    return rl_push_frame(d->step.next, frame);
}

/* Takes all frames the decoder has ready. */
static int drain(struct decode *d)
{
    int in_a_row = 0;
    int rc;

    while (in_a_row < MAX_ERRORS_IN_A_ROW) {
        rc = avcodec_receive_frame(d->codec, d->frame);
        if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
            return 0;
        if (rc == AVERROR(ENOMEM))
            return rl_err_nomem(d->step.flow->err, "decode");
        if (atomic_load(&d->too_large))
            return fail_too_large(d);
        if (rc < 0) {
            d->errors++;
            in_a_row++;
            continue;
        }
        in_a_row = 0;
        rc = hand_on(d);
        av_frame_unref(d->frame);
        if (rc)
            return rc;
    }
    return 0;
}

static int decode_packet(struct rl_step *step, AVPacket *packet)
{
    struct decode *d = (struct decode *)step;
    int rc;

    /* An empty packet would end the decoder; containers use them to say "the last picture again". */
    if (packet && !packet->size && !packet->side_data_elems)
        return 0;
    /* What nobody has the key for decodes to noise at best. */
    if (packet && rl_packet_is_encrypted(packet)) {
        d->errors++;
        return 0;
    }
    rc = avcodec_send_packet(d->codec, packet);
    if (rc == AVERROR(ENOMEM))
        return rl_err_nomem(step->flow->err, "decode");
    if (atomic_load(&d->too_large))
        return fail_too_large(d);
    if (rc < 0 && rc != AVERROR(EAGAIN) && rc != AVERROR_EOF)
        d->errors++;
    return drain(d);
}

static int decode_flush(struct rl_step *step)
{
    int rc = decode_packet(step, NULL);

    return rc < 0 ? rc : rl_push_flush(step->next);
}

static void decode_close(struct rl_step *step)
{
    struct decode *d = (struct decode *)step;

    avcodec_free_context(&d->codec);
    av_frame_free(&d->frame);
    rl_free(step->flow->env, d);
}

static const struct rl_step_ops decode_ops = {
    .name = "decode", .packet = decode_packet, .flush = decode_flush, .close = decode_close,
};

static int open_codec(struct decode *d, const AVCodec *decoder, const AVCodecParameters *par, AVRational time_base,
                      int threads)
{
    reel_error *err = d->step.flow->err;
    uint64_t limit = d->step.flow->env->limits.pixels;
    int rc;

    d->max_pixels = limit > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)limit;
    if (par->codec_type == AVMEDIA_TYPE_VIDEO && over(d, par->width, par->height))
        return fail_too_large(d);
    d->frame = av_frame_alloc();
    d->codec = avcodec_alloc_context3(decoder);
    if (!d->frame || !d->codec)
        return rl_err_nomem(err, "decode");
    rc = avcodec_parameters_to_context(d->codec, par);
    if (rc < 0)
        return rl_err_nomem(err, "decode");
    d->codec->pkt_timebase = time_base;
    d->codec->opaque = d;
    d->codec->get_buffer2 = get_buffer;
    rl_codec_callbacks_in_threads(d->codec);
    /* Some decoders have picture pools of their own and ask only this. Twice, as coded sizes are rounded up. */
    d->codec->max_pixels = d->max_pixels * 2;
    d->codec->thread_count = threads < 1 ? 1 : threads;
    d->codec->thread_type = threads > 1 ? FF_THREAD_FRAME | FF_THREAD_SLICE : 0;
    d->codec->log_level_offset = RL_LOG_SILENT;
    rc = avcodec_open2(d->codec, decoder, NULL);
    if (rc == AVERROR(ENOMEM))
        return rl_err_nomem(err, "decode");
    if (rc < 0) {
        rl_err(err, REEL_ERR_DECODER, "decode", "the %s decoder cannot be opened", decoder->name);
        rl_err_upstream(err, "libavcodec", rc);
        return err->code;
    }
    return 0;
}

int rl_decode_open(struct rl_step **out, struct rl_flow *flow, const AVCodecParameters *par, AVRational time_base,
                   int threads)
{
    const AVCodec *decoder = rl_allow_decoder(par->codec_id);
    struct decode *d;
    int rc;

    *out = NULL;
    if (!decoder)
        return rl_err(flow->err, REEL_ERR_CODEC, "decode", "%s is not decoded by this build",
                      avcodec_get_name(par->codec_id));
    d = rl_calloc(flow->env, 1, sizeof(*d));
    if (!d)
        return rl_err_nomem(flow->err, "decode");
    d->step = (struct rl_step){ .ops = &decode_ops, .flow = flow };
    rc = open_codec(d, decoder, par, time_base, threads);
    if (rc < 0) {
        decode_close(&d->step);
        return rc;
    }
    *out = &d->step;
    return 0;
}

uint64_t rl_decode_errors(const struct rl_step *step)
{
    return ((const struct decode *)step)->errors;
}

void rl_decode_from_key(struct rl_step *step, const AVPacket *first)
{
    struct decode *d = (struct decode *)step;

    if (avcodec_send_packet(d->codec, first) >= 0)
        while (avcodec_receive_frame(d->codec, d->frame) >= 0)
            av_frame_unref(d->frame);
    avcodec_flush_buffers(d->codec);
    d->codec->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
}

void rl_decode_reset(struct rl_step *step)
{
    struct decode *d = (struct decode *)step;

    avcodec_flush_buffers(d->codec);
    d->codec->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
}

int rl_decode_drain(struct rl_step *step)
{
    int rc = decode_packet(step, NULL);

    rl_decode_reset(step);
    return rc;
}

void rl_decode_rough(struct rl_step *step, bool rough)
{
    struct decode *d = (struct decode *)step;

    d->codec->skip_loop_filter = rough ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
}

const AVCodecContext *rl_decode_codec(const struct rl_step *step)
{
    return ((const struct decode *)step)->codec;
}
