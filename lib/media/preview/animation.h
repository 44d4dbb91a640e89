/*
 * The moving preview: moments one after the other, on one timeline of its own. A frame is kept until the next one says how long it
 * is shown. [one thread at a time]
 */
#ifndef RL_MEDIA_ANIMATION_H
#define RL_MEDIA_ANIMATION_H

#include "print.h"
#include "products.h"

struct rl_animation;

int rl_animation_open(struct rl_animation **out, struct rl_products *products);
/* A frame of the timeline; at: us from 0, rising. It is kept by reference. time: us of the source, that of the first is told. */
int rl_animation_add(struct rl_animation *animation, const struct rl_print *print, const AVFrame *frame, int64_t at,
                     int64_t time);
/* end: us at which the last frame's time ends. Nothing where no frame was added. */
int rl_animation_end(struct rl_animation *animation, int64_t end);
void rl_animation_close(struct rl_animation **animation);

#endif
