/*
 * A store for the chunks of a run that has no journal: all blobs in one unnamed temporary file, so a killed process
 * leaves nothing behind. Blobs are not checked for durability, and removing one frees no space before the end.
 */
#ifndef RL_TASK_SPOOL_H
#define RL_TASK_SPOOL_H

#include <reel/store.h>

int rl_spool_open(reel_store **out, reel_ctx *ctx, reel_error *err);

#endif
