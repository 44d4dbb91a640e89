/*
 * What jobs that read one stream begin and end with: the input opened, that stream alone selected, checked against what
 * was planned with, and a packet to read into. [one thread at a time]
 */
#ifndef RL_MEDIA_READING_H
#define RL_MEDIA_READING_H

#include "demux/source.h"

struct rl_reading {
    struct rl_source *source;
    const AVStream *stream; /* of the source; its position and parameters are the demuxer's */
    AVPacket *packet;
};

/* What a spec says of its stream. */
struct rl_reading_params {
    const char *format, *codec; /* as rl_source_open and rl_source_select take them */
    int32_t stream;
    reel_ratio time_base;
    enum AVMediaType kind; /* AVMEDIA_TYPE_UNKNOWN: any */
};

/* REEL_ERR_CHANGED when the stream is another one than was planned with; on failure rl_reading_close is called for all the same. */
int rl_reading_open(struct rl_reading *reading, struct rl_flow *flow, int fd, const struct rl_reading_params *params);
/* Reads the next packet and pushes it to the first of the steps: 0, REEL_END at the end or when a step has enough, or a failure. */
int rl_reading_push(struct rl_reading *reading, struct rl_step *top);
void rl_reading_close(struct rl_reading *reading); /* fine on a zeroed one */

#endif
