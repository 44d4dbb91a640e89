/*
 * Which segment a frame belongs to. A cut at a key is known only once that keyframe's packet has been read, as its index
 * time is a dts in some containers; a run without an index cuts as it goes. Either way the place of a frame follows from
 * its pts alone, so it does not matter how many runs a stream is decoded in.
 */
#ifndef RL_MEDIA_CUTS_H
#define RL_MEDIA_CUTS_H

#include "../../base/env.h"
#include "../../engine/spec.h"

#define RL_BEFORE (-1) /* before the run */
#define RL_BEHIND (-2) /* behind it */

struct rl_segment {
    int64_t begin; /* pts; REEL_NO_TIME: the first one of an open run, or a key that has not been met */
    uint64_t in;   /* frames counted so far */
};

struct rl_cuts {
    const struct rl_env *env;
    const struct rl_cut *cuts; /* the spec's */
    struct rl_segment *segments;
    size_t count, capacity;
    int64_t end; /* pts; REEL_NO_TIME: open, or a key that has not been met */
    int64_t every, origin;
    int64_t next; /* with `every`: where the next segment begins at the earliest */
};

/* The spec must outlive it. false when out of memory. */
bool rl_cuts_init(struct rl_cuts *cuts, const struct rl_env *env, const struct rl_video_spec *spec);
void rl_cuts_free(struct rl_cuts *cuts);

/* A keyframe's packet has been read: index_ts is its time as the index has it. */
void rl_cuts_key(struct rl_cuts *cuts, int64_t index_ts, int64_t pts);

/* The number of the segment, RL_BEFORE or RL_BEHIND. */
int64_t rl_cuts_find(const struct rl_cuts *cuts, int64_t pts);

/* The same for the next frame of the run, which begins a new segment where one is due; REEL_ERR_NOMEM. */
int64_t rl_cuts_place(struct rl_cuts *cuts, int64_t pts);

#endif
