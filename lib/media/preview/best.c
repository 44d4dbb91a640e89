/*
 * Choosing a face. All candidates are fetched first, as packets: what is blank or black takes few bytes, so those with many are
 * decoded before the others, and the first that is good ends the search. Where the first was not, two are decoded side by
 * side; the second of them is not looked at when the first is good, so what is chosen does not depend on threads.
 */
#include "moments_state.h"

#include "score.h"

#include <string.h>

/* Good enough to stop looking. */
#define GOOD 0.62
/* Under this a picture is as good as black: then what is between the keyframes is looked at too. */
#define POOR 0.12
/* So many pixels are decoded for that at most, and every so-manieth frame is scored. */
#define MORE_PIXELS (32 << 20)
#define MORE_STEP   4
/* The share of the whole at both ends that is left out: titles and credits. */
#define MARGIN         0.05
#define MAX_CANDIDATES 64
/* Packets that are held at once. */
#define GROUP 6

/* One candidate on its way. */
struct shot {
    AVPacket *packet;
    AVFrame *frame;
    int64_t key;
    double score;
    int rc;
    struct rl_single *single;
    bool full_range;
};

struct best {
    struct rl_moments *m;
    struct shot shots[GROUP];
    struct rl_single helper;
    int64_t keys[MAX_CANDIDATES]; /* those already seen */
    int key_count;
    int tries;
};

static void *take(void *arg)
{
    struct shot *s = arg;

    s->rc = rl_single_key(s->single, s->packet, false, s->frame);
    s->score = s->rc == 0 ? rl_score(s->frame, s->full_range) : 0;
    if (s->rc == 0 && s->frame->decode_error_flags)
        s->score *= 0.2;
    return NULL;
}

static bool seen(struct best *b, int64_t key)
{
    for (int i = 0; i < b->key_count; i++)
        if (b->keys[i] == key)
            return true;
    if (b->key_count < MAX_CANDIDATES)
        b->keys[b->key_count++] = key;
    return false;
}

/* Fetches the packet for the candidate at `time`: 0, REEL_END when there is none that is new. */
static int fetch(struct best *b, struct shot *s, int64_t time)
{
    struct rl_moments *m = b->m;
    int rc = rl_keys_find(m, time, false);

    if (rc)
        return rc;
    s->key = rl_keys_packet_time(m, m->packet);
    if (seen(b, s->key))
        return REEL_END;
    av_packet_unref(s->packet);
    av_packet_move_ref(s->packet, m->packet);
    s->full_range = m->colour.full_range;
    return 0;
}

/* Takes one, or two side by side. */
static void take_some(struct best *b, struct shot *s, int count)
{
    pthread_t thread;
    bool helped = false;

    s[0].single = &b->m->single;
    if (count > 1) {
        s[1].single = &b->helper;
        helped = rl_thread_start(b->m->flow.env, &thread, take, &s[1]) == 0;
    }
    take(&s[0]);
    if (helped)
        pthread_join(thread, NULL);
    else if (count > 1)
        take(&s[1]);
}

/* Keeps the better one. */
static int judge(struct best *b, struct shot *s, AVFrame *best, double *score, int64_t *key)
{
    if (s->rc < 0)
        return s->rc;
    if (s->rc == REEL_END || s->frame->decode_error_flags)
        b->m->damage++;
    if (s->rc == 0 && (!best->buf[0] || s->score > *score)) {
        av_frame_unref(best);
        av_frame_move_ref(best, s->frame);
        *score = s->score;
        *key = s->key;
    }
    av_frame_unref(s->frame);
    return 0;
}

/* The place of the i-th of n candidates, from a bit before the middle outwards. 0 … 1 */
static double place(int i, int n)
{
    int first = (n - 1) / 3, step = (i + 1) / 2, at = i % 2 ? first + step : first - step;

    /* one side is used up before the other */
    if (first - step < 0 || first + step > n - 1)
        at = first < n - 1 - first ? i : n - 1 - i;
    return n > 1 ? (double)at / (n - 1) : 0.5;
}

/* Those with at least half as many bytes as the largest come first; else the order stays. */
static void sort(struct best *b, int count)
{
    struct shot sorted[GROUP];
    int most = 0, n = 0;

    for (int i = 0; i < count; i++)
        most = b->shots[i].packet->size > most ? b->shots[i].packet->size : most;
    for (int large = 1; large >= 0; large--)
        for (int i = 0; i < count; i++)
            if ((b->shots[i].packet->size > most / 2) == large)
                sorted[n++] = b->shots[i];
    memcpy(b->shots, sorted, (size_t)n * sizeof(sorted[0]));
}

/* Decodes those that have been fetched until one is good. */
static int try_all(struct best *b, int count, AVFrame *best, double *score, int64_t *key)
{
    struct rl_moments *m = b->m;
    int rc = 0;

    sort(b, count);
    for (int k = 0, n; k < count && *score < GOOD; k += n) {
        n = k > 0 && k + 1 < count && m->threads > 1 ? 2 : 1;
        if (n == 2 && !b->helper.decode &&
            (rc = rl_single_open(&b->helper, &m->flow, m->stream->codecpar, m->stream->time_base, 1)) < 0)
            return rc;
        take_some(b, &b->shots[k], n);
        for (int i = k; i < k + n && *score < GOOD; i++)
            if ((rc = judge(b, &b->shots[i], best, score, key)) < 0)
                return rc;
    }
    return 0;
}

static int among_keys(struct best *b, int64_t from, int64_t to, int n, AVFrame *best, double *score, int64_t *key)
{
    int rc = 0;

    for (int i = 0; i < n && *score < GOOD;) {
        int have = 0;
        for (; i < n && have < GROUP; i++) {
            rc = fetch(b, &b->shots[have], from + (int64_t)(place(i, n) * (double)(to - from)));
            if (rc < 0)
                return rc;
            have += rc == 0;
        }
        if ((rc = try_all(b, have, best, score, key)) < 0)
            return rc;
    }
    return 0;
}

/* No length is known: the first keyframes there are, in order. */
static int in_order(struct best *b, int n, AVFrame *best, double *score, int64_t *key)
{
    struct rl_moments *m = b->m;
    struct shot *s = &b->shots[0];
    int rc = rl_keys_find(m, 0, false);

    for (int i = 0; rc == 0 && i < 4 * n && *score < GOOD; i++) {
        s->key = rl_keys_packet_time(m, m->packet);
        av_packet_unref(s->packet);
        av_packet_move_ref(s->packet, m->packet);
        s->full_range = m->colour.full_range;
        take_some(b, s, 1);
        if ((rc = judge(b, s, best, score, key)) == 0)
            rc = rl_keys_next(m);
    }
    return rc < 0 ? rc : 0;
}

/* The keyframes are all poor: a fade from black, or one keyframe for all. What follows the best of them is looked at. */
static int between(struct best *b, AVFrame *best, double *score)
{
    struct rl_moments *m = b->m;
    struct shot *s = &b->shots[0];
    int64_t most = MORE_PIXELS / ((int64_t)best->width * best->height + 1);
    int64_t time = best->pts;
    int rc = rl_moments_at(m, time, true, s->frame);

    for (int64_t i = 1; rc == 0 && i < most && *score < GOOD; i++) {
        rc = rl_moments_next(m, s->frame);
        if (rc == 0 && i % MORE_STEP == 0 && (s->score = rl_score(s->frame, m->colour.full_range)) > *score) {
            av_frame_unref(best);
            av_frame_move_ref(best, s->frame);
            *score = s->score;
        }
    }
    return rc < 0 ? rc : 0;
}

/* The best of a part of the timeline. REEL_END: nothing there that was not seen before. */
static int choose(struct best *b, int64_t from, int64_t to, int n, AVFrame *frame, double *score)
{
    struct rl_moments *m = b->m;
    int64_t key = REEL_NO_TIME;
    int rc = 0;

    *score = -1;
    if (to > from)
        rc = among_keys(b, from, to, n, frame, score, &key);
    else
        rc = in_order(b, n, frame, score, &key);
    if (rc < 0)
        return rc;
    if (!frame->buf[0])
        return REEL_END;
    rl_moments_finish(m, frame, key);
    m->in_order = false;
    return *score < POOR ? between(b, frame, score) : 0;
}

static int several(struct best *b, int64_t duration, int candidates, AVFrame **frames, int count)
{
    double scores[MAX_CANDIDATES], most = 0;
    int given = 0, rc = 0;

    for (int i = 0; i < count && rc >= 0; i++) {
        int64_t from = (int64_t)((double)duration * (MARGIN + (1 - 2 * MARGIN) * i / count));
        int64_t to = (int64_t)((double)duration * (MARGIN + (1 - 2 * MARGIN) * (i + 1) / count));
        rc = choose(b, from, to > from ? to : from + 1, candidates / count > 1 ? candidates / count : 2, frames[given],
                    &scores[given]);
        most = rc == 0 && scores[given] > most ? scores[given] : most;
        given += rc == 0;
    }
    /* Black ones only where there is nothing else. */
    int kept = 0;
    for (int i = 0; i < given && rc >= 0; i++) {
        if (most >= POOR && scores[i] < POOR) {
            av_frame_unref(frames[i]);
            continue;
        }
        if (kept != i)
            av_frame_move_ref(frames[kept], frames[i]);
        kept++;
    }
    return rc < 0 ? rc : kept;
}

int rl_moments_best(struct rl_moments *m, int candidates, AVFrame **frames, int count)
{
    int64_t duration = rl_keys_duration(m);
    struct best b = { .m = m };
    double score;
    int rc = 0;

    candidates = candidates < 1 ? 1 : candidates > MAX_CANDIDATES ? MAX_CANDIDATES : candidates;
    count = count < 1 ? 1 : count > MAX_CANDIDATES ? MAX_CANDIDATES : count;
    for (int i = 0; i < GROUP; i++) {
        b.shots[i].packet = av_packet_alloc();
        b.shots[i].frame = av_frame_alloc();
        if (!b.shots[i].packet || !b.shots[i].frame)
            rc = rl_err_nomem(&m->err, "preview");
    }
    if (rc == 0 && count > 1 && duration != REEL_NO_TIME)
        rc = several(&b, duration, candidates, frames, count);
    if (rc == 0) { /* one is wanted, or nothing has come */
        int64_t from = duration != REEL_NO_TIME ? (int64_t)((double)duration * MARGIN) : 0;
        int64_t to = duration != REEL_NO_TIME ? (int64_t)((double)duration * (1 - MARGIN)) : 0;
        b.key_count = 0;
        rc = choose(&b, from, to, candidates, frames[0], &score);
        if (rc == REEL_END)
            rc = rl_moments_at(m, 0, false, frames[0]);
        if (rc > 0)
            rc = rl_err(&m->err, REEL_ERR_INVALID_DATA, "preview", "not one picture of the stream can be decoded");
        rc = rc == 0 ? 1 : rc;
    }
    m->last_key = REEL_NO_TIME; /* whoever goes through them now gets them all */
    m->decoded += b.helper.decoded;
    if (rc < 0 && !m->err.code)
        m->err = b.helper.err;
    rl_single_close(&b.helper);
    for (int i = 0; i < GROUP; i++) {
        av_packet_free(&b.shots[i].packet);
        av_frame_free(&b.shots[i].frame);
    }
    return rl_moments_fail(m, rc);
}
