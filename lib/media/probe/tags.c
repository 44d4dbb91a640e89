#include "probe.h"

#include "../../base/time.h"

#define MAX_TAGS 10000
#define MAX_CHAPTERS 10000

int rl_probe_tags(struct rl_flow *flow, const AVDictionary *dict, struct rl_tag **tags, uint32_t *count)
{
    const AVDictionaryEntry *e = NULL;
    size_t capacity = 0;

    while (*count < MAX_TAGS && (e = av_dict_get(dict, "", e, AV_DICT_IGNORE_SUFFIX))) {
        if (!rl_grow(flow->env, (void **)tags, &capacity, *count, sizeof(**tags)))
            return rl_err_nomem(flow->err, "probe");
        struct rl_tag *tag = &(*tags)[(*count)++];
        tag->key = rl_strdup(flow->env, e->key);
        tag->value = rl_strdup(flow->env, e->value);
        if (!tag->key || !tag->value)
            return rl_err_nomem(flow->err, "probe");
    }
    return 0;
}

static int64_t us(int64_t ts, AVRational tb)
{
    return ts == AV_NOPTS_VALUE ? REEL_NO_TIME : rl_rescale(ts, (reel_ratio){ tb.num, tb.den }, RL_US);
}

int rl_probe_chapters(struct rl_flow *flow, const AVFormatContext *format, struct rl_facts *facts)
{
    uint32_t n = format->nb_chapters < MAX_CHAPTERS ? format->nb_chapters : MAX_CHAPTERS;

    if (!n)
        return 0;
    facts->chapters = rl_calloc(flow->env, n, sizeof(*facts->chapters));
    if (!facts->chapters)
        return rl_err_nomem(flow->err, "probe");
    facts->chapter_count = n;
    for (uint32_t i = 0; i < n; i++) {
        const AVChapter *from = format->chapters[i];
        const AVDictionaryEntry *title = av_dict_get(from->metadata, "title", NULL, 0);
        struct rl_chapter *to = &facts->chapters[i];
        to->start = us(from->start, from->time_base);
        to->end = us(from->end, from->time_base);
        to->title = title ? rl_strdup(flow->env, title->value) : NULL;
        if (title && !to->title)
            return rl_err_nomem(flow->err, "probe");
    }
    return 0;
}
