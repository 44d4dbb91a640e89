/*
 * The inside of reel_manifest: a struct rl_manifest (engine/spec.h) that has been checked, and what the writers of DASH
 * and HLS share.
 */
#ifndef RL_CHUNK_MANIFEST_H
#define RL_CHUNK_MANIFEST_H

#include <reel/input.h>
#include <reel/manifest.h>

#include "../engine/spec.h"

struct reel_manifest {
    reel_ctx *ctx;
    struct rl_manifest m;
};

/* Does it hold together? Whoever reads one from outside asks: versions, timescales, chunks in order, codecs known. */
int rl_manifest_check(const struct rl_manifest *m, reel_error *err);

/* A public handle with a copy of m. */
int rl_manifest_wrap(reel_manifest **out, reel_ctx *ctx, const struct rl_manifest *m, reel_error *err);

int rl_manifest_copy(const struct rl_env *env, const struct rl_manifest *from, struct rl_manifest *to, reel_error *err);
void rl_manifest_clear(const struct rl_env *env, struct rl_manifest *m);

/* Times of a track in microseconds, as a player shows or plays it. */
int64_t rl_track_us(const struct rl_track *track, int64_t ticks);
int64_t rl_track_start(const struct rl_track *track);    /* us */
int64_t rl_track_duration(const struct rl_track *track); /* us, from the first sample to the end of the last */
int64_t rl_chunk_start(const struct rl_track *track, uint32_t index);
int64_t rl_chunk_end(const struct rl_track *track, uint32_t index);
uint64_t rl_track_bytes(const struct rl_track *track);
/* Bits a second: of the whole, and of the chunk that has most. */
uint64_t rl_track_rate(const struct rl_track *track);
uint64_t rl_track_peak(const struct rl_track *track);
/* Longest end of all tracks, us. */
int64_t rl_manifest_duration(const struct rl_manifest *m);

/* Appends `pattern` with each `key`, such as "{rendition}", replaced by a text. */
void rl_url(struct rl_buf *out, const char *pattern, const char *key, const char *value);
/* Likewise with "{digest}" replaced by 64 hex digits, "{path}" by where a directory store has the blob ("ab/cdef…"), and
 * "{ext}" by what the names of such files end with. */
void rl_blob_url(struct rl_buf *out, const char *pattern, const uint8_t digest[REEL_DIGEST_SIZE],
                 const struct rl_track *track);
/* Letters, digits and hyphens, as a language tag has (RFC 5646); "" is fine. */
bool rl_language_ok(const char *text);
/* Are the words in braces all among `keys` (up to a NULL), and one of the first `needed` there? 0, REEL_ERR_INVALID_ARG. */
int rl_url_check(const char *pattern, const char *const keys[], uint32_t needed, reel_error *err);
int rl_blob_url_check(const char *pattern, reel_error *err); /* for rl_blob_url */
/* Is the pattern fit for a line of a playlist: not empty, no control characters and no quotation marks? */
bool rl_url_pattern_ok(const char *pattern);

#endif
