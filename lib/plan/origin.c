/* Where the output's timeline begins, in every stream's own ticks. */
#include "make.h"

#include "../base/time.h"

__extension__ typedef __int128 wide; /* a timestamp times two terms of ratios */

static bool kept(const struct rl_planning *p, uint32_t i)
{
    return p->plan->streams[i].action != REEL_ACTION_DROP && p->plan->streams[i].kind != REEL_STREAM_TEXT;
}

static bool earlier(int64_t a, reel_ratio ta, int64_t b, reel_ratio tb)
{
    return (wide)a * ta.num * tb.den < (wide)b * tb.num * ta.den;
}

static int64_t floor_div(wide a, wide b)
{
    wide q = a / b - (a % b < 0);
    return q > INT64_MAX / 4 ? INT64_MAX / 4 : q < -(INT64_MAX / 4) ? -(INT64_MAX / 4) : (int64_t)q;
}

/* Microseconds, kept where sums cannot overflow. */
static int64_t us_of(int64_t ticks, reel_ratio base)
{
    int64_t us = rl_rescale(ticks, base, RL_US), most = INT64_MAX / 4;
    return us > most ? most : us < -most ? -most : us;
}

/* Ticks of `from` in ticks of `to`, down, or up. */
static int64_t snap(int64_t ticks, reel_ratio from, reel_ratio to, bool up)
{
    wide a = (wide)ticks * from.num * to.den, b = (wide)from.den * to.num;
    return up ? -floor_div(-a, b) : floor_div(a, b);
}

/*
 * The earliest start of what is kept, so that offsets between streams stay; exact in the base of the stream it is of. A
 * stream whose ticks are coarse (AVI counts frames) could not have an origin between two ticks without moving against
 * the others: there the origin goes to a tick of that stream, down to an earlier one or, for a trim, up.
 */
int rl_plan_origin(struct rl_planning *p)
{
    const reel_ratio *coarse = NULL;
    bool found = false;
    p->ticks = p->facts->start == REEL_NO_TIME ? 0 : p->facts->start;
    p->base = RL_US;
    for (uint32_t i = 0; i < p->facts->stream_count; i++) {
        const struct rl_stream *s = &p->facts->streams[i];
        if (!kept(p, i))
            continue;
        if (s->time_base.num > s->time_base.den / 500 &&
            (!coarse || (int64_t)s->time_base.num * coarse->den > (int64_t)coarse->num * s->time_base.den))
            coarse = &s->time_base;
        if (s->start == REEL_NO_TIME || (found && !earlier(s->start, s->time_base, p->ticks, p->base)))
            continue;
        p->ticks = s->start;
        p->base = s->time_base;
        found = true;
    }
    int64_t first = us_of(p->ticks, p->base);
    int64_t whole = p->facts->duration;
    if (p->trim_start && whole != REEL_NO_TIME && p->start >= whole)
        return rl_err(p->err, REEL_ERR_INVALID_ARG, "plan",
                      "the start of %.3f s is behind the end of the input, %.3f s",
                      (double)p->start / 1e6, (double)whole / 1e6);
    if (p->trim_start) {
        p->ticks = first + (p->start < INT64_MAX / 4 ? p->start : INT64_MAX / 4);
        p->base = RL_US;
    }
    if (coarse) {
        p->ticks = snap(p->ticks, p->base, *coarse, p->trim_start);
        p->base = *coarse;
    }
    if (p->trim_end)
        p->end_us = p->end - (us_of(p->ticks, p->base) - first);
    if (p->trim_end && p->end_us <= 0)
        return rl_err(p->err, REEL_ERR_INVALID_ARG, "plan", "the range is shorter than a frame");
    return 0;
}

int64_t rl_plan_origin_in(const struct rl_planning *p, reel_ratio time_base)
{
    return rl_rescale(p->ticks, p->base, time_base);
}

int64_t rl_plan_time_in(const struct rl_planning *p, int64_t us, reel_ratio time_base)
{
    int64_t origin = rl_plan_origin_in(p, time_base), ticks = rl_rescale(us, RL_US, time_base);
    return ticks > 0 && origin > INT64_MAX - ticks ? INT64_MAX : origin + ticks;
}

void rl_plan_extent(const struct rl_planning *p, const struct rl_stream *s, int64_t *start, int64_t *duration)
{
    int64_t origin = us_of(p->ticks, p->base);
    int64_t from = s->start == REEL_NO_TIME ? origin : us_of(s->start, s->time_base);
    int64_t end = REEL_NO_TIME;
    int64_t length = s->duration != REEL_NO_TIME && s->duration > 0 ? us_of(s->duration, s->time_base)
                                                                    : p->facts->duration;
    if (length != REEL_NO_TIME)
        end = from + (length > INT64_MAX / 4 ? INT64_MAX / 4 : length);
    *start = from > origin ? from - origin : 0;
    *duration = end == REEL_NO_TIME ? REEL_NO_TIME : end - origin - *start;
    if (p->trim_end && (*duration == REEL_NO_TIME || *start + *duration > p->end_us))
        *duration = p->end_us - *start;
    if (*duration != REEL_NO_TIME && *duration < 0)
        *duration = 0;
}
