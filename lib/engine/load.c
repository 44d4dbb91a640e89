/* Finding, loading, checking and opening the engine. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if RL_ENGINE_LINKED

const struct rl_engine_api *reel_engine_entry(void);

static int load(struct rl_loader *loader, const struct rl_engine_api **api, reel_error *err)
{
    (void)loader;
    (void)err;
    *api = reel_engine_entry();
    return 0;
}

static void unload(struct rl_loader *loader)
{
    (void)loader;
}

#else

#include <dlfcn.h>

#define PATH_SIZE 1024

/* Loads one candidate. What goes wrong is appended to `why`, so that the error can name every place that was tried. */
static const struct rl_engine_api *try_path(struct rl_loader *loader, const char *path, struct rl_buf *why)
{
    /* Once mapped it stays: some of the codec libraries behind it leave memory and thread keys that point into them. */
    void *module = path[0] == '/' ? dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) : NULL;
    if (!module) {
        const char *reason = path[0] == '/' ? dlerror() : "not an absolute path";
        /* The linker's text starts with the path itself. */
        size_t skip = reason ? strlen(path) : 0;
        bool repeats = reason && !strncmp(reason, path, skip) && reason[skip] == ':';
        rl_buf_printf(why, "%s%s: %s", why->size ? "; " : "", path,
                      repeats ? reason + skip + 2 : reason ? reason : "?");
        return NULL;
    }
    rl_engine_entry_fn entry = NULL;
    void *symbol = dlsym(module, RL_ENGINE_ENTRY);
    memcpy(&entry, &symbol, sizeof(entry)); /* C has no cast from object to function pointer */
    const struct rl_engine_api *api = entry ? entry() : NULL;
    if (!api) {
        rl_buf_printf(why, "%s%s: no " RL_ENGINE_ENTRY, why->size ? "; " : "", path);
        dlclose(module);
        return NULL;
    }
    loader->module = module;
    return api;
}

/* The folder this library was loaded from; false when it is not known (a static program that was found by PATH). */
static bool own_folder(char folder[PATH_SIZE])
{
    Dl_info info;
    const char *here = rl_build_id(); /* an address inside the library */
    bool known = dladdr(here, &info) && info.dli_fname && strchr(info.dli_fname, '/');
    char *real = known ? realpath(info.dli_fname, NULL) : NULL;
    if (!real)
        return false;
    size_t size = (size_t)(strrchr(real, '/') - real);
    bool fits = size < PATH_SIZE;
    if (fits) {
        memcpy(folder, real, size);
        folder[size] = 0;
    }
    free(real);
    return fits;
}

static const struct rl_engine_api *try_places(struct rl_loader *loader, struct rl_buf *why)
{
    if (loader->path)
        return try_path(loader, loader->path, why);
    static const char *const beside[] = { "reel/" RL_ENGINE_FILE, RL_ENGINE_FILE };
    const struct rl_engine_api *api = NULL;
    char folder[PATH_SIZE], path[PATH_SIZE + 64];
    for (size_t i = 0; !api && i < 2 && own_folder(folder); i++) {
        int size = snprintf(path, sizeof(path), "%s/%s", folder, beside[i]);
        if (size > 0 && (size_t)size < sizeof(path))
            api = try_path(loader, path, why);
    }
    return api ? api : try_path(loader, RL_ENGINE_DIR "/" RL_ENGINE_FILE, why);
}

static int load(struct rl_loader *loader, const struct rl_engine_api **api, reel_error *err)
{
    struct rl_buf why;
    rl_buf_init(&why, loader->env);
    *api = try_places(loader, &why);
    if (!*api) {
        const char *text = rl_buf_str(&why);
        rl_err(err, REEL_ERR_ENGINE, "engine", "the media engine could not be loaded: %s",
               text ? text : "out of memory");
    }
    rl_buf_free(&why);
    return *api ? 0 : REEL_ERR_ENGINE;
}

static void unload(struct rl_loader *loader)
{
    if (loader->module)
        dlclose(loader->module);
    loader->module = NULL;
}

#endif

static int check(const struct rl_loader *loader, const struct rl_engine_api *api, reel_error *err)
{
    const char *path = loader->path ? loader->path : "engine";
    if (api->abi != RL_ENGINE_ABI)
        return rl_err(err, REEL_ERR_ENGINE, "engine", "%s: speaks version %u of the door, this library speaks %u", path,
                      (unsigned)api->abi, RL_ENGINE_ABI);
    if (strcmp(api->build, rl_build_id()))
        return rl_err(err, REEL_ERR_ENGINE, "engine", "%s: is of build \"%s\", this library of \"%s\"", path,
                      api->build, rl_build_id());
    return 0;
}

void rl_loader_init(struct rl_loader *loader, const struct rl_env *env, const char *path)
{
    memset(loader, 0, sizeof(*loader));
    loader->env = env;
    loader->path = path;
    pthread_mutex_init(&loader->lock, NULL);
}

static int load_and_open(struct rl_loader *loader, reel_error *err)
{
    const struct rl_engine_api *api = NULL;
    int rc = 0;
    if (loader->given)
        api = loader->given;
    else
        rc = load(loader, &api, err);
    if (rc >= 0)
        rc = check(loader, api, err);
    if (rc >= 0)
        rc = api->open(&loader->engine, loader->env, err);
    if (rc < 0) {
        unload(loader);
        return rc;
    }
    loader->api = api;
    rl_log(loader->env, REEL_LOG_DEBUG, "engine", 0, "engine of build \"%s\" is open", api->build);
    return 0;
}

int rl_loader_get(struct rl_loader *loader, const struct rl_engine_api **api, struct rl_engine **engine,
                  reel_error *err)
{
    pthread_mutex_lock(&loader->lock);
    int rc = loader->api ? 0 : load_and_open(loader, err);
    if (rc >= 0) {
        *api = loader->api;
        *engine = loader->engine;
    }
    pthread_mutex_unlock(&loader->lock);
    return rc;
}

void rl_loader_free(struct rl_loader *loader)
{
    if (loader->api && !loader->api->close(&loader->engine))
        loader->module = NULL; /* leaked on purpose */
    if (!RL_ENGINE_LINKED)
        unload(loader);
    loader->api = NULL;
    pthread_mutex_destroy(&loader->lock);
}
