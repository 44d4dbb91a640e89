/* Stores: the same tests for the directory and for memory, then what is the directory's own. */
#include "check.h"

#include <reel/sys/store.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char *url_of(struct room *r)
{
    static char url[128];
    snprintf(url, sizeof(url), "dir:%s/a/blobs", r->folder);
    return url;
}

static reel_store *open_store(struct room *r, const char *url)
{
    reel_store *store = NULL;
    assert_int_equal(reel_store_open(&store, r->ctx, url, NULL), 0);
    return store;
}

static void round_trip(struct room *r, const char *url)
{
    reel_store *store = open_store(r, url);
    uint8_t abc[REEL_DIGEST_SIZE], none[REEL_DIGEST_SIZE], other[REEL_DIGEST_SIZE] = { 1 };
    reel_buffer *buffer = NULL;
    uint64_t size = 0;
    size_t got = 99;
    char part[8] = "";

    assert_int_equal(reel_store_put(store, "abc", 3, abc, NULL), 0);
    assert_int_equal(abc[0], 0xba);
    assert_int_equal(abc[31], 0xad);
    assert_int_equal(reel_store_put(store, "abc", 3, other, NULL), 0);
    assert_memory_equal(abc, other, sizeof(abc));
    assert_int_equal(reel_store_size(store, abc, &size, NULL), 0);
    assert_int_equal(size, 3);
    assert_int_equal(reel_store_get(&buffer, store, abc, NULL), 0);
    assert_string_equal(reel_buffer_data(buffer), "abc");
    assert_int_equal(reel_buffer_size(buffer), 3);
    reel_buffer_unref(&buffer);
    assert_int_equal(reel_store_read(store, abc, 1, part, sizeof(part), &got, NULL), 0);
    assert_int_equal(got, 2);
    assert_memory_equal(part, "bc", 2);
    assert_int_equal(reel_store_read(store, abc, 3, part, sizeof(part), &got, NULL), 0);
    assert_int_equal(got, 0);
    assert_int_equal(reel_store_read(store, abc, UINT64_MAX, part, sizeof(part), &got, NULL), 0);
    assert_int_equal(got, 0);

    assert_int_equal(reel_store_put(store, NULL, 0, none, NULL), 0);
    assert_int_equal(reel_store_get(&buffer, store, none, NULL), 0);
    assert_int_equal(reel_buffer_size(buffer), 0);
    reel_buffer_unref(&buffer);

    memset(other, 7, sizeof(other));
    reel_error err = { .size = sizeof(err) };
    assert_int_equal(reel_store_get(&buffer, store, other, &err), REEL_ERR_NOT_FOUND);
    assert_null(buffer);
    assert_true(err.text[0] != 0);
    assert_int_equal(reel_store_size(store, other, &size, NULL), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_store_read(store, other, 0, part, 1, &got, NULL), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_store_remove(store, other, NULL), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_store_remove(store, abc, NULL), 0);
    assert_int_equal(reel_store_size(store, abc, &size, NULL), REEL_ERR_NOT_FOUND);

    /* Many, so that the table of the one in memory grows. */
    for (int i = 0; i < 300; i++) {
        assert_int_equal(reel_store_put(store, &i, sizeof(i), other, NULL), 0);
        assert_int_equal(reel_store_size(store, other, &size, NULL), 0);
    }
    reel_store *again = reel_store_ref(store);
    reel_store_unref(&store);
    assert_null(store);
    assert_int_equal(reel_store_size(again, other, &size, NULL), 0);
    reel_store_unref(&again);
}

static void from_descriptor(struct room *r, const char *url)
{
    reel_store *store = open_store(r, url);
    uint8_t by_fd[REEL_DIGEST_SIZE], by_bytes[REEL_DIGEST_SIZE];
    size_t size = 700001;
    char path[128], *data = malloc(size);
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7);
    snprintf(path, sizeof(path), "%s/source", r->folder);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(fd, data, size), size); /* its offset is at the end now, which does not matter */
    assert_int_equal(reel_store_put_fd(store, fd, by_fd, NULL), 0);
    assert_int_equal(reel_store_put(store, data, size, by_bytes, NULL), 0);
    assert_memory_equal(by_fd, by_bytes, sizeof(by_fd));
    reel_buffer *buffer = NULL;
    assert_int_equal(reel_store_get(&buffer, store, by_fd, NULL), 0);
    assert_int_equal(reel_buffer_size(buffer), size);
    assert_memory_equal(reel_buffer_data(buffer), data, size);
    reel_buffer_unref(&buffer);
    close(fd);
    free(data);
    reel_store_unref(&store);
}

static void directory(void **state)
{
    round_trip(*state, url_of(*state));
    from_descriptor(*state, url_of(*state));
}

static void in_memory(void **state)
{
    round_trip(*state, "memory:");
    from_descriptor(*state, "memory:");
}

static void urls(void **state)
{
    struct room *r = *state;
    reel_store *store = NULL;
    reel_error err = { .size = sizeof(err) };
    assert_int_equal(reel_store_open(&store, r->ctx, "s3://bucket", &err), REEL_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "s3"));
    assert_int_equal(reel_store_open(&store, r->ctx, "dir:", &err), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_store_open(&store, r->ctx, "memory:x", &err), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_store_open(&store, r->ctx, "blobs", &err), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_store_open(&store, r->ctx, NULL, &err), REEL_ERR_INVALID_ARG);
    assert_true(reel_store_open(&store, r->ctx, "dir:/dev/null/x", &err) < 0);
    assert_null(store);
}

static const char hello_path[] = "/a/blobs/2c/f24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

static void must_hold_hello(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE])
{
    reel_buffer *buffer = NULL;
    assert_int_equal(reel_store_get(&buffer, store, digest, NULL), 0);
    assert_string_equal(reel_buffer_data(buffer), "hello");
    reel_buffer_unref(&buffer);
}

static void damage_is_seen(void **state)
{
    struct room *r = *state;
    reel_store *store = open_store(r, url_of(r));
    uint8_t digest[REEL_DIGEST_SIZE];
    reel_buffer *buffer = NULL;
    char path[256], source[256];
    assert_int_equal(reel_store_put(store, "hello", 5, digest, NULL), 0);
    snprintf(path, sizeof(path), "%s%s", r->folder, hello_path);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "J", 1, 0), 1);
    assert_int_equal(reel_store_get(&buffer, store, digest, NULL), REEL_ERR_CORRUPT);
    assert_null(buffer);
    /* Putting it again mends it, from bytes and from a descriptor. */
    assert_int_equal(reel_store_put(store, "hello", 5, digest, NULL), 0);
    close(fd);
    must_hold_hello(store, digest);
    fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "J", 1, 2), 1);
    close(fd);
    snprintf(source, sizeof(source), "%s/source", r->folder);
    fd = open(source, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(fd, "hello", 5), 5);
    assert_int_equal(reel_store_put_fd(store, fd, digest, NULL), 0);
    close(fd);
    must_hold_hello(store, digest);
    /* A blob that lost its end is put anew. */
    fd = open(path, O_WRONLY);
    assert_int_equal(ftruncate(fd, 2), 0);
    close(fd);
    assert_int_equal(reel_store_put(store, "hello", 5, digest, NULL), 0);
    must_hold_hello(store, digest);
    reel_store_unref(&store);
}

/* What killed processes left: gone after a day, if it is a store's own. */
static void leftovers(void **state)
{
    struct room *r = *state;
    char command[512];
    reel_store *store = open_store(r, url_of(r));
    reel_store_unref(&store);
    snprintf(command, sizeof(command), "cd %s/a/blobs/tmp && "
             "touch -d '25 hours ago' abcde5.tmp notes.tmp abcde5.txt && "
             "touch -d '23 hours ago' bcdef0.tmp", r->folder);
    assert_int_equal(system(command), 0);
    store = open_store(r, url_of(r));
    snprintf(command, sizeof(command), "[ \"$(cd %s/a/blobs/tmp && LC_ALL=C ls | tr '\\n' ' ')\" = "
             "'abcde5.txt bcdef0.tmp notes.tmp ' ]", r->folder);
    assert_int_equal(system(command), 0);
    reel_store_unref(&store);
}

static int work_put(struct room *r, reel_error *err)
{
    reel_store *store = NULL;
    uint8_t digest[REEL_DIGEST_SIZE];
    reel_buffer *buffer = NULL;
    char path[256];
    int rc = reel_store_open(&store, r->ctx, url_of(r), err);
    if (rc >= 0)
        rc = reel_store_put(store, "hello", 5, digest, err);
    if (rc >= 0)
        rc = reel_store_get(&buffer, store, digest, err);
    if (rc >= 0) {
        assert_string_equal(reel_buffer_data(buffer), "hello");
        assert_int_equal(reel_store_remove(store, digest, NULL), 0);
    }
    reel_buffer_unref(&buffer);
    reel_store_unref(&store);
    snprintf(path, sizeof(path), "%s/a/blobs/tmp", r->folder);
    assert_true(entries(path) <= 0); /* nothing half-written stays */
    snprintf(path, sizeof(path), "%s%s", r->folder, hello_path);
    unlink(path); /* a fault after the rename leaves it, whole */
    return rc;
}

static int work_memory(struct room *r, reel_error *err)
{
    reel_store *store = NULL;
    uint8_t digest[REEL_DIGEST_SIZE];
    reel_buffer *buffer = NULL;
    int rc = reel_store_open(&store, r->ctx, "memory:", err);
    if (rc >= 0)
        rc = reel_store_put(store, "hello", 5, digest, err);
    if (rc >= 0)
        rc = reel_store_get(&buffer, store, digest, err);
    reel_buffer_unref(&buffer);
    reel_store_unref(&store);
    return rc;
}

static int work_put_fd(struct room *r, reel_error *err)
{
    reel_store *store = NULL;
    uint8_t digest[REEL_DIGEST_SIZE];
    char path[256];
    snprintf(path, sizeof(path), "%s/source", r->folder);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, "hello", 5), 5);
    int rc = reel_store_open(&store, r->ctx, url_of(r), err);
    if (rc >= 0)
        rc = reel_store_put_fd(store, fd, digest, err);
    reel_store_unref(&store);
    close(fd);
    snprintf(path, sizeof(path), "%s/a/blobs/tmp", r->folder);
    assert_true(entries(path) <= 0);
    return rc;
}

static void every_fault(void **state)
{
    fail_each(*state, work_put);
    fail_each(*state, work_memory);
    fail_each(*state, work_put_fd);
}

struct hammer {
    reel_store *store;
    int failed;
};

static void *hammer(void *arg)
{
    struct hammer *h = arg;
    for (int i = 0; i < 50; i++) {
        uint8_t digest[REEL_DIGEST_SIZE];
        reel_buffer *buffer = NULL;
        h->failed += reel_store_put(h->store, &i, sizeof(i), digest, NULL) != 0;
        h->failed += reel_store_get(&buffer, h->store, digest, NULL) != 0;
        reel_buffer_unref(&buffer);
    }
    return NULL;
}

static void side_by_side(void **state)
{
    struct room *r = *state;
    const char *const urls_of_both[] = { url_of(r), "memory:" };
    for (int u = 0; u < 2; u++) {
        struct hammer h[4];
        pthread_t threads[4];
        reel_store *store = open_store(r, urls_of_both[u]);
        pid_t child = u == 0 ? fork() : -1; /* before there are threads: a child of a threaded process may not allocate */
        if (child == 0) {
            struct hammer own = { store, 0 };
            hammer(&own);
            _exit(own.failed ? 1 : 0);
        }
        for (int i = 0; i < 4; i++) {
            h[i] = (struct hammer){ store, 0 };
            assert_int_equal(pthread_create(&threads[i], NULL, hammer, &h[i]), 0);
        }
        for (int i = 0; i < 4; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(h[i].failed, 0);
        }
        if (child > 0) {
            int status = -1;
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_int_equal(status, 0);
        }
        reel_store_unref(&store);
    }
}

/* A backend of the caller's: what it says is not taken on trust. */
static int lie_begin(void *u, void **w, uint64_t hint, reel_error *err)
{
    (void)u;
    (void)w;
    (void)hint;
    (void)err;
    return REEL_ERR_USER - 1;
}

static int lie_write(void *u, void *w, const void *d, size_t n, reel_error *err)
{
    (void)u;
    (void)w;
    (void)d;
    (void)n;
    (void)err;
    return 0;
}

static int lie_commit(void *u, void *w, const uint8_t *digest, reel_error *err)
{
    (void)u;
    (void)w;
    (void)digest;
    (void)err;
    return 0;
}

static void lie_abort(void *u, void *w)
{
    (void)u;
    (void)w;
}

static int lie_stat(void *u, const uint8_t *digest, uint64_t *size, reel_error *err)
{
    (void)u;
    (void)digest;
    (void)err;
    *size = 4;
    return 0;
}

static int lie_read(void *u, const uint8_t *digest, uint64_t offset, void *b, size_t n, size_t *got, reel_error *err)
{
    (void)u;
    (void)digest;
    (void)offset;
    (void)b;
    (void)err;
    *got = n + 1;
    return 0;
}

static int lie_remove(void *u, const uint8_t *digest, reel_error *err)
{
    (void)u;
    (void)digest;
    (void)err;
    return 0;
}

static void count_destroy(void *u)
{
    ++*(int *)u;
}

static void foreign_backends(void **state)
{
    struct room *r = *state;
    int destroyed = 0;
    reel_store *store = NULL;
    reel_buffer *buffer = NULL;
    uint8_t digest[REEL_DIGEST_SIZE] = { 0 };
    reel_error err = { .size = sizeof(err) };
    reel_store_backend b = { .size = sizeof(b), .user = &destroyed, .name = "liar", .begin = lie_begin,
                             .write = lie_write, .commit = lie_commit, .abort = lie_abort, .stat = lie_stat,
                             .read = lie_read, .destroy = count_destroy };
    assert_int_equal(reel_store_from_backend(&store, r->ctx, &b, &err), REEL_ERR_INVALID_ARG);
    assert_non_null(strstr(err.text, "remove"));
    assert_int_equal(destroyed, 0);
    b.remove = lie_remove;
    assert_int_equal(reel_store_from_backend(&store, r->ctx, &b, &err), 0);
    assert_int_equal(reel_store_put(store, "abc", 3, digest, &err), REEL_ERR_USER - 1);
    assert_int_equal(reel_store_get(&buffer, store, digest, &err), REEL_ERR_INTERNAL);
    reel_store_unref(&store);
    assert_int_equal(destroyed, 1);
}

/* A backend of one blob, which keeps what it has when the same is committed again. */
struct keeper {
    char bytes[8], next[8];
    size_t size, next_size;
};

static int keep_begin(void *u, void **writer, uint64_t hint, reel_error *err)
{
    (void)hint;
    (void)err;
    ((struct keeper *)u)->next_size = 0;
    *writer = u;
    return 0;
}

static int keep_write(void *u, void *writer, const void *data, size_t size, reel_error *err)
{
    struct keeper *k = u;
    (void)writer;
    (void)err;
    memcpy(k->next + k->next_size, data, size);
    k->next_size += size;
    return 0;
}

static int keep_commit(void *u, void *writer, const uint8_t *digest, reel_error *err)
{
    struct keeper *k = u;
    (void)writer;
    (void)digest;
    (void)err;
    if (k->size == 0) {
        memcpy(k->bytes, k->next, sizeof(k->bytes));
        k->size = k->next_size;
    }
    return 0;
}

static int keep_stat(void *u, const uint8_t *digest, uint64_t *size, reel_error *err)
{
    (void)digest;
    (void)err;
    *size = ((struct keeper *)u)->size;
    return *size > 0 ? 0 : REEL_ERR_NOT_FOUND;
}

static int keep_read(void *u, const uint8_t *digest, uint64_t offset, void *b, size_t n, size_t *got, reel_error *err)
{
    struct keeper *k = u;
    (void)digest;
    (void)err;
    *got = offset >= k->size ? 0 : k->size - offset < n ? k->size - offset : n;
    memcpy(b, k->bytes + (*got ? offset : 0), *got);
    return k->size > 0 ? 0 : REEL_ERR_NOT_FOUND;
}

static int keep_remove(void *u, const uint8_t *digest, reel_error *err)
{
    (void)digest;
    (void)err;
    ((struct keeper *)u)->size = 0;
    return 0;
}

static void backends_are_mended(void **state)
{
    struct room *r = *state;
    struct keeper k = { .size = 0 };
    reel_store *store = NULL;
    uint8_t digest[REEL_DIGEST_SIZE];
    char path[128];
    reel_store_backend b = { .size = sizeof(b), .user = &k, .name = "keeper", .begin = keep_begin,
                             .write = keep_write, .commit = keep_commit, .abort = lie_abort, .stat = keep_stat,
                             .read = keep_read, .remove = keep_remove };
    assert_int_equal(reel_store_from_backend(&store, r->ctx, &b, NULL), 0);
    assert_int_equal(reel_store_put(store, "hello", 5, digest, NULL), 0);
    k.bytes[1] = 'u';
    assert_int_equal(reel_store_put(store, "hello", 5, digest, NULL), 0);
    assert_memory_equal(k.bytes, "hello", 5);
    k.bytes[2] = 'u';
    snprintf(path, sizeof(path), "%s/source", r->folder);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(fd, "hello", 5), 5);
    assert_int_equal(reel_store_put_fd(store, fd, digest, NULL), 0);
    close(fd);
    assert_memory_equal(k.bytes, "hello", 5);
    reel_store_unref(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(directory),   IN_ROOM(in_memory),    IN_ROOM(urls),            IN_ROOM(damage_is_seen),
        IN_ROOM(every_fault), IN_ROOM(side_by_side), IN_ROOM(foreign_backends),
        IN_ROOM(leftovers),   IN_ROOM(backends_are_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
