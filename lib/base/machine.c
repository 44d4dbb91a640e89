#include "machine.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a small file into text, 0-terminated; false when it is not there. */
static bool read_small(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    size_t got = 0;
    ssize_t n;
    while (got < size - 1 && (n = read(fd, text + got, size - 1 - got)) > 0)
        got += (size_t)n;
    close(fd);
    text[got] = 0;
    return got > 0;
}

/* The number in a limit file; "max", and the huge value with which v1 says the same, are no limit. */
static uint64_t read_limit(const char *path)
{
    char text[64], *end = text;
    uint64_t value = 0;

    if (read_small(path, text, sizeof(text)))
        value = strtoull(text, &end, 10);
    if (end == text)
        return UINT64_MAX;
    return value >= (uint64_t)INT64_MAX / 4096 * 4096 ? UINT64_MAX : value;
}

/* Smallest limit of a group and all above it. Inside a container the path may name groups that cannot be seen: then
 * the visible ones count. */
static uint64_t walk_up(const char *mount, const char *group, const char *file)
{
    char path[1024], at[512];
    uint64_t least = UINT64_MAX;

    snprintf(at, sizeof(at), "%s", group);
    for (;;) {
        int n = snprintf(path, sizeof(path), "%s%s/%s", mount, at, file);
        if (n > 0 && (size_t)n < sizeof(path)) {
            uint64_t limit = read_limit(path);
            least = limit < least ? limit : least;
        }
        char *slash = strrchr(at, '/');
        if (!slash || at[0] == 0)
            return least;
        *slash = 0;
    }
}

/* Is the word in the comma-separated list? */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; at; at = strchr(at, ','), at = at ? at + 1 : NULL) {
        if (strncmp(at, word, length) == 0 && (at[length] == 0 || at[length] == ','))
            return true;
    }
    return false;
}

uint64_t rl_machine_cgroup_memory(const char *root)
{
    char text[4096], path[512], v1[512], v2[512];
    uint64_t least = UINT64_MAX;

    snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
    snprintf(v1, sizeof(v1), "%s/sys/fs/cgroup/memory", root);
    snprintf(v2, sizeof(v2), "%s/sys/fs/cgroup", root);
    if (!read_small(path, text, sizeof(text)))
        return least;

    /* Lines are ID:CONTROLLERS:PATH; v2 has no controllers. */
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        controllers++;
        *group++ = 0;
        if (strcmp(group, "/") == 0)
            group++;
        uint64_t limit = UINT64_MAX;
        if (controllers[0] == 0)
            limit = walk_up(v2, group, "memory.max");
        else if (has_word(controllers, "memory"))
            limit = walk_up(v1, group, "memory.limit_in_bytes");
        least = limit < least ? limit : least;
    }
    return least;
}

uint64_t rl_machine_memory(void)
{
    uint64_t least = rl_machine_cgroup_memory("");
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

    if (pages > 0 && page > 0) {
        uint64_t ram = (uint64_t)pages * (uint64_t)page;
        least = ram < least ? ram : least;
    }
    return least;
}
