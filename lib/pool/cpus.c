/* How many CPUs there are for us, and holding a thread to some of them. */
#include "pool.h"

#include "../base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CPUS = 4096, SHORT = 128, LONG = 16 * 1024 };

/* The set of CPUs that the calling thread may use; NULL when the system does not say. Free with CPU_FREE. */
static cpu_set_t *allowed_cpus(int *count)
{
    cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
    if (!set)
        return NULL;
    size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
    CPU_ZERO_S(size, set);
    if (sched_getaffinity(0, size, set) != 0) {
        CPU_FREE(set);
        return NULL;
    }
    *count = CPU_COUNT_S(size, set);
    return set;
}

/* The text of a file of the kernel's, whose size stat does not say; false when it is not there or too long. */
static bool read_text(const struct rl_env *env, const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t got = 0;
    int64_t n;
    while ((n = rl_read(env, fd, text + got, size - got)) > 0 && got + (size_t)n < size)
        got += (size_t)n;
    close(fd);
    text[got] = 0;
    return n == 0;
}

/* A whole number, without sign, up to the end or `stop`; what comes behind it, or NULL when it is none. */
static const char *parse_number(const char *text, char stop, long long *number)
{
    char *end;
    if (*text < '0' || *text > '9')
        return NULL;
    errno = 0;
    *number = strtoll(text, &end, 10);
    if (errno != 0 || (*end != 0 && *end != stop))
        return NULL;
    return *end ? end + 1 : end;
}

/* 0 when there is none, as there is in a "-1" for "no quota". */
static long long read_number(const struct rl_env *env, const char *folder, const char *name)
{
    char path[4096 + 64], text[SHORT];
    long long number = 0;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!read_text(env, path, text, sizeof(text)))
        return 0;
    const char *rest = parse_number(text, '\n', &number);
    return rest && !*rest ? number : 0;
}

/* Quota and period, microseconds, to whole CPUs; 0 for "none". */
static int quota_cpus(long long quota, long long period)
{
    if (quota <= 0 || period <= 0)
        return 0;
    long long cpus = quota / period + (quota % period != 0);
    return cpus < MAX_CPUS ? (int)cpus : MAX_CPUS;
}

static int quota_of_folder(const struct rl_env *env, const char *folder, bool v2)
{
    char path[4096 + 64], text[SHORT];
    long long quota = 0, period = 0;
    if (!v2)
        return quota_cpus(read_number(env, folder, "cpu.cfs_quota_us"), read_number(env, folder, "cpu.cfs_period_us"));
    snprintf(path, sizeof(path), "%s/cpu.max", folder);
    if (!read_text(env, path, text, sizeof(text)))
        return 0;
    const char *rest = parse_number(text, ' ', &quota); /* "200000 100000", or "max 100000" */
    rest = rest ? parse_number(rest, '\n', &period) : NULL;
    return rest && !*rest ? quota_cpus(quota, period) : 0;
}

/* A group is bound by the quotas of those above it too: the smallest from the leaf up to the root counts. */
static int quota_of_group(const struct rl_env *env, const char *root, const char *group, bool v2)
{
    char folder[4096];
    int n = snprintf(folder, sizeof(folder), "%s%s", root, strcmp(group, "/") == 0 ? "" : group);
    if (n < 0 || (size_t)n >= sizeof(folder))
        return 0;
    int least = 0;
    for (;;) {
        int cpus = quota_of_folder(env, folder, v2);
        if (cpus > 0 && (least == 0 || cpus < least))
            least = cpus;
        char *slash = strrchr(folder, '/');
        if (strlen(folder) <= strlen(root) || !slash)
            return least;
        *slash = 0;
    }
}

/* One line of /proc/self/cgroup: "0::/path" for v2, "4:cpu,cpuacct:/path" for v1. */
static int quota_of_line(const struct rl_env *env, const char *sys, const char *line)
{
    const char *controllers = strchr(line, ':');
    const char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return 0;
    controllers++;
    size_t len = (size_t)(group - controllers);
    group++;
    if (len == 0)
        return strncmp(line, "0:", 2) == 0 ? quota_of_group(env, sys, group, true) : 0;
    char list[256];
    if (len >= sizeof(list))
        return 0;
    memcpy(list, controllers, len);
    list[len] = 0;
    char *save = NULL;
    for (char *word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
        if (strcmp(word, "cpu") != 0)
            continue;
        char root[4096];
        snprintf(root, sizeof(root), "%s/cpu", sys); /* by custom a link to the folder of the joint mount */
        return quota_of_group(env, root, group, false);
    }
    return 0;
}

int rl_cpu_quota(const struct rl_env *env, const char *proc, const char *sys)
{
    char path[4096], text[LONG];
    snprintf(path, sizeof(path), "%s/self/cgroup", proc);
    if (!read_text(env, path, text, sizeof(text)))
        return 0;
    int least = 0;
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        int cpus = quota_of_line(env, sys, line);
        if (cpus > 0 && (least == 0 || cpus < least))
            least = cpus;
    }
    return least;
}

int rl_cpu_count(const struct rl_env *env)
{
    int count = 1;
    cpu_set_t *set = allowed_cpus(&count);
    if (set)
        CPU_FREE(set);
    int quota = rl_cpu_quota(env, "/proc", "/sys/fs/cgroup");
    if (quota > 0 && quota < count)
        count = quota;
    return count > 0 ? count : 1;
}

void rl_cpu_hold(int count, int first)
{
    int have = 0;
    cpu_set_t *allowed = allowed_cpus(&have);
    if (!allowed)
        return;
    size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
    cpu_set_t *chosen = have > count ? CPU_ALLOC(MAX_CPUS) : NULL;
    if (chosen) {
        CPU_ZERO_S(size, chosen);
        if (first < 0 || first >= MAX_CPUS)
            first = 0;
        for (int i = 0, left = count; i < MAX_CPUS && left > 0; i++) {
            int cpu = (first + i) % MAX_CPUS;
            if (CPU_ISSET_S((size_t)cpu, size, allowed)) {
                CPU_SET_S((size_t)cpu, size, chosen);
                left--;
            }
        }
        (void)sched_setaffinity(0, size, chosen); /* a sandbox may refuse; then we only cost more than asked */
        CPU_FREE(chosen);
    }
    CPU_FREE(allowed);
}
