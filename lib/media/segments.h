/*
 * The step at the foot of a video run: opens an encoder and a chunk for each segment, one after the other, and sends
 * frames to the one they belong to. Segments the host has already are counted and not encoded.
 */
#ifndef RL_MEDIA_SEGMENTS_H
#define RL_MEDIA_SEGMENTS_H

#include "step.h"

#include "decode/decode.h"
#include "normalize/cuts.h"

/*
 * Opens the steps that turn one segment's frames into its chunk; *foot is the last of them, which counts and emits.
 * The job passes this in, as tests do with one of their own.
 */
typedef int (*rl_lane_open_fn)(struct rl_step **top, struct rl_step **foot, struct rl_flow *flow,
                               const struct rl_video_spec *spec, uint32_t index);

struct rl_segments_params {
    const struct rl_video_spec *spec;
    const struct rl_cuts *cuts;
    const struct rl_step *decode; /* for its errors */
    const int64_t *end;           /* read at the flush: pts behind the last frame of the run */
    rl_lane_open_fn open;
    void (*counts)(struct rl_step *foot, uint64_t samples_in, uint64_t decode_errors, int64_t end);
    uint64_t (*samples)(const struct rl_step *foot); /* after the flush */
};

struct rl_segments_counts {
    uint32_t chunks;
    uint64_t out; /* frames in chunks, skipped ones included */
};

int rl_segments_open(struct rl_step **out, struct rl_flow *flow, const struct rl_segments_params *params);
const struct rl_segments_counts *rl_segments_counts(const struct rl_step *step);

#endif
