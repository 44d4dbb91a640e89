/*
 * Animated WebP, in one of two ways by what the frames are.
 *
 * RGBA (drawn pictures, and all that is lossless): libwebp's own animation encoder, which finds what has changed and
 * lays it over the frame before. It joins frames that are equal.
 *
 * YCbCr (video): that encoder would turn it into RGB and back. So each frame is encoded here as it is, the smallest
 * rectangle that holds all changes, put over the frame before without blending. Frames are as many as came.
 */
#include "write.h"

#if RL_HAVE_WEBP

#include "webp.h"

#include <libavutil/frame.h>
#include <limits.h>
#include <string.h>

struct rl_webp_animation {
    WebPAnimEncoder *drawn; /* for RGBA; else NULL */
    WebPMux *mux;           /* for YCbCr; else NULL */
    AVFrame *last, *part, *own;
    int64_t clock;          /* ms: where the frames so far end */
};

/* A rectangle; right and bottom are outside. */
struct box {
    int left, top, right, bottom;
};

static int mux_failed(struct rl_webp_writer *w, WebPMuxError error)
{
    return error == WEBP_MUX_MEMORY_ERROR
               ? rl_err_nomem(w->head.flow->err, "picture")
               : rl_err(w->head.flow->err, REEL_ERR_ENCODER, "picture", "libwebpmux: error %d", (int)error);
}

static WebPMuxAnimParams params_of(const struct rl_webp_writer *w)
{
    int32_t loops = w->head.params.loops;

    /* The file has 16 bits for it; more is as good as for ever. */
    return (WebPMuxAnimParams){ .bgcolor = 0, .loop_count = loops < 0 || loops > 65535 ? 0 : loops };
}

int rl_webp_animation_open(struct rl_webp_writer *w, const AVFrame *first)
{
    struct rl_flow *flow = w->head.flow;
    struct rl_webp_animation *a = rl_calloc(flow->env, 1, sizeof(*a));

    if (!a)
        return rl_err_nomem(flow->err, "picture");
    w->animation = a;
    a->last = av_frame_alloc();
    a->part = av_frame_alloc();
    a->own = av_frame_alloc();
    if (!a->last || !a->part || !a->own)
        return rl_err_nomem(flow->err, "picture");
    if (first->format == AV_PIX_FMT_RGBA) {
        WebPAnimEncoderOptions options;
        if (!WebPAnimEncoderOptionsInit(&options))
            return rl_err(flow->err, REEL_ERR_ENCODER, "picture", "another libwebpmux than this was built for");
        options.anim_params = params_of(w);
        a->drawn = WebPAnimEncoderNew(first->width, first->height, &options);
        return a->drawn ? 0 : rl_err_nomem(flow->err, "picture");
    }
    WebPMuxAnimParams params = params_of(w);
    a->mux = WebPMuxNew();
    if (!a->mux)
        return rl_err_nomem(flow->err, "picture");
    WebPMuxError error = WebPMuxSetCanvasSize(a->mux, first->width, first->height);
    if (error == WEBP_MUX_OK)
        error = WebPMuxSetAnimationParams(a->mux, &params);
    return error == WEBP_MUX_OK ? 0 : mux_failed(w, error);
}

/* Widens the box, in samples of a plane, by what differs there. */
static void plane_box(struct box *b, const uint8_t *now, int now_stride, const uint8_t *then, int then_stride,
                      int width, int height)
{
    for (int y = 0; y < height; y++, now += now_stride, then += then_stride) {
        int left = 0, right = width;
        if (memcmp(now, then, (size_t)width) == 0)
            continue;
        while (now[left] == then[left])
            left++;
        while (now[right - 1] == then[right - 1])
            right--;
        b->left = left < b->left ? left : b->left;
        b->right = right > b->right ? right : b->right;
        b->top = y < b->top ? y : b->top;
        b->bottom = y + 1;
    }
}

/* What has changed, with even corners; where nothing has, as little as can be encoded. */
static struct box changed(const AVFrame *now, const AVFrame *then)
{
    struct box all = { INT_MAX, INT_MAX, 0, 0 };

    for (int i = 0; i < 4 && now->data[i]; i++) {
        int shift = i == 1 || i == 2 ? 1 : 0;
        struct box b = { INT_MAX, INT_MAX, 0, 0 };
        plane_box(&b, now->data[i], now->linesize[i], then->data[i], then->linesize[i], (now->width + shift) >> shift,
                  (now->height + shift) >> shift);
        if (b.right == 0)
            continue;
        all.left = b.left << shift < all.left ? b.left << shift : all.left;
        all.top = b.top << shift < all.top ? b.top << shift : all.top;
        all.right = b.right << shift > all.right ? b.right << shift : all.right;
        all.bottom = b.bottom << shift > all.bottom ? b.bottom << shift : all.bottom;
    }
    if (all.right == 0)
        return (struct box){ 0, 0, 1, 1 };
    all.left &= ~1;
    all.top &= ~1;
    all.right = all.right > now->width ? now->width : all.right;
    all.bottom = all.bottom > now->height ? now->height : all.bottom;
    return all;
}

static int cut_out(struct rl_webp_writer *w, const AVFrame *frame, const struct box *b)
{
    AVFrame *part = w->animation->part;

    av_frame_unref(part);
    if (av_frame_ref(part, frame) < 0)
        return rl_err_nomem(w->head.flow->err, "picture");
    for (int i = 0; i < 4 && part->data[i]; i++) {
        int shift = i == 1 || i == 2 ? 1 : 0;
        part->data[i] += (b->top >> shift) * (ptrdiff_t)part->linesize[i] + (b->left >> shift);
    }
    part->width = b->right - b->left;
    part->height = b->bottom - b->top;
    return 0;
}

/* To even times in ms without drift: the rounding of one frame is made up for by the next. */
static int span_of(struct rl_webp_animation *a, int64_t end)
{
    int64_t ms = (end + 500) / 1000 - a->clock;

    ms = ms < 1 ? 1 : ms > 0xffffff ? 0xffffff : ms; /* 24 bits */
    a->clock += ms;
    return (int)ms;
}

static int add_video(struct rl_webp_writer *w, const AVFrame *frame, int64_t end)
{
    struct rl_webp_animation *a = w->animation;
    struct rl_flow *flow = w->head.flow;
    struct box b = { 0, 0, frame->width, frame->height };
    struct rl_buf bytes;
    WebPPicture picture;
    int rc;

    if (a->last->data[0])
        b = changed(frame, a->last);
    rc = cut_out(w, frame, &b);
    if (rc < 0)
        return rc;
    rl_buf_init(&bytes, flow->env);
    rc = rl_webp_picture(w, &picture, a->part, a->own);
    if (rc >= 0)
        rc = rl_webp_encode(w, &picture, &bytes);
    WebPPictureFree(&picture);
    av_frame_unref(a->own);
    av_frame_unref(a->part);
    if (rc >= 0) {
        WebPMuxFrameInfo info = { .bitstream = { bytes.data, bytes.size }, .x_offset = b.left, .y_offset = b.top,
                                  .duration = span_of(a, end), .id = WEBP_CHUNK_ANMF,
                                  .dispose_method = WEBP_MUX_DISPOSE_NONE, .blend_method = WEBP_MUX_NO_BLEND };
        WebPMuxError error = WebPMuxPushFrame(a->mux, &info, 1);
        rc = error == WEBP_MUX_OK ? 0 : mux_failed(w, error);
    }
    rl_buf_free(&bytes);
    av_frame_unref(a->last);
    if (rc >= 0 && av_frame_ref(a->last, frame) < 0)
        rc = rl_err_nomem(flow->err, "picture");
    return rc;
}

static int drawn_failed(struct rl_webp_writer *w, const WebPPicture *picture)
{
    const char *text = WebPAnimEncoderGetError(w->animation->drawn);

    if (rl_flow_cancelled(w->head.flow))
        return rl_webp_failed(w, VP8_ENC_ERROR_USER_ABORT);
    if ((picture && picture->error_code == VP8_ENC_ERROR_OUT_OF_MEMORY) || (text && strstr(text, "emory")))
        return rl_err_nomem(w->head.flow->err, "picture");
    return rl_err(w->head.flow->err, REEL_ERR_ENCODER, "picture", "libwebpmux: %s", text ? text : "unknown error");
}

static int add_drawn(struct rl_webp_writer *w, const AVFrame *frame, int64_t end)
{
    struct rl_webp_animation *a = w->animation;
    WebPPicture picture;
    int rc = rl_webp_picture(w, &picture, frame, a->own);

    if (rc >= 0 && a->clock > INT_MAX - 0xffffff)
        rc = rl_err(w->head.flow->err, REEL_ERR_UNSUPPORTED, "picture", "WebP holds no animation of over 24 days");
    if (rc >= 0 && !WebPAnimEncoderAdd(a->drawn, &picture, (int)a->clock, &w->config))
        rc = drawn_failed(w, &picture);
    WebPPictureFree(&picture);
    span_of(a, end);
    return rc;
}

int rl_webp_animation_add(struct rl_webp_writer *w, const AVFrame *frame, int64_t start, int64_t duration)
{
    return w->animation->drawn ? add_drawn(w, frame, start + duration) : add_video(w, frame, start + duration);
}

int rl_webp_animation_finish(struct rl_webp_writer *w, WebPMux **mux)
{
    struct rl_webp_animation *a = w->animation;
    WebPData whole = { NULL, 0 };

    if (!a->drawn) {
        *mux = a->mux;
        a->mux = NULL;
        return 0;
    }
    *mux = NULL;
    /* Times are those of starts: without the end the last frame has no duration. */
    if (!WebPAnimEncoderAdd(a->drawn, NULL, (int)a->clock, NULL) || !WebPAnimEncoderAssemble(a->drawn, &whole))
        return drawn_failed(w, NULL);
    *mux = WebPMuxCreate(&whole, 1);
    WebPDataClear(&whole);
    return *mux ? 0 : rl_err_nomem(w->head.flow->err, "picture");
}

void rl_webp_animation_close(struct rl_webp_writer *w)
{
    struct rl_webp_animation *a = w->animation;

    if (!a)
        return;
    if (a->drawn)
        WebPAnimEncoderDelete(a->drawn);
    if (a->mux)
        WebPMuxDelete(a->mux);
    av_frame_free(&a->last);
    av_frame_free(&a->part);
    av_frame_free(&a->own);
    rl_free(w->head.flow->env, a);
    w->animation = NULL;
}

#endif
