/*
 * What is done to pictures between decoder and encoder, as three steps in this order:
 *
 * - fields: deinterlacing;
 * - cap: at most one frame per slot of 1 / cap;
 * - picture: turning, crop, size, bars, denoise, tone mapping, the expert's chain, pixel format and colour.
 *
 * Frames keep their pts. A step with nothing to do is not made: its *out is NULL then. Frames of the picture step have
 * the output's size, format, colour and shape of pixels, whatever the source turns into on the way.
 */
#ifndef RL_MEDIA_FILTER_H
#define RL_MEDIA_FILTER_H

#include "../step.h"

#include "../../engine/spec.h"

/* The specs must outlive the steps. */
int rl_fields_open(struct rl_step **out, struct rl_flow *flow, const struct rl_picture_spec *spec,
                   reel_ratio time_base);
int rl_cap_open(struct rl_step **out, struct rl_flow *flow, const struct rl_picture_spec *spec, reel_ratio time_base,
                int64_t origin);
int rl_picture_open(struct rl_step **out, struct rl_flow *flow, const struct rl_picture_spec *spec,
                    reel_ratio time_base, reel_ratio aspect);

/* Frames that the cap left out; NULL: 0. */
uint64_t rl_cap_dropped(const struct rl_step *step);

#endif
