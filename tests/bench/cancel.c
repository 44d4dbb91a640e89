/*
 * cancel INPUT OUTPUT COUNT SECONDS: starts COUNT tasks and cancels each after up to SECONDS, at moments spread evenly but in no
 * order; prints for each how many milliseconds lie between reel_task_cancel() and the end of reel_task_wait(). The journal of one
 * run is taken up by the next, as after any cancel, until OUTPUT is finished; then all begins anew.
 */
#include <reel/reel.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Bit-reversal spreads any number of moments over 0 to 1, the same ones each time. */
static double moment(unsigned i)
{
    double at = 0;
    for (double bit = 0.5; i; i >>= 1, bit /= 2)
        at += i & 1 ? bit : 0;
    return at;
}

/* Milliseconds; negative when the task had ended by itself, or something failed. */
static double cancel_once(reel_ctx *ctx, reel_chain *chain, const char *input, const char *output,
                          double after, reel_error *err)
{
    reel_input *in = NULL;
    reel_task *task = NULL;
    double took = -1;
    int rc = reel_input_open_path(&in, ctx, input, err);
    if (rc >= 0)
        rc = reel_task_start(&task, chain, in, REEL_OPTS(reel_task_opts, .output = output), err);
    if (rc >= 0) {
        rc = reel_task_wait(task, (int64_t)(after * 1e6));
        double asked = now_ms();
        if (rc == REEL_PENDING) {
            reel_task_cancel(task);
            rc = reel_task_wait(task, REEL_FOREVER);
            took = now_ms() - asked;
        }
        if (rc < 0 && rc != REEL_ERR_CANCELLED)
            rc = reel_task_error(task, err) < 0 ? REEL_ERR_INTERNAL : err->code;
        reel_task_unref(&task);
    }
    reel_input_close(&in);
    if (rc >= 0)
        unlink(output);
    return rc >= 0 || rc == REEL_ERR_CANCELLED ? took : -2;
}

int main(int argc, char **argv)
{
    reel_ctx *ctx = NULL;
    reel_chain *chain = NULL;
    reel_error err = { .size = sizeof(err) };
    if (argc != 5)
        return 2;
    unsigned count = (unsigned)strtoul(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL);
    int rc = reel_ctx_create(&ctx, REEL_OPTS(reel_ctx_opts, .flags = REEL_CTX_QUIET_AVLOG), &err);
    if (rc >= 0)
        rc = reel_chain_preset(&chain, ctx, "web-video", NULL, &err);
    for (unsigned i = 1; rc >= 0 && i <= count; i++) {
        double took = cancel_once(ctx, chain, argv[1], argv[2], moment(i) * seconds, &err);
        if (took >= 0)
            printf("%.2f\n", took);
        else if (took < -1)
            rc = err.code < 0 ? err.code : REEL_ERR_INTERNAL;
    }
    if (rc < 0)
        fprintf(stderr, "cancel: %s\n", err.text);
    reel_chain_unref(&chain);
    reel_ctx_unref(&ctx);
    return rc < 0;
}
