#include "encode.h"

#include "../compat.h"
#include "av1.h"
#include "codecs.h"

#include <string.h>

/* Of a frame that is in the encoder. */
struct stamp {
    int64_t pts, duration;
};

struct encode_step {
    struct rl_step step;
    const struct rl_codec *codec;
    void *unopened; /* until the guard takes it */
    struct rl_guard *guard;
    int width, height;
    enum AVPixelFormat format;
    int64_t frame_duration;
    struct stamp *stamps; /* stamps[first] … stamps[count - 1] */
    size_t first, count, capacity;
    int64_t sent, received; /* what the encoder has for timestamps */
    AVPacket *packet;
};

static const struct rl_codec *codec_of(int encoder)
{
    return encoder == RL_ENCODER_SVTAV1 ? &rl_codec_svtav1 : encoder == RL_ENCODER_AOM ? &rl_codec_aom : NULL;
}

static int remember(struct encode_step *e, const AVFrame *frame)
{
    if (e->first > 0 && e->first == e->count) {
        e->first = e->count = 0;
    } else if (e->first > 256) {
        memmove(e->stamps, e->stamps + e->first, (e->count - e->first) * sizeof(*e->stamps));
        e->count -= e->first;
        e->first = 0;
    }
    if (!rl_grow(e->step.flow->env, (void **)&e->stamps, &e->capacity, e->count, sizeof(*e->stamps)))
        return rl_err_nomem(e->step.flow->err, "encode");
    int64_t duration = rl_frame_duration(frame);
    e->stamps[e->count++] = (struct stamp){ frame->pts, duration > 0 ? duration : e->frame_duration };
    return 0;
}

static int add_config(struct encode_step *e, AVPacket *packet)
{
    struct rl_flow *flow = e->step.flow;
    uint8_t record[RL_AV1C_MAX];
    size_t size = rl_av1_config(packet->data, (size_t)packet->size, record);
    if (size == 0 || !(packet->flags & AV_PKT_FLAG_KEY))
        return rl_err(flow->err, REEL_ERR_ENCODER, "encode", "%s did not begin with a keyframe", e->codec->name);
    uint8_t *data = av_packet_new_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, size);
    if (!data)
        return rl_err_nomem(flow->err, "encode");
    memcpy(data, record, size);
    return 0;
}

/* Gives a packet the frame's own time, cleans it and pushes it on. */
static int push(struct encode_step *e, AVPacket *packet)
{
    struct rl_flow *flow = e->step.flow;
    if (packet->pts != e->received || e->first == e->count)
        return rl_err(flow->err, REEL_ERR_ENCODER, "encode", "%s gave packet %lld as number %lld", e->codec->name,
                      (long long)packet->pts, (long long)e->received);
    const struct stamp *stamp = &e->stamps[e->first++];
    packet->pts = packet->dts = stamp->pts;
    packet->duration = stamp->duration;
    if (av_packet_make_writable(packet) < 0)
        return rl_err_nomem(flow->err, "encode");
    packet->size = (int)rl_av1_strip(packet->data, (size_t)packet->size);
    if (packet->size == 0)
        return rl_err(flow->err, REEL_ERR_ENCODER, "encode", "%s gave a malformed packet", e->codec->name);
    int rc = e->received++ == 0 ? add_config(e, packet) : 0;
    return rc < 0 ? rc : rl_push_packet(e->step.next, packet);
}

/* Pushes what is ready; with `end` all there is. */
static int drain(struct encode_step *e, bool end)
{
    int rc;
    while ((rc = rl_guard_receive(e->guard, e->packet, end)) == 0) {
        rc = push(e, e->packet);
        av_packet_unref(e->packet);
        if (rc != 0)
            return rc;
    }
    return rc < 0 ? rc : 0;
}

static int encode_frame(struct rl_step *step, AVFrame *frame)
{
    struct encode_step *e = (struct encode_step *)step;
    if (frame->width != e->width || frame->height != e->height || frame->format != (int)e->format)
        return rl_err(step->flow->err, REEL_ERR_INTERNAL, "encode", "a frame of %dx%d came where %dx%d was planned",
                      frame->width, frame->height, e->width, e->height);
    int rc = 0;
    if (e->unopened) {
        void *codec = e->unopened;
        e->unopened = NULL;
        rc = rl_guard_open(&e->guard, step->flow, e->codec->name, &e->codec->ops, codec);
    }
    if (rc >= 0)
        rc = remember(e, frame);
    if (rc >= 0)
        rc = rl_guard_send(e->guard, frame, e->sent++);
    return rc < 0 ? rc : drain(e, false);
}

static int encode_flush(struct rl_step *step)
{
    struct encode_step *e = (struct encode_step *)step;
    if (e->guard) {
        int rc = rl_guard_send(e->guard, NULL, 0);
        if (rc >= 0)
            rc = drain(e, true);
        if (rc < 0)
            return rc;
        if (rc == 0 && e->received != e->sent)
            return rl_err(step->flow->err, REEL_ERR_ENCODER, "encode", "%s made %lld packets of %lld frames",
                          e->codec->name, (long long)e->received, (long long)e->sent);
        rc = rl_guard_close(&e->guard);
        if (rc < 0)
            return rc;
    }
    return rl_push_flush(step->next);
}

static void encode_close(struct rl_step *step)
{
    struct encode_step *e = (struct encode_step *)step;
    const struct rl_env *env = step->flow->env;
    rl_guard_close(&e->guard);
    if (e->unopened)
        e->codec->ops.close(e->unopened);
    av_packet_free(&e->packet);
    rl_free(env, e->stamps);
    rl_free(env, e);
}

static const struct rl_step_ops encode_ops = {
    .name = "encode", .frame = encode_frame, .flush = encode_flush, .close = encode_close
};

int rl_encode_video_open(struct rl_step **out, struct rl_flow *flow, const struct rl_video_spec *spec, int threads)
{
    *out = NULL;
    const struct rl_codec *codec = codec_of(spec->encoder);
    if (!codec)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "encode", "there is no encoder %d", (int)spec->encoder);
    struct encode_step *e = rl_calloc(flow->env, 1, sizeof(*e));
    if (!e)
        return rl_err_nomem(flow->err, "encode");
    *e = (struct encode_step){ .step = { .ops = &encode_ops, .flow = flow }, .codec = codec,
                               .frame_duration = spec->frame_duration };
    rl_picture_size(spec, &e->width, &e->height);
    e->format = av_get_pix_fmt(spec->picture.pixel_format);
    int rc = codec->create(&e->unopened, flow, spec, threads < 1 ? 1 : threads);
    if (rc >= 0 && !(e->packet = av_packet_alloc()))
        rc = rl_err_nomem(flow->err, "encode");
    if (rc < 0) {
        encode_close(&e->step);
        return rc;
    }
    *out = &e->step;
    return 0;
}

bool rl_encoder_present(enum rl_encoder encoder, const char **version)
{
    const struct rl_codec *codec = codec_of((int)encoder);
    *version = "";
    return codec && codec->present(version);
}
