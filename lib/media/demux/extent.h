/*
 * Does a container claim bytes that its file lacks? Demuxers take a file that was cut short for one that ends; the sizes
 * that its outermost boxes, elements and chunks state tell the difference. Reads a few headers, never the content.
 */
#ifndef RL_MEDIA_EXTENT_H
#define RL_MEDIA_EXTENT_H

#include "../../base/env.h"

/* format: short name of the demuxer. Formats without stated sizes, and what cannot be read, count as whole. */
bool rl_extent_cut(const struct rl_env *env, int fd, int64_t size, const char *format);

/* Is an ISO file made of fragments, whose index the demuxer learns only as it reads on? */
bool rl_extent_fragmented(const struct rl_env *env, int fd, int64_t size);

#endif
