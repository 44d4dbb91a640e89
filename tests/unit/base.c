/* lib/base: environment, errors, options, buffers, digests, time, texts. */
#include "harness.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/machine.h"
#include "base/opts.h"
#include "base/time.h"
#include "base/utf8.h"

#include <signal.h>
#include <sys/stat.h>

static void env_fills_defaults(void **state)
{
    (void)state;
    struct rl_env env;
    assert_int_equal(rl_env_init(&env, NULL, NULL), 0);
    assert_int_equal(env.limits.input_bytes, 64ull << 30);
    assert_int_equal(env.limits.pixels, 8192 * 8192);
    assert_int_equal(env.limits.streams, 32);
    assert_int_equal(env.limits.duration, 86400000000ll);
    assert_int_equal(env.limits.stall, 60000000);
    assert_true(env.limits.memory_bytes > 1 << 20 && env.limits.memory_bytes < 1ull << 50);
    assert_int_equal(env.log_level, REEL_LOG_WARN);
    assert_true(env.temp_dir[0] == '/');
}

static void env_refuses(void **state)
{
    (void)state;
    struct rl_env env;
    reel_error err = RL_ERROR_INIT;
    reel_alloc half = { .size = sizeof(half), .alloc = harness_alloc };
    assert_int_equal(rl_env_init(&env, REEL_OPTS(reel_ctx_opts, .alloc = &half), &err), REEL_ERR_INVALID_ARG);
    assert_non_null(strstr(err.text, "required"));
    assert_int_equal(rl_env_init(&env, REEL_OPTS(reel_ctx_opts, .flags = 1u << 31), NULL), REEL_ERR_UNSUPPORTED);
    assert_int_equal(rl_env_init(&env, REEL_OPTS(reel_ctx_opts, .log_level = 9), NULL), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_env_init(&env, REEL_OPTS(reel_ctx_opts, .temp_dir = ""), NULL), REEL_ERR_INVALID_ARG);
    reel_ctx_opts small = { .size = 8 };
    assert_int_equal(rl_env_init(&env, &small, NULL), REEL_ERR_INVALID_ARG);
}

static void memory_checks_overflow(void **state)
{
    (void)state;
    struct harness h = { 0 };
    reel_alloc alloc;
    reel_ctx_opts opts = harness_opts(&h, &alloc);
    struct rl_env env;
    assert_int_equal(rl_env_init(&env, &opts, NULL), 0);
    assert_null(rl_calloc(&env, SIZE_MAX / 2, 3));
    assert_null(rl_realloc_array(&env, NULL, SIZE_MAX / 2, 3));
    uint64_t *array = NULL;
    size_t capacity = 0;
    for (size_t i = 0; i < 100; i++) {
        assert_true(rl_grow(&env, (void **)&array, &capacity, i, sizeof(*array)));
        array[i] = i;
    }
    assert_int_equal(array[99], 99);
    harness_arm(&h, REEL_FAULT_ALLOC, 1, ENOMEM);
    assert_false(rl_grow(&env, (void **)&array, &capacity, capacity, sizeof(*array)));
    assert_int_equal(array[99], 99);
    rl_free(&env, array);
    assert_int_equal(h.live, 0);
}

struct seen {
    int records;
    char text[2048];
    uint32_t length;
};

static void keep(void *user, const reel_log_record *record)
{
    struct seen *s = user;
    s->records++;
    snprintf(s->text, sizeof(s->text), "%s", record->text);
    s->length = record->text_len;
}

static void log_is_one_line(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct rl_env env;
    assert_int_equal(rl_env_init(&env, REEL_OPTS(reel_ctx_opts, .log = keep, .log_user = &seen), NULL), 0);
    rl_log(&env, REEL_LOG_INFO, "test", 0, "not wanted");
    assert_int_equal(seen.records, 0);
    rl_log(&env, REEL_LOG_WARN, "test", 0, "a\nb\xff%s", "c");
    assert_string_equal(seen.text, "a b?c");
    char *big = malloc(5000);
    memset(big, 'x', 4999);
    big[4999] = 0;
    rl_log(&env, REEL_LOG_ERROR, "test", 0, "%s", big);
    free(big);
    assert_int_equal(seen.length, strlen(seen.text));
    assert_true(seen.length < 1024);
    assert_string_equal(seen.text + seen.length - 3, "\xe2\x80\xa6");
}

static void *blocked(void *arg)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    *(bool *)arg = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1;
    return NULL;
}

static void threads_block_signals(void **state)
{
    (void)state;
    struct harness h = { 0 };
    reel_alloc alloc;
    reel_ctx_opts opts = harness_opts(&h, &alloc);
    struct rl_env env;
    pthread_t thread;
    sigset_t before, after;
    bool ok = false;
    assert_int_equal(rl_env_init(&env, &opts, NULL), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(rl_thread_start(&env, &thread, blocked, &ok), 0);
    pthread_join(thread, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_true(ok);
    assert_int_equal(sigismember(&before, SIGTERM), sigismember(&after, SIGTERM));
    harness_arm(&h, REEL_FAULT_THREAD, 1, EAGAIN);
    assert_int_equal(rl_thread_start(&env, &thread, blocked, &ok), EAGAIN);
}

static void first_cause_wins(void **state)
{
    (void)state;
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_err(&err, REEL_ERR_IO, "demux", "first %d", 1), REEL_ERR_IO);
    assert_int_equal(rl_err(&err, REEL_ERR_MUX, "mux", "second"), REEL_ERR_MUX);
    assert_int_equal(err.code, REEL_ERR_IO);
    assert_string_equal(err.text, "first 1");
    assert_string_equal(err.step, "demux");
    rl_err_where(&err, 3, 500);
    rl_err_where(&err, 4, 600);
    assert_int_equal(err.stream, 3);
    assert_int_equal(err.time, 500);
    assert_int_equal(rl_err(NULL, REEL_ERR_IO, "x", "y"), REEL_ERR_IO);
}

static void errno_becomes_code(void **state)
{
    (void)state;
    char path[400];
    reel_error err = RL_ERROR_INIT;
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = 0;
    assert_int_equal(rl_err_errno(&err, ENOSPC, "store", "%s", path), REEL_ERR_NO_SPACE);
    assert_non_null(strstr(err.text, "No space"));
    assert_int_equal(err.upstream, ENOSPC);
    assert_string_equal(err.source, "errno");
    assert_int_equal(rl_err_code_of_errno(ENOENT), REEL_ERR_NOT_FOUND);
    assert_int_equal(rl_err_code_of_errno(EACCES), REEL_ERR_PERMISSION);
    assert_int_equal(rl_err_code_of_errno(EDQUOT), REEL_ERR_NO_SPACE);
    assert_int_equal(rl_err_code_of_errno(ENOMEM), REEL_ERR_NOMEM);
    assert_int_equal(rl_err_code_of_errno(EIO), REEL_ERR_IO);
}

static void errors_cross_the_border(void **state)
{
    (void)state;
    reel_error from = RL_ERROR_INIT, to = { .size = offsetof(reel_error, text) + 8 };
    rl_err(&from, REEL_ERR_IO, "x", "0123456789");
    to.text[8] = 'u';
    rl_err_export(&to, &from);
    assert_int_equal(to.code, REEL_ERR_IO);
    assert_string_equal(to.text, "0123456");
    assert_int_equal(to.text[8], 'u');
    assert_int_equal(to.size, offsetof(reel_error, text) + 8);
    rl_err_export(NULL, &from);
}

static void names_of_codes(void **state)
{
    (void)state;
    assert_string_equal(reel_err_name(REEL_ERR_IO), "REEL_ERR_IO");
    assert_string_equal(reel_err_name(REEL_PARTIAL), "REEL_PARTIAL");
    assert_string_equal(reel_err_name(-5), "REEL_ERR_?");
    assert_string_equal(reel_err_name(REEL_ERR_USER - 3), "REEL_ERR_USER");
    assert_true(strlen(reel_err_str(-5)) > 0);
}

struct grown {
    size_t size;
    int64_t a, b;
};

static void options_in(void **state)
{
    (void)state;
    struct grown to, from = { sizeof(from), 7, 9 };
    struct {
        struct grown g;
        char tail[8];
    } newer = { { sizeof(newer), 7, 9 }, { 0 } };
    const size_t v1 = RL_SIZE_TO(struct grown, a);
    assert_int_equal(rl_opts_in(&to, sizeof(to), NULL, v1, "t", NULL), 0);
    assert_int_equal(to.size, sizeof(to));
    assert_int_equal(to.a, 0);
    from.size = v1;
    assert_int_equal(rl_opts_in(&to, sizeof(to), &from, v1, "t", NULL), 0);
    assert_int_equal(to.a, 7);
    assert_int_equal(to.b, 0);
    from.size = v1 - 1;
    assert_int_equal(rl_opts_in(&to, sizeof(to), &from, v1, "t", NULL), REEL_ERR_INVALID_ARG);
    from.size = (size_t)-1; /* never set */
    assert_int_equal(rl_opts_in(&to, sizeof(to), &from, v1, "t", NULL), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_opts_in(&to, sizeof(to), &newer, v1, "t", NULL), 0);
    newer.tail[7] = 1;
    assert_int_equal(rl_opts_in(&to, sizeof(to), &newer, v1, "t", NULL), REEL_ERR_UNSUPPORTED);
}

static void infos_out(void **state)
{
    (void)state;
    struct grown from = { sizeof(from), 7, 9 }, to = { RL_SIZE_TO(struct grown, a), 1, 2 };
    assert_int_equal(rl_info_out(&to, &from, sizeof(from), RL_SIZE_TO(struct grown, a)), 0);
    assert_int_equal(to.size, RL_SIZE_TO(struct grown, a));
    assert_int_equal(to.a, 7);
    assert_int_equal(to.b, 2);
    to.size = 4;
    assert_int_equal(rl_info_out(&to, &from, sizeof(from), RL_SIZE_TO(struct grown, a)), REEL_ERR_INVALID_ARG);
    to.size = sizeof(to);
    assert_int_equal(rl_info_out(&to, &from, RL_SIZE_TO(struct grown, a), RL_SIZE_TO(struct grown, a)), 0);
    assert_int_equal(to.b, 0);
}

static void buffer_grows_and_fails(void **state)
{
    (void)state;
    struct harness h = { 0 };
    reel_alloc alloc;
    reel_ctx_opts opts = harness_opts(&h, &alloc);
    struct rl_env env;
    struct rl_buf buf;
    assert_int_equal(rl_env_init(&env, &opts, NULL), 0);
    rl_buf_init(&buf, &env);
    assert_string_equal(rl_buf_str(&buf), "");
    rl_buf_be16(&buf, 0x4142);
    rl_buf_be32(&buf, 0x43444546);
    rl_buf_be64(&buf, 0x4748494a4b4c4d4e);
    rl_buf_u8(&buf, 'O');
    rl_buf_printf(&buf, "%d %s", 5, "x");
    assert_string_equal(rl_buf_str(&buf), "ABCDEFGHIJKLMNO5 x");
    for (int i = 0; i < 1000; i++)
        rl_buf_text(&buf, "0123456789");
    assert_int_equal(buf.size, 10018);
    assert_false(buf.failed);
    harness_arm(&h, REEL_FAULT_ALLOC, 1, ENOMEM);
    assert_null(rl_buf_room(&buf, 1 << 20));
    assert_true(buf.failed);
    rl_buf_text(&buf, "x");
    assert_int_equal(buf.size, 10018);
    assert_null(rl_buf_str(&buf));
    rl_buf_free(&buf);
    assert_null(rl_buf_room(&buf, SIZE_MAX));
    assert_int_equal(h.live, 0);
}

static void rescale_is_exact(void **state)
{
    (void)state;
    const reel_ratio ms = { 1, 1000 }, ntsc = { 1001, 30000 }, none = { 0, 0 };
    assert_int_equal(rl_rescale(1, ms, RL_US), 1000);
    assert_int_equal(rl_rescale(30000, ntsc, RL_US), 1001000000);
    assert_int_equal(rl_rescale(1500, RL_US, ms), 2);
    assert_int_equal(rl_rescale(-1500, RL_US, ms), -2);
    assert_int_equal(rl_rescale(1499, RL_US, ms), 1);
    assert_int_equal(rl_rescale(REEL_NO_TIME, ms, RL_US), REEL_NO_TIME);
    assert_int_equal(rl_rescale(5, none, RL_US), REEL_NO_TIME);
    assert_int_equal(rl_rescale(INT64_MAX, ms, RL_US), INT64_MAX);
    assert_int_equal(rl_rescale(-INT64_MAX, ms, RL_US), INT64_MIN + 1);
    assert_int_equal(rl_rescale(INT64_MAX, (reel_ratio){ INT32_MAX, INT32_MAX }, (reel_ratio){ 1, 1 }), INT64_MAX);
}

static void digests(void **state)
{
    (void)state;
    uint8_t a[REEL_DIGEST_SIZE], b[REEL_DIGEST_SIZE];
    char hex[RL_HEX_SIZE];
    struct rl_digest *d = NULL;
    struct rl_env env;
    assert_int_equal(rl_env_init(&env, NULL, NULL), 0);
    assert_int_equal(rl_digest_bytes("abc", 3, a), 0);
    rl_hex(hex, a);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(rl_digest_begin(&d, &env), 0);
    assert_int_equal(rl_digest_add(d, "a", 1), 0);
    assert_int_equal(rl_digest_add(d, "bc", 2), 0);
    assert_int_equal(rl_digest_end(&d, b), 0);
    assert_null(d);
    assert_memory_equal(a, b, sizeof(a));
    assert_true(rl_unhex(b, hex));
    assert_memory_equal(a, b, sizeof(a));
    hex[3] = 'A';
    assert_false(rl_unhex(b, hex));
    assert_false(rl_unhex(b, "ba78"));
    assert_false(rl_unhex(b, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0"));
}

static void utf8(void **state)
{
    (void)state;
    char cut[] = "ab\xe2\x82", whole[] = "ab\xe2\x82\xac", emoji[] = "x\xf0\x9f\x98";
    assert_int_equal(rl_utf8_sequence("\xe2\x82\xac", 3), 3);
    assert_int_equal(rl_utf8_sequence("\xe2\x82\xac", 2), 0);
    assert_int_equal(rl_utf8_sequence("\xc0\x80", 2), 0);
    assert_int_equal(rl_utf8_sequence("\xed\xa0\x80", 3), 0);
    assert_int_equal(rl_utf8_sequence("\xf4\x90\x80\x80", 4), 0);
    rl_utf8_trim(cut);
    assert_string_equal(cut, "ab");
    rl_utf8_trim(whole);
    assert_string_equal(whole, "ab\xe2\x82\xac");
    rl_utf8_trim(emoji);
    assert_string_equal(emoji, "x");
}

static void write_text(const char *root, const char *path, const char *text)
{
    char command[512], full[256];
    snprintf(full, sizeof(full), "%s/%s", root, path);
    snprintf(command, sizeof(command), "mkdir -p \"$(dirname '%s')\"", full);
    assert_int_equal(system(command), 0);
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void memory_limits_of_groups(void **state)
{
    (void)state;
    struct harness h = { 0 };
    harness_folder(&h);
    assert_true(rl_machine_cgroup_memory(h.folder) == UINT64_MAX);
    write_text(h.folder, "proc/self/cgroup", "0::/a/b\n");
    write_text(h.folder, "sys/fs/cgroup/a/b/memory.max", "max\n");
    assert_true(rl_machine_cgroup_memory(h.folder) == UINT64_MAX);
    write_text(h.folder, "sys/fs/cgroup/a/memory.max", "1000000\n");
    assert_int_equal(rl_machine_cgroup_memory(h.folder), 1000000);
    write_text(h.folder, "proc/self/cgroup", "5:cpu,memory:/docker/x\n0::/a/b\n");
    write_text(h.folder, "sys/fs/cgroup/memory/memory.limit_in_bytes", "900000\n");
    assert_int_equal(rl_machine_cgroup_memory(h.folder), 900000);
    write_text(h.folder, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assert_int_equal(rl_machine_cgroup_memory(h.folder), 1000000);
    harness_remove(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(env_fills_defaults),      cmocka_unit_test(env_refuses),
        cmocka_unit_test(memory_checks_overflow),  cmocka_unit_test(log_is_one_line),
        cmocka_unit_test(threads_block_signals),   cmocka_unit_test(first_cause_wins),
        cmocka_unit_test(errno_becomes_code),      cmocka_unit_test(errors_cross_the_border),
        cmocka_unit_test(names_of_codes),          cmocka_unit_test(options_in),
        cmocka_unit_test(infos_out),               cmocka_unit_test(buffer_grows_and_fails),
        cmocka_unit_test(rescale_is_exact),        cmocka_unit_test(digests),
        cmocka_unit_test(utf8),                    cmocka_unit_test(memory_limits_of_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
