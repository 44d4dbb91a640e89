/* Text streams to WebVTT: markup, times, trims, and what is not text. */
#include "sound_rig.h"

#include "media/text/markup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct rl_env env;

static void assert_ass(const char *event, const char *expected)
{
    struct rl_buf buf;
    rl_buf_init(&buf, &env);
    rl_markup_from_ass(&buf, event);
    assert_string_equal(rl_buf_str(&buf), expected);
    rl_buf_free(&buf);
}

static void ass_markup(void **state)
{
    (void)state;
    assert_ass("0,0,Default,,0,0,0,,plain, with comma", "plain, with comma");
    assert_ass("0,0,D,,0,0,0,,{\\i1}it{\\i0} {\\b1}bo{\\i1}th{\\b0}i", "<i>it</i> <b>bo</b><b><i>th</i></b><i>i</i>");
    assert_ass("0,0,D,,0,0,0,,a\\N\\N\\nb\\hc\\N", "a\nb&nbsp;c");
    assert_ass("0,0,D,,0,0,0,,<b> & a --> b", "&lt;b&gt; &amp; a --&gt; b");
    assert_ass("0,0,D,,0,0,0,,{\\an8\\pos(1,2)\\blur2\\bord1\\1c&HFF&}x{note}", "x");
    assert_ass("0,0,D,,0,0,0,,{\\p1}m 0 0 l 5 5{\\p0}y", "y");
    assert_ass("0,0,D,,0,0,0,,open {brace", "open {brace");
    assert_ass("0,0,D,,0,0,0,,{\\b700}w{\\b400}x{\\u1}y{\\r}z", "<b>w</b>x<u>y</u>z");
    assert_ass("0,0,D,,0,0,0,,", "");
    assert_ass("not an event", "");
}

static void webvtt_is_made_safe(void **state)
{
    (void)state;
    struct rl_buf buf;
    const char text[] = "\n<i>a</i>\r\n\r\nb --> c\xff\n";
    rl_buf_init(&buf, &env);
    rl_markup_from_webvtt(&buf, (const uint8_t *)text, sizeof text - 1);
    assert_string_equal(rl_buf_str(&buf), "<i>a</i>\nb --&gt; c\xef\xbf\xbd");
    rl_buf_free(&buf);
    rl_buf_init(&buf, &env);
    rl_markup_line(&buf, (const uint8_t *)"line:0\nalign:start", 18);
    assert_string_equal(rl_buf_str(&buf), "line:0 align:start");
    rl_buf_free(&buf);
}

/* Subtitles in Matroska, made by the ffmpeg command; -1 where there is none. */
static int muxed(const char *text)
{
    char folder[] = "/tmp/reel-text-XXXXXX", srt[64], mkv[64], command[256];
    assert_non_null(mkdtemp(folder));
    snprintf(srt, sizeof srt, "%s/a.srt", folder);
    snprintf(mkv, sizeof mkv, "%s/a.mkv", folder);
    snprintf(command, sizeof command, "ffmpeg -v quiet -i %s -c:s copy %s", srt, mkv);
    FILE *f = fopen(srt, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    int rc = system(command), fd = -1;
    if (rc == 0) {
        f = fopen(mkv, "rb");
        fd = dup(fileno(f));
        fclose(f);
    }
    unlink(srt);
    unlink(mkv);
    rmdir(folder);
    return fd;
}

static void run(const char *text, int64_t origin, int64_t from, int64_t to, const char *expected)
{
    struct rig r;
    struct rl_run_result result;
    struct rl_text_spec spec = { .format = "matroska", .codec = "subrip", .time_base = { 1, 1000 }, .origin = origin,
                                 .trim_start = from, .trim_end = to };
    int fd = muxed(text);
    if (fd < 0)
        skip();
    rig_open(&r);
    int rc = rl_job_text(&r.flow, fd, &spec, &result);
    if (rc)
        print_error("%s: %s\n", r.err.step, r.err.text);
    assert_int_equal(rc, 0);
    assert_int_equal(r.count, expected ? 1 : 0);
    assert_int_equal(result.chunks, r.count);
    if (expected) {
        assert_int_equal(r.size[0], strlen(expected));
        assert_memory_equal(r.data[0], expected, r.size[0]);
    }
    rig_close(&r);
    close(fd);
}

static void real_files(void **state)
{
    (void)state;
    static const struct { const char *path, *codec, *sign; int stream; } files[] = {
        { "../shared/media/androidx/mkv_sample_with_null_terminated_srt.mkv", "subrip", " --> ", 2 },
        { "../shared/media/androidx/mkv_sample_with_ssa_subtitles.mkv", "ass", " --> ", 2 },
    };
    int tried = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *f = fopen(files[i].path, "rb");
        if (!f)
            continue;
        struct rig r;
        struct rl_run_result result;
        struct rl_text_spec spec = { .stream = files[i].stream, .time_base = { 1, 1000 }, .trim_start = REEL_NO_TIME,
                                     .trim_end = REEL_NO_TIME, .format = "matroska" };
        strncpy(spec.codec, files[i].codec, sizeof spec.codec - 1);
        rig_open(&r);
        assert_int_equal(rl_job_text(&r.flow, fileno(f), &spec, &result), 0);
        assert_int_equal(r.count, 1);
        assert_true(result.samples_out > 0);
        assert_memory_equal(r.data[0], "WEBVTT\n\n", 8);
        assert_non_null(memmem(r.data[0], r.size[0], files[i].sign, strlen(files[i].sign)));
        assert_null(memchr(r.data[0], 0, r.size[0]));
        rig_close(&r);
        fclose(f);
        tried++;
    }
    if (!tried)
        skip();
}

static const char srt[] = "1\n00:00:01,000 --> 00:00:02,500\n<i>Hi</i> & bye\n\n"
                          "2\n00:00:03,000 --> 00:00:04,000\ntwo\nlines\n\n";

static void srt_whole(void **state)
{
    (void)state;
    run(srt, 0, REEL_NO_TIME, REEL_NO_TIME,
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\n<i>Hi</i> &amp; bye\n\n00:00:03.000 --> 00:00:04.000\ntwo\nlines\n");
}

static void srt_trimmed(void **state)
{
    (void)state;
    run(srt, 2000, 2000, 3500,
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.500\n<i>Hi</i> &amp; bye\n\n00:00:01.000 --> 00:00:01.500\ntwo\nlines\n");
}

static void nothing_gives_nothing(void **state)
{
    (void)state;
    run(srt, 0, 10000, REEL_NO_TIME, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ass_markup),  cmocka_unit_test(webvtt_is_made_safe),   cmocka_unit_test(real_files),
        cmocka_unit_test(srt_whole),   cmocka_unit_test(srt_trimmed),           cmocka_unit_test(nothing_gives_nothing),
    };
    if (rl_env_init(&env, NULL, NULL) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
