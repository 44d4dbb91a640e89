/*
 * Decoded frames to 48 kHz float in Opus order, by libswresample. One resampler serves one run of frames of the same
 * format, rate and layout; it gives exactly round(samples in * 48000 / rate) samples, the first of them in time with
 * the first that went in. [one thread at a time]
 */
#ifndef RL_MEDIA_RESAMPLE_H
#define RL_MEDIA_RESAMPLE_H

#include "../step.h"

struct rl_resampler;

/* Gets interleaved samples, valid during the call. */
typedef int (*rl_resampled_fn)(void *user, float *samples, int count);

/* Set up for frames like this one. gain is a factor. */
int rl_resampler_open(struct rl_resampler **out, struct rl_flow *flow, const AVFrame *like, int channels, float gain,
                      rl_resampled_fn fn, void *user);
void rl_resampler_close(struct rl_resampler **r);

bool rl_resampler_fits(const struct rl_resampler *r, const AVFrame *frame);
/* Takes the samples of the frame from `skip` on. */
int rl_resampler_push(struct rl_resampler *r, const AVFrame *frame, int skip);
/* Gives what is still held back. The resampler is at its end then. */
int rl_resampler_drain(struct rl_resampler *r);
/* Samples that come out for all that went in so far, once drained. */
int64_t rl_resampler_total(const struct rl_resampler *r);
/* How many input samples make that many output samples, rounded up. */
int64_t rl_resampler_input_of(const struct rl_resampler *r, int64_t output);

#endif
