/*
 * Peaks of sound: the least and the greatest sample of each so many, in one pass; as the data format of audiowaveform
 * (version 2, binary and JSON), and as a picture.
 */
#ifndef RL_MEDIA_WAVE_H
#define RL_MEDIA_WAVE_H

#include "../step.h"

struct rl_wave; /* [one thread at a time] */

/* split: a pair for each channel; else the mean of all channels. */
int rl_wave_open(struct rl_wave **out, struct rl_flow *flow, int rate, int channels, int samples_per_pixel, bool split);
/* Interleaved floats, -1 … 1. */
int rl_wave_add(struct rl_wave *wave, const float *samples, size_t frames);
int rl_wave_end(struct rl_wave *wave);
size_t rl_wave_length(const struct rl_wave *wave); /* pixels */
int rl_wave_binary(const struct rl_wave *wave, int bits, struct rl_buf *out);
int rl_wave_json(const struct rl_wave *wave, int bits, struct rl_buf *out);
/* Draws all of it into an empty frame of RGBA. Colours are 0xRRGGBBAA. */
int rl_wave_draw(const struct rl_wave *wave, int width, int height, uint32_t colour, uint32_t background, AVFrame *out);
void rl_wave_close(struct rl_wave **wave);

#endif
