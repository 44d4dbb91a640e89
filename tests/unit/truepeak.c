/* True peaks: those of EBU Tech 3341, and the same as computing every value. */
#include "media/audio/truepeak.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define TAU 6.283185307179586

static struct rl_env env;
static reel_error err;
static struct rl_flow flow = { .env = &env, .err = &err };

/* In pieces of so many samples. */
static double peak_db(const float *s, int count, int channels, int piece)
{
    struct rl_true_peak *t;
    assert_int_equal(rl_true_peak_open(&t, &flow, channels), 0);
    for (int at = 0; at < count; at += piece)
        rl_true_peak_add(t, s + (ptrdiff_t)at * channels, count - at < piece ? count - at : piece);
    double peak = rl_true_peak_end(t);
    rl_true_peak_close(&t);
    return 20 * log10(peak);
}

/* EBU Tech 3341, cases 15 to 19: sines whose peak lies between the samples; +0.2/-0.4 dB are allowed. */
static void sines_of_the_norm(void **state)
{
    (void)state;
    static const struct { double divisor, degrees, amplitude, expected; } cases[] = {
        { 4, 0, 0.5, -6 }, { 4, 45, 0.5, -6 }, { 6, 60, 0.5, -6 }, { 8, 67.5, 0.5, -6 }, { 4, 45, 1.41, 3 },
    };
    enum { COUNT = 48000, FADE = 4800 };
    float *s = malloc(COUNT * sizeof *s);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        for (int i = 0; i < COUNT; i++) {
            double fade = fmin(1, fmin(i, COUNT - 1 - i) / (double)FADE);
            s[i] = (float)(fade * cases[k].amplitude *
                           sin(TAU * i / cases[k].divisor + cases[k].degrees * TAU / 360));
        }
        double db = peak_db(s, COUNT, 1, 1024);
        assert_true(db <= cases[k].expected + 0.2 && db >= cases[k].expected - 0.4);
    }
    free(s);
}

/* The ideal value between samples of noise without high tones, by a sum over many more of them than the filter looks at. */
static void leaving_out_changes_nothing(void **state)
{
    (void)state;
    enum { COUNT = 6000, AROUND = 400 };
    float *s = calloc(2 * COUNT, sizeof *s);
    uint32_t seed = 5;
    for (int i = 0; i < COUNT; i++) {
        double loud = 0.1 + 0.8 * pow(sin(TAU * i / 1700.0), 8); /* so that much can be left out */
        for (int c = 0; c < 2; c++) {
            seed = seed * 1664525u + 1013904223u;
            double noise = (double)seed / UINT32_MAX - 0.5;
            double tones = 0.6 * sin(TAU * i * (0.11 + 0.2 * c)) + 0.3 * sin(TAU * 0.37 * i);
            s[2 * i + c] = (float)(loud * (tones + 0.02 * noise));
        }
    }
    double most = 0;
    for (int c = 0; c < 2; c++)
        for (int q = 4 * AROUND; q < 4 * (COUNT - AROUND); q++) {
            double sum = 0;
            for (int i = q / 4 - AROUND; i <= q / 4 + AROUND; i++) {
                double x = TAU / 2 * (q / 4.0 - i);
                sum += s[2 * i + c] * (fabs(x) < 1e-9 ? 1 : sin(x) / x);
            }
            most = fmax(most, fabs(sum));
        }
    double db = peak_db(s, COUNT, 2, 1024);
    assert_true(fabs(db - 20 * log10(most)) < 0.05);
    static const int pieces[] = { 1, 7, 31, 32, 33, 1023, 1025, COUNT };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        assert_true(fabs(peak_db(s, COUNT, 2, pieces[i]) - db) < 1e-9);
    free(s);
}

static void ends_and_odd_values(void **state)
{
    (void)state;
    float last[40] = { 0 }, odd[64] = { 0 };
    last[39] = -0.5f;
    assert_true(fabs(peak_db(last, 40, 1, 40) + 6.02) < 0.01); /* seen though nothing follows */
    assert_true(fabs(peak_db(last + 39, 1, 1, 1) + 6.02) < 0.01);
    odd[20] = NAN;
    assert_true(isinf(peak_db(odd, 64, 1, 64)));
    odd[63] = 0.25f; /* far enough from it */
    assert_true(fabs(peak_db(odd, 64, 1, 64) + 12.04) < 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sines_of_the_norm), cmocka_unit_test(leaving_out_changes_nothing),
        cmocka_unit_test(ends_and_odd_values),
    };
    rl_env_init(&env, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
