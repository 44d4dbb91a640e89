/* One libavfilter graph from one source of pictures to one sink, made from text. [one thread at a time] */
#ifndef RL_MEDIA_GRAPH_H
#define RL_MEDIA_GRAPH_H

#include "../step.h"

#include <libavfilter/avfilter.h>

struct rl_graph {
    AVFilterGraph *graph; /* NULL: none open */
    AVFilterContext *source, *sink;
    AVRational time_base;
};

/* Builds it for frames like this one. chain: filters from one input to one output. */
int rl_graph_open(struct rl_graph *graph, struct rl_flow *flow, const AVFrame *like, AVRational time_base,
                  const char *chain);
void rl_graph_close(struct rl_graph *graph); /* fine on a zeroed one */

/* Gives it a frame (a reference is taken) or, with NULL, the end. */
int rl_graph_feed(struct rl_graph *graph, struct rl_flow *flow, AVFrame *frame);
/* The next finished frame, pts in the graph's time base: 0, or REEL_END when it wants more. */
int rl_graph_take(struct rl_graph *graph, struct rl_flow *flow, AVFrame *frame);

/* Is there a filter of this name in the build? */
bool rl_filter_present(const char *name);

#endif
