/* How good a picture is as the face of a video. Pure function of a small picture (RGBA, as rl_pixels_small gives). */
#ifndef RL_MEDIA_SCORE_H
#define RL_MEDIA_SCORE_H

#include "../step.h"

/* 0 (black, or blank) … 1. */
double rl_score(const AVFrame *small);

#endif
