/* Clocks and exact rescaling of timestamps. */
#ifndef RL_BASE_TIME_H
#define RL_BASE_TIME_H

#include <reel/types.h>

int64_t rl_now(void); /* us, monotonic */

/* v * (from) / (to), rounded to nearest, halves away from zero; saturates. REEL_NO_TIME passes through, and is also
 * what a zero in from.den or to.num gives. 128-bit inside. */
int64_t rl_rescale(int64_t v, reel_ratio from, reel_ratio to);

#define RL_US ((reel_ratio){ 1, 1000000 })

#endif
