/* Which streams go into the output, and what is done to them. */
#include "make.h"

#include "picture.h"
#include "still.h"

#include <stdio.h>
#include <string.h>

static bool is_codec(const struct rl_stream *s, const char *name)
{
    return !strcmp(s->codec, name);
}

static bool is_empty(const struct rl_planning *p, const struct rl_stream *s)
{
    bool no_time = s->duration == 0 && s->frames == 0;
    return no_time && (s->start == REEL_NO_TIME || !strcmp(p->facts->format, "mov"));
}

static bool audio_copies(const struct rl_planning *p, const struct rl_stream *s, int32_t *reason)
{
    const struct rl_chain_values *v = p->v;
    *reason = REEL_REASON_OTHER_CODEC;
    if (!is_codec(s, "opus"))
        return false;
    *reason = REEL_REASON_CHANGED;
    bool rate = v->audio_bit_rate && (s->bit_rate == 0 || s->bit_rate > v->audio_bit_rate + v->audio_bit_rate / 5);
    bool channels = v->audio_channels && v->audio_channels != s->channels;
    if (!v->copy_enabled || rate || channels || s->channels > 8 || v->audio_gain != 0 ||
        v->audio_loudness != RL_LOUDNESS_OFF)
        return false;
    *reason = REEL_REASON_TRIMMED;
    if (p->trim_start || p->trim_end || s->hides)
        return false;
    *reason = REEL_REASON_TARGET_CODEC;
    return true;
}

/* What would be done to a stream that is kept. false: it cannot be. */
static bool treatment(struct rl_planning *p, const struct rl_stream *s, int32_t *action, int32_t *reason)
{
    bool copies = false;
    *action = REEL_ACTION_TRANSCODE;
    if (s->kind == REEL_STREAM_TEXT) {
        *action = REEL_ACTION_CONVERT;
        *reason = REEL_REASON_TEXT;
    } else {
        copies = s->kind == REEL_STREAM_VIDEO ? rl_plan_video_copies(p, s, reason) : audio_copies(p, s, reason);
    }
    if (copies)
        *action = REEL_ACTION_COPY;
    return copies || s->decodable;
}

static void drop(struct rl_planning *p, uint32_t i, int32_t reason, bool lossy, const char *text)
{
    struct rl_planned_stream *to = &p->plan->streams[i];
    to->action = REEL_ACTION_DROP;
    to->reason = reason;
    to->lossy = lossy;
    snprintf(to->text, sizeof(to->text), "%s", text);
}

/* Larger is better; by the rules of the option's help. */
static int64_t rank(const struct rl_stream *s)
{
    int64_t rate = s->bit_rate < (1 << 30) ? s->bit_rate : 1 << 30;
    int64_t size = s->kind == REEL_STREAM_VIDEO ? (int64_t)s->width * s->height : s->channels;
    return ((int64_t)(s->is_default != 0) << 62) + (size << 30) + rate / 2;
}

/* The best of a kind, among all that are not dropped yet. -1: none. */
static int best_of(const struct rl_planning *p, int32_t kind)
{
    int best = -1;
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        const struct rl_stream *s = &p->facts->streams[i];
        if (s->kind != kind || p->plan->streams[i].action)
            continue;
        if (kind == REEL_STREAM_VIDEO && p->v->video_stream >= 0) {
            if (p->v->video_stream == (int64_t)i)
                return (int)i;
            continue;
        }
        if (best < 0 || rank(s) > rank(&p->facts->streams[best]))
            best = (int)i;
    }
    return best;
}

static void describe(struct rl_planned_stream *to, const struct rl_stream *s)
{
    static const char *const targets[] = { "", "AV1", "Opus", "WebVTT" };
    const char *target = targets[s->kind];
    if (to->action == REEL_ACTION_COPY)
        snprintf(to->text, sizeof(to->text), "is %s already and nothing changes it", target);
    else if (to->reason == REEL_REASON_CHANGED)
        snprintf(to->text, sizeof(to->text), "is %s already, but the chain changes it: encoded anew", target);
    else if (to->reason == REEL_REASON_TRIMMED)
        snprintf(to->text, sizeof(to->text), "is %s already, but is cut inside: encoded anew", target);
    else
        snprintf(to->text, sizeof(to->text), "%.31s to %s", s->codec, target);
}

/* Keeps one stream, or drops it when this build cannot. */
static bool keep(struct rl_planning *p, int index)
{
    const struct rl_stream *s = &p->facts->streams[index];
    struct rl_planned_stream *to = &p->plan->streams[index];
    int32_t action, reason;
    /* The codec first: what nobody can parse has no parameters either, and the codec is the cause. */
    if (!treatment(p, s, &action, &reason)) {
        bool known = s->codec[0] && !is_codec(s, "none") && !is_codec(s, "unknown");
        char text[80];
        snprintf(text, sizeof(text), "this build does not decode %.31s", known ? s->codec : "its codec");
        drop(p, (uint32_t)index, REEL_REASON_NO_DECODER, true, text);
        return false;
    }
    if (s->broken) {
        drop(p, (uint32_t)index, REEL_REASON_BROKEN, true,
             s->broken_text[0] ? s->broken_text : "its parameters are missing");
        return false;
    }
    to->action = action;
    to->reason = reason;
    describe(to, s);
    return true;
}

/* Takes the best of a kind that can be taken, or all of them; what could not be and would have been is lossy. */
static void choose(struct rl_planning *p, int32_t kind, bool all, const char *why)
{
    bool taken = false;
    for (int i; (all || !taken) && (i = best_of(p, kind)) >= 0;)
        taken |= keep(p, i);
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        if (p->facts->streams[i].kind == kind && !p->plan->streams[i].action)
            drop(p, i, REEL_REASON_NOT_FIRST, false, why);
    }
}

static void drop_what_never_fits(struct rl_planning *p)
{
    const struct rl_chain_values *v = p->v;
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        const struct rl_stream *s = &p->facts->streams[i];
        p->plan->streams[i].kind = s->kind;
        bool wanted = s->kind == REEL_STREAM_VIDEO   ? v->video_enabled
                      : s->kind == REEL_STREAM_AUDIO ? v->audio_enabled
                                                     : v->text_enabled;
        if (s->kind == REEL_STREAM_PICTURE || s->attached_picture)
            drop(p, i, REEL_REASON_PICTURE, false, "cover art; pictures are an output of their own");
        else if (s->kind == REEL_STREAM_OTHER)
            drop(p, i, REEL_REASON_NOT_HELD, false, "WebM does not hold streams of this kind");
        else if (!wanted)
            drop(p, i, REEL_REASON_NOT_SELECTED, false, "the chain does not ask for it");
        else if (is_empty(p, s))
            drop(p, i, REEL_REASON_EMPTY, false, "it has no content");
    }
}

bool rl_stream_is_dolby_only(const struct rl_stream *s)
{
    return s->dv_profile == 5 || (s->dv_profile == 10 && s->dv_compatibility == 0);
}

int rl_plan_best(const struct rl_planning *p, int32_t kind)
{
    int best = -1;
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        const struct rl_stream *s = &p->facts->streams[i];
        if (s->kind != kind || s->attached_picture || !s->decodable || s->broken || is_empty(p, s))
            continue;
        if (kind == REEL_STREAM_VIDEO && p->v->video_stream >= 0 && p->v->video_stream != (int64_t)i)
            continue;
        if (best < 0 || rank(s) > rank(&p->facts->streams[best]))
            best = (int)i;
    }
    return best;
}

int rl_plan_refuse_dolby(const struct rl_planning *p)
{
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        const struct rl_stream *s = &p->facts->streams[i];
        if (p->plan->streams[i].action == REEL_ACTION_DROP || s->kind != REEL_STREAM_VIDEO)
            continue;
        if (rl_stream_is_dolby_only(s)) {
            rl_err(p->err, REEL_ERR_UNSUPPORTED, "plan",
                   "Dolby Vision profile %d has no picture that plays without Dolby's own processing",
                   (int)s->dv_profile);
            rl_err_where(p->err, (int32_t)i, REEL_NO_TIME);
            return REEL_ERR_UNSUPPORTED;
        }
    }
    return 0;
}

static int nothing_left(const struct rl_planning *p)
{
    for (int pass = 0; pass < 2; pass++) { /* a codec says more than broken parameters */
        for (uint32_t i = 0; i < p->facts->stream_count; i++) {
            const struct rl_planned_stream *s = &p->plan->streams[i];
            if (!s->lossy || (pass == 0 && s->reason != REEL_REASON_NO_DECODER))
                continue;
            int code = pass == 0 ? REEL_ERR_CODEC : REEL_ERR_INVALID_DATA;
            rl_err(p->err, code, "plan", "stream %u: %s", (unsigned)i, s->text);
            rl_err_where(p->err, (int32_t)i, REEL_NO_TIME);
            return code;
        }
    }
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        if (p->plan->streams[i].reason == REEL_REASON_EMPTY)
            return rl_err(p->err, REEL_ERR_NO_STREAM, "plan", "stream %u: %s", (unsigned)i, p->plan->streams[i].text);
    }
    return rl_err(p->err, REEL_ERR_NO_STREAM, "plan", "the input has nothing that the chain asks for");
}

int rl_plan_select(struct rl_planning *p)
{
    if (rl_is_picture_format(p->facts->format))
        return rl_err(p->err, REEL_ERR_NO_STREAM, "plan",
                      "the input is a picture (%s), and the output is WebM: set output.format to avif or webp",
                      p->facts->format);
    drop_what_never_fits(p);
    if (p->v->video_enabled && p->v->video_stream >= 0 && best_of(p, REEL_STREAM_VIDEO) < 0)
        return rl_err(p->err, REEL_ERR_NO_STREAM, "plan", "video.stream: stream %d is no video of this input",
                      (int)p->v->video_stream);
    choose(p, REEL_STREAM_VIDEO, false, "another video stream was chosen");
    choose(p, REEL_STREAM_AUDIO, p->v->audio_streams == RL_STREAMS_ALL, "another audio stream was chosen");
    choose(p, REEL_STREAM_TEXT, true, "");
    int rc = rl_plan_refuse_dolby(p);
    if (rc < 0)
        return rc;
    bool media = false;
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        int32_t kind = p->plan->streams[i].kind;
        media |= p->plan->streams[i].action != REEL_ACTION_DROP && kind != REEL_STREAM_TEXT;
    }
    return media ? 0 : nothing_left(p);
}
