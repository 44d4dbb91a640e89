/* Fields that no flag tells of: found where they are, and not seen in pictures that are only fine and fast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run_kit.h"

/* What the plan asks for; see lib/plan/colour.c. */
static bool is_combed(const struct rl_stream *s)
{
    return s->sampled_frames >= 8 && (int64_t)s->combed_frames * 4 >= s->sampled_frames;
}

/* Makes a clip and probes it. */
static void probe_clip(const char *source, const char *encoder, const char *muxer, struct rl_stream *stream)
{
    char path[] = "/tmp/reel-combing-XXXXXX", command[1024];
    struct rl_facts facts;
    struct run_kit k;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    snprintf(command, sizeof(command),
             "ffmpeg -nostdin -v error -y -f lavfi -i \"%s\" -t 4 -pix_fmt yuv420p %s -g 12 -f %s %s "
             "2>/dev/null",
             source, encoder, muxer, path);
    int rc = system(command);
    unlink(path);
    if (rc != 0) {
        close(fd);
        print_message("skipped: ffmpeg does not make %s\n", encoder);
        skip();
    }
    run_begin(&k);
    av_log_set_level(AV_LOG_QUIET);
    assert_int_equal(run_probe(&k, fd, 1, &facts), 0);
    const struct rl_stream *s = run_video_stream(&facts);
    assert_non_null(s);
    *stream = *s; /* only its numbers are looked at */
    rl_shape_clear(&k.env, &rl_facts_shape, &facts);
    run_end(&k);
    close(fd);
}

#define H264 "-c:v libx264 -preset veryfast -crf 23"
#define MPEG2 "-c:v mpeg2video -q:v 4 -bf 2"
/* Two moments 1/50 s apart in one frame, which says that it is progressive. */
#define WOVEN "testsrc2=size=720x576:rate=50,tinterlace=interleave_top,setfield=prog"
#define WOVEN_NTSC "testsrc2=size=720x480:rate=60000/1001,tinterlace=interleave_bottom,setfield=prog"
#define SCROLLED "color=gray:size=720x576:rate=25,noise=all_seed=7:alls=90,loop=loop=-1:size=1,scroll=h=0.01:v=0.007"

static void fields_without_a_flag_are_found(void **state)
{
    static const char *const cases[][3] = {
        { WOVEN, H264, "mp4" },
        { WOVEN, MPEG2, "mpegts" },
        { WOVEN_NTSC, H264, "matroska" },
        { WOVEN_NTSC, MPEG2, "avi" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rl_stream s;
        probe_clip(cases[i][0], cases[i][1], cases[i][2], &s);
        assert_int_equal(s.interlaced, 0);
        if (!is_combed(&s))
            fail_msg("%s in %s: %d of %d are combed", cases[i][1], cases[i][2], (int)s.combed_frames,
                     (int)s.sampled_frames);
    }
}

static void fine_and_fast_pictures_are_not_combed(void **state)
{
    static const char *const cases[][3] = {
        { SCROLLED, H264, "mp4" }, { SCROLLED, MPEG2, "mpegts" }, { "testsrc2=size=720x576:rate=25", H264, "mp4" },
        { "testsrc2=size=720x480:rate=30000/1001,noise=alls=40:allf=t", H264, "matroska" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rl_stream s;
        probe_clip(cases[i][0], cases[i][1], cases[i][2], &s);
        assert_true(s.sampled_frames > 0);
        if (s.combed_frames != 0)
            fail_msg("%s: %d of %d are combed", cases[i][0], (int)s.combed_frames, (int)s.sampled_frames);
    }
}

/* At 50 frames a second nobody weaves fields: not even looked at. */
static void other_rates_cost_nothing(void **state)
{
    struct rl_stream s;

    (void)state;
    probe_clip("testsrc2=size=720x576:rate=50", H264, "mp4", &s);
    assert_int_equal(s.sampled_frames, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_without_a_flag_are_found),
        cmocka_unit_test(fine_and_fast_pictures_are_not_combed),
        cmocka_unit_test(other_rates_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
