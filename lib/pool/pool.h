/*
 * Threads that run jobs; the pool knows no media and no tasks.
 *
 * A job belongs to its submitter and lies in memory that the submitter owns; submitting allocates nothing. From submit
 * until `run` is entered, or withdraw returns true, the pool holds a pointer to it; after that the pool does not touch
 * it again, so `run` may free it or submit it anew. Completion is what `run` does last.
 *
 * Jobs of higher priority go first, equal ones in order of submission. A job may block; nothing else waits for it but
 * those that find no free thread.
 */
#ifndef RL_POOL_POOL_H
#define RL_POOL_POOL_H

#include <reel/pool.h>

#include "../base/env.h"
#include "../base/err.h"

struct rl_pool_job {
    void (*run)(struct rl_pool_job *job); /* on one of the pool's threads */
    int32_t priority;
    /* the pool's own */
    struct rl_pool_job *next;
    bool queued;
};

/* 0, or a negative code when no thread could be started and none is there; the job is then not queued. */
int rl_pool_submit(reel_pool *pool, struct rl_pool_job *job, reel_error *err);

/* Takes back a job that has not begun: true when it was still queued, and now will not run. */
bool rl_pool_withdraw(reel_pool *pool, struct rl_pool_job *job);

/* CPUs that this process may use: its affinity, cut down to the quota of its cgroup (v1 or v2). At least 1. */
int rl_cpu_count(const struct rl_env *env);

/* The quota alone, rounded up to whole CPUs; 0 when there is none. `proc` and `sys` stand for "/proc" and
 * "/sys/fs/cgroup", so that tests can have their own. */
int rl_cpu_quota(const struct rl_env *env, const char *proc, const char *sys);

/* Holds the calling thread, and those it starts, to `count` CPUs of the ones it may use, beginning with `first` when it
 * is among them and going up from there. Does nothing when it may not use more than that, or the system refuses. */
void rl_cpu_hold(int count, int first);

#endif
