#include "walk.h"

#include "../../../base/time.h"
#include "../../audio/opus.h"

#include <string.h>

#define CLUSTER_MAX 30000       /* ms; relative times have 16 bits */
#define CLUSTER_SOUND 5000      /* ms, where no keyframes part the clusters */

enum kind { VIDEO, SOUND, TEXT };

struct lane {
    struct rl_reader reader;
    enum kind kind;
    const struct rl_sample *next; /* NULL at the end */
    int64_t time;                 /* ms of next */
    int64_t last_time;            /* ms of the block before */
    int64_t spacing;              /* of frames so far: -1 none yet, 0 they differ */
};

struct walk {
    struct rl_flow *flow;
    const struct rl_walk_sink *sink;
    struct lane *lanes;
    uint32_t count;
    uint32_t entry;  /* lane whose keyframes begin clusters; count: none */
    int64_t cluster; /* ms; -1: none yet */
};

static int64_t to_ms(const struct lane *lane, int64_t ts)
{
    int32_t timescale = lane->kind == TEXT ? 1000 : (int32_t)lane->reader.track->timescale;
    return rl_rescale(ts, (reel_ratio){ 1, timescale }, (reel_ratio){ 1, 1000 });
}

static int advance(struct lane *lane)
{
    lane->next = NULL;
    int rc = rl_reader_peek(&lane->reader, &lane->next);
    if (rc < 0)
        return rc;
    if (rc == REEL_END)
        lane->next = NULL;
    else
        lane->time = to_ms(lane, lane->next->ts);
    return 0;
}

/* The lane with the earliest block; among equals pictures come first, so that a cluster begins with its keyframe. */
static struct lane *earliest(struct walk *w)
{
    struct lane *best = NULL;
    for (uint32_t i = 0; i < w->count; i++) {
        struct lane *lane = &w->lanes[i];
        if (lane->next && (!best || lane->time < best->time || (lane->time == best->time && lane->kind < best->kind)))
            best = lane;
    }
    return best;
}

static void fill_block(struct lane *lane, int64_t cluster, struct rl_block *b)
{
    const struct rl_sample *s = lane->next;
    bool last = rl_reader_is_last(&lane->reader);
    *b = (struct rl_block){ .track = lane->reader.number + 1, .data = s->data, .size = s->size, .time = lane->time,
                            .relative = lane->time - cluster, .key = s->key };
    if (lane->kind == TEXT || (lane->kind == VIDEO && last)) {
        int64_t duration = to_ms(lane, s->ts + s->duration) - lane->time;
        b->duration = duration > 0 ? duration : 1;
    }
    if (lane->kind == SOUND && last) {
        int64_t padding = rl_opus_packet_samples(s->data, s->size) - s->duration;
        if (padding > 0)
            b->discard = (padding * 1000000000 + 24000) / 48000;
    }
    if ((b->duration > 0 || b->discard > 0) && !b->key)
        b->reference = lane->last_time < lane->time ? lane->last_time - lane->time : -1;
}

static bool begins_cluster(const struct walk *w, const struct lane *lane)
{
    if (w->cluster < 0 || lane->time - w->cluster > CLUSTER_MAX)
        return true;
    if (w->entry == w->count)
        return lane->time - w->cluster >= CLUSTER_SOUND;
    return lane == &w->lanes[w->entry] && lane->next->key;
}

/* The track by which a player may enter at this cluster. */
static uint32_t cue_of(const struct walk *w, const struct lane *lane)
{
    if (w->entry < w->count && (lane != &w->lanes[w->entry] || !lane->next->key))
        return 0;
    return lane->reader.number + 1;
}

static void note(struct lane *lane, struct rl_webm_track *found)
{
    const struct rl_sample *s = lane->next;
    const struct rl_track *track = lane->reader.track;
    int64_t end = s->ts + s->duration;
    if (lane->kind == SOUND)
        end -= track->pre_skip;
    else if (lane->kind == TEXT)
        end = rl_rescale(end, (reel_ratio){ 1, 1000 }, (reel_ratio){ 1, (int32_t)track->timescale });
    found->end = !found->any || end > found->end ? end : found->end;
    found->any = true;
    lane->spacing = lane->spacing == -1 || lane->spacing == s->duration ? s->duration : 0;
    found->spacing = lane->spacing;
}

static int step(struct walk *w, struct lane *lane, struct rl_webm_track *tracks)
{
    int rc = 0;
    if (begins_cluster(w, lane)) {
        w->cluster = lane->time;
        rc = w->sink->cluster(w->sink->user, lane->time, cue_of(w, lane));
    }
    struct rl_block block;
    fill_block(lane, w->cluster, &block);
    if (rc == 0)
        rc = w->sink->block(w->sink->user, &block);
    if (rc != 0)
        return rc;
    if (tracks)
        note(lane, &tracks[lane->reader.number]);
    lane->last_time = lane->time;
    rl_reader_take(&lane->reader);
    return advance(lane);
}

int rl_walk_all(struct rl_flow *flow, const struct rl_manifest *manifest, const struct rl_walk_sink *sink,
                struct rl_webm_track *tracks)
{
    uint32_t count = manifest->track_count;
    struct walk w = { .flow = flow, .sink = sink, .count = count, .entry = count, .cluster = -1 };
    w.lanes = rl_calloc(flow->env, count, sizeof(*w.lanes));
    if (!w.lanes)
        return rl_err_nomem(flow->err, "join");
    int rc = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct lane *lane = &w.lanes[i];
        const char *codec = manifest->tracks[i].codec;
        rl_reader_init(&lane->reader, flow, &manifest->tracks[i], i);
        lane->kind = strcmp(codec, "av1") == 0 ? VIDEO : strcmp(codec, "opus") == 0 ? SOUND : TEXT;
        lane->spacing = -1;
        if (lane->kind == VIDEO && w.entry == count && manifest->tracks[i].chunk_count > 0)
            w.entry = i;
    }
    for (uint32_t i = 0; i < count && rc == 0; i++)
        rc = advance(&w.lanes[i]);
    for (struct lane *lane; rc == 0 && (lane = earliest(&w));) {
        if (rl_flow_cancelled(flow))
            rc = rl_err(flow->err, REEL_ERR_CANCELLED, "join", "cancelled");
        else
            rc = step(&w, lane, tracks);
    }
    for (uint32_t i = 0; i < count; i++)
        rl_reader_free(&w.lanes[i].reader);
    rl_free(flow->env, w.lanes);
    return rc;
}
