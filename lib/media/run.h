/*
 * One run of a video stream: source, decoder, timing and filters, above a foot that takes the finished frames' segments.
 * What the job does, without the encoders, so that tests can stand sinks of their own under it.
 */
#ifndef RL_MEDIA_RUN_H
#define RL_MEDIA_RUN_H

#include "segments.h"

/* lane: as in struct rl_segments_params; what the run itself knows of it is filled in here. */
int rl_run(struct rl_flow *flow, int fd, const struct rl_video_spec *spec, const struct rl_segments_params *lane,
           struct rl_run_result *result);

#endif
