/* One block of a cluster: how many bytes it takes, and those in front of and behind its payload. */
#ifndef RL_MEDIA_WEBM_BLOCK_H
#define RL_MEDIA_WEBM_BLOCK_H

#include "../../../base/buf.h"

struct rl_block {
    uint32_t track;
    const uint8_t *data;
    size_t size;
    int64_t time;      /* ms */
    int64_t relative;  /* time within the cluster; fits 16 bits */
    bool key;
    int64_t duration;  /* ms, 0: not said */
    int64_t reference; /* ms from this block to the one it refers to; 0 for a keyframe */
    int64_t discard;   /* ns of sound to drop at its end */
};

/* Bytes that the block takes. */
uint64_t rl_block_size(const struct rl_block *block);
/* All but the payload, which is to be written between them. head and tail are appended to. */
void rl_block_head(struct rl_buf *head, const struct rl_block *block);
void rl_block_tail(struct rl_buf *tail, const struct rl_block *block);

#endif
