/* A whole job of peaks and loudness: the files it gives, their place in time, trims, gaps, damage; real files against ffmpeg. */
#include "sound_rig.h"

#include "media/still/writer.h"

#include <fcntl.h>
#include <jansson.h>
#include <libavformat/avformat.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define TAU 6.283185307179586

struct made {
    struct rig rig;
    struct rl_preview_result result;
    json_t *peaks; /* the data of waveform.json */
    int64_t length, scale, rate, channels, bits;
};

static struct rl_wave_spec spec_of(const char *format, const char *codec, reel_ratio time_base)
{
    struct rl_wave_spec spec = { .time_base = time_base, .trim_start = REEL_NO_TIME, .trim_end = REEL_NO_TIME,
                                 .duration = REEL_NO_TIME, .waveform = 1, .samples_per_pixel = 256, .bits = 16,
                                 .picture = RL_STILL_WEBP, .threads = 1 };
    strncpy(spec.format, format, sizeof spec.format - 1);
    strncpy(spec.codec, codec, sizeof spec.codec - 1);
    return spec;
}

static int product(const struct made *m, const char *name)
{
    for (uint32_t i = 0; i < m->result.product_count; i++)
        if (!strcmp(m->result.products[i].name, name))
            return (int)i;
    return -1;
}

static int64_t member(const json_t *root, const char *name)
{
    return json_integer_value(json_object_get(root, name));
}

static int run(struct made *m, int fd, const struct rl_wave_spec *spec)
{
    memset(m, 0, sizeof *m);
    rig_open(&m->rig);
    int rc = rl_job_wave(&m->rig.flow, fd, spec, &m->result);
    int place = rc == 0 ? product(m, "waveform.json") : -1;
    if (place >= 0) {
        const struct rl_product *p = &m->result.products[place];
        json_t *root = json_loadb((const char *)m->rig.data[p->chunk], m->rig.size[p->chunk], 0, NULL);
        assert_non_null(root);
        m->peaks = json_incref(json_object_get(root, "data"));
        m->length = member(root, "length");
        m->scale = member(root, "samples_per_pixel");
        m->rate = member(root, "sample_rate");
        m->channels = member(root, "channels");
        m->bits = member(root, "bits");
        assert_int_equal(member(root, "version"), 2);
        assert_int_equal(json_array_size(m->peaks), 2 * m->length * m->channels);
        json_decref(root);
    }
    return rc;
}

static void forget(struct made *m)
{
    json_decref(m->peaks);
    rl_shape_clear(&m->rig.env, &rl_preview_result_shape, &m->result);
    rig_close(&m->rig);
}

static int peak(const struct made *m, int64_t i)
{
    return (int)json_integer_value(json_array_get(m->peaks, (size_t)i));
}

/* A click in each pixel: the n-th of so many samples has n / 1000. */
static float *clicks(size_t pixels, int scale)
{
    float *s = calloc(pixels * (size_t)scale, sizeof *s);
    for (size_t i = 0; i < pixels; i++)
        s[i * (size_t)scale + (size_t)scale / 2] = (float)(i + 1) / 1000;
    return s;
}

static void files_are_named_and_whole(void **state)
{
    (void)state;
    struct made m;
    float *s = clicks(100, 256);
    int fd = rig_wav(s, 100 * 256, 1, 44100, 4);
    struct rl_wave_spec spec = spec_of("wav", "pcm_f32le", (reel_ratio){ 1, 44100 });
    spec.loudness = 1;
    spec.width = 200;
    spec.height = 50;
    spec.colour = 0x336699ff;
    assert_int_equal(run(&m, fd, &spec), 0);
    static const char *const names[] = { "waveform.dat", "waveform.json", "waveform.webp", "loudness.json" };
    assert_int_equal(m.result.product_count, 4);
    assert_int_equal(m.result.chunks, 4);
    assert_int_equal(m.rig.count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_string_equal(m.result.products[i].name, names[i]);
        assert_int_equal(m.result.products[i].chunk, i);
        assert_int_equal(m.rig.out[i].index, i);
    }
    assert_int_equal(m.result.products[0].duration, 580499); /* 25600 / 44100 s */
    assert_int_equal(m.result.products[2].width, 200);
    assert_int_equal(m.rate, 44100);
    assert_int_equal(m.length, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(peak(&m, 2 * i), 0);
        assert_int_equal(peak(&m, 2 * i + 1), (int)((float)(i + 1) / 1000 * 32768.0f));
    }
    /* The binary form has the same numbers behind its header. */
    assert_int_equal(m.rig.size[0], 24 + 400);
    for (int i = 0; i < 200; i++)
        assert_int_equal((int16_t)(m.rig.data[0][24 + 2 * i] | m.rig.data[0][25 + 2 * i] << 8), peak(&m, i));
    assert_memory_equal(m.rig.data[2], "RIFF", 4);
    assert_string_equal(m.result.products[2].mime, "image/webp");
    forget(&m);

    /* A run that has them already only measures. */
    memset(&m, 0, sizeof m);
    rig_open(&m.rig);
    m.rig.unwanted = 0xb;
    assert_int_equal(rl_job_wave(&m.rig.flow, fd, &spec, &m.result), 0);
    assert_int_equal(m.rig.count, 1);
    assert_int_equal(m.rig.out[0].index, 2);
    assert_int_equal(m.result.product_count, 4);
    forget(&m);
    free(s);
    close(fd);
}

static void trims_are_exact(void **state)
{
    (void)state;
    struct made m;
    float *s = clicks(400, 64);
    int fd = rig_wav(s, 400 * 64, 1, 32000, 4);
    struct rl_wave_spec spec = spec_of("wav", "pcm_f32le", (reel_ratio){ 1, 32000 });
    spec.samples_per_pixel = 64;
    spec.trim_start = spec.origin = 100 * 64 + 32; /* from a click on */
    spec.trim_end = 300 * 64 + 33;                 /* to the one that is in no whole pixel */
    assert_int_equal(run(&m, fd, &spec), 0);
    assert_int_equal(m.length, 201);
    for (int i = 0; i < 201; i++)
        assert_int_equal(peak(&m, 2 * i + 1), (int)((float)(101 + i) / 1000 * 32768.0f));
    assert_int_equal(m.result.products[0].duration, 400031); /* 12801 / 32000 s */
    forget(&m);
    free(s);
    close(fd);
}

static void channels_apart_or_mixed(void **state)
{
    (void)state;
    struct made m;
    float s[3 * 300];
    for (int i = 0; i < 300; i++) {
        s[3 * i] = 0.5f;
        s[3 * i + 1] = -0.25f;
        s[3 * i + 2] = 0.125f;
    }
    int fd = rig_wav(s, 300, 3, 8000, 7);
    struct rl_wave_spec spec = spec_of("wav", "pcm_f32le", (reel_ratio){ 1, 8000 });
    spec.bits = 8;
    spec.split = 1;
    assert_int_equal(run(&m, fd, &spec), 0);
    assert_int_equal(m.channels, 3);
    assert_int_equal(m.length, 2);
    static const int apart[] = { 64, 64, -32, -32, 16, 16 };
    for (int i = 0; i < 12; i++)
        assert_int_equal(peak(&m, i), apart[i % 6]);
    forget(&m);
    spec.split = 0;
    assert_int_equal(run(&m, fd, &spec), 0);
    assert_int_equal(m.channels, 1);
    assert_int_equal(peak(&m, 0), 16); /* 0.375 / 3 */
    forget(&m);
    close(fd);
}

/* EBU Tech 3341, case 1: a stereo sine of 1 kHz with peaks of -23 dBFS measures -23 LUFS; and what it says is in the file too. */
static void loudness_as_the_norm_says(void **state)
{
    (void)state;
    struct made m;
    size_t count = 48000 * 20;
    float *s = malloc(count * 2 * sizeof *s);
    for (size_t i = 0; i < count; i++)
        s[2 * i] = s[2 * i + 1] = (float)(pow(10, -23.0 / 20) * sin(TAU * 1000 * (double)i / 48000));
    int fd = rig_wav(s, count, 2, 48000, 3);
    struct rl_wave_spec spec = spec_of("wav", "pcm_f32le", (reel_ratio){ 1, 48000 });
    spec.waveform = 0;
    spec.loudness = 1;
    assert_int_equal(run(&m, fd, &spec), 0);
    assert_int_equal(m.result.product_count, 1);
    assert_true(fabs(m.result.loudness + 23) < 0.1);
    assert_true(fabs(m.result.true_peak + 23) < 0.2);
    assert_true(m.result.loudness_range < 0.1);
    json_t *root = json_loadb((const char *)m.rig.data[0], m.rig.size[0], 0, NULL);
    assert_non_null(root);
    assert_true(fabs(json_real_value(json_object_get(root, "integrated_lufs")) - m.result.loudness) < 0.006);
    assert_true(fabs(json_real_value(json_object_get(root, "true_peak_dbtp")) - m.result.true_peak) < 0.006);
    assert_true(json_is_real(json_object_get(root, "range_lu")));
    json_decref(root);
    forget(&m);
    close(fd);

    memset(s, 0, count * 2 * sizeof *s);
    fd = rig_wav(s, count, 2, 48000, 3);
    assert_int_equal(run(&m, fd, &spec), 0);
    static const char unknown[] = "{\"integrated_lufs\":null,\"range_lu\":null,\"true_peak_dbtp\":null}\n";
    assert_int_equal(m.rig.size[0], sizeof unknown - 1);
    assert_memory_equal(m.rig.data[0], unknown, sizeof unknown - 1);
    forget(&m);
    close(fd);
    free(s);
}

static void no_sound_is_no_failure(void **state)
{
    (void)state;
    struct made m;
    float s[1] = { 0 };
    int fd = rig_wav(s, 0, 1, 22050, 4);
    struct rl_wave_spec spec = spec_of("wav", "pcm_f32le", (reel_ratio){ 1, 22050 });
    spec.width = spec.height = 10;
    spec.loudness = 1;
    assert_int_equal(run(&m, fd, &spec), 0);
    assert_int_equal(m.length, 0);
    assert_int_equal(m.rate, 22050);
    assert_int_equal(m.result.product_count, 4);
    assert_string_equal(m.result.note, "no sound could be decoded");
    forget(&m);
    close(fd);
}

static void cancel_stops_it(void **state)
{
    (void)state;
    struct made m = { 0 };
    float *s = clicks(4000, 256);
    int fd = rig_wav(s, 4000 * 256, 1, 8000, 4);
    struct rl_wave_spec spec = spec_of("wav", "pcm_f32le", (reel_ratio){ 1, 8000 });
    rig_open(&m.rig);
    m.rig.cancel_after = 20;
    assert_int_equal(rl_job_wave(&m.rig.flow, fd, &spec, &m.result), REEL_ERR_CANCELLED);
    forget(&m);
    rig_open(&m.rig);
    m.rig.env.limits.duration = 60 * 1000000;
    assert_int_equal(rl_job_wave(&m.rig.flow, fd, &spec, &m.result), REEL_ERR_LIMIT_DURATION);
    forget(&m);
    free(s);
    close(fd);
}

/* The picture as another program sees it: so many bytes of RGBA. */
static size_t decode_picture(const uint8_t *data, size_t size, const char *name, uint8_t *rgba, size_t room)
{
    char path[96], command[256];
    snprintf(path, sizeof path, "/tmp/wave-%d-%s", (int)getpid(), name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    fclose(f);
    snprintf(command, sizeof command, "ffmpeg -v quiet -nostdin -i %s -f rawvideo -pix_fmt rgba -", path);
    f = popen(command, "r");
    size_t got = f ? fread(rgba, 1, room, f) : 0;
    if (f)
        pclose(f);
    unlink(path);
    return got;
}

/* Half the time silence, then full scale; read back by another program. */
static void picture_is_as_drawn(void **state)
{
    (void)state;
    enum { W = 60, H = 40 };
    static const struct { int32_t format; uint32_t background; const char *name, *mime, *magic; size_t at; } cases[] = {
        { RL_STILL_WEBP, 0x00000000, "waveform.webp", "image/webp", "WEBPVP8L", 8 },
        { RL_STILL_WEBP, 0x102030ff, "waveform.webp", "image/webp", "WEBPVP8L", 8 },
        { RL_STILL_AVIF, 0x102030ff, "waveform.avif", "image/avif", "ftypavif", 4 },
    };
    float *s = calloc(48000, sizeof *s);
    for (int i = 24000; i < 48000; i++)
        s[i] = i & 1 ? 1.0f : -1.0f;
    int fd = rig_wav(s, 48000, 1, 48000, 4);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made m;
        struct rl_wave_spec spec = spec_of("wav", "pcm_f32le", (reel_ratio){ 1, 48000 });
        spec.picture = cases[i].format;
        spec.width = W;
        spec.height = H;
        spec.colour = 0x3366ccff;
        spec.background = cases[i].background;
        if (!rl_writer_present(spec.picture))
            continue;
        assert_int_equal(run(&m, fd, &spec), 0);
        int place = product(&m, cases[i].name);
        assert_int_equal(place, 2);
        assert_string_equal(m.result.products[2].mime, cases[i].mime);
        assert_memory_equal(m.rig.data[2] + cases[i].at, cases[i].magic, 8);
        uint8_t rgba[W * H * 4 + 1], *ground = rgba + 4 * (2 * W + 10), *wave = rgba + 4 * (2 * W + 50);
        size_t got = decode_picture(m.rig.data[2], m.rig.size[2], cases[i].name, rgba, sizeof rgba);
        if (got > 0) {
            assert_int_equal(got, W * H * 4);
            assert_memory_equal(wave, "\x33\x66\xcc\xff", 4);
            if (cases[i].background & 0xff)
                assert_memory_equal(ground, "\x10\x20\x30\xff", 4);
            else
                assert_int_equal(ground[3], 0);
        }
        forget(&m);
    }
    free(s);
    close(fd);
}

static int open_made(const char *command, const char *path)
{
    char line[1024];
    snprintf(line, sizeof line, "ffmpeg -v error -y -nostdin %s %s", command, path);
    int fd = system(line) == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    unlink(path);
    return fd;
}

/* A sound that begins late and stops for a while: the peaks stand where it is heard. */
static void gaps_are_silence(void **state)
{
    (void)state;
    struct made m;
    char path[64];
    snprintf(path, sizeof path, "/tmp/wave-gaps-%d.mkv", (int)getpid());
    int fd = open_made("-f lavfi -i aevalsrc=0.5:s=48000:d=6 "
                       "-af \"aselect=not(between(t\\,2\\,3.5)),asetpts=PTS+1/TB\" -fflags +bitexact "
                       "-c:a pcm_s16le", path);
    if (fd < 0)
        skip();
    struct rl_wave_spec spec = spec_of("matroska", "pcm_s16le", (reel_ratio){ 1, 1000 });
    spec.samples_per_pixel = 480; /* 10 ms */
    assert_int_equal(run(&m, fd, &spec), 0);
    assert_in_range(m.length, 699, 701);
    for (int i = 0; i < 695; i++) {
        double t = i / 100.0;
        bool sound = (t > 1.03 && t < 2.95) || t > 4.6, silence = t < 0.97 || (t > 3.05 && t < 4.4);
        if (sound)
            assert_int_equal(peak(&m, 2 * i + 1), 16384);
        if (silence)
            assert_int_equal(peak(&m, 2 * i + 1), 0);
    }
    forget(&m);
    /* with its end and its beginning taken away */
    spec.origin = spec.trim_start = 1500;
    spec.trim_end = 5000;
    assert_int_equal(run(&m, fd, &spec), 0);
    assert_int_equal(m.length, 350);
    assert_int_equal(peak(&m, 1), 16384);
    assert_int_equal(peak(&m, 2 * 200 + 1), 0);
    assert_int_equal(peak(&m, 2 * 349 + 1), 16384);
    forget(&m);
    close(fd);
}

static void damage_is_counted(void **state)
{
    (void)state;
    struct made m;
    char path[64];
    snprintf(path, sizeof path, "/tmp/wave-damage-%d.m4a", (int)getpid());
    int fd = open_made("-f lavfi -i anoisesrc=r=44100:d=8:c=pink:a=0.4:seed=1 -c:a aac -movflags +faststart", path);
    if (fd < 0)
        skip();
    static uint8_t data[1 << 20];
    ssize_t size = read(fd, data, sizeof data);
    close(fd);
    assert_true(size > 20000 && size < (ssize_t)sizeof data);
    for (ssize_t i = size / 2; i < size / 2 + 3000; i++)
        data[i] = (uint8_t)(i * 37);
    fd = memfd_create("damaged", MFD_CLOEXEC);
    assert_int_equal(write(fd, data, (size_t)size * 3 / 4), size * 3 / 4);
    struct rl_wave_spec spec = spec_of("mov", "aac", (reel_ratio){ 1, 44100 });
    spec.loudness = 1;
    assert_int_equal(run(&m, fd, &spec), 0);
    assert_true(m.result.decode_errors > 0);
    assert_int_equal(m.result.truncated, 1);
    /* what is left is three quarters of it, in its place */
    assert_in_range(m.length * m.scale, 5 * 44100, 7 * 44100);
    assert_true(m.result.loudness < -5 && m.result.loudness > -40);
    forget(&m);
    close(fd);
}

/* Least and greatest of the mean of all channels, as the command line decodes them. */
static int16_t *oracle(const char *path, int stream, int channels, int scale, int64_t *length)
{
    char command[512];
    snprintf(command, sizeof command, "ffmpeg -v quiet -nostdin -i '%s' -map 0:%d -f f32le -", path, stream);
    FILE *f = popen(command, "r");
    int16_t *pairs = NULL;
    float *pixel = malloc((size_t)scale * (size_t)channels * sizeof *pixel);
    size_t got, n = 0;
    while (f && (got = fread(pixel, sizeof *pixel * (size_t)channels, (size_t)scale, f)) > 0) {
        float low = 9, high = -9;
        for (size_t i = 0; i < got; i++) {
            float sum = 0;
            for (int c = 0; c < channels; c++)
                sum += pixel[i * (size_t)channels + (size_t)c];
            low = fminf(low, sum / (float)channels);
            high = fmaxf(high, sum / (float)channels);
        }
        pairs = realloc(pairs, (n + 2) * sizeof *pairs);
        pairs[n++] = (int16_t)fmaxf(-32768, low * 32768);
        pairs[n++] = (int16_t)fminf(32767, high * 32768);
    }
    if (f)
        pclose(f);
    free(pixel);
    *length = (int64_t)n / 2;
    return pairs;
}

static void peaks_as_of_the_command_line(void **state)
{
    (void)state;
    static const char *const files[] = {
        "androidx/mp3_bear-id3.mp3", "androidx/mp4_bbb_2ch_44kHz.wav", "androidx/flac_bear.flac",
        "androidx/flac_bear_uncommon_sample_rate.flac", "androidx/mka_bear-alac.mka", "androidx/amr_sample_nb.amr",
        "androidx/mka_bear-flac-24bit.mka", "ietf-wg-cellar/subset_23_-_8_bit_per_sample.flac",
        "ietf-wg-cellar/subset_43_-_8_channels__7.1_.flac", "androidx/mp4_bbb_1ch_8kHz_aac_lc.m4a",
    };
    int tried = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[256];
        AVFormatContext *format = NULL;
        snprintf(path, sizeof path, "../shared/media/%s", files[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        if (avformat_open_input(&format, path, NULL, NULL) < 0 || avformat_find_stream_info(format, NULL) < 0)
            fail_msg("%s does not open", path);
        int stream = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
        const AVStream *st = format->streams[stream];
        int channels = st->codecpar->ch_layout.nb_channels, rate = st->codecpar->sample_rate, wrong = 0;
        struct rl_wave_spec spec = spec_of("", "", (reel_ratio){ st->time_base.num, st->time_base.den });
        spec.stream = stream;
        spec.origin = st->start_time == AV_NOPTS_VALUE ? 0 : st->start_time;
        avformat_close_input(&format);
        struct made m;
        int64_t length;
        int16_t *pairs = oracle(path, stream, channels, spec.samples_per_pixel, &length);
        if (length > 0) {
            assert_int_equal(run(&m, fd, &spec), 0);
            assert_int_equal(m.rate, rate);
            for (int64_t k = 0; k < 2 * length && k < 2 * m.length; k++)
                wrong += abs(peak(&m, k) - pairs[k]) > 1;
            if (m.length != length || wrong)
                fail_msg("%s: %lld pixels, expected %lld; %d peaks are wrong", files[i], (long long)m.length,
                         (long long)length, wrong);
            forget(&m);
            tried++;
        }
        free(pairs);
        close(fd);
    }
    if (!tried) {
        print_message("no files under ../shared/media, or no ffmpeg\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_named_and_whole), cmocka_unit_test(trims_are_exact),
        cmocka_unit_test(channels_apart_or_mixed),   cmocka_unit_test(loudness_as_the_norm_says),
        cmocka_unit_test(no_sound_is_no_failure),    cmocka_unit_test(cancel_stops_it),
        cmocka_unit_test(gaps_are_silence),          cmocka_unit_test(damage_is_counted),
        cmocka_unit_test(peaks_as_of_the_command_line), cmocka_unit_test(picture_is_as_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
