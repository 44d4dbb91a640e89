/* The joined file, read back by the engine, against the chunks that it was made from. */
#include "task.h"

#include "../chunk/manifest.h"
#include "../ctx/ctx.h"

#include <stdio.h>
#include <stdlib.h>

#define MS 1000
/* WebM times are whole milliseconds; a rounded start and a rounded length make two. */
#define SLACK (2 * MS)
/* Where a track ends is told by the duration of its last sample, which WebM does not always have. */
#define END_SLACK (500 * MS)

static bool engine_cancelled(void *user)
{
    return rl_task_cancelled(user);
}

static void no_progress(void *user, int64_t done, uint64_t frames)
{
    (void)user;
    (void)done;
    (void)frames;
}

static int wrong(reel_error *err, const struct rl_track *t, const char *what, long long is, long long should)
{
    rl_err(err, REEL_ERR_VERIFY, "verify", "%s in the joined file is %lld, and in the chunks %lld", what, is, should);
    rl_err_where(err, t->stream, REEL_NO_TIME);
    return REEL_ERR_VERIFY;
}

static int check_track(const struct rl_track *t, const struct rl_verify_track *v, reel_error *err)
{
    uint64_t samples = 0;
    for (uint32_t i = 0; i < t->chunk_count; i++)
        samples += t->chunks[i].samples;
    int64_t start = rl_track_start(t), end = start + rl_track_duration(t);
    if (v->kind != t->kind)
        return wrong(err, t, "the kind of a track", v->kind, t->kind);
    if (v->samples != samples)
        return wrong(err, t, t->kind == REEL_STREAM_VIDEO ? "the number of frames"
                             : t->kind == REEL_STREAM_AUDIO ? "the number of samples"
                                                            : "the number of cues",
                     (long long)v->samples, (long long)samples);
    if (v->disorder > 0)
        return wrong(err, t, "the number of times that do not rise", (long long)v->disorder, 0);
    if (t->kind == REEL_STREAM_TEXT || samples == 0)
        return 0;
    if (llabs(v->start - start) > SLACK)
        return wrong(err, t, "the start (us)", v->start, start);
    if (llabs(v->end - end) > END_SLACK)
        return wrong(err, t, "the end (us)", v->end, end);
    return 0;
}

/* How the A/V offset of the output differs from that of the source. */
static int64_t av_offset(const reel_task *task, const struct rl_verify_result *v)
{
    int64_t video = REEL_NO_TIME, audio = REEL_NO_TIME;
    for (uint32_t i = 0; i < v->track_count; i++) {
        int32_t kind = v->tracks[i].kind;
        int64_t *at = kind == REEL_STREAM_VIDEO ? &video : kind == REEL_STREAM_AUDIO ? &audio : NULL;
        if (at && *at == REEL_NO_TIME)
            *at = v->tracks[i].start;
    }
    if (video == REEL_NO_TIME || audio == REEL_NO_TIME || task->first_video == REEL_NO_TIME ||
        task->first_audio == REEL_NO_TIME)
        return 0;
    return (audio - video) - (task->first_audio - task->first_video);
}

static int compare(reel_task *task, const struct rl_verify_result *v, reel_error *err)
{
    const struct rl_manifest *m = &task->manifest;
    if (v->track_count != m->track_count)
        return rl_err(err, REEL_ERR_VERIFY, "verify", "the joined file has %u tracks, and the manifest %u",
                      v->track_count, m->track_count);
    int64_t duration = rl_manifest_duration(m);
    if (llabs(v->duration - duration) > END_SLACK)
        return rl_err(err, REEL_ERR_VERIFY, "verify", "the joined file is %.3f s long, and the chunks %.3f s",
                      (double)v->duration / 1e6, (double)duration / 1e6);
    for (uint32_t i = 0; i < m->track_count; i++) {
        int rc = check_track(&m->tracks[i], &v->tracks[i], err);
        if (rc < 0)
            return rc;
    }
    task->result.av_offset = av_offset(task, v);
    return 0;
}

int rl_task_verify(reel_task *task, int fd, const char *type, struct rl_verify_result *verified, reel_error *err)
{
    struct rl_verify_spec spec = { .decode = !!(task->flags & REEL_TASK_VERIFY_DECODE) };
    const struct rl_job_host host = { .user = task, .cancelled = engine_cancelled, .progress = no_progress };
    struct rl_buf text, result;
    snprintf(spec.type, sizeof(spec.type), "%s", type);
    rl_buf_init(&text, task->env);
    rl_buf_init(&result, task->env);
    int rc = rl_shape_write(&rl_verify_spec_shape, &spec, &text, err);
    if (rc == 0) {
        const struct rl_job job = { .kind = RL_JOB_VERIFY, .spec = rl_buf_str(&text), .spec_size = text.size,
                                    .in_fd = fd, .out_fd = -1, .host = &host };
        rc = job.spec ? rl_ctx_run(task->ctx, &job, &result, err) : rl_err_nomem(err, "verify");
    }
    if (rc == 0)
        rc = rl_shape_read(task->env, &rl_verify_result_shape, (const char *)result.data, result.size, verified, err);
    rl_buf_free(&text);
    rl_buf_free(&result);
    return rc;
}

int rl_task_check_joined(reel_task *task, int fd, reel_error *err)
{
    struct rl_verify_result verified = { 0 };
    int rc = rl_task_verify(task, fd, "", &verified, err);
    if (rc == 0)
        rc = compare(task, &verified, err);
    rl_shape_clear(task->env, &rl_verify_result_shape, &verified);
    return rc;
}
