#include "peek.h"

static int peek_frame(struct rl_step *step, AVFrame *frame)
{
    struct rl_peek *p = (struct rl_peek *)step;

    return p->seen(p->user, frame);
}

static int peek_flush(struct rl_step *step)
{
    (void)step;
    return 0;
}

static void peek_close(struct rl_step *step)
{
    (void)step;
}

static const struct rl_step_ops peek_ops = {
    .name = "peek", .frame = peek_frame, .flush = peek_flush, .close = peek_close,
};

void rl_peek_init(struct rl_peek *peek, struct rl_flow *flow, int (*seen)(void *user, AVFrame *frame), void *user)
{
    *peek = (struct rl_peek){ .step = { .ops = &peek_ops, .flow = flow }, .user = user, .seen = seen };
}
