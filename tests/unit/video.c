/* The video path without encoders: every frame, once, in order, however a stream is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/filter/chain.h"
#include "media/filter/graph.h"
#include "run_kit.h"

static int open_media(const char *name)
{
    char path[1024];

    snprintf(path, sizeof(path), "../shared/media/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        print_message("skipped: no %s\n", name);
        skip();
    }
    return fd;
}

struct scene {
    struct run_kit kit;
    struct rl_facts facts;
    const struct rl_stream *stream;
    struct rl_cut cuts[2];
    struct rl_video_spec spec;
    struct rl_run_result result;
    int fd;
};

static void begin(struct scene *s, const char *name)
{
    s->fd = open_media(name);
    run_begin(&s->kit);
    av_log_set_level(AV_LOG_QUIET);
    assert_int_equal(run_probe(&s->kit, s->fd, 0, &s->facts), 0);
    s->stream = run_video_stream(&s->facts);
    assert_non_null(s->stream);
    s->spec = run_spec(&s->facts, s->stream, s->cuts);
}

static void end(struct scene *s)
{
    rl_shape_clear(&s->kit.env, &rl_facts_shape, &s->facts);
    run_end(&s->kit);
    close(s->fd);
}

/* Runs of `step` segments each give what one run gives. */
static void check_partition(const char *name, uint32_t step)
{
    struct scene s = { 0 };
    uint64_t in = 0;

    begin(&s, name);
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), 0);
    size_t count = s.kit.count;
    struct seen_frame *whole = s.kit.frames;
    assert_true(count > 0);
    assert_int_equal(s.result.samples_in, count);
    s.kit.frames = NULL;
    s.kit.count = s.kit.capacity = 0;

    uint32_t keys = s.stream->key_count, index = 0;
    assert_true(s.stream->keys_trusted && keys > 1);
    struct rl_cut *cuts = calloc(step + 1, sizeof(*cuts));
    s.spec.cuts = cuts;
    for (uint32_t from = 0; from < keys; from += step) {
        uint32_t n = 0;
        for (uint32_t k = from; k <= from + step && k <= keys; k++)
            cuts[n++] = k == 0 || k == keys ? (struct rl_cut){ REEL_NO_TIME, 0 }
                                            : (struct rl_cut){ s.stream->keys[k].ts, 1 };
        s.spec.cut_count = n;
        s.spec.first_index = index;
        assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), 0);
        assert_int_equal(s.result.chunks, n - 1);
        index += n - 1;
        in += s.result.samples_in;
    }
    assert_int_equal(s.kit.count, count);
    assert_int_equal(in, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(s.kit.frames[i].pts, whole[i].pts);
        assert_int_equal(s.kit.frames[i].sum, whole[i].sum);
        assert_true(i == 0 || whole[i].pts > whole[i - 1].pts);
    }
    free(cuts);
    free(whole);
    end(&s);
}

static void test_runs_partition(void **state)
{
    (void)state;
    check_partition("bbb480.mp4", 1);
    check_partition("bbb480.mp4", 2);
}

static void test_open_gop_and_edit_list(void **state)
{
    (void)state;
    check_partition("androidx/mp4_iibbibb_editlist_videoonly.mp4", 1);
}

/* The encoder's version stands in the first picture only, and 4:4:4 cannot be decoded right without. */
static void test_later_runs_know_the_encoder(void **state)
{
    (void)state;
    check_partition("imageio/cockatoo.mp4", 1);
}

static void test_segments_end_where_the_next_begins(void **state)
{
    struct scene s = { 0 };

    (void)state;
    begin(&s, "bbb480.mp4");
    s.spec.every = 5 * 12288;
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), 0);
    assert_int_equal(s.kit.count, 720);
    assert_int_equal(s.result.chunks, 6);
    assert_int_equal(s.result.first, 0);
    assert_int_equal(s.result.end, 368640);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(s.kit.ends[i], (i + 1) * 5 * 12288);
    for (size_t i = 0; i < s.kit.count; i++)
        assert_int_equal(s.kit.frames[i].index, s.kit.frames[i].pts / (5 * 12288));
    end(&s);
}

static void test_trim(void **state)
{
    struct scene s = { 0 };

    (void)state;
    begin(&s, "bbb480.mp4");
    s.spec.trim_start = 12288;
    s.spec.trim_end = 3 * 12288;
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), 0);
    assert_int_equal(s.kit.count, 48);
    assert_int_equal(s.result.first, 12288);
    assert_int_equal(s.result.end, 3 * 12288);
    assert_int_equal(s.result.truncated, 0);
    end(&s);
}

static bool not_second(uint32_t index)
{
    return index != 1;
}

static bool none(uint32_t index)
{
    (void)index;
    return false;
}

static void test_unwanted_segments_are_counted_only(void **state)
{
    struct scene s = { 0 };

    (void)state;
    begin(&s, "bbb480.mp4");
    s.spec.every = 10 * 12288;
    s.kit.is_wanted = not_second;
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), 0);
    assert_int_equal(s.kit.count, 480);
    assert_int_equal(s.result.chunks, 3);
    assert_int_equal(s.result.samples_in, 720);
    assert_int_equal(s.result.samples_out, 720);

    run_reset(&s.kit);
    s.spec.every = 0;
    s.kit.is_wanted = none;
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), 0);
    assert_int_equal(s.kit.count, 0);
    assert_int_equal(s.result.chunks, 1);
    end(&s);
}

static void test_cancel(void **state)
{
    struct scene s = { 0 };

    (void)state;
    begin(&s, "bbb480.mp4");
    s.kit.cancel_after = 40;
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), REEL_ERR_CANCELLED);
    assert_int_equal(s.kit.err.code, REEL_ERR_CANCELLED);
    assert_true(s.kit.count < 720);
    end(&s);
}

static void test_limits(void **state)
{
    struct scene s = { 0 };

    (void)state;
    begin(&s, "bbb480.mp4");
    s.kit.env.limits.frames = 100;
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), REEL_ERR_LIMIT_FRAMES);
    assert_int_equal(s.kit.count, 100);
    run_reset(&s.kit);
    s.kit.env.limits.frames = 1000;
    s.kit.env.limits.pixels = 854 * 480 - 1;
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), REEL_ERR_LIMIT_PIXELS);
    end(&s);
}

static void test_other_stream_is_refused(void **state)
{
    struct scene s = { 0 };

    (void)state;
    begin(&s, "bbb480.mp4");
    snprintf(s.spec.codec, sizeof(s.spec.codec), "hevc");
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), REEL_ERR_CHANGED);
    run_reset(&s.kit);
    snprintf(s.spec.codec, sizeof(s.spec.codec), "h264");
    s.spec.cuts = (struct rl_cut[]){ { 5, 1 }, { REEL_NO_TIME, 0 } }; /* no key there */
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), REEL_ERR_INVALID_DATA);
    end(&s);
}

/* Each thing a picture spec can ask for: size, format and colour come out as it says. */
static void check_picture(struct scene *s, size_t frames)
{
    const struct rl_picture_spec *p = &s->spec.picture;

    run_reset(&s->kit);
    assert_int_equal(run_video(&s->kit, s->fd, &s->spec, &s->result), 0);
    assert_int_equal(s->kit.count, frames);
    assert_int_equal(s->kit.width, p->pad_width ? p->pad_width : p->width);
    assert_int_equal(s->kit.height, p->pad_width ? p->pad_height : p->height);
    assert_string_equal(av_get_pix_fmt_name(s->kit.format), p->pixel_format);
    assert_memory_equal(&s->kit.colour, &p->colour, sizeof(p->colour));
}

static void test_pictures(void **state)
{
    struct scene s = { 0 };

    (void)state;
    begin(&s, "bbb480.mp4");
    s.spec.trim_end = 12288;
    struct rl_picture_spec plain = s.spec.picture;
    check_picture(&s, 24);

    s.spec.picture.rotation = 90;
    s.spec.picture.mirrored = 1;
    s.spec.picture.width = 480;
    s.spec.picture.height = 854;
    check_picture(&s, 24);

    s.spec.picture = plain;
    s.spec.picture.deinterlace = RL_DEINT_ALL;
    s.spec.picture.crop_x = 54;
    s.spec.picture.crop_width = 800;
    s.spec.picture.crop_height = 480;
    s.spec.picture.width = 319;
    s.spec.picture.height = 241;
    s.spec.picture.denoise = 3.5;
    snprintf(s.spec.picture.pixel_format, sizeof(plain.pixel_format), "yuv420p10le");
    check_picture(&s, 24);

    s.spec.picture = plain;
    s.spec.picture.pad_width = 900;
    s.spec.picture.pad_height = 500;
    s.spec.picture.colour.matrix = 6;
    s.spec.picture.frame_rate_cap = (reel_ratio){ 12, 1 };
    check_picture(&s, 12);
    assert_int_equal(s.result.dropped, 12);
    assert_int_equal(s.result.samples_in, 24);

    s.spec.picture = plain;
    snprintf(s.spec.picture.expert, sizeof(plain.expert), "no_such_filter");
    run_reset(&s.kit);
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), REEL_ERR_FILTER);
    end(&s);
}

static void test_tone_mapping(void **state)
{
    struct scene s = { 0 };

    (void)state;
    begin(&s, "androidx/mp4_sample_edit_list.mp4");
    assert_int_equal(s.stream->colour.transfer, 18);
    s.spec.picture.tonemap = 1;
    s.spec.picture.colour = (struct rl_colour){ 1, 1, 1, 0, 1 };
    snprintf(s.spec.picture.pixel_format, sizeof(s.spec.picture.pixel_format), "yuv420p");
    s.spec.trim_end = s.stream->start + (int64_t)s.spec.time_base.den / 5;
    assert_int_equal(run_video(&s.kit, s.fd, &s.spec, &s.result), 0);
    size_t frames = s.kit.count;
    assert_true(frames > 0);
    check_picture(&s, frames);
    end(&s);
}

static bool not_hqdn3d(const char *name) { return strcmp(name, "hqdn3d") != 0; }
static bool not_zscale(const char *name) { return strcmp(name, "zscale") != 0; }
static bool not_tonemap(const char *name) { return strcmp(name, "tonemap") != 0; }

/* What an LGPL build of FFmpeg, or one without zimg, does not have. */
static void test_missing_filters_are_named(void **state)
{
    struct rl_picture_spec plain = { 0 }, denoise = { .denoise = 1 }, tonemap = { .tonemap = 1 };
    const char *what = NULL;

    (void)state;
    assert_null(rl_picture_lacks(&plain, not_hqdn3d, &what));
    assert_null(rl_picture_lacks(&tonemap, not_hqdn3d, &what));
    assert_null(rl_picture_lacks(&denoise, not_zscale, &what));
    assert_string_equal(rl_picture_lacks(&denoise, not_hqdn3d, &what), "hqdn3d");
    assert_string_equal(what, "noise reduction");
    assert_string_equal(rl_picture_lacks(&tonemap, not_zscale, &what), "zscale");
    assert_string_equal(rl_picture_lacks(&tonemap, not_tonemap, &what), "tonemap");
    assert_string_equal(what, "tone mapping");
    assert_true(rl_filter_present("scale"));
    assert_false(rl_filter_present("no_such_filter"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_partition),
        cmocka_unit_test(test_open_gop_and_edit_list),
        cmocka_unit_test(test_later_runs_know_the_encoder),
        cmocka_unit_test(test_segments_end_where_the_next_begins),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_unwanted_segments_are_counted_only),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_other_stream_is_refused),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_tone_mapping),
        cmocka_unit_test(test_missing_filters_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
