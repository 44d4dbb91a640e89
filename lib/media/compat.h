/*
 * What differs between FFmpeg 5.1 and 9.0, in one place: each shim is written against the newer form and falls back to
 * the older by the library's version. Behaviour that changed is asked at run time where it matters, not here.
 */
#ifndef RL_MEDIA_COMPAT_H
#define RL_MEDIA_COMPAT_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <stdbool.h>

#define RL_LAVU(major, minor) (LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(major, minor, 100))
#define RL_LAVC(major, minor) (LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(major, minor, 100))
#define RL_LAVF(major, minor) (LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(major, minor, 100))

/* Added to the level of what a context logs: past every level there is, so it stays silent. FFmpeg takes what is over 255 for a tint. */
#define RL_LOG_SILENT 128

/* Duration of a frame, in the time base of its pts; 0 unknown. */
static inline int64_t rl_frame_duration(const AVFrame *frame)
{
#if RL_LAVU(57, 30)
    return frame->duration;
#else
    return frame->pkt_duration;
#endif
}

static inline void rl_frame_set_duration(AVFrame *frame, int64_t duration)
{
#if RL_LAVU(57, 30)
    frame->duration = duration;
#else
    frame->pkt_duration = duration;
#endif
}

static inline int rl_frame_is_key(const AVFrame *frame)
{
#if RL_LAVU(58, 29)
    return !!(frame->flags & AV_FRAME_FLAG_KEY);
#else
    return frame->key_frame;
#endif
}

static inline int rl_frame_is_interlaced(const AVFrame *frame)
{
#if RL_LAVU(58, 29)
    return !!(frame->flags & AV_FRAME_FLAG_INTERLACED);
#else
    return frame->interlaced_frame;
#endif
}

static inline int rl_frame_top_first(const AVFrame *frame)
{
#if RL_LAVU(58, 29)
    return !!(frame->flags & AV_FRAME_FLAG_TOP_FIELD_FIRST);
#else
    return frame->top_field_first;
#endif
}

static inline void rl_frame_set_fields(AVFrame *frame, int interlaced, int top_first)
{
#if RL_LAVU(58, 29)
    frame->flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
    frame->flags |= (interlaced ? AV_FRAME_FLAG_INTERLACED : 0) | (top_first ? AV_FRAME_FLAG_TOP_FIELD_FIRST : 0);
#else
    frame->interlaced_frame = interlaced;
    frame->top_field_first = top_first;
#endif
}

/* Marks a frame as one to be coded as a keyframe, or leaves the type to the encoder. */
static inline void rl_frame_set_key(AVFrame *frame, int key)
{
    frame->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
#if RL_LAVU(58, 29)
    frame->flags = key ? frame->flags | AV_FRAME_FLAG_KEY : frame->flags & ~AV_FRAME_FLAG_KEY;
#else
    frame->key_frame = key;
#endif
}

/* Side data that the container has for a whole stream; NULL when there is none of this type. */
static inline const uint8_t *rl_stream_side_data(const AVStream *stream, enum AVPacketSideDataType type, size_t *size)
{
#if RL_LAVF(60, 15)
    const AVPacketSideData *sd = av_packet_side_data_get(stream->codecpar->coded_side_data,
                                                         stream->codecpar->nb_coded_side_data, type);
    *size = sd ? sd->size : 0;
    return sd ? sd->data : NULL;
#else
    return av_stream_get_side_data(stream, type, size);
#endif
}

/* Common encryption (ISO/IEC 23001-7): the demuxer has no key and says how the packet is encrypted. */
static inline bool rl_packet_is_encrypted(const AVPacket *packet)
{
    size_t size;
    return av_packet_get_side_data(packet, AV_PKT_DATA_ENCRYPTION_INFO, &size) != NULL;
}

/* The third parameter of an AVIOContext's write callback. */
#if RL_LAVF(61, 0)
typedef const uint8_t rl_avio_byte;
#else
typedef uint8_t rl_avio_byte;
#endif

#ifndef AV_PROFILE_UNKNOWN
#define AV_PROFILE_UNKNOWN FF_PROFILE_UNKNOWN
#endif

/* Says that get_buffer2 may be called from any of the codec's threads, as it always is from FFmpeg 6 on. Without it an older
 * one takes turns with its own threads. Before the codec is opened. */
static inline void rl_codec_callbacks_in_threads(AVCodecContext *codec)
{
#if LIBAVCODEC_VERSION_MAJOR < 60
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    codec->thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
#else
    (void)codec;
#endif
}

/* The older "J" formats say full range in their name: the plain format, or the same one. */
static inline enum AVPixelFormat rl_plain_format(enum AVPixelFormat format)
{
    switch (format) {
    case AV_PIX_FMT_YUVJ420P:
        return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
        return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
        return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
        return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
        return AV_PIX_FMT_YUV411P;
    default:
        return format;
    }
}

#endif
