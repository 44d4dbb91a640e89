#include "env.h"

#include <string.h>

void *rl_alloc(const struct rl_env *env, size_t size)
{
    if (rl_fault(env, REEL_FAULT_ALLOC) != 0)
        return NULL;
    return env->alloc.alloc(env->alloc.user, size ? size : 1);
}

/* count * size; false when that does not fit. */
static bool multiply(size_t *out, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return false;
    *out = count * size;
    return true;
}

void *rl_calloc(const struct rl_env *env, size_t count, size_t size)
{
    size_t bytes;
    if (!multiply(&bytes, count, size))
        return NULL;
    void *ptr = rl_alloc(env, bytes);
    if (ptr)
        memset(ptr, 0, bytes);
    return ptr;
}

void *rl_realloc_array(const struct rl_env *env, void *ptr, size_t count, size_t size)
{
    size_t bytes;
    if (!multiply(&bytes, count, size) || rl_fault(env, REEL_FAULT_ALLOC) != 0)
        return NULL;
    return env->alloc.realloc(env->alloc.user, ptr, bytes ? bytes : 1);
}

char *rl_strdup(const struct rl_env *env, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = rl_alloc(env, size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

void rl_free(const struct rl_env *env, void *ptr)
{
    if (ptr)
        env->alloc.free(env->alloc.user, ptr);
}

bool rl_grow(const struct rl_env *env, void **array, size_t *capacity, size_t count, size_t elem_size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity ? *capacity : 8;
    while (wanted <= count) {
        if (wanted > SIZE_MAX / 2)
            return false;
        wanted *= 2;
    }
    /* *array is a pointer of some other type: its bytes are copied, not read as a void pointer. */
    void *ptr;
    memcpy(&ptr, array, sizeof(ptr));
    ptr = rl_realloc_array(env, ptr, wanted, elem_size);
    if (!ptr)
        return false;
    memcpy(array, &ptr, sizeof(ptr));
    *capacity = wanted;
    return true;
}
