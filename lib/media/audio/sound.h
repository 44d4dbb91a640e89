/*
 * Sound on its way to Opus: decode -> pcm -> loudness -> opus_step.
 *
 * From pcm on, frames are AV_SAMPLE_FMT_FLT at 48 kHz with the channels in Opus order (RFC 7845, 5.1.1), interleaved
 * in data[0]; linesize and layout are not used. Their pts is the place of the first sample on the output's timeline,
 * in 1/48000, and each frame begins where the one before has ended: gaps have been filled.
 *
 * The timeline of the chunks is that of the packets. Let the first sample that is heard stand at `start` (>= 0).
 * Packet p has ts = start + 960 p; a player drops the first `pre_skip` decoded samples, so what packet p decodes to
 * is shown at ts - pre_skip, and the first sample heard is shown at `start`. The last packet is cut so that the sum
 * of all durations minus pre_skip is the number of samples heard, exactly. Sample k of the input is therefore heard
 * from the packet (k + pre_skip) / 960, and the number of packets is that of the last sample, plus one.
 */
#ifndef RL_MEDIA_SOUND_H
#define RL_MEDIA_SOUND_H

#include "../step.h"

#define RL_SOUND_RATE 48000
#define RL_SOUND_PACKET 960 /* 20 ms */
#define RL_SOUND_CHANNELS 8 /* at most */

/* What the steps of one job tell each other on their one thread. Each member has one writer. */
struct rl_sound_tally {
    /* by pcm; 48 kHz samples within the trimmed range. out = in + filled - dropped */
    uint64_t in;      /* decoded, by the decoder's count and rate */
    uint64_t filled;  /* silence put into gaps */
    uint64_t dropped; /* decoded, but before a place that had been reached already */
    bool silence;     /* what is being pushed was put into a gap */
    int channels;     /* of the first decoded frame */
    int64_t first;    /* of the first sample pushed, 1/48000; REEL_NO_TIME none */
    int64_t end;      /* behind the last */
    char note[128];
    /* by the job, before each packet */
    uint64_t errors; /* of the decoder so far */
    /* by loudness, at its flush */
    double gain;     /* dB, for the header */
    double loudness; /* LUFS */
    double range;    /* LU */
    double peak;     /* dBTP */
};

#endif
