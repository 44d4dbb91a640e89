#include "opus_segment.h"

#include <string.h>

int rl_opus_segment_init(struct rl_opus_segment *s, const struct rl_env *env, size_t samples, int channels)
{
    *s = (struct rl_opus_segment){ .err = RL_ERROR_INIT };
    rl_packets_init(&s->gathered, env);
    rl_buf_init(&s->bytes, env);
    s->samples = rl_calloc(env, samples, sizeof(float) * (size_t)channels);
    return s->samples ? 0 : REEL_ERR_NOMEM;
}

void rl_opus_segment_free(struct rl_opus_segment *s, const struct rl_env *env)
{
    if (!s->bytes.env)
        return;
    rl_packets_free(&s->gathered);
    rl_buf_free(&s->bytes);
    rl_free(env, s->samples);
}

static int encode_packet(struct rl_opus_segment *s, struct rl_opus *opus, size_t packet_max, const float *samples,
                         int p)
{
    uint8_t *to = rl_packets_room(&s->gathered, packet_max);
    if (!to)
        return rl_err_nomem(&s->err, "encode");
    int size = rl_opus_encode(opus, samples, to, packet_max, &s->err);
    if (size < 0 || p < s->pre_roll)
        return size < 0 ? size : 0;
    int64_t at = (int64_t)(p - s->pre_roll) * RL_SOUND_PACKET;
    int64_t left = s->duration - at;
    int64_t duration = left < RL_SOUND_PACKET ? left : RL_SOUND_PACKET;
    if (!rl_packets_add(&s->gathered, (size_t)size, s->ts + at, duration, 1))
        return rl_err_nomem(&s->err, "encode");
    return 0;
}

int rl_opus_segment_encode(struct rl_opus_segment *s, const struct rl_env *env, const struct rl_opus_params *params,
                      rl_opus_segment_stop_fn stop, void *user)
{
    struct rl_opus *opus = NULL;
    struct rl_opus_info info;
    float tail[RL_SOUND_PACKET * RL_SOUND_CHANNELS];
    int total = s->pre_roll + s->packets;
    size_t channels = (size_t)params->channels;

    rl_packets_reset(&s->gathered);
    s->bytes.size = 0;
    s->err = RL_ERROR_INIT;
    int rc = rl_opus_open(&opus, env, params, &info, &s->err);
    for (int p = 0; rc == 0 && p < total; p++) {
        int64_t at = (int64_t)p * RL_SOUND_PACKET;
        const float *samples = s->samples + (size_t)at * channels;
        if (stop(user)) {
            rc = rl_err(&s->err, REEL_ERR_CANCELLED, "encode", "cancelled");
            break;
        }
        if (at + RL_SOUND_PACKET > s->count) { /* behind the end of the sound: silence */
            int64_t have = at < s->count ? s->count - at : 0;
            memset(tail, 0, sizeof tail);
            memcpy(tail, samples, (size_t)have * channels * sizeof *tail);
            samples = tail;
        }
        rc = encode_packet(s, opus, info.packet_max, samples, p);
    }
    if (rc == 0)
        rc = rl_packets_write(&s->gathered, s->index, &s->bytes, &s->err);
    rl_opus_close(&opus);
    s->rc = rc;
    return rc;
}
