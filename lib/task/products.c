/* Previews: gathered from their works, put under their names, told to the host. */
#include "task.h"

#include "../base/digest.h"
#include "../base/io.h"
#include "../base/opts.h"
#include "../input/input.h"
#include "../plan/plan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_preview(const struct rl_work *w)
{
    return w->kind == RL_JOB_PREVIEW || w->kind == RL_JOB_WAVE;
}

static int lost(reel_task *task, int32_t stream, const reel_error *e)
{
    return rl_reason_add(task, "preview-lost", stream, REEL_NO_TIME, REEL_NO_TIME, false, "%s [%s]", e->text,
                         reel_err_name(e->code));
}

/* Damage of the source is told by the tracks' own works where there are any. */
static int list_damage(reel_task *task, const struct rl_work *w)
{
    const struct rl_preview_result *r = &w->loose->made;
    bool whole = w->kind == RL_JOB_WAVE || task->plan->preview.storyboard; /* all of the source was to be shown */
    bool note = task->plan->track_count > 0 || !whole;
    int rc = 0;
    if (r->decode_errors > 0)
        rc = rl_reason_add(task, "damaged", w->stream, REEL_NO_TIME, REEL_NO_TIME, note,
                           "%llu packets or frames are damaged", (unsigned long long)r->decode_errors);
    if (rc == 0 && r->truncated)
        rc = rl_reason_add(task, "truncated", w->stream, REEL_NO_TIME, REEL_NO_TIME, note,
                           "the input ends inside its data");
    if (rc == 0 && r->note[0])
        rc = rl_reason_add(task, "note", w->stream, REEL_NO_TIME, REEL_NO_TIME, true, "%s", r->note);
    return rc;
}

static int take_kind(reel_task *task, const struct rl_work *w, const char *kind)
{
    const struct rl_preview_result *r = &w->loose->made;
    for (uint32_t i = 0; i < r->product_count; i++) {
        if (strcmp(r->products[i].kind, kind))
            continue;
        if (!rl_grow(task->env, (void **)&task->made, &task->made_capacity, task->made_count, sizeof(*task->made)))
            return REEL_ERR_NOMEM;
        task->made[task->made_count++] = (struct rl_made){ .product = &r->products[i],
                                                           .blob = &w->loose->blobs[r->products[i].chunk] };
    }
    return 0;
}

/* In the order that product.h speaks of, however they were made. */
static int take_products(reel_task *task, const struct rl_work *w)
{
    static const char *const kinds[] = { "poster", "storyboard", "animation", "placeholder", "waveform", "loudness" };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        rc = take_kind(task, w, kinds[i]);
    return rc;
}

/* What was asked for and cannot be had of this input is worth knowing, and no loss. */
static int list_unmade(reel_task *task)
{
    const reel_plan *plan = task->plan;
    int rc = 0;
    if (plan->preview_text[0] && !plan->has_preview)
        rc = rl_reason_add(task, "no-preview", -1, REEL_NO_TIME, REEL_NO_TIME, true, "no previews of pictures: %s",
                           plan->preview_text);
    if (rc == 0 && plan->wave_text[0] && !plan->has_wave)
        rc = rl_reason_add(task, "no-preview", -1, REEL_NO_TIME, REEL_NO_TIME, true, "no previews of sound: %s",
                           plan->wave_text);
    return rc;
}

int rl_products_collect(reel_task *task, reel_error *err)
{
    const struct rl_work *failed = NULL;
    bool any = false;
    int rc = list_unmade(task);
    for (uint32_t i = 0; i < task->work_count && rc == 0; i++) {
        const struct rl_work *w = &task->works[i];
        if (!is_preview(w))
            continue;
        any = any || w->has_result;
        if (!w->has_result) {
            failed = failed ? failed : w;
            rc = lost(task, w->stream, &w->err);
            continue;
        }
        rc = list_damage(task, w);
        if (rc == 0)
            rc = take_products(task, w);
    }
    if (rc < 0)
        return rl_err_nomem(err, "verify");
    if (failed && !any && task->plan->track_count == 0) { /* they were all there was to do */
        *err = failed->err;
        return err->code;
    }
    return 0;
}

static int publish_one(reel_task *task, struct rl_made *m, reel_error *err)
{
    struct rl_publish file = { .fd = -1 };
    size_t size = strlen(task->products) + 1 + sizeof(m->product->name);
    char *path = rl_alloc(task->env, size);
    if (!path)
        return rl_err_nomem(err, "publish");
    snprintf(path, size, "%s/%s", task->products, m->product->name);
    int rc = rl_publish_begin(&file, task->env, path, err);
    if (rc == 0)
        rc = rl_blob_copy(task, m->blob, file.fd, err);
    if (rc == 0)
        rc = rl_publish_commit(&file, task->env, err);
    rl_publish_abort(&file, task->env);
    if (rc == 0)
        m->path = path;
    else
        rl_free(task->env, path);
    return rc;
}

/* One of several: what cannot be written beside an output is a loss, and an error where nothing else is made. */
static int publish_next(reel_task *task, struct rl_made *m, bool *published, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = 0;
    if (rl_task_cancelled(task))
        return rl_err_cancelled(err);
    if (mkdir(task->products, 0777) != 0 && errno != EEXIST)
        rc = rl_err_errno(&e, errno, "publish", "cannot make the folder %s", task->products);
    if (rc == 0)
        rc = publish_one(task, m, &e);
    *published = rc == 0;
    if (rc < 0 && task->plan->track_count == 0) {
        *err = e;
        return rc;
    }
    return rc < 0 && lost(task, -1, &e) < 0 ? rl_err_nomem(err, "publish") : 0;
}

/* A product never takes the place of the input, under whatever link. Looked at for all of them, before the first is there. */
static int check_input(const reel_task *task, reel_error *err)
{
    struct stat in, to;
    char path[PATH_MAX];
    if (!task->products || !task->input || fstat(task->input->fd, &in) != 0)
        return 0;
    for (uint32_t i = 0; i < task->made_count; i++) {
        const char *name = task->made[i].product->name;
        int n = snprintf(path, sizeof(path), "%s/%s", task->products, name);
        bool there = n > 0 && (size_t)n < sizeof(path) && stat(path, &to) == 0;
        if (there && to.st_dev == in.st_dev && to.st_ino == in.st_ino)
            return rl_err(err, REEL_ERR_SAME_FILE, "publish", "%s is the input itself", path);
    }
    return 0;
}

int rl_products_publish(reel_task *task, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    uint32_t count = task->made_count;
    int rc = check_input(task, &e);
    if (rc < 0 && task->plan->track_count > 0) { /* the output beside them is none the worse */
        task->made_count = task->result.products = 0;
        return lost(task, -1, &e) < 0 ? rl_err_nomem(err, "publish") : 0;
    }
    if (rc < 0) {
        *err = e;
        return rc;
    }
    task->made_count = 0;
    for (uint32_t i = 0; i < count && rc == 0; i++) {
        struct rl_made m = task->made[i];
        bool published = true;
        if (task->products)
            rc = publish_next(task, &m, &published, err);
        if (rc == 0 && published)
            task->made[task->made_count++] = m;
    }
    task->result.products = task->made_count;
    return rc;
}

static bool has_ended_well(reel_task *task)
{
    pthread_mutex_lock(&task->lock);
    bool well = task->ended && task->code >= 0;
    pthread_mutex_unlock(&task->lock);
    return well;
}

int reel_task_product_at(reel_task *task, uint32_t index, reel_product *out)
{
    if (!task || !out)
        return REEL_ERR_INVALID_ARG;
    if (!has_ended_well(task))
        return REEL_ERR_STATE;
    if (index >= task->made_count)
        return REEL_END;
    const struct rl_made *m = &task->made[index];
    const struct rl_product *p = m->product;
    reel_product info = {
        .size = sizeof(info), .time = p->time, .duration = p->duration, .bytes = m->blob->bytes, .path = m->path,
        .width = p->width, .height = p->height, .frames = p->frames,
    };
    memcpy(info.digest, m->blob->digest, sizeof(info.digest));
    memcpy(info.name, p->name, sizeof(info.name));
    memcpy(info.kind, p->kind, sizeof(info.kind));
    memcpy(info.mime, p->mime, sizeof(info.mime));
    return rl_info_out(out, &info, sizeof(info), RL_SIZE_TO(reel_product, mime));
}

void rl_products_placeholders(const reel_task *task, reel_placeholders *out)
{
    *out = (reel_placeholders){ .size = sizeof(*out) };
    for (uint32_t i = 0; i < task->work_count; i++) {
        const struct rl_work *w = &task->works[i];
        if (!is_preview(w) || !w->has_result)
            continue;
        const struct rl_preview_result *r = &w->loose->made;
        if (w->kind == RL_JOB_PREVIEW && r->average[0]) {
            out->present |= REEL_PLACEHOLDER_PICTURE;
            memcpy(out->blurhash, r->blurhash, sizeof(out->blurhash));
            memcpy(out->thumbhash, r->thumbhash, sizeof(out->thumbhash));
            memcpy(out->average, r->average, sizeof(out->average));
        }
        if (w->kind == RL_JOB_WAVE && task->plan->wave.loudness && r->loudness != 0) {
            out->present |= REEL_PLACEHOLDER_LOUDNESS;
            out->loudness = r->loudness;
            out->loudness_range = r->loudness_range;
            out->true_peak = r->true_peak;
        }
    }
}

int reel_task_placeholders(reel_task *task, reel_placeholders *out)
{
    if (!task || !out)
        return REEL_ERR_INVALID_ARG;
    if (!has_ended_well(task))
        return REEL_ERR_STATE;
    reel_placeholders p;
    rl_products_placeholders(task, &p);
    return rl_info_out(out, &p, sizeof(p), RL_SIZE_TO(reel_placeholders, average));
}

static json_t *product_json(const struct rl_made *m, bool *ok)
{
    const struct rl_product *p = m->product;
    char hex[RL_HEX_SIZE];
    json_t *o = json_object();
    rl_hex(hex, m->blob->digest);
    rl_json_set_text(o, "name", p->name, ok);
    rl_json_set_text(o, "kind", p->kind, ok);
    rl_json_set_text(o, "mime", p->mime, ok);
    if (m->path)
        rl_json_set_text(o, "path", m->path, ok);
    rl_json_set_int(o, "bytes", (int64_t)m->blob->bytes, ok);
    rl_json_set_text(o, "digest", hex, ok);
    rl_json_set_int(o, "width", p->width, ok);
    rl_json_set_int(o, "height", p->height, ok);
    rl_json_set_time(o, "time", p->time, ok);
    rl_json_set_int(o, "duration", p->duration, ok);
    rl_json_set_int(o, "frames", p->frames, ok);
    return o;
}

void rl_products_json(const reel_task *task, json_t *root, bool *ok)
{
    reel_placeholders h;
    json_t *list = task->made_count > 0 ? json_array() : NULL;
    for (uint32_t i = 0; list && i < task->made_count; i++)
        rl_json_append(list, product_json(&task->made[i], ok), ok);
    if (task->made_count > 0)
        rl_json_set(root, "products", list, ok);
    rl_products_placeholders(task, &h);
    if (!h.present)
        return;
    json_t *o = json_object();
    if (h.present & REEL_PLACEHOLDER_PICTURE) {
        rl_json_set_text(o, "blurhash", h.blurhash, ok);
        rl_json_set_text(o, "thumbhash", h.thumbhash, ok);
        rl_json_set_text(o, "average", h.average, ok);
    }
    if (h.present & REEL_PLACEHOLDER_LOUDNESS) {
        rl_json_set_double(o, "loudness", h.loudness, ok);
        rl_json_set_double(o, "loudness_range", h.loudness_range, ok);
        rl_json_set_double(o, "true_peak", h.true_peak, ok);
    }
    rl_json_set(root, "placeholders", o, ok);
}
