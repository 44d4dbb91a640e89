/* What is done to the pictures of a stream: pure arithmetic on facts and options. */
#ifndef RL_PLAN_PICTURE_H
#define RL_PLAN_PICTURE_H

#include "../engine/spec.h"
#include "options.h"

/* Geometry: turning, crop, size, bars; and the shape of the pixels that results. REEL_ERR_OPTION when the crop lies outside. */
int rl_plan_geometry(const struct rl_stream *stream, const struct rl_chain_values *v, struct rl_picture_spec *picture,
                     reel_ratio *aspect, reel_error *err);

/* Colour, depth and tone mapping. */
void rl_plan_colour(const struct rl_stream *stream, const struct rl_chain_values *v, struct rl_picture_spec *picture);

/* Deinterlacing, frame rate, denoise and the expert's filters. */
void rl_plan_filters(const struct rl_stream *stream, const struct rl_chain_values *v, struct rl_picture_spec *picture);

bool rl_stream_is_hdr(const struct rl_stream *stream);

/* Does the picture spec leave every picture as it is? (Then a stream in the target codec can be copied.) */
bool rl_picture_is_identity(const struct rl_stream *stream, const struct rl_picture_spec *picture);

/* Square where it is unknown, or of a shape beyond 1:20: those are no pixels that anybody made. */
reel_ratio rl_sane_aspect(reel_ratio aspect);

/* Dolby Vision whose base layer is Dolby's own colour space: any picture made from it is wrong. */
bool rl_stream_is_dolby_only(const struct rl_stream *stream);

/* Size of what the encoder gets. */
int32_t rl_picture_width(const struct rl_picture_spec *picture);
int32_t rl_picture_height(const struct rl_picture_spec *picture);

/* AV1's quantizer for quality 0 … 100: 0 is 63, 60 is 35, 100 is 10, straight lines between. */
int32_t rl_crf_of_quality(int64_t quality);

#endif
