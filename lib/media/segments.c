#include "segments.h"

struct segments {
    struct rl_step step;
    struct rl_segments_params p;
    struct rl_segments_counts n;
    struct rl_step *lane, *foot; /* of the segment at work; NULL when it is not wanted */
    int64_t at;                  /* its number; -1 before the first frame */
    uint64_t frames;             /* in it so far */
    uint64_t errors;             /* of the decoder when it began */
};

/* Ends the segment at work: its chunk is emitted. */
static int finish(struct segments *s, int64_t end)
{
    uint64_t errors = rl_decode_errors(s->p.decode);
    int rc = 0;

    if (s->at < 0)
        return 0;
    if (s->lane) {
        s->p.counts(s->foot, s->p.cuts->segments[s->at].in, errors - s->errors, end);
        rc = rl_push_flush(s->lane);
        if (rc >= 0) {
            s->n.out += s->p.samples(s->foot);
            s->n.chunks++;
        }
        rl_steps_close(&s->lane);
        s->foot = NULL;
    } else if (s->frames) {
        s->n.out += s->frames;
        s->n.chunks++;
    }
    s->errors = errors;
    return rc < 0 ? rc : 0;
}

static int begin(struct segments *s, int64_t n)
{
    struct rl_flow *flow = s->step.flow;
    uint32_t index = s->p.spec->first_index + (uint32_t)n;

    s->at = n;
    s->frames = 0;
    if (!flow->host->wanted(flow->host->user, index))
        return 0;
    return s->p.open(&s->lane, &s->foot, flow, s->p.spec, index);
}

static int segments_frame(struct rl_step *step, AVFrame *frame)
{
    struct segments *s = (struct segments *)step;
    int64_t n = rl_cuts_find(s->p.cuts, frame->pts);
    int rc;

    /* What a filter moved over a border stays where it was counted. */
    if (n < 0)
        n = s->at < 0 ? 0 : s->at;
    if (n > s->at && ((rc = finish(s, frame->pts)) < 0 || (rc = begin(s, n)) < 0))
        return rc;
    s->frames++;
    return s->lane ? rl_push_frame(s->lane, frame) : 0;
}

static int segments_flush(struct rl_step *step)
{
    struct segments *s = (struct segments *)step;

    return finish(s, *s->p.end);
}

static void segments_close(struct rl_step *step)
{
    struct segments *s = (struct segments *)step;

    rl_steps_close(&s->lane);
    rl_free(step->flow->env, s);
}

static const struct rl_step_ops segments_ops = {
    .name = "segments", .frame = segments_frame, .flush = segments_flush, .close = segments_close,
};

int rl_segments_open(struct rl_step **out, struct rl_flow *flow, const struct rl_segments_params *params)
{
    struct segments *s = rl_calloc(flow->env, 1, sizeof(*s));

    *out = NULL;
    if (!s)
        return rl_err_nomem(flow->err, "chunk");
    s->step = (struct rl_step){ .ops = &segments_ops, .flow = flow };
    s->p = *params;
    s->at = -1;
    *out = &s->step;
    return 0;
}

const struct rl_segments_counts *rl_segments_counts(const struct rl_step *step)
{
    return &((const struct segments *)step)->n;
}
