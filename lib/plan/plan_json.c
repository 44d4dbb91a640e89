/* The plan for people and programs to read. */
#include "make.h"

#include "../base/json.h"
#include "still.h"

const char *reel_action_name(int32_t action)
{
    static const char *const names[] = { "?", "copy", "transcode", "convert", "drop" };
    return action >= 1 && action <= 4 ? names[action] : "?";
}

const char *reel_reason_name(int32_t reason)
{
    static const char *const names[] = {
        "?",    "target-codec", "other-codec", "changed", "trimmed",    "text",   "not-selected",
        "not-first", "not-held", "picture",    "no-decoder", "empty",   "broken",
    };
    return reason >= 1 && reason <= 12 ? names[reason] : "?";
}

static const char *kind_name(int32_t kind)
{
    static const char *const names[] = { "?", "video", "audio", "text", "picture", "other" };
    return kind >= 1 && kind <= 5 ? names[kind] : "?";
}

static json_t *stream_json(const struct rl_stream *s, const struct rl_planned_stream *planned, bool *ok)
{
    json_t *o = json_object();
    rl_json_set_int(o, "stream", s->index, ok);
    rl_json_set_text(o, "kind", kind_name(s->kind), ok);
    rl_json_set_text(o, "codec", s->codec, ok);
    rl_json_set_text(o, "action", reel_action_name(planned->action), ok);
    rl_json_set_text(o, "reason", reel_reason_name(planned->reason), ok);
    rl_json_set_text(o, "text", planned->text, ok);
    return o;
}

static void add_video(json_t *o, const struct rl_planned_track *t, bool *ok)
{
    const struct rl_video_spec *v = &t->spec.video;
    static const char *const deinterlace[] = { "off", "flagged", "all" };
    rl_json_set_text(o, "encoder", v->encoder == RL_ENCODER_AOM ? "aom" : "svtav1", ok);
    rl_json_set_int(o, "speed", v->preset, ok);
    rl_json_set_int(o, "crf", v->crf, ok);
    rl_json_set_text(o, "pixel_format", v->picture.pixel_format, ok);
    rl_json_set_text(o, "deinterlace", deinterlace[v->picture.deinterlace], ok);
    rl_json_set_int(o, "rotation", v->picture.rotation, ok);
    rl_json_set_bool(o, "tonemap", v->picture.tonemap, ok);
    rl_json_set_bool(o, "indexed", v->every == 0, ok);
    rl_json_set_int(o, "runs", t->list.run_count, ok);
}

static json_t *still_json(const struct rl_still_spec *s, bool *ok)
{
    json_t *o = json_object();
    rl_json_set_text(o, "format", s->format == RL_STILL_AVIF ? "avif" : "webp", ok);
    rl_json_set_int(o, "width", rl_still_width(s), ok);
    rl_json_set_int(o, "height", rl_still_height(s), ok);
    rl_json_set_int(o, "rotation", s->rotation, ok);
    rl_json_set_bool(o, "mirrored", s->mirrored, ok);
    rl_json_set_int(o, "quality", s->quality, ok);
    rl_json_set_int(o, "speed", s->speed, ok);
    rl_json_set_bool(o, "lossless", s->lossless, ok);
    rl_json_set_int(o, "bit_depth", s->depth, ok);
    rl_json_set_int(o, "chroma", s->chroma, ok);
    rl_json_set_bool(o, "alpha", s->alpha, ok);
    rl_json_set_bool(o, "tonemap", s->tonemap, ok);
    rl_json_set_text(o, "profile", s->profile == RL_PROFILE_EMBED ? "embed" : "srgb", ok);
    rl_json_set_bool(o, "animated", s->animated, ok);
    return o;
}

static json_t *preview_json(const struct reel_plan *plan, bool *ok)
{
    const struct rl_preview_spec *s = &plan->preview;
    json_t *o = json_object();
    rl_json_set_bool(o, "made", plan->has_preview, ok);
    rl_json_set_text(o, "text", plan->preview_text, ok);
    if (!plan->has_preview)
        return o;
    rl_json_set_int(o, "stream", s->source.stream, ok);
    rl_json_set_int(o, "posters", s->posters, ok);
    rl_json_set(o, "poster", still_json(&s->poster, ok), ok);
    rl_json_set_bool(o, "placeholder", s->placeholder, ok);
    rl_json_set_bool(o, "storyboard", s->storyboard, ok);
    if (s->storyboard) {
        rl_json_set_int(o, "tile_width", s->tile_width, ok);
        rl_json_set_int(o, "tile_height", s->tile_height, ok);
        rl_json_set_int(o, "columns", s->columns, ok);
        rl_json_set_int(o, "rows", s->rows, ok);
        rl_json_set_int(o, "interval", s->interval, ok);
    }
    rl_json_set_text(o, "animation", s->animation == RL_STILL_AVIF ? "avif" : s->animation ? "webp" : "none", ok);
    if (s->animation) {
        rl_json_set_int(o, "animation_width", s->animation_width, ok);
        rl_json_set_int(o, "animation_height", s->animation_height, ok);
        rl_json_set_int(o, "moments", s->moments, ok);
    }
    return o;
}

static json_t *wave_json(const struct reel_plan *plan, bool *ok)
{
    json_t *o = json_object();
    rl_json_set_bool(o, "made", plan->has_wave, ok);
    rl_json_set_text(o, "text", plan->wave_text, ok);
    if (!plan->has_wave)
        return o;
    rl_json_set_int(o, "stream", plan->wave.stream, ok);
    rl_json_set_bool(o, "waveform", plan->wave.waveform, ok);
    rl_json_set_bool(o, "loudness", plan->wave.loudness, ok);
    return o;
}

/* What previews there are to be, or why not; only where some are asked for. */
static void add_previews(json_t *root, const struct reel_plan *plan, bool *ok)
{
    if (!plan->preview_text[0] && !plan->wave_text[0])
        return;
    json_t *o = json_object();
    if (plan->preview_text[0])
        rl_json_set(o, "pictures", preview_json(plan, ok), ok);
    if (plan->wave_text[0])
        rl_json_set(o, "sound", wave_json(plan, ok), ok);
    rl_json_set(root, "previews", o, ok);
}

static json_t *track_json(const struct rl_planned_track *t, bool *ok)
{
    json_t *o = json_object();
    rl_json_set_int(o, "stream", t->stream, ok);
    rl_json_set_text(o, "kind", kind_name(t->kind), ok);
    rl_json_set_text(o, "codec", t->track.codec, ok);
    rl_json_set_int(o, "start", t->start, ok);
    rl_json_set_time(o, "duration", t->duration, ok);
    rl_json_set_int(o, "timescale", t->track.timescale, ok);
    if (t->kind == REEL_STREAM_VIDEO) {
        rl_json_set_int(o, "width", t->track.width, ok);
        rl_json_set_int(o, "height", t->track.height, ok);
        rl_json_set_ratio(o, "aspect", t->track.aspect, ok);
        rl_json_set_int(o, "bit_depth", t->track.bit_depth, ok);
    }
    if (t->job == RL_JOB_VIDEO)
        add_video(o, t, ok);
    if (t->job == RL_JOB_PICTURE)
        rl_json_set(o, "picture", still_json(&t->spec.picture.still, ok), ok);
    if (t->kind == REEL_STREAM_AUDIO)
        rl_json_set_int(o, "channels", t->track.channels, ok);
    if (t->job == RL_JOB_AUDIO)
        rl_json_set_int(o, "bit_rate", t->spec.audio.bit_rate, ok);
    rl_json_set_int(o, "estimated_bytes", (int64_t)t->bytes, ok);
    return o;
}

static json_t *segment_json(const struct reel_plan *plan, const struct rl_planned_segment *s, bool *ok)
{
    json_t *o = json_object();
    rl_json_set_int(o, "stream", plan->tracks[s->track].stream, ok);
    rl_json_set_int(o, "index", s->index, ok);
    rl_json_set_int(o, "start", s->start, ok);
    rl_json_set_time(o, "duration", s->duration, ok);
    return o;
}

static json_t *input_json(const struct rl_facts *f, bool *ok)
{
    json_t *o = json_object();
    rl_json_set_text(o, "format", f->format, ok);
    rl_json_set_int(o, "bytes", (int64_t)f->bytes, ok);
    rl_json_set_time(o, "start", f->start, ok);
    rl_json_set_time(o, "duration", f->duration, ok);
    rl_json_set_text(o, "warning", f->warning, ok);
    return o;
}

int rl_plan_write(struct rl_planning *p, const struct rl_buf *chain_json)
{
    struct reel_plan *plan = p->plan;
    json_t *root = json_object(), *streams = json_array(), *tracks = json_array(), *segments = json_array();
    bool ok = root && streams && tracks && segments;
    for (uint32_t i = 0; ok && i < plan->stream_count; i++)
        rl_json_append(streams, stream_json(&p->facts->streams[i], &plan->streams[i], &ok), &ok);
    for (uint32_t i = 0; ok && i < plan->track_count; i++)
        rl_json_append(tracks, track_json(&plan->tracks[i], &ok), &ok);
    for (uint32_t i = 0; ok && i < plan->segment_count; i++)
        rl_json_append(segments, segment_json(plan, &plan->segments[i], &ok), &ok);

    rl_json_set_int(root, "plan", 1, &ok);
    rl_json_set(root, "input", ok ? input_json(p->facts, &ok) : NULL, &ok);
    rl_json_set_int(root, "range_start", p->start, &ok);
    rl_json_set_time(root, "range_end", p->trim_end ? p->end : REEL_NO_TIME, &ok);
    rl_json_set_time(root, "duration", plan->duration, &ok);
    rl_json_set_int(root, "estimated_bytes", (int64_t)plan->bytes, &ok);
    rl_json_set_int(root, "segment_memory", (int64_t)plan->memory, &ok);
    rl_json_set(root, "streams", json_incref(streams), &ok);
    rl_json_set(root, "tracks", json_incref(tracks), &ok);
    rl_json_set(root, "segments", json_incref(segments), &ok);
    if (ok)
        add_previews(root, plan, &ok);
    if (chain_json)
        rl_json_set(root, "chain", json_loadb((const char *)chain_json->data, chain_json->size, 0, NULL), &ok);
    int rc = ok && rl_json_dump(root, &plan->json) >= 0 && rl_buf_str(&plan->json) ? 0 : rl_err_nomem(p->err, "plan");
    json_decref(streams);
    json_decref(tracks);
    json_decref(segments);
    json_decref(root);
    return rc;
}
