/* Size-first structs at the border; see include/reel/types.h. */
#ifndef RL_BASE_OPTS_H
#define RL_BASE_OPTS_H

#include <reel/error.h>

#include <stddef.h>

/* Size that a struct had when `last` was its last member: the min_size below. */
#define RL_SIZE_TO(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

/*
 * Copies a caller's option struct into a zeroed one of ours.
 * to, to_size: ours; from: the caller's, NULL means all defaults; min_size: size of the struct in ABI 1.0.
 * Returns 0, REEL_ERR_INVALID_ARG (too small) or REEL_ERR_UNSUPPORTED (non-zero tail), with text naming `what`.
 */
int rl_opts_in(void *to, size_t to_size, const void *from, size_t min_size, const char *what, reel_error *err);

/* Copies our info struct out to a caller's, whose size member tells how much fits; keeps that size member
 * and zeroes what lies behind ours.
 * Returns 0 or REEL_ERR_INVALID_ARG when it is smaller than min_size. */
int rl_info_out(void *to, const void *from, size_t from_size, size_t min_size);

#endif
