/* A file that appears under its name only when it is complete and durable. */
#include "io.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP "publish"
#define TAIL ".XXXXXX.tmp"
#define NAME_BYTES 255 /* of one component, on every file system we know */

/* PATH/.NAME.XXXXXX.tmp; a name that would get too long is cut. NULL when out of memory. */
static char *temp_name(const struct rl_env *env, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    size_t name = strlen(path + folder);
    size_t most = NAME_BYTES - 1 - strlen(TAIL);
    char *temp = rl_alloc(env, folder + 1 + name + sizeof(TAIL));

    if (!temp)
        return NULL;
    memcpy(temp, path, folder);
    temp[folder] = '.';
    name = name < most ? name : most;
    memcpy(temp + folder + 1, path + folder, name);
    temp[folder + 1 + name] = 0;
    rl_utf8_trim(temp);
    memcpy(temp + strlen(temp), TAIL, sizeof(TAIL));
    return temp;
}

int rl_create_temp(const struct rl_env *env, int dir, char *name)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz012345";
    char *x = name + strlen(name) - strlen("XXXXXX.tmp");

    int fault = rl_fault(env, REEL_FAULT_WRITE);
    if (fault != 0)
        return -fault;
    for (int tries = 0; tries < 100; tries++) {
        uint32_t random;
        if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
            random = (uint32_t)getpid() * 2654435761u + (uint32_t)tries * 40503u; /* O_EXCL does the rest */
        for (int i = 0; i < 6; i++, random >>= 5)
            x[i] = digits[random & 31];
        int fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            return -errno;
    }
    return -EEXIST;
}

int rl_publish_begin(struct rl_publish *p, const struct rl_env *env, const char *path, reel_error *err)
{
    struct stat st;
    int rc;

    *p = (struct rl_publish){ .fd = -1 };
    /* A rename over a device or a folder would fail late, or worse, succeed. */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return rl_err(err, REEL_ERR_INVALID_ARG, STEP, "%s is not a regular file", path);

    p->path = rl_strdup(env, path);
    p->temp = p->path ? temp_name(env, path) : NULL;
    if (!p->temp) {
        rc = rl_err_nomem(err, STEP);
        goto fail;
    }
    int fd = rl_create_temp(env, AT_FDCWD, p->temp);
    if (fd < 0) {
        rc = rl_err_errno(err, -fd, STEP, "creating a file beside %s", path);
        rl_free(env, p->temp); /* not ours to unlink */
        p->temp = NULL;
        goto fail;
    }
    p->fd = fd;
    return 0;

fail:
    rl_publish_abort(p, env);
    return rc;
}

int rl_publish_commit(struct rl_publish *p, const struct rl_env *env, reel_error *err)
{
    int code = 0;
    int rc = rl_sync(env, p->fd);
    if (rc < 0)
        code = rl_err_errno(err, -rc, STEP, "syncing %s", p->path);
    /* NFS and quotas may speak up only here. */
    if (close(p->fd) < 0 && errno != EINTR && code == 0)
        code = rl_err_errno(err, errno, STEP, "closing %s", p->path);
    p->fd = -1;
    if (code == 0) {
        int fault = rl_fault(env, REEL_FAULT_WRITE);
        if (fault != 0 || rename(p->temp, p->path) < 0) {
            code = rl_err_errno(err, fault ? fault : errno, STEP, "renaming to %s", p->path);
        } else {
            rl_free(env, p->temp);
            p->temp = NULL;
            rc = rl_sync_folder(env, p->path);
            if (rc < 0)
                code = rl_err_errno(err, -rc, STEP, "syncing the folder of %s", p->path);
        }
    }
    rl_publish_abort(p, env);
    return code;
}

void rl_publish_abort(struct rl_publish *p, const struct rl_env *env)
{
    if (!p->path)
        return;
    if (p->fd >= 0)
        close(p->fd);
    if (p->temp)
        unlink(p->temp);
    rl_free(env, p->temp);
    rl_free(env, p->path);
    *p = (struct rl_publish){ .fd = -1 };
}
