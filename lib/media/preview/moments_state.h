/* Inside of moments.h: finding keyframes (keys.c), giving pictures (moments.c), choosing among them (best.c). */
#ifndef RL_MEDIA_MOMENTS_STATE_H
#define RL_MEDIA_MOMENTS_STATE_H

#include "moments.h"
#include "single.h"

#include "../demux/source.h"

struct rl_moments {
    struct rl_flow *outer; /* whose error is filled when a call fails */
    struct rl_flow flow;   /* with err: most failures on the way are none of the whole */
    reel_error err;
    int fd;
    int threads;
    struct rl_still_source spec;
    struct rl_source *source;
    AVStream *stream;
    AVPacket *packet;  /* read last */
    AVPacket *held;    /* keys.c: a keyframe that is given if the next one is too late */
    struct rl_single single;
    struct rl_colour colour;
    bool seen;         /* a frame has been given: colour is filled from it */
    bool rough;        /* as rl_moments_rough says */
    bool in_order;     /* the decoder is fed packet by packet */
    bool fed;          /* in order: there are no more packets */
    int64_t last;      /* us: time of the picture given last; REEL_NO_TIME: none */
    int64_t last_key;  /* us: of the keyframe given last; REEL_NO_TIME: any may be given */
    int64_t asked;     /* us: the time asked for last */
    uint64_t decoded, damage; /* of decoders that are closed again */
};

/* keys.c. Errors are in m->err. */

/* Opens the source, again from the start where it was open. */
int rl_keys_open(struct rl_moments *m);
/* m->packet becomes the keyframe at or before time, or the first behind it. From then on only keyframes are read, or, with `all`,
 * every packet. 0, REEL_END, or a grave failure. */
int rl_keys_find(struct rl_moments *m, int64_t time, bool all);
/* m->packet becomes the first keyframe at or behind time that is not the one given last. */
int rl_keys_after(struct rl_moments *m, int64_t time);
/* m->packet becomes the next keyframe in order. */
int rl_keys_next(struct rl_moments *m);
/* us on the output's timeline; REEL_NO_TIME where the packet does not say. */
int64_t rl_keys_time(const struct rl_moments *m, int64_t ts);
/* Time of the packet's picture. */
int64_t rl_keys_packet_time(const struct rl_moments *m, const AVPacket *packet);
/* us; as the spec or the container says; REEL_NO_TIME when neither does. */
int64_t rl_keys_duration(const struct rl_moments *m);

/* moments.c: makes a frame fit to be given: time, fields, colour. */
void rl_moments_finish(struct rl_moments *m, AVFrame *frame, int64_t otherwise);
/* Passes a failure on to the caller's error. */
int rl_moments_fail(struct rl_moments *m, int rc);

#endif
