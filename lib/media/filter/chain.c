#include "chain.h"

#include "../compat.h"
#include "graph.h"

#include <libavutil/mastering_display_metadata.h>
#include <string.h>

enum { BT709 = 1, FCC = 4, BT470BG = 5, SMPTE170M = 6, SMPTE240M = 7, BT2020_NCL = 9, BT2020_CL = 10, HLG = 18 };

/* ITU-R BT.2408: the luminance of graphics white, to which SDR's white is mapped. cd/m2 */
#define REFERENCE_WHITE 203
/* The peak of most HDR masters, taken where the frame does not say. cd/m2 */
#define USUAL_PEAK 1000

struct rl_colour rl_frame_colour(const AVFrame *frame, const struct rl_colour *otherwise)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    struct rl_colour c = *otherwise;

    if (frame->color_primaries != AVCOL_PRI_UNSPECIFIED)
        c.primaries = (int32_t)frame->color_primaries;
    if (frame->color_trc != AVCOL_TRC_UNSPECIFIED)
        c.transfer = (int32_t)frame->color_trc;
    if (frame->colorspace != AVCOL_SPC_UNSPECIFIED)
        c.matrix = (int32_t)frame->colorspace;
    if (frame->color_range != AVCOL_RANGE_UNSPECIFIED)
        c.full_range = frame->color_range == AVCOL_RANGE_JPEG;
    if (frame->chroma_location != AVCHROMA_LOC_UNSPECIFIED)
        c.chroma_location = (int32_t)frame->chroma_location;
    if (desc && desc->flags & AV_PIX_FMT_FLAG_RGB) {
        c.matrix = AVCOL_SPC_RGB;
        c.full_range = 1;
    } else if (c.matrix == AVCOL_SPC_RGB) {
        c.matrix = otherwise->matrix != AVCOL_SPC_RGB ? otherwise->matrix : BT709;
    }
    return c;
}

/* As the scale filter calls a matrix; NULL: it does not know it. */
static const char *matrix_name(int32_t matrix)
{
    switch (matrix) {
    case BT709:
        return "bt709";
    case FCC:
        return "fcc";
    case BT470BG:
    case SMPTE170M:
        return "smpte170m";
    case SMPTE240M:
        return "smpte240m";
    case BT2020_NCL:
    case BT2020_CL:
        return "bt2020";
    default:
        return NULL;
    }
}

static bool same_matrix(int32_t a, int32_t b)
{
    const char *x = matrix_name(a), *y = matrix_name(b);

    return a == b || (x && y && !strcmp(x, y));
}

static void next(struct rl_buf *text)
{
    if (text->size)
        rl_buf_text(text, ",");
}

static void add(struct rl_buf *text, const char *filter)
{
    next(text);
    rl_buf_text(text, filter);
}

void rl_fields_chain(struct rl_buf *text, const struct rl_picture_spec *spec, const AVFrame *like)
{
    static const char *const parity[] = { "auto", "tff", "bff" };
    const char *name = rl_filter_present("bwdif") ? "bwdif" : "yadif";

    if (like->width < 4 || like->height < 4)
        return; /* too small for either */
    rl_buf_printf(text, "%s=mode=send_frame:parity=%s:deint=%s", name, parity[spec->field_parity + 1],
                  spec->deinterlace == RL_DEINT_ALL ? "all" : "interlaced");
}

static void turn(struct rl_buf *text, const struct rl_picture_spec *spec)
{
    if (spec->mirrored)
        add(text, "hflip");
    if (spec->rotation == 90)
        add(text, "transpose=clock");
    else if (spec->rotation == 270)
        add(text, "transpose=cclock");
    else if (spec->rotation == 180)
        add(text, "hflip,vflip");
}

/* Brightest luminance of the content, cd/m2. */
static int peak_of(const AVFrame *frame)
{
    const AVFrameSideData *sd = av_frame_get_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    double peak = USUAL_PEAK;

    if (sd && ((const AVContentLightMetadata *)(const void *)sd->data)->MaxCLL) {
        peak = ((const AVContentLightMetadata *)(const void *)sd->data)->MaxCLL;
    } else if ((sd = av_frame_get_side_data(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA))) {
        const AVMasteringDisplayMetadata *m = (const AVMasteringDisplayMetadata *)(const void *)sd->data;
        if (m->has_luminance && m->max_luminance.den)
            peak = av_q2d(m->max_luminance);
    }
    return peak < REFERENCE_WHITE ? REFERENCE_WHITE : peak > 10000 ? 10000 : (int)peak;
}

/*
 * To linear light with graphics white at 1, into BT.709's primaries, highlights rolled off by Möbius's curve, which leaves
 * what is below 0.3 alone. Numbers are written as ratios: FFmpeg reads them by the rules of the host's locale.
 */
static void tone_map(struct rl_buf *text, const AVFrame *like, const struct rl_colour *c, bool odd)
{
    bool hlg = c->transfer == HLG;

    if (odd)
        add(text, "format=yuv444p10le"); /* zscale refuses subsampled odd sizes */
    next(text);
    rl_buf_printf(text, "zscale=tin=%s:pin=2020:min=%s:rin=%s:t=linear:npl=%d,format=gbrpf32le,zscale=p=709,",
                  hlg ? "arib-std-b67" : "smpte2084", c->matrix == BT2020_CL ? "2020_cl" : "2020_ncl",
                  c->full_range ? "full" : "limited", REFERENCE_WHITE);
    rl_buf_printf(text, "tonemap=tonemap=mobius:param=3/10:desat=0:peak=%d/%d,zscale=t=709:m=709:r=limited",
                  hlg ? USUAL_PEAK : peak_of(like), REFERENCE_WHITE);
    if (odd)
        add(text, "format=yuv444p");
}

static void scale(struct rl_buf *text, int width, int height, const struct rl_colour *from, const struct rl_colour *to)
{
    const char *in = matrix_name(from->matrix), *out = matrix_name(to->matrix);

    next(text);
    rl_buf_printf(text, "scale=w=%d:h=%d:flags=bicubic+accurate_rnd+full_chroma_int", width, height);
    if (in && !same_matrix(from->matrix, to->matrix))
        rl_buf_printf(text, ":in_color_matrix=%s", in);
    if (out && !same_matrix(from->matrix, to->matrix))
        rl_buf_printf(text, ":out_color_matrix=%s", out);
    else if (in)
        rl_buf_printf(text, ":in_color_matrix=%s:out_color_matrix=%s", in, in);
    rl_buf_printf(text, ":in_range=%s:out_range=%s", from->full_range ? "full" : "limited",
                  to->full_range ? "full" : "limited");
}

static int even_near(double v)
{
    int n = (int)(v / 2 + 0.5) * 2;

    return n < 2 ? 2 : n;
}

void rl_picture_chain(struct rl_buf *text, const struct rl_picture_spec *spec, const AVFrame *like,
                      const struct rl_colour *colour, double stretch)
{
    enum AVPixelFormat wanted = av_get_pix_fmt(spec->pixel_format);
    bool turned = spec->rotation % 180 != 0;
    int w = turned ? like->height : like->width, h = turned ? like->width : like->height;
    int width = spec->width, height = spec->height;
    struct rl_colour to = spec->tonemap ? *colour : spec->colour;
    bool bars = stretch < 0.98 || stretch > 1.02;

    turn(text, spec);
    if (spec->crop_width > 0 && spec->crop_x + spec->crop_width <= w && spec->crop_y + spec->crop_height <= h) {
        next(text);
        rl_buf_printf(text, "crop=%d:%d:%d:%d", spec->crop_width, spec->crop_height, spec->crop_x, spec->crop_y);
        w = spec->crop_width;
        h = spec->crop_height;
    }
    if (bars && stretch > 1)
        height = even_near(height / stretch);
    else if (bars)
        width = even_near(width * stretch);
    if (w != width || h != height || like->format != wanted || !same_matrix(colour->matrix, to.matrix) ||
        colour->full_range != to.full_range)
        scale(text, width, height, colour, &to);
    if (bars) {
        next(text);
        rl_buf_printf(text, "pad=%d:%d:(ow-iw)/2:(oh-ih)/2:black", spec->width, spec->height);
    }
    if (spec->pad_width > 0) {
        next(text);
        rl_buf_printf(text, "pad=%d:%d:(ow-iw)/2:(oh-ih)/2:black", spec->pad_width, spec->pad_height);
    }
    if (spec->denoise > 0) {
        next(text);
        /* 5 is the filter's own default, a luma strength of 4 */
        rl_buf_printf(text, "hqdn3d=luma_spatial=%d/1000", (int)(spec->denoise * 800 + 0.5));
    }
    if (spec->tonemap)
        tone_map(text, like, colour, (width | height | spec->pad_width | spec->pad_height) & 1);
    if (spec->expert[0])
        add(text, spec->expert);
    if (text->size) {
        next(text);
        rl_buf_printf(text, "format=%s", spec->pixel_format);
    }
}

const char *rl_picture_lacks(const struct rl_picture_spec *spec, bool (*present)(const char *name), const char **what)
{
    const struct {
        bool needed;
        const char *what, *name;
    } optional[] = {
        { spec->denoise > 0, "noise reduction", "hqdn3d" }, /* only in a GPL build of FFmpeg */
        { spec->tonemap, "tone mapping", "zscale" },        /* only where FFmpeg was built with zimg */
        { spec->tonemap, "tone mapping", "tonemap" },
    };

    for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
        if (optional[i].needed && !present(optional[i].name)) {
            *what = optional[i].what;
            return optional[i].name;
        }
    }
    return NULL;
}

double rl_picture_shape(const struct rl_picture_spec *spec, const AVFrame *frame)
{
    double aspect = frame->sample_aspect_ratio.num > 0 && frame->sample_aspect_ratio.den > 0
                        ? av_q2d(frame->sample_aspect_ratio) : 1;
    double shape = aspect * frame->width / frame->height;

    return spec->rotation % 180 ? 1 / shape : shape;
}
