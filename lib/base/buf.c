#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rl_buf_init(struct rl_buf *buf, const struct rl_env *env)
{
    *buf = (struct rl_buf){ .env = env };
}

void rl_buf_free(struct rl_buf *buf)
{
    if (buf->data)
        rl_free(buf->env, buf->data);
    rl_buf_init(buf, buf->env);
}

uint8_t *rl_buf_room(struct rl_buf *buf, size_t size)
{
    if (buf->failed)
        return NULL;
    if (size > SIZE_MAX - buf->size - 1) {
        buf->failed = true;
        return NULL;
    }
    size_t wanted = buf->size + size;
    if (wanted > buf->capacity || !buf->data) {
        size_t capacity = buf->capacity ? buf->capacity : 256;
        while (capacity < wanted)
            capacity = capacity > SIZE_MAX / 2 ? wanted : 2 * capacity;
        uint8_t *data = rl_realloc_array(buf->env, buf->data, capacity, 1);
        if (!data) {
            buf->failed = true;
            return NULL;
        }
        buf->data = data;
        buf->capacity = capacity;
    }
    return buf->data + buf->size;
}

void rl_buf_add(struct rl_buf *buf, const void *data, size_t size)
{
    uint8_t *to = rl_buf_room(buf, size);
    if (to && size > 0) {
        memcpy(to, data, size);
        buf->size += size;
    }
}

void rl_buf_text(struct rl_buf *buf, const char *text)
{
    rl_buf_add(buf, text, strlen(text));
}

void rl_buf_printf(struct rl_buf *buf, const char *fmt, ...)
{
    va_list args, again;

    va_start(args, fmt);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (length < 0) {
        buf->failed = true;
    } else {
        char *to = (char *)rl_buf_room(buf, (size_t)length + 1);
        if (to) {
            vsnprintf(to, (size_t)length + 1, fmt, again);
            buf->size += (size_t)length;
        }
    }
    va_end(again);
}

void rl_buf_u8(struct rl_buf *buf, unsigned v)
{
    uint8_t byte = (uint8_t)v;
    rl_buf_add(buf, &byte, 1);
}

void rl_buf_be16(struct rl_buf *buf, unsigned v)
{
    uint8_t bytes[2] = { (uint8_t)(v >> 8), (uint8_t)v };
    rl_buf_add(buf, bytes, sizeof(bytes));
}

void rl_buf_be32(struct rl_buf *buf, uint32_t v)
{
    uint8_t bytes[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    rl_buf_add(buf, bytes, sizeof(bytes));
}

void rl_buf_be64(struct rl_buf *buf, uint64_t v)
{
    rl_buf_be32(buf, (uint32_t)(v >> 32));
    rl_buf_be32(buf, (uint32_t)v);
}

const char *rl_buf_str(struct rl_buf *buf)
{
    uint8_t *end = rl_buf_room(buf, 1);
    if (!end)
        return NULL;
    *end = 0;
    return (const char *)buf->data;
}
