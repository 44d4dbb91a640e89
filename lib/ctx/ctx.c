#include "ctx.h"

int reel_ctx_create(reel_ctx **out, const reel_ctx_opts *opts, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    struct rl_env env;
    reel_ctx *ctx = NULL;
    int rc;

    if (!out)
        return rl_err_null(err, "ctx", "out");
    *out = NULL;

    /* The environment comes first: the context itself is the caller's allocator's. */
    rc = rl_env_init(&env, opts, &e);
    if (rc < 0)
        goto done;
    ctx = rl_calloc(&env, 1, sizeof(*ctx));
    if (!ctx) {
        rc = rl_err_nomem(&e, "ctx");
        goto done;
    }
    ctx->env = env;
    rl_ref_init(&ctx->ref);
    if (opts && opts->engine) {
        ctx->engine_path = rl_strdup(&env, opts->engine);
        if (!ctx->engine_path) {
            rl_free(&env, ctx);
            rc = rl_err_nomem(&e, "ctx");
            goto done;
        }
    }
    rl_loader_init(&ctx->loader, &ctx->env, ctx->engine_path);
    *out = ctx;

done:
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

reel_ctx *reel_ctx_ref(reel_ctx *ctx)
{
    if (ctx)
        rl_ref_get(&ctx->ref);
    return ctx;
}

void reel_ctx_unref(reel_ctx **ctx)
{
    reel_ctx *c = ctx ? *ctx : NULL;

    if (!c)
        return;
    *ctx = NULL;
    if (!rl_ref_put(&c->ref))
        return;
    rl_loader_free(&c->loader);
    struct rl_env env = c->env; /* outlives what it frees */
    rl_free(&env, c->engine_path);
    rl_free(&env, c);
}

uint64_t rl_ctx_task_id(reel_ctx *ctx)
{
    return atomic_fetch_add(&ctx->tasks, 1) + 1;
}

const struct rl_env *rl_ctx_env(const reel_ctx *ctx)
{
    return &ctx->env;
}

int rl_ctx_run(reel_ctx *ctx, const struct rl_job *job, struct rl_buf *result, reel_error *err)
{
    const struct rl_engine_api *api = NULL;
    struct rl_engine *engine = NULL;
    reel_error own = RL_ERROR_INIT;

    if (!err)
        err = &own; /* the engine never gets NULL */
    int rc = rl_loader_get(&ctx->loader, &api, &engine, err);
    if (rc < 0)
        return rc;
    rc = api->run(engine, job, result, err);
    if (rc > 0)
        rc = rl_err(err, REEL_ERR_INTERNAL, "engine", "the engine returned a status that there is not: %d", rc);
    return rc;
}
