/*
 * The pcm step: decoded frames in, 48 kHz float frames in Opus order out, without gaps on the output's timeline
 * (sound.h).
 *
 * Place. As place.h says: a gap of up to 60 s is filled with silence, sound that comes a second time is dropped.
 * Range. Samples before the output's 0 or outside the trim are left out, exact to the sample; behind the end the step
 * answers REEL_END.
 */
#ifndef RL_MEDIA_PCM_H
#define RL_MEDIA_PCM_H

#include "sound.h"

#include "../../engine/spec.h"

int rl_pcm_open(struct rl_step **out, struct rl_flow *flow, const struct rl_audio_spec *spec,
                struct rl_sound_tally *tally);

#endif
