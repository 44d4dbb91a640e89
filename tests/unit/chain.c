/* Options, chains, presets: what one form says, every other says too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "plan/chain.h"
#include "plan/expert.h"

static struct rl_env env;

static void same_after_json(const struct rl_chain_values *v, const char *what)
{
    struct rl_chain_values back;
    struct rl_buf a, b;
    reel_error err = RL_ERROR_INIT;
    rl_buf_init(&a, &env);
    rl_buf_init(&b, &env);
    rl_chain_write(v, &a);
    assert_false(a.failed);
    int rc = rl_chain_read((char *)a.data, a.size, &back, &err);
    if (rc < 0)
        fail_msg("%s: %.*s: %s", what, (int)a.size, (char *)a.data, err.text);
    for (int i = 0; i < RL_OPTION_COUNT; i++) {
        if (!rl_option_equal(&rl_options[i], v, &back))
            fail_msg("%s: %s changed in %.*s", what, rl_options[i].name, (int)a.size, (char *)a.data);
    }
    rl_chain_write(&back, &b);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    rl_buf_free(&a);
    rl_buf_free(&b);
}

static void parse(struct rl_chain_values *v, const char *name, const char *text)
{
    reel_error err = RL_ERROR_INIT;
    int i = rl_option_index(name);
    assert_true(i >= 0);
    if (rl_option_parse(&rl_options[i], text, v, &err) < 0)
        fail_msg("%s", err.text);
}

static void refuse(const char *name, const char *text)
{
    struct rl_chain_values v, before;
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_option_defaults(&v), 0);
    before = v;
    int i = rl_option_index(name);
    assert_true(i >= 0);
    int rc = rl_option_parse(&rl_options[i], text, &v, &err);
    if (rc != REEL_ERR_OPTION)
        fail_msg("%s took \"%s\"", name, text);
    assert_memory_equal(&v, &before, sizeof(v));
    assert_true(err.text[0]);
}

static void test_table(void **state)
{
    (void)state;
    struct rl_chain_values v;
    assert_int_equal(rl_option_defaults(&v), 0);
    for (int i = 0; i < RL_OPTION_COUNT; i++) {
        const struct rl_option *o = &rl_options[i];
        struct rl_buf text;
        rl_buf_init(&text, &env);
        rl_option_format(o, &v, &text);
        assert_string_equal(rl_buf_str(&text), o->def); /* the default is in its own canonical form */
        assert_int_equal(rl_option_index(o->name), i);
        assert_non_null(strchr(o->name, '.'));
        assert_true(o->help[0]);
        rl_buf_free(&text);
    }
    assert_int_equal(v.video_speed, 6);
    assert_int_equal(v.video_quality, 60);
    assert_int_equal(v.segment_max, 10000000);
    assert_true(v.audio_loudness_target == -16);
    assert_int_equal(rl_option_index("video.nothing"), -1);
    same_after_json(&v, "defaults");
}

static void test_every_option_at_its_ends(void **state)
{
    (void)state;
    for (int i = 0; i < RL_OPTION_COUNT; i++) {
        const struct rl_option *o = &rl_options[i];
        struct rl_chain_values v;
        char text[64];
        assert_int_equal(rl_option_defaults(&v), 0);
        if (o->type == REEL_OPTION_INT || o->type == REEL_OPTION_DOUBLE || o->type == REEL_OPTION_RATIO) {
            snprintf(text, sizeof(text), "%.0f", o->min);
            parse(&v, o->name, text);
            same_after_json(&v, o->name);
            snprintf(text, sizeof(text), "%.0f", o->max);
            parse(&v, o->name, text);
            same_after_json(&v, o->name);
            snprintf(text, sizeof(text), "%.0f", o->max + 1);
            refuse(o->name, text);
            snprintf(text, sizeof(text), "%.0f", o->min - 1);
            refuse(o->name, text);
        } else if (o->type == REEL_OPTION_CHOICE) {
            char words[64], *save = NULL;
            snprintf(words, sizeof(words), "%s", o->choices);
            for (char *w = strtok_r(words, "|", &save); w; w = strtok_r(NULL, "|", &save)) {
                parse(&v, o->name, w);
                same_after_json(&v, o->name);
            }
            refuse(o->name, o->choices[0] ? "" : "x");
            refuse(o->name, "|");
        } else if (o->type == REEL_OPTION_BOOL) {
            parse(&v, o->name, strcmp(o->def, "true") ? "true" : "false");
            same_after_json(&v, o->name);
        }
    }
}

static void test_strict(void **state)
{
    (void)state;
    static const char *const bad_ints[] = { "", " 1", "1 ", "+1", "1.0", "0x1", "1k", "--1", "99999999999999999999" };
    static const char *const bad_doubles[] = { "", "1,5", " 1", "1 ", ".5", "1.", "nan", "inf", "1e", "0x1p1", "true" };
    static const char *const bad_ratios[] = { "", "0", "25/0", "25/", "/1", "-25", "25.5", "25/1/1", "1e3" };
    static const char *const bad_crops[] = {
        "1x1+0+0", "640x480", "640x480+0", "-640x480+0+0", "640x480+0+0 ", "640x480-1+0",
    };
    for (size_t i = 0; i < sizeof(bad_ints) / sizeof(*bad_ints); i++)
        refuse("video.quality", bad_ints[i]);
    for (size_t i = 0; i < sizeof(bad_doubles) / sizeof(*bad_doubles); i++)
        refuse("audio.gain", bad_doubles[i]);
    for (size_t i = 0; i < sizeof(bad_ratios) / sizeof(*bad_ratios); i++)
        refuse("video.frame_rate_max", bad_ratios[i]);
    for (size_t i = 0; i < sizeof(bad_crops) / sizeof(*bad_crops); i++)
        refuse("video.crop", bad_crops[i]);
    refuse("video.enabled", "1");
    refuse("video.enabled", "True");
    refuse("video.encoder", "x264");
    refuse("video.rotate", "45");

    struct rl_chain_values v;
    assert_int_equal(rl_option_defaults(&v), 0);
    parse(&v, "video.frame_rate_max", "60000/2002");
    assert_int_equal(v.video_frame_rate_max.num, 30000);
    assert_int_equal(v.video_frame_rate_max.den, 1001);
    parse(&v, "audio.gain", "-0");
    same_after_json(&v, "minus zero");
}

/* 0.1 + 0.2 needs 17 digits; in a locale with a decimal comma none of it changes. */
static void test_doubles_are_exact(void **state)
{
    (void)state;
    static const double values[] = { 0.1 + 0.2, 1.0 / 3, -59.999999999999993, 1e-300, 5e-324, 0.1, -12.5 };
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
            struct rl_chain_values v;
            assert_int_equal(rl_option_defaults(&v), 0);
            assert_int_equal(rl_option_from_double(&rl_options[rl_option_index("audio.gain")], values[i], &v, NULL), 0);
            assert_true(v.audio_gain == values[i]);
            same_after_json(&v, "double");
        }
        setlocale(LC_ALL, "de_DE.UTF-8");
    }
    setlocale(LC_ALL, "C");
}

static void test_canonical(void **state)
{
    (void)state;
    struct rl_chain_values v;
    struct rl_buf text;
    assert_int_equal(rl_option_defaults(&v), 0);
    rl_buf_init(&text, &env);
    rl_chain_write(&v, &text);
    assert_string_equal(rl_buf_str(&text), "{\"chain\":1}");
    parse(&v, "audio.gain", "0.1");
    parse(&v, "video.quality", "70");
    parse(&v, "video.crop", "64x64+1+2");
    text.size = 0;
    rl_chain_write(&v, &text);
    assert_string_equal(rl_buf_str(&text),
                        "{\"chain\":1,\"video\":{\"quality\":70,\"crop\":\"64x64+1+2\"},\"audio\":{\"gain\":0.1}}");
    rl_buf_free(&text);
}

static void bad_json(const char *text, int code, const char *named)
{
    struct rl_chain_values v;
    reel_error err = RL_ERROR_INIT;
    int rc = rl_chain_read(text, strlen(text), &v, &err);
    if (rc != code || !strstr(err.text, named))
        fail_msg("%s: %d, \"%s\"", text, rc, err.text);
}

static void test_bad_json(void **state)
{
    (void)state;
    bad_json("", REEL_ERR_JSON, "");
    bad_json("{}", REEL_ERR_JSON, "chain");
    bad_json("[]", REEL_ERR_JSON, "");
    bad_json("{\"chain\":2}", REEL_ERR_UNSUPPORTED, "2");
    bad_json("{\"chain\":\"1\"}", REEL_ERR_JSON, "");
    bad_json("{\"chain\":1,\"video\":7}", REEL_ERR_JSON, "video");
    bad_json("{\"chain\":1,\"video\":{\"qualty\":7}}", REEL_ERR_OPTION, "video.qualty");
    bad_json("{\"chain\":1,\"film\":{\"quality\":7}}", REEL_ERR_OPTION, "film.quality");
    bad_json("{\"chain\":1,\"video\":{\"quality\":\"7\"}}", REEL_ERR_OPTION, "video.quality");
    bad_json("{\"chain\":1,\"video\":{\"quality\":101}}", REEL_ERR_OPTION, "0 to 100");
    bad_json("{\"chain\":1,\"video\":{\"quality\":7.0}}", REEL_ERR_OPTION, "video.quality");
    bad_json("{\"chain\":1,\"video\":{\"enabled\":1}}", REEL_ERR_OPTION, "video.enabled");
    bad_json("{\"chain\":1,\"video\":{\"fit\":\"c\"}}", REEL_ERR_OPTION, "contain");
    bad_json("{\"chain\":1,\"video\":{\"quality\":7,\"quality\":8}}", REEL_ERR_JSON, "");
}

static void test_presets(void **state)
{
    (void)state;
    reel_preset_info info = { .size = sizeof(info) };
    uint32_t n = 0;
    for (; reel_chain_preset_at(n, &info) == 0; n++) {
        struct rl_chain_values v;
        reel_error err = RL_ERROR_INIT;
        if (rl_preset_values(info.name, &v, &err) < 0)
            fail_msg("%s: %s", info.name, err.text);
        assert_int_equal(rl_chain_check(&env, &v, &err), 0);
        same_after_json(&v, info.name);
    }
    assert_true(n >= 5);
    struct rl_chain_values v;
    assert_int_equal(rl_preset_values("nothing", &v, NULL), REEL_ERR_NOT_FOUND);
}

static void test_expert(void **state)
{
    (void)state;
    static const char *const good[] = { "eq=contrast=1.1", "hue=h=30:s=1,unsharp", "null" };
    static const char *const bad[] = {
        "", "movie=x.mp4", "amovie=x", "subtitles=a.srt", "ass=a", "lut3d=a.cube", "drawtext=text=a", "sendcmd=f=x",
        "zmq", "eq,movie=x", "[in]eq[out]", "eq;eq", "eq@movie", "eq='x'", "eq=a\\,movie", "curves=psfile=x",
        "curves=plot=x", "scale=1:1", "color", "testsrc", "Eq", " eq", "eq,", ",eq", "eq,,eq", "fps=1", "split",
        "overlay", "eq=\n", "curves=/psfile=x", "signature", "metadata=print", "removelogo=x", "ocr", "frei0r=x",
        "ladspa=x", "program_opencl",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_int_equal(rl_expert_check(good[i], NULL), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (rl_expert_check(bad[i], NULL) != REEL_ERR_OPTION)
            fail_msg("taken: %s", bad[i]);
    }
    struct rl_chain_values v;
    struct rl_env allowed = env;
    assert_int_equal(rl_option_defaults(&v), 0);
    parse(&v, "video.filter", "eq=contrast=1.1");
    assert_int_equal(rl_chain_check(&env, &v, NULL), REEL_ERR_OPTION);
    allowed.flags |= REEL_CTX_EXPERT_FILTERS;
    assert_int_equal(rl_chain_check(&allowed, &v, NULL), 0);
    same_after_json(&v, "filter");
}

static int setup(void **state)
{
    (void)state;
    return rl_env_init(&env, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_every_option_at_its_ends),
        cmocka_unit_test(test_strict),
        cmocka_unit_test(test_doubles_are_exact),
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_expert),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
