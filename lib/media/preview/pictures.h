/* The parts of a preview job: each makes its products of a video's moments. */
#ifndef RL_MEDIA_PICTURES_H
#define RL_MEDIA_PICTURES_H

#include "moments.h"
#include "products.h"

#define RL_MAX_POSTERS 20

struct rl_preview_work {
    struct rl_flow *flow;
    const struct rl_preview_spec *spec;
    struct rl_preview_result *result;
    struct rl_products products;
    struct rl_moments *moments; /* NULL: there is none */
    uint64_t pictures;          /* made so far, for the progress */
};

/* Posters and placeholders. */
int rl_preview_posters(struct rl_preview_work *work);
/* The same of frames that have been chosen, one or more; pts in us. They are emptied. */
int rl_preview_frames(struct rl_preview_work *work, AVFrame **frames, int count);
/* All products out of chunks that a transcode beside it has taken (tap.h), in order of their indices. */
int rl_preview_from_tiles(struct rl_preview_work *work);
/* The same of a picture file or cover art. */
int rl_preview_still(struct rl_preview_work *work, int fd);
int rl_preview_storyboard(struct rl_preview_work *work);
int rl_preview_animation(struct rl_preview_work *work);

/* Tells the host how far it is (us), and asks whether it goes on: 0 or REEL_ERR_CANCELLED. */
int rl_preview_progress(struct rl_preview_work *work, int64_t done);

#endif
