/* Making plans, and the public face of them. */
#include "plan.h"

#include "../base/json.h"
#include "../base/opts.h"
#include "../ctx/ctx.h"
#include "../input/input.h"
#include "chain.h"
#include "make.h"

#include <string.h>

static void free_tags(const struct rl_env *env, struct rl_tag *tags, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        rl_free(env, tags[i].key);
        rl_free(env, tags[i].value);
    }
    rl_free(env, tags);
}

void reel_plan_destroy(reel_plan **out)
{
    if (!out || !*out)
        return;
    reel_plan *plan = *out;
    reel_ctx *ctx = plan->ctx;
    const struct rl_env *env = rl_ctx_env(ctx);
    for (uint32_t i = 0; i < plan->track_count; i++) {
        rl_cut_list_free(env, &plan->tracks[i].list);
        rl_free(env, plan->tracks[i].track.title);
    }
    for (uint32_t i = 0; i < plan->chapter_count; i++)
        rl_free(env, plan->chapters[i].title);
    free_tags(env, plan->tags, plan->tag_count);
    rl_free(env, plan->chapters);
    rl_free(env, plan->tracks);
    rl_free(env, plan->segments);
    rl_free(env, plan->streams);
    rl_buf_free(&plan->json);
    rl_free(env, plan);
    *out = NULL;
    reel_ctx_unref(&ctx);
}

static int read_range(struct rl_planning *p, const reel_plan_opts *opts)
{
    p->start = opts->start;
    p->end = opts->end;
    if (p->start < 0 || p->end < 0 || (p->end && p->end <= p->start))
        return rl_err(p->err, REEL_ERR_INVALID_ARG, "plan", "the range must rise: start %lld us, end %lld us",
                      (long long)p->start, (long long)p->end);
    p->trim_start = p->start > 0;
    int64_t whole = p->facts->duration;
    p->trim_end = p->end > 0 && !(whole != REEL_NO_TIME && p->end >= whole);
    return 0;
}

static int plan_tracks(struct rl_planning *p)
{
    static const int32_t order[] = { REEL_STREAM_VIDEO, REEL_STREAM_AUDIO, REEL_STREAM_TEXT };
    struct reel_plan *plan = p->plan;
    plan->duration = 0;
    if (p->v->output_format == RL_OUTPUT_NONE)
        return 0;
    plan->tracks = rl_calloc(p->env, plan->stream_count, sizeof(*plan->tracks));
    if (!plan->tracks)
        return rl_err_nomem(p->err, "plan");
    for (uint32_t i = 0; p->v->output_format != RL_OUTPUT_WEBM && i < plan->stream_count; i++) {
        if (plan->streams[i].action != REEL_ACTION_DROP) {
            plan->track_count = 1;
            return rl_plan_picture_track(p, &p->facts->streams[i], &plan->tracks[0]);
        }
    }
    for (size_t k = 0; k < 3; k++) {
        for (uint32_t i = 0; i < plan->stream_count; i++) {
            if (plan->streams[i].action == REEL_ACTION_DROP || plan->streams[i].kind != order[k])
                continue;
            struct rl_planned_track *track = &plan->tracks[plan->track_count++];
            int rc = rl_plan_track(p, &p->facts->streams[i], track);
            if (rc < 0) {
                rl_err_where(p->err, (int32_t)i, REEL_NO_TIME);
                return rc;
            }
            if (track->kind == REEL_STREAM_TEXT || plan->duration == REEL_NO_TIME)
                continue;
            if (track->duration == REEL_NO_TIME)
                plan->duration = REEL_NO_TIME;
            else if (track->start + track->duration > plan->duration)
                plan->duration = track->start + track->duration;
        }
    }
    return 0;
}

int rl_plan_make(reel_plan **out, reel_ctx *ctx, const struct rl_facts *facts, const struct rl_chain_values *values,
                 const struct rl_buf *chain_json, const struct rl_plan_caps *caps, const reel_plan_opts *opts,
                 reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(ctx);
    if (facts->stream_count == 0)
        return rl_err(err, REEL_ERR_NO_STREAM, "plan", "the input has no streams");
    reel_plan *plan = rl_calloc(env, 1, sizeof(*plan));
    if (!plan)
        return rl_err_nomem(err, "plan");
    plan->ctx = reel_ctx_ref(ctx);
    rl_buf_init(&plan->json, env);
    struct rl_planning p = { .plan = plan, .env = env, .facts = facts, .v = values, .caps = caps, .err = err };

    int rc = read_range(&p, opts);
    plan->streams = rl_calloc(env, facts->stream_count, sizeof(*plan->streams));
    if (rc >= 0 && !plan->streams)
        rc = rl_err_nomem(err, "plan");
    plan->stream_count = plan->streams ? facts->stream_count : 0;
    if (rc >= 0)
        rc = values->output_format == RL_OUTPUT_WEBM   ? rl_plan_select(&p)
             : values->output_format == RL_OUTPUT_NONE ? rl_plan_select_none(&p)
                                                       : rl_plan_select_picture(&p);
    if (rc >= 0)
        rc = rl_plan_origin(&p);
    if (rc >= 0)
        rc = plan_tracks(&p);
    if (rc >= 0)
        rc = rl_plan_products(&p);
    if (rc >= 0 && values->output_format == RL_OUTPUT_NONE)
        rl_plan_release(&p);
    if (rc >= 0 && values->output_format == RL_OUTPUT_WEBM)
        rc = rl_plan_meta(&p);
    if (rc >= 0)
        rc = rl_plan_estimate(&p);
    if (rc >= 0)
        rc = rl_plan_write(&p, chain_json);
    if (rc < 0)
        reel_plan_destroy(&plan);
    else
        *out = plan;
    return rc;
}

/* The engine's list has all it knows of, each with a name and whether it is present. */
static bool has_encoder(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);
        const char *text = json_string_value(json_object_get(e, "name"));
        if (text && !strcmp(text, name))
            return json_is_true(json_object_get(e, "present"));
    }
    return false;
}

static int ask_engine(reel_ctx *ctx, struct rl_plan_caps *caps, reel_error *err)
{
    const struct rl_engine_api *api = NULL;
    struct rl_engine *engine = NULL;
    struct rl_buf text;
    rl_buf_init(&text, rl_ctx_env(ctx));
    int rc = rl_loader_get(&ctx->loader, &api, &engine, err);
    if (rc >= 0)
        rc = api->capabilities(engine, &text, err);
    json_t *json = rc >= 0 ? rl_json_parse((const char *)text.data, text.size, "plan", err) : NULL;
    if (rc >= 0 && !json)
        rc = err->code ? err->code : REEL_ERR_JSON;
    const json_t *list = json_object_get(json, "encoders");
    caps->svtav1 = has_encoder(list, "svtav1");
    caps->aom = has_encoder(list, "aom");
    json_decref(json);
    rl_buf_free(&text);
    return rc;
}

bool rl_plan_needs_samples(const struct rl_chain_values *v)
{
    return v->output_format == RL_OUTPUT_WEBM && v->video_enabled && v->video_deinterlace == RL_DEINTERLACE_AUTO;
}

int reel_plan_create(reel_plan **out, const reel_chain *chain, reel_input *input, const reel_plan_opts *opts,
                     reel_error *err)
{
    if (!out)
        return rl_err_null(err, "plan", "out");
    *out = NULL;
    if (!chain || !input)
        return rl_err_null(err, "plan", chain ? "input" : "chain");
    reel_error e = RL_ERROR_INIT;
    reel_plan_opts range = { 0 };
    struct rl_plan_caps caps = { false, false };
    int rc = rl_opts_in(&range, sizeof(range), opts, sizeof(range), "reel_plan_opts", &e);
    if (rc >= 0)
        rc = rl_input_probe_with(input, rl_plan_needs_samples(&chain->v), NULL, NULL, &e);
    if (rc >= 0)
        rc = ask_engine(chain->ctx, &caps, &e);
    if (rc >= 0)
        rc = rl_plan_make(out, chain->ctx, rl_input_facts(input), &chain->v, &chain->json, &caps, &range, &e);
    rl_err_export(err, &e);
    return rc;
}

int reel_plan_get_info(const reel_plan *plan, reel_plan_info *out)
{
    if (!plan || !out)
        return REEL_ERR_INVALID_ARG;
    reel_plan_info info = {
        .size = sizeof(info), .duration = plan->duration, .estimated_bytes = plan->bytes,
        .segment_memory = plan->memory, .streams = plan->stream_count, .segments = plan->segment_count,
    };
    return rl_info_out(out, &info, sizeof(info), sizeof(info));
}

int reel_plan_get_stream(const reel_plan *plan, uint32_t index, reel_plan_stream *out)
{
    if (!plan || !out)
        return REEL_ERR_INVALID_ARG;
    if (index >= plan->stream_count)
        return REEL_END;
    const struct rl_planned_stream *s = &plan->streams[index];
    reel_plan_stream info = {
        .size = sizeof(info), .stream = (int32_t)index, .action = s->action, .reason = s->reason, .kind = s->kind,
    };
    memcpy(info.text, s->text, sizeof(info.text));
    return rl_info_out(out, &info, sizeof(info), sizeof(info));
}

int reel_plan_get_segment(const reel_plan *plan, uint32_t index, reel_plan_segment *out)
{
    if (!plan || !out)
        return REEL_ERR_INVALID_ARG;
    if (index >= plan->segment_count)
        return REEL_END;
    const struct rl_planned_segment *s = &plan->segments[index];
    reel_plan_segment info = {
        .size = sizeof(info), .start = s->start, .duration = s->duration, .stream = plan->tracks[s->track].stream,
        .index = s->index,
    };
    return rl_info_out(out, &info, sizeof(info), sizeof(info));
}

int reel_plan_to_json(reel_buffer **out, const reel_plan *plan)
{
    if (!out)
        return REEL_ERR_INVALID_ARG;
    *out = NULL;
    return plan ? reel_buffer_create(out, plan->ctx, plan->json.data, plan->json.size) : REEL_ERR_INVALID_ARG;
}
