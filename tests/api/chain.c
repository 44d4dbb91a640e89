/* Options and chains as users see them. */
#include "check.h"

static void test_introspection(void **state)
{
    (void)state;
    reel_option_info o = { .size = sizeof(o) }, found = { .size = sizeof(found) };
    uint32_t n = 0;
    for (; reel_option_at(n, &o) == REEL_OK; n++) {
        assert_non_null(strchr(o.name, '.'));
        assert_true(o.help[0]);
        assert_non_null(o.unit);
        assert_true(o.type >= REEL_OPTION_BOOL && o.type <= REEL_OPTION_RATIO);
        assert_true((o.type == REEL_OPTION_CHOICE) == (o.choices[0] != 0));
        assert_int_equal(reel_option_find(o.name, &found), REEL_OK);
        assert_string_equal(found.name, o.name);
    }
    assert_true(n >= 35);
    assert_int_equal(reel_option_at(UINT32_MAX, &o), REEL_END);
    assert_int_equal(reel_option_find("video.nothing", &o), REEL_ERR_OPTION);
    assert_int_equal(reel_option_find(NULL, &o), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_option_at(0, NULL), REEL_ERR_INVALID_ARG);
    o.size = 8;
    assert_int_equal(reel_option_at(0, &o), REEL_ERR_INVALID_ARG);
}

static void option_is(const reel_chain *chain, const char *name, const char *value)
{
    reel_buffer *text = NULL;
    assert_int_equal(reel_chain_option(&text, chain, name), REEL_OK);
    assert_string_equal(reel_buffer_data(text), value);
    reel_buffer_unref(&text);
}

static void test_overrides(void **state)
{
    struct room *r = *state;
    reel_options *o = NULL;
    reel_chain *chain = NULL;
    reel_error err = { .size = sizeof(err) };
    assert_int_equal(reel_options_create(&o, r->ctx), REEL_OK);
    assert_int_equal(reel_options_set(o, "video.quality", "75", &err), REEL_OK);
    assert_int_equal(reel_options_set_int(o, "video.speed", 3, &err), REEL_OK);
    assert_int_equal(reel_options_set_double(o, "audio.gain", -1.5, &err), REEL_OK);
    assert_int_equal(reel_options_set_int(o, "video.enlarge", 1, &err), REEL_OK);
    assert_int_equal(reel_options_set(o, "video.width", "100", &err), REEL_OK);
    assert_int_equal(reel_options_set(o, "video.width", NULL, &err), REEL_OK); /* taken out again */

    assert_int_equal(reel_options_set(o, "video.quality", "101", &err), REEL_ERR_OPTION); /* stays at 75 */
    assert_int_equal(err.code, REEL_ERR_OPTION);
    assert_non_null(strstr(err.text, "video.quality"));
    assert_non_null(strstr(err.text, "0 to 100"));
    assert_int_equal(reel_options_set(o, "nothing", "1", NULL), REEL_ERR_OPTION);
    assert_int_equal(reel_options_set_double(o, "audio.gain", 0.0 / 0.0, NULL), REEL_ERR_OPTION);
    assert_int_equal(reel_options_set_double(o, "video.speed", 2.5, NULL), REEL_ERR_OPTION);
    assert_int_equal(reel_options_set_int(o, "video.fit", 1, NULL), REEL_ERR_OPTION);
    assert_int_equal(reel_options_set(NULL, "video.quality", "1", NULL), REEL_ERR_INVALID_ARG);

    assert_int_equal(reel_chain_preset(&chain, r->ctx, "web-video-small", o, &err), REEL_OK);
    option_is(chain, "video.quality", "75");
    option_is(chain, "video.speed", "3");
    option_is(chain, "audio.gain", "-1.5");
    option_is(chain, "video.enlarge", "true");
    option_is(chain, "video.width", "1280"); /* the preset's */
    option_is(chain, "video.frame_rate_max", "30");
    reel_chain_unref(&chain);
    assert_null(chain);
    reel_chain_unref(&chain);
    reel_options_destroy(&o);
    reel_options_destroy(&o);
}

static void test_json(void **state)
{
    struct room *r = *state;
    reel_preset_info preset = { .size = sizeof(preset) };
    for (uint32_t i = 0; reel_chain_preset_at(i, &preset) == REEL_OK; i++) {
        reel_chain *a = NULL, *b = NULL;
        reel_buffer *x = NULL, *y = NULL;
        uint8_t da[REEL_DIGEST_SIZE], db[REEL_DIGEST_SIZE];
        assert_int_equal(reel_chain_preset(&a, r->ctx, preset.name, NULL, NULL), REEL_OK);
        assert_int_equal(reel_chain_to_json(&x, a), REEL_OK);
        assert_int_equal(reel_chain_from_json(&b, r->ctx, reel_buffer_data(x), reel_buffer_size(x), NULL), REEL_OK);
        assert_int_equal(reel_chain_to_json(&y, b), REEL_OK);
        assert_string_equal(reel_buffer_data(x), reel_buffer_data(y));
        reel_chain_digest(a, da);
        reel_chain_digest(b, db);
        assert_memory_equal(da, db, sizeof(da));
        reel_chain *again = reel_chain_ref(a);
        assert_ptr_equal(again, a);
        reel_chain_unref(&again);
        reel_chain_unref(&a);
        reel_chain_unref(&b);
        reel_buffer_unref(&x);
        reel_buffer_unref(&y);
    }
    reel_chain *chain = NULL;
    reel_error err = { .size = sizeof(err) };
    static const char bad[] = "{\"chain\":1,\"video\":{\"qualty\":7}}";
    assert_int_equal(reel_chain_from_json(&chain, r->ctx, bad, sizeof(bad) - 1, &err), REEL_ERR_OPTION);
    assert_null(chain);
    assert_non_null(strstr(err.text, "video.qualty"));
    assert_int_equal(reel_chain_preset(&chain, r->ctx, "nothing", NULL, NULL), REEL_ERR_NOT_FOUND);
    static const char order[] = "{\"chain\":1,\"segment\":{\"min\":9000000,\"max\":8000000}}";
    assert_int_equal(reel_chain_from_json(&chain, r->ctx, order, sizeof(order) - 1, NULL), REEL_ERR_OPTION);
}

/* The default preset is web-video, and differs from the others. */
static void test_default(void **state)
{
    struct room *r = *state;
    reel_chain *a = NULL, *b = NULL, *c = NULL;
    uint8_t da[REEL_DIGEST_SIZE], db[REEL_DIGEST_SIZE], dc[REEL_DIGEST_SIZE];
    assert_int_equal(reel_chain_preset(&a, r->ctx, NULL, NULL, NULL), REEL_OK);
    assert_int_equal(reel_chain_preset(&b, r->ctx, "web-video", NULL, NULL), REEL_OK);
    assert_int_equal(reel_chain_preset(&c, r->ctx, "archive", NULL, NULL), REEL_OK);
    reel_chain_digest(a, da);
    reel_chain_digest(b, db);
    reel_chain_digest(c, dc);
    assert_memory_equal(da, db, sizeof(da));
    assert_memory_not_equal(da, dc, sizeof(da));
    reel_chain_unref(&a);
    reel_chain_unref(&b);
    reel_chain_unref(&c);
}

static void test_expert_needs_leave(void **state)
{
    struct room *r = *state;
    static const char json[] = "{\"chain\":1,\"video\":{\"filter\":\"hue=s=0\"}}";
    static const char file[] = "{\"chain\":1,\"video\":{\"filter\":\"movie=/etc/passwd\"}}";
    reel_ctx *expert = NULL;
    reel_chain *chain = NULL;
    assert_int_equal(reel_chain_from_json(&chain, r->ctx, json, sizeof(json) - 1, NULL), REEL_ERR_OPTION);
    const reel_ctx_opts *opts = REEL_OPTS(reel_ctx_opts, .flags = REEL_CTX_EXPERT_FILTERS);
    assert_int_equal(reel_ctx_create(&expert, opts, NULL), REEL_OK);
    assert_int_equal(reel_chain_from_json(&chain, expert, json, sizeof(json) - 1, NULL), REEL_OK);
    reel_chain_unref(&chain);
    assert_int_equal(reel_chain_from_json(&chain, expert, file, sizeof(file) - 1, NULL), REEL_ERR_OPTION);
    reel_ctx_unref(&expert);
}

static void test_out_of_memory(void **state)
{
    struct room *r = *state;
    int rc = REEL_ERR_NOMEM, failures = 0;
    for (long n = 1; rc == REEL_ERR_NOMEM && n < 100; n++) {
        reel_chain *chain = NULL;
        r->fault = (struct fault){ .op = REEL_FAULT_ALLOC, .nth = n, .error = ENOMEM };
        rc = reel_chain_preset(&chain, r->ctx, "voice", NULL, NULL);
        failures += rc == REEL_ERR_NOMEM;
        assert_true((rc == REEL_OK) == (chain != NULL));
        reel_chain_unref(&chain);
    }
    r->fault.op = 0;
    assert_int_equal(rc, REEL_OK);
    assert_true(failures >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_introspection),
        cmocka_unit_test_setup_teardown(test_overrides, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_json, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_default, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_expert_needs_leave, room_setup, room_teardown),
        cmocka_unit_test_setup_teardown(test_out_of_memory, room_setup, room_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
