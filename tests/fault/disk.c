/* Disks and inputs that misbehave: full, unreadable in the middle, truncated or rewritten under the run; readers that are slow
 * or go away. */
#include "kit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>

/* A small file system of its own in a mount namespace of its own: nothing outside sees it. */
static bool mount_small(const char *path, const char *size)
{
    char options[64];
    snprintf(options, sizeof(options), "size=%s", size);
    return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mkdir(path, 0700) == 0 && mount("tmpfs", path, "tmpfs", 0, options) == 0;
}

/* With more and more room: too little for the journal, for the chunks, for the joined file; until it fits. */
static void full(void **state)
{
    (void)state;
    char small[96], out[128], remount[64];
    kit_path(small, "small");
    if (!mount_small(small, "16k")) {
        rmdir(small);
        print_message("skipped: no mount namespace\n");
        skip();
    }
    snprintf(out, sizeof(out), "%s/o.webm", small);
    bool fitted = false;
    for (int kib = 16, refused = 0; kib <= 1024 && !fitted; kib += kib / 2) {
        snprintf(remount, sizeof(remount), "size=%dk", kib);
        assert_int_equal(mount("none", small, "tmpfs", MS_REMOUNT, remount), 0);
        struct run r = { .output = out };
        int rc = run_whole(&r);
        if (rc != 0) {
            refused++;
            if (rc != REEL_ERR_NO_SPACE)
                print_error("%d KiB: %s at %s: %s\n", kib, reel_err_name(rc), r.err.step, r.err.text);
            assert_int_equal(rc, REEL_ERR_NO_SPACE);
            assert_int_equal(access(out, F_OK), -1);
            assert_int_equal(temps(small), 0);
        } else {
            assert_true(refused > 1);
            assert_true(r.result.resumed > 0); /* what fitted before was kept */
            assert_memory_equal(r.result.digest, kit_digest, sizeof(kit_digest));
            assert_int_equal(entries(small), 1);
            fitted = true;
        }
    }
    assert_true(fitted);
    assert_int_equal(umount(small), 0);
    assert_int_equal(rmdir(small), 0);
}

static void forget_journal(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s/.o.webm.reel", kit_folder);
    assert_int_equal(system(command), 0);
}

/* From the n-th read on nothing can be read any more. */
static void unreadable(void **state)
{
    (void)state;
    char out[96];
    kit_path(out, "o.webm");
    struct run count = { .output = out };
    assert_int_equal(run_whole(&count), 0);
    assert_int_equal(unlink(out), 0);
    long all = count.trouble.total[REEL_FAULT_READ];
    for (long n = 1; n < all; n += all / 12 + 1) {
        struct run r = { .output = out, .trouble = { .op = REEL_FAULT_READ, .first = n, .count = 1L << 30,
                                                     .error = EIO } };
        int rc = run_whole(&r);
        if (rc != REEL_ERR_IO)
            print_error("read %ld: %s at %s: %s\n", n, reel_err_name(rc), r.err.step, r.err.text);
        assert_int_equal(rc, REEL_ERR_IO);
        assert_int_equal(r.err.upstream, EIO);
        assert_int_equal(access(out, F_OK), -1);
        assert_int_equal(temps(kit_folder), 0);
        forget_journal(); /* with what is there already the next would not read so much */
    }
    kit_settle(out, true);
}

static int copy_of(const char *path)
{
    char command[256];
    snprintf(command, sizeof(command), "cp '%s' '%s'", kit_clip, path);
    int rc = system(command);
    usleep(20000); /* file times are as coarse as the kernel's clock tick */
    return rc;
}

enum change { CUT, GROWN, REWRITTEN };

/* After the n-th read somebody else writes to the input. */
struct meddler {
    struct trouble *trouble;
    const char *path;
    long after;
    enum change change;
};

static void *meddle(void *arg)
{
    struct meddler *m = arg;
    while (atomic_load(&m->trouble->total[REEL_FAULT_READ]) < m->after)
        usleep(200);
    int fd = open(m->path, O_RDWR | (m->change == GROWN ? O_APPEND : 0));
    struct stat st;
    int bad = fd < 0 || fstat(fd, &st) != 0;
    if (!bad && m->change == CUT)
        bad = ftruncate(fd, st.st_size / 2);
    else if (!bad)
        bad = write(fd, "0123456789abcdef", 16) != 16;
    close(fd);
    return bad ? m : NULL;
}

static void changed(void **state)
{
    (void)state;
    char in[96], out[96];
    kit_path(in, "mine.mp4");
    kit_path(out, "o.webm");
    for (int i = 0; i < 9; i++) {
        assert_int_equal(copy_of(in), 0);
        struct run r = { .input = in, .output = out };
        struct meddler m = { .trouble = &r.trouble, .path = in, .after = 3 + i / 3 * 12,
                             .change = (enum change)(i % 3) };
        pthread_t thread;
        void *bad;
        int rc = run_start(&r);
        assert_int_equal(rc, 0);
        assert_int_equal(pthread_create(&thread, NULL, meddle, &m), 0);
        rc = run_wait(&r);
        atomic_fetch_add(&r.trouble.total[REEL_FAULT_READ], 1L << 30);
        assert_int_equal(pthread_join(thread, &bad), 0);
        assert_null(bad);
        if (rc != REEL_ERR_CHANGED && rc != REEL_ERR_IO)
            print_error("change %d after %ld reads: %s at %s: %s\n", m.change, m.after, reel_err_name(rc), r.err.step,
                        r.err.text);
        assert_true(rc == REEL_ERR_CHANGED || rc == REEL_ERR_IO);
        run_end(&r);
        assert_int_equal(access(out, F_OK), -1);
        assert_int_equal(temps(kit_folder), 0);
    }
    /* What the journal has is of another input now. */
    assert_int_equal(copy_of(in), 0);
    struct run r = { .input = in, .output = out };
    assert_int_equal(run_whole(&r), 0);
    assert_memory_equal(r.result.digest, kit_digest, sizeof(kit_digest));
    assert_int_equal(unlink(out), 0);
    assert_int_equal(unlink(in), 0);
}

static int to_fd[2];

static int prepare_pipe(struct run *r)
{
    return reel_output_open_fd(&r->made, r->ctx, to_fd[1], &r->err);
}

struct reader {
    size_t bytes;
    size_t stop; /* goes away when it has so many; 0: reads all */
};

static void *slow_reader(void *arg)
{
    struct reader *reader = arg;
    char piece[700];
    for (ssize_t n; (n = read(to_fd[0], piece, sizeof(piece))) > 0;) {
        reader->bytes += (size_t)n;
        if (reader->stop > 0 && reader->bytes >= reader->stop)
            break;
        usleep(300);
    }
    close(to_fd[0]);
    return NULL;
}

static int through_pipe(struct run *r, struct reader *reader)
{
    pthread_t thread;
    assert_int_equal(pipe(to_fd), 0);
    assert_int_equal(fcntl(to_fd[1], F_SETPIPE_SZ, 4096), 4096);
    r->prepare = prepare_pipe;
    int rc = run_start(r);
    close(to_fd[1]); /* the task has its own */
    assert_int_equal(rc, 0);
    assert_int_equal(pthread_create(&thread, NULL, slow_reader, reader), 0);
    rc = run_wait(r);
    run_end(r);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return rc;
}

static void slow_pipe(void **state)
{
    (void)state;
    struct reader all = { 0 };
    struct run r = { 0 };
    assert_int_equal(through_pipe(&r, &all), 0);
    assert_int_equal(all.bytes, r.result.bytes);
    assert_memory_equal(r.result.digest, kit_digest, sizeof(kit_digest));

    struct reader gone = { .stop = 5000 };
    struct run broken = { 0 };
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(through_pipe(&broken, &gone), REEL_ERR_IO);
    assert_int_equal(broken.err.upstream, EPIPE);
    assert_int_equal(entries(kit_folder), 1);
}

/* Nobody reads: a cancel gets through all the same. */
static void stuck_pipe(void **state)
{
    (void)state;
    struct run r = { .prepare = prepare_pipe };
    reel_progress p = { .size = sizeof(p) };
    assert_int_equal(pipe(to_fd), 0);
    assert_int_equal(fcntl(to_fd[1], F_SETPIPE_SZ, 4096), 4096);
    assert_int_equal(run_start(&r), 0);
    close(to_fd[1]);
    do {
        usleep(2000);
        assert_int_equal(reel_task_progress(r.task, &p), 0);
        assert_int_equal(p.state, REEL_TASK_PROCESSING);
    } while (strcmp(p.step, "publish") != 0);
    usleep(100000);
    int64_t before = kit_now();
    reel_task_cancel(r.task);
    assert_int_equal(run_wait(&r), REEL_ERR_CANCELLED);
    assert_true(kit_now() - before < 2000000);
    run_end(&r);
    close(to_fd[0]);
}

static int make(void **state)
{
    (void)state;
    return kit_make(12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full), cmocka_unit_test(unreadable), cmocka_unit_test(changed), cmocka_unit_test(slow_pipe),
        cmocka_unit_test(stuck_pipe),
    };
    return cmocka_run_group_tests(tests, make, kit_drop);
}
