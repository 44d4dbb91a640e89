/* The result as JSON. */
#include "task.h"

#include "../base/digest.h"
#include "../base/json.h"
#include "../base/opts.h"
#include "../chunk/manifest.h"
#include "../ctx/ctx.h"
#include "../plan/plan.h"

#include <stdio.h>
#include <string.h>

static bool has_ended_well(reel_task *task)
{
    pthread_mutex_lock(&task->lock);
    bool well = task->ended && task->code >= 0;
    pthread_mutex_unlock(&task->lock);
    return well;
}

int reel_task_result(reel_task *task, reel_result *out)
{
    if (!task || !out)
        return REEL_ERR_INVALID_ARG;
    if (!has_ended_well(task))
        return REEL_ERR_STATE;
    return rl_info_out(out, &task->result, sizeof(task->result), RL_SIZE_TO(reel_result, products));
}

int reel_task_manifest(reel_manifest **out, reel_task *task)
{
    reel_error e = RL_ERROR_INIT;
    if (out)
        *out = NULL;
    if (!out || !task)
        return REEL_ERR_INVALID_ARG;
    if (!has_ended_well(task) || !task->kept || !rl_task_is_webm(task))
        return REEL_ERR_STATE;
    return rl_manifest_wrap(out, task->ctx, &task->manifest, &e);
}

static void set_digest(json_t *to, const char *key, const uint8_t digest[REEL_DIGEST_SIZE], bool *ok)
{
    char hex[RL_HEX_SIZE];
    rl_hex(hex, digest);
    rl_json_set_text(to, key, hex, ok);
}

static json_t *reasons(const reel_task *task, bool notes, bool *ok)
{
    json_t *list = json_array();
    for (uint32_t i = 0; list && i < task->reason_count; i++) {
        const struct rl_reason *r = &task->reasons[i];
        if (r->note != notes)
            continue;
        json_t *one = json_object();
        rl_json_set_text(one, "reason", r->code, ok);
        rl_json_set_int(one, "stream", r->stream, ok);
        rl_json_set_time(one, "start", r->start, ok);
        rl_json_set_time(one, "end", r->end, ok);
        rl_json_set_text(one, "text", r->text, ok);
        rl_json_append(list, one, ok);
    }
    if (list && task->unlisted[notes] > 0) {
        char text[64];
        snprintf(text, sizeof(text), "%u more are not listed", task->unlisted[notes]);
        json_t *more = json_object();
        rl_json_set_text(more, "reason", "more", ok);
        rl_json_set_int(more, "stream", -1, ok);
        rl_json_set_time(more, "start", REEL_NO_TIME, ok);
        rl_json_set_time(more, "end", REEL_NO_TIME, ok);
        rl_json_set_text(more, "text", text, ok);
        rl_json_append(list, more, ok);
    }
    return list;
}

static json_t *segments(const reel_task *task, uint32_t track, bool *ok)
{
    const struct rl_track *t = &task->manifest.tracks[track];
    json_t *list = json_array();
    for (uint32_t i = 0; list && i < t->chunk_count; i++) {
        const struct rl_chunk *c = &t->chunks[i];
        json_t *one = json_object();
        int64_t start = rl_chunk_start(t, i);
        rl_json_set_int(one, "index", c->index, ok);
        rl_json_set_int(one, "start", start, ok);
        rl_json_set_int(one, "duration", rl_chunk_end(t, i) - start, ok);
        rl_json_set_int(one, "samples", (int64_t)c->samples, ok);
        if (task->gathers) {
            const struct rl_piece *p = &task->gathers[track].pieces[i];
            rl_json_set_int(one, "samples_in", (int64_t)p->samples_in, ok);
            rl_json_set_int(one, "decode_errors", (int64_t)p->decode_errors, ok);
            rl_json_set_bool(one, "resumed", p->resumed, ok);
        }
        rl_json_set_int(one, "bytes", (int64_t)c->bytes, ok);
        set_digest(one, "digest", c->digest, ok);
        rl_json_append(list, one, ok);
    }
    return list;
}

/* What was measured of a sound track, if it was. */
static void set_loudness(const reel_task *task, int32_t stream, json_t *to, bool *ok)
{
    for (uint32_t i = 0; i < task->work_count; i++) {
        const struct rl_work *w = &task->works[i];
        if (w->kind != RL_JOB_AUDIO || task->plan->tracks[w->track].stream != stream || w->result.loudness == 0)
            continue;
        rl_json_set_double(to, "loudness", w->result.loudness, ok);
        rl_json_set_double(to, "loudness_range", w->result.loudness_range, ok);
        rl_json_set_double(to, "true_peak", w->result.true_peak, ok);
    }
}

static json_t *renditions(const reel_task *task, bool *ok)
{
    static const char *const kinds[] = { [REEL_STREAM_VIDEO] = "video", [REEL_STREAM_AUDIO] = "audio",
                                         [REEL_STREAM_TEXT] = "text" };
    json_t *list = json_array();
    for (uint32_t i = 0; list && i < task->manifest.track_count; i++) {
        const struct rl_track *t = &task->manifest.tracks[i];
        json_t *one = json_object();
        rl_json_set_int(one, "stream", t->stream, ok);
        rl_json_set_text(one, "kind", kinds[t->kind], ok); /* rl_manifest_check knows no others */
        rl_json_set_text(one, "codec", t->codec_string, ok);
        rl_json_set_int(one, "start", rl_track_start(t), ok);
        rl_json_set_int(one, "duration", rl_track_duration(t), ok);
        set_loudness(task, t->stream, one, ok);
        rl_json_set(one, "segments", segments(task, i, ok), ok);
        rl_json_append(list, one, ok);
    }
    return list;
}

static json_t *picture(const reel_task *task, bool *ok)
{
    const struct rl_still_spec *spec = &rl_plan_picture(task->plan)->still;
    const reel_result *r = &task->result;
    json_t *o = json_object();
    rl_json_set_text(o, "format", spec->format == RL_STILL_AVIF ? "avif" : "webp", ok);
    rl_json_set_int(o, "width", r->width, ok);
    rl_json_set_int(o, "height", r->height, ok);
    rl_json_set_int(o, "quality", r->quality, ok);
    rl_json_set_bool(o, "lossless", spec->lossless, ok);
    rl_json_set_time(o, "time", r->time, ok);
    return o;
}

static json_t *write_result(const reel_task *task, bool *ok)
{
    static const uint8_t none[REEL_DIGEST_SIZE];
    const reel_result *r = &task->result;
    json_t *root = json_object();
    rl_json_set_text(root, "verdict", r->verdict == REEL_VERDICT_PARTIAL ? "partial" : "ok", ok);
    rl_json_set(root, "missing", reasons(task, false, ok), ok);
    rl_json_set(root, "notes", reasons(task, true, ok), ok);
    rl_json_set_int(root, "duration", r->duration, ok);
    rl_json_set_int(root, "missing_time", r->missing, ok);
    rl_json_set_int(root, "av_offset", r->av_offset, ok);
    rl_json_set_int(root, "frames_in", (int64_t)r->frames_in, ok);
    rl_json_set_int(root, "frames_out", (int64_t)r->frames_out, ok);
    rl_json_set_int(root, "samples_in", (int64_t)r->samples_in, ok);
    rl_json_set_int(root, "samples_out", (int64_t)r->samples_out, ok);
    rl_json_set_int(root, "decode_errors", (int64_t)r->decode_errors, ok);
    rl_json_set_int(root, "bytes", (int64_t)r->bytes, ok);
    rl_json_set_int(root, "segments", r->segments, ok);
    rl_json_set_int(root, "resumed", r->resumed, ok);
    rl_json_set_int(root, "retried", r->retried, ok);
    rl_json_set_int(root, "elapsed", task->ended_at - task->began, ok);
    if (memcmp(r->digest, none, sizeof(none)) != 0)
        set_digest(root, "digest", r->digest, ok);
    if (memcmp(task->manifest_digest, none, sizeof(none)) != 0)
        set_digest(root, "manifest", task->manifest_digest, ok);
    rl_json_set(root, "renditions", renditions(task, ok), ok);
    if (task->plan && rl_plan_picture(task->plan))
        rl_json_set(root, "picture", picture(task, ok), ok);
    rl_products_json(task, root, ok);
    if (task->plan) {
        reel_error e = RL_ERROR_INIT;
        rl_json_set(root, "plan",
                    rl_json_parse((const char *)task->plan->json.data, task->plan->json.size, "task", &e), ok);
    }
    return root;
}

int reel_task_result_json(reel_buffer **out, reel_task *task)
{
    if (out)
        *out = NULL;
    if (!out || !task)
        return REEL_ERR_INVALID_ARG;
    if (!has_ended_well(task))
        return REEL_ERR_STATE;
    bool ok = true;
    struct rl_buf text;
    rl_buf_init(&text, task->env);
    json_t *root = write_result(task, &ok);
    int rc = root && ok ? rl_json_dump(root, &text) : REEL_ERR_NOMEM;
    json_decref(root);
    if (rc == 0)
        return rl_buffer_take(out, task->ctx, &text);
    rl_buf_free(&text);
    return rc;
}
