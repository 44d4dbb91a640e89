/* What is to be done, and what of it an earlier run has done. */
#include "task.h"

#include "../base/digest.h"
#include "../chunk/manifest.h"
#include "../ctx/ctx.h"
#include "../input/input.h"
#include "../plan/chain.h"
#include "../plan/plan.h"
#include "spool.h"

#include <reel/version.h>

#include <stdio.h>
#include <string.h>

static bool is_cancelled(void *user)
{
    return rl_task_cancelled(user);
}

static int make_plan(reel_task *task, reel_error *err)
{
    rl_progress_step(task, "probe");
    int rc = rl_input_probe_with(task->input, rl_plan_needs_samples(&task->chain->v), is_cancelled, task, err);
    if (rc < 0)
        return rc;
    if (rl_task_cancelled(task))
        return rl_err_cancelled(err);
    rl_progress_step(task, "plan");
    const reel_plan_opts opts = { .size = sizeof(opts), .start = task->start, .end = task->end };
    return reel_plan_create(&task->plan, task->chain, task->input, &opts, err);
}

static void copy_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from);
}

/* The manifest's tracks as the plan knows them: a copy, for the chunks and the codecs' own data are filled in. */
static int make_manifest(reel_task *task, reel_error *err)
{
    const reel_plan *plan = task->plan;
    struct rl_manifest shallow = {
        .version = 1, .tags = plan->tags, .tag_count = plan->tag_count, .chapters = plan->chapters,
        .chapter_count = plan->chapter_count,
    };
    snprintf(shallow.generator, sizeof(shallow.generator), "libreel %s", reel_version());
    shallow.tracks = rl_calloc(task->env, plan->track_count, sizeof(*shallow.tracks));
    task->gathers = rl_calloc(task->env, plan->track_count, sizeof(*task->gathers));
    if (!shallow.tracks || !task->gathers) {
        rl_free(task->env, shallow.tracks);
        return rl_err_nomem(err, "task");
    }
    shallow.track_count = rl_task_is_webm(task) ? plan->track_count : 0; /* a picture has no manifest */
    for (uint32_t i = 0; i < shallow.track_count; i++)
        shallow.tracks[i] = plan->tracks[i].track;
    json_t *json = rl_shape_to_json(&rl_manifest_shape, &shallow);
    rl_free(task->env, shallow.tracks);
    if (!json)
        return rl_err_nomem(err, "task");
    int rc = rl_shape_from_json(task->env, &rl_manifest_shape, json, &task->manifest, err);
    json_decref(json);
    for (uint32_t i = 0; rc == 0 && i < task->manifest.track_count; i++) {
        struct rl_track *t = &task->manifest.tracks[i];
        t->private_size = 0; /* what the jobs say counts */
        if (!rl_language_ok(t->language)) /* a container may have anything there */
            t->language[0] = 0;
        if (!t->codec[0])
            copy_text(t->codec, sizeof(t->codec), t->kind == REEL_STREAM_VIDEO   ? "av1"
                                                  : t->kind == REEL_STREAM_AUDIO ? "opus"
                                                                                 : "webvtt");
    }
    return rc;
}

/* From when to when a work goes, by the plan's expectation. */
static void expect(const reel_plan *plan, struct rl_work *w)
{
    const struct rl_planned_track *t = &plan->tracks[w->track];
    int64_t end = REEL_NO_TIME;
    w->start = t->start;
    if (rl_plan_job_count(plan, w->track) == 1) {
        w->length = t->duration != REEL_NO_TIME && t->duration > 0 ? t->duration : 0;
        return;
    }
    for (uint32_t i = 0; i < plan->segment_count; i++) {
        const struct rl_planned_segment *s = &plan->segments[i];
        if (s->track != w->track || s->index < w->first || s->index - w->first >= w->count)
            continue;
        if (end == REEL_NO_TIME)
            w->start = s->start;
        if (s->duration != REEL_NO_TIME)
            end = s->start + s->duration;
    }
    w->length = end != REEL_NO_TIME && end > w->start ? end - w->start : 0;
}

static int make_loose(reel_task *task, struct rl_work *w, reel_error *err)
{
    w->loose = rl_calloc(task->env, 1, sizeof(*w->loose));
    return w->loose ? 0 : rl_err_nomem(err, "task");
}

static int add_preview(reel_task *task, enum rl_job_kind kind, int32_t stream, int64_t length, reel_error *err)
{
    struct rl_work *w = &task->works[task->work_count];
    *w = (struct rl_work){
        .task = task, .number = task->work_count++, .kind = kind, .track = UINT32_MAX, .stream = stream, .threads = 1,
        .job = { .run = rl_work_run, .priority = 1 }, .length = length > 0 ? length : 0, .err = RL_ERROR_INIT,
    };
    return make_loose(task, w, err);
}

/* The tracks' come first. */
static int make_works(reel_task *task, reel_error *err)
{
    const reel_plan *plan = task->plan;
    uint32_t count = 2; /* previews */
    for (uint32_t i = 0; i < plan->track_count; i++)
        count += rl_plan_job_count(plan, i);
    task->works = rl_calloc(task->env, count, sizeof(*task->works));
    if (!task->works)
        return rl_err_nomem(err, "task");
    for (uint32_t i = 0; i < plan->track_count; i++) {
        for (uint32_t k = 0; k < rl_plan_job_count(plan, i); k++) {
            struct rl_work *w = &task->works[task->work_count];
            w->task = task;
            w->number = task->work_count++;
            w->kind = plan->tracks[i].job;
            w->track = i;
            w->part = k;
            w->stream = plan->tracks[i].stream;
            w->threads = 1;
            w->heavy = w->kind == RL_JOB_VIDEO;
            w->job.run = rl_work_run;
            w->job.priority = w->heavy ? 0 : 1; /* sound is done beside the pictures, not behind them */
            w->err = RL_ERROR_INIT;
            rl_plan_job_segments(plan, i, k, &w->first, &w->count);
            expect(plan, w);
            if (w->kind == RL_JOB_PICTURE && make_loose(task, w, err) < 0)
                return err->code;
        }
    }
    int rc = plan->has_preview
                 ? add_preview(task, RL_JOB_PREVIEW, plan->preview.source.stream, plan->preview.source.duration, err)
                 : 0;
    if (rc == 0 && plan->has_wave)
        rc = add_preview(task, RL_JOB_WAVE, plan->wave.stream, plan->wave.duration, err);
    return rc;
}

/* How many works may be in flight: the threads there are, and the memory that was granted. */
static int bound_memory(reel_task *task, reel_error *err)
{
    uint64_t limit = task->env->limits.memory_bytes, each = task->plan->memory;
    if (each > limit)
        return rl_err(err, REEL_ERR_LIMIT_MEMORY, "plan", "one segment needs about %llu MiB, and the limit is %llu MiB",
                      (unsigned long long)(each >> 20), (unsigned long long)(limit >> 20));
    task->slots = (uint32_t)reel_pool_threads(task->pool);
    task->heavy_slots = task->slots;
    if (each > 0 && limit / each < task->heavy_slots)
        task->heavy_slots = (uint32_t)(limit / each);
    return 0;
}

/* What does not fit the plan any more is not an error: it is made again. */
static int resume_chunk(void *user, const struct rl_chunk_record *record)
{
    reel_task *task = user;
    if (record->track >= task->manifest.track_count)
        return 0;
    reel_error e = RL_ERROR_INIT;
    int rc = rl_gather_add(task->env, &task->gathers[record->track], &task->manifest.tracks[record->track], record,
                           true, &e);
    task->resumed += rc == 0;
    return rc == REEL_ERR_NOMEM ? rc : 0;
}

static int resume_run(void *user, const struct rl_run_record *record)
{
    reel_task *task = user;
    if (record->run < task->work_count && !task->works[record->run].loose) {
        task->works[record->run].result = record->result;
        task->works[record->run].has_result = true;
    }
    return 0;
}

/* A run is done when its result is known and all of its chunks are there. */
static void settle_resumed(reel_task *task)
{
    for (uint32_t i = 0; i < task->work_count; i++) {
        struct rl_work *w = &task->works[i];
        if (w->loose)
            continue;
        struct rl_sums sums = rl_gather_sums(&task->gathers[w->track], w->first, w->count);
        w->has_result = w->has_result && sums.chunks == w->result.chunks;
        if (w->has_result) {
            w->state = RL_WORK_DONE;
            w->done = w->length;
        }
    }
}

static int identity(reel_task *task, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    uint8_t parts[2][REEL_DIGEST_SIZE];
    struct rl_digest *d = NULL;
    int rc = rl_input_fingerprint(task->input, parts[0], err);
    if (rc == 0)
        rc = rl_plan_digest(task->plan, parts[1], err);
    if (rc < 0)
        return rc;
    rc = rl_digest_begin(&d, task->env);
    if (rc == 0)
        rc = rl_digest_add(d, parts, sizeof(parts));
    if (rc == 0)
        rc = rl_digest_add(d, rl_build_id(), strlen(rl_build_id()));
    if (rc == 0)
        rc = rl_digest_end(&d, digest);
    rl_digest_abort(&d);
    return rc < 0 ? rl_err(err, rc, "journal", "cannot compute a digest") : 0;
}

static int begin_journal(reel_task *task, reel_error *err)
{
    uint8_t digest[REEL_DIGEST_SIZE];
    const struct rl_journal_reader reader = {
        .user = task, .chunk = resume_chunk, .run = resume_run, .cancelled = is_cancelled,
    };
    if (!task->journal) {
        if (task->kept)
            task->chunks = reel_store_ref(task->kept);
        return task->kept ? 0 : rl_spool_open(&task->chunks, task->ctx, err);
    }
    int rc = identity(task, digest, err);
    if (rc == 0)
        rc = rl_journal_begin(task->journal, digest, task->kept, task->flags & REEL_TASK_NO_RESUME, &reader, err);
    if (rc == 0) {
        task->chunks = reel_store_ref(rl_journal_store(task->journal));
        settle_resumed(task);
    }
    return rc;
}

int rl_task_prepare(reel_task *task, reel_error *err)
{
    int rc = make_plan(task, err);
    if (rc == 0)
        rc = make_manifest(task, err);
    if (rc == 0)
        rc = make_works(task, err);
    if (rc == 0)
        rc = bound_memory(task, err);
    if (rc == 0 && task->plan->has_preview && task->plan->preview.from_tiles)
        rc = rl_spool_open(&task->tile_store, task->ctx, err);
    if (rc == 0 && rl_task_cancelled(task))
        rc = rl_err_cancelled(err);
    pthread_mutex_lock(&task->books);
    if (rc == 0)
        rc = begin_journal(task, err);
    pthread_mutex_unlock(&task->books);
    return rc;
}
