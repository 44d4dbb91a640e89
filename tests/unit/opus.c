/* The header, the pre-skip and the length of packets. */
#include "media/audio/opus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct rl_env env;

static void header_says_what_the_encoder_does(void **state)
{
    (void)state;
    static const struct { int channels, family, streams, coupled; size_t size; } cases[] = {
        { 1, 0, 1, 0, 19 }, { 2, 0, 1, 1, 19 }, { 6, 1, 4, 2, 27 }, { 8, 1, 5, 3, 29 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rl_opus_params params = { cases[i].channels, cases[i].family, 64000, 5 };
        struct rl_opus_info info;
        struct rl_opus *opus;
        uint8_t head[RL_OPUS_HEAD_MAX];
        assert_int_equal(rl_opus_open(&opus, &env, &params, &info, NULL), 0);
        assert_int_equal(info.pre_skip, 312);
        assert_int_equal(info.streams, cases[i].streams);
        assert_int_equal(info.coupled, cases[i].coupled);
        assert_int_equal(rl_opus_head(head, &params, &info, 44100, -1.5), cases[i].size);
        assert_memory_equal(head, "OpusHead\1", 9);
        assert_int_equal(head[9], cases[i].channels);
        assert_int_equal(head[10] | head[11] << 8, 312);
        assert_int_equal(head[12] | head[13] << 8, 44100);
        assert_int_equal((int16_t)(head[16] | head[17] << 8), -384);
        assert_int_equal(head[18], cases[i].family);
        rl_opus_close(&opus);
        assert_null(opus);
    }
}

static void gain_stays_in_its_range(void **state)
{
    (void)state;
    struct rl_opus_params params = { 2, 0, 64000, 5 };
    struct rl_opus_info info = { .pre_skip = 312 };
    uint8_t head[RL_OPUS_HEAD_MAX];
    rl_opus_head(head, &params, &info, 48000, 500);
    assert_int_equal((int16_t)(head[16] | head[17] << 8), INT16_MAX);
    rl_opus_head(head, &params, &info, 48000, -500);
    assert_int_equal((int16_t)(head[16] | head[17] << 8), INT16_MIN);
}

static void packet_length_by_its_contents(void **state)
{
    (void)state;
    const uint8_t celt_20ms[] = { 0xfc, 0xff, 0xfe }, silk_60ms[] = { 0x18, 0 }, two_of_20ms[] = { 0xfd, 0, 0 };
    assert_int_equal(rl_opus_packet_samples(celt_20ms, sizeof celt_20ms), 960);
    assert_int_equal(rl_opus_packet_samples(silk_60ms, sizeof silk_60ms), 2880);
    assert_int_equal(rl_opus_packet_samples(two_of_20ms, sizeof two_of_20ms), 1920);
    assert_int_equal(rl_opus_packet_samples(celt_20ms, 0), 0);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    struct rl_opus_params params = { 3, 0, 64000, 5 };
    struct rl_opus *opus;
    reel_error err = { .size = sizeof err };
    assert_int_equal(rl_opus_open(&opus, &env, &params, NULL, &err), REEL_ERR_ENCODER);
    assert_null(opus);
    assert_int_equal(err.code, REEL_ERR_ENCODER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_says_what_the_encoder_does),
        cmocka_unit_test(gain_stays_in_its_range),
        cmocka_unit_test(packet_length_by_its_contents),
        cmocka_unit_test(bad_parameters_are_refused),
    };
    if (rl_env_init(&env, NULL, NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
