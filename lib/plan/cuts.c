#include "cuts.h"

#include <string.h>

struct builder {
    const struct rl_env *env;
    struct rl_cut_list list;
    size_t cut_capacity, run_capacity;
    bool failed;
};

static void add_cut(struct builder *b, struct rl_cut cut)
{
    void *array = b->list.cuts;
    if (b->failed || !rl_grow(b->env, &array, &b->cut_capacity, b->list.cut_count, sizeof(cut))) {
        b->failed = true;
        return;
    }
    b->list.cuts = array;
    b->list.cuts[b->list.cut_count++] = cut;
}

/* A run of so many segments begins at the last cut. */
static void add_run(struct builder *b, uint32_t segments)
{
    void *array = b->list.runs;
    if (b->failed || !rl_grow(b->env, &array, &b->run_capacity, b->list.run_count, sizeof(*b->list.runs))) {
        b->failed = true;
        return;
    }
    b->list.runs = array;
    b->list.runs[b->list.run_count++] = (struct rl_planned_run){ b->list.cut_count - 1, segments };
}

/* First key at or after ts, searched upward from *at, which only ever rises. */
static uint32_t key_from(const struct rl_cut_request *r, uint32_t at, int64_t ts)
{
    uint32_t low = at, high = r->key_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (r->keys[middle].ts < ts)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t add(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The place of the key at which a segment from s on ends, or key_count when it does not end at one. */
static uint32_t ending_key(const struct rl_cut_request *r, uint32_t at, int64_t s, int64_t limit)
{
    int64_t most = smaller(add(s, r->max), limit);
    uint32_t after = key_from(r, at, add(most, 1));
    if (after > 0 && r->keys[after - 1].ts >= add(s, r->min) && r->keys[after - 1].ts <= most)
        return after - 1;
    return r->key_count;
}

/* Divides what lies from s to e evenly, all in one run. */
static void divide(struct builder *b, const struct rl_cut_request *r, int64_t s, int64_t e)
{
    int64_t length = e - s, pieces = (length - 1) / r->max + 1;
    add_run(b, (uint32_t)pieces);
    for (int64_t i = 1; i < pieces && !b->failed; i++)
        add_cut(b, (struct rl_cut){ .ts = s + length / pieces * i + length % pieces * i / pieces, .key = 0 });
}

static void build(struct builder *b, const struct rl_cut_request *r)
{
    bool open_end = r->end == REEL_NO_TIME;
    int64_t end = open_end ? INT64_MAX : r->end;
    int64_t limit = open_end ? INT64_MAX - 1 : end - r->min; /* a later key would leave too little */
    int64_t stretch = add(r->max, r->max / 5);
    int64_t s = r->start;
    uint32_t at = 0;
    while (!b->failed && add(s, r->max) < end) {
        uint32_t k = ending_key(r, at, s, limit);
        if (k == r->key_count && add(s, stretch) >= end)
            break;
        if (k == r->key_count) {
            k = key_from(r, at, add(s, r->max));
            if (k < r->key_count && r->keys[k].ts > limit)
                k = r->key_count;
        }
        if (k == r->key_count && open_end)
            break;
        int64_t e = k < r->key_count ? r->keys[k].ts : end;
        if (e - s > stretch)
            divide(b, r, s, e);
        else
            add_run(b, 1);
        if (k == r->key_count)
            return;
        add_cut(b, (struct rl_cut){ .ts = e, .key = 1 });
        s = e;
        at = k;
    }
    add_run(b, 1);
}

int rl_cut_list_make(const struct rl_env *env, const struct rl_cut_request *request, struct rl_cut_list *out)
{
    struct builder b = { .env = env };
    memset(out, 0, sizeof(*out));
    add_cut(&b, request->first);
    build(&b, request);
    add_cut(&b, request->last);
    if (b.failed) {
        rl_cut_list_free(env, &b.list);
        return REEL_ERR_NOMEM;
    }
    *out = b.list;
    return 0;
}

void rl_cut_list_free(const struct rl_env *env, struct rl_cut_list *list)
{
    rl_free(env, list->cuts);
    rl_free(env, list->runs);
    memset(list, 0, sizeof(*list));
}
