/*
 * Is all of it there? Two kinds of answers: counts that contradict each other are an error, for then we have lost
 * something ourselves; what the source did not give is listed, and the result is partial.
 */
#include "task.h"

#include "../base/time.h"
#include "../input/input.h"
#include "../plan/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A stream that ends before the container says it does counts as truncated when more than half a second and more than 1 %
 * of it are missing: declared durations are rounded, and the tracks of a good file differ by a frame or two.
 */
#define SHORT_US 500000
#define SHORT_PART 100

int rl_reason_add(reel_task *task, const char *code, int32_t stream, int64_t start, int64_t end, bool note,
                  const char *fmt, ...)
{
    if (task->reason_count >= RL_MAX_REASONS) {
        task->unlisted[note]++;
        return 0;
    }
    if (!rl_grow(task->env, (void **)&task->reasons, &task->reason_capacity, task->reason_count,
                 sizeof(*task->reasons)))
        return REEL_ERR_NOMEM;
    struct rl_reason *r = &task->reasons[task->reason_count++];
    *r = (struct rl_reason){ .code = code, .stream = stream, .start = start, .end = end, .note = note };
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->text, sizeof(r->text), fmt, args);
    va_end(args);
    return 0;
}

/* What identifies a stream's own timeline. */
static void clock_of(const struct rl_planned_track *t, int64_t *origin, reel_ratio *base)
{
    switch (t->job) {
    case RL_JOB_VIDEO: *origin = t->spec.video.origin; *base = t->spec.video.time_base; break;
    case RL_JOB_AUDIO: *origin = t->spec.audio.origin; *base = t->spec.audio.time_base; break;
    case RL_JOB_COPY: *origin = t->spec.copy.origin; *base = t->spec.copy.time_base; break;
    default: *origin = t->spec.text.origin; *base = t->spec.text.time_base; break;
    }
}

/* A time of a stream on the output's timeline, us. */
static int64_t out_us(const struct rl_planned_track *t, int64_t ts)
{
    int64_t origin;
    reel_ratio base;
    clock_of(t, &origin, &base);
    return ts == REEL_NO_TIME ? REEL_NO_TIME : rl_rescale(ts - origin, base, RL_US);
}

/* Do these containers declare a duration that can be held against them? Elementary streams and MPEG-TS have none: there
 * it was estimated from the bit rate. */
static bool declares_duration(const struct rl_facts *facts)
{
    static const char *const names[] = { "mov", "mp4", "matroska", "webm", "avi", "wav", "flac", "aiff", "w64" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(facts->format, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* Sums over the jobs of a track. */
struct track_sums {
    uint64_t in, out, dropped, errors, filled;
    int64_t first, end; /* us on the output's timeline */
    bool lost, truncated;
    uint32_t chunks;
};

/* Ranges of the output's timeline that at least one stream has not. */
struct span {
    int64_t start, end; /* us */
};

struct gaps {
    struct span *spans; /* room for one per work and one per track */
    uint32_t count;
};

static void add_gap(struct gaps *g, int64_t start, int64_t end)
{
    if (end > start)
        g->spans[g->count++] = (struct span){ start, end };
}

static int by_start(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

/* What two streams lack at the same time counts once, and no more counts than there was to be. */
static int64_t missing_time(const reel_task *task, struct gaps *g)
{
    int64_t sum = 0, reached = 0, end = 0;
    for (uint32_t i = 0; i < task->plan->track_count; i++) {
        const struct rl_planned_track *t = &task->plan->tracks[i];
        if (t->duration == REEL_NO_TIME)
            end = INT64_MAX;
        else if (t->start + t->duration > end)
            end = t->start + t->duration;
    }
    qsort(g->spans, g->count, sizeof(*g->spans), by_start);
    for (uint32_t i = 0; i < g->count; i++) {
        int64_t from = g->spans[i].start > reached ? g->spans[i].start : reached;
        int64_t to = g->spans[i].end < end ? g->spans[i].end : end;
        if (to > from) {
            sum += to - from;
            reached = to;
        }
    }
    return sum;
}

static int list_lost(reel_task *task, const struct rl_work *w, int32_t stream, struct gaps *gaps)
{
    int64_t end = w->length > 0 ? w->start + w->length : REEL_NO_TIME;
    add_gap(gaps, w->start, w->start + w->length);
    return rl_reason_add(task, "range-lost", stream, w->start, end, false, "%s [%s]", w->err.text,
                         reel_err_name(w->err.code));
}

static int sum_track(reel_task *task, uint32_t track, struct track_sums *s, struct gaps *gaps, reel_error *err)
{
    const struct rl_planned_track *t = &task->plan->tracks[track];
    *s = (struct track_sums){ .first = REEL_NO_TIME, .end = REEL_NO_TIME };
    int rc = 0;
    for (uint32_t i = 0; i < task->work_count && rc == 0; i++) {
        const struct rl_work *w = &task->works[i];
        const struct rl_run_result *r = &w->result;
        if (w->track != track)
            continue;
        struct rl_sums pieces = rl_gather_sums(&task->gathers[track], w->first, w->count);
        s->chunks += pieces.chunks;
        s->out += pieces.samples;
        if (!w->has_result) {
            s->lost = true;
            s->in += pieces.samples_in;
            s->errors += pieces.decode_errors;
            rc = list_lost(task, w, t->stream, gaps);
            continue;
        }
        s->in += r->samples_in;
        s->dropped += r->dropped;
        s->errors += r->decode_errors;
        s->filled += r->filled;
        s->truncated = s->truncated || r->truncated;
        if (r->first != REEL_NO_TIME && (s->first == REEL_NO_TIME || out_us(t, r->first) < s->first))
            s->first = out_us(t, r->first);
        if (r->end != REEL_NO_TIME && (s->end == REEL_NO_TIME || out_us(t, r->end) > s->end))
            s->end = out_us(t, r->end);
        if (r->note[0])
            rc = rl_reason_add(task, "note", t->stream, REEL_NO_TIME, REEL_NO_TIME, true, "%s", r->note);
    }
    return rc < 0 ? rl_err_nomem(err, "verify") : 0;
}

/* In equals out, but for what was dropped on purpose. An expert's filter may do with frames as it likes. */
static int compare(reel_task *task, const struct rl_planned_track *t, const struct track_sums *s, reel_error *err)
{
    bool own_filter = t->job == RL_JOB_VIDEO && t->spec.video.picture.expert[0];
    if (t->kind != REEL_STREAM_VIDEO || s->lost || own_filter || s->in == s->out + s->dropped)
        return 0;
    (void)task;
    rl_err(err, REEL_ERR_VERIFY, "verify",
           "%llu frames were decoded, %llu left out on purpose, and %llu are in the chunks",
           (unsigned long long)s->in, (unsigned long long)s->dropped, (unsigned long long)s->out);
    rl_err_where(err, t->stream, REEL_NO_TIME);
    return REEL_ERR_VERIFY;
}

/* Where the last stream ends, us on the output's timeline. */
static int64_t last_end(const reel_task *task)
{
    int64_t last = REEL_NO_TIME;
    for (uint32_t i = 0; i < task->work_count; i++) {
        const struct rl_work *w = &task->works[i];
        if (w->loose)
            continue;
        int64_t end = w->has_result ? out_us(&task->plan->tracks[w->track], w->result.end) : REEL_NO_TIME;
        if (end != REEL_NO_TIME && (last == REEL_NO_TIME || end > last))
            last = end;
    }
    return last;
}

/* What the source itself does not give. */
static int list_missing(reel_task *task, uint32_t track, const struct track_sums *s, struct gaps *gaps)
{
    const struct rl_planned_track *t = &task->plan->tracks[track];
    const struct rl_facts *facts = rl_input_facts(task->input);
    const struct rl_stream *source = &facts->streams[t->stream];
    bool whole = task->start == 0 && task->end == 0;
    bool is_media = t->kind != REEL_STREAM_TEXT;
    int64_t expected = t->duration != REEL_NO_TIME ? t->start + t->duration : REEL_NO_TIME;
    int rc = 0;

    if (s->errors > 0)
        rc = rl_reason_add(task, "damaged", t->stream, REEL_NO_TIME, REEL_NO_TIME, false,
                           "%llu packets or frames are damaged", (unsigned long long)s->errors);
    /* A duration of the whole file is met when any stream lasts until then. */
    bool own = source->duration != REEL_NO_TIME && source->duration > 0;
    int64_t reached = own ? s->end : last_end(task);
    int64_t missing = is_media && expected != REEL_NO_TIME && s->end != REEL_NO_TIME ? expected - reached : 0;
    bool is_short = missing > SHORT_US && missing > t->duration / SHORT_PART && declares_duration(facts);
    if (rc == 0 && (is_short || s->truncated)) {
        rc = rl_reason_add(task, "truncated", t->stream, s->end, is_short ? expected : REEL_NO_TIME, false,
                           is_short ? "the stream ends %.3f s before the container says it does"
                                    : "the input ends inside its data", (double)missing / 1e6);
        if (is_short && !s->lost)
            add_gap(gaps, expected - missing, expected);
    }
    if (rc == 0 && whole && t->kind == REEL_STREAM_VIDEO && !s->lost && source->keys_trusted && source->frames > 0 &&
        s->in < (uint64_t)source->frames && s->errors == 0)
        rc = rl_reason_add(task, "frames-missing", t->stream, REEL_NO_TIME, REEL_NO_TIME, false,
                           "the container counts %lld frames, and %llu could be decoded", (long long)source->frames,
                           (unsigned long long)s->in);
    if (rc == 0 && s->filled > 0)
        rc = rl_reason_add(task, "filled", t->stream, REEL_NO_TIME, REEL_NO_TIME, true,
                           "%.3f s of gaps in the sound were filled with silence", (double)s->filled / 48000.0);
    if (rc == 0 && t->kind == REEL_STREAM_AUDIO && s->dropped > 0)
        rc = rl_reason_add(task, "overlap", t->stream, REEL_NO_TIME, REEL_NO_TIME, true,
                           "%.3f s of sound that overlaps what came before were left out",
                           (double)s->dropped / 48000.0);
    return rc;
}

static void count(reel_task *task, const struct rl_planned_track *t, const struct track_sums *s)
{
    reel_result *r = &task->result;
    r->decode_errors += s->errors;
    r->segments += s->chunks;
    if (t->kind == REEL_STREAM_VIDEO) {
        r->frames_in += s->in;
        r->frames_out += s->out;
    } else if (t->kind == REEL_STREAM_AUDIO && r->samples_in == 0) {
        r->samples_in = s->in;
        r->samples_out = s->out;
    }
}

/* The A/V offset of the source, by what was decoded first; that of the output is taken off when it has been verified. */
static void note_start(reel_task *task, const struct rl_planned_track *t, const struct track_sums *s)
{
    int64_t *at = t->kind == REEL_STREAM_VIDEO ? &task->first_video : t->kind == REEL_STREAM_AUDIO ? &task->first_audio
                                                                                                  : NULL;
    if (at && *at == REEL_NO_TIME && s->chunks > 0)
        *at = s->first;
}

static int list_dropped(reel_task *task)
{
    int rc = 0;
    for (uint32_t i = 0; i < task->plan->stream_count && rc == 0; i++) {
        const struct rl_planned_stream *s = &task->plan->streams[i];
        if (s->action == REEL_ACTION_DROP && s->lossy)
            rc = rl_reason_add(task, "undecodable", (int32_t)i, REEL_NO_TIME, REEL_NO_TIME, false, "%s", s->text);
    }
    return rc;
}

static int list_empty(reel_task *task, const struct rl_planned_track *t, const struct track_sums *s)
{
    bool loss = s->lost || s->errors > 0 || s->truncated;
    return rl_reason_add(task, loss ? "stream-lost" : "empty", t->stream, REEL_NO_TIME, REEL_NO_TIME, !loss, "%s",
                         loss ? "nothing of the stream could be decoded" : "the stream has nothing within the range");
}

/* Nothing at all came out: the first failure of a work is the cause, if there is one. */
static int nothing(reel_task *task, reel_error *err)
{
    for (uint32_t i = 0; i < task->work_count; i++)
        if (!task->works[i].has_result && !task->works[i].loose) {
            *err = task->works[i].err;
            return err->code;
        }
    return rl_err(err, REEL_ERR_INVALID_DATA, "decode", "nothing could be decoded");
}

int rl_verdict_counts(reel_task *task, reel_error *err)
{
    bool any = false;
    struct gaps gaps = {
        .spans = rl_calloc(task->env, task->work_count + task->plan->track_count, sizeof(*gaps.spans)),
    };
    int rc = gaps.spans ? list_dropped(task) : REEL_ERR_NOMEM;
    for (uint32_t i = 0; i < task->plan->track_count && rc == 0; i++) {
        const struct rl_planned_track *t = &task->plan->tracks[i];
        struct track_sums s;
        rc = sum_track(task, i, &s, &gaps, err);
        if (rc == 0)
            rc = compare(task, t, &s, err);
        if (rc < 0)
            break;
        count(task, t, &s);
        note_start(task, t, &s);
        any = any || (s.chunks > 0 && t->kind != REEL_STREAM_TEXT);
        rc = list_missing(task, i, &s, &gaps);
        if (rc == 0 && s.chunks == 0)
            rc = list_empty(task, t, &s);
    }
    if (rc == 0)
        task->result.missing = missing_time(task, &gaps);
    rl_free(task->env, gaps.spans);
    if (rc < 0)
        return err->code < 0 ? err->code : rl_err_nomem(err, "verify");
    return any ? 0 : nothing(task, err);
}
