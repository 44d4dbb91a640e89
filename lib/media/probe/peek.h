/* The last step when probing: calls back with each decoded frame. */
#ifndef RL_MEDIA_PEEK_H
#define RL_MEDIA_PEEK_H

#include "../step.h"

struct rl_peek {
    struct rl_step step;
    void *user;
    int (*seen)(void *user, AVFrame *frame); /* 0 for more, REEL_END when enough */
};

/* Not allocated: closing it does nothing. */
void rl_peek_init(struct rl_peek *peek, struct rl_flow *flow, int (*seen)(void *user, AVFrame *frame), void *user);

#endif
