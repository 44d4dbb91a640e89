/* What the tests of pictures share: made frames, and the way through rl_pixels in one call. */
#ifndef RL_TEST_PIXEL_KIT_H
#define RL_TEST_PIXEL_KIT_H

#include "media_kit.h"

#include "media/still/meta.h"
#include "media/still/pixels.h"

#include <math.h>

struct pixel_rig {
    struct kit kit;
    struct rl_still_info info;
    struct rl_still_spec spec;
    AVFrame *in, *out;
};

/* The value of a component at a place, in samples of its plane. */
typedef int (*paint_fn)(int component, double x, double y);

static inline int pixel_get(const AVFrame *f, int component, int x, int y)
{
    const AVComponentDescriptor *c = &av_pix_fmt_desc_get(f->format)->comp[component];
    const uint8_t *p = f->data[c->plane] + (ptrdiff_t)y * f->linesize[c->plane] + (ptrdiff_t)x * c->step + c->offset;

    return c->depth > 8 ? *(const uint16_t *)(const void *)p : *p;
}

static inline void pixel_set(AVFrame *f, int component, int x, int y, int v)
{
    const AVComponentDescriptor *c = &av_pix_fmt_desc_get(f->format)->comp[component];
    uint8_t *p = f->data[c->plane] + (ptrdiff_t)y * f->linesize[c->plane] + (ptrdiff_t)x * c->step + c->offset;

    if (c->depth > 8)
        *(uint16_t *)(void *)p = (uint16_t)v;
    else
        *p = (uint8_t)v;
}

static inline int plane_width(const AVFrame *f, int component)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    bool chroma = (component == 1 || component == 2) && !(d->flags & AV_PIX_FMT_FLAG_RGB);

    return chroma ? AV_CEIL_RSHIFT(f->width, d->log2_chroma_w) : f->width;
}

static inline int plane_height(const AVFrame *f, int component)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
    bool chroma = (component == 1 || component == 2) && !(d->flags & AV_PIX_FMT_FLAG_RGB);

    return chroma ? AV_CEIL_RSHIFT(f->height, d->log2_chroma_h) : f->height;
}

/* Chroma is painted by the luma coordinates of its samples, which stand in the middle of their block. */
static inline AVFrame *pixel_frame(enum AVPixelFormat format, int width, int height, paint_fn paint)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
    AVFrame *f = av_frame_alloc();

    f->format = format;
    f->width = width;
    f->height = height;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    for (int c = 0; c < d->nb_components; c++) {
        int w = plane_width(f, c), h = plane_height(f, c);
        bool chroma = (c == 1 || c == 2) && !(d->flags & AV_PIX_FMT_FLAG_RGB);
        double kx = chroma ? 1 << d->log2_chroma_w : 1, ky = chroma ? 1 << d->log2_chroma_h : 1;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                pixel_set(f, c, x, y, paint(c, (x + 0.5) * kx - 0.5, (y + 0.5) * ky - 0.5));
    }
    f->color_range = AVCOL_RANGE_JPEG;
    f->colorspace = d->flags & AV_PIX_FMT_FLAG_RGB ? AVCOL_SPC_RGB : AVCOL_SPC_SMPTE170M;
    return f;
}

/* A spec that changes nothing: an AVIF of 8 bits with the chroma of the frame. */
static inline void rig_begin(struct pixel_rig *r, AVFrame *in)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(in->format);

    memset(r, 0, sizeof(*r));
    kit_begin(&r->kit);
    r->in = in;
    r->info = (struct rl_still_info){ .width = in->width,
                                      .height = in->height,
                                      .frames = 1,
                                      .bit_depth = d->comp[0].depth,
                                      .pixel_format = in->format,
                                      .has_alpha = !!(d->flags & AV_PIX_FMT_FLAG_ALPHA) };
    r->info.colour = (struct rl_colour){ 1, 13, (int)in->colorspace, in->color_range == AVCOL_RANGE_JPEG, 0 };
    r->spec = (struct rl_still_spec){ .width = in->width, .height = in->height, .format = RL_STILL_AVIF, .depth = 8,
                                      .threads = 1, .quality = 60, .focus_x = 0.5, .focus_y = 0.5 };
    r->spec.chroma = d->nb_components < 3 ? 400 : d->log2_chroma_w == 0 ? 444 : d->log2_chroma_h == 0 ? 422 : 420;
    r->spec.alpha = r->info.has_alpha;
    r->spec.source = r->info.colour;
}

static inline int rig_try(struct pixel_rig *r)
{
    struct rl_pixels *pixels = NULL;

    if (!r->out)
        r->out = av_frame_alloc();
    av_frame_unref(r->out);
    r->kit.err = RL_ERROR_INIT;
    int rc = rl_pixels_open(&pixels, &r->kit.flow, &r->info, &r->spec);
    if (rc == 0)
        rc = rl_pixels_run(pixels, r->in, r->out);
    rl_pixels_close(&pixels);
    return rc;
}

static inline AVFrame *rig_run(struct pixel_rig *r)
{
    int rc = rig_try(r);

    if (rc < 0)
        fail_msg("%s: %s", r->kit.err.step, r->kit.err.text);
    return r->out;
}

static inline void rig_end(struct pixel_rig *r)
{
    av_frame_free(&r->in);
    av_frame_free(&r->out);
    kit_end(&r->kit);
}

#endif
