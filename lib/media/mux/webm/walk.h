/*
 * Goes through the samples of all renditions in the order of the file, and says where clusters begin. Two walks over the
 * same chunks give the same blocks.
 */
#ifndef RL_MEDIA_WEBM_WALK_H
#define RL_MEDIA_WEBM_WALK_H

#include "block.h"
#include "layout.h"
#include "reader.h"

struct rl_walk_sink {
    void *user;
    /* A cluster begins at this time (ms); cue is as in rl_webm_cluster. */
    int (*cluster)(void *user, int64_t time, uint32_t cue);
    int (*block)(void *user, const struct rl_block *block);
};

/* 0, an error, or what a function of the sink returned. tracks, one per rendition, is filled when not NULL. */
int rl_walk_all(struct rl_flow *flow, const struct rl_manifest *manifest, const struct rl_walk_sink *sink,
                struct rl_webm_track *tracks);

#endif
