/*
 * The timing step of video: makes pts rise strictly, gives each frame a duration, leaves out what is not of the run, and
 * counts what is. Timestamps that rise are never touched.
 *
 * - no pts: the end of the frame before;
 * - not behind the frame before: one tick behind it;
 * - `rebase`, for runs that go from the stream's begin to its end: a jump back of more than a second or ahead of more than
 *   a minute is a fault of the recording; what follows is moved to stand behind the frame before.
 */
#ifndef RL_MEDIA_TIMING_H
#define RL_MEDIA_TIMING_H

#include "../step.h"
#include "cuts.h"

struct rl_timing_params {
    struct rl_cuts *cuts; /* must outlive the step */
    reel_ratio time_base;
    int64_t frame_duration; /* of a frame that does not say */
    int64_t trim_start, trim_end;
    bool rebase;
};

struct rl_timing_counts {
    uint64_t in;      /* frames of the run */
    uint64_t dropped; /* of these, left out as there was no tick for them */
    int64_t first;    /* pts of the first; REEL_NO_TIME none */
    int64_t end;      /* behind the last: pts of the first frame of the next run, else by the last one's duration */
    int64_t behind;   /* pts of the first frame behind the run; REEL_NO_TIME when none was met */
    uint64_t jumps;   /* rebased */
    int64_t jump;     /* pts of the first jump */
};

int rl_timing_open(struct rl_step **out, struct rl_flow *flow, const struct rl_timing_params *params);
const struct rl_timing_counts *rl_timing_counts(const struct rl_step *step);

#endif
