/* For tests of sound: WAV files in memory, a host that keeps the chunks, and decoding them back. */
#ifndef TEST_SOUND_RIG_H
#define TEST_SOUND_RIG_H

#include "media/jobs.h"
#include "media/mux/cmaf.h"

#include <opus_multistream.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RIG_CHUNKS 512

struct rig {
    struct rl_env env;
    struct rl_job_host host;
    struct rl_flow flow;
    reel_error err;
    struct rl_chunk_out out[RIG_CHUNKS];
    uint8_t *data[RIG_CHUNKS];
    size_t size[RIG_CHUNKS];
    uint32_t count;
    uint64_t unwanted; /* bit per index */
    int cancel_after;  /* calls of cancelled; -1 never */
};

static bool rig_cancelled(void *user)
{
    struct rig *r = user;
    return r->cancel_after >= 0 && r->cancel_after-- == 0 ? (r->cancel_after = 0, true) : false;
}

static void rig_progress(void *user, int64_t done, uint64_t frames)
{
    (void)user;
    (void)done;
    (void)frames;
}

static int rig_emit(void *user, const struct rl_chunk_out *chunk, const void *data, size_t size)
{
    struct rig *r = user;
    if (r->count == RIG_CHUNKS)
        return REEL_ERR_USER;
    r->out[r->count] = *chunk;
    r->data[r->count] = malloc(size);
    memcpy(r->data[r->count], data, size);
    r->size[r->count++] = size;
    return 0;
}

static bool rig_wanted(void *user, uint32_t index)
{
    struct rig *r = user;
    return index >= 64 || !(r->unwanted >> index & 1);
}

static inline void rig_open(struct rig *r)
{
    memset(r, 0, sizeof *r);
    rl_env_init(&r->env, NULL, NULL);
    r->cancel_after = -1;
    r->err = (reel_error){ .size = sizeof r->err, .stream = -1 };
    r->host = (struct rl_job_host){ .user = r, .cancelled = rig_cancelled, .progress = rig_progress,
                                    .emit = rig_emit, .wanted = rig_wanted };
    r->flow = (struct rl_flow){ .env = &r->env, .host = &r->host, .err = &r->err };
}

static inline void rig_close(struct rig *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        free(r->data[i]);
    r->count = 0;
}

static inline struct rl_audio_spec rig_spec(const char *format, const char *codec, reel_ratio time_base, int channels)
{
    struct rl_audio_spec spec = {
        .time_base = time_base, .trim_start = REEL_NO_TIME, .trim_end = REEL_NO_TIME, .duration = REEL_NO_TIME,
        .channels = channels, .family = channels > 2, .bit_rate = 64000 * (channels + 1) / 2, .complexity = 5,
        .segment_packets = 50, .pre_roll_packets = 10, .threads = 1,
    };
    strncpy(spec.format, format, sizeof spec.format - 1);
    strncpy(spec.codec, codec, sizeof spec.codec - 1);
    return spec;
}

static inline void rig_le(uint8_t *to, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[i] = (uint8_t)(v >> (8 * i));
}

/* A WAVE_FORMAT_EXTENSIBLE file of float samples; a descriptor, -1 on failure. */
static inline int rig_wav(const float *samples, size_t count, int channels, int rate, uint32_t mask)
{
    uint8_t h[68] = "RIFF....WAVEfmt ";
    static const uint8_t guid[14] = { 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71 };
    uint32_t bytes = (uint32_t)(count * (size_t)channels * 4);
    rig_le(h + 4, bytes + 60, 4);
    rig_le(h + 16, 40, 4);
    rig_le(h + 20, 0xfffe, 2);
    rig_le(h + 22, (uint32_t)channels, 2);
    rig_le(h + 24, (uint32_t)rate, 4);
    rig_le(h + 28, (uint32_t)(rate * channels * 4), 4);
    rig_le(h + 32, (uint32_t)channels * 4, 2);
    rig_le(h + 34, 32, 2);
    rig_le(h + 36, 22, 2);
    rig_le(h + 38, 32, 2);
    rig_le(h + 40, mask, 4);
    rig_le(h + 44, 3, 2);
    memcpy(h + 46, guid, sizeof guid);
    memcpy(h + 60, "data", 4);
    rig_le(h + 64, bytes, 4);
    int fd = memfd_create("wav", MFD_CLOEXEC);
    if (fd < 0 || write(fd, h, sizeof h) != (ssize_t)sizeof h || (bytes && write(fd, samples, bytes) != (ssize_t)bytes))
        return -1;
    return fd;
}

/* All chunks decoded in one go: pre-skip dropped, the last packet cut. The caller frees. *count: samples. */
static inline float *rig_decode(struct rig *r, int64_t *count)
{
    const uint8_t *head = r->out[r->count - 1].codec_private;
    static const uint8_t plain[2] = { 0, 1 };
    int channels = head[9], pre_skip = head[10] | head[11] << 8, rc;
    int streams = head[18] ? head[19] : 1, coupled = head[18] ? head[20] : channels - 1;
    OpusMSDecoder *d = opus_multistream_decoder_create(48000, channels, streams, coupled, head[18] ? head + 21 : plain,
                                                       &rc);
    size_t room = 0, at = 0;
    float *pcm = NULL;
    for (uint32_t c = 0; d && c < r->count; c++) {
        struct rl_sample *samples;
        size_t n;
        if (rl_cmaf_read(&r->env, r->data[c], r->size[c], &samples, &n, &r->err) < 0)
            break;
        for (size_t i = 0; i < n; i++) {
            if ((at + 5760) * (size_t)channels > room) {
                room = 2 * (at + 5760) * (size_t)channels;
                pcm = realloc(pcm, room * sizeof *pcm);
            }
            int got = opus_multistream_decode_float(d, samples[i].data, (opus_int32)samples[i].size,
                                                    pcm + at * (size_t)channels, 5760, 0);
            at += (size_t)(got < samples[i].duration ? got : samples[i].duration);
        }
        rl_free(&r->env, samples);
    }
    opus_multistream_decoder_destroy(d);
    *count = (int64_t)at - pre_skip;
    if (pcm)
        memmove(pcm, pcm + pre_skip * channels, (size_t)*count * (size_t)channels * sizeof *pcm);
    return pcm;
}

#endif
