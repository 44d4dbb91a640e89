#include <reel/reel.h>

#include <stdio.h>

int main(void)
{
    reel_error err = { .size = sizeof(err) };
    reel_ctx *ctx = NULL;
    reel_buffer *text = NULL;
    int rc = reel_ctx_create(&ctx, NULL, &err);
    if (rc >= 0)
        rc = reel_ctx_capabilities(&text, ctx, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", reel_err_name(rc), err.text);
    reel_buffer_unref(&text);
    reel_ctx_unref(&ctx);
    return rc < 0;
}
