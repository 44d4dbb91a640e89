/*
 * Our own WebM writer. It exists because a joined file wants three things at once that general muxers do not give: Cues in
 * front of the clusters without writing twice, Opus times that are exact (CodecDelay, SeekPreRoll, DiscardPadding), and the
 * same bytes for the same chunks (no dates, no random UIDs).
 *
 * All packets are known beforehand, so there are two walks over the chunks: one to lay out the clusters, one to write
 * them. Memory is one chunk per track and a few bytes per cluster.
 */
#ifndef RL_MEDIA_WEBM_WRITE_H
#define RL_MEDIA_WEBM_WRITE_H

#include "../../step.h"

#include "../../../engine/spec.h"

/* Writes the whole file to fd from offset 0, in order. 0 or an error with flow->err filled. */
int rl_webm_write(struct rl_flow *flow, int fd, const struct rl_manifest *manifest, struct rl_join_result *result);

#endif
