/*
 * Files and descriptors. EINTR is retried, short reads and writes are continued; the fault hook is asked once per
 * system call. Functions return 0 or a negative code with err filled, unless they say otherwise.
 */
#ifndef RL_BASE_IO_H
#define RL_BASE_IO_H

#include "env.h"
#include "err.h"

/* Up to size bytes at an offset; returns how many (less only at the end), or -errno. Never moves the offset. */
int64_t rl_pread(const struct rl_env *env, int fd, void *buffer, size_t size, int64_t offset);
/* Reads the next bytes of a stream, once: >0, 0 at the end, or -errno. */
int64_t rl_read(const struct rl_env *env, int fd, void *buffer, size_t size);
/* All bytes: 0 or -errno. */
int rl_write(const struct rl_env *env, int fd, const void *data, size_t size);
int rl_pwrite(const struct rl_env *env, int fd, const void *data, size_t size, int64_t offset);
/* fsync: 0 or -errno. */
int rl_sync(const struct rl_env *env, int fd);
/* fsync of the folder that holds path: 0 or -errno. */
int rl_sync_folder(const struct rl_env *env, const char *path);

/* An unnamed file (O_TMPFILE, else mkstemp and unlink) in a folder: fd or -errno. */
int rl_temp_fd(const struct rl_env *env, const char *folder);

/* A new file, mode 0666 as the umask leaves it. `name`, under the folder `dir` (AT_FDCWD: as it stands), ends with
 * "XXXXXX.tmp"; the X are replaced. fd open for reading and writing, or -errno. */
int rl_create_temp(const struct rl_env *env, int dir, char *name);

/* A named file that replaces `path` when it is complete: `.NAME.XXXXXX.tmp` beside it, then sync, rename, sync the
 * folder. */
struct rl_publish {
    int fd; /* to write to */
    char *temp;
    char *path;
};
int rl_publish_begin(struct rl_publish *p, const struct rl_env *env, const char *path, reel_error *err);
int rl_publish_commit(struct rl_publish *p, const struct rl_env *env, reel_error *err); /* ends it either way */
void rl_publish_abort(struct rl_publish *p, const struct rl_env *env); /* fine on a zeroed or ended one */

/* Whole small file into memory (at most max bytes): the caller frees *data with rl_free. A 0 that is not counted
 * follows. */
int rl_read_file(const struct rl_env *env, const char *path, size_t max, char **data, size_t *size, reel_error *err);

#endif
