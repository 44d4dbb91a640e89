/* Making chains, and what they say of themselves. */
#include "chain.h"

#include "../base/digest.h"
#include "../ctx/ctx.h"

#include <string.h>

int rl_chain_check(const struct rl_env *env, const struct rl_chain_values *v, reel_error *err)
{
    if (v->segment_max < v->segment_min)
        return rl_err(err, REEL_ERR_OPTION, "chain", "segment.max: must not be smaller than segment.min");
    if (v->video_filter[0] && !(env->flags & REEL_CTX_EXPERT_FILTERS))
        return rl_err(err, REEL_ERR_OPTION, "chain", "video.filter: this context does not allow expert filters");
    if (v->output_format == RL_OUTPUT_NONE && !rl_wants_pictures(v) && !rl_wants_wave(v))
        return rl_err(err, REEL_ERR_OPTION, "chain", "output.format: none needs a preview that is asked for");
    if (v->picture_lossless && v->picture_max_bytes)
        return rl_err(err, REEL_ERR_OPTION, "chain", "picture.max_bytes: cannot be met where picture.lossless is set");
    return 0;
}

static void destroy(reel_chain *chain)
{
    reel_ctx *ctx = chain->ctx;
    rl_buf_free(&chain->json);
    rl_free(rl_ctx_env(ctx), chain);
    reel_ctx_unref(&ctx);
}

static int create(reel_chain **out, reel_ctx *ctx, const struct rl_chain_values *values, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(ctx);
    int rc = rl_chain_check(env, values, err);
    if (rc < 0)
        return rc;
    reel_chain *chain = rl_calloc(env, 1, sizeof(*chain));
    if (!chain)
        return rl_err_nomem(err, "chain");
    chain->ctx = reel_ctx_ref(ctx);
    rl_ref_init(&chain->ref);
    chain->v = *values;
    rl_buf_init(&chain->json, env);
    rl_chain_write(values, &chain->json);
    if (!rl_buf_str(&chain->json))
        rc = rl_err_nomem(err, "chain");
    else if (rl_digest_bytes(chain->json.data, chain->json.size, chain->digest) < 0)
        rc = rl_err(err, REEL_ERR_INTERNAL, "chain", "the digest could not be computed");
    if (rc < 0) {
        destroy(chain);
        return rc;
    }
    *out = chain;
    return 0;
}

int reel_chain_preset(reel_chain **out, reel_ctx *ctx, const char *preset, const reel_options *overrides,
                      reel_error *err)
{
    if (!out)
        return rl_err_null(err, "chain", "out");
    *out = NULL;
    if (!ctx)
        return rl_err_null(err, "chain", "ctx");
    reel_error e = RL_ERROR_INIT;
    struct rl_chain_values values;
    int rc = rl_preset_values(preset ? preset : "web-video", &values, &e);
    for (int i = 0; rc >= 0 && overrides && i < RL_OPTION_COUNT; i++) {
        if (overrides->set[i])
            rl_option_copy(&rl_options[i], &values, &overrides->v);
    }
    if (rc >= 0)
        rc = create(out, ctx, &values, &e);
    rl_err_export(err, &e);
    return rc;
}

int reel_chain_from_json(reel_chain **out, reel_ctx *ctx, const char *json, size_t size, reel_error *err)
{
    if (!out)
        return rl_err_null(err, "chain", "out");
    *out = NULL;
    if (!ctx || !json)
        return rl_err_null(err, "chain", ctx ? "json" : "ctx");
    reel_error e = RL_ERROR_INIT;
    struct rl_chain_values values;
    int rc = rl_chain_read(json, size, &values, &e);
    if (rc >= 0)
        rc = create(out, ctx, &values, &e);
    rl_err_export(err, &e);
    return rc;
}

int reel_chain_to_json(reel_buffer **out, const reel_chain *chain)
{
    if (!out)
        return REEL_ERR_INVALID_ARG;
    *out = NULL;
    if (!chain)
        return REEL_ERR_INVALID_ARG;
    return reel_buffer_create(out, chain->ctx, chain->json.data, chain->json.size);
}

int reel_chain_option(reel_buffer **out, const reel_chain *chain, const char *name)
{
    if (!out)
        return REEL_ERR_INVALID_ARG;
    *out = NULL;
    if (!chain || !name)
        return REEL_ERR_INVALID_ARG;
    int i = rl_option_index(name);
    if (i < 0)
        return REEL_ERR_OPTION;
    struct rl_buf text;
    rl_buf_init(&text, rl_ctx_env(chain->ctx));
    rl_option_format(&rl_options[i], &chain->v, &text);
    return rl_buffer_take(out, chain->ctx, &text);
}

void reel_chain_digest(const reel_chain *chain, uint8_t digest[REEL_DIGEST_SIZE])
{
    if (chain && digest)
        memcpy(digest, chain->digest, REEL_DIGEST_SIZE);
    else if (digest)
        memset(digest, 0, REEL_DIGEST_SIZE);
}

reel_chain *reel_chain_ref(reel_chain *chain)
{
    if (chain)
        rl_ref_get(&chain->ref);
    return chain;
}

void reel_chain_unref(reel_chain **chain)
{
    if (!chain || !*chain)
        return;
    reel_chain *c = *chain;
    *chain = NULL;
    if (rl_ref_put(&c->ref))
        destroy(c);
}
