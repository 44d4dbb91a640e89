#include "err.h"

#include "utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void copy_word(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
    rl_utf8_trim(to);
}

/* Starts a new cause; false when there is one already, or nobody wants to know. */
static bool begin(reel_error *err, int code, const char *step)
{
    if (!err || err->code != 0)
        return false;
    *err = RL_ERROR_INIT;
    err->code = code;
    copy_word(err->step, sizeof(err->step), step);
    return true;
}

int rl_err(reel_error *err, int code, const char *step, const char *fmt, ...)
{
    if (begin(err, code, step)) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
        rl_utf8_trim(err->text);
        rl_utf8_line(err->text);
    }
    return code;
}

int rl_err_code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
        return REEL_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return REEL_ERR_PERMISSION;
    case ENOSPC:
    case EDQUOT:
        return REEL_ERR_NO_SPACE;
    case ENOMEM:
        return REEL_ERR_NOMEM;
    default:
        return REEL_ERR_IO;
    }
}

/* The system's words for an errno, without its locale where the C library can. */
static const char *errno_words(int errnum, char *buffer, size_t size)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
    const char *words = strerrordesc_np(errnum);
    if (words)
        return words;
    snprintf(buffer, size, "error %d", errnum);
    return buffer;
#elif defined(__GLIBC__)
    return strerror_r(errnum, buffer, size);
#else
    if (strerror_r(errnum, buffer, size) != 0)
        snprintf(buffer, size, "error %d", errnum);
    return buffer;
#endif
}

int rl_err_errno(reel_error *err, int errnum, const char *step, const char *fmt, ...)
{
    int code = rl_err_code_of_errno(errnum);

    if (begin(err, code, step)) {
        char words[128];
        va_list args;
        va_start(args, fmt);
        vsnprintf(err->text, sizeof(err->text), fmt, args);
        va_end(args);
        rl_utf8_trim(err->text);

        /* The system's words matter more than the end of a long path. */
        const char *why = errno_words(errnum, words, sizeof(words));
        size_t tail = strlen(why) + 2;
        size_t length = strlen(err->text);
        if (length + tail >= sizeof(err->text)) {
            length = sizeof(err->text) - 1 - tail;
            err->text[length] = 0;
            rl_utf8_trim(err->text);
            length = strlen(err->text);
        }
        snprintf(err->text + length, sizeof(err->text) - length, ": %s", why);
        rl_utf8_line(err->text);
        rl_err_upstream(err, "errno", errnum);
    }
    return code;
}

int rl_err_nomem(reel_error *err, const char *step)
{
    return rl_err(err, REEL_ERR_NOMEM, step, "out of memory");
}

void rl_err_upstream(reel_error *err, const char *source, int64_t code)
{
    if (!err || err->source[0])
        return;
    copy_word(err->source, sizeof(err->source), source);
    err->upstream = code;
}

void rl_err_where(reel_error *err, int32_t stream, int64_t time)
{
    if (!err)
        return;
    if (err->stream < 0)
        err->stream = stream;
    if (err->time == REEL_NO_TIME)
        err->time = time;
}

void rl_err_export(reel_error *to, const reel_error *from)
{
    if (!to || to->size <= sizeof(size_t))
        return;
    size_t size = to->size < sizeof(*from) ? to->size : sizeof(*from);
    memcpy((char *)to + sizeof(size_t), (const char *)from + sizeof(size_t), size - sizeof(size_t));
    /* A text that had to be cut still ends. */
    if (size > offsetof(reel_error, text) && size < sizeof(*from))
        ((char *)to)[size - 1] = 0;
}

int rl_err_null(reel_error *to, const char *step, const char *argument)
{
    reel_error e = RL_ERROR_INIT;
    int rc = rl_err(&e, REEL_ERR_INVALID_ARG, step, "%s must not be NULL", argument);

    rl_err_export(to, &e);
    return rc;
}
