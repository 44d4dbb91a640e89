/* What may be removed in the folder of a store: the entries that dir.c makes, known by their names, and no others. */
#include "sweep.h"

#include "../base/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TEMP_AGE = 24 * 60 * 60 /* s; a writer that is alive touches its file more often */ };

static bool is_hex(const char *name, size_t digits)
{
    return strlen(name) == digits && strspn(name, "0123456789abcdef") == digits;
}

/* As rl_create_temp makes them. */
static bool is_temp(const char *name)
{
    return strspn(name, "abcdefghijklmnopqrstuvwxyz012345") == 6 && strcmp(name + 6, ".tmp") == 0;
}

static bool is_blob(const char *name)
{
    return is_hex(name, RL_HEX_SIZE - 1 - 2);
}

/* The folder `name` to read from; links are not followed. NULL and errno. */
static DIR *open_dir(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !dir) {
        int saved = errno;
        close(fd);
        errno = saved;
    }
    return dir;
}

/* Nothing there, or something that no store has made: not ours to remove, and no failure. */
static int unless_foreign(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP ? 0 : -error;
}

/* Removes the files that `ours` knows, then the folder if it is empty. 0 or -errno. */
static int erase_files(int folder, const char *name, bool (*ours)(const char *name))
{
    DIR *dir = open_dir(folder, name);
    if (!dir)
        return unless_foreign(errno);
    int rc = 0;
    for (const struct dirent *e; rc == 0 && (e = readdir(dir));) {
        if (ours(e->d_name) && unlinkat(dirfd(dir), e->d_name, 0) != 0 && errno != ENOENT && errno != EISDIR)
            rc = -errno;
    }
    closedir(dir);
    if (rc == 0 && unlinkat(folder, name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY && errno != EEXIST)
        rc = unless_foreign(errno);
    return rc;
}

int rl_store_dir_erase(int folder, const char *name)
{
    DIR *dir = open_dir(folder, name);
    if (!dir)
        return unless_foreign(errno);
    int rc = 0;
    for (const struct dirent *e; rc == 0 && (e = readdir(dir));) {
        if (strcmp(e->d_name, "tmp") == 0)
            rc = erase_files(dirfd(dir), "tmp", is_temp);
        else if (is_hex(e->d_name, 2))
            rc = erase_files(dirfd(dir), e->d_name, is_blob);
    }
    closedir(dir);
    if (rc == 0 && unlinkat(folder, name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY && errno != EEXIST)
        rc = unless_foreign(errno);
    return rc;
}

void rl_store_dir_sweep(int store)
{
    DIR *dir = open_dir(store, "tmp");
    if (!dir)
        return;
    time_t now = time(NULL);
    struct stat st;
    for (const struct dirent *e; (e = readdir(dir));) {
        if (is_temp(e->d_name) && fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode) && st.st_mtime < now - TEMP_AGE)
            unlinkat(dirfd(dir), e->d_name, 0);
    }
    closedir(dir);
}
