#include "tap.h"

#include "print.h"
#include "score.h"
#include "tiles.h"

#include "../../base/time.h"
#include "../compat.h"

/* One size of picture that is taken. */
struct take {
    struct rl_print print; /* pixels NULL: not open yet */
    int32_t width, height; /* 0: none is wanted */
    AVFrame *out;
};

struct tap {
    struct rl_step step;
    const struct rl_video_spec *spec;
    const struct rl_cuts *cuts;
    struct take tile, poster, moving;
    struct rl_tiles tiles;
    double score;        /* of the poster that waits in poster.out; -1: none does */
    int64_t segment;     /* at work; -1 before the first */
    bool wanted;         /* its chunk is */
    int64_t board, slot; /* interval of the last tile and slot of the last moving frame in this segment; -1: none yet */
    int64_t begin, end;  /* us: first and last frame of the segment */
};

/* What the frames are, at another size and as WebP takes them: they have been turned and cut already. */
static struct rl_still_spec spec_of(const struct tap *t, const struct take *take)
{
    const struct rl_colour *c = &t->spec->picture.colour;

    return (struct rl_still_spec){
        .width = take->width,
        .height = take->height,
        .source = *c,
        .tonemap = c->transfer == 16 || c->transfer == 18,
        .format = RL_STILL_WEBP,
        .depth = 8,
        .chroma = 420,
        .threads = 1,
        .focus_x = 0.5,
        .focus_y = 0.5,
    };
}

static int print(struct tap *t, struct take *take, const AVFrame *frame, int64_t time)
{
    int rc = 0;

    if (!take->print.pixels) {
        const struct rl_still_spec spec = spec_of(t, take);
        rc = rl_print_open(&take->print, t->step.flow, &spec, frame);
    }
    av_frame_unref(take->out);
    if (rc >= 0)
        rc = rl_print_run(&take->print, frame, take->out);
    take->out->pts = time;
    return rc;
}

static int put(struct tap *t, const struct take *take, uint32_t use)
{
    int rc = rl_tiles_add(&t->tiles, take->out, use);

    return rc < 0 ? rl_err(t->step.flow->err, rc, "preview", "a picture of a preview is %dx%d", take->out->width,
                           take->out->height)
                  : 0;
}

/* The chunk of the segment at work. */
static int finish(struct tap *t)
{
    struct rl_flow *flow = t->step.flow;
    int rc = 0;

    if (t->segment < 0 || !t->wanted)
        return 0;
    if (t->score >= 0)
        rc = put(t, &t->poster, RL_TILE_POSTER);
    if (rc >= 0 && rl_tiles_end(&t->tiles) < 0)
        rc = rl_err_nomem(flow->err, "preview");
    if (rc >= 0) {
        const struct rl_chunk_out chunk = { .track = 1,
                                            .index = t->spec->first_index + (uint32_t)t->segment,
                                            .start = t->begin,
                                            .duration = t->end - t->begin,
                                            .samples = t->tiles.count,
                                            .samples_in = t->tiles.count };
        rc = rl_emit(flow, &chunk, t->tiles.data.data, t->tiles.data.size);
    }
    rl_tiles_free(&t->tiles);
    t->wanted = false;
    return rc;
}

static void begin(struct tap *t, int64_t segment, int64_t time)
{
    struct rl_flow *flow = t->step.flow;

    t->segment = segment;
    t->wanted = flow->host->wanted(flow->host->user, t->spec->first_index + (uint32_t)segment);
    t->score = -1;
    t->board = t->slot = -1;
    t->begin = time;
    if (t->wanted)
        rl_tiles_begin(&t->tiles, flow->env);
}

/* A tile, and a candidate for the poster. */
static int take_tile(struct tap *t, const AVFrame *frame, int64_t time)
{
    int64_t board = time < 0 ? 0 : time / t->spec->tap.interval;
    int rc;

    if (board == t->board)
        return 0;
    t->board = board;
    if ((rc = print(t, &t->tile, frame, time)) < 0 || (rc = put(t, &t->tile, RL_TILE_BOARD)) < 0 || !t->poster.width)
        return rc;
    double score = rl_score(frame, t->spec->picture.colour.full_range);
    if (score <= t->score)
        return 0;
    t->score = score;
    return print(t, &t->poster, frame, time);
}

int64_t rl_tap_slot(int64_t duration, int moments, int64_t moment, int rate, int64_t time, int *which)
{
    const int64_t step = 1000000 / (rate > 0 ? rate : 10);

    *which = 0;
    if (moments < 1 || moment < 1 || moment > INT64_MAX / 4 / moments || time < 0)
        return -1;
    if (duration <= moments * moment) /* all of it fits */
        return time < moments * moment ? time / step : -1;
    for (int i = 0; i < moments; i++) {
        int64_t from = rl_tap_place(duration, moments, moment, i);
        if (time >= from && time - from < moment) {
            *which = i;
            return i * (moment / step + 1) + (time - from) / step;
        }
    }
    return -1;
}

static int take_moving(struct tap *t, const AVFrame *frame, int64_t time)
{
    const struct rl_tap_spec *s = &t->spec->tap;
    int which, rc;

    if (!t->moving.width)
        return 0;
    int64_t slot = rl_tap_slot(s->duration, s->moments, s->moment, s->moving_rate, time, &which);
    if (slot < 0 || slot == t->slot)
        return 0;
    t->slot = slot;
    rc = print(t, &t->moving, frame, time);
    return rc < 0 ? rc : put(t, &t->moving, RL_TILE_MOVING);
}

static int tap_frame(struct rl_step *step, AVFrame *frame)
{
    struct tap *t = (struct tap *)step;
    int64_t n = rl_cuts_find(t->cuts, frame->pts), ticks = frame->pts - t->spec->origin;
    int64_t time = rl_rescale(ticks, t->spec->time_base, RL_US);
    int rc = 0;

    if (n < 0)
        n = t->segment < 0 ? 0 : t->segment;
    if (n > t->segment) {
        if ((rc = finish(t)) < 0)
            return rc;
        begin(t, n, time);
    }
    t->end = time;
    if (t->wanted && ((rc = take_tile(t, frame, time)) < 0 || (rc = take_moving(t, frame, time)) < 0))
        return rc;
    return rl_push_frame(step->next, frame);
}

static int tap_flush(struct rl_step *step)
{
    int rc = finish((struct tap *)step);

    return rc < 0 ? rc : rl_push_flush(step->next);
}

static void tap_close(struct rl_step *step)
{
    struct tap *t = (struct tap *)step;
    struct take *takes[] = { &t->tile, &t->poster, &t->moving };

    for (size_t i = 0; i < 3; i++) {
        rl_print_close(&takes[i]->print);
        av_frame_free(&takes[i]->out);
    }
    rl_tiles_free(&t->tiles);
    rl_free(step->flow->env, t);
}

static const struct rl_step_ops tap_ops = { .name = "tap", .frame = tap_frame, .flush = tap_flush, .close = tap_close };

int rl_tap_open(struct rl_step **out, struct rl_flow *flow, const struct rl_video_spec *spec,
                const struct rl_cuts *cuts)
{
    const struct rl_tap_spec *s = &spec->tap;
    struct tap *t;

    *out = NULL;
    if (s->interval <= 0)
        return 0;
    t = rl_calloc(flow->env, 1, sizeof(*t));
    if (!t)
        return rl_err_nomem(flow->err, "preview");
    t->step = (struct rl_step){ .ops = &tap_ops, .flow = flow };
    t->spec = spec;
    t->cuts = cuts;
    t->segment = -1;
    rl_buf_init(&t->tiles.data, flow->env);
    t->tile = (struct take){ .width = s->tile_width, .height = s->tile_height, .out = av_frame_alloc() };
    t->poster = (struct take){ .width = s->poster_width, .height = s->poster_height, .out = av_frame_alloc() };
    t->moving = (struct take){ .width = s->moving_width, .height = s->moving_height, .out = av_frame_alloc() };
    if (!t->tile.out || !t->poster.out || !t->moving.out) {
        tap_close(&t->step);
        return rl_err_nomem(flow->err, "preview");
    }
    *out = &t->step;
    return 0;
}
