/*
 * An input inside the host room: always a descriptor that is read by position, with what identifies it.
 * One thread at a time, except that several jobs may pread the descriptor side by side.
 */
#ifndef RL_INPUT_INPUT_H
#define RL_INPUT_INPUT_H

#include "../base/env.h"
#include "../base/err.h"
#include "../engine/facts.h"
#include "sniff.h"

#include <reel/input.h>

struct reel_input {
    reel_ctx *ctx;
    int fd;           /* regular file, sealed memory or unnamed temporary file; only ever read with pread */
    uint64_t size;    /* when it was opened */
    bool foreign;     /* somebody else's file, which may change under us; not a copy of ours */
    uint64_t dev, ino; /* of a foreign file */
    int64_t mtime;    /* ns, of a foreign file; 0 for a copy */
    bool sniffed, probed;
    bool sampled; /* the probe has looked for combing too */
    struct rl_type type;
    struct rl_facts facts;
};

/* Facts of a probed input, NULL before. Valid as long as the input. */
const struct rl_facts *rl_input_facts(const reel_input *input);

/* The type by content; cached. REEL_ERR_FORMAT when the input is empty; `unknown` is no error. */
int rl_input_sniff(reel_input *input, struct rl_type *out, reel_error *err);

/* As reel_input_probe, but it can be stopped: REEL_ERR_CANCELLED, and the next call begins anew. sample: look for combing too, for
 * which some keyframes are decoded; may be asked for when the input has been probed without. */
int rl_input_probe_with(reel_input *input, bool sample, bool (*cancelled)(void *user), void *user, reel_error *err);

/* Has the file the size and time of change that it had when it was opened? 0 or REEL_ERR_CHANGED. A copy never
 * changes. */
int rl_input_check_unchanged(const reel_input *input, reel_error *err);

/*
 * Which input a journal belongs to: SHA-256 over the size, the time of change (0 for a copy), the first and the last
 * MiB and 16 blocks of 64 KiB spread evenly. Not a digest of the content: it costs the same for 1 MiB and 1 TiB.
 */
int rl_input_fingerprint(reel_input *input, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err);

/* Spooling, spool.c: each returns a descriptor of a copy and its size, or a negative code with err filled. */
int rl_spool_memory(const struct rl_env *env, const void *data, size_t size, reel_error *err);
int rl_spool_stream(const struct rl_env *env, int fd, uint64_t *size, reel_error *err);
int rl_spool_callbacks(const struct rl_env *env, const reel_input_callbacks *callbacks, uint64_t *size,
                       reel_error *err);
/* The limit on input bytes: 0 or REEL_ERR_LIMIT_INPUT. */
int rl_input_check_size(const struct rl_env *env, uint64_t size, reel_error *err);

/* Checks what the engine says of an input as if a stranger had said it, and then the limits; check.c. */
int rl_facts_check(const struct rl_env *env, const struct rl_facts *facts, uint64_t size, reel_error *err);

#endif
