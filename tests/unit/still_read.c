/* JPEG, PNG, GIF, TIFF and BMP: pixels against FFmpeg's, what the files say, damage, limits, and every sample there is. */
#include "media_kit.h"

#include "media/compat.h"
#include "media/still/still.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libavutil/intreadwrite.h>
#include <reel/input.h>
#include <strings.h>
#include <sys/stat.h>

#if __has_include(<jpeglib.h>)
#include <jpeglib.h>
#define HAVE_JPEG 1
#else
#define HAVE_JPEG 0
#endif

static char folder[] = "/tmp/reel-still-XXXXXX";
static struct kit kit;

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static uint8_t *load(const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *data;

    assert_true(fd >= 0);
    assert_int_equal(rl_still_load(&kit.flow, fd, &data, size), 0);
    close(fd);
    return data;
}

/* A picture that FFmpeg makes. */
static uint8_t *made(const char *name, const char *arguments, size_t *size)
{
    kit_run("ffmpeg -v error -y %s %s 2>&1", arguments, path_of(name));
    return load(path_of(name), size);
}

static int open_still(struct rl_still **still, const char *type, const uint8_t *data, size_t size, int hint)
{
    struct rl_still_hint h = { hint, hint, 0, 1 };

    kit.err = RL_ERROR_INIT;
    return rl_still_open(still, &kit.flow, type, data, size, hint >= 0 ? &h : NULL);
}

/* The first frame against what FFmpeg decodes to the same pixel format. */
static void compare(const char *type, const char *name, const char *arguments, const char *format, int tolerance)
{
    struct rl_still *still;
    AVFrame *frame = av_frame_alloc();
    size_t size, n, expected;
    uint8_t *data = made(name, arguments, &size);

    assert_int_equal(open_still(&still, type, data, size, 0), 0);
    const struct rl_still_info *info = rl_still_info(still);
    assert_string_equal(av_get_pix_fmt_name(info->pixel_format), format);
    assert_int_equal(rl_still_read(still, frame), 0);
    assert_int_equal(frame->format, info->pixel_format);
    assert_int_equal(frame->width, info->width);
    assert_int_equal(frame->height, info->height);
    assert_int_equal(frame->colorspace, info->colour.matrix);
    assert_int_equal(frame->color_range == AVCOL_RANGE_JPEG, info->colour.full_range);
    assert_int_equal(rl_still_damage(still), 0);
    n = (size_t)av_image_get_buffer_size(frame->format, frame->width, frame->height, 1);
    uint8_t *ours = malloc(n), *theirs;
    av_image_copy_to_buffer(ours, (int)n, (const uint8_t *const *)frame->data, frame->linesize, frame->format,
                            frame->width, frame->height, 1);
    char raw[128], full[160];
    snprintf(raw, sizeof(raw), "%s", path_of("raw"));
    snprintf(full, sizeof(full), "%s", path_of(name));
    bool j = !strcmp(type, "jpeg") && !strncmp(format, "yuv", 3);
    kit_run("ffmpeg -v error -y -i %s -f rawvideo -pix_fmt yuv%s%s %s 2>&1", full, j ? "j" : "", format + 3, raw);
    if (strncmp(format, "yuv", 3))
        kit_run("ffmpeg -v error -y -i %s -frames:v 1 -f rawvideo -pix_fmt %s %s 2>&1", full, format, raw);
    theirs = load(raw, &expected);
    assert_int_equal(expected, n);
    for (size_t i = 0; i < n; i++)
        assert_in_range(ours[i] - theirs[i] + tolerance, 0, 2 * tolerance);
    assert_int_equal(rl_still_read(still, frame), REEL_END);
    free(ours);
    rl_free(&kit.env, theirs);
    av_frame_free(&frame);
    rl_still_close(&still);
    rl_free(&kit.env, data);
}

static void test_jpeg_planes(void **state)
{
    static const char *const formats[] = { "420", "422", "444" };
    char arguments[256], name[32], format[32];

    (void)state;
    for (int i = 0; i < 3; i++)
        for (int odd = 0; odd < 2; odd++) {
            snprintf(arguments, sizeof(arguments),
                     "-f lavfi -i testsrc2=s=%s,format=rgb24 -frames:v 1 -q:v 3 -pix_fmt yuvj%sp",
                     odd ? "101x67" : "320x240", formats[i]);
            snprintf(name, sizeof(name), "%s-%d.jpg", formats[i], odd);
            snprintf(format, sizeof(format), "yuv%sp", formats[i]);
            compare("jpeg", name, arguments, format, 3);
        }
}

static void test_jpeg_scaled(void **state)
{
    static const int hints[][3] = { { 0, 0, 1604 },  { 900, 900, 1604 }, { 400, 300, 802 }, { 200, 100, 401 },
                                    { 50, 10, 201 }, { 100, 1, 201 },    { 101, 1, 401 } };
    AVFrame *frame = av_frame_alloc();
    struct rl_still *still;
    size_t size;
    uint8_t *data =
        made("large.jpg", "-f lavfi -i color=c=0x4080c0:s=1604x1202,format=rgb24 -frames:v 1 -pix_fmt yuvj420p", &size);

    (void)state;
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        struct rl_still_hint hint = { hints[i][0], hints[i][1], 0, 1 };
        assert_int_equal(rl_still_open(&still, &kit.flow, "jpeg", data, size, &hint), 0);
        assert_int_equal(rl_still_info(still)->width, 1604);
        assert_int_equal(rl_still_read(still, frame), 0);
        assert_int_equal(frame->width, hints[i][2]);
        assert_int_equal(frame->height, (1202 * hints[i][2] + 1603) / 1604);
        assert_true(frame->width >= 2 * hints[i][0] || frame->width == 1604);
        assert_int_equal(frame->format, rl_still_info(still)->pixel_format);
        for (int p = 0; p < 3; p++) /* one colour, from the first to the last column and row */
            for (int edge = 0; edge < 2; edge++) {
                const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(frame->format);
                int w = p ? AV_CEIL_RSHIFT(frame->width, d->log2_chroma_w) : frame->width;
                int h = p ? AV_CEIL_RSHIFT(frame->height, d->log2_chroma_h) : frame->height;
                uint8_t v = frame->data[p][edge ? (h - 1) * frame->linesize[p] + w - 1 : 0];
                assert_in_range(v - frame->data[p][h / 2 * frame->linesize[p] + w / 2] + 12, 0, 24);
            }
        rl_still_close(&still);
        av_frame_unref(frame);
    }
    av_frame_free(&frame);
    rl_free(&kit.env, data);
}

/* Puts an Exif segment with nothing but an orientation behind the start of a JPEG. */
static uint8_t *turned(const uint8_t *jpeg, size_t size, int orientation, size_t *grown)
{
    uint8_t exif[] = { 0xff, 0xe1, 0, 34, 'E', 'x', 'i',  'f', 0, 0, 'M', 'M', 0, 42, 0,
                       0,    0,    8, 0,  1,   1,   0x12, 0,   3, 0, 0,   0,   1, 0,  (uint8_t)orientation,
                       0,    0,    0, 0,  0,   0 };
    uint8_t *out = malloc(size + sizeof(exif));

    memcpy(out, jpeg, 2);
    memcpy(out + 2, exif, sizeof(exif));
    memcpy(out + 2 + sizeof(exif), jpeg + 2, size - 2);
    *grown = size + sizeof(exif);
    return out;
}

static void test_orientation(void **state)
{
    static const int want[9][2] = { { 0, 0 },   { 0, 0 },  { 1, 0 },  { 0, 180 }, { 1, 180 },
                                    { 1, 270 }, { 0, 90 }, { 1, 90 }, { 0, 270 } };
    size_t size, grown;
    uint8_t *data = made("plain.jpg", "-f lavfi -i testsrc2=s=64x48 -frames:v 1 -pix_fmt yuvj420p", &size);
    struct rl_still *still;

    (void)state;
    for (int v = 1; v <= 8; v++) {
        uint8_t *file = turned(data, size, v, &grown);
        assert_int_equal(open_still(&still, "jpeg", file, grown, 0), 0);
        const struct rl_still_info *info = rl_still_info(still);
        assert_int_equal(info->mirrored, want[v][0]);
        assert_int_equal(info->rotation, want[v][1]);
        assert_int_equal(info->width, 64); /* as stored */
        assert_memory_equal(info->exif, "MM", 2);
        rl_still_close(&still);
        free(file);
    }
    rl_free(&kit.env, data);
}

static void test_png_formats(void **state)
{
    static const char *const formats[][2] = {
        { "rgb24", "rgb24" },       { "rgba", "rgba" },     { "gray", "gray" },         { "ya8", "ya8" },
        { "gray16be", "gray16le" }, { "ya16be", "ya16le" }, { "rgb48be", "rgb48le" }, { "rgba64be", "rgba64le" },
        { "monob", "gray" },
    };
    char arguments[256], name[32];

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        snprintf(name, sizeof(name), "%s.png", formats[i][0]);
        snprintf(arguments, sizeof(arguments), "-f lavfi -i testsrc2=s=101x67 -frames:v 1 -pix_fmt %s", formats[i][0]);
        compare("png", name, arguments, formats[i][1], 0);
    }
    compare("png", "palette.png",
            "-f lavfi -i testsrc2=s=101x67:d=0.03 -frames:v 1 -filter_complex "
            "'split[a][b];[b]palettegen=reserve_transparent=0[p];"
            "[a][p]paletteuse' -pix_fmt pal8",
            "rgb24", 0);
}

static void test_tiff_and_bmp(void **state)
{
    (void)state;
    compare("tiff", "a.tif", "-f lavfi -i testsrc2=s=101x67 -frames:v 1 -compression_algo lzw -pix_fmt rgb24", "rgb24",
            0);
    compare("tiff", "b.tif", "-f lavfi -i testsrc2=s=101x67 -frames:v 1 -compression_algo deflate -pix_fmt rgba64le",
            "rgba64le", 0);
    compare("tiff", "c.tif", "-f lavfi -i testsrc2=s=101x67 -frames:v 1 -pix_fmt monob", "gray", 0);
    compare("bmp", "a.bmp", "-f lavfi -i testsrc2=s=101x67 -frames:v 1 -pix_fmt bgr24", "bgr24", 0);
    compare("bmp", "b.bmp", "-f lavfi -i testsrc2=s=101x67 -frames:v 1 -pix_fmt rgb565le", "rgb24", 1);
    compare("bmp", "c.bmp", "-f lavfi -i testsrc2=s=101x67 -frames:v 1 -pix_fmt bgra", "bgra", 0);
}

/* Masks that no decoder has in its list: green, blue, red and alpha from the top. */
static void test_bmp_masks(void **state)
{
    uint8_t bmp[70 + 16] = { 'B', 'M', 86, 0, 0, 0, 0, 0, 0, 0, 70, 0, 0, 0, 56, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0,
                             32, 0, 3 };
    static const uint8_t pixels[16] = { 128, 10, 30, 20, 255, 11, 31, 21, 0, 12, 32, 22, 1, 13, 33, 23 };
    static const uint8_t masks[16] = { 0, 0xff, 0, 0, 0, 0, 0, 0xff, 0, 0, 0xff, 0, 0xff, 0, 0, 0 };
    AVFrame *f = av_frame_alloc();
    struct rl_still *still;

    (void)state;
    memcpy(bmp + 54, masks, 16);
    memcpy(bmp + 70, pixels, 16);
    assert_int_equal(open_still(&still, "bmp", bmp, sizeof(bmp), 0), 0);
    assert_int_equal(rl_still_info(still)->pixel_format, AV_PIX_FMT_RGBA);
    assert_int_equal(rl_still_read(still, f), 0);
    /* the lower row comes first */
    assert_memory_equal(f->data[0], ((uint8_t[]){ 12, 22, 32, 0, 13, 23, 33, 1 }), 8);
    assert_memory_equal(f->data[0] + f->linesize[0], ((uint8_t[]){ 10, 20, 30, 128, 11, 21, 31, 255 }), 8);
    av_frame_unref(f);
    rl_still_close(&still);
    assert_int_equal(open_still(&still, "bmp", bmp, sizeof(bmp) - 8, 0), 0);
    assert_int_equal(rl_still_read(still, f), 0);
    assert_int_equal(f->data[0][0], 128); /* the upper row is missing */
    assert_true(rl_still_damage(still) > 0);
    rl_still_close(&still);
    av_frame_free(&f);
}

/* A GIF by hand: images of one colour, with codes that are cleared before they grow. */
struct gif {
    uint8_t data[4096];
    size_t size;
};

static void put(struct gif *g, const void *bytes, size_t n)
{
    memcpy(g->data + g->size, bytes, n);
    g->size += n;
}

static void gif_begin(struct gif *g, int width, int height, int loop)
{
    uint8_t head[] = { 'G', 'I', 'F', '8', '9', 'a', (uint8_t)width, 0, (uint8_t)height, 0, 0x81, 0, 0,
                       /* four colours: red, green, blue, white */
                       255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255 };
    uint8_t ext[] = {
        0x21, 0xff, 11, 'N', 'E', 'T', 'S', 'C', 'A', 'P', 'E', '2', '.', '0', 3, 1, (uint8_t)loop, 0, 0
    };

    g->size = 0;
    put(g, head, sizeof(head));
    if (loop >= 0)
        put(g, ext, sizeof(ext));
}

static void gif_image(struct gif *g, int x, int y, int w, int h, int colour, int delay, int dispose, int transparent)
{
    uint8_t control[] = { 0x21, 0xf9, 4, (uint8_t)(dispose << 2 | (transparent >= 0)), (uint8_t)delay, 0,
                          (uint8_t)(transparent >= 0 ? transparent : 0), 0 };
    uint8_t image[] = { 0x2c, (uint8_t)x, 0, (uint8_t)y, 0, (uint8_t)w, 0, (uint8_t)h, 0, 0, 2 };
    uint8_t codes[255];
    unsigned bits = 0, count = 0, n = 0;

    put(g, control, sizeof(control));
    put(g, image, sizeof(image));
    for (int i = 0; i <= w * h; i++) { /* a clear code (4), then a pixel, in 3 bits each; at the end 5 */
        unsigned pair[2] = { i < w * h ? 4u : 5u, (unsigned)colour };
        for (int k = 0; k < (i < w * h ? 2 : 1); k++) {
            bits |= pair[k] << count;
            for (count += 3; count >= 8; count -= 8, bits >>= 8)
                codes[1 + n++] = (uint8_t)bits;
        }
    }
    codes[1 + n++] = (uint8_t)bits;
    codes[0] = (uint8_t)n;
    put(g, codes, n + 1);
    put(g, "", 1);
}

static uint32_t pixel(const AVFrame *f, int x, int y)
{
    const uint8_t *p = f->data[0] + y * f->linesize[0] + 4 * x;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void test_gif_loops(void **state)
{
    static const int cases[][2] = { { -1, 1 }, { 0, 0 }, { 1, 2 }, { 2, 3 } };
    struct rl_still *still;
    struct gif g;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        gif_begin(&g, 4, 4, cases[i][0]);
        gif_image(&g, 0, 0, 4, 4, 0, 0, 1, -1);
        gif_image(&g, 0, 0, 4, 4, 1, 1, 1, -1);
        gif_image(&g, 0, 0, 4, 4, 2, 2, 1, -1);
        put(&g, ";", 1);
        assert_int_equal(open_still(&still, "gif", g.data, g.size, -1), 0);
        assert_int_equal(rl_still_info(still)->loops, cases[i][1]);
        assert_int_equal(rl_still_info(still)->frames, 3);
        assert_int_equal(rl_still_info(still)->duration, 100000 + 100000 + 20000);
        assert_int_equal(rl_still_info(still)->has_alpha, 0);
        rl_still_close(&still);
    }
}

static void test_gif_disposal(void **state)
{
    const uint32_t red = 0xff0000ff, green = 0x00ff00ff, blue = 0x0000ffff, white = 0xffffffff;
    AVFrame *f = av_frame_alloc();
    struct rl_still *still;
    struct gif g;

    (void)state;
    gif_begin(&g, 6, 4, 0);
    gif_image(&g, 1, 1, 2, 2, 0, 5, 1, -1); /* red, smaller than the canvas; stays */
    gif_image(&g, 0, 0, 2, 2, 1, 7, 3, -1); /* green; what was there comes back */
    gif_image(&g, 2, 2, 2, 2, 2, 9, 2, -1); /* blue; is cleared */
    gif_image(&g, 0, 0, 6, 4, 3, 5, 1, 3);  /* white, which is transparent: nothing */
    gif_image(&g, 5, 3, 4, 4, 3, 5, 1, -1); /* white, reaching out of the canvas */
    put(&g, ";", 1);
    assert_int_equal(open_still(&still, "gif", g.data, g.size, -1), 0);
    assert_int_equal(rl_still_info(still)->has_alpha, 1);
    assert_int_equal(rl_still_info(still)->frames, 5);
    assert_int_equal(rl_still_read(still, f), 0);
    assert_int_equal(f->width, 6);
    assert_int_equal(pixel(f, 0, 0), 0);
    assert_int_equal(pixel(f, 1, 1), red);
    assert_int_equal(f->pts, 0);
    assert_int_equal(rl_frame_duration(f), 50000);
    av_frame_unref(f);
    assert_int_equal(rl_still_read(still, f), 0);
    assert_int_equal(pixel(f, 0, 0), green);
    assert_int_equal(pixel(f, 1, 1), green);
    assert_int_equal(pixel(f, 2, 2), red);
    assert_int_equal(f->pts, 50000);
    av_frame_unref(f);
    assert_int_equal(rl_still_read(still, f), 0);
    assert_int_equal(pixel(f, 0, 0), 0);
    assert_int_equal(pixel(f, 1, 1), red);
    assert_int_equal(pixel(f, 2, 2), blue);
    assert_int_equal(pixel(f, 3, 3), blue);
    av_frame_unref(f);
    assert_int_equal(rl_still_read(still, f), 0);
    assert_int_equal(pixel(f, 1, 1), red);
    assert_int_equal(pixel(f, 2, 2), 0);
    assert_int_equal(pixel(f, 5, 3), 0);
    av_frame_unref(f);
    assert_int_equal(rl_still_read(still, f), 0);
    assert_int_equal(pixel(f, 5, 3), white);
    assert_int_equal(f->pts, 50000 + 70000 + 90000 + 50000);
    av_frame_unref(f);
    assert_int_equal(rl_still_read(still, f), REEL_END);
    assert_int_equal(rl_still_damage(still), 0);
    rl_still_close(&still);
    av_frame_free(&f);
}

/* All frames of an animation against FFmpeg's. */
static void test_gif_bounds(void **state)
{
    AVFrame *f = av_frame_alloc();
    struct rl_still *still;
    struct gif g;

    (void)state;
    gif_begin(&g, 2, 2, 0); /* opaque, but taken away again to what was before: nothing */
    gif_image(&g, 0, 0, 2, 2, 0, 5, 3, -1);
    gif_image(&g, 1, 1, 1, 1, 1, 5, 1, -1);
    put(&g, ";", 1);
    assert_int_equal(open_still(&still, "gif", g.data, g.size, -1), 0);
    assert_int_equal(rl_still_info(still)->has_alpha, 1);
    rl_still_close(&still);

    gif_begin(&g, 4, 4, 0); /* a kilobyte that asks for 2.5 Gpx */
    g.data[7] = g.data[9] = 31;
    for (int i = 0; i < 40; i++)
        gif_image(&g, 0, 0, 1, 1, 0, 5, 1, -1);
    put(&g, ";", 1);
    assert_int_equal(open_still(&still, "gif", g.data, g.size, -1), 0);
    assert_int_equal(rl_still_read(still, f), REEL_ERR_LIMIT_PIXELS);
    rl_still_close(&still);
    *kit.flow.err = RL_ERROR_INIT;
    av_frame_free(&f);
}

/* A gray TIFF of side x side px in tiles, all of which are the same bytes. */
static size_t tiled(uint8_t *data, uint32_t side, uint32_t tile, uint32_t count, uint32_t bytes)
{
    const uint32_t lists = 8 + 2 + 9 * 12 + 4, start = lists + 8 * count;
    const uint32_t tags[][3] = {
        { 256, 1, side }, { 257, 1, side }, { 258, 1, 8 },         { 259, 1, 1 },                     { 262, 1, 1 },
        { 322, 1, tile }, { 323, 1, tile }, { 324, count, lists }, { 325, count, lists + 4 * count },
    };

    memcpy(data, "II*\0\10\0\0\0\11\0", 10);
    for (size_t i = 0; i < 9; i++) {
        AV_WL16(data + 10 + 12 * i, tags[i][0]);
        AV_WL16(data + 12 + 12 * i, 4);
        AV_WL32(data + 14 + 12 * i, tags[i][1]);
        AV_WL32(data + 18 + 12 * i, tags[i][2]);
    }
    memset(data + lists - 4, 0, 4);
    for (uint32_t i = 0; i < count; i++) {
        AV_WL32(data + lists + 4 * i, start);
        AV_WL32(data + lists + 4 * (count + i), bytes);
    }
    memset(data + start, 77, bytes);
    return start + bytes;
}

static void test_tile_bounds(void **state)
{
    uint8_t *data = malloc(1 << 20);
    struct rl_still *still = NULL;

    (void)state;
    int rc = open_still(&still, "tiff", data, tiled(data, 64, 16, 16, 256), -1); /* a good one */
    if (rc != 0)
        fail_msg("%s", kit.flow.err->text);
    rl_still_close(&still);
    assert_int_equal(open_still(&still, "tiff", data, tiled(data, 100, 1, 10000, 20000), -1), REEL_ERR_UNSUPPORTED);
    *kit.flow.err = RL_ERROR_INIT;
    assert_int_equal(open_still(&still, "tiff", data, tiled(data, 256, 16, 256, 60000), -1), REEL_ERR_INVALID_DATA);
    *kit.flow.err = RL_ERROR_INIT;
    free(data);
}

static void compare_animation(const char *type, const char *name, const char *arguments, uint32_t frames, int loops,
                              int64_t each)
{
    AVFrame *f = av_frame_alloc();
    struct rl_still *still;
    size_t size, expected, row;
    uint8_t *data = made(name, arguments, &size), *raw;
    char raw_path[128];

    snprintf(raw_path, sizeof(raw_path), "%s", path_of("raw"));
    kit_run("ffmpeg -v error -y -i %s -fps_mode passthrough -f rawvideo -pix_fmt rgba %s 2>&1", path_of(name),
            raw_path);
    raw = load(raw_path, &expected);
    assert_int_equal(open_still(&still, type, data, size, 0), 0);
    assert_int_equal(rl_still_info(still)->frames, frames);
    assert_int_equal(rl_still_info(still)->loops, loops);
    assert_int_equal(rl_still_info(still)->duration, frames * each);
    for (uint32_t i = 0; i < frames; i++) {
        assert_int_equal(rl_still_read(still, f), 0);
        assert_int_equal(f->pts, i * each);
        assert_int_equal(rl_frame_duration(f), each);
        row = (size_t)f->width * 4;
        assert_true(expected >= (i + 1) * row * (size_t)f->height);
        for (int y = 0; y < f->height; y++)
            assert_memory_equal(f->data[0] + y * f->linesize[0], raw + (i * (size_t)f->height + (size_t)y) * row, row);
        av_frame_unref(f);
    }
    assert_int_equal(rl_still_read(still, f), REEL_END);
    rl_still_close(&still);
    rl_free(&kit.env, raw);
    rl_free(&kit.env, data);
    av_frame_free(&f);
}

static void test_animations(void **state)
{
    (void)state;
    compare_animation("gif", "a.gif", "-f lavfi -i testsrc2=s=100x70:r=10 -frames:v 7 -loop 4", 7, 5, 100000);
    compare_animation("png", "a.apng", "-f lavfi -i testsrc2=s=100x70:r=10 -frames:v 7 -plays 3 -f apng -pix_fmt rgba",
                      7, 3, 100000);
    compare_animation("png", "b.apng", "-f lavfi -i testsrc2=s=100x70:r=4 -frames:v 3 -plays 0 -f apng -pix_fmt rgb24",
                      3, 0, 250000);
}

/* Only the begin of a file: something is there, the rest is gray, and it is said. */
static void test_truncated(void **state)
{
    static const struct {
        const char *type, *name, *arguments;
    } cases[] = {
        { "jpeg", "t.jpg", "-f lavfi -i testsrc2=s=640x480 -frames:v 1 -pix_fmt yuvj420p" },
        { "png", "t.png", "-f lavfi -i testsrc2=s=640x480 -frames:v 1 -pix_fmt rgb24" },
        { "bmp", "t.bmp", "-f lavfi -i testsrc2=s=640x480 -frames:v 1 -pix_fmt bgr24" },
        { "gif", "t.gif", "-f lavfi -i testsrc2=s=640x480 -frames:v 1" },
    };
    AVFrame *f = av_frame_alloc();
    struct rl_still *still;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t size;
        uint8_t *data = made(cases[i].name, cases[i].arguments, &size);
        assert_int_equal(open_still(&still, cases[i].type, data, size / 2, 0), 0);
        assert_int_equal(rl_still_read(still, f), 0);
        assert_true(rl_still_damage(still) > 0);
        assert_string_equal(rl_still_info(still)->note, "the end is missing");
        if (i == 0 || i == 1) /* the last row */
            assert_int_equal(f->data[0][(f->height - 1) * f->linesize[0] + 30], 128);
        av_frame_unref(f);
        rl_still_close(&still);
        for (size_t n = 0; n < size && n < 4000; n += n < 100 ? 1 : 97) { /* any begin of it ends in a frame or an error */
            uint8_t *copy = malloc(n ? n : 1);
            memcpy(copy, data, n);
            int rc = open_still(&still, cases[i].type, copy, n, 0);
            if (rc == 0)
                rc = rl_still_read(still, f);
            assert_true(rc == 0 || rc == REEL_ERR_INVALID_DATA);
            assert_true(rc == 0 || kit.err.text[0]);
            av_frame_unref(f);
            rl_still_close(&still);
            free(copy);
        }
        rl_free(&kit.env, data);
    }
    av_frame_free(&f);
}

static void test_limits(void **state)
{
    static const uint8_t bomb[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,   0, 0, 13, 'I', 'H', 'D', 'R',
                                    0,    1,   0,   0,   0,    1,    0,    0,    8,   2, 0, 0,  0,   0,   0,   0,
                                    0,    0,   0,   0,   1,    'I',  'D',  'A',  'T', 0, 0, 0,  0,   0 };
    struct rl_still *still;
    AVFrame *f = av_frame_alloc();
    struct gif g;

    (void)state;
    assert_int_equal(open_still(&still, "png", bomb, sizeof(bomb), 0), REEL_ERR_LIMIT_PIXELS);
    assert_null(still);
    gif_begin(&g, 4, 4, 0);
    for (int i = 0; i < 5; i++)
        gif_image(&g, 0, 0, 4, 4, 0, 5, 1, -1);
    kit.env.limits.frames = 4;
    assert_int_equal(open_still(&still, "gif", g.data, g.size, 0), REEL_ERR_LIMIT_FRAMES);
    kit.env.limits.frames = 5;
    assert_int_equal(open_still(&still, "gif", g.data, g.size, 0), 0);
    atomic_store(&kit.cancel, true);
    assert_int_equal(rl_still_read(still, f), REEL_ERR_CANCELLED);
    atomic_store(&kit.cancel, false);
    rl_still_close(&still);
    kit.env.limits.frames = 10000000;
    assert_int_equal(open_still(&still, "tga", g.data, g.size, 0), REEL_ERR_FORMAT);
    assert_int_equal(open_still(&still, "gif", g.data, 0, 0), REEL_ERR_INVALID_DATA);
    av_frame_free(&f);
}

static const char *type_of(const char *name)
{
    static const char *const types[][2] = { { "jpg", "jpeg" }, { "jpeg", "jpeg" }, { "png", "png" },  { "gif", "gif" },
                                            { "tif", "tiff" }, { "tiff", "tiff" }, { "bmp", "bmp" } };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
        if (!strcasecmp(dot + 1, types[i][0]))
            return types[i][1];
    return NULL;
}

/* Ends in frames as the info has them, or in an error that says why. */
static void run_sample(const char *path, const char *type)
{
    AVFrame *f = av_frame_alloc();
    struct rl_still *still = NULL;
    uint8_t *data = NULL;
    size_t size;
    uint32_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

    kit.err = RL_ERROR_INIT;
    rc = rl_still_load(&kit.flow, fd, &data, &size);
    rc = rc < 0 ? rc : open_still(&still, type, data, size, 0);
    close(fd);
    if (rc < 0 && (!kit.err.text[0] || (rc != REEL_ERR_INVALID_DATA && rc != REEL_ERR_UNSUPPORTED &&
                                        rc != REEL_ERR_LIMIT_PIXELS && rc != REEL_ERR_LIMIT_MEMORY)))
        fail_msg("%s: %d '%s'", path, rc, kit.err.text);
    while (still && (rc = rl_still_read(still, f)) == 0 && n++ < 300) {
        const struct rl_still_info *i = rl_still_info(still);
        if (f->format != i->pixel_format || f->width != i->width || f->height != i->height)
            fail_msg("%s: a frame of %dx%d %s, not %dx%d %s", path, f->width, f->height, av_get_pix_fmt_name(f->format),
                     i->width, i->height, av_get_pix_fmt_name(i->pixel_format));
        av_frame_unref(f);
    }
    if (still && rc < 0 && !kit.err.text[0])
        fail_msg("%s: %d and no words", path, rc);
    if (still && rc == REEL_END && n != rl_still_info(still)->frames && !rl_still_damage(still))
        fail_msg("%s: %u frames instead of %u", path, n, rl_still_info(still)->frames);
    rl_still_close(&still);
    rl_free(&kit.env, data);
    av_frame_free(&f);
}

static int run_folder(const char *path)
{
    DIR *dir = opendir(path);
    char inner[4096];
    int count = 0;

    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *type = type_of(e->d_name);
        snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.' && e->d_type == DT_DIR)
            count += run_folder(inner);
        else if (type && ++count)
            run_sample(inner, type);
    }
    if (dir)
        closedir(dir);
    return count;
}

static void test_samples(void **state)
{
    int count = run_folder("../shared/media");

    (void)state;
    if (!count) {
        print_message("skipped: no ../shared/media\n");
        skip();
    }
    print_message("%d files\n", count);
}

static void open_sample(struct rl_still **still, uint8_t **data, const char *name, int hint)
{
    char path[256];
    size_t size;

    snprintf(path, sizeof(path), "../shared/media/%s", name);
    if (access(path, R_OK)) {
        print_message("skipped: no %s\n", name);
        skip();
    }
    *data = load(path, &size);
    assert_int_equal(open_still(still, type_of(name), *data, size, hint), 0);
}

static void test_what_phones_say(void **state)
{
    struct rl_still *still;
    uint8_t *data;

    (void)state;
    open_sample(&still, &data, "lovell/gain-map.jpg", 0);
    assert_int_equal(rl_still_info(still)->gain_map, 1);
    assert_int_equal(rl_still_info(still)->icc_kind, RL_ICC_SRGB);
    rl_still_close(&still);
    rl_free(&kit.env, data);
    open_sample(&still, &data, "python-pillow/ultrahdr.jpg", 0);
    assert_int_equal(rl_still_info(still)->gain_map, 1);
    rl_still_close(&still);
    rl_free(&kit.env, data);
    open_sample(&still, &data, "lovell/prophoto.png", 0);
    assert_int_equal(rl_still_info(still)->icc_kind, RL_ICC_RGB);
    rl_still_close(&still);
    rl_free(&kit.env, data);
}

/* The same picture in tiles and in strips of each colour. */
static void test_tiles(void **state)
{
    AVFrame *tiled = av_frame_alloc(), *strips = av_frame_alloc();
    struct rl_still *still;
    uint8_t *data;

    (void)state;
    open_sample(&still, &data, "python-pillow/tiff_tiled_raw.tif", 0);
    assert_int_equal(rl_still_read(still, tiled), 0);
    assert_int_equal(rl_still_damage(still), 0);
    rl_still_close(&still);
    rl_free(&kit.env, data);
    open_sample(&still, &data, "python-pillow/tiff_strip_planar_raw.tif", 0);
    assert_int_equal(rl_still_read(still, strips), 0);
    rl_still_close(&still);
    rl_free(&kit.env, data);
    assert_int_equal(tiled->format, AV_PIX_FMT_RGB24);
    assert_int_equal(strips->format, AV_PIX_FMT_GBRP);
    for (int y = 0; y < tiled->height; y++)
        for (int x = 0; x < tiled->width; x++)
            for (int i = 0; i < 3; i++)
                assert_int_equal(tiled->data[0][y * tiled->linesize[0] + 3 * x + i],
                                 strips->data[(i + 2) % 3][y * strips->linesize[(i + 2) % 3] + x]);
    av_frame_free(&tiled);
    av_frame_free(&strips);
}

#if HAVE_JPEG
/* A JPEG of one ink colour, as Adobe writes it (255 is no ink) or the other way. */
static size_t ink_jpeg(uint8_t **data, const uint8_t ink[4], bool adobe)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned long size = 0;
    uint8_t row[16 * 4];
    JSAMPROW rows[1] = { row };

    for (size_t i = 0; i < sizeof(row); i++)
        row[i] = adobe ? (uint8_t)(255 - ink[i % 4]) : ink[i % 4];
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    *data = NULL;
    jpeg_mem_dest(&c, data, &size);
    c.image_width = c.image_height = 16;
    c.input_components = 4;
    c.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&c);
    jpeg_set_colorspace(&c, adobe ? JCS_YCCK : JCS_CMYK);
    c.write_Adobe_marker = adobe;
    jpeg_set_quality(&c, 100, TRUE);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < 16)
        jpeg_write_scanlines(&c, rows, 1);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return size;
}

static void test_ink(void **state)
{
    static const struct {
        uint8_t ink[4], light[3];
    } cases[] = { { { 0, 0, 0, 0 }, { 255, 255, 255 } },   { { 255, 0, 0, 0 }, { 0, 174, 239 } },
                  { { 0, 255, 255, 0 }, { 237, 28, 36 } }, { { 0, 0, 0, 255 }, { 35, 31, 32 } },
                  { { 0, 0, 0, 128 }, { 145, 143, 143 } }, { { 255, 255, 255, 255 }, { 0, 0, 0 } } };
    AVFrame *f = av_frame_alloc();
    struct rl_still *still;
    uint8_t *data;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int adobe = 0; adobe < 2; adobe++) {
            size_t size = ink_jpeg(&data, cases[i].ink, adobe);
            assert_int_equal(open_still(&still, "jpeg", data, size, 0), 0);
            assert_int_equal(rl_still_info(still)->pixel_format, AV_PIX_FMT_RGB24);
            assert_int_equal(rl_still_info(still)->colour.primaries, 1);
            assert_int_equal(rl_still_read(still, f), 0);
            for (int k = 0; k < 3; k++)
                assert_in_range(f->data[0][8 * f->linesize[0] + 24 + k] - cases[i].light[k] + 6, 0, 12);
            av_frame_unref(f);
            rl_still_close(&still);
            free(data);
        }
    av_frame_free(&f);
}
#endif

static void test_facts(void **state)
{
    struct rl_probe_spec spec = { .format = "gif" };
    struct rl_facts facts = { 0 };
    struct gif g;

    (void)state;
    gif_begin(&g, 6, 4, 2);
    gif_image(&g, 0, 0, 6, 4, 0, 5, 1, -1);
    gif_image(&g, 0, 0, 6, 4, 1, 7, 1, -1);
    kit_write(path_of("facts.gif"), g.data, g.size, "wb");
    int fd = open(path_of("facts.gif"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(rl_probe_still(&kit.flow, fd, &spec, &facts), 0);
    close(fd);
    assert_string_equal(facts.format, "gif");
    assert_int_equal(facts.bytes, g.size);
    assert_int_equal(facts.stream_count, 1);
    assert_int_equal(facts.duration, 120000);
    assert_int_equal(facts.streams[0].kind, REEL_STREAM_PICTURE);
    assert_int_equal(facts.streams[0].decodable, 1);
    assert_int_equal(facts.streams[0].frames, 2);
    assert_int_equal(facts.streams[0].loops, 3);
    assert_int_equal(facts.streams[0].width, 6);
    assert_string_equal(facts.streams[0].pixel_format, "rgba");
    rl_shape_clear(&kit.env, &rl_facts_shape, &facts);
}

static int fail_after;

static int fail_nth(void *user, int32_t op)
{
    (void)user;
    return op == REEL_FAULT_ALLOC && fail_after-- == 0 ? ENOMEM : 0;
}

static void test_out_of_memory(void **state)
{
    AVFrame *f = av_frame_alloc();
    struct rl_still *still;
    struct gif g;
    int rc = REEL_ERR_NOMEM;

    (void)state;
    gif_begin(&g, 6, 4, 2);
    gif_image(&g, 0, 0, 6, 4, 0, 5, 1, -1);
    kit.env.fault = fail_nth;
    for (int n = 0; rc < 0; n++) {
        assert_true(n < 50);
        fail_after = n;
        rc = open_still(&still, "gif", g.data, g.size, 0);
        assert_true(rc == 0 || rc == REEL_ERR_NOMEM);
        rl_still_close(&still);
    }
    kit.env.fault = NULL;
    av_frame_free(&f);
}

static int setup(void **state)
{
    (void)state;
    kit_begin(&kit);
    av_log_set_level(AV_LOG_QUIET);
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    kit_run("rm -rf '%s'", folder);
    kit_end(&kit);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jpeg_planes),
        cmocka_unit_test(test_jpeg_scaled),
        cmocka_unit_test(test_orientation),
        cmocka_unit_test(test_png_formats),
        cmocka_unit_test(test_tiff_and_bmp),
        cmocka_unit_test(test_bmp_masks),
        cmocka_unit_test(test_gif_loops),
        cmocka_unit_test(test_gif_disposal),
        cmocka_unit_test(test_gif_bounds),
        cmocka_unit_test(test_tile_bounds),
        cmocka_unit_test(test_animations),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_what_phones_say),
        cmocka_unit_test(test_tiles),
#if HAVE_JPEG
        cmocka_unit_test(test_ink),
#endif
        cmocka_unit_test(test_samples),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
