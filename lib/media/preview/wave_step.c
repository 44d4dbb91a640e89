#include "wave_step.h"

#include "../audio/floats.h"
#include "../audio/place.h"

#include "../../base/time.h"

#include <math.h>

#define PIECE 1024 /* samples that are turned into floats at once */
#define CHANNELS_MAX 64
#define RATE_MAX 1536000

struct wave_step {
    struct rl_step step;
    const struct rl_wave_spec *spec;
    struct rl_sound_tally *tally;
    struct rl_wave *wave; /* since the first frame, which says rate and channels */
    struct rl_place place;
    int rate, channels;
    float *floats;    /* PIECE * CHANNELS_MAX, as they come */
    float *fitted;    /* likewise, with the channels of the peaks */
    int64_t low, high; /* the range on the output's timeline, in samples */
    int64_t pos;       /* place of the next sample that comes */
    int64_t done;      /* peaks reach up to here */
    int64_t odd_in;    /* samples in and out since the rate is another */
    int64_t odd_out;
    int odd_rate;
    bool held_any;
    float held[CHANNELS_MAX]; /* the loudest of those that fall on the next sample */
    bool ended;
};

static int start(struct wave_step *w, const AVFrame *frame)
{
    const struct rl_wave_spec *spec = w->spec;
    const reel_ratio of_samples = { 1, frame->sample_rate };
    w->rate = frame->sample_rate;
    w->channels = frame->ch_layout.nb_channels;
    w->tally->channels = w->channels;
    rl_place_init(&w->place, spec->format, spec->time_base, spec->origin, 0, w->rate);
    w->high = INT64_MAX;
    if (spec->trim_start != REEL_NO_TIME)
        w->low = rl_rescale(spec->trim_start - spec->origin, spec->time_base, of_samples);
    if (w->low < 0)
        w->low = 0;
    if (spec->trim_end != REEL_NO_TIME)
        w->high = rl_rescale(spec->trim_end - spec->origin, spec->time_base, of_samples);
    w->done = w->low;
    return rl_wave_open(&w->wave, w->step.flow, w->rate, w->channels,
                        spec->samples_per_pixel > 2 ? spec->samples_per_pixel : 2, spec->split);
}

/* Samples standing at pos, as far as they are in the range; with silence before them where they leave a gap. */
static int give(struct wave_step *w, const float *samples, int count)
{
    int64_t from = w->pos > w->done ? w->pos : w->done, to = w->pos + count;
    int64_t left_out = from - w->pos;
    w->pos = to;
    to = to < w->high ? to : w->high;
    if (from >= to)
        return 0;
    int rc = rl_wave_add_silence(w->wave, from - w->done);
    if (rc == 0)
        rc = rl_wave_add(w->wave, samples + left_out * w->channels, (size_t)(to - from));
    w->done = to;
    w->tally->in += (uint64_t)(to - from);
    return rc;
}

/* As many channels as the peaks have: what has only one is heard from all. */
static const float *fit_channels(struct wave_step *w, int channels, int count)
{
    if (channels == w->channels)
        return w->floats;
    for (int i = 0; i < count; i++)
        for (int c = 0; c < w->channels; c++)
            w->fitted[i * w->channels + c] = c < channels    ? w->floats[i * channels + c]
                                             : channels == 1 ? w->floats[i]
                                                             : 0;
    return w->fitted;
}

static void hold_loudest(struct wave_step *w, const float *sample)
{
    for (int c = 0; c < w->channels; c++)
        if (!w->held_any || fabsf(sample[c]) > fabsf(w->held[c]))
            w->held[c] = sample[c];
    w->held_any = true;
}

/* Samples of another rate than the peaks': each stands for so many of theirs, or so many for one. */
static int give_odd(struct wave_step *w, const float *samples, int count, int rate)
{
    int rc = 0;
    if (w->odd_rate != rate) {
        w->odd_rate = rate;
        w->odd_in = w->odd_out = 0;
    }
    for (int i = 0; rc == 0 && i < count; i++) {
        hold_loudest(w, samples + (ptrdiff_t)i * w->channels);
        int64_t out = ++w->odd_in * w->rate / rate;
        for (; rc == 0 && w->odd_out < out; w->odd_out++) {
            rc = give(w, w->held, 1);
            w->held_any = false;
        }
    }
    return rc;
}

/* Behind a place of more than the limit no sound can stand that is meant. */
static int check_limit(const struct wave_step *w)
{
    const reel_limits *limits = &w->step.flow->env->limits;
    int64_t length = w->done - w->low;
    if (length > 0 && (uint64_t)(length / w->rate) > limits->duration / 1000000)
        return rl_err(w->step.flow->err, REEL_ERR_LIMIT_DURATION, "waveform",
                      "sound is longer than the limit of %llu s", (unsigned long long)(limits->duration / 1000000));
    return 0;
}

/* *skip: samples of the frame to leave out. */
static void place(struct wave_step *w, const AVFrame *frame, int *skip)
{
    bool first = !w->place.placed;
    int64_t off = rl_place_frame(&w->place, frame, first ? 0 : w->pos, w->tally->errors);
    *skip = 0;
    if (first && off - w->low > (int64_t)(w->step.flow->env->limits.duration / 1000000) * w->rate) {
        w->place.moved -= off; /* a damaged timestamp: the sound begins where the output does */
        off = 0;
    }
    if (off >= 0) {
        w->pos += off;
    } else if (first) {
        w->pos = off;
    } else {
        int64_t again = (-off * frame->sample_rate + w->rate - 1) / w->rate;
        *skip = again < frame->nb_samples ? (int)again : frame->nb_samples;
    }
    if (w->place.jumped && !w->tally->note[0])
        snprintf(w->tally->note, sizeof w->tally->note, "timestamps jump at %.3f s",
                 (double)frame->pts * w->spec->time_base.num / w->spec->time_base.den);
}

static int wave_frame(struct rl_step *step, AVFrame *frame)
{
    struct wave_step *w = (struct wave_step *)step;
    int channels = frame->ch_layout.nb_channels, rc = 0, skip;
    if (w->ended)
        return REEL_END;
    if (frame->nb_samples <= 0)
        return 0;
    if (frame->sample_rate < 1 || frame->sample_rate > RATE_MAX || channels < 1 || channels > CHANNELS_MAX)
        return rl_err(step->flow->err, REEL_ERR_INVALID_DATA, "waveform", "sound with %d channels at %d Hz", channels,
                      frame->sample_rate);
    if (!w->wave && (rc = start(w, frame)) < 0)
        return rc;
    place(w, frame, &skip);
    for (int at = skip; rc == 0 && at < frame->nb_samples; at += PIECE) {
        int n = frame->nb_samples - at < PIECE ? frame->nb_samples - at : PIECE;
        if (!rl_floats_read(frame, at, n, w->floats))
            return rl_err(step->flow->err, REEL_ERR_UNSUPPORTED, "waveform", "samples of an unknown format");
        const float *samples = fit_channels(w, channels, n);
        rc = frame->sample_rate == w->rate ? give(w, samples, n) : give_odd(w, samples, n, frame->sample_rate);
    }
    if (rc == 0)
        rc = check_limit(w);
    if (rc == 0 && w->pos >= w->high) {
        w->ended = true;
        rc = REEL_END;
    }
    return rc;
}

static int wave_flush(struct rl_step *step)
{
    struct wave_step *w = (struct wave_step *)step;
    return w->wave ? rl_wave_end(w->wave) : 0;
}

static void wave_close(struct rl_step *step)
{
    struct wave_step *w = (struct wave_step *)step;
    rl_wave_close(&w->wave);
    rl_free(step->flow->env, w->floats);
    rl_free(step->flow->env, w->fitted);
    rl_free(step->flow->env, w);
}

static const struct rl_step_ops wave_ops = { .name = "waveform", .frame = wave_frame, .flush = wave_flush,
                                             .close = wave_close };

int rl_wave_step_open(struct rl_step **out, struct rl_flow *flow, const struct rl_wave_spec *spec,
                      struct rl_sound_tally *tally)
{
    *out = NULL;
    struct wave_step *w = rl_calloc(flow->env, 1, sizeof *w);
    if (!w)
        return rl_err_nomem(flow->err, "waveform");
    *w = (struct wave_step){ .step = { .ops = &wave_ops, .flow = flow }, .spec = spec, .tally = tally };
    w->floats = rl_calloc(flow->env, PIECE, CHANNELS_MAX * sizeof *w->floats);
    w->fitted = rl_calloc(flow->env, PIECE, CHANNELS_MAX * sizeof *w->fitted);
    if (!w->floats || !w->fitted) {
        wave_close(&w->step);
        return rl_err_nomem(flow->err, "waveform");
    }
    *out = &w->step;
    return 0;
}

struct rl_wave *rl_wave_step_peaks(struct rl_step *step)
{
    return ((struct wave_step *)step)->wave;
}

int64_t rl_wave_step_duration(const struct rl_step *step)
{
    const struct wave_step *w = (const struct wave_step *)step;
    return w->wave ? rl_rescale(w->done - w->low, (reel_ratio){ 1, w->rate }, RL_US) : 0;
}
