#include "journal.h"

#include "folder.h"

#include "../base/digest.h"
#include "../base/io.h"
#include "../base/json.h"
#include "../ctx/ctx.h"
#include "../engine/table.h"
#include "../store/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    JOURNAL_VERSION = 1,
    CHECK_SIZE = 16,                 /* hex digits in front of a record */
    MAX_JOURNAL = 256 * 1024 * 1024, /* a day of chunks takes about 10 MiB */
    FIRST_LINE = 256,                /* more than the header takes */
    MAX_NAME = 240                   /* longer output names are replaced by a digest, for ".NAME.reel" has to fit 255 */
};

struct rl_journal {
    const struct rl_env *env;
    reel_ctx *ctx;
    char *path;
    struct rl_folder folder;
    int fd;
    int64_t size; /* of the good part of the file */
    uint64_t records; /* chunks and runs in it */
    bool claimed; /* the folder is ours */
    bool known;   /* `records` is what the file has: it was read to its end, or emptied */
    reel_store *store;
};

#define CHUNK struct rl_chunk_record
static const struct rl_field chunk_fields[] = {
    RL_U32(CHUNK, track, 0),
    RL_U32(CHUNK, index, 0),
    RL_I64(CHUNK, start, 0, 0),
    RL_I64(CHUNK, duration, 0, 0),
    RL_U64(CHUNK, samples),
    RL_U64(CHUNK, samples_in),
    RL_U64(CHUNK, decode_errors),
    RL_U64(CHUNK, bytes),
    RL_DIGEST(CHUNK, digest),
    RL_BYTES(CHUNK, codec_private, private_size),
};
static const struct rl_shape chunk_shape = RL_SHAPE("chunk record", CHUNK, chunk_fields);

#define RUN struct rl_run_record
static const struct rl_field run_fields[] = {
    RL_U32(RUN, run, 0),
    RL_SUB(RUN, result, rl_run_result_shape),
};
static const struct rl_shape run_shape = RL_SHAPE("run record", RUN, run_fields);

char *rl_journal_folder(const struct rl_env *env, const char *output)
{
    const char *slash = strrchr(output, '/');
    const char *name = slash ? slash + 1 : output;
    size_t folder = (size_t)(name - output), len = strlen(name);
    char hex[RL_HEX_SIZE];
    if (len > MAX_NAME) {
        uint8_t digest[REEL_DIGEST_SIZE];
        if (rl_digest_bytes(name, len, digest) < 0)
            return NULL;
        rl_hex(hex, digest);
        name = hex;
        len = strlen(hex);
    }
    size_t size = folder + 1 + len + sizeof(".reel");
    char *path = rl_alloc(env, size);
    if (path)
        snprintf(path, size, "%.*s.%s.reel", (int)folder, output, name);
    return path;
}

/* The JSON of the line at *at, and *at moved behind it: 1; 0 at the end or where the tail is torn; or a negative code,
 * after which nobody knows. */
static int next_line(const char *text, size_t size, size_t *at, const char **json, size_t *json_size)
{
    const char *line = text + *at;
    const char *end = memchr(line, '\n', size - *at);
    if (!end || end - line < CHECK_SIZE + 1 || line[CHECK_SIZE] != ' ')
        return 0;
    *json = line + CHECK_SIZE + 1;
    *json_size = (size_t)(end - *json);
    uint8_t digest[REEL_DIGEST_SIZE];
    char hex[RL_HEX_SIZE];
    int rc = rl_digest_bytes(*json, *json_size, digest);
    if (rc < 0)
        return rc;
    rl_hex(hex, digest);
    if (memcmp(hex, line, CHECK_SIZE) != 0)
        return 0;
    *at = (size_t)(end - text) + 1;
    return 1;
}

/* Is there a journal whose first line is one of ours? Of which run does not matter. 1, 0 or a negative code. */
static int has_journal(const struct rl_journal *j, reel_error *err)
{
    static const char begins[] = "{\"journal\":";
    char text[FIRST_LINE];
    const char *json = NULL;
    size_t at = 0, size = 0;
    int fd = openat(j->folder.fd, "journal", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ELOOP ? 0
             : rl_err_errno(err, errno, "journal", "cannot open %s/journal", j->path);
    int64_t got = rl_pread(j->env, fd, text, sizeof(text), 0);
    close(fd);
    if (got < 0)
        return got == -EISDIR ? 0 : rl_err_errno(err, (int)-got, "journal", "cannot read %s/journal", j->path);
    int rc = next_line(text, (size_t)got, &at, &json, &size);
    if (rc < 0)
        return rl_err(err, rc, "journal", "cannot compute a digest");
    return rc && size >= sizeof(begins) && memcmp(json, begins, sizeof(begins) - 1) == 0;
}

/* Takes back what an open that failed has made. */
static void leave(struct rl_journal *j)
{
    if (j->folder.made_lock && unlinkat(j->folder.fd, "lock", 0) == 0)
        (void)rmdir(j->path); /* fails, as it should, where something is in it */
}

int rl_journal_open(struct rl_journal **out, reel_ctx *ctx, const char *folder, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(ctx);
    *out = NULL;
    struct rl_journal *j = rl_calloc(env, 1, sizeof(*j));
    if (!j)
        return rl_err_nomem(err, "journal");
    j->env = env;
    j->ctx = reel_ctx_ref(ctx);
    j->folder.fd = j->folder.lock = j->fd = -1;
    j->path = rl_strdup(env, folder);
    int rc = j->path ? rl_folder_lock(&j->folder, folder, err) : rl_err_nomem(err, "journal");
    if (rc == 0) {
        rc = has_journal(j, err);
        if (rc >= 0)
            rc = rl_folder_claim(&j->folder, env, folder, rc > 0, err);
        j->claimed = rc == 0;
        if (rc < 0)
            leave(j);
    }
    if (rc < 0) {
        rl_journal_close(&j, false);
        return rc;
    }
    *out = j;
    return 0;
}

static int append(struct rl_journal *j, const struct rl_buf *json, reel_error *err)
{
    uint8_t digest[REEL_DIGEST_SIZE];
    char hex[RL_HEX_SIZE];
    struct rl_buf line;
    rl_buf_init(&line, j->env);
    int rc = rl_digest_bytes(json->data, json->size, digest);
    if (rc < 0) {
        rl_err(err, rc, "journal", "cannot compute a digest");
        goto end;
    }
    rl_hex(hex, digest);
    rl_buf_add(&line, hex, CHECK_SIZE);
    rl_buf_u8(&line, ' ');
    rl_buf_add(&line, json->data, json->size);
    rl_buf_u8(&line, '\n');
    if (line.failed) {
        rc = rl_err_nomem(err, "journal");
        goto end;
    }
    rc = rl_pwrite(j->env, j->fd, line.data, line.size, j->size);
    if (rc == 0)
        rc = rl_sync(j->env, j->fd);
    if (rc < 0)
        rc = rl_err_errno(err, -rc, "journal", "cannot write %s/journal", j->path);
    if (rc == 0)
        j->size += (int64_t)line.size; /* a record that failed half-way is overwritten by the next, or cut when read */
end:
    rl_buf_free(&line);
    return rc;
}

static int append_tagged(struct rl_journal *j, const char *tag, const struct rl_shape *shape, const void *object,
                         reel_error *err)
{
    struct rl_buf json;
    rl_buf_init(&json, j->env);
    rl_buf_printf(&json, "{\"%s\":", tag);
    int rc = rl_shape_write(shape, object, &json, err);
    rl_buf_u8(&json, '}');
    if (rc == 0)
        rc = json.failed ? rl_err_nomem(err, "journal") : append(j, &json, err);
    if (rc == 0)
        j->records++;
    rl_buf_free(&json);
    return rc;
}

int rl_journal_add_chunk(struct rl_journal *j, const struct rl_chunk_record *record, reel_error *err)
{
    return append_tagged(j, "chunk", &chunk_shape, record, err);
}

int rl_journal_add_run(struct rl_journal *j, const struct rl_run_record *record, reel_error *err)
{
    return append_tagged(j, "run", &run_shape, record, err);
}

static int header(const struct rl_journal *j, const uint8_t identity[REEL_DIGEST_SIZE], struct rl_buf *json)
{
    char hex[RL_HEX_SIZE];
    rl_hex(hex, identity);
    rl_buf_init(json, j->env);
    rl_buf_printf(json, "{\"journal\":%d,\"identity\":\"%s\"}", JOURNAL_VERSION, hex);
    return json->failed ? REEL_ERR_NOMEM : 0;
}

/* Is the blob there, whole and right? 1 yes, 0 no, or a negative code when that cannot be found out. */
static int blob_is_good(struct rl_journal *j, const struct rl_chunk_record *record, reel_error *err)
{
    uint64_t size = 0;
    reel_buffer *bytes = NULL;
    reel_error e = RL_ERROR_INIT;
    int rc = reel_store_size(j->store, record->digest, &size, &e);
    if (rc == 0 && size == record->bytes)
        rc = reel_store_get(&bytes, j->store, record->digest, &e);
    else if (rc == 0)
        rc = REEL_ERR_CORRUPT;
    reel_buffer_unref(&bytes);
    if (rc == 0)
        return 1;
    if (rc == REEL_ERR_NOMEM)
        return rl_err_nomem(err, "journal");
    if (rc == REEL_ERR_CORRUPT) { /* a store of the host's may keep what it has when the right bytes come */
        rc = reel_store_remove(j->store, record->digest, &e);
        if (rc < 0 && rc != REEL_ERR_NOT_FOUND)
            return rl_err(err, rc, "journal", "a damaged chunk cannot be removed");
    }
    return 0;
}

static int read_record(struct rl_journal *j, const char *json, size_t size, const struct rl_journal_reader *reader,
                       reel_error *err)
{
    json_t *root = rl_json_parse(json, size, "journal", err);
    if (!root)
        return err->code;
    int rc = 0;
    const json_t *body;
    if ((body = json_object_get(root, "chunk"))) {
        struct rl_chunk_record record = { 0 };
        rc = rl_shape_from_json(j->env, &chunk_shape, body, &record, err);
        if (rc == 0 && reader->cancelled(reader->user))
            rc = rl_err(err, REEL_ERR_CANCELLED, "journal", "cancelled");
        if (rc == 0)
            rc = blob_is_good(j, &record, err);
        if (rc > 0)
            rc = reader->chunk(reader->user, &record);
    } else if ((body = json_object_get(root, "run"))) {
        struct rl_run_record record = { 0 };
        rc = rl_shape_from_json(j->env, &run_shape, body, &record, err);
        if (rc == 0) {
            rc = reader->run(reader->user, &record);
            rl_shape_clear(j->env, &run_shape, &record);
        }
    }
    json_decref(root);
    return rc;
}

/* Reads the records behind the header. A line whose check fails ends what is trusted; the rest is cut off. */
static int read_records(struct rl_journal *j, const char *text, size_t size, size_t at,
                        const struct rl_journal_reader *reader, reel_error *err)
{
    const char *json;
    size_t json_size;
    int rc;
    while ((rc = next_line(text, size, &at, &json, &json_size)) > 0) {
        rc = read_record(j, json, json_size, reader, err);
        if (rc < 0)
            return rc == err->code ? rc : rl_err(err, rc, "journal", "%s/journal cannot be taken over", j->path);
        j->records++;
    }
    if (rc < 0)
        return rl_err(err, rc, "journal", "cannot compute a digest");
    if (at < size)
        rl_log(j->env, REEL_LOG_INFO, "journal", 0, "%zu bytes at the end of %s/journal were torn and are cut off",
               size - at, j->path);
    if (ftruncate(j->fd, (off_t)at) != 0)
        return rl_err_errno(err, errno, "journal", "cannot cut %s/journal", j->path);
    j->size = (int64_t)at;
    j->known = true;
    return 0;
}

static int open_store(struct rl_journal *j, reel_store *store, reel_error *err)
{
    if (store) {
        j->store = reel_store_ref(store);
        return 0;
    }
    struct rl_buf url;
    rl_buf_init(&url, j->env);
    rl_buf_printf(&url, "dir:%s/chunks", j->path);
    const char *text = rl_buf_str(&url);
    int rc = text ? reel_store_open(&j->store, j->ctx, text, err) : rl_err_nomem(err, "journal");
    rl_buf_free(&url);
    return rc;
}

static int begin_anew(struct rl_journal *j, const struct rl_buf *head, reel_store *store, reel_error *err)
{
    int rc = rl_store_dir_erase(j->folder.fd, "chunks");
    if (rc == 0 && ftruncate(j->fd, 0) != 0)
        rc = -errno;
    if (rc < 0)
        return rl_err_errno(err, -rc, "journal", "cannot empty %s", j->path);
    j->size = 0;
    j->known = true;
    rc = append(j, head, err);
    if (rc == 0 && (rc = rl_sync(j->env, j->folder.fd)) < 0)
        rc = rl_err_errno(err, -rc, "journal", "cannot sync %s", j->path);
    return rc < 0 ? rc : open_store(j, store, err);
}

int rl_journal_begin(struct rl_journal *j, const uint8_t identity[REEL_DIGEST_SIZE], reel_store *store, bool anew,
                     const struct rl_journal_reader *reader, reel_error *err)
{
    struct rl_buf head, path;
    char *text = NULL;
    const char *json = NULL;
    size_t size = 0, at = 0, json_size = 0;
    struct stat st;
    int rc;

    rl_buf_init(&path, j->env);
    rc = header(j, identity, &head);
    if (rc < 0) {
        rl_err_nomem(err, "journal");
        goto end;
    }
    j->fd = openat(j->folder.fd, "journal", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (j->fd < 0 || fstat(j->fd, &st) != 0) {
        rc = rl_err_errno(err, errno, "journal", "cannot open %s/journal", j->path);
        goto end;
    }
    if (!anew && st.st_size > 0 && st.st_size <= MAX_JOURNAL) {
        rl_buf_printf(&path, "%s/journal", j->path);
        const char *name = rl_buf_str(&path);
        rc = name ? rl_read_file(j->env, name, MAX_JOURNAL, &text, &size, err) : rl_err_nomem(err, "journal");
        if (rc < 0)
            goto end;
    }
    rc = text ? next_line(text, size, &at, &json, &json_size) : 0;
    if (rc < 0) {
        rl_err(err, rc, "journal", "cannot compute a digest");
        goto end;
    }
    if (rc == 0 || json_size != head.size || memcmp(json, head.data, head.size) != 0) {
        rc = begin_anew(j, &head, store, err);
        goto end;
    }
    rc = open_store(j, store, err);
    if (rc == 0)
        rc = read_records(j, text, size, at, reader, err);
end:
    rl_free(j->env, text);
    rl_buf_free(&head);
    rl_buf_free(&path);
    return rc;
}

reel_store *rl_journal_store(const struct rl_journal *j)
{
    return j->store;
}

/* Has it nothing that a later run could take over? Where that was not found out, a journal with bytes in it stays. */
static bool is_empty(const struct rl_journal *j)
{
    struct stat st;
    if (j->known)
        return j->records == 0;
    return fstatat(j->folder.fd, "journal", &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size == 0 : errno == ENOENT;
}

void rl_journal_close(struct rl_journal **journal, bool remove)
{
    struct rl_journal *j = *journal;
    if (!j)
        return;
    *journal = NULL;
    reel_store_unref(&j->store);
    if (j->fd >= 0)
        close(j->fd);
    if (j->claimed && (remove || is_empty(j))) {
        /* The lock goes last, and while it is held: see folder.c for who may wait at it. */
        (void)unlinkat(j->folder.fd, "journal", 0);
        (void)rl_store_dir_erase(j->folder.fd, "chunks");
        if (faccessat(j->folder.fd, "chunks", F_OK, 0) != 0) /* else it still says that the folder is ours */
            (void)unlinkat(j->folder.fd, "lock", 0);
        (void)rmdir(j->path); /* stays when the host keeps something of its own there */
    }
    if (j->folder.lock >= 0)
        close(j->folder.lock);
    if (j->folder.fd >= 0)
        close(j->folder.fd);
    reel_ctx *ctx = j->ctx;
    rl_free(j->env, j->path);
    rl_free(j->env, j);
    reel_ctx_unref(&ctx); /* last: env is the context's */
}
