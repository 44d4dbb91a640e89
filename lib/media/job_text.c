/* A text stream as one WebVTT file. What is WebVTT already keeps its settings; all else goes through its decoder. */
#include "jobs.h"

#include "allow.h"
#include "compat.h"
#include "reading.h"
#include "text/cues.h"
#include "text/markup.h"

#include "../base/time.h"

#include <string.h>

#define TEXT_MAX (64u << 20) /* bytes of all cues: more is no subtitle */
#define MS ((reel_ratio){ 1, 1000 })

struct text_job {
    struct rl_flow *flow;
    const struct rl_text_spec *spec;
    AVCodecContext *decoder; /* NULL for WebVTT */
    struct rl_reading in;
    struct rl_cues cues;
    uint64_t errors;
};

/* On the output's timeline, ms; bounded, so that sums stay exact. */
static int64_t to_ms(const struct text_job *j, int64_t ts)
{
    int64_t out;
    if (ts == AV_NOPTS_VALUE || __builtin_sub_overflow(ts, j->spec->origin, &out))
        return REEL_NO_TIME;
    out = rl_rescale(out, j->spec->time_base, MS);
    return out > -(INT64_C(1) << 50) && out < (INT64_C(1) << 50) ? out : REEL_NO_TIME;
}

static int open_decoder(struct text_job *j)
{
    const AVStream *stream = j->in.stream;
    reel_error *err = j->flow->err;
    if (rl_source_codec(stream->codecpar) == AV_CODEC_ID_WEBVTT)
        return 0;
    const AVCodec *codec = rl_allow_decoder(stream->codecpar->codec_id);
    const AVCodecDescriptor *about = avcodec_descriptor_get(stream->codecpar->codec_id);
    if (!codec || !about || !(about->props & AV_CODEC_PROP_TEXT_SUB))
        return rl_err(err, REEL_ERR_CODEC, "decode", "%s cannot be made text", j->spec->codec);
    j->decoder = avcodec_alloc_context3(codec);
    if (!j->decoder || avcodec_parameters_to_context(j->decoder, stream->codecpar) < 0)
        return rl_err_nomem(err, "decode");
    j->decoder->pkt_timebase = stream->time_base;
    j->decoder->log_level_offset = RL_LOG_SILENT;
    int rc = avcodec_open2(j->decoder, codec, NULL);
    if (rc < 0) {
        rl_err(err, REEL_ERR_DECODER, "decode", "%s: the decoder does not open", j->spec->codec);
        rl_err_upstream(err, "libavcodec", rc);
        return REEL_ERR_DECODER;
    }
    return 0;
}

static int add_webvtt(struct text_job *j, int64_t start, int64_t end)
{
    struct rl_buf *text = &j->cues.text;
    size_t size;
    struct rl_cue *cue = rl_cues_add(&j->cues, start, end);
    if (!cue)
        return rl_err_nomem(j->flow->err, "decode");
    const uint8_t *side = av_packet_get_side_data(j->in.packet, AV_PKT_DATA_WEBVTT_IDENTIFIER, &size);
    if (side)
        rl_markup_line(text, side, size);
    rl_cue_settings(&j->cues, cue);
    side = av_packet_get_side_data(j->in.packet, AV_PKT_DATA_WEBVTT_SETTINGS, &size);
    if (side)
        rl_markup_line(text, side, size);
    rl_cue_text(&j->cues, cue);
    rl_markup_from_webvtt(text, j->in.packet->data, (size_t)j->in.packet->size);
    rl_cue_end(&j->cues, cue);
    return 0;
}

static int add_decoded(struct text_job *j, int64_t start, int64_t end)
{
    AVSubtitle sub = { 0 };
    int got = 0, rc = 0;
    if (avcodec_decode_subtitle2(j->decoder, &sub, &got, j->in.packet) < 0) {
        j->errors++;
        return 0;
    }
    if (!got)
        return 0;
    int64_t from = start + sub.start_display_time;
    if (end == REEL_NO_TIME && sub.end_display_time != UINT32_MAX && sub.end_display_time > sub.start_display_time)
        end = start + sub.end_display_time;
    for (unsigned i = 0; rc == 0 && i < sub.num_rects; i++) {
        if (!sub.rects[i]->ass)
            continue;
        struct rl_cue *cue = rl_cues_add(&j->cues, from, end);
        if (cue) {
            rl_markup_from_ass(&j->cues.text, sub.rects[i]->ass);
            rl_cue_end(&j->cues, cue);
        } else {
            rc = rl_err_nomem(j->flow->err, "decode");
        }
    }
    avsubtitle_free(&sub);
    return rc;
}

static int add_packet(struct text_job *j)
{
    const AVPacket *packet = j->in.packet;
    int64_t start = to_ms(j, packet->pts), end = REEL_NO_TIME;
    if (start == REEL_NO_TIME) {
        j->errors++;
        return 0;
    }
    int64_t stop;
    if (packet->duration > 0 && !__builtin_add_overflow(packet->pts, packet->duration, &stop))
        end = to_ms(j, stop);
    rl_cues_stop(&j->cues, start);
    int rc = j->decoder ? add_decoded(j, start, end) : add_webvtt(j, start, end);
    if (rc == 0 && j->cues.text.failed)
        rc = rl_err_nomem(j->flow->err, "decode");
    if (rc == 0 && j->cues.text.size > TEXT_MAX)
        rc = rl_err(j->flow->err, REEL_ERR_LIMIT_METADATA, "decode", "more than %u bytes of subtitles", TEXT_MAX);
    return rc;
}

static int read_all(struct text_job *j)
{
    int rc;
    while ((rc = rl_source_read(j->in.source, j->in.packet)) == 0) {
        rc = add_packet(j);
        av_packet_unref(j->in.packet);
        if (rc < 0)
            break;
    }
    return rc < 0 ? rc : 0;
}

/* The file to the host; nothing when there are no cues. */
static int emit(struct text_job *j, struct rl_run_result *result)
{
    const struct rl_job_host *host = j->flow->host;
    const struct rl_cues *cues = &j->cues;
    result->first = result->end = REEL_NO_TIME;
    if (cues->count == 0)
        return 0;
    int64_t end = 0;
    for (size_t i = 0; i < cues->count; i++)
        end = cues->list[i].end > end ? cues->list[i].end : end;
    result->chunks = 1;
    result->samples_out = cues->count;
    result->first = j->spec->origin + rl_rescale(cues->list[0].start, MS, j->spec->time_base);
    result->end = j->spec->origin + rl_rescale(end, MS, j->spec->time_base);
    if (host->wanted && !host->wanted(host->user, 0))
        return 0;
    struct rl_buf file;
    rl_buf_init(&file, j->flow->env);
    rl_cues_write(cues, &file);
    struct rl_chunk_out out = { .start = cues->list[0].start, .duration = end - cues->list[0].start,
                                .samples = cues->count, .samples_in = cues->count, .decode_errors = j->errors };
    int rc = file.failed ? rl_err_nomem(j->flow->err, "chunk") : rl_emit(j->flow, &out, file.data, file.size);
    rl_buf_free(&file);
    return rc;
}

int rl_job_text(struct rl_flow *flow, int fd, const struct rl_text_spec *spec, struct rl_run_result *result)
{
    struct text_job j = { .flow = flow, .spec = spec };
    const struct rl_reading_params in = { .format = spec->format, .codec = spec->codec, .stream = spec->stream,
                                          .time_base = spec->time_base, .kind = AVMEDIA_TYPE_SUBTITLE };
    memset(result, 0, sizeof *result);
    rl_cues_init(&j.cues, flow->env);
    int rc = rl_reading_open(&j.in, flow, fd, &in);
    if (rc == 0)
        rc = open_decoder(&j);
    if (rc == 0)
        rc = read_all(&j);
    if (rc == 0) {
        int64_t low = spec->trim_start == REEL_NO_TIME ? 0 : to_ms(&j, spec->trim_start);
        int64_t high = spec->trim_end == REEL_NO_TIME ? INT64_MAX : to_ms(&j, spec->trim_end);
        rl_cues_close(&j.cues, low > 0 ? low : 0, high);
        result->samples_in = j.cues.count;
        result->decode_errors = j.errors;
        result->truncated = rl_source_truncated(j.in.source);
        rc = emit(&j, result);
    }
    avcodec_free_context(&j.decoder);
    rl_reading_close(&j.in);
    rl_cues_free(&j.cues);
    return rc;
}
