/* Copies of what cannot be read by position: an unnamed file in the folder for temporary files, or sealed memory. */
#include "input.h"

#include "../base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define STEP "input"
#define PIECE ((size_t)256 << 10)

/* Where the next bytes come from: > 0, 0 at the end, or a negative code with err filled. */
typedef int64_t (*source_fn)(const struct rl_env *env, const void *source, void *buffer, size_t size,
                             reel_error *err);

static int64_t from_stream(const struct rl_env *env, const void *source, void *buffer, size_t size, reel_error *err)
{
    int64_t got = rl_read(env, *(const int *)source, buffer, size);

    return got < 0 ? rl_err_errno(err, (int)-got, STEP, "reading the input") : got;
}

static int64_t from_callbacks(const struct rl_env *env, const void *source, void *buffer, size_t size,
                              reel_error *err)
{
    const reel_input_callbacks *callbacks = source;
    int fault = rl_fault(env, REEL_FAULT_READ);

    if (fault != 0)
        return rl_err_errno(err, fault, STEP, "reading the input");
    int64_t got = callbacks->read(callbacks->user, buffer, size);
    if (got > (int64_t)size)
        return rl_err(err, REEL_ERR_INVALID_ARG, STEP, "the read callback says it read %lld bytes into %zu",
                      (long long)got, size);
    if (got >= 0)
        return got;
    int code = got <= REEL_ERR_USER && got >= INT32_MIN ? (int)got : REEL_ERR_IO;
    rl_err(err, code, STEP, "the read callback failed with %lld", (long long)got);
    rl_err_upstream(err, "callback", got);
    return code;
}

/* All of a source into an unnamed file: its descriptor or a code. */
static int spool(const struct rl_env *env, source_fn next, const void *source, uint64_t *size, reel_error *err)
{
    uint64_t total = 0;
    int64_t got;
    int rc = 0;
    int fd = rl_temp_fd(env, env->temp_dir);
    if (fd < 0)
        return rl_err_errno(err, -fd, STEP, "a temporary file in %s", env->temp_dir);
    uint8_t *buffer = rl_alloc(env, PIECE);
    if (!buffer)
        rc = rl_err_nomem(err, STEP);

    while (rc == 0 && (got = next(env, source, buffer, PIECE, err)) != 0) {
        if (got < 0) {
            rc = (int)got;
            break;
        }
        total += (uint64_t)got;
        if (total > env->limits.input_bytes) {
            rc = rl_err(err, REEL_ERR_LIMIT_INPUT, STEP, "the input has more bytes than the limit input_bytes, %llu",
                        (unsigned long long)env->limits.input_bytes);
            break;
        }
        int wrote = rl_write(env, fd, buffer, (size_t)got);
        if (wrote < 0)
            rc = rl_err_errno(err, -wrote, STEP, "spooling the input to %s", env->temp_dir);
    }
    rl_free(env, buffer);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    *size = total;
    return fd;
}

int rl_spool_stream(const struct rl_env *env, int fd, uint64_t *size, reel_error *err)
{
    return spool(env, from_stream, &fd, size, err);
}

int rl_spool_callbacks(const struct rl_env *env, const reel_input_callbacks *callbacks, uint64_t *size,
                       reel_error *err)
{
    int fd = rl_input_check_size(env, callbacks->size_hint, err);

    if (fd >= 0)
        fd = spool(env, from_callbacks, callbacks, size, err);
    if (callbacks->close)
        callbacks->close(callbacks->user);
    return fd;
}

int rl_spool_memory(const struct rl_env *env, const void *data, size_t size, reel_error *err)
{
    /* Sealed, the copy cannot change or shrink under a reader in another process. */
    bool sealed = true;
    int fd = memfd_create("reel-input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        sealed = false;
        fd = rl_temp_fd(env, env->temp_dir);
        if (fd < 0)
            return rl_err_errno(err, -fd, STEP, "a temporary file in %s", env->temp_dir);
    }
    int rc = rl_write(env, fd, data, size);
    if (rc < 0) {
        rc = rl_err_errno(err, -rc, STEP, "copying the input");
    } else if (sealed && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0) {
        rc = rl_err_errno(err, errno, STEP, "sealing the copy of the input");
    }
    if (rc < 0) {
        close(fd);
        return rc;
    }
    return fd;
}
