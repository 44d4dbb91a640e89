/*
 * From the pixels of a file (or of a video's frame) to those that a writer takes: cut out, turned, scaled, colour managed,
 * put on a background. Works plane by plane where it can: a JPEG's YCbCr that needs no colour change never becomes RGB.
 * Made once for all frames of an animation; frames of another size or format than the first are fine. [one thread at a time]
 */
#ifndef RL_MEDIA_STILL_PIXELS_H
#define RL_MEDIA_STILL_PIXELS_H

#include "still.h"

#include "../../engine/spec.h"

struct rl_pixels;

/* What the frames are, and what is wanted. info and spec are borrowed and must outlive it. */
int rl_pixels_open(struct rl_pixels **out, struct rl_flow *flow, const struct rl_still_info *info,
                   const struct rl_still_spec *spec);
/* Fills an empty frame: of the spec's output size, in a pixel format and colour that rl_writer_format says. `in` is left as it is. */
int rl_pixels_run(struct rl_pixels *pixels, const AVFrame *in, AVFrame *out);
/* What of the source's profile is to be embedded: NULL and 0 when the frames are sRGB now, or have none. */
const uint8_t *rl_pixels_icc(const struct rl_pixels *pixels, size_t *size);
void rl_pixels_close(struct rl_pixels **pixels);

/*
 * Any frame to small sRGB bytes, for scores and placeholders: scaled into size x size keeping its shape, tone-mapped where it is
 * HDR. out is an empty frame, RGBA, alpha not premultiplied.
 */
int rl_pixels_small(struct rl_flow *flow, const AVFrame *in, const struct rl_colour *colour, int size, AVFrame *out);

#endif
