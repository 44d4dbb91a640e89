/* A frame with two fields of different times woven into it: one of them is made a whole picture. */
#ifndef RL_MEDIA_FIELD_H
#define RL_MEDIA_FIELD_H

#include "../step.h"

/* The lines of the second field become the means of their neighbours. 0, REEL_ERR_UNSUPPORTED for pixels that are not whole bytes, or
 * REEL_ERR_NOMEM; err is not filled. */
int rl_field_only(AVFrame *frame);

#endif
