#include "timing.h"

#include "../../base/time.h"
#include "../compat.h"

#define BACK_LIMIT 1000000   /* us */
#define AHEAD_LIMIT 60000000 /* us */

struct timing {
    struct rl_step step;
    struct rl_timing_params p;
    struct rl_timing_counts n;
    int64_t back, ahead; /* the limits in the stream's time base */
    int64_t offset;      /* by what rebasing moved */
    int64_t last, last_duration;
};

/* A timestamp on the run's own timeline; the one before decides what a missing or jumping one is. */
static int64_t settle(struct timing *t, int64_t pts)
{
    bool first = t->last == REEL_NO_TIME;
    int64_t due = first ? 0 : t->last + t->last_duration;

    if (pts == AV_NOPTS_VALUE)
        return due;
    pts += t->offset;
    if (t->p.rebase && !first && (pts < t->last - t->back || pts > due + t->ahead)) {
        if (!t->n.jumps++)
            t->n.jump = pts;
        t->offset += due - pts;
        pts = due;
    }
    return pts;
}

static int finish(struct timing *t, int64_t behind)
{
    t->n.behind = behind;
    if (t->n.in && behind > t->last)
        t->n.end = behind;
    return REEL_END;
}

static int timing_frame(struct rl_step *step, AVFrame *frame)
{
    struct timing *t = (struct timing *)step;
    struct rl_cuts *cuts = t->p.cuts;
    int64_t duration = rl_frame_duration(frame) > 0 ? rl_frame_duration(frame) : t->p.frame_duration;
    int64_t pts = settle(t, frame->pts);
    int64_t n;

    if (t->p.trim_end != REEL_NO_TIME && pts >= t->p.trim_end)
        return finish(t, t->p.trim_end);
    if (t->p.trim_start != REEL_NO_TIME && pts < t->p.trim_start)
        return 0;
    n = rl_cuts_place(cuts, pts);
    if (n == RL_BEFORE)
        return 0;
    if (n == RL_BEHIND)
        return finish(t, pts);
    if (n < 0)
        return rl_err_nomem(step->flow->err, "timing");

    cuts->segments[n].in++;
    t->n.in++;
    if (t->last != REEL_NO_TIME && pts <= t->last) {
        pts = t->last + 1;
        if (rl_cuts_find(cuts, pts) != n) {
            t->n.dropped++;
            return 0;
        }
    }
    if (t->n.first == REEL_NO_TIME)
        t->n.first = pts;
    t->last = pts;
    t->last_duration = duration;
    t->n.end = pts + duration;
    if (t->p.trim_end != REEL_NO_TIME && t->n.end > t->p.trim_end)
        t->n.end = t->p.trim_end;
    frame->pts = pts;
    rl_frame_set_duration(frame, t->n.end - pts);
    return rl_push_frame(step->next, frame);
}

static int timing_flush(struct rl_step *step)
{
    return rl_push_flush(step->next);
}

static void timing_close(struct rl_step *step)
{
    rl_free(step->flow->env, step);
}

static const struct rl_step_ops timing_ops = {
    .name = "timing", .frame = timing_frame, .flush = timing_flush, .close = timing_close,
};

int rl_timing_open(struct rl_step **out, struct rl_flow *flow, const struct rl_timing_params *params)
{
    struct timing *t = rl_calloc(flow->env, 1, sizeof(*t));

    *out = NULL;
    if (!t)
        return rl_err_nomem(flow->err, "timing");
    t->step = (struct rl_step){ .ops = &timing_ops, .flow = flow };
    t->p = *params;
    t->n.first = t->n.end = t->n.behind = t->n.jump = t->last = REEL_NO_TIME;
    t->back = rl_rescale(BACK_LIMIT, RL_US, params->time_base);
    t->ahead = rl_rescale(AHEAD_LIMIT, RL_US, params->time_base);
    *out = &t->step;
    return 0;
}

const struct rl_timing_counts *rl_timing_counts(const struct rl_step *step)
{
    return &((const struct timing *)step)->n;
}
