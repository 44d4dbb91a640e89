#include "digest.h"

#include "io.h"

#include <openssl/evp.h>
#include <string.h>

struct rl_digest {
    const struct rl_env *env;
    EVP_MD_CTX *ctx;
};

int rl_digest_begin(struct rl_digest **out, const struct rl_env *env)
{
    struct rl_digest *d = rl_calloc(env, 1, sizeof(*d));
    *out = NULL;
    if (!d)
        return REEL_ERR_NOMEM;
    d->env = env;
    d->ctx = EVP_MD_CTX_new();
    if (!d->ctx || EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
        rl_digest_abort(&d);
        return REEL_ERR_NOMEM; /* the only way in which this fails with a sound libcrypto */
    }
    *out = d;
    return 0;
}

int rl_digest_add(struct rl_digest *d, const void *data, size_t size)
{
    return EVP_DigestUpdate(d->ctx, data, size) == 1 ? 0 : REEL_ERR_INTERNAL;
}

int rl_digest_end(struct rl_digest **d, uint8_t digest[REEL_DIGEST_SIZE])
{
    int rc = EVP_DigestFinal_ex((*d)->ctx, digest, NULL) == 1 ? 0 : REEL_ERR_INTERNAL;
    rl_digest_abort(d);
    return rc;
}

void rl_digest_abort(struct rl_digest **d)
{
    if (!d || !*d)
        return;
    EVP_MD_CTX_free((*d)->ctx);
    rl_free((*d)->env, *d);
    *d = NULL;
}

int rl_digest_bytes(const void *data, size_t size, uint8_t digest[REEL_DIGEST_SIZE])
{
    return EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) == 1 ? 0 : REEL_ERR_NOMEM;
}

int rl_digest_fd(const struct rl_env *env, int fd, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err)
{
    const size_t room = 1 << 18;
    struct rl_digest *d = NULL;
    uint8_t *buffer = rl_alloc(env, room);
    int64_t at = 0, got = 0;
    int rc = buffer ? rl_digest_begin(&d, env) : REEL_ERR_NOMEM;

    while (rc == 0 && (got = rl_pread(env, fd, buffer, room, at)) > 0) {
        rc = rl_digest_add(d, buffer, (size_t)got);
        at += got;
    }
    if (got < 0)
        rc = rl_err_errno(err, (int)-got, "digest", "reading at byte %lld", (long long)at);
    if (rc == 0)
        rc = rl_digest_end(&d, digest);
    rl_digest_abort(&d);
    rl_free(env, buffer);
    return rc < 0 ? rl_err(err, rc, "digest", "%s", reel_err_str(rc)) : 0;
}

void rl_hex(char hex[RL_HEX_SIZE], const uint8_t digest[REEL_DIGEST_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < REEL_DIGEST_SIZE; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[RL_HEX_SIZE - 1] = 0;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool rl_unhex(uint8_t digest[REEL_DIGEST_SIZE], const char *hex)
{
    /* A 0 inside is no digit, so nothing behind the end of a short text is read. */
    for (size_t i = 0; i < REEL_DIGEST_SIZE; i++) {
        int high = nibble(hex[2 * i]);
        int low = high < 0 ? -1 : nibble(hex[2 * i + 1]);
        if (low < 0)
            return false;
        digest[i] = (uint8_t)(high << 4 | low);
    }
    return hex[RL_HEX_SIZE - 1] == 0;
}
