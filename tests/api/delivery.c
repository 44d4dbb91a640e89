/* Chunks as delivery: played as DASH and as HLS by another program, and joined later to the very bytes of the direct
 * output. argv[1]: examples/transcode. */
#include "check.h"

#include <sys/stat.h>

static const char *program;
static char folder[] = "/tmp/reel-delivery-XXXXXX";

static int run(const char *fmt, ...) REEL_PRINTF(1, 2);

/* A shell command in the test's folder. */
static int run(const char *fmt, ...)
{
    char command[2048];
    int used = snprintf(command, sizeof(command), "cd %s && ", folder);
    va_list args;
    va_start(args, fmt);
    vsnprintf(command + used, sizeof(command) - (size_t)used, fmt, args);
    va_end(args);
    return system(command);
}

/* What a command prints, as a number; -1 when it fails. */
static long number(const char *command)
{
    char text[1024];
    long n = -1;
    snprintf(text, sizeof(text), "cd %s && %s", folder, command);
    FILE *pipe = popen(text, "r");
    assert_non_null(pipe);
    if (fscanf(pipe, "%ld", &n) != 1)
        n = -1;
    return pclose(pipe) == 0 ? n : -1;
}

static char *read_all(const char *name, size_t *size)
{
    char path[256];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    char *data = malloc((size_t)st.st_size + 1);
    assert_int_equal(fread(data, 1, (size_t)st.st_size, file), st.st_size);
    data[*size = (size_t)st.st_size] = 0;
    fclose(file);
    return data;
}

/* 12 s: two segments of pictures, two of sound, one of text. */
static int make(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    return run("printf '1\\n00:00:01,000 --> 00:00:02,000\\nhello\\n\\n' > t.srt && "
               "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=128x72:rate=10 -f lavfi -i sine=sample_rate=48000 "
               "-i t.srt -t 12 -map 0 -map 1 -map 2 -pix_fmt yuv420p -c:v mpeg4 -g 10 -c:a flac -c:s srt clip.mkv && "
               "'%s' --quiet --set video.speed=9 --chunks d clip.mkv out.webm >/dev/null", program);
}

static int drop(void **state)
{
    (void)state;
    return run("rm -rf %s", folder);
}

static void played(const char *list, const char *options)
{
    char command[256];
    snprintf(command, sizeof(command), "cd d && ffprobe -v error %s -count_frames -select_streams v:0 -show_entries "
             "stream=nb_read_frames -of csv=p=0 %s | grep . | head -1", options, list);
    assert_int_equal(number(command), 120);
    snprintf(command, sizeof(command), "cd d && ffmpeg -nostdin -v error %s -i %s -map a:0 -ac 1 -f s16le - | wc -c",
             options, list);
    long samples = number(command) / 2;
    /* ffmpeg does not cut the last packet where its chunk says that it ends. */
    assert_true(samples >= 12 * 48000 && samples < 12 * 48000 + 960);
}

static void as_dash(void **state)
{
    (void)state;
    if (run("ffmpeg -v quiet -demuxers | grep -q ' dash '") != 0) {
        print_message("skipped: this ffmpeg reads no DASH\n");
        skip();
    }
    played("manifest.mpd", "-allowed_extensions ALL"); /* .vtt is none that ffmpeg expects in DASH */
}

static void as_hls(void **state)
{
    (void)state;
    played("master.m3u8", "");
}

static reel_manifest *manifest_of(reel_ctx *ctx)
{
    reel_manifest *m = NULL;
    size_t size;
    char *json = read_all("d/manifest.json", &size);
    assert_int_equal(reel_manifest_from_json(&m, ctx, json, size, NULL), 0);
    free(json);
    return m;
}

/* No hole and no overlap; and what the descriptions name is there under that name. */
static void lists_fit(void **state)
{
    (void)state;
    reel_ctx *ctx = NULL;
    assert_int_equal(reel_ctx_create(&ctx, NULL, NULL), 0);
    reel_manifest *m = manifest_of(ctx);
    reel_rendition_info r = { .size = sizeof(r) };
    uint32_t count = 0;
    for (; reel_manifest_get_rendition(m, count, &r) == 0; count++) {
        reel_chunk_info c = { .size = sizeof(c) };
        int64_t at = r.start;
        for (uint32_t i = 0; reel_manifest_get_chunk(m, count, i, &c) == 0; i++) {
            if (r.kind != REEL_STREAM_TEXT)
                assert_true(llabs(c.start - at) <= 1);
            at = c.start + c.duration;
        }
        if (r.kind != REEL_STREAM_TEXT)
            assert_int_equal(r.chunks, 2);
        assert_string_equal(r.codec, r.kind == REEL_STREAM_VIDEO ? "av01.0.00M.08"
                                   : r.kind == REEL_STREAM_AUDIO ? "opus" : "wvtt");
    }
    assert_int_equal(count, 3);
    assert_int_equal(run("cd d && for f in $(cat ?.m3u8 manifest.mpd | grep -o 'media/[0-9a-f]*[.][a-z0-9]*'); do "
                         "[ \"$(sha256sum <$f | cut -c1-64)\" = \"$(basename ${f%%.*})\" ] || exit 1; done"), 0);
    assert_true(number("cat d/manifest.mpd | grep -c 'media/.*vtt'") == 1);
    reel_manifest_destroy(&m);
    reel_ctx_unref(&ctx);
}

static int join(reel_ctx *ctx, const char *name, reel_error *err)
{
    reel_store *store = NULL;
    reel_task *task = NULL;
    char url[128], path[128];
    snprintf(url, sizeof(url), "dir:%s/d", folder);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    reel_manifest *m = manifest_of(ctx);
    assert_int_equal(reel_store_open(&store, ctx, url, err), 0);
    assert_int_equal(reel_task_start_join(&task, m, store, REEL_OPTS(reel_task_opts, .output = path), err), 0);
    reel_manifest_destroy(&m);
    int rc = reel_task_wait(task, REEL_FOREVER);
    assert_int_equal(reel_task_error(task, err), 0);
    reel_task_unref(&task);
    reel_store_unref(&store);
    return rc;
}

static void joined_later(void **state)
{
    (void)state;
    reel_error err = { .size = sizeof(err) };
    reel_ctx *ctx = NULL;
    size_t a, b;
    assert_int_equal(reel_ctx_create(&ctx, NULL, NULL), 0);
    assert_int_equal(join(ctx, "later.webm", &err), 0);
    char *direct = read_all("out.webm", &a), *later = read_all("later.webm", &b);
    assert_int_equal(a, b);
    assert_memory_equal(direct, later, a);
    free(direct);
    free(later);

    /* A chunk whose bytes are not those of its name, and one that is not there: an error, and no file. */
    assert_int_equal(run("b=$(find d/?? -type f -size +3k | head -1); cp $b keep && echo $b >name && rm $b && "
                         "tr 'a-z' 'b-za' <keep >$b"), 0);
    assert_int_equal(join(ctx, "bad.webm", &err), REEL_ERR_CORRUPT);
    assert_int_equal(run("rm $(cat name)"), 0);
    assert_int_equal(join(ctx, "bad.webm", &err), REEL_ERR_NOT_FOUND);
    assert_true(err.text[0] != 0);
    assert_int_equal(number("ls -A | grep -c bad"), -1);
    assert_int_equal(run("cp keep $(cat name)"), 0);
    assert_int_equal(join(ctx, "good.webm", &err), 0);

    /* One byte of a picture, which no parser of chunks notices; a second run over the same store mends it. */
    assert_int_equal(run("for b in $(find d/?? -type f -size +3k); do printf '\\125' | dd of=$b bs=1 seek=2999 "
                         "conv=notrunc 2>/dev/null; done"), 0);
    assert_int_equal(join(ctx, "bad.webm", &err), REEL_ERR_CORRUPT);
    assert_non_null(strstr(err.text, "digest"));
    assert_int_equal(run("'%s' --quiet --set video.speed=9 --chunks d clip.mkv again.webm >/dev/null && "
                         "cmp out.webm again.webm", program), 0);
    assert_int_equal(join(ctx, "mended.webm", &err), 0);
    reel_ctx_unref(&ctx);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_dash), cmocka_unit_test(as_hls), cmocka_unit_test(lists_fit),
        cmocka_unit_test(joined_later),
    };
    if (argc != 2)
        return 64;
    program = argv[1];
    setenv("SVT_LOG", "1", 0); /* see examples/transcode.c */
    return cmocka_run_group_tests(tests, make, drop);
}
