#include "animation.h"

#include "../compat.h"

#include <stdio.h>

struct rl_animation {
    struct rl_products *products;
    struct rl_flow *flow;
    struct rl_writer *writer;
    AVFrame *last; /* the frame that waits */
    struct rl_product row;
};

int rl_animation_open(struct rl_animation **out, struct rl_products *products)
{
    struct rl_animation *a = rl_calloc(products->flow->env, 1, sizeof(*a));

    *out = NULL;
    if (!a)
        return rl_err_nomem(products->flow->err, "preview");
    a->products = products;
    a->flow = products->flow;
    a->last = av_frame_alloc();
    if (!a->last) {
        rl_animation_close(&a);
        return rl_err_nomem(products->flow->err, "preview");
    }
    *out = a;
    return 0;
}

void rl_animation_close(struct rl_animation **animation)
{
    struct rl_animation *a = *animation;

    if (!a)
        return;
    rl_writer_close(&a->writer);
    av_frame_free(&a->last);
    rl_free(a->flow->env, a);
    *animation = NULL;
}

static int begin(struct rl_animation *a, const struct rl_print *print, const AVFrame *frame, int64_t time)
{
    struct rl_writer_params params = rl_print_params(print, frame->width, frame->height);

    params.animated = 1;
    params.loops = 0;
    a->row = (struct rl_product){ .kind = "animation", .width = frame->width, .height = frame->height, .time = time };
    snprintf(a->row.name, sizeof(a->row.name), "preview.%s", rl_product_suffix(params.format));
    snprintf(a->row.mime, sizeof(a->row.mime), "%s", rl_product_mime(params.format));
    return rl_writer_open(&a->writer, a->flow, &params);
}

/* The waiting frame is shown until `end`. */
static int release(struct rl_animation *a, int64_t end)
{
    if (!a->last->buf[0])
        return 0;
    rl_frame_set_duration(a->last, end > a->last->pts ? end - a->last->pts : 1000);
    int rc = rl_writer_add(a->writer, a->last);
    av_frame_unref(a->last);
    a->row.frames++;
    return rc;
}

int rl_animation_add(struct rl_animation *a, const struct rl_print *print, const AVFrame *frame, int64_t at,
                     int64_t time)
{
    int rc = 0;

    if (!a->writer)
        rc = begin(a, print, frame, time);
    if (rc >= 0)
        rc = release(a, at);
    if (rc < 0)
        return rc;
    if (av_frame_ref(a->last, frame) < 0)
        return rl_err_nomem(a->flow->err, "preview");
    a->last->pts = at;
    return 0;
}

int rl_animation_end(struct rl_animation *a, int64_t end)
{
    struct rl_buf data;
    int rc;

    if (!a->writer)
        return 0;
    rl_buf_init(&data, a->flow->env);
    rc = release(a, end);
    if (rc >= 0)
        rc = rl_writer_finish(a->writer, &data);
    a->row.duration = end;
    if (rc >= 0)
        rc = rl_products_add(a->products, &a->row, &data);
    rl_buf_free(&data);
    return rc;
}
