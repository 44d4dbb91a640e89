#include "tiles.h"

#include <libavutil/imgutils.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

enum { VERSION = 1, HEAD = 12, ROW = 20, MAX_SIDE = 8192 };

static size_t bytes_of(int width, int height)
{
    size_t cw = (size_t)(width + 1) / 2, ch = (size_t)(height + 1) / 2;

    return (size_t)width * (size_t)height + 2 * cw * ch;
}

void rl_tiles_begin(struct rl_tiles *tiles, const struct rl_env *env)
{
    tiles->count = 0;
    rl_buf_init(&tiles->data, env);
    rl_buf_add(&tiles->data, "RLTP", 4);
    rl_buf_be32(&tiles->data, VERSION);
    rl_buf_be32(&tiles->data, 0); /* the number, known at the end */
}

int rl_tiles_add(struct rl_tiles *tiles, const AVFrame *frame, uint32_t flags)
{
    struct rl_buf *b = &tiles->data;

    if (frame->format != AV_PIX_FMT_YUV420P || frame->width < 1 || frame->height < 1 || frame->width > MAX_SIDE ||
        frame->height > MAX_SIDE)
        return REEL_ERR_INVALID_ARG;
    size_t size = bytes_of(frame->width, frame->height);
    rl_buf_be64(b, (uint64_t)frame->pts);
    rl_buf_be16(b, (unsigned)frame->width);
    rl_buf_be16(b, (unsigned)frame->height);
    rl_buf_be32(b, flags);
    rl_buf_be32(b, (uint32_t)size);
    uint8_t *to = rl_buf_room(b, size);
    if (to && av_image_copy_to_buffer(to, (int)size, (const uint8_t *const *)frame->data, frame->linesize,
                                      frame->format, frame->width, frame->height, 1) == (int)size)
        b->size += size;
    tiles->count++;
    return 0;
}

int rl_tiles_end(struct rl_tiles *tiles)
{
    if (tiles->data.failed)
        return REEL_ERR_NOMEM;
    AV_WB32(tiles->data.data + 8, tiles->count);
    return 0;
}

void rl_tiles_free(struct rl_tiles *tiles) { rl_buf_free(&tiles->data); }

int rl_tiles_read(struct rl_tiles_reader *r, const uint8_t *data, size_t size)
{
    if (size < HEAD || memcmp(data, "RLTP", 4) != 0 || AV_RB32(data + 4) != VERSION)
        return REEL_ERR_INVALID_DATA;
    *r = (struct rl_tiles_reader){ .data = data, .size = size, .at = HEAD, .left = AV_RB32(data + 8) };
    return 0;
}

int rl_tiles_next(struct rl_tiles_reader *r, AVFrame *frame, uint32_t *flags)
{
    if (r->left == 0)
        return r->at == r->size ? REEL_END : REEL_ERR_INVALID_DATA;
    if (r->size - r->at < ROW)
        return REEL_ERR_INVALID_DATA;
    const uint8_t *row = r->data + r->at;
    int width = AV_RB16(row + 8), height = AV_RB16(row + 10);
    size_t size = AV_RB32(row + 16);
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || size != bytes_of(width, height) ||
        size > r->size - r->at - ROW)
        return REEL_ERR_INVALID_DATA;
    uint8_t *planes[4];
    int lines[4];
    av_frame_unref(frame);
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0 ||
        av_image_fill_arrays(planes, lines, row + ROW, AV_PIX_FMT_YUV420P, width, height, 1) < 0)
        return REEL_ERR_NOMEM;
    av_image_copy(frame->data, frame->linesize, (const uint8_t **)(void *)planes, lines, AV_PIX_FMT_YUV420P, width,
                  height);
    frame->pts = (int64_t)AV_RB64(row);
    frame->color_range = AVCOL_RANGE_MPEG;
    frame->colorspace = AVCOL_SPC_SMPTE170M;
    frame->color_primaries = AVCOL_PRI_BT709;
    frame->color_trc = AVCOL_TRC_IEC61966_2_1;
    *flags = AV_RB32(row + 12);
    r->at += ROW + size;
    r->left--;
    return 0;
}
