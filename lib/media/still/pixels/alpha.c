/* Alpha: multiplied in before scaling, so that what cannot be seen does not bleed, and out again after; backgrounds and bars. */
#include "inside.h"

#include <libavutil/imgutils.h>
#include <math.h>
#include <string.h>

static inline unsigned get(const uint8_t *row, ptrdiff_t i, bool high)
{
    return high ? ((const uint16_t *)(const void *)row)[i] : row[i];
}

static inline void put(uint8_t *row, ptrdiff_t i, bool high, unsigned v)
{
    if (high)
        ((uint16_t *)(void *)row)[i] = (uint16_t)v;
    else
        row[i] = (uint8_t)v;
}

static uint8_t *line(const AVFrame *f, int plane, int y)
{
    return f->data[plane] + (ptrdiff_t)y * f->linesize[plane];
}

static bool packed(const AVFrame *f)
{
    return f->format == AV_PIX_FMT_RGBA || f->format == AV_PIX_FMT_RGBA64;
}

bool rl_alpha_opaque(const AVFrame *f)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->format);
    const AVComponentDescriptor *a = &desc->comp[desc->nb_components - 1];
    bool high = a->depth > 8;
    unsigned max = (1U << a->depth) - 1;
    int step = high ? a->step / 2 : a->step;

    if (!(desc->flags & AV_PIX_FMT_FLAG_ALPHA))
        return true;
    for (int y = 0; y < f->height; y++) {
        const uint8_t *row = line(f, a->plane, y) + a->offset;
        unsigned all = max;
        for (int x = 0; x < f->width; x++)
            all &= get(row, (ptrdiff_t)x * step, high);
        if (all != max)
            return false;
    }
    return true;
}

/* What one sample becomes, at an alpha of a / max; zero is what black or gray is. */
typedef unsigned (*sample_fn)(unsigned v, unsigned a, unsigned max, unsigned zero, unsigned extra);

static inline unsigned multiply(unsigned v, unsigned a, unsigned max, unsigned zero, unsigned extra)
{
    int64_t d = ((int64_t)v - zero) * a;

    (void)extra;
    return (unsigned)(zero + (d + (d < 0 ? -(int64_t)(max / 2) : (int64_t)(max / 2))) / max);
}

static inline unsigned divide(unsigned v, unsigned a, unsigned max, unsigned zero, unsigned extra)
{
    int64_t d = ((int64_t)v - zero) * max;

    (void)extra;
    if (a == 0)
        return zero;
    if (max == 255 && zero == 0) { /* short numbers divide faster */
        unsigned q = (v * 255 + a / 2) / a;
        return q > 255 ? 255 : q;
    }
    d = zero + (d + (d < 0 ? -(int64_t)(a / 2) : (int64_t)(a / 2))) / a;
    return d < 0 ? 0 : d > max ? max : (unsigned)d;
}

/* extra: the colour below */
static inline unsigned blend(unsigned v, unsigned a, unsigned max, unsigned zero, unsigned extra)
{
    (void)zero;
    return (unsigned)(((uint64_t)v * a + (uint64_t)extra * (max - a) + max / 2) / max);
}

/* The mean alpha over the luma samples of a chroma sample. */
static inline unsigned alpha_over(const AVFrame *f, int x, int y, int shift_w, int shift_h, bool high)
{
    unsigned sum = 0, count = 0;

    for (int j = y << shift_h; j < (y + 1) << shift_h && j < f->height; j++)
        for (int i = x << shift_w; i < (x + 1) << shift_w && i < f->width; i++, count++)
            sum += get(line(f, 3, j), i, high);
    return count ? (sum + count / 2) / count : 0;
}

static inline __attribute__((always_inline)) void each(AVFrame *f, sample_fn fn, bool full_range,
                                                       const uint16_t extra[4], bool high)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->format);
    int depth = desc->comp[0].depth;
    unsigned max = high ? ((1U << depth) - 1) | 1 : 255; /* never 0, which a checker cannot know */

    if (packed(f)) {
        for (int y = 0; y < f->height; y++) {
            uint8_t *row = line(f, 0, y);
            for (ptrdiff_t i = 0; i < 4 * (ptrdiff_t)f->width; i += 4) {
                unsigned a = get(row, i + 3, high);
                if (a != max)
                    for (int c = 0; c < 3; c++)
                        put(row, i + c, high, fn(get(row, i + c, high), a, max, 0, extra[c]));
            }
        }
        return;
    }
    for (int p = 0; p < 3; p++) {
        int shift_w = p ? desc->log2_chroma_w : 0, shift_h = p ? desc->log2_chroma_h : 0;
        unsigned zero = p ? (max + 1) / 2 : full_range ? 0 : 16U << (depth - 8);
        for (int y = 0; y < AV_CEIL_RSHIFT(f->height, shift_h); y++) {
            uint8_t *row = line(f, p, y);
            for (int x = 0; x < AV_CEIL_RSHIFT(f->width, shift_w); x++) {
                unsigned a = p ? alpha_over(f, x, y, shift_w, shift_h, high) : get(line(f, 3, y), x, high);
                if (a != max)
                    put(row, x, high, fn(get(row, x, high), a, max, zero, extra[p]));
            }
        }
    }
}

/* The compiler makes one for each function and size of a sample. */
#define APPLY(frame, fn, full_range, extra)             \
    do {                                                \
        if (rl_format_depth((frame)->format) > 8)       \
            each(frame, fn, full_range, extra, true);   \
        else                                            \
            each(frame, fn, full_range, extra, false);  \
    } while (0)

static const uint16_t nothing[4];

void rl_alpha_premultiply(AVFrame *frame, bool full_range)
{
    APPLY(frame, multiply, full_range, nothing);
}

void rl_alpha_unpremultiply(AVFrame *frame, bool full_range)
{
    APPLY(frame, divide, full_range, nothing);
}

void rl_alpha_flatten(AVFrame *f, const uint16_t colour[4])
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->format);
    bool high = desc->comp[0].depth > 8;
    unsigned max = (1U << desc->comp[0].depth) - 1;

    APPLY(f, blend, true, colour);
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++)
            put(line(f, packed(f) ? 0 : 3, y), packed(f) ? 4 * (ptrdiff_t)x + 3 : x, high, max);
}

/* The first row by components, the others after it. */
static void fill(AVFrame *f, const uint16_t colour[4])
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->format);
    bool high = desc->comp[0].depth > 8;

    for (int c = 0; c < desc->nb_components; c++) {
        const AVComponentDescriptor *d = &desc->comp[c];
        bool chroma = (c == 1 || c == 2) && !(desc->flags & AV_PIX_FMT_FLAG_RGB);
        int width = chroma ? AV_CEIL_RSHIFT(f->width, desc->log2_chroma_w) : f->width;
        for (int x = 0; x < width; x++)
            put(line(f, d->plane, 0) + d->offset, (ptrdiff_t)x * d->step / (high ? 2 : 1), high, colour[c]);
    }
    for (int p = 0; p < 4 && f->data[p]; p++) {
        bool chroma = (p == 1 || p == 2) && !(desc->flags & AV_PIX_FMT_FLAG_RGB);
        int bytes = av_image_get_linesize(f->format, f->width, p);
        for (int y = 1; y < (chroma ? AV_CEIL_RSHIFT(f->height, desc->log2_chroma_h) : f->height) && bytes > 0; y++)
            memcpy(line(f, p, y), line(f, p, 0), (size_t)bytes);
    }
}

/* Where a picture begins that stands in the middle. */
static struct rl_rect middle(const AVFrame *in, int width, int height)
{
    return (struct rl_rect){ (width - in->width) / 2, (height - in->height) / 2, in->width, in->height };
}

static void make_opaque(AVFrame *f)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(f->format);
    const AVComponentDescriptor *a = &desc->comp[3];

    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++)
            put(line(f, a->plane, y) + a->offset, (ptrdiff_t)x * a->step / (a->depth > 8 ? 2 : 1), a->depth > 8,
                (1U << a->depth) - 1);
}

/* Packed without alpha into packed with it. */
static void widen(const AVFrame *in, AVFrame *out)
{
    bool high = rl_format_depth(in->format) > 8;

    for (int y = 0; y < in->height; y++)
        for (int x = 0; x < in->width; x++)
            for (int c = 0; c < 3; c++)
                put(line(out, 0, y), 4 * (ptrdiff_t)x + c, high, get(line(in, 0, y), 3 * (ptrdiff_t)x + c, high));
}

int rl_pad(struct rl_flow *flow, const AVFrame *in, enum AVPixelFormat format, int width, int height,
           const uint16_t colour[4], AVFrame *out)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    struct rl_rect at = middle(in, width, height);
    AVFrame *part = av_frame_alloc();
    int rc;

    if (!part)
        return rl_err_nomem(flow->err, "picture");
    rc = rl_frame_new(flow, out, format, width, height);
    if (rc == 0) {
        fill(out, colour);
        rc = rl_frame_cut(flow, out, &at, part);
    }
    if (rc == 0) {
        bool added = rl_format_has_alpha(format) && !rl_format_has_alpha(in->format);
        if (added && packed(out))
            widen(in, part);
        else
            for (int p = 0; p < 4 && in->data[p]; p++) {
                bool chroma = (p == 1 || p == 2) && !(desc->flags & AV_PIX_FMT_FLAG_RGB);
                av_image_copy_plane(part->data[p], part->linesize[p], in->data[p], in->linesize[p],
                                    av_image_get_linesize(in->format, in->width, p),
                                    chroma ? AV_CEIL_RSHIFT(in->height, desc->log2_chroma_h) : in->height);
            }
        if (added)
            make_opaque(part);
        if (av_frame_copy_props(out, in) < 0)
            rc = rl_err_nomem(flow->err, "picture");
    }
    av_frame_free(&part);
    return rc;
}

void rl_colour_components(uint32_t rgb, enum AVPixelFormat format, const struct rl_colour *colour, uint16_t out[4])
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    int depth = desc->comp[0].depth;
    double max = (1 << depth) - 1, r, b;
    double v[3] = { (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0 };

    if (colour->transfer == RL_PQ || colour->transfer == RL_HLG)
        rl_tone_back(rgb, colour, v);
    out[3] = (uint16_t)max;
    if (desc->flags & AV_PIX_FMT_FLAG_RGB) {
        for (int i = 0; i < 3; i++)
            out[i] = (uint16_t)floor(v[i] * max + 0.5);
        return;
    }
    rl_luma_shares(colour->matrix, &r, &b);
    double y = r * v[0] + (1 - r - b) * v[1] + b * v[2], unit = colour->full_range ? max : 219 << (depth - 8);
    double cb = (v[2] - y) / (2 * (1 - b)), cr = (v[0] - y) / (2 * (1 - r));
    double span = colour->full_range ? max : 224 << (depth - 8);
    out[0] = (uint16_t)floor((colour->full_range ? 0 : 16 << (depth - 8)) + y * unit + 0.5);
    out[1] = (uint16_t)FFMIN(floor((1 << (depth - 1)) + cb * span + 0.5), max);
    out[2] = (uint16_t)FFMIN(floor((1 << (depth - 1)) + cr * span + 0.5), max);
}
