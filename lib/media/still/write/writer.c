/* The writers' front: which one it is, frames in their order and times. */
#include "write.h"

#include "../../compat.h"

#include <libavutil/pixdesc.h>

/* Of a frame that neither says its duration nor has one before it. */
#define SOME_DURATION 100000

int32_t rl_writer_max_side(int32_t format)
{
    return format == RL_STILL_WEBP ? 16383 : 65535;
}

bool rl_writer_present(int32_t format)
{
    return format == RL_STILL_WEBP   ? rl_writer_webp_present()
           : format == RL_STILL_AVIF ? rl_writer_avif_present()
                                     : false;
}

static const char *name_of(int32_t format)
{
    return format == RL_STILL_WEBP ? "WebP" : "AVIF";
}

int rl_writer_open(struct rl_writer **out, struct rl_flow *flow, const struct rl_writer_params *params)
{
    struct rl_writer head = { .flow = flow, .params = *params, .format = AV_PIX_FMT_NONE };
    int32_t most = rl_writer_max_side(params->format);

    *out = NULL;
    if (params->format != RL_STILL_WEBP && params->format != RL_STILL_AVIF)
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "no picture format %d", (int)params->format);
    if (!rl_writer_present(params->format))
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "picture", "this build does not write %s",
                      name_of(params->format));
    if (params->width < 1 || params->height < 1 || params->width > most || params->height > most)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "picture", "%s holds at most %d px a side, not %dx%d",
                      name_of(params->format), (int)most, (int)params->width, (int)params->height);
    head.params.threads = params->threads < 1 ? 1 : params->threads > 64 ? 64 : params->threads;
    head.params.speed = params->speed < 0 ? 0 : params->speed > 9 ? 9 : params->speed;
    return params->format == RL_STILL_WEBP ? rl_writer_open_webp(out, &head) : rl_writer_open_avif(out, &head);
}

/* Writes the frame that was held back, which lasts until `end`. */
static int let_go(struct rl_writer *w, int64_t end, bool single)
{
    int rc = w->ops->add(w, w->held, w->start, end - w->start, single);

    av_frame_unref(w->held);
    return rc;
}

int rl_writer_add(struct rl_writer *w, const AVFrame *frame)
{
    struct rl_flow *flow = w->flow;
    int64_t start = frame->pts == AV_NOPTS_VALUE ? INT64_MIN : frame->pts, length = rl_frame_duration(frame);
    int rc = 0;

    if (rl_flow_cancelled(flow))
        return rl_err(flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
    if (frame->width != w->params.width || frame->height != w->params.height ||
        (w->frames && frame->format != (int)w->format))
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "a frame of %dx%d %s does not fit a picture of %dx%d",
                      frame->width, frame->height, av_get_pix_fmt_name((enum AVPixelFormat)frame->format),
                      (int)w->params.width, (int)w->params.height);
    if (w->frames && !w->params.animated)
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "a second frame in a still");
    if (!w->held && !(w->held = av_frame_alloc()))
        return rl_err_nomem(flow->err, "picture");
    if (!w->frames) {
        start = 0;
        w->format = (enum AVPixelFormat)frame->format;
    } else {
        if (start <= w->start)
            start = w->start + (w->length > 0 ? w->length : SOME_DURATION);
        rc = let_go(w, start, false);
        if (length <= 0)
            length = start - w->start;
    }
    if (rc < 0)
        return rc;
    w->start = start;
    w->length = length;
    w->frames++;
    return av_frame_ref(w->held, frame) < 0 ? rl_err_nomem(flow->err, "picture") : 0;
}

int rl_writer_finish(struct rl_writer *w, struct rl_buf *file)
{
    struct rl_flow *flow = w->flow;

    if (!w->frames)
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "a picture without a frame");
    if (rl_flow_cancelled(flow))
        return rl_err(flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
    int rc = let_go(w, w->start + (w->length > 0 ? w->length : SOME_DURATION), w->frames == 1);
    if (rc >= 0)
        rc = w->ops->finish(w, file);
    return rc < 0 ? rc : file->failed ? rl_err_nomem(flow->err, "picture") : 0;
}

uint64_t rl_writer_frames(const struct rl_writer *w)
{
    return w->frames;
}

void rl_writer_close(struct rl_writer **writer)
{
    struct rl_writer *w = *writer;

    *writer = NULL;
    if (!w)
        return;
    av_frame_free(&w->held);
    w->ops->close(w);
}
