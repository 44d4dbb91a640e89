/* What this build is: both rooms carry the same text, and a pair that does not match is refused. */
#include "engine.h"

const char *rl_build_id(void)
{
    return RL_BUILD_ID;
}
