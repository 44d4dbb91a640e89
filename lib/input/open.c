/* Opening and closing inputs. */
#include "input.h"

#include "../base/opts.h"
#include "../ctx/ctx.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP "input"

int rl_input_check_size(const struct rl_env *env, uint64_t size, reel_error *err)
{
    if (size <= env->limits.input_bytes)
        return 0;
    return rl_err(err, REEL_ERR_LIMIT_INPUT, STEP, "the input has %llu bytes, the limit input_bytes is %llu",
                  (unsigned long long)size, (unsigned long long)env->limits.input_bytes);
}

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a folder";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    case S_IFIFO:
        return "a pipe";
    case S_IFSOCK:
        return "a socket";
    default:
        return "no file";
    }
}

/* Makes the handle around a descriptor, which it takes on success only. `st` is NULL for a copy of ours. */
static int make(reel_input **out, reel_ctx *ctx, int fd, uint64_t size, const struct stat *st, reel_error *err)
{
    reel_input *input = rl_calloc(rl_ctx_env(ctx), 1, sizeof(*input));

    if (!input)
        return rl_err_nomem(err, STEP);
    input->ctx = reel_ctx_ref(ctx);
    input->fd = fd;
    input->size = size;
    if (st) {
        input->foreign = true;
        input->dev = (uint64_t)st->st_dev;
        input->ino = (uint64_t)st->st_ino;
        input->mtime = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    }
    *out = input;
    return 0;
}

/* The same for a copy: closes it on failure. spooled is a descriptor or a code. */
static int make_copy(reel_input **out, reel_ctx *ctx, int spooled, uint64_t size, reel_error *err)
{
    if (spooled < 0)
        return spooled;
    int rc = make(out, ctx, spooled, size, NULL, err);
    if (rc < 0)
        close(spooled);
    return rc;
}

static int open_path(reel_input **out, reel_ctx *ctx, const char *path, reel_error *err)
{
    struct stat st;
    int rc;

    /* Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return rl_err_errno(err, errno, STEP, "%s", path);
    if (fstat(fd, &st) < 0) {
        rc = rl_err_errno(err, errno, STEP, "%s", path);
    } else if (!S_ISREG(st.st_mode)) {
        rc = rl_err(err, REEL_ERR_INVALID_ARG, STEP, "%s is %s, not a regular file", path, kind_of(st.st_mode));
    } else {
        rc = rl_input_check_size(rl_ctx_env(ctx), (uint64_t)st.st_size, err);
        if (rc >= 0)
            rc = make(out, ctx, fd, (uint64_t)st.st_size, &st, err);
    }
    if (rc < 0)
        close(fd);
    return rc;
}

static int open_fd(reel_input **out, reel_ctx *ctx, int fd, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(ctx);
    struct stat st;
    uint64_t size = 0;

    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fstat(fd, &st) < 0)
        return rl_err(err, REEL_ERR_INVALID_ARG, STEP, "%d is not an open descriptor", fd);
    if ((flags & O_ACCMODE) == O_WRONLY)
        return rl_err(err, REEL_ERR_INVALID_ARG, STEP, "the descriptor is not open for reading");
    if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) {
        int spooled = rl_spool_stream(env, fd, &size, err);
        return make_copy(out, ctx, spooled, size, err);
    }
    if (!S_ISREG(st.st_mode))
        return rl_err(err, REEL_ERR_INVALID_ARG, STEP, "the descriptor is %s", kind_of(st.st_mode));
    int rc = rl_input_check_size(env, (uint64_t)st.st_size, err);
    if (rc < 0)
        return rc;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0)
        return rl_err_errno(err, errno, STEP, "duplicating the descriptor");
    rc = make(out, ctx, own, (uint64_t)st.st_size, &st, err);
    if (rc < 0)
        close(own);
    return rc;
}

static int open_memory(reel_input **out, reel_ctx *ctx, const void *data, size_t size, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(ctx);
    int rc = rl_input_check_size(env, size, err);

    return rc < 0 ? rc : make_copy(out, ctx, rl_spool_memory(env, data, size, err), size, err);
}

static int open_callbacks(reel_input **out, reel_ctx *ctx, const reel_input_callbacks *callbacks, reel_error *err)
{
    reel_input_callbacks own;
    uint64_t size = 0;
    int rc = rl_opts_in(&own, sizeof(own), callbacks, RL_SIZE_TO(reel_input_callbacks, size_hint),
                        "reel_input_callbacks", err);
    if (rc < 0)
        return rc;
    if (!own.read)
        return rl_err(err, REEL_ERR_INVALID_ARG, STEP, "reel_input_callbacks: read is required");
    int spooled = rl_spool_callbacks(rl_ctx_env(ctx), &own, &size, err);
    return make_copy(out, ctx, spooled, size, err);
}

/* What all public openers begin and end with. */
static int begin(reel_input **out, reel_ctx *ctx, const void *needed, const char *name, reel_error *e)
{
    if (out)
        *out = NULL;
    return out && ctx && needed ? 0 : rl_err_null(e, STEP, !out ? "out" : !ctx ? "ctx" : name);
}

static int end(int rc, const reel_error *e, reel_error *err)
{
    if (rc < 0)
        rl_err_export(err, e);
    return rc;
}

int reel_input_open_path(reel_input **out, reel_ctx *ctx, const char *path, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = begin(out, ctx, path, "path", &e);

    return end(rc < 0 ? rc : open_path(out, ctx, path, &e), &e, err);
}

int reel_input_open_fd(reel_input **out, reel_ctx *ctx, int fd, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = begin(out, ctx, out, "out", &e);

    return end(rc < 0 ? rc : open_fd(out, ctx, fd, &e), &e, err);
}

int reel_input_open_memory(reel_input **out, reel_ctx *ctx, const void *data, size_t size, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = begin(out, ctx, size > 0 ? data : "", "data", &e);

    return end(rc < 0 ? rc : open_memory(out, ctx, data, size, &e), &e, err);
}

int reel_input_open_callbacks(reel_input **out, reel_ctx *ctx, const reel_input_callbacks *callbacks,
                              reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc = begin(out, ctx, callbacks, "callbacks", &e);

    return end(rc < 0 ? rc : open_callbacks(out, ctx, callbacks, &e), &e, err);
}

void reel_input_close(reel_input **input)
{
    reel_input *in = input ? *input : NULL;

    if (!in)
        return;
    *input = NULL;
    reel_ctx *ctx = in->ctx;
    rl_shape_clear(rl_ctx_env(ctx), &rl_facts_shape, &in->facts);
    close(in->fd);
    rl_free(rl_ctx_env(ctx), in);
    reel_ctx_unref(&ctx);
}
