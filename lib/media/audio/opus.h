/* libopus: one encoder from its first packet to its last, the header, and the length of a packet. */
#ifndef RL_MEDIA_OPUS_H
#define RL_MEDIA_OPUS_H

#include "sound.h"

#define RL_OPUS_HEAD_MAX (21 + RL_SOUND_CHANNELS)

struct rl_opus_params {
    int channels;
    int family; /* 0 or 1 */
    int bit_rate;
    int complexity;
};

/* What the header says beside the parameters; the same for every encoder with them. */
struct rl_opus_info {
    int pre_skip, streams, coupled;
    unsigned char mapping[RL_SOUND_CHANNELS];
    size_t packet_max; /* bytes */
};

struct rl_opus; /* [one thread at a time] */

/* A fresh encoder. Its memory is the env's. info may be NULL. */
int rl_opus_open(struct rl_opus **out, const struct rl_env *env, const struct rl_opus_params *params,
                 struct rl_opus_info *info, reel_error *err);
void rl_opus_close(struct rl_opus **opus);
/* Encodes RL_SOUND_PACKET samples; returns the bytes of the packet, or a negative code. */
int rl_opus_encode(struct rl_opus *opus, const float *samples, uint8_t *packet, size_t room, reel_error *err);

/* OpusHead (RFC 7845, 5.1); gain in dB. Returns its size. */
size_t rl_opus_head(uint8_t head[RL_OPUS_HEAD_MAX], const struct rl_opus_params *params,
                    const struct rl_opus_info *info, uint32_t input_rate, double gain);

/* Do the frames that the packet says it has fit into it? Of packets with several streams only a decoder could tell. */
bool rl_opus_packet_is_whole(const uint8_t *packet, size_t size, int streams);

/* Samples at 48 kHz in a packet, by its table of contents; 0 when it is none. */
int rl_opus_packet_samples(const uint8_t *packet, size_t size);

#endif
