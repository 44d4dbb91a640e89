/* What is to be done to all frames of a picture, decided once; and small pictures of any frame. */
#include "inside.h"

#include "../writer.h"

#include "../../filter/chain.h"

static bool is_hdr(const struct rl_colour *colour)
{
    return colour->transfer == RL_PQ || colour->transfer == RL_HLG;
}

/* Colours so far from sRGB's that one sees it. SD video's primaries are not: and what says so is often wrong. */
static bool is_wide(const struct rl_colour *colour)
{
    switch (colour->primaries) {
    case 4:
    case 8:
    case 9:
    case 11:
    case 12:
        return true;
    default:
        return colour->transfer == 4 || colour->transfer == 5 || colour->transfer == 8 || colour->transfer == 17;
    }
}

static void decide(struct rl_pixels *p)
{
    const struct rl_still_info *info = p->info;
    bool gray = av_pix_fmt_desc_get(p->format)->nb_components == 1, webp = p->spec->format == RL_STILL_WEBP;
    bool profile = info->icc_size > 0 && (info->icc_kind == RL_ICC_RGB || info->icc_kind == RL_ICC_GRAY);

    if (is_hdr(&info->colour)) {
        p->conversion = p->spec->tonemap || webp ? RL_CONVERT_TONE : RL_CONVERT_NONE;
    } else if (profile) {
        /* A profile of gray is of use for gray only, and one of RGB is not for it. */
        p->embed = p->spec->profile == RL_PROFILE_EMBED && (info->icc_kind == RL_ICC_GRAY) == gray;
        p->conversion = p->embed ? RL_CONVERT_NONE : RL_CONVERT_PROFILE;
    } else if (is_wide(&info->colour) && webp) { /* AVIF says it by numbers */
        p->conversion = RL_CONVERT_PROFILE;
    }
}

static int open_tools(struct rl_pixels *p)
{
    const struct rl_still_info *info = p->info;
    bool icc = info->icc_size > 0 && (info->icc_kind == RL_ICC_RGB || info->icc_kind == RL_ICC_GRAY);
    int rc = 0;

    if (p->conversion == RL_CONVERT_TONE)
        return rl_tone_open(&p->tone, p->flow, &info->colour, &info->light, &info->mastering);
    if (p->conversion == RL_CONVERT_PROFILE || (p->embed && p->spec->has_background))
        rc = rl_map_open(&p->map, p->flow, icc ? info->icc : NULL, info->icc_size, &info->colour, p->threads);
    if (rc == REEL_ERR_INVALID_DATA) { /* a broken profile says nothing: then it is sRGB, as without any */
        *p->flow->err = RL_ERROR_INIT;
        rl_map_close(&p->map);
        p->conversion = RL_CONVERT_NONE;
        p->embed = false;
        return 0;
    }
    if (rc == 0 && p->embed && p->spec->has_background)
        p->background = rl_map_back(p->map, p->background);
    return rc;
}

int rl_pixels_open(struct rl_pixels **out, struct rl_flow *flow, const struct rl_still_info *info,
                   const struct rl_still_spec *spec)
{
    struct rl_pixels *p = rl_calloc(flow->env, 1, sizeof(*p));
    int rc;

    *out = NULL;
    if (!p)
        return rl_err_nomem(flow->err, "picture");
    p->flow = flow;
    p->info = info;
    p->spec = spec;
    p->threads = p->scaler.threads = spec->threads > 0 ? spec->threads : 1;
    p->background = spec->has_background ? spec->background & 0xFFFFFF : 0;
    rl_writer_format(spec, info, &p->format, &p->colour);
    decide(p);
    if (p->conversion != RL_CONVERT_NONE) {
        p->colour.primaries = 1;
        p->colour.transfer = 13;
    }
    rc = open_tools(p);
    if (rc < 0)
        rl_pixels_close(&p);
    *out = p;
    return rc;
}

const uint8_t *rl_pixels_icc(const struct rl_pixels *p, size_t *size)
{
    *size = p->embed ? p->info->icc_size : 0;
    return p->embed ? p->info->icc : NULL;
}

void rl_pixels_close(struct rl_pixels **pixels)
{
    struct rl_pixels *p = *pixels;

    *pixels = NULL;
    if (!p)
        return;
    rl_map_close(&p->map);
    rl_tone_close(&p->tone, p->flow);
    rl_scaler_close(&p->scaler);
    rl_free(p->flow->env, p);
}

/* Frames do not say how bright they get unless it stands beside them. */
static int tone_map(struct rl_work *w)
{
    const struct rl_light light = { 0 };
    const struct rl_mastering mastering = { 0 };
    const struct rl_colour srgb = { 1, 13, 0, 1, 0 };
    struct rl_tone *tone = NULL;
    int rc = rl_tone_open(&tone, w->flow, &w->colour, &light, &mastering);

    if (rc == 0)
        rc = rl_tone_run(tone, w->flow, w->frame, 1, w->spare);
    if (rc == 0)
        rl_frame_swap(w->frame, w->spare);
    rl_tone_close(&tone, w->flow);
    w->colour = srgb;
    return rc;
}

static int small_steps(struct rl_work *w, const AVFrame *in, const struct rl_colour *colour, int size)
{
    const struct rl_colour rgb = { 1, 13, 0, 1, 0 };
    const struct rl_place centre = { 128, 128 };
    int most = in->width > in->height ? in->width : in->height, to = most < size ? most : size;
    int width = (int)((int64_t)in->width * to / most), height = (int)((int64_t)in->height * to / most);
    int rc = rl_work_take(w, in, colour, false);
    bool hdr = rc == 0 && is_hdr(&w->colour);

    if (rc == 0 && w->alpha && rl_format_is_rgb(w->frame->format))
        rc = rl_work_scale(w, in->width, in->height, rl_format_packed(rl_format_depth(w->frame->format), true),
                           &w->colour, centre, centre);
    if (rc == 0)
        rc = rl_work_multiply(w);
    /* Not multiplied out before it is RGB: YCbCr and RGB are shares of each other. */
    if (rc == 0) {
        struct rl_colour c = rgb;
        c.primaries = w->colour.primaries;
        c.transfer = w->colour.transfer;
        rc = rl_work_scale(w, width > 0 ? width : 1, height > 0 ? height : 1, rl_format_packed(hdr ? 16 : 8, true), &c,
                           rl_place_of(&w->colour), centre);
    }
    if (rc == 0)
        rl_work_divide(w);
    return rc == 0 && hdr ? tone_map(w) : rc;
}

int rl_pixels_small(struct rl_flow *flow, const AVFrame *in, const struct rl_colour *colour, int size, AVFrame *out)
{
    struct rl_scaler scaler = { .threads = 1 };
    struct rl_work work;
    int rc = rl_work_begin(&work, flow, &scaler, 1);

    if (rc == 0)
        rc = small_steps(&work, in, colour, size);
    if (rc == 0) {
        const struct rl_colour srgb = { 1, 13, 0, 1, 0 };
        av_frame_move_ref(out, work.frame);
        rl_frame_tag(out, &srgb);
    }
    rl_work_end(&work);
    rl_scaler_close(&scaler);
    return rc;
}
