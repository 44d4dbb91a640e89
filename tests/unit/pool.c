/* The pool: everything runs once, by priority; withdrawal; threads that cannot start; quotas. */
#include "harness.h"

#include "pool/pool.h"
#include "ctx/ctx.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>

static reel_ctx *make_ctx(struct harness *h)
{
    reel_alloc alloc;
    reel_ctx_opts opts = harness_opts(h, &alloc);
    reel_ctx *ctx = NULL;
    assert_int_equal(reel_ctx_create(&ctx, &opts, NULL), 0);
    return ctx;
}

static reel_pool *make_pool(reel_ctx *ctx, int threads)
{
    reel_pool_opts opts = { .size = sizeof(opts), .threads = threads };
    reel_pool *pool = NULL;
    assert_int_equal(reel_pool_create(&pool, ctx, &opts, NULL), 0);
    assert_int_equal(reel_pool_threads(pool), threads);
    return pool;
}

struct count_job {
    struct rl_pool_job job;
    atomic_int *count;
    atomic_int runs;
};

static void count_run(struct rl_pool_job *job)
{
    struct count_job *c = (struct count_job *)job;
    atomic_fetch_add(&c->runs, 1);
    atomic_fetch_add(c->count, 1);
}

static void wait_count(atomic_int *count, int wanted)
{
    for (int i = 0; i < 20000 && atomic_load(count) < wanted; i++)
        usleep(1000);
    assert_int_equal(atomic_load(count), wanted);
}

static void every_job_runs_once(void **state)
{
    (void)state;
    enum { JOBS = 5000 };
    static struct count_job jobs[JOBS];
    struct harness h = { 0 };
    reel_ctx *ctx = make_ctx(&h);
    for (int threads = 1; threads <= 16; threads *= 4) {
        atomic_int count = 0;
        reel_pool *pool = make_pool(ctx, threads);
        for (int i = 0; i < JOBS; i++) {
            jobs[i] = (struct count_job){ .job = { .run = count_run }, .count = &count };
            assert_int_equal(rl_pool_submit(pool, &jobs[i].job, NULL), 0);
        }
        wait_count(&count, JOBS);
        reel_pool_unref(&pool);
        assert_null(pool);
        for (int i = 0; i < JOBS; i++)
            assert_int_equal(atomic_load(&jobs[i].runs), 1);
    }
    reel_ctx_unref(&ctx);
    assert_int_equal(h.live, 0);
}

/* Holds the only thread until told, so that what is queued behind it is under the test's control. */
struct gate {
    struct rl_pool_job job;
    atomic_bool entered, open;
};

static void gate_run(struct rl_pool_job *job)
{
    struct gate *g = (struct gate *)job;
    sigset_t blocked;
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    assert_true(sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGPIPE));
    atomic_store(&g->entered, true);
    while (!atomic_load(&g->open))
        usleep(500);
}

struct order_job {
    struct rl_pool_job job;
    atomic_int *next;
    int place;
};

static void order_run(struct rl_pool_job *job)
{
    struct order_job *o = (struct order_job *)job;
    o->place = atomic_fetch_add(o->next, 1);
}

static void priority_and_withdrawal(void **state)
{
    (void)state;
    struct harness h = { 0 };
    reel_ctx *ctx = make_ctx(&h);
    reel_pool *pool = make_pool(ctx, 1);
    struct gate gate = { .job = { .run = gate_run } };
    atomic_int next = 0;
    struct order_job jobs[4];
    assert_int_equal(rl_pool_submit(pool, &gate.job, NULL), 0);
    while (!atomic_load(&gate.entered))
        usleep(500);
    assert_false(rl_pool_withdraw(pool, &gate.job));
    for (int i = 0; i < 4; i++) {
        jobs[i] = (struct order_job){ .job = { .run = order_run, .priority = i / 2 }, .next = &next, .place = -1 };
        assert_int_equal(rl_pool_submit(pool, &jobs[i].job, NULL), 0);
    }
    assert_true(rl_pool_withdraw(pool, &jobs[1].job));
    assert_false(rl_pool_withdraw(pool, &jobs[1].job));
    atomic_store(&gate.open, true);
    wait_count(&next, 3);
    reel_pool_unref(&pool);
    assert_int_equal(jobs[2].place, 0);
    assert_int_equal(jobs[3].place, 1);
    assert_int_equal(jobs[0].place, 2);
    assert_int_equal(jobs[1].place, -1);
    reel_ctx_unref(&ctx);
}

static void no_thread_is_an_error(void **state)
{
    (void)state;
    struct harness h = { 0 };
    reel_ctx *ctx = make_ctx(&h);
    reel_pool *pool = make_pool(ctx, 2);
    reel_error err = { .size = sizeof(err) };
    atomic_int count = 0;
    struct count_job job = { .job = { .run = count_run }, .count = &count };
    harness_arm(&h, REEL_FAULT_THREAD, 1, EAGAIN);
    assert_int_equal(rl_pool_submit(pool, &job.job, &err), REEL_ERR_NOMEM);
    assert_int_equal(err.code, REEL_ERR_NOMEM);
    assert_false(rl_pool_withdraw(pool, &job.job));
    assert_int_equal(rl_pool_submit(pool, &job.job, NULL), 0);
    wait_count(&count, 1);
    reel_pool_unref(&pool);
    reel_ctx_unref(&ctx);
}

static void cpus_run(struct rl_pool_job *job)
{
    struct order_job *o = (struct order_job *)job;
    cpu_set_t set;
    o->place = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : -1;
    atomic_fetch_add(o->next, 1);
}

static void small_pool_is_held(void **state)
{
    (void)state;
    struct harness h = { 0 };
    cpu_set_t all;
    if (sched_getaffinity(0, sizeof(all), &all) != 0 || CPU_COUNT(&all) < 2)
        skip();
    reel_ctx *ctx = make_ctx(&h);
    reel_pool *pool = make_pool(ctx, 1);
    atomic_int done = 0;
    struct order_job job = { .job = { .run = cpus_run }, .next = &done };
    assert_int_equal(rl_pool_submit(pool, &job.job, NULL), 0);
    wait_count(&done, 1);
    assert_int_equal(job.place, 1);
    reel_pool_unref(&pool);
    reel_pool_opts opts = { .size = sizeof(opts), .threads = 1, .flags = REEL_POOL_NO_AFFINITY };
    assert_int_equal(reel_pool_create(&pool, ctx, &opts, NULL), 0);
    atomic_store(&done, 0);
    assert_int_equal(rl_pool_submit(pool, &job.job, NULL), 0);
    wait_count(&done, 1);
    assert_int_equal(job.place, CPU_COUNT(&all));
    reel_pool_unref(&pool);
    reel_ctx_unref(&ctx);
}

static void put(const struct harness *h, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", h->folder, name);
    for (char *slash = path + strlen(h->folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void quotas(void **state)
{
    (void)state;
    struct harness h = { 0 };
    harness_folder(&h);
    reel_ctx *ctx = make_ctx(&h);
    const struct rl_env *env = rl_ctx_env(ctx);
    char sys[96];
    snprintf(sys, sizeof(sys), "%s/sys", h.folder);

    assert_int_equal(rl_cpu_quota(env, h.folder, sys), 0);
    put(&h, "self/cgroup", "0::/a/b\n");
    assert_int_equal(rl_cpu_quota(env, h.folder, sys), 0);
    put(&h, "sys/a/b/cpu.max", "max 100000\n");
    assert_int_equal(rl_cpu_quota(env, h.folder, sys), 0);
    put(&h, "sys/a/cpu.max", "250000 100000\n");
    assert_int_equal(rl_cpu_quota(env, h.folder, sys), 3); /* the group above binds too, and is rounded up */
    static const char *const odd[] = {
        "", "250000", "250000 \n", "250000 100000x\n", "250000 100000 1\n", " 250000 100000\n", "-250000 100000\n",
        "250000,5 100000\n", "250000 0\n", "99999999999999999999 100000\n",
    };
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) { /* not what the kernel writes: no quota */
        put(&h, "sys/a/cpu.max", odd[i]);
        assert_int_equal(rl_cpu_quota(env, h.folder, sys), 0);
    }
    put(&h, "sys/a/cpu.max", "9223372036854775807 2\n");
    assert_int_equal(rl_cpu_quota(env, h.folder, sys), 4096);
    put(&h, "sys/a/cpu.max", "250000 100000\n");
    put(&h, "self/cgroup", "4:cpu,cpuacct:/c\n0::/\n");
    put(&h, "sys/cpu/c/cpu.cfs_quota_us", "-1\n");
    put(&h, "sys/cpu/c/cpu.cfs_period_us", "100000\n");
    assert_int_equal(rl_cpu_quota(env, h.folder, sys), 0);
    put(&h, "sys/cpu/c/cpu.cfs_quota_us", "150000\n");
    assert_int_equal(rl_cpu_quota(env, h.folder, sys), 2);
    assert_true(rl_cpu_count(env) >= 1);
    reel_ctx_unref(&ctx);
    harness_remove(&h);
}

static void wrong_arguments(void **state)
{
    (void)state;
    struct harness h = { 0 };
    reel_ctx *ctx = make_ctx(&h);
    reel_pool *pool = (reel_pool *)(uintptr_t)1;
    reel_pool_opts opts = { .size = sizeof(opts), .threads = -1 };
    assert_int_equal(reel_pool_create(&pool, ctx, &opts, NULL), REEL_ERR_INVALID_ARG);
    assert_null(pool);
    opts.threads = 1025;
    assert_int_equal(reel_pool_create(&pool, ctx, &opts, NULL), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_pool_create(&pool, NULL, NULL, NULL), REEL_ERR_INVALID_ARG);
    reel_pool_unref(NULL);
    reel_pool_unref(&pool);
    reel_ctx_unref(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once), cmocka_unit_test(priority_and_withdrawal),
        cmocka_unit_test(no_thread_is_an_error), cmocka_unit_test(small_pool_is_held),
        cmocka_unit_test(quotas), cmocka_unit_test(wrong_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
