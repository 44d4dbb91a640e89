/* A whole audio stream to Opus: source -> decode -> pcm -> loudness -> opus_step, on this thread; see audio/sound.h. */
#include "jobs.h"

#include "audio/loudness.h"
#include "audio/pcm.h"
#include "audio/opus_step.h"
#include "decode/decode.h"
#include "reading.h"

#include "../base/time.h"

#include <string.h>

/* Sound decoded ahead of the trim, so that every decoder has settled by then. */
#define PRE_ROLL_US 1500000

struct audio_job {
    struct rl_flow *flow;
    const struct rl_audio_spec *spec;
    struct rl_reading in;
    struct rl_step *top, *segments;
    struct rl_sound_tally tally;
};

static int open_steps(struct audio_job *j)
{
    const struct rl_audio_spec *spec = j->spec;
    const AVStream *stream = j->in.stream;
    struct rl_step *pcm, **next;
    int rc = rl_decode_open(&j->top, j->flow, stream->codecpar, stream->time_base, 1);
    if (rc < 0)
        return rc;
    rc = rl_pcm_open(&pcm, j->flow, spec, &j->tally);
    if (rc < 0)
        return rc;
    j->top->next = pcm;
    next = &pcm->next;
    if (spec->measure || spec->has_target) {
        rc = rl_loudness_open(next, j->flow, spec, &j->tally);
        if (rc < 0)
            return rc;
        next = &(*next)->next;
    }
    int rate = stream->codecpar->sample_rate;
    rc = rl_opus_step_open(next, j->flow, spec, rate > 0 ? (uint32_t)rate : 0, &j->tally);
    j->segments = *next;
    return rc;
}

/* Skips ahead where the container can; what lies before the trim is decoded and left out. */
static int skip_ahead(struct audio_job *j)
{
    const struct rl_audio_spec *spec = j->spec;
    if (!spec->seekable || spec->trim_start == REEL_NO_TIME)
        return 0;
    int64_t to = spec->trim_start - rl_rescale(PRE_ROLL_US, RL_US, spec->time_base);
    int64_t start = j->in.stream->start_time;
    return start == AV_NOPTS_VALUE || to <= start ? 0 : rl_source_seek(j->in.source, to);
}

static int run(struct audio_job *j)
{
    int rc;
    while ((rc = rl_reading_push(&j->in, j->top)) == 0)
        j->tally.errors = rl_decode_errors(j->top);
    j->tally.errors = rl_decode_errors(j->top);
    return rc < 0 ? rc : rl_push_flush(j->top);
}

static void fill_result(const struct audio_job *j, struct rl_run_result *result)
{
    const struct rl_audio_spec *spec = j->spec;
    const struct rl_sound_tally *t = &j->tally;
    const reel_ratio sound = { 1, RL_SOUND_RATE };
    result->chunks = rl_opus_step_chunks(j->segments);
    result->samples_out = rl_opus_step_samples(j->segments);
    result->samples_in = t->in;
    result->filled = t->filled;
    result->dropped = t->dropped;
    result->decode_errors = rl_decode_errors(j->top);
    result->truncated = rl_source_truncated(j->in.source);
    result->channels_in = t->channels;
    result->loudness = t->loudness;
    result->loudness_range = t->range;
    result->true_peak = t->peak;
    result->first = result->end = REEL_NO_TIME;
    if (t->first != REEL_NO_TIME) {
        result->first = spec->origin + rl_rescale(t->first, sound, spec->time_base);
        result->end = spec->origin + rl_rescale(t->end, sound, spec->time_base);
    }
    memcpy(result->note, t->note, sizeof result->note);
}

int rl_job_audio(struct rl_flow *flow, int fd, const struct rl_audio_spec *spec, struct rl_run_result *result)
{
    struct audio_job j = { .flow = flow, .spec = spec };
    const struct rl_reading_params in = { .format = spec->format, .codec = spec->codec, .stream = spec->stream,
                                          .time_base = spec->time_base, .kind = AVMEDIA_TYPE_AUDIO };
    memset(result, 0, sizeof *result);
    int rc = rl_reading_open(&j.in, flow, fd, &in);
    if (rc == 0)
        rc = open_steps(&j);
    if (rc == 0)
        rc = skip_ahead(&j);
    if (rc == 0)
        rc = run(&j);
    if (rc >= 0) {
        fill_result(&j, result);
        rc = 0;
    }
    rl_steps_close(&j.top);
    rl_reading_close(&j.in);
    return rc;
}
