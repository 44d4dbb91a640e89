/* The check of the option video.filter. */
#ifndef RL_PLAN_EXPERT_H
#define RL_PLAN_EXPERT_H

#include "../base/err.h"

/*
 * Takes one simple chain of video filters, "name=arguments,name,…": one input, one output, and only names of a list of
 * filters that change the picture where it stands: none that opens a file or device, makes pictures of its own, has other
 * inputs or outputs, changes size or timing, or takes commands. Returns 0 or REEL_ERR_OPTION naming what is refused.
 */
int rl_expert_check(const char *chain, reel_error *err);

#endif
