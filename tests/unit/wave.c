/* Peaks: their values, the two forms of the format, coarsening, drawing. */
#include "media/preview/wave.h"

#include "media/audio/floats.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct rl_env env;
static reel_error err;
static struct rl_flow flow = { .env = &env, .err = &err };

static struct rl_wave *open_wave(int rate, int channels, int scale, bool split)
{
    struct rl_wave *wave;
    assert_int_equal(rl_wave_open(&wave, &flow, rate, channels, scale, split), 0);
    return wave;
}

static float of16(int v)
{
    return (float)v / 32768.0f;
}

/* By hand: three pixels of two channels, the last one short. */
static const int samples[][2] = {
    { 100, -300 }, { -16640, 16639 }, { 5, 5 },         { 0, 0 },
    { 255, -255 }, { 256, -256 },     { 32767, -32768 }, { 1, 2 },
    { -7, 9 },
};

static struct rl_wave *by_hand(bool split)
{
    struct rl_wave *wave = open_wave(48000, 2, 4, split);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        float pair[2] = { of16(samples[i][0]), of16(samples[i][1]) };
        assert_int_equal(rl_wave_add(wave, pair, 1), 0);
    }
    assert_int_equal(rl_wave_end(wave), 0);
    return wave;
}

static void binary_is_as_the_format_says(void **state)
{
    (void)state;
    static const uint8_t split8[] = {
        2, 0, 0, 0, 1, 0, 0, 0, 0x80, 0xbb, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0,
        /* -16640/256 = -65, 100/256 = 0; -300/256 = -1, 16639/256 = 64; … */
        0xbf, 0, 0xff, 64, 0, 127, 0x80, 0, 0, 0, 0, 0,
    };
    static const uint8_t mixed16[] = {
        2, 0, 0, 0, 0, 0, 0, 0, 0x80, 0xbb, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0,
        /* -100, 5; 0 (-1/2, towards 0), 1 (3/2); 1, 1 */
        0x9c, 0xff, 5, 0, 0, 0, 1, 0, 1, 0, 1, 0,
    };
    struct rl_buf out;
    rl_buf_init(&out, &env);
    struct rl_wave *wave = by_hand(true);
    assert_int_equal(rl_wave_binary(wave, 8, &out), 0);
    assert_int_equal(out.size, sizeof split8);
    assert_memory_equal(out.data, split8, sizeof split8);
    rl_wave_close(&wave);
    rl_buf_free(&out);

    wave = by_hand(false);
    assert_int_equal(rl_wave_binary(wave, 16, &out), 0);
    assert_int_equal(out.size, sizeof mixed16);
    assert_memory_equal(out.data, mixed16, sizeof mixed16);
    rl_wave_close(&wave);
    rl_buf_free(&out);
}

static void json_says_the_same(void **state)
{
    (void)state;
    struct rl_buf out;
    rl_buf_init(&out, &env);
    struct rl_wave *wave = by_hand(true);
    assert_int_equal(rl_wave_json(wave, 16, &out), 0);
    assert_string_equal(rl_buf_str(&out),
                        "{\"version\":2,\"channels\":2,\"sample_rate\":48000,\"samples_per_pixel\":4,\"bits\":16,"
                        "\"length\":3,\"data\":[-16640,100,-300,16639,1,32767,-32768,2,-7,-7,9,9]}\n");
    json_t *root = json_loadb((const char *)out.data, out.size, 0, NULL);
    assert_non_null(root);
    json_decref(root);
    rl_buf_free(&out);
    rl_wave_close(&wave);

    wave = open_wave(8000, 1, 256, false); /* nothing came */
    assert_int_equal(rl_wave_end(wave), 0);
    assert_int_equal(rl_wave_json(wave, 8, &out), 0);
    assert_non_null(strstr(rl_buf_str(&out), "\"length\":0,\"data\":[]}"));
    rl_buf_free(&out);
    assert_int_equal(rl_wave_binary(wave, 8, &out), 0);
    assert_int_equal(out.size, 24);
    rl_buf_free(&out);
    rl_wave_close(&wave);
}

static void odd_numbers_do_no_harm(void **state)
{
    (void)state;
    const float odd[] = { NAN, 0.25f, -0.5f, NAN, INFINITY, -INFINITY, 7, -7, NAN, NAN, NAN, NAN, 3, 3, 3, 3 };
    static const int16_t expected[] = { -16384, 8192, -32768, 32767, 0, 0, 32767, 32767 };
    struct rl_wave *wave = open_wave(8000, 1, 4, true);
    assert_int_equal(rl_wave_add(wave, odd, 16), 0);
    assert_int_equal(rl_wave_end(wave), 0);
    assert_int_equal(rl_wave_length(wave), 4);
    assert_memory_equal(rl_wave_pairs(wave), expected, sizeof expected);
    rl_wave_close(&wave);
}

static void silence_is_in_the_count(void **state)
{
    (void)state;
    const float tone[] = { 0.5f, 0.5f, 0.5f };
    static const int16_t expected[] = { 16384, 16384, 0, 16384, 0, 0, 0, 0, 0, 0 };
    struct rl_wave *wave = open_wave(8000, 1, 2, true);
    rl_wave_add(wave, tone, 3);
    rl_wave_add_silence(wave, 6);
    rl_wave_add_silence(wave, 0);
    assert_int_equal(rl_wave_end(wave), 0);
    assert_int_equal(rl_wave_length(wave), 5);
    assert_memory_equal(rl_wave_pairs(wave), expected, sizeof expected);
    rl_wave_close(&wave);
}

/* What comes out coarser is what the coarser scale would have given. */
static void memory_is_bounded(void **state)
{
    (void)state;
    enum { CHANNELS = 2, BLOCK = 1 << 14 };
    size_t frames = 2 * RL_WAVE_PAIRS_MAX / CHANNELS + 12345; /* as pixels of 2 samples: just over the bound */
    struct rl_wave *fine = open_wave(48000, CHANNELS, 2, true), *coarse = open_wave(48000, CHANNELS, 4, true);
    float *block = malloc(BLOCK * CHANNELS * sizeof *block);
    uint32_t seed = 7;
    for (size_t at = 0; at < frames; at += BLOCK) {
        size_t n = frames - at < BLOCK ? frames - at : BLOCK;
        for (size_t i = 0; i < n * CHANNELS; i++) {
            seed = seed * 1664525u + 1013904223u;
            block[i] = (float)(int32_t)seed / 2147483648.0f;
        }
        assert_int_equal(rl_wave_add(fine, block, n), 0);
        assert_int_equal(rl_wave_add(coarse, block, n), 0);
    }
    assert_int_equal(rl_wave_end(fine), 0);
    assert_int_equal(rl_wave_end(coarse), 0);
    assert_int_equal(rl_wave_scale(fine), 4);
    assert_int_equal(rl_wave_length(fine), (frames + 3) / 4);
    assert_int_equal(rl_wave_length(fine), rl_wave_length(coarse));
    assert_memory_equal(rl_wave_pairs(fine), rl_wave_pairs(coarse),
                        rl_wave_length(fine) * CHANNELS * 2 * sizeof(int16_t));
    free(block);
    rl_wave_close(&fine);
    rl_wave_close(&coarse);
}

static const uint8_t *pixel(const AVFrame *frame, int x, int y)
{
    return frame->data[0] + (ptrdiff_t)y * frame->linesize[0] + 4 * (ptrdiff_t)x;
}

static void picture_shows_the_peaks(void **state)
{
    (void)state;
    /* 100 pixels: silence, then a quarter above and half below */
    struct rl_wave *wave = open_wave(8000, 1, 2, true);
    float pair[2] = { 0.25f, -0.5f };
    rl_wave_add_silence(wave, 100);
    for (int i = 0; i < 50; i++)
        rl_wave_add(wave, pair, 2);
    assert_int_equal(rl_wave_end(wave), 0);
    AVFrame *frame = av_frame_alloc();
    assert_int_equal(rl_wave_draw(wave, 40, 81, 0xff8000ff, 0x00000000, frame), 0);
    assert_int_equal(frame->format, AV_PIX_FMT_RGBA);
    /* silence is a line of one pixel in the middle */
    assert_memory_equal(pixel(frame, 5, 40), "\xff\x80\x00\xff", 4);
    assert_int_equal(pixel(frame, 5, 39)[3], 0);
    assert_int_equal(pixel(frame, 5, 41)[3], 0);
    /* from 40.5 - 0.25 * 40.5 = 30.375 to 40.5 + 0.5 * 40.5 = 60.75, with soft ends of the same colour */
    assert_int_equal(pixel(frame, 35, 29)[3], 0);
    assert_memory_equal(pixel(frame, 35, 30), "\xff\x80\x00\x9f", 4); /* 0.625 */
    for (int y = 31; y < 60; y++)
        assert_int_equal(pixel(frame, 35, y)[3], 255);
    assert_int_equal(pixel(frame, 35, 60)[3], 191); /* 0.75 */
    assert_int_equal(pixel(frame, 35, 61)[3], 0);
    av_frame_unref(frame);

    /* on a background; the soft ends are between the two */
    assert_int_equal(rl_wave_draw(wave, 40, 81, 0xffffffff, 0x000000ff, frame), 0);
    assert_memory_equal(pixel(frame, 35, 0), "\0\0\0\xff", 4);
    assert_memory_equal(pixel(frame, 35, 30), "\x9f\x9f\x9f\xff", 4);
    av_frame_unref(frame);
    env.limits.pixels = 100;
    assert_int_equal(rl_wave_draw(wave, 40, 81, 0xffffffff, 0, frame), REEL_ERR_LIMIT_PIXELS);
    env.limits.pixels = 1 << 26;
    err = (reel_error){ .size = sizeof err };
    av_frame_free(&frame);
    rl_wave_close(&wave);
}

static void few_peaks_are_drawn_as_slopes(void **state)
{
    (void)state;
    struct rl_wave *wave = open_wave(8000, 2, 2, true);
    const float rising[] = { 0, 0, 0, 0, 1, 0, 0, 0 };
    rl_wave_add(wave, rising, 4);
    assert_int_equal(rl_wave_end(wave), 0);
    AVFrame *frame = av_frame_alloc();
    assert_int_equal(rl_wave_draw(wave, 100, 200, 0xffffffff, 0x000000ff, frame), 0);
    int before = 0;
    for (int x = 0; x < 100; x++) {
        int height = 0;
        for (int y = 0; y < 100; y++)
            height += pixel(frame, x, y)[0];
        assert_true(height >= before - 2); /* soft ends are rounded */
        before = height;
    }
    assert_in_range(before, 49 * 255, 51 * 255);
    for (int x = 0; x < 100; x++) /* the other channel, in a lane of its own, is silent */
        assert_in_range(pixel(frame, x, 149)[0] + pixel(frame, x, 150)[0], 254, 256);
    av_frame_free(&frame);
    rl_wave_close(&wave);
}

static void floats_of_every_format(void **state)
{
    (void)state;
    static const enum AVSampleFormat formats[] = { AV_SAMPLE_FMT_U8,  AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S32,
                                                   AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_DBL, AV_SAMPLE_FMT_S64 };
    for (size_t f = 0; f < 2 * sizeof formats / sizeof *formats; f++) {
        enum AVSampleFormat packed = formats[f / 2], format = f & 1 ? av_get_planar_sample_fmt(packed) : packed;
        AVFrame *frame = av_frame_alloc();
        frame->format = format;
        frame->nb_samples = 3;
        av_channel_layout_default(&frame->ch_layout, 2);
        assert_int_equal(av_frame_get_buffer(frame, 0), 0);
        for (int i = 0; i < 6; i++) {
            double v = (i - 3) / 4.0; /* left -3, -1, 1; right -2, 0, 2 quarters */
            uint8_t *plane = f & 1 ? frame->extended_data[i & 1] : frame->data[0];
            int at = f & 1 ? i / 2 : i;
            switch (packed) {
            case AV_SAMPLE_FMT_U8: plane[at] = (uint8_t)(v * 128 + 128); break;
            case AV_SAMPLE_FMT_S16: ((int16_t *)plane)[at] = (int16_t)(v * 32768); break;
            case AV_SAMPLE_FMT_S32: ((int32_t *)plane)[at] = (int32_t)(v * 2147483648.0); break;
            case AV_SAMPLE_FMT_S64: ((int64_t *)plane)[at] = (int64_t)(v * 9223372036854775808.0); break;
            case AV_SAMPLE_FMT_FLT: ((float *)plane)[at] = (float)v; break;
            default: ((double *)plane)[at] = v; break;
            }
        }
        float out[4];
        assert_true(rl_floats_read(frame, 1, 2, out));
        for (int i = 0; i < 4; i++)
            assert_true(out[i] == (float)(i - 1) / 4);
        av_frame_free(&frame);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    struct rl_wave *wave;
    assert_int_equal(rl_wave_open(&wave, &flow, 0, 1, 256, true), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_wave_open(&wave, &flow, 8000, 0, 256, true), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_wave_open(&wave, &flow, 8000, 1, 1, true), REEL_ERR_INVALID_ARG);
    assert_null(wave);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_is_as_the_format_says), cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(odd_numbers_do_no_harm),       cmocka_unit_test(silence_is_in_the_count),
        cmocka_unit_test(memory_is_bounded),            cmocka_unit_test(picture_shows_the_peaks),
        cmocka_unit_test(few_peaks_are_drawn_as_slopes), cmocka_unit_test(floats_of_every_format),
        cmocka_unit_test(nonsense_is_refused),
    };
    rl_env_init(&env, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
