/* Writing AVIF and WebP: what other programs read out of the files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "write_kit.h"

/* One plane of a frame against packed samples; gives what follows them. */
static const uint8_t *same_plane(const AVFrame *f, int plane, const uint8_t *data, const uint8_t *end)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get((enum AVPixelFormat)f->format);
    bool chroma = plane == 1 || plane == 2;
    int w = chroma ? AV_CEIL_RSHIFT(f->width, d->log2_chroma_w) : f->width;
    int h = chroma ? AV_CEIL_RSHIFT(f->height, d->log2_chroma_h) : f->height;
    size_t row = (size_t)w * (d->comp[0].depth > 8 ? 2 : 1);

    assert_true((size_t)(end - data) >= row * (size_t)h);
    for (int y = 0; y < h; y++, data += row)
        assert_memory_equal(f->data[plane] + y * f->linesize[plane], data, row);
    return data;
}

/* Lossless AVIF: planes of every layout and depth come back as they were. */
static void test_avif_lossless(void **state)
{
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,
        AV_PIX_FMT_GRAY8,
        AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV422P12, AV_PIX_FMT_YUV444P12, AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP10,
        AV_PIX_FMT_GBRP12, AV_PIX_FMT_GBRAP };
    struct kit k;

    (void)state;
    kit_begin(&k);
    need(&k, "avifdec");
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        AVFrame *f = picture(formats[i], 75, 53, (unsigned)i);
        struct rl_writer_params p = params_of(RL_STILL_AVIF, f);
        size_t size;
        p.lossless = 1;
        assert_int_equal(write_one(&k, &p, f), 0);
        save(&k, "a.avif");
        free(say(&k, "avifdec a.avif a.y4m"));
        uint8_t *y4m = slurp(&k, "a.y4m", &size), *end = y4m + size;
        const uint8_t *at = (uint8_t *)strstr((char *)y4m, "FRAME\n");
        assert_non_null(at);
        at += 6;
        for (int plane = 0; plane < 4 && f->data[plane]; plane++)
            at = same_plane(f, plane, at, end);
        free(y4m);
        av_frame_free(&f);
    }
    kit_end(&k);
}

static uint8_t *rgba_of(struct kit *k, const char *name, int width, int height)
{
    char command[256];
    size_t size;

    snprintf(command, sizeof(command), "ffmpeg -nostdin -v error -y -i %s -f rawvideo -pix_fmt rgba raw", name);
    free(say(k, command));
    uint8_t *raw = slurp(k, "raw", &size);
    assert_int_equal(size, (size_t)width * (size_t)height * 4);
    return raw;
}

/* Alpha of AVIF: of full range, exact when lossless, near when not, never multiplied. */
static void test_avif_alpha(void **state)
{
    struct kit k;
    AVFrame *f = picture(AV_PIX_FMT_YUVA420P, 64, 48, 3);

    (void)state;
    kit_begin(&k);
    need(&k, "avifdec");
    need(&k, "ffmpeg");
    for (int lossless = 0; lossless < 2; lossless++) {
        struct rl_writer_params p = params_of(RL_STILL_AVIF, f);
        p.lossless = lossless;
        for (int y = 0; y < 48; y++)
            for (int x = 0; x < 64; x++)
                f->data[3][y * f->linesize[3] + x] = (uint8_t)(x * 4 + y / 16);
        assert_int_equal(write_one(&k, &p, f), 0);
        save(&k, "a.avif");
        char *info = say(&k, "avifdec --info a.avif");
        assert_non_null(strstr(info, "Not premultiplied"));
        free(info);
        free(say(&k, "avifdec a.avif a.png"));
        uint8_t *raw = rgba_of(&k, "a.png", 64, 48);
        for (int y = 0; y < 48; y++)
            for (int x = 0; x < 64; x++) {
                int off = raw[(y * 64 + x) * 4 + 3] - f->data[3][y * f->linesize[3] + x];
                assert_true(abs(off) <= (lossless ? 0 : 12));
            }
        free(raw);
    }
    av_frame_free(&f);
    kit_end(&k);
}

/* What the numbers mean, and what goes with them. */
static void test_avif_tags(void **state)
{
    struct kit k;
    AVFrame *f = picture(AV_PIX_FMT_YUV420P10, 40, 30, 1);
    struct rl_writer_params p = params_of(RL_STILL_AVIF, f);
    static const uint8_t exif[] = "II*\0\x08\0\0\0\0\0\0\0\0", icc[200] = { 0, 0, 0, 200 };

    (void)state;
    kit_begin(&k);
    need(&k, "avifdec");
    p.colour = (struct rl_colour){ 9, 16, 9, 0, 3 };
    assert_int_equal(write_one(&k, &p, f), 0);
    save(&k, "a.avif");
    char *info = say(&k, "avifdec --info a.avif");
    assert_non_null(strstr(info, "Bit Depth      : 10"));
    assert_non_null(strstr(info, "Format         : YUV420"));
    assert_non_null(strstr(info, "Chroma Sam. Pos: 2"));
    assert_non_null(strstr(info, "Range          : Limited"));
    assert_non_null(strstr(info, "Color Primaries: 9"));
    assert_non_null(strstr(info, "Transfer Char. : 16"));
    assert_non_null(strstr(info, "Matrix Coeffs. : 9"));
    assert_non_null(strstr(info, "ICC Profile    : Absent"));
    assert_non_null(strstr(info, "Transformations: None"));
    free(info);

    p.colour = (struct rl_colour){ 2, 2, 6, 1, 0 };
    p.icc = icc;
    p.icc_size = sizeof(icc);
    p.exif = exif;
    p.exif_size = sizeof(exif);
    p.xmp = (const uint8_t *)"<x:xmpmeta/>";
    p.xmp_size = 12;
    assert_int_equal(write_one(&k, &p, f), 0);
    save(&k, "a.avif");
    info = say(&k, "avifdec --info a.avif");
    assert_non_null(strstr(info, "Range          : Full"));
    assert_non_null(strstr(info, "ICC Profile    : Present (200 bytes)"));
    assert_non_null(strstr(info, "XMP Metadata   : Present (12 bytes)"));
    assert_non_null(strstr(info, "Exif Metadata  : Present (14 bytes)"));
    free(info);
    av_frame_free(&f);
    kit_end(&k);
}

/* Lossless WebP gives back RGB under full transparency too. */
static void test_webp_lossless(void **state)
{
    struct kit k;
    AVFrame *f = picture(AV_PIX_FMT_RGBA, 53, 41, 5);
    struct rl_writer_params p = params_of(RL_STILL_WEBP, f);
    size_t size;

    (void)state;
    kit_begin(&k);
    need(&k, "dwebp");
    for (int x = 0; x < 53; x++)
        f->data[0][7 * f->linesize[0] + 4 * x + 3] = 0;
    p.lossless = 1;
    for (int speed = 0; speed < 10; speed += 3) {
        p.speed = speed;
        assert_int_equal(write_one(&k, &p, f), 0);
        save(&k, "a.webp");
        free(say(&k, "dwebp -quiet -pam a.webp -o a.pam"));
        uint8_t *pam = slurp(&k, "a.pam", &size);
        const uint8_t *at = (uint8_t *)strstr((char *)pam, "ENDHDR\n");
        assert_non_null(at);
        at += 7;
        for (int y = 0; y < 41; y++, at += (size_t)53 * 4)
            assert_memory_equal(f->data[0] + y * f->linesize[0], at, 53 * 4);
        free(pam);
    }
    av_frame_free(&f);
    kit_end(&k);
}

/* Lossy WebP with alpha, beside a profile and metadata; the frame that was lent is left as it was. */
static void test_webp_parts(void **state)
{
    struct kit k;
    AVFrame *f = picture(AV_PIX_FMT_YUVA420P, 45, 33, 2);
    struct rl_writer_params p = params_of(RL_STILL_WEBP, f);
    static const uint8_t exif[] = "MM\0*\0\0\0\x08\0\0\0\0\0", icc[201] = { 0, 0, 0, 201 };
    size_t size;

    (void)state;
    kit_begin(&k);
    need(&k, "webpmux");
    need(&k, "dwebp");
    memset(f->data[3], 0, (size_t)f->linesize[3] * 20); /* what libwebp would flatten */
    uint32_t before = sum_of(f);
    p.icc = icc;
    p.icc_size = sizeof(icc);
    p.exif = exif;
    p.exif_size = sizeof(exif);
    p.xmp = (const uint8_t *)"<x:xmpmeta/>";
    p.xmp_size = 12;
    assert_int_equal(write_one(&k, &p, f), 0);
    assert_int_equal(sum_of(f), before);
    save(&k, "a.webp");
    char *info = say(&k, "webpmux -info a.webp");
    assert_non_null(strstr(info, "Canvas size: 45 x 33"));
    assert_non_null(strstr(info, "transparency"));
    free(info);
    free(say(&k, "webpmux -get icc a.webp -o i && webpmux -get exif a.webp -o e && webpmux -get xmp a.webp -o x"));
    uint8_t *data = slurp(&k, "i", &size);
    assert_int_equal(size, sizeof(icc));
    assert_memory_equal(data, icc, size);
    free(data);
    data = slurp(&k, "e", &size);
    assert_int_equal(size, sizeof(exif));
    assert_memory_equal(data, exif, size);
    free(data);
    data = slurp(&k, "x", &size);
    assert_int_equal(size, 12);
    free(data);
    free(say(&k, "dwebp -quiet -pam a.webp -o a.pam"));
    uint8_t *pam = slurp(&k, "a.pam", &size);
    const uint8_t *at = (uint8_t *)strstr((char *)pam, "ENDHDR\n") + 7;
    for (int y = 0; y < 33; y++)
        for (int x = 0; x < 45; x++)
            assert_int_equal(at[(y * 45 + x) * 4 + 3], f->data[3][y * f->linesize[3] + x]); /* exact from 60 on */
    free(pam);
    av_frame_free(&f);
    kit_end(&k);
}

/* One even colour through both formats: the right matrix and the right range. */
static void test_colour(void **state)
{
    struct kit k;
    size_t size;

    (void)state;
    kit_begin(&k);
    need(&k, "dwebp");
    need(&k, "avifdec");
    need(&k, "ffmpeg");
    AVFrame *f = picture(AV_PIX_FMT_YUV420P, 33, 17, 0);
    /* Red of 200, 40, 30: BT.601, limited range, as WebP has it; then full, as a JPEG has it. */
    static const uint8_t limited[3] = { 90, 100, 199 }, full[3] = { 87, 96, 209 };
    for (int format = RL_STILL_AVIF; format <= RL_STILL_WEBP; format++) {
        const uint8_t *c = format == RL_STILL_WEBP ? limited : full;
        struct rl_writer_params p = params_of(format, f);
        p.quality = 90;
        for (int i = 0; i < 3; i++)
            memset(f->data[i], c[i], (size_t)f->linesize[i] * (i ? 9 : 17));
        assert_int_equal(write_one(&k, &p, f), 0);
        save(&k, "a");
        free(say(&k, format == RL_STILL_WEBP ? "dwebp -quiet a -o a.png" : "mv a a.avif && avifdec a.avif a.png"));
        uint8_t *raw = rgba_of(&k, "a.png", 33, 17);
        for (size = 0; size < (size_t)33 * 17; size++) {
            assert_true(abs(raw[4 * size] - 200) <= 4);
            assert_true(abs(raw[4 * size + 1] - 40) <= 4);
            assert_true(abs(raw[4 * size + 2] - 30) <= 4);
        }
        free(raw);
    }
    av_frame_free(&f);
    kit_end(&k);
}

/* Sizes that have no whole block, and the largest there is. */
static void test_sizes(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 1, 7 }, { 7, 1 }, { 3, 5 }, { 2, 2 }, { 65, 17 }, { 16383, 2 } };
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P };
    struct kit k;

    (void)state;
    kit_begin(&k);
    need(&k, "webpinfo");
    need(&k, "avifdec");
    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
        AVFrame *f = picture(formats[i % 2], sizes[i / 2][0], sizes[i / 2][1], 4);
        char want[64];
        struct rl_writer_params p = params_of(RL_STILL_WEBP, f);
        assert_int_equal(write_one(&k, &p, f), 0);
        save(&k, "a.webp");
        char *info = say(&k, "webpinfo a.webp");
        snprintf(want, sizeof(want), "%s: %d", "Width", f->width);
        assert_non_null(strstr(info, want));
        snprintf(want, sizeof(want), "%s: %d", "Height", f->height);
        assert_non_null(strstr(info, want));
        assert_non_null(strstr(info, "No error detected"));
        free(info);
        p = params_of(RL_STILL_AVIF, f);
        assert_int_equal(write_one(&k, &p, f), 0);
        save(&k, "a.avif");
        info = say(&k, "avifdec --info a.avif");
        snprintf(want, sizeof(want), "Resolution     : %dx%d", f->width, f->height);
        assert_non_null(strstr(info, want));
        free(info);
        av_frame_free(&f);
    }
    kit_end(&k);
}

/* Noise of 20 million pixels: its modes do not fit into VP8's first partition, and it is written all the same. */
static void test_noise(void **state)
{
    struct kit k;
    AVFrame *f = picture(AV_PIX_FMT_YUV420P, 5000, 4000, 1);
    struct rl_writer_params p = params_of(RL_STILL_WEBP, f);
    uint32_t noise = 1;

    (void)state;
    kit_begin(&k);
    need(&k, "webpinfo");
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++)
            f->data[0][y * f->linesize[0] + x] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
    p.speed = 9;
    p.quality = 100;
    assert_int_equal(write_one(&k, &p, f), 0);
    save(&k, "a.webp");
    char *info = say(&k, "webpinfo a.webp");
    assert_non_null(strstr(info, "No error detected"));
    free(info);
    av_frame_free(&f);
    kit_end(&k);
}

static void test_refusals(void **state)
{
    struct kit k;
    AVFrame *f = picture(AV_PIX_FMT_YUV420P, 16, 16, 0), *other = picture(AV_PIX_FMT_YUV420P, 18, 16, 0);
    AVFrame *two[3] = { f, f, NULL }, *uneven[3] = { f, other, NULL }, *none[1] = { NULL };
    struct rl_writer_params p = params_of(RL_STILL_WEBP, f);

    (void)state;
    kit_begin(&k);
    assert_int_equal(rl_writer_max_side(RL_STILL_WEBP), 16383);
    assert_int_equal(rl_writer_max_side(RL_STILL_AVIF), 65535);
    assert_true(rl_writer_present(RL_STILL_WEBP) && rl_writer_present(RL_STILL_AVIF) && !rl_writer_present(0));
    p.width = 16384;
    assert_int_equal(write_one(&k, &p, f), REEL_ERR_UNSUPPORTED);
    assert_non_null(strstr(k.run.err.text, "16383"));
    assert_non_null(strstr(k.run.err.text, "16384x16"));
    p.width = 16;
    assert_int_equal(write_frames(&k, &p, two), REEL_ERR_INTERNAL); /* not said to be an animation */
    assert_int_equal(write_frames(&k, &p, none), REEL_ERR_INTERNAL);
    p.animated = 1;
    assert_int_equal(write_frames(&k, &p, uneven), REEL_ERR_INTERNAL);
    for (int format = RL_STILL_AVIF; format <= RL_STILL_WEBP; format++) {
        p.format = format;
        k.run.cancel_after = 0;
        assert_int_equal(write_one(&k, &p, f), REEL_ERR_CANCELLED);
    }
    k.run.cancel_after = 3; /* in the midst of libwebp's work */
    assert_int_equal(write_one(&k, &p, f), REEL_ERR_CANCELLED);
    av_frame_free(&f);
    av_frame_free(&other);
    kit_end(&k);
}

/* The same bytes for one thread and several, where there is something to share. */
static void test_threads(void **state)
{
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P };
    struct kit k;
    struct rl_buf first;

    (void)state;
    kit_begin(&k);
    for (int i = 0; i < 12; i++) {
        AVFrame *f = picture(formats[i / 2 % 2], 1800, 1300, 9);
        struct rl_writer_params p = params_of(i % 2 ? RL_STILL_WEBP : RL_STILL_AVIF, f);
        p.speed = i < 4 ? 6 : i < 8 ? 9 : 5;
        assert_int_equal(write_one(&k, &p, f), 0);
        first = k.file;
        rl_buf_init(&k.file, &k.run.env);
        p.threads = i % 4 < 2 ? 2 : 5;
        assert_int_equal(write_one(&k, &p, f), 0);
        assert_int_equal(k.file.size, first.size);
        assert_memory_equal(k.file.data, first.data, first.size);
        rl_buf_free(&first);
        av_frame_free(&f);
    }
    kit_end(&k);
}

/* More quality, more bytes; and the ends of the scale. */
static void test_quality(void **state)
{
    struct kit k;
    AVFrame *f = picture(AV_PIX_FMT_YUV420P, 320, 240, 6);

    (void)state;
    kit_begin(&k);
    for (int q = 0; q < 100; q++) {
        assert_true(rl_quality_webp(q + 1) > rl_quality_webp(q));
        assert_true(rl_quality_avif(q + 1) <= rl_quality_avif(q));
    }
    assert_true(rl_quality_avif(100) >= 1 && rl_quality_avif(-1) <= 63); /* 0 would be lossless */
    assert_true(rl_quality_webp(60) > 74 && rl_quality_webp(60) < 76);
    for (int format = RL_STILL_AVIF; format <= RL_STILL_WEBP; format++) {
        size_t size = 0;
        for (int q = 0; q <= 100; q += 20) {
            struct rl_writer_params p = params_of(format, f);
            p.quality = q;
            assert_int_equal(write_one(&k, &p, f), 0);
            assert_true(k.file.size > size);
            size = k.file.size;
        }
    }
    av_frame_free(&f);
    kit_end(&k);
}

/* What the writers ask for, by what is there and what is wanted. */
static void test_format(void **state)
{
    struct row {
        int format, chroma, depth, alpha, lossless, profile, tonemap;
        enum AVPixelFormat in;
        struct rl_colour colour;
        enum rl_icc icc;
        enum AVPixelFormat out;
        int primaries, transfer, matrix, full_range;
    };
    static const struct row rows[] = {
        /* a JPEG goes straight in */
        { RL_STILL_AVIF, 420, 8, 0, 0, 0, 0, AV_PIX_FMT_YUV420P,
          { 2, 2, 6, 1, 2 }, RL_ICC_NONE, AV_PIX_FMT_YUV420P, 1, 13, 6, 1 },
        { RL_STILL_WEBP, 420, 8, 0, 0, 0, 0, AV_PIX_FMT_YUV420P,
          { 2, 2, 6, 1, 2 }, RL_ICC_NONE, AV_PIX_FMT_YUV420P, 1, 13, 6, 0 },
        /* video keeps its matrix and range in AVIF */
        { RL_STILL_AVIF, 420, 8, 0, 0, 0, 0, AV_PIX_FMT_YUV420P,
          { 1, 1, 1, 0, 1 }, RL_ICC_NONE, AV_PIX_FMT_YUV420P, 1, 1, 1, 0 },
        { RL_STILL_WEBP, 420, 8, 1, 0, 0, 0, AV_PIX_FMT_YUV420P,
          { 1, 1, 1, 0, 1 }, RL_ICC_NONE, AV_PIX_FMT_YUVA420P, 1, 13, 6, 0 },
        /* a profile is applied, or embedded */
        { RL_STILL_AVIF, 420, 8, 0, 0, RL_PROFILE_SRGB, 0, AV_PIX_FMT_YUV420P,
          { 2, 2, 6, 1, 2 }, RL_ICC_RGB, AV_PIX_FMT_YUV420P, 1, 13, 6, 1 },
        { RL_STILL_AVIF, 420, 8, 0, 0, RL_PROFILE_EMBED, 0, AV_PIX_FMT_YUV420P,
          { 2, 2, 6, 1, 2 }, RL_ICC_RGB, AV_PIX_FMT_YUV420P, 2, 2, 6, 1 },
        { RL_STILL_AVIF, 400, 8, 0, 0, RL_PROFILE_EMBED, 0, AV_PIX_FMT_GRAY8,
          { 2, 2, 6, 1, 0 }, RL_ICC_GRAY, AV_PIX_FMT_GRAY8, 2, 2, 6, 1 },
        { RL_STILL_WEBP, 420, 8, 0, 0, RL_PROFILE_EMBED, 0, AV_PIX_FMT_GRAY8,
          { 2, 2, 6, 1, 0 }, RL_ICC_GRAY, AV_PIX_FMT_YUV420P, 1, 13, 6, 0 },
        /* RGB */
        { RL_STILL_AVIF, 444, 8, 1, 0, 0, 0, AV_PIX_FMT_RGBA,
          { 2, 2, 0, 1, 0 }, RL_ICC_NONE, AV_PIX_FMT_YUVA444P, 1, 13, 6, 1 },
        { RL_STILL_AVIF, 444, 8, 1, 1, 0, 0, AV_PIX_FMT_RGBA,
          { 2, 2, 0, 1, 0 }, RL_ICC_NONE, AV_PIX_FMT_GBRAP, 1, 13, 0, 1 },
        { RL_STILL_AVIF, 420, 10, 0, 1, 0, 0, AV_PIX_FMT_YUV420P10,
          { 9, 16, 9, 0, 0 }, RL_ICC_NONE, AV_PIX_FMT_YUV420P10, 9, 16, 9, 0 },
        { RL_STILL_AVIF, 444, 12, 0, 1, 0, 0, AV_PIX_FMT_RGB48,
          { 2, 2, 0, 1, 0 }, RL_ICC_NONE, AV_PIX_FMT_GBRP12, 1, 13, 0, 1 },
        { RL_STILL_WEBP, 420, 8, 0, 1, 0, 0, AV_PIX_FMT_RGB24,
          { 2, 2, 0, 1, 0 }, RL_ICC_NONE, AV_PIX_FMT_RGBA, 1, 13, 0, 1 },
        /* HDR is kept, or is none any more */
        { RL_STILL_AVIF, 422, 10, 0, 0, 0, 0, AV_PIX_FMT_YUV422P10,
          { 9, 18, 9, 0, 1 }, RL_ICC_NONE, AV_PIX_FMT_YUV422P10, 9, 18, 9, 0 },
        { RL_STILL_AVIF, 420, 8, 0, 0, 0, 1, AV_PIX_FMT_YUV420P10,
          { 9, 16, 9, 0, 1 }, RL_ICC_NONE, AV_PIX_FMT_YUV420P, 1, 13, 6, 1 },
        { RL_STILL_WEBP, 420, 8, 0, 0, 0, 1, AV_PIX_FMT_YUV420P10,
          { 9, 16, 9, 0, 1 }, RL_ICC_NONE, AV_PIX_FMT_YUV420P, 1, 13, 6, 0 },
        { RL_STILL_AVIF, 420, 12, 1, 0, 0, 0, AV_PIX_FMT_YUVA444P12,
          { 9, 16, 9, 1, 0 }, RL_ICC_NONE, AV_PIX_FMT_YUVA444P12, 9, 16, 9, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct rl_still_spec spec = { .format = r->format, .chroma = r->chroma, .depth = r->depth, .alpha = r->alpha,
                                      .lossless = r->lossless, .profile = r->profile, .tonemap = r->tonemap };
        struct rl_still_info info = { .pixel_format = r->in, .colour = r->colour, .icc_kind = r->icc, .frames = 1,
                                      .icc_size = r->icc == RL_ICC_NONE ? 0 : 100 };
        struct rl_colour colour;
        enum AVPixelFormat format;
        rl_writer_format(&spec, &info, &format, &colour);
        if (format != r->out || colour.primaries != r->primaries || colour.transfer != r->transfer ||
            colour.matrix != r->matrix || colour.full_range != r->full_range)
            fail_msg("row %zu: %s %d/%d/%d %d", i, av_get_pix_fmt_name(format), colour.primaries, colour.transfer,
                     colour.matrix, colour.full_range);
    }
    struct rl_still_spec gif = { .format = RL_STILL_WEBP, .chroma = 420, .depth = 8, .animated = 1 };
    struct rl_still_info drawn = { .pixel_format = AV_PIX_FMT_RGBA, .frames = 5, .lossless = 1 };
    struct rl_colour colour;
    enum AVPixelFormat format;
    rl_writer_format(&gif, &drawn, &format, &colour);
    assert_int_equal(format, AV_PIX_FMT_RGBA);
    drawn.lossless = 0;
    rl_writer_format(&gif, &drawn, &format, &colour);
    assert_int_equal(format, AV_PIX_FMT_YUV420P);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_avif_lossless), cmocka_unit_test(test_avif_alpha), cmocka_unit_test(test_avif_tags),
        cmocka_unit_test(test_webp_lossless), cmocka_unit_test(test_webp_parts), cmocka_unit_test(test_colour),
        cmocka_unit_test(test_sizes), cmocka_unit_test(test_refusals), cmocka_unit_test(test_noise),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_quality), cmocka_unit_test(test_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
