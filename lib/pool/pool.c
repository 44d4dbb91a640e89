#include "pool.h"

#include "../base/opts.h"
#include "../base/ref.h"
#include "../ctx/ctx.h"

#include <errno.h>
#include <sched.h>

enum { POOL_MAX_THREADS = 1024 };

struct reel_pool {
    struct rl_ref ref;
    reel_ctx *ctx;
    const struct rl_env *env;
    int threads; /* that may work at once */
    bool affinity;
    int first_cpu; /* where the first submitter ran; the CPUs of the pool begin there */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;
    struct rl_pool_job *queue; /* sorted: highest priority first */
    int started, idle;
    int wakes; /* sleepers that have been signalled and not yet woken */
    bool stop;
    pthread_t ids[]; /* the first `started` */
};

static struct rl_pool_job *take(struct reel_pool *pool)
{
    struct rl_pool_job *job = pool->queue;
    if (job) {
        pool->queue = job->next;
        job->next = NULL;
        job->queued = false;
    }
    return job;
}

static void *worker(void *arg)
{
    struct reel_pool *pool = arg;
    if (pool->affinity)
        rl_cpu_hold(pool->threads, pool->first_cpu);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct rl_pool_job *job = take(pool);
        if (job) {
            pthread_mutex_unlock(&pool->lock);
            job->run(job);
            pthread_mutex_lock(&pool->lock);
            continue;
        }
        if (pool->stop)
            break;
        pool->idle++;
        pthread_cond_wait(&pool->work, &pool->lock);
        pool->idle--;
        if (pool->wakes > 0)
            pool->wakes--;
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void enqueue(struct reel_pool *pool, struct rl_pool_job *job)
{
    struct rl_pool_job **at = &pool->queue;
    while (*at && (*at)->priority >= job->priority)
        at = &(*at)->next;
    job->next = *at;
    job->queued = true;
    *at = job;
}

static bool dequeue(struct reel_pool *pool, struct rl_pool_job *job)
{
    if (!job->queued)
        return false;
    struct rl_pool_job **at = &pool->queue;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    job->next = NULL;
    job->queued = false;
    return true;
}

int rl_pool_submit(reel_pool *pool, struct rl_pool_job *job, reel_error *err)
{
    int rc = 0;
    pthread_mutex_lock(&pool->lock);
    enqueue(pool, job);
    if (pool->idle > pool->wakes) {
        pool->wakes++;
        pthread_cond_signal(&pool->work);
    } else if (pool->started < pool->threads) {
        if (pool->started == 0)
            pool->first_cpu = sched_getcpu();
        int errnum = rl_thread_start(pool->env, &pool->ids[pool->started], worker, pool);
        if (errnum == 0) {
            pool->started++;
        } else if (pool->started == 0) {
            dequeue(pool, job);
            rc = rl_err_errno(err, errnum == EAGAIN ? ENOMEM : errnum, "pool", "cannot start a thread");
        } /* else: the threads that are there will come to it */
    }
    pthread_mutex_unlock(&pool->lock);
    return rc;
}

bool rl_pool_withdraw(reel_pool *pool, struct rl_pool_job *job)
{
    pthread_mutex_lock(&pool->lock);
    bool was_queued = dequeue(pool, job);
    pthread_mutex_unlock(&pool->lock);
    return was_queued;
}

int reel_pool_create(reel_pool **out, reel_ctx *ctx, const reel_pool_opts *opts, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    reel_pool_opts o;
    struct reel_pool *pool = NULL;
    int rc = 0, cpus;

    if (out)
        *out = NULL;
    if (!out || !ctx) {
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, "pool", "out and ctx must not be NULL");
        goto end;
    }
    rc = rl_opts_in(&o, sizeof(o), opts, RL_SIZE_TO(reel_pool_opts, flags), "reel_pool_opts", &e);
    if (rc < 0)
        goto end;
    if (o.threads < 0 || o.threads > POOL_MAX_THREADS || (o.flags & ~REEL_POOL_NO_AFFINITY)) {
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, "pool", "threads must be 0 to %d and flags known ones", POOL_MAX_THREADS);
        goto end;
    }
    cpus = rl_cpu_count(rl_ctx_env(ctx));
    if (o.threads == 0)
        o.threads = cpus < POOL_MAX_THREADS ? cpus : POOL_MAX_THREADS;
    pool = rl_calloc(rl_ctx_env(ctx), 1, sizeof(*pool) + (size_t)o.threads * sizeof(pthread_t));
    if (!pool) {
        rc = rl_err_nomem(&e, "pool");
        goto end;
    }
    rl_ref_init(&pool->ref);
    pool->ctx = reel_ctx_ref(ctx);
    pool->env = rl_ctx_env(ctx);
    pool->threads = o.threads;
    pool->affinity = !(o.flags & REEL_POOL_NO_AFFINITY);
    pthread_mutex_init(&pool->lock, NULL); /* neither can fail with default attributes on Linux */
    pthread_cond_init(&pool->work, NULL);
    *out = pool;
end:
    rl_err_export(err, &e);
    return rc;
}

int32_t reel_pool_threads(const reel_pool *pool)
{
    return pool ? pool->threads : 0;
}

reel_pool *reel_pool_ref(reel_pool *pool)
{
    if (pool)
        rl_ref_get(&pool->ref);
    return pool;
}

void reel_pool_unref(reel_pool **ppool)
{
    struct reel_pool *pool = ppool ? *ppool : NULL;
    if (!pool)
        return;
    *ppool = NULL;
    if (!rl_ref_put(&pool->ref))
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    int started = pool->started;
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < started; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    reel_ctx *ctx = pool->ctx;
    rl_free(pool->env, pool);
    reel_ctx_unref(&ctx);
}
