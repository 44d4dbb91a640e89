/* Contexts and buffers. */
#include "check.h"

static void defaults(void **state)
{
    (void)state;
    reel_ctx *ctx = NULL;
    assert_int_equal(reel_ctx_create(&ctx, NULL, NULL), 0);
    reel_ctx *again = reel_ctx_ref(ctx);
    reel_ctx_unref(&ctx);
    assert_null(ctx);
    reel_ctx_unref(&ctx);
    reel_ctx_unref(NULL);
    reel_ctx_unref(&again);
    assert_int_equal(reel_ctx_create(NULL, NULL, NULL), REEL_ERR_INVALID_ARG);
}

static void bad_options(void **state)
{
    (void)state;
    reel_ctx *ctx = (reel_ctx *)1;
    reel_error err = { .size = sizeof(err) };
    struct {
        reel_ctx_opts opts;
        uint64_t tail;
    } newer = { .opts.size = sizeof(newer), .tail = 1 };
    assert_int_equal(reel_ctx_create(&ctx, &newer.opts, &err), REEL_ERR_UNSUPPORTED);
    assert_null(ctx);
    assert_non_null(strstr(err.text, "reel_ctx_opts"));
    newer.tail = 0;
    assert_int_equal(reel_ctx_create(&ctx, &newer.opts, &err), 0);
    reel_ctx_unref(&ctx);
    newer.opts.size = 16;
    assert_int_equal(reel_ctx_create(&ctx, &newer.opts, &err), REEL_ERR_INVALID_ARG);
    reel_limits limits = { .size = 8 };
    assert_int_equal(reel_ctx_create(&ctx, REEL_OPTS(reel_ctx_opts, .limits = &limits), &err), REEL_ERR_INVALID_ARG);
    assert_non_null(strstr(err.text, "reel_limits"));
}

static void missing_engine_is_named(void **state)
{
    (void)state;
    reel_ctx *ctx = NULL;
    reel_buffer *json = NULL;
    reel_error err = { .size = sizeof(err) };
    assert_int_equal(reel_ctx_create(&ctx, REEL_OPTS(reel_ctx_opts, .engine = "/nonexistent/engine.so"), NULL), 0);
    int rc = reel_ctx_capabilities(&json, ctx, &err);
    if (rc < 0) { /* with -Dengine=linked there is nothing to be missing */
        assert_int_equal(rc, REEL_ERR_ENGINE);
        assert_non_null(strstr(err.text, "/nonexistent/engine.so"));
        assert_null(json);
    }
    reel_buffer_unref(&json);
    reel_ctx_unref(&ctx);
}

static void buffers_outlive_the_context(void **state)
{
    (void)state;
    reel_ctx *ctx = NULL;
    reel_buffer *a = NULL, *b = (reel_buffer *)1;
    assert_int_equal(reel_ctx_create(&ctx, NULL, NULL), 0);
    assert_int_equal(reel_buffer_create(&a, ctx, "abc", 3), 0);
    assert_int_equal(reel_buffer_create(&b, ctx, NULL, 3), REEL_ERR_INVALID_ARG);
    assert_null(b);
    assert_int_equal(reel_buffer_create(&b, NULL, "abc", 3), REEL_ERR_INVALID_ARG);
    reel_ctx_unref(&ctx);
    assert_string_equal(reel_buffer_data(a), "abc");
    reel_buffer_unref(&a);
}

static int work(struct room *r, reel_error *err)
{
    reel_ctx *ctx = NULL;
    reel_buffer *buffer = NULL;
    int rc = reel_ctx_create(&ctx, REEL_OPTS(reel_ctx_opts, .fault = fault_ask, .fault_user = &r->fault,
                                             .engine = "/x"), err);
    if (rc >= 0) {
        rc = reel_buffer_create(&buffer, ctx, "abc", 3);
        if (rc < 0 && err)
            *err = (reel_error){ .size = sizeof(*err), .code = rc, .text = "no details" };
    }
    if (rc >= 0)
        assert_string_equal(reel_buffer_data(buffer), "abc");
    reel_ctx_unref(&ctx);
    reel_buffer *again = reel_buffer_ref(buffer);
    reel_buffer_unref(&buffer);
    if (again)
        assert_int_equal(reel_buffer_size(again), 3);
    reel_buffer_unref(&again);
    return rc;
}

static void every_fault(void **state)
{
    fail_each(*state, work);
}

static void versions(void **state)
{
    (void)state;
    assert_true(reel_abi_version() == REEL_ABI_VERSION);
    assert_int_equal(reel_version()[0], '0' + REEL_VERSION_MAJOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(bad_options),
        cmocka_unit_test(missing_engine_is_named),
        cmocka_unit_test(buffers_outlive_the_context),
        cmocka_unit_test(versions),
        IN_ROOM(every_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
