#include "resample.h"

#include "layout.h"
#include "sound.h"

#include "../../base/time.h"

#include <libavutil/opt.h>
#include <libswresample/swresample.h>

#include <math.h>

/* Output samples that one call may give: bounds the buffers, whatever the rates and frame sizes are. */
#define OUT_MAX 16384
#define IN_CHANNELS_MAX 64 /* libswresample's own limit */
#define RATE_MIN 8         /* so that one input sample gives less than OUT_MAX */
#define RATE_MAX 1536000   /* filters grow with the rate */

struct rl_resampler {
    struct rl_flow *flow;
    struct SwrContext *swr;
    AVChannelLayout like;
    int format, rate;
    int channels;
    int piece; /* input samples that give at most OUT_MAX */
    float gain;
    rl_resampled_fn fn;
    void *user;
    int64_t in, out;
    float *planes;      /* channels * OUT_MAX */
    float *interleaved; /* the same number */
};

static int fail(struct rl_flow *flow, int rc, const char *what)
{
    if (rc == AVERROR(ENOMEM))
        return rl_err_nomem(flow->err, "normalise");
    rl_err(flow->err, REEL_ERR_FILTER, "normalise", "%s", what);
    rl_err_upstream(flow->err, "libswresample", rc);
    return REEL_ERR_FILTER;
}

/* Channels go where we say, whatever they are called. */
static int start_by_matrix(struct SwrContext *swr, int from, const double *matrix)
{
    AVChannelLayout unnamed = { .order = AV_CHANNEL_ORDER_UNSPEC, .nb_channels = from };
    int rc = av_opt_set_chlayout(swr, "in_chlayout", &unnamed, 0);
    if (rc >= 0)
        rc = swr_set_matrix(swr, matrix, from);
    return rc < 0 ? rc : swr_init(swr);
}

/* No way to tell where the channels belong: the first ones are taken as they come. */
static int start_as_they_come(struct SwrContext *swr, int from, int to)
{
    double matrix[RL_SOUND_CHANNELS * IN_CHANNELS_MAX] = { 0 };
    for (int c = 0; c < to; c++)
        matrix[c * from + (from == 1 ? 0 : c)] = c < from || from == 1 ? 1.0 : 0.0;
    return start_by_matrix(swr, from, matrix);
}

static int start_named(struct SwrContext *swr, const AVChannelLayout *from, const AVChannelLayout *to)
{
    double matrix[RL_SOUND_CHANNELS * IN_CHANNELS_MAX] = { 0 };
    int places[IN_CHANNELS_MAX];
    if (from->u.mask == to->u.mask || !rl_layout_places(from, to, places))
        return swr_init(swr);
    for (int i = 0; i < from->nb_channels; i++)
        matrix[places[i] * from->nb_channels + i] = 1.0;
    return start_by_matrix(swr, from->nb_channels, matrix);
}

static int start(struct rl_resampler *r, const AVFrame *like)
{
    AVChannelLayout to = rl_opus_layout(r->channels);
    AVChannelLayout from = rl_layout_taken_as(&like->ch_layout);
    int rc = swr_alloc_set_opts2(&r->swr, &to, AV_SAMPLE_FMT_FLTP, RL_SOUND_RATE, &from, like->format,
                                 like->sample_rate, 0, NULL);
    /* Without a limit a downmix to float may exceed full scale. */
    if (rc >= 0)
        rc = av_opt_set_double(r->swr, "rematrix_maxval", 1.0, 0);
    if (rc < 0)
        return fail(r->flow, rc, "cannot set up the resampler");
    rc = from.order == AV_CHANNEL_ORDER_NATIVE ? start_named(r->swr, &from, &to) : AVERROR(EINVAL);
    if (rc < 0 && rc != AVERROR(ENOMEM))
        rc = start_as_they_come(r->swr, like->ch_layout.nb_channels, r->channels);
    return rc < 0 ? fail(r->flow, rc, "the channel layout cannot be converted") : 0;
}

int rl_resampler_open(struct rl_resampler **out, struct rl_flow *flow, const AVFrame *like, int channels, float gain,
                      rl_resampled_fn fn, void *user)
{
    *out = NULL;
    if (like->sample_rate < RATE_MIN || like->sample_rate > RATE_MAX ||
        like->ch_layout.nb_channels <= 0 || like->ch_layout.nb_channels > IN_CHANNELS_MAX)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "normalise", "sound with %d channels at %d Hz",
                      like->ch_layout.nb_channels, like->sample_rate);
    struct rl_resampler *r = rl_calloc(flow->env, 1, sizeof *r);
    if (!r)
        return rl_err_nomem(flow->err, "normalise");
    *r = (struct rl_resampler){ .flow = flow, .format = like->format, .rate = like->sample_rate,
                                .channels = channels, .gain = gain, .fn = fn, .user = user };
    int64_t piece = (int64_t)(OUT_MAX / 2) * r->rate / RL_SOUND_RATE;
    r->piece = piece < 1 ? 1 : piece > OUT_MAX ? OUT_MAX : (int)piece;
    r->planes = rl_calloc(flow->env, (size_t)channels * OUT_MAX, sizeof *r->planes);
    r->interleaved = rl_calloc(flow->env, (size_t)channels * OUT_MAX, sizeof *r->interleaved);
    int rc = 0;
    if (!r->planes || !r->interleaved || av_channel_layout_copy(&r->like, &like->ch_layout) < 0)
        rc = rl_err_nomem(flow->err, "normalise");
    if (!rc)
        rc = start(r, like);
    if (rc < 0) {
        rl_resampler_close(&r);
        return rc;
    }
    *out = r;
    return 0;
}

void rl_resampler_close(struct rl_resampler **pr)
{
    struct rl_resampler *r = *pr;
    if (!r)
        return;
    swr_free(&r->swr);
    av_channel_layout_uninit(&r->like);
    rl_free(r->flow->env, r->planes);
    rl_free(r->flow->env, r->interleaved);
    rl_free(r->flow->env, r);
    *pr = NULL;
}

bool rl_resampler_fits(const struct rl_resampler *r, const AVFrame *frame)
{
    return frame->format == r->format && frame->sample_rate == r->rate &&
           av_channel_layout_compare(&frame->ch_layout, &r->like) == 0;
}

int64_t rl_resampler_total(const struct rl_resampler *r)
{
    return rl_rescale(r->in, (reel_ratio){ 1, r->rate }, (reel_ratio){ 1, RL_SOUND_RATE });
}

int64_t rl_resampler_input_of(const struct rl_resampler *r, int64_t output)
{
    return (output * r->rate + RL_SOUND_RATE - 1) / RL_SOUND_RATE;
}

/* Planes to Opus order. What is not a number, or far from any sound, would silence a whole packet in the encoder. */
static int give(struct rl_resampler *r, int count)
{
    const unsigned char *order = rl_opus_order(r->channels);
    int n = r->channels;
    for (int c = 0; c < n; c++) {
        const float *from = r->planes + (size_t)order[c] * OUT_MAX;
        for (int i = 0; i < count; i++) {
            float v = from[i] * r->gain;
            r->interleaved[(size_t)i * (size_t)n + (size_t)c] = fabsf(v) < 1000.0f ? v : 0.0f;
        }
    }
    r->out += count;
    return r->fn(r->user, r->interleaved, count);
}

static int convert(struct rl_resampler *r, const uint8_t **in, int count, int *got)
{
    uint8_t *out[RL_SOUND_CHANNELS];
    for (int c = 0; c < r->channels; c++)
        out[c] = (uint8_t *)(r->planes + (size_t)c * OUT_MAX);
    *got = swr_convert(r->swr, out, OUT_MAX, in, count);
    return *got < 0 ? fail(r->flow, *got, "resampling failed") : 0;
}

int rl_resampler_push(struct rl_resampler *r, const AVFrame *frame, int skip)
{
    bool planar = av_sample_fmt_is_planar(r->format);
    int sample = av_get_bytes_per_sample(r->format) * (planar ? 1 : r->like.nb_channels);
    int planes = planar ? r->like.nb_channels : 1;
    for (int at = skip; at < frame->nb_samples;) {
        int count = frame->nb_samples - at < r->piece ? frame->nb_samples - at : r->piece, got;
        const uint8_t *in[IN_CHANNELS_MAX] = { 0 };
        for (int p = 0; p < planes; p++)
            in[p] = frame->extended_data[p] + (ptrdiff_t)at * sample;
        int rc = convert(r, in, count, &got);
        r->in += count;
        at += count;
        if (rc >= 0 && got > 0)
            rc = give(r, got);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int rl_resampler_drain(struct rl_resampler *r)
{
    int64_t total = rl_resampler_total(r);
    int rc = 0, got = 1;
    while (rc == 0 && r->out < total && got > 0) {
        rc = convert(r, NULL, 0, &got);
        if (rc == 0 && got > 0)
            rc = give(r, got < total - r->out ? got : (int)(total - r->out));
    }
    /* The filter's tail can lack a sample or two, and all of an input shorter than the filter: silence. */
    memset(r->planes, 0, (size_t)r->channels * OUT_MAX * sizeof *r->planes);
    while (rc == 0 && r->out < total)
        rc = give(r, total - r->out < OUT_MAX ? (int)(total - r->out) : OUT_MAX);
    return rc;
}
