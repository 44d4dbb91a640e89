/* One segment: its samples, and encoding them to a chunk's bytes. Internal to opus_step.c. */
#ifndef RL_MEDIA_OPUS_SEGMENT_H
#define RL_MEDIA_OPUS_SEGMENT_H

#include "opus.h"
#include "packets.h"

#include <stdatomic.h>

struct rl_opus_segment {
    /* Filled by the job's thread; the helper's from when it takes it until it is done. */
    uint32_t index;
    bool wanted;
    float *samples;     /* from the pre-roll on */
    int pre_roll;       /* packets */
    int64_t count;      /* samples, pre-roll included */
    int packets;        /* to encode, without the pre-roll */
    int64_t ts;         /* of the first packet */
    int64_t duration;   /* of all packets: the last one is cut short by it */
    uint64_t heard, in; /* for rl_chunk_out */
    uint64_t errors;
    /* what came of it */
    struct rl_packets gathered;
    struct rl_buf bytes;
    reel_error err;
    int rc;
};

/* Called once per packet; true stops with REEL_ERR_CANCELLED. */
typedef bool (*rl_opus_segment_stop_fn)(void *user);

int rl_opus_segment_init(struct rl_opus_segment *s, const struct rl_env *env, size_t samples, int channels);
void rl_opus_segment_free(struct rl_opus_segment *s, const struct rl_env *env);
/* Fills gathered and bytes, or err; the result is also in rc. */
int rl_opus_segment_encode(struct rl_opus_segment *s, const struct rl_env *env, const struct rl_opus_params *params,
                      rl_opus_segment_stop_fn stop, void *user);

#endif
