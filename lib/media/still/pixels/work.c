/* A frame on its way through the steps: changes of format, and alpha in and out. */
#include "inside.h"

#include "../../filter/chain.h"

#include <libavutil/imgutils.h>
#include <string.h>

int rl_work_begin(struct rl_work *w, struct rl_flow *flow, struct rl_scaler *scaler, int threads)
{
    *w = (struct rl_work){ .flow = flow, .scaler = scaler, .frame = av_frame_alloc(), .spare = av_frame_alloc(),
                           .threads = threads };
    return w->frame && w->spare ? 0 : rl_err_nomem(flow->err, "picture");
}

void rl_work_end(struct rl_work *w)
{
    av_frame_free(&w->frame);
    av_frame_free(&w->spare);
}

int rl_work_swap(struct rl_work *w, int rc)
{
    if (rc == 0)
        rl_frame_swap(w->frame, w->spare);
    else
        av_frame_unref(w->spare);
    return rc;
}

static int scale(struct rl_work *w, const struct rl_scale *s)
{
    return rl_work_swap(w, rl_scale_run(w->scaler, w->flow, w->frame, s, w->spare));
}

static int view(struct rl_work *w, enum AVPixelFormat format)
{
    return rl_work_swap(w, rl_frame_view(w->flow, w->frame, format, w->spare));
}

static bool is_gray(enum AVPixelFormat format)
{
    return av_pix_fmt_desc_get(format)->nb_components == 1;
}

/* The same planes without alpha. */
static enum AVPixelFormat without_alpha(enum AVPixelFormat format)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);

    if (desc->flags & AV_PIX_FMT_FLAG_RGB)
        return format; /* packed stays as it is: whoever takes it looks at `alpha` */
    return rl_format_planar(desc->log2_chroma_w, desc->log2_chroma_h, desc->comp[0].depth, false);
}

int rl_work_take(struct rl_work *w, const AVFrame *in, const struct rl_colour *otherwise, bool multiplied)
{
    enum AVPixelFormat plain = rl_format_plain(in->format);
    int rc;

    if (plain == AV_PIX_FMT_NONE)
        return rl_err(w->flow->err, REEL_ERR_UNSUPPORTED, "picture", "pixels of format %d", in->format);
    if (av_frame_ref(w->frame, in) < 0)
        return rl_err_nomem(w->flow->err, "picture");
    w->frame->crop_left = w->frame->crop_right = w->frame->crop_top = w->frame->crop_bottom = 0;
    w->colour = rl_frame_colour(w->frame, otherwise);
    w->frame->format = rl_plain_format(w->frame->format);
    if (w->frame->format != in->format) /* the name said so */
        w->colour.full_range = 1;
    if (w->frame->format != plain) {
        struct rl_scale s = { in->width, in->height, plain, w->colour, w->colour, { 128, 128 }, { 128, 128 } };
        rc = scale(w, &s);
        if (rc < 0)
            return rc;
    }
    w->alpha = !rl_alpha_opaque(w->frame);
    w->multiplied = w->alpha && multiplied;
    w->gray = av_pix_fmt_desc_get(w->frame->format)->nb_components < 3;
    if (w->frame->format == AV_PIX_FMT_YA8 || w->frame->format == AV_PIX_FMT_YA16) {
        rc = rl_work_swap(w, rl_frame_split(w->flow, w->frame, w->spare));
        if (rc < 0)
            return rc;
        plain = w->frame->format;
    }
    if (!w->alpha && rl_format_has_alpha(plain) && without_alpha(plain) != AV_PIX_FMT_NONE)
        return view(w, without_alpha(plain));
    return 0;
}

/* Does a chroma sample reach over the edge? libswscale then takes the chroma planes' ratio for the picture's. */
static bool reaches_over(enum AVPixelFormat format, int width, int height)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);

    return (desc->log2_chroma_w && width & 1) || (desc->log2_chroma_h && height & 1);
}

/* With the last column and row once more, so that the size is even. */
static int make_even(struct rl_work *w)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(w->frame->format);
    const AVFrame *in = w->frame;
    AVFrame *out = w->spare;
    int steps[4], rc = rl_frame_new(w->flow, out, in->format, (in->width + 1) & ~1, (in->height + 1) & ~1);

    if (rc < 0)
        return rc;
    av_image_fill_max_pixsteps(steps, NULL, desc);
    for (int p = 0; p < 4 && in->data[p]; p++) {
        bool chroma = (p == 1 || p == 2) && !(desc->flags & AV_PIX_FMT_FLAG_RGB);
        int width = chroma ? AV_CEIL_RSHIFT(in->width, desc->log2_chroma_w) : in->width;
        int height = chroma ? AV_CEIL_RSHIFT(in->height, desc->log2_chroma_h) : in->height;
        int to_width = chroma ? AV_CEIL_RSHIFT(out->width, desc->log2_chroma_w) : out->width;
        int to_height = chroma ? AV_CEIL_RSHIFT(out->height, desc->log2_chroma_h) : out->height;
        size_t step = (size_t)steps[p];
        for (int y = 0; y < to_height; y++) {
            uint8_t *to = out->data[p] + (ptrdiff_t)y * out->linesize[p];
            memcpy(to, in->data[p] + (ptrdiff_t)FFMIN(y, height - 1) * in->linesize[p], (size_t)width * step);
            if (to_width > width)
                memcpy(to + (size_t)width * step, to + (size_t)(width - 1) * step, step);
        }
    }
    return rl_work_swap(w, av_frame_copy_props(out, in) < 0 ? rl_err_nomem(w->flow->err, "picture") : 0);
}

static int scale_once(struct rl_work *w, int width, int height, enum AVPixelFormat format, const struct rl_colour *to,
                      struct rl_place from_place, struct rl_place to_place)
{
    struct rl_scale s = { width, height, format, w->colour, *to, from_place, to_place };
    bool even = width == w->frame->width && height == w->frame->height &&
                (reaches_over(w->frame->format, width, height) || reaches_over(format, width, height));
    int rc = even ? make_even(w) : 0;

    if (rc < 0)
        return rc;
    if (is_gray(w->frame->format) && is_gray(format))
        s.from.full_range = s.to.full_range = 1; /* both as they are */
    s.width = even ? w->frame->width : width;
    s.height = even ? w->frame->height : height;
    rc = scale(w, &s);
    w->frame->width = rc == 0 ? width : w->frame->width;
    w->frame->height = rc == 0 ? height : w->frame->height;
    w->colour.matrix = to->matrix;
    w->colour.full_range = to->full_range;
    w->colour.chroma_location = to->chroma_location;
    return rc;
}

/* RGB with its components in whole bytes, of native order. */
static bool is_plain_rgb(enum AVPixelFormat format)
{
    return rl_format_is_rgb(format) && rl_format_plain(format) == format;
}

static int components(struct rl_work *w, enum AVPixelFormat format)
{
    return rl_work_swap(w, rl_frame_components(w->flow, w->frame, format, w->threads, w->spare));
}

/* libswscale goes by way of YCbCr even from RGB to RGB, and is off by one or two then; called planes, it does not. */
static int scale_rgb(struct rl_work *w, int width, int height, enum AVPixelFormat format)
{
    bool same = width == w->frame->width && height == w->frame->height;
    bool alpha = rl_format_has_alpha(w->frame->format) && rl_format_has_alpha(format);
    int depth = FFMAX(rl_format_depth(w->frame->format), rl_format_depth(format)), rc = 0;

    if (!same) {
        struct rl_colour as_is = { 1, 13, 6, 1, 0 };
        struct rl_place centre = { 128, 128 };
        struct rl_scale s = { width, height, rl_format_planar(0, 0, depth, alpha), as_is, as_is, centre, centre };
        rc = components(w, s.format);
        if (rc == 0)
            rc = scale(w, &s);
    }
    return rc < 0 || (enum AVPixelFormat)w->frame->format == format ? rc : components(w, format);
}

int rl_work_scale(struct rl_work *w, int width, int height, enum AVPixelFormat format, const struct rl_colour *to,
                  struct rl_place from_place, struct rl_place to_place)
{
    struct rl_colour full = w->colour;
    int rc = 0;

    if (is_plain_rgb(w->frame->format) && is_plain_rgb(format) &&
        (width != w->frame->width || height != w->frame->height ||
         rl_format_depth(w->frame->format) != rl_format_depth(format))) {
        w->colour.matrix = 0;
        w->colour.full_range = 1;
        return scale_rgb(w, width, height, format);
    }

    full.full_range = 1;
    /* To libswscale gray is always of full range. */
    if (is_gray(w->frame->format) && !is_gray(format) && !w->colour.full_range) {
        rc = rl_planes_convert(w->flow, w->frame, &w->colour, w->frame->format, &full, w->threads, w->spare);
        rc = rl_work_swap(w, rc);
        w->colour = full;
    }
    if (rc == 0 && (width != w->frame->width || height != w->frame->height) && reaches_over(format, width, height))
        rc = scale_once(w, width, height, rl_format_planar(0, 0, rl_format_depth(format), rl_format_has_alpha(format)),
                        to, from_place, to_place);
    return rc < 0 ? rc : scale_once(w, width, height, format, to, from_place, to_place);
}

int rl_work_multiply(struct rl_work *w)
{
    if (!w->alpha || w->multiplied)
        return 0;
    if (av_frame_make_writable(w->frame) < 0)
        return rl_err_nomem(w->flow->err, "picture");
    rl_alpha_premultiply(w->frame, w->colour.full_range);
    w->multiplied = true;
    return 0;
}

void rl_work_divide(struct rl_work *w)
{
    if (w->multiplied)
        rl_alpha_unpremultiply(w->frame, w->colour.full_range);
    w->multiplied = false;
}

static int planes(struct rl_work *w, enum AVPixelFormat format, const struct rl_colour *colour)
{
    int rc = rl_work_swap(w, rl_planes_convert(w->flow, w->frame, &w->colour, format, colour, w->threads, w->spare));

    w->colour = *colour;
    return rc;
}

static bool same_values(const struct rl_colour *a, const struct rl_colour *b)
{
    double r, l, r2, l2;

    rl_luma_shares(a->matrix, &r, &l);
    rl_luma_shares(b->matrix, &r2, &l2);
    return !a->full_range == !b->full_range && r == r2 && l == l2;
}

/* YCbCr and gray among themselves. */
static int finish_planar(struct rl_work *w, enum AVPixelFormat format, const struct rl_colour *colour)
{
    const AVPixFmtDescriptor *a = av_pix_fmt_desc_get(w->frame->format), *b = av_pix_fmt_desc_get(format);
    int rc = 0;

    if (b->nb_components == 1 && a->nb_components > 1)
        rc = view(w, rl_format_gray(a->comp[0].depth));
    else if (b->nb_components > 1 && a->nb_components > 1 &&
             (a->log2_chroma_w != b->log2_chroma_w || a->log2_chroma_h != b->log2_chroma_h)) {
        struct rl_colour to = w->colour;
        to.chroma_location = colour->chroma_location;
        rc =
            rl_work_scale(w, w->frame->width, w->frame->height,
                          rl_format_planar(b->log2_chroma_w, b->log2_chroma_h, a->comp[0].depth, a->nb_components == 4),
                          &to, rl_place_of(&w->colour), rl_place_of(colour));
    }
    if (rc < 0)
        return rc;
    a = av_pix_fmt_desc_get(w->frame->format);
    if (b->nb_components == 3 && a->nb_components == 4 && a->comp[0].depth == b->comp[0].depth)
        rc = view(w, without_alpha(w->frame->format));
    if (rc == 0 && ((enum AVPixelFormat)w->frame->format != format || !same_values(&w->colour, colour)))
        rc = planes(w, format, colour);
    return rc;
}

int rl_work_finish(struct rl_work *w, enum AVPixelFormat format, const struct rl_colour *colour)
{
    const AVPixFmtDescriptor *to = av_pix_fmt_desc_get(format);
    bool from_rgb = rl_format_is_rgb(w->frame->format), to_rgb = to->flags & AV_PIX_FMT_FLAG_RGB;
    struct rl_place centre = { 128, 128 };
    int rc = 0;

    if (!from_rgb && !to_rgb) {
        rc = finish_planar(w, format, colour);
    } else if (from_rgb && to->nb_components == 1) {
        struct rl_colour full = *colour;
        full.full_range = 1;
        rc = rl_work_scale(w, w->frame->width, w->frame->height,
                           to->comp[0].depth > 8 ? AV_PIX_FMT_GRAY16 : AV_PIX_FMT_GRAY8, &full, centre, centre);
        if (rc == 0)
            rc = finish_planar(w, format, colour);
    } else if ((enum AVPixelFormat)w->frame->format != format) {
        /* Chroma as the mean of what can be seen, not of what is hidden. */
        bool weighted = w->alpha && from_rgb && to->nb_components == 4 && (to->log2_chroma_w || to->log2_chroma_h);
        if (weighted)
            rc = rl_work_multiply(w);
        if (rc == 0)
            rc = rl_work_scale(w, w->frame->width, w->frame->height, format, colour, rl_place_of(&w->colour),
                               rl_place_of(colour));
        if (rc == 0 && weighted)
            rl_work_divide(w);
    }
    if (rc == 0)
        w->colour = *colour;
    return rc;
}
