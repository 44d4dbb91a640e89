/* Ink to light: rows of CMYK to RGB, by the picture's own profile where it has a good one. [one thread at a time] */
#ifndef RL_MEDIA_STILL_CMYK_H
#define RL_MEDIA_STILL_CMYK_H

#include "../still.h"

struct rl_cmyk;

/* inverted: 255 is no ink, as Adobe writes it. A profile that is not one of CMYK is not used. 0 or REEL_ERR_NOMEM. */
int rl_cmyk_open(struct rl_cmyk **out, struct rl_flow *flow, const uint8_t *icc, size_t icc_size, bool inverted);
/* n pixels of four bytes to n of three; sRGB. They may be the same place. */
void rl_cmyk_row(struct rl_cmyk *cmyk, const uint8_t *in, uint8_t *out, size_t n);
void rl_cmyk_close(struct rl_cmyk **cmyk);

#endif
