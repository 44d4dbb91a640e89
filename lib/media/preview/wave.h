/*
 * Peaks of sound: the least and the greatest sample of each so many, in one pass; as the data format of audiowaveform
 * (version 2, binary and JSON), and as a picture.
 *
 * Memory is bounded: when there are RL_WAVE_PAIRS_MAX pairs, each two pixels become one and samples_per_pixel doubles. What comes out
 * is what that scale would have given from the start.
 */
#ifndef RL_MEDIA_WAVE_H
#define RL_MEDIA_WAVE_H

#include "../step.h"

#define RL_WAVE_CHANNELS_MAX 24             /* of split ones; more are mixed */
#define RL_WAVE_PAIRS_MAX ((size_t)1 << 23) /* 12 h of one channel at 48 kHz, 256 samples per pixel; 32 MiB */

struct rl_wave; /* [one thread at a time] */

/* split: a pair for each channel; else the mean of all channels. samples_per_pixel: at least 2, as the format wants it. */
int rl_wave_open(struct rl_wave **out, struct rl_flow *flow, int rate, int channels, int samples_per_pixel, bool split);
/* Interleaved floats, -1 … 1; what lies outside is clipped, what is no number is not looked at. */
int rl_wave_add(struct rl_wave *wave, const float *samples, size_t frames);
int rl_wave_add_silence(struct rl_wave *wave, int64_t frames);
int rl_wave_end(struct rl_wave *wave); /* the last pixel may stand for fewer samples */

size_t rl_wave_length(const struct rl_wave *wave); /* pixels */
int rl_wave_scale(const struct rl_wave *wave);     /* samples per pixel, as they are by now */
int rl_wave_channels(const struct rl_wave *wave);  /* pairs per pixel */
struct rl_flow *rl_wave_flow(const struct rl_wave *wave);
/* Pairs of 16 bits, least and greatest, channel by channel, pixel by pixel. */
const int16_t *rl_wave_pairs(const struct rl_wave *wave);

/* bits: 8 or 16. Appended. */
int rl_wave_binary(const struct rl_wave *wave, int bits, struct rl_buf *out);
int rl_wave_json(const struct rl_wave *wave, int bits, struct rl_buf *out);
/* Draws all of it into an empty frame of RGBA, a lane for each channel. Colours are 0xRRGGBBAA. */
int rl_wave_draw(const struct rl_wave *wave, int width, int height, uint32_t colour, uint32_t background, AVFrame *out);
void rl_wave_close(struct rl_wave **wave);

#endif
