/* The mapper between structs and JSON: what goes out comes back the same, and what is hostile is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/facts.h"
#include "engine/spec.h"

static struct rl_env env;
static uint32_t seed = 1;

static uint32_t rnd(void)
{
    return (seed = seed * 1664525u + 1013904223u) >> 8;
}

static int64_t rnd_in(int64_t low, int64_t high)
{
    uint64_t wide = (uint64_t)rnd() << 48 ^ (uint64_t)rnd() << 24 ^ rnd();
    uint64_t span = (uint64_t)high - (uint64_t)low + 1;
    if (rnd() % 4 == 0)
        return rnd() % 2 ? low : high;
    return span ? (int64_t)((uint64_t)low + wide % span) : (int64_t)wide;
}

static void bounds(const struct rl_field *f, int64_t low, int64_t high, int64_t *out_low, int64_t *out_high)
{
    bool set = f->min || f->max;
    *out_low = set && f->min > low ? f->min : low;
    *out_high = set && f->max < high ? f->max : high;
}

static void randomize(const struct rl_shape *shape, void *object);

static char *rnd_text(size_t max)
{
    static const char *const pieces[] = {
        "a", "Z", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xac", "\"", "\\", "\n", " ",
    };
    char *text = calloc(1, max + 8);
    for (size_t n = 0, count = rnd() % 12; n < count; n++) {
        const char *piece = pieces[rnd() % 9];
        if (strlen(text) + strlen(piece) <= max)
            strcat(text, piece);
    }
    return text;
}

static void randomize_field(const struct rl_field *f, char *o)
{
    int64_t low, high;
    void *at = o + f->offset;
    switch (f->type) {
    case RL_FIELD_I32:
        bounds(f, INT32_MIN, INT32_MAX, &low, &high);
        *(int32_t *)at = (int32_t)rnd_in(low, high);
        break;
    case RL_FIELD_U32:
        bounds(f, 0, UINT32_MAX, &low, &high);
        *(uint32_t *)at = (uint32_t)rnd_in(low, high);
        break;
    case RL_FIELD_I64:
        bounds(f, INT64_MIN, INT64_MAX, &low, &high);
        *(int64_t *)at = rnd_in(low, high);
        break;
    case RL_FIELD_U64:
        *(uint64_t *)at = (uint64_t)rnd_in(0, INT64_MAX);
        break;
    case RL_FIELD_TIME:
        *(int64_t *)at = rnd_in(INT64_MIN, INT64_MAX);
        break;
    case RL_FIELD_DOUBLE:
        low = f->min || f->max ? f->min : -1000;
        high = f->min || f->max ? f->max : 1000;
        *(double *)at = (double)low + (double)(high - low) * rnd() / (double)(1 << 24);
        break;
    case RL_FIELD_RATIO:
        *(reel_ratio *)at = (reel_ratio){ (int32_t)rnd_in(INT32_MIN, INT32_MAX), (int32_t)rnd_in(0, INT32_MAX) };
        break;
    case RL_FIELD_TEXT: {
        char *text = rnd_text(f->size - 1);
        strcpy(at, text);
        free(text);
        break;
    }
    case RL_FIELD_STRING: {
        char *text = rnd_text(f->size < 100 ? f->size : 100);
        *(char **)at = rnd() % 4 ? rl_strdup(&env, text) : NULL;
        free(text);
        break;
    }
    case RL_FIELD_BYTES: {
        uint32_t count = f->count_offset ? rnd() % (uint32_t)(f->size + 1) : (uint32_t)f->size;
        for (uint32_t i = 0; i < count; i++)
            ((uint8_t *)at)[i] = (uint8_t)rnd();
        if (f->count_offset)
            *(uint32_t *)(void *)(o + f->count_offset) = count;
        break;
    }
    case RL_FIELD_STRUCT:
        randomize(f->sub, at);
        break;
    case RL_FIELD_ARRAY: {
        uint32_t count = rnd() % 4;
        char *array = count ? rl_calloc(&env, count, f->sub->size) : NULL;
        for (uint32_t i = 0; i < count; i++)
            randomize(f->sub, array + i * f->sub->size);
        *(void **)at = array;
        *(uint32_t *)(void *)(o + f->count_offset) = count;
        break;
    }
    }
}

static void randomize(const struct rl_shape *shape, void *object)
{
    for (size_t i = 0; i < shape->count; i++)
        randomize_field(&shape->fields[i], object);
}

static const struct rl_shape *const shapes[] = {
    &rl_facts_shape,      &rl_probe_spec_shape, &rl_video_spec_shape, &rl_audio_spec_shape,
    &rl_text_spec_shape,  &rl_copy_spec_shape,  &rl_run_result_shape, &rl_manifest_shape,
    &rl_join_result_shape, &rl_verify_spec_shape, &rl_verify_result_shape,
};

/* Written, read, written again: the same text; so nothing was lost on the way, and nothing leaks (valgrind, ASan). */
static void test_round_trip(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
        for (int round = 0; round < 200; round++) {
            void *a = calloc(1, shapes[k]->size), *b = calloc(1, shapes[k]->size);
            struct rl_buf x, y;
            reel_error err = RL_ERROR_INIT;
            rl_buf_init(&x, &env);
            rl_buf_init(&y, &env);
            randomize(shapes[k], a);
            assert_int_equal(rl_shape_write(shapes[k], a, &x, &err), 0);
            int rc = rl_shape_read(&env, shapes[k], (char *)x.data, x.size, b, &err);
            if (rc)
                fail_msg("%s: %s", shapes[k]->name, err.text);
            assert_int_equal(rl_shape_write(shapes[k], b, &y, &err), 0);
            assert_int_equal(x.size, y.size);
            assert_memory_equal(x.data, y.data, x.size);
            rl_shape_clear(&env, shapes[k], a);
            rl_shape_clear(&env, shapes[k], b);
            rl_buf_free(&x);
            rl_buf_free(&y);
            free(a);
            free(b);
        }
    }
}

static void test_values_survive(void **state)
{
    (void)state;
    struct rl_stream stream = { .kind = 1, .codec = "h264", .width = 1921, .time_base = { 1001, 30000 }, .start = -7,
                                .duration = REEL_NO_TIME };
    struct rl_key keys[] = { { -5 }, { 90000 } };
    struct rl_facts facts = { .format = "mov", .bytes = 123, .streams = &stream, .stream_count = 1 }, back = { 0 };
    struct rl_buf text;
    reel_error err = RL_ERROR_INIT;
    stream.keys = keys;
    stream.key_count = 2;
    rl_buf_init(&text, &env);
    assert_int_equal(rl_shape_write(&rl_facts_shape, &facts, &text, &err), 0);
    assert_non_null(strstr(rl_buf_str(&text), "\"keys\":[-5,90000]"));
    assert_int_equal(rl_shape_read(&env, &rl_facts_shape, (char *)text.data, text.size, &back, &err), 0);
    assert_int_equal(back.stream_count, 1);
    assert_string_equal(back.streams[0].codec, "h264");
    assert_int_equal(back.streams[0].width, 1921);
    assert_int_equal(back.streams[0].time_base.num, 1001);
    assert_int_equal(back.streams[0].start, -7);
    assert_true(back.streams[0].duration == REEL_NO_TIME);
    assert_int_equal(back.streams[0].key_count, 2);
    assert_int_equal(back.streams[0].keys[1].ts, 90000);
    rl_shape_clear(&env, &rl_facts_shape, &back);
    assert_null(back.streams);
    rl_buf_free(&text);
}

static void refused(const struct rl_shape *shape, const char *text, const char *named)
{
    char *object = calloc(1, shape->size), *zero = calloc(1, shape->size);
    reel_error err = RL_ERROR_INIT;
    int rc = rl_shape_read(&env, shape, text, strlen(text), object, &err);
    if (rc >= 0)
        fail_msg("taken: %.200s", text);
    assert_int_equal(rc, REEL_ERR_JSON);
    if (!strstr(err.text, named))
        fail_msg("\"%s\" does not name %s", err.text, named);
    assert_memory_equal(object, zero, shape->size);
    free(object);
    free(zero);
}

static void test_hostile(void **state)
{
    (void)state;
    const struct rl_shape *f = &rl_facts_shape;
    refused(f, "", "");
    refused(f, "[]", "facts");
    refused(f, "null", "");
    refused(f, "{} x", "");
    refused(f, "{\"format\":\"mov\",\"format\":\"mov\"}", "");
    refused(f, "{\"format\":1}", "format");
    refused(f, "{\"format\":\"0123456789012345678901234567890123456789\"}", "format");
    refused(f, "{\"format\":\"a\\u0000b\"}", "");
    refused(f, "{\"format\":\"\xff\"}", "");
    refused(f, "{\"bytes\":-1}", "bytes");
    refused(f, "{\"bytes\":1.0}", "bytes");
    refused(f, "{\"bytes\":\"1\"}", "bytes");
    refused(f, "{\"bytes\":99999999999999999999}", "");
    refused(f, "{\"start\":-9223372036854775808}", "start");
    refused(f, "{\"surprise\":1}", "surprise");
    refused(f, "{\"streams\":{}}", "streams");
    refused(f, "{\"streams\":[1]}", "stream");
    refused(f, "{\"streams\":[{}]}", "kind"); /* missing is zero, and there is no kind 0 */
    refused(f, "{\"streams\":[{\"kind\":1},{\"kind\":1,\"width\":65537}]}", "width");
    refused(f, "{\"streams\":[{\"kind\":1,\"keys\":[1,null]}]}", "ts");
    refused(f, "{\"streams\":[{\"kind\":1,\"time_base\":[1]}]}", "time_base");
    refused(f, "{\"streams\":[{\"kind\":1,\"time_base\":[1,-1]}]}", "time_base");
    refused(f, "{\"streams\":[{\"kind\":1,\"time_base\":[1,4294967296]}]}", "time_base");
    refused(f, "{\"tags\":[{\"key\":\"a\",\"value\":7}]}", "value");
    refused(&rl_manifest_shape, "{\"version\":1,\"tracks\":[{\"kind\":1,\"timescale\":1,\"init\":\"00\"}]}", "init");
    refused(&rl_manifest_shape, "{\"version\":1,\"tracks\":[{\"kind\":1,\"timescale\":1,\"codec_private\":\"0\"}]}",
            "codec_private");
    refused(&rl_manifest_shape, "{\"version\":1,\"tracks\":[{\"kind\":1,\"timescale\":1,\"codec_private\":\"0G\"}]}",
            "codec_private");
    refused(&rl_manifest_shape, "{\"version\":2}", "version");
    refused(&rl_run_result_shape, "{\"loudness\":1e999}", "");
    refused(&rl_run_result_shape, "{\"loudness\":true}", "loudness");

    struct rl_buf deep;
    rl_buf_init(&deep, &env);
    rl_buf_text(&deep, "{\"streams\":");
    for (int i = 0; i < 100000; i++)
        rl_buf_text(&deep, "[");
    refused(f, rl_buf_str(&deep), "");
    deep.size = 0;
    rl_buf_text(&deep, "{\"streams\":[{\"kind\":1}");
    for (int i = 0; i < 1000; i++)
        rl_buf_text(&deep, ",{\"kind\":1}");
    rl_buf_text(&deep, "]}");
    refused(f, rl_buf_str(&deep), "streams");
    rl_buf_free(&deep);
}

static int fail_at;

static int fault(void *user, int32_t op)
{
    (void)user;
    return op == REEL_FAULT_ALLOC && fail_at-- == 0 ? 12 : 0;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    static const char text[] = "{\"format\":\"mov\",\"streams\":[{\"kind\":1,"
                               "\"tags\":[{\"key\":\"a\",\"value\":\"b\"}],"
                               "\"keys\":[1,2]}],\"tags\":[{\"key\":\"a\",\"value\":\"b\"}]}";
    struct rl_env faulty = env;
    int failures = 0, rc = -1;
    faulty.fault = fault;
    for (int n = 0; rc < 0 && n < 50; n++) {
        struct rl_facts facts = { 0 };
        reel_error err = RL_ERROR_INIT;
        fail_at = n;
        rc = rl_shape_read(&faulty, &rl_facts_shape, text, sizeof(text) - 1, &facts, &err);
        if (rc < 0)
            assert_int_equal(rc, REEL_ERR_NOMEM);
        failures += rc < 0;
        rl_shape_clear(&faulty, &rl_facts_shape, &facts);
    }
    assert_int_equal(rc, 0);
    assert_true(failures >= 7); /* arrays and strings */
}

static int setup(void **state)
{
    (void)state;
    return rl_env_init(&env, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_values_survive),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
