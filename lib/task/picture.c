/* The end of a task whose output is one picture: its one chunk is the file. On the pool. */
#include "task.h"

#include "../base/io.h"
#include "../plan/plan.h"
#include "../store/store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 * 1024 };

static const struct rl_work *work_of(const reel_task *task)
{
    return &task->works[0]; /* rl_works_make: the track's works come first */
}

int rl_picture_counts(reel_task *task, reel_error *err)
{
    const struct rl_work *w = work_of(task);
    const struct rl_picture_result *p = &w->loose->picture;
    reel_result *r = &task->result;
    int rc = 0;
    if (!w->has_result) {
        *err = w->err;
        return err->code;
    }
    r->frames_in = p->frames_in;
    r->frames_out = p->frames_out;
    r->decode_errors = p->decode_errors;
    r->duration = p->duration;
    r->segments = 1;
    r->bytes = w->loose->bytes;
    r->width = p->width;
    r->height = p->height;
    r->quality = p->quality;
    r->time = p->time;
    memcpy(r->digest, w->loose->blobs[0].digest, sizeof(r->digest));
    if (p->decode_errors > 0)
        rc = rl_reason_add(task, "damaged", w->stream, REEL_NO_TIME, REEL_NO_TIME, false,
                           "the picture is damaged in %llu places", (unsigned long long)p->decode_errors);
    if (rc == 0 && p->truncated)
        rc = rl_reason_add(task, "truncated", w->stream, REEL_NO_TIME, REEL_NO_TIME, false,
                           "the input ends inside its data");
    if (rc == 0 && p->note[0])
        rc = rl_reason_add(task, "note", w->stream, REEL_NO_TIME, REEL_NO_TIME, true, "%s", p->note);
    return rc < 0 ? rl_err_nomem(err, "verify") : 0;
}

int rl_blob_copy(const reel_task *task, const struct rl_blob *blob, int to, reel_error *err)
{
    int from = rl_store_open_fd(task->chunks, blob->digest, err);
    if (from < 0)
        return from;
    uint8_t *piece = rl_alloc(task->env, PIECE);
    int rc = piece ? 0 : rl_err_nomem(err, "publish");
    for (int64_t at = 0, got = 1; rc == 0 && got > 0; at += got) {
        got = rl_pread(task->env, from, piece, PIECE, at);
        if (got < 0)
            rc = rl_err_errno(err, (int)-got, "publish", "cannot read a finished chunk back");
        else if (got > 0 && (rc = rl_pwrite(task->env, to, piece, (size_t)got, at)) < 0)
            rc = rl_err_errno(err, -rc, "publish", "cannot write a finished file");
    }
    rl_free(task->env, piece);
    close(from);
    return rc;
}

int rl_picture_write(const reel_task *task, int fd, reel_error *err)
{
    return rl_blob_copy(task, &work_of(task)->loose->blobs[0], fd, err);
}

static int wrong(reel_error *err, const char *what, long long is, long long should)
{
    return rl_err(err, REEL_ERR_VERIFY, "verify", "%s of the picture: %lld when read back, and it should be %lld", what,
                  is, should);
}

int rl_picture_check(reel_task *task, int fd, reel_error *err)
{
    const struct rl_picture_result *p = &work_of(task)->loose->picture;
    bool avif = rl_plan_picture(task->plan)->still.format == RL_STILL_AVIF;
    struct rl_verify_result v = { 0 };
    int rc = rl_task_verify(task, fd, avif ? "avif" : "webp", &v, err);
    if (rc == 0 && (v.track_count != 1 || v.tracks[0].kind != REEL_STREAM_PICTURE))
        rc = wrong(err, "the tracks", v.track_count, 1);
    else if (rc == 0 && v.tracks[0].samples != p->frames_out)
        rc = wrong(err, "the frames", (long long)v.tracks[0].samples, (long long)p->frames_out);
    else if (rc == 0 && v.tracks[0].disorder > 0)
        rc = wrong(err, "times that do not rise", (long long)v.tracks[0].disorder, 0);
    else if (rc == 0 && v.width != p->width)
        rc = wrong(err, "the width", v.width, p->width);
    else if (rc == 0 && v.height != p->height)
        rc = wrong(err, "the height", v.height, p->height);
    rl_shape_clear(task->env, &rl_verify_result_shape, &v);
    return rc;
}

int rl_picture_check_kept(reel_task *task, reel_error *err)
{
    int fd = rl_store_open_fd(task->chunks, work_of(task)->loose->blobs[0].digest, err);
    if (fd < 0)
        return fd;
    int rc = rl_picture_check(task, fd, err);
    close(fd);
    return rc;
}
