/*
 * The pcm step: decoded frames in, 48 kHz float frames in Opus order out, without gaps on the output's timeline
 * (sound.h).
 *
 * Place. The first frame's pts decides where the sound starts; from there samples are counted, and a pts only matters
 * when it is more than 30 ms off the count, so rounded timestamps do nothing and drift is corrected when it can be
 * seen. Then a gap of up to 60 s is filled with silence, sound that comes a second time is dropped, and a jump of
 * more than 60 s is taken for a damaged timestamp: the sound goes on and all later timestamps are moved by as much.
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
