/* What a plan will cost: rough figures for a person, and for admission by memory. */
#include "make.h"

#include "../base/time.h"
#include "picture.h"
#include "still.h"

#include <math.h>

/* SVT-AV1 1.4.1 took 380 MB for 1080p 8-bit with one thread, decoder and filters included: 60 MB and 154 bytes a pixel.
 * 10-bit pictures take 1.6 times as much. */
static uint64_t video_memory(const struct rl_video_spec *spec)
{
    double pixels = (double)rl_picture_width(&spec->picture) * rl_picture_height(&spec->picture);
    double bytes = 60e6 + pixels * 154 * (spec->picture.pixel_format[7] ? 1.6 : 1);
    return (uint64_t)bytes;
}

/* 1080p at quantizer 35 takes about 0.04 bits a pixel of a film; six steps of the quantizer halve it, and small pictures have
 * more detail in a pixel. */
static double video_bit_rate(const struct rl_video_spec *spec)
{
    double pixels = (double)rl_picture_width(&spec->picture) * rl_picture_height(&spec->picture);
    double rate = (double)spec->frame_rate.num / spec->frame_rate.den;
    double per_pixel = 0.04 * exp2((35 - spec->crf) / 6.0) * pow(1920.0 * 1080 / pixels, 0.25);
    return pixels * rate * per_pixel;
}

/* The file and its pixels as they are decoded, and planes and references of the encoder. */
static uint64_t picture_memory(const struct rl_still_spec *spec, const struct rl_stream *s)
{
    double in = (double)s->width * s->height, out = (double)spec->width * spec->height;
    double deep = s->bit_depth > 8 ? 2 : 1;
    out *= (spec->format == RL_STILL_AVIF ? 16 : 8) * (spec->depth > 8 ? 2 : 1);
    return (uint64_t)(16e6 + in * 4 * deep + out);
}

/* At quality 60 AVIF takes about 0.6 bits a pixel of a photo, WebP 1; twelve points of quality double that, more or less. */
static void estimate_picture(struct rl_planned_track *track, const struct rl_stream *s)
{
    const struct rl_still_spec *spec = &track->spec.picture.still;
    double pixels = (double)rl_still_width(spec) * rl_still_height(spec);
    double per_pixel = (spec->format == RL_STILL_AVIF ? 0.6 : 1) * exp2((spec->quality - 60) / 24.0);
    double frames = spec->animated && s->frames > 0 ? 1 + 0.2 * (double)(s->frames - 1) : 1;
    if (spec->lossless)
        per_pixel = 8;
    double bytes = fmin(pixels * per_pixel / 8 * frames, 1e18);
    track->memory = picture_memory(spec, s);
    track->bytes = spec->max_bytes && bytes > (double)spec->max_bytes ? spec->max_bytes : (uint64_t)bytes;
}

static void estimate_track(const struct rl_planning *p, struct rl_planned_track *track)
{
    double bits = 0; /* a second */
    const struct rl_stream *s = &p->facts->streams[track->stream];
    track->memory = 16u << 20;
    if (track->job == RL_JOB_VIDEO) {
        track->memory = video_memory(&track->spec.video);
        bits = video_bit_rate(&track->spec.video);
    } else if (track->job == RL_JOB_AUDIO) {
        bits = track->spec.audio.bit_rate;
        track->memory = (uint64_t)(24u << 20) + (uint64_t)track->spec.audio.channels * (4u << 20);
    } else if (track->job == RL_JOB_COPY) {
        bits = (double)s->bit_rate;
    } else if (track->job == RL_JOB_PICTURE) {
        estimate_picture(track, s);
        return;
    }
    if (track->duration != REEL_NO_TIME)
        track->bytes = (uint64_t)fmin(bits / 8 * (double)track->duration / 1e6, 1e18);
}

/* How many segments a track is expected to have; 0 unknown. */
static uint64_t segments_of(const struct rl_planned_track *track, int64_t *length)
{
    int64_t every = 0;
    if (track->job == RL_JOB_VIDEO && !track->spec.video.every)
        return track->list.cut_count - 1;
    if (track->kind == REEL_STREAM_TEXT || track->kind == REEL_STREAM_PICTURE)
        every = INT64_MAX;
    else if (track->job == RL_JOB_VIDEO)
        every = rl_rescale(track->spec.video.every, track->spec.video.time_base, RL_US);
    else if (track->job == RL_JOB_AUDIO)
        every = 20000 * (int64_t)track->spec.audio.segment_packets;
    else
        every = rl_rescale(track->spec.copy.every, track->spec.copy.time_base, RL_US);
    *length = every;
    if (track->kind == REEL_STREAM_TEXT || track->kind == REEL_STREAM_PICTURE)
        return 1;
    if (track->duration == REEL_NO_TIME || every <= 0)
        return 0;
    int64_t count = track->duration / every + (track->duration % every > 0);
    return count > 0 ? (uint64_t)count : 1;
}

static void add_segment(struct rl_planning *p, uint32_t index, uint32_t n, uint64_t count, int64_t length)
{
    struct rl_planned_track *track = &p->plan->tracks[index];
    struct rl_planned_segment *to = &p->plan->segments[p->plan->segment_count++];
    int64_t end = track->duration == REEL_NO_TIME ? REEL_NO_TIME : track->start + track->duration;
    *to = (struct rl_planned_segment){ index, n, track->start, REEL_NO_TIME };
    if (track->job == RL_JOB_VIDEO && !track->spec.video.every) {
        const struct rl_cut *cuts = track->list.cuts;
        const struct rl_video_spec *spec = &track->spec.video;
        if (n > 0)
            to->start = rl_rescale(cuts[n].ts - spec->origin, spec->time_base, RL_US);
        if (n + 1 < count)
            end = rl_rescale(cuts[n + 1].ts - spec->origin, spec->time_base, RL_US);
    } else if (length < INT64_MAX) {
        to->start += (int64_t)n * length;
        if (n + 1 < count)
            end = to->start + length;
    }
    if (end != REEL_NO_TIME)
        to->duration = end > to->start ? end - to->start : 0;
}

static int list_segments(struct rl_planning *p)
{
    struct reel_plan *plan = p->plan;
    uint64_t total = 0;
    int64_t length = 0;
    for (uint32_t i = 0; i < plan->track_count; i++) {
        uint64_t count = segments_of(&plan->tracks[i], &length);
        if (count == 0)
            return 0; /* only the run will tell */
        total += count;
    }
    if (total > 1000000)
        return 0;
    plan->segments = rl_calloc(p->env, total, sizeof(*plan->segments));
    if (!plan->segments)
        return rl_err_nomem(p->err, "plan");
    for (uint32_t i = 0; i < plan->track_count; i++) {
        uint64_t count = segments_of(&plan->tracks[i], &length);
        for (uint32_t n = 0; n < count; n++)
            add_segment(p, i, n, count, length);
    }
    return 0;
}

int rl_plan_estimate(struct rl_planning *p)
{
    struct reel_plan *plan = p->plan;
    plan->bytes = 0;
    bool known = true;
    for (uint32_t i = 0; i < plan->track_count; i++) {
        struct rl_planned_track *track = &plan->tracks[i];
        estimate_track(p, track);
        plan->bytes += track->bytes;
        known &= track->duration != REEL_NO_TIME || track->kind == REEL_STREAM_TEXT ||
                 track->kind == REEL_STREAM_PICTURE;
        plan->memory = track->memory > plan->memory ? track->memory : plan->memory;
    }
    if (plan->has_preview) {
        const struct rl_stream *s = &p->facts->streams[plan->preview.source.stream];
        uint64_t memory = picture_memory(&plan->preview.poster, s);
        plan->memory = memory > plan->memory ? memory : plan->memory;
    }
    if (!known)
        plan->bytes = 0;
    if (plan->memory > p->env->limits.memory_bytes)
        return rl_err(p->err, REEL_ERR_LIMIT_MEMORY, "plan",
                      "one segment needs about %llu bytes of memory, the limit is %llu",
                      (unsigned long long)plan->memory, (unsigned long long)p->env->limits.memory_bytes);
    return list_segments(p);
}
