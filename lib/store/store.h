/*
 * Stores inside the host room: the front computes and checks digests, a backend keeps blobs. The verbs of a backend
 * are in include/reel/sys/store.h; the built-in ones use no others.
 */
#ifndef RL_STORE_STORE_H
#define RL_STORE_STORE_H

#include "../base/env.h"
#include "../base/err.h"

#include <reel/sys/store.h>

/*
 * A descriptor of a whole blob for pread: the directory's own file, else a copy in an unnamed temporary file. The
 * caller closes it. The content is not checked. A descriptor or a negative code.
 */
int rl_store_open_fd(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err);

/* The built-in backends: they fill the verbs, whose `destroy` frees *backend->user. env outlives the store. */
int rl_store_dir(reel_store_backend *backend, const struct rl_env *env, const char *path, reel_error *err);
int rl_store_memory(reel_store_backend *backend, const struct rl_env *env, reel_error *err);

/* Of a blob that is seen in a directory: makes sure that it is still there after a crash. 0 or -errno. */
int rl_store_dir_settle(void *user, const uint8_t digest[REEL_DIGEST_SIZE]);
/* Opens a blob of a directory: a descriptor or a negative code. */
int rl_store_dir_fd(void *user, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err);

#endif
