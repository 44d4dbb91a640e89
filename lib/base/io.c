#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel moves at most 2 GiB - 4 KiB in one call; this keeps it, and ssize_t, out of the way. */
#define PIECE ((size_t)1 << 30)

/* What a system call that returned -1 means: true to try again. A descriptor that does not block is waited for. */
static bool again(int fd, short events)
{
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    struct pollfd p = { .fd = fd, .events = events };
    while (poll(&p, 1, -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

/* Asks the hook before a call: true when the call is to be made, else errno is set. */
static bool allowed(const struct rl_env *env, int32_t op)
{
    int fault = rl_fault(env, op);
    if (fault != 0)
        errno = fault;
    return fault == 0;
}

int64_t rl_pread(const struct rl_env *env, int fd, void *buffer, size_t size, int64_t offset)
{
    size_t done = 0;

    while (done < size) {
        size_t piece = size - done < PIECE ? size - done : PIECE;
        ssize_t n = allowed(env, REEL_FAULT_READ)
            ? pread(fd, (char *)buffer + done, piece, (off_t)(offset + (int64_t)done)) : -1;
        if (n == 0)
            break;
        if (n > 0)
            done += (size_t)n;
        else if (!again(fd, POLLIN))
            return -errno;
    }
    return (int64_t)done;
}

int64_t rl_read(const struct rl_env *env, int fd, void *buffer, size_t size)
{
    for (;;) {
        ssize_t n = allowed(env, REEL_FAULT_READ) ? read(fd, buffer, size < PIECE ? size : PIECE) : -1;
        if (n >= 0)
            return n;
        if (!again(fd, POLLIN))
            return -errno;
    }
}

int rl_write(const struct rl_env *env, int fd, const void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        size_t piece = size - done < PIECE ? size - done : PIECE;
        ssize_t n = allowed(env, REEL_FAULT_WRITE) ? write(fd, (const char *)data + done, piece) : -1;
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return -EIO; /* a device that takes nothing and says nothing */
        else if (!again(fd, POLLOUT))
            return -errno;
    }
    return 0;
}

int rl_pwrite(const struct rl_env *env, int fd, const void *data, size_t size, int64_t offset)
{
    for (size_t done = 0; done < size;) {
        size_t piece = size - done < PIECE ? size - done : PIECE;
        ssize_t n = allowed(env, REEL_FAULT_WRITE)
            ? pwrite(fd, (const char *)data + done, piece, (off_t)(offset + (int64_t)done)) : -1;
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return -EIO;
        else if (!again(fd, POLLOUT))
            return -errno;
    }
    return 0;
}

int rl_sync(const struct rl_env *env, int fd)
{
    for (;;) {
        if (allowed(env, REEL_FAULT_SYNC) && fsync(fd) == 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

int rl_sync_folder(const struct rl_env *env, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    char *folder = rl_alloc(env, length + 2);
    if (!folder)
        return -ENOMEM;
    memcpy(folder, path, length);
    if (length == 0)
        folder[length++] = slash ? '/' : '.';
    folder[length] = 0;

    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -errno : rl_sync(env, fd);
    if (rc == -EINVAL)
        rc = 0; /* a file system whose folders cannot be synced, and need not be */
    if (fd >= 0)
        close(fd);
    rl_free(env, folder);
    return rc;
}

int rl_temp_fd(const struct rl_env *env, const char *folder)
{
    static const char name[] = "/.reel-XXXXXX";

    if (!allowed(env, REEL_FAULT_WRITE))
        return -errno;
#ifdef O_TMPFILE
    int unnamed = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (unnamed >= 0)
        return unnamed;
    /* How file systems and kernels without it answer; anything else would fail below too. */
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOSYS)
        return -errno;
#endif
    size_t length = strlen(folder);
    char *path = rl_alloc(env, length + sizeof(name));
    if (!path)
        return -ENOMEM;
    memcpy(path, folder, length);
    memcpy(path + length, name, sizeof(name));
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        fd = -errno;
    else
        unlink(path);
    rl_free(env, path);
    return fd;
}

int rl_read_file(const struct rl_env *env, const char *path, size_t max, char **data, size_t *size, reel_error *err)
{
    struct stat st;
    int rc = 0;

    *data = NULL;
    *size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return rl_err_errno(err, errno, "file", "%s", path);
    if (fstat(fd, &st) < 0) {
        rc = rl_err_errno(err, errno, "file", "%s", path);
    } else if (!S_ISREG(st.st_mode)) {
        rc = rl_err(err, REEL_ERR_INVALID_ARG, "file", "%s is not a regular file", path);
    } else if ((uint64_t)st.st_size > max) {
        rc = rl_err(err, REEL_ERR_INVALID_DATA, "file", "%s has %lld bytes, at most %zu are allowed", path,
                    (long long)st.st_size, max);
    } else {
        char *text = rl_alloc(env, (size_t)st.st_size + 1);
        int64_t got = text ? rl_pread(env, fd, text, (size_t)st.st_size, 0) : 0;
        if (!text) {
            rc = rl_err_nomem(err, "file");
        } else if (got < 0) {
            rc = rl_err_errno(err, (int)-got, "file", "%s", path);
            rl_free(env, text);
        } else {
            text[got] = 0;
            *data = text;
            *size = (size_t)got;
        }
    }
    close(fd);
    return rc;
}
