/*
 * The journal: what makes a run that was killed go on at the first missing chunk.
 *
 * It is a folder of its own (".NAME.reel" beside the output unless the host says otherwise) with
 *   lock     held with flock while a task is at it, so two runs at one output meet here; its content says that the
 *            folder is ours
 *   journal  lines of the form "CHECK JSON\n", only ever appended to and synced after each; CHECK is the first 16 hex
 *            digits of the SHA-256 of JSON, so a torn tail is seen and cut
 *   chunks/  a directory store, unless the host gave a store of its own
 * The first line names the identity of the run: input, plan and build. When it is another, everything is begun anew.
 * A recorded chunk is trusted only after its bytes were read back and matched their digest.
 *
 * Threads: one at a time; the task holds its own lock around the calls.
 */
#ifndef RL_CHUNK_JOURNAL_H
#define RL_CHUNK_JOURNAL_H

#include <reel/store.h>

#include "../engine/spec.h"

/* A finished chunk: what the job said of it, and its bytes' name in the store. */
struct rl_chunk_record {
    uint32_t track; /* of the manifest */
    uint32_t index; /* within the track */
    int64_t start, duration; /* in the track's timescale */
    uint64_t samples, samples_in, decode_errors;
    uint64_t bytes;
    uint8_t digest[REEL_DIGEST_SIZE];
    uint32_t private_size;
    uint8_t codec_private[512];
};

/* A finished run and its result. */
struct rl_run_record {
    uint32_t run; /* number of the job within the plan */
    struct rl_run_result result;
};

/* Takes what an interrupted run left, in the order it was recorded. */
struct rl_journal_reader {
    void *user;
    int (*chunk)(void *user, const struct rl_chunk_record *record); /* 0, or a code that ends the reading */
    int (*run)(void *user, const struct rl_run_record *record);
    bool (*cancelled)(void *user); /* asked before each chunk is read back */
};

struct rl_journal;

/* The default folder for an output path; the caller frees it with rl_free. NULL: out of memory. */
char *rl_journal_folder(const struct rl_env *env, const char *output);

/*
 * Makes the folder if it is not there and locks it: REEL_ERR_BUSY when somebody else has. REEL_ERR_EXISTS when it has a
 * "journal" or "chunks" that is none of ours. What an earlier run left is not changed.
 */
int rl_journal_open(struct rl_journal **out, reel_ctx *ctx, const char *folder, reel_error *err);

/*
 * Reads what is there and opens the store of the chunks; `store` may be the host's own, else NULL. What was recorded
 * under another identity, and with `anew` everything, is removed instead. Call once, before the functions below.
 */
int rl_journal_begin(struct rl_journal *journal, const uint8_t identity[REEL_DIGEST_SIZE], reel_store *store, bool anew,
                     const struct rl_journal_reader *reader, reel_error *err);

reel_store *rl_journal_store(const struct rl_journal *journal); /* borrowed */

/* Both are durable when they return. */
int rl_journal_add_chunk(struct rl_journal *journal, const struct rl_chunk_record *record, reel_error *err);
int rl_journal_add_run(struct rl_journal *journal, const struct rl_run_record *record, reel_error *err);

/* Ends it and lets go of the lock. With `remove`, the folder goes too, as far as it is ours. NULL is fine. */
void rl_journal_close(struct rl_journal **journal, bool remove);

#endif
