/*
 * The parts of a probe. Each fills its share of the facts from an open source; none fails for what is odd about the input,
 * only when cancelled, out of memory or unable to read.
 */
#ifndef RL_MEDIA_PROBE_H
#define RL_MEDIA_PROBE_H

#include "../../engine/facts.h"
#include "../demux/source.h"

/* What the container says of a stream. */
int rl_probe_stream(struct rl_flow *flow, const AVStream *stream, struct rl_stream *facts);
/* Pixel format, from its FFmpeg number. */
void rl_probe_pixels(struct rl_stream *facts, int format);
/* Rotation and mirroring out of a display matrix. */
void rl_probe_matrix(struct rl_stream *facts, const int32_t matrix[9]);
/* HDR metadata; what is there already stays. */
void rl_probe_mastering(struct rl_stream *facts, const void *mastering_display_metadata);
void rl_probe_light(struct rl_stream *facts, const void *content_light_metadata);

/* Tags and chapters, bounded; texts that are not UTF-8 are left to the JSON writer. */
int rl_probe_tags(struct rl_flow *flow, const AVDictionary *dict, struct rl_tag **tags, uint32_t *count);
int rl_probe_chapters(struct rl_flow *flow, const AVFormatContext *format, struct rl_facts *facts);

/* Decodes the first frame of each stream, for what only a decoder knows. The source is read from where it is. */
int rl_probe_look(struct rl_flow *flow, struct rl_source *source, struct rl_facts *facts);

/* Keys and number of frames, by the container's own index. fragmented: an ISO file in fragments, whose index is never
 * whole. Moves the source. */
int rl_probe_keys(struct rl_flow *flow, struct rl_source *source, bool fragmented, struct rl_stream *facts);

/* Does an edit list hide packets that a copy would show? Those of Opus that lie in the pre-skip are never heard. */
bool rl_probe_hides(AVStream *stream, const struct rl_stream *facts);

/* Are two fields of different times woven into this frame? Only 8 bits of luma are looked at; others count as not combed. */
bool rl_probe_combed(const AVFrame *frame);
/* Decodes a few frames at several places and counts those that are combed. Moves the source. */
int rl_probe_combing(struct rl_flow *flow, struct rl_source *source, int64_t duration, struct rl_stream *facts);

#endif
