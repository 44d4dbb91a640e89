/* Whole runs, through the public API and as a program: verdict, same bytes, kill and resume, cancel, refusals.
 * argv[1]: examples/transcode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <reel/reel.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *program;
static char folder[] = "/tmp/reel-api-XXXXXX", clip[96];

static void path_of(char path[96], const char *name)
{
    snprintf(path, 96, "%s/%s", folder, name);
}

static int entries(void)
{
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

struct run {
    reel_ctx *ctx;
    reel_input *input;
    reel_chain *chain;
    reel_pool *pool;
    reel_task *task;
    reel_error err;
};

static int start(struct run *r, const char *input, const char *output, int threads, uint32_t flags)
{
    reel_options *set = NULL;
    reel_pool_opts pool = { .size = sizeof(pool), .threads = threads };
    memset(r, 0, sizeof(*r));
    r->err.size = sizeof(r->err);
    assert_int_equal(reel_ctx_create(&r->ctx, REEL_OPTS(reel_ctx_opts, .flags = REEL_CTX_QUIET_AVLOG), &r->err), 0);
    assert_int_equal(reel_options_create(&set, r->ctx), 0);
    assert_int_equal(reel_options_set(set, "video.speed", "9", &r->err), 0);
    assert_int_equal(reel_chain_preset(&r->chain, r->ctx, NULL, set, &r->err), 0);
    reel_options_destroy(&set);
    assert_int_equal(reel_pool_create(&r->pool, r->ctx, &pool, &r->err), 0);
    assert_int_equal(reel_input_open_path(&r->input, r->ctx, input, &r->err), 0);
    const reel_task_opts opts = { .size = sizeof(opts), .output = output, .pool = r->pool, .flags = flags };
    return reel_task_start(&r->task, r->chain, r->input, &opts, &r->err);
}

static void finish(struct run *r)
{
    reel_task_unref(&r->task);
    reel_input_close(&r->input);
    reel_pool_unref(&r->pool);
    reel_chain_unref(&r->chain);
    reel_ctx_unref(&r->ctx);
}

static void run_ok(const char *output, int threads, reel_result *result)
{
    struct run r;
    assert_int_equal(start(&r, clip, output, threads, 0), 0);
    int rc = reel_task_wait(r.task, REEL_FOREVER);
    if (rc != 0 && reel_task_error(r.task, &r.err) == 0)
        print_error("%s: %s\n", r.err.step, r.err.text);
    assert_int_equal(rc, 0);
    *result = (reel_result){ .size = sizeof(*result) };
    assert_int_equal(reel_task_result(r.task, result), 0);
    finish(&r);
}

/* 24 s of 160x90 at 25 fps with a keyframe each second, and a tone. */
static int make_clip(void **state)
{
    (void)state;
    char command[640];
    if (!mkdtemp(folder))
        return -1;
    path_of(clip, "clip.mp4");
    snprintf(command, sizeof(command), "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=160x90:rate=25 -f lavfi -i "
             "sine=frequency=440:sample_rate=48000 -t 24 -pix_fmt yuv420p -c:v mpeg4 -g 25 -c:a aac %s", clip);
    return system(command) == 0 ? 0 : -1;
}

static int remove_all(void **state)
{
    (void)state;
    char command[96];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static uint8_t one_go[REEL_DIGEST_SIZE]; /* of the first test, for those behind it */

static void same_bytes(void **state)
{
    (void)state;
    char out[96];
    path_of(out, "a.webm");
    for (int threads = 1; threads <= 4; threads *= 2) {
        reel_result r;
        run_ok(out, threads, &r);
        assert_int_equal(r.verdict, REEL_VERDICT_OK);
        assert_int_equal(r.frames_in, 600);
        assert_int_equal(r.frames_out, 600);
        assert_int_equal(r.decode_errors, 0);
        assert_true(r.samples_out >= 24 * 48000 && r.samples_out < 24 * 48000 + 2048);
        assert_true(llabs(r.av_offset) <= 2000);
        assert_true(r.segments >= 5);
        if (threads == 1)
            memcpy(one_go, r.digest, sizeof(one_go));
        assert_memory_equal(one_go, r.digest, sizeof(one_go));
    }
    assert_int_equal(entries(), 2); /* clip and output: no journal, no temporary file */
    assert_int_equal(unlink(out), 0);
}

static pid_t spawn(const char *output)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl(program, program, "--quiet", "--set", "video.speed=9", clip, output, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

/* Killed again and again a little later, until it gets through; then the bytes are those of one go. */
static void kill_and_resume(void **state)
{
    (void)state;
    char out[96], journal[96];
    reel_result r;
    path_of(out, "k.webm");
    path_of(journal, ".k.webm.reel/journal");
    for (useconds_t pause = 50000; pause < 900000; pause += 170000) {
        int status;
        pid_t pid = spawn(out);
        usleep(pause);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status) || access(out, F_OK) == 0) /* it was faster, if only by the output's name */
            break;
    }
    run_ok(out, 2, &r);
    assert_memory_equal(one_go, r.digest, sizeof(one_go));
    assert_int_equal(access(journal, F_OK), -1);
    assert_int_equal(entries(), 2);
    assert_int_equal(unlink(out), 0);
}

static void cancel(void **state)
{
    (void)state;
    char out[96];
    path_of(out, "c.webm");
    for (useconds_t pause = 0; pause < 600000; pause += 90000) {
        struct run r;
        assert_int_equal(start(&r, clip, out, 2, 0), 0);
        usleep(pause);
        int64_t before = now();
        reel_task_cancel(r.task);
        int rc = reel_task_wait(r.task, REEL_FOREVER);
        int64_t took = now() - before;
        if (rc == 0) {
            finish(&r);
            break;
        }
        assert_int_equal(rc, REEL_ERR_CANCELLED);
        if (took > 100000)
            print_message("cancel after %u us took %lld us\n", (unsigned)pause, (long long)took);
        finish(&r);
        assert_int_equal(access(out, F_OK), -1);
        assert_true(entries() <= 2); /* the clip, and the journal when there is something in it */
    }
    reel_result r;
    run_ok(out, 2, &r);
    assert_memory_equal(one_go, r.digest, sizeof(one_go));
    assert_int_equal(unlink(out), 0);
}

static void refusals(void **state)
{
    (void)state;
    char out[96], other[96];
    struct run r, second;
    assert_int_equal(start(&r, clip, clip, 1, 0), REEL_ERR_SAME_FILE);
    finish(&r);
    path_of(out, "link.mp4");
    assert_int_equal(symlink(clip, out), 0);
    assert_int_equal(start(&r, clip, out, 1, 0), REEL_ERR_SAME_FILE);
    finish(&r);
    assert_int_equal(unlink(out), 0);
    assert_int_equal(link(clip, out), 0);
    assert_int_equal(start(&r, clip, out, 1, 0), REEL_ERR_SAME_FILE);
    finish(&r);
    assert_int_equal(unlink(out), 0);

    path_of(other, "none/x.webm");
    assert_int_equal(start(&r, clip, other, 1, 0), REEL_ERR_NOT_FOUND);
    finish(&r);
    path_of(out, "b.webm");
    assert_int_equal(start(&r, clip, out, 1, 0), 0);
    assert_int_equal(start(&second, clip, out, 1, 0), REEL_ERR_BUSY);
    assert_null(second.task);
    finish(&second);
    reel_task_cancel(r.task);
    assert_int_equal(reel_task_wait(r.task, REEL_FOREVER), REEL_ERR_CANCELLED);
    finish(&r);
}

/* The exit code of a shell command in the test's folder, in which $T is the program. */
static int shell(const char *command)
{
    char text[1024];
    snprintf(text, sizeof(text), "cd %s && T='%s' && %s", folder, program, command);
    int status = system(text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void command_line(void **state)
{
    (void)state;
    assert_int_equal(shell("$T --preset none clip.mp4 x.webm 2>e"), 64);
    assert_int_equal(shell("grep -q 'no preset \"none\"' e"), 0);
    assert_int_equal(shell("$T --start 5 --end 2 clip.mp4 x.webm 2>e"), 64);
    assert_int_equal(shell("grep -q -e '--end must be later than --start' e"), 0);
    assert_int_equal(shell("$T --threads 0 clip.mp4 x.webm 2>e"), 64);
    assert_int_equal(shell("grep -q -e '--threads wants' e"), 0);
    assert_int_equal(shell("$T --list-options | grep -q 'e+0'"), 1);
    assert_int_equal(shell("$T --plan clip.mp4 >/dev/full 2>/dev/null"), 1);
    assert_int_equal(shell("rm e"), 0);
}

/* Chunks without a file: a second run is refused while the first is at it, and goes on when that was killed. */
static void chunks_alone(void **state)
{
    (void)state;
    assert_int_equal(shell("for i in 1 2 3 4 5 6; do $T --quiet --set video.speed=2 --chunks d clip.mp4 & p=$!; "
                           "n=0; until grep -q chunk d/.reel/journal 2>/dev/null || [ $((n += 1)) -gt 400 ]; do "
                           "sleep 0.02; done; $T --chunks d clip.mp4 2>e; second=$?; "
                           "kill -9 $p && grep -q BUSY e && [ $second = 1 ]; ok=$?; wait $p; [ $ok = 0 ] && exit; "
                           "rm -r d; done 2>/dev/null; exit 1"), 0);
    assert_int_equal(shell("$T --quiet --set video.speed=2 --chunks d clip.mp4 | grep -q 'taken over'"), 0);
    assert_int_equal(shell("[ ! -e d/.reel ] && [ -s d/master.m3u8 ]"), 0);

    /* What has the name of a chunk and is none is replaced. */
    assert_int_equal(shell("f=$(ls d/media/*.mp4 | head -1) && rm $f && echo other >$f && "
                           "$T --quiet --set video.speed=2 --chunks d clip.mp4 >/dev/null && "
                           "[ $(sha256sum <$f | cut -c1-64) = $(basename $f .mp4) ]"), 0);
    assert_int_equal(shell("rm -r d e"), 0);
}

/* Half a file: the reasons are printed, and what both streams lack counts once. */
static void told_what(void **state)
{
    (void)state;
    assert_int_equal(shell("ffmpeg -nostdin -v error -i clip.mp4 -c copy -movflags +faststart f.mp4 && "
                           "head -c $(($(stat -c %s f.mp4) / 2)) f.mp4 >t.mp4 && "
                           "$T --quiet --set video.speed=9 t.mp4 t.webm >r"), 2);
    assert_int_equal(shell("grep -q 'stream 0: the stream ends' r && grep -q 'stream 1: the stream ends' r"), 0);
    assert_int_equal(shell("$T --quiet --json --set video.speed=9 t.mp4 t.webm >r; "
                           "m=$(grep -o '\"missing_time\":[0-9]*' r | cut -d: -f2) && [ $m -gt 5000000 ] && "
                           "[ $m -le 16000000 ]"), 0);
    assert_int_equal(shell("rm f.mp4 t.mp4 t.webm r"), 0);
}

static void chapters(void **state)
{
    (void)state;
    reel_ctx *ctx = NULL;
    reel_input *in = NULL;
    char path[96];
    int64_t from = 0, to = 0;
    const char *title = NULL;
    assert_int_equal(shell("printf ';FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=5000\ntitle=One\n[CHAPTER]\n"
                           "TIMEBASE=1/1000\nSTART=5000\nEND=24000\n' >m && "
                           "ffmpeg -nostdin -v error -i clip.mp4 -i m -map 0 -map_chapters 1 -c copy c.mkv"), 0);
    path_of(path, "c.mkv");
    assert_int_equal(reel_ctx_create(&ctx, NULL, NULL), 0);
    assert_int_equal(reel_input_open_path(&in, ctx, path, NULL), 0);
    assert_int_equal(reel_input_get_chapter(in, 0, &from, &to, &title), REEL_ERR_STATE);
    assert_int_equal(reel_input_probe(in, NULL), 0);
    assert_int_equal(reel_input_get_chapter(in, 0, &from, &to, &title), 0);
    assert_true(from == 0 && to == 5000000);
    assert_string_equal(title, "One");
    assert_int_equal(reel_input_get_chapter(in, 1, &from, &to, &title), 0);
    assert_true(from == 5000000 && to == 24000000);
    assert_string_equal(title, "");
    assert_int_equal(reel_input_get_chapter(in, 2, &from, &to, &title), REEL_END);
    assert_true(from == REEL_NO_TIME && !title);
    assert_int_equal(reel_input_get_chapter(in, 0, NULL, &to, &title), REEL_ERR_INVALID_ARG);
    reel_input_close(&in);
    reel_ctx_unref(&ctx);
    assert_int_equal(shell("rm m c.mkv"), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes), cmocka_unit_test(kill_and_resume), cmocka_unit_test(cancel),
        cmocka_unit_test(refusals), cmocka_unit_test(command_line), cmocka_unit_test(chunks_alone),
        cmocka_unit_test(told_what), cmocka_unit_test(chapters),
    };
    if (argc != 2)
        return 64;
    program = argv[1];
    setenv("SVT_LOG", "1", 0); /* see examples/transcode.c */
    return cmocka_run_group_tests(tests, make_clip, remove_all);
}
