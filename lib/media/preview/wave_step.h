/*
 * The last step of sound on its way to peaks: decoded frames in, as they are. No resampling: what comes at another rate than the
 * first frame is brought to it sample by sample, the loudest of those that fall together; channels that come later are left out,
 * those that go are silent. What no sample stands for on the output's timeline is silence, the time before the first one too.
 */
#ifndef RL_MEDIA_WAVE_STEP_H
#define RL_MEDIA_WAVE_STEP_H

#include "wave.h"

#include "../audio/sound.h"

#include "../../engine/spec.h"

/* tally: of it, errors is read, and in (samples at the source's rate within the trim), channels and note are written. Answers REEL_END
 * behind the trim's end. */
int rl_wave_step_open(struct rl_step **out, struct rl_flow *flow, const struct rl_wave_spec *spec,
                      struct rl_sound_tally *tally);
/* After the flush. Where no sound came at all: NULL. */
struct rl_wave *rl_wave_step_peaks(struct rl_step *step);
int64_t rl_wave_step_duration(const struct rl_step *step); /* us that the peaks stand for */

#endif
