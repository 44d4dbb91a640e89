/* The picture of the peaks as a file. */
#ifndef RL_MEDIA_WAVE_PICTURE_H
#define RL_MEDIA_WAVE_PICTURE_H

#include "wave.h"

#include "../../engine/spec.h"

/* Drawn and written without loss: of flat colours WebP is smallest so, and a lossy AVIF saves only a fifth. Appended. */
int rl_wave_picture(const struct rl_wave *wave, const struct rl_wave_spec *spec, struct rl_buf *file);

#endif
