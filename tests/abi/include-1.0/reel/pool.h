/**
 * @file pool.h
 * Worker threads. Never global; made by the host and shared as it likes. [thread-safe]
 */
#ifndef REEL_POOL_H
#define REEL_POOL_H

#include <reel/ctx.h>

REEL_BEGIN_DECLS

enum {
    REEL_POOL_NO_AFFINITY = 1u << 0 /**< do not hold a pool that is smaller than the machine to as many CPUs */
};

/** Options of reel_pool_create(). */
typedef struct reel_pool_opts {
    size_t size;     /**< sizeof(reel_pool_opts) */
    int32_t threads; /**< 1…1024; 0: as many as CPUs that this process may use (affinity and cgroup quota) */
    uint32_t flags;  /**< REEL_POOL_* */
    /* ---- 1.0 ends here ---- */
} reel_pool_opts;

/**
 * Makes a pool. Its threads start when there is work, block all signals, and idle without waking.
 *
 * Some encoders start threads of their own. So that a pool of n threads costs n CPUs and no more, a pool that
 * is smaller than the set of CPUs the process may use holds its threads, and with them those the codecs start,
 * to n of them (Linux). ::REEL_POOL_NO_AFFINITY turns that off.
 *
 * @param[out] out  the pool; NULL on failure
 * @param ctx       the context
 * @param opts      NULL: defaults
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_NOMEM
 * Ownership: the caller owns one reference; each task that runs on it keeps one. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_pool_create(reel_pool **out, reel_ctx *ctx, const reel_pool_opts *opts,
                                             reel_error *err);

/** Number of threads that may work at once. @since 1.0 */
REEL_API int32_t reel_pool_threads(const reel_pool *pool);

/** Takes another reference and returns the same pool. Threads: any. @since 1.0 */
REEL_API reel_pool *reel_pool_ref(reel_pool *pool);

/** Gives a reference back. The last one waits for the threads to end; it must not come from one of them. @since 1.0 */
REEL_API void reel_pool_unref(reel_pool **pool);

REEL_END_DECLS

#endif
