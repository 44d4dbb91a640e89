/* Fragments: written and read back, and what is not one is refused whatever is wrong with it. */
#include "media_kit.h"

#include "media/encode/av1.h"
#include "media/mux/cmaf.h"

static const uint8_t bytes[4000];

static void roundtrip(const struct rl_sample *in, size_t count)
{
    struct kit k;
    kit_begin(&k);
    struct rl_buf buf;
    rl_buf_init(&buf, &k.env);
    assert_int_equal(rl_cmaf_write(&buf, 7, in, count, &k.err), 0);
    struct rl_sample *out = NULL;
    size_t n = 0;
    assert_int_equal(rl_cmaf_read(&k.env, buf.data, buf.size, &out, &n, &k.err), 0);
    assert_int_equal(n, count);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(out[i].ts, in[i].ts);
        assert_int_equal(out[i].duration, i + 1 < n ? in[i + 1].ts - in[i].ts : in[i].duration);
        assert_int_equal(out[i].key, in[i].key);
        assert_int_equal(out[i].size, in[i].size);
        assert_memory_equal(out[i].data, in[i].data, in[i].size);
    }
    rl_free(&k.env, out);
    rl_buf_free(&buf);
    kit_end(&k);
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    const struct rl_sample even[] = { { bytes, 10, 0, 0, 1 }, { bytes, 20, 5, 0, 1 }, { bytes, 30, 10, 5, 1 } };
    const struct rl_sample video[] = { { bytes, 900, 1000, 0, 1 }, { bytes, 20, 1040, 0, 0 },
                                       { bytes, 30, 1090, 33, 0 } };
    const struct rl_sample mixed[] = { { bytes, 1, 3, 0, 0 }, { bytes, 2, 4, 0, 1 }, { bytes, 3, 9, 1, 0 } };
    const struct rl_sample late = { bytes, 1, INT64_C(1) << 40, 1, 1 };
    roundtrip(even, 3);
    roundtrip(even + 2, 1);
    roundtrip(video, 3);
    roundtrip(mixed, 3);
    roundtrip(&late, 1);
}

static void bad_samples_are_refused(void **state)
{
    (void)state;
    const struct rl_sample cases[][2] = {
        { { bytes, 1, -1, 1, 1 }, { bytes, 1, 5, 1, 1 } },  /* negative */
        { { bytes, 1, 5, 1, 1 }, { bytes, 1, 5, 1, 1 } },   /* do not rise */
        { { bytes, 1, 5, 1, 1 }, { bytes, 1, 6, 0, 1 } },   /* no duration */
        { { bytes, 0, 5, 1, 1 }, { bytes, 1, 6, 1, 1 } },   /* empty */
        { { bytes, 1, 5, 1, 1 }, { bytes, 1, INT64_C(1) << 34, 1, 1 } }, /* too long */
    };
    struct kit k;
    kit_begin(&k);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rl_buf buf;
        rl_buf_init(&buf, &k.env);
        k.err = RL_ERROR_INIT;
        assert_int_equal(rl_cmaf_write(&buf, 1, cases[i], 2, &k.err), REEL_ERR_MUX);
        rl_buf_free(&buf);
    }
    kit_end(&k);
}

/* Every truncation and every changed byte is either refused or read within bounds (ASan watches). */
static void damage_is_survived(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    struct rl_buf buf;
    rl_buf_init(&buf, &k.env);
    const struct rl_sample in[] = { { bytes, 40, 0, 0, 1 }, { bytes, 20, 7, 0, 0 }, { bytes, 30, 10, 5, 0 } };
    assert_int_equal(rl_cmaf_write(&buf, 1, in, 3, &k.err), 0);
    for (size_t size = 0; size < buf.size; size++) {
        uint8_t *cut = malloc(size ? size : 1);
        memcpy(cut, buf.data, size);
        struct rl_sample *out;
        size_t n;
        k.err = RL_ERROR_INIT;
        assert_int_equal(rl_cmaf_read(&k.env, cut, size, &out, &n, &k.err), REEL_ERR_CORRUPT);
        assert_null(out);
        free(cut);
    }
    static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
    uint8_t *copy = malloc(buf.size);
    for (size_t i = 0; i < buf.size; i++)
        for (size_t v = 0; v < sizeof(values); v++) {
            memcpy(copy, buf.data, buf.size);
            copy[i] = values[v];
            struct rl_sample *out;
            size_t n;
            k.err = RL_ERROR_INIT;
            int rc = rl_cmaf_read(&k.env, copy, buf.size, &out, &n, &k.err);
            for (size_t s = 0; rc == 0 && s < n; s++) {
                assert_true(out[s].data >= copy && out[s].data + out[s].size <= copy + buf.size);
                assert_true(out[s].duration > 0);
            }
            rl_free(&k.env, out);
        }
    free(copy);
    rl_buf_free(&buf);
    kit_end(&k);
}

/* A temporal unit as encoders give it: delimiter, sequence header, padding, something. */
static void temporal_units_are_stripped(void **state)
{
    (void)state;
    uint8_t unit[] = { 0x12, 0, 0x0a, 2, 0xaa, 0xbb, 0x7a, 1, 0, 0x32, 1, 0x55 };
    const uint8_t want[] = { 0x0a, 2, 0xaa, 0xbb, 0x32, 1, 0x55 };
    assert_int_equal(rl_av1_strip(unit, sizeof(unit)), sizeof(want));
    assert_memory_equal(unit, want, sizeof(want));
    uint8_t over[] = { 0x0a, 9, 1 }, forbidden[] = { 0x92, 0 };
    uint8_t endless[] = { 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    assert_int_equal(rl_av1_strip(over, sizeof(over)), 0);
    assert_int_equal(rl_av1_strip(forbidden, sizeof(forbidden)), 0);
    assert_int_equal(rl_av1_strip(endless, sizeof(endless)), 0);
    uint8_t record[RL_AV1C_MAX];
    const uint8_t cut[] = { 0x0a, 1, 0 }; /* a sequence header that ends at once */
    assert_int_equal(rl_av1_config(cut, sizeof(cut), record), 0);
    assert_int_equal(rl_av1_config(want + 4, 3, record), 0); /* none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(bad_samples_are_refused),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(temporal_units_are_stripped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
