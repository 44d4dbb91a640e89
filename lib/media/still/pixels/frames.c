/* Frames: made, viewed as another format, walked through by several threads. */
#include "inside.h"

#include <libavutil/imgutils.h>

#define ROWS_THREADS 16

int rl_frame_new(struct rl_flow *flow, AVFrame *out, enum AVPixelFormat format, int width, int height)
{
    out->format = format;
    out->width = width;
    out->height = height;
    if (format == AV_PIX_FMT_NONE || width <= 0 || height <= 0 || av_frame_get_buffer(out, 0) < 0) {
        av_frame_unref(out);
        return rl_err_nomem(flow->err, "picture");
    }
    return 0;
}

void rl_frame_swap(AVFrame *frame, AVFrame *made)
{
    av_frame_unref(frame);
    av_frame_move_ref(frame, made);
}

void rl_frame_tag(AVFrame *frame, const struct rl_colour *colour)
{
    frame->color_primaries = (enum AVColorPrimaries)colour->primaries;
    frame->color_trc = (enum AVColorTransferCharacteristic)colour->transfer;
    frame->colorspace = (enum AVColorSpace)colour->matrix;
    frame->color_range = colour->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    frame->chroma_location = (enum AVChromaLocation)colour->chroma_location;
}

bool rl_format_is_rgb(enum AVPixelFormat format)
{
    return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

bool rl_format_has_alpha(enum AVPixelFormat format)
{
    return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

int rl_format_depth(enum AVPixelFormat format)
{
    return av_pix_fmt_desc_get(format)->comp[0].depth;
}

/* Native-endian integers, one component in each plane. */
static bool is_planar(const AVPixFmtDescriptor *desc)
{
    const uint64_t never = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                           AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;
    enum AVPixelFormat format = av_pix_fmt_desc_get_id(desc);

    if (desc->flags & never || desc->comp[0].depth < 8 || rl_plain_format(format) != format)
        return false;
    if (desc->comp[0].depth > 8 && !!(desc->flags & AV_PIX_FMT_FLAG_BE) != AV_HAVE_BIGENDIAN)
        return false;
    for (int i = 0; i < desc->nb_components; i++)
        if (desc->comp[i].plane != (desc->flags & AV_PIX_FMT_FLAG_RGB && i < 3 ? (i + 2) % 3 : i) ||
            desc->comp[i].shift || desc->comp[i].offset || desc->comp[i].depth != desc->comp[0].depth)
            return false;
    return desc->nb_components != 2;
}

static enum AVPixelFormat find_planar(int chroma_w, int chroma_h, int depth, int components)
{
    for (const AVPixFmtDescriptor *d = NULL; (d = av_pix_fmt_desc_next(d));)
        if (d->nb_components == components && !(d->flags & AV_PIX_FMT_FLAG_RGB) && d->log2_chroma_w == chroma_w &&
            d->log2_chroma_h == chroma_h && d->comp[0].depth == depth && is_planar(d))
            return av_pix_fmt_desc_get_id(d);
    return AV_PIX_FMT_NONE;
}

enum AVPixelFormat rl_format_planar(int chroma_w, int chroma_h, int depth, bool alpha)
{
    enum AVPixelFormat format = find_planar(chroma_w, chroma_h, depth, alpha ? 4 : 3);

    return format != AV_PIX_FMT_NONE ? format : find_planar(chroma_w, chroma_h, 16, alpha ? 4 : 3);
}

enum AVPixelFormat rl_format_gray(int depth)
{
    return find_planar(0, 0, depth, 1);
}

enum AVPixelFormat rl_format_packed(int depth, bool alpha)
{
    if (depth > 8)
        return alpha ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGB48;
    return alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
}

enum AVPixelFormat rl_format_plain(enum AVPixelFormat format)
{
    format = rl_plain_format(format);
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    bool alpha;

    if (!desc || desc->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER))
        return AV_PIX_FMT_NONE;
    alpha = desc->flags & AV_PIX_FMT_FLAG_ALPHA;
    if (format == AV_PIX_FMT_RGB24 || format == AV_PIX_FMT_RGBA || format == AV_PIX_FMT_RGB48 ||
        format == AV_PIX_FMT_RGBA64 || format == AV_PIX_FMT_YA8 || format == AV_PIX_FMT_YA16 || is_planar(desc))
        return format;
    if (desc->nb_components == 2)
        return desc->comp[0].depth > 8 ? AV_PIX_FMT_YA16 : AV_PIX_FMT_YA8;
    if (desc->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL))
        return rl_format_packed(desc->flags & AV_PIX_FMT_FLAG_PAL ? 8 : desc->comp[0].depth, alpha);
    if (desc->nb_components == 1)
        return desc->comp[0].depth > 8 ? AV_PIX_FMT_GRAY16 : AV_PIX_FMT_GRAY8;
    return rl_format_planar(desc->log2_chroma_w, desc->log2_chroma_h, desc->comp[0].depth, alpha);
}

int rl_frame_view(struct rl_flow *flow, const AVFrame *in, enum AVPixelFormat format, AVFrame *out)
{
    int planes = av_pix_fmt_count_planes(format);

    if (av_frame_ref(out, in) < 0)
        return rl_err_nomem(flow->err, "picture");
    out->format = format;
    for (int i = planes > 0 ? planes : 0; i < 4; i++) {
        out->data[i] = NULL;
        out->linesize[i] = 0;
    }
    return 0;
}

int rl_frame_split(struct rl_flow *flow, const AVFrame *in, AVFrame *out)
{
    bool high = in->format == AV_PIX_FMT_YA16;
    int rc = rl_frame_new(flow, out, rl_format_planar(1, 1, high ? 16 : 8, true), in->width, in->height);

    if (rc < 0)
        return rc;
    for (int y = 0; y < in->height; y++) {
        const uint8_t *from = in->data[0] + (ptrdiff_t)y * in->linesize[0];
        uint8_t *luma = out->data[0] + (ptrdiff_t)y * out->linesize[0],
                *alpha = out->data[3] + (ptrdiff_t)y * out->linesize[3];
        if (high) {
            const uint16_t *f = (const uint16_t *)(const void *)from;
            for (int x = 0; x < in->width; x++) {
                ((uint16_t *)(void *)luma)[x] = f[2 * x];
                ((uint16_t *)(void *)alpha)[x] = f[2 * x + 1];
            }
        } else {
            for (int x = 0; x < in->width; x++) {
                luma[x] = from[2 * x];
                alpha[x] = from[2 * x + 1];
            }
        }
    }
    for (int p = 1; p < 3; p++)
        for (int y = 0; y < (in->height + 1) / 2; y++) {
            uint8_t *row = out->data[p] + (ptrdiff_t)y * out->linesize[p];
            for (int x = 0; x < (in->width + 1) / 2; x++)
                if (high)
                    ((uint16_t *)(void *)row)[x] = 0x8000;
                else
                    row[x] = 0x80;
        }
    return av_frame_copy_props(out, in) < 0 ? rl_err_nomem(flow->err, "picture") : 0;
}

struct components {
    const AVFrame *in;
    AVFrame *out;
};

static inline void copy_component(const uint8_t *from, int from_step, bool from_high, uint8_t *to, int to_step,
                                  bool to_high, int width, unsigned from_max, unsigned to_max)
{
    for (int x = 0; x < width; x++, from += from_step, to += to_step) {
        unsigned v = from_high ? *(const uint16_t *)(const void *)from : *from;
        if (from_max != to_max)
            v = (v * to_max + from_max / 2) / from_max;
        if (to_high)
            *(uint16_t *)(void *)to = (uint16_t)v;
        else
            *to = (uint8_t)v;
    }
}

static void component_rows(void *arg, int first, int end)
{
    const struct components *k = arg;
    const AVPixFmtDescriptor *a = av_pix_fmt_desc_get(k->in->format), *b = av_pix_fmt_desc_get(k->out->format);

    for (int y = first; y < end; y++)
        for (int i = 0; i < b->nb_components; i++) {
            const AVComponentDescriptor *to = &b->comp[i], *from = i < a->nb_components ? &a->comp[i] : NULL;
            uint8_t *out = k->out->data[to->plane] + (ptrdiff_t)y * k->out->linesize[to->plane] + to->offset;
            static const uint16_t full = UINT16_MAX;
            const uint8_t *in =
                from ? k->in->data[from->plane] + (ptrdiff_t)y * k->in->linesize[from->plane] + from->offset
                     : (const uint8_t *)(const void *)&full;
            int step = from ? from->step : 0, bits = from ? from->depth : 16;
            if (bits == 8 && to->depth == 8)
                copy_component(in, step, false, out, to->step, false, k->out->width, 1, 1);
            else if (bits == 16 && to->depth == 16)
                copy_component(in, step, true, out, to->step, true, k->out->width, 1, 1);
            else
                copy_component(in, step, bits > 8, out, to->step, to->depth > 8, k->out->width, (1U << bits) - 1,
                               (1U << to->depth) - 1);
        }
}

int rl_frame_components(struct rl_flow *flow, const AVFrame *in, enum AVPixelFormat format, int threads, AVFrame *out)
{
    struct components k = { in, out };
    int rc = rl_frame_new(flow, out, format, in->width, in->height);

    if (rc < 0)
        return rc;
    rl_rows(flow, threads, in->height, component_rows, &k);
    return av_frame_copy_props(out, in) < 0 ? rl_err_nomem(flow->err, "picture") : 0;
}

struct part {
    void (*rows)(void *arg, int from, int to);
    void *arg;
    int from, to;
    pthread_t thread;
    bool started;
};

static void *run_part(void *arg)
{
    struct part *part = arg;

    part->rows(part->arg, part->from, part->to);
    return NULL;
}

void rl_rows(struct rl_flow *flow, int threads, int height, void (*rows)(void *arg, int from, int to), void *arg)
{
    struct part parts[ROWS_THREADS];
    int count = threads < 1 ? 1 : threads > ROWS_THREADS ? ROWS_THREADS : threads;

    if (count > height / 16 + 1)
        count = height / 16 + 1;
    for (int i = 0; i < count; i++) {
        struct part *p = &parts[i];
        *p = (struct part){ .rows = rows, .arg = arg, .from = (int)((int64_t)height * i / count),
                            .to = (int)((int64_t)height * (i + 1) / count) };
        /* The last part is ours; one that gets no thread is done here, too. */
        if (i + 1 < count)
            p->started = rl_thread_start(flow->env, &p->thread, run_part, p) == 0;
        if (!p->started)
            run_part(p);
    }
    for (int i = 0; i < count; i++)
        if (parts[i].started)
            pthread_join(parts[i].thread, NULL);
}
