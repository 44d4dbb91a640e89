/*
 * The decode step: packets in, frames out, for picture and sound. Damaged packets are counted, not fatal; the step fails
 * only when the decoder cannot be opened. Frame pts is best_effort_timestamp in the stream's time base, duration filled
 * where known, colour "reserved" values turned into unspecified.
 */
#ifndef RL_MEDIA_DECODE_H
#define RL_MEDIA_DECODE_H

#include "../step.h"

#include <libavcodec/avcodec.h>

/* par and time_base are those of the stream. threads: for slice and frame threading, 1 for none. */
int rl_decode_open(struct rl_step **out, struct rl_flow *flow, const AVCodecParameters *par, AVRational time_base,
                   int threads);
/* Packets and frames that were reported as damaged so far. */
uint64_t rl_decode_errors(const struct rl_step *step);
/*
 * The packets to come begin at a keyframe in the middle of the stream. first: the stream's very first packet, which the
 * decoder is shown and whose pictures are dropped: encoders say there which of their bugs a decoder must make up for.
 * Decoders that wait for a reset of the codec hand out what follows the keyframe, and pictures before it too, which the
 * caller leaves out.
 */
void rl_decode_from_key(struct rl_step *step, const AVPacket *first);
/* For single pictures. Forgets all that it holds: the packets to come are from elsewhere, and begin at a keyframe. */
void rl_decode_reset(struct rl_step *step);
/* Hands on what it holds back, and is as after a reset. The next step is not flushed. */
int rl_decode_drain(struct rl_step *step);
/* rough: pictures are only judged, so the filters against block edges are left out where the codec has them. */
void rl_decode_rough(struct rl_step *step, bool rough);
/* The decoder itself, for what it has learnt of the stream. */
const AVCodecContext *rl_decode_codec(const struct rl_step *step);

#endif
