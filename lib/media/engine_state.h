/* What an open engine holds. Zeroed memory with `env` set is a valid one. */
#ifndef RL_MEDIA_ENGINE_STATE_H
#define RL_MEDIA_ENGINE_STATE_H

#include "../engine/engine.h"

#include <stdatomic.h>

struct rl_left_thread;

/*
 * close() asks rl_guards_settle() (encode/encode.h) first: when that says no, a thread that was left behind still uses
 * this struct and the engine's code, so neither may go.
 */
struct rl_engine {
    const struct rl_env *env;
    atomic_uint abandoned;                  /* encoders that hung and still run */
    _Atomic(struct rl_left_thread *) left;  /* threads of cancelled and hung encoders, not yet joined */
};

#endif
