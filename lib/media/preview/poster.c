#include "pictures.h"

#include "cover.h"
#include "placeholder.h"
#include "print.h"

#include "../../base/json.h"

#include <libavutil/base64.h>
#include <stdio.h>

int rl_preview_progress(struct rl_preview_work *w, int64_t done)
{
    const struct rl_job_host *host = w->flow->host;

    host->progress(host->user, done < 0 ? 0 : done, ++w->pictures);
    if (rl_flow_cancelled(w->flow))
        return rl_err(w->flow->err, REEL_ERR_CANCELLED, "preview", "cancelled");
    return 0;
}

/* One picture file of a frame that has the output's pixels. */
static int write_poster(struct rl_preview_work *w, const struct rl_print *print, const AVFrame *frame, int number,
                        int64_t time)
{
    struct rl_writer_params params = rl_print_params(print, frame->width, frame->height);
    struct rl_product row = {
        .kind = "poster", .width = frame->width, .height = frame->height, .time = time, .frames = 1
    };
    struct rl_writer *writer = NULL;
    struct rl_buf data;

    snprintf(row.mime, sizeof(row.mime), "%s", rl_product_mime(params.format));
    if (w->spec->posters > 1)
        snprintf(row.name, sizeof(row.name), "poster-%d.%s", number, rl_product_suffix(params.format));
    else
        snprintf(row.name, sizeof(row.name), "poster.%s", rl_product_suffix(params.format));
    rl_buf_init(&data, w->flow->env);
    int rc = rl_writer_open(&writer, w->flow, &params);
    if (rc >= 0)
        rc = rl_writer_add(writer, frame);
    if (rc >= 0)
        rc = rl_writer_finish(writer, &data);
    rl_writer_close(&writer);
    if (rc >= 0)
        rc = rl_products_add(&w->products, &row, &data);
    rl_buf_free(&data);
    return rc;
}

static int write_placeholders(struct rl_preview_work *w, const AVFrame *small, int64_t time)
{
    struct rl_product row = {
        .name = "placeholders.json", .kind = "placeholder", .mime = "application/json", .time = time
    };
    const struct rl_preview_result *r = w->result;
    json_t *o = json_object();
    bool ok = o != NULL;
    struct rl_buf text;
    int rc;

    rl_json_set_text(o, "blurhash", r->blurhash, &ok);
    rl_json_set_text(o, "thumbhash", r->thumbhash, &ok);
    rl_json_set_text(o, "average", r->average, &ok);
    rl_json_set_int(o, "width", small->width, &ok);
    rl_json_set_int(o, "height", small->height, &ok);
    rl_buf_init(&text, w->flow->env);
    rc = ok ? rl_json_dump(o, &text) : REEL_ERR_NOMEM;
    rl_buf_text(&text, "\n");
    rc = rc < 0 ? rl_err_nomem(w->flow->err, "preview") : rl_products_add(&w->products, &row, &text);
    rl_buf_free(&text);
    json_decref(o);
    return rc;
}

/* frame has the output's pixels: upright, and as it is going to be seen. */
static int placeholders(struct rl_preview_work *w, const struct rl_print *print, const AVFrame *frame, int64_t time)
{
    uint8_t hash[RL_THUMBHASH_MAX];
    AVFrame *small = av_frame_alloc();
    int rc = small ? rl_pixels_small(w->flow, frame, &print->colour, RL_THUMBHASH_SIDE_MAX, small)
                   : rl_err_nomem(w->flow->err, "preview");

    if (rc >= 0 && ((rc = rl_blurhash(small, 0, 0, w->result->blurhash, sizeof(w->result->blurhash))) < 0 ||
                    (rc = rl_thumbhash(small, hash)) < 0))
        rl_err(w->flow->err, rc, "preview", "no placeholder can be made of a picture of %dx%d", small->width,
               small->height);
    if (rc >= 0) {
        av_base64_encode(w->result->thumbhash, sizeof(w->result->thumbhash), hash, rc);
        snprintf(w->result->average, sizeof(w->result->average), "#%06x",
                 (unsigned)rl_average_colour(small) & 0xffffff);
        rc = write_placeholders(w, small, time);
    }
    av_frame_free(&small);
    return rc;
}

/* The poster of one frame, and, of the first, the placeholders, which are handed over behind all posters. */
static int poster(struct rl_preview_work *w, struct rl_print *print, const AVFrame *in, int number, int64_t time,
                  AVFrame *out)
{
    int rc = rl_print_run(print, in, out);

    return rc < 0 || !w->spec->posters ? rc : write_poster(w, print, out, number, time);
}

/* The frames that posters are made of: how many, or a failure. */
static int choose(struct rl_preview_work *w, AVFrame **frames, int count)
{
    const struct rl_still_source *source = &w->spec->source;
    int rc;

    if (count > 1 || source->time == REEL_NO_TIME)
        return rl_moments_best(w->moments, source->candidates, frames, count);
    rc = rl_moments_at(w->moments, source->time, true, frames[0]);
    if (rc > 0) /* behind the end */
        return rl_moments_best(w->moments, source->candidates, frames, 1);
    return rc < 0 ? rc : 1;
}

int rl_preview_frames(struct rl_preview_work *w, AVFrame **frames, int count)
{
    AVFrame *out[2] = { av_frame_alloc(), av_frame_alloc() };
    struct rl_print print = { 0 };
    int64_t first = frames[0]->pts;
    int rc = out[0] && out[1] ? rl_print_open(&print, w->flow, &w->spec->poster, frames[0])
                              : rl_err_nomem(w->flow->err, "preview");

    for (int i = 0; i < count && rc >= 0; i++) {
        AVFrame *to = out[i ? 1 : 0]; /* the first is kept for the placeholders */
        av_frame_unref(to);
        rc = poster(w, &print, frames[i], i + 1, frames[i]->pts, to);
        if (rc >= 0)
            rc = rl_preview_progress(w, frames[i]->pts);
        av_frame_unref(frames[i]);
    }
    if (rc >= 0 && w->spec->placeholder)
        rc = placeholders(w, &print, out[0], first);
    rl_print_close(&print);
    av_frame_free(&out[0]);
    av_frame_free(&out[1]);
    return rc < 0 ? rc : 0;
}

int rl_preview_posters(struct rl_preview_work *w)
{
    int count = w->spec->posters > 1 ? w->spec->posters : 1, rc = 0;
    AVFrame *frames[RL_MAX_POSTERS] = { 0 };

    count = count < RL_MAX_POSTERS ? count : RL_MAX_POSTERS;
    for (int i = 0; i < count; i++)
        if (!(frames[i] = av_frame_alloc()))
            rc = rl_err_nomem(w->flow->err, "preview");
    if (rc == 0)
        rc = choose(w, frames, count);
    if (rc > 0)
        rc = rl_preview_frames(w, frames, rc);
    for (int i = 0; i < count; i++)
        av_frame_free(&frames[i]);
    return rc < 0 ? rc : 0;
}

static int print_still(struct rl_preview_work *w, struct rl_still *still, AVFrame *in, AVFrame *out)
{
    struct rl_print print = { 0 };
    int rc = rl_still_read(still, in);

    if (rc > 0)
        rc = rl_err(w->flow->err, REEL_ERR_INVALID_DATA, "preview", "the file has no picture");
    if (rc == 0)
        rc = rl_print_open_still(&print, w->flow, &w->spec->poster, rl_still_info(still));
    if (rc >= 0)
        rc = poster(w, &print, in, 1, REEL_NO_TIME, out);
    if (rc >= 0)
        rc = rl_preview_progress(w, 0);
    if (rc >= 0 && w->spec->placeholder)
        rc = placeholders(w, &print, out, REEL_NO_TIME);
    rl_print_close(&print);
    return rc;
}

int rl_preview_still(struct rl_preview_work *w, int fd)
{
    const struct rl_still_spec *spec = &w->spec->poster;
    bool turned = spec->rotation % 180 != 0, all = !spec->crop_width && !spec->window_width && !spec->clap_width;
    struct rl_still_hint hint = { .first_only = 1, .threads = spec->threads > 1 ? spec->threads : 1 };
    AVFrame *in = av_frame_alloc(), *out = av_frame_alloc();
    struct rl_still *still = NULL;
    struct rl_cover cover = { 0 };
    int rc = in && out ? rl_cover_load(&cover, w->flow, fd, &w->spec->source) : rl_err_nomem(w->flow->err, "preview");

    if (all) { /* what is cut out of needs its own number of pixels */
        hint.width = turned ? spec->height : spec->width;
        hint.height = turned ? spec->width : spec->height;
    }
    if (rc >= 0)
        rc = rl_still_open(&still, w->flow, cover.type, cover.data, cover.size, &hint);
    if (rc >= 0)
        rc = print_still(w, still, in, out);
    if (rc >= 0) {
        w->result->frames_in = 1;
        w->result->decode_errors = rl_still_damage(still);
        snprintf(w->result->note, sizeof(w->result->note), "%s", rl_still_info(still)->note);
    }
    rl_still_close(&still);
    rl_cover_free(&cover, w->flow);
    av_frame_free(&in);
    av_frame_free(&out);
    return rc < 0 ? rc : 0;
}
