/* Inputs: every way in, and every way in which it fails. No engine is needed. */
#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

static const char wav[] = "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0";

static const char *type_of(reel_input *in)
{
    static reel_type type;
    type.size = sizeof(type);
    assert_int_equal(reel_input_type(in, &type, NULL), 0);
    return type.name;
}

static char *file(struct room *r, const char *name, const void *data, size_t size)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", r->folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    fclose(f);
    return path;
}

static void paths(void **state)
{
    struct room *r = *state;
    reel_input *in = NULL;
    reel_error err = { .size = sizeof(err) };
    assert_int_equal(reel_input_open_path(&in, r->ctx, file(r, "wrong.png", wav, sizeof(wav)), &err), 0);
    assert_string_equal(type_of(in), "wav");
    reel_input_close(&in);
    assert_null(in);
    reel_input_close(&in);
    reel_input_close(NULL);

    in = (reel_input *)1;
    assert_int_equal(reel_input_open_path(&in, r->ctx, "/nonexistent", &err), REEL_ERR_NOT_FOUND);
    assert_null(in);
    assert_non_null(strstr(err.text, "/nonexistent"));
    assert_int_equal(err.upstream, ENOENT);
    assert_int_equal(reel_input_open_path(&in, r->ctx, r->folder, &err), REEL_ERR_INVALID_ARG);
    assert_non_null(strstr(err.text, "a folder"));
    assert_int_equal(reel_input_open_path(&in, r->ctx, "/dev/zero", &err), REEL_ERR_INVALID_ARG);
    assert_non_null(strstr(err.text, "a device"));
    assert_int_equal(reel_input_open_path(&in, r->ctx, NULL, &err), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_input_open_path(NULL, r->ctx, "x", &err), REEL_ERR_INVALID_ARG);

    char path[256];
    snprintf(path, sizeof(path), "%s/fifo", r->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(reel_input_open_path(&in, r->ctx, path, &err), REEL_ERR_INVALID_ARG); /* and does not hang */
}

static void descriptors(void **state)
{
    struct room *r = *state;
    reel_input *in = NULL;
    int fd = open(file(r, "a", wav, sizeof(wav)), O_RDONLY);
    assert_int_equal(lseek(fd, 7, SEEK_SET), 7);
    assert_int_equal(reel_input_open_fd(&in, r->ctx, fd, NULL), 0);
    assert_string_equal(type_of(in), "wav");
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 7);
    close(fd);
    reel_input_close(&in);

    assert_int_equal(reel_input_open_fd(&in, r->ctx, -1, NULL), REEL_ERR_INVALID_ARG);
    fd = open(file(r, "b", "", 0), O_WRONLY);
    assert_int_equal(reel_input_open_fd(&in, r->ctx, fd, NULL), REEL_ERR_INVALID_ARG);
    close(fd);
    fd = open("/dev/zero", O_RDONLY);
    assert_int_equal(reel_input_open_fd(&in, r->ctx, fd, NULL), REEL_ERR_INVALID_ARG);
    close(fd);
}

struct feed {
    int fd;
    size_t size;
};

static void *feeder(void *arg)
{
    struct feed *f = arg;
    for (size_t i = 0; i < f->size; i++) {
        char c = i < sizeof(wav) ? wav[i] : 0;
        if (write(f->fd, &c, 1) != 1)
            break;
    }
    close(f->fd);
    return NULL;
}

static void pipes_and_sockets(void **state)
{
    struct room *r = *state;
    for (int kind = 0; kind < 2; kind++) {
        int ends[2];
        pthread_t thread;
        reel_input *in = NULL;
        assert_int_equal(kind ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends), 0);
        struct feed feed = { ends[1], 20000 };
        assert_int_equal(pthread_create(&thread, NULL, feeder, &feed), 0);
        assert_int_equal(reel_input_open_fd(&in, r->ctx, ends[0], NULL), 0);
        pthread_join(thread, NULL);
        close(ends[0]);
        assert_string_equal(type_of(in), "wav");
        assert_int_equal(entries(r->folder), 0); /* spooled without a name */
        reel_input_close(&in);
    }
}

struct source {
    const char *data;
    size_t size, at, piece;
    int64_t fail; /* returned instead of the byte at `fail_at` */
    size_t fail_at;
    int closed;
};

static int64_t source_read(void *user, void *buffer, size_t capacity)
{
    struct source *s = user;
    if (s->fail && s->at >= s->fail_at)
        return s->fail;
    size_t n = s->size - s->at;
    n = n < s->piece ? n : s->piece;
    n = n < capacity ? n : capacity;
    if (s->data)
        memcpy(buffer, s->data + s->at, n);
    else
        memset(buffer, 0, n);
    s->at += n;
    return (int64_t)n;
}

static void source_close(void *user)
{
    ((struct source *)user)->closed++;
}

static int open_source(struct room *r, struct source *s, uint64_t hint, reel_input **in, reel_error *err)
{
    return reel_input_open_callbacks(in, r->ctx, REEL_OPTS(reel_input_callbacks, .user = s, .read = source_read,
                                                           .close = source_close, .size_hint = hint), err);
}

static void callbacks(void **state)
{
    struct room *r = *state;
    reel_input *in = NULL;
    struct source ones = { .data = wav, .size = sizeof(wav), .piece = 1 };
    assert_int_equal(open_source(r, &ones, 5 /* a lie */, &in, NULL), 0);
    assert_string_equal(type_of(in), "wav");
    assert_int_equal(ones.closed, 1);
    reel_input_close(&in);
    assert_int_equal(ones.closed, 1);

    reel_error err = { .size = sizeof(err) };
    struct source own = { .data = wav, .size = sizeof(wav), .piece = 1, .fail = REEL_ERR_USER - 42, .fail_at = 10 };
    assert_int_equal(open_source(r, &own, 0, &in, &err), REEL_ERR_USER - 42);
    assert_int_equal(err.code, REEL_ERR_USER - 42);
    assert_int_equal(own.closed, 1);
    struct source other = { .data = wav, .size = sizeof(wav), .piece = 1, .fail = -5, .fail_at = 10 };
    assert_int_equal(open_source(r, &other, 0, &in, &err), REEL_ERR_IO);
    assert_int_equal(err.upstream, -5);
    struct source liar = { .data = wav, .size = sizeof(wav), .piece = 1, .fail = INT64_MAX, .fail_at = 10 };
    assert_int_equal(open_source(r, &liar, 0, &in, &err), REEL_ERR_INVALID_ARG);

    struct source endless = { .size = SIZE_MAX, .piece = 1 << 16 };
    assert_int_equal(open_source(r, &endless, 0, &in, &err), REEL_ERR_LIMIT_INPUT);
    assert_non_null(strstr(err.text, "1048576"));
    assert_true(endless.at <= (1 << 20) + (256 << 10)); /* stopped at the limit */
    assert_int_equal(endless.closed, 1);
    struct source early = { .data = wav, .size = sizeof(wav), .piece = 1 };
    assert_int_equal(open_source(r, &early, 1 << 21, &in, &err), REEL_ERR_LIMIT_INPUT);
    assert_int_equal(early.at, 0);
    assert_int_equal(early.closed, 1);
    assert_int_equal(reel_input_open_callbacks(&in, r->ctx, REEL_OPTS(reel_input_callbacks, .user = r), &err),
                     REEL_ERR_INVALID_ARG);
}

static void empty_inputs(void **state)
{
    struct room *r = *state;
    reel_input *in = NULL;
    reel_type type = { .size = sizeof(type) };
    reel_error err = { .size = sizeof(err) };
    assert_int_equal(reel_input_open_memory(&in, r->ctx, NULL, 0, NULL), 0);
    assert_int_equal(reel_input_type(in, &type, &err), REEL_ERR_FORMAT);
    assert_non_null(strstr(err.text, "empty"));
    assert_int_equal(reel_input_probe(in, &err), REEL_ERR_FORMAT);
    reel_input_close(&in);
}

static void probing_refuses(void **state)
{
    struct room *r = *state;
    reel_input *in = NULL;
    reel_error err = { .size = sizeof(err) };
    reel_input_info info = { .size = sizeof(info) };
    reel_buffer *json = NULL;
    static const char hls[] = "#EXTM3U\nfile:///etc/passwd\n";
    assert_int_equal(reel_input_open_memory(&in, r->ctx, hls, sizeof(hls) - 1, NULL), 0);
    assert_int_equal(reel_input_probe(in, &err), REEL_ERR_REFUSED);
    assert_non_null(strstr(err.text, "hls"));
    assert_int_equal(reel_input_get_info(in, &info), REEL_ERR_STATE);
    assert_int_equal(reel_input_facts(&json, in), REEL_ERR_STATE);
    reel_input_close(&in);
    assert_int_equal(reel_input_open_memory(&in, r->ctx, "\x01\x02\x03\x04", 4, NULL), 0);
    assert_int_equal(reel_input_probe(in, &err), REEL_ERR_FORMAT);
    reel_input_close(&in);
}

static void limits_hold(void **state)
{
    struct room *r = *state;
    reel_input *in = NULL;
    size_t size = (1 << 20) + 1;
    char *big = calloc(1, size);
    reel_error err = { .size = sizeof(err) };
    assert_int_equal(reel_input_open_memory(&in, r->ctx, big, size, &err), REEL_ERR_LIMIT_INPUT);
    assert_non_null(strstr(err.text, "1048577"));
    assert_int_equal(reel_input_open_path(&in, r->ctx, file(r, "big", big, size), &err), REEL_ERR_LIMIT_INPUT);
    assert_int_equal(reel_input_open_memory(&in, r->ctx, big, size - 1, &err), 0);
    reel_input_close(&in);
    free(big);
}

/* An ID3 tag that is longer than the first look, with FLAC behind it. */
static void behind_tags(void **state)
{
    struct room *r = *state;
    reel_input *in = NULL;
    size_t tag = 100000, size = 10 + tag + 8;
    char *data = calloc(1, size);
    memcpy(data, "ID3\x03\0\0", 6);
    for (int i = 0; i < 4; i++)
        data[6 + i] = (char)(tag >> (21 - 7 * i) & 127);
    memcpy(data + 10 + tag, "fLaC\0\0\0\x22", 8);
    assert_int_equal(reel_input_open_memory(&in, r->ctx, data, size, NULL), 0);
    assert_string_equal(type_of(in), "flac");
    reel_input_close(&in);
    assert_int_equal(reel_input_open_memory(&in, r->ctx, data, size - 8, NULL), 0);
    assert_string_equal(type_of(in), "mp3");
    reel_input_close(&in);
    free(data);
}

static int work_memory(struct room *r, reel_error *err)
{
    reel_input *in = NULL;
    reel_type type = { .size = sizeof(type) };
    int rc = reel_input_open_memory(&in, r->ctx, wav, sizeof(wav), err);
    if (rc >= 0)
        rc = reel_input_type(in, &type, err);
    reel_input_close(&in);
    return rc;
}

static int work_callbacks(struct room *r, reel_error *err)
{
    reel_input *in = NULL;
    struct source s = { .data = wav, .size = sizeof(wav), .piece = 7 };
    int rc = open_source(r, &s, 0, &in, err);
    assert_int_equal(s.closed, 1);
    assert_true((rc >= 0) == (in != NULL));
    reel_input_close(&in);
    return rc;
}

static int work_path(struct room *r, reel_error *err)
{
    reel_input *in = NULL;
    reel_type type = { .size = sizeof(type) };
    int rc = reel_input_open_path(&in, r->ctx, file(r, "x", wav, sizeof(wav)), err);
    if (rc >= 0)
        rc = reel_input_type(in, &type, err);
    reel_input_close(&in);
    return rc;
}

static void every_fault(void **state)
{
    fail_each(*state, work_memory);
    fail_each(*state, work_callbacks);
    fail_each(*state, work_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(paths),        IN_ROOM(descriptors),     IN_ROOM(pipes_and_sockets), IN_ROOM(callbacks),
        IN_ROOM(empty_inputs), IN_ROOM(probing_refuses), IN_ROOM(limits_hold),       IN_ROOM(behind_tags),
        IN_ROOM(every_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
