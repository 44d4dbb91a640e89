/* Writing ISO boxes into a buffer: begin gives the place of the size, end fills it. */
#ifndef RL_ENGINE_BOX_H
#define RL_ENGINE_BOX_H

#include "../base/buf.h"

static inline size_t rl_box_begin(struct rl_buf *buf, const char type[4])
{
    size_t at = buf->size;
    rl_buf_be32(buf, 0);
    rl_buf_add(buf, type, 4);
    return at;
}

static inline size_t rl_full_box_begin(struct rl_buf *buf, const char type[4], unsigned version, uint32_t flags)
{
    size_t at = rl_box_begin(buf, type);
    rl_buf_be32(buf, (uint32_t)version << 24 | flags);
    return at;
}

static inline void rl_box_end(struct rl_buf *buf, size_t at)
{
    if (buf->failed)
        return;
    size_t size = buf->size - at;
    for (int i = 0; i < 4; i++)
        buf->data[at + (size_t)i] = (uint8_t)(size >> (24 - 8 * i));
}

#endif
