#include "opus.h"

#include <opus_multistream.h>

#include <limits.h>
#include <math.h>
#include <string.h>

struct rl_opus {
    const struct rl_env *env;
    OpusMSEncoder *encoder; /* in memory of ours */
};

static int fail(reel_error *err, int code, const char *what)
{
    rl_err(err, REEL_ERR_ENCODER, "encode", "libopus: %s: %s", what, opus_strerror(code));
    rl_err_upstream(err, "libopus", code);
    return REEL_ERR_ENCODER;
}

int rl_opus_open(struct rl_opus **out, const struct rl_env *env, const struct rl_opus_params *params,
                 struct rl_opus_info *info, reel_error *err)
{
    struct rl_opus_info own = { 0 };
    opus_int32 look_ahead = 0;
    *out = NULL;
    opus_int32 size = opus_multistream_surround_encoder_get_size(params->channels, params->family);
    if (size <= 0)
        return rl_err(err, REEL_ERR_ENCODER, "encode", "libopus does not take %d channels in mapping family %d",
                      params->channels, params->family);
    struct rl_opus *opus = rl_calloc(env, 1, sizeof *opus);
    if (opus)
        *opus = (struct rl_opus){ .env = env, .encoder = rl_calloc(env, 1, (size_t)size) };
    if (!opus || !opus->encoder) {
        rl_opus_close(&opus);
        return rl_err_nomem(err, "encode");
    }
    int rc = opus_multistream_surround_encoder_init(opus->encoder, RL_SOUND_RATE, params->channels, params->family,
                                                    &own.streams, &own.coupled, own.mapping, OPUS_APPLICATION_AUDIO);
    if (rc == OPUS_OK)
        rc = opus_multistream_encoder_ctl(opus->encoder, OPUS_SET_BITRATE(params->bit_rate));
    if (rc == OPUS_OK)
        rc = opus_multistream_encoder_ctl(opus->encoder, OPUS_SET_VBR(1));
    if (rc == OPUS_OK)
        rc = opus_multistream_encoder_ctl(opus->encoder, OPUS_SET_VBR_CONSTRAINT(0));
    if (rc == OPUS_OK)
        rc = opus_multistream_encoder_ctl(opus->encoder, OPUS_SET_COMPLEXITY(params->complexity));
    if (rc == OPUS_OK)
        rc = opus_multistream_encoder_ctl(opus->encoder, OPUS_GET_LOOKAHEAD(&look_ahead));
    if (rc != OPUS_OK) {
        rl_opus_close(&opus);
        return fail(err, rc, "cannot set up the encoder");
    }
    own.pre_skip = look_ahead;
    own.packet_max = (size_t)own.streams * (1275 + 3); /* RFC 6716, 3.2.1, and the length of a self-delimited one */
    if (info)
        *info = own;
    *out = opus;
    return 0;
}

void rl_opus_close(struct rl_opus **opus)
{
    if (!*opus)
        return;
    const struct rl_env *env = (*opus)->env;
    rl_free(env, (*opus)->encoder);
    rl_free(env, *opus);
    *opus = NULL;
}

int rl_opus_encode(struct rl_opus *opus, const float *samples, uint8_t *packet, size_t room, reel_error *err)
{
    opus_int32 max = room > INT32_MAX ? INT32_MAX : (opus_int32)room;
    int size = opus_multistream_encode_float(opus->encoder, samples, RL_SOUND_PACKET, packet, max);
    return size < 0 ? fail(err, size, "encoding failed") : size;
}

static void le16(uint8_t *to, unsigned v)
{
    to[0] = (uint8_t)v;
    to[1] = (uint8_t)(v >> 8);
}

size_t rl_opus_head(uint8_t head[RL_OPUS_HEAD_MAX], const struct rl_opus_params *params,
                    const struct rl_opus_info *info, uint32_t input_rate, double gain)
{
    double q8 = round(gain * 256.0);
    int16_t fixed = (int16_t)fmin(fmax(q8, INT16_MIN), INT16_MAX);
    memcpy(head, "OpusHead", 8);
    head[8] = 1;
    head[9] = (uint8_t)params->channels;
    le16(head + 10, (unsigned)info->pre_skip);
    le16(head + 12, input_rate & 0xffff);
    le16(head + 14, input_rate >> 16);
    le16(head + 16, (uint16_t)fixed);
    head[18] = (uint8_t)params->family;
    if (params->family == 0)
        return 19;
    head[19] = (uint8_t)info->streams;
    head[20] = (uint8_t)info->coupled;
    memcpy(head + 21, info->mapping, (size_t)params->channels);
    return 21 + (size_t)params->channels;
}

bool rl_opus_packet_is_whole(const uint8_t *packet, size_t size, int streams)
{
    unsigned char toc;
    opus_int16 sizes[48];
    if (size == 0 || size > INT32_MAX)
        return false;
    return streams != 1 || opus_packet_parse(packet, (opus_int32)size, &toc, NULL, sizes, NULL) > 0;
}

int rl_opus_packet_samples(const uint8_t *packet, size_t size)
{
    if (size == 0 || size > INT32_MAX)
        return 0;
    int samples = opus_packet_get_nb_samples(packet, (opus_int32)size, RL_SOUND_RATE);
    return samples > 0 ? samples : 0;
}
