#include "cuts.h"

static bool add(struct rl_cuts *c, int64_t begin)
{
    if (!rl_grow(c->env, (void **)&c->segments, &c->capacity, c->count, sizeof(*c->segments)))
        return false;
    c->segments[c->count++] = (struct rl_segment){ .begin = begin };
    return true;
}

/* The first begin + n * every behind pts. */
static int64_t after(const struct rl_cuts *c, int64_t pts)
{
    int64_t n = (pts - c->origin) / c->every;

    if (pts < c->origin)
        n = -1;
    return c->origin + (n + 1) * c->every;
}

bool rl_cuts_init(struct rl_cuts *c, const struct rl_env *env, const struct rl_video_spec *spec)
{
    uint32_t segments = spec->every > 0 || spec->cut_count < 2 ? 1 : spec->cut_count - 1;
    const struct rl_cut *end = &spec->cuts[spec->cut_count - 1];

    *c = (struct rl_cuts){ .env = env, .cuts = spec->cuts, .end = end->key ? REEL_NO_TIME : end->ts,
                           .every = spec->every, .origin = spec->origin, .next = REEL_NO_TIME };
    for (uint32_t i = 0; i < segments; i++)
        if (!add(c, spec->cuts[i].key ? REEL_NO_TIME : spec->cuts[i].ts))
            return false;
    return true;
}

void rl_cuts_free(struct rl_cuts *c)
{
    rl_free(c->env, c->segments);
    c->segments = NULL;
    c->count = c->capacity = 0;
}

void rl_cuts_key(struct rl_cuts *c, int64_t index_ts, int64_t pts)
{
    size_t ends = c->every > 0 ? 1 : c->count;

    if (c->cuts[0].key && c->segments[0].begin == REEL_NO_TIME && index_ts == c->cuts[0].ts)
        c->segments[0].begin = pts;
    /* Where damage has swallowed a keyframe the next one stands in for it. */
    if (c->every <= 0)
        for (size_t i = 1; i < c->count; i++)
            if (c->cuts[i].key && c->segments[i].begin == REEL_NO_TIME && index_ts >= c->cuts[i].ts)
                c->segments[i].begin = pts;
    if (c->cuts[ends].key && c->end == REEL_NO_TIME && index_ts >= c->cuts[ends].ts)
        c->end = pts;
}

int64_t rl_cuts_find(const struct rl_cuts *c, int64_t pts)
{
    size_t low = 0;

    if (c->end != REEL_NO_TIME && pts >= c->end)
        return RL_BEHIND;
    if (c->segments[0].begin != REEL_NO_TIME && pts < c->segments[0].begin)
        return RL_BEFORE;
    for (size_t i = c->count; i-- > 1 && !low;)
        if (c->segments[i].begin != REEL_NO_TIME && pts >= c->segments[i].begin)
            low = i;
    return (int64_t)low;
}

int64_t rl_cuts_place(struct rl_cuts *c, int64_t pts)
{
    int64_t n = rl_cuts_find(c, pts);

    if (c->every <= 0 || n < 0)
        return n;
    if (c->next == REEL_NO_TIME) {
        c->next = after(c, pts);
    } else if (pts >= c->next) {
        if (!add(c, pts))
            return REEL_ERR_NOMEM;
        n = (int64_t)c->count - 1;
        c->next = after(c, pts);
    }
    return n;
}
