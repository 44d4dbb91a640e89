/*
 * The chain inside the host room: values of all options, with the JSON text and its digest made once, at creation.
 * Immutable.
 */
#ifndef RL_PLAN_CHAIN_H
#define RL_PLAN_CHAIN_H

#include <reel/chain.h>

#include "../base/ref.h"
#include "options.h"

struct reel_chain {
    reel_ctx *ctx; /* a reference */
    struct rl_ref ref;
    struct rl_chain_values v;
    struct rl_buf json;
    uint8_t digest[REEL_DIGEST_SIZE];
};

/* Checks what single options cannot know: that they fit each other, and the context's permissions. */
int rl_chain_check(const struct rl_env *env, const struct rl_chain_values *values, reel_error *err);

/* The canonical text: {"chain":1,"video":{…},…} with the options that differ from their default, in the table's order. */
void rl_chain_write(const struct rl_chain_values *values, struct rl_buf *out);
int rl_chain_read(const char *json, size_t size, struct rl_chain_values *values, reel_error *err);

/* Sets the values to those of a preset. 0, REEL_ERR_NOT_FOUND, REEL_ERR_NOMEM. */
int rl_preset_values(const char *name, struct rl_chain_values *values, reel_error *err);

#endif
