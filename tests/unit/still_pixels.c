/* Pictures cut, turned, scaled and put on backgrounds: every result is compared with what arithmetic says of the made picture. */
#include "pixel_kit.h"

#include "media/still/pixels/inside.h"

static int ramp(int c, double x, double y)
{
    static const double k[4][3] = { { 20, 1.1, 0.7 }, { 40, 0.8, 0.4 }, { 200, -0.6, -0.5 }, { 255, 0, 0 } };

    return (int)floor(k[c][0] + k[c][1] * x + k[c][2] * y + 0.5);
}

static double ramp_exact(int c, double x, double y)
{
    static const double k[4][3] = { { 20, 1.1, 0.7 }, { 40, 0.8, 0.4 }, { 200, -0.6, -0.5 }, { 255, 0, 0 } };

    return k[c][0] + k[c][1] * x + k[c][2] * y;
}

static int noise(int c, double x, double y)
{
    unsigned v = (unsigned)(x * 7919 + y * 104729 + c * 31) * 2654435761U;

    return (int)(v >> 24);
}

/* Every pixel another one, so that a wrong turn cannot go unseen. */
static int unique(int c, double x, double y)
{
    return ((int)x * 7 + (int)y * 31 + c * 3) & 255;
}

static void nothing_to_do_copies_nothing(void **state)
{
    struct pixel_rig r;
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P, 61, 43, noise));
    AVFrame *out = rig_run(&r);
    assert_int_equal(out->format, AV_PIX_FMT_YUV420P);
    for (int p = 0; p < 3; p++)
        assert_ptr_equal(out->data[p], r.in->data[p]);
    assert_int_equal(out->color_range, AVCOL_RANGE_JPEG);
    /* As 4:0:0 the luma plane is the picture. */
    r.spec.chroma = 400;
    out = rig_run(&r);
    assert_int_equal(out->format, AV_PIX_FMT_GRAY8);
    assert_ptr_equal(out->data[0], r.in->data[0]);
    rig_end(&r);
}

static void range_changes_plane_by_plane(void **state)
{
    struct pixel_rig r;
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P, 64, 64, noise));
    r.spec.format = RL_STILL_WEBP;
    AVFrame *out = rig_run(&r);
    assert_int_equal(out->color_range, AVCOL_RANGE_MPEG);
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < plane_height(out, c); y++)
            for (int x = 0; x < plane_width(out, c); x++) {
                int v = pixel_get(r.in, c, x, y);
                double exact = c ? 128 + (v - 128) * 224 / 255.0 : 16 + v * 219 / 255.0;
                assert_true(fabs(pixel_get(out, c, x, y) - exact) <= 0.501);
            }
    rig_end(&r);
}

static void matrix_changes_without_rgb(void **state)
{
    struct pixel_rig r;
    (void)state;
    /* Saturated colours as 4:4:4 in BT.709, to BT.601: compared with the way through RGB. */
    for (int rgb = 0; rgb < 64; rgb++) {
        double v[3] = { (rgb & 3) / 3.0, (rgb >> 2 & 3) / 3.0, (rgb >> 4 & 3) / 3.0 };
        double y = 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2];
        double y2 = 0.299 * v[0] + 0.587 * v[1] + 0.114 * v[2];
        AVFrame *in = pixel_frame(AV_PIX_FMT_YUV420P, 4, 4, noise);
        for (int i = 0; i < 16; i++) {
            pixel_set(in, 0, i % 4, i / 4, (int)floor(16 + 219 * y + 0.5));
            pixel_set(in, 1, i % 2, i / 2 % 2, (int)floor(128 + 224 * (v[2] - y) / 1.8556 + 0.5));
            pixel_set(in, 2, i % 2, i / 2 % 2, (int)floor(128 + 224 * (v[0] - y) / 1.5748 + 0.5));
        }
        in->color_range = AVCOL_RANGE_MPEG;
        in->colorspace = AVCOL_SPC_BT709;
        rig_begin(&r, in);
        r.spec.format = RL_STILL_WEBP;
        AVFrame *out = rig_run(&r);
        assert_true(fabs(pixel_get(out, 0, 1, 1) - (16 + 219 * y2)) < 1.6);
        assert_true(fabs(pixel_get(out, 1, 1, 1) - (128 + 224 * (v[2] - y2) / 1.772)) < 1.6);
        assert_true(fabs(pixel_get(out, 2, 1, 1) - (128 + 224 * (v[0] - y2) / 1.402)) < 1.6);
        rig_end(&r);
    }
}

/* Where a pixel of the upright picture is in the stored one, by the words of the spec: mirrored, then turned clockwise. */
static void stored(int width, int height, bool mirrored, int rotation, double x, double y, double *sx, double *sy)
{
    double mx = x, my = y; /* in the mirrored picture */

    if (rotation == 90)
        mx = y, my = height - 1 - x;
    else if (rotation == 180)
        mx = width - 1 - x, my = height - 1 - y;
    else if (rotation == 270)
        mx = width - 1 - y, my = x;
    *sx = mirrored ? width - 1 - mx : mx;
    *sy = my;
}

static void every_turn_is_exact(void **state)
{
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV444P,  AV_PIX_FMT_GRAY8,
                                                  AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUVA444P };
    static const int sizes[][2] = { { 40, 24 }, { 41, 23 }, { 1, 1 }, { 1, 7 }, { 33, 2 } };
    (void)state;
    for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
            for (int o = 0; o < 8; o++) {
                struct pixel_rig r;
                rig_begin(&r, pixel_frame(formats[f], sizes[s][0], sizes[s][1], unique));
                r.spec.mirrored = o & 1;
                r.spec.rotation = (o >> 1) * 90;
                if (r.spec.rotation % 180) {
                    r.spec.width = sizes[s][1];
                    r.spec.height = sizes[s][0];
                }
                if (formats[f] == AV_PIX_FMT_YUVA420P || formats[f] == AV_PIX_FMT_YUVA444P)
                    r.spec.alpha = 1;
                AVFrame *out = rig_run(&r);
                assert_int_equal(out->width, r.spec.width);
                assert_int_equal(out->height, r.spec.height);
                for (int y = 0; y < out->height; y++)
                    for (int x = 0; x < out->width; x++) {
                        double sx, sy;
                        stored(sizes[s][0], sizes[s][1], r.spec.mirrored, r.spec.rotation, x, y, &sx, &sy);
                        assert_int_equal(pixel_get(out, 0, x, y), pixel_get(r.in, 0, (int)sx, (int)sy));
                        if (r.spec.alpha)
                            assert_int_equal(pixel_get(out, 3, x, y), pixel_get(r.in, 3, (int)sx, (int)sy));
                    }
                rig_end(&r);
            }
}

/* Chroma stays where it is seen, whatever is cut off or turned: a slope is the same slope. */
static void chroma_stays_in_place(void **state)
{
    static const int crops[][4] = { { 0, 0, 64, 48 }, { 1, 0, 40, 30 }, { 4, 3, 41, 31 }, { 7, 5, 33, 29 } };
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P };
    (void)state;
    for (size_t f = 0; f < 3; f++)
        for (size_t i = 0; i < 4; i++)
            for (int o = 0; o < 8; o++)
                for (int scale = 0; scale < 2; scale++) {
                    struct pixel_rig r;
                    rig_begin(&r, pixel_frame(formats[f], 64, 48, ramp));
                    bool leaning = o & 2;
                    const int *c = crops[i];
                    r.spec.mirrored = o & 1;
                    r.spec.rotation = (o >> 1) * 90;
                    r.spec.crop_x = leaning ? c[1] : c[0];
                    r.spec.crop_y = leaning ? c[0] : c[1];
                    r.spec.crop_width = leaning ? c[3] : c[2];
                    r.spec.crop_height = leaning ? c[2] : c[3];
                    double kx = 1, ky = 1;
                    r.spec.width = r.spec.crop_width;
                    r.spec.height = r.spec.crop_height;
                    if (scale) {
                        r.spec.width = r.spec.crop_width / 2 + 3;
                        r.spec.height = r.spec.crop_height / 2 + 3;
                        kx = (double)r.spec.crop_width / r.spec.width;
                        ky = (double)r.spec.crop_height / r.spec.height;
                    }
                    AVFrame *out = rig_run(&r);
                    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(out->format);
                    for (int p = 0; p < 3; p++)
                        for (int y = 3; y < plane_height(out, p) - 3; y++)
                            for (int x = 3; x < plane_width(out, p) - 3; x++) {
                                double bx = p ? 1 << d->log2_chroma_w : 1, by = p ? 1 << d->log2_chroma_h : 1, sx, sy;
                                double ux = ((x + 0.5) * bx) * kx - 0.5 + r.spec.crop_x;
                                double uy = ((y + 0.5) * by) * ky - 0.5 + r.spec.crop_y;
                                stored(64, 48, r.spec.mirrored, r.spec.rotation, ux, uy, &sx, &sy);
                                double e = ramp_exact(p, sx, sy), v = pixel_get(out, p, x, y);
                                /* Scaled from an odd size, the last chroma sample counts as a whole one. */
                                if (fabs(v - e) > (scale && (c[2] | c[3]) & 1 ? 2 : 1.3))
                                    fail_msg("%s crop %zu turn %d scale %d plane %d at %d,%d: %g for %g",
                                             av_get_pix_fmt_name(formats[f]), i, o, scale, p, x, y, v, e);
                            }
                    rig_end(&r);
                }
}

/* A window is cut to the pixel, at odd places too, with chroma in place. */
static void a_window_is_cut_to_the_pixel(void **state)
{
    (void)state;
    for (int shift = 0; shift < 4; shift++) {
        struct pixel_rig r;
        rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P, 64, 48, ramp));
        r.spec.window_width = 31 + shift;
        r.spec.window_height = 48 - shift;
        r.spec.focus_x = 0.3;
        AVFrame *out = rig_run(&r);
        assert_int_equal(out->width, 31 + shift);
        int x0 = (int)floor(0.3 * 64 - out->width / 2.0 + 0.5), y0 = (int)floor(24 - out->height / 2.0 + 0.5);
        for (int y = 0; y < out->height; y++)
            for (int x = 0; x < out->width; x++)
                assert_int_equal(pixel_get(out, 0, x, y), pixel_get(r.in, 0, x0 + x, y0 + y));
        for (int p = 1; p < 3; p++)
            for (int y = 2; y < plane_height(out, p) - 2; y++)
                for (int x = 2; x < plane_width(out, p) - 2; x++)
                    assert_true(fabs(pixel_get(out, p, x, y) - ramp_exact(p, 2 * x + 0.5 + x0, 2 * y + 0.5 + y0)) <
                                1.3);
        rig_end(&r);
    }
}

static double sinc(double x)
{
    return x == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
}

static double lanczos(double x)
{
    return fabs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static int scene(int c, double x, double y)
{
    double d = hypot(x - 200, y - 140), v = 128 + 90 * cos(d * d / 900) * exp(-d / 200) + 30 * sin(x / 9) * cos(y / 7);

    if (c)
        v = 128 + 60 * sin(x / 20 + c) * cos(y / 25);
    if (((int)x / 37 + (int)y / 23) % 5 == 0 && c == 0)
        v = v > 128 ? 30 : 220;
    return v < 0 ? 0 : v > 255 ? 255 : (int)v;
}

/* One sample of luma by Lanczos's filter of three lobes. */
static double reference(const AVFrame *f, int x, int y, double kx, double ky)
{
    double cx = (x + 0.5) * kx - 0.5, cy = (y + 0.5) * ky - 0.5, sum = 0, weight = 0;

    for (int j = (int)floor(cy - 3 * ky); j <= (int)ceil(cy + 3 * ky); j++)
        for (int i = (int)floor(cx - 3 * kx); i <= (int)ceil(cx + 3 * kx); i++) {
            double w = lanczos((i - cx) / kx) * lanczos((j - cy) / ky);
            int a = i < 0 ? 0 : i >= f->width ? f->width - 1 : i, b = j < 0 ? 0 : j >= f->height ? f->height - 1 : j;
            sum += w * pixel_get(f, 0, a, b);
            weight += w;
        }
    sum /= weight;
    return sum < 0 ? 0 : sum > 255 ? 255 : sum;
}

static void scaling_is_close_to_lanczos(void **state)
{
    static const int sizes[][2] = { { 267, 187 }, { 160, 112 }, { 57, 41 } };
    (void)state;
    for (size_t s = 0; s < 3; s++) {
        struct pixel_rig r;
        rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P, 400, 280, scene));
        r.spec.width = sizes[s][0];
        r.spec.height = sizes[s][1];
        AVFrame *out = rig_run(&r);
        double error = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
        int n = out->width * out->height;
        for (int y = 0; y < out->height; y++)
            for (int x = 0; x < out->width; x++) {
                double e = reference(r.in, x, y, 400.0 / out->width, 280.0 / out->height), v = pixel_get(out, 0, x, y);
                error += (v - e) * (v - e);
                a += v, b += e, aa += v * v, bb += e * e, ab += v * e;
            }
        double covariance = ab / n - a / n * b / n, va = aa / n - a / n * a / n, vb = bb / n - b / n * b / n;
        double psnr = 10 * log10(255 * 255 / (error / n));
        print_message("%dx%d: %.2f dB, correlation %.5f of lanczos\n", out->width, out->height, psnr,
                      covariance / sqrt(va * vb));
        assert_true(psnr > 30);
        assert_true(covariance / sqrt(va * vb) > 0.99);
        assert_true(fabs(a - b) / n < 0.3);
        rig_end(&r);
    }
}

static void threads_change_no_byte(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        struct pixel_rig r;
        AVFrame *first;
        rig_begin(&r, pixel_frame(turn ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_YUV420P, 2000, 1400, scene));
        r.spec.width = 1100;
        r.spec.height = 777;
        r.spec.chroma = 420;
        r.spec.format = RL_STILL_WEBP;
        first = av_frame_clone(rig_run(&r));
        r.spec.threads = 3;
        AVFrame *out = rig_run(&r);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < plane_height(out, c); y++)
                assert_memory_equal(out->data[c] + y * out->linesize[c], first->data[c] + y * first->linesize[c],
                                    plane_width(out, c));
        av_frame_free(&first);
        rig_end(&r);
    }
}

static void any_size_goes(void **state)
{
    static const int sizes[][4] = { { 1, 1, 1, 1 },    { 1, 1, 300, 200 }, { 3000, 1, 10, 1 },
                                    { 1, 5000, 1, 7 }, { 4000, 3, 20, 1 }, { 2, 2, 1, 1 },
                                    { 17, 9, 1, 100 }, { 300, 200, 1, 1 }, { 5000, 2, 2, 50 } };
    static const enum AVPixelFormat formats[] = {
        AV_PIX_FMT_YUV420P,   AV_PIX_FMT_YUV422P,  AV_PIX_FMT_GRAY8,     AV_PIX_FMT_RGB24,      AV_PIX_FMT_RGBA,
        AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YA8,      AV_PIX_FMT_GBRP,      AV_PIX_FMT_YUV411P,    AV_PIX_FMT_YUV440P,
        AV_PIX_FMT_RGB48,     AV_PIX_FMT_RGBA64,   AV_PIX_FMT_GRAY16,    AV_PIX_FMT_YA16,       AV_PIX_FMT_YUVA420P,
        AV_PIX_FMT_BGRA,      AV_PIX_FMT_GBRAP,    AV_PIX_FMT_GBRP10,    AV_PIX_FMT_RGB565,     AV_PIX_FMT_GRAY12,
        AV_PIX_FMT_YUV444P16, AV_PIX_FMT_YUV422P9, AV_PIX_FMT_YUV420P14, AV_PIX_FMT_YUVA444P12, AV_PIX_FMT_GBRAP16,
        AV_PIX_FMT_RGB0
    };
    (void)state;
    for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
        for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
            for (int kind = 0; kind < 8; kind++) {
                struct pixel_rig r;
                AVFrame *in = pixel_frame(formats[f], sizes[s][0], sizes[s][1], unique);
                rig_begin(&r, in);
                r.spec.format = kind & 1 ? RL_STILL_WEBP : RL_STILL_AVIF;
                r.spec.chroma = kind == 2 ? 422 : kind == 4 ? 444 : kind == 6 ? 400 : 420;
                r.spec.depth = kind == 4 ? 10 : kind == 6 ? 12 : 8;
                r.spec.lossless = kind == 7 || kind == 4;
                r.spec.rotation = kind * 90 % 360;
                r.spec.mirrored = kind == 5;
                r.spec.width = r.spec.rotation % 180 ? sizes[s][3] : sizes[s][2];
                r.spec.height = r.spec.rotation % 180 ? sizes[s][2] : sizes[s][3];
                if (kind == 3) {
                    r.spec.pad_width = r.spec.width + 5;
                    r.spec.pad_height = r.spec.height + 8;
                    r.spec.has_background = 1;
                    r.spec.background = 0x3366CC;
                }
                if (rig_try(&r) < 0)
                    fail_msg("%s %dx%d to %dx%d kind %d: %s", av_get_pix_fmt_name(formats[f]), sizes[s][0], sizes[s][1],
                             sizes[s][2], sizes[s][3], kind, r.kit.err.text);
                assert_int_equal(r.out->width, kind == 3 ? r.spec.pad_width : r.spec.width);
                assert_int_equal(r.out->height, kind == 3 ? r.spec.pad_height : r.spec.height);
                rig_end(&r);
            }
}

/* A JPEG read at an eighth: the crop is where it was. */
static void smaller_frames_keep_the_geometry(void **state)
{
    struct pixel_rig r;
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P, 100, 75, scene));
    r.info.width = 800;
    r.info.height = 599;
    r.spec.crop_x = 400;
    r.spec.crop_y = 0;
    r.spec.crop_width = 400;
    r.spec.crop_height = 599;
    r.spec.width = 50;
    r.spec.height = 75;
    AVFrame *out = rig_run(&r);
    for (int y = 0; y < 75; y++)
        for (int x = 0; x < 50; x++)
            assert_int_equal(pixel_get(out, 0, x, y), pixel_get(r.in, 0, 50 + x, y));
    rig_end(&r);
}

/* What lies outside the picture is an error, never a read. */
static void what_is_outside_is_refused(void **state)
{
    struct pixel_rig r;
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P, 64, 48, ramp));
    r.spec.crop_x = 60;
    r.spec.crop_width = 10;
    r.spec.crop_height = 10;
    assert_int_equal(rig_try(&r), REEL_ERR_INVALID_ARG);
    r.spec.crop_width = 0;
    r.spec.clap_width = 65;
    r.spec.clap_height = 48;
    assert_int_equal(rig_try(&r), REEL_ERR_CHANGED);
    r.spec.clap_width = 0;
    r.spec.window_width = 65;
    r.spec.window_height = 1;
    assert_int_equal(rig_try(&r), REEL_ERR_INVALID_ARG);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_do_copies_nothing),   cmocka_unit_test(range_changes_plane_by_plane),
        cmocka_unit_test(matrix_changes_without_rgb),     cmocka_unit_test(every_turn_is_exact),
        cmocka_unit_test(chroma_stays_in_place),          cmocka_unit_test(a_window_is_cut_to_the_pixel),
        cmocka_unit_test(scaling_is_close_to_lanczos),    cmocka_unit_test(threads_change_no_byte),
        cmocka_unit_test(any_size_goes),                  cmocka_unit_test(smaller_frames_keep_the_geometry),
        cmocka_unit_test(what_is_outside_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
