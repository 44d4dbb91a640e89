#include "graph.h"

#include "../compat.h"

#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavfilter/version.h>
#include <libavutil/mem.h>
#include <stdio.h>

/* From libavfilter 9.16 on a source of pictures must say their matrix and range. */
#define SOURCE_HAS_COLOUR (LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(9, 16, 100))

static int fail(struct rl_flow *flow, int av, const char *what)
{
    char words[AV_ERROR_MAX_STRING_SIZE] = "";

    if (av == AVERROR(ENOMEM))
        return rl_err_nomem(flow->err, "filter");
    av_strerror(av, words, sizeof(words));
    rl_err(flow->err, REEL_ERR_FILTER, "filter", "%s: %s", what, words);
    rl_err_upstream(flow->err, "libavfilter", av);
    return flow->err->code;
}

static int add_source(struct rl_graph *g, const AVFrame *like)
{
    AVRational aspect = like->sample_aspect_ratio.num > 0 ? like->sample_aspect_ratio : (AVRational){ 1, 1 };
    char args[256], colour[64] = "";

#if SOURCE_HAS_COLOUR
    snprintf(colour, sizeof(colour), ":colorspace=%d:range=%d", (int)like->colorspace, (int)like->color_range);
#endif
    snprintf(args, sizeof(args), "video_size=%dx%d:pix_fmt=%d:time_base=%d/%d:pixel_aspect=%d/%d%s", like->width,
             like->height, like->format, g->time_base.num, g->time_base.den, aspect.num, aspect.den, colour);
    return avfilter_graph_create_filter(&g->source, avfilter_get_by_name("buffer"), "in", args, NULL, g->graph);
}

static int parse(struct rl_graph *g, const char *chain)
{
    AVFilterInOut *outputs = avfilter_inout_alloc(), *inputs = avfilter_inout_alloc();
    int rc = AVERROR(ENOMEM);

    if (!outputs || !inputs)
        goto done;
    *outputs = (AVFilterInOut){ .name = av_strdup("in"), .filter_ctx = g->source };
    *inputs = (AVFilterInOut){ .name = av_strdup("out"), .filter_ctx = g->sink };
    if (!outputs->name || !inputs->name)
        goto done;
    rc = avfilter_graph_parse_ptr(g->graph, chain, &inputs, &outputs, NULL);
done:
    avfilter_inout_free(&outputs);
    avfilter_inout_free(&inputs);
    return rc;
}

int rl_graph_open(struct rl_graph *g, struct rl_flow *flow, const AVFrame *like, AVRational time_base,
                  const char *chain)
{
    int rc;

    *g = (struct rl_graph){ .graph = avfilter_graph_alloc(), .time_base = time_base };
    if (!g->graph)
        return rl_err_nomem(flow->err, "filter");
    g->graph->nb_threads = 1;
    g->graph->scale_sws_opts = av_strdup("flags=bicubic+accurate_rnd");
    if (!g->graph->scale_sws_opts)
        rc = AVERROR(ENOMEM);
    else if ((rc = add_source(g, like)) >= 0)
        rc = avfilter_graph_create_filter(&g->sink, avfilter_get_by_name("buffersink"), "out", NULL, NULL, g->graph);
    if (rc >= 0)
        rc = parse(g, chain);
    if (rc >= 0)
        rc = avfilter_graph_config(g->graph, NULL);
    if (rc < 0) {
        rl_graph_close(g);
        return fail(flow, rc, chain);
    }
    return 0;
}

void rl_graph_close(struct rl_graph *g)
{
    avfilter_graph_free(&g->graph);
    g->source = g->sink = NULL;
}

int rl_graph_feed(struct rl_graph *g, struct rl_flow *flow, AVFrame *frame)
{
    int rc = av_buffersrc_add_frame_flags(g->source, frame, AV_BUFFERSRC_FLAG_KEEP_REF);

    return rc < 0 ? fail(flow, rc, "a picture was not taken") : 0;
}

int rl_graph_take(struct rl_graph *g, struct rl_flow *flow, AVFrame *frame)
{
    int rc = av_buffersink_get_frame(g->sink, frame);
    AVRational from;

    if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
        return REEL_END;
    if (rc < 0)
        return fail(flow, rc, "filtering failed");
    from = av_buffersink_get_time_base(g->sink); /* some filters make it finer */
    if (av_cmp_q(from, g->time_base)) {
        frame->pts = av_rescale_q(frame->pts, from, g->time_base);
        rl_frame_set_duration(frame, av_rescale_q(rl_frame_duration(frame), from, g->time_base));
    }
    return 0;
}

bool rl_filter_present(const char *name)
{
    return avfilter_get_by_name(name) != NULL;
}
