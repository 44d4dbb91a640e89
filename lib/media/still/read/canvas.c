#include "canvas.h"

#include <libavutil/imgutils.h>
#include <string.h>

static AVFrame *blank(enum AVPixelFormat format, int32_t width, int32_t height)
{
    AVFrame *frame = av_frame_alloc();

    if (!frame)
        return NULL;
    frame->format = format;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0)
        av_frame_free(&frame);
    else
        memset(frame->data[0], 0, (size_t)frame->linesize[0] * (size_t)height);
    return frame;
}

int rl_canvas_open(struct rl_canvas *c, struct rl_flow *flow, enum AVPixelFormat format, int32_t width, int32_t height)
{
    *c = (struct rl_canvas){ .bytes = format == AV_PIX_FMT_RGBA ? 4 : 8 };
    c->frame = blank(format, width, height);
    return c->frame ? 0 : rl_err_nomem(flow->err, "picture");
}

static uint8_t *row(const struct rl_canvas *c, const AVFrame *frame, int32_t x, int32_t y)
{
    return frame->data[0] + (ptrdiff_t)y * frame->linesize[0] + (ptrdiff_t)x * c->bytes;
}

static void copy_area(const struct rl_canvas *c, AVFrame *to, const AVFrame *from)
{
    const struct rl_area *a = &c->area;

    for (int32_t y = a->y; y < a->y + a->height; y++)
        memcpy(row(c, to, a->x, y), row(c, from, a->x, y), (size_t)a->width * (size_t)c->bytes);
}

int rl_canvas_begin(struct rl_canvas *c, struct rl_flow *flow, const struct rl_area *area, enum rl_dispose dispose)
{
    const struct rl_area *a = &c->area;

    if (av_frame_make_writable(c->frame) < 0)
        return rl_err_nomem(flow->err, "picture");
    if (c->dispose == RL_DISPOSE_BACKGROUND)
        for (int32_t y = a->y; y < a->y + a->height; y++)
            memset(row(c, c->frame, a->x, y), 0, (size_t)a->width * (size_t)c->bytes);
    else if (c->dispose == RL_DISPOSE_PREVIOUS)
        copy_area(c, c->frame, c->saved);
    c->area = *area;
    c->dispose = dispose;
    if (dispose != RL_DISPOSE_PREVIOUS)
        return 0;
    if (!c->saved)
        c->saved = blank(c->frame->format, c->frame->width, c->frame->height);
    if (!c->saved)
        return rl_err_nomem(flow->err, "picture");
    copy_area(c, c->saved, c->frame);
    return 0;
}

/* One over the other, neither premultiplied; most is what opaque is: 255 or 65535. */
static inline uint64_t mix(uint64_t over, uint64_t over_alpha, uint64_t under, uint64_t under_alpha, uint64_t most)
{
    uint64_t rest = under_alpha * (most - over_alpha), all = over_alpha * most + rest;

    return all ? (over * over_alpha * most + under * rest + all / 2) / all : 0;
}

static void over8(uint8_t *to, const uint8_t *from, int32_t n)
{
    for (; n; n--, to += 4, from += 4) {
        if (from[3] == 255 || !to[3]) {
            memcpy(to, from, 4);
        } else if (from[3]) {
            for (int i = 0; i < 3; i++)
                to[i] = (uint8_t)mix(from[i], from[3], to[i], to[3], 255);
            to[3] = (uint8_t)(from[3] + (to[3] * (255 - from[3]) + 127) / 255);
        }
    }
}

static void over16(uint16_t *to, const uint16_t *from, int32_t n)
{
    for (; n; n--, to += 4, from += 4) {
        if (from[3] == 65535 || !to[3]) {
            memcpy(to, from, 8);
        } else if (from[3]) {
            for (int i = 0; i < 3; i++)
                to[i] = (uint16_t)mix(from[i], from[3], to[i], to[3], 65535);
            to[3] = (uint16_t)(from[3] + ((uint64_t)to[3] * (65535u - from[3]) + 32767) / 65535);
        }
    }
}

void rl_canvas_lay(struct rl_canvas *c, const AVFrame *picture, bool over)
{
    const struct rl_area *a = &c->area;

    for (int32_t y = 0; y < a->height; y++) {
        uint8_t *to = row(c, c->frame, a->x, a->y + y);
        const uint8_t *from = row(c, picture, 0, y);
        if (!over)
            memcpy(to, from, (size_t)a->width * (size_t)c->bytes);
        else if (c->bytes == 4)
            over8(to, from, a->width);
        else
            over16((uint16_t *)(void *)to, (const uint16_t *)(const void *)from, a->width);
    }
}

int rl_canvas_give(struct rl_canvas *c, struct rl_flow *flow, AVFrame *out)
{
    return av_frame_ref(out, c->frame) < 0 ? rl_err_nomem(flow->err, "picture") : 0;
}

void rl_canvas_close(struct rl_canvas *c)
{
    av_frame_free(&c->frame);
    av_frame_free(&c->saved);
}
