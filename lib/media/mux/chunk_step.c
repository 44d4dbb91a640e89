#include "chunk_step.h"

#include "../../base/time.h"
#include "cmaf.h"

#include <string.h>

struct chunk_step {
    struct rl_step step;
    struct rl_chunk_params params;
    AVPacket **packets;
    size_t count, capacity;
    uint8_t private[sizeof(((struct rl_chunk_out *)0)->codec_private)];
    uint32_t private_size;
    uint64_t samples_in, decode_errors;
    int64_t end;
};

static int chunk_packet(struct rl_step *step, AVPacket *packet)
{
    struct chunk_step *c = (struct chunk_step *)step;
    struct rl_flow *flow = step->flow;
    size_t size = 0;
    const uint8_t *private = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if (private) {
        if (size > sizeof(c->private))
            return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "chunk", "a codec configuration of %zu bytes is too large",
                          size);
        memcpy(c->private, private, size);
        c->private_size = (uint32_t)size;
    }
    if (!rl_grow(flow->env, (void **)&c->packets, &c->capacity, c->count, sizeof(*c->packets)))
        return rl_err_nomem(flow->err, "chunk");
    AVPacket *kept = av_packet_clone(packet);
    if (!kept)
        return rl_err_nomem(flow->err, "chunk");
    c->packets[c->count++] = kept;
    return 0;
}

/* pts on the output's timeline; exact, because the plan chose a timescale that is a multiple of the source's. */
static int64_t to_track(const struct chunk_step *c, int64_t pts)
{
    return rl_rescale(pts - c->params.origin, c->params.time_base, (reel_ratio){ 1, (int32_t)c->params.timescale });
}

static void fill_samples(const struct chunk_step *c, struct rl_sample *samples)
{
    for (size_t i = 0; i < c->count; i++) {
        const AVPacket *p = c->packets[i];
        samples[i] = (struct rl_sample){ .data = p->data, .size = (size_t)p->size, .ts = to_track(c, p->pts),
                                         .key = !!(p->flags & AV_PKT_FLAG_KEY) };
        if (i > 0)
            samples[i - 1].duration = samples[i].ts - samples[i - 1].ts;
    }
    const AVPacket *last = c->packets[c->count - 1];
    int64_t end = c->end != REEL_NO_TIME && c->end > last->pts ? c->end : last->pts + last->duration;
    int64_t duration = to_track(c, end) - samples[c->count - 1].ts;
    samples[c->count - 1].duration = duration > 0 ? duration : 1;
}

static int emit(struct chunk_step *c, const struct rl_sample *samples)
{
    struct rl_flow *flow = c->step.flow;
    struct rl_buf buf;
    rl_buf_init(&buf, flow->env);
    int rc = rl_cmaf_write(&buf, c->params.index + 1, samples, c->count, flow->err);
    if (rc < 0)
        goto out;
    const struct rl_sample *last = &samples[c->count - 1];
    struct rl_chunk_out out = {
        .index = c->params.index,
        .start = samples[0].ts,
        .duration = last->ts + last->duration - samples[0].ts,
        .samples = c->params.sound ? (uint64_t)(last->ts + last->duration - samples[0].ts) : c->count,
        .samples_in = c->samples_in,
        .decode_errors = c->decode_errors,
        .private_size = c->private_size,
    };
    memcpy(out.codec_private, c->private, c->private_size);
    rc = rl_emit(flow, &out, buf.data, buf.size);
out:
    rl_buf_free(&buf);
    return rc;
}

static int chunk_flush(struct rl_step *step)
{
    struct chunk_step *c = (struct chunk_step *)step;
    if (c->count == 0)
        return 0;
    struct rl_sample *samples = rl_calloc(step->flow->env, c->count, sizeof(*samples));
    if (!samples)
        return rl_err_nomem(step->flow->err, "chunk");
    fill_samples(c, samples);
    int rc = emit(c, samples);
    rl_free(step->flow->env, samples);
    return rc;
}

static void chunk_close(struct rl_step *step)
{
    struct chunk_step *c = (struct chunk_step *)step;
    for (size_t i = 0; i < c->count; i++)
        av_packet_free(&c->packets[i]);
    rl_free(step->flow->env, c->packets);
    rl_free(step->flow->env, c);
}

static const struct rl_step_ops chunk_ops = {
    .name = "chunk", .packet = chunk_packet, .flush = chunk_flush, .close = chunk_close
};

int rl_chunk_open(struct rl_step **out, struct rl_flow *flow, const struct rl_chunk_params *params)
{
    *out = NULL;
    struct chunk_step *c = rl_calloc(flow->env, 1, sizeof(*c));
    if (!c)
        return rl_err_nomem(flow->err, "chunk");
    c->step = (struct rl_step){ .ops = &chunk_ops, .flow = flow };
    c->params = *params;
    c->end = REEL_NO_TIME;
    *out = &c->step;
    return 0;
}

void rl_chunk_counts(struct rl_step *step, uint64_t samples_in, uint64_t decode_errors, int64_t end)
{
    struct chunk_step *c = (struct chunk_step *)step;
    c->samples_in = samples_in;
    c->decode_errors = decode_errors;
    c->end = end;
}

uint64_t rl_chunk_samples(const struct rl_step *step)
{
    return ((const struct chunk_step *)step)->count;
}
