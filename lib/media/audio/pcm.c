#include "pcm.h"

#include "place.h"
#include "resample.h"

#include "../../base/time.h"

#include <math.h>

#define SILENCE_PIECE RL_SOUND_RATE

static const reel_ratio sound_base = { 1, RL_SOUND_RATE };

struct pcm {
    struct rl_step step;
    const struct rl_audio_spec *spec;
    struct rl_sound_tally *tally;
    struct rl_resampler *resampler; /* of the run that began at `base`; NULL between runs */
    AVFrame *frame;                 /* what is pushed */
    float gain;
    int64_t low, high; /* the range on the output's timeline */
    int64_t base;      /* place of the run's first sample */
    int64_t pos;       /* place of the next sample to come out */
    struct rl_place place;
    bool ended;
};

/* Pushes samples standing at pos, as far as they are in the range. NULL is silence, of at most SILENCE_PIECE. */
static int push(struct pcm *p, const float *samples, int count)
{
    int64_t from = p->pos, to = p->pos + count;
    p->pos = to;
    if (from < p->low)
        from = p->low;
    if (to > p->high)
        to = p->high;
    if (from >= to)
        return 0;
    AVFrame *frame = p->frame;
    int channels = p->spec->channels;
    int64_t size = (to - from) * channels * (int64_t)sizeof(float);
    av_frame_unref(frame);
    frame->buf[0] = av_buffer_alloc((size_t)size);
    if (!frame->buf[0])
        return rl_err_nomem(p->step.flow->err, "normalise");
    frame->data[0] = frame->buf[0]->data;
    frame->extended_data = frame->data;
    frame->format = AV_SAMPLE_FMT_FLT;
    frame->sample_rate = RL_SOUND_RATE;
    frame->nb_samples = (int)(to - from);
    frame->pts = from;
    if (samples)
        memcpy(frame->data[0], samples + (from - (p->pos - count)) * channels, (size_t)size);
    else
        memset(frame->data[0], 0, (size_t)size);

    struct rl_sound_tally *tally = p->tally;
    tally->silence = !samples;
    if (tally->silence)
        tally->filled += (uint64_t)(to - from);
    if (tally->first == REEL_NO_TIME)
        tally->first = from;
    tally->end = to;
    int rc = rl_push_frame(p->step.next, frame);
    av_frame_unref(frame);
    return rc;
}

static int on_resampled(void *user, float *samples, int count)
{
    return push(user, samples, count);
}

/* Ends the run of frames of one format: what the resampler holds comes out, and what was decoded is counted. */
static int end_run(struct pcm *p)
{
    if (!p->resampler)
        return 0;
    int rc = rl_resampler_drain(p->resampler);
    rl_resampler_close(&p->resampler);
    return rc;
}

static int fill(struct pcm *p, int64_t count)
{
    int rc = 0;
    for (; rc == 0 && count > 0 && p->pos < p->high; count -= SILENCE_PIECE)
        rc = push(p, NULL, count < SILENCE_PIECE ? (int)count : SILENCE_PIECE);
    return rc;
}

static void note_jump(struct pcm *p, const AVFrame *frame)
{
    if (!p->tally->note[0])
        snprintf(p->tally->note, sizeof p->tally->note, "timestamps jump at %.3f s",
                 (double)frame->pts * p->spec->time_base.num / p->spec->time_base.den);
}

/* Compares the frame's timestamp with the count. *skip: samples of the frame to leave out, maybe all of them. */
static int place(struct pcm *p, const AVFrame *frame, int *skip)
{
    bool first = !p->place.placed;
    int64_t expected = first ? 0 : p->resampler ? p->base + rl_resampler_total(p->resampler) : p->pos;
    int64_t off = rl_place_frame(&p->place, frame, expected, p->tally->errors);
    *skip = 0;
    if (first) {
        p->pos = p->base = off;
        return 0;
    }
    if (p->place.jumped)
        note_jump(p, frame);
    if (off == 0)
        return 0;
    if (off > 0) {
        int rc = end_run(p);
        return rc ? rc : fill(p, off);
    }
    int64_t again = (-off * frame->sample_rate + RL_SOUND_RATE - 1) / RL_SOUND_RATE;
    *skip = again < frame->nb_samples ? (int)again : frame->nb_samples;
    return 0;
}

/* The share of [from, from + count) that lies in the range. */
static uint64_t in_range(const struct pcm *p, int64_t from, int64_t count)
{
    int64_t to = from + count;
    from = from < p->low ? p->low : from;
    to = to > p->high ? p->high : to;
    return to > from ? (uint64_t)(to - from) : 0;
}

static int check_limits(const struct pcm *p)
{
    const reel_limits *limits = &p->step.flow->env->limits;
    int64_t length = p->pos - (p->low > p->base ? p->low : p->base);
    if (length > 0 && (uint64_t)length / RL_SOUND_RATE > limits->duration / 1000000)
        return rl_err(p->step.flow->err, REEL_ERR_LIMIT_DURATION, "normalise",
                      "sound is longer than the limit of %llu s",
                      (unsigned long long)(limits->duration / 1000000));
    return 0;
}

static int pcm_frame(struct rl_step *step, AVFrame *frame)
{
    struct pcm *p = (struct pcm *)step;
    int skip, rc;
    if (p->ended)
        return REEL_END;
    if (frame->nb_samples <= 0)
        return 0;
    if (!p->tally->channels)
        p->tally->channels = frame->ch_layout.nb_channels;
    if (p->resampler && !rl_resampler_fits(p->resampler, frame) && (rc = end_run(p)) != 0)
        return rc;
    if ((rc = place(p, frame, &skip)) != 0)
        return rc;
    if (!p->resampler) {
        p->base = p->pos;
        rc = rl_resampler_open(&p->resampler, step->flow, frame, p->spec->channels, p->gain, on_resampled, p);
        if (rc < 0)
            return rc;
    }
    int64_t before = rl_resampler_total(p->resampler);
    rc = rl_resampler_push(p->resampler, frame, skip);
    int64_t count = rl_resampler_total(p->resampler) - before;
    p->tally->in += in_range(p, p->base + before, count);
    if (skip > 0) {
        int64_t again = rl_rescale(skip, (reel_ratio){ 1, frame->sample_rate }, sound_base);
        again = (int64_t)in_range(p, p->base + before - again, again);
        p->tally->in += (uint64_t)again;
        p->tally->dropped += (uint64_t)again;
    }
    if (rc == 0)
        rc = check_limits(p);
    if (rc == 0 && p->pos >= p->high) {
        p->ended = true;
        rc = REEL_END;
    }
    return rc;
}

static int pcm_flush(struct rl_step *step)
{
    struct pcm *p = (struct pcm *)step;
    int rc = end_run(p);
    return rc < 0 ? rc : rl_push_flush(step->next);
}

static void pcm_close(struct rl_step *step)
{
    struct pcm *p = (struct pcm *)step;
    rl_resampler_close(&p->resampler);
    av_frame_free(&p->frame);
    rl_free(step->flow->env, p);
}

static const struct rl_step_ops pcm_ops = {
    .name = "normalise", .frame = pcm_frame, .flush = pcm_flush, .close = pcm_close
};

int rl_pcm_open(struct rl_step **out, struct rl_flow *flow, const struct rl_audio_spec *spec,
                struct rl_sound_tally *tally)
{
    *out = NULL;
    struct pcm *p = rl_calloc(flow->env, 1, sizeof *p);
    if (!p)
        return rl_err_nomem(flow->err, "normalise");
    *p = (struct pcm){ .step = { .ops = &pcm_ops, .flow = flow }, .spec = spec, .tally = tally, .high = INT64_MAX };
    rl_place_init(&p->place, spec->format, spec->time_base, spec->origin, spec->shift, RL_SOUND_RATE);
    p->gain = (float)pow(10.0, spec->gain / 20.0);
    if (spec->trim_start != REEL_NO_TIME)
        p->low = rl_rescale(spec->trim_start - spec->origin, spec->time_base, sound_base);
    if (p->low < 0)
        p->low = 0;
    if (spec->trim_end != REEL_NO_TIME)
        p->high = spec->length > 0 ? spec->length
                                   : rl_rescale(spec->trim_end - spec->origin, spec->time_base, sound_base);
    tally->first = REEL_NO_TIME;
    p->frame = av_frame_alloc();
    if (!p->frame) {
        rl_free(flow->env, p);
        return rl_err_nomem(flow->err, "normalise");
    }
    *out = &p->step;
    return 0;
}
