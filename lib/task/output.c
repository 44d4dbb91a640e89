#include "output.h"

#include "../base/opts.h"
#include "../ctx/ctx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP "output"

enum { PIECE = 256 * 1024, PIPE_PIECE = 4096 /* PIPE_BUF: what a ready pipe takes without blocking */, POLL_MS = 50 };

enum kind { TO_PATH, TO_FD, TO_CALLBACKS, TO_STORE };

struct reel_output {
    reel_ctx *ctx;
    const struct rl_env *env;
    enum kind kind;
    char *path;
    int fd;
    reel_output_callbacks callbacks;
    reel_store *store;

    /* between begin and end */
    struct rl_publish publish; /* of a path */
    int temp;                  /* of the others; -1 none */
    bool written;              /* all bytes have reached the caller */
    bool ended;
};

static int make(reel_output **out, reel_ctx *ctx, enum kind kind, reel_error *err)
{
    reel_output *o = rl_calloc(rl_ctx_env(ctx), 1, sizeof(*o));
    if (!o)
        return rl_err_nomem(err, STEP);
    o->ctx = reel_ctx_ref(ctx);
    o->env = rl_ctx_env(ctx);
    o->kind = kind;
    o->fd = o->temp = o->publish.fd = -1;
    *out = o;
    return 0;
}

/* The border of every creator: clears *out, checks the handles, hands the error over. */
static int begin_create(reel_output **out, const reel_ctx *ctx, const void *target, const char *name, reel_error *e)
{
    if (out)
        *out = NULL;
    if (!out || !ctx || !target)
        return rl_err_null(e, STEP, !out ? "out" : !ctx ? "ctx" : name);
    return 0;
}

static int end_create(reel_output **out, int rc, const reel_error *e, reel_error *err)
{
    if (rc < 0 && out) {
        if (*out)
            (*out)->callbacks.finish = NULL; /* the caller knows already */
        reel_output_close(out);
    }
    rl_err_export(err, e);
    return rc;
}

/* Fails early on what would fail late: the folder is not there, may not be written to, or the name is a folder's. */
static int check_path(const reel_output *o, reel_error *err)
{
    struct stat st;
    const char *slash = strrchr(o->path, '/');
    size_t len = slash ? (size_t)(slash - o->path) : 0;
    if (o->path[0] == 0 || (slash && slash[1] == 0))
        return rl_err(err, REEL_ERR_INVALID_ARG, STEP, "the path has no file name: \"%s\"", o->path);
    char *folder = rl_alloc(o->env, len + 2);
    if (!folder)
        return rl_err_nomem(err, STEP);
    snprintf(folder, len + 2, "%.*s", (int)(len ? len : 1), len ? o->path : slash ? "/" : ".");
    int rc = 0;
    if (stat(folder, &st) != 0)
        rc = rl_err_errno(err, errno, STEP, "the folder of %s", o->path);
    else if (!S_ISDIR(st.st_mode))
        rc = rl_err_errno(err, ENOTDIR, STEP, "the folder of %s", o->path);
    else if (access(folder, W_OK | X_OK) != 0)
        rc = rl_err_errno(err, errno, STEP, "the folder of %s", o->path);
    else if (stat(o->path, &st) == 0 && !S_ISREG(st.st_mode))
        rc = rl_err(err, REEL_ERR_INVALID_ARG, STEP, "%s is not a regular file", o->path);
    rl_free(o->env, folder);
    return rc;
}

int reel_output_open_path(reel_output **out, reel_ctx *ctx, const char *path, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = begin_create(out, ctx, path, "path", &e);
    if (rc == 0)
        rc = make(out, ctx, TO_PATH, &e);
    if (rc == 0 && !((*out)->path = rl_strdup((*out)->env, path)))
        rc = rl_err_nomem(&e, STEP);
    if (rc == 0)
        rc = check_path(*out, &e);
    return end_create(out, rc, &e, err);
}

int reel_output_open_fd(reel_output **out, reel_ctx *ctx, int fd, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = begin_create(out, ctx, &fd, "fd", &e);
    if (rc == 0)
        rc = make(out, ctx, TO_FD, &e);
    if (rc == 0) {
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
            rc = rl_err(&e, REEL_ERR_INVALID_ARG, STEP, "descriptor %d is not open for writing", fd);
        else if (((*out)->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0)
            rc = rl_err_errno(&e, errno, STEP, "cannot duplicate descriptor %d", fd);
    }
    return end_create(out, rc, &e, err);
}

int reel_output_open_callbacks(reel_output **out, reel_ctx *ctx, const reel_output_callbacks *callbacks,
                               reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = begin_create(out, ctx, callbacks, "callbacks", &e);
    if (rc == 0)
        rc = make(out, ctx, TO_CALLBACKS, &e);
    if (rc == 0)
        rc = rl_opts_in(&(*out)->callbacks, sizeof((*out)->callbacks), callbacks,
                        RL_SIZE_TO(reel_output_callbacks, finish), "reel_output_callbacks", &e);
    if (rc == 0 && !(*out)->callbacks.write)
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, STEP, "reel_output_callbacks: write is required");
    return end_create(out, rc, &e, err);
}

int reel_output_open_store(reel_output **out, reel_ctx *ctx, reel_store *store, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = begin_create(out, ctx, store, "store", &e);
    if (rc == 0)
        rc = make(out, ctx, TO_STORE, &e);
    if (rc == 0)
        (*out)->store = reel_store_ref(store);
    return end_create(out, rc, &e, err);
}

void reel_output_close(reel_output **output)
{
    reel_output *o = output ? *output : NULL;
    if (!o)
        return;
    *output = NULL;
    rl_output_end(o, REEL_ERR_CANCELLED); /* does nothing when a task has ended it */
    if (o->fd >= 0)
        close(o->fd);
    reel_store_unref(&o->store);
    reel_ctx *ctx = o->ctx;
    rl_free(o->env, o->path);
    rl_free(o->env, o);
    reel_ctx_unref(&ctx);
}

const char *rl_output_path(const reel_output *o)
{
    return o->kind == TO_PATH ? o->path : NULL;
}

int rl_output_check_input(const reel_output *o, int in_fd, reel_error *err)
{
    struct stat in, to;
    if (fstat(in_fd, &in) != 0)
        return rl_err_errno(err, errno, STEP, "cannot look at the input");
    if (!(o->kind == TO_PATH && stat(o->path, &to) == 0) && !(o->kind == TO_FD && fstat(o->fd, &to) == 0))
        return 0;
    if (in.st_dev != to.st_dev || in.st_ino != to.st_ino)
        return 0;
    return rl_err(err, REEL_ERR_SAME_FILE, STEP, "%s is the input itself", o->kind == TO_PATH ? o->path : "the output");
}

void rl_output_sweep(const reel_output *o)
{
    if (o->kind != TO_PATH)
        return;
    const char *slash = strrchr(o->path, '/');
    const char *name = slash ? slash + 1 : o->path;
    char folder[4096];
    int n = snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - o->path) + 1 : 1, slash ? o->path : ".");
    DIR *dir = n > 0 && (size_t)n < sizeof(folder) ? opendir(folder) : NULL;
    if (!dir)
        return;
    const struct dirent *entry;
    size_t len = strlen(name);
    while ((entry = readdir(dir))) { /* .NAME.XXXXXX.tmp, see rl_publish */
        const char *d = entry->d_name;
        if (d[0] == '.' && strlen(d) == len + 12 && memcmp(d + 1, name, len) == 0 && d[1 + len] == '.' &&
            strcmp(d + len + 8, ".tmp") == 0)
            unlinkat(dirfd(dir), d, 0);
    }
    closedir(dir);
}

int rl_output_begin(reel_output *o, int *fd, reel_error *err)
{
    if (o->kind == TO_PATH) {
        int rc = rl_publish_begin(&o->publish, o->env, o->path, err);
        *fd = o->publish.fd;
        return rc;
    }
    o->temp = rl_temp_fd(o->env, o->env->temp_dir);
    if (o->temp < 0) {
        int rc = rl_err_errno(err, -o->temp, STEP, "cannot make a temporary file in %s", o->env->temp_dir);
        o->temp = -1;
        return rc;
    }
    *fd = o->temp;
    return 0;
}

static int wait_writable(int fd, const struct rl_output_stop *stop)
{
    for (;;) {
        if (stop->cancelled(stop->user))
            return -ECANCELED;
        struct pollfd p = { .fd = fd, .events = POLLOUT };
        int n = poll(&p, 1, POLL_MS);
        if (n > 0 || (n < 0 && errno != EINTR))
            return 0; /* ready, or the write will say what is wrong */
    }
}

static int write_piece(reel_output *o, const uint8_t *data, size_t size, bool slow, const struct rl_output_stop *stop,
                       reel_error *err)
{
    int rc = 0;
    if (o->kind == TO_CALLBACKS) {
        rc = o->callbacks.write(o->callbacks.user, data, size);
        return rc < 0 ? rl_err(err, rc, STEP, "the host's write callback failed") : 0;
    }
    for (size_t done = 0; done < size && rc == 0;) {
        size_t piece = slow && size - done > PIPE_PIECE ? PIPE_PIECE : size - done;
        if (slow)
            rc = wait_writable(o->fd, stop);
        if (rc == 0)
            rc = rl_write(o->env, o->fd, data + done, piece);
        done += piece;
    }
    if (rc == -ECANCELED)
        return rl_err(err, REEL_ERR_CANCELLED, STEP, "cancelled");
    return rc < 0 ? rl_err_errno(err, -rc, STEP, "cannot write to the output") : 0;
}

static int copy_out(reel_output *o, const struct rl_output_stop *stop, reel_error *err)
{
    struct stat st;
    bool slow = o->kind == TO_FD && fstat(o->fd, &st) == 0 && !S_ISREG(st.st_mode);
    uint8_t *piece = rl_alloc(o->env, PIECE);
    if (!piece)
        return rl_err_nomem(err, STEP);
    int rc = 0;
    int64_t at = 0, got = 0;
    for (; rc == 0; at += got) {
        if (stop->cancelled(stop->user)) {
            rc = rl_err(err, REEL_ERR_CANCELLED, STEP, "cancelled");
            break;
        }
        got = rl_pread(o->env, o->temp, piece, PIECE, at);
        if (got < 0)
            rc = rl_err_errno(err, (int)-got, STEP, "cannot read the finished file back");
        if (got <= 0)
            break;
        rc = write_piece(o, piece, (size_t)got, slow, stop, err);
    }
    if (rc == 0 && o->kind == TO_FD && !slow && (rc = rl_sync(o->env, o->fd)) < 0)
        rc = rl_err_errno(err, -rc, STEP, "cannot sync the output");
    rl_free(o->env, piece);
    return rc;
}

int rl_output_publish(reel_output *o, const struct rl_output_stop *stop, reel_error *err)
{
    uint8_t digest[REEL_DIGEST_SIZE];
    int rc;
    if (o->kind == TO_PATH)
        rc = rl_publish_commit(&o->publish, o->env, err);
    else if (o->kind == TO_STORE)
        rc = reel_store_put_fd(o->store, o->temp, digest, err);
    else
        rc = copy_out(o, stop, err);
    o->written = rc == 0;
    return rc;
}

void rl_output_end(reel_output *o, int code)
{
    if (o->ended)
        return;
    o->ended = true;
    rl_publish_abort(&o->publish, o->env);
    if (o->temp >= 0)
        close(o->temp);
    o->temp = -1;
    if (o->kind == TO_CALLBACKS && o->callbacks.finish)
        o->callbacks.finish(o->callbacks.user, o->written ? 0 : code);
}
