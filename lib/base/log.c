#include "env.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rl_log(const struct rl_env *env, int level, const char *component, uint64_t task, const char *fmt, ...)
{
    static const char more[] = "\xe2\x80\xa6"; /* … */
    char text[1024];

    if (!env->log || level > env->log_level)
        return;

    va_list args;
    va_start(args, fmt);
    int length = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (length < 0)
        return;
    if ((size_t)length >= sizeof(text)) {
        text[sizeof(text) - sizeof(more)] = 0;
        rl_utf8_trim(text);
        memcpy(text + strlen(text), more, sizeof(more));
    }
    rl_utf8_line(text);

    reel_log_record record = {
        .size = sizeof(record),
        .level = level,
        .text_len = (uint32_t)strlen(text),
        .task = task,
        .component = component,
        .text = text,
    };
    env->log(env->log_user, &record);
}
