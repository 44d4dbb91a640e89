/* The shortest useful program: one file to WebM. */
#include <reel/reel.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    setenv("SVT_LOG", "1", 0); /* else SVT-AV1 prints a banner; the environment is the program's, not the library's */

    reel_ctx *ctx = NULL;
    reel_input *in = NULL;
    reel_chain *chain = NULL;
    reel_task *task = NULL;

    const reel_ctx_opts *opts = REEL_OPTS(reel_ctx_opts, .flags = REEL_CTX_QUIET_AVLOG);
    int rc = argc == 3 ? reel_ctx_create(&ctx, opts, NULL) : REEL_ERR_INVALID_ARG;
    if (rc >= 0) rc = reel_input_open_path(&in, ctx, argv[1], NULL);
    if (rc >= 0) rc = reel_chain_preset(&chain, ctx, "web-video", NULL, NULL);
    if (rc >= 0) rc = reel_task_start(&task, chain, in, REEL_OPTS(reel_task_opts, .output = argv[2]), NULL);
    if (rc >= 0) rc = reel_task_wait(task, REEL_FOREVER);

    printf("%s\n", reel_err_str(rc));
    reel_task_unref(&task);
    reel_chain_unref(&chain);
    reel_input_close(&in);
    reel_ctx_unref(&ctx);
    return rc == REEL_OK ? 0 : 1;
}
