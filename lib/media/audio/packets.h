/* The packets of one chunk, gathered and written as one CMAF fragment. [one thread at a time] */
#ifndef RL_MEDIA_PACKETS_H
#define RL_MEDIA_PACKETS_H

#include "../mux/cmaf.h"

struct rl_packets {
    struct rl_buf data;
    struct rl_sample *samples; /* data pointers are set when written */
    size_t count, capacity;
};

void rl_packets_init(struct rl_packets *p, const struct rl_env *env);
void rl_packets_free(struct rl_packets *p);
void rl_packets_reset(struct rl_packets *p); /* forgets the packets, keeps the memory */

/* Room for a packet of up to size bytes; NULL: out of memory. */
uint8_t *rl_packets_room(struct rl_packets *p, size_t size);
/* Counts size bytes of that room as the next packet. false: out of memory. */
bool rl_packets_add(struct rl_packets *p, size_t size, int64_t ts, int64_t duration, int key);

/* Appends the fragment of the chunk with this index. */
int rl_packets_write(struct rl_packets *p, uint32_t index, struct rl_buf *out, reel_error *err);

#endif
