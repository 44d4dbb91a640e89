/*
 * Loudness by EBU R128 (ITU-R BS.1770-4, EBU Tech 3341 and 3342): integrated loudness, range and true peak of 48 kHz
 * float in Opus order. Blocks are kept as histograms of 0.01 LU, so memory does not grow.
 *
 * Our own and not libavfilter's ebur128, because that one prints a summary to the host's stderr whenever it is freed.
 */
#ifndef RL_MEDIA_LOUDNESS_H
#define RL_MEDIA_LOUDNESS_H

#include "sound.h"

#include "../../engine/spec.h"

/* The step: passes frames on untouched, and fills loudness, range, peak and gain of the tally at the flush. All stay 0
 * for sound shorter than 400 ms and for silence. */
int rl_loudness_open(struct rl_step **out, struct rl_flow *flow, const struct rl_audio_spec *spec,
                     struct rl_sound_tally *tally);

/* What the header may say, dB: to the target, but never lifting the peak over the limit, and within Q7.8. */
double rl_loudness_gain(double loudness, double peak, double target, double peak_limit);

#endif
