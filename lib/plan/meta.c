/* Tags and chapters of the output. */
#include "make.h"

#include "../base/time.h"

#include <string.h>
#include <strings.h>

/* What describes the old file or its encoding and would be untrue of the new one. A trailing '*' takes any ending. */
static bool is_technical(const char *key)
{
    static const char *const names[] = {
        "encoder", "encoder_options", "encoded_by_tool", "encoding_tool", "creation_tool", "tool", "software",
        "major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id", "duration", "rotate",
        "timecode", "itunsmpb", "itunnorm", "bps*", "number_of_frames*", "number_of_bytes*", "_statistics_*",
        "r128_*", "replaygain_*", "variant_bitrate", "language", "source_id", "minor_version", "doctypereadversion",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t size = strlen(names[i]);
        bool open = names[i][size - 1] == '*';
        if (open ? !strncasecmp(key, names[i], size - 1) : !strcasecmp(key, names[i]))
            return true;
    }
    return false;
}

static bool has_tag(const struct reel_plan *plan, const char *key)
{
    for (uint32_t i = 0; i < plan->tag_count; i++) {
        if (!strcasecmp(plan->tags[i].key, key))
            return true;
    }
    return false;
}

static int add_tags(struct rl_planning *p, const struct rl_tag *tags, uint32_t count)
{
    struct reel_plan *plan = p->plan;
    for (uint32_t i = 0; i < count; i++) {
        if (!tags[i].key || !tags[i].value || !tags[i].value[0] || is_technical(tags[i].key) ||
            has_tag(plan, tags[i].key))
            continue;
        struct rl_tag *to = &plan->tags[plan->tag_count++];
        to->key = rl_strdup(p->env, tags[i].key);
        to->value = rl_strdup(p->env, tags[i].value);
        if (!to->key || !to->value)
            return rl_err_nomem(p->err, "plan");
    }
    return 0;
}

/* The first stream of sound that is kept: Ogg has a song's tags there. */
static const struct rl_stream *sound_with_tags(const struct rl_planning *p)
{
    for (uint32_t i = 0; !strcmp(p->facts->format, "ogg") && i < p->facts->stream_count; i++) {
        if (p->plan->streams[i].action != REEL_ACTION_DROP && p->facts->streams[i].kind == REEL_STREAM_AUDIO)
            return &p->facts->streams[i];
    }
    return NULL;
}

static int plan_tags(struct rl_planning *p)
{
    const struct rl_stream *sound = sound_with_tags(p);
    size_t most = (size_t)p->facts->tag_count + (sound ? sound->tag_count : 0);
    if (most == 0)
        return 0;
    if (most > 10000)
        return rl_err(p->err, REEL_ERR_LIMIT_METADATA, "plan", "more than 10000 tags");
    p->plan->tags = rl_calloc(p->env, most, sizeof(*p->plan->tags));
    if (!p->plan->tags)
        return rl_err_nomem(p->err, "plan");
    int rc = add_tags(p, p->facts->tags, p->facts->tag_count);
    return rc >= 0 && sound ? add_tags(p, sound->tags, sound->tag_count) : rc;
}

static int plan_chapters(struct rl_planning *p)
{
    struct reel_plan *plan = p->plan;
    int64_t origin = rl_rescale(p->ticks, p->base, RL_US), most = INT64_MAX / 4;
    int64_t end = p->trim_end ? p->end_us : plan->duration == REEL_NO_TIME ? most : plan->duration;
    if (p->facts->chapter_count == 0)
        return 0;
    plan->chapters = rl_calloc(p->env, p->facts->chapter_count, sizeof(*plan->chapters));
    if (!plan->chapters)
        return rl_err_nomem(p->err, "plan");
    for (uint32_t i = 0; i < p->facts->chapter_count; i++) {
        const struct rl_chapter *c = &p->facts->chapters[i];
        if (c->start == REEL_NO_TIME || c->start > most || c->start < -most || origin > most || origin < -most)
            continue;
        int64_t from = c->start - origin;
        int64_t to = c->end == REEL_NO_TIME || c->end > most || c->end < c->start ? end : c->end - origin;
        from = from < 0 ? 0 : from;
        to = to > end ? end : to;
        if (to <= from)
            continue; /* lies outside of the range */
        struct rl_chapter *out = &plan->chapters[plan->chapter_count++];
        out->start = from;
        out->end = to;
        if (c->title && !(out->title = rl_strdup(p->env, c->title)))
            return rl_err_nomem(p->err, "plan");
    }
    return 0;
}

int rl_plan_meta(struct rl_planning *p)
{
    int rc = p->v->meta_tags ? plan_tags(p) : 0;
    return rc >= 0 && p->v->meta_chapters ? plan_chapters(p) : rc;
}
