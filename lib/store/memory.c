/* A store in memory: a hash table under one lock. */
#include "store.h"

#include "../base/buf.h"

#include <string.h>

#define STEP "store"

struct blob {
    struct blob *next; /* of the same bucket */
    uint8_t digest[REEL_DIGEST_SIZE];
    struct rl_buf bytes;
};

struct memory {
    const struct rl_env *env;
    pthread_mutex_t lock; /* guards what follows */
    struct blob **buckets;
    size_t bucket_count; /* a power of two */
    size_t blobs;
};

/* The place of a digest: the link that points to its blob, or the one at the end of its bucket. */
static struct blob **find(struct memory *m, const uint8_t digest[REEL_DIGEST_SIZE])
{
    size_t hash;
    memcpy(&hash, digest, sizeof(hash)); /* a digest is as even as a hash can be */
    struct blob **link = &m->buckets[hash & (m->bucket_count - 1)];
    while (*link && memcmp((*link)->digest, digest, REEL_DIGEST_SIZE) != 0)
        link = &(*link)->next;
    return link;
}

/* Doubles the buckets when they get long. A failure only leaves them longer. */
static void widen(struct memory *m)
{
    if (m->blobs < 2 * m->bucket_count)
        return;
    struct blob **old = m->buckets;
    size_t old_count = m->bucket_count;
    struct blob **buckets = rl_calloc(m->env, 2 * old_count, sizeof(*buckets));
    if (!buckets)
        return;
    m->buckets = buckets;
    m->bucket_count = 2 * old_count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct blob *b = old[i], *next; b; b = next) {
            next = b->next;
            b->next = NULL;
            *find(m, b->digest) = b;
        }
    }
    rl_free(m->env, old);
}

static void free_blob(const struct rl_env *env, struct blob *b)
{
    rl_buf_free(&b->bytes);
    rl_free(env, b);
}

static int memory_begin(void *user, void **writer, uint64_t hint, reel_error *err)
{
    struct memory *m = user;
    struct blob *b = rl_calloc(m->env, 1, sizeof(*b));

    *writer = NULL;
    if (!b)
        return rl_err_nomem(err, STEP);
    rl_buf_init(&b->bytes, m->env);
    if (hint > SIZE_MAX / 2 || (hint > 0 && !rl_buf_room(&b->bytes, (size_t)hint))) {
        free_blob(m->env, b);
        return rl_err_nomem(err, STEP);
    }
    *writer = b;
    return 0;
}

static int memory_write(void *user, void *writer, const void *data, size_t size, reel_error *err)
{
    struct blob *b = writer;

    (void)user;
    rl_buf_add(&b->bytes, data, size);
    return b->bytes.failed ? rl_err_nomem(err, STEP) : 0;
}

static int memory_commit(void *user, void *writer, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    struct memory *m = user;
    struct blob *b = writer;

    (void)err;
    memcpy(b->digest, digest, REEL_DIGEST_SIZE);
    pthread_mutex_lock(&m->lock);
    widen(m);
    struct blob **link = find(m, digest);
    struct blob *old = *link; /* the same bytes, or damaged ones */
    b->next = old ? old->next : NULL;
    *link = b;
    m->blobs += !old;
    pthread_mutex_unlock(&m->lock);
    if (old)
        free_blob(m->env, old);
    return 0;
}

static void memory_abort(void *user, void *writer)
{
    struct memory *m = user;

    free_blob(m->env, writer);
}

static int not_found(reel_error *err)
{
    return rl_err(err, REEL_ERR_NOT_FOUND, STEP, "no such blob");
}

static int memory_stat(void *user, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t *size, reel_error *err)
{
    struct memory *m = user;

    pthread_mutex_lock(&m->lock);
    const struct blob *b = *find(m, digest);
    if (b)
        *size = b->bytes.size;
    pthread_mutex_unlock(&m->lock);
    return b ? 0 : not_found(err);
}

static int memory_read(void *user, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t offset, void *buffer,
                       size_t capacity, size_t *got, reel_error *err)
{
    struct memory *m = user;

    *got = 0;
    pthread_mutex_lock(&m->lock);
    const struct blob *b = *find(m, digest);
    if (b && offset < b->bytes.size) {
        size_t rest = b->bytes.size - (size_t)offset;
        *got = rest < capacity ? rest : capacity;
        memcpy(buffer, b->bytes.data + offset, *got);
    }
    pthread_mutex_unlock(&m->lock);
    return b ? 0 : not_found(err);
}

static int memory_remove(void *user, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    struct memory *m = user;

    pthread_mutex_lock(&m->lock);
    struct blob **link = find(m, digest);
    struct blob *b = *link;
    if (b) {
        *link = b->next;
        m->blobs--;
    }
    pthread_mutex_unlock(&m->lock);
    if (!b)
        return not_found(err);
    free_blob(m->env, b);
    return 0;
}

static void memory_destroy(void *user)
{
    struct memory *m = user;

    for (size_t i = 0; i < m->bucket_count; i++) {
        for (struct blob *b = m->buckets[i], *next; b; b = next) {
            next = b->next;
            free_blob(m->env, b);
        }
    }
    pthread_mutex_destroy(&m->lock);
    rl_free(m->env, m->buckets);
    rl_free(m->env, m);
}

int rl_store_memory(reel_store_backend *backend, const struct rl_env *env, reel_error *err)
{
    struct memory *m = rl_calloc(env, 1, sizeof(*m));

    if (m) {
        m->env = env;
        m->bucket_count = 64;
        m->buckets = rl_calloc(env, m->bucket_count, sizeof(struct blob *));
    }
    if (!m || !m->buckets || pthread_mutex_init(&m->lock, NULL) != 0) {
        if (m)
            rl_free(env, m->buckets);
        rl_free(env, m);
        return rl_err_nomem(err, STEP);
    }
    *backend = (reel_store_backend){
        .size = sizeof(*backend),
        .user = m,
        .name = "memory",
        .begin = memory_begin,
        .write = memory_write,
        .commit = memory_commit,
        .abort = memory_abort,
        .stat = memory_stat,
        .read = memory_read,
        .remove = memory_remove,
        .destroy = memory_destroy,
    };
    return 0;
}
