/* Where things are: rectangles through turns, cuts without copies, turning of planes. */
#include "inside.h"

#include <libavutil/imgutils.h>
#include <math.h>
#include <string.h>

#define TILE 16 /* samples on a side: two tiles stay in the nearest cache */

struct rl_turn rl_turn_of(bool mirrored, int rotation)
{
    return (struct rl_turn){ .transpose = rotation == 90 || rotation == 270,
                             .flip_x = (rotation == 180 || rotation == 270) != mirrored,
                             .flip_y = rotation == 90 || rotation == 180 };
}

/* A rectangle of the upright picture in the stored one, which is width x height. */
static struct rl_rect turn_back(struct rl_rect r, struct rl_turn turn, int width, int height)
{
    struct rl_rect s = turn.transpose ? (struct rl_rect){ r.y, r.x, r.height, r.width } : r;

    if (turn.flip_x)
        s.x = width - s.x - s.width;
    if (turn.flip_y)
        s.y = height - s.y - s.height;
    return s;
}

static bool inside(const struct rl_rect *r, int width, int height)
{
    return r->x >= 0 && r->y >= 0 && r->width > 0 && r->height > 0 && r->width <= width && r->height <= height &&
           r->x <= width - r->width && r->y <= height - r->height;
}

/* A span of `size` as one of `is`: the frame may be smaller than the picture in the file. */
static void shrink(int *at, int *length, int size, int is)
{
    double k = (double)is / size;
    int from = (int)floor(*at * k + 0.5), to = (int)floor((*at + *length) * k + 0.5);

    if (from > is - 1)
        from = is - 1;
    if (to <= from)
        to = from + 1;
    *at = from;
    *length = (to > is ? is : to) - from;
}

int rl_layout_make(struct rl_layout *l, struct rl_flow *flow, const struct rl_still_info *info,
                   const struct rl_still_spec *spec, int width, int height)
{
    struct rl_rect cut = { 0, 0, info->width, info->height };

    *l = (struct rl_layout){ .turn = rl_turn_of(spec->mirrored, spec->rotation) };
    if (spec->clap_width > 0) {
        struct rl_rect clap = { spec->clap_x, spec->clap_y, spec->clap_width, spec->clap_height };
        if (!inside(&clap, cut.width, cut.height))
            return rl_err(flow->err, REEL_ERR_CHANGED, "picture", "the clean aperture is not within the picture");
        cut = clap;
    }
    if (spec->crop_width > 0) {
        struct rl_rect crop = { spec->crop_x, spec->crop_y, spec->crop_width, spec->crop_height };
        if (!inside(&crop, l->turn.transpose ? cut.height : cut.width, l->turn.transpose ? cut.width : cut.height))
            return rl_err(flow->err, REEL_ERR_INVALID_ARG, "picture", "the crop is not within the picture");
        crop = turn_back(crop, l->turn, cut.width, cut.height);
        cut = (struct rl_rect){ cut.x + crop.x, cut.y + crop.y, crop.width, crop.height };
    }
    if (width != info->width)
        shrink(&cut.x, &cut.width, info->width, width);
    if (height != info->height)
        shrink(&cut.y, &cut.height, info->height, height);
    l->cut = cut;
    l->width = l->turn.transpose ? spec->height : spec->width;
    l->height = l->turn.transpose ? spec->width : spec->height;
    l->window = (struct rl_rect){ 0, 0, l->width, l->height };
    if (spec->window_width > 0) {
        l->window.width = l->turn.transpose ? spec->window_height : spec->window_width;
        l->window.height = l->turn.transpose ? spec->window_width : spec->window_height;
    }
    if (l->width <= 0 || l->height <= 0 || !inside(&l->window, l->width, l->height))
        return rl_err(flow->err, REEL_ERR_INVALID_ARG, "picture", "the window is not within the scaled picture");
    rl_layout_focus(l, 0.5, 0.5);
    return 0;
}

static int around(double focus, int size, int window)
{
    int at = (int)floor(focus * size - window / 2.0 + 0.5);

    return at < 0 ? 0 : at > size - window ? size - window : at;
}

void rl_layout_focus(struct rl_layout *l, double x, double y)
{
    l->window.x = around(x, l->width, l->window.width);
    l->window.y = around(y, l->height, l->window.height);
}

static void trim(int *cut_at, int *cut_length, int *size, int *window_at, int window, int step)
{
    const int margin = 4; /* px of the source, for the filter's reach */
    double k = (double)*size / *cut_length;
    int from, to;

    if (*size < 1.5 * window)
        return;
    from = (int)floor(*window_at / k) - margin * (k < 1 ? (int)ceil(1 / k) : 1);
    to = (int)ceil((*window_at + window) / k) + margin * (k < 1 ? (int)ceil(1 / k) : 1);
    from = from < 0 ? 0 : from / step * step;
    to = to > *cut_length ? *cut_length : to;
    int ahead = (int)floor(from * k + 0.5), part = (int)floor(to * k + 0.5) - ahead;
    if (ahead > *window_at || *window_at - ahead + window > part)
        return;
    *cut_at += from;
    *cut_length = to - from;
    *size = part;
    *window_at -= ahead;
}

void rl_layout_trim(struct rl_layout *l, int step_x, int step_y)
{
    trim(&l->cut.x, &l->cut.width, &l->width, &l->window.x, l->window.width, step_x);
    trim(&l->cut.y, &l->cut.height, &l->height, &l->window.y, l->window.height, step_y);
}

int rl_frame_cut(struct rl_flow *flow, const AVFrame *in, const struct rl_rect *r, AVFrame *out)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(in->format);
    int steps[4];

    if (av_frame_ref(out, in) < 0)
        return rl_err_nomem(flow->err, "picture");
    av_image_fill_max_pixsteps(steps, NULL, desc);
    for (int p = 0; p < 4 && out->data[p]; p++) {
        bool chroma = (p == 1 || p == 2) && !(desc->flags & AV_PIX_FMT_FLAG_RGB);
        int x = chroma ? r->x >> desc->log2_chroma_w : r->x, y = chroma ? r->y >> desc->log2_chroma_h : r->y;
        out->data[p] += (ptrdiff_t)y * out->linesize[p] + (ptrdiff_t)x * steps[p];
    }
    out->width = r->width;
    out->height = r->height;
    return 0;
}

static inline void copy_sample(uint8_t *to, const uint8_t *from, int size)
{
    memcpy(to, from, (size_t)size);
}

/* One plane, with the size of a sample known to the compiler. */
static inline void turn_plane(const uint8_t *in, ptrdiff_t in_stride, uint8_t *out, ptrdiff_t out_stride, int width,
                              int height, struct rl_turn t, int size)
{
    /* out(x, y) is in(origin + x * right + y * down) */
    const uint8_t *origin = in;
    ptrdiff_t across = t.flip_x ? -size : size, along = t.flip_y ? -in_stride : in_stride;
    int in_width = t.transpose ? height : width, in_height = t.transpose ? width : height;
    ptrdiff_t right = t.transpose ? along : across, down = t.transpose ? across : along;

    if (t.flip_x)
        origin += (ptrdiff_t)(in_width - 1) * size;
    if (t.flip_y)
        origin += (ptrdiff_t)(in_height - 1) * in_stride;
    for (int y0 = 0; y0 < height; y0 += TILE)
        for (int x0 = 0; x0 < width; x0 += TILE) {
            int y1 = y0 + TILE < height ? y0 + TILE : height, x1 = x0 + TILE < width ? x0 + TILE : width;
            for (int y = y0; y < y1; y++) {
                const uint8_t *from = origin + x0 * right + y * down;
                uint8_t *to = out + y * out_stride + (ptrdiff_t)x0 * size;
                for (int x = x0; x < x1; x++, from += right, to += size)
                    copy_sample(to, from, size);
            }
        }
}

static void turn_any(const uint8_t *in, ptrdiff_t in_stride, uint8_t *out, ptrdiff_t out_stride, int width, int height,
                     struct rl_turn t, int size)
{
    switch (size) {
    case 1:
        turn_plane(in, in_stride, out, out_stride, width, height, t, 1);
        return;
    case 2:
        turn_plane(in, in_stride, out, out_stride, width, height, t, 2);
        return;
    case 3:
        turn_plane(in, in_stride, out, out_stride, width, height, t, 3);
        return;
    case 4:
        turn_plane(in, in_stride, out, out_stride, width, height, t, 4);
        return;
    default:
        turn_plane(in, in_stride, out, out_stride, width, height, t, size);
    }
}

int rl_frame_turn(struct rl_flow *flow, const AVFrame *in, struct rl_turn t, AVFrame *out)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(in->format);
    enum AVPixelFormat format = in->format;
    int width = t.transpose ? in->height : in->width, height = t.transpose ? in->width : in->height;
    int steps[4], rc;

    if (t.transpose && desc->log2_chroma_w != desc->log2_chroma_h) /* 4:2:2 on its side is 4:4:0 */
        format =
            rl_format_planar(desc->log2_chroma_h, desc->log2_chroma_w, desc->comp[0].depth, desc->nb_components == 4);
    if (format == AV_PIX_FMT_NONE)
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "%s cannot be turned", desc->name);
    rc = rl_frame_new(flow, out, format, width, height);
    if (rc < 0)
        return rc;
    const AVPixFmtDescriptor *made = av_pix_fmt_desc_get(format);
    av_image_fill_max_pixsteps(steps, NULL, desc);
    for (int p = 0; p < 4 && in->data[p] && out->data[p]; p++) {
        bool chroma = (p == 1 || p == 2) && !(desc->flags & AV_PIX_FMT_FLAG_RGB);
        turn_any(in->data[p], in->linesize[p], out->data[p], out->linesize[p],
                 chroma ? AV_CEIL_RSHIFT(width, made->log2_chroma_w) : width,
                 chroma ? AV_CEIL_RSHIFT(height, made->log2_chroma_h) : height, t, steps[p]);
    }
    return av_frame_copy_props(out, in) < 0 ? rl_err_nomem(flow->err, "picture") : 0;
}
