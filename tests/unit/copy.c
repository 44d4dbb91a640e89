/* Packets as they are: Opus sample-exact out of several containers, AV1 cut at keyframes. */
#include "sound_rig.h"

#include <libavformat/avformat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SAMPLES (48000 * 3 + 777)

/* 3 s of Opus made by the ffmpeg command; -1 where there is none. */
static int made(const char *extension)
{
    char folder[] = "/tmp/reel-copy-XXXXXX", path[64], command[320];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.%s", folder, extension);
    snprintf(command, sizeof command,
             "ffmpeg -v quiet -f lavfi -i sine=r=48000 -af atrim=end_sample=%d -c:a libopus -b:a 96k %s", SAMPLES,
             path);
    int fd = system(command) == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    unlink(path);
    rmdir(folder);
    return fd;
}

static void opus_is_exact(void **state)
{
    (void)state;
    static const struct { const char *extension, *format; reel_ratio time_base; int spare; } cases[] = {
        { "webm", "matroska", { 1, 1000 }, 0 },
        { "ogg", "ogg", { 1, 48000 }, 0 },
        { "mp4", "mov", { 1, 48000 }, 47 }, /* its edit list counts in ms */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r;
        struct rl_run_result result;
        struct rl_copy_spec spec = { .codec = "opus", .time_base = cases[i].time_base, .timescale = 48000 };
        strncpy(spec.format, cases[i].format, sizeof spec.format - 1);
        spec.every = spec.time_base.den;
        int fd = made(cases[i].extension);
        if (fd < 0)
            skip();
        rig_open(&r);
        int rc = rl_job_copy(&r.flow, fd, &spec, &result);
        if (rc)
            print_error("%s: %s\n", cases[i].extension, r.err.text);
        assert_int_equal(rc, 0);
        assert_int_equal(r.count, 4);
        assert_int_equal(result.chunks, 4);
        assert_int_equal(r.out[0].start, 0);
        int64_t got, at = 0;
        uint64_t samples = 0;
        for (uint32_t c = 0; c < r.count; c++) {
            assert_int_equal(r.out[c].start, at);
            at += r.out[c].duration;
            samples += r.out[c].samples;
        }
        assert_int_equal(samples, result.samples_out);
        assert_memory_equal(r.out[0].codec_private, "OpusHead", 8);
        float *back = rig_decode(&r, &got);
        assert_true(got >= SAMPLES - cases[i].spare && got <= SAMPLES);
        assert_int_equal(result.samples_out, got);
        free(back);
        /* Only the third is wanted: the same bytes. */
        struct rig part;
        rig_open(&part);
        part.unwanted = 0xb;
        assert_int_equal(rl_job_copy(&part.flow, fd, &spec, &result), 0);
        assert_int_equal(part.count, 1);
        assert_int_equal(part.out[0].index, 2);
        assert_int_equal(part.size[0], r.size[2]);
        assert_memory_equal(part.data[0], r.data[2], r.size[2]);
        assert_int_equal(result.samples_out, got);
        rig_close(&part);
        rig_close(&r);
        close(fd);
    }
}

static void av1_is_cut_at_keyframes(void **state)
{
    (void)state;
    static const struct { const char *path, *format; } files[] = {
        { "../shared/media/androidx/mkv_sample_av1.mkv", "matroska" },
        { "../shared/media/androidx/mp4_sample_with_av1c.mp4", "mov" },
        { "../shared/media/androidx/mp4_long_180p_av1.mp4", "mov" },
    };
    int tried = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        AVFormatContext *format = NULL;
        if (avformat_open_input(&format, files[i].path, NULL, NULL) < 0)
            continue;
        struct rig r;
        struct rl_run_result result;
        int stream = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
        AVStream *st = format->streams[stream];
        struct rl_copy_spec spec = { .codec = "av1", .stream = stream, .every = st->time_base.den,
                                     .time_base = { st->time_base.num, st->time_base.den },
                                     .timescale = (uint32_t)st->time_base.den, .frame_duration = 1 };
        strncpy(spec.format, files[i].format, sizeof spec.format - 1);
        uint64_t packets = 0;
        AVPacket *packet = av_packet_alloc();
        int64_t first = INT64_MAX;
        while (av_read_frame(format, packet) == 0) {
            if (packet->stream_index == stream) {
                packets++;
                first = packet->pts < first ? packet->pts : first;
            }
            av_packet_unref(packet);
        }
        av_packet_free(&packet);
        avformat_close_input(&format);
        spec.origin = first;

        int fd = open(files[i].path, O_RDONLY | O_CLOEXEC);
        rig_open(&r);
        int rc = rl_job_copy(&r.flow, fd, &spec, &result);
        if (rc)
            print_error("%s: %s\n", files[i].path, r.err.text);
        assert_int_equal(rc, 0);
        assert_int_equal(result.samples_out, packets);
        assert_int_equal(r.out[0].start, 0);
        for (uint32_t c = 0; c < r.count; c++) {
            struct rl_sample *samples;
            size_t n;
            assert_int_equal(rl_cmaf_read(&r.env, r.data[c], r.size[c], &samples, &n, &r.err), 0);
            assert_int_equal(n, r.out[c].samples);
            assert_true(samples[0].key);
            assert_int_equal(r.out[c].codec_private[0], 0x81);
            for (size_t k = 0; k < n; k++)
                assert_int_not_equal(samples[k].data[0] >> 3 & 15, 2); /* no temporal delimiter */
            if (c)
                assert_int_equal(r.out[c].start, r.out[c - 1].start + r.out[c - 1].duration);
            rl_free(&r.env, samples);
        }
        rig_close(&r);
        close(fd);
        tried++;
    }
    if (!tried)
        skip();
}

/* One keyframe and more bytes than a chunk may hold: cut where there is no keyframe, and nothing lost. */
static void av1_without_keyframes(void **state)
{
    (void)state;
    char folder[] = "/tmp/reel-copy-XXXXXX", path[64], command[320];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.mkv", folder);
    snprintf(command, sizeof command,
             "ffmpeg -v quiet -f lavfi -i color=gray:s=1280x720:r=25,noise=alls=100:allf=t -frames:v 24 "
             "-pix_fmt yuv420p -c:v libsvtav1 -preset 12 -crf 1 -g 9999 %s 2>/dev/null", path);
    int fd = system(command) == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    unlink(path);
    rmdir(folder);
    if (fd < 0)
        skip();
    struct rig r;
    struct rl_run_result result;
    const struct rl_copy_spec spec = { .codec = "av1", .format = "matroska", .every = 10000, .time_base = { 1, 1000 },
                                       .timescale = 1000, .frame_duration = 40 };
    rig_open(&r);
    assert_int_equal(rl_job_copy(&r.flow, fd, &spec, &result), 0);
    assert_int_equal(result.samples_out, 24);
    assert_true(r.count >= 2);
    for (uint32_t c = 0; c < r.count; c++) {
        assert_true(r.size[c] < 18 << 20);
        if (c)
            assert_int_equal(r.out[c].start, r.out[c - 1].start + r.out[c - 1].duration);
    }
    rig_close(&r);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opus_is_exact),
        cmocka_unit_test(av1_is_cut_at_keyframes),
        cmocka_unit_test(av1_without_keyframes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
