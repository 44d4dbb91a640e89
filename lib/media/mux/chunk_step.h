/*
 * The last step of a run: gathers the packets of one segment, writes them as one CMAF fragment, and hands it to the host.
 * Packets come in presentation order; ts = (pts - origin) scaled exactly from time_base to timescale. A packet's duration
 * is the distance to the next one, the last one's its own. flush emits; a segment without packets emits nothing.
 */
#ifndef RL_MEDIA_CHUNK_STEP_H
#define RL_MEDIA_CHUNK_STEP_H

#include "../step.h"

struct rl_chunk_params {
    uint32_t index;
    reel_ratio time_base;
    int64_t origin;
    uint32_t timescale;
    int32_t sound; /* 1: what is reported as samples is counted in the timescale, not in packets */
};

int rl_chunk_open(struct rl_step **out, struct rl_flow *flow, const struct rl_chunk_params *params);
/* To be called before flush: what goes into rl_chunk_out beside the packets. end is the pts at which the segment ends,
 * REEL_NO_TIME when the last packet's duration decides. */
void rl_chunk_counts(struct rl_step *step, uint64_t samples_in, uint64_t decode_errors, int64_t end);
/* After flush: number of samples and end of the chunk that was emitted. */
uint64_t rl_chunk_samples(const struct rl_step *step);

#endif
