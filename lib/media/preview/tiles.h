/*
 * Pictures for previews, taken while a video is transcoded: a chunk beside each segment's own. Frames of 8-bit 4:2:0, BT.601,
 * limited range, as they are; what reads them checks every number.
 *
 *   "RLTP", version 1 (be32), number of pictures (be32), then for each: pts in us (be64), width, height (be16 each),
 *   flags (be32), bytes (be32), and the planes Y, U, V without gaps.
 */
#ifndef RL_MEDIA_TILES_H
#define RL_MEDIA_TILES_H

#include "../step.h"

enum rl_tile_use { RL_TILE_BOARD = 1, RL_TILE_MOVING = 2, RL_TILE_POSTER = 4 };

struct rl_tiles {
    struct rl_buf data;
    uint32_t count;
};

void rl_tiles_begin(struct rl_tiles *tiles, const struct rl_env *env);
/* A frame in yuv420p with its pts in us. 0 or REEL_ERR_INVALID_ARG; out of memory is seen at the end. */
int rl_tiles_add(struct rl_tiles *tiles, const AVFrame *frame, uint32_t flags);
/* Completes the chunk in tiles->data; REEL_ERR_NOMEM. */
int rl_tiles_end(struct rl_tiles *tiles);
void rl_tiles_free(struct rl_tiles *tiles);

struct rl_tiles_reader {
    const uint8_t *data; /* borrowed */
    size_t size, at;
    uint32_t left;
};

/* 0 or REEL_ERR_INVALID_DATA. */
int rl_tiles_read(struct rl_tiles_reader *reader, const uint8_t *data, size_t size);
/* The next picture as a frame of its own: 0, REEL_END, REEL_ERR_INVALID_DATA, REEL_ERR_NOMEM. */
int rl_tiles_next(struct rl_tiles_reader *reader, AVFrame *frame, uint32_t *flags);

#endif
