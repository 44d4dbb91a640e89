/*
 * A decoder for single pictures, and for a few in order: what it has decoded waits in line until it is taken. It has an error
 * of its own, as a picture that cannot be decoded is no failure. [one thread at a time; two of them may work side by side]
 */
#ifndef RL_MEDIA_SINGLE_H
#define RL_MEDIA_SINGLE_H

#include "../step.h"

#include <libavcodec/avcodec.h>

struct rl_single {
    struct rl_step sink; /* takes the decoder's frames */
    struct rl_flow flow; /* with err for its error */
    reel_error err;
    struct rl_step *decode; /* NULL: not open */
    AVFrame **frames;       /* decoded and not taken yet: those from first to count */
    size_t first, count, capacity;
    uint64_t decoded;
};

/* par and time_base are those of the stream. Does not move once it is open. */
int rl_single_open(struct rl_single *s, struct rl_flow *flow, const AVCodecParameters *par, AVRational time_base,
                   int threads);
void rl_single_close(struct rl_single *s); /* fine on a zeroed one */

/* The picture of a keyframe's packet, and of no other. 0, REEL_END when it gives none, or what cannot be passed over. rough: see
 * rl_decode_rough. What waited in line is gone. */
int rl_single_key(struct rl_single *s, AVPacket *packet, bool rough, AVFrame *frame);

/* In order: reset, then packets, in the end NULL; after each of them take what there is (REEL_END: nothing). */
void rl_single_reset(struct rl_single *s);
int rl_single_push(struct rl_single *s, AVPacket *packet);
int rl_single_take(struct rl_single *s, AVFrame *frame);
int rl_single_give_back(struct rl_single *s, AVFrame *frame); /* the one taken last: it is the first in line again */

/* Is a failure one that ends the job (out of memory, cancelled, unreadable, a limit)? */
bool rl_single_grave(int rc);

#endif
