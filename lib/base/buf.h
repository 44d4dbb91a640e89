/*
 * A growing byte buffer. After a failed append the buffer is `failed` and stays so, so a chain of appends needs one
 * check at the end.
 */
#ifndef RL_BASE_BUF_H
#define RL_BASE_BUF_H

#include "env.h"

struct rl_buf {
    const struct rl_env *env;
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void rl_buf_init(struct rl_buf *buf, const struct rl_env *env);
void rl_buf_free(struct rl_buf *buf);
uint8_t *rl_buf_room(struct rl_buf *buf, size_t size); /* space for size bytes at the end, not yet counted; NULL */
void rl_buf_add(struct rl_buf *buf, const void *data, size_t size);
void rl_buf_text(struct rl_buf *buf, const char *text);
void rl_buf_printf(struct rl_buf *buf, const char *fmt, ...) REEL_PRINTF(2, 3);
void rl_buf_u8(struct rl_buf *buf, unsigned v);
void rl_buf_be16(struct rl_buf *buf, unsigned v);
void rl_buf_be32(struct rl_buf *buf, uint32_t v);
void rl_buf_be64(struct rl_buf *buf, uint64_t v);
const char *rl_buf_str(struct rl_buf *buf); /* ends it with a 0 that is not counted; NULL when failed */

#endif
