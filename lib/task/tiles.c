/* Small pictures that the runs of a video take on their way, so that previews of it need no decode of their own. */
#include "task.h"

#include "../plan/plan.h"
#include "../store/store.h"

#include <errno.h>
#include <string.h>

static size_t place_of(const reel_task *task, uint32_t index)
{
    size_t at = task->tile_count;
    while (at > 0 && task->tiles[at - 1].index >= index)
        at--;
    return at;
}

int rl_tiles_take(reel_task *task, uint32_t index, const void *data, size_t size, reel_error *err)
{
    struct rl_tile_chunk chunk = { .index = index };
    if (!data || size == 0)
        return rl_err(err, REEL_ERR_VERIFY, "chunk", "the pictures of segment %u are empty", index);
    int rc = reel_store_put(task->tile_store, data, size, chunk.digest, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&task->books);
    size_t at = place_of(task, index);
    if (at == task->tile_count || task->tiles[at].index != index) { /* a second attempt brings the same again */
        if (rl_grow(task->env, (void **)&task->tiles, &task->tile_capacity, task->tile_count, sizeof(*task->tiles))) {
            memmove(&task->tiles[at + 1], &task->tiles[at], (task->tile_count - at) * sizeof(*task->tiles));
            task->tiles[at] = chunk;
            task->tile_count++;
        } else {
            rc = rl_err_nomem(err, "chunk");
        }
    }
    pthread_mutex_unlock(&task->books);
    return rc;
}

bool rl_tiles_complete(reel_task *task)
{
    bool all = task->tile_store != NULL;
    pthread_mutex_lock(&task->books);
    for (uint32_t i = 0; all && i < task->plan->track_count; i++) {
        const struct rl_planned_track *t = &task->plan->tracks[i];
        const struct rl_gather *g = &task->gathers[i];
        if (t->job != RL_JOB_VIDEO || t->stream != task->plan->preview.source.stream)
            continue;
        all = g->count > 0 && g->count == task->tile_count;
        for (size_t k = 0; all && k < g->count; k++)
            all = g->pieces[k].chunk.index == task->tiles[k].index;
    }
    pthread_mutex_unlock(&task->books);
    return all;
}

int rl_tiles_fd(reel_task *task, uint32_t place)
{
    struct rl_tile_chunk chunk;
    reel_error e = RL_ERROR_INIT;
    pthread_mutex_lock(&task->books);
    bool there = place < task->tile_count;
    if (there)
        chunk = task->tiles[place];
    pthread_mutex_unlock(&task->books);
    if (!there)
        return -ENOENT;
    int fd = rl_store_open_fd(task->tile_store, chunk.digest, &e);
    return fd >= 0 ? fd : strcmp(e.source, "errno") == 0 && e.upstream > 0 ? (int)-e.upstream : -EIO;
}

bool rl_tiles_awaited(const reel_task *task, const struct rl_work *work)
{
    if (work->kind != RL_JOB_PREVIEW || !task->tile_store)
        return false;
    for (uint32_t i = 0; i < task->work_count; i++) {
        const struct rl_work *w = &task->works[i];
        if (w->kind == RL_JOB_VIDEO && w->stream == work->stream &&
            (w->state == RL_WORK_WAITING || w->state == RL_WORK_AT_POOL))
            return true;
    }
    return false;
}
