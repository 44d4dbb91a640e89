/* A whole sound job: counts, place, joins, channels, gaps and threads, by decoding what it makes. */
#include "sound_rig.h"

#include "media/audio/loudness.h"
#include "media/audio/pcm.h"

#include <libavutil/mem.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define TAU 6.283185307179586

/* Something with sense to a codec and not periodic: three sliding tones and a little noise, shifted per channel. */
static float *music(size_t count, int channels, int rate)
{
    float *s = malloc((count ? count : 1) * (size_t)channels * sizeof *s);
    uint32_t seed = 1;
    for (size_t i = 0; i < count; i++) {
        double t = (double)i / rate;
        for (int c = 0; c < channels; c++) {
            seed = seed * 1664525u + 1013904223u;
            double v = 0.3 * sin(TAU * (220 + 40 * sin(t)) * t + c) + 0.1 * sin(TAU * (900 + 55 * c) * t) +
                       0.05 * sin(TAU * 2500 * t * (1 + 0.01 * t)) + 0.01 * ((double)seed / UINT32_MAX - 0.5);
            s[i * (size_t)channels + (size_t)c] = (float)v;
        }
    }
    return s;
}

static void run_wav(struct rig *r, struct rl_run_result *result, const float *s, size_t count, int channels, int rate,
                    uint32_t mask, struct rl_audio_spec *spec)
{
    int fd = rig_wav(s, count, channels, rate, mask);
    assert_true(fd >= 0);
    spec->time_base = (reel_ratio){ 1, rate };
    rig_open(r);
    int rc = rl_job_audio(&r->flow, fd, spec, result);
    if (rc != 0)
        print_error("%s: %s\n", r->err.step, r->err.text);
    assert_int_equal(rc, 0);
    close(fd);
}

static void check_chunks(const struct rig *r, const struct rl_run_result *result, int64_t start)
{
    uint64_t samples = 0, in = 0;
    int64_t at = start;
    for (uint32_t i = 0; i < r->count; i++) {
        assert_int_equal(r->out[i].index, i);
        assert_int_equal(r->out[i].start, at);
        at += r->out[i].duration;
        samples += r->out[i].samples;
        in += r->out[i].samples_in;
    }
    assert_int_equal(result->chunks, r->count);
    assert_int_equal(samples, result->samples_out);
    assert_int_equal(in, result->samples_in);
    assert_int_equal(samples + (r->count ? 312 : 0), at - start);
}

static void counts_are_exact(void **state)
{
    (void)state;
    static const int rates[] = { 48000, 44100, 8000, 96000, 39000 };
    static const size_t counts[] = { 0, 1, 2, 100, 648, 649, 960, 47687, 47688, 47689, 48000, 48001, 100003 };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            struct rig r;
            struct rl_run_result result;
            struct rl_audio_spec spec = rig_spec("wav", "pcm_f32le", (reel_ratio){ 1, rates[i] }, 1);
            float *s = music(counts[k], 1, rates[i]);
            int64_t expected = (int64_t)round((double)counts[k] * 48000 / rates[i]), got = 0;
            run_wav(&r, &result, s, counts[k], 1, rates[i], 4, &spec);
            check_chunks(&r, &result, 0);
            assert_int_equal(result.samples_in, expected);
            assert_int_equal(result.samples_out, expected);
            float *back = r.count ? rig_decode(&r, &got) : NULL;
            assert_int_equal(got, expected);
            free(back);
            free(s);
            rig_close(&r);
        }
    }
}

static double snr(const float *a, const float *b, size_t count)
{
    double signal = 0, noise = 0;
    for (size_t i = 0; i < count; i++) {
        signal += (double)a[i] * a[i];
        noise += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    }
    return 10 * log10(signal / noise);
}

static void joins_are_as_good_as_the_rest(void **state)
{
    (void)state;
    size_t count = 48000 * 12;
    float *s = music(count, 2, 48000);
    struct rig r;
    struct rl_run_result result;
    struct rl_audio_spec spec = rig_spec("wav", "pcm_f32le", (reel_ratio){ 1, 48000 }, 2);
    spec.complexity = 10;
    run_wav(&r, &result, s, count, 2, 48000, 3, &spec);
    int64_t got;
    float *back = rig_decode(&r, &got);
    assert_int_equal(got, count);
    /* Lag: the best fit is where it should be. */
    double best = 0;
    int lag = 99;
    for (int l = -40; l <= 40; l++) {
        double sum = 0;
        for (size_t i = 100000; i < 140000; i++)
            sum += (double)s[2 * i] * back[2 * (size_t)((int64_t)i + l)];
        if (sum > best) {
            best = sum;
            lag = l;
        }
    }
    assert_int_equal(lag, 0);
    double at_joins = 0, elsewhere = 0;
    int joins = 0;
    for (size_t j = 48000; j + 48000 < count; j += 48000, joins++) {
        at_joins += snr(s + 2 * (j - 312 - 960), back + 2 * (j - 312 - 960), 2 * 2880);
        elsewhere += snr(s + 2 * (j + 24000), back + 2 * (j + 24000), 2 * 2880);
    }
    assert_true(at_joins / joins > elsewhere / joins - 1.0);
    assert_true(elsewhere / joins > 10);
    free(back);
    free(s);
    rig_close(&r);
}

/* What a decoder makes of the sound, encoded in segments of so many packets. */
static float *coded(const float *s, size_t count, uint32_t packets)
{
    struct rig r;
    struct rl_run_result result;
    struct rl_audio_spec spec = rig_spec("wav", "pcm_f32le", (reel_ratio){ 1, 48000 }, 2);
    int64_t got;
    spec.complexity = 10;
    spec.segment_packets = packets;
    spec.pre_roll_packets = 25; /* as the plan does */
    run_wav(&r, &result, s, count, 2, 48000, 1, &spec);
    assert_int_equal(r.count, (count + 312 + packets * 960 - 1) / (packets * 960));
    float *back = rig_decode(&r, &got);
    assert_int_equal(got, count);
    rig_close(&r);
    return back;
}

/* The same sound in one piece: around the joins it is as far from the source, within what it is elsewhere. */
static void joins_are_as_good_as_one_piece(void **state)
{
    (void)state;
    enum { COUNT = 48000 * 21, WINDOW = 2880 };
    float *s = music(COUNT, 2, 48000);
    float *pieces = coded(s, COUNT, 50), *one = coded(s, COUNT, 50 * 22);
    double worst = 0, worst_elsewhere = 0, sum = 0, elsewhere = 0;
    int joins = 0;
    for (size_t j = 48000; j + 48000 < COUNT; j += 48000, joins++) {
        size_t at = 2 * (j - 312 - 960), between = 2 * (j + 24000);
        double loss = snr(s + at, one + at, 2 * WINDOW) - snr(s + at, pieces + at, 2 * WINDOW);
        double other = snr(s + between, one + between, 2 * WINDOW) - snr(s + between, pieces + between, 2 * WINDOW);
        worst = loss > worst ? loss : worst;
        worst_elsewhere = other > worst_elsewhere ? other : worst_elsewhere;
        sum += loss;
        elsewhere += other;
    }
    print_message("%d joins against one piece: %.2f dB lost on average, %.2f at worst; between them %.2f and %.2f\n",
                  joins, sum / joins, worst, elsewhere / joins, worst_elsewhere);
    assert_int_equal(joins, 19);
    assert_true(sum / joins < 0.1);
    assert_true(worst < 0.5);
    free(one);
    free(pieces);
    free(s);
}

static void threads_and_wishes_do_not_change_the_bytes(void **state)
{
    (void)state;
    size_t count = 44100 * 9 + 17;
    float *s = music(count, 2, 44100);
    struct rig one, other;
    struct rl_run_result result;
    struct rl_audio_spec spec = rig_spec("wav", "pcm_f32le", (reel_ratio){ 1, 44100 }, 2);
    run_wav(&one, &result, s, count, 2, 44100, 3, &spec);
    assert_int_equal(one.count, 10);
    for (int threads = 2; threads <= 8; threads *= 2) {
        spec.threads = threads;
        run_wav(&other, &result, s, count, 2, 44100, 3, &spec);
        assert_int_equal(other.count, one.count);
        for (uint32_t i = 0; i < one.count; i++) {
            assert_int_equal(other.size[i], one.size[i]);
            assert_memory_equal(other.data[i], one.data[i], one.size[i]);
            assert_memory_equal(&other.out[i], &one.out[i], sizeof one.out[i]);
        }
        rig_close(&other);
    }
    /* Every second chunk, by hand: run_wav wants all. */
    int fd = rig_wav(s, count, 2, 44100, 3);
    rig_open(&other);
    other.unwanted = 0x155;
    assert_int_equal(rl_job_audio(&other.flow, fd, &spec, &result), 0);
    assert_int_equal(other.count, 5);
    assert_int_equal(result.chunks, 10);
    for (uint32_t i = 0; i < other.count; i++)
        assert_memory_equal(other.data[i], one.data[2 * i + 1], one.size[2 * i + 1]);
    rig_close(&other);
    close(fd);
    rig_close(&one);
    free(s);
}

/* Strength of a tone in one channel. */
static double tone(const float *s, size_t count, int channels, int c, double hz)
{
    double re = 0, im = 0;
    for (size_t i = 0; i < count; i++) {
        re += s[i * (size_t)channels + (size_t)c] * cos(TAU * hz * (double)i / 48000);
        im += s[i * (size_t)channels + (size_t)c] * sin(TAU * hz * (double)i / 48000);
    }
    return 2 * sqrt(re * re + im * im) / (double)count;
}

static void each_channel_arrives_at_its_place(void **state)
{
    (void)state;
    static const struct { int channels; uint32_t mask; int out; int order[8]; } cases[] = { /* -1: silent */
        { 1, 0x4, 1, { 0 } },
        { 2, 0x3, 2, { 0, 1 } },
        { 6, 0x3f, 6, { 0, 2, 1, 4, 5, 3 } },
        { 6, 0x60f, 6, { 0, 2, 1, 4, 5, 3 } }, /* 5.1(side) */
        { 7, 0x70f, 7, { 0, 2, 1, 5, 6, 4, 3 } },
        { 8, 0x63f, 8, { 0, 2, 1, 6, 7, 4, 5, 3 } },
        { 8, 0, 8, { 0, 2, 1, 6, 7, 4, 5, 3 } },      /* unnamed */
        { 4, 0x603, 4, { 0, 1, 2, 3 } },              /* quad(side) */
        { 7, 0x13f, 7, { 0, 2, 1, 4, 5, 6, 3 } },     /* 6.1(back) */
        { 3, 0xb, 6, { 0, -1, 1, -1, -1, 2 } },       /* 2.1 */
        { 4, 0x107, 7, { 0, 2, 1, -1, -1, 3, -1 } },  /* 4.0 */
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int n = cases[k].channels, out = cases[k].out;
        size_t count = 48000 * 2;
        float *s = malloc(count * (size_t)n * sizeof *s);
        for (size_t i = 0; i < count; i++)
            for (int c = 0; c < n; c++) /* all low enough for the LFE */
                s[i * (size_t)n + (size_t)c] = (float)(0.3 * sin(TAU * (30 + 10 * c) * (double)i / 48000));
        struct rig r;
        struct rl_run_result result;
        struct rl_audio_spec spec = rig_spec("wav", "pcm_f32le", (reel_ratio){ 1, 48000 }, out);
        spec.bit_rate = 96000 * out;
        run_wav(&r, &result, s, count, n, 48000, cases[k].mask, &spec);
        int64_t got;
        float *back = rig_decode(&r, &got);
        for (int c = 0; c < out; c++)
            for (int f = 0; f < n; f++) {
                double strength = tone(back, (size_t)got, out, c, 30 + 10 * f);
                if (f == cases[k].order[c] ? strength < 0.25 : strength > 0.05)
                    fail_msg("case %zu: channel %d has tone %d at %.3f", k, c, f, strength);
            }
        free(back);
        free(s);
        rig_close(&r);
    }
}

static void trim_is_exact(void **state)
{
    (void)state;
    size_t count = 48000 * 6;
    float *s = music(count, 2, 48000);
    for (int seekable = 0; seekable < 2; seekable++) {
        struct rig r;
        struct rl_run_result result;
        struct rl_audio_spec spec = rig_spec("wav", "pcm_f32le", (reel_ratio){ 1, 48000 }, 2);
        spec.seekable = seekable;
        spec.origin = spec.trim_start = 123457;
        spec.trim_end = 240001;
        spec.bit_rate = 256000;
        run_wav(&r, &result, s, count, 2, 48000, 3, &spec);
        check_chunks(&r, &result, 0);
        int64_t got;
        float *back = rig_decode(&r, &got);
        assert_int_equal(got, 240001 - 123457);
        assert_int_equal(result.first, 123457);
        assert_int_equal(result.end, 240001);
        assert_true(snr(s + 2 * 123457 + 9600, back + 9600, 20000) > 12);
        free(back);
        rig_close(&r);
    }
    free(s);
}

static void cancel_stops_it(void **state)
{
    (void)state;
    size_t count = 48000 * 20;
    float *s = music(count, 2, 48000);
    int fd = rig_wav(s, count, 2, 48000, 3);
    for (int after = 0; after < 400; after += 57) {
        struct rig r;
        struct rl_run_result result;
        struct rl_audio_spec spec = rig_spec("wav", "pcm_f32le", (reel_ratio){ 1, 48000 }, 2);
        spec.threads = 1 + after % 3;
        rig_open(&r);
        r.cancel_after = after;
        assert_int_equal(rl_job_audio(&r.flow, fd, &spec, &result), REEL_ERR_CANCELLED);
        assert_int_equal(r.err.code, REEL_ERR_CANCELLED);
        rig_close(&r);
    }
    close(fd);
    free(s);
}

/* The pcm step alone, with frames of any timestamp: what comes out is counted. */
struct sink {
    struct rl_step step;
    int64_t next, count;
    bool broken;
};

static int sink_frame(struct rl_step *step, AVFrame *frame)
{
    struct sink *k = (struct sink *)step;
    k->broken |= k->count > 0 && frame->pts != k->next;
    k->next = frame->pts + frame->nb_samples;
    k->count += frame->nb_samples;
    return 0;
}

static int sink_flush(struct rl_step *step)
{
    (void)step;
    return 0;
}

static const struct rl_step_ops sink_ops = { .name = "sink", .frame = sink_frame, .flush = sink_flush };

struct timed {
    int64_t pts; /* ms */
    int samples, rate, channels;
};

static void run_pcm_of(const char *format, const struct timed *frames, size_t count, struct rl_sound_tally *tally,
                       struct sink *sink)
{
    struct rig r;
    struct rl_step *pcm;
    struct rl_audio_spec spec = rig_spec(format, "", (reel_ratio){ 1, 1000 }, 2);
    rig_open(&r);
    *tally = (struct rl_sound_tally){ 0 };
    *sink = (struct sink){ .step = { .ops = &sink_ops, .flow = &r.flow } };
    assert_int_equal(rl_pcm_open(&pcm, &r.flow, &spec, tally), 0);
    pcm->next = &sink->step;
    AVFrame *f = av_frame_alloc();
    for (size_t i = 0; i < count; i++) {
        av_frame_unref(f);
        f->format = AV_SAMPLE_FMT_S16;
        f->nb_samples = frames[i].samples;
        f->sample_rate = frames[i].rate;
        f->pts = frames[i].pts;
        av_channel_layout_default(&f->ch_layout, frames[i].channels);
        assert_int_equal(av_frame_get_buffer(f, 0), 0);
        memset(f->data[0], 1, (size_t)f->linesize[0]);
        assert_int_equal(rl_push_frame(pcm, f), 0);
    }
    av_frame_free(&f);
    assert_int_equal(rl_push_flush(pcm), 0);
    pcm->ops->close(pcm);
    assert_false(sink->broken);
    assert_int_equal(sink->count, tally->in + tally->filled - tally->dropped);
}

static void run_pcm(const struct timed *frames, size_t count, struct rl_sound_tally *tally, struct sink *sink)
{
    run_pcm_of("", frames, count, tally, sink);
}

static void timestamps_rule_only_when_far_off(void **state)
{
    (void)state;
    struct rl_sound_tally t;
    struct sink k;
    struct timed f[200];
    /* 1024 samples at 44.1 kHz in whole milliseconds: rounding changes nothing. */
    for (int i = 0; i < 200; i++)
        f[i] = (struct timed){ (int64_t)round(i * 1024 / 44.1) + 500, 1024, 44100, 2 };
    run_pcm(f, 200, &t, &k);
    assert_int_equal(t.filled, 0);
    assert_int_equal(t.first, 24000);
    assert_int_equal(k.count, (int64_t)round(200 * 1024 * 48000.0 / 44100));
    /* Drift of 1 ms per frame is taken up as it passes 30 ms. */
    for (int i = 0; i < 200; i++)
        f[i] = (struct timed){ i * 21, 960, 48000, 2 };
    run_pcm(f, 200, &t, &k);
    assert_true(t.filled >= 199 * 48 - 1440 - 48 && t.filled <= 199 * 48);
}

/* A header of AVI that is wrong gives times that go too slowly, or too fast: no sound is lost, and none is made up. */
static void counted_times_do_not_rule(void **state)
{
    (void)state;
    struct rl_sound_tally t;
    struct sink k;
    struct timed f[100];
    for (int rate = 1; rate <= 100; rate += 99) {
        for (int i = 0; i < 100; i++)
            f[i] = (struct timed){ i * rate, 960, 48000, 2 };
        run_pcm_of("avi", f, 100, &t, &k);
        assert_int_equal(k.count, 100 * 960);
        assert_int_equal(t.filled, 0);
        assert_int_equal(t.dropped, 0);
    }
}

static void gaps_overlaps_and_jumps(void **state)
{
    (void)state;
    struct rl_sound_tally t;
    struct sink k;
    const struct timed gap[] = { { 0, 4800, 48000, 2 }, { 350, 4800, 48000, 2 } };
    run_pcm(gap, 2, &t, &k);
    assert_int_equal(t.filled, 12000);
    assert_int_equal(k.count, 21600);
    const struct timed overlap[] = { { 0, 4800, 48000, 2 }, { 50, 4800, 48000, 2 }, { 150, 4800, 48000, 2 } };
    run_pcm(overlap, 3, &t, &k);
    assert_int_equal(t.dropped, 2400);
    assert_int_equal(k.count, 12000);
    const struct timed jump[] = { { 0, 4800, 48000, 2 }, { 90000, 4800, 48000, 2 }, { 90100, 4800, 48000, 2 } };
    run_pcm(jump, 3, &t, &k);
    assert_int_equal(t.filled, 0);
    assert_int_equal(k.count, 14400);
    assert_true(t.note[0] != 0);
    const struct timed before[] = { { -100, 9600, 48000, 2 } }; /* half of it is before the output's begin */
    run_pcm(before, 1, &t, &k);
    assert_int_equal(t.first, 0);
    assert_int_equal(k.count, 4800);
    const struct timed change[] = { { 0, 4410, 44100, 2 }, { 100, 800, 8000, 1 }, { 200, 9600, 96000, 6 } };
    run_pcm(change, 3, &t, &k);
    assert_int_equal(k.count, 14400);
    const struct timed damaged[] = { { INT64_MAX - 5, 480, 48000, 2 }, { INT64_MIN + 1, 480, 48000, 2 } };
    run_pcm(damaged, 2, &t, &k);
    assert_int_equal(k.count, 960);
}

static void loudness_of_known_tones(void **state)
{
    (void)state;
    /* EBU Tech 3341, case 1: 997 Hz at -23 dBFS in both channels is -23 LUFS. */
    size_t count = 48000 * 20;
    float *s = malloc(count * 2 * sizeof *s);
    for (size_t i = 0; i < count; i++)
        s[2 * i] = s[2 * i + 1] = (float)(pow(10, -23.0 / 20) * sin(TAU * 997 * (double)i / 48000));
    struct rig r;
    struct rl_run_result result;
    struct rl_audio_spec spec = rig_spec("wav", "pcm_f32le", (reel_ratio){ 1, 48000 }, 2);
    spec.measure = spec.has_target = 1;
    spec.target = -16;
    spec.peak_limit = -1;
    run_wav(&r, &result, s, count, 2, 48000, 3, &spec);
    assert_true(fabs(result.loudness + 23) < 0.1);
    assert_true(fabs(result.true_peak + 23) < 0.2);
    assert_true(result.loudness_range < 0.1);
    const uint8_t *head = r.out[r.count - 1].codec_private;
    assert_true(abs((int16_t)(head[16] | head[17] << 8) - 7 * 256) < 26);
    rig_close(&r);
    free(s);
    assert_true(fabs(rl_loudness_gain(-30, -3, -16, -1) - 2) < 1e-9);
    assert_true(fabs(rl_loudness_gain(-10, 1, -16, -1) + 6) < 1e-9);
    assert_true(fabs(rl_loudness_gain(-20, 1, -16, -1)) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_exact),
        cmocka_unit_test(joins_are_as_good_as_the_rest), cmocka_unit_test(joins_are_as_good_as_one_piece),
        cmocka_unit_test(threads_and_wishes_do_not_change_the_bytes),
        cmocka_unit_test(each_channel_arrives_at_its_place),
        cmocka_unit_test(trim_is_exact),
        cmocka_unit_test(cancel_stops_it),
        cmocka_unit_test(timestamps_rule_only_when_far_off),
        cmocka_unit_test(counted_times_do_not_rule),
        cmocka_unit_test(gaps_overlaps_and_jumps),
        cmocka_unit_test(loudness_of_known_tones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
