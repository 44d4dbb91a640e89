/* Single pictures out of videos: the right ones, from every kind of container, damaged or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "media/preview/field.h"
#include "media/preview/moments.h"
#include "media/preview/score.h"
#include "media/probe/probe.h"
#include "run_kit.h"

/* A clip made by ffmpeg, as an unnamed file. */
static int make_clip(const char *arguments, const char *suffix)
{
    char path[64], command[1024];

    snprintf(path, sizeof(path), "/tmp/reel-moments-%d.%s", (int)getpid(), suffix);
    snprintf(command, sizeof(command), "ffmpeg -v error -y %s %s", arguments, path);
    int fd = system(command) == 0 ? open(path, O_RDWR | O_CLOEXEC) : -1;
    unlink(path);
    if (fd < 0) {
        print_message("skipped: no ffmpeg for '%s'\n", arguments);
        skip();
    }
    return fd;
}

struct test {
    struct run_kit kit;
    struct rl_still_source source;
    struct rl_moments *moments;
    AVFrame *frame;
};

static void source_of(struct test *t, int fd)
{
    struct rl_facts f;

    assert_int_equal(run_probe(&t->kit, fd, 0, &f), 0);
    const struct rl_stream *s = run_video_stream(&f);
    assert_non_null(s);
    t->source = (struct rl_still_source){ .stream = s->index,
                                          .time_base = s->time_base,
                                          .time = REEL_NO_TIME,
                                          .origin = s->start == REEL_NO_TIME ? 0 : s->start,
                                          .candidates = 5 };
    t->source.duration = s->duration > 0 ? rl_rescale(s->duration, s->time_base, RL_US) : f.duration;
    snprintf(t->source.format, sizeof(t->source.format), "%s", f.format);
    snprintf(t->source.codec, sizeof(t->source.codec), "%s", s->codec);
    rl_shape_clear(&t->kit.env, &rl_facts_shape, &f);
    run_reset(&t->kit);
}

static void begin(struct test *t, int fd)
{
    memset(t, 0, sizeof(*t));
    run_begin(&t->kit);
    av_log_set_level(AV_LOG_QUIET);
    source_of(t, fd);
    t->frame = av_frame_alloc();
    assert_int_equal(rl_moments_open(&t->moments, &t->kit.flow, fd, &t->source), 0);
}

static void end(struct test *t, int fd)
{
    rl_moments_close(&t->moments);
    av_frame_free(&t->frame);
    run_end(&t->kit);
    close(fd);
}

static int at(struct test *t, double seconds, bool exact)
{
    av_frame_unref(t->frame);
    return rl_moments_at(t->moments, (int64_t)(seconds * 1e6), exact, t->frame);
}

/* 25 frames a second, a keyframe each second. */
#define TEN_SECONDS "-f lavfi -i testsrc=r=25:d=10:s=192x144 -pix_fmt yuv420p -g 25 -keyint_min 25 -sc_threshold 0 "

static void test_keyframes_by_time(void **state)
{
    int fd = make_clip(TEN_SECONDS "-c:v libx264 -bf 2", "mp4");
    struct test t;

    (void)state;
    begin(&t, fd);
    assert_int_equal(at(&t, 3.5, false), 0);
    assert_int_equal(t.frame->pts, 3000000);
    assert_int_equal(at(&t, 3.9, false), REEL_PENDING);
    assert_int_equal(at(&t, 4.0, false), 0);
    assert_int_equal(t.frame->pts, 4000000);
    assert_int_equal(rl_moments_decoded(t.moments), 2);
    assert_int_equal(at(&t, 3.5, true), 0);
    assert_int_equal(t.frame->pts, 3480000);
    for (int i = 1; i <= 30; i++) {
        assert_int_equal(rl_moments_next(t.moments, t.frame), 0);
        assert_int_equal(t.frame->pts, 3480000 + i * 40000);
    }
    assert_int_equal(at(&t, 8, false), 0);
    for (int i = 1; i < 50; i++) {
        assert_int_equal(rl_moments_next(t.moments, t.frame), 0);
        assert_int_equal(t.frame->pts, 8000000 + i * 40000);
    }
    assert_int_equal(rl_moments_next(t.moments, t.frame), REEL_END);
    assert_int_equal(t.kit.err.code, 0);
    end(&t, fd);
}

/* With an index, with timestamps only, with neither. */
static void test_containers(void **state)
{
    static const struct {
        const char *how, *suffix;
    } cases[] = {
        { TEN_SECONDS "-c:v libx264", "mkv" },
        { TEN_SECONDS "-c:v libx264 -movflags frag_keyframe+empty_moov", "mp4" },
        { TEN_SECONDS "-c:v libx264 -movflags +frag_keyframe+empty_moov+default_base_moof -flush_packets 1", "mov" },
        { TEN_SECONDS "-c:v libx264 -f mpegts", "ts" },
        { TEN_SECONDS "-c:v mpeg4 -b:v 500k", "avi" },
        { TEN_SECONDS "-c:v mpeg2video -bf 2 -b:v 800k -f vob", "mpg" },
        { TEN_SECONDS "-c:v flv1 -b:v 500k", "flv" },
        { TEN_SECONDS "-c:v libtheora -b:v 500k", "ogv" },
        { TEN_SECONDS "-c:v libvpx -b:v 500k -live 1 -f webm", "webm" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int fd = make_clip(cases[i].how, cases[i].suffix);
        struct test t;
        begin(&t, fd);
        for (int s = 1; s < 10; s += 2) {
            if (at(&t, s + 0.5, false) != 0)
                fail_msg("%s: no picture at %d s", cases[i].how, s);
            if (t.frame->pts < s * 1000000 - 500000 || t.frame->pts > s * 1000000 + 600000)
                fail_msg("%s: %lld is not at %d s", cases[i].how, (long long)t.frame->pts, s);
            if (at(&t, s + 0.5, true) != 0)
                fail_msg("%s: no frame at %d s", cases[i].how, s);
            if (llabs(t.frame->pts - s * 1000000 - 500000) > 40000)
                fail_msg("%s: %lld is not at %d.5 s", cases[i].how, (long long)t.frame->pts, s);
        }
        assert_int_equal(t.kit.err.code, 0);
        end(&t, fd);
    }
}

/* No length in the header, none told, no index: walked through in order, to an end. */
static void test_unknown_length(void **state)
{
    int fd = make_clip(TEN_SECONDS "-c:v libvpx -b:v 500k -live 1 -f webm", "webm"), count = 1, rc;
    struct test t;

    (void)state;
    begin(&t, fd);
    rl_moments_close(&t.moments);
    t.source.duration = REEL_NO_TIME;
    assert_int_equal(rl_moments_open(&t.moments, &t.kit.flow, fd, &t.source), 0);
    assert_int_equal(at(&t, 0, false), 0);
    while ((rc = rl_moments_after(t.moments, count * 1000000, t.frame)) == 0) {
        assert_int_equal(t.frame->pts, count * 1000000);
        assert_true(++count < 20);
    }
    assert_int_equal(rc, REEL_END);
    assert_int_equal(count, 10);
    assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
    end(&t, fd);
}

static void test_black_start(void **state)
{
    /* four seconds of black, then a picture */
    int fd = make_clip("-f lavfi -i color=black:r=25:d=4:s=192x144 -f lavfi -i testsrc2=r=25:d=3:s=192x144 "
                       "-filter_complex [0][1]concat -pix_fmt yuv420p -g 25 -keyint_min 25 -c:v libx264",
                       "mp4");
    struct test t;

    (void)state;
    begin(&t, fd);
    assert_int_equal(at(&t, 0, false), 0);
    assert_true(rl_score(t.frame, false) == 0);
    av_frame_unref(t.frame);
    assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
    assert_true(t.frame->pts >= 4000000);
    assert_true(rl_score(t.frame, false) > 0.4);
    end(&t, fd);

    /* one keyframe, and that is black */
    fd = make_clip("-f lavfi -i color=black:r=25:d=1:s=192x144 -f lavfi -i testsrc2=r=25:d=3:s=192x144 "
                   "-filter_complex [0][1]concat -pix_fmt yuv420p -g 1000 -sc_threshold 0 -c:v libx264",
                   "mp4");
    begin(&t, fd);
    assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
    assert_true(t.frame->pts >= 1000000);
    assert_true(rl_score(t.frame, false) > 0.4);
    end(&t, fd);
}

static void test_all_black_is_given(void **state)
{
    int fd = make_clip("-f lavfi -i color=black:r=25:d=2:s=192x144 -pix_fmt yuv420p -c:v libx264", "mp4");
    struct test t;

    (void)state;
    begin(&t, fd);
    assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
    assert_int_equal(t.frame->width, 192);
    end(&t, fd);
}

static void test_short_clips(void **state)
{
    static const char *const lengths[] = { "-frames:v 1", "-frames:v 2", "-t 0.4" };
    static const char *const suffixes[] = { "mp4", "mkv", "ts", "avi" };

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 4; k++) {
            char how[200];
            snprintf(how, sizeof(how), TEN_SECONDS "%s -c:v %s", lengths[i], k == 3 ? "mpeg4" : "libx264");
            int fd = make_clip(how, suffixes[k]);
            struct test t;
            begin(&t, fd);
            assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
            if (at(&t, 100, false) != 0 || at(&t, 100, false) != REEL_PENDING || at(&t, 100, true) != 0)
                fail_msg("%s to %s: the last keyframe is not found from behind it", how, suffixes[k]);
            end(&t, fd);
        }
}

static void test_several(void **state)
{
    int fd = make_clip(TEN_SECONDS "-c:v libx264", "mp4");
    AVFrame *frames[4];
    struct test t;

    (void)state;
    begin(&t, fd);
    for (int i = 0; i < 4; i++)
        frames[i] = av_frame_alloc();
    assert_int_equal(rl_moments_best(t.moments, 12, frames, 4), 4);
    for (int i = 1; i < 4; i++)
        assert_true(frames[i]->pts >= frames[i - 1]->pts + 1000000);
    for (int i = 0; i < 4; i++)
        av_frame_free(&frames[i]);
    end(&t, fd);
}

/* What is chosen does not depend on how many decode. */
static void test_threads(void **state)
{
    static const char *const files[] = { "bbb480.mp4", "imageio/cockatoo.mp4", "androidx/mp4_mv_with_2_top_shots.mp4" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char path[200];
        struct test t;
        int64_t time[2];
        uint32_t sum[2];
        snprintf(path, sizeof(path), "../shared/media/%s", files[i]);
        for (int k = 0; k < 2; k++) {
            int fd = open(path, O_RDONLY | O_CLOEXEC);
            if (fd < 0)
                skip();
            begin(&t, fd);
            rl_moments_threads(t.moments, k + 1);
            assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
            time[k] = t.frame->pts;
            sum[k] = sum_of(t.frame);
            end(&t, fd);
        }
        assert_int_equal(time[0], time[1]);
        assert_int_equal(sum[0], sum[1]);
    }
}

/* The picture of a damaged keyframe is not given while there is a sound one behind it. */
static void test_broken_keyframe(void **state)
{
    int fd = make_clip(TEN_SECONDS "-c:v libx264", "mp4");
    struct rl_source *source = NULL;
    AVPacket *packet = av_packet_alloc();
    char noise[400];
    struct test t;

    (void)state;
    for (unsigned i = 0, v = 1; i < sizeof(noise); i++, v = v * 1103515245 + 12345)
        noise[i] = (char)(v >> 16);
    begin(&t, fd);
    assert_int_equal(rl_source_open(&source, &t.kit.flow, fd, "mov"), 0);
    assert_int_equal(rl_source_select(source, 0, ""), 0);
    assert_int_equal(rl_source_seek(source, rl_rescale(3000000, RL_US, t.source.time_base)), 0);
    assert_int_equal(rl_source_read(source, packet), 0);
    assert_true(packet->flags & AV_PKT_FLAG_KEY && packet->size > 500);
    assert_int_equal(pwrite(fd, noise, sizeof(noise), packet->pos + 5), (ssize_t)sizeof(noise));
    av_packet_free(&packet);
    rl_source_close(&source);
    rl_moments_close(&t.moments);
    assert_int_equal(rl_moments_open(&t.moments, &t.kit.flow, fd, &t.source), 0);
    assert_int_equal(at(&t, 3.5, false), 0);
    assert_int_equal(t.frame->pts, 4000000);
    assert_true(rl_moments_damage(t.moments) > 0);
    assert_int_equal(at(&t, 4.5, false), REEL_PENDING);
    end(&t, fd);
}

/* A file whose end is missing gives what is there. */
static void test_cut_short(void **state)
{
    int fd = make_clip(TEN_SECONDS "-c:v libx264 -movflags +faststart", "mp4");
    struct test t;

    (void)state;
    off_t size = lseek(fd, 0, SEEK_END);
    assert_int_equal(ftruncate(fd, size / 2), 0);
    begin(&t, fd);
    assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
    end(&t, fd);
}

/* The shown part begins between two keyframes: what lies before it is not given. */
static void test_edit_list(void **state)
{
    int whole = make_clip("-f lavfi -i testsrc=r=25:d=4:s=192x144 -pix_fmt yuv420p -g 1000 -c:v libx264", "mp4");
    char how[128];
    struct test t;

    (void)state;
    snprintf(how, sizeof(how), "-ss 1.5 -i /proc/%d/fd/%d -c copy", (int)getpid(), whole);
    int fd = make_clip(how, "mp4");
    close(whole);
    begin(&t, fd);
    assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
    assert_true(t.frame->pts >= 0);
    assert_int_equal(at(&t, 1, true), 0);
    assert_int_equal(t.frame->pts, 1000000);
    end(&t, fd);
}

static void test_fields(void **state)
{
    int fd = make_clip(
        "-f lavfi -i testsrc2=r=50:d=4:s=720x576 -vf tinterlace=interleave_top,fieldorder=tff -pix_fmt yuv420p "
        "-g 12 -c:v mpeg2video -flags +ildct+ilme -b:v 6M",
        "mpg");
    struct test t;

    (void)state;
    begin(&t, fd);
    assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), 1);
    assert_false(rl_probe_combed(t.frame));
    assert_int_equal(t.frame->height, 576);
    end(&t, fd);
}

static void test_one_field(void **state)
{
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_NV12,
                                                  AV_PIX_FMT_YUYV422 };

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        AVFrame *f = av_frame_alloc();
        f->format = formats[i];
        f->width = 37;
        f->height = 21;
        assert_int_equal(av_frame_get_buffer(f, 0), 0);
        for (int y = 0; y < f->height; y++)
            memset(f->data[0] + y * f->linesize[0], y & 1 ? 0xff : 1,
                   (size_t)av_image_get_linesize(f->format, f->width, 0));
        for (int p = 1; p < 4 && f->data[p]; p++)
            for (int y = 0; y < (i == 1 ? 21 : 11); y++)
                memset(f->data[p] + y * f->linesize[p], y & 1 ? 0xff : 1,
                       (size_t)av_image_get_linesize(f->format, f->width, p));
        assert_int_equal(rl_field_only(f), 0);
        for (int p = 0; p < 4 && f->data[p]; p++)
            for (int y = 0; y < (p && i != 1 ? 11 : 21); y++)
                for (int x = 0; x < av_image_get_linesize(f->format, f->width, p); x++)
                    assert_int_equal(f->data[p][y * f->linesize[p] + x], 1);
        av_frame_free(&f);
    }
    AVFrame none = { .format = AV_PIX_FMT_MONOBLACK };
    assert_int_equal(rl_field_only(&none), REEL_ERR_UNSUPPORTED);
}

/* Black, blank and blurred are worse than what is to be seen; the same picture has the same score in any pixel format. */
static void test_scores(void **state)
{
    static const char *const pictures[] = { "color=black", "color=gray", "smptebars,gblur=40", "testsrc2" };
    static const char *const formats[] = { "yuv420p", "yuv444p10le", "gbrp", "rgb24", "nv12", "rgb565le" };
    double score[4][6];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 6; k++) {
            char how[200];
            AVFrame *f = av_frame_alloc();
            f->format = av_get_pix_fmt(formats[k]);
            f->width = 320;
            f->height = 240;
            assert_int_equal(av_frame_get_buffer(f, 1), 0);
            int size = av_image_get_buffer_size(f->format, 320, 240, 1);
            uint8_t *raw = malloc((size_t)size);
            snprintf(how, sizeof(how), "-f lavfi -i %s%ss=320x240:r=1 -frames:v 1 -pix_fmt %s -f rawvideo", pictures[i],
                     i == 2                     ? ""
                     : strchr(pictures[i], '=') ? ":"
                                                : "=",
                     formats[k]);
            if (i == 2)
                snprintf(how, sizeof(how),
                         "-f lavfi -i smptebars=s=320x240:r=1,gblur=40 -frames:v 1 -pix_fmt %s -f rawvideo",
                         formats[k]);
            int fd = make_clip(how, "raw");
            assert_int_equal(read(fd, raw, (size_t)size), size);
            close(fd);
            uint8_t *planes[4];
            int lines[4];
            av_image_fill_arrays(planes, lines, raw, f->format, 320, 240, 1);
            av_image_copy(f->data, f->linesize, (const uint8_t **)(void *)planes, lines, f->format, 320, 240);
            score[i][k] = rl_score(f, false);
            free(raw);
            av_frame_free(&f);
        }
    for (size_t k = 0; k < 6; k++) {
        assert_true(score[0][k] == 0);
        assert_true(score[1][k] < 0.01);
        assert_true(score[2][k] < score[3][k] * 0.8);
        assert_true(score[3][k] > 0.6 && score[3][k] <= 1);
        assert_true(score[3][k] > score[3][0] - 0.1 && score[3][k] < score[3][0] + 0.1);
    }
}

static void test_cancel(void **state)
{
    int fd = make_clip(TEN_SECONDS "-c:v libx264", "mp4");
    struct test t;

    (void)state;
    begin(&t, fd);
    t.kit.cancel_after = 0;
    assert_int_equal(rl_moments_best(t.moments, 5, &t.frame, 1), REEL_ERR_CANCELLED);
    assert_int_equal(t.kit.err.code, REEL_ERR_CANCELLED);
    end(&t, fd);
}

static void test_nothing_decodes(void **state)
{
    int fd = make_clip(TEN_SECONDS "-c:v libx264", "mp4");
    char *noise = calloc(1, 1 << 16);
    struct test t;

    (void)state;
    begin(&t, fd);
    for (off_t at_byte = 64; at_byte < 200000; at_byte += 1 << 16) /* media comes first, tables behind it */
        if (lseek(fd, 0, SEEK_END) - at_byte > (1 << 16) + 8000)
            assert_int_equal(pwrite(fd, noise, 1 << 16, at_byte), 1 << 16);
    int rc = rl_moments_best(t.moments, 5, &t.frame, 1);
    assert_true(rc == 1 || rc == REEL_ERR_INVALID_DATA);
    if (rc < 0)
        assert_string_not_equal(t.kit.err.text, "");
    free(noise);
    end(&t, fd);
}

/* Every video there is: a picture, or an error with a text. */
static void test_every_file(void **state)
{
    FILE *index = fopen("../shared/media/index.tsv", "r");
    char line[4096];
    int files = 0, given = 0;

    (void)state;
    if (!index)
        skip();
    while (fgets(line, sizeof(line), index)) {
        char path[4200];
        struct run_kit k;
        struct rl_facts f;
        line[strcspn(line, "\t\n")] = 0;
        snprintf(path, sizeof(path), "../shared/media/%s", line);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        run_begin(&k);
        av_log_set_level(AV_LOG_QUIET);
        int rc = run_probe(&k, fd, 0, &f);
        const struct rl_stream *s = rc == 0 ? run_video_stream(&f) : NULL;
        if (s && s->dv_profile != 5) {
            struct test t = { .kit = k };
            t.kit.flow = (struct rl_flow){ &t.kit.env, &t.kit.host, &t.kit.err, &t.kit.engine };
            t.kit.host.user = &t.kit;
            t.frame = av_frame_alloc();
            source_of(&t, fd);
            rc = rl_moments_open(&t.moments, &t.kit.flow, fd, &t.source);
            if (rc == 0)
                rc = rl_moments_best(t.moments, 5, &t.frame, 1);
            if (rc < 0 && (!t.kit.err.text[0] || t.kit.err.code != rc))
                fail_msg("%s: %d without a text", path, rc);
            given += rc == 1;
            files++;
            rl_moments_close(&t.moments);
            av_frame_free(&t.frame);
        }
        rl_shape_clear(&k.env, &rl_facts_shape, &f);
        run_end(&k);
        close(fd);
    }
    fclose(index);
    print_message("%d of %d files have a picture\n", given, files);
    assert_true(given >= files * 95 / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyframes_by_time),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_unknown_length),
        cmocka_unit_test(test_black_start),
        cmocka_unit_test(test_all_black_is_given),
        cmocka_unit_test(test_short_clips),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_broken_keyframe),
        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_edit_list),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_one_field),
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_nothing_decodes),
        cmocka_unit_test(test_every_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
