/*
 * Video encoders as steps: frames in, AV1 packets out (temporal units without temporal delimiters). Frames come with pts
 * in spec->time_base, rising, already in spec->picture.pixel_format and size. Packets go out in presentation order with
 * the frame's pts and duration, the key flag, and on the first one AV_PKT_DATA_NEW_EXTRADATA holding the av1C record.
 * The first packet is a keyframe and no other need be. The same frames give the same bytes, whatever `threads` is.
 */
#ifndef RL_MEDIA_ENCODE_H
#define RL_MEDIA_ENCODE_H

#include "../step.h"

#include "../../engine/spec.h"

/* Opens the encoder that the spec names; the encoder itself starts with the first frame. threads overrides the spec's. */
int rl_encode_video_open(struct rl_step **out, struct rl_flow *flow, const struct rl_video_spec *spec, int threads);

/* For the capabilities: is it there, and its version text ("" unknown). */
bool rl_encoder_present(enum rl_encoder encoder, const char **version);

/* Abandoned guards that still run; see guard.h. The engine must stay loaded while it is not 0. */
unsigned rl_guards_abandoned(const struct rl_engine *engine);

/* Waits up to timeout us for the encoders of cancelled jobs to clean up. true: no encoder runs any more, the engine may
 * be freed and unloaded. false: some still do, and both must stay. */
bool rl_guards_settle(struct rl_engine *engine, int64_t timeout);

#endif
