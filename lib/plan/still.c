#include "still.h"

#include "picture.h"

#include <reel/input.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_WEBP = 16383, MOST_AVIF = 65535, MOST_SCALED = 65536 };

static int32_t near(double v)
{
    return v < 1 ? 1 : v > INT32_MAX ? INT32_MAX : (int32_t)floor(v + 0.5);
}

static int32_t at_most(int32_t v, int64_t most)
{
    return v > most ? (int32_t)most : v;
}

int32_t rl_still_width(const struct rl_still_spec *s)
{
    return s->pad_width ? s->pad_width : s->window_width ? s->window_width : s->width;
}

int32_t rl_still_height(const struct rl_still_spec *s)
{
    return s->pad_height ? s->pad_height : s->window_height ? s->window_height : s->height;
}

/* The upright picture: w x h pixels, each sx wide and sy high in square ones. */
struct upright {
    int32_t w, h;
    double sx, sy;
};

static struct upright upright(const struct rl_still_plan *plan, struct rl_still_spec *spec)
{
    const struct rl_stream *s = plan->stream;
    struct upright u = { s->width, s->height, 1, 1 };
    reel_ratio a = plan->is_video ? rl_sane_aspect(s->aspect) : (reel_ratio){ 1, 1 };
    if (s->clap_width > 0 && (s->clap_width < s->width || s->clap_height < s->height)) {
        spec->clap_x = s->clap_x;
        spec->clap_y = s->clap_y;
        spec->clap_width = u.w = s->clap_width;
        spec->clap_height = u.h = s->clap_height;
    }
    if (!plan->is_video) {
        spec->stored_width = s->width;
        spec->stored_height = s->height;
    }
    spec->mirrored = s->mirrored;
    spec->rotation = (s->rotation + 90 * plan->v->picture_rotate) % 360;
    if (spec->rotation % 180) {
        int32_t w = u.w;
        u.w = u.h;
        u.h = w;
        a = (reel_ratio){ a.den, a.num };
    }
    double shape = (double)a.num / a.den;
    u.sx = shape > 1 ? shape : 1;
    u.sy = shape < 1 ? 1 / shape : 1;
    return u;
}

static int user_crop(const struct rl_still_plan *plan, struct rl_still_spec *spec, struct upright *u, reel_error *err)
{
    int32_t w, h, x, y;
    double sx = plan->stored_crop ? 1 : u->sx, sy = plan->stored_crop ? 1 : u->sy;
    if (!plan->v->picture_crop[0] || !rl_crop_parse(plan->v->picture_crop, &w, &h, &x, &y))
        return 0;
    if (x > near(u->w * sx) - w || y > near(u->h * sy) - h)
        return rl_err(err, REEL_ERR_OPTION, "plan", "picture.crop: %s lies outside of the picture of %dx%d",
                      plan->v->picture_crop, (int)near(u->w * sx), (int)near(u->h * sy));
    spec->crop_x = at_most((int32_t)floor(x / sx), u->w - 1);
    spec->crop_y = at_most((int32_t)floor(y / sy), u->h - 1);
    spec->crop_width = u->w = at_most(near(w / sx), u->w - spec->crop_x);
    spec->crop_height = u->h = at_most(near(h / sy), u->h - spec->crop_y);
    return 0;
}

/* Scales down, or with enlarge also up, by one factor, to fit the sides of the box that are bounded. */
static void contain(const struct rl_chain_values *v, struct rl_still_spec *spec, double w, double h)
{
    double factor = v->picture_enlarge ? INFINITY : 1;
    if (v->picture_width && (double)v->picture_width / w < factor)
        factor = (double)v->picture_width / w;
    if (v->picture_height && (double)v->picture_height / h < factor)
        factor = (double)v->picture_height / h;
    if (isinf(factor))
        factor = 1;
    spec->width = near(w * factor);
    spec->height = near(h * factor);
    /* Rounding up must not leave the box. */
    if (v->picture_width)
        spec->width = at_most(spec->width, v->picture_width);
    if (v->picture_height)
        spec->height = at_most(spec->height, v->picture_height);
}

/* A window that covers so little of the scaled picture is cut out before it is scaled: the whole would be huge. */
static void cut_first(struct rl_still_spec *spec, const struct upright *u, double factor)
{
    int32_t w = at_most(near(spec->window_width / factor / u->sx), u->w);
    int32_t h = at_most(near(spec->window_height / factor / u->sy), u->h);
    double x = spec->focus_x * u->w - w / 2.0, y = spec->focus_y * u->h - h / 2.0;
    spec->crop_x += at_most(x < 0 ? 0 : (int32_t)x, u->w - w);
    spec->crop_y += at_most(y < 0 ? 0 : (int32_t)y, u->h - h);
    spec->crop_width = w;
    spec->crop_height = h;
    spec->width = spec->window_width;
    spec->height = spec->window_height;
    spec->window_width = spec->window_height = 0;
}

static void cover(const struct rl_still_plan *plan, struct rl_still_spec *spec, const struct upright *u)
{
    const struct rl_chain_values *v = plan->v;
    double w = u->w * u->sx, h = u->h * u->sy;
    double bw = (double)v->picture_width, bh = (double)v->picture_height;
    double factor = fmax(bw / w, bh / h);
    if (factor > 1 && !v->picture_enlarge) {
        bw /= factor;
        bh /= factor;
        factor = 1;
    }
    spec->window_width = near(bw);
    spec->window_height = near(bh);
    double scaled_w = fmax(floor(w * factor + 0.5), spec->window_width);
    double scaled_h = fmax(floor(h * factor + 0.5), spec->window_height);
    if (scaled_w > MOST_SCALED || scaled_h > MOST_SCALED || scaled_w * scaled_h > (double)plan->env->limits.pixels) {
        cut_first(spec, u, factor);
        return;
    }
    spec->width = near(scaled_w);
    spec->height = near(scaled_h);
    if (spec->width == spec->window_width && spec->height == spec->window_height)
        spec->window_width = spec->window_height = 0;
}

static void fill(const struct rl_chain_values *v, struct rl_still_spec *spec, double w, double h)
{
    double bw = (double)v->picture_width, bh = (double)v->picture_height;
    double factor = v->picture_enlarge ? 1 : fmin(1, fmin(w / bw, h / bh));
    spec->width = near(bw * factor);
    spec->height = near(bh * factor);
}

/* A side that the format cannot hold: all of it is made smaller. */
static void bound_side(struct rl_still_spec *spec, char *note, size_t note_size)
{
    int32_t most = spec->format == RL_STILL_WEBP ? MOST_WEBP : MOST_AVIF;
    int32_t w = rl_still_width(spec), h = rl_still_height(spec), side = w > h ? w : h;
    if (side <= most)
        return;
    int32_t *sides[] = { &spec->width, &spec->height, &spec->window_width, &spec->window_height, &spec->pad_width,
                         &spec->pad_height };
    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        if (*sides[i])
            *sides[i] = near((double)*sides[i] * most / side);
    snprintf(note, note_size, "made smaller, to %dx%d: %s holds %d px a side", (int)rl_still_width(spec),
             (int)rl_still_height(spec), spec->format == RL_STILL_WEBP ? "WebP" : "AVIF", (int)most);
}

static int geometry(const struct rl_still_plan *plan, struct rl_still_spec *spec, char *note, size_t note_size,
                    reel_error *err)
{
    const struct rl_chain_values *v = plan->v;
    struct upright u = upright(plan, spec);
    bool attention = false;
    int rc = user_crop(plan, spec, &u, err);
    if (rc < 0)
        return rc;
    spec->focus_x = spec->focus_y = 0.5;
    rl_focus_parse(v->picture_focus, &attention, &spec->focus_x, &spec->focus_y);
    spec->focus = attention ? RL_FOCUS_ATTENTION : RL_FOCUS_POINT;
    int32_t fit = v->picture_width && v->picture_height ? v->picture_fit : RL_PICTURE_CONTAIN;
    if (fit == RL_PICTURE_COVER)
        cover(plan, spec, &u);
    else if (fit == RL_PICTURE_FILL)
        fill(v, spec, u.w * u.sx, u.h * u.sy);
    else
        contain(v, spec, u.w * u.sx, u.h * u.sy);
    if (fit == RL_PICTURE_EXACT && (spec->width != v->picture_width || spec->height != v->picture_height)) {
        spec->pad_width = (int32_t)v->picture_width;
        spec->pad_height = (int32_t)v->picture_height;
    }
    bound_side(spec, note, note_size);
    uint64_t w = (uint64_t)rl_still_width(spec), h = (uint64_t)rl_still_height(spec);
    uint64_t scaled = (uint64_t)spec->width * (uint64_t)spec->height;
    if (w * h > plan->env->limits.pixels || scaled > plan->env->limits.pixels)
        return rl_err(err, REEL_ERR_LIMIT_PIXELS, "plan", "the picture would be %llux%llu, over the limit pixels",
                      (unsigned long long)(scaled > w * h ? (uint64_t)spec->width : w),
                      (unsigned long long)(scaled > w * h ? (uint64_t)spec->height : h));
    return 0;
}

static bool is_set(int32_t code)
{
    return code != 2 && code != 0 && code != 3;
}

static bool is_gray(const struct rl_stream *s)
{
    return !strncmp(s->pixel_format, "gray", 4) || !strncmp(s->pixel_format, "ya", 2);
}

/* A picture that says nothing is sRGB; its YCbCr is JPEG's. */
static struct rl_colour picture_colour(const struct rl_stream *s)
{
    struct rl_colour c = s->colour;
    if (s->is_rgb)
        c.matrix = 0;
    else if (!is_set(c.matrix))
        c.matrix = c.primaries == 9 ? 9 : 6;
    if (s->is_rgb)
        c.full_range = 1;
    if (!is_set(c.primaries))
        c.primaries = c.transfer == 16 || c.transfer == 18 ? 9 : 1;
    if (!is_set(c.transfer))
        c.transfer = 13;
    return c;
}

static void colour(const struct rl_still_plan *plan, struct rl_still_spec *spec)
{
    const struct rl_stream *s = plan->stream;
    const struct rl_chain_values *v = plan->v;
    bool hdr = rl_stream_is_hdr(s), avif = spec->format == RL_STILL_AVIF;
    if (plan->is_video) {
        struct rl_picture_spec moving = { 0 };
        rl_plan_colour(s, v, &moving);
        spec->source = moving.source;
    } else {
        spec->source = picture_colour(s);
    }
    spec->tonemap = hdr && (!avif || v->picture_hdr == RL_HDR_TONEMAP || v->picture_profile == RL_PICTURE_PROFILE_SRGB);
    /* What has no profile keeps its colours by the code points of AVIF; WebP can say nothing but a profile. */
    bool keeps = s->icc == REEL_ICC_RGB || (s->icc == REEL_ICC_NONE && avif);
    bool wanted = v->picture_profile == RL_PICTURE_PROFILE_EMBED ||
        (v->picture_profile == RL_PICTURE_PROFILE_AUTO && avif);
    spec->profile = keeps && wanted && !spec->tonemap ? RL_PROFILE_EMBED : RL_PROFILE_SRGB;
}

static void alpha(const struct rl_still_plan *plan, struct rl_still_spec *spec)
{
    spec->has_background = rl_rgb_parse(plan->v->picture_background, &spec->background);
    spec->alpha = !spec->has_background && (plan->stream->has_alpha || spec->pad_width);
}

static int32_t depth_of(const struct rl_still_plan *plan, const struct rl_still_spec *spec)
{
    static const int32_t depths[] = { [RL_PICTURE_DEPTH_8] = 8, [RL_PICTURE_DEPTH_10] = 10,
                                      [RL_PICTURE_DEPTH_12] = 12 };
    const struct rl_stream *s = plan->stream;
    bool hdr = rl_stream_is_hdr(s) && !spec->tonemap;
    int32_t depth = plan->v->picture_depth;
    if (spec->format == RL_STILL_WEBP)
        return 8;
    if (depth == RL_PICTURE_DEPTH_AUTO && spec->tonemap)
        return 8;
    int32_t bits = depth != RL_PICTURE_DEPTH_AUTO ? depths[depth] : s->bit_depth > 10 ? 12 : s->bit_depth > 8 ? 10 : 8;
    return hdr && bits < 10 ? 10 : bits;
}

static int32_t chroma_of(const struct rl_still_plan *plan, const struct rl_still_spec *spec)
{
    const struct rl_stream *s = plan->stream;
    if (spec->format == RL_STILL_WEBP)
        return spec->lossless ? 444 : 420;
    if (plan->v->picture_chroma != RL_CHROMA_AUTO)
        return plan->v->picture_chroma == RL_CHROMA_444 ? 444 : 420;
    if (is_gray(s))
        return s->has_alpha || spec->pad_width ? 444 : 400;
    if (s->is_rgb || s->lossless || (s->chroma_w == 0 && s->chroma_h == 0))
        return 444;
    return s->chroma_w == 1 && s->chroma_h == 0 ? 422 : 420;
}

int rl_still_resolve(const struct rl_still_plan *plan, struct rl_still_spec *spec, char *note, size_t note_size,
                     reel_error *err)
{
    const struct rl_stream *s = plan->stream;
    const struct rl_chain_values *v = plan->v;
    *spec = (struct rl_still_spec){ .format = plan->format };
    note[0] = 0;
    if (s->width < 1 || s->height < 1)
        return rl_err(err, REEL_ERR_INVALID_DATA, "plan", "the size of the picture is not known");
    int rc = geometry(plan, spec, note, note_size, err);
    if (rc < 0)
        return rc;
    spec->quality = (int32_t)v->picture_quality;
    spec->speed = (int32_t)v->picture_speed;
    spec->lossless = v->picture_lossless;
    spec->max_bytes = (uint64_t)v->picture_max_bytes;
    spec->metadata = v->picture_metadata;
    colour(plan, spec);
    alpha(plan, spec);
    spec->depth = depth_of(plan, spec);
    spec->chroma = chroma_of(plan, spec);
    spec->animated = !plan->is_video && v->picture_animated == RL_ANIMATED_AUTO && s->frames != 1 &&
        !s->attached_picture;
    if (!note[0] && spec->lossless && s->bit_depth > spec->depth)
        snprintf(note, note_size, "lossless of %d bits, for the source's %d are more than the output holds",
                 (int)spec->depth, (int)s->bit_depth);
    return 0;
}
