/* What this engine can do, as JSON; the capabilities call of the door. */
#ifndef RL_MEDIA_CAPABILITIES_H
#define RL_MEDIA_CAPABILITIES_H

#include "../engine/engine.h"

int rl_capabilities(struct rl_engine *engine, struct rl_buf *json, reel_error *err);

#endif
