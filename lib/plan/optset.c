/* The public set of options. */
#include "../ctx/ctx.h"
#include "options.h"

#include <string.h>

int reel_options_create(reel_options **out, reel_ctx *ctx)
{
    if (!out)
        return REEL_ERR_INVALID_ARG;
    *out = NULL;
    if (!ctx)
        return REEL_ERR_INVALID_ARG;
    reel_options *options = rl_calloc(rl_ctx_env(ctx), 1, sizeof(*options));
    if (!options)
        return REEL_ERR_NOMEM;
    options->ctx = reel_ctx_ref(ctx);
    *out = options;
    return 0;
}

static int find(const char *name, reel_error *err)
{
    int i = rl_option_index(name);
    return i < 0 ? rl_err(err, REEL_ERR_OPTION, "option", "there is no option \"%.100s\"", name) : i;
}

int reel_options_set(reel_options *options, const char *name, const char *value, reel_error *err)
{
    if (!options || !name)
        return rl_err_null(err, "option", options ? "name" : "options");
    reel_error e = RL_ERROR_INIT;
    int i = find(name, &e), rc = i < 0 ? i : 0;
    if (i >= 0 && value)
        rc = rl_option_parse(&rl_options[i], value, &options->v, &e);
    if (rc >= 0)
        options->set[i] = value != NULL;
    rl_err_export(err, &e);
    return rc;
}

int reel_options_set_int(reel_options *options, const char *name, int64_t value, reel_error *err)
{
    if (!options || !name)
        return rl_err_null(err, "option", options ? "name" : "options");
    reel_error e = RL_ERROR_INIT;
    int i = find(name, &e), rc = i < 0 ? i : rl_option_from_int(&rl_options[i], value, &options->v, &e);
    if (rc >= 0)
        options->set[i] = true;
    rl_err_export(err, &e);
    return rc;
}

int reel_options_set_double(reel_options *options, const char *name, double value, reel_error *err)
{
    if (!options || !name)
        return rl_err_null(err, "option", options ? "name" : "options");
    reel_error e = RL_ERROR_INIT;
    int i = find(name, &e), rc = i < 0 ? i : rl_option_from_double(&rl_options[i], value, &options->v, &e);
    if (rc >= 0)
        options->set[i] = true;
    rl_err_export(err, &e);
    return rc;
}

void reel_options_destroy(reel_options **options)
{
    if (!options || !*options)
        return;
    reel_ctx *ctx = (*options)->ctx;
    rl_free(rl_ctx_env(ctx), *options);
    *options = NULL;
    reel_ctx_unref(&ctx);
}
