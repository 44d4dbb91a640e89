/* From plan to jobs. */
#include "plan.h"

#include "../base/digest.h"
#include "../ctx/ctx.h"

#include <string.h>

uint32_t rl_plan_job_count(const reel_plan *plan, uint32_t track)
{
    const struct rl_planned_track *t = &plan->tracks[track];
    return t->job == RL_JOB_VIDEO ? t->list.run_count : 1;
}

void rl_plan_job_segments(const reel_plan *plan, uint32_t track, uint32_t job, uint32_t *first, uint32_t *count)
{
    const struct rl_planned_track *t = &plan->tracks[track];
    bool cut = t->job == RL_JOB_VIDEO && !t->spec.video.every;
    *first = cut ? t->list.runs[job].first_cut : 0;
    *count = cut ? t->list.runs[job].segments : t->kind == REEL_STREAM_TEXT ? 1 : 0;
}

int rl_plan_job(const reel_plan *plan, uint32_t track, uint32_t job, int32_t threads, struct rl_buf *spec,
                reel_error *err)
{
    const struct rl_planned_track *t = &plan->tracks[track];
    switch (t->job) {
    case RL_JOB_VIDEO: {
        struct rl_video_spec video = t->spec.video; /* borrows the cuts */
        const struct rl_planned_run *run = &t->list.runs[job];
        video.first_index = run->first_cut;
        video.cuts = t->list.cuts + run->first_cut;
        video.cut_count = run->segments + 1;
        video.threads = threads;
        return rl_shape_write(&rl_video_spec_shape, &video, spec, err);
    }
    case RL_JOB_AUDIO: {
        struct rl_audio_spec audio = t->spec.audio;
        audio.threads = threads;
        return rl_shape_write(&rl_audio_spec_shape, &audio, spec, err);
    }
    case RL_JOB_TEXT:
        return rl_shape_write(&rl_text_spec_shape, &t->spec.text, spec, err);
    case RL_JOB_PICTURE: {
        struct rl_picture_job_spec picture = t->spec.picture;
        picture.still.threads = threads;
        return rl_shape_write(&rl_picture_job_spec_shape, &picture, spec, err);
    }
    default:
        return rl_shape_write(&rl_copy_spec_shape, &t->spec.copy, spec, err);
    }
}

int rl_plan_preview_job(const reel_plan *plan, uint32_t tiles, int32_t threads, struct rl_buf *spec, reel_error *err)
{
    struct rl_preview_spec preview = plan->preview;
    preview.from_tiles = tiles > 0;
    preview.tiles = tiles;
    preview.poster.threads = threads;
    return rl_shape_write(&rl_preview_spec_shape, &preview, spec, err);
}

int rl_plan_wave_job(const reel_plan *plan, int32_t threads, struct rl_buf *spec, reel_error *err)
{
    struct rl_wave_spec wave = plan->wave;
    wave.threads = threads;
    return rl_shape_write(&rl_wave_spec_shape, &wave, spec, err);
}

const struct rl_picture_job_spec *rl_plan_picture(const reel_plan *plan)
{
    return plan->track_count == 1 && plan->tracks[0].job == RL_JOB_PICTURE ? &plan->tracks[0].spec.picture : NULL;
}

/* Adds a spec that is written, and empties the buffer. */
static int add_spec(struct rl_digest *d, struct rl_buf *spec)
{
    rl_buf_u8(spec, 0);
    int rc = spec->failed ? REEL_ERR_NOMEM : rl_digest_add(d, spec->data, spec->size);
    spec->size = 0;
    return rc;
}

int rl_plan_digest(const reel_plan *plan, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    struct rl_digest *d = NULL;
    struct rl_buf spec;
    rl_buf_init(&spec, rl_ctx_env(plan->ctx));
    int rc = rl_digest_begin(&d, rl_ctx_env(plan->ctx));
    if (rc >= 0)
        rc = rl_digest_add(d, rl_build_id(), strlen(rl_build_id()) + 1);
    for (uint32_t t = 0; rc >= 0 && t < plan->track_count; t++) {
        for (uint32_t j = 0; rc >= 0 && j < rl_plan_job_count(plan, t); j++) {
            rc = rl_plan_job(plan, t, j, 0, &spec, err);
            if (rc >= 0)
                rc = add_spec(d, &spec);
        }
    }
    if (rc >= 0 && plan->has_preview && (rc = rl_plan_preview_job(plan, 0, 0, &spec, err)) >= 0)
        rc = add_spec(d, &spec);
    if (rc >= 0 && plan->has_wave && (rc = rl_plan_wave_job(plan, 0, &spec, err)) >= 0)
        rc = add_spec(d, &spec);
    if (rc >= 0)
        rc = rl_digest_end(&d, digest);
    rl_digest_abort(&d);
    rl_buf_free(&spec);
    return rc < 0 ? rl_err(err, rc, "plan", "the plan's digest could not be computed") : 0;
}
