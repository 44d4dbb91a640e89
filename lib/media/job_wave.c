/*
 * What can be seen and said of a sound: peaks, their picture, loudness. One decode, frame by frame:
 * source -> decode -> peaks at the source's rate
 *                  -> pcm -> loudness, at 48 kHz
 */
#include "jobs.h"

#include "audio/loudness.h"
#include "audio/pcm.h"
#include "decode/decode.h"
#include "preview/wave_picture.h"
#include "preview/wave_step.h"
#include "reading.h"

#include "../base/time.h"

#include <math.h>

#define REPORT_EVERY 64 /* frames */

struct wave_job;

/* Below the decoder: every frame to each of the lines that want it. */
struct fork {
    struct rl_step step;
    struct wave_job *job;
};

struct wave_job {
    struct rl_flow *flow;
    const struct rl_wave_spec *spec;
    struct rl_preview_result *result;
    struct rl_reading in;
    struct rl_step *top;
    struct fork fork;
    struct rl_step *peaks;          /* NULL: not wanted, or no sound yet */
    struct rl_step *pcm;            /* likewise; the line of loudness */
    struct rl_step end;             /* of that line */
    bool peaks_ended, pcm_ended;    /* behind the trim */
    struct rl_audio_spec audio;     /* what pcm and loudness look at */
    struct rl_sound_tally seen, heard;
    size_t product_capacity;
};

static int drop_frame(struct rl_step *step, AVFrame *frame)
{
    (void)step;
    (void)frame;
    return 0;
}

static int nothing_to_flush(struct rl_step *step)
{
    (void)step;
    return 0;
}

static void nothing_to_close(struct rl_step *step)
{
    (void)step;
}

static const struct rl_step_ops end_ops = { .name = "loudness", .frame = drop_frame, .flush = nothing_to_flush,
                                            .close = nothing_to_close };

/* Only a frame knows its channels: some codecs say otherwise in the container. */
static int open_loudness(struct wave_job *j, int channels)
{
    const struct rl_wave_spec *spec = j->spec;
    j->audio = (struct rl_audio_spec){ .time_base = spec->time_base, .origin = spec->origin, .measure = 1,
                                       .trim_start = spec->trim_start, .trim_end = spec->trim_end,
                                       .channels = channels < RL_SOUND_CHANNELS ? channels : RL_SOUND_CHANNELS };
    memcpy(j->audio.format, spec->format, sizeof j->audio.format);
    int rc = rl_pcm_open(&j->pcm, j->flow, &j->audio, &j->heard);
    if (rc == 0)
        rc = rl_loudness_open(&j->pcm->next, j->flow, &j->audio, &j->heard);
    if (rc == 0)
        j->pcm->next->next = &j->end;
    return rc;
}

static void report(const struct wave_job *j, const AVFrame *frame)
{
    const struct rl_job_host *host = j->flow->host;
    int64_t at = frame->pts == AV_NOPTS_VALUE ? 0 : rl_rescale(frame->pts - j->spec->origin, j->spec->time_base, RL_US);
    if (host->progress && j->result->frames_in % REPORT_EVERY == 0)
        host->progress(host->user, at > 0 ? at : 0, 0);
}

static int fork_frame(struct rl_step *step, AVFrame *frame)
{
    struct wave_job *j = ((struct fork *)step)->job;
    int rc = 0;
    j->result->frames_in++;
    j->seen.errors = j->heard.errors = rl_decode_errors(j->top);
    report(j, frame);
    if (j->peaks && !j->peaks_ended && (rc = rl_push_frame(j->peaks, frame)) < 0)
        return rc;
    j->peaks_ended |= rc == REEL_END;
    rc = 0;
    if (j->spec->loudness && !j->pcm && frame->nb_samples > 0 && frame->ch_layout.nb_channels > 0)
        rc = open_loudness(j, frame->ch_layout.nb_channels);
    if (rc == 0 && j->pcm && !j->pcm_ended)
        rc = rl_push_frame(j->pcm, frame);
    if (rc < 0)
        return rc;
    j->pcm_ended |= rc == REEL_END;
    return (!j->peaks || j->peaks_ended) && (!j->spec->loudness || j->pcm_ended) ? REEL_END : 0;
}

static int fork_flush(struct rl_step *step)
{
    struct wave_job *j = ((struct fork *)step)->job;
    int rc = j->peaks ? rl_push_flush(j->peaks) : 0;
    return rc >= 0 && j->pcm ? rl_push_flush(j->pcm) : rc;
}

static const struct rl_step_ops fork_ops = { .name = "waveform", .frame = fork_frame, .flush = fork_flush,
                                             .close = nothing_to_close };

static int open_steps(struct wave_job *j)
{
    const AVStream *stream = j->in.stream;
    j->fork = (struct fork){ .step = { .ops = &fork_ops, .flow = j->flow }, .job = j };
    j->end = (struct rl_step){ .ops = &end_ops, .flow = j->flow };
    int rc = rl_decode_open(&j->top, j->flow, stream->codecpar, stream->time_base, 1);
    if (rc < 0)
        return rc;
    j->top->next = &j->fork.step;
    return j->spec->waveform ? rl_wave_step_open(&j->peaks, j->flow, j->spec, &j->seen) : 0;
}

static int run(struct wave_job *j)
{
    int rc;
    do
        rc = rl_reading_push(&j->in, j->top);
    while (rc == 0);
    return rc < 0 ? rc : rl_push_flush(j->top);
}

/* Hands a finished file over and enters it. */
static int add_product(struct wave_job *j, const struct rl_product *product, const struct rl_buf *bytes)
{
    struct rl_preview_result *result = j->result;
    void *products = result->products;
    if (!rl_grow(j->flow->env, &products, &j->product_capacity, result->product_count, sizeof *product))
        return rl_err_nomem(j->flow->err, "waveform");
    result->products = products;
    struct rl_product *added = &result->products[result->product_count];
    *added = *product;
    added->chunk = result->chunks;
    added->time = REEL_NO_TIME;
    result->product_count++;
    const struct rl_chunk_out out = { .index = result->chunks++, .duration = product->duration, .samples = 1,
                                      .samples_in = result->frames_in };
    if (!j->flow->host->wanted(j->flow->host->user, out.index))
        return 0;
    return rl_emit(j->flow, &out, bytes->data, bytes->size);
}

static int add_picture(struct wave_job *j, const struct rl_wave *wave, int64_t duration)
{
    const struct rl_wave_spec *spec = j->spec;
    bool avif = spec->picture == RL_STILL_AVIF;
    struct rl_product product = { .kind = "waveform", .width = spec->width, .height = spec->height,
                                  .duration = duration, .frames = 1 };
    struct rl_buf bytes;
    snprintf(product.name, sizeof product.name, "waveform.%s", avif ? "avif" : "webp");
    snprintf(product.mime, sizeof product.mime, "image/%s", avif ? "avif" : "webp");
    rl_buf_init(&bytes, j->flow->env);
    int rc = rl_wave_picture(wave, spec, &bytes);
    if (rc == 0)
        rc = add_product(j, &product, &bytes);
    rl_buf_free(&bytes);
    return rc;
}

static int add_peaks(struct wave_job *j, const struct rl_wave *wave, int64_t duration)
{
    const struct rl_wave_spec *spec = j->spec;
    struct rl_buf bytes;
    rl_buf_init(&bytes, j->flow->env);
    int bits = spec->bits == 16 ? 16 : 8, rc = rl_wave_binary(wave, bits, &bytes);
    if (rc == 0)
        rc = add_product(j, &(struct rl_product){ .name = "waveform.dat", .kind = "waveform", .duration = duration,
                                                  .mime = "application/octet-stream" }, &bytes);
    rl_buf_free(&bytes);
    if (rc == 0)
        rc = rl_wave_json(wave, bits, &bytes);
    if (rc == 0)
        rc = add_product(j, &(struct rl_product){ .name = "waveform.json", .kind = "waveform", .duration = duration,
                                                  .mime = "application/json" }, &bytes);
    rl_buf_free(&bytes);
    return rc == 0 && spec->width > 0 && spec->height > 0 ? add_picture(j, wave, duration) : rc;
}

static int make_peaks(struct wave_job *j)
{
    struct rl_wave *wave = rl_wave_step_peaks(j->peaks), *empty = NULL;
    if (!wave) {
        const AVCodecParameters *par = j->in.stream->codecpar;
        int rc = rl_wave_open(&empty, j->flow, par->sample_rate > 0 ? par->sample_rate : RL_SOUND_RATE, 1,
                              j->spec->samples_per_pixel > 2 ? j->spec->samples_per_pixel : 2, false);
        if (rc < 0)
            return rc;
    }
    int rc = add_peaks(j, wave ? wave : empty, rl_wave_step_duration(j->peaks));
    rl_wave_close(&empty);
    return rc;
}

/* By hand: the decimal point of printf is the host's locale's. */
static void put_hundredths(struct rl_buf *out, const char *name, double v, bool known)
{
    long n = known ? lround(fabs(v) * 100) : 0;
    if (known)
        rl_buf_printf(out, "\"%s\":%s%ld.%02ld", name, v < 0 && n > 0 ? "-" : "", n / 100, n % 100);
    else
        rl_buf_printf(out, "\"%s\":null", name);
}

static int make_loudness(struct wave_job *j)
{
    const struct rl_preview_result *r = j->result;
    bool known = r->loudness != 0 || r->loudness_range != 0 || r->true_peak != 0;
    struct rl_buf text;
    rl_buf_init(&text, j->flow->env);
    put_hundredths((rl_buf_text(&text, "{"), &text), "integrated_lufs", r->loudness, known);
    put_hundredths((rl_buf_text(&text, ","), &text), "range_lu", r->loudness_range, known);
    put_hundredths((rl_buf_text(&text, ","), &text), "true_peak_dbtp", r->true_peak, known);
    rl_buf_text(&text, "}\n");
    int rc = text.failed ? rl_err_nomem(j->flow->err, "loudness")
                         : add_product(j, &(struct rl_product){ .name = "loudness.json", .kind = "loudness",
                                                                .mime = "application/json" }, &text);
    rl_buf_free(&text);
    return rc;
}

static int finish(struct wave_job *j)
{
    struct rl_preview_result *result = j->result;
    const char *note = j->seen.note[0] ? j->seen.note : j->heard.note;
    result->decode_errors = rl_decode_errors(j->top);
    result->truncated = rl_source_truncated(j->in.source);
    result->loudness = j->heard.loudness;
    result->loudness_range = j->heard.range;
    result->true_peak = j->heard.peak;
    snprintf(result->note, sizeof result->note, "%s", result->frames_in == 0 ? "no sound could be decoded" : note);
    int rc = j->spec->waveform ? make_peaks(j) : 0;
    return rc == 0 && j->spec->loudness ? make_loudness(j) : rc;
}

int rl_job_wave(struct rl_flow *flow, int fd, const struct rl_wave_spec *spec, struct rl_preview_result *result)
{
    struct wave_job j = { .flow = flow, .spec = spec, .result = result };
    const struct rl_reading_params in = { .format = spec->format, .codec = spec->codec, .stream = spec->stream,
                                          .time_base = spec->time_base, .kind = AVMEDIA_TYPE_AUDIO };
    memset(result, 0, sizeof *result);
    int rc = rl_reading_open(&j.in, flow, fd, &in);
    if (rc == 0)
        rc = open_steps(&j);
    if (rc == 0)
        rc = run(&j);
    if (rc >= 0)
        rc = finish(&j);
    rl_steps_close(&j.top);
    rl_steps_close(&j.peaks);
    rl_steps_close(&j.pcm);
    rl_reading_close(&j.in);
    return rc < 0 ? rc : 0;
}
