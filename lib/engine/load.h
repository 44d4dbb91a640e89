/*
 * Loading the engine into this process: when first asked for, once, from any thread. Nothing is read from the environment.
 *
 * With -Dengine=linked the engine is part of the library. Else the module is looked for at the path that the host gave; or,
 * when it gave none, beside the library (FOLDER/reel/FILE, FOLDER/FILE), then where it was installed. Only absolute paths
 * are opened, so that no search path of the dynamic linker takes part. A module of another build is refused.
 */
#ifndef RL_ENGINE_LOAD_H
#define RL_ENGINE_LOAD_H

#include "engine.h"

struct rl_loader {
    const struct rl_env *env;
    const char *path; /* borrowed; NULL: look for it */
    const struct rl_engine_api *given; /* set after init: taken instead of loading one; for tests. NULL: none */
    pthread_mutex_t lock;
    void *module; /* of dlopen; NULL when linked in */
    const struct rl_engine_api *api;
    struct rl_engine *engine;
};

/* env and path are borrowed until rl_loader_free. Opens nothing yet. */
void rl_loader_init(struct rl_loader *loader, const struct rl_env *env, const char *path);

/*
 * The engine, loaded and opened if that has not happened. Thread-safe. A failure is not remembered: the next call tries again.
 * Both stay valid until rl_loader_free. Returns 0, REEL_ERR_ENGINE with the paths and the reasons in the text, or what
 * the engine's own open returned.
 */
int rl_loader_get(struct rl_loader *loader, const struct rl_engine_api **api, struct rl_engine **engine,
                  reel_error *err);

/* Closes the engine; nobody may be using it. The module stays mapped (see load.c). */
void rl_loader_free(struct rl_loader *loader);

#endif
