/* The bytes of a picture: a whole file, or the only packet of a stream that is cover art. */
#ifndef RL_MEDIA_COVER_H
#define RL_MEDIA_COVER_H

#include "../still/still.h"

#include "../../engine/spec.h"

struct rl_cover {
    char type[16]; /* as rl_still_open takes it */
    uint8_t *data;
    size_t size;
};

int rl_cover_load(struct rl_cover *cover, struct rl_flow *flow, int fd, const struct rl_still_source *source);
void rl_cover_free(struct rl_cover *cover, struct rl_flow *flow);

#endif
