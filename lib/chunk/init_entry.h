/* Sample entries of the init segment; see init.h. */
#ifndef RL_CHUNK_INIT_ENTRY_H
#define RL_CHUNK_INIT_ENTRY_H

#include "init.h"

int rl_entry_av1(struct rl_buf *out, const struct rl_track *track, reel_error *err);
int rl_entry_opus(struct rl_buf *out, const struct rl_track *track, reel_error *err);

#endif
