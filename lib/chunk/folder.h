/* The folder of a journal: made, locked, known as ours. */
#ifndef RL_CHUNK_FOLDER_H
#define RL_CHUNK_FOLDER_H

#include "../base/env.h"
#include "../base/err.h"

struct rl_folder {
    int fd, lock;    /* closing `lock` lets go of it */
    bool made_lock;  /* no run before this one was in this folder, or it has cleaned up behind itself */
};

/* Makes the folder if needed and takes its lock; waits for a third of a second at most. The caller closes both
 * descriptors, which are -1 on failure. REEL_ERR_BUSY when it is taken. */
int rl_folder_lock(struct rl_folder *folder, const char *path, reel_error *err);

/*
 * Of a locked folder: is what it holds ours to write over and remove? It is when our mark is in the lock, or when
 * `has_journal` says that a journal of ours was found, or when it has neither of the names that a journal uses. Then
 * the mark is set and durable, and 0 returned; else REEL_ERR_EXISTS, and nothing is changed.
 */
int rl_folder_claim(const struct rl_folder *folder, const struct rl_env *env, const char *path, bool has_journal,
                    reel_error *err);

#endif
