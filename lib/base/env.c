#include "env.h"

#include "err.h"
#include "machine.h"
#include "opts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GIB ((uint64_t)1 << 30)
#define SECOND ((uint64_t)1000000)

static void *system_alloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void *system_realloc(void *user, void *ptr, size_t size)
{
    (void)user;
    return realloc(ptr, size);
}

static void system_free(void *user, void *ptr)
{
    (void)user;
    free(ptr);
}

static int init_alloc(reel_alloc *to, const reel_alloc *from, reel_error *err)
{
    int rc = rl_opts_in(to, sizeof(*to), from, RL_SIZE_TO(reel_alloc, free), "reel_alloc", err);
    if (rc < 0)
        return rc;
    if (!from) {
        to->alloc = system_alloc;
        to->realloc = system_realloc;
        to->free = system_free;
    }
    if (!to->alloc || !to->realloc || !to->free)
        return rl_err(err, REEL_ERR_INVALID_ARG, "ctx", "reel_alloc: alloc, realloc and free are all required");
    return 0;
}

static void fill(uint64_t *limit, uint64_t standard)
{
    if (*limit == 0)
        *limit = standard;
}

static int init_limits(reel_limits *to, const reel_limits *from, reel_error *err)
{
    int rc = rl_opts_in(to, sizeof(*to), from, RL_SIZE_TO(reel_limits, stall), "reel_limits", err);
    if (rc < 0)
        return rc;
    fill(&to->input_bytes, 64 * GIB);
    fill(&to->pixels, 8192 * 8192);
    fill(&to->streams, 32);
    fill(&to->duration, 24 * 3600 * SECOND);
    fill(&to->frames, 10000000);
    fill(&to->metadata_bytes, 1 << 20);
    fill(&to->output_bytes, 64 * GIB);
    if (to->memory_bytes == 0)
        to->memory_bytes = rl_machine_memory();
    fill(&to->stall, 60 * SECOND);
    return 0;
}

static int init_temp_dir(char *to, size_t size, const char *from, reel_error *err)
{
    if (!from)
        from = access("/var/tmp", W_OK | X_OK) == 0 ? "/var/tmp" : "/tmp";
    size_t length = strlen(from);
    if (length == 0 || length >= size) {
        return rl_err(err, REEL_ERR_INVALID_ARG, "ctx", "temp_dir has %zu bytes, 1 to %zu are allowed", length,
                      size - 1);
    }
    memcpy(to, from, length + 1);
    return 0;
}

int rl_env_init(struct rl_env *env, const reel_ctx_opts *opts, reel_error *err)
{
    reel_ctx_opts o;

    memset(env, 0, sizeof(*env));
    int rc = rl_opts_in(&o, sizeof(o), opts, RL_SIZE_TO(reel_ctx_opts, log_level), "reel_ctx_opts", err);
    if (rc < 0)
        return rc;
    if (o.flags & ~(uint32_t)(REEL_CTX_EXPERT_FILTERS | REEL_CTX_QUIET_AVLOG))
        return rl_err(err, REEL_ERR_UNSUPPORTED, "ctx", "unknown flags 0x%x", (unsigned)o.flags);
    if (o.log_level < 0 || o.log_level > REEL_LOG_DEBUG)
        return rl_err(err, REEL_ERR_INVALID_ARG, "ctx", "log_level %d is not 0 to %d", (int)o.log_level,
                      REEL_LOG_DEBUG);
    if ((rc = init_alloc(&env->alloc, o.alloc, err)) < 0 || (rc = init_limits(&env->limits, o.limits, err)) < 0 ||
        (rc = init_temp_dir(env->temp_dir, sizeof(env->temp_dir), o.temp_dir, err)) < 0)
        return rc;
    env->log = o.log;
    env->log_user = o.log_user;
    env->log_level = o.log_level ? o.log_level : REEL_LOG_WARN;
    env->flags = o.flags;
    env->fault = o.fault;
    env->fault_user = o.fault_user;
    return 0;
}

int rl_fault(const struct rl_env *env, int32_t op)
{
    return env->fault ? env->fault(env->fault_user, op) : 0;
}
