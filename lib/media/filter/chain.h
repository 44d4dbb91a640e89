/* The text of the graphs: which libavfilter filters do what a picture spec asks for. Pure functions. */
#ifndef RL_MEDIA_CHAIN_H
#define RL_MEDIA_CHAIN_H

#include "../step.h"

#include "../../engine/spec.h"

/* What a frame's pixels mean; nothing is unspecified in matrix and range. */
struct rl_colour rl_frame_colour(const AVFrame *frame, const struct rl_colour *otherwise);

/* Appends the chain for frames like this one, colour being theirs; nothing when there is nothing to do. stretch: the
 * frame's shape over that of the run's first frame, 1 when it is the same; else bars keep the picture in shape. */
void rl_fields_chain(struct rl_buf *text, const struct rl_picture_spec *spec, const AVFrame *like);
void rl_picture_chain(struct rl_buf *text, const struct rl_picture_spec *spec, const AVFrame *like,
                      const struct rl_colour *colour, double stretch);

/* The first optional filter that the spec needs and the build has not, and in *what for what; NULL: there is none. */
const char *rl_picture_lacks(const struct rl_picture_spec *spec, bool (*present)(const char *name), const char **what);

/* Shape of the picture as it is seen once it has been turned. */
double rl_picture_shape(const struct rl_picture_spec *spec, const AVFrame *frame);

#endif
