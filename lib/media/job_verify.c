#include "jobs.h"

#include "compat.h"
#include "demux/source.h"
#include "still/still.h"
#include "verify/count.h"
#include "verify/front.h"

#include <reel/input.h>

#define DECODE_THREADS 2 /* beside the other tracks' decoders, which take turns with it */

static int read_all(struct rl_flow *flow, struct rl_source *source, struct rl_count *counts, unsigned count)
{
    AVPacket *packet = av_packet_alloc();
    if (!packet)
        return rl_err_nomem(flow->err, "verify");
    int rc;
    while ((rc = rl_source_read(source, packet)) == 0) {
        if ((unsigned)packet->stream_index < count)
            rc = rl_count_packet(&counts[packet->stream_index], packet);
        flow->host->progress(flow->host->user, counts[0].track.end, 0);
        av_packet_unref(packet);
        if (rc < 0)
            break;
    }
    av_packet_free(&packet);
    if (rc >= 0 && rl_source_truncated(source))
        rc = rl_err(flow->err, REEL_ERR_VERIFY, "verify", "the joined file ends early or is damaged");
    return rc < 0 ? rc : 0;
}

static int count_all(struct rl_flow *flow, struct rl_source *source, const struct rl_verify_spec *spec,
                     struct rl_count *counts, struct rl_verify_result *result)
{
    AVFormatContext *format = rl_source_format(source);
    int rc = 0;
    for (unsigned i = 0; i < format->nb_streams && rc == 0; i++)
        rc = rl_count_open(&counts[i], flow, format->streams[i], spec->decode, DECODE_THREADS);
    if (rc == 0)
        rc = read_all(flow, source, counts, format->nb_streams);
    for (unsigned i = 0; i < format->nb_streams && rc == 0; i++) {
        rc = rl_count_end(&counts[i]);
        result->tracks[i] = counts[i].track;
    }
    for (unsigned i = 0; i < format->nb_streams; i++)
        rl_count_close(&counts[i]);
    return rc;
}

static int count_frames(struct rl_flow *flow, struct rl_still *still, struct rl_verify_track *track)
{
    AVFrame *frame = av_frame_alloc();
    int rc = frame ? 0 : rl_err_nomem(flow->err, "verify");
    int64_t last = INT64_MIN;

    while (rc == 0 && (rc = rl_still_read(still, frame)) == 0) {
        if (track->samples++ == 0)
            track->start = frame->pts;
        track->disorder += frame->pts <= last;
        last = frame->pts;
        track->end = last + rl_frame_duration(frame);
        if (flow->host->progress)
            flow->host->progress(flow->host->user, track->end, track->samples);
        av_frame_unref(frame);
    }
    av_frame_free(&frame);
    if (rc == REEL_END && (rl_still_damage(still) > 0 || track->samples == 0))
        return rl_err(flow->err, REEL_ERR_VERIFY, "verify", "the picture that was written cannot be read whole");
    return rc < 0 ? rc : 0;
}

/* A picture is read back with what reads others' pictures. */
static int verify_picture(struct rl_flow *flow, int fd, const char *type, struct rl_verify_result *result)
{
    const struct rl_still_hint hint = { .threads = DECODE_THREADS };
    struct rl_still *still = NULL;
    uint8_t *data = NULL;
    size_t size = 0;
    int rc = rl_still_load(flow, fd, &data, &size);

    if (rc >= 0)
        rc = rl_still_open(&still, flow, type, data, size, &hint);
    if (rc >= 0) {
        const struct rl_still_info *info = rl_still_info(still);
        bool lies = info->rotation % 180 != 0;
        result->width = lies ? info->height : info->width;
        result->height = lies ? info->width : info->height;
        result->duration = info->duration;
        result->tracks = rl_calloc(flow->env, 1, sizeof(*result->tracks));
        rc = result->tracks ? 0 : rl_err_nomem(flow->err, "verify");
    }
    if (rc >= 0) {
        result->track_count = 1;
        result->tracks[0].kind = REEL_STREAM_PICTURE;
        rc = count_frames(flow, still, &result->tracks[0]);
    }
    rl_still_close(&still);
    rl_free(flow->env, data);
    return rc < 0 ? rc : 0;
}

int rl_job_verify(struct rl_flow *flow, int fd, const struct rl_verify_spec *spec, struct rl_verify_result *result)
{
    *result = (struct rl_verify_result){ 0 };
    if (spec->type[0])
        return verify_picture(flow, fd, spec->type, result);
    int front = rl_cues_at_front(flow, fd);
    if (front < 0)
        return front;
    struct rl_source *source = NULL;
    int rc = rl_source_open(&source, flow, fd, "matroska");
    if (rc < 0)
        return rc;
    const AVFormatContext *format = rl_source_format(source);
    struct rl_count *counts = rl_calloc(flow->env, format->nb_streams, sizeof(*counts));
    result->tracks = rl_calloc(flow->env, format->nb_streams, sizeof(*result->tracks));
    if (!counts || !result->tracks) {
        rc = rl_err_nomem(flow->err, "verify");
    } else {
        result->cues_at_front = front;
        result->duration = format->duration == AV_NOPTS_VALUE ? REEL_NO_TIME : format->duration;
        result->track_count = format->nb_streams;
        rc = count_all(flow, source, spec, counts, result);
    }
    rl_free(flow->env, counts);
    rl_source_close(&source);
    return rc;
}
