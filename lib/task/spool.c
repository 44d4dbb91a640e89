#include "spool.h"

#include <reel/sys/store.h>

#include "../base/buf.h"
#include "../base/io.h"
#include "../ctx/ctx.h"

#include <string.h>
#include <unistd.h>

struct blob {
    uint8_t digest[REEL_DIGEST_SIZE];
    int64_t offset;
    uint64_t size;
    bool removed;
};

struct spool {
    const struct rl_env *env;
    int fd;
    pthread_mutex_t lock; /* guards what follows */
    struct blob *blobs;
    size_t count, capacity;
    int64_t end; /* of the file */
};

/* Blobs arrive in pieces from several threads: each is gathered, and written in one go at its commit. */
static int spool_begin(void *user, void **writer, uint64_t hint, reel_error *err)
{
    (void)hint;
    struct spool *s = user;
    struct rl_buf *buf = rl_alloc(s->env, sizeof(*buf));
    if (!buf)
        return rl_err_nomem(err, "spool");
    rl_buf_init(buf, s->env);
    *writer = buf;
    return 0;
}

static int spool_write(void *user, void *writer, const void *data, size_t size, reel_error *err)
{
    (void)user;
    struct rl_buf *buf = writer;
    rl_buf_add(buf, data, size);
    return buf->failed ? rl_err_nomem(err, "spool") : 0;
}

static void spool_abort(void *user, void *writer)
{
    struct spool *s = user;
    rl_buf_free(writer);
    rl_free(s->env, writer);
}

static struct blob *find(const struct spool *s, const uint8_t *digest)
{
    for (size_t i = 0; i < s->count; i++)
        if (!s->blobs[i].removed && memcmp(s->blobs[i].digest, digest, REEL_DIGEST_SIZE) == 0)
            return &s->blobs[i];
    return NULL;
}

static int spool_commit(void *user, void *writer, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    struct spool *s = user;
    struct rl_buf *buf = writer;
    int rc = 0;
    pthread_mutex_lock(&s->lock);
    if (!find(s, digest)) {
        if (!rl_grow(s->env, (void **)&s->blobs, &s->capacity, s->count, sizeof(*s->blobs)))
            rc = rl_err_nomem(err, "spool");
        else if ((rc = rl_pwrite(s->env, s->fd, buf->data, buf->size, s->end)) < 0)
            rc = rl_err_errno(err, -rc, "spool", "cannot write to a temporary file in %s", s->env->temp_dir);
        if (rc == 0) {
            struct blob *blob = &s->blobs[s->count++];
            *blob = (struct blob){ .offset = s->end, .size = buf->size };
            memcpy(blob->digest, digest, sizeof(blob->digest));
            s->end += (int64_t)buf->size;
        }
    }
    pthread_mutex_unlock(&s->lock);
    spool_abort(user, writer);
    return rc;
}

/* A copy of what is known of a blob, taken under the lock. */
static int look_up(struct spool *s, const uint8_t *digest, struct blob *out, reel_error *err)
{
    pthread_mutex_lock(&s->lock);
    const struct blob *blob = find(s, digest);
    if (blob)
        *out = *blob;
    pthread_mutex_unlock(&s->lock);
    return blob ? 0 : rl_err(err, REEL_ERR_NOT_FOUND, "spool", "there is no such blob");
}

static int spool_stat(void *user, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t *size, reel_error *err)
{
    struct blob blob = { .size = 0 };
    int rc = look_up(user, digest, &blob, err);
    *size = blob.size;
    return rc;
}

static int spool_read(void *user, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t offset, void *buffer,
                      size_t capacity, size_t *got, reel_error *err)
{
    struct spool *s = user;
    struct blob blob = { .size = 0 };
    *got = 0;
    int rc = look_up(s, digest, &blob, err);
    if (rc < 0 || offset >= blob.size)
        return rc;
    if (capacity > blob.size - offset)
        capacity = (size_t)(blob.size - offset);
    int64_t n = rl_pread(s->env, s->fd, buffer, capacity, blob.offset + (int64_t)offset);
    if (n < 0)
        return rl_err_errno(err, (int)-n, "spool", "cannot read a temporary file");
    *got = (size_t)n;
    return 0;
}

static int spool_remove(void *user, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    struct spool *s = user;
    pthread_mutex_lock(&s->lock);
    struct blob *blob = find(s, digest);
    if (blob)
        blob->removed = true;
    pthread_mutex_unlock(&s->lock);
    return blob ? 0 : rl_err(err, REEL_ERR_NOT_FOUND, "spool", "there is no such blob");
}

static void spool_destroy(void *user)
{
    struct spool *s = user;
    if (s->fd >= 0)
        close(s->fd);
    pthread_mutex_destroy(&s->lock);
    rl_free(s->env, s->blobs);
    rl_free(s->env, s);
}

int rl_spool_open(reel_store **out, reel_ctx *ctx, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(ctx);
    struct spool *s = rl_calloc(env, 1, sizeof(*s));
    if (!s)
        return rl_err_nomem(err, "spool");
    s->env = env;
    pthread_mutex_init(&s->lock, NULL);
    s->fd = rl_temp_fd(env, env->temp_dir);
    reel_store_backend backend = {
        .size = sizeof(backend), .user = s, .name = "spool", .begin = spool_begin, .write = spool_write,
        .commit = spool_commit, .abort = spool_abort, .stat = spool_stat, .read = spool_read, .remove = spool_remove,
        .destroy = spool_destroy,
    };
    int rc;
    if (s->fd < 0)
        rc = rl_err_errno(err, -s->fd, "spool", "cannot make a temporary file in %s", env->temp_dir);
    else
        rc = reel_store_from_backend(out, ctx, &backend, err);
    if (rc < 0)
        spool_destroy(s);
    return rc;
}
