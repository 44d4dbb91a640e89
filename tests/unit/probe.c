/* Probing: what the facts say of real files, and that any file ends in facts or a clear error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "media/probe/probe.h"
#include "run_kit.h"

static int open_media(const char *name)
{
    char path[8192];

    snprintf(path, sizeof(path), "../shared/media/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        print_message("skipped: no %s\n", name);
        skip();
    }
    return fd;
}

/* Writes bytes to an unnamed file. */
static int file_of(const void *data, size_t size)
{
    char name[] = "/tmp/reel-probe-XXXXXX";
    int fd = mkstemp(name);

    assert_true(fd >= 0);
    unlink(name);
    assert_int_equal(write(fd, data, size), (ssize_t)size);
    return fd;
}

static void test_plain_file(void **state)
{
    struct run_kit k;
    struct rl_facts f;
    int fd = open_media("bbb480.mp4");

    (void)state;
    run_begin(&k);
    assert_int_equal(run_probe(&k, fd, 1, &f), 0);
    assert_string_equal(f.format, "mov");
    assert_int_equal(f.stream_count, 2);
    assert_int_equal(f.start, 0);
    assert_string_equal(f.warning, "");
    const struct rl_stream *v = &f.streams[0], *a = &f.streams[1];
    assert_string_equal(v->codec, "h264");
    assert_int_equal(v->width, 854);
    assert_int_equal(v->height, 480);
    assert_string_equal(v->pixel_format, "yuv420p");
    assert_int_equal(v->frames, 720);
    assert_int_equal(v->keys_trusted, 1);
    assert_int_equal(v->key_count, 5);
    assert_int_equal(v->sampled_frames, 0); /* 24 frames a second: never recorded in fields */
    assert_int_equal(v->combed_frames, 0);
    assert_string_equal(a->codec, "aac");
    assert_int_equal(a->channels, 6);
    assert_string_equal(a->layout, "5.1");
    assert_int_equal(a->start, 0);
    rl_shape_clear(&k.env, &rl_facts_shape, &f);
    run_end(&k);
    close(fd);
}

static void test_cut_file_is_noticed(void **state)
{
    struct run_kit k;
    struct rl_facts f;
    struct rl_run_result result;
    struct rl_cut cuts[2];
    int whole = open_media("androidx/mp4_h265_bframes.mp4");
    static char data[1 << 20];
    ssize_t size = read(whole, data, sizeof(data));

    (void)state;
    close(whole);
    run_begin(&k);
    av_log_set_level(AV_LOG_QUIET);
    assert_true(size > 0);
    int fd = file_of(data, (size_t)size - 2000);
    int rc = run_probe(&k, fd, 0, &f);
    if (rc == 0) { /* the tables are in front */
        assert_string_not_equal(f.warning, "");
        struct rl_video_spec spec = run_spec(&f, run_video_stream(&f), cuts);
        assert_int_equal(run_video(&k, fd, &spec, &result), 0);
        assert_int_equal(result.truncated, 1);
        rl_shape_clear(&k.env, &rl_facts_shape, &f);
    } else {
        assert_int_equal(rc, REEL_ERR_INVALID_DATA);
    }
    run_end(&k);
    close(fd);
}

static void test_matrices(void **state)
{
    static const struct {
        int32_t a, b, c, d, rotation, mirrored;
    } cases[] = {
        { 1, 0, 0, 1, 0, 0 },   { 0, 1, -1, 0, 90, 0 },  { -1, 0, 0, -1, 180, 0 }, { 0, -1, 1, 0, 270, 0 },
        { -1, 0, 0, 1, 0, 1 },  { 1, 0, 0, -1, 180, 1 }, { 0, 1, 1, 0, 270, 1 },   { 0, -1, -1, 0, 90, 1 },
        { 100, 17, -17, 98, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int32_t m[9] = { cases[i].a * 600, cases[i].b * 600, 0, cases[i].c * 600, cases[i].d * 600, 0, 0, 0, 1 << 30 };
        struct rl_stream s = { 0 };
        rl_probe_matrix(&s, m);
        assert_int_equal(s.rotation, cases[i].rotation);
        assert_int_equal(s.mirrored, cases[i].mirrored);
    }
}

static void test_rubbish_is_refused(void **state)
{
    struct run_kit k;
    struct rl_facts f;
    char text[4096];

    (void)state;
    run_begin(&k);
    av_log_set_level(AV_LOG_QUIET);
    memset(text, 'x', sizeof(text));
    int fd = file_of(text, sizeof(text));
    assert_int_equal(run_probe(&k, fd, 0, &f), REEL_ERR_FORMAT);
    close(fd);

    /* a playlist would open other files */
    static const char list[] = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n";
    run_reset(&k);
    fd = file_of(list, sizeof(list) - 1);
    int rc = run_probe(&k, fd, 0, &f);
    assert_true(rc == REEL_ERR_REFUSED || rc == REEL_ERR_FORMAT); /* from 7.1 on FFmpeg knows none without its name */
    close(fd);
    run_end(&k);
}

static int fault_at;

static int fail_nth(void *user, int32_t op)
{
    (void)user;
    return op == REEL_FAULT_READ && fault_at-- == 0 ? EIO : 0;
}

static void test_unreadable_is_an_error(void **state)
{
    struct run_kit k;
    struct rl_facts f;
    struct rl_run_result result;
    struct rl_cut cuts[2];
    int fd = open_media("bbb480.mp4");

    (void)state;
    run_begin(&k);
    av_log_set_level(AV_LOG_QUIET);
    assert_int_equal(run_probe(&k, fd, 0, &f), 0);
    struct rl_video_spec spec = run_spec(&f, run_video_stream(&f), cuts);
    k.env.fault = fail_nth;
    fault_at = 20;
    assert_int_equal(run_video(&k, fd, &spec, &result), REEL_ERR_IO);
    assert_int_equal(k.err.upstream, EIO);
    rl_shape_clear(&k.env, &rl_facts_shape, &f);
    run_end(&k);
    close(fd);
}

static void test_streams_limit(void **state)
{
    struct run_kit k;
    struct rl_facts f;
    int fd = open_media("bbb480.mp4");

    (void)state;
    run_begin(&k);
    k.env.limits.streams = 1;
    assert_int_equal(run_probe(&k, fd, 0, &f), REEL_ERR_LIMIT_STREAMS);
    rl_shape_clear(&k.env, &rl_facts_shape, &f);
    run_reset(&k);
    k.env.limits.streams = 32;
    k.env.limits.duration = 1000000;
    assert_int_equal(run_probe(&k, fd, 0, &f), REEL_ERR_LIMIT_DURATION);
    rl_shape_clear(&k.env, &rl_facts_shape, &f);
    run_reset(&k);
    k.env.limits.duration = 1000000000;
    k.env.limits.metadata_bytes = 10;
    assert_int_equal(run_probe(&k, fd, 0, &f), REEL_ERR_LIMIT_METADATA);
    rl_shape_clear(&k.env, &rl_facts_shape, &f);
    run_end(&k);
    close(fd);
}

/* Every file there is: facts that survive the way through the door, or an error with a text. */
static void test_every_file(void **state)
{
    FILE *index = fopen("../shared/media/index.tsv", "r");
    char line[4096];
    int files = 0;

    (void)state;
    if (!index)
        skip();
    av_log_set_level(AV_LOG_QUIET);
    while (fgets(line, sizeof(line), index)) {
        static const char *const kinds[] = { ".mp4", ".mov", ".mkv", ".webm", ".mka", ".avi", ".ts", ".flv", ".3gp",
                                             ".ogg", ".mp3", ".wav", ".flac", ".m4a", ".amr", ".ac3" };
        struct rl_facts f, back = { 0 };
        struct run_kit k;
        struct rl_buf json;
        bool wanted = false;
        line[strcspn(line, "\t")] = 0;
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
            wanted = wanted || (strrchr(line, '.') && !strcmp(strrchr(line, '.'), kinds[i]));
        if (!wanted)
            continue;
        int fd = open_media(line);
        run_begin(&k);
        int64_t begun = rl_now();
        int rc = run_probe(&k, fd, 1, &f);
        if (rl_now() - begun > 5000000)
            fail_msg("%s takes %.1f s", line, (double)(rl_now() - begun) / 1e6);
        rl_buf_init(&json, &k.env);
        if (rc < 0) {
            assert_int_equal(k.err.code, rc);
            assert_true(k.err.text[0] && k.err.step[0]);
        } else if (rl_shape_write(&rl_facts_shape, &f, &json, &k.err) < 0 ||
                   rl_shape_read(&k.env, &rl_facts_shape, rl_buf_str(&json), json.size, &back, &k.err) < 0) {
            fail_msg("%s: %s", line, k.err.text);
        }
        rl_buf_free(&json);
        rl_shape_clear(&k.env, &rl_facts_shape, &back);
        rl_shape_clear(&k.env, &rl_facts_shape, &f);
        run_end(&k);
        close(fd);
        files++;
    }
    fclose(index);
    assert_true(files > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_file),       cmocka_unit_test(test_cut_file_is_noticed),
        cmocka_unit_test(test_matrices),         cmocka_unit_test(test_rubbish_is_refused),
        cmocka_unit_test(test_unreadable_is_an_error), cmocka_unit_test(test_streams_limit),
        cmocka_unit_test(test_every_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
