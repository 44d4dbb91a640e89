/*
 * Loads the library, makes a context, asks what the engine can do (which loads the engine), gives everything back and
 * unloads; twice. Nothing may stay: no descriptor, no thread, and, under a leak checker, no memory.
 *
 * reload LIBREEL.SO
 */
#include <reel/reel.h>

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Entries of a folder of /proc; -1 where there is none. */
static int count(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return -1;
    int n = 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void *symbol(void *library, const char *name)
{
    void *at = dlsym(library, name);
    if (!at) {
        fprintf(stderr, "%s is not exported\n", name);
        exit(1);
    }
    return at;
}

static int round_trip(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    int (*create)(reel_ctx **, const reel_ctx_opts *, reel_error *);
    int (*capabilities)(reel_buffer **, reel_ctx *, reel_error *);
    size_t (*size)(const reel_buffer *);
    void (*buffer_unref)(reel_buffer **);
    void (*ctx_unref)(reel_ctx **);
    /* A cast between object and function pointers is not ISO C; POSIX blesses a copy of the bytes. */
    *(void **)&create = symbol(library, "reel_ctx_create");
    *(void **)&capabilities = symbol(library, "reel_ctx_capabilities");
    *(void **)&size = symbol(library, "reel_buffer_size");
    *(void **)&buffer_unref = symbol(library, "reel_buffer_unref");
    *(void **)&ctx_unref = symbol(library, "reel_ctx_unref");

    reel_error err = { .size = sizeof(err) };
    reel_ctx *ctx = NULL;
    reel_buffer *text = NULL;
    int rc = create(&ctx, NULL, &err);
    if (rc >= 0)
        rc = capabilities(&text, ctx, &err);
    if (rc < 0)
        fprintf(stderr, "%d: %s\n", rc, err.text);
    else if (size(text) < 2)
        rc = -1;
    buffer_unref(&text);
    ctx_unref(&ctx);
    if (dlclose(library) != 0) {
        fprintf(stderr, "%s\n", dlerror());
        rc = -1;
    }
    return rc < 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: reload LIBREEL.SO\n");
        return 2;
    }
    /* The first round may leave what the C library and the codec libraries keep for good; the second must add nothing. */
    if (round_trip(argv[1]) != 0)
        return 1;
    int files = count("/proc/self/fd"), threads = count("/proc/self/task");
    if (round_trip(argv[1]) != 0)
        return 1;
    int files_after = count("/proc/self/fd"), threads_after = count("/proc/self/task");
    if (files_after != files || threads_after != threads) {
        fprintf(stderr, "left behind: %d descriptors, %d threads\n", files_after - files, threads_after - threads);
        return 1;
    }
    void *still = dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD);
    printf("loaded twice; %s\n", still ? "the library stays mapped" : "the library is gone");
    if (still)
        dlclose(still);
    return still != NULL;
}
