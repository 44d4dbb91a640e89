/*
 * What stands for a picture until it has come. Pure functions of a small picture (RGBA, alpha not premultiplied, as rl_pixels_small
 * gives). They keep nothing, so any thread may call them. A picture that is larger than said, empty or not RGBA is
 * REEL_ERR_INVALID_ARG.
 */
#ifndef RL_MEDIA_PLACEHOLDER_H
#define RL_MEDIA_PLACEHOLDER_H

#include "../step.h"

#define RL_BLURHASH_SIDE_MAX 256
#define RL_THUMBHASH_SIDE_MAX 100
#define RL_THUMBHASH_MAX 25

/* BlurHash text with so many components (1 … 9 each; 0, 0: by shape, at most 16 in all), 0-terminated; size at least 168 (36 by shape).
 * BlurHash has no alpha: what is transparent is taken as the average of the rest. Returns the length. */
int rl_blurhash(const AVFrame *small, int columns, int rows, char *text, size_t size);
/* ThumbHash: at most 25 bytes; the picture's sides at most 100 px. Returns how many. */
int rl_thumbhash(const AVFrame *small, uint8_t hash[RL_THUMBHASH_MAX]);
/* Average over what is not transparent, in linear light: 0xRRGGBB. Black where nothing is to be seen. */
uint32_t rl_average_colour(const AVFrame *small);

#endif
