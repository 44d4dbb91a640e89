#include "field.h"

#include <libavutil/pixdesc.h>

static void mean8(uint8_t *to, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)((a[i] + b[i] + 1) >> 1);
}

static void mean16(uint16_t *to, const uint16_t *a, const uint16_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint16_t)((a[i] + b[i] + 1) >> 1);
}

int rl_field_only(AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    const uint64_t other = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                           AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BE;

    if (!desc || desc->flags & other)
        return REEL_ERR_UNSUPPORTED;
    bool wide = desc->comp[0].depth > 8;
    if (av_frame_make_writable(frame) < 0)
        return REEL_ERR_NOMEM;
    for (int p = 0; p < 4 && frame->data[p]; p++) {
        int lines = -(-frame->height >> (p == 1 || p == 2 ? desc->log2_chroma_h : 0));
        size_t bytes = 0;
        for (int c = 0; c < desc->nb_components; c++) {
            int columns = c == 1 || c == 2 ? -(-frame->width >> desc->log2_chroma_w) : frame->width;
            size_t n = desc->comp[c].plane == p ? (size_t)columns * (size_t)desc->comp[c].step : 0;
            bytes = n > bytes ? n : bytes;
        }
        for (int y = 1; y < lines; y += 2) {
            uint8_t *at = frame->data[p] + (ptrdiff_t)y * frame->linesize[p];
            uint8_t *above = at - frame->linesize[p], *below = y + 1 < lines ? at + frame->linesize[p] : above;
            if (wide)
                mean16((uint16_t *)(void *)at, (uint16_t *)(void *)above, (uint16_t *)(void *)below, bytes / 2);
            else
                mean8(at, above, below, bytes);
        }
    }
    return 0;
}
