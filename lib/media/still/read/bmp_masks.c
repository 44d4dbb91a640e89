/* BMPs whose pixels are numbers with a mask for each colour: libavcodec knows a few masks, but any may come. */
#include "coded.h"

#include <libavutil/intreadwrite.h>
#include <string.h>

struct mask {
    uint32_t bits;
    int shift;
    uint32_t most;
};

static struct mask mask_of(uint32_t bits)
{
    struct mask m = { bits, 0, 0 };

    while (bits && !(bits >> m.shift & 1))
        m.shift++;
    m.most = bits >> m.shift;
    return m;
}

static uint8_t part(uint32_t pixel, const struct mask *m)
{
    return m->most ? (uint8_t)(((uint64_t)((pixel & m->bits) >> m->shift) * 255 + m->most / 2) / m->most) : 0;
}

static void fill_row(uint8_t *to, const uint8_t *from, int width, int bytes, const struct mask masks[4], int step)
{
    for (int x = 0; x < width; x++, to += step) {
        uint32_t pixel = bytes == 4 ? AV_RL32(from + 4 * (size_t)x) : AV_RL16(from + 2 * (size_t)x);
        for (int i = 0; i < step; i++)
            to[i] = part(pixel, &masks[i]);
    }
}

int rl_bmp_masks(struct rl_still *head, AVFrame *frame)
{
    const uint8_t *p = head->data;
    uint32_t size, bits, packing, at;
    struct mask masks[4] = { { 0 } };
    bool upside, alpha;
    size_t stride;

    if (head->size < 70)
        return REEL_END;
    at = AV_RL32(p + 10);
    size = AV_RL32(p + 14);
    upside = (int32_t)AV_RL32(p + 22) > 0;
    bits = AV_RL16(p + 28);
    packing = AV_RL32(p + 30);
    alpha = size >= 56 || packing == 6;
    if (size < 40 || (packing != 3 && packing != 6) || (bits != 16 && bits != 32))
        return REEL_END;
    for (size_t i = 0; i < (alpha ? 4 : 3); i++)
        masks[i] = mask_of(AV_RL32(p + 54 + 4 * i));
    alpha = masks[3].bits != 0;
    frame->format = alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
    frame->width = head->info.width;
    frame->height = head->info.height;
    if (av_frame_get_buffer(frame, 0) < 0)
        return rl_err_nomem(head->flow->err, "bmp");
    stride = ((size_t)frame->width * bits + 31) / 32 * 4;
    for (int y = 0; y < frame->height; y++) {
        uint8_t *to = frame->data[0] + (ptrdiff_t)(upside ? frame->height - 1 - y : y) * frame->linesize[0];
        uint64_t from = at + (uint64_t)y * stride;
        if (from + (size_t)frame->width * bits / 8 <= head->size)
            fill_row(to, p + from, frame->width, (int)bits / 8, masks, alpha ? 4 : 3);
        else
            memset(to, 128, (size_t)frame->linesize[0]);
    }
    return 0;
}
