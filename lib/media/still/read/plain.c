#include "coded.h"

#include <libavutil/intreadwrite.h>
#include <libavutil/pixdesc.h>
#include <string.h>

static int replace(struct rl_flow *flow, AVFrame *frame, enum AVPixelFormat format,
                   void (*fill)(AVFrame *to, const AVFrame *from))
{
    AVFrame *to = av_frame_alloc();

    if (to) {
        to->format = format;
        to->width = frame->width;
        to->height = frame->height;
    }
    if (!to || av_frame_get_buffer(to, 0) < 0) {
        av_frame_free(&to);
        return rl_err_nomem(flow->err, "picture");
    }
    fill(to, frame);
    av_frame_unref(frame);
    av_frame_move_ref(frame, to);
    av_frame_free(&to);
    return 0;
}

static void palette_rgb(AVFrame *to, const AVFrame *from)
{
    const uint32_t *colours = (const uint32_t *)(const void *)from->data[1];

    for (int y = 0; y < to->height; y++) {
        const uint8_t *in = from->data[0] + (ptrdiff_t)y * from->linesize[0];
        uint8_t *out = to->data[0] + (ptrdiff_t)y * to->linesize[0];
        for (int x = 0; x < to->width; x++)
            AV_WB24(out + 3 * x, colours[in[x]] & 0xffffff);
    }
}

static void palette_rgba(AVFrame *to, const AVFrame *from)
{
    const uint32_t *colours = (const uint32_t *)(const void *)from->data[1];

    for (int y = 0; y < to->height; y++) {
        const uint8_t *in = from->data[0] + (ptrdiff_t)y * from->linesize[0];
        uint8_t *out = to->data[0] + (ptrdiff_t)y * to->linesize[0];
        for (int x = 0; x < to->width; x++)
            AV_WB32(out + 4 * x, colours[in[x]] << 8 | colours[in[x]] >> 24);
    }
}

static void single_bits(AVFrame *to, const AVFrame *from)
{
    uint8_t flip = from->format == AV_PIX_FMT_MONOWHITE ? 0xff : 0;

    for (int y = 0; y < to->height; y++) {
        const uint8_t *in = from->data[0] + (ptrdiff_t)y * from->linesize[0];
        uint8_t *out = to->data[0] + (ptrdiff_t)y * to->linesize[0];
        for (int x = 0; x < to->width; x++)
            out[x] = (in[x >> 3] ^ flip) >> (7 - (x & 7)) & 1 ? 255 : 0;
    }
}

/* 5 or 6 bits of a colour, several of them in one number of 16. */
static void packed_bits(AVFrame *to, const AVFrame *from)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(from->format);

    for (int y = 0; y < to->height; y++) {
        const uint8_t *in = from->data[0] + (ptrdiff_t)y * from->linesize[0];
        uint8_t *out = to->data[0] + (ptrdiff_t)y * to->linesize[0];
        for (int x = 0; x < to->width; x++) {
            unsigned v = desc->flags & AV_PIX_FMT_FLAG_BE ? AV_RB16(in + 2 * x) : AV_RL16(in + 2 * x);
            for (int i = 0; i < 3; i++) {
                /* where a colour lies is told by its byte, other than 0 for the upper, and the shift in it */
                const AVComponentDescriptor *c = &desc->comp[i];
                int shift = c->shift + (c->offset ? 8 : 0);
                unsigned most = (1u << c->depth) - 1;
                out[3 * x + i] = (uint8_t)(((v >> shift & most) * 255 + most / 2) / most);
            }
        }
    }
}

static bool is_packed(const AVPixFmtDescriptor *desc)
{
    return desc->nb_components == 3 && desc->flags & AV_PIX_FMT_FLAG_RGB && !(desc->flags & AV_PIX_FMT_FLAG_PLANAR) &&
           desc->comp[0].depth < 8 && desc->comp[0].step == 2;
}

static int swap_bytes(struct rl_flow *flow, AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);

    if (av_frame_make_writable(frame) < 0)
        return rl_err_nomem(flow->err, "picture");
    for (int p = 0; p < 4 && frame->data[p]; p++) {
        bool chroma = (p == 1 || p == 2) && !(desc->flags & AV_PIX_FMT_FLAG_RGB);
        int height = chroma ? AV_CEIL_RSHIFT(frame->height, desc->log2_chroma_h) : frame->height;
        for (int y = 0; y < height; y++) {
            uint8_t *at = frame->data[p] + (ptrdiff_t)y * frame->linesize[p];
            for (int x = 0; x + 1 < frame->linesize[p]; x += 2)
                AV_WL16(at + x, AV_RB16(at + x));
        }
    }
    frame->format = av_pix_fmt_swap_endianness(frame->format);
    return 0;
}

/* Of another byte order than this machine's. */
static bool is_foreign(const AVPixFmtDescriptor *desc, enum AVPixelFormat format)
{
    enum AVPixelFormat other = av_pix_fmt_swap_endianness(format);
    const uint16_t one = 1;
    bool big_machine = !*(const uint8_t *)&one;

    return other != AV_PIX_FMT_NONE && !!(desc->flags & AV_PIX_FMT_FLAG_BE) != big_machine;
}

int rl_plain_frame(struct rl_flow *flow, AVFrame *frame, bool alpha)
{
    const AVPixFmtDescriptor *desc;

    frame->format = rl_plain_format(frame->format);
    if (!(desc = av_pix_fmt_desc_get(frame->format)))
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "a frame without a pixel format");
    if (frame->format == AV_PIX_FMT_PAL8)
        return replace(flow, frame, alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24, alpha ? palette_rgba : palette_rgb);
    if (frame->format == AV_PIX_FMT_MONOBLACK || frame->format == AV_PIX_FMT_MONOWHITE)
        return replace(flow, frame, AV_PIX_FMT_GRAY8, single_bits);
    if (is_packed(desc))
        return replace(flow, frame, AV_PIX_FMT_RGB24, packed_bits);
    if (desc->flags &
            (AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM) ||
        frame->format == AV_PIX_FMT_XYZ12LE || frame->format == AV_PIX_FMT_XYZ12BE || desc->comp[0].depth < 8 ||
        desc->comp[0].depth > 16)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "picture", "pixels of %s are not read", desc->name);
    return is_foreign(desc, frame->format) ? swap_bytes(flow, frame) : 0;
}
