/* Colours of pictures: profiles, code points, HDR; alpha and backgrounds; where the eye goes. Against arithmetic. */
#include "pixel_kit.h"

#include "media/filter/chain.h"
#include "media/filter/graph.h"
#include "media/still/pixels/inside.h"

#if RL_HAVE_ICC
#include <lcms2.h>
#endif

static double decode(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double encode(double v)
{
    v = v < 0 ? 0 : v > 1 ? 1 : v;
    return v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

/* 64 patches of 4 x 4, of all combinations of four values. */
static int patches(int c, double x, double y)
{
    static const int values[] = { 30, 100, 170, 240 };
    int n = (int)(x / 4) % 8 + (int)(y / 4) % 8 * 8;

    return c == 3 ? 255 : values[n >> (2 * c) & 3];
}

static int patches16(int c, double x, double y)
{
    return patches(c, x, y) * 257;
}

static void close_to(const AVFrame *out, int x, int y, const double want[3], double most, double k)
{
    for (int c = 0; c < 3; c++)
        if (fabs(pixel_get(out, c, x, y) / k - want[c]) > most)
            fail_msg("at %d,%d component %d is %g, not %g", x, y, c, pixel_get(out, c, x, y) / k, want[c]);
}

/* From primaries of these numbers and a transfer function, what sRGB is. */
static void expected(int primaries, double gamma, const double in[3], double out[3])
{
    double m[3][3], v[3];

    assert_true(rl_primaries_matrix(primaries, 1, m));
    for (int i = 0; i < 3; i++)
        v[i] = gamma > 0 ? pow(in[i] / 255, gamma) : decode(in[i] / 255);
    for (int i = 0; i < 3; i++)
        out[i] = 255 * encode(m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2]);
}

static void primaries_are_those_of_the_standards(void **state)
{
    double m[3][3];
    (void)state;
    /* BT.2020 to BT.709, from ITU-R BT.2087. */
    static const double known[3][3] = { { 1.6605, -0.5876, -0.0728 },
                                        { -0.1246, 1.1329, -0.0083 },
                                        { -0.0182, -0.1006, 1.1187 } };
    assert_true(rl_primaries_matrix(9, 1, m));
    for (int i = 0; i < 9; i++)
        assert_true(fabs(m[i / 3][i % 3] - known[i / 3][i % 3]) < 2e-4);
    assert_false(rl_primaries_matrix(2, 1, m));
}

#if RL_HAVE_ICC

/* A profile as cameras embed them. */
static size_t make_profile(uint8_t *icc, uint32_t size, int primaries, double gamma)
{
    double p[8];
    const double curve[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };
    assert_true(rl_primaries_points(primaries, p));
    cmsCIExyY white = { p[6], p[7], 1 };
    cmsCIExyYTRIPLE triple = { { p[0], p[1], 1 }, { p[2], p[3], 1 }, { p[4], p[5], 1 } };
    cmsToneCurve *t = gamma > 0 ? cmsBuildGamma(NULL, gamma) : cmsBuildParametricToneCurve(NULL, 4, curve);
    cmsToneCurve *curves[3] = { t, t, t };
    cmsHPROFILE profile = cmsCreateRGBProfile(&white, &triple, curves);
    cmsUInt32Number bytes = size;
    assert_true(cmsSaveProfileToMem(profile, icc, &bytes));
    cmsCloseProfile(profile);
    cmsFreeToneCurve(t);
    return bytes;
}

static void profiles_become_srgb(void **state)
{
    static uint8_t icc[8192];
    (void)state;
    for (int wide = 0; wide < 2; wide++)
        for (int high = 0; high < 2; high++) {
            struct pixel_rig r;
            size_t size = make_profile(icc, sizeof(icc), wide ? 12 : 1, wide ? 0 : 1.8);
            rig_begin(&r, high ? pixel_frame(AV_PIX_FMT_RGB48, 32, 32, patches16)
                               : pixel_frame(AV_PIX_FMT_RGB24, 32, 32, patches));
            r.info.icc = icc;
            r.info.icc_size = size;
            r.info.icc_kind = RL_ICC_RGB;
            r.spec.format = RL_STILL_WEBP;
            r.spec.lossless = 1;
            r.spec.threads = 2;
            AVFrame *out = rig_run(&r);
            assert_int_equal(out->format, AV_PIX_FMT_RGBA);
            assert_int_equal(out->color_primaries, 1);
            for (int n = 0; n < 64; n++) {
                int x = n % 8 * 4 + 1, y = n / 8 * 4 + 1;
                double in[3] = { patches(0, x, y), patches(1, x, y), patches(2, x, y) }, want[3];
                expected(wide ? 12 : 1, wide ? 0 : 1.8, in, want);
                close_to(out, x, y, want, 2.1, 1);
            }
            /* Embedded, the numbers stay and the profile is given. */
            struct rl_pixels *pixels = NULL;
            size_t given = 1;
            r.spec.profile = RL_PROFILE_EMBED;
            out = rig_run(&r);
            for (int c = 0; c < 3; c++)
                assert_int_equal(pixel_get(out, c, 9, 9), patches(c, 9, 9));
            assert_int_equal(rl_pixels_open(&pixels, &r.kit.flow, &r.info, &r.spec), 0);
            assert_ptr_equal(rl_pixels_icc(pixels, &given), icc);
            assert_int_equal(given, size);
            rl_pixels_close(&pixels);
            /* Converted, none is. */
            r.spec.profile = RL_PROFILE_SRGB;
            assert_int_equal(rl_pixels_open(&pixels, &r.kit.flow, &r.info, &r.spec), 0);
            assert_null(rl_pixels_icc(pixels, &given));
            assert_int_equal(given, 0);
            rl_pixels_close(&pixels);
            rig_end(&r);
        }
}

static void what_says_srgb_is_left_alone(void **state)
{
    struct pixel_rig r;
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P, 32, 32, patches));
    r.info.icc = (const uint8_t *)"not looked at";
    r.info.icc_size = 13;
    r.info.icc_kind = RL_ICC_SRGB;
    AVFrame *out = rig_run(&r);
    assert_ptr_equal(out->data[0], r.in->data[0]);
    rig_end(&r);
}

/* A broken profile says nothing; the picture is not lost with it. */
static void hostile_profiles_are_left_out(void **state)
{
    struct pixel_rig r;
    static uint8_t icc[8192];
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_RGB24, 32, 32, patches));
    size_t size = make_profile(icc, sizeof(icc), 12, 0);
    r.info.icc = icc;
    r.info.icc_kind = RL_ICC_RGB;
    r.spec.lossless = 1;
    for (r.info.icc_size = 1; r.info.icc_size < 128; r.info.icc_size += 37) {
        AVFrame *out = rig_run(&r);
        for (int c = 0; c < 3; c++)
            assert_int_equal(pixel_get(out, c, 9, 9), patches(c, 9, 9));
    }
    for (; r.info.icc_size < size; r.info.icc_size += 37)
        rig_run(&r);
    r.info.icc_size = size;
    for (size_t i = 0; i < size; i += 11) {
        icc[i] ^= 0x80;
        rig_run(&r);
        icc[i] ^= 0x80;
    }
    rig_end(&r);
}

static void code_points_become_srgb_for_webp(void **state)
{
    static const int cases[][2] = { { 12, 13 }, { 9, 14 }, { 1, 4 }, { 1, 8 } };
    static const double gammas[] = { 0, 0, 2.2, 1 };
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct pixel_rig r;
        rig_begin(&r, pixel_frame(AV_PIX_FMT_RGB24, 32, 32, patches));
        r.info.colour.primaries = cases[i][0];
        r.info.colour.transfer = cases[i][1];
        r.spec.source = r.info.colour;
        r.spec.format = RL_STILL_WEBP;
        r.spec.lossless = 1;
        AVFrame *out = rig_run(&r);
        for (int n = 0; n < 64; n++) {
            int x = n % 8 * 4 + 1, y = n / 8 * 4 + 1;
            double in[3] = { patches(0, x, y), patches(1, x, y), patches(2, x, y) }, want[3];
            expected(cases[i][0], gammas[i], in, want);
            close_to(out, x, y, want, 2.1, 1);
        }
        /* AVIF says the numbers instead. */
        r.spec.format = RL_STILL_AVIF;
        r.spec.chroma = 444;
        out = rig_run(&r);
        assert_int_equal(out->color_primaries, cases[i][0]);
        assert_int_equal(out->color_trc, cases[i][1]);
        rig_end(&r);
    }
}

static void gray_profiles_are_for_gray(void **state)
{
    struct pixel_rig r;
    static uint8_t icc[4096];
    cmsUInt32Number size = sizeof(icc);
    cmsToneCurve *t = cmsBuildGamma(NULL, 1.0);
    cmsHPROFILE profile = cmsCreateGrayProfile(cmsD50_xyY(), t);
    (void)state;
    assert_true(cmsSaveProfileToMem(profile, icc, &size));
    cmsCloseProfile(profile);
    cmsFreeToneCurve(t);
    for (int alpha = 0; alpha < 2; alpha++) {
        rig_begin(&r, pixel_frame(alpha ? AV_PIX_FMT_YA8 : AV_PIX_FMT_GRAY8, 32, 32, patches));
        r.info.icc = icc;
        r.info.icc_size = size;
        r.info.icc_kind = RL_ICC_GRAY;
        r.spec.format = RL_STILL_WEBP;
        r.spec.lossless = 1;
        AVFrame *out = rig_run(&r);
        for (int n = 0; n < 64; n++) {
            int x = n % 8 * 4 + 1, y = n / 8 * 4 + 1;
            double v = 255 * encode(patches(0, x, y) / 255.0), want[3] = { v, v, v };
            close_to(out, x, y, want, 2.1, 1);
            assert_int_equal(pixel_get(out, 3, x, y), alpha ? patches(1, x, y) : 255);
        }
        rig_end(&r);
    }
}

#endif

/* PQ of a light, cd/m2. */
static double pq(double light)
{
    double p = pow(light / 10000, 0.1593017578125);
    return pow((0.8359375 + 18.8515625 * p) / (1 + 18.6875 * p), 78.84375);
}

static double ramp_light(double x)
{
    return 1000 * pow(x / 63, 3);
}

static int pq_ramp(int c, double x, double y)
{
    (void)y;
    return c ? 512 : (int)floor(64 + 876 * pq(ramp_light(x < 0 ? 0 : x)) + 0.5);
}

static void hdr_is_tone_mapped(void **state)
{
    struct pixel_rig r;
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P10, 64, 8, pq_ramp));
    r.in->color_range = AVCOL_RANGE_MPEG;
    r.in->colorspace = AVCOL_SPC_BT2020_NCL;
    r.info.colour = (struct rl_colour){ 9, 16, 9, 0, 0 };
    r.spec.source = r.info.colour;
    r.spec.format = RL_STILL_WEBP;
    r.spec.tonemap = 1;
    AVFrame *out = rig_run(&r);
    assert_int_equal(out->format, AV_PIX_FMT_YUV420P);
    int last = 0;
    for (int x = 0; x < 64; x++) {
        int v = pixel_get(out, 0, x, 3);
        double linear = ramp_light(x) / 203;
        assert_true(v >= last); /* what is brighter stays so */
        assert_true(abs(pixel_get(out, 1, x / 2, 1) - 128) <= 1 && abs(pixel_get(out, 2, x / 2, 1) - 128) <= 1);
        if (linear < 0.28)
            assert_true(fabs(v - (16 + 219 * encode(linear))) < 1.8);
        last = v;
    }
    assert_true(last >= 233 && last <= 235);
    /* Kept, it stays what it is, to the same buffers. */
    r.spec.format = RL_STILL_AVIF;
    r.spec.tonemap = 0;
    r.spec.depth = 10;
    out = rig_run(&r);
    assert_ptr_equal(out->data[0], r.in->data[0]);
    assert_int_equal(out->color_trc, 16);
    rig_end(&r);
}

static int hdr_scene(int c, double x, double y)
{
    double v = c == 0 ? 300 + 4 * x + 2 * y : c == 1 ? 512 + 24 * sin(x / 17) : 512 + 24 * cos(y / 13);

    return (int)v;
}

/* The video path's filters make the same picture. */
static void tones_are_those_of_video(void **state)
{
    static const int transfers[] = { 16, 18 };
    (void)state;
    if (!rl_filter_present("zscale") || !rl_filter_present("tonemap")) {
        print_message("zscale or tonemap is missing\n");
        skip();
    }
    for (int i = 0; i < 2; i++) {
        struct pixel_rig r;
        struct rl_graph graph = { 0 };
        AVFrame *video = av_frame_alloc();
        char chain[512];
        rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P10, 128, 64, hdr_scene));
        r.in->color_range = AVCOL_RANGE_MPEG;
        r.in->colorspace = AVCOL_SPC_BT2020_NCL;
        r.in->color_primaries = AVCOL_PRI_BT2020;
        r.in->color_trc = transfers[i];
        r.info.colour = (struct rl_colour){ 9, transfers[i], 9, 0, 1 };
        r.spec.source = r.info.colour;
        r.spec.format = RL_STILL_WEBP;
        r.spec.lossless = 1;
        r.spec.tonemap = 1;
        AVFrame *out = rig_run(&r);
        snprintf(
            chain, sizeof(chain),
            "zscale=tin=%s:pin=2020:min=2020_ncl:rin=limited:t=linear:npl=203,format=gbrpf32le,"
            "zscale=p=709,tonemap=tonemap=mobius:param=3/10:desat=0:peak=1000/203,zscale=t=iec61966-2-1:m=gbr:r=full,"
            "format=gbrp",
            i ? "arib-std-b67" : "smpte2084");
        assert_int_equal(rl_graph_open(&graph, &r.kit.flow, r.in, (AVRational){ 1, 1000 }, chain), 0);
        assert_int_equal(rl_graph_feed(&graph, &r.kit.flow, r.in), 0);
        assert_int_equal(rl_graph_take(&graph, &r.kit.flow, video), 0);
        double sum = 0, worst = 0;
        for (int y = 0; y < 64; y++)
            for (int x = 0; x < 128; x++)
                for (int c = 0; c < 3; c++) {
                    double d = abs(pixel_get(out, c, x, y) - pixel_get(video, c, x, y));
                    sum += d;
                    worst = d > worst ? d : worst;
                }
        print_message("transfer %d: off by %.2f on average, %g at most\n", transfers[i], sum / (64 * 128 * 3), worst);
        assert_true(sum / (64 * 128 * 3) < 3);
        rl_graph_close(&graph);
        av_frame_free(&video);
        rig_end(&r);
    }
}

static int red_beside_hidden_green(int c, double x, double y)
{
    (void)y;
    bool seen = x < 33;
    return c == 0 ? (seen ? 255 : 0) : c == 1 ? (seen ? 0 : 255) : c == 2 ? 0 : seen ? 255 : 0;
}

static void hidden_colours_do_not_bleed(void **state)
{
    struct pixel_rig r;
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_RGBA, 64, 64, red_beside_hidden_green));
    r.spec.format = RL_STILL_WEBP;
    r.spec.lossless = 1;
    r.spec.width = r.spec.height = 20;
    AVFrame *out = rig_run(&r);
    for (int x = 0; x < 20; x++)
        if (pixel_get(out, 3, x, 10) > 4) {
            assert_true(pixel_get(out, 0, x, 10) > 245);
            assert_true(pixel_get(out, 1, x, 10) < 10);
        }
    assert_int_equal(pixel_get(out, 3, 19, 10), 0);
    assert_int_equal(pixel_get(out, 3, 0, 10), 255);
    /* As YCbCr the same, and chroma is that of what is seen. */
    r.spec.lossless = 0;
    r.spec.width = r.spec.height = 64;
    out = rig_run(&r);
    assert_int_equal(out->format, AV_PIX_FMT_YUVA420P);
    assert_true(abs(pixel_get(out, 1, 16, 10) - 90) <= 2 && abs(pixel_get(out, 2, 16, 10) - 240) <= 2);
    rig_end(&r);
}

static int half_white(int c, double x, double y)
{
    (void)x, (void)y;
    return c == 3 ? 128 : 255;
}

static int opaque_noise(int c, double x, double y)
{
    return c == 3 ? 255 : ((int)x * 37 + (int)y * 91 + c * 11) & 255;
}

static void backgrounds_are_laid_under(void **state)
{
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_RGBA, AV_PIX_FMT_RGBA64, AV_PIX_FMT_GBRAP };
    (void)state;
    for (int f = 0; f < 3; f++) {
        struct pixel_rig r;
        rig_begin(&r, pixel_frame(formats[f], 16, 16, half_white));
        if (formats[f] == AV_PIX_FMT_RGBA64)
            for (int i = 0; i < 256; i++)
                for (int c = 0; c < 4; c++)
                    pixel_set(r.in, c, i % 16, i / 16, half_white(c, 0, 0) * 257);
        r.spec.format = RL_STILL_WEBP;
        r.spec.lossless = 1;
        r.spec.alpha = 0;
        r.spec.has_background = 1;
        r.spec.background = 0x205080;
        AVFrame *out = rig_run(&r);
        double a = 128 / 255.0,
               want[3] = { 255 * a + 0x20 * (1 - a), 255 * a + 0x50 * (1 - a), 255 * a + 0x80 * (1 - a) };
        close_to(out, 5, 5, want, 1, 1);
        assert_int_equal(pixel_get(out, 3, 5, 5), 255);
        rig_end(&r);
    }
    /* What is opaque comes through to the bit, multiplied in or not. */
    struct pixel_rig r;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_RGBA, 33, 21, opaque_noise));
    pixel_set(r.in, 3, 0, 0, 0); /* but for one pixel: else alpha is not looked at */
    r.spec.format = RL_STILL_WEBP;
    r.spec.lossless = 1;
    r.info.premultiplied = 1;
    AVFrame *out = rig_run(&r);
    for (int i = 1; i < 33 * 21; i++)
        for (int c = 0; c < 4; c++)
            assert_int_equal(pixel_get(out, c, i % 33, i / 33), pixel_get(r.in, c, i % 33, i / 33));
    rig_end(&r);
}

static int premultiplied_half(int c, double x, double y)
{
    (void)x, (void)y;
    return c == 0 ? 100 : c == 1 ? 50 : c == 2 ? 0 : 128;
}

static void premultiplied_alpha_is_divided_out(void **state)
{
    struct pixel_rig r;
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_RGBA, 16, 16, premultiplied_half));
    r.info.premultiplied = 1;
    r.spec.format = RL_STILL_WEBP;
    r.spec.lossless = 1;
    AVFrame *out = rig_run(&r);
    const double want[3] = { 100 * 255 / 128.0, 50 * 255 / 128.0, 0 };
    close_to(out, 3, 3, want, 0.6, 1);
    assert_int_equal(pixel_get(out, 3, 3, 3), 128);
    rig_end(&r);
}

static int flat(int c, double x, double y)
{
    (void)x, (void)y;
    return c == 0 ? 150 : c == 1 ? 90 : 200;
}

/* Bars of odd widths begin and end at their pixel, in luma and in colour. */
static void bars_are_where_they_belong(void **state)
{
    (void)state;
    for (int odd = 0; odd < 4; odd++) {
        struct pixel_rig r;
        rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P, 20 + (odd & 1), 20, flat));
        r.spec.pad_width = 41 + (odd >> 1);
        r.spec.pad_height = 20;
        r.spec.has_background = 1;
        r.spec.background = 0x0000FF;
        AVFrame *out = rig_run(&r);
        int from = (r.spec.pad_width - r.in->width) / 2, to = from + r.in->width;
        assert_int_equal(out->width, r.spec.pad_width);
        for (int x = 0; x < out->width; x++)
            assert_int_equal(pixel_get(out, 0, x, 7), x >= from && x < to ? 150 : 29);
        for (int x = 0; x < (out->width + 1) / 2; x++) {
            if (2 * x > from && 2 * x + 2 < to)
                assert_true(abs(pixel_get(out, 1, x, 3) - 90) <= 1);
            if (2 * x + 2 < from || 2 * x > to)
                assert_true(pixel_get(out, 1, x, 3) >= 254);
        }
        /* Transparent where there is no background. */
        r.spec.has_background = 0;
        r.spec.alpha = 1;
        out = rig_run(&r);
        for (int x = 0; x < out->width; x++)
            assert_int_equal(pixel_get(out, 3, x, 7), x >= from && x < to ? 255 : 0);
        rig_end(&r);
    }
}

static int object_x, object_y;

/* A detailed red thing on a smooth sky. */
static int object(int c, double x, double y)
{
    double d = hypot(x - object_x, y - object_y);

    if (d < 25)
        return c == 3 ? 255 : c == 0 ? 200 + ((int)x / 3 + (int)y / 3) % 2 * 40 : ((int)x / 3 + (int)y / 3) % 2 * 60;
    return c == 3 ? 255 : (int)(c == 2 ? 190 + y / 10 : 140 + y / 8);
}

static void the_eye_finds_the_object(void **state)
{
    static const int places[][2] = { { 40, 50 }, { 350, 50 }, { 200, 50 }, { 300, 80 } };
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct pixel_rig r;
        object_x = places[i][0];
        object_y = places[i][1];
        rig_begin(&r, pixel_frame(AV_PIX_FMT_RGB24, 400, 120, object));
        r.spec.window_width = 120;
        r.spec.window_height = 120;
        r.spec.focus = RL_FOCUS_ATTENTION;
        r.spec.format = RL_STILL_WEBP;
        r.spec.lossless = 1;
        AVFrame *out = rig_run(&r);
        long red = 0, all = 0;
        for (int y = 0; y < r.in->height; y++)
            for (int x = 0; x < r.in->width; x++)
                all += pixel_get(r.in, 0, x, y) > 195;
        for (int y = 0; y < out->height; y++)
            for (int x = 0; x < out->width; x++)
                red += pixel_get(out, 0, x, y) > 195;
        if (red < all * 95 / 100)
            fail_msg("of the object at %d,%d only %ld of %ld are in the window", object_x, object_y, red, all);
        rig_end(&r);
    }
}

static void small_pictures_keep_shape_and_colour(void **state)
{
    struct pixel_rig r;
    AVFrame *small = av_frame_alloc();
    (void)state;
    rig_begin(&r, pixel_frame(AV_PIX_FMT_RGBA, 300, 100, half_white));
    assert_int_equal(rl_pixels_small(&r.kit.flow, r.in, &r.info.colour, 64, small), 0);
    assert_int_equal(small->format, AV_PIX_FMT_RGBA);
    assert_int_equal(small->width, 64);
    assert_int_equal(small->height, 21);
    for (int c = 0; c < 4; c++)
        assert_true(abs(pixel_get(small, c, 30, 10) - (c == 3 ? 128 : 255)) <= 1);
    av_frame_unref(small);
    rig_end(&r);
    /* One that is small enough keeps its size; HDR comes out as SDR. */
    rig_begin(&r, pixel_frame(AV_PIX_FMT_YUV420P10, 64, 8, pq_ramp));
    r.in->color_range = AVCOL_RANGE_MPEG;
    r.in->colorspace = AVCOL_SPC_BT2020_NCL;
    r.info.colour = (struct rl_colour){ 9, 16, 9, 0, 0 };
    assert_int_equal(rl_pixels_small(&r.kit.flow, r.in, &r.info.colour, 100, small), 0);
    assert_int_equal(small->width, 64);
    assert_int_equal(small->height, 8);
    assert_true(pixel_get(small, 0, 63, 4) > 250);
    assert_true(fabs((double)pixel_get(small, 1, 20, 4) - 255 * encode(ramp_light(20) / 203)) < 2.5);
    av_frame_free(&small);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(primaries_are_those_of_the_standards),
#if RL_HAVE_ICC
        cmocka_unit_test(profiles_become_srgb),
        cmocka_unit_test(what_says_srgb_is_left_alone),
        cmocka_unit_test(hostile_profiles_are_left_out),
        cmocka_unit_test(code_points_become_srgb_for_webp),
        cmocka_unit_test(gray_profiles_are_for_gray),
#endif
        cmocka_unit_test(hdr_is_tone_mapped),
        cmocka_unit_test(tones_are_those_of_video),
        cmocka_unit_test(hidden_colours_do_not_bleed),
        cmocka_unit_test(backgrounds_are_laid_under),
        cmocka_unit_test(premultiplied_alpha_is_divided_out),
        cmocka_unit_test(bars_are_where_they_belong),
        cmocka_unit_test(the_eye_finds_the_object),
        cmocka_unit_test(small_pictures_keep_shape_and_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
