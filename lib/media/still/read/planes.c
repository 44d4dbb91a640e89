#include "planes.h"

#include "../meta.h"

#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>

int32_t rl_planes_depth(int32_t bits)
{
    return bits <= 8 ? 8 : bits <= 10 ? 10 : bits <= 12 ? 12 : 16;
}

static int depth_index(int32_t depth)
{
    return depth == 8 ? 0 : depth == 10 ? 1 : depth == 12 ? 2 : 3;
}

enum AVPixelFormat rl_planes_format(const struct rl_planes *planes)
{
    static const enum AVPixelFormat gray[4] = { AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY10, AV_PIX_FMT_GRAY12,
                                                AV_PIX_FMT_GRAY16 };
    static const enum AVPixelFormat gbr[2][4] = {
        { AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP10, AV_PIX_FMT_GBRP12, AV_PIX_FMT_GBRP16 },
        { AV_PIX_FMT_GBRAP, AV_PIX_FMT_GBRAP10, AV_PIX_FMT_GBRAP12, AV_PIX_FMT_GBRAP16 },
    };
    static const enum AVPixelFormat yuv[2][3][4] = {
        { { AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_YUV444P12, AV_PIX_FMT_YUV444P16 },
          { AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV422P12, AV_PIX_FMT_YUV422P16 },
          { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV420P12, AV_PIX_FMT_YUV420P16 } },
        { { AV_PIX_FMT_YUVA444P, AV_PIX_FMT_YUVA444P10, AV_PIX_FMT_YUVA444P12, AV_PIX_FMT_YUVA444P16 },
          { AV_PIX_FMT_YUVA422P, AV_PIX_FMT_YUVA422P10, AV_PIX_FMT_YUVA422P12, AV_PIX_FMT_YUVA422P16 },
          { AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUVA420P10, AV_PIX_FMT_NONE, AV_PIX_FMT_YUVA420P16 } },
    };
    int depth = depth_index(planes->depth), alpha = !!planes->alpha;

    if (planes->mono)
        return !alpha ? gray[depth] : planes->depth == 8 ? AV_PIX_FMT_YA8 : yuv[1][0][depth];
    if (planes->rgb)
        return gbr[alpha][depth];
    if (planes->shift_y && !planes->shift_x)
        return AV_PIX_FMT_NONE;
    enum AVPixelFormat format = yuv[alpha][planes->shift_x + planes->shift_y][depth];
    /* 4:2:0 with alpha has no 12 bits in FFmpeg: 16 hold them. */
    return format == AV_PIX_FMT_NONE ? AV_PIX_FMT_YUVA420P16 : format;
}

int rl_planes_frame(struct rl_flow *flow, AVFrame *frame, enum AVPixelFormat format, int32_t width, int32_t height,
                    const struct rl_colour *colour)
{
    frame->format = format;
    frame->width = width;
    frame->height = height;
    frame->color_primaries = (enum AVColorPrimaries)colour->primaries;
    frame->color_trc = (enum AVColorTransferCharacteristic)colour->transfer;
    frame->colorspace = (enum AVColorSpace)colour->matrix;
    frame->color_range = colour->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    frame->chroma_location = (enum AVChromaLocation)colour->chroma_location;
    frame->sample_aspect_ratio = (AVRational){ 1, 1 };
    return av_frame_get_buffer(frame, 0) < 0 ? rl_err_nomem(flow->err, "picture") : 0;
}

/* One sample from `from` bits to `to`: exact at both ends where the range is full, a shift where it is not and for chroma. */
static unsigned lift(unsigned v, int32_t from, int32_t to, bool full)
{
    unsigned top = (1u << from) - 1;

    if (v > top)
        v = top;
    if (from == to)
        return v;
    if (full)
        return (unsigned)(((uint64_t)v * ((1u << to) - 1) + top / 2) / top);
    return to > from ? v << (to - from) : v >> (from - to);
}

static unsigned sample(const uint8_t *row, int32_t x, int32_t bits)
{
    uint16_t wide;

    if (bits <= 8)
        return row[x];
    memcpy(&wide, row + 2 * (size_t)x, sizeof(wide));
    return wide;
}

/* One row; `step` samples of the frame lie between two of the plane. */
static void copy_row(uint8_t *to, int32_t to_bits, int step, const uint8_t *from, int32_t from_bits, int32_t width,
                     bool full)
{
    if (to_bits == from_bits && step == 1) {
        memcpy(to, from, (size_t)width * (to_bits > 8 ? 2 : 1));
        return;
    }
    for (int32_t x = 0; x < width; x++) {
        unsigned v = lift(sample(from, x, from_bits), from_bits, to_bits, full);
        if (to_bits > 8) {
            uint16_t wide = (uint16_t)v;
            memcpy(to + 2 * (size_t)x * (size_t)step, &wide, sizeof(wide));
        } else {
            to[(size_t)x * (size_t)step] = (uint8_t)v;
        }
    }
}

static void fill_neutral(AVFrame *frame, int plane, int32_t depth)
{
    for (int y = 0; y < frame->height; y++) {
        uint16_t *row = (uint16_t *)(void *)(frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane]);
        for (int x = 0; x < frame->width; x++)
            row[x] = (uint16_t)(1u << (depth - 1));
    }
}

int rl_planes_copy(struct rl_flow *flow, const struct rl_planes *planes, const struct rl_colour *colour, AVFrame *frame)
{
    enum AVPixelFormat format = rl_planes_format(planes);
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);

    if (!desc)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "picture", "the layout of its pixels has no name");
    int rc = rl_planes_frame(flow, frame, format, planes->width, planes->height, colour);
    if (rc < 0)
        return rc;

    int32_t depth = desc->comp[0].depth;
    bool ya = format == AV_PIX_FMT_YA8, bare = planes->mono && planes->alpha && !ya;
    for (int p = 0; p < 4; p++) {
        bool chroma = p == 1 || p == 2, alpha = p == 3;
        if (alpha ? !planes->alpha : chroma && planes->mono) {
            if (chroma && bare)
                fill_neutral(frame, p, depth);
            continue;
        }
        int to = alpha && ya ? 0 : p;
        int32_t width = chroma ? AV_CEIL_RSHIFT(planes->width, planes->shift_x) : planes->width;
        int32_t height = chroma ? AV_CEIL_RSHIFT(planes->height, planes->shift_y) : planes->height;
        for (int32_t y = 0; y < height; y++)
            copy_row(frame->data[to] + (ptrdiff_t)y * frame->linesize[to] + (alpha && ya ? 1 : 0), depth, ya ? 2 : 1,
                     planes->data[p] + (size_t)y * planes->stride[p], planes->bits[p], width,
                     alpha || (colour->full_range && (planes->rgb || !chroma)));
        if (rl_flow_cancelled(flow))
            return rl_err(flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
    }
    return 0;
}

struct rl_colour rl_code_points(int primaries, int transfer, int matrix, int full_range, bool sub_sampled)
{
    bool known_p = (primaries >= 1 && primaries <= 12 && primaries != 3) || primaries == 22;
    bool known_t = transfer >= 1 && transfer <= 18 && transfer != 3;
    bool known_m = matrix >= 0 && matrix <= 14 && matrix != 3 && matrix != 2 && !(matrix == 0 && sub_sampled);

    return (struct rl_colour){ known_p ? primaries : 2, known_t ? transfer : 2, known_m ? matrix : 6, !!full_range, 0 };
}

bool rl_colour_is_hdr(const struct rl_colour *colour)
{
    return colour->transfer == 16 || colour->transfer == 18;
}

void rl_info_icc(struct rl_still_info *info, const uint8_t *icc, size_t size)
{
    if (!size)
        return;
    if (rl_colour_is_hdr(&info->colour)) {
        snprintf(info->note, sizeof(info->note),
                 "the colour profile is left out: the picture is HDR by its code points");
        return;
    }
    info->icc = icc;
    info->icc_size = size;
    info->icc_kind = rl_icc_kind(icc, size);
    info->colour.primaries = 2;
    info->colour.transfer = 2;
}

static bool is_tiff(const uint8_t *data, size_t size, size_t at)
{
    return at <= size && size - at >= 8 && (!memcmp(data + at, "II*\0", 4) || !memcmp(data + at, "MM\0*", 4));
}

void rl_info_exif(struct rl_still_info *info, const uint8_t *exif, size_t size, bool heif)
{
    size_t tries[4] = { 0, 6, 4, 10 }, count = heif ? 4 : 2;

    if (heif && size >= 4) {
        uint64_t offset = (uint64_t)exif[0] << 24 | (uint64_t)exif[1] << 16 | (uint64_t)exif[2] << 8 | exif[3];
        tries[0] = offset + 4 < size ? (size_t)offset + 4 : 4;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_tiff(exif, size, tries[i]))
            continue;
        info->exif = exif + tries[i];
        info->exif_size = size - tries[i];
        return;
    }
}
