/* Where a video stream is cut: a pure function of its keyframes and two lengths. */
#ifndef RL_PLAN_CUTS_H
#define RL_PLAN_CUTS_H

#include "../engine/spec.h"

/* Neighbouring segments that are decoded in one go, from a keyframe on. */
struct rl_planned_run {
    uint32_t first_cut; /* its begin, in the list of cuts; the segments are numbered likewise */
    uint32_t segments;
};

struct rl_cut_list {
    struct rl_cut *cuts; /* one more than there are segments */
    uint32_t cut_count;
    struct rl_planned_run *runs;
    uint32_t run_count;
};

struct rl_cut_request {
    const struct rl_key *keys; /* strictly rising; these and the range stay far from the ends of int64_t */
    uint32_t key_count;
    int64_t start, end; /* of the range; end may be REEL_NO_TIME */
    int64_t min, max;   /* lengths of a segment; 0 < min <= max */
    struct rl_cut first, last; /* what stands at both ends of the list */
};

/*
 * From the start on, a segment ends at the last key that leaves it min … max long; without one, at the first key up to
 * a fifth over max; without that too, the stretch up to the next key is divided evenly into segments of at most max, which
 * make one run. A rest shorter than min is not left over. Every segment is thus between the smaller of min and 0.6 max, and
 * 1.2 max; only a range shorter than that is one segment as it is, and so is what follows the last key when the end is
 * not known.
 * Returns 0 or REEL_ERR_NOMEM with nothing to free.
 */
int rl_cut_list_make(const struct rl_env *env, const struct rl_cut_request *request, struct rl_cut_list *out);

void rl_cut_list_free(const struct rl_env *env, struct rl_cut_list *list);

#endif
