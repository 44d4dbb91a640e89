#include "score.h"

#include <libavutil/intreadwrite.h>
#include <libavutil/pixdesc.h>
#include <math.h>

/* The small picture that is judged has at most so many pixels to a side. */
#define SIDE 128
#define BINS 32
/* With less contrast than this (standard deviation, of 1) a picture is blank. */
#define BLANK 0.015

struct small {
    int width, height;
    float luma[SIDE * SIDE]; /* 0 … 1 */
    double colour;           /* mean distance from gray */
};

struct eye {
    const AVFrame *frame;
    const AVPixFmtDescriptor *desc;
    bool plain; /* whole bytes, or whole 16-bit words */
};

/* One component of one pixel, as 16 bits. */
static unsigned at(const struct eye *e, int c, int x, int y)
{
    const AVComponentDescriptor *comp = &e->desc->comp[c];

    if ((c == 1 || c == 2) && !(e->desc->flags & AV_PIX_FMT_FLAG_RGB)) {
        x >>= e->desc->log2_chroma_w;
        y >>= e->desc->log2_chroma_h;
    }
    if (e->desc->flags & AV_PIX_FMT_FLAG_PAL) {
        unsigned i = e->frame->data[0][(ptrdiff_t)y * e->frame->linesize[0] + x];
        return (AV_RN32(e->frame->data[1] + 4 * (size_t)i) >> (16 - 8 * c) & 255) << 8;
    }
    if (!e->plain) {
        uint16_t v = 0;
        av_read_image_line2(&v, (const uint8_t **)(void *)e->frame->data, e->frame->linesize, e->desc, x, y, c, 1, 0,
                            2);
        return comp->depth >= 16 ? v : (unsigned)v << (16 - comp->depth);
    }
    const uint8_t *p = e->frame->data[comp->plane] + (ptrdiff_t)y * e->frame->linesize[comp->plane] +
                       (ptrdiff_t)x * comp->step + comp->offset;
    if (comp->depth == 8)
        return (unsigned)*p << 8;
    return (unsigned)(AV_RN16(p) >> comp->shift) << (16 - comp->depth) & 0xffff;
}

static bool is_plain(const AVPixFmtDescriptor *desc)
{
    if (desc->flags & (AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_FLOAT))
        return false;
    for (int c = 0; c < desc->nb_components; c++)
        if (desc->comp[c].depth != 8 ? desc->comp[c].depth < 8 || desc->comp[c].depth + desc->comp[c].shift > 16
                                     : desc->comp[c].shift != 0)
            return false;
    return true;
}

/* Mean of four places in each cell: enough against noise, and a thousandth of the work of looking at all. */
static void look(const struct eye *e, bool full_range, struct small *s)
{
    const AVFrame *f = e->frame;
    bool rgb = e->desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL), gray = e->desc->nb_components < 3 && !rgb;
    double low = rgb || full_range ? 0 : 16.0 / 256, span = rgb || full_range ? 255.0 / 256 : 219.0 / 256;
    int longer = f->width > f->height ? f->width : f->height;
    double cell = longer > SIDE ? (double)longer / SIDE : 1, sum = 0;

    s->width = (int)(f->width / cell) > 0 ? (int)(f->width / cell) : 1;
    s->height = (int)(f->height / cell) > 0 ? (int)(f->height / cell) : 1;
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            unsigned v = 0;
            int px = 0, py = 0;
            for (int k = 0; k < 4; k++) {
                px = (int)((x + 0.25 + 0.5 * (k & 1)) * cell);
                py = (int)((y + 0.25 + 0.5 * (k >> 1)) * cell);
                v += at(e, rgb ? 1 : 0, px, py);
            }
            double luma = ((double)v / (4 * 65536) - low) / span;
            s->luma[y * SIDE + x] = (float)(luma < 0 ? 0 : luma > 1 ? 1 : luma);
            if (gray)
                continue;
            double middle = rgb ? at(e, 1, px, py) : 32768;
            sum += hypot(at(e, rgb ? 0 : 1, px, py) - middle, at(e, 2, px, py) - middle) / 65536;
        }
    s->colour = sum / (s->width * s->height);
}

static double clip(double v) { return v < 0 ? 0 : v > 1 ? 1 : v; }

/* What stands out from its four neighbours. */
static double detail(const struct small *s)
{
    double sum = 0;

    for (int y = 1; y < s->height - 1; y++)
        for (int x = 1; x < s->width - 1; x++) {
            const float *p = &s->luma[y * SIDE + x];
            sum += fabsf(4 * p[0] - p[-1] - p[1] - p[-SIDE] - p[SIDE]);
        }
    return s->width > 2 && s->height > 2 ? sum / (4.0 * (s->width - 2) * (s->height - 2)) : 0;
}

static double judge(const struct small *s)
{
    int n = s->width * s->height, bins[BINS] = { 0 };
    double sum = 0, squares = 0, entropy = 0;

    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            double v = s->luma[y * SIDE + x];
            sum += v;
            squares += v * v;
            bins[(int)(v * (BINS - 0.001))]++;
        }
    double mean = sum / n, variance = squares / n - mean * mean, contrast = variance > 0 ? sqrt(variance) : 0;
    for (int i = 0; i < BINS; i++)
        if (bins[i])
            entropy -= (double)bins[i] / n * log2((double)bins[i] / n);
    /* A picture may be dark or bright, but not nearly all of it. */
    double exposure = clip((mean - 0.02) / 0.16) * clip((0.99 - mean) / 0.2);
    double there = clip((contrast - BLANK) / 0.03);
    double rich = 0.4 * clip(contrast / 0.2) + 0.45 * clip(entropy / 4.5) + 0.15 * clip(s->colour / 0.08);
    return there * exposure * rich * (0.4 + 0.6 * clip(detail(s) / 0.02));
}

double rl_score(const AVFrame *frame, bool full_range)
{
    struct eye e = { .frame = frame, .desc = av_pix_fmt_desc_get(frame->format) };
    struct small s;

    if (!e.desc || e.desc->flags & AV_PIX_FMT_FLAG_HWACCEL || frame->width < 1 || frame->height < 1)
        return 0;
    e.plain = is_plain(e.desc);
    if (frame->color_range != AVCOL_RANGE_UNSPECIFIED)
        full_range = frame->color_range == AVCOL_RANGE_JPEG;
    look(&e, full_range, &s);
    return judge(&s);
}
