/* What the tests of the public API share: cmocka, and a context whose n-th operation fails. Public headers only. */
#ifndef TESTS_API_CHECK_H
#define TESTS_API_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <reel/reel.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fault {
    int32_t op;  /* REEL_FAULT_*, 0: nothing fails */
    long nth;    /* counted from 1 */
    int error;   /* errno value */
    long seen;
    bool struck;
};

static inline int fault_ask(void *user, int32_t op)
{
    struct fault *f = user;
    if (op != f->op || ++f->seen != f->nth)
        return 0;
    f->struck = true;
    return f->error;
}

struct room {
    struct fault fault;
    reel_ctx *ctx;
    char folder[64];
};

static inline int room_setup(void **state)
{
    struct room *r = calloc(1, sizeof(*r));
    snprintf(r->folder, sizeof(r->folder), "/tmp/reel-test-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
    reel_limits limits = { .size = sizeof(limits), .input_bytes = 1 << 20 };
    assert_int_equal(reel_ctx_create(&r->ctx, REEL_OPTS(reel_ctx_opts, .fault = fault_ask, .fault_user = &r->fault,
                                                        .temp_dir = r->folder, .limits = &limits), NULL), 0);
    *state = r;
    return 0;
}

static inline int room_teardown(void **state)
{
    struct room *r = *state;
    char command[128];
    reel_ctx_unref(&r->ctx);
    snprintf(command, sizeof(command), "rm -rf '%s'", r->folder);
    assert_int_equal(system(command), 0);
    free(r);
    return 0;
}

static inline int entries(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    int count = 0;
    for (struct dirent *e; (e = readdir(dir));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return count;
}

/*
 * Runs `work` again and again with the 1st, 2nd, … operation of each kind failing, until nothing is left to fail.
 * Each failed run must say so with a code and a text; none may leave a descriptor open.
 */
static inline void fail_each(struct room *r, int (*work)(struct room *r, reel_error *err))
{
    static const struct {
        int32_t op;
        int error;
    } kinds[] = { { REEL_FAULT_ALLOC, ENOMEM }, { REEL_FAULT_READ, EIO }, { REEL_FAULT_WRITE, ENOSPC },
                  { REEL_FAULT_SYNC, EIO } };
    assert_int_equal(work(r, NULL), 0);
    int fds = entries("/proc/self/fd");
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (long n = 1;; n++) {
            reel_error err = { .size = sizeof(err) };
            r->fault = (struct fault){ .op = kinds[k].op, .nth = n, .error = kinds[k].error };
            int rc = work(r, &err);
            bool struck = r->fault.struck;
            r->fault = (struct fault){ 0 };
            assert_int_equal(entries("/proc/self/fd"), fds);
            if (!struck) {
                assert_int_equal(rc, 0);
                break;
            }
            /* A fault in what is optional may go unnoticed; one that is noticed is told. */
            if (rc < 0) {
                assert_int_equal(err.code, rc);
                assert_true(err.text[0] != 0);
            }
            assert_true(n < 10000);
        }
    }
}

#define IN_ROOM(f) cmocka_unit_test_setup_teardown(f, room_setup, room_teardown)

#endif
