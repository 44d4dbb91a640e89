#include "../base/io.h"
#include "../base/time.h"
#include "demux/extent.h"
#include "demux/source.h"
#include "jobs.h"
#include "probe/probe.h"
#include "still/still.h"

#include <libavutil/avstring.h>
#include <reel/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void say_broken(struct rl_stream *s, const char *text)
{
    if (s->broken)
        return;
    s->broken = 1;
    av_strlcpy(s->broken_text, text, sizeof(s->broken_text));
}

/* Parameters without which nothing can be planned. */
static void check_stream(struct rl_stream *s)
{
    if (s->time_base.num <= 0 || s->time_base.den <= 0) {
        s->time_base = (reel_ratio){ 1, 1000000 };
        say_broken(s, "the time base is not valid");
    }
    if (s->kind == REEL_STREAM_VIDEO && (s->width <= 0 || s->height <= 0))
        say_broken(s, "the size of the picture is not known");
    if (s->kind == REEL_STREAM_VIDEO && s->decodable && !s->pixel_format[0])
        say_broken(s, "no picture of it can be decoded");
    if (s->kind == REEL_STREAM_AUDIO && (s->sample_rate <= 0 || s->channels <= 0))
        say_broken(s, "the sample rate or the number of channels is not known");
}

/* When it begins and how long it is, as a whole. */
static int overall(struct rl_flow *flow, const AVFormatContext *format, struct rl_facts *facts)
{
    int64_t start = REEL_NO_TIME, end = REEL_NO_TIME;

    for (uint32_t i = 0; i < facts->stream_count; i++) {
        const struct rl_stream *s = &facts->streams[i];
        int64_t begin = rl_rescale(s->start, s->time_base, RL_US), until;
        if (s->broken || (s->kind != REEL_STREAM_VIDEO && s->kind != REEL_STREAM_AUDIO) || begin == REEL_NO_TIME)
            continue;
        if (start == REEL_NO_TIME || begin < start)
            start = begin;
        if (s->duration == REEL_NO_TIME)
            continue;
        until = begin + rl_rescale(s->duration, s->time_base, RL_US);
        if (end == REEL_NO_TIME || until > end)
            end = until;
    }
    facts->start = start == REEL_NO_TIME ? 0 : start;
    facts->duration = format->duration == AV_NOPTS_VALUE || format->duration < 0 ? REEL_NO_TIME : format->duration;
    if (facts->duration == REEL_NO_TIME && end != REEL_NO_TIME && end > facts->start)
        facts->duration = end - facts->start;
    if (facts->duration != REEL_NO_TIME && (uint64_t)facts->duration > flow->env->limits.duration)
        return rl_err(flow->err, REEL_ERR_LIMIT_DURATION, "probe", "%lld s are over the limit of %llu s",
                      (long long)(facts->duration / 1000000),
                      (unsigned long long)(flow->env->limits.duration / 1000000));
    return 0;
}

static int look_closer(struct rl_flow *flow, struct rl_source *source, int fd, const struct rl_probe_spec *spec,
                       struct rl_facts *facts)
{
    bool fragmented = !strcmp(facts->format, "mov") && rl_extent_fragmented(flow->env, fd, (int64_t)facts->bytes);
    int rc;

    for (uint32_t i = 0; i < facts->stream_count; i++) {
        struct rl_stream *s = &facts->streams[i];
        int64_t duration = rl_rescale(facts->duration, RL_US, s->time_base);
        if (s->broken || s->kind != REEL_STREAM_VIDEO)
            continue;
        if ((rc = rl_probe_keys(flow, source, fragmented, s)) < 0)
            return rc;
        if (spec->sample && !s->interlaced &&
            (rc = rl_probe_combing(flow, source, duration == REEL_NO_TIME ? 0 : duration, s)) < 0)
            return rc;
    }
    return 0;
}

int rl_job_probe(struct rl_flow *flow, int fd, const struct rl_probe_spec *spec, struct rl_facts *facts)
{
    struct rl_source *source = NULL;
    AVFormatContext *format;
    struct stat st;
    int rc;

    if (rl_still_type(spec->format))
        return rl_probe_still(flow, fd, spec, facts);
    if ((rc = rl_source_open(&source, flow, fd, spec->format)) < 0)
        return rc;
    format = rl_source_format(source);
    av_strlcpy(facts->format, rl_source_name(source), sizeof(facts->format));
    if (fstat(fd, &st) == 0 && st.st_size > 0)
        facts->bytes = (uint64_t)st.st_size;
    facts->streams = rl_calloc(flow->env, format->nb_streams + 1, sizeof(*facts->streams));
    if (!facts->streams) {
        rc = rl_err_nomem(flow->err, "probe");
        goto done;
    }
    facts->stream_count = format->nb_streams;
    for (uint32_t i = 0; i < facts->stream_count; i++) {
        if ((rc = rl_probe_stream(flow, format->streams[i], &facts->streams[i])) < 0)
            goto done;
        facts->streams[i].hides = rl_probe_hides(format->streams[i], &facts->streams[i]);
    }
    if ((rc = rl_probe_tags(flow, format->metadata, &facts->tags, &facts->tag_count)) < 0 ||
        (rc = rl_probe_chapters(flow, format, facts)) < 0 || (rc = rl_probe_look(flow, source, facts)) < 0)
        goto done;
    for (uint32_t i = 0; i < facts->stream_count; i++)
        check_stream(&facts->streams[i]);
    if (rl_extent_cut(flow->env, fd, (int64_t)facts->bytes, facts->format))
        av_strlcpy(facts->warning, "the file ends before its container says", sizeof(facts->warning));
    if ((rc = overall(flow, format, facts)) < 0)
        goto done;
    rc = look_closer(flow, source, fd, spec, facts);
done:
    rl_source_close(&source);
    return rc;
}
