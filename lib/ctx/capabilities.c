/* What this build and its engine can do. */
#include "ctx.h"

#include "../base/json.h"

#include <reel/version.h>

/* The engine's words stand in an object of their own, read and written again: they may be anything. */
static int gather(reel_ctx *ctx, struct rl_buf *out, reel_error *err)
{
    const struct rl_engine_api *api = NULL;
    struct rl_engine *engine = NULL;
    reel_error parsing = RL_ERROR_INIT;
    struct rl_buf text;
    json_t *root = NULL, *of_engine = NULL;
    bool ok = true;

    rl_buf_init(&text, rl_ctx_env(ctx));
    int rc = rl_loader_get(&ctx->loader, &api, &engine, err);
    if (rc >= 0)
        rc = api->capabilities(engine, &text, err);
    if (rc < 0)
        goto done;
    of_engine = rl_json_parse((const char *)text.data, text.size, "engine", &parsing);
    if (!of_engine) {
        rc = parsing.code == REEL_ERR_NOMEM ? rl_err_nomem(err, "engine")
            : rl_err(err, REEL_ERR_ENGINE, "engine", "the engine's capabilities are not JSON: %s", parsing.text);
        goto done;
    }
    root = json_object();
    rl_json_set_text(root, "version", reel_version(), &ok);
    rl_json_set_int(root, "abi", reel_abi_version(), &ok);
    rl_json_set_text(root, "build", rl_build_id(), &ok);
    rl_json_set(root, "engine", json_incref(of_engine), &ok);
    rc = ok ? rl_json_dump(root, out) : REEL_ERR_NOMEM;
    if (rc < 0)
        rl_err_nomem(err, "ctx");

done:
    json_decref(root);
    json_decref(of_engine);
    rl_buf_free(&text);
    return rc;
}

int reel_ctx_capabilities(reel_buffer **out, reel_ctx *ctx, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    struct rl_buf json;

    if (!out)
        return rl_err_null(err, "ctx", "out");
    *out = NULL;
    if (!ctx)
        return rl_err_null(err, "ctx", "ctx");
    rl_buf_init(&json, rl_ctx_env(ctx));
    int rc = gather(ctx, &json, &e);
    if (rc >= 0) {
        rc = rl_buffer_take(out, ctx, &json);
        if (rc < 0)
            rl_err_nomem(&e, "ctx");
    }
    rl_buf_free(&json);
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}
