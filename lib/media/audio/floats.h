/* Decoded samples of any format as interleaved floats, without a resampler: whole scale is -1 … 1. */
#ifndef RL_MEDIA_FLOATS_H
#define RL_MEDIA_FLOATS_H

#include <libavutil/frame.h>
#include <stdbool.h>

/* `count` samples of each channel from `from` on. false: a format that is not known. */
bool rl_floats_read(const AVFrame *frame, int from, int count, float *to);

#endif
