#include "opts.h"

#include "err.h"

#include <string.h>

/* No struct will ever be larger: a size beyond it was never set. */
#define SIZE_MAX_SANE 4096

static size_t size_of(const void *object)
{
    size_t size;
    memcpy(&size, object, sizeof(size));
    return size;
}

int rl_opts_in(void *to, size_t to_size, const void *from, size_t min_size, const char *what, reel_error *err)
{
    memset(to, 0, to_size);
    if (from) {
        size_t size = size_of(from);
        if (size < min_size) {
            return rl_err(err, REEL_ERR_INVALID_ARG, "options", "%s: size is %zu, the smallest known is %zu", what,
                          size, min_size);
        }
        if (size > SIZE_MAX_SANE)
            return rl_err(err, REEL_ERR_INVALID_ARG, "options", "%s: size is %zu; was it set?", what, size);
        for (size_t i = to_size; i < size; i++) {
            if (((const char *)from)[i] != 0) {
                return rl_err(err, REEL_ERR_UNSUPPORTED, "options",
                              "%s: a member that this version does not know is set (byte %zu)", what, i);
            }
        }
        memcpy(to, from, size < to_size ? size : to_size);
    }
    memcpy(to, &to_size, sizeof(to_size));
    return 0;
}

int rl_info_out(void *to, const void *from, size_t from_size, size_t min_size)
{
    if (!to)
        return REEL_ERR_INVALID_ARG;
    size_t size = size_of(to);
    if (size < min_size || size > SIZE_MAX_SANE)
        return REEL_ERR_INVALID_ARG;
    size_t common = size < from_size ? size : from_size;
    memcpy((char *)to + sizeof(size_t), (const char *)from + sizeof(size_t), common - sizeof(size_t));
    /* A newer caller finds zero in what this version does not know. */
    memset((char *)to + common, 0, size - common);
    return 0;
}
