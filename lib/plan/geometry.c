#include "picture.h"

#include <math.h>

static int32_t even_down(double v)
{
    return v < 2 ? 2 : (int32_t)v / 2 * 2;
}

static int32_t even_near(double v)
{
    return v < 2 ? 2 : (int32_t)floor(v / 2 + 0.5) * 2;
}

static reel_ratio square(void)
{
    return (reel_ratio){ 1, 1 };
}

static double shape(reel_ratio a)
{
    return (double)a.num / a.den;
}

reel_ratio rl_sane_aspect(reel_ratio a)
{
    bool sane = a.num > 0 && a.den > 0 && shape(a) <= 20 && shape(a) >= 0.05;
    return sane ? a : square();
}

/* The user's crop, on the turned picture. Sides and place are even, so that subsampled planes are cut in the same place. */
static int user_crop(const struct rl_chain_values *v, struct rl_picture_spec *p, int32_t *w, int32_t *h,
                     reel_error *err)
{
    int32_t cw, ch, x, y;
    if (!v->video_crop[0] || !rl_crop_parse(v->video_crop, &cw, &ch, &x, &y))
        return 0;
    if (x > *w - cw || y > *h - ch)
        return rl_err(err, REEL_ERR_OPTION, "plan", "video.crop: %s lies outside of the picture of %dx%d",
                      v->video_crop, (int)*w, (int)*h);
    p->crop_x = x / 2 * 2;
    p->crop_y = y / 2 * 2;
    p->crop_width = *w = even_down(cw);
    p->crop_height = *h = even_down(ch);
    return 0;
}

/* Cuts the middle out so that it has the box's shape: cover is this and a scale. */
static void crop_to_shape(struct rl_picture_spec *p, double wanted, int32_t *w, int32_t *h)
{
    int32_t cw = *w, ch = *h;
    if (*w > *h * wanted)
        cw = even_down(*h * wanted);
    else
        ch = even_down(*w / wanted);
    if (cw >= *w && ch >= *h)
        return;
    p->crop_x += (*w - cw) / 4 * 2;
    p->crop_y += (*h - ch) / 4 * 2;
    p->crop_width = *w = cw;
    p->crop_height = *h = ch;
}

/* Scales to fit: by one factor for both sides of the picture as it is seen. */
static void contain(const struct rl_chain_values *v, struct rl_picture_spec *p, int32_t w, int32_t h, reel_ratio *a)
{
    double seen_w = shape(*a) > 1 ? w * shape(*a) : w;
    double seen_h = shape(*a) < 1 ? h / shape(*a) : h;
    double factor = v->video_enlarge ? INFINITY : 1;
    if (v->video_width && v->video_width / seen_w < factor)
        factor = (double)v->video_width / seen_w;
    if (v->video_height && v->video_height / seen_h < factor)
        factor = (double)v->video_height / seen_h;
    if (isinf(factor))
        factor = 1;
    bool resample = v->video_aspect == RL_ASPECT_SQUARE && a->num != a->den;
    p->width = w;
    p->height = h;
    if (resample) {
        p->width = even_near(seen_w * factor);
        p->height = even_near(seen_h * factor);
        *a = square();
    } else if (factor != 1) {
        p->width = even_near(w * factor);
        p->height = even_near(h * factor);
    }
    /* Rounding up must not leave the box. */
    if (v->video_width && p->width > v->video_width && p->width != w)
        p->width = even_down((double)v->video_width);
    if (v->video_height && p->height > v->video_height && p->height != h)
        p->height = even_down((double)v->video_height);
}

int rl_plan_geometry(const struct rl_stream *s, const struct rl_chain_values *v, struct rl_picture_spec *p,
                     reel_ratio *aspect, reel_error *err)
{
    int32_t w = s->width, h = s->height;
    reel_ratio a = rl_sane_aspect(s->aspect);
    p->mirrored = s->mirrored;
    p->rotation = (s->rotation + 90 * v->video_rotate) % 360;
    if (p->rotation % 180) {
        w = s->height;
        h = s->width;
        a = (reel_ratio){ a.den, a.num };
    }
    int rc = user_crop(v, p, &w, &h, err);
    if (rc < 0)
        return rc;

    int32_t fit = v->video_width && v->video_height ? v->video_fit : RL_FIT_CONTAIN;
    if (fit == RL_FIT_CONTAIN || fit == RL_FIT_PAD) {
        struct rl_chain_values bars = *v;
        if (fit == RL_FIT_PAD)
            bars.video_aspect = RL_ASPECT_SQUARE; /* the box is square pixels */
        contain(&bars, p, w, h, &a);
    } else {
        if (fit == RL_FIT_COVER)
            crop_to_shape(p, (double)v->video_width / (double)v->video_height / shape(a), &w, &h);
        p->width = even_near((double)v->video_width);
        p->height = even_near((double)v->video_height);
        a = square();
    }
    if (fit == RL_FIT_PAD) {
        p->pad_width = even_near((double)v->video_width);
        p->pad_height = even_near((double)v->video_height);
        if (p->pad_width < p->width)
            p->pad_width = p->width + p->width % 2;
        if (p->pad_height < p->height)
            p->pad_height = p->height + p->height % 2;
        if (p->pad_width == p->width && p->pad_height == p->height)
            p->pad_width = p->pad_height = 0;
    }
    *aspect = a;
    return 0;
}

int32_t rl_picture_width(const struct rl_picture_spec *p)
{
    return p->pad_width ? p->pad_width : p->width;
}

int32_t rl_picture_height(const struct rl_picture_spec *p)
{
    return p->pad_height ? p->pad_height : p->height;
}

int32_t rl_crf_of_quality(int64_t quality)
{
    double q = (double)quality;
    return (int32_t)floor((q <= 60 ? 63 - q * 28 / 60 : 35 - (q - 60) * 25 / 40) + 0.5);
}
