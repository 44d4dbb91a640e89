/*
 * What is done to one frame. The order is chosen for the least work: a cut is a matter of pointers, turning is done to the small
 * picture, and what stays YCbCr or is not scaled is not touched at all.
 */
#include "inside.h"

#include <string.h>

#define FOCUS_SIZE 128 /* px of the picture in which the focus is looked for */

static bool is_packed(enum AVPixelFormat format)
{
    return format == AV_PIX_FMT_RGB24 || format == AV_PIX_FMT_RGBA || format == AV_PIX_FMT_RGB48 ||
           format == AV_PIX_FMT_RGBA64;
}

static int focus(struct rl_pixels *p, struct rl_work *w, struct rl_layout *l)
{
    const struct rl_still_spec *spec = p->spec;
    double x = spec->focus_x, y = spec->focus_y;
    AVFrame *small;
    int rc;

    if (l->window.width == l->width && l->window.height == l->height)
        return 0;
    if (spec->focus == RL_FOCUS_POINT) {
        double a = l->turn.transpose ? y : x, b = l->turn.transpose ? x : y;
        rl_layout_focus(l, l->turn.flip_x ? 1 - a : a, l->turn.flip_y ? 1 - b : b);
        return 0;
    }
    if (!p->focused) { /* an animation keeps that of its first frame */
        small = av_frame_alloc();
        if (!small)
            return rl_err_nomem(p->flow->err, "picture");
        rc = rl_pixels_small(p->flow, w->frame, &w->colour, FOCUS_SIZE, small);
        if (rc == 0)
            rc = rl_attention(p->flow, small, (double)l->window.width / l->width, (double)l->window.height / l->height,
                              &p->focus_x, &p->focus_y);
        av_frame_free(&small);
        if (rc < 0)
            return rc;
        p->focused = true;
    }
    rl_layout_focus(l, p->focus_x, p->focus_y);
    return 0;
}

/* Bars that begin or end within a chroma sample. */
static bool bars_cut_chroma(const struct rl_pixels *p, const struct rl_layout *l)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(p->format);
    int width = l->turn.transpose ? l->window.height : l->window.width;
    int height = l->turn.transpose ? l->window.width : l->window.height;

    if (p->spec->pad_width <= 0 || !(desc->log2_chroma_w || desc->log2_chroma_h))
        return false;
    return (width | height | (p->spec->pad_width - width) / 2 | (p->spec->pad_height - height) / 2) & 1;
}

/* The format in which the picture is turned, converted, and put on its background. */
static enum AVPixelFormat middle_format(const struct rl_pixels *p, const struct rl_work *w, const struct rl_layout *l)
{
    const AVPixFmtDescriptor *from = av_pix_fmt_desc_get(w->frame->format), *to = av_pix_fmt_desc_get(p->format);
    bool rgb = from->flags & AV_PIX_FMT_FLAG_RGB, to_rgb = to->flags & AV_PIX_FMT_FLAG_RGB;
    bool leaning = l->turn.transpose && to->log2_chroma_w != to->log2_chroma_h;
    bool simple = !w->alpha && p->spec->pad_width <= 0 && p->conversion == RL_CONVERT_NONE && !leaning;
    int depth = p->conversion == RL_CONVERT_TONE ? 16 : from->comp[0].depth;

    if (p->conversion == RL_CONVERT_PROFILE && rl_map_gray(p->map) && w->gray)
        return w->frame->format;
    if (p->conversion != RL_CONVERT_NONE || rgb || to_rgb) {
        if (simple && to->nb_components > 1)
            return p->format;
        return rl_format_packed(depth, w->alpha);
    }
    if (from->nb_components == 1)
        return w->frame->format;
    if (bars_cut_chroma(p, l) || leaning)
        return rl_format_planar(0, 0, depth, w->alpha);
    return rl_format_planar(to->log2_chroma_w, to->log2_chroma_h, depth, w->alpha);
}

static bool same_place(enum AVPixelFormat format, struct rl_place a, struct rl_place b)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);

    if (desc->flags & AV_PIX_FMT_FLAG_RGB || desc->nb_components < 3)
        return true;
    return (desc->log2_chroma_w != 1 || a.x == b.x) && (desc->log2_chroma_h != 1 || a.y == b.y);
}

static int scale(struct rl_pixels *p, struct rl_work *w, const struct rl_layout *l)
{
    enum AVPixelFormat format = middle_format(p, w, l);
    const AVPixFmtDescriptor *from = av_pix_fmt_desc_get(w->frame->format), *to = av_pix_fmt_desc_get(format);
    bool same = w->frame->width == l->width && w->frame->height == l->height;
    struct rl_place at = rl_place_of(&w->colour), goal = rl_place_of(&p->colour);
    struct rl_colour colour = w->colour;
    int rc = 0;

    if (!(to->flags & AV_PIX_FMT_FLAG_RGB) && from->flags & AV_PIX_FMT_FLAG_RGB)
        colour = p->colour; /* straight to what comes out */
    else if (to->flags & AV_PIX_FMT_FLAG_RGB)
        colour.matrix = 0, colour.full_range = 1;
    goal = rl_place_before(goal, l->turn, l->window.width, l->window.height, to->log2_chroma_w, to->log2_chroma_h);
    goal.x += 256 * (l->window.x & 1);
    goal.y += 256 * (l->window.y & 1);
    at.x -= from->log2_chroma_w == 1 ? 256 * (l->cut.x & 1) : 0;
    at.y -= from->log2_chroma_h == 1 ? 256 * (l->cut.y & 1) : 0;
    if (same && format == (enum AVPixelFormat)w->frame->format) {
        if (same_place(format, at, goal))
            return 0;
        format = rl_format_planar(0, 0, from->comp[0].depth, w->alpha); /* chroma moves by way of its full size */
    }
    if (w->alpha && !same) {
        if (rl_format_is_rgb(w->frame->format) && !is_packed(w->frame->format))
            rc = rl_work_scale(w, w->frame->width, w->frame->height, rl_format_packed(from->comp[0].depth, true),
                               &w->colour, at, at);
        if (rc == 0)
            rc = rl_work_multiply(w);
    }
    colour.chroma_location = p->colour.chroma_location;
    return rc < 0 ? rc : rl_work_scale(w, l->width, l->height, format, &colour, at, goal);
}

/* To sRGB. */
static int convert(struct rl_pixels *p, struct rl_work *w)
{
    const struct rl_colour srgb = { 1, 13, 0, 1, 0 };
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(w->frame->format);
    struct rl_colour full = w->colour;
    int rc = 0;

    if (p->conversion == RL_CONVERT_TONE) {
        rc = rl_work_swap(w, rl_tone_run(p->tone, p->flow, w->frame, p->threads, w->spare));
    } else if (p->conversion == RL_CONVERT_PROFILE) {
        bool rgb = desc->flags & AV_PIX_FMT_FLAG_RGB;
        if (!w->gray && rl_map_gray(p->map))
            return 0; /* the profile is not for these pixels */
        full.full_range = 1;
        if (!rgb && (!w->colour.full_range || (desc->comp[0].depth > 8 && desc->comp[0].depth < 16)))
            rc = rl_work_swap(w, rl_planes_convert(p->flow, w->frame, &w->colour,
                                           w->alpha ? rl_format_planar(desc->log2_chroma_w, desc->log2_chroma_h,
                                                                       desc->comp[0].depth > 8 ? 16 : 8, true)
                                           : desc->comp[0].depth > 8 ? AV_PIX_FMT_GRAY16 : AV_PIX_FMT_GRAY8,
                                           &full, p->threads, w->spare));
        if (rc == 0)
            rc = rl_work_swap(w, rl_map_run(p->map, w->frame, w->spare));
    } else {
        return 0;
    }
    w->colour = srgb;
    return rc;
}

/* What stays gray has no room for a coloured background. */
static int make_room(struct rl_pixels *p, struct rl_work *w)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(w->frame->format);
    uint32_t c = p->background;
    bool neutral = !p->spec->has_background || ((c >> 16 & 255) == (c >> 8 & 255) && (c >> 8 & 255) == (c & 255));

    if (desc->nb_components != 1 || (neutral && !rl_format_has_alpha(p->format)))
        return 0;
    enum AVPixelFormat planar = rl_format_planar(0, 0, desc->comp[0].depth, false);
    return rl_work_swap(w, rl_planes_convert(p->flow, w->frame, &w->colour, planar, &w->colour, p->threads, w->spare));
}

static enum AVPixelFormat with_alpha(enum AVPixelFormat format)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);

    if (desc->flags & AV_PIX_FMT_FLAG_RGB)
        return rl_format_packed(desc->comp[0].depth, true);
    return rl_format_planar(desc->log2_chroma_w, desc->log2_chroma_h, desc->comp[0].depth, true);
}

static int background(struct rl_pixels *p, struct rl_work *w)
{
    const struct rl_still_spec *spec = p->spec;
    bool pad = spec->pad_width > w->frame->width || spec->pad_height > w->frame->height;
    bool flatten = w->alpha && (spec->has_background || !rl_format_has_alpha(p->format));
    uint16_t colour[4];
    int rc = 0;

    if (flatten) {
        rl_colour_components(p->background, w->frame->format, &w->colour, colour);
        if (av_frame_make_writable(w->frame) < 0)
            return rl_err_nomem(p->flow->err, "picture");
        rl_alpha_flatten(w->frame, colour);
        w->alpha = false;
    }
    if (!pad)
        return 0;
    bool clear = !spec->has_background && rl_format_has_alpha(p->format);
    enum AVPixelFormat format;
    rc = make_room(p, w);
    if (rc < 0)
        return rc;
    format = w->frame->format;
    if (clear && !rl_format_has_alpha(format)) {
        format = with_alpha(format);
        if (format == AV_PIX_FMT_NONE || rl_format_depth(format) != rl_format_depth(w->frame->format))
            return rl_err(p->flow->err, REEL_ERR_UNSUPPORTED, "picture", "transparent bars at %d bits",
                          rl_format_depth(w->frame->format));
    }
    rl_colour_components(p->background, format, &w->colour, colour);
    if (clear)
        colour[3] = 0;
    w->alpha = w->alpha || clear;
    return rl_work_swap(w, rl_pad(p->flow, w->frame, format, spec->pad_width, spec->pad_height, colour, w->spare));
}

static int cut(struct rl_work *w, const struct rl_rect *r)
{
    if (r->x == 0 && r->y == 0 && r->width == w->frame->width && r->height == w->frame->height)
        return 0;
    return rl_work_swap(w, rl_frame_cut(w->flow, w->frame, r, w->spare));
}

static int steps(struct rl_pixels *p, struct rl_work *w, const AVFrame *in)
{
    const AVPixFmtDescriptor *desc;
    struct rl_layout l;
    int rc = rl_layout_make(&l, p->flow, p->info, p->spec, in->width, in->height);

    if (rc == 0)
        rc = rl_work_take(w, in, &p->spec->source, p->info->premultiplied);
    desc = rc == 0 ? av_pix_fmt_desc_get(w->frame->format) : NULL;
    /* Only luma is wanted: chroma is left where it is. */
    if (rc == 0 && av_pix_fmt_desc_get(p->format)->nb_components == 1 && !w->alpha && desc->nb_components > 1 &&
        !(desc->flags & AV_PIX_FMT_FLAG_RGB) && p->conversion == RL_CONVERT_NONE) {
        rc = rl_work_swap(w, rl_frame_view(p->flow, w->frame, rl_format_gray(desc->comp[0].depth), w->spare));
        desc = av_pix_fmt_desc_get(w->frame->format);
    }
    if (rc == 0)
        rc = rl_work_swap(w, rl_frame_cut(p->flow, w->frame, &l.cut, w->spare));
    if (rc == 0)
        rc = focus(p, w, &l);
    if (rc == 0) {
        struct rl_rect before = l.cut;
        rl_layout_trim(&l, 1 << desc->log2_chroma_w, 1 << desc->log2_chroma_h);
        struct rl_rect part = { l.cut.x - before.x, l.cut.y - before.y, l.cut.width, l.cut.height };
        /* Chroma began at the sample of an odd corner already: counted from there, only whole blocks are left out. */
        rc = cut(w, &part);
    }
    if (rc == 0)
        rc = rl_still_check_size(p->flow, l.width, l.height);
    if (rc == 0)
        rc = scale(p, w, &l);
    if (rc == 0)
        rc = cut(w, &l.window);
    if (rc == 0 && (l.turn.transpose || l.turn.flip_x || l.turn.flip_y))
        rc = rl_work_swap(w, rl_frame_turn(p->flow, w->frame, l.turn, w->spare));
    if (rc == 0 && w->multiplied && av_frame_make_writable(w->frame) < 0)
        rc = rl_err_nomem(p->flow->err, "picture");
    if (rc == 0) {
        rl_work_divide(w);
        rc = convert(p, w);
    }
    if (rc == 0)
        rc = background(p, w);
    return rc < 0 ? rc : rl_work_finish(w, p->format, &p->colour);
}

int rl_pixels_run(struct rl_pixels *p, const AVFrame *in, AVFrame *out)
{
    struct rl_work work;
    int rc;

    if (rl_flow_cancelled(p->flow))
        return rl_err(p->flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
    rc = rl_work_begin(&work, p->flow, &p->scaler, p->threads);
    if (rc == 0)
        rc = steps(p, &work, in);
    if (rc == 0) {
        av_frame_move_ref(out, work.frame);
        rl_frame_tag(out, &p->colour);
        out->sample_aspect_ratio = (AVRational){ 1, 1 };
        out->pts = in->pts;
        rl_frame_set_duration(out, rl_frame_duration(in));
    }
    rl_work_end(&work);
    return rc;
}
