/*
 * The picture that the frames of an animation are laid on, and what becomes of each when its time is over. RGBA of 8 or 16 bits,
 * alpha not premultiplied; it begins transparent.
 */
#ifndef RL_MEDIA_STILL_CANVAS_H
#define RL_MEDIA_STILL_CANVAS_H

#include "../still.h"

enum rl_dispose { RL_DISPOSE_NONE, RL_DISPOSE_BACKGROUND, RL_DISPOSE_PREVIOUS };

/* A part of the canvas; always inside of it. */
struct rl_area {
    int32_t x, y, width, height;
};

struct rl_canvas {
    AVFrame *frame; /* what is to be seen now; painted on between begin and give */
    AVFrame *saved; /* what was under an area whose end brings it back */
    struct rl_area area;
    enum rl_dispose dispose;
    int bytes; /* of a pixel */
};

/* format: AV_PIX_FMT_RGBA or AV_PIX_FMT_RGBA64. 0 or REEL_ERR_NOMEM, as the others. */
int rl_canvas_open(struct rl_canvas *canvas, struct rl_flow *flow, enum AVPixelFormat format, int32_t width,
                   int32_t height);
/* Ends what was shown before, and makes the canvas ready to be painted on in the area. */
int rl_canvas_begin(struct rl_canvas *canvas, struct rl_flow *flow, const struct rl_area *area,
                    enum rl_dispose dispose);
/* Lays a picture of the area's size and of the canvas's format on it. over: blended, else put in its place. */
void rl_canvas_lay(struct rl_canvas *canvas, const AVFrame *picture, bool over);
/* Another reference to what is to be seen. */
int rl_canvas_give(struct rl_canvas *canvas, struct rl_flow *flow, AVFrame *out);
void rl_canvas_close(struct rl_canvas *canvas);

#endif
