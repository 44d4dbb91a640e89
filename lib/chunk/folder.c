#include "folder.h"

#include "../base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A killed process holds its locks until the kernel has taken down all of its memory: a moment, and we wait for it. */
enum { LOCK_TRIES = 16, PAUSE = 20000 /* us */ };

static const char mark[] = "libreel journal\n"; /* in the lock of a folder that is ours */

/* Whoever finishes removes the lock and the folder, perhaps between our open and our flock: then we hold the lock of a
 * file that nobody will meet any more. 1 when the lock is the one in the folder under that path. */
static int lock_is_current(const char *path, int folder, int lock)
{
    struct stat held, named, open_folder, named_folder;
    if (fstat(lock, &held) != 0 || fstat(folder, &open_folder) != 0)
        return -errno;
    if (fstatat(folder, "lock", &named, 0) != 0 || stat(path, &named_folder) != 0)
        return errno == ENOENT ? 0 : -errno;
    return held.st_dev == named.st_dev && held.st_ino == named.st_ino && open_folder.st_dev == named_folder.st_dev &&
           open_folder.st_ino == named_folder.st_ino;
}

static int open_lock(struct rl_folder *f)
{
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    f->lock = openat(f->fd, "lock", flags | O_EXCL, 0666);
    f->made_lock = f->lock >= 0;
    if (f->lock < 0 && errno == EEXIST)
        f->lock = openat(f->fd, "lock", flags, 0666);
    return f->lock < 0 ? -errno : 0;
}

/* 1 when it is taken, 0 when somebody was taking it down and another try may help, or -errno. */
static int try_lock(struct rl_folder *f, const char *path)
{
    *f = (struct rl_folder){ .fd = -1, .lock = -1 };
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return -errno;
    f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0)
        return errno == ENOENT ? 0 : -errno;
    int rc = open_lock(f);
    if (rc < 0) {
        rc = rc == -ENOENT ? 0 : rc;
        goto fail;
    }
    while ((rc = flock(f->lock, LOCK_EX | LOCK_NB)) != 0 && errno == EINTR)
        ;
    if (rc != 0) {
        rc = -errno;
        goto fail;
    }
    rc = lock_is_current(path, f->fd, f->lock);
    if (rc > 0)
        return rc;
fail:
    if (f->lock >= 0)
        close(f->lock);
    close(f->fd);
    f->fd = f->lock = -1;
    return rc;
}

int rl_folder_lock(struct rl_folder *folder, const char *path, reel_error *err)
{
    int rc = 0;
    for (int i = 0; i < LOCK_TRIES && (rc == 0 || rc == -EWOULDBLOCK); i++) {
        if (rc != 0)
            usleep(PAUSE);
        rc = try_lock(folder, path);
    }
    if (rc > 0)
        return 0;
    if (rc == 0 || rc == -EWOULDBLOCK)
        return rl_err(err, REEL_ERR_BUSY, "journal", "another run is at it: %s is locked", path);
    if (rc == -ENOTDIR || rc == -EEXIST)
        return rl_err_errno(err, -rc, "journal", "%s is in the way of the journal's folder", path);
    return rl_err_errno(err, -rc, "journal", "cannot lock %s", path);
}

/* 1 there, 0 not, or -errno. */
static int has(int folder, const char *name)
{
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return 1;
    return errno == ENOENT ? 0 : -errno;
}

/* Sets the mark so that it outlives a power cut: the file, its name, and the name of the folder. 0 or -errno. */
static int set_mark(const struct rl_folder *folder, const struct rl_env *env)
{
    int rc = rl_pwrite(env, folder->lock, mark, sizeof(mark) - 1, 0);
    if (rc == 0)
        rc = rl_sync(env, folder->lock);
    if (rc == 0)
        rc = rl_sync(env, folder->fd);
    if (rc < 0)
        return rc;
    int parent = openat(folder->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return errno == EACCES ? 0 : -errno; /* one that may be passed but not read cannot be synced */
    rc = rl_sync(env, parent);
    close(parent);
    return rc;
}

int rl_folder_claim(const struct rl_folder *folder, const struct rl_env *env, const char *path, bool has_journal,
                    reel_error *err)
{
    char text[sizeof(mark)];
    int64_t size = rl_pread(env, folder->lock, text, sizeof(text), 0);
    if (size < 0)
        return rl_err_errno(err, (int)-size, "journal", "cannot read %s/lock", path);
    if (size == sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0)
        return 0;
    int rc = 0;
    bool foreign = size >= (int64_t)sizeof(mark); /* shorter ones are those of a run that was killed at this place */
    if (!foreign && !has_journal) {
        rc = has(folder->fd, "journal");
        if (rc == 0)
            rc = has(folder->fd, "chunks");
        foreign = rc > 0;
    }
    if (foreign)
        return rl_err(err, REEL_ERR_EXISTS, "journal", "%s has files that are none of a journal: it is not used", path);
    if (rc == 0)
        rc = set_mark(folder, env);
    return rc < 0 ? rl_err_errno(err, -rc, "journal", "cannot take %s", path) : 0;
}
