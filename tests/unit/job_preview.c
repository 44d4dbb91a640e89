/* The preview job: products of videos, pictures and cover art, read back with other programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "media/preview/storyboard.h"
#include "run_kit.h"

#define MAX_PRODUCTS 64

struct bytes {
    uint8_t *data;
    size_t size;
};

struct test {
    struct run_kit kit;
    struct rl_preview_spec spec;
    struct rl_preview_result result;
    struct bytes chunks[MAX_PRODUCTS];
    char folder[64];
};

static struct bytes *emitted; /* the callback knows only the run kit */
static uint32_t next_index;

static int keep(void *user, const struct rl_chunk_out *chunk, const void *data, size_t size)
{
    (void)user;
    assert_int_equal(chunk->index, next_index++);
    assert_true(chunk->index < MAX_PRODUCTS);
    emitted[chunk->index].data = malloc(size + 1);
    memcpy(emitted[chunk->index].data, data, size);
    emitted[chunk->index].data[size] = 0;
    emitted[chunk->index].size = size;
    return 0;
}

static void begin(struct test *t)
{
    memset(t, 0, sizeof(*t));
    run_begin(&t->kit);
    t->kit.host.emit = keep;
    av_log_set_level(AV_LOG_QUIET);
    emitted = t->chunks;
    next_index = 0;
    snprintf(t->folder, sizeof(t->folder), "/tmp/reel-preview-XXXXXX");
    assert_non_null(mkdtemp(t->folder));
}

static void drop(struct test *t)
{
    rl_shape_clear(&t->kit.env, &rl_preview_result_shape, &t->result);
    for (size_t i = 0; i < MAX_PRODUCTS; i++)
        free(t->chunks[i].data);
    memset(t->chunks, 0, sizeof(t->chunks));
    next_index = 0;
    run_reset(&t->kit);
}

static void end(struct test *t)
{
    char command[128];

    drop(t);
    run_end(&t->kit);
    snprintf(command, sizeof(command), "rm -rf %s", t->folder);
    assert_int_equal(system(command), 0);
}

/* Runs a command and gives what it says, or skips where it cannot be run. */
static const char *run(const char *format, ...)
{
    static char out[65536];
    char command[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    out[fread(out, 1, sizeof(out) - 1, pipe)] = 0;
    if (pclose(pipe) != 0) {
        print_message("skipped: '%s' does not run\n", command);
        skip();
    }
    return out;
}

static int make(struct test *t, const char *arguments, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", t->folder, name);
    run("ffmpeg -nostdin -v error -y %s %s", arguments, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* What the plan would make of the file: all products, small. */
static void plan_of(struct test *t, int fd, int width, const char *type)
{
    struct rl_probe_spec probe = { 0 };
    struct rl_preview_spec *p = &t->spec;
    struct rl_facts f = { 0 };

    snprintf(probe.format, sizeof(probe.format), "%s", type);
    assert_int_equal(rl_job_probe(&t->kit.flow, fd, &probe, &f), 0);
    const struct rl_stream *s = &f.streams[0];
    for (uint32_t i = 0; i < f.stream_count; i++)
        if (f.streams[i].kind != REEL_STREAM_AUDIO)
            s = &f.streams[i];
    bool turned = s->rotation % 180 != 0;
    int w = turned ? s->height : s->width, h = turned ? s->width : s->height;
    *p = (struct rl_preview_spec){
        .source = { .stream = s->index,
                    .time_base = s->time_base,
                    .time = REEL_NO_TIME,
                    .candidates = 5,
                    .origin = s->start == REEL_NO_TIME ? 0 : s->start,
                    .attached = s->attached_picture,
                    .duration = s->duration > 0 ? rl_rescale(s->duration, s->time_base, RL_US) : f.duration },
        .poster = { .width = width,
                    .height = (width * h + w / 2) / w,
                    .rotation = s->rotation,
                    .mirrored = s->mirrored,
                    .format = RL_STILL_WEBP,
                    .quality = 75,
                    .speed = 9,
                    .depth = 8,
                    .chroma = 420,
                    .metadata = 2,
                    .threads = 1 },
        .posters = 1,
        .storyboard = 1,
        .tile_width = 80,
        .tile_height = (80 * h + w / 2) / w,
        .columns = 4,
        .rows = 2,
        .interval = 1000000,
        .animation = RL_STILL_WEBP,
        .animation_width = 80,
        .animation_height = (80 * h + w / 2) / w,
        .moments = 3,
        .moment = 500000,
        .animation_rate = 10,
        .placeholder = 1,
    };
    p->poster.source = s->colour;
    p->poster.source.matrix = s->is_rgb ? 0 : s->colour.matrix == 2 ? 6 : s->colour.matrix;
    p->poster.source.full_range = s->is_rgb ? 1 : s->colour.full_range;
    snprintf(p->source.codec, sizeof(p->source.codec), "%s", s->codec);
    if (rl_still_type(f.format))
        snprintf(p->source.type, sizeof(p->source.type), "%.15s", f.format);
    else
        snprintf(p->source.format, sizeof(p->source.format), "%s", f.format);
    rl_shape_clear(&t->kit.env, &rl_facts_shape, &f);
    run_reset(&t->kit);
}

static void plan(struct test *t, int fd, int width) { plan_of(t, fd, width, ""); }

static int make_previews(struct test *t, int fd) { return rl_job_preview(&t->kit.flow, fd, &t->spec, &t->result); }

static const struct rl_product *product(const struct test *t, const char *name)
{
    for (uint32_t i = 0; i < t->result.product_count; i++)
        if (!strcmp(t->result.products[i].name, name))
            return &t->result.products[i];
    fail_msg("there is no %s", name);
    return NULL;
}

static const char *text_of(const struct test *t, const char *name)
{
    return (const char *)t->chunks[product(t, name)->chunk].data;
}

/* Writes a product to the folder. */
static const char *file_of(struct test *t, const char *name)
{
    static char path[160];
    const struct bytes *b = &t->chunks[product(t, name)->chunk];

    snprintf(path, sizeof(path), "%s/%s", t->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(b->data, 1, b->size, file), b->size);
    fclose(file);
    return path;
}

/* Decodes a product with libwebp's own program: RGB of its pixels. Free it. */
static uint8_t *pixels_of(struct test *t, const char *name, int *width, int *height)
{
    char ppm[160];
    int most;

    snprintf(ppm, sizeof(ppm), "%s/out.ppm", t->folder);
    run("dwebp -quiet -ppm %s -o %s", file_of(t, name), ppm);
    FILE *file = fopen(ppm, "rb");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "P6 %d %d %d", width, height, &most), 3);
    fgetc(file);
    size_t size = (size_t)*width * (size_t)*height * 3;
    uint8_t *data = malloc(size);
    assert_int_equal(fread(data, 1, size, file), size);
    fclose(file);
    return data;
}

static bool is_about(const uint8_t *pixel, int r, int g, int b)
{
    return abs(pixel[0] - r) < 24 && abs(pixel[1] - g) < 24 && abs(pixel[2] - b) < 24;
}

/* Another colour each second, a keyframe each second: red, green, blue, white, red, … */
#define COLOURS                                                                                                     \
    "-f lavfi -i color=red:r=10:d=11:s=160x120 -vf \"drawbox=c=lime:t=fill:enable='eq(mod(floor(t),4),1)',"         \
    "drawbox=c=blue:t=fill:enable='eq(mod(floor(t),4),2)',drawbox=c=white:t=fill:enable='eq(mod(floor(t),4),3)'\" " \
    "-pix_fmt yuv420p -g 10 -keyint_min 10 -sc_threshold 0 -c:v libx264 "
static const int colours[4][3] = { { 255, 0, 0 }, { 0, 255, 0 }, { 0, 0, 255 }, { 255, 255, 255 } };

static void test_storyboard(void **state)
{
    struct test t;
    int width, height, n = 0;

    (void)state;
    begin(&t);
    int fd = make(&t, COLOURS, "in.mp4");
    plan(&t, fd, 160);
    t.spec.posters = t.spec.animation = t.spec.placeholder = 0;
    assert_int_equal(make_previews(&t, fd), 0);
    assert_int_equal(t.result.frames_in, 11); /* keyframes only */
    assert_int_equal(t.result.product_count, 3);
    assert_int_equal(t.result.chunks, 3);
    assert_int_equal(product(&t, "storyboard-1.webp")->frames, 8);
    assert_int_equal(product(&t, "storyboard-2.webp")->frames, 3);
    assert_int_equal(product(&t, "storyboard-2.webp")->time, 8000000);
    assert_string_equal(product(&t, "storyboard.vtt")->mime, "text/vtt");
    for (int sheet = 0; sheet < 2; sheet++) {
        uint8_t *rgb = pixels_of(&t, sheet ? "storyboard-2.webp" : "storyboard-1.webp", &width, &height);
        assert_int_equal(width, sheet ? 240 : 320); /* cropped to what is on it */
        assert_int_equal(height, sheet ? 60 : 120);
        for (int i = 0; i < (sheet ? 3 : 8); i++, n++) {
            const uint8_t *at = rgb + 3 * ((i / 4 * 60 + 30) * width + i % 4 * 80 + 40);
            assert_true(is_about(at, colours[n % 4][0], colours[n % 4][1], colours[n % 4][2]));
        }
        free(rgb);
    }
    const char *vtt = text_of(&t, "storyboard.vtt");
    assert_true(strstr(vtt, "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nstoryboard-1.webp#xywh=0,0,80,60\n\n") == vtt);
    assert_non_null(strstr(vtt, "00:00:05.000 --> 00:00:06.000\nstoryboard-1.webp#xywh=80,60,80,60\n"));
    assert_non_null(strstr(vtt, "00:00:10.000 --> 00:00:11.000\nstoryboard-2.webp#xywh=160,0,80,60\n"));
    end(&t);
    close(fd);
}

/* Cues are the frames' own times, also where keyframes are far from the multiples of the interval. */
static void test_cue_times(void **state)
{
    struct test t;

    (void)state;
    begin(&t);
    int fd = make(
        &t,
        "-f lavfi -i testsrc=r=10:d=10:s=160x120 -pix_fmt yuv420p -g 37 -keyint_min 37 -sc_threshold 0 -c:v libx264",
        "in.mp4");
    plan(&t, fd, 160);
    t.spec.posters = t.spec.animation = t.spec.placeholder = 0;
    t.spec.interval = 2000000;
    assert_int_equal(make_previews(&t, fd), 0);
    assert_string_equal(text_of(&t, "storyboard.vtt"),
                        "WEBVTT\n\n00:00:00.000 --> 00:00:03.700\nstoryboard-1.webp#xywh=0,0,80,60\n"
                        "\n00:00:03.700 --> 00:00:07.400\nstoryboard-1.webp#xywh=80,0,80,60\n"
                        "\n00:00:07.400 --> 00:00:10.000\nstoryboard-1.webp#xywh=160,0,80,60\n");
    end(&t);
    close(fd);
}

static void test_poster_and_placeholders(void **state)
{
    struct test t;
    int width, height;

    (void)state;
    begin(&t);
    int fd = make(&t,
                  "-f lavfi -i color=red:s=160x120:r=10:d=3,drawbox=c=yellow:w=80:t=fill -pix_fmt yuv420p -c:v libx264 "
                  "-colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m",
                  "in.mp4");
    plan(&t, fd, 160);
    t.spec.storyboard = t.spec.animation = 0;
    assert_int_equal(make_previews(&t, fd), 0);
    assert_int_equal(t.result.product_count, 2);
    uint8_t *rgb = pixels_of(&t, "poster.webp", &width, &height);
    assert_int_equal(width, 160);
    assert_int_equal(height, 120);
    assert_true(is_about(rgb + 3 * (60 * 160 + 30), 255, 255, 0));
    assert_true(is_about(rgb + 3 * (60 * 160 + 130), 255, 0, 0));
    free(rgb);
    assert_true(strlen(t.result.blurhash) > 6);
    assert_true(strlen(t.result.thumbhash) > 8);
    assert_int_equal(t.result.average[0], '#');
    assert_int_equal(strncmp(t.result.average + 1, "f", 1), 0); /* red and yellow have all of red */
    const char *json = text_of(&t, "placeholders.json");
    assert_non_null(strstr(json, t.result.thumbhash));
    assert_non_null(strstr(json, t.result.average));
    end(&t);
    close(fd);
}

static void test_posters(void **state)
{
    struct test t;
    int64_t last = -1;
    char name[32];

    (void)state;
    begin(&t);
    int fd = make(&t, "-f lavfi -i testsrc2=r=10:d=10:s=160x120 -pix_fmt yuv420p -g 10 -c:v libx264", "in.mp4");
    plan(&t, fd, 160);
    t.spec.storyboard = t.spec.animation = t.spec.placeholder = 0;
    t.spec.posters = 4;
    assert_int_equal(make_previews(&t, fd), 0);
    assert_int_equal(t.result.product_count, 4);
    for (int i = 1; i <= 4; i++) {
        snprintf(name, sizeof(name), "poster-%d.webp", i);
        assert_true(product(&t, name)->time > last);
        last = product(&t, name)->time;
    }
    drop(&t);
    t.spec.posters = 1;
    t.spec.source.time = 4700000;
    assert_int_equal(make_previews(&t, fd), 0);
    assert_int_equal(product(&t, "poster.webp")->time, 4700000);
    end(&t);
    close(fd);
}

/* Turned once, to where it belongs. */
static void test_rotation(void **state)
{
    struct test t;
    int width, height;
    char how[256];

    (void)state;
    begin(&t);
    int plain =
        make(&t, "-f lavfi -i color=red:s=160x120:r=10:d=2,drawbox=c=blue:w=80:t=fill -pix_fmt yuv420p -c:v libx264",
             "plain.mp4");
    snprintf(how, sizeof(how), "-i %s/plain.mp4 -c copy -metadata:s:v:0 rotate=90", t.folder);
    int fd = make(&t, how, "turned.mp4");
    plan(&t, fd, 120);
    if (t.spec.poster.rotation == 0)
        skip(); /* this ffmpeg has another way to say it */
    t.spec.placeholder = 0;
    assert_int_equal(make_previews(&t, fd), 0);
    uint8_t *rgb = pixels_of(&t, "poster.webp", &width, &height);
    assert_int_equal(width, 120);
    assert_int_equal(height, 160);
    bool blue_up = t.spec.poster.rotation == 90; /* what was left is up */
    assert_true(is_about(rgb + 3 * (20 * 120 + 60), blue_up ? 0 : 255, 0, blue_up ? 255 : 0));
    assert_true(is_about(rgb + 3 * (140 * 120 + 60), blue_up ? 255 : 0, 0, blue_up ? 0 : 255));
    free(rgb);
    rgb = pixels_of(&t, "storyboard-1.webp", &width, &height);
    assert_int_equal(height, 108); /* tiles of 80x107, on even cells */
    assert_non_null(strstr(text_of(&t, "storyboard.vtt"), "#xywh=0,0,80,107\n"));
    free(rgb);
    end(&t);
    close(fd);
    close(plain);
}

static void test_animation(void **state)
{
    struct test t;

    (void)state;
    begin(&t);
    int fd = make(&t, "-f lavfi -i testsrc2=r=30:d=10:s=160x120 -pix_fmt yuv420p -g 60 -c:v libx264", "in.mp4");
    plan(&t, fd, 160);
    t.spec.posters = t.spec.placeholder = t.spec.storyboard = 0;
    assert_int_equal(make_previews(&t, fd), 0);
    const struct rl_product *p = product(&t, "preview.webp");
    assert_int_equal(p->frames, 15); /* three times half a second at ten a second */
    assert_int_equal(p->duration, 1500000);
    const char *info = run("webpinfo %s", file_of(&t, "preview.webp"));
    int frames = 0, total = 0;
    for (const char *at = info; (at = strstr(at, "Duration: ")); at += 10) {
        frames++;
        total += atoi(at + 10);
    }
    assert_int_equal(frames, 15);
    assert_int_equal(total, 1500);
    assert_non_null(strstr(info, "Loop count      : 0"));
    assert_non_null(strstr(info, "Canvas size 80 x 60"));
    end(&t);
    close(fd);
}

/* A clip that is shorter than the moments together is played once, whole. */
static void test_short_animation(void **state)
{
    struct test t;

    (void)state;
    begin(&t);
    int fd = make(&t, "-f lavfi -i testsrc2=r=20:d=0.8:s=160x120 -pix_fmt yuv420p -c:v libx264", "in.mp4");
    plan(&t, fd, 160);
    assert_int_equal(make_previews(&t, fd), 0);
    assert_int_equal(product(&t, "preview.webp")->frames, 8);
    assert_int_equal(product(&t, "preview.webp")->duration, 800000);
    assert_int_equal(product(&t, "storyboard-1.webp")->frames, 1);
    end(&t);
    close(fd);
}

/* The same bytes again, with any number of threads. */
static void test_same_bytes(void **state)
{
    struct bytes first[MAX_PRODUCTS];
    struct test t;

    (void)state;
    begin(&t);
    int fd = make(&t, "-f lavfi -i testsrc2=r=10:d=6:s=320x240 -pix_fmt yuv420p -g 10 -c:v libx264", "in.mp4");
    plan(&t, fd, 160);
    assert_int_equal(make_previews(&t, fd), 0);
    uint32_t count = t.result.chunks;
    memcpy(first, t.chunks, sizeof(first));
    memset(t.chunks, 0, sizeof(t.chunks));
    for (int threads = 1; threads <= 2; threads++) {
        drop(&t);
        t.spec.poster.threads = threads;
        assert_int_equal(make_previews(&t, fd), 0);
        assert_int_equal(t.result.chunks, count);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(t.chunks[i].size, first[i].size);
            assert_memory_equal(t.chunks[i].data, first[i].data, first[i].size);
        }
    }
    for (uint32_t i = 0; i < count; i++)
        free(first[i].data);
    end(&t);
    close(fd);
}

static void test_picture_and_cover(void **state)
{
    struct test t;
    int width, height;
    char how[300];

    (void)state;
    begin(&t);
    int png = make(&t, "-f lavfi -i color=lime:s=200x100 -frames:v 1", "in.png");
    plan_of(&t, png, 100, "png");
    assert_string_equal(t.spec.source.type, "png");
    assert_int_equal(make_previews(&t, png), 0);
    assert_int_equal(t.result.product_count, 2); /* poster and placeholders: nothing moves */
    uint8_t *rgb = pixels_of(&t, "poster.webp", &width, &height);
    assert_int_equal(width, 100);
    assert_int_equal(height, 50);
    assert_true(is_about(rgb + 3 * (25 * 100 + 50), 0, 255, 0));
    free(rgb);
    drop(&t);
    close(png);

    snprintf(how, sizeof(how),
             "-f lavfi -i sine=d=1 -i %s/in.png -map 0 -map 1 -c:a libmp3lame -c:v png -disposition:v attached_pic",
             t.folder);
    int mp3 = make(&t, how, "in.mp3");
    plan(&t, mp3, 100);
    assert_int_equal(t.spec.source.attached, 1);
    assert_int_equal(make_previews(&t, mp3), 0);
    assert_int_equal(t.result.product_count, 2);
    rgb = pixels_of(&t, "poster.webp", &width, &height);
    assert_true(is_about(rgb + 3 * (25 * 100 + 50), 0, 255, 0));
    free(rgb);
    end(&t);
    close(mp3);
}

/* Sheets get fewer tiles where they would be larger than WebP can be. */
static void test_large_sheets(void **state)
{
    struct rl_preview_result result = { 0 };
    struct rl_products products;
    struct rl_storyboard *board = NULL;
    struct rl_print print = { .spec = { .format = RL_STILL_WEBP, .speed = 9, .quality = 50 } };
    struct test t;
    int width, height;

    (void)state;
    begin(&t);
    rl_products_init(&products, &t.kit.flow, &result);
    print.flow = &t.kit.flow;
    print.colour = (struct rl_colour){ 1, 13, 6, 0, 1 };
    AVFrame *tile = av_frame_alloc();
    tile->format = AV_PIX_FMT_YUV420P;
    tile->width = 3999;
    tile->height = 63;
    assert_int_equal(av_frame_get_buffer(tile, 0), 0);
    for (int p = 0; p < 3; p++)
        memset(tile->data[p], 128, (size_t)tile->linesize[p] * (p ? 32 : 63));
    struct rl_still_info info = { .width = 3999,
                                  .height = 63,
                                  .frames = 1,
                                  .bit_depth = 8,
                                  .pixel_format = AV_PIX_FMT_YUV420P,
                                  .colour = print.colour };
    print.spec.width = 3999;
    print.spec.height = 63;
    print.spec.depth = 8;
    print.spec.chroma = 420;
    print.spec.source = print.colour;
    struct rl_still_spec spec = print.spec;
    assert_int_equal(rl_print_open_still(&print, &t.kit.flow, &spec, &info), 0);
    assert_int_equal(rl_storyboard_open(&board, &products, 10, 3), 0);
    for (int i = 0; i < 14; i++)
        assert_int_equal(rl_storyboard_add(board, &print, tile, i * 1000000), 0);
    assert_int_equal(rl_storyboard_end(board, 14000000), 0);
    rl_storyboard_close(&board);
    assert_int_equal(result.product_count, 3);
    assert_int_equal(result.products[0].width, 16000); /* four columns, not ten */
    assert_int_equal(result.products[0].height, 192);
    assert_int_equal(result.products[1].frames, 2);
    t.result = result;
    uint8_t *rgb = pixels_of(&t, "storyboard-2.webp", &width, &height);
    assert_int_equal(width, 8000);
    assert_int_equal(height, 64);
    free(rgb);
    rl_print_close(&print);
    av_frame_free(&tile);
    end(&t);
}

static long questions; /* until it is cancelled, for good */

static bool cancelled(void *user)
{
    (void)user;
    return questions-- <= 0;
}

static void test_cancel(void **state)
{
    struct test t;

    (void)state;
    begin(&t);
    int fd = make(&t, "-f lavfi -i testsrc2=r=10:d=6:s=160x120 -pix_fmt yuv420p -g 10 -c:v libx264", "in.mp4");
    plan(&t, fd, 160);
    t.kit.host.cancelled = cancelled;
    for (long after = 0;; after = after * 2 + 1) {
        questions = after;
        int rc = make_previews(&t, fd);
        if (questions >= 0) {
            assert_int_equal(rc, 0); /* it was done before */
            break;
        }
        assert_int_equal(rc, REEL_ERR_CANCELLED);
        assert_int_equal(t.kit.err.code, REEL_ERR_CANCELLED);
        drop(&t);
        assert_true(after < 1 << 20);
    }
    end(&t);
    close(fd);
}

static void test_avif(void **state)
{
    struct test t;

    (void)state;
    if (!rl_writer_present(RL_STILL_AVIF))
        skip();
    begin(&t);
    int fd = make(&t, "-f lavfi -i testsrc2=r=10:d=3:s=160x120 -pix_fmt yuv420p -g 10 -c:v libx264", "in.mp4");
    plan(&t, fd, 160);
    t.spec.poster.format = t.spec.animation = RL_STILL_AVIF;
    assert_int_equal(make_previews(&t, fd), 0);
    assert_string_equal(product(&t, "poster.avif")->mime, "image/avif");
    assert_int_equal(memcmp(text_of(&t, "poster.avif") + 4, "ftypavif", 8), 0);
    assert_int_equal(memcmp(text_of(&t, "preview.avif") + 4, "ftypavis", 8), 0);
    assert_non_null(strstr(text_of(&t, "storyboard.vtt"), "storyboard-1.avif#xywh=80,0,80,60"));
    end(&t);
    close(fd);
}

int main(void)
{
    if (!rl_writer_present(RL_STILL_WEBP)) {
        print_message("skipped: this build writes no WebP\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storyboard),
        cmocka_unit_test(test_cue_times),
        cmocka_unit_test(test_poster_and_placeholders),
        cmocka_unit_test(test_posters),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_animation),
        cmocka_unit_test(test_short_animation),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_picture_and_cover),
        cmocka_unit_test(test_large_sheets),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_avif),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
