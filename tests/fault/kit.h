/* What the fault tests share: a clip, a whole run of it with a hook that makes operations fail, and looks at what a run leaves
 * behind. Public headers only. */
#ifndef TESTS_FAULT_KIT_H
#define TESTS_FAULT_KIT_H

#include "../api/check.h"

#include <ftw.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

/* Which operations fail: those of a kind from the first-th on, `count` of them. */
struct trouble {
    int32_t op; /* REEL_FAULT_*; 0: none fails */
    long first, count;
    int error;
    atomic_long seen, struck;
    atomic_long total[8]; /* by kind, of all operations */
};

static inline int trouble_ask(void *user, int32_t op)
{
    struct trouble *t = user;
    atomic_fetch_add(&t->total[op & 7], 1);
    if (op != t->op)
        return 0;
    long n = atomic_fetch_add(&t->seen, 1) + 1;
    if (n < t->first || n - t->first >= t->count)
        return 0;
    atomic_fetch_add(&t->struck, 1);
    return t->error;
}

/* Live allocations of the context. */
static atomic_long kit_live;

static inline void *kit_alloc(void *user, size_t size)
{
    (void)user;
    void *ptr = malloc(size);
    atomic_fetch_add(&kit_live, ptr != NULL);
    return ptr;
}

static inline void *kit_realloc(void *user, void *ptr, size_t size)
{
    (void)user;
    void *grown = realloc(ptr, size);
    atomic_fetch_add(&kit_live, grown && !ptr);
    return grown;
}

static inline void kit_free(void *user, void *ptr)
{
    (void)user;
    atomic_fetch_sub(&kit_live, ptr != NULL);
    free(ptr);
}

static char kit_folder[] = "/tmp/reel-fault-XXXXXX", kit_clip[96];
static uint8_t kit_digest[REEL_DIGEST_SIZE]; /* of a run without trouble */

static inline void kit_path(char path[96], const char *name)
{
    snprintf(path, 96, "%s/%s", kit_folder, name);
}

struct run {
    const char *input, *output, *temp_dir;
    reel_output **target; /* made from the run's ctx by `prepare`, instead of output */
    int (*prepare)(struct run *r);
    int32_t attempts; /* 0: 1 */
    int threads;      /* 0: 2 */
    struct trouble trouble;
    reel_ctx *ctx;
    reel_chain *chain;
    reel_pool *pool;
    reel_input *in;
    reel_output *made;
    reel_task *task;
    reel_error err;
    reel_result result;
};

/* Everything up to the start of the task; the code of the first step that failed. */
static inline int run_start(struct run *r)
{
    const reel_alloc alloc = { .size = sizeof(alloc), .alloc = kit_alloc, .realloc = kit_realloc, .free = kit_free };
    const reel_ctx_opts opts = {
        .size = sizeof(opts), .alloc = &alloc, .fault = trouble_ask, .fault_user = &r->trouble,
        .flags = REEL_CTX_QUIET_AVLOG, .temp_dir = r->temp_dir,
    };
    reel_options *set = NULL;
    r->err = (reel_error){ .size = sizeof(r->err) };
    r->result = (reel_result){ .size = sizeof(r->result) };
    int rc = reel_ctx_create(&r->ctx, &opts, &r->err);
    if (rc == 0)
        rc = reel_options_create(&set, r->ctx);
    if (rc == 0)
        rc = reel_options_set(set, "video.speed", "9", &r->err);
    if (rc == 0)
        rc = reel_chain_preset(&r->chain, r->ctx, NULL, set, &r->err);
    reel_options_destroy(&set);
    if (rc == 0)
        rc = reel_pool_create(&r->pool, r->ctx, REEL_OPTS(reel_pool_opts, .threads = r->threads ? r->threads : 2),
                              &r->err);
    if (rc == 0)
        rc = reel_input_open_path(&r->in, r->ctx, r->input ? r->input : kit_clip, &r->err);
    if (rc == 0 && r->prepare)
        rc = r->prepare(r);
    if (rc == 0) {
        const reel_task_opts task = {
            .size = sizeof(task), .output = r->output, .target = r->made ? &r->made : NULL, .pool = r->pool,
            .attempts = r->attempts ? r->attempts : 1,
        };
        rc = reel_task_start(&r->task, r->chain, r->in, &task, &r->err);
    }
    return rc;
}

static inline int run_wait(struct run *r)
{
    int rc = reel_task_wait(r->task, 60 * INT64_C(1000000));
    if (rc == REEL_PENDING) {
        print_error("hangs\n");
        abort(); /* there is no way back from here */
    }
    if (rc >= 0)
        assert_int_equal(reel_task_result(r->task, &r->result), 0);
    else
        assert_int_equal(reel_task_error(r->task, &r->err), 0);
    return rc;
}

/* Lets go of everything and looks whether it is gone. */
static inline void run_end(struct run *r)
{
    reel_task_unref(&r->task);
    reel_output_close(&r->made);
    reel_input_close(&r->in);
    reel_pool_unref(&r->pool);
    reel_chain_unref(&r->chain);
    reel_ctx_unref(&r->ctx);
    if (kit_live != 0)
        print_error("%ld allocations were not freed\n", (long)kit_live);
    assert_int_equal(kit_live, 0);
}

static inline int run_whole(struct run *r)
{
    int rc = run_start(r);
    if (rc == 0)
        rc = run_wait(r);
    run_end(r);
    return rc;
}

static long kit_temps;

static inline int kit_look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    size_t len = strlen(path);
    (void)st;
    (void)ftw;
    kit_temps += type == FTW_F && len > 4 && strcmp(path + len - 4, ".tmp") == 0;
    return 0;
}

/* Files under the folder that were never finished. */
static inline long temps(const char *folder)
{
    kit_temps = 0;
    assert_int_equal(nftw(folder, kit_look, 8, FTW_PHYS), 0);
    return kit_temps;
}

/* Goes on without trouble: the bytes must be those of an undisturbed run, and nothing else may be left. */
static inline void kit_settle(const char *output, bool remove)
{
    struct run r = { .output = output };
    int rc = run_whole(&r);
    if (rc != 0)
        print_error("%s: %s\n", r.err.step, r.err.text);
    assert_int_equal(rc, 0);
    assert_memory_equal(r.result.digest, kit_digest, sizeof(kit_digest));
    if (remove)
        assert_int_equal(unlink(output), 0);
}

static inline int64_t kit_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* A small generator of our own: the same numbers everywhere. */
static inline uint32_t kit_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* `seconds` of moving pictures with a keyframe each second, and a tone; and what becomes of them. */
static inline int kit_make(int seconds)
{
    char command[640], out[96];
    setenv("SVT_LOG", "1", 0); /* see examples/transcode.c */
    if (!mkdtemp(kit_folder))
        return -1;
    kit_path(kit_clip, "clip.mp4");
    snprintf(command, sizeof(command), "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=96x64:rate=10 -f lavfi -i "
             "sine=frequency=440:sample_rate=48000 -t %d -pix_fmt yuv420p -c:v mpeg4 -g 10 -c:a aac %s", seconds,
             kit_clip);
    if (system(command) != 0)
        return -1;
    kit_path(out, "clean.webm");
    struct run r = { .output = out };
    if (run_whole(&r) != 0)
        return -1;
    memcpy(kit_digest, r.result.digest, sizeof(kit_digest));
    return unlink(out);
}

static inline int kit_drop(void **state)
{
    (void)state;
    char command[96];
    snprintf(command, sizeof(command), "rm -rf %s", kit_folder);
    return system(command);
}

#endif
