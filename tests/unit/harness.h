/* What the tests of the inside share: cmocka, an environment with a fault hook and a count of live allocations. */
#ifndef TESTS_UNIT_HARNESS_H
#define TESTS_UNIT_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include <reel/ctx.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One plan of failure: the n-th operation of a kind fails, once. */
struct harness {
    int32_t op;          /* REEL_FAULT_*, 0: nothing fails */
    long nth;            /* counted from 1 */
    int error;           /* errno value */
    _Atomic long seen;   /* operations of that kind so far */
    _Atomic bool struck; /* it has failed */
    _Atomic long live;   /* allocations that are not freed */
    char folder[64];
};

static inline int harness_fault(void *user, int32_t op)
{
    struct harness *h = user;
    if (op != h->op || ++h->seen != h->nth)
        return 0;
    h->struck = true;
    return h->error;
}

static inline void *harness_alloc(void *user, size_t size)
{
    struct harness *h = user;
    void *ptr = malloc(size);
    if (ptr)
        h->live++;
    return ptr;
}

static inline void *harness_realloc(void *user, void *ptr, size_t size)
{
    struct harness *h = user;
    void *grown = realloc(ptr, size);
    if (grown && !ptr)
        h->live++;
    return grown;
}

static inline void harness_free(void *user, void *ptr)
{
    struct harness *h = user;
    if (ptr)
        h->live--;
    free(ptr);
}

/* Options for reel_ctx_create or rl_env_init. */
static inline reel_ctx_opts harness_opts(struct harness *h, reel_alloc *alloc)
{
    *alloc = (reel_alloc){ .size = sizeof(*alloc), .user = h, .alloc = harness_alloc, .realloc = harness_realloc,
                           .free = harness_free };
    return (reel_ctx_opts){ .size = sizeof(reel_ctx_opts), .alloc = alloc, .fault = harness_fault, .fault_user = h,
                            .temp_dir = h->folder[0] ? h->folder : NULL };
}

static inline void harness_arm(struct harness *h, int32_t op, long nth, int error)
{
    h->op = op;
    h->nth = nth;
    h->error = error;
    h->seen = 0;
    h->struck = false;
}

/* A folder of the test's own. */
static inline void harness_folder(struct harness *h)
{
    snprintf(h->folder, sizeof(h->folder), "/tmp/reel-test-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
}

/* Entries of a folder, those that begin with a dot too; -1 when it cannot be read. */
static inline int harness_entries(const char *path)
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

static inline int harness_open_fds(void)
{
    return harness_entries("/proc/self/fd");
}

static inline void harness_remove(struct harness *h)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", h->folder);
    assert_int_equal(system(command), 0);
    h->folder[0] = 0;
}

#endif
