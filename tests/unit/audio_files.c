/* Sound jobs on real files: the number of samples against the ffmpeg command line's. */
#include "sound_rig.h"

#include <libavformat/avformat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char *const files[] = {
    "androidx/mp3_bear-id3.mp3", "androidx/mp3_bear-vbr-xing-header.mp3", "androidx/mp4_bbb_2ch_44kHz.wav",
    "androidx/flac_bear.flac", "androidx/flac_bear_uncommon_sample_rate.flac", "androidx/mp4_bbb_1ch_8kHz_aac_lc.m4a",
    "androidx/mp4_bbb_1ch_16kHz_q10_vorbis.ogg", "androidx/mka_opus-5.1.mka", "androidx/mka_bear-flac-24bit.mka",
    "androidx/mka_bear-alac.mka", "androidx/amr_sample_nb.amr", "androidx/mp4_sample_audio_only.mp4",
    "androidx/mp4_sample_eac3.mp4", "ietf-wg-cellar/subset_20_-_samplerate_39kHz.flac",
    "ietf-wg-cellar/subset_23_-_8_bit_per_sample.flac", "ietf-wg-cellar/subset_40_-_5_channels__5.0_.flac",
    "ietf-wg-cellar/subset_42_-_7_channels__6.1_.flac", "ietf-wg-cellar/subset_43_-_8_channels__7.1_.flac",
    "ietf-wg-cellar/uncommon_08_-_blocksize_65535.flac",
};

/* Samples at 48 kHz by the ffmpeg command; -1 without it. */
static int64_t oracle(const char *path, int stream)
{
    char command[512];
    long long bytes = -1;
    snprintf(command, sizeof command, "ffmpeg -v quiet -i '%s' -map 0:%d -ac 1 -ar 48000 -f s16le - | wc -c", path,
             stream);
    FILE *f = popen(command, "r");
    if (f && fscanf(f, "%lld", &bytes) != 1)
        bytes = -1;
    if (f)
        pclose(f);
    return bytes > 0 ? bytes / 2 : -1;
}

static void counts_like_the_command_line(void **state)
{
    (void)state;
    int tried = 0, wrong = 0;
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
        int channels = st->codecpar->ch_layout.nb_channels;
        struct rl_audio_spec spec = rig_spec("", "", (reel_ratio){ st->time_base.num, st->time_base.den },
                                             channels > 8 ? 8 : channels);
        spec.stream = stream;
        spec.origin = st->start_time == AV_NOPTS_VALUE ? 0 : st->start_time;
        spec.complexity = 0;
        spec.segment_packets = 500;
        avformat_close_input(&format);
        struct rig r;
        struct rl_run_result result;
        rig_open(&r);
        int rc = rl_job_audio(&r.flow, fd, &spec, &result);
        int64_t expected = oracle(path, stream), got = 0;
        float *back = r.count ? rig_decode(&r, &got) : NULL;
        free(back);
        int64_t own = got - (int64_t)result.filled; /* the command line leaves gaps out */
        if (expected >= 0 &&
            (rc != 0 || got != (int64_t)result.samples_out || own < expected - 1 || own > expected + 1)) {
            print_error("%s: %lld samples, expected %lld; filled %llu, code %d %s\n", files[i], (long long)got,
                        (long long)expected, (unsigned long long)result.filled, rc, r.err.text);
            wrong++;
        }
        rig_close(&r);
        close(fd);
        tried++;
    }
    if (!tried)
        skip();
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_like_the_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
