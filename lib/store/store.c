/* The front: handles, URLs, digests. */
#include "store.h"

#include "../base/digest.h"
#include "../base/io.h"
#include "../base/opts.h"
#include "../ctx/ctx.h"

#include <string.h>
#include <unistd.h>

#define STEP "store"
#define PIECE ((size_t)256 << 10)

struct reel_store {
    struct rl_ref ref;
    reel_ctx *ctx;
    reel_store_backend backend;
    bool is_dir; /* backend is rl_store_dir's */
};

/* Which argument of a call on a blob is NULL: the store, the digest, or else the call's own. */
static const char *null_of(const reel_store *store, const uint8_t *digest, const char *own)
{
    return !store ? "store" : !digest ? "digest" : own;
}

static int make(reel_store **out, reel_ctx *ctx, const reel_store_backend *backend, bool is_dir, reel_error *err)
{
    reel_store *store = rl_calloc(rl_ctx_env(ctx), 1, sizeof(*store));

    if (!store)
        return rl_err_nomem(err, STEP);
    rl_ref_init(&store->ref);
    store->ctx = reel_ctx_ref(ctx);
    store->backend = *backend;
    store->is_dir = is_dir;
    *out = store;
    return 0;
}

static int open_url(reel_store **out, reel_ctx *ctx, const char *url, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(ctx);
    reel_store_backend backend;
    bool is_dir = strncmp(url, "dir:", 4) == 0;
    int rc;

    if (is_dir && url[4])
        rc = rl_store_dir(&backend, env, url + 4, err);
    else if (is_dir)
        rc = rl_err(err, REEL_ERR_INVALID_ARG, STEP, "\"dir:\" needs a path behind it");
    else if (strcmp(url, "memory:") == 0)
        rc = rl_store_memory(&backend, env, err);
    else if (strncmp(url, "memory:", 7) == 0)
        rc = rl_err(err, REEL_ERR_INVALID_ARG, STEP, "\"memory:\" takes nothing behind it");
    else if (strchr(url, ':'))
        rc = rl_err(err, REEL_ERR_UNSUPPORTED, STEP, "no store of the scheme \"%.*s\"", (int)strcspn(url, ":"), url);
    else
        rc = rl_err(err, REEL_ERR_INVALID_ARG, STEP, "\"%s\" is not the URL of a store", url);
    if (rc < 0)
        return rc;
    rc = make(out, ctx, &backend, is_dir, err);
    if (rc < 0)
        backend.destroy(backend.user);
    return rc;
}

int reel_store_open(reel_store **out, reel_ctx *ctx, const char *url, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;

    if (!out)
        return rl_err_null(err, STEP, "out");
    *out = NULL;
    int rc = ctx && url ? open_url(out, ctx, url, &e) : rl_err_null(&e, STEP, ctx ? "url" : "ctx");
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

static const char *missing_slot(const reel_store_backend *b)
{
    return !b->begin ? "begin" : !b->write ? "write" : !b->commit ? "commit" : !b->abort ? "abort"
        : !b->stat ? "stat" : !b->read ? "read" : !b->remove ? "remove" : NULL;
}

int reel_store_from_backend(reel_store **out, reel_ctx *ctx, const reel_store_backend *backend, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    reel_store_backend own;

    if (!out)
        return rl_err_null(err, STEP, "out");
    *out = NULL;
    int rc = ctx && backend ? rl_opts_in(&own, sizeof(own), backend, RL_SIZE_TO(reel_store_backend, destroy),
                                         "reel_store_backend", &e)
        : rl_err_null(&e, STEP, ctx ? "backend" : "ctx");
    if (rc >= 0 && missing_slot(&own))
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, STEP, "reel_store_backend: %s is required", missing_slot(&own));
    if (rc >= 0)
        rc = make(out, ctx, &own, false, &e);
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

reel_store *reel_store_ref(reel_store *store)
{
    if (store)
        rl_ref_get(&store->ref);
    return store;
}

void reel_store_unref(reel_store **store)
{
    reel_store *s = store ? *store : NULL;

    if (!s)
        return;
    *store = NULL;
    if (!rl_ref_put(&s->ref))
        return;
    if (s->backend.destroy)
        s->backend.destroy(s->backend.user);
    reel_ctx *ctx = s->ctx;
    rl_free(rl_ctx_env(ctx), s);
    reel_ctx_unref(&ctx);
}

/* A backend may fail without a word: then the code speaks. */
static int told(int rc, const char *verb, const reel_store *store, reel_error *err)
{
    if (rc >= 0)
        return 0;
    return rl_err(err, rc, STEP, "%s: %s: %s", store->backend.name ? store->backend.name : "store", verb,
                  reel_err_str(rc));
}

/* One read of the backend, whose count is not taken on trust. */
static int read_at(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t offset, void *buffer,
                   size_t capacity, size_t *got, reel_error *err)
{
    const reel_store_backend *b = &store->backend;
    int rc = told(b->read(b->user, digest, offset, buffer, capacity, got, err), "read", store, err);

    if (rc == 0 && *got > capacity) {
        *got = 0;
        rc = rl_err(err, REEL_ERR_INTERNAL, STEP, "%s: read more than there is room for",
                    b->name ? b->name : "store");
    }
    return rc;
}

/* Are the bytes of a blob those of its name? 1, 0, or a negative code when that cannot be found out. */
static int is_whole(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE])
{
    uint8_t piece[16384], found[REEL_DIGEST_SIZE];
    reel_error ignored = RL_ERROR_INIT;
    struct rl_digest *d = NULL;
    size_t got = sizeof(piece);
    uint64_t at = 0;

    int rc = rl_digest_begin(&d, rl_ctx_env(store->ctx));
    while (rc == 0 && got == sizeof(piece)) {
        rc = read_at(store, digest, at, piece, sizeof(piece), &got, &ignored);
        if (rc == 0)
            rc = rl_digest_add(d, piece, got);
        at += got;
    }
    if (rc == 0)
        rc = rl_digest_end(&d, found);
    rl_digest_abort(&d);
    return rc < 0 ? rc : memcmp(found, digest, REEL_DIGEST_SIZE) == 0;
}

/* Is it there, whole and durable? Then putting it again has nothing to do; what is not known to be so is put anew. A
 * directory replaces what is there by renaming. Another backend may well keep what it has, so there a damaged blob is
 * removed first. In a directory somebody else may have renamed it into place and not have come to sync the folder. */
static bool is_there(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE])
{
    const reel_store_backend *b = &store->backend;
    reel_error ignored = RL_ERROR_INIT;
    uint64_t stored = 0;

    if (b->stat(b->user, digest, &stored, &ignored) < 0)
        return false;
    int whole = is_whole(store, digest);
    if (whole == 0 && !store->is_dir)
        (void)b->remove(b->user, digest, &ignored); /* should it fail, the commit decides */
    return whole > 0 && (!store->is_dir || rl_store_dir_settle(b->user, digest) == 0);
}

static int put(reel_store *store, const void *data, size_t size, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    const reel_store_backend *b = &store->backend;
    void *writer = NULL;

    int rc = rl_digest_bytes(data, size, digest);
    if (rc < 0)
        return rl_err_nomem(err, STEP);
    if (is_there(store, digest))
        return 0;
    rc = b->begin(b->user, &writer, size, err);
    if (rc < 0)
        return told(rc, "begin", store, err);
    if (size > 0 && (rc = b->write(b->user, writer, data, size, err)) < 0) {
        b->abort(b->user, writer);
        return told(rc, "write", store, err);
    }
    return told(b->commit(b->user, writer, digest, err), "commit", store, err);
}

int reel_store_put(reel_store *store, const void *data, size_t size, uint8_t digest[REEL_DIGEST_SIZE],
                   reel_error *err)
{
    reel_error e = RL_ERROR_INIT;

    int rc = store && digest && (data || size == 0) ? put(store, data ? data : "", size, digest, &e)
        : rl_err_null(&e, STEP, null_of(store, digest, "data"));
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

/* Reads the descriptor once: digest and writing go side by side. */
static int copy_in(reel_store *store, int fd, void *writer, struct rl_digest *d, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(store->ctx);
    const reel_store_backend *b = &store->backend;
    uint8_t *buffer = rl_alloc(env, PIECE);
    int64_t at = 0, got;
    int rc = 0;

    if (!buffer)
        return rl_err_nomem(err, STEP);
    while (rc == 0 && (got = rl_pread(env, fd, buffer, PIECE, at)) != 0) {
        if (got < 0) {
            rc = rl_err_errno(err, (int)-got, STEP, "reading at byte %lld", (long long)at);
            break;
        }
        rc = rl_digest_add(d, buffer, (size_t)got);
        if (rc == 0)
            rc = told(b->write(b->user, writer, buffer, (size_t)got, err), "write", store, err);
        at += got;
    }
    rl_free(env, buffer);
    return rc;
}

static int put_fd(reel_store *store, int fd, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    const reel_store_backend *b = &store->backend;
    struct rl_digest *d = NULL;
    void *writer = NULL;

    int rc = rl_digest_begin(&d, rl_ctx_env(store->ctx));
    if (rc < 0)
        return rl_err_nomem(err, STEP);
    rc = told(b->begin(b->user, &writer, 0, err), "begin", store, err);
    if (rc == 0) {
        rc = copy_in(store, fd, writer, d, err);
        if (rc == 0)
            rc = rl_digest_end(&d, digest);
        if (rc == 0 && !store->is_dir)
            (void)is_there(store, digest); /* for the removal of a damaged one */
        if (rc == 0)
            rc = told(b->commit(b->user, writer, digest, err), "commit", store, err);
        else
            b->abort(b->user, writer);
    }
    rl_digest_abort(&d);
    return rc < 0 ? rl_err(err, rc, STEP, "%s", reel_err_str(rc)) : 0;
}

int reel_store_put_fd(reel_store *store, int fd, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    reel_error e = RL_ERROR_INIT;

    int rc = !store || !digest ? rl_err_null(&e, STEP, null_of(store, digest, ""))
        : fd < 0 ? rl_err(&e, REEL_ERR_INVALID_ARG, STEP, "%d is no descriptor", fd) : put_fd(store, fd, digest, &e);
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

int reel_store_size(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t *out, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;

    if (!store || !digest || !out)
        return rl_err_null(err, STEP, null_of(store, digest, "out"));
    int rc = told(store->backend.stat(store->backend.user, digest, out, &e), "stat", store, &e);
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

int reel_store_read(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t offset, void *buffer,
                    size_t capacity, size_t *got, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;

    if (!store || !digest || !got || (!buffer && capacity > 0))
        return rl_err_null(err, STEP, null_of(store, digest, got ? "buffer" : "got"));
    *got = 0;
    int rc = read_at(store, digest, offset, buffer, capacity, got, &e);
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

static int get(struct rl_buf *buf, reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    const reel_store_backend *b = &store->backend;
    uint8_t found[REEL_DIGEST_SIZE];
    char hex[RL_HEX_SIZE];
    uint64_t size = 0;
    size_t got = 0;

    int rc = told(b->stat(b->user, digest, &size, err), "stat", store, err);
    if (rc < 0)
        return rc;
    uint8_t *to = size < SIZE_MAX / 2 ? rl_buf_room(buf, (size_t)size) : NULL;
    if (!to)
        return rl_err_nomem(err, STEP);
    rc = read_at(store, digest, 0, to, (size_t)size, &got, err);
    if (rc < 0)
        return rc;
    buf->size += got;
    if (rl_digest_bytes(to, got, found) < 0)
        return rl_err_nomem(err, STEP);
    if (got != size || memcmp(found, digest, REEL_DIGEST_SIZE) != 0) {
        rl_hex(hex, digest);
        return rl_err(err, REEL_ERR_CORRUPT, STEP, "the blob %s does not match its digest", hex);
    }
    return 0;
}

int reel_store_get(reel_buffer **out, reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    struct rl_buf buf;

    if (!out)
        return rl_err_null(err, STEP, "out");
    *out = NULL;
    if (!store || !digest)
        return rl_err_null(err, STEP, null_of(store, digest, ""));
    rl_buf_init(&buf, rl_ctx_env(store->ctx));
    int rc = get(&buf, store, digest, &e);
    if (rc == 0 && (rc = rl_buffer_take(out, store->ctx, &buf)) < 0)
        rl_err_nomem(&e, STEP);
    rl_buf_free(&buf);
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

int reel_store_remove(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    reel_error e = RL_ERROR_INIT;

    if (!store || !digest)
        return rl_err_null(err, STEP, null_of(store, digest, ""));
    int rc = told(store->backend.remove(store->backend.user, digest, &e), "remove", store, &e);
    if (rc < 0)
        rl_err_export(err, &e);
    return rc;
}

/* A copy of a blob in an unnamed temporary file. */
static int copy_out(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], int fd, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(store->ctx);
    uint8_t *buffer = rl_alloc(env, PIECE);
    uint64_t at = 0;
    size_t got = PIECE;
    int rc = buffer ? 0 : rl_err_nomem(err, STEP);

    while (rc == 0 && got == PIECE) {
        rc = read_at(store, digest, at, buffer, PIECE, &got, err);
        int wrote = rc == 0 ? rl_write(env, fd, buffer, got) : 0;
        if (wrote < 0)
            rc = rl_err_errno(err, -wrote, STEP, "copying a blob to %s", env->temp_dir);
        at += got;
    }
    rl_free(env, buffer);
    return rc;
}

int rl_store_open_fd(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(store->ctx);
    reel_error own = RL_ERROR_INIT;

    if (!err)
        err = &own; /* backends never get NULL */
    if (store->is_dir)
        return rl_store_dir_fd(store->backend.user, digest, err);
    int fd = rl_temp_fd(env, env->temp_dir);
    if (fd < 0)
        return rl_err_errno(err, -fd, STEP, "a temporary file in %s", env->temp_dir);
    int rc = copy_out(store, digest, fd, err);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    return fd;
}
