/* How good a picture is as the face of a video. Pure function of a decoded frame, of which it looks at a few thousand places. */
#ifndef RL_MEDIA_SCORE_H
#define RL_MEDIA_SCORE_H

#include "../step.h"

/* 0 (black, or blank) … 1: exposure, contrast, how much there is to see, detail, colour. full_range: where the frame does not say. */
double rl_score(const AVFrame *frame, bool full_range);

#endif
