/* lib/base: descriptors, temporary files, publishing; and that every n-th fault leaves nothing behind. */
#include "harness.h"

#include "base/io.h"

#include <fcntl.h>
#include <sys/stat.h>

struct room {
    struct harness h;
    struct rl_env env;
};

static int setup(void **state)
{
    struct room *r = calloc(1, sizeof(*r));
    reel_alloc alloc;
    harness_folder(&r->h);
    reel_ctx_opts opts = harness_opts(&r->h, &alloc);
    assert_int_equal(rl_env_init(&r->env, &opts, NULL), 0);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct room *r = *state;
    assert_int_equal(r->h.live, 0);
    harness_remove(&r->h);
    free(r);
    return 0;
}

static char *in_folder(struct room *r, const char *name)
{
    static char path[512];
    snprintf(path, sizeof(path), "%s/%s", r->h.folder, name);
    return path;
}

static void temp_files_have_no_name(void **state)
{
    struct room *r = *state;
    char back[8] = "";
    int fd = rl_temp_fd(&r->env, r->h.folder);
    assert_true(fd >= 0);
    assert_int_equal(harness_entries(r->h.folder), 0);
    assert_int_equal(rl_write(&r->env, fd, "0123456789", 10), 0);
    assert_int_equal(rl_pwrite(&r->env, fd, "xy", 2, 3), 0);
    assert_int_equal(rl_pread(&r->env, fd, back, 5, 1), 5);
    assert_memory_equal(back, "12xy5", 5);
    assert_int_equal(rl_pread(&r->env, fd, back, 8, 8), 2);
    assert_int_equal(rl_pread(&r->env, fd, back, 8, 80), 0);
    close(fd);
    assert_int_equal(rl_temp_fd(&r->env, "/nonexistent"), -ENOENT);
}

static void interrupted_calls_go_on(void **state)
{
    struct room *r = *state;
    char back[4] = "";
    int fd = rl_temp_fd(&r->env, r->h.folder);
    harness_arm(&r->h, REEL_FAULT_WRITE, 1, EINTR);
    assert_int_equal(rl_write(&r->env, fd, "abcd", 4), 0);
    harness_arm(&r->h, REEL_FAULT_READ, 1, EINTR);
    assert_int_equal(rl_pread(&r->env, fd, back, 4, 0), 4);
    harness_arm(&r->h, REEL_FAULT_SYNC, 1, EINTR);
    assert_int_equal(rl_sync(&r->env, fd), 0);
    harness_arm(&r->h, REEL_FAULT_SYNC, 1, EIO);
    assert_int_equal(rl_sync(&r->env, fd), -EIO);
    harness_arm(&r->h, REEL_FAULT_READ, 1, EIO);
    assert_int_equal(rl_read(&r->env, fd, back, 4), -EIO);
    close(fd);
}

/* One publication; the file's content afterwards is either the old or the new text, and nothing else is there. */
static int publish(struct room *r, const char *text, reel_error *err)
{
    struct rl_publish p;
    int rc = rl_publish_begin(&p, &r->env, in_folder(r, "out.webm"), err);
    if (rc < 0)
        return rc;
    rc = rl_write(&r->env, p.fd, text, strlen(text));
    if (rc < 0) {
        rl_publish_abort(&p, &r->env);
        rl_publish_abort(&p, &r->env); /* twice is fine */
        return rl_err_errno(err, -rc, "test", "write");
    }
    return rl_publish_commit(&p, &r->env, err);
}

static void expect_file(struct room *r, const char *text)
{
    char *data = NULL;
    size_t size = 0;
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_read_file(&r->env, in_folder(r, "out.webm"), 100, &data, &size, &err), 0);
    assert_string_equal(data, text);
    assert_int_equal(size, strlen(text));
    rl_free(&r->env, data);
}

static void publishing_is_all_or_nothing(void **state)
{
    static const struct {
        int32_t op;
        int error, code;
    } kinds[] = {
        { REEL_FAULT_ALLOC, ENOMEM, REEL_ERR_NOMEM },
        { REEL_FAULT_WRITE, ENOSPC, REEL_ERR_NO_SPACE },
        { REEL_FAULT_SYNC, EIO, REEL_ERR_IO },
    };
    struct room *r = *state;
    int fds = harness_open_fds();

    assert_int_equal(publish(r, "old", NULL), 0);
    expect_file(r, "old");
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        long n = 1;
        for (;; n++) {
            reel_error err = RL_ERROR_INIT;
            harness_arm(&r->h, kinds[k].op, n, kinds[k].error);
            int rc = publish(r, "new", &err);
            bool struck = r->h.struck;
            harness_arm(&r->h, 0, 0, 0);
            assert_int_equal(harness_entries(r->h.folder), 1); /* no temporary file */
            assert_int_equal(harness_open_fds(), fds);
            assert_int_equal(r->h.live, 0);
            if (!struck) {
                assert_int_equal(rc, 0);
                expect_file(r, "new");
                break;
            }
            assert_int_equal(rc, kinds[k].code);
            assert_int_equal(err.code, kinds[k].code);
        }
        assert_true(n > 2); /* something was made to fail */
        assert_int_equal(publish(r, "old", NULL), 0);
    }
}

static void published_mode_follows_umask(void **state)
{
    struct room *r = *state;
    struct stat st;
    mode_t before = umask(027);
    assert_int_equal(publish(r, "x", NULL), 0);
    umask(before);
    assert_int_equal(stat(in_folder(r, "out.webm"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void publishing_refuses_what_is_no_file(void **state)
{
    struct room *r = *state;
    struct rl_publish p;
    char name[300], path[400];
    assert_int_equal(rl_publish_begin(&p, &r->env, "/dev/null", NULL), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_publish_begin(&p, &r->env, r->h.folder, NULL), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_publish_begin(&p, &r->env, "/nonexistent/x", NULL), REEL_ERR_NOT_FOUND);
    rl_publish_abort(&p, &r->env);
    /* The longest name a folder takes still leaves room for the temporary one. */
    memset(name, 'n', 255);
    name[255] = 0;
    snprintf(path, sizeof(path), "%s/%s", r->h.folder, name);
    assert_int_equal(rl_publish_begin(&p, &r->env, path, NULL), 0);
    assert_int_equal(rl_publish_commit(&p, &r->env, NULL), 0);
    assert_int_equal(access(path, F_OK), 0);
}

static void small_files_have_limits(void **state)
{
    struct room *r = *state;
    char *data = NULL;
    size_t size = 0;
    assert_int_equal(publish(r, "0123456789", NULL), 0);
    assert_int_equal(rl_read_file(&r->env, in_folder(r, "out.webm"), 9, &data, &size, NULL), REEL_ERR_INVALID_DATA);
    assert_null(data);
    assert_int_equal(rl_read_file(&r->env, r->h.folder, 9, &data, &size, NULL), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_read_file(&r->env, in_folder(r, "none"), 9, &data, &size, NULL), REEL_ERR_NOT_FOUND);
    harness_arm(&r->h, REEL_FAULT_READ, 1, EIO);
    assert_int_equal(rl_read_file(&r->env, in_folder(r, "out.webm"), 10, &data, &size, NULL), REEL_ERR_IO);
}

static void streams_that_do_not_block_are_waited_for(void **state)
{
    struct room *r = *state;
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        usleep(50000);
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    assert_int_equal(rl_read(&r->env, ends[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    close(ends[0]);
    close(ends[1]);
}

#define IN_ROOM(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(temp_files_have_no_name),
        IN_ROOM(interrupted_calls_go_on),
        IN_ROOM(publishing_is_all_or_nothing),
        IN_ROOM(published_mode_follows_umask),
        IN_ROOM(publishing_refuses_what_is_no_file),
        IN_ROOM(small_files_have_limits),
        IN_ROOM(streams_that_do_not_block_are_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
