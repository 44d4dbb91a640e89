/* Reads the chunks of one rendition, sample by sample; one chunk is in memory at a time. */
#ifndef RL_MEDIA_WEBM_READER_H
#define RL_MEDIA_WEBM_READER_H

#include "../../step.h"

#include "../../../engine/spec.h"
#include "../cmaf.h"

struct rl_reader {
    struct rl_flow *flow;
    const struct rl_track *track;
    uint32_t number; /* index of the track in the manifest */
    uint32_t chunk;  /* the one behind the loaded */
    uint8_t *data;
    size_t capacity;
    struct rl_buf text; /* cues, for a text rendition */
    struct rl_sample *samples;
    size_t count, at;
    int64_t last_ts;
};

void rl_reader_init(struct rl_reader *r, struct rl_flow *flow, const struct rl_track *track, uint32_t number);
void rl_reader_free(struct rl_reader *r);

/* The next sample without taking it: 0, REEL_END, or an error. */
int rl_reader_peek(struct rl_reader *r, const struct rl_sample **sample);
void rl_reader_take(struct rl_reader *r);
/* Is the peeked sample the last of the rendition? Chunks that follow and are empty do not count. */
bool rl_reader_is_last(const struct rl_reader *r);

#endif
