/* AVIF in: every layout of planes exactly, transformations told and not applied, sequences, limits, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reader_kit.h"

#include <avif/avif.h>

#define W 37
#define H 23

static void put(avifImage *image, uint8_t *plane, uint32_t stride, int x, int y, unsigned v)
{
    if (image->depth > 8) {
        uint16_t wide = (uint16_t)v;
        memcpy(plane + (size_t)y * stride + 2 * (size_t)x, &wide, 2);
    } else {
        plane[(size_t)y * stride + (size_t)x] = (uint8_t)v;
    }
}

/* What is in a plane: slopes, over all of the range; alpha is plane 3. */
static unsigned value(int plane, int x, int y, int depth)
{
    unsigned v = plane == 0   ? 6 * (unsigned)x
                 : plane == 1 ? 10 * (unsigned)y
                 : plane == 2 ? 40 + 3 * (unsigned)(x + y)
                              : 255 - 9 * (unsigned)y;

    return v << (depth - 8) | (depth > 8 ? (unsigned)(x + y) & 3 : 0);
}

static avifImage *picture(avifPixelFormat format, int depth, bool alpha)
{
    avifImage *image = avifImageCreate(W, H, (uint32_t)depth, format);
    avifPixelFormatInfo info;

    avifImageAllocatePlanes(image, AVIF_PLANES_YUV | (alpha ? AVIF_PLANES_A : 0));
    avifGetPixelFormatInfo(format, &info);
    image->yuvRange = AVIF_RANGE_FULL;
    image->colorPrimaries = 12;
    image->transferCharacteristics = 13;
    image->matrixCoefficients = 1;
    for (int p = 0; p < (format == AVIF_PIXEL_FORMAT_YUV400 ? 1 : 3); p++)
        for (int y = 0; y < (p ? AV_CEIL_RSHIFT(H, info.chromaShiftY) : H); y++)
            for (int x = 0; x < (p ? AV_CEIL_RSHIFT(W, info.chromaShiftX) : W); x++)
                put(image, image->yuvPlanes[p], image->yuvRowBytes[p], x, y, value(p, x, y, depth));
    for (int y = 0; alpha && y < H; y++)
        for (int x = 0; x < W; x++)
            put(image, image->alphaPlane, image->alphaRowBytes, x, y, value(3, x, y, depth));
    return image;
}

static avifEncoder *encoder(void)
{
    avifEncoder *e = avifEncoderCreate();

    e->speed = 10;
    e->minQuantizer = e->maxQuantizer = e->minQuantizerAlpha = e->maxQuantizerAlpha = 0;
#if AVIF_VERSION_MAJOR >= 1
    e->quality = e->qualityAlpha = 100;
#endif
    return e;
}

static avifRWData write_still(const avifImage *image)
{
    avifRWData file = AVIF_DATA_EMPTY;
    avifEncoder *e = encoder();

    assert_int_equal(avifEncoderWrite(e, image, &file), AVIF_RESULT_OK);
    avifEncoderDestroy(e);
    return file;
}

static void every_layout_is_exact(void **state)
{
    static const avifPixelFormat formats[] = { AVIF_PIXEL_FORMAT_YUV400, AVIF_PIXEL_FORMAT_YUV420,
                                               AVIF_PIXEL_FORMAT_YUV422, AVIF_PIXEL_FORMAT_YUV444 };
    struct reader_kit k;

    (void)state;
    reader_begin(&k);
    for (int each = 0; each < 4 * 3 * 2; each++) {
        avifPixelFormat format = formats[each % 4];
        int depth = 8 + 2 * (each / 4 % 3);
        bool alpha = each / 12, mono = format == AVIF_PIXEL_FORMAT_YUV400;
        avifImage *image = picture(format, depth, alpha);
        avifRWData file = write_still(image);
        assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), 0);
        assert_int_equal(k.still->info.bit_depth, depth);
        assert_int_equal(k.still->info.has_alpha, alpha);
        assert_int_equal(k.still->info.premultiplied, 0);
        assert_int_equal(k.still->info.colour.primaries, 12);
        assert_int_equal(k.still->info.colour.full_range, 1);
        enum AVPixelFormat told = k.still->info.pixel_format;
        assert_int_equal(reader_read(&k), 0);
        assert_int_equal(k.frame->format, told);
        const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(told);
        /* FFmpeg has no 4:2:0 with alpha of 12 bits: 16 hold them. */
        int held = desc->comp[0].depth;
        assert_int_equal(held, format == AVIF_PIXEL_FORMAT_YUV420 && alpha && depth == 12 ? 16 : depth);
        assert_int_equal(!!(desc->flags & AV_PIX_FMT_FLAG_ALPHA), alpha);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) {
                int ya = told == AV_PIX_FMT_YA8 ? 2 : 1;
                unsigned top = (1u << depth) - 1, full = (1u << held) - 1;
                unsigned luma = reader_sample_at(k.frame, 0, ya * x, y);
                assert_int_equal((luma * top + full / 2) / full, value(0, x, y, depth));
                if (alpha) {
                    unsigned a = reader_sample_at(k.frame, ya == 2 ? 0 : 3, ya == 2 ? 2 * x + 1 : x, y);
                    assert_int_equal((a * top + full / 2) / full, value(3, x, y, depth));
                }
                if (mono && alpha && ya == 1)
                    assert_int_equal(reader_sample_at(k.frame, 1, x, y), 1u << (depth - 1));
                if (!mono && x < AV_CEIL_RSHIFT(W, desc->log2_chroma_w) && y < AV_CEIL_RSHIFT(H, desc->log2_chroma_h)) {
                    assert_int_equal(reader_sample_at(k.frame, 1, x, y) >> (held - depth), value(1, x, y, depth));
                    assert_int_equal(reader_sample_at(k.frame, 2, x, y) >> (held - depth), value(2, x, y, depth));
                }
            }
        assert_int_equal(reader_read(&k), REEL_END);
        avifRWDataFree(&file);
        avifImageDestroy(image);
    }
    reader_end(&k);
}

static void identity_is_rgb_and_premultiplied_is_told(void **state)
{
    struct reader_kit k;
    avifImage *image = picture(AVIF_PIXEL_FORMAT_YUV444, 10, true);

    (void)state;
    reader_begin(&k);
    image->matrixCoefficients = 0;
    image->alphaPremultiplied = 1;
    avifRWData file = write_still(image);
    assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), 0);
    assert_int_equal(k.still->info.pixel_format, AV_PIX_FMT_GBRAP10);
    assert_int_equal(k.still->info.colour.matrix, 0);
    assert_int_equal(k.still->info.premultiplied, 1);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(reader_sample_at(k.frame, 2, 9, 7), value(2, 9, 7, 10));
    avifRWDataFree(&file);
    avifImageDestroy(image);
    reader_end(&k);
}

/* Where a pixel of the decoded picture ends up by what the file asks for: rotated anticlockwise, then mirrored. */
static void by_the_file(int angle, int axis, int x, int y, int *to_x, int *to_y)
{
    int w = W, h = H;

    for (; angle; angle--) {
        int t = x;
        x = y;
        y = w - 1 - t;
        t = w;
        w = h;
        h = t;
    }
    *to_x = axis == 1 ? w - 1 - x : x;
    *to_y = axis == 0 ? h - 1 - y : y;
}

/* And by the info: mirrored left and right, then rotated clockwise. */
static void by_the_info(const struct rl_still_info *info, int x, int y, int *to_x, int *to_y)
{
    int w = W, h = H;

    if (info->mirrored)
        x = w - 1 - x;
    for (int r = info->rotation; r; r -= 90) {
        int t = x;
        x = h - 1 - y;
        y = t;
        t = w;
        w = h;
        h = t;
    }
    *to_x = x;
    *to_y = y;
}

static void transformations_are_told_and_not_applied(void **state)
{
    struct reader_kit k;

    (void)state;
    reader_begin(&k);
    for (int angle = 0; angle < 4; angle++)
        for (int axis = -1; axis < 2; axis++) {
            avifImage *image = picture(AVIF_PIXEL_FORMAT_YUV444, 8, false);
            int ax, ay, bx, by;
            image->transformFlags = AVIF_TRANSFORM_IROT | (axis < 0 ? 0 : AVIF_TRANSFORM_IMIR);
            image->irot.angle = (uint8_t)angle;
#if AVIF_VERSION_MAJOR >= 1
            image->imir.axis = (uint8_t)(axis > 0);
#else
            image->imir.mode = (uint8_t)(axis > 0);
#endif
            avifRWData file = write_still(image);
            assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), 0);
            assert_int_equal(reader_read(&k), 0);
            assert_int_equal(k.frame->width, W);
            assert_int_equal(reader_sample_at(k.frame, 0, 30, 20), value(0, 30, 20, 8));
            by_the_file(angle, axis, 5, 3, &ax, &ay);
            by_the_info(&k.still->info, 5, 3, &bx, &by);
            assert_int_equal(ax, bx);
            assert_int_equal(ay, by);
            avifRWDataFree(&file);
            avifImageDestroy(image);
        }

    /* A part of 20 x 10 whose centre lies 2 to the right. */
    avifImage *image = picture(AVIF_PIXEL_FORMAT_YUV444, 8, false);
    image->transformFlags = AVIF_TRANSFORM_CLAP;
    image->clap = (avifCleanApertureBox){ 21, 1, 11, 1, 2, 1, 0, 1 };
    avifRWData file = write_still(image);
    assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), 0);
    assert_int_equal(k.still->info.crop_x, 10);
    assert_int_equal(k.still->info.crop_y, 6);
    assert_int_equal(k.still->info.crop_width, 21);
    assert_int_equal(k.still->info.crop_height, 11);
    avifRWDataFree(&file);
    /* One that lies outside is not a reason to refuse the picture. */
    image->clap = (avifCleanApertureBox){ 21, 1, 11, 1, 20, 1, 0, 1 };
    file = write_still(image);
    assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), 0);
    assert_int_equal(k.still->info.crop_width, 0);
    assert_string_not_equal(k.still->info.note, "");
    avifRWDataFree(&file);
    avifImageDestroy(image);
    reader_end(&k);
}

static void sequences_keep_their_times(void **state)
{
    struct reader_kit k;
    avifEncoder *e = encoder();
    avifRWData file = AVIF_DATA_EMPTY;
    avifImage *images[3];

    (void)state;
    e->timescale = 1000;
    for (int i = 0; i < 3; i++) {
        images[i] = picture(AVIF_PIXEL_FORMAT_YUV420, 8, true);
        memset(images[i]->yuvPlanes[0], 50 * i + 40, images[i]->yuvRowBytes[0] * H);
        assert_int_equal(avifEncoderAddImage(e, images[i], i == 1 ? 250 : 40, 0), AVIF_RESULT_OK);
    }
    assert_int_equal(avifEncoderFinish(e, &file), AVIF_RESULT_OK);
    avifEncoderDestroy(e);

    reader_begin(&k);
    assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), 0);
    assert_int_equal(k.still->info.frames, 3);
    assert_int_equal(k.still->info.duration, 330000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(reader_read(&k), 0);
        assert_int_equal(k.frame->pts, i == 0 ? 0 : i == 1 ? 40000 : 290000);
        assert_int_equal(rl_frame_duration(k.frame), i == 1 ? 250000 : 40000);
        assert_in_range(reader_sample_at(k.frame, 0, 20, 10), 50 * i + 38, 50 * i + 42);
        assert_in_range(reader_sample_at(k.frame, 3, 20, 10), 255 - 92, 255 - 88);
        avifImageDestroy(images[i]);
    }
    assert_int_equal(reader_read(&k), REEL_END);
    k.run.env.limits.frames = 2;
    assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), REEL_ERR_LIMIT_FRAMES);
    avifRWDataFree(&file);
    reader_end(&k);
}

static void profiles_metadata_and_limits(void **state)
{
    static const uint8_t exif[] = { 'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3,
                                    0,   1,   0,   0, 0, 6, 0, 0, 0, 0, 0,    0, 0 };
    static const uint8_t profile[] = "a profile that nobody can read";
    struct reader_kit k;
    avifImage *image = picture(AVIF_PIXEL_FORMAT_YUV420, 8, false);

    (void)state;
    avifImageSetMetadataExif(image, exif, sizeof(exif));
    avifImageSetMetadataXMP(image, (const uint8_t *)"<x:xmpmeta/>", 12);
    avifImageSetProfileICC(image, profile, sizeof(profile));
    image->transformFlags = AVIF_TRANSFORM_NONE; /* libavif has read the orientation */
    avifRWData file = write_still(image);
    reader_begin(&k);
    assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), 0);
    const struct rl_still_info *info = &k.still->info;
    assert_int_equal(info->rotation, 0); /* irot and imir are law, Exif is not */
    assert_int_equal(info->exif_size, sizeof(exif));
    assert_memory_equal(info->exif, exif, sizeof(exif));
    assert_int_equal(info->xmp_size, 12);
    assert_int_equal(info->icc_size, sizeof(profile));
    assert_int_equal(info->colour.primaries, 2); /* the profile has the say in these, the code points in the matrix */
    assert_int_equal(info->colour.matrix, 1);

    k.run.env.limits.pixels = W * H - 1;
    assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), REEL_ERR_LIMIT_PIXELS);
    k.run.env.limits.pixels = W * H;
    assert_int_equal(reader_open(&k, rl_still_open_avif, file.data, file.size), 0);
    int rc = reader_open(&k, rl_still_open_avif, file.data, file.size - 20);
    if (rc == 0)
        rc = reader_read(&k);
    assert_int_equal(rc, REEL_ERR_INVALID_DATA);
    assert_string_not_equal(k.run.err.text, "");
    avifRWDataFree(&file);
    avifImageDestroy(image);
    reader_end(&k);
}

static void samples_of_phones_and_of_the_standard(void **state)
{
    struct reader_kit k;

    (void)state;
    reader_begin(&k);
    reader_sample(&k, "immich-app/formats_avif_10bit-HDR-P3-nclx.avif");
    assert_int_equal(reader_open(&k, rl_still_open_avif, k.file, k.size), 0);
    assert_int_equal(k.still->info.colour.primaries, 12);
    assert_int_equal(k.still->info.colour.transfer, 16);
    assert_int_equal(k.still->info.bit_depth, 10);
    assert_int_equal(k.still->info.light.max_cll, 712);
    reader_sample(&k, "AOMediaCodec/Netflix_avis_Chimera-AV1-10bit-480x270.avif");
    assert_int_equal(reader_open(&k, rl_still_open_avif, k.file, k.size), 0);
    assert_int_equal(k.still->info.frames, 95);
    reader_sample(&k, "AOMediaCodec/Link-U_kimono.mirror-vertical.rotate270.crop.avif");
    assert_int_equal(reader_open(&k, rl_still_open_avif, k.file, k.size), 0);
    assert_int_equal(k.still->info.crop_width, 330);
    assert_int_equal(k.still->info.mirrored, 1);
    assert_int_equal(k.still->info.rotation, 270);
    /* Two profiles: libavif refuses it, browsers do not. */
    reader_sample(&k, "mozilla/mp4parse_tests_valid-avif-colr-nclx-and-prof-and-rICC.avif");
    assert_int_equal(reader_open(&k, rl_still_open_avif, k.file, k.size), 0);
    assert_int_equal(reader_read(&k), 0);
    reader_end(&k);
}

static void every_sample_is_read_or_refused(void **state)
{
    static const char *const endings[] = { "avif", NULL };

    (void)state;
    reader_over_all(rl_still_open_avif, endings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_exact),
        cmocka_unit_test(identity_is_rgb_and_premultiplied_is_told),
        cmocka_unit_test(transformations_are_told_and_not_applied),
        cmocka_unit_test(sequences_keep_their_times),
        cmocka_unit_test(profiles_metadata_and_limits),
        cmocka_unit_test(samples_of_phones_and_of_the_standard),
        cmocka_unit_test(every_sample_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
