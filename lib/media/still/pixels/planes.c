/*
 * From YCbCr to YCbCr without RGB between: range, depth and matrix, plane by plane.
 *
 * Luma of a gray is the same in all matrices and the new chroma depends on the old chroma alone, so a change of matrix is two by
 * two numbers for chroma, at its own size, and for luma two small shares of the chroma above it.
 */
#include "inside.h"

#include <libavutil/imgutils.h>
#include <math.h>
#include <string.h>

void rl_luma_shares(int matrix, double *red, double *blue)
{
    switch (matrix) {
    case 1: /* BT.709 */
        *red = 0.2126, *blue = 0.0722;
        return;
    case 4: /* FCC */
        *red = 0.30, *blue = 0.11;
        return;
    case 7: /* SMPTE 240M */
        *red = 0.212, *blue = 0.087;
        return;
    case 9: /* BT.2020 */
    case 10:
        *red = 0.2627, *blue = 0.0593;
        return;
    default: /* BT.601 */
        *red = 0.299, *blue = 0.114;
    }
}

/* Values of one component: v = base + unit * x, with luma's x in 0 … 1 and chroma's in -0.5 … 0.5. */
struct span {
    double base, unit;
};

static struct span luma_span(int depth, bool full)
{
    if (full)
        return (struct span){ 0, (1 << depth) - 1 };
    return (struct span){ 16 << (depth - 8), 219 << (depth - 8) };
}

static struct span chroma_span(int depth, bool full)
{
    return (struct span){ 1 << (depth - 1), full ? (1 << depth) - 1 : 224 << (depth - 8) };
}

#define FRACTION 16 /* bits behind the point */

struct convert {
    const AVFrame *in;
    AVFrame *out;
    int in_bytes, out_bytes, in_max, out_max;
    int shift_w, shift_h; /* of chroma */
    bool matrix;          /* luma needs chroma */
    bool same_luma, same_chroma;
    /* out = (a * in + b * cb + c * cr + d) >> FRACTION */
    int64_t luma[4], blue[4], red[4];
    int64_t alpha;        /* factor; 0: the same */
    uint8_t luma8[256], chroma8[256];
};

static inline int get(const uint8_t *row, int x, int bytes)
{
    return bytes == 1 ? row[x] : ((const uint16_t *)(const void *)row)[x];
}

static inline void put(uint8_t *row, int x, int bytes, int v)
{
    if (bytes == 1)
        row[x] = (uint8_t)v;
    else
        ((uint16_t *)(void *)row)[x] = (uint16_t)v;
}

static inline int clip(int64_t v, int max)
{
    v >>= FRACTION;
    return v < 0 ? 0 : v > max ? max : (int)v;
}

static inline void luma_row(const struct convert *c, const uint8_t *from, const uint8_t *cb, const uint8_t *cr,
                            uint8_t *to, int width, int in_bytes, int out_bytes)
{
    for (int x = 0; x < width; x++) {
        int64_t v = c->luma[0] * get(from, x, in_bytes) + c->luma[3];
        if (c->matrix)
            v += c->luma[1] * get(cb, x >> c->shift_w, in_bytes) + c->luma[2] * get(cr, x >> c->shift_w, in_bytes);
        put(to, x, out_bytes, clip(v, c->out_max));
    }
}

static inline void chroma_row(const struct convert *c, const uint8_t *cb, const uint8_t *cr, uint8_t *to_cb,
                              uint8_t *to_cr, int width, int in_bytes, int out_bytes)
{
    for (int x = 0; x < width; x++) {
        int64_t b = get(cb, x, in_bytes), r = get(cr, x, in_bytes);
        put(to_cb, x, out_bytes, clip(c->blue[1] * b + c->blue[2] * r + c->blue[3], c->out_max));
        put(to_cr, x, out_bytes, clip(c->red[1] * b + c->red[2] * r + c->red[3], c->out_max));
    }
}

/* The compiler makes one loop for each pair of sample sizes. */
#define EACH_SIZE(call)                                    \
    do {                                                   \
        if (c->in_bytes == 1 && c->out_bytes == 1)         \
            call(1, 1);                                    \
        else if (c->in_bytes == 1)                         \
            call(1, 2);                                    \
        else if (c->out_bytes == 1)                        \
            call(2, 1);                                    \
        else                                               \
            call(2, 2);                                    \
    } while (0)

static void map8(const uint8_t *table, const uint8_t *from, uint8_t *to, int width)
{
    for (int x = 0; x < width; x++)
        to[x] = table[from[x]];
}

static const uint8_t *line(const AVFrame *f, int plane, int y)
{
    return f->data[plane] + (ptrdiff_t)y * f->linesize[plane];
}

static uint8_t *out_line(const AVFrame *f, int plane, int y)
{
    return f->data[plane] + (ptrdiff_t)y * f->linesize[plane];
}

static void do_luma(void *arg, int from, int to)
{
    const struct convert *c = arg;
    int width = c->in->width;
    bool table = !c->matrix && c->in_bytes == 1 && c->out_bytes == 1;

    for (int y = from; y < to; y++) {
        const uint8_t *in = line(c->in, 0, y);
        uint8_t *out = out_line(c->out, 0, y);
        const uint8_t *cb = c->matrix ? line(c->in, 1, y >> c->shift_h) : NULL;
        const uint8_t *cr = c->matrix ? line(c->in, 2, y >> c->shift_h) : NULL;
#define CALL(i, o) luma_row(c, in, cb, cr, out, width, i, o)
        if (c->same_luma)
            memcpy(out, in, (size_t)width * (size_t)c->in_bytes);
        else if (table)
            map8(c->luma8, in, out, width);
        else
            EACH_SIZE(CALL);
#undef CALL
    }
}

static void do_chroma(void *arg, int from, int to)
{
    const struct convert *c = arg;
    int width = AV_CEIL_RSHIFT(c->in->width, c->shift_w);
    bool table = !c->matrix && c->in_bytes == 1 && c->out_bytes == 1;

    for (int y = from; y < to; y++) {
        const uint8_t *cb = line(c->in, 1, y), *cr = line(c->in, 2, y);
        uint8_t *to_cb = out_line(c->out, 1, y), *to_cr = out_line(c->out, 2, y);
#define CALL(i, o) chroma_row(c, cb, cr, to_cb, to_cr, width, i, o)
        if (c->same_chroma) {
            memcpy(to_cb, cb, (size_t)width * (size_t)c->in_bytes);
            memcpy(to_cr, cr, (size_t)width * (size_t)c->in_bytes);
        } else if (table) {
            map8(c->chroma8, cb, to_cb, width);
            map8(c->chroma8, cr, to_cr, width);
        } else {
            EACH_SIZE(CALL);
        }
#undef CALL
    }
}

static void do_alpha(void *arg, int from, int to)
{
    const struct convert *c = arg;
    bool given = c->in->data[3] != NULL;

    for (int y = from; y < to; y++) {
        uint8_t *out = out_line(c->out, 3, y);
        for (int x = 0; x < c->in->width; x++) {
            int64_t v = given ? get(line(c->in, 3, y), x, c->in_bytes) : c->in_max;
            put(out, x, c->out_bytes, clip(v * c->alpha + (1 << (FRACTION - 1)), c->out_max));
        }
    }
}

static void neutral_chroma(const struct convert *c)
{
    int width = AV_CEIL_RSHIFT(c->out->width, c->shift_w), height = AV_CEIL_RSHIFT(c->out->height, c->shift_h);

    for (int p = 1; p < 3; p++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                put(out_line(c->out, p, y), x, c->out_bytes, (c->out_max + 1) / 2);
}

static int64_t fixed(double v)
{
    return (int64_t)floor(v * (1 << FRACTION) + 0.5);
}

static void prepare(struct convert *c, int in_depth, const struct rl_colour *from, int out_depth,
                    const struct rl_colour *to)
{
    struct span y = luma_span(in_depth, from->full_range), y2 = luma_span(out_depth, to->full_range);
    struct span k = chroma_span(in_depth, from->full_range), k2 = chroma_span(out_depth, to->full_range);
    double r, b, r2, b2, ky = y2.unit / y.unit, kc = k2.unit / k.unit, half = 0.5; /* to the nearest */

    rl_luma_shares(from->matrix, &r, &b);
    rl_luma_shares(to->matrix, &r2, &b2);
    /* R = Y + 2 (1 - r) Cr, B = Y + 2 (1 - b) Cb, G = Y - (2 b (1 - b) Cb + 2 r (1 - r) Cr) / g */
    double g = 1 - r - b, g2 = 1 - r2 - b2;
    double red_cr = 2 * (1 - r), blue_cb = 2 * (1 - b), green_cb = -2 * b * (1 - b) / g,
           green_cr = -2 * r * (1 - r) / g;
    double luma_cb = g2 * green_cb + b2 * blue_cb, luma_cr = g2 * green_cr + r2 * red_cr;
    double bb = (blue_cb - luma_cb) / (2 * (1 - b2)), br = -luma_cr / (2 * (1 - b2));
    double rb = -luma_cb / (2 * (1 - r2)), rr = (red_cr - luma_cr) / (2 * (1 - r2));

    if (!c->matrix)
        luma_cb = luma_cr = br = rb = 0, bb = rr = 1;
    c->luma[0] = fixed(ky);
    c->luma[1] = fixed(luma_cb * y2.unit / k.unit);
    c->luma[2] = fixed(luma_cr * y2.unit / k.unit);
    c->luma[3] = fixed(y2.base - ky * y.base - (luma_cb + luma_cr) * y2.unit / k.unit * k.base + half);
    c->blue[1] = fixed(bb * kc), c->blue[2] = fixed(br * kc);
    c->blue[3] = fixed(k2.base - (bb + br) * kc * k.base + half);
    c->red[1] = fixed(rb * kc), c->red[2] = fixed(rr * kc);
    c->red[3] = fixed(k2.base - (rb + rr) * kc * k.base + half);
    c->alpha = fixed((double)c->out_max / c->in_max);
    c->same_luma = !c->matrix && in_depth == out_depth && !from->full_range == !to->full_range;
    c->same_chroma = c->same_luma;
    for (int v = 0; v < 256; v++) {
        c->luma8[v] = (uint8_t)clip(c->luma[0] * v + c->luma[3], 255);
        c->chroma8[v] = (uint8_t)clip(c->blue[1] * v + c->blue[3], 255);
    }
}

int rl_planes_convert(struct rl_flow *flow, const AVFrame *in, const struct rl_colour *from, enum AVPixelFormat format,
                      const struct rl_colour *to, int threads, AVFrame *out)
{
    const AVPixFmtDescriptor *a = av_pix_fmt_desc_get(in->format), *b = av_pix_fmt_desc_get(format);
    double r, l, r2, l2;
    int rc;

    rl_luma_shares(from->matrix, &r, &l);
    rl_luma_shares(to->matrix, &r2, &l2);
    struct convert c = { .in = in,
                         .out = out,
                         .in_bytes = a->comp[0].depth > 8 ? 2 : 1,
                         .out_bytes = b->comp[0].depth > 8 ? 2 : 1,
                         .in_max = (1 << a->comp[0].depth) - 1,
                         .out_max = (1 << b->comp[0].depth) - 1,
                         .shift_w = b->log2_chroma_w,
                         .shift_h = b->log2_chroma_h,
                         .matrix = a->nb_components > 2 && (fabs(r - r2) > 1e-6 || fabs(l - l2) > 1e-6) };
    if (a->nb_components > 2 && b->nb_components > 2 &&
        (a->log2_chroma_w != b->log2_chroma_w || a->log2_chroma_h != b->log2_chroma_h))
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "%s to %s is not plane by plane", a->name, b->name);
    rc = rl_frame_new(flow, out, format, in->width, in->height);
    if (rc < 0)
        return rc;
    prepare(&c, a->comp[0].depth, from, b->comp[0].depth, to);
    if (c.matrix) {
        c.shift_w = a->log2_chroma_w;
        c.shift_h = a->log2_chroma_h;
    }
    rl_rows(flow, threads, in->height, do_luma, &c);
    c.shift_w = b->log2_chroma_w;
    c.shift_h = b->log2_chroma_h;
    if (b->nb_components > 2 && a->nb_components > 2)
        rl_rows(flow, threads, AV_CEIL_RSHIFT(in->height, c.shift_h), do_chroma, &c);
    else if (b->nb_components > 2)
        neutral_chroma(&c);
    if (b->nb_components == 4)
        rl_rows(flow, threads, in->height, do_alpha, &c);
    return av_frame_copy_props(out, in) < 0 ? rl_err_nomem(flow->err, "picture") : 0;
}
