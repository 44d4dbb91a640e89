/*
 * A HEIF file of a sequence alone (brand msf1 or hevc, no still picture in it) is a film of HEVC in all but name, so libavformat reads it
 * from memory and libavcodec decodes it.
 */
#include "heif.h"

#include "../../../base/time.h"
#include "../../allow.h"
#include "../../compat.h"
#include "../../probe/probe.h"

#include <libavutil/mem.h>
#include <stdio.h>
#include <string.h>

#define IO_BUFFER 32768

struct sequence {
    struct rl_still head;
    AVFormatContext *format;
    AVIOContext *io;
    AVCodecContext *codec;
    AVPacket *packet;
    AVStream *stream;
    size_t at;     /* of the next byte that the demuxer reads */
    int64_t first; /* pts of the first frame, in the stream's time base; AV_NOPTS_VALUE before it */
    int64_t time;  /* end of the frame before, us */
    uint32_t given;
    bool drained;
};

static void sequence_close(struct rl_still *still)
{
    struct sequence *q = (struct sequence *)still;

    avcodec_free_context(&q->codec);
    avformat_close_input(&q->format);
    if (q->io)
        av_freep(&q->io->buffer);
    avio_context_free(&q->io);
    av_packet_free(&q->packet);
    rl_free(still->flow->env, q);
}

static int read_bytes(void *opaque, uint8_t *to, int size)
{
    struct sequence *q = opaque;
    size_t left = q->head.size - q->at, n = size < 0 ? 0 : (size_t)size;

    if (!left)
        return AVERROR_EOF;
    if (n > left)
        n = left;
    memcpy(to, q->head.data + q->at, n);
    q->at += n;
    return (int)n;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence)
{
    struct sequence *q = opaque;
    int64_t size = (int64_t)q->head.size, to;

    whence &= ~AVSEEK_FORCE;
    if (whence == AVSEEK_SIZE)
        return size;
    to = whence == SEEK_CUR ? (int64_t)q->at + offset : whence == SEEK_END ? size + offset : offset;
    if (to < 0)
        return AVERROR(EINVAL);
    q->at = to > size ? (size_t)size : (size_t)to;
    return to;
}

static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)format, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EPERM);
}

static int open_demuxer(struct sequence *q)
{
    reel_error *err = q->head.flow->err;
    const AVInputFormat *mov = rl_allow_demuxer("mov");
    uint8_t *buffer = av_malloc(IO_BUFFER);
    AVDictionary *options = NULL;

    q->io = buffer ? avio_alloc_context(buffer, IO_BUFFER, 0, q, read_bytes, NULL, seek_bytes) : NULL;
    if (!q->io) {
        av_free(buffer);
        return rl_err_nomem(err, "picture");
    }
    q->format = avformat_alloc_context();
    if (!q->format)
        return rl_err_nomem(err, "picture");
    q->format->pb = q->io;
    q->format->io_open = refuse_open;
    q->format->max_streams = 64;
    q->format->protocol_whitelist = av_strdup("");
    q->format->codec_whitelist = av_strdup("hevc");
    if (!q->format->protocol_whitelist || !q->format->codec_whitelist ||
        av_dict_set(&options, "enable_drefs", "0", 0) < 0) {
        av_dict_free(&options);
        return rl_err_nomem(err, "picture");
    }
    int rc = mov ? avformat_open_input(&q->format, "", mov, &options) : AVERROR_DEMUXER_NOT_FOUND;
    av_dict_free(&options);
    if (rc < 0)
        return rl_err(err, REEL_ERR_INVALID_DATA, "picture", "HEIF: the tracks of the sequence are not readable");
    return 0;
}

/* The first track of HEVC, one that is enabled where there is one: others are thumbnails and alpha. */
static int open_decoder(struct sequence *q)
{
    struct rl_flow *flow = q->head.flow;
    const AVCodec *codec = rl_allow_decoder(AV_CODEC_ID_HEVC);

    for (unsigned i = 0; i < q->format->nb_streams; i++) {
        AVStream *st = q->format->streams[i];
        bool enabled = st->disposition & AV_DISPOSITION_DEFAULT;
        if (st->codecpar->codec_id == AV_CODEC_ID_HEVC &&
            (!q->stream || (enabled && !(q->stream->disposition & AV_DISPOSITION_DEFAULT))))
            q->stream = st;
    }
    if (!q->stream || !codec)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "picture", "HEIF: no track that this build decodes");
    for (unsigned i = 0; i < q->format->nb_streams; i++)
        if (q->format->streams[i] != q->stream)
            q->format->streams[i]->discard = AVDISCARD_ALL;

    q->packet = av_packet_alloc();
    q->codec = avcodec_alloc_context3(codec);
    if (!q->packet || !q->codec || avcodec_parameters_to_context(q->codec, q->stream->codecpar) < 0)
        return rl_err_nomem(flow->err, "picture");
    uint64_t pixels = flow->env->limits.pixels;
    q->codec->max_pixels = pixels > INT_MAX ? INT_MAX : (int64_t)pixels;
    q->codec->log_level_offset = RL_LOG_SILENT;
    q->codec->pkt_timebase = q->stream->time_base;
    q->codec->thread_count = q->head.hint.first_only ? 1 : q->head.hint.threads > 16 ? 16 : q->head.hint.threads;
    if (avcodec_open2(q->codec, codec, NULL) < 0)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "picture", "HEIF: the decoder refuses the sequence");
    return 0;
}

static int64_t to_us(const struct sequence *q, int64_t ticks)
{
    AVRational tb = q->stream->time_base;

    return rl_rescale(ticks, (reel_ratio){ tb.num, tb.den }, RL_US);
}

static int read_info(struct sequence *q)
{
    struct rl_still_info *info = &q->head.info;
    const AVCodecContext *c = q->codec;
    enum AVPixelFormat format = rl_plain_format(c->pix_fmt);
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    struct rl_stream turned = { 0 };
    size_t size = 0;
    int rc = rl_still_check_size(q->head.flow, c->width, c->height);

    if (rc < 0)
        return rc;
    if (!desc)
        return rl_err(q->head.flow->err, REEL_ERR_UNSUPPORTED, "picture",
                      "HEIF: the sequence does not tell its format");
    info->width = c->width;
    info->height = c->height;
    info->pixel_format = format;
    info->bit_depth = desc->comp[0].depth;
    info->colour = rl_code_points((int)c->color_primaries, (int)c->color_trc, (int)c->colorspace,
                                  c->color_range == AVCOL_RANGE_JPEG, desc->log2_chroma_w > 0);
    info->colour.chroma_location = desc->log2_chroma_w ? (int32_t)c->chroma_sample_location : 0;
    const uint8_t *matrix = rl_stream_side_data(q->stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (matrix && size >= 9 * sizeof(int32_t)) {
        int32_t m[9];
        memcpy(m, matrix, sizeof(m));
        rl_probe_matrix(&turned, m);
        info->mirrored = turned.mirrored;
        info->rotation = turned.rotation;
    }
    info->frames = q->stream->nb_frames > 0 && q->stream->nb_frames < UINT32_MAX ? (uint32_t)q->stream->nb_frames : 0;
    if (info->frames > q->head.flow->env->limits.frames)
        return rl_err(q->head.flow->err, REEL_ERR_LIMIT_FRAMES, "picture", "%u frames are over the limit",
                      info->frames);
    if (info->frames != 1 && q->stream->duration != AV_NOPTS_VALUE && q->stream->duration > 0)
        info->duration = to_us(q, q->stream->duration);
    return 0;
}

/* One packet more for the decoder, or the word that there is none. */
static int feed(struct sequence *q)
{
    struct rl_still *s = &q->head;
    int rc = av_read_frame(q->format, q->packet);

    if (rc < 0) {
        q->drained = true;
        if (rc != AVERROR_EOF)
            s->damage++;
        return avcodec_send_packet(q->codec, NULL);
    }
    if (q->packet->stream_index == q->stream->index && avcodec_send_packet(q->codec, q->packet) < 0)
        s->damage++;
    av_packet_unref(q->packet);
    return 0;
}

static int sequence_read(struct rl_still *still, AVFrame *frame)
{
    struct sequence *q = (struct sequence *)still;
    const struct rl_colour *colour = &still->info.colour;
    int rc;

    while ((rc = avcodec_receive_frame(q->codec, frame)) < 0) {
        if (rl_flow_cancelled(still->flow))
            return rl_err(still->flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
        if (rc == AVERROR_EOF || q->drained) {
            if (q->given)
                return REEL_END;
            return rl_err(still->flow->err, REEL_ERR_INVALID_DATA, "picture",
                          "HEIF: no frame of the sequence can be decoded");
        }
        if (rc != AVERROR(EAGAIN))
            still->damage++;
        if (feed(q) < 0)
            q->drained = true;
    }
    frame->format = rl_plain_format(frame->format);
    frame->color_primaries = (enum AVColorPrimaries)colour->primaries;
    frame->color_trc = (enum AVColorTransferCharacteristic)colour->transfer;
    frame->colorspace = (enum AVColorSpace)colour->matrix;
    frame->color_range = colour->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    frame->chroma_location = (enum AVChromaLocation)colour->chroma_location;
    frame->pict_type = AV_PICTURE_TYPE_NONE;

    int64_t pts = frame->best_effort_timestamp, length = rl_frame_duration(frame);
    if (q->first == AV_NOPTS_VALUE)
        q->first = pts;
    int64_t start = pts == AV_NOPTS_VALUE || q->first == AV_NOPTS_VALUE ? q->time : to_us(q, pts - q->first);
    if (start < q->time)
        start = q->time;
    frame->pts = start;
    rl_frame_set_duration(frame, length > 0 ? to_us(q, length) : 0);
    q->time = start + (length > 0 ? to_us(q, length) : 0);
    q->given++;
    return 0;
}

static const struct rl_still_ops sequence_ops = { sequence_read, sequence_close };

int rl_heif_open_sequence(struct rl_still **out, const struct rl_still *head)
{
    struct sequence *q = rl_calloc(head->flow->env, 1, sizeof(*q));
    int rc;

    *out = NULL;
    if (!q)
        return rl_err_nomem(head->flow->err, "picture");
    q->head = *head;
    q->head.ops = &sequence_ops;
    q->first = AV_NOPTS_VALUE;
    rc = open_demuxer(q);
    if (rc == 0)
        rc = open_decoder(q);
    if (rc == 0)
        rc = read_info(q);
    if (rc < 0) {
        sequence_close(&q->head);
        return rc;
    }
    *out = &q->head;
    return 0;
}
