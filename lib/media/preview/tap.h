/*
 * The tap: a step that lets frames through, and takes small pictures out of them for previews, so that these cost no second
 * decode. For each segment it hands over a chunk (tiles.h) as track 1, before the segment's own. What it takes of a segment
 * depends on that segment's frames alone, so it is the same for any number of runs:
 *
 * - for storyboards, the first frame, and the first at or behind each multiple of the interval;
 * - for posters, the one of these that has the best score;
 * - for moving pictures, frames of the moments, at most so many per second.
 */
#ifndef RL_MEDIA_TAP_H
#define RL_MEDIA_TAP_H

#include "../step.h"

#include "../../engine/spec.h"
#include "../normalize/cuts.h"

/* us: where the i-th of `moments` begins. */
static inline int64_t rl_tap_place(int64_t duration, int moments, int64_t moment, int i)
{
    int64_t middle = (int64_t)((double)duration * (2 * i + 1) / (2 * moments));
    return middle > moment / 2 ? middle - moment / 2 : 0;
}

/* The slot of a moving frame: -1 when its time is in no moment, else one frame of each number is taken. *which: the moment. */
int64_t rl_tap_slot(int64_t duration, int moments, int64_t moment, int rate, int64_t time, int *which);

/* spec->tap says what is wanted; *out is NULL where that is nothing. cuts: of the run. Both must outlive the step. */
int rl_tap_open(struct rl_step **out, struct rl_flow *flow, const struct rl_video_spec *spec,
                const struct rl_cuts *cuts);

#endif
