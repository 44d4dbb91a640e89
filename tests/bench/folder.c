/*
 * folder FORMAT WIDTH THREADS FILE...: converts every file with the preset of its format, THREADS tasks at a time on one pool of as
 * many threads, into a file that is removed again; prints how many came out whole, partial and not at all, seconds and bytes.
 */
#include <reel/reel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64 };

struct lane {
    reel_input *in;
    reel_task *task;
    char output[64];
};

struct tally {
    unsigned ok, partial, failed;
    unsigned long long bytes;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void end(struct lane *lane, struct tally *tally)
{
    reel_result result = { .size = sizeof(result) };
    int rc = lane->task ? reel_task_wait(lane->task, REEL_FOREVER) : REEL_ERR_STATE;
    if (rc >= 0 && reel_task_result(lane->task, &result) == 0)
        tally->bytes += result.bytes;
    tally->ok += rc == 0;
    tally->partial += rc == REEL_PARTIAL;
    tally->failed += rc < 0;
    reel_task_unref(&lane->task);
    reel_input_close(&lane->in);
    unlink(lane->output);
}

static void begin(struct lane *lane, reel_ctx *ctx, reel_chain *chain, reel_pool *pool, const char *file)
{
    int rc = reel_input_open_path(&lane->in, ctx, file, NULL);
    if (rc >= 0)
        rc = reel_task_start(&lane->task, chain, lane->in,
                             REEL_OPTS(reel_task_opts, .output = lane->output, .pool = pool), NULL);
    if (rc < 0)
        reel_task_unref(&lane->task);
}

/* The lane that is done, or, when all are at work, the one that was begun first. */
static int free_lane(const struct lane *lanes, int count, int oldest)
{
    for (int i = 0; i < count; i++) {
        const struct lane *lane = &lanes[(oldest + i) % count];
        if (!lane->task || reel_task_wait(lane->task, 0) != REEL_PENDING)
            return (oldest + i) % count;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct lane lanes[MOST] = { 0 };
    struct tally tally = { 0 };
    reel_ctx *ctx = NULL;
    reel_chain *chain = NULL;
    reel_options *options = NULL;
    reel_pool *pool = NULL;
    char folder[] = "/tmp/reel-folder-XXXXXX";
    if (argc < 5)
        return 64;
    int threads = atoi(argv[3]), rc = threads > 0 && threads <= MOST ? 0 : REEL_ERR_INVALID_ARG;
    const reel_ctx_opts quiet = { .size = sizeof(quiet), .flags = REEL_CTX_QUIET_AVLOG };
    if (rc >= 0)
        rc = reel_ctx_create(&ctx, &quiet, NULL);
    if (rc >= 0)
        rc = reel_options_create(&options, ctx);
    if (rc >= 0 && atoi(argv[2]) > 0)
        rc = reel_options_set(options, "picture.width", argv[2], NULL);
    if (rc >= 0)
        rc = reel_chain_preset(&chain, ctx, strcmp(argv[1], "avif") ? "web-image-webp" : "web-image", options, NULL);
    if (rc >= 0)
        rc = reel_pool_create(&pool, ctx, REEL_OPTS(reel_pool_opts, .threads = threads), NULL);
    if (rc < 0 || !mkdtemp(folder))
        return 1;

    double from = now();
    for (int i = 4, oldest = 0; i < argc; i++) {
        int at = free_lane(lanes, threads, oldest);
        if (at < 0)
            at = oldest;
        if (lanes[at].in)
            end(&lanes[at], &tally);
        snprintf(lanes[at].output, sizeof(lanes[at].output), "%s/%d", folder, at);
        begin(&lanes[at], ctx, chain, pool, argv[i]);
        oldest = (at + 1) % threads;
    }
    for (int i = 0; i < threads; i++)
        if (lanes[i].in)
            end(&lanes[i], &tally);
    printf("%u %u %u %.2f %llu\n", tally.ok, tally.partial, tally.failed, now() - from, tally.bytes);
    rmdir(folder);
    reel_pool_unref(&pool);
    reel_options_destroy(&options);
    reel_chain_unref(&chain);
    reel_ctx_unref(&ctx);
    return 0;
}
