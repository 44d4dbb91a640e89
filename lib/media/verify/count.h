/* Counting what is in a stream: packets as the container has them, or what a decoder makes of them. */
#ifndef RL_MEDIA_VERIFY_COUNT_H
#define RL_MEDIA_VERIFY_COUNT_H

#include "../step.h"

#include "../../engine/spec.h"

#include <libavformat/avformat.h>

struct rl_count {
    const AVStream *stream;
    struct rl_verify_track track;
    int64_t delay;    /* codec delay, in the stream's time base, as the demuxer takes it from timestamps */
    int64_t skip;     /* 48 kHz samples that a decoder drops at the start */
    int64_t last_pts; /* AV_NOPTS_VALUE: none yet */
    struct rl_step *decoder; /* with its foot; NULL: packets are counted */
};

/* With decode, opens the stream's decoder; text is never decoded. */
int rl_count_open(struct rl_count *count, struct rl_flow *flow, const AVStream *stream, bool decode, int threads);
int rl_count_packet(struct rl_count *count, AVPacket *packet);
/* Drains the decoder and settles the numbers. */
int rl_count_end(struct rl_count *count);
void rl_count_close(struct rl_count *count);

#endif
