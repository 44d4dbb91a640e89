/*
 * The last step of sound: 48 kHz float frames in, encoded chunks to the host. Segments of `segment_packets` packets
 * are encoded by fresh encoders after `pre_roll_packets` packets that are thrown away, so each depends on its samples
 * alone: the bytes are the same for any number of threads and whichever chunks are wanted.
 *
 * Threads. `threads` CPUs may be busy: the job's own thread and threads - 1 helpers. The job's thread hands full
 * segments to the helpers, and when all buffers (threads + 1) are full it encodes one itself. Only it talks to the
 * host; chunks are emitted in order. An error or cancel stops the helpers within a packet; close joins them.
 */
#ifndef RL_MEDIA_OPUS_STEP_H
#define RL_MEDIA_OPUS_STEP_H

#include "sound.h"

#include "../../engine/spec.h"

/* input_rate: of the source, for the header. */
int rl_opus_step_open(struct rl_step **out, struct rl_flow *flow, const struct rl_audio_spec *spec,
                     uint32_t input_rate, const struct rl_sound_tally *tally);

/* After the flush: chunks emitted or not wanted, and the samples in all of them. */
uint32_t rl_opus_step_chunks(const struct rl_step *step);
uint64_t rl_opus_step_samples(const struct rl_step *step);

#endif
