/* Plans whose output is one picture, or none: which stream it is made of, and the track. */
#include "make.h"

#include "../base/time.h"
#include "picture.h"
#include "still.h"

#include <stdio.h>
#include <string.h>

bool rl_plan_is_moving(const struct rl_planning *p, const struct rl_stream *s)
{
    return s->kind == REEL_STREAM_VIDEO && !s->attached_picture && !rl_is_picture_format(p->facts->format);
}

static bool is_picture(const struct rl_planning *p, const struct rl_stream *s)
{
    return s->kind == REEL_STREAM_PICTURE || s->attached_picture ||
        (s->kind == REEL_STREAM_VIDEO && rl_is_picture_format(p->facts->format));
}

int rl_plan_best_picture(const struct rl_planning *p)
{
    int moving = rl_is_picture_format(p->facts->format) ? -1 : rl_plan_best(p, REEL_STREAM_VIDEO);
    if (moving >= 0)
        return moving;
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        const struct rl_stream *s = &p->facts->streams[i];
        if (is_picture(p, s) && s->decodable && !s->broken)
            return (int)i;
    }
    return -1;
}

void rl_plan_still_source(const struct rl_planning *p, const struct rl_stream *s, struct rl_still_source *source)
{
    *source = (struct rl_still_source){
        .stream = s->index, .time_base = s->time_base, .time = REEL_NO_TIME, .duration = REEL_NO_TIME,
    };
    memcpy(source->codec, s->codec, sizeof(source->codec));
    if (rl_is_picture_format(p->facts->format)) {
        snprintf(source->type, sizeof(source->type), "%.15s", p->facts->format);
        return;
    }
    memcpy(source->format, p->facts->format, sizeof(source->format));
    source->attached = !rl_plan_is_moving(p, s);
    if (source->attached)
        return;
    int64_t start, duration;
    rl_plan_extent(p, s, &start, &duration);
    source->origin = rl_plan_origin_in(p, s->time_base);
    source->duration = duration == REEL_NO_TIME ? REEL_NO_TIME : start + duration;
    source->time = p->v->picture_time < 0 ? REEL_NO_TIME : p->v->picture_time;
    source->candidates = (int32_t)p->v->picture_candidates;
}

static int no_picture(const struct rl_planning *p)
{
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        const struct rl_stream *s = &p->facts->streams[i];
        if (s->kind != REEL_STREAM_VIDEO && s->kind != REEL_STREAM_PICTURE)
            continue;
        int code = s->decodable ? REEL_ERR_INVALID_DATA : REEL_ERR_CODEC;
        if (s->decodable && !s->broken)
            continue; /* without content, or not the one that video.stream names */
        rl_err(p->err, code, "plan", s->decodable ? "stream %u: %.95s" : "stream %u: this build does not decode %.95s",
               (unsigned)i, !s->decodable ? s->codec : s->broken_text[0] ? s->broken_text
                                                                   : "its parameters are missing");
        rl_err_where(p->err, (int32_t)i, REEL_NO_TIME);
        return code;
    }
    return rl_err(p->err, REEL_ERR_NO_STREAM, "plan", "the input has no picture: neither video nor cover art");
}

static void leave_out(struct rl_planning *p, uint32_t i, const char *what)
{
    struct rl_planned_stream *to = &p->plan->streams[i];
    const struct rl_stream *s = &p->facts->streams[i];
    bool picture = s->kind == REEL_STREAM_VIDEO || s->kind == REEL_STREAM_PICTURE;
    to->kind = s->kind;
    to->action = REEL_ACTION_DROP;
    to->reason = picture ? REEL_REASON_NOT_FIRST : REEL_REASON_NOT_SELECTED;
    snprintf(to->text, sizeof(to->text), "%s", picture ? "the picture is made of another stream" : what);
}

int rl_plan_select_picture(struct rl_planning *p)
{
    int best = rl_plan_best_picture(p);
    const char *target = p->v->output_format == RL_OUTPUT_AVIF ? "AVIF" : "WebP";
    if (best < 0)
        return no_picture(p);
    for (uint32_t i = 0; i < p->facts->stream_count; i++)
        leave_out(p, i, "the output is one picture");
    const struct rl_stream *s = &p->facts->streams[best];
    struct rl_planned_stream *to = &p->plan->streams[best];
    to->action = REEL_ACTION_TRANSCODE;
    to->reason = REEL_REASON_OTHER_CODEC;
    if (rl_plan_is_moving(p, s))
        snprintf(to->text, sizeof(to->text), "a frame of %.31s as %s", s->codec, target);
    else
        snprintf(to->text, sizeof(to->text), "%.31s to %s", s->codec[0] ? s->codec : p->facts->format, target);
    return rl_plan_refuse_dolby(p);
}

/* For the origin of the timeline, what the previews are made of counts as kept; rl_plan_release takes that back. */
int rl_plan_select_none(struct rl_planning *p)
{
    int chosen[2] = { rl_wants_pictures(p->v) ? rl_plan_best_picture(p) : -1,
                      rl_wants_wave(p->v) ? rl_plan_best(p, REEL_STREAM_AUDIO) : -1 };
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        struct rl_planned_stream *to = &p->plan->streams[i];
        to->kind = p->facts->streams[i].kind;
        to->action = REEL_ACTION_DROP;
        to->reason = REEL_REASON_NOT_SELECTED;
        snprintf(to->text, sizeof(to->text), "nothing is made but previews");
    }
    for (size_t i = 0; i < 2; i++) {
        if (chosen[i] < 0)
            continue;
        p->plan->streams[chosen[i]].action = REEL_ACTION_TRANSCODE;
        snprintf(p->plan->streams[chosen[i]].text, sizeof(p->plan->streams[0].text), "previews are made of it");
    }
    if (chosen[0] < 0 && chosen[1] < 0)
        return rl_wants_pictures(p->v) ? no_picture(p)
                                       : rl_err(p->err, REEL_ERR_NO_STREAM, "plan", "the input has no sound");
    return rl_plan_refuse_dolby(p);
}

void rl_plan_release(struct rl_planning *p)
{
    for (uint32_t i = 0; i < p->plan->stream_count; i++)
        p->plan->streams[i].action = REEL_ACTION_DROP;
}

int rl_plan_picture_track(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track)
{
    struct rl_picture_job_spec *spec = &track->spec.picture;
    struct rl_planned_stream *to = &p->plan->streams[s->index];
    struct rl_track *t = &track->track;
    bool avif = p->v->output_format == RL_OUTPUT_AVIF;
    char note[160];
    const struct rl_still_plan plan = {
        .env = p->env, .stream = s, .v = p->v, .format = avif ? RL_STILL_AVIF : RL_STILL_WEBP,
        .is_video = rl_plan_is_moving(p, s),
    };
    int rc = rl_still_resolve(&plan, &spec->still, note, sizeof(note), p->err);
    if (rc < 0)
        return rc;
    if (note[0]) {
        size_t used = strlen(to->text);
        snprintf(to->text + used, sizeof(to->text) - used, "; %s", note);
    }
    rl_plan_still_source(p, s, &spec->source);
    track->kind = t->kind = REEL_STREAM_PICTURE;
    track->stream = t->stream = s->index;
    track->action = REEL_ACTION_TRANSCODE;
    track->job = RL_JOB_PICTURE;
    snprintf(t->codec, sizeof(t->codec), "%s", avif ? "avif" : "webp");
    t->timescale = 1000000;
    t->width = rl_still_width(&spec->still);
    t->height = rl_still_height(&spec->still);
    t->bit_depth = spec->still.depth;
    if (spec->still.animated)
        rl_plan_extent(p, s, &track->start, &track->duration);
    p->plan->duration = track->duration;
    return 0;
}
