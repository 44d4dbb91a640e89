/*
 * True peak (ITU-R BS.1770, annex 2): the greatest value of the sound between its samples, by four times oversampling.
 *
 * Where no neighbour is large enough to bring a value over the peak so far, nothing is computed: the filter's gain bounds what could
 * come out. So the result is that of computing all, which in most music little of it needs. [one thread at a time]
 */
#ifndef RL_MEDIA_TRUEPEAK_H
#define RL_MEDIA_TRUEPEAK_H

#include "../step.h"

struct rl_true_peak;

int rl_true_peak_open(struct rl_true_peak **out, struct rl_flow *flow, int channels);
void rl_true_peak_add(struct rl_true_peak *t, const float *interleaved, int count);
/* What came last is followed by silence. Once, at the end. Gives the peak; 0 for silence. */
float rl_true_peak_end(struct rl_true_peak *t);
void rl_true_peak_close(struct rl_true_peak **t);

#endif
