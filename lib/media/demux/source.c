#include "source.h"

#include "../compat.h"
#include "../io/avio.h"
#include "../allow.h"
#include "extent.h"

#include <errno.h>
#include <libavutil/avstring.h>
#include <libavutil/mem.h>
#include <string.h>

/* The library's limit gives an error with a name; FFmpeg's own, far above it, only bounds what a header can make it
 * allocate before the count can be looked at. */
#define MAX_STREAMS_ALLOCATED 4096
/* How often a demuxer may say "again" in a row. */
#define MAX_AGAIN 1000

struct rl_source {
    struct rl_flow *flow;
    int fd;
    AVFormatContext *format;
    AVIOContext *io;
    char name[32];
    int stream;        /* selected; -1 all */
    bool last_corrupt; /* the last packet was not whole */
    bool ended;
    bool truncated;
};

static int refuse_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)format;
    (void)url;
    (void)flags;
    (void)options;
    *io = NULL;
    return AVERROR(EPERM);
}

static int interrupted(void *opaque)
{
    return rl_flow_cancelled(opaque);
}

/* What a failure of the demuxer means. */
static int explain(struct rl_source *s, int av, const char *doing)
{
    struct rl_flow *flow = s->flow;
    char words[AV_ERROR_MAX_STRING_SIZE] = "";
    int errnum = s->io ? rl_avio_errno(s->io) : 0;

    if (rl_flow_cancelled(flow))
        return rl_err(flow->err, REEL_ERR_CANCELLED, "demux", "cancelled");
    if (errnum)
        return rl_err_errno(flow->err, errnum, "demux", "reading the input failed");
    if (av == AVERROR(ENOMEM))
        return rl_err_nomem(flow->err, "demux");
    av_strerror(av, words, sizeof(words));
    rl_err(flow->err, REEL_ERR_INVALID_DATA, "demux", "%s %s failed: %s", doing, s->name[0] ? s->name : "the input",
           words);
    rl_err_upstream(flow->err, "libavformat", av);
    return flow->err->code;
}

static size_t tags_size(const AVDictionary *tags)
{
    const AVDictionaryEntry *e = NULL;
    size_t n = 0;

    while ((e = av_dict_get(tags, "", e, AV_DICT_IGNORE_SUFFIX)))
        n += strlen(e->key) + strlen(e->value);
    return n;
}

static int check_limits(struct rl_source *s)
{
    const reel_limits *limits = &s->flow->env->limits;
    const AVFormatContext *f = s->format;
    uint64_t bytes = tags_size(f->metadata);

    if (f->nb_streams > limits->streams)
        return rl_err(s->flow->err, REEL_ERR_LIMIT_STREAMS, "demux", "%u streams are over the limit of %llu",
                      f->nb_streams, (unsigned long long)limits->streams);
    for (unsigned i = 0; i < f->nb_streams; i++)
        bytes += tags_size(f->streams[i]->metadata);
    for (unsigned i = 0; i < f->nb_chapters; i++)
        bytes += tags_size(f->chapters[i]->metadata);
    for (unsigned i = 0; i < f->nb_programs; i++)
        bytes += tags_size(f->programs[i]->metadata);
    if (bytes > limits->metadata_bytes)
        return rl_err(s->flow->err, REEL_ERR_LIMIT_METADATA, "demux", "%llu bytes of tags are over the limit of %llu",
                      (unsigned long long)bytes, (unsigned long long)limits->metadata_bytes);
    return 0;
}

/* Do the headers say all that a decoder must be told? Then reading ahead would only cost time. */
static bool headers_suffice(const struct rl_source *s)
{
    if ((strcmp(s->name, "mov") && strcmp(s->name, "matroska")) || s->format->ctx_flags & AVFMTCTX_NOHEADER)
        return false;
    for (unsigned i = 0; i < s->format->nb_streams; i++) {
        const AVCodecParameters *par = s->format->streams[i]->codecpar;
        if (par->codec_type == AVMEDIA_TYPE_VIDEO && (par->width <= 0 || par->height <= 0))
            return false;
        if (par->codec_type == AVMEDIA_TYPE_AUDIO && (par->sample_rate <= 0 || par->ch_layout.nb_channels <= 0))
            return false;
        if (par->codec_type == AVMEDIA_TYPE_AUDIO && par->codec_id == AV_CODEC_ID_MP3)
            return false; /* "mp3" of a header may be layer 1 or 2 */
    }
    return true;
}

static int set_up(struct rl_source *s)
{
    AVFormatContext *f = s->format = avformat_alloc_context();

    if (!f)
        return rl_err_nomem(s->flow->err, "demux");
    f->pb = s->io;
    f->flags |= AVFMT_FLAG_CUSTOM_IO;
    f->interrupt_callback = (AVIOInterruptCB){ interrupted, s->flow };
    f->io_open = refuse_open;
    f->opaque = s->flow;
    f->max_streams = MAX_STREAMS_ALLOCATED;
    f->protocol_whitelist = av_strdup("");
    f->format_whitelist = av_strdup(rl_allow_demuxers);
    f->codec_whitelist = av_strdup(rl_allow_decoders);
    if (!f->protocol_whitelist || !f->format_whitelist || !f->codec_whitelist)
        return rl_err_nomem(s->flow->err, "demux");
    return 0;
}

static int open_demuxer(struct rl_source *s, const char *format)
{
    const AVInputFormat *demuxer = NULL;
    AVDictionary *options = NULL;
    int rc;

    if (format[0] && !(demuxer = rl_allow_demuxer(format)))
        return rl_err(s->flow->err, REEL_ERR_REFUSED, "demux", "the container %s is not accepted", format);
    if (!demuxer) {
        rc = av_probe_input_buffer2(s->io, &demuxer, "", NULL, 0, 0);
        if (rc < 0 || !demuxer) {
            rc = explain(s, rc, "looking at");
            return rc == REEL_ERR_INVALID_DATA && s->flow->err->upstream == AVERROR_INVALIDDATA
                       ? (s->flow->err->code = REEL_ERR_FORMAT) : rc;
        }
    }
    rl_demuxer_name(demuxer, s->name, sizeof(s->name));
    if (!av_match_name(s->name, rl_allow_demuxers))
        return rl_err(s->flow->err, REEL_ERR_REFUSED, "demux", "the container %s is not accepted", s->name);

    /* Both are off by default; what they would allow is opening a second file. */
    if (av_dict_set(&options, "enable_drefs", "0", 0) < 0 || av_dict_set(&options, "use_absolute_path", "0", 0) < 0) {
        av_dict_free(&options);
        return rl_err_nomem(s->flow->err, "demux");
    }
    rc = avformat_open_input(&s->format, "", demuxer, &options);
    av_dict_free(&options);
    return rc < 0 ? explain(s, rc, "opening") : 0;
}

int rl_source_open(struct rl_source **out, struct rl_flow *flow, int fd, const char *format)
{
    struct rl_source *s = rl_calloc(flow->env, 1, sizeof(*s));
    int rc;

    *out = NULL;
    if (!s)
        return rl_err_nomem(flow->err, "demux");
    s->flow = flow;
    s->fd = fd;
    s->stream = -1;
    if ((rc = rl_avio_open(&s->io, flow, fd)) < 0 || (rc = set_up(s)) < 0 || (rc = open_demuxer(s, format)) < 0 ||
        (rc = check_limits(s)) < 0)
        goto fail;
    if (!headers_suffice(s)) {
        rc = avformat_find_stream_info(s->format, NULL);
        if (rc < 0 || rl_avio_errno(s->io) || rl_flow_cancelled(flow)) {
            rc = explain(s, rc, "reading");
            goto fail;
        }
        if ((rc = check_limits(s)) < 0)
            goto fail;
    }
    *out = s;
    return 0;

fail:
    rl_source_close(&s);
    return rc;
}

void rl_source_close(struct rl_source **source)
{
    struct rl_source *s = *source;

    if (!s)
        return;
    avformat_close_input(&s->format);
    rl_avio_close(&s->io);
    rl_free(s->flow->env, s);
    *source = NULL;
}

AVFormatContext *rl_source_format(struct rl_source *source)
{
    return source->format;
}

const char *rl_source_name(const struct rl_source *source)
{
    return source->name;
}

enum AVCodecID rl_source_codec(const AVCodecParameters *par)
{
    bool unnamed = par->codec_type == AVMEDIA_TYPE_SUBTITLE && par->codec_id == AV_CODEC_ID_NONE;
    bool webvtt = unnamed && par->extradata_size >= 6 && !memcmp(par->extradata, "WEBVTT", 6);

    return webvtt ? AV_CODEC_ID_WEBVTT : par->codec_id;
}

int rl_source_select(struct rl_source *s, int stream, const char *codec)
{
    const AVFormatContext *f = s->format;

    if (stream < 0 || (unsigned)stream >= f->nb_streams ||
        (codec[0] && strcmp(codec, avcodec_get_name(rl_source_codec(f->streams[stream]->codecpar)))))
        return rl_err(s->flow->err, REEL_ERR_CHANGED, "demux", "stream %d is not the %s stream it was", stream, codec);
    for (unsigned i = 0; i < f->nb_streams; i++)
        f->streams[i]->discard = (int)i == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
    s->stream = stream;
    return 0;
}

/* The end: was there to be more? */
static int finish(struct rl_source *s, int av)
{
    struct rl_flow *flow = s->flow;

    s->ended = true;
    if (rl_flow_cancelled(flow))
        return rl_err(flow->err, REEL_ERR_CANCELLED, "demux", "cancelled");
    if (rl_avio_errno(s->io))
        return rl_err_errno(flow->err, rl_avio_errno(s->io), "demux", "reading the input failed");
    if (av == AVERROR(ENOMEM))
        return rl_err_nomem(flow->err, "demux");
    s->truncated = av != AVERROR_EOF || s->last_corrupt ||
                   rl_extent_cut(flow->env, s->fd, rl_avio_size(s->io), s->name);
    return REEL_END;
}

int rl_source_read(struct rl_source *s, AVPacket *packet)
{
    int again = 0;
    int rc;

    while (!s->ended) {
        if (rl_flow_cancelled(s->flow))
            return rl_err(s->flow->err, REEL_ERR_CANCELLED, "demux", "cancelled");
        rc = av_read_frame(s->format, packet);
        if (rc == AVERROR(EAGAIN) && again++ < MAX_AGAIN)
            continue;
        if (rc < 0)
            return finish(s, rc);
        again = 0;
        if (s->stream < 0 || packet->stream_index == s->stream) {
            s->last_corrupt = packet->flags & AV_PKT_FLAG_CORRUPT;
            return 0;
        }
        av_packet_unref(packet);
    }
    return REEL_END;
}

bool rl_source_truncated(const struct rl_source *source)
{
    return source->truncated;
}

int rl_source_seek(struct rl_source *s, int64_t ts)
{
    int rc = av_seek_frame(s->format, s->stream, ts, AVSEEK_FLAG_BACKWARD);

    s->ended = false;
    return rc < 0 ? explain(s, rc, "seeking in") : 0;
}

int rl_source_seek_after(struct rl_source *s, int64_t ts)
{
    int rc = av_seek_frame(s->format, s->stream, ts, 0);

    s->ended = false;
    return rc < 0 ? explain(s, rc, "seeking in") : 0;
}

int rl_source_seek_byte(struct rl_source *s, int64_t at)
{
    int rc = s->format->iformat->flags & AVFMT_NO_BYTE_SEEK ? AVERROR(ENOSYS)
                                                            : av_seek_frame(s->format, -1, at, AVSEEK_FLAG_BYTE);

    s->ended = false;
    return rc < 0 ? explain(s, rc, "seeking in") : 0;
}

int64_t rl_source_size(const struct rl_source *source)
{
    return rl_avio_size(source->io);
}
