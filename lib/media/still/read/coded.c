#include "coded.h"

#include "../../allow.h"

#include <string.h>
#include <zlib.h>

int rl_still_open_coded(struct rl_still **out, const struct rl_still *head, const char *type)
{
    if (!strcmp(type, "png"))
        return rl_still_open_png(out, head);
    if (!strcmp(type, "gif"))
        return rl_still_open_gif(out, head);
    return rl_still_open_whole(out, head, !strcmp(type, "tiff"));
}

/* Where a file ends early the rows that are missing are not written to by the decoder. */
static int gray_buffer(AVCodecContext *codec, AVFrame *frame, int flags)
{
    int rc = avcodec_default_get_buffer2(codec, frame, flags);

    for (int p = 0; rc >= 0 && p < AV_NUM_DATA_POINTERS && frame->buf[p]; p++)
        memset(frame->buf[p]->data, 128, frame->buf[p]->size);
    return rc;
}

int rl_coded_open(AVCodecContext **out, struct rl_flow *flow, enum AVCodecID id)
{
    const AVCodec *codec = rl_allow_picture(id);
    AVCodecContext *c;
    int rc;

    *out = NULL;
    if (!codec)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "picture", "FFmpeg has no decoder for %s here",
                      avcodec_get_name(id));
    if (!(c = avcodec_alloc_context3(codec)))
        return rl_err_nomem(flow->err, "picture");
    c->log_level_offset = RL_LOG_SILENT;
    c->thread_count = 1;
    c->max_pixels = (int64_t)(flow->env->limits.pixels < INT32_MAX ? flow->env->limits.pixels : INT32_MAX);
    if ((rc = avcodec_open2(c, codec, NULL)) < 0) {
        avcodec_free_context(&c);
        return rc == AVERROR(ENOMEM)
                   ? rl_err_nomem(flow->err, "picture")
                   : rl_err(flow->err, REEL_ERR_DECODER, "picture", "the decoder %s does not open", codec->name);
    }
    *out = c;
    return 0;
}

static int explain(struct rl_flow *flow, const AVCodecContext *c, int rc)
{
    if (rc == AVERROR(ENOMEM))
        return rl_err_nomem(flow->err, "picture");
    if (rc == AVERROR_PATCHWELCOME || rc == AVERROR(ENOSYS))
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "picture", "a kind of %s that is not read",
                      avcodec_get_name(c->codec_id));
    return rl_err(flow->err, REEL_ERR_INVALID_DATA, "picture", "the picture cannot be decoded");
}

int rl_coded_frame(AVCodecContext *c, struct rl_flow *flow, const AVPacket *packet, int32_t width, int32_t height,
                   bool gray, AVFrame *frame)
{
    int rc;

    c->get_buffer2 = gray ? gray_buffer : avcodec_default_get_buffer2;
    rc = avcodec_send_packet(c, packet);
    if (rc >= 0 && (rc = avcodec_receive_frame(c, frame)) == AVERROR(EAGAIN) &&
        (rc = avcodec_send_packet(c, NULL)) >= 0)
        rc = avcodec_receive_frame(c, frame);
    avcodec_flush_buffers(c);
    if (rc < 0)
        return explain(flow, c, rc);
    if ((rc = rl_still_check_size(flow, frame->width, frame->height)) == 0 && width &&
        (frame->width != width || frame->height != height))
        rc = rl_err(flow->err, REEL_ERR_INVALID_DATA, "picture", "the picture is not of the size that its header says");
    if (rc < 0)
        av_frame_unref(frame);
    return rc;
}

bool rl_inflate(struct rl_buf *out, const uint8_t *data, size_t size, size_t most)
{
    z_stream z = { .next_in = (uint8_t *)(uintptr_t)data, .avail_in = (uInt)(size < UINT32_MAX ? size : UINT32_MAX) };
    size_t start = out->size;
    int rc = Z_OK;

    if (inflateInit(&z) != Z_OK)
        return false;
    while (rc == Z_OK && out->size - start < most) {
        size_t room = most - (out->size - start) < 16384 ? most - (out->size - start) : 16384;
        if (!(z.next_out = rl_buf_room(out, room)))
            break;
        z.avail_out = (uInt)room;
        rc = inflate(&z, Z_NO_FLUSH);
        out->size += room - z.avail_out;
    }
    inflateEnd(&z);
    if (rc == Z_STREAM_END)
        return true;
    if (!out->failed)
        out->size = start;
    return false;
}
