/* SHA-256 through libcrypto. */
#ifndef RL_BASE_DIGEST_H
#define RL_BASE_DIGEST_H

#include "env.h"
#include "err.h"

struct rl_digest; /* a running digest */

int rl_digest_begin(struct rl_digest **out, const struct rl_env *env);
int rl_digest_add(struct rl_digest *d, const void *data, size_t size);
int rl_digest_end(struct rl_digest **d, uint8_t digest[REEL_DIGEST_SIZE]); /* frees it */
void rl_digest_abort(struct rl_digest **d);

int rl_digest_bytes(const void *data, size_t size, uint8_t digest[REEL_DIGEST_SIZE]);
int rl_digest_fd(const struct rl_env *env, int fd, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err); /* whole file */

#define RL_HEX_SIZE (2 * REEL_DIGEST_SIZE + 1)
void rl_hex(char hex[RL_HEX_SIZE], const uint8_t digest[REEL_DIGEST_SIZE]);
bool rl_unhex(uint8_t digest[REEL_DIGEST_SIZE], const char *hex); /* 64 lower-case digits, nothing else */

#endif
