/* What moves through a whole video: its storyboard and its animation. */
#include "pictures.h"

#include "animation.h"
#include "storyboard.h"
#include "tap.h"

/* The frame that has come becomes a tile; the first of them says what tiles are. */
static int add_tile(struct rl_preview_work *w, struct rl_storyboard *board, struct rl_print *print,
                    const AVFrame *frame, AVFrame *tile)
{
    const struct rl_still_spec spec = rl_print_resized(&w->spec->poster, w->spec->tile_width, w->spec->tile_height, 0);
    int rc = print->pixels ? 0 : rl_print_open(print, w->flow, &spec, frame);

    if (rc >= 0)
        rc = rl_print_run(print, frame, tile);
    if (rc >= 0)
        rc = rl_storyboard_add(board, print, tile, frame->pts);
    av_frame_unref(tile);
    return rc;
}

/* A keyframe so little before its time is as good as one at it. */
#define EARLY 16
/* Sides of a frame to those of its tile from which on the quick way of decoding is not seen. */
#define SMALL 4

int rl_preview_storyboard(struct rl_preview_work *w)
{
    int64_t duration = rl_moments_duration(w->moments), interval = w->spec->interval > 0 ? w->spec->interval : 1000000;
    AVFrame *frame = av_frame_alloc(), *tile = av_frame_alloc();
    struct rl_storyboard *board = NULL;
    struct rl_print print = { 0 };
    int64_t last = REEL_NO_TIME;
    int rc = frame && tile ? rl_storyboard_open(&board, &w->products, w->spec->columns, w->spec->rows)
                           : rl_err_nomem(w->flow->err, "preview");

    /* One keyframe for each interval: the first that lies in it, so that a tile shows what its time does. */
    for (int64_t t = 0; rc >= 0 && (duration == REEL_NO_TIME || t < duration || t == 0);) {
        av_frame_unref(frame);
        rc = t ? rl_moments_after(w->moments, t - interval / EARLY, frame) : rl_moments_at(w->moments, 0, false, frame);
        if (rc == REEL_END)
            break;
        if (rc == 0) {
            rl_moments_rough(w->moments, frame->width >= SMALL * w->spec->tile_width);
            last = frame->pts;
            rc = add_tile(w, board, &print, frame, tile);
            t = last > t ? last : t;
        }
        t = (t / interval + 1) * interval;
        if (rc >= 0)
            rc = rl_preview_progress(w, t);
    }
    rl_moments_rough(w->moments, false);
    if (rc >= 0 && last == REEL_NO_TIME)
        rc = rl_err(w->flow->err, REEL_ERR_INVALID_DATA, "preview", "not one picture of the stream can be decoded");
    if (rc >= 0)
        rc = rl_storyboard_end(board, duration != REEL_NO_TIME && duration > last ? duration : last + interval);
    rl_storyboard_close(&board);
    rl_print_close(&print);
    av_frame_free(&frame);
    av_frame_free(&tile);
    return rc < 0 ? rc : 0;
}

/* The animation at work. */
struct reel {
    struct rl_preview_work *w;
    struct rl_animation *animation;
    struct rl_print print;
    AVFrame *frame, *out;
    int64_t at;       /* us on the animation's timeline: where the next moment begins */
    int64_t shown_to; /* us of the source: nothing before this is shown again */
    int64_t step;     /* us between frames */
};

static int add_frame(struct reel *r, int64_t at)
{
    const struct rl_preview_spec *s = r->w->spec;
    const struct rl_still_spec spec =
        rl_print_resized(&s->poster, s->animation_width, s->animation_height, s->animation);
    int rc = r->print.pixels ? 0 : rl_print_open(&r->print, r->w->flow, &spec, r->frame);

    if (rc >= 0)
        rc = rl_print_run(&r->print, r->frame, r->out);
    if (rc >= 0)
        rc = rl_animation_add(r->animation, &r->print, r->out, at, r->frame->pts);
    av_frame_unref(r->out);
    return rc < 0 ? rc : rl_preview_progress(r->w, r->frame->pts);
}

/* The first frame of a moment: that of the keyframe where this shows nothing twice, which is the cheapest. */
static int find_start(struct reel *r, int64_t place)
{
    int rc = rl_moments_at(r->w->moments, place, false, r->frame);

    if (rc == REEL_PENDING || (rc == 0 && r->frame->pts < r->shown_to))
        rc = rl_moments_at(r->w->moments, place > r->shown_to ? place : r->shown_to, true, r->frame);
    while (rc == 0 && r->frame->pts < r->shown_to)
        rc = rl_moments_next(r->w->moments, r->frame);
    return rc;
}

/* Frames of `length` us from a place on, at their own pace, at most one a step. REEL_END: there is nothing there. */
static int play(struct reel *r, int64_t place, int64_t length)
{
    int rc = find_start(r, place);

    if (rc)
        return rc;
    int64_t start = r->frame->pts, due = 0, on = 0;
    while (rc == 0) {
        on = r->frame->pts - start;
        if (on >= length)
            break;
        if (on >= due) {
            if ((rc = add_frame(r, r->at + on)) < 0)
                return rc;
            due = (on / r->step + 1) * r->step;
        } else if (rl_flow_cancelled(r->w->flow)) {
            return rl_err(r->w->flow->err, REEL_ERR_CANCELLED, "preview", "cancelled");
        }
        rc = rl_moments_next(r->w->moments, r->frame);
    }
    if (rc < 0)
        return rc;
    r->at += rc == 0 ? length : due < length ? due : length;
    r->shown_to = start + length;
    return 0;
}

int rl_preview_animation(struct rl_preview_work *w)
{
    const struct rl_preview_spec *s = w->spec;
    int64_t duration = rl_moments_duration(w->moments), moment = s->moment > 0 ? s->moment : 1000000;
    int n = s->moments > 0 ? s->moments : 1;
    struct reel r = { .w = w,
                      .frame = av_frame_alloc(),
                      .out = av_frame_alloc(),
                      .step = 1000000 / (s->animation_rate > 0 ? s->animation_rate : 10),
                      .shown_to = INT64_MIN };
    int rc = r.frame && r.out ? rl_animation_open(&r.animation, &w->products) : rl_err_nomem(w->flow->err, "preview");

    if (moment > INT64_MAX / 4 / n)
        moment = INT64_MAX / 4 / n;
    if (rc == 0 && (duration == REEL_NO_TIME || duration <= n * moment)) {
        rc = play(&r, 0, n * moment); /* all of it fits */
    } else {
        for (int i = 0; i < n && rc >= 0; i++)
            rc = play(&r, rl_tap_place(duration, n, moment, i), moment);
    }
    if (rc >= 0)
        rc = rl_animation_end(r.animation, r.at);
    rl_animation_close(&r.animation);
    rl_print_close(&r.print);
    av_frame_free(&r.frame);
    av_frame_free(&r.out);
    return rc < 0 ? rc : 0;
}
