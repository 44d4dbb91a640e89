/*
 * FFmpeg's view of one descriptor: reads and seeks go through rl_pread, so nothing else can be opened and the
 * descriptor's own offset never moves. Reading at the end is AVERROR_EOF; the size is that of the moment of opening.
 */
#ifndef RL_MEDIA_AVIO_H
#define RL_MEDIA_AVIO_H

#include "../step.h"

#include <libavformat/avio.h>

/* fd is borrowed and must outlive the context. */
int rl_avio_open(AVIOContext **out, struct rl_flow *flow, int fd);
void rl_avio_close(AVIOContext **io);

/* The errno of a read that failed, which a demuxer may have taken for the end; 0 when none has. */
int rl_avio_errno(const AVIOContext *io);
int64_t rl_avio_size(const AVIOContext *io);

#endif
