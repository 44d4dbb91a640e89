#include "../../base/time.h"
#include "../compat.h"
#include "filter.h"

struct cap {
    struct rl_step step;
    reel_ratio time_base, slot;
    int64_t origin;
    int64_t last; /* slot of the last frame that was kept; INT64_MIN none */
    uint64_t dropped;
};

/*
 * Number of the slot a pts lies in, counted from the output's begin, so that it does not depend on where a run begins.
 * Slots begin a quarter early: timestamps rounded to milliseconds then stay in the slot they are meant for.
 */
static int64_t slot_of(const struct cap *c, int64_t pts)
{
    AVRational tb = { c->time_base.num, c->time_base.den }, slot = { c->slot.num, c->slot.den };
    int64_t quarters = av_rescale_q_rnd(4 * (pts - c->origin), tb, slot, AV_ROUND_DOWN) + 1;

    return quarters >= 0 ? quarters / 4 : -((3 - quarters) / 4);
}

static int cap_frame(struct rl_step *step, AVFrame *frame)
{
    struct cap *c = (struct cap *)step;
    int64_t slot = slot_of(c, frame->pts);

    if (slot == c->last) {
        c->dropped++;
        return 0;
    }
    c->last = slot;
    return rl_push_frame(step->next, frame);
}

static int cap_flush(struct rl_step *step)
{
    return rl_push_flush(step->next);
}

static void cap_close(struct rl_step *step)
{
    rl_free(step->flow->env, step);
}

static const struct rl_step_ops cap_ops = {
    .name = "filter", .frame = cap_frame, .flush = cap_flush, .close = cap_close,
};

int rl_cap_open(struct rl_step **out, struct rl_flow *flow, const struct rl_picture_spec *spec, reel_ratio time_base,
                int64_t origin)
{
    struct cap *c;

    *out = NULL;
    if (spec->frame_rate_cap.den <= 0 || spec->frame_rate_cap.num <= 0)
        return 0;
    c = rl_calloc(flow->env, 1, sizeof(*c));
    if (!c)
        return rl_err_nomem(flow->err, "filter");
    c->step = (struct rl_step){ .ops = &cap_ops, .flow = flow };
    c->time_base = time_base;
    c->slot = (reel_ratio){ spec->frame_rate_cap.den, spec->frame_rate_cap.num };
    c->origin = origin;
    c->last = INT64_MIN;
    *out = &c->step;
    return 0;
}

uint64_t rl_cap_dropped(const struct rl_step *step)
{
    return step ? ((const struct cap *)step)->dropped : 0;
}
