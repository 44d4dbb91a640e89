#include "cues.h"

#include <inttypes.h>
#include <stdlib.h>

#define OPEN_END_MS 5000 /* how long a cue is shown whose end nobody tells */

void rl_cues_init(struct rl_cues *cues, const struct rl_env *env)
{
    *cues = (struct rl_cues){ 0 };
    rl_buf_init(&cues->text, env);
}

void rl_cues_free(struct rl_cues *cues)
{
    rl_free(cues->text.env, cues->list);
    rl_buf_free(&cues->text);
    cues->list = NULL;
}

struct rl_cue *rl_cues_add(struct rl_cues *cues, int64_t start, int64_t end)
{
    if (!rl_grow(cues->text.env, (void **)&cues->list, &cues->capacity, cues->count, sizeof *cues->list))
        return NULL;
    size_t at = cues->text.size;
    struct rl_cue *cue = &cues->list[cues->count];
    *cue = (struct rl_cue){ .start = start, .end = end, .id = at, .settings = at, .text = at, .number = cues->count };
    cues->count++;
    return cue;
}

void rl_cue_settings(struct rl_cues *cues, struct rl_cue *cue)
{
    cue->settings = cue->text = cues->text.size;
}

void rl_cue_text(struct rl_cues *cues, struct rl_cue *cue)
{
    cue->text = cues->text.size;
}

void rl_cue_end(struct rl_cues *cues, struct rl_cue *cue)
{
    cue->stop = cues->text.size;
    if (cue->stop == cue->text) {
        cues->text.size = cue->id;
        cues->count--;
    }
}

void rl_cues_stop(struct rl_cues *cues, int64_t at)
{
    for (size_t i = cues->count; i-- > 0 && cues->list[i].end == REEL_NO_TIME;) {
        int64_t longest = cues->list[i].start + OPEN_END_MS;
        if (at > cues->list[i].start)
            cues->list[i].end = at < longest ? at : longest;
    }
}

static int by_start(const void *pa, const void *pb)
{
    const struct rl_cue *a = pa, *b = pb;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

void rl_cues_close(struct rl_cues *cues, int64_t low, int64_t high)
{
    size_t kept = 0;
    for (size_t i = 0; i < cues->count; i++) {
        struct rl_cue cue = cues->list[i];
        if (cue.end == REEL_NO_TIME)
            cue.end = cue.start + OPEN_END_MS;
        cue.start = cue.start < low ? low : cue.start;
        cue.end = cue.end > high ? high : cue.end;
        if (cue.start < cue.end)
            cues->list[kept++] = cue;
    }
    cues->count = kept;
    if (kept > 1)
        qsort(cues->list, kept, sizeof *cues->list, by_start);
}

static void put_time(struct rl_buf *out, int64_t ms)
{
    rl_buf_printf(out, "%02" PRId64 ":%02d:%02d.%03d", ms / 3600000, (int)(ms / 60000 % 60), (int)(ms / 1000 % 60),
                  (int)(ms % 1000));
}

void rl_cues_write(const struct rl_cues *cues, struct rl_buf *out)
{
    const uint8_t *text = cues->text.data;
    rl_buf_text(out, "WEBVTT\n");
    for (size_t i = 0; i < cues->count; i++) {
        const struct rl_cue *cue = &cues->list[i];
        rl_buf_u8(out, '\n');
        if (cue->settings > cue->id) {
            rl_buf_add(out, text + cue->id, cue->settings - cue->id);
            rl_buf_u8(out, '\n');
        }
        put_time(out, cue->start);
        rl_buf_text(out, " --> ");
        put_time(out, cue->end);
        if (cue->text > cue->settings) {
            rl_buf_u8(out, ' ');
            rl_buf_add(out, text + cue->settings, cue->text - cue->settings);
        }
        rl_buf_u8(out, '\n');
        rl_buf_add(out, text + cue->text, cue->stop - cue->text);
        rl_buf_u8(out, '\n');
    }
}
