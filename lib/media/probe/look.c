#include "../compat.h"
#include "../decode/decode.h"
#include "peek.h"
#include "probe.h"

#include <libavutil/avstring.h>
#include <reel/input.h>
#include <string.h>

/* How far to read for the first frames: packets of all streams, and bytes. */
#define MAX_PACKETS 4000
#define MAX_BYTES (48 << 20)
/* Packets to look at for a frame rate that the container does not tell. */
#define RATE_PACKETS 40

/* One stream that is looked at. */
struct eye {
    struct rl_flow flow; /* with an error of its own: a stream that does not decode is a fact, not a failure */
    reel_error err;
    struct rl_step *decode; /* NULL: not decoded, or seen enough */
    struct rl_peek peek;
    struct rl_stream *facts;
    int64_t first, last; /* pts of the packets */
    int packets, encrypted;
    bool seen;
};

static void see_picture(struct rl_stream *s, const AVFrame *frame)
{
    const AVFrameSideData *sd;

    s->width = frame->width;
    s->height = frame->height;
    rl_probe_pixels(s, frame->format);
    if (frame->sample_aspect_ratio.num > 0 && frame->sample_aspect_ratio.den > 0 && !s->aspect.num)
        s->aspect = (reel_ratio){ frame->sample_aspect_ratio.num, frame->sample_aspect_ratio.den };
    /* What the stream says of its own pixels goes before what the container says. */
    if (frame->color_primaries != AVCOL_PRI_UNSPECIFIED)
        s->colour.primaries = (int32_t)frame->color_primaries & 255;
    if (frame->color_trc != AVCOL_TRC_UNSPECIFIED)
        s->colour.transfer = (int32_t)frame->color_trc & 255;
    if (frame->colorspace != AVCOL_SPC_UNSPECIFIED)
        s->colour.matrix = (int32_t)frame->colorspace & 255;
    if (frame->color_range != AVCOL_RANGE_UNSPECIFIED)
        s->colour.full_range = frame->color_range == AVCOL_RANGE_JPEG;
    if (frame->chroma_location > 0 && frame->chroma_location < 8)
        s->colour.chroma_location = (int32_t)frame->chroma_location;
    if (rl_frame_is_interlaced(frame))
        s->interlaced = rl_frame_top_first(frame) ? 1 : 2;
    if ((sd = av_frame_get_side_data(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)))
        rl_probe_mastering(s, sd->data);
    if ((sd = av_frame_get_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)))
        rl_probe_light(s, sd->data);
    if ((sd = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX)) && sd->size >= 9 * sizeof(int32_t) &&
        !s->rotation && !s->mirrored)
        rl_probe_matrix(s, (const int32_t *)(const void *)sd->data);
}

static void see_sound(struct rl_stream *s, const AVFrame *frame)
{
    if (frame->sample_rate > 0)
        s->sample_rate = frame->sample_rate;
    if (frame->ch_layout.nb_channels > 0 && frame->ch_layout.nb_channels <= 1024) {
        s->channels = frame->ch_layout.nb_channels;
        if (av_channel_layout_describe(&frame->ch_layout, s->layout, sizeof(s->layout)) < 0)
            s->layout[0] = 0;
    }
}

static int see(void *user, AVFrame *frame)
{
    struct eye *eye = user;
    const AVCodecContext *codec = rl_decode_codec(eye->decode);
    const char *profile = avcodec_profile_name(codec->codec_id, codec->profile);

    if (codec->codec_type == AVMEDIA_TYPE_VIDEO)
        see_picture(eye->facts, frame);
    else
        see_sound(eye->facts, frame);
    if (profile)
        av_strlcpy(eye->facts->profile, profile, sizeof(eye->facts->profile));
    if (frame->pts != AV_NOPTS_VALUE)
        eye->facts->start = frame->pts;
    eye->seen = true;
    return REEL_END;
}

/* Failures that are not the stream's own. */
static int grave(const struct eye *eye, int rc, reel_error *err)
{
    if (rc != REEL_ERR_NOMEM && rc != REEL_ERR_CANCELLED && rc != REEL_ERR_LIMIT_PIXELS)
        return 0;
    *err = eye->err;
    return rc;
}

static int open_eye(struct eye *eye, struct rl_flow *flow, const AVStream *stream, struct rl_stream *facts)
{
    int rc;

    eye->flow = *flow;
    eye->flow.err = &eye->err;
    eye->err = RL_ERROR_INIT;
    eye->facts = facts;
    eye->first = eye->last = AV_NOPTS_VALUE;
    if (!facts->decodable || (facts->kind != REEL_STREAM_VIDEO && facts->kind != REEL_STREAM_AUDIO))
        return 0;
    rc = rl_decode_open(&eye->decode, &eye->flow, stream->codecpar, stream->time_base, 1);
    if (rc < 0)
        return grave(eye, rc, flow->err);
    rl_peek_init(&eye->peek, &eye->flow, see, eye);
    eye->decode->next = &eye->peek.step;
    return 0;
}

static void close_eye(struct eye *eye)
{
    rl_steps_close(&eye->decode);
}

/* Is it an IDR picture of H.264, with the length before each unit (MP4, Matroska)? Nothing that follows is shown before it. */
static bool is_reset(const struct eye *eye, const AVPacket *packet)
{
    const AVCodecContext *codec = rl_decode_codec(eye->decode);
    bool lengths = codec->extradata_size > 4 && codec->extradata[0] == 1;
    size_t bytes = lengths ? (codec->extradata[4] & 3u) + 1 : 0, size = packet->size > 0 ? (size_t)packet->size : 0;

    if (codec->codec_id != AV_CODEC_ID_H264 || !lengths || !(packet->flags & AV_PKT_FLAG_KEY))
        return false;
    for (size_t at = 0; size - at > bytes;) {
        size_t n = 0;
        for (size_t i = 0; i < bytes; i++)
            n = n << 8 | packet->data[at + i];
        at += bytes;
        if (n == 0 || n > size - at)
            return false;
        if ((packet->data[at] & 31) == 5)
            return true;
        at += n;
    }
    return false;
}

static int show(struct eye *eye, AVPacket *packet, reel_error *err)
{
    int rc;

    eye->packets++;
    eye->encrypted += rl_packet_is_encrypted(packet);
    if (packet->pts != AV_NOPTS_VALUE && !(packet->flags & AV_PKT_FLAG_DISCARD)) {
        if (eye->first == AV_NOPTS_VALUE || packet->pts < eye->first)
            eye->first = packet->pts;
        if (eye->last == AV_NOPTS_VALUE || packet->pts > eye->last)
            eye->last = packet->pts;
    }
    if (!eye->decode || eye->seen)
        return 0;
    rc = rl_push_packet(eye->decode, packet);
    if (rc >= 0 && !eye->seen && is_reset(eye, packet))
        rc = rl_decode_drain(eye->decode); /* else it waits for as many pictures as may be shown before this one */
    return rc < 0 ? grave(eye, rc, err) : 0;
}

static bool wants_more(const struct eye *eye)
{
    bool rate = eye->facts->kind == REEL_STREAM_VIDEO && eye->facts->frame_rate.den == 0;

    return (eye->decode && !eye->seen) || (rate && eye->packets < RATE_PACKETS);
}

/* What the packets told of a stream when nothing else did. */
static int settle(struct eye *eye, reel_error *err)
{
    struct rl_stream *s = eye->facts;
    int rc = 0;

    if (eye->decode && !eye->seen && (rc = rl_push_flush(eye->decode)) < 0)
        rc = grave(eye, rc, err);
    if (eye->encrypted > 0 && !eye->seen) {
        s->broken = 1;
        av_strlcpy(s->broken_text, "it is encrypted", sizeof(s->broken_text));
    }
    if (s->start == REEL_NO_TIME && eye->first != AV_NOPTS_VALUE)
        s->start = eye->first;
    if (s->kind == REEL_STREAM_VIDEO && s->frame_rate.den == 0 && eye->packets > 1 && eye->last > eye->first) {
        AVRational rate;
        av_reduce(&rate.num, &rate.den, (int64_t)(eye->packets - 1) * s->time_base.den,
                  (eye->last - eye->first) * s->time_base.num, 100000);
        if (rate.num > 0 && rate.den > 0)
            s->frame_rate = (reel_ratio){ rate.num, rate.den };
    }
    return rc < 0 ? rc : 0;
}

int rl_probe_look(struct rl_flow *flow, struct rl_source *source, struct rl_facts *facts)
{
    AVFormatContext *format = rl_source_format(source);
    unsigned count = facts->stream_count;
    struct eye *eyes = rl_calloc(flow->env, count ? count : 1, sizeof(*eyes));
    AVPacket *packet = av_packet_alloc();
    int64_t bytes = 0;
    bool more = true;
    int rc = 0;

    if (!eyes || !packet) {
        rc = rl_err_nomem(flow->err, "probe");
        goto done;
    }
    for (unsigned i = 0; i < count; i++)
        if ((rc = open_eye(&eyes[i], flow, format->streams[i], &facts->streams[i])) < 0)
            goto done;
    for (int n = 0; more && n < MAX_PACKETS && bytes < MAX_BYTES; n++) {
        more = false;
        for (unsigned i = 0; i < count; i++)
            more = more || wants_more(&eyes[i]);
        if (!more || (rc = rl_source_read(source, packet)))
            break;
        bytes += packet->size;
        if ((unsigned)packet->stream_index < count)
            rc = show(&eyes[packet->stream_index], packet, flow->err);
        av_packet_unref(packet);
        if (rc < 0)
            break;
    }
    for (unsigned i = 0; rc >= 0 && i < count; i++)
        rc = settle(&eyes[i], flow->err);
done:
    for (unsigned i = 0; eyes && i < count; i++)
        close_eye(&eyes[i]);
    rl_free(flow->env, eyes);
    av_packet_free(&packet);
    return rc < 0 ? rc : 0;
}
