/*
 * A client of ABI 1.0: compiled against the frozen headers in include-1.0/, run with the library of today. Each option struct
 * is passed as an older (smaller), an equal and a newer (larger) client would have it, the newer one with a clean and
 * with a dirty tail; each info struct is asked for in three sizes too.
 */
#include <reel/reel.h>
#include <reel/sys/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void expect(const char *what, const char *variant, int rc, int wanted)
{
    if (rc == wanted)
        return;
    fprintf(stderr, "%s, %s: %s instead of %s\n", what, variant, reel_err_name(rc), reel_err_name(wanted));
    failures++;
}

static void check(const char *what, int ok)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n", what);
    failures++;
}

/* ---- option structs ---- */

/* Calls the function with the struct, closes what came out of it, and returns its code. */
typedef int (*try_fn)(reel_ctx *ctx, const void *opts);

static int try_ctx(reel_ctx *ctx, const void *opts)
{
    (void)ctx;
    reel_ctx *made = NULL;
    int rc = reel_ctx_create(&made, opts, NULL);
    reel_ctx_unref(&made);
    return rc;
}

static int try_limits(reel_ctx *ctx, const void *opts)
{
    return try_ctx(ctx, REEL_OPTS(reel_ctx_opts, .limits = opts));
}

static int try_alloc(reel_ctx *ctx, const void *opts)
{
    return try_ctx(ctx, REEL_OPTS(reel_ctx_opts, .alloc = opts));
}

static int try_pool(reel_ctx *ctx, const void *opts)
{
    reel_pool *pool = NULL;
    int rc = reel_pool_create(&pool, ctx, opts, NULL);
    reel_pool_unref(&pool);
    return rc;
}

static int try_input(reel_ctx *ctx, const void *opts)
{
    reel_input *input = NULL;
    int rc = reel_input_open_callbacks(&input, ctx, opts, NULL);
    reel_input_close(&input);
    return rc;
}

static int try_output(reel_ctx *ctx, const void *opts)
{
    reel_output *output = NULL;
    int rc = reel_output_open_callbacks(&output, ctx, opts, NULL);
    reel_output_close(&output);
    return rc;
}

static int try_backend(reel_ctx *ctx, const void *opts)
{
    reel_store *store = NULL;
    int rc = reel_store_from_backend(&store, ctx, opts, NULL);
    reel_store_unref(&store);
    return rc;
}

static int64_t read_nothing(void *user, void *buffer, size_t capacity)
{
    (void)user;
    (void)buffer;
    (void)capacity;
    return 0;
}

static int write_nowhere(void *user, const void *data, size_t size)
{
    (void)user;
    (void)data;
    (void)size;
    return 0;
}

static void *plain_alloc(void *user, size_t size) { (void)user; return malloc(size); }
static void *plain_realloc(void *user, void *ptr, size_t size) { (void)user; return realloc(ptr, size); }
static void plain_free(void *user, void *ptr) { (void)user; free(ptr); }

static int blob_begin(void *u, void **w, uint64_t h, reel_error *e) { (void)u; (void)h; (void)e; *w = NULL; return 0; }
static int blob_write(void *u, void *w, const void *d, size_t s, reel_error *e)
{
    (void)u, (void)w, (void)d, (void)s, (void)e;
    return 0;
}
static int blob_commit(void *u, void *w, const uint8_t *d, reel_error *e)
{
    (void)u, (void)w, (void)d, (void)e;
    return 0;
}
static void blob_abort(void *u, void *w) { (void)u, (void)w; }
static int blob_stat(void *u, const uint8_t *d, uint64_t *s, reel_error *e)
{
    (void)u, (void)d, (void)s, (void)e;
    return REEL_ERR_NOT_FOUND;
}
static int blob_read(void *u, const uint8_t *d, uint64_t o, void *b, size_t c, size_t *g, reel_error *e)
{
    (void)u, (void)d, (void)o, (void)b, (void)c, (void)e;
    *g = 0;
    return REEL_ERR_NOT_FOUND;
}
static int blob_remove(void *u, const uint8_t *d, reel_error *e)
{
    (void)u, (void)d, (void)e;
    return REEL_ERR_NOT_FOUND;
}

static void option_struct(const char *what, reel_ctx *ctx, try_fn try, const void *right, size_t size)
{
    /* A copy at the end of a block of its own, so that a checker sees reads behind it. */
    unsigned char *block = malloc(size + 16);
    if (!block)
        abort();

    memcpy(block, right, size);
    memset(block + size, 0, 16);
    *(size_t *)(void *)block = size;
    expect(what, "equal", try(ctx, block), 0);
    /* What lies behind an equal struct is not the library's business. */
    memset(block + size, 0xa5, 16);
    expect(what, "equal, garbage behind", try(ctx, block), 0);
    memset(block + size, 0, 16);
    *(size_t *)(void *)block = size + 16;
    expect(what, "larger, clean tail", try(ctx, block), 0);
    block[size + 9] = 1;
    expect(what, "larger, dirty tail", try(ctx, block), REEL_ERR_UNSUPPORTED);
    *(size_t *)(void *)block = size - 1;
    expect(what, "smaller", try(ctx, block), REEL_ERR_INVALID_ARG);
    *(size_t *)(void *)block = 0;
    expect(what, "no size", try(ctx, block), REEL_ERR_INVALID_ARG);
    free(block);
}

/* ---- info structs ---- */

typedef int (*ask_fn)(void *about, void *info);

static int ask_option(void *about, void *info) { (void)about; return reel_option_at(0, info); }
static int ask_preset(void *about, void *info) { (void)about; return reel_chain_preset_at(0, info); }
static int ask_type(void *about, void *info) { return reel_input_type(about, info, NULL); }

static void info_struct(const char *what, ask_fn ask, void *about, size_t size)
{
    unsigned char *block = malloc(size + 32);
    if (!block)
        abort();

    memset(block, 0xa5, size + 32);
    *(size_t *)(void *)block = size;
    expect(what, "equal", ask(about, block), 0);
    check("an info struct's size must stay the caller's", *(size_t *)(void *)block == size);
    check("an info struct must not be written behind its end", block[size] == 0xa5 && block[size + 31] == 0xa5);

    memset(block, 0xa5, size + 32);
    *(size_t *)(void *)block = size + 16;
    expect(what, "larger", ask(about, block), 0);
    check("a larger info struct's size must stay the caller's", *(size_t *)(void *)block == size + 16);
    check("a larger info struct must not be written behind its end", block[size + 16] == 0xa5);

    *(size_t *)(void *)block = size - 1;
    expect(what, "smaller", ask(about, block), REEL_ERR_INVALID_ARG);
    free(block);
}

int main(void)
{
    check("SONAME: the library is of another major", reel_abi_version() >> 16 == REEL_ABI_MAJOR);
    check("the library is older than this client", reel_abi_version() >= REEL_ABI_VERSION);

    reel_ctx *ctx = NULL;
    if (reel_ctx_create(&ctx, NULL, NULL) < 0) {
        fprintf(stderr, "no context\n");
        return 1;
    }

    const reel_ctx_opts ctx_opts = { .size = sizeof(ctx_opts) };
    const reel_limits limits = { .size = sizeof(limits), .pixels = 1000000 };
    const reel_alloc alloc = { sizeof(alloc), NULL, plain_alloc, plain_realloc, plain_free };
    const reel_pool_opts pool = { .size = sizeof(pool), .threads = 1 };
    const reel_input_callbacks input = { .size = sizeof(input), .read = read_nothing };
    const reel_output_callbacks output = { .size = sizeof(output), .write = write_nowhere };
    const reel_store_backend backend = {
        .size = sizeof(backend), .name = "nowhere", .begin = blob_begin, .write = blob_write, .commit = blob_commit,
        .abort = blob_abort, .stat = blob_stat, .read = blob_read, .remove = blob_remove,
    };
    option_struct("reel_ctx_opts", ctx, try_ctx, &ctx_opts, sizeof(ctx_opts));
    option_struct("reel_limits", ctx, try_limits, &limits, sizeof(limits));
    option_struct("reel_alloc", ctx, try_alloc, &alloc, sizeof(alloc));
    option_struct("reel_pool_opts", ctx, try_pool, &pool, sizeof(pool));
    option_struct("reel_input_callbacks", ctx, try_input, &input, sizeof(input));
    option_struct("reel_output_callbacks", ctx, try_output, &output, sizeof(output));
    option_struct("reel_store_backend", ctx, try_backend, &backend, sizeof(backend));

    reel_input *bytes = NULL;
    if (reel_input_open_memory(&bytes, ctx, "\x89PNG\r\n\x1a\n", 8, NULL) < 0)
        check("bytes in memory cannot be opened", 0);
    info_struct("reel_option_info", ask_option, NULL, sizeof(reel_option_info));
    info_struct("reel_preset_info", ask_preset, NULL, sizeof(reel_preset_info));
    if (bytes)
        info_struct("reel_type", ask_type, bytes, sizeof(reel_type));
    reel_input_close(&bytes);

    /* An error struct of ABI 1.0 size, filled by a creator that fails. */
    struct {
        reel_error err;
        unsigned char guard[16];
    } e = { .err = { .size = sizeof(e.err) } };
    memset(e.guard, 0xa5, sizeof(e.guard));
    expect("reel_input_open_path", "a file that is not there",
           reel_input_open_path(&bytes, ctx, "/nonexistent/nothing", &e.err), REEL_ERR_NOT_FOUND);
    check("the error does not have the code", e.err.code == REEL_ERR_NOT_FOUND && e.err.text[0]);
    check("the error must not be written behind its end", e.guard[0] == 0xa5 && e.guard[15] == 0xa5);

    reel_ctx_unref(&ctx);
    printf("%d failures\n", failures);
    return failures != 0;
}
