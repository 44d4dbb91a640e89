/*
 * The environment both rooms share: allocator, log, limits, fault hook.
 *
 * A reel_ctx has one; the engine gets a pointer to it through the door. It is read-only after creation, so any
 * thread may use it. Everything in lib/ that allocates, reads, writes, syncs or starts a thread does it through
 * the functions in base/, which ask the fault hook first.
 */
#ifndef RL_BASE_ENV_H
#define RL_BASE_ENV_H

#include <reel/ctx.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rl_env {
    reel_alloc alloc;
    reel_log_fn log; /* NULL: silent */
    void *log_user;
    int32_t log_level;
    uint32_t flags; /* REEL_CTX_* */
    reel_fault_fn fault; /* NULL: none */
    void *fault_user;
    reel_limits limits; /* defaults filled in: no zeros */
    char temp_dir[256];
};

/* Fills what the caller left at zero with defaults. */
int rl_env_init(struct rl_env *env, const reel_ctx_opts *opts, reel_error *err);

/* Memory. All may return NULL; free accepts NULL. */
void *rl_alloc(const struct rl_env *env, size_t size);
void *rl_calloc(const struct rl_env *env, size_t count, size_t size); /* overflow-checked */
void *rl_realloc_array(const struct rl_env *env, void *ptr, size_t count, size_t size); /* overflow-checked */
char *rl_strdup(const struct rl_env *env, const char *text);
void rl_free(const struct rl_env *env, void *ptr);

/* Makes room for one more element in a growing array: doubles capacity. false when out of memory. */
bool rl_grow(const struct rl_env *env, void **array, size_t *capacity, size_t count, size_t elem_size);

/* Formats and hands over one record, when the level is wanted. task is 0 when it is about none. */
void rl_log(const struct rl_env *env, int level, const char *component, uint64_t task, const char *fmt, ...)
    REEL_PRINTF(5, 6);

/* Asks the fault hook; 0 or an errno value. */
int rl_fault(const struct rl_env *env, int32_t op);

/* pthread_create with all signals blocked and the fault hook asked; 0 or an errno value. */
int rl_thread_start(const struct rl_env *env, pthread_t *thread, void *(*main)(void *), void *arg);

#endif
