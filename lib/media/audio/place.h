/*
 * Where decoded sound stands on the output's timeline: timestamps against the count of samples.
 *
 * The first frame's pts decides where the sound starts; from there samples are counted, and a pts only matters when it is more
 * than 30 ms off the count, so rounded timestamps do nothing and drift is corrected when it can be seen. A jump of more than
 * 60 s is taken for a damaged timestamp: the sound goes on and all later timestamps are moved by as much. [one thread at a time]
 */
#ifndef RL_MEDIA_PLACE_H
#define RL_MEDIA_PLACE_H

#include "../step.h"

struct rl_place {
    reel_ratio time_base;
    int64_t origin;  /* pts at the output's 0 */
    int64_t shift;   /* the exact origin behind that tick, in samples at `rate` */
    int32_t rate;    /* places are counted in it */
    bool counted;    /* timestamps of this container say nothing that the samples do not */
    bool jumped;     /* the last frame's timestamp was damaged */
    bool placed;     /* the first frame has been seen */
    int64_t moved;   /* added to timestamps since the jumps */
    uint64_t errors; /* of the decoder, when the frame before came */
};

/* format: the demuxer's short name. */
void rl_place_init(struct rl_place *p, const char *format, reel_ratio time_base, int64_t origin, int64_t shift,
                   int32_t rate);

/*
 * How far the frame stands from the place `expected` of the next sample: more than 0 is a gap, less than 0 is sound that comes a
 * second time. The first frame gives its place itself (expected is 0 then). errors: the decoder's count so far.
 */
int64_t rl_place_frame(struct rl_place *p, const AVFrame *frame, int64_t expected, uint64_t errors);

#endif
