/*
 * The source: one input descriptor, opened by one demuxer of the allow-list, read through our own I/O only.
 * No protocol, no second file: what the demuxer asks to open beside it is refused.
 */
#ifndef RL_MEDIA_SOURCE_H
#define RL_MEDIA_SOURCE_H

#include "../step.h"

#include <libavformat/avformat.h>

struct rl_source; /* [one thread at a time] */

/*
 * Opens the demuxer and reads the headers; finds the streams' parameters where the headers leave them open.
 * format: short demuxer name out of the allow-list, "" to let content decide within it.
 * fd is borrowed and must outlive the source. Checks the limits on streams and metadata.
 */
int rl_source_open(struct rl_source **out, struct rl_flow *flow, int fd, const char *format);
void rl_source_close(struct rl_source **source);

AVFormatContext *rl_source_format(struct rl_source *source);
/* Short name of the demuxer: "mov", "matroska", … */
const char *rl_source_name(const struct rl_source *source);

/* What a stream is coded with. S_TEXT/WEBVTT of Matroska, which older demuxers do not name, is known by its header. */
enum AVCodecID rl_source_codec(const AVCodecParameters *par);

/* Reads only this stream from now on: all others are discarded by the demuxer. The codec must match the spec's name
 * ("" matches all). Returns 0, REEL_ERR_CHANGED when the stream is not there or is another codec. */
int rl_source_select(struct rl_source *source, int stream, const char *codec);

/*
 * The next packet of the selected stream; the caller unrefs it. 0, REEL_END at the end, REEL_ERR_CANCELLED,
 * REEL_ERR_IO when the descriptor cannot be read, or REEL_ERR_NOMEM. A demuxer's error is the end too, and sets
 * `truncated`; so does a file that ends inside a packet or lacks bytes that its container claims.
 */
int rl_source_read(struct rl_source *source, AVPacket *packet);
bool rl_source_truncated(const struct rl_source *source);

/* Goes to the keyframe at or before ts, in the stream's time base. */
int rl_source_seek(struct rl_source *source, int64_t ts);
/* Goes to the first keyframe at or behind ts, or a bit before it. */
int rl_source_seek_after(struct rl_source *source, int64_t ts);
/* Goes to a place in the file, for containers that can be read on from anywhere. */
int rl_source_seek_byte(struct rl_source *source, int64_t at);
int64_t rl_source_size(const struct rl_source *source); /* bytes of the file */

#endif
