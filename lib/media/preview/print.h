/*
 * From a frame as it was decoded to the pixels of a product: one spec, many frames. The facts that rl_pixels wants are made
 * from the first frame. [one thread at a time]
 */
#ifndef RL_MEDIA_PRINT_H
#define RL_MEDIA_PRINT_H

#include "../still/pixels.h"
#include "../still/writer.h"

struct rl_print {
    struct rl_flow *flow;
    struct rl_still_info info;
    struct rl_still_spec spec;
    struct rl_pixels *pixels;
    struct rl_colour colour; /* of what comes out */
};

/* Frames of a video like this one. */
int rl_print_open(struct rl_print *print, struct rl_flow *flow, const struct rl_still_spec *spec, const AVFrame *like);
/* Frames of a picture file. */
int rl_print_open_still(struct rl_print *print, struct rl_flow *flow, const struct rl_still_spec *spec,
                        const struct rl_still_info *info);
void rl_print_close(struct rl_print *print); /* fine on a zeroed one */

/* Fills an empty frame; pts and duration are those of `in`. */
int rl_print_run(struct rl_print *print, const AVFrame *in, AVFrame *out);

/* The geometry of a spec, at another size and in another format: of tiles, of moving pictures. */
struct rl_still_spec rl_print_resized(const struct rl_still_spec *spec, int32_t width, int32_t height, int32_t format);

/* Parameters of a writer of such frames: a still. */
struct rl_writer_params rl_print_params(const struct rl_print *print, int32_t width, int32_t height);

#endif
