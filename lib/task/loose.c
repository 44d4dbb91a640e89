/* Works whose chunks are files of their own: a picture, previews. What the engine says of them is checked here. */
#include "task.h"

#include "../ctx/ctx.h"
#include "../plan/plan.h"

#include <string.h>

enum { MOST_BLOBS = 100000 };

int rl_loose_spec(const struct rl_work *w, struct rl_buf *spec, reel_error *err)
{
    const reel_plan *plan = w->task->plan;
    if (w->kind == RL_JOB_PREVIEW)
        return rl_plan_preview_job(plan, rl_tiles_complete(w->task) ? (uint32_t)w->task->tile_count : 0, w->threads,
                                   spec, err);
    if (w->kind == RL_JOB_WAVE)
        return rl_plan_wave_job(plan, w->threads, spec, err);
    return rl_plan_job(plan, w->track, w->part, w->threads, spec, err);
}

void rl_loose_clear(const struct rl_env *env, struct rl_loose *l)
{
    rl_shape_clear(env, &rl_preview_result_shape, &l->made);
    memset(&l->picture, 0, sizeof(l->picture));
    l->count = 0;
    l->bytes = 0;
}

void rl_loose_free(const struct rl_env *env, struct rl_loose *l)
{
    if (!l)
        return;
    rl_loose_clear(env, l);
    rl_free(env, l->blobs);
    rl_free(env, l);
}

int rl_loose_take(struct rl_work *w, const struct rl_chunk_out *chunk, const void *data, size_t size, reel_error *err)
{
    reel_task *task = w->task;
    struct rl_loose *l = w->loose;
    size_t most = w->kind == RL_JOB_PICTURE ? 1 : MOST_BLOBS;
    uint64_t limit = task->env->limits.output_bytes;
    if (chunk->track != 0 || chunk->index != l->count || l->count >= most || !data || size == 0)
        return rl_err(err, REEL_ERR_VERIFY, "chunk", "chunk %u is none of those that were asked for", chunk->index);
    if (size > limit || l->bytes > limit - size)
        return rl_err(err, REEL_ERR_LIMIT_OUTPUT, "chunk", "the output has more than the limit of %llu bytes",
                      (unsigned long long)limit);
    if (!rl_grow(task->env, (void **)&l->blobs, &l->capacity, l->count, sizeof(*l->blobs)))
        return rl_err_nomem(err, "chunk");
    struct rl_blob *blob = &l->blobs[l->count];
    *blob = (struct rl_blob){ .bytes = size };
    int rc = reel_store_put(task->chunks, data, size, blob->digest, err);
    if (rc < 0)
        return rc;
    l->count++;
    l->bytes += size;
    if (w->kind == RL_JOB_PICTURE)
        rl_progress_chunk(task);
    return 0;
}

static int unsound(const struct rl_work *w, const char *what, reel_error *err)
{
    return rl_err(err, REEL_ERR_VERIFY, "chunk", "what the engine says of %s does not hold: %s",
                  w->kind == RL_JOB_PICTURE ? "the picture" : "the previews", what);
}

static int check_picture(const struct rl_work *w, reel_error *err)
{
    const struct rl_picture_result *r = &w->loose->picture;
    const struct rl_track *t = &w->task->plan->tracks[w->track].track;
    const struct rl_still_spec *spec = &w->task->plan->tracks[w->track].spec.picture.still;
    if (r->chunks != 1 || w->loose->count != 1)
        return unsound(w, "chunks", err);
    if (r->width != t->width || r->height != t->height)
        return unsound(w, "its size is not the one that was planned", err);
    if (r->frames_out == 0 || r->frames_in < r->frames_out || (!spec->animated && r->frames_out != 1))
        return unsound(w, "frames", err);
    return spec->max_bytes && w->loose->bytes > spec->max_bytes ? unsound(w, "its bytes", err) : 0;
}

/* A file's name and nothing else: letters, digits, dots and dashes, no dot in front. */
static bool is_name(const char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
    return name[0] && name[0] != '.' && name[strspn(name, good)] == 0;
}

static bool is_mime(const char *mime)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789.-+/";
    return mime[0] && strchr(mime, '/') && mime[strspn(mime, good)] == 0;
}

static bool is_kind(const struct rl_work *w, const char *kind)
{
    static const char *const pictures[] = { "poster", "storyboard", "animation", "placeholder", NULL };
    static const char *const sound[] = { "waveform", "loudness", NULL };
    for (const char *const *k = w->kind == RL_JOB_WAVE ? sound : pictures; *k; k++)
        if (!strcmp(*k, kind))
            return true;
    return false;
}

static int check_products(const struct rl_work *w, reel_error *err)
{
    const struct rl_preview_result *r = &w->loose->made;
    if (r->chunks != w->loose->count)
        return unsound(w, "chunks", err);
    for (uint32_t i = 0; i < r->product_count; i++) {
        const struct rl_product *p = &r->products[i];
        if (!is_name(p->name) || !is_kind(w, p->kind) || !is_mime(p->mime))
            return unsound(w, "name or kind", err);
        if (p->chunk >= r->chunks)
            return unsound(w, "chunk", err);
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(r->products[k].name, p->name) || r->products[k].chunk == p->chunk)
                return unsound(w, "a name comes twice", err);
    }
    return 0;
}

int rl_loose_result(struct rl_work *w, const struct rl_buf *text, reel_error *err)
{
    const struct rl_env *env = w->task->env;
    struct rl_loose *l = w->loose;
    bool picture = w->kind == RL_JOB_PICTURE;
    int rc = rl_shape_read(env, picture ? &rl_picture_result_shape : &rl_preview_result_shape, (const char *)text->data,
                           text->size, picture ? (void *)&l->picture : (void *)&l->made, err);
    if (rc == 0)
        rc = picture ? check_picture(w, err) : check_products(w, err);
    return rc;
}
