/* All products of a preview, out of the pictures that a transcode has taken on its way: nothing is decoded. */
#include "pictures.h"

#include "animation.h"
#include "score.h"
#include "storyboard.h"
#include "tap.h"
#include "tiles.h"

#include "../../base/io.h"

#include <sys/stat.h>
#include <unistd.h>

/* A chunk of pictures is a few of them. */
#define MAX_CHUNK (256 << 20)

struct gathering {
    struct rl_preview_work *w;
    struct rl_storyboard *board;
    struct rl_animation *animation;
    struct rl_print tile, moving;
    AVFrame *frame, *out;
    int64_t slot;                  /* interval of the tile put last; -1: none */
    int64_t moving_slot, at;       /* of the moving frame put last; us on the animation's timeline */
    int64_t base, first;           /* us: where its moment begins there, and in the source */
    int moment;                    /* which; -1: none yet */
    int64_t step;                  /* us between moving frames */
    int64_t last;                  /* us: of the last picture of all */
    AVFrame *best[RL_MAX_POSTERS]; /* by part of the timeline; empty: none yet */
    double scores[RL_MAX_POSTERS];
    int parts;
};

static int resize(struct gathering *g, struct rl_print *print, int32_t width, int32_t height, int32_t format)
{
    const struct rl_still_spec spec = rl_print_resized(&g->w->spec->poster, width, height, format);
    int rc = 0;

    if (!print->pixels)
        rc = rl_print_open(print, g->w->flow, &spec, g->frame);
    if (rc >= 0)
        rc = rl_print_run(print, g->frame, g->out);
    return rc;
}

static int put_tile(struct gathering *g)
{
    const struct rl_preview_spec *s = g->w->spec;
    int64_t slot = g->frame->pts / (s->interval > 0 ? s->interval : 1000000);

    if (!s->storyboard || slot == g->slot)
        return 0; /* each segment begins with one, needed or not */
    g->slot = slot;
    int rc = resize(g, &g->tile, s->tile_width, s->tile_height, 0);
    if (rc >= 0)
        rc = rl_storyboard_add(g->board, &g->tile, g->out, g->frame->pts);
    av_frame_unref(g->out);
    return rc;
}

/* Frames of one moment keep their pace; the next moment follows at once. */
static int put_moving(struct gathering *g)
{
    const struct rl_preview_spec *s = g->w->spec;
    const int64_t duration = s->source.duration != REEL_NO_TIME ? s->source.duration : 0;
    int which;
    int64_t slot = rl_tap_slot(duration, s->moments, s->moment, s->animation_rate, g->frame->pts, &which);

    if (!s->animation || slot < 0 || slot == g->moving_slot)
        return 0; /* each segment begins anew, and may have taken one too many */
    g->moving_slot = slot;
    if (which != g->moment) {
        g->base = g->moment < 0 ? 0 : g->base + s->moment;
        g->moment = which;
        g->first = g->frame->pts;
    }
    g->at = g->base + g->frame->pts - g->first;
    int rc = resize(g, &g->moving, s->animation_width, s->animation_height, s->animation);
    if (rc >= 0)
        rc = rl_animation_add(g->animation, &g->moving, g->out, g->at, g->frame->pts);
    av_frame_unref(g->out);
    return rc;
}

static void keep_poster(struct gathering *g)
{
    const int64_t duration = g->w->spec->source.duration, pts = g->frame->pts;
    int part = g->parts > 1 && duration != REEL_NO_TIME && duration > 0 && pts > 0
                   ? (int)((double)pts / (double)duration * g->parts)
                   : 0;

    part = part < g->parts ? part : g->parts - 1;
    double score = rl_score(g->frame, false);
    if (g->best[part]->buf[0] && score <= g->scores[part])
        return;
    g->scores[part] = score;
    av_frame_unref(g->best[part]);
    av_frame_move_ref(g->best[part], g->frame);
}

static int gather(struct gathering *g, const uint8_t *data, size_t size)
{
    struct rl_tiles_reader reader;
    uint32_t use = 0;
    int rc = rl_tiles_read(&reader, data, size);

    while (rc == 0 && (rc = rl_tiles_next(&reader, g->frame, &use)) == 0) {
        g->last = g->frame->pts > g->last ? g->frame->pts : g->last;
        if (use & RL_TILE_BOARD)
            rc = put_tile(g);
        if (rc >= 0 && use & RL_TILE_MOVING)
            rc = put_moving(g);
        if (rc >= 0)
            rc = rl_preview_progress(g->w, g->frame->pts);
        if (rc >= 0 && use & RL_TILE_POSTER)
            keep_poster(g);
    }
    if (rc == REEL_ERR_INVALID_DATA || rc == REEL_ERR_NOMEM)
        rl_err(g->w->flow->err, rc, "preview", "the pictures that the transcode took cannot be used");
    return rc < 0 ? rc : 0;
}

static int read_chunk(struct gathering *g, uint32_t index)
{
    struct rl_flow *flow = g->w->flow;
    int fd = flow->host->chunk_fd(flow->host->user, 1, index), rc = 0;
    uint8_t *data = NULL;
    struct stat st;

    if (fd < 0)
        return rl_err_errno(flow->err, -fd, "preview", "the pictures of segment %u cannot be opened", (unsigned)index);
    if (fstat(fd, &st) < 0 || st.st_size < 0 || st.st_size > MAX_CHUNK)
        rc = rl_err(flow->err, REEL_ERR_INVALID_DATA, "preview",
                    "the pictures of segment %u are not what they should be", (unsigned)index);
    if (rc == 0 && !(data = rl_alloc(flow->env, (size_t)st.st_size + 1)))
        rc = rl_err_nomem(flow->err, "preview");
    if (rc == 0) {
        int64_t n = rl_pread(flow->env, fd, data, (size_t)st.st_size, 0);
        rc = n < 0 ? rl_err_errno(flow->err, (int)-n, "preview", "the pictures of segment %u cannot be read",
                                  (unsigned)index)
                   : gather(g, data, (size_t)n);
    }
    rl_free(flow->env, data);
    close(fd);
    return rc;
}

static int posters(struct gathering *g)
{
    AVFrame *given[RL_MAX_POSTERS];
    int count = 0;

    if (!g->w->spec->posters && !g->w->spec->placeholder)
        return 0;
    for (int i = 0; i < g->parts; i++)
        if (g->best[i]->buf[0])
            given[count++] = g->best[i];
    if (!count)
        return rl_err(g->w->flow->err, REEL_ERR_INVALID_DATA, "preview", "the transcode took no picture for a poster");
    return rl_preview_frames(g->w, given, count);
}

static int finish(struct gathering *g)
{
    const int64_t duration = g->w->spec->source.duration, step = g->at + g->step;
    const int64_t last = g->base + g->w->spec->moment, end = step < last ? step : last;
    int rc = 0;

    if (g->w->spec->storyboard)
        rc = rl_storyboard_end(g->board, duration != REEL_NO_TIME && duration > g->last ? duration : g->last + 1000);
    if (rc >= 0 && g->w->spec->animation)
        rc = rl_animation_end(g->animation, end);
    return rc < 0 ? rc : posters(g);
}

static int open_all(struct gathering *g)
{
    const struct rl_preview_spec *s = g->w->spec;
    bool ok = (g->frame = av_frame_alloc()) && (g->out = av_frame_alloc());

    for (int i = 0; i < g->parts; i++)
        ok = (g->best[i] = av_frame_alloc()) && ok;
    int rc = ok ? 0 : rl_err_nomem(g->w->flow->err, "preview");
    if (rc == 0)
        rc = rl_storyboard_open(&g->board, &g->w->products, s->columns, s->rows);
    return rc < 0 ? rc : rl_animation_open(&g->animation, &g->w->products);
}

int rl_preview_from_tiles(struct rl_preview_work *w)
{
    const struct rl_preview_spec *s = w->spec;
    struct rl_preview_spec upright = *s;
    struct rl_preview_work work = *w;
    struct gathering g = { .w = &work,
                           .slot = -1,
                           .moving_slot = -1,
                           .moment = -1,
                           .step = 1000000 / (s->animation_rate > 0 ? s->animation_rate : 10),
                           .parts = s->posters > 1 ? s->posters < RL_MAX_POSTERS ? s->posters : RL_MAX_POSTERS : 1 };

    /* They have been turned, cut and made SDR by the transcode. */
    upright.poster.mirrored = upright.poster.rotation = upright.poster.tonemap = 0;
    upright.poster.crop_width = upright.poster.clap_width = 0;
    work.spec = &upright;
    int rc = open_all(&g);
    for (uint32_t i = 0; i < s->tiles && rc >= 0; i++)
        rc = read_chunk(&g, i);
    if (rc >= 0)
        rc = finish(&g);
    rl_storyboard_close(&g.board);
    rl_animation_close(&g.animation);
    rl_print_close(&g.tile);
    rl_print_close(&g.moving);
    for (int i = 0; i < g.parts; i++)
        av_frame_free(&g.best[i]);
    av_frame_free(&g.frame);
    av_frame_free(&g.out);
    return rc;
}
