/*
 * Storyboards: small pictures side by side on sheets, and the WebVTT that says where the picture of each time is. A sheet is
 * written as soon as it is full. [one thread at a time]
 */
#ifndef RL_MEDIA_STORYBOARD_H
#define RL_MEDIA_STORYBOARD_H

#include "print.h"
#include "products.h"

struct rl_storyboard;

/* columns and rows become fewer where a sheet would be larger than its format, or the limit of pixels, allows. */
int rl_storyboard_open(struct rl_storyboard **out, struct rl_products *products, int32_t columns, int32_t rows);
/* A tile: all are of the same size and format. time: us at which it is shown, rising. */
int rl_storyboard_add(struct rl_storyboard *board, const struct rl_print *print, const AVFrame *tile, int64_t time);
/* Writes the last sheet, cut to what is on it, and the WebVTT. end: us at which the last tile's time ends. Nothing where no tile was
 * added. */
int rl_storyboard_end(struct rl_storyboard *board, int64_t end);
void rl_storyboard_close(struct rl_storyboard **board);

#endif
