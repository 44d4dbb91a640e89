/* One work: a job of the engine on a pool thread, and its chunks on the way to store and journal. */
#include "task.h"

#include "../ctx/ctx.h"
#include "../input/input.h"
#include "../plan/plan.h"

#include <errno.h>
#include <string.h>

static bool host_cancelled(void *user)
{
    const struct rl_work *w = user;
    return rl_task_cancelled(w->task);
}

static void host_progress(void *user, int64_t done, uint64_t frames)
{
    rl_progress_work(user, done, frames);
}

static bool in_range(const struct rl_work *w, uint32_t index)
{
    return index >= w->first && (w->count == 0 || index - w->first < w->count);
}

static bool host_wanted(void *user, uint32_t index)
{
    struct rl_work *w = user;
    reel_task *task = w->task;
    if (w->loose || !in_range(w, index))
        return true; /* the emit of it will be refused with words */
    pthread_mutex_lock(&task->books);
    bool has = rl_gather_has(&task->gathers[w->track], index);
    pthread_mutex_unlock(&task->books);
    return !has;
}

/* Checks, stores and records a chunk. The store comes before the journal: what is recorded is there. */
static int take_chunk(struct rl_work *w, const struct rl_chunk_out *chunk, const void *data, size_t size,
                      reel_error *err)
{
    reel_task *task = w->task;
    struct rl_chunk_record r = {
        .track = w->track, .index = chunk->index, .start = chunk->start, .duration = chunk->duration,
        .samples = chunk->samples, .samples_in = chunk->samples_in, .decode_errors = chunk->decode_errors,
        .bytes = size, .private_size = chunk->private_size,
    };
    if (!in_range(w, chunk->index) || chunk->track != 0 || chunk->private_size > sizeof(r.codec_private) || !data)
        return rl_err(err, REEL_ERR_VERIFY, "chunk", "chunk %u is none of those that were asked for", chunk->index);
    memcpy(r.codec_private, chunk->codec_private, chunk->private_size);
    int rc = reel_store_put(task->chunks, data, size, r.digest, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&task->books);
    /* A second attempt may bring again what the first had brought already: the same, or something is wrong. */
    if (!rl_gather_has(&task->gathers[w->track], chunk->index)) {
        rc = rl_gather_add(task->env, &task->gathers[w->track], &task->manifest.tracks[w->track], &r, false, err);
        if (rc == 0 && task->journal)
            rc = rl_journal_add_chunk(task->journal, &r, err);
    }
    pthread_mutex_unlock(&task->books);
    if (rc == 0)
        rl_progress_chunk(task);
    return rc;
}

static int take_tiles(struct rl_work *w, const struct rl_chunk_out *chunk, const void *data, size_t size,
                      reel_error *err)
{
    if (!in_range(w, chunk->index))
        return rl_err(err, REEL_ERR_VERIFY, "chunk", "the pictures of segment %u were not asked for", chunk->index);
    return rl_tiles_take(w->task, chunk->index, data, size, err);
}

/* What the previews are made of. */
static int host_chunk_fd(void *user, uint32_t track, uint32_t index)
{
    const struct rl_work *w = user;
    return track == 1 && w->kind == RL_JOB_PREVIEW && w->task->tile_store ? rl_tiles_fd(w->task, index) : -ENOENT;
}

static int host_emit(void *user, const struct rl_chunk_out *chunk, const void *data, size_t size)
{
    struct rl_work *w = user;
    if (rl_task_cancelled(w->task))
        return REEL_ERR_CANCELLED;
    reel_error e = RL_ERROR_INIT;
    bool tiles = chunk->track == 1 && w->kind == RL_JOB_VIDEO && w->task->tile_store;
    int rc = w->loose ? rl_loose_take(w, chunk, data, size, &e)
             : tiles  ? take_tiles(w, chunk, data, size, &e)
                      : take_chunk(w, chunk, data, size, &e);
    if (rc < 0) /* one call at a time, and the work's error is nobody else's while its job runs */
        w->err = e;
    return rc;
}

/* What the engine says at the end has to agree with what came. */
static int check_result(struct rl_work *w, reel_error *err)
{
    reel_task *task = w->task;
    pthread_mutex_lock(&task->books);
    struct rl_sums sums = rl_gather_sums(&task->gathers[w->track], w->first, w->count);
    pthread_mutex_unlock(&task->books);
    if (sums.chunks != w->result.chunks)
        return rl_err(err, REEL_ERR_VERIFY, "chunk", "the engine speaks of %u chunks, and %u are there",
                      w->result.chunks, sums.chunks);
    return 0;
}

static int record_result(struct rl_work *w, reel_error *err)
{
    reel_task *task = w->task;
    if (!task->journal)
        return 0;
    const struct rl_run_record record = { .run = w->number, .result = w->result };
    pthread_mutex_lock(&task->books);
    int rc = rl_journal_add_run(task->journal, &record, err);
    pthread_mutex_unlock(&task->books);
    return rc;
}

static int take_result(struct rl_work *w, const struct rl_buf *text, reel_error *err)
{
    if (text->failed)
        return rl_err_nomem(err, "task");
    if (w->loose)
        return rl_loose_result(w, text, err);
    memset(&w->result, 0, sizeof(w->result));
    int rc = rl_shape_read(w->task->env, &rl_run_result_shape, (const char *)text->data, text->size, &w->result, err);
    if (rc == 0)
        rc = check_result(w, err);
    return rc == 0 ? record_result(w, err) : rc;
}

static int run_job(struct rl_work *w, reel_error *err)
{
    reel_task *task = w->task;
    const struct rl_job_host host = {
        .user = w, .cancelled = host_cancelled, .progress = host_progress, .emit = host_emit, .wanted = host_wanted,
        .chunk_fd = host_chunk_fd,
    };
    struct rl_buf spec, result;
    rl_buf_init(&spec, task->env);
    rl_buf_init(&result, task->env);
    if (w->loose)
        rl_loose_clear(task->env, w->loose);
    int rc = w->loose ? rl_loose_spec(w, &spec, err)
                      : rl_plan_job(task->plan, w->track, w->part, w->threads, &spec, err);
    if (rc == 0) {
        const struct rl_job job = {
            .kind = w->kind, .spec = rl_buf_str(&spec), .spec_size = spec.size, .in_fd = task->input->fd, .out_fd = -1,
            .host = &host,
        };
        rc = job.spec ? rl_ctx_run(task->ctx, &job, &result, err) : rl_err_nomem(err, "task");
    }
    if (rc == 0)
        rc = take_result(w, &result, err);
    rl_buf_free(&spec);
    rl_buf_free(&result);
    return rc;
}

void rl_work_run(struct rl_pool_job *job)
{
    struct rl_work *w = (struct rl_work *)job;
    reel_task *task = w->task;
    reel_error e = RL_ERROR_INIT;
    w->err = RL_ERROR_INIT;
    int rc = rl_task_cancelled(task) ? rl_err_cancelled(&e) : run_job(w, &e);
    if (rc < 0 && w->err.code != 0 && rc != REEL_ERR_CANCELLED)
        e = w->err; /* the engine only passed on what the host side of the job had found */
    if (rc < 0 && rl_task_cancelled(task)) {
        e = RL_ERROR_INIT;
        rl_err_cancelled(&e);
    }
    if (rc < 0 && e.code == 0)
        rl_err(&e, rc, "task", "the engine gave no reason");
    if (rc < 0 && e.stream < 0)
        e.stream = w->stream;

    pthread_mutex_lock(&task->lock);
    w->err = e;
    w->has_result = rc == 0;
    w->attempts++;
    w->state = rc == 0 ? RL_WORK_DONE : RL_WORK_LOST;
    if (rc == 0 && w->length > 0)
        w->done = w->length;
    pthread_cond_broadcast(&task->changed); /* the last the coordinator has to see; the task may go right after */
    pthread_mutex_unlock(&task->lock);
}
