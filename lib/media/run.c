#include "run.h"

#include "../base/time.h"
#include "decode/decode.h"
#include "filter/filter.h"
#include "normalize/timing.h"
#include "preview/tap.h"
#include "reading.h"

#include <stdio.h>
#include <string.h>

struct run {
    struct rl_flow *flow;
    const struct rl_video_spec *spec;
    struct rl_reading in;
    struct rl_cuts cuts;
    struct rl_step *top; /* decode: the head of the line */
    struct rl_step *timing, *cap, *segments;
    bool dts_index;  /* the index of this container goes by dts */
    bool started;    /* the run's first keyframe has been met */
    bool ended;      /* a frame behind the run has been met */
};

static void put(struct rl_step ***tail, struct rl_step *step)
{
    if (!step)
        return;
    **tail = step;
    *tail = &step->next;
}

/* Builds the line of steps; what has been built hangs off run->top even on failure. */
static int build(struct run *r, const struct rl_segments_params *lane)
{
    const struct rl_video_spec *spec = r->spec;
    const AVStream *stream = r->in.stream;
    bool whole = spec->cut_count == 2 && spec->cuts[0].ts == REEL_NO_TIME && spec->cuts[1].ts == REEL_NO_TIME;
    struct rl_timing_params timing = {
        .cuts = &r->cuts, .time_base = spec->time_base, .frame_duration = spec->frame_duration,
        .trim_start = spec->trim_start, .trim_end = spec->trim_end, .rebase = spec->every > 0,
    };
    struct rl_segments_params foot = *lane;
    struct rl_step **tail = &r->top, *step = NULL;
    int rc;

    /* Runs side by side fill the CPUs by themselves; a run that is the whole stream shares them with its encoder. */
    rc = rl_decode_open(&step, r->flow, stream->codecpar, stream->time_base, whole && spec->threads > 1 ? 2 : 1);
    put(&tail, step);
    if (rc < 0)
        return rc;
    foot.spec = spec;
    foot.cuts = &r->cuts;
    foot.decode = step;
    if ((rc = rl_timing_open(&r->timing, r->flow, &timing)) < 0)
        return rc;
    put(&tail, r->timing);
    foot.end = &rl_timing_counts(r->timing)->end;
    if ((rc = rl_fields_open(&step, r->flow, &spec->picture, spec->time_base)) < 0)
        return rc;
    put(&tail, step);
    if ((rc = rl_cap_open(&r->cap, r->flow, &spec->picture, spec->time_base, spec->origin)) < 0)
        return rc;
    put(&tail, r->cap);
    if ((rc = rl_picture_open(&step, r->flow, &spec->picture, spec->time_base, spec->aspect)) < 0)
        return rc;
    put(&tail, step);
    if ((rc = rl_tap_open(&step, r->flow, spec, &r->cuts)) < 0)
        return rc;
    put(&tail, step);
    if ((rc = rl_segments_open(&r->segments, r->flow, &foot)) < 0)
        return rc;
    put(&tail, r->segments);
    return 0;
}

static int open_source(struct run *r, int fd)
{
    const struct rl_video_spec *spec = r->spec;
    const struct rl_reading_params in = { .format = spec->format, .codec = spec->codec, .stream = spec->stream,
                                          .time_base = spec->time_base, .kind = AVMEDIA_TYPE_VIDEO };
    int rc = rl_reading_open(&r->in, r->flow, fd, &in);

    r->dts_index = rc == 0 && !strcmp(rl_source_name(r->in.source), "mov");
    return rc;
}

/* Goes to where the run begins. */
static int start(struct run *r)
{
    int rc;

    r->started = !r->spec->cuts[0].key;
    if (r->started)
        return 0;
    rc = rl_source_read(r->in.source, r->in.packet);
    if (rc == 0)
        rl_decode_from_key(r->top, r->in.packet);
    av_packet_unref(r->in.packet);
    return rc < 0 ? rc : rl_source_seek(r->in.source, r->spec->cuts[0].ts);
}

/* Tells the cuts of a keyframe. true: the packet belongs to the run. */
static bool note_packet(struct run *r, const AVPacket *packet)
{
    int64_t index_ts = r->dts_index && packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;

    if (packet->flags & AV_PKT_FLAG_KEY && index_ts != AV_NOPTS_VALUE && packet->pts != AV_NOPTS_VALUE) {
        rl_cuts_key(&r->cuts, index_ts, packet->pts);
        r->started = r->started || r->cuts.segments[0].begin != REEL_NO_TIME;
    }
    return r->started;
}

static void report(const struct run *r)
{
    const struct rl_timing_counts *n = rl_timing_counts(r->timing);
    int64_t done = n->in ? rl_rescale(n->end - n->first, r->spec->time_base, RL_US) : 0;

    r->flow->host->progress(r->flow->host->user, done, n->in);
}

static int pump(struct run *r)
{
    AVPacket *packet = r->in.packet;
    int rc = 0;

    while (!r->ended && (rc = rl_source_read(r->in.source, packet)) == 0) {
        if (note_packet(r, packet)) {
            rc = rl_push_packet(r->top, packet);
            r->ended = rc == REEL_END;
            report(r);
        }
        av_packet_unref(packet);
        if (rc < 0)
            break;
    }
    if (rc < 0)
        return rc;
    if (!r->started)
        return rl_err(r->flow->err, REEL_ERR_INVALID_DATA, "demux",
                      "the keyframe that the container's index promises is not there");
    return 0;
}

static void sum_up(const struct run *r, struct rl_run_result *result)
{
    const struct rl_timing_counts *n = rl_timing_counts(r->timing);
    const struct rl_segments_counts *s = rl_segments_counts(r->segments);

    result->chunks = s->chunks;
    result->samples_in = n->in;
    result->samples_out = s->out;
    result->dropped = n->dropped + rl_cap_dropped(r->cap);
    result->decode_errors = rl_decode_errors(r->top);
    result->first = n->first;
    result->end = n->end;
    result->truncated = rl_source_truncated(r->in.source);
    if (n->jumps)
        snprintf(result->note, sizeof(result->note), "timestamps jump %llu times, first at %.3f s",
                 (unsigned long long)n->jumps, (double)rl_rescale(n->jump, r->spec->time_base, RL_US) / 1e6);
}

int rl_run(struct rl_flow *flow, int fd, const struct rl_video_spec *spec, const struct rl_segments_params *lane,
           struct rl_run_result *result)
{
    struct run r = { .flow = flow, .spec = spec };
    int rc;

    result->first = result->end = REEL_NO_TIME;
    if (spec->cut_count < 2)
        return rl_err(flow->err, REEL_ERR_INVALID_ARG, "video", "a run needs a begin and an end");
    /* A run of which no chunk is wanted is decoded all the same: its counts are, or there would be no need of it. */
    if (!rl_cuts_init(&r.cuts, flow->env, spec)) {
        rc = rl_err_nomem(flow->err, "timing");
        goto done;
    }
    if ((rc = open_source(&r, fd)) < 0 || (rc = build(&r, lane)) < 0 || (rc = start(&r)) < 0 ||
        (rc = pump(&r)) < 0)
        goto done;
    /* Where the end has been met the decoder holds nothing of the run any more, but filters and encoder do. */
    rc = rl_push_flush(r.ended ? r.timing : r.top);
    if (rc < 0)
        goto done;
    sum_up(&r, result);
    rc = 0;
done:
    rl_steps_close(&r.top);
    rl_reading_close(&r.in);
    rl_cuts_free(&r.cuts);
    return rc;
}
