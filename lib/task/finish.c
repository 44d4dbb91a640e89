/* From chunks to a published file. On the pool. */
#include "task.h"

#include "../base/digest.h"
#include "../chunk/init.h"
#include "../chunk/manifest.h"
#include "../ctx/ctx.h"
#include "../input/input.h"
#include "../plan/plan.h"
#include "../store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE = 1 << 20 };

static bool is_cancelled(void *user)
{
    return rl_task_cancelled(user);
}

/* Moves a track's pieces into the manifest; puts its init segment into the store. */
static int finish_track(reel_task *task, struct rl_track *t, const struct rl_gather *g, reel_error *err)
{
    t->chunks = rl_calloc(task->env, g->count, sizeof(*t->chunks));
    if (!t->chunks)
        return rl_err_nomem(err, "chunk");
    t->chunk_count = (uint32_t)g->count;
    for (size_t i = 0; i < g->count; i++)
        t->chunks[i] = g->pieces[i].chunk;
    if (t->kind == REEL_STREAM_TEXT) {
        snprintf(t->codec_string, sizeof(t->codec_string), "wvtt");
        return 0;
    }
    if (t->kind == REEL_STREAM_VIDEO) {
        rl_av1_codec_string(t->codec_private, t->private_size, t->codec_string);
    } else {
        snprintf(t->codec_string, sizeof(t->codec_string), "opus");
        t->channels = t->codec_private[9]; /* RFC 7845, 5.1 */
        t->pre_skip = t->codec_private[10] | t->codec_private[11] << 8;
    }
    struct rl_buf init;
    rl_buf_init(&init, task->env);
    int rc = rl_init_write(&init, t, err);
    if (rc == 0)
        rc = reel_store_put(task->chunks, init.data, init.size, t->init, err);
    rl_buf_free(&init);
    return rc;
}

/* Tracks without a chunk leave the manifest; verdict.c has listed them. */
static int finish_manifest(reel_task *task, reel_error *err)
{
    struct rl_manifest *m = &task->manifest;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->track_count; i++) {
        struct rl_gather *g = &task->gathers[i];
        if (g->count == 0)
            continue;
        int rc = finish_track(task, &m->tracks[i], g, err);
        if (rc < 0)
            return rc;
        if (kept != i) {
            struct rl_track empty = m->tracks[kept];
            m->tracks[kept] = m->tracks[i];
            m->tracks[i] = empty; /* freed with the rest, when it is behind track_count no more */
            struct rl_gather none = task->gathers[kept];
            task->gathers[kept] = *g;
            *g = none;
        }
        kept++;
    }
    for (uint32_t i = kept; i < m->track_count; i++)
        rl_free(task->env, m->tracks[i].title);
    m->track_count = kept;
    return rl_manifest_check(m, err);
}

static int chunk_fd(void *user, uint32_t track, uint32_t index)
{
    const reel_task *task = user;
    const struct rl_manifest *m = &task->manifest;
    if (track >= m->track_count)
        return -ENOENT;
    const struct rl_track *t = &m->tracks[track];
    for (uint32_t low = 0, high = t->chunk_count; low < high;) {
        uint32_t mid = low + (high - low) / 2;
        if (t->chunks[mid].index == index) {
            reel_error e = RL_ERROR_INIT;
            int fd = rl_store_open_fd(task->chunks, t->chunks[mid].digest, &e);
            return fd >= 0 ? fd : strcmp(e.source, "errno") == 0 && e.upstream > 0 ? (int)-e.upstream : -EIO;
        }
        if (t->chunks[mid].index < index)
            low = mid + 1;
        else
            high = mid;
    }
    return -ENOENT;
}

static void join_progress(void *user, int64_t done, uint64_t frames)
{
    reel_task *task = user;
    (void)frames;
    int64_t all = rl_manifest_duration(&task->manifest);
    rl_progress_finish(task, all > 0 && done < all ? 0.5 * (double)done / (double)all : 0.5);
}

static int join(reel_task *task, int fd, reel_error *err)
{
    const struct rl_job_host host = {
        .user = task, .cancelled = is_cancelled, .progress = join_progress, .chunk_fd = chunk_fd,
    };
    struct rl_join_result joined = { 0 };
    struct rl_buf spec, result;
    struct stat st;
    rl_buf_init(&spec, task->env);
    rl_buf_init(&result, task->env);
    rl_progress_step(task, "join");
    int rc = rl_shape_write(&rl_manifest_shape, &task->manifest, &spec, err);
    if (rc == 0) {
        const struct rl_job job = { .kind = RL_JOB_JOIN, .spec = rl_buf_str(&spec), .spec_size = spec.size, .in_fd = -1,
                                    .out_fd = fd, .host = &host };
        rc = job.spec ? rl_ctx_run(task->ctx, &job, &result, err) : rl_err_nomem(err, "join");
    }
    if (rc == 0)
        rc = rl_shape_read(task->env, &rl_join_result_shape, (const char *)result.data, result.size, &joined, err);
    if (rc == 0 && (fstat(fd, &st) != 0 || (uint64_t)st.st_size != joined.bytes))
        rc = rl_err(err, REEL_ERR_VERIFY, "join", "the joined file has not the size that the engine speaks of");
    if (rc == 0 && joined.bytes > task->env->limits.output_bytes)
        rc = rl_err(err, REEL_ERR_LIMIT_OUTPUT, "join", "the output has %llu bytes, and the limit is %llu",
                    (unsigned long long)joined.bytes, (unsigned long long)task->env->limits.output_bytes);
    task->result.bytes = joined.bytes;
    rl_buf_free(&spec);
    rl_buf_free(&result);
    return rc;
}

/* As rl_digest_fd, but it can be cancelled: a large file takes seconds. */
static int digest_file(reel_task *task, int fd, reel_error *err)
{
    struct rl_digest *d = NULL;
    uint8_t *piece = rl_alloc(task->env, PIECE);
    int rc = piece ? rl_digest_begin(&d, task->env) : REEL_ERR_NOMEM;
    for (int64_t at = 0, got = 1; rc == 0 && got > 0; at += got) {
        if (rl_task_cancelled(task)) {
            rc = rl_err_cancelled(err);
            break;
        }
        got = rl_pread(task->env, fd, piece, PIECE, at);
        if (got < 0)
            rc = rl_err_errno(err, (int)-got, "verify", "cannot read the joined file");
        else
            rc = rl_digest_add(d, piece, (size_t)got);
    }
    if (rc == 0)
        rc = rl_digest_end(&d, task->result.digest);
    rl_digest_abort(&d);
    rl_free(task->env, piece);
    return rc < 0 && err->code == 0 ? rl_err_nomem(err, "verify") : rc;
}

/* The host's store gets the manifest too, so that its digest is all that has to be remembered of a job. */
static int keep_manifest(reel_task *task, reel_error *err)
{
    struct rl_buf json;
    rl_buf_init(&json, task->env);
    int rc = rl_shape_write(&rl_manifest_shape, &task->manifest, &json, err);
    if (rc == 0)
        rc = reel_store_put(task->kept, json.data, json.size, task->manifest_digest, err);
    rl_buf_free(&json);
    return rc;
}

static void set_verdict(reel_task *task)
{
    reel_result *r = &task->result;
    r->verdict = task->unlisted[false] > 0 ? REEL_VERDICT_PARTIAL : REEL_VERDICT_OK;
    for (uint32_t i = 0; i < task->reason_count; i++)
        if (!task->reasons[i].note)
            r->verdict = REEL_VERDICT_PARTIAL;
}

/* Previews go under their names before the output does: who sees that one finds all of them. */
static int finish_previews(reel_task *task, reel_error *err)
{
    int rc = task->input ? rl_products_publish(task, err) : 0;
    set_verdict(task);
    return rc;
}

static int make_file(reel_task *task, reel_error *err)
{
    const struct rl_output_stop stop = { .user = task, .cancelled = is_cancelled };
    int fd = -1;
    bool webm = rl_task_is_webm(task);
    int rc = rl_output_begin(task->output, &fd, err);
    if (rc == 0)
        rc = webm ? join(task, fd, err) : rl_picture_write(task, fd, err);
    rl_progress_finish(task, 0.5);
    if (rc == 0 && !(task->flags & REEL_TASK_NO_VERIFY)) {
        rl_progress_step(task, "verify");
        rc = webm ? rl_task_check_joined(task, fd, err) : rl_picture_check(task, fd, err);
    }
    if (rc == 0)
        rc = digest_file(task, fd, err);
    if (rc == 0 && task->input)
        rc = rl_input_check_unchanged(task->input, err);
    if (rc == 0 && rl_task_cancelled(task))
        rc = rl_err_cancelled(err);
    rl_progress_finish(task, 0.9);
    rl_progress_step(task, "publish");
    if (rc == 0)
        rc = finish_previews(task, err);
    return rc == 0 ? rl_output_publish(task->output, &stop, err) : rc;
}

/* Nothing but the store, or previews. */
static int make_no_file(reel_task *task, reel_error *err)
{
    bool picture = task->plan && rl_plan_picture(task->plan);
    int rc = 0;
    if (picture && !(task->flags & REEL_TASK_NO_VERIFY)) {
        rl_progress_step(task, "verify");
        rc = rl_picture_check_kept(task, err);
    }
    rl_progress_step(task, "publish");
    return rc == 0 ? finish_previews(task, err) : rc;
}

static int finish_counts(reel_task *task, reel_error *err)
{
    if (rl_plan_picture(task->plan))
        return rl_picture_counts(task, err);
    return task->plan->track_count > 0 ? rl_verdict_counts(task, err) : 0;
}

static int finish_manifest_of(reel_task *task, reel_error *err)
{
    if (!rl_task_is_webm(task))
        return 0;
    int rc = finish_manifest(task, err);
    return rc == 0 && task->kept ? keep_manifest(task, err) : rc;
}

int rl_task_finish(reel_task *task, reel_error *err)
{
    int rc = 0;
    if (task->input) { /* else a join of a manifest that is finished */
        rc = finish_counts(task, err);
        if (rc == 0)
            rc = rl_products_collect(task, err);
        if (rc == 0)
            rc = rl_input_check_unchanged(task->input, err);
        if (rc == 0)
            rc = finish_manifest_of(task, err);
    }
    if (rc == 0 && rl_task_cancelled(task))
        rc = rl_err_cancelled(err);
    if (rc < 0)
        return rc;
    reel_result *r = &task->result;
    r->size = sizeof(*r);
    if (rl_task_is_webm(task))
        r->duration = rl_manifest_duration(&task->manifest);
    for (uint32_t i = 0; i < task->manifest.track_count && r->width == 0; i++) {
        r->width = task->manifest.tracks[i].width;
        r->height = task->manifest.tracks[i].height;
    }
    r->resumed = task->resumed;
    r->retried = task->retried;
    return task->output ? make_file(task, err) : make_no_file(task, err);
}
