/*
 * A program as a stranger would write it: it knows libreel from pkg-config only. Makes a context, opens bytes in
 * memory, and prints what the build can do.
 *
 * consumer [ENGINE]: ENGINE is the path of the engine module, for programs that link libreel statically and so have
 * no library beside which it could be found.
 */
#include <reel/reel.h>

#include <stdio.h>
#include <string.h>

/* The first bytes of a WAV file are enough for its type. */
static const char wav[] = "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\0\x77\1\0\2\0\x10\0data\0\0\0";

int main(int argc, char **argv)
{
    reel_error err = { .size = sizeof(err) };
    reel_type type = { .size = sizeof(type) };
    reel_ctx *ctx = NULL;
    reel_input *input = NULL;
    reel_buffer *text = NULL;

    int rc = reel_ctx_create(&ctx, REEL_OPTS(reel_ctx_opts, .engine = argc > 1 ? argv[1] : NULL), &err);
    if (rc >= 0)
        rc = reel_input_open_memory(&input, ctx, wav, sizeof(wav) - 1, &err);
    if (rc >= 0)
        rc = reel_input_type(input, &type, &err);
    if (rc >= 0)
        rc = reel_ctx_capabilities(&text, ctx, &err);
    if (rc >= 0)
        printf("libreel %s, abi %u.%u, input %s\n%s\n", reel_version(), (unsigned)(reel_abi_version() >> 16),
               (unsigned)(reel_abi_version() >> 8 & 255), type.name, (const char *)reel_buffer_data(text));
    else
        fprintf(stderr, "%s: %s\n", reel_err_name(rc), err.text);

    reel_buffer_unref(&text);
    reel_input_close(&input);
    reel_ctx_unref(&ctx);
    return rc < 0 || strcmp(type.name, "wav") != 0;
}
