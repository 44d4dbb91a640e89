/*
 * HDR to sRGB, with the curve of the video path: graphics white of 203 cd/m2 (ITU-R BT.2408) becomes white, into BT.709's
 * primaries, and highlights are rolled off by Möbius's curve, which leaves what is below 0.3 alone. By tables: a picture is
 * 12 million pixels, and the filters of the video path would take a second for it.
 */
#include "inside.h"

#include <math.h>

#define REFERENCE_WHITE 203.0
#define USUAL_PEAK 1000.0 /* of most HDR masters, where the file does not say. cd/m2 */
#define KNEE 0.3
#define IN_SIZE 4096
#define OUT_SIZE 16384

struct rl_tone {
    float linear[IN_SIZE]; /* 1 is graphics white; HLG: light of the scene */
    uint8_t srgb[OUT_SIZE + 1];
    float matrix[9];
    float luma[3];
    bool hlg;
    float a, b, scale; /* of the curve */
};

static double pq_to_light(double v) /* cd/m2 */
{
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 32, c1 = 3424.0 / 4096, c2 = 2413.0 / 128, c3 = 2392.0 / 128;
    double p = pow(v, 1 / m2), n = p - c1;

    return 10000 * pow((n > 0 ? n : 0) / (c2 - c3 * p), 1 / m1);
}

static double light_to_pq(double light)
{
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 32, c1 = 3424.0 / 4096, c2 = 2413.0 / 128, c3 = 2392.0 / 128;
    double p = pow(light < 0 ? 0 : light / 10000, m1);

    return pow((c1 + c2 * p) / (1 + c3 * p), m2);
}

#define HLG_A 0.17883277
#define HLG_B 0.28466892
#define HLG_C 0.55991073

static double hlg_to_scene(double v)
{
    return v <= 0.5 ? v * v / 3 : (exp((v - HLG_C) / HLG_A) + HLG_B) / 12;
}

static double scene_to_hlg(double e)
{
    return e <= 1.0 / 12 ? sqrt(3 * (e < 0 ? 0 : e)) : HLG_A * log(12 * e - HLG_B) + HLG_C;
}

static double srgb_encode(double v)
{
    return v <= 0.0031308 ? 12.92 * v : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

static double srgb_decode(double v)
{
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double peak_of(bool hlg, const struct rl_light *light, const struct rl_mastering *mastering)
{
    double peak = USUAL_PEAK;

    if (!hlg && light->present && light->max_cll > 0)
        peak = light->max_cll;
    else if (!hlg && mastering->present && mastering->max_luminance.num > 0 && mastering->max_luminance.den > 0)
        peak = (double)mastering->max_luminance.num / mastering->max_luminance.den;
    return (peak < REFERENCE_WHITE ? REFERENCE_WHITE : peak > 10000 ? 10000 : peak) / REFERENCE_WHITE;
}

int rl_tone_open(struct rl_tone **out, struct rl_flow *flow, const struct rl_colour *colour,
                 const struct rl_light *light, const struct rl_mastering *mastering)
{
    struct rl_tone *t = rl_calloc(flow->env, 1, sizeof(*t));
    double m[3][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } }, red, blue, peak;

    *out = t;
    if (!t)
        return rl_err_nomem(flow->err, "tone");
    t->hlg = colour->transfer == RL_HLG;
    for (int i = 0; i < IN_SIZE; i++) {
        double v = (double)i / (IN_SIZE - 1);
        t->linear[i] = (float)(t->hlg ? hlg_to_scene(v) : pq_to_light(v) / REFERENCE_WHITE);
    }
    for (int i = 0; i <= OUT_SIZE; i++)
        t->srgb[i] = (uint8_t)floor(srgb_encode((double)i / OUT_SIZE) * 255 + 0.5);
    if (!rl_primaries_matrix(colour->primaries, 1, m))
        rl_primaries_matrix(9, 1, m);
    for (int i = 0; i < 9; i++)
        t->matrix[i] = (float)m[i / 3][i % 3];
    rl_luma_shares(9, &red, &blue);
    t->luma[0] = (float)red;
    t->luma[1] = (float)(1 - red - blue);
    t->luma[2] = (float)blue;
    peak = peak_of(t->hlg, light, mastering);
    /* (v + a) / (v + b) * scale: meets the straight line at the knee with its slope, and 1 at the peak */
    double j = KNEE, a = -j * j * (peak - 1) / (j * j - 2 * j + peak);
    double b = (j * j - 2 * j * peak + peak) / (peak - 1 > 1e-6 ? peak - 1 : 1e-6);
    t->a = (float)a;
    t->b = (float)b;
    t->scale = (float)((b * b + 2 * b * j + j * j) / (b - a));
    return 0;
}

struct work {
    const struct rl_tone *tone;
    const AVFrame *in;
    AVFrame *out;
    int step; /* components of a pixel */
};

static inline uint8_t encode(const struct rl_tone *t, float v)
{
    int i = (int)(v * OUT_SIZE + 0.5F);

    return t->srgb[i < 0 ? 0 : i > OUT_SIZE ? OUT_SIZE : i];
}

static inline float decode(const struct rl_tone *t, unsigned v)
{
    return t->linear[(v * (IN_SIZE - 1) + 32767) / 65535];
}

static void map_pixel(const struct rl_tone *t, const uint16_t *in, uint8_t *out)
{
    const float *m = t->matrix;
    float r = decode(t, in[0]), g = decode(t, in[1]), b = decode(t, in[2]), k = 1;

    if (t->hlg) { /* the system's gamma of a display of 1000 cd/m2 */
        float y = t->luma[0] * r + t->luma[1] * g + t->luma[2] * b;
        k = (float)(USUAL_PEAK / REFERENCE_WHITE) * powf(y, 0.2F);
    }
    float v[3] = { (m[0] * r + m[1] * g + m[2] * b) * k, (m[3] * r + m[4] * g + m[5] * b) * k,
                   (m[6] * r + m[7] * g + m[8] * b) * k };
    float top = v[0] > v[1] ? v[0] : v[1];
    top = top > v[2] ? top : v[2];
    float to = top > (float)KNEE ? t->scale * (top + t->a) / (top + t->b) / top : 1;
    for (int i = 0; i < 3; i++)
        out[i] = encode(t, v[i] * to);
}

static void rows(void *arg, int from, int to)
{
    const struct work *w = arg;

    for (int y = from; y < to; y++) {
        const uint16_t *in = (const uint16_t *)(const void *)(w->in->data[0] + (ptrdiff_t)y * w->in->linesize[0]);
        uint8_t *out = w->out->data[0] + (ptrdiff_t)y * w->out->linesize[0];
        for (int x = 0; x < w->in->width; x++, in += w->step, out += w->step) {
            map_pixel(w->tone, in, out);
            if (w->step == 4)
                out[3] = (uint8_t)(in[3] / 257);
        }
    }
}

int rl_tone_run(const struct rl_tone *tone, struct rl_flow *flow, const AVFrame *in, int threads, AVFrame *out)
{
    bool alpha = in->format == AV_PIX_FMT_RGBA64;
    struct work w = { tone, in, out, alpha ? 4 : 3 };
    int rc = rl_frame_new(flow, out, alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24, in->width, in->height);

    if (rc < 0)
        return rc;
    rl_rows(flow, threads, in->height, rows, &w);
    if (av_frame_copy_props(out, in) < 0)
        return rl_err_nomem(flow->err, "tone");
    /* What was said of the HDR picture is no longer so. */
    av_frame_remove_side_data(out, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
    av_frame_remove_side_data(out, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    return 0;
}

void rl_tone_close(struct rl_tone **tone, struct rl_flow *flow)
{
    rl_free(flow->env, *tone);
    *tone = NULL;
}

void rl_tone_back(uint32_t rgb, const struct rl_colour *colour, double out[3])
{
    double m[3][3], in[3] = { srgb_decode((rgb >> 16 & 255) / 255.0), srgb_decode((rgb >> 8 & 255) / 255.0),
                              srgb_decode((rgb & 255) / 255.0) };

    if (!rl_primaries_matrix(1, colour->primaries, m))
        rl_primaries_matrix(1, 9, m);
    for (int i = 0; i < 3; i++) {
        out[i] = (m[i][0] * in[0] + m[i][1] * in[1] + m[i][2] * in[2]) * REFERENCE_WHITE;
        out[i] = out[i] > 0 ? out[i] : 0;
    }
    if (colour->transfer == RL_PQ) {
        for (int i = 0; i < 3; i++)
            out[i] = light_to_pq(out[i]);
        return;
    }
    double y = (0.2627 * out[0] + 0.678 * out[1] + 0.0593 * out[2]) / USUAL_PEAK;
    double k = y > 0 ? pow(y, -0.2 / 1.2) : 1;
    for (int i = 0; i < 3; i++)
        out[i] = scene_to_hlg(out[i] / USUAL_PEAK * k);
}
