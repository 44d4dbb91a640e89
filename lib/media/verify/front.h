/* Looks at a WebM file's own structure, which a demuxer hides: are the Cues in front of the clusters? */
#ifndef RL_MEDIA_VERIFY_FRONT_H
#define RL_MEDIA_VERIFY_FRONT_H

#include "../step.h"

/* 1 when there are Cues before the first Cluster, 0 when not or when it is no Matroska file; REEL_ERR_IO. */
int rl_cues_at_front(struct rl_flow *flow, int fd);

#endif
