/* What frames a writer wants: rl_writer_format. */
#include "write.h"

#include <libavutil/pixdesc.h>

/* AVIF by [alpha][depth 8, 10, 12]. FFmpeg has no 4:2:0 of 12 bits with alpha: 4:4:4 takes its place. */
static const enum AVPixelFormat gbr[2][3] = {
    { AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP10, AV_PIX_FMT_GBRP12 },
    { AV_PIX_FMT_GBRAP, AV_PIX_FMT_GBRAP10, AV_PIX_FMT_GBRAP12 },
};
static const enum AVPixelFormat gray[3] = { AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY10, AV_PIX_FMT_GRAY12 };
static const enum AVPixelFormat yuv420[2][3] = {
    { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV420P12 },
    { AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUVA420P10, AV_PIX_FMT_YUVA444P12 },
};
static const enum AVPixelFormat yuv422[2][3] = {
    { AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV422P12 },
    { AV_PIX_FMT_YUVA422P, AV_PIX_FMT_YUVA422P10, AV_PIX_FMT_YUVA422P12 },
};
static const enum AVPixelFormat yuv444[2][3] = {
    { AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_YUV444P12 },
    { AV_PIX_FMT_YUVA444P, AV_PIX_FMT_YUVA444P10, AV_PIX_FMT_YUVA444P12 },
};

/* Is the source RGB, so that a lossless copy of it must be RGB as well? */
static bool source_is_rgb(const struct rl_still_info *info)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(info->pixel_format);

    return (d && d->flags & AV_PIX_FMT_FLAG_RGB) || info->colour.matrix == 0;
}

static bool is_hdr(const struct rl_still_info *info)
{
    return info->colour.transfer == 16 || info->colour.transfer == 18;
}

/* Do the pixels keep a profile of their own, which then says what they mean? One of gray is of use for gray only. */
static bool keeps_profile(const struct rl_still_spec *spec, const struct rl_still_info *info, enum AVPixelFormat format)
{
    bool is_gray = av_pix_fmt_desc_get(format)->nb_components == 1;

    return spec->profile == RL_PROFILE_EMBED && !is_hdr(info) && info->icc_size > 0 &&
           info->icc_kind == (is_gray ? RL_ICC_GRAY : RL_ICC_RGB);
}

static void webp_format(const struct rl_still_spec *spec, const struct rl_still_info *info, enum AVPixelFormat *format,
                        struct rl_colour *colour)
{
    bool drawn = spec->animated && info->frames != 1 && info->lossless;

    if (spec->lossless || drawn) {
        *format = AV_PIX_FMT_RGBA;
        colour->matrix = 0;
        colour->full_range = 1;
        colour->chroma_location = 0;
    } else {
        *format = spec->alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
        colour->matrix = 6;
        colour->full_range = 0;
        colour->chroma_location = AVCHROMA_LOC_CENTER;
    }
    colour->primaries = keeps_profile(spec, info, *format) ? 2 : 1;
    colour->transfer = keeps_profile(spec, info, *format) ? 2 : 13;
}

static void avif_format(const struct rl_still_spec *spec, const struct rl_still_info *info, enum AVPixelFormat *format,
                        struct rl_colour *colour)
{
    int a = spec->alpha ? 1 : 0, depth = spec->depth >= 12 ? 2 : spec->depth >= 10 ? 1 : 0;
    bool rgb = source_is_rgb(info), profile = info->icc_kind != RL_ICC_NONE && info->icc_kind != RL_ICC_SRGB;

    *colour = info->colour;
    if (spec->lossless && rgb)
        *format = gbr[a][depth];
    else if (spec->chroma == 400 && !a)
        *format = gray[depth];
    else if (spec->chroma == 444)
        *format = yuv444[a][depth];
    else if (spec->chroma == 422)
        *format = yuv422[a][depth];
    else
        *format = yuv420[a][depth];

    if (keeps_profile(spec, info, *format)) {
        colour->primaries = 2;
        colour->transfer = 2;
    } else {
        bool srgb = is_hdr(info) ? spec->tonemap : profile;
        colour->primaries = srgb || colour->primaries == 2 ? 1 : colour->primaries;
        colour->transfer = srgb || colour->transfer == 2 ? 13 : colour->transfer;
    }

    if (spec->lossless && rgb) {
        colour->matrix = 0;
        colour->full_range = 1;
    } else if (rgb || colour->matrix == 0 || colour->matrix == 2 || colour->matrix == 3) {
        /* RGB becomes what a JPEG has (sYCC: BT.601, full range), which every reader knows; wide gamut what goes with it. */
        colour->matrix = colour->primaries == 9 ? 9 : 6;
        colour->full_range = 1;
    }
    if (colour->primaries == 1 && colour->matrix >= 9) {
        colour->matrix = 6; /* tone-mapped: no wide gamut any more */
        colour->full_range = 1;
    }
    if (rgb || spec->chroma != 420)
        colour->chroma_location = 0;
}

void rl_writer_format(const struct rl_still_spec *spec, const struct rl_still_info *info, enum AVPixelFormat *format,
                      struct rl_colour *colour)
{
    *colour = info->colour;
    if (spec->format == RL_STILL_WEBP)
        webp_format(spec, info, format, colour);
    else
        avif_format(spec, info, format, colour);
}
