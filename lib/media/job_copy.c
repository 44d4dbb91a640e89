/*
 * AV1 or Opus packets as they are, cut into chunks.
 *
 * AV1: a chunk begins at the first keyframe at or after origin + n * every, and where none comes for CHUNK_MAX bytes,
 * at the next packet; temporal delimiters are taken out; a packet's duration is the distance to the next.
 * Opus: chunks of `every`, on the packets' timeline of audio/sound.h: packets are as long as their table of contents
 * says, one stands where the one before has ended unless its timestamp is more than 10 ms off, and the last is cut by
 * what the container says is to be discarded.
 */
#include "jobs.h"

#include "audio/opus.h"
#include "audio/packets.h"
#include "compat.h"
#include "encode/av1.h"
#include "reading.h"

#include "../base/time.h"

#include <libavutil/intreadwrite.h>

#include <string.h>

#define OPUS_SLACK (RL_SOUND_RATE / 100)
/* Of packets in a chunk: what is copied may have one keyframe an hour, and the chunk is held in memory. */
#define CHUNK_MAX ((size_t)16 << 20)
#define PLACE_MAX (INT64_C(1) << 52)

struct copy_job {
    struct rl_flow *flow;
    const struct rl_copy_spec *spec;
    struct rl_run_result *result;
    struct rl_reading in;
    bool opus;
    int pre_skip;
    int streams; /* of Opus in a packet */
    uint8_t private_data[512];
    size_t private_size;
    reel_ratio timescale;
    int64_t every; /* in the timescale */
    int64_t end;   /* behind the last packet, by its own duration */
    bool any;

    struct rl_packets packets; /* of the chunk */
    uint32_t index;
    int64_t cut; /* the next chunk begins at or after it */
    bool wanted;
    uint64_t skip; /* samples of the chunk's packets that are not heard: the pre-skip */
    uint64_t heard;
};

/* In the chunks' timescale on their timeline; false when there is no such place. */
static bool place(const struct copy_job *j, int64_t pts, int64_t *at)
{
    int64_t out;
    if (pts == AV_NOPTS_VALUE || __builtin_sub_overflow(pts, j->spec->origin, &out))
        return false;
    *at = rl_rescale(out, j->spec->time_base, j->timescale) + j->pre_skip;
    return *at >= -PLACE_MAX && *at <= PLACE_MAX;
}

static int damaged(struct copy_job *j, const char *what)
{
    return rl_err(j->flow->err, REEL_ERR_INVALID_DATA, "copy", "%s", what);
}

static int open_stream(struct copy_job *j)
{
    const struct rl_copy_spec *spec = j->spec;
    const AVCodecParameters *par = j->in.stream->codecpar;
    j->opus = par->codec_id == AV_CODEC_ID_OPUS;
    if (!j->opus && par->codec_id != AV_CODEC_ID_AV1)
        return rl_err(j->flow->err, REEL_ERR_UNSUPPORTED, "copy", "%s is not copied", spec->codec);
    size_t size = par->extradata_size > 0 ? (size_t)par->extradata_size : 0;
    bool fits = size <= sizeof j->private_data;
    if (j->opus) {
        if (!fits || size < 19 || memcmp(par->extradata, "OpusHead", 8) != 0)
            return damaged(j, "the Opus header is missing");
        j->pre_skip = AV_RL16(par->extradata + 10);
        j->skip = (uint64_t)j->pre_skip;
        j->streams = par->extradata[18] ? size > 19 ? par->extradata[19] : 0 : 1;
        j->result->channels_in = par->extradata[9];
    } else if (!fits || size < 4 || par->extradata[0] != 0x81) {
        size = 0; /* no av1C: built from the first sequence header */
    }
    if (size)
        memcpy(j->private_data, par->extradata, size);
    j->private_size = size;
    j->timescale = (reel_ratio){ 1, j->opus ? RL_SOUND_RATE : (int32_t)spec->timescale };
    j->every = rl_rescale(spec->every, spec->time_base, j->timescale);
    return j->every > 0 ? 0 : rl_err(j->flow->err, REEL_ERR_INVALID_ARG, "copy", "chunks have no length");
}

/* Emits the chunk that has been gathered. */
static int end_chunk(struct copy_job *j)
{
    struct rl_packets *p = &j->packets;
    struct rl_run_result *result = j->result;
    int rc = 0;
    if (p->count == 0)
        return 0;
    const struct rl_sample *last = &p->samples[p->count - 1];
    uint64_t skipped = j->skip < j->heard ? j->skip : j->heard;
    uint64_t samples = j->opus ? j->heard - skipped : p->count;
    j->skip -= skipped;
    if (j->wanted) {
        struct rl_buf bytes;
        struct rl_chunk_out out = {
            .index = j->index, .start = p->samples[0].ts, .duration = last->ts + last->duration - p->samples[0].ts,
            .samples = samples, .samples_in = samples, .private_size = (uint32_t)j->private_size,
        };
        memcpy(out.codec_private, j->private_data, j->private_size);
        rl_buf_init(&bytes, j->flow->env);
        rc = rl_packets_write(p, j->index, &bytes, j->flow->err);
        if (rc == 0)
            rc = rl_emit(j->flow, &out, bytes.data, bytes.size);
        rl_buf_free(&bytes);
    }
    result->samples_in += samples;
    result->samples_out += samples;
    result->chunks = ++j->index;
    j->heard = 0;
    rl_packets_reset(p);
    return rc;
}

/* The packet before lasts until this place. */
static void close_gap(struct copy_job *j, int64_t at)
{
    if (j->packets.count > 0) {
        struct rl_sample *last = &j->packets.samples[j->packets.count - 1];
        last->duration = at - last->ts;
    }
}

static int add(struct copy_job *j, int64_t at, int64_t duration, size_t size, bool key)
{
    const struct rl_job_host *host = j->flow->host;
    int rc = 0;
    close_gap(j, at);
    bool full = j->packets.count > 0 && j->packets.data.size + size > CHUNK_MAX;
    if (j->packets.count == 0 || (key && at >= j->cut) || full) {
        rc = end_chunk(j);
        int64_t first = j->opus ? at - j->pre_skip : at; /* cuts are on the output's timeline */
        first = first > 0 ? first : 0;
        j->cut = (first / j->every + 1) * j->every + (j->opus ? j->pre_skip : 0);
        j->wanted = !host->wanted || host->wanted(host->user, j->index);
    }
    if (rc)
        return rc;
    uint8_t *to = rl_packets_room(&j->packets, size);
    if (!to)
        return rl_err_nomem(j->flow->err, "copy");
    memcpy(to, j->in.packet->data, size);
    if (!rl_packets_add(&j->packets, size, at, duration, key))
        return rl_err_nomem(j->flow->err, "copy");
    if (!j->any)
        j->result->first = j->in.packet->pts;
    j->any = true;
    j->end = at + duration;
    return 0;
}

static int add_av1(struct copy_job *j)
{
    AVPacket *packet = j->in.packet;
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    int64_t at;
    if (rl_packet_is_encrypted(packet))
        return rl_err(j->flow->err, REEL_ERR_INVALID_DATA, "copy", "the stream is encrypted");
    if (!j->any && !key) { /* nothing to decode it with */
        j->result->dropped++;
        return 0;
    }
    if (packet->flags & AV_PKT_FLAG_DISCARD)
        return rl_err(j->flow->err, REEL_ERR_UNSUPPORTED, "copy", "an edit list hides pictures: this needs encoding");
    if (!place(j, packet->pts, &at) || at < 0)
        return damaged(j, "a packet has no place in the output");
    size_t count = j->packets.count;
    if (count && at <= j->packets.samples[count - 1].ts)
        return damaged(j, "timestamps do not rise");
    if (av_packet_make_writable(packet) < 0)
        return rl_err_nomem(j->flow->err, "copy");
    if (!j->private_size)
        j->private_size = rl_av1_config(packet->data, (size_t)packet->size, j->private_data);
    size_t size = rl_av1_strip(packet->data, (size_t)packet->size);
    if (!j->private_size || !size)
        return damaged(j, "an AV1 packet is malformed");
    int64_t own = packet->duration > 0 ? packet->duration : j->spec->frame_duration;
    int64_t duration = rl_rescale(own, j->spec->time_base, j->timescale);
    return add(j, at, duration > 0 ? duration : 1, size, key);
}

/* Samples that the container wants discarded at the packet's end. */
static int64_t discarded(const struct copy_job *j, int samples)
{
    size_t size;
    const uint8_t *side = av_packet_get_side_data(j->in.packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
    int64_t cut = side && size >= 8 ? (int64_t)AV_RL32(side + 4) : 0;
    reel_ratio tb = j->spec->time_base;
    /* Where the clock is exact, a shorter duration says the same. */
    int64_t duration = j->in.packet->duration;
    if (cut == 0 && tb.num == 1 && tb.den == RL_SOUND_RATE && duration > 0 && duration < samples)
        cut = samples - duration;
    return cut;
}

static int add_opus(struct copy_job *j)
{
    bool whole = !rl_packet_is_encrypted(j->in.packet) &&
                 rl_opus_packet_is_whole(j->in.packet->data, (size_t)j->in.packet->size, j->streams);
    int samples = whole ? rl_opus_packet_samples(j->in.packet->data, (size_t)j->in.packet->size) : 0;
    int64_t at;
    if (samples == 0) {
        j->result->decode_errors++;
        return 0;
    }
    bool placed = place(j, j->in.packet->pts, &at);
    if (!j->any) {
        if (!placed)
            at = j->pre_skip;
        at = at > 0 ? at : 0;
    } else if (!placed || at <= j->end + OPUS_SLACK) {
        at = j->end; /* rounded, or overlapping: counted on */
    }
    int64_t cut = discarded(j, samples);
    if (cut >= samples)
        return 0;
    int rc = add(j, at, samples - cut, (size_t)j->in.packet->size, true);
    j->heard += (uint64_t)(samples - cut);
    return rc;
}

static int read_all(struct copy_job *j)
{
    const struct rl_job_host *host = j->flow->host;
    int rc;
    while ((rc = rl_source_read(j->in.source, j->in.packet)) == 0) {
        if (j->in.packet->size > 0)
            rc = j->opus ? add_opus(j) : add_av1(j);
        av_packet_unref(j->in.packet);
        if (rc)
            return rc;
        if (host->progress)
            host->progress(host->user, rl_rescale(j->end, j->timescale, RL_US), j->result->samples_out);
    }
    return rc < 0 ? rc : end_chunk(j);
}

int rl_job_copy(struct rl_flow *flow, int fd, const struct rl_copy_spec *spec, struct rl_run_result *result)
{
    struct copy_job j = { .flow = flow, .spec = spec, .result = result };
    const struct rl_reading_params in = { .format = spec->format, .codec = spec->codec, .stream = spec->stream,
                                          .time_base = spec->time_base, .kind = AVMEDIA_TYPE_UNKNOWN };
    memset(result, 0, sizeof *result);
    result->first = result->end = REEL_NO_TIME;
    rl_packets_init(&j.packets, flow->env);
    int rc = rl_reading_open(&j.in, flow, fd, &in);
    if (rc == 0)
        rc = open_stream(&j);
    if (rc == 0)
        rc = read_all(&j);
    if (rc == 0) {
        result->truncated = rl_source_truncated(j.in.source);
        if (j.any)
            result->end = spec->origin + rl_rescale(j.end - j.pre_skip, j.timescale, spec->time_base);
    }
    rl_reading_close(&j.in);
    rl_packets_free(&j.packets);
    return rc;
}
