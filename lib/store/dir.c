/*
 * A directory as a store: DIR/ab/cdef… for the blob abcdef…, DIR/tmp for what is being written. Names are made of hex
 * digits only, and all calls go through the folder's descriptor, so a change of the working directory does not
 * matter.
 */
#include "store.h"

#include "../base/digest.h"
#include "../base/io.h"
#include "sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP "store"
#define TEMP "tmp/XXXXXX.tmp"

struct dir {
    const struct rl_env *env;
    int fd;
    atomic_bool settled[256]; /* the entry of DIR/ab in DIR is known to be durable */
};

struct writer {
    int fd;
    char name[sizeof(TEMP)];
};

struct blob_name {
    char text[RL_HEX_SIZE + 1]; /* "ab/cdef…" */
    char folder[3];
};

static struct blob_name name_of(const uint8_t digest[REEL_DIGEST_SIZE])
{
    struct blob_name name;
    char hex[RL_HEX_SIZE];

    rl_hex(hex, digest);
    memcpy(name.folder, hex, 2);
    name.folder[2] = 0;
    memcpy(name.text, hex, 2);
    name.text[2] = '/';
    memcpy(name.text + 3, hex + 2, RL_HEX_SIZE - 2);
    return name;
}

/* Makes the entry of a blob in its folder durable, and of the folder in DIR: 0 or -errno. */
static int settle(struct dir *dir, const struct blob_name *name, uint8_t folder)
{
    int fd = openat(dir->fd, name->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = rl_sync(dir->env, fd);
    close(fd);
    if (rc == 0 && !atomic_load(&dir->settled[folder])) {
        rc = rl_sync(dir->env, dir->fd);
        if (rc == 0)
            atomic_store(&dir->settled[folder], true);
    }
    return rc;
}

static void drop(struct dir *dir, struct writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    if (w->name[0])
        unlinkat(dir->fd, w->name, 0);
    rl_free(dir->env, w);
}

static int dir_begin(void *user, void **writer, uint64_t hint, reel_error *err)
{
    struct dir *dir = user;
    struct writer *w = rl_alloc(dir->env, sizeof(*w));

    (void)hint;
    *writer = NULL;
    if (!w)
        return rl_err_nomem(err, STEP);
    memcpy(w->name, TEMP, sizeof(TEMP));
    w->fd = rl_create_temp(dir->env, dir->fd, w->name);
    if (w->fd < 0) {
        int rc = rl_err_errno(err, -w->fd, STEP, "creating a file in the store's tmp");
        rl_free(dir->env, w);
        return rc;
    }
    *writer = w;
    return 0;
}

static int dir_write(void *user, void *writer, const void *data, size_t size, reel_error *err)
{
    struct dir *dir = user;
    struct writer *w = writer;
    int rc = rl_write(dir->env, w->fd, data, size);

    return rc < 0 ? rl_err_errno(err, -rc, STEP, "writing a blob") : 0;
}

static int dir_commit(void *user, void *writer, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    struct dir *dir = user;
    struct writer *w = writer;
    struct blob_name name = name_of(digest);
    int code = 0;

    int rc = rl_sync(dir->env, w->fd);
    if (rc < 0)
        code = rl_err_errno(err, -rc, STEP, "syncing a blob");
    int closed = close(w->fd);
    w->fd = -1;
    if (code == 0 && closed < 0 && errno != EINTR)
        code = rl_err_errno(err, errno, STEP, "closing a blob");
    if (code == 0 && mkdirat(dir->fd, name.folder, 0777) < 0 && errno != EEXIST)
        code = rl_err_errno(err, errno, STEP, "making the folder %s of the store", name.folder);
    if (code == 0) {
        /* Whoever else puts the same blob puts the same bytes: the last rename wins and changes nothing. */
        int fault = rl_fault(dir->env, REEL_FAULT_WRITE);
        if (fault != 0 || renameat(dir->fd, w->name, dir->fd, name.text) < 0)
            code = rl_err_errno(err, fault ? fault : errno, STEP, "publishing a blob");
        else
            w->name[0] = 0;
    }
    if (code == 0 && (rc = settle(dir, &name, digest[0])) < 0)
        code = rl_err_errno(err, -rc, STEP, "syncing the folder %s of the store", name.folder);
    drop(dir, w);
    return code;
}

static void dir_abort(void *user, void *writer)
{
    drop(user, writer);
}

int rl_store_dir_fd(void *user, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    struct dir *dir = user;
    struct blob_name name = name_of(digest);
    struct stat st;

    int fd = openat(dir->fd, name.text, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return rl_err_errno(err, errno, STEP, "the blob %s", name.text);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return rl_err(err, REEL_ERR_CORRUPT, STEP, "the blob %s is not a regular file", name.text);
    }
    return fd;
}

static int dir_stat(void *user, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t *size, reel_error *err)
{
    struct dir *dir = user;
    struct blob_name name = name_of(digest);
    struct stat st;

    if (fstatat(dir->fd, name.text, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return rl_err_errno(err, errno, STEP, "the blob %s", name.text);
    if (!S_ISREG(st.st_mode))
        return rl_err(err, REEL_ERR_CORRUPT, STEP, "the blob %s is not a regular file", name.text);
    *size = (uint64_t)st.st_size;
    return 0;
}

static int dir_read(void *user, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t offset, void *buffer, size_t capacity,
                    size_t *got, reel_error *err)
{
    struct dir *dir = user;

    *got = 0;
    int fd = rl_store_dir_fd(user, digest, err);
    if (fd < 0)
        return fd;
    int64_t n = offset > INT64_MAX - capacity ? 0 : rl_pread(dir->env, fd, buffer, capacity, (int64_t)offset);
    close(fd);
    if (n < 0)
        return rl_err_errno(err, (int)-n, STEP, "reading a blob");
    *got = (size_t)n;
    return 0;
}

static int dir_remove(void *user, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    struct dir *dir = user;
    struct blob_name name = name_of(digest);

    if (unlinkat(dir->fd, name.text, 0) < 0)
        return rl_err_errno(err, errno, STEP, "the blob %s", name.text);
    return 0;
}

static void dir_destroy(void *user)
{
    struct dir *dir = user;

    close(dir->fd);
    rl_free(dir->env, dir);
}

int rl_store_dir_settle(void *user, const uint8_t digest[REEL_DIGEST_SIZE])
{
    struct blob_name name = name_of(digest);

    return settle(user, &name, digest[0]);
}

/* mkdir -p, each new entry made durable; path is changed and put back. 0 or -errno. */
static int make_folders(const struct rl_env *env, char *path)
{
    int rc = 0;
    for (char *slash = strchr(path + 1, '/'); rc == 0 && slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0777) == 0) /* what fails here fails below too */
            rc = rl_sync_folder(env, path);
        *slash = '/';
    }
    if (rc == 0 && mkdir(path, 0777) == 0)
        rc = rl_sync_folder(env, path);
    else if (rc == 0 && errno != EEXIST)
        rc = -errno;
    return rc;
}

static int open_folder(const struct rl_env *env, const char *path, reel_error *err)
{
    char *own = rl_strdup(env, path);
    if (!own)
        return rl_err_nomem(err, STEP);
    int rc = make_folders(env, own);
    rl_free(env, own);
    if (rc < 0)
        return rl_err_errno(err, -rc, STEP, "making the folder %s", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return rl_err_errno(err, errno, STEP, "%s", path);
    if (mkdirat(fd, "tmp", 0777) < 0 && errno != EEXIST) {
        rc = rl_err_errno(err, errno, STEP, "making the folder %s/tmp", path);
        close(fd);
        return rc;
    }
    rl_store_dir_sweep(fd);
    return fd;
}

int rl_store_dir(reel_store_backend *backend, const struct rl_env *env, const char *path, reel_error *err)
{
    struct dir *dir = rl_calloc(env, 1, sizeof(*dir));

    if (!dir)
        return rl_err_nomem(err, STEP);
    dir->env = env;
    dir->fd = open_folder(env, path, err);
    if (dir->fd < 0) {
        int rc = dir->fd;
        rl_free(env, dir);
        return rc;
    }
    *backend = (reel_store_backend){
        .size = sizeof(*backend),
        .user = dir,
        .name = "dir",
        .begin = dir_begin,
        .write = dir_write,
        .commit = dir_commit,
        .abort = dir_abort,
        .stat = dir_stat,
        .read = dir_read,
        .remove = dir_remove,
        .destroy = dir_destroy,
    };
    return 0;
}
