/* What stands for a picture until it has come. Pure functions of a small picture (RGBA, as rl_pixels_small gives). */
#ifndef RL_MEDIA_PLACEHOLDER_H
#define RL_MEDIA_PLACEHOLDER_H

#include "../step.h"

/* BlurHash text with so many components (1 … 9 each; 0, 0: by shape), 0-terminated; size at least 168. */
int rl_blurhash(const AVFrame *small, int columns, int rows, char *text, size_t size);
/* ThumbHash: at most 25 bytes; the picture's sides at most 100 px. Returns how many. */
int rl_thumbhash(const AVFrame *small, uint8_t hash[25]);
/* Average over what is not transparent, in linear light: 0xRRGGBB. */
uint32_t rl_average_colour(const AVFrame *small);

#endif
