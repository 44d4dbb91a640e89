#include "filter.h"

#include "../compat.h"
#include "chain.h"
#include "graph.h"

#include <string.h>

struct filter {
    struct rl_step step;
    const struct rl_picture_spec *spec;
    bool fields; /* the fields step, else the picture step */
    AVRational time_base;
    AVRational aspect;
    struct rl_graph graph;
    bool pass;       /* frames like the last one need no graph */
    bool seen;       /* there was a last one: */
    int width, height, format;
    AVRational sample_aspect;
    struct rl_colour colour;
    double first_shape;
    AVFrame *out;
};

static const enum AVFrameSideDataType hdr_side_data[] = {
    AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, AV_FRAME_DATA_DYNAMIC_HDR_PLUS,
    AV_FRAME_DATA_DOVI_RPU_BUFFER, AV_FRAME_DATA_DOVI_METADATA,
};

static void set_colour(AVFrame *frame, const struct rl_colour *c)
{
    frame->color_primaries = (enum AVColorPrimaries)c->primaries;
    frame->color_trc = (enum AVColorTransferCharacteristic)c->transfer;
    frame->colorspace = (enum AVColorSpace)c->matrix;
    frame->color_range = c->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    frame->chroma_location = (enum AVChromaLocation)c->chroma_location;
}

/* Makes a finished frame say what it is now, and hands it on. */
static int hand_on(struct filter *f, AVFrame *frame)
{
    const struct rl_picture_spec *spec = f->spec;
    struct rl_flow *flow = f->step.flow;
    int width = spec->pad_width > 0 ? spec->pad_width : spec->width;
    int height = spec->pad_width > 0 ? spec->pad_height : spec->height;

    if (f->fields)
        return rl_push_frame(f->step.next, frame);
    if (frame->width != width || frame->height != height || frame->format != av_get_pix_fmt(spec->pixel_format))
        return rl_err(flow->err, REEL_ERR_FILTER, "filter", "the filters made %dx%d %s of what should be %dx%d %s",
                      frame->width, frame->height, av_get_pix_fmt_name(frame->format), width, height,
                      spec->pixel_format);
    set_colour(frame, &spec->colour);
    frame->sample_aspect_ratio = f->aspect;
    rl_frame_set_fields(frame, 0, 0);
    av_frame_remove_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    for (size_t i = 0; spec->tonemap && i < sizeof(hdr_side_data) / sizeof(hdr_side_data[0]); i++)
        av_frame_remove_side_data(frame, hdr_side_data[i]);
    return rl_push_frame(f->step.next, frame);
}

static int take_all(struct filter *f)
{
    int rc;

    while ((rc = rl_graph_take(&f->graph, f->step.flow, f->out)) == 0) {
        rc = hand_on(f, f->out);
        av_frame_unref(f->out);
        if (rc)
            return rc;
    }
    return rc == REEL_END ? 0 : rc;
}

/* Empties the graph and closes it. */
static int finish(struct filter *f)
{
    int rc = 0;

    if (f->graph.graph) {
        rc = rl_graph_feed(&f->graph, f->step.flow, NULL);
        if (rc >= 0)
            rc = take_all(f);
        rl_graph_close(&f->graph);
    }
    return rc;
}

static bool is_like_last(const struct filter *f, const AVFrame *frame, const struct rl_colour *colour)
{
    return f->seen && frame->width == f->width && frame->height == f->height && frame->format == f->format &&
           !av_cmp_q(frame->sample_aspect_ratio, f->sample_aspect) && !memcmp(colour, &f->colour, sizeof(*colour));
}

/* The source has changed, or begins. */
static int build(struct filter *f, const AVFrame *frame, const struct rl_colour *colour)
{
    double shape = rl_picture_shape(f->spec, frame);
    struct rl_buf text;
    int rc = finish(f);

    if (rc)
        return rc;
    if (!f->seen)
        f->first_shape = shape;
    f->seen = true;
    f->width = frame->width;
    f->height = frame->height;
    f->format = frame->format;
    f->sample_aspect = frame->sample_aspect_ratio;
    f->colour = *colour;

    rl_buf_init(&text, f->step.flow->env);
    if (f->fields)
        rl_fields_chain(&text, f->spec, frame);
    else
        rl_picture_chain(&text, f->spec, frame, colour, shape / f->first_shape);
    f->pass = !text.failed && !text.size;
    if (!f->pass) {
        const char *chain = rl_buf_str(&text);
        rc = chain ? rl_graph_open(&f->graph, f->step.flow, frame, f->time_base, chain)
                   : rl_err_nomem(f->step.flow->err, "filter");
    }
    rl_buf_free(&text);
    return rc;
}

static int filter_frame(struct rl_step *step, AVFrame *frame)
{
    struct filter *f = (struct filter *)step;
    struct rl_colour colour = rl_frame_colour(frame, &f->spec->source);
    int rc;

    set_colour(frame, &colour); /* the tags only, so the pixels may be shared */
    if (!is_like_last(f, frame, &colour) && (rc = build(f, frame, &colour)))
        return rc;
    if (f->pass)
        return hand_on(f, frame);
    rc = rl_graph_feed(&f->graph, step->flow, frame);
    return rc < 0 ? rc : take_all(f);
}

static int filter_flush(struct rl_step *step)
{
    int rc = finish((struct filter *)step);

    return rc < 0 ? rc : rl_push_flush(step->next);
}

static void filter_close(struct rl_step *step)
{
    struct filter *f = (struct filter *)step;

    rl_graph_close(&f->graph);
    av_frame_free(&f->out);
    rl_free(step->flow->env, f);
}

static const struct rl_step_ops filter_ops = {
    .name = "filter", .frame = filter_frame, .flush = filter_flush, .close = filter_close,
};

static int filter_open(struct rl_step **out, struct rl_flow *flow, const struct rl_picture_spec *spec,
                       reel_ratio time_base, bool fields, reel_ratio aspect)
{
    struct filter *f = rl_calloc(flow->env, 1, sizeof(*f));

    *out = NULL;
    if (!f)
        return rl_err_nomem(flow->err, "filter");
    f->step = (struct rl_step){ .ops = &filter_ops, .flow = flow };
    f->spec = spec;
    f->fields = fields;
    f->time_base = (AVRational){ time_base.num, time_base.den };
    f->aspect = (AVRational){ aspect.num, aspect.den ? aspect.den : 1 };
    f->out = av_frame_alloc();
    if (!f->out) {
        filter_close(&f->step);
        return rl_err_nomem(flow->err, "filter");
    }
    *out = &f->step;
    return 0;
}

int rl_fields_open(struct rl_step **out, struct rl_flow *flow, const struct rl_picture_spec *spec, reel_ratio time_base)
{
    *out = NULL;
    return spec->deinterlace == RL_DEINT_OFF ? 0 : filter_open(out, flow, spec, time_base, true, (reel_ratio){ 0, 1 });
}

int rl_picture_open(struct rl_step **out, struct rl_flow *flow, const struct rl_picture_spec *spec,
                    reel_ratio time_base, reel_ratio aspect)
{
    const char *what = NULL, *lacks = rl_picture_lacks(spec, rl_filter_present, &what);

    *out = NULL;
    if (lacks)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "filter",
                      "%s needs the filter %s, which this FFmpeg was built without", what, lacks);
    return filter_open(out, flow, spec, time_base, false, aspect);
}
