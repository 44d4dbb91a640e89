/* What colours mean where the source does not say, and what the output says. H.273 code points throughout. */
#include "picture.h"

#include <stdio.h>
#include <string.h>

enum { UNSPECIFIED = 2, BT709 = 1, BT470BG = 5, SMPTE170M = 6, BT2020 = 9, BT2020_NCL = 9, PQ = 16, HLG = 18 };

bool rl_stream_is_hdr(const struct rl_stream *s)
{
    return s->colour.transfer == PQ || s->colour.transfer == HLG;
}

static bool is_set(int32_t code)
{
    return code != UNSPECIFIED && code != 0 && code != 3;
}

/* 525 lines (NTSC), by height or by rate. */
static bool is_525(const struct rl_stream *s)
{
    double rate = s->frame_rate.den > 0 ? (double)s->frame_rate.num / s->frame_rate.den : 0;
    return s->height == 480 || s->height == 486 || (rate > 29.9 && rate < 30.1 && s->height != 576);
}

/* Size is how players guess as well: 720 lines or 1280 columns and up are BT.709, below is BT.601. */
static struct rl_colour guess(const struct rl_stream *s)
{
    bool hd = s->height >= 720 || s->width >= 1280;
    struct rl_colour c = s->colour;
    int32_t sd = is_525(s) ? SMPTE170M : BT470BG;
    bool wide = c.primaries == BT2020 || rl_stream_is_hdr(s);
    if (!is_set(c.matrix) || s->is_rgb)
        c.matrix = wide ? BT2020_NCL : s->is_rgb || hd || c.primaries == BT709 ? BT709 : sd;
    if (!is_set(c.primaries))
        c.primaries = wide || c.matrix == BT2020_NCL || c.matrix == 10 ? BT2020
                      : c.matrix == BT470BG || c.matrix == SMPTE170M   ? (c.matrix == BT470BG ? BT470BG : SMPTE170M)
                                                                       : BT709;
    if (!is_set(c.transfer))
        c.transfer = c.matrix == BT470BG || c.matrix == SMPTE170M ? SMPTE170M : BT709;
    if (s->is_rgb || !strncmp(s->pixel_format, "yuvj", 4))
        c.full_range = 1;
    return c;
}

void rl_plan_colour(const struct rl_stream *s, const struct rl_chain_values *v, struct rl_picture_spec *p)
{
    bool hdr = rl_stream_is_hdr(s);
    p->source = guess(s);
    p->colour = p->source;
    p->tonemap = hdr && v->video_hdr == RL_HDR_TONEMAP;
    if (s->is_rgb) {
        p->source.matrix = 0; /* RGB itself */
        p->colour.full_range = 0;
    }
    if (s->is_rgb || s->chroma_w != 1 || s->chroma_h != 1)
        p->colour.chroma_location = 1; /* the scaler puts the samples to the left */
    if (p->tonemap)
        p->colour = (struct rl_colour){ BT709, BT709, BT709, 0, p->colour.chroma_location };

    bool ten = v->video_depth == RL_DEPTH_10 || (v->video_depth == RL_DEPTH_AUTO && s->bit_depth > 8 && !p->tonemap) ||
               (hdr && !p->tonemap);
    snprintf(p->pixel_format, sizeof(p->pixel_format), "%s", ten ? "yuv420p10le" : "yuv420p");
}

static void plan_deinterlace(const struct rl_stream *s, int32_t wanted, struct rl_picture_spec *p)
{
    bool flagged = s->interlaced != 0;
    /* Combing that no flag tells of counts only with enough samples: single frames of fast motion look combed too. */
    bool combed = s->sampled_frames >= 8 && (int64_t)s->combed_frames * 4 >= s->sampled_frames;
    p->deinterlace = RL_DEINT_OFF;
    p->field_parity = -1;
    if (wanted == RL_DEINTERLACE_OFF)
        return;
    if (wanted == RL_DEINTERLACE_ON || (combed && !flagged)) {
        p->deinterlace = RL_DEINT_ALL;
        p->field_parity = flagged ? s->interlaced - 1 : -1;
    } else if (flagged) {
        p->deinterlace = RL_DEINT_FLAGGED;
    }
}

void rl_plan_filters(const struct rl_stream *s, const struct rl_chain_values *v, struct rl_picture_spec *p)
{
    reel_ratio cap = v->video_frame_rate_max, rate = s->frame_rate;
    plan_deinterlace(s, v->video_deinterlace, p);
    p->denoise = v->video_denoise;
    snprintf(p->expert, sizeof(p->expert), "%s", v->video_filter);
    /* A source whose average is below may still have bursts above, so only an exact constant rate could do without. */
    if (cap.den > 0 && !(rate.den > 0 && (int64_t)rate.num * cap.den == (int64_t)cap.num * rate.den))
        p->frame_rate_cap = cap;
}

bool rl_picture_is_identity(const struct rl_stream *s, const struct rl_picture_spec *p)
{
    bool ten = strcmp(p->pixel_format, "yuv420p") != 0;
    bool capped = p->frame_rate_cap.den > 0 &&
                  (s->frame_rate.den == 0 || (int64_t)s->frame_rate.num * p->frame_rate_cap.den >
                                                 (int64_t)p->frame_rate_cap.num * s->frame_rate.den);
    return !p->deinterlace && !p->mirrored && !p->rotation && !p->crop_width && !p->pad_width && p->width == s->width &&
           p->height == s->height && !capped && p->denoise == 0 && !p->tonemap && !p->expert[0] &&
           (s->bit_depth == 0 || (s->bit_depth > 8) == ten);
}
