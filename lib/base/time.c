#include "time.h"

#include <time.h>

__extension__ typedef __int128 int128;

int64_t rl_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t rl_rescale(int64_t v, reel_ratio from, reel_ratio to)
{
    if (v == REEL_NO_TIME || from.den == 0 || to.num == 0)
        return REEL_NO_TIME;

    /* At most 63 + 31 + 31 bits. */
    int128 n = (int128)v * from.num * to.den;
    int128 d = (int128)from.den * to.num;
    if (d < 0) {
        n = -n;
        d = -d;
    }
    int128 q = n < 0 ? -((-n + d / 2) / d) : (n + d / 2) / d;
    if (q > INT64_MAX)
        return INT64_MAX;
    if (q <= INT64_MIN)
        return INT64_MIN + 1; /* INT64_MIN is REEL_NO_TIME */
    return (int64_t)q;
}
