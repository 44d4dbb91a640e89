/* The tracks of the output: what all have in common, and those of sound and text. */
#include "make.h"

#include "../base/time.h"

#include <stdio.h>
#include <string.h>

/* 500 ms of pre-roll: after 200, one join in twenty was 11 dB worse than the same place in one piece; after 500, none 0.1 dB. */
enum { SEGMENT_PACKETS = 500, PRE_ROLL_PACKETS = 25 };

/* Rates at which Opus is transparent for most material (Xiph's recommended settings): 64 kbit/s for mono, 128 for stereo,
 * 256 for 5.1, 320 for 7.1. */
static int32_t auto_bit_rate(int32_t channels)
{
    return channels < 2 ? 64000 : 64000 + 32000 * channels;
}

/* Can the demuxer seek to a time without reading all that is before it? */
static bool seeks(const char *format)
{
    static const char *const names[] = { "mov", "matroska", "wav", "w64", "aiff", "ogg", "caf", "au" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(format, names[i]))
            return true;
    }
    return false;
}

/*
 * Channels of the output. Opus has one layout for each number of channels, and it need not be the source's: so the smallest
 * one that has all of the source's speakers, silent ones included, before a mix that would lose some. Those that none has
 * (the inner front pair) are mixed into the fronts.
 */
static int32_t auto_channels(const struct rl_stream *s)
{
    static const struct {
        const char *layout;
        int32_t channels;
    } wider[] = {
        { "2.1", 6 },       { "3.1", 6 },       { "4.0", 7 },        { "4.1", 7 },       { "3.0(back)", 7 },
        { "6.0", 7 },       { "hexagonal", 7 }, { "7.0", 8 },        { "6.0(front)", 6 }, { "6.1(front)", 6 },
        { "7.0(front)", 6 }, { "7.1(wide)", 6 }, { "7.1(wide-side)", 6 },
    };
    for (size_t i = 0; i < sizeof(wider) / sizeof(wider[0]); i++)
        if (!strcmp(s->layout, wider[i].layout))
            return wider[i].channels;
    /* More than 7.1 is no layout that Opus names; a mix of it to stereo at least plays everywhere. */
    return s->channels < 1 || s->channels > 8 ? 2 : s->channels;
}

static void plan_audio(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track)
{
    struct rl_audio_spec *spec = &track->spec.audio;
    const struct rl_chain_values *v = p->v;
    memcpy(spec->format, p->facts->format, sizeof(spec->format));
    memcpy(spec->codec, s->codec, sizeof(spec->codec));
    spec->stream = s->index;
    spec->time_base = s->time_base;
    spec->origin = rl_plan_origin_in(p, s->time_base);
    spec->trim_start = p->trim_start ? spec->origin : REEL_NO_TIME;
    spec->trim_end = p->trim_end ? rl_plan_time_in(p, p->end_us, s->time_base) : REEL_NO_TIME;
    if ((p->trim_start || p->trim_end) && s->time_base.num > s->time_base.den / 1000) {
        const reel_ratio sound = { 1, 48000 };
        spec->shift = rl_rescale(p->ticks, p->base, sound) - rl_rescale(spec->origin, s->time_base, sound);
        spec->length = p->trim_end ? rl_rescale(p->end_us, RL_US, sound) : 0;
    }
    spec->duration = track->duration == REEL_NO_TIME ? REEL_NO_TIME : rl_rescale(track->duration, RL_US, s->time_base);
    spec->channels = v->audio_channels ? (int32_t)v->audio_channels : auto_channels(s);
    spec->family = spec->channels > 2;
    spec->bit_rate = v->audio_bit_rate ? (int32_t)v->audio_bit_rate : auto_bit_rate(spec->channels);
    if (spec->bit_rate < 6000 * spec->channels) /* libopus's least */
        spec->bit_rate = 6000 * spec->channels;
    if (spec->bit_rate > 256000 * spec->channels)
        spec->bit_rate = 256000 * spec->channels;
    spec->complexity = (int32_t)v->audio_complexity;
    spec->seekable = seeks(p->facts->format);
    spec->gain = v->audio_gain;
    spec->measure = v->audio_loudness != RL_LOUDNESS_OFF;
    spec->has_target = v->audio_loudness == RL_LOUDNESS_TARGET;
    spec->target = spec->has_target ? v->audio_loudness_target : 0;
    spec->peak_limit = spec->has_target ? v->audio_peak_limit : 0;
    spec->segment_packets = SEGMENT_PACKETS;
    spec->pre_roll_packets = PRE_ROLL_PACKETS;
    track->track.timescale = 48000;
    track->track.channels = spec->channels;
}

static void plan_text(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track)
{
    struct rl_text_spec *spec = &track->spec.text;
    memcpy(spec->format, p->facts->format, sizeof(spec->format));
    memcpy(spec->codec, s->codec, sizeof(spec->codec));
    spec->stream = s->index;
    spec->time_base = s->time_base;
    spec->origin = rl_plan_origin_in(p, s->time_base);
    spec->trim_start = p->trim_start ? spec->origin : REEL_NO_TIME;
    spec->trim_end = p->trim_end ? rl_plan_time_in(p, p->end_us, s->time_base) : REEL_NO_TIME;
    track->track.timescale = 1000;
}

static void plan_copy(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track)
{
    struct rl_copy_spec *spec = &track->spec.copy;
    struct rl_track *t = &track->track;
    bool video = s->kind == REEL_STREAM_VIDEO;
    memcpy(spec->format, p->facts->format, sizeof(spec->format));
    memcpy(spec->codec, s->codec, sizeof(spec->codec));
    spec->stream = s->index;
    spec->time_base = s->time_base;
    spec->origin = rl_plan_origin_in(p, s->time_base);
    int64_t every = rl_rescale(video ? p->v->segment_min : 20000 * SEGMENT_PACKETS, RL_US, s->time_base);
    spec->every = every > 0 ? every : 1;
    int64_t frame = video && s->frame_rate.num > 0 && s->frame_rate.den > 0
                        ? rl_rescale(1, (reel_ratio){ s->frame_rate.den, s->frame_rate.num }, s->time_base)
                        : 0;
    spec->frame_duration = frame > 0 ? frame : 0;
    t->width = video ? s->width : 0;
    t->height = video ? s->height : 0;
    t->channels = video ? 0 : s->channels;
    t->pre_skip = video || s->pre_skip > 65535 ? 0 : s->pre_skip;
    t->timescale = 48000;
    if (video) {
        int32_t a = s->time_base.num, b = s->time_base.den;
        while (b) {
            int32_t r = a % b;
            a = b;
            b = r;
        }
        t->timescale = (uint32_t)(s->time_base.den / a);
        t->aspect = s->aspect.num > 0 && s->aspect.den > 0 ? s->aspect : (reel_ratio){ 1, 1 };
        t->frame_rate = s->frame_rate;
        t->bit_depth = s->bit_depth <= 16 ? s->bit_depth : 0;
        t->colour = s->colour;
        t->mastering = s->mastering;
        t->light = s->light;
    }
    spec->timescale = t->timescale;
}

static const char *title_of(const struct rl_stream *s)
{
    for (uint32_t i = 0; i < s->tag_count; i++) {
        if (s->tags[i].key && !strcmp(s->tags[i].key, "title"))
            return s->tags[i].value;
    }
    return NULL;
}

int rl_plan_track(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track)
{
    static const char *const codecs[] = { "", "av1", "opus", "webvtt" };
    struct rl_track *t = &track->track;
    track->kind = t->kind = s->kind;
    track->stream = t->stream = s->index;
    track->action = p->plan->streams[s->index].action;
    snprintf(t->codec, sizeof(t->codec), "%s", codecs[s->kind]);
    memcpy(t->language, s->language, sizeof(t->language));
    t->is_default = s->is_default;
    t->is_forced = s->is_forced;
    rl_plan_extent(p, s, &track->start, &track->duration);
    const char *title = p->v->meta_tags ? title_of(s) : NULL;
    if (title && !(t->title = rl_strdup(p->env, title)))
        return rl_err_nomem(p->err, "plan");

    if (track->action == REEL_ACTION_COPY) {
        track->job = RL_JOB_COPY;
        plan_copy(p, s, track);
    } else if (s->kind == REEL_STREAM_VIDEO) {
        track->job = RL_JOB_VIDEO;
        return rl_plan_video(p, s, track);
    } else if (s->kind == REEL_STREAM_AUDIO) {
        track->job = RL_JOB_AUDIO;
        plan_audio(p, s, track);
    } else {
        track->job = RL_JOB_TEXT;
        plan_text(p, s, track);
    }
    return 0;
}
