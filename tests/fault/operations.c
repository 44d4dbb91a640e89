/* A whole run in which the n-th allocation, read, write, sync or thread start fails: a clear error or, where it could be made
 * good, the right bytes. Never a crash, a hang, a leak, or a file under the output's name that is not the whole result. */
#include "kit.h"

enum { SHARE = 40 }; /* runs per kind */

static bool of_family(int32_t op, int code)
{
    switch (op) {
    case REEL_FAULT_ALLOC: return code == REEL_ERR_NOMEM;
    case REEL_FAULT_THREAD: return code == REEL_ERR_NOMEM;
    case REEL_FAULT_WRITE: return code == REEL_ERR_NO_SPACE;
    default: return code == REEL_ERR_IO;
    }
}

static void check_left(const char *out, bool may_be_there)
{
    if (access(out, F_OK) == 0) { /* renamed, and what came behind the rename failed: it has to be the whole */
        assert_true(may_be_there);
        assert_int_equal(unlink(out), 0);
    }
    assert_int_equal(temps(kit_folder), 0);
    assert_true(entries(kit_folder) <= 2); /* the clip and a journal */
}

/* One run with trouble, and one without behind it where that changes anything. */
static void one(int32_t op, long n, int error, int fds, const char *out)
{
    struct run r = { .output = out, .attempts = n % 4 == 0 ? 3 : 1, .trouble = { .op = op, .first = n, .count = 1,
                                                                                 .error = error } };
    int rc = run_whole(&r);
    bool struck = r.trouble.struck > 0;
    if (rc != 0 && (!struck || !of_family(op, rc)))
        print_error("kind %d, operation %ld: %s at %s: %s\n", (int)op, n, reel_err_name(rc), r.err.step, r.err.text);
    assert_int_equal(entries("/proc/self/fd"), fds);
    if (rc == 0) {
        assert_memory_equal(r.result.digest, kit_digest, sizeof(kit_digest));
        assert_int_equal(unlink(out), 0);
        assert_int_equal(temps(kit_folder), 0);
        assert_int_equal(entries(kit_folder), 1);
        return;
    }
    assert_true(struck);
    assert_true(of_family(op, rc));
    assert_true(r.err.code == rc || r.err.code == 0); /* 0: a creator that has no error to fill */
    assert_true(r.err.code == 0 || r.err.text[0] != 0);
    check_left(out, op == REEL_FAULT_SYNC || op == REEL_FAULT_ALLOC || op == REEL_FAULT_WRITE);
    kit_settle(out, true);
    assert_int_equal(entries(kit_folder), 1);
}

static void each(int32_t op, int error)
{
    char out[96];
    kit_path(out, "o.webm");
    struct run count = { .output = out };
    assert_int_equal(run_whole(&count), 0);
    assert_int_equal(unlink(out), 0);
    long all = count.trouble.total[op];
    int fds = entries("/proc/self/fd");
    long stride = all / SHARE + 1;
    uint32_t seed = 20 + (uint32_t)op;
    assert_true(all > 0);
    for (long n = 1; n <= all; n += stride)
        one(op, n + (long)(kit_random(&seed) % (uint32_t)stride), error, fds, out);
    one(op, all, error, fds, out); /* near the end: publishing and cleaning up */
    one(op, all - 1, error, fds, out);
}

static void allocations(void **state)
{
    (void)state;
    each(REEL_FAULT_ALLOC, ENOMEM);
}

static void reads(void **state)
{
    (void)state;
    each(REEL_FAULT_READ, EIO);
}

static void writes(void **state)
{
    (void)state;
    each(REEL_FAULT_WRITE, ENOSPC);
}

static void syncs(void **state)
{
    (void)state;
    each(REEL_FAULT_SYNC, EIO);
}

static void threads(void **state)
{
    (void)state;
    each(REEL_FAULT_THREAD, EAGAIN);
}

static int make(void **state)
{
    (void)state;
    return kit_make(3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations), cmocka_unit_test(reads), cmocka_unit_test(writes), cmocka_unit_test(syncs),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, make, kit_drop);
}
