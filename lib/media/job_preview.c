/* What people look at before they play, out of a video's keyframes, of a picture, or of what a transcode has taken. */
#include "jobs.h"

#include "preview/pictures.h"

#include <string.h>

static int of_video(struct rl_preview_work *w, int fd)
{
    const struct rl_preview_spec *spec = w->spec;
    int rc = rl_moments_open(&w->moments, w->flow, fd, &spec->source);

    if (rc < 0)
        return rc;
    rl_moments_threads(w->moments, spec->poster.threads);
    if (spec->posters || spec->placeholder)
        rc = rl_preview_posters(w);
    if (rc >= 0 && spec->storyboard)
        rc = rl_preview_storyboard(w);
    if (rc >= 0 && spec->animation)
        rc = rl_preview_animation(w);
    w->result->frames_in = rl_moments_decoded(w->moments);
    w->result->decode_errors = rl_moments_damage(w->moments);
    w->result->truncated = rl_moments_truncated(w->moments);
    rl_moments_close(&w->moments);
    return rc;
}

int rl_job_preview(struct rl_flow *flow, int fd, const struct rl_preview_spec *spec, struct rl_preview_result *result)
{
    struct rl_preview_work w = { .flow = flow, .spec = spec, .result = result };

    memset(result, 0, sizeof(*result));
    rl_products_init(&w.products, flow, result);
    if (spec->from_tiles)
        return rl_preview_from_tiles(&w);
    if (spec->source.type[0] || spec->source.attached)
        return rl_preview_still(&w, fd);
    return of_video(&w, fd);
}
