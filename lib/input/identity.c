/* Is it still the same input? */
#include "input.h"

#include "../base/digest.h"
#include "../base/io.h"
#include "../ctx/ctx.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define STEP "input"
#define ENDS ((uint64_t)1 << 20)
#define BLOCK ((uint64_t)64 << 10)
#define BLOCKS 16u

int rl_input_check_unchanged(const reel_input *input, reel_error *err)
{
    struct stat st;

    if (!input->foreign)
        return 0;
    if (fstat(input->fd, &st) < 0)
        return rl_err_errno(err, errno, STEP, "the input");
    if ((uint64_t)st.st_size != input->size) {
        return rl_err(err, REEL_ERR_CHANGED, STEP, "the input had %llu bytes when it was opened and has %llu now",
                      (unsigned long long)input->size, (unsigned long long)st.st_size);
    }
    if ((int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec != input->mtime)
        return rl_err(err, REEL_ERR_CHANGED, STEP, "the input was written to after it was opened");
    return 0;
}

static int add_be64(struct rl_digest *d, uint64_t v)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(v >> (56 - 8 * i));
    return rl_digest_add(d, bytes, sizeof(bytes));
}

/* Adds one range, cut at the end of the input. */
static int add_range(reel_input *input, struct rl_digest *d, uint8_t *buffer, uint64_t at, uint64_t size,
                     reel_error *err)
{
    if (size > input->size - at)
        size = input->size - at;
    int64_t got = rl_pread(rl_ctx_env(input->ctx), input->fd, buffer, (size_t)size, (int64_t)at);
    if (got < 0)
        return rl_err_errno(err, (int)-got, STEP, "reading the input at byte %llu", (unsigned long long)at);
    if ((uint64_t)got < size)
        return rl_err(err, REEL_ERR_CHANGED, STEP, "the input became shorter while it was read");
    return rl_digest_add(d, buffer, (size_t)got);
}

int rl_input_fingerprint(reel_input *input, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(input->ctx);
    uint64_t size = input->size;
    struct rl_digest *d = NULL;
    uint8_t *buffer = rl_alloc(env, ENDS);
    int rc = buffer ? rl_digest_begin(&d, env) : REEL_ERR_NOMEM;

    if (rc == 0)
        rc = add_be64(d, size);
    if (rc == 0)
        rc = add_be64(d, (uint64_t)input->mtime);
    if (rc == 0)
        rc = add_range(input, d, buffer, 0, ENDS, err);
    if (rc == 0)
        rc = add_range(input, d, buffer, size > ENDS ? size - ENDS : 0, ENDS, err);
    for (unsigned i = 0; rc == 0 && i < BLOCKS; i++) {
        uint64_t at = size > BLOCK ? (size - BLOCK) / (BLOCKS + 1) * (i + 1) : 0;
        rc = add_range(input, d, buffer, at, BLOCK, err);
    }
    if (rc == 0)
        rc = rl_digest_end(&d, digest);
    rl_digest_abort(&d);
    rl_free(env, buffer);
    return rc < 0 ? rl_err(err, rc, STEP, "%s", reel_err_str(rc)) : 0;
}
