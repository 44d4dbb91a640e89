#include "ctx.h"

struct reel_buffer {
    struct rl_ref ref;
    reel_ctx *ctx;
    uint8_t *data; /* size bytes and a 0 */
    size_t size;
};

int rl_buffer_take(reel_buffer **out, reel_ctx *ctx, struct rl_buf *buf)
{
    const struct rl_env *env = rl_ctx_env(ctx);
    reel_buffer *buffer = rl_buf_str(buf) ? rl_alloc(env, sizeof(*buffer)) : NULL;

    *out = NULL;
    if (!buffer) {
        rl_buf_free(buf);
        return REEL_ERR_NOMEM;
    }
    rl_ref_init(&buffer->ref);
    buffer->ctx = reel_ctx_ref(ctx);
    buffer->data = buf->data;
    buffer->size = buf->size;
    rl_buf_init(buf, buf->env);
    *out = buffer;
    return 0;
}

int reel_buffer_create(reel_buffer **out, reel_ctx *ctx, const void *data, size_t size)
{
    struct rl_buf buf;

    if (!out)
        return REEL_ERR_INVALID_ARG;
    *out = NULL;
    if (!ctx || (!data && size > 0))
        return REEL_ERR_INVALID_ARG;
    rl_buf_init(&buf, rl_ctx_env(ctx));
    rl_buf_add(&buf, data, size);
    return rl_buffer_take(out, ctx, &buf);
}

const void *reel_buffer_data(const reel_buffer *buffer)
{
    return buffer ? buffer->data : NULL;
}

size_t reel_buffer_size(const reel_buffer *buffer)
{
    return buffer ? buffer->size : 0;
}

reel_buffer *reel_buffer_ref(reel_buffer *buffer)
{
    if (buffer)
        rl_ref_get(&buffer->ref);
    return buffer;
}

void reel_buffer_unref(reel_buffer **buffer)
{
    reel_buffer *b = buffer ? *buffer : NULL;

    if (!b)
        return;
    *buffer = NULL;
    if (!rl_ref_put(&b->ref))
        return;
    reel_ctx *ctx = b->ctx;
    rl_free(rl_ctx_env(ctx), b->data);
    rl_free(rl_ctx_env(ctx), b);
    reel_ctx_unref(&ctx);
}
