/*
 * The context inside the host room: the environment, and the engine behind its lazy loader.
 * Read-only after creation but for the loader, which locks itself, and the count of tasks, which is atomic.
 */
#ifndef RL_CTX_CTX_H
#define RL_CTX_CTX_H

#include "../base/buf.h"
#include "../base/ref.h"
#include "../engine/load.h"

struct reel_ctx {
    struct rl_env env;
    struct rl_ref ref;
    struct rl_loader loader;
    char *engine_path; /* NULL: the loader looks for it */
    _Atomic uint64_t tasks; /* how many there have been */
};

/* A number that no other task of the context has; never 0. */
uint64_t rl_ctx_task_id(reel_ctx *ctx);

/* Lives as long as the context. */
const struct rl_env *rl_ctx_env(const reel_ctx *ctx);

/* Loads the engine if need be and runs one job in it, on the calling thread. err may be NULL. */
int rl_ctx_run(reel_ctx *ctx, const struct rl_job *job, struct rl_buf *result, reel_error *err);

/* Makes a reel_buffer of what was gathered, without a copy. Empties buf, on failure too. `buf` must be of the context's
 * environment; a failed one is REEL_ERR_NOMEM. */
int rl_buffer_take(reel_buffer **out, reel_ctx *ctx, struct rl_buf *buf);

#endif
