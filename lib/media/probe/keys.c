#include "probe.h"

#include "../../base/time.h"

#include <reel/input.h>
#include <string.h>

/* Keys closer together than this are left out. us */
#define THIN 1000000
#define MAX_KEYS 1000000
/* Keys that are tried before the index is trusted, and packets until each must have come. */
#define TRIALS 3
#define MAX_PACKETS 400

static int gather(struct rl_flow *flow, AVStream *stream, struct rl_stream *s)
{
    int64_t apart = rl_rescale(THIN, RL_US, s->time_base), last = INT64_MIN;
    int n = avformat_index_get_entries_count(stream);
    size_t capacity = 0;

    for (int i = 0; i < n; i++) {
        const AVIndexEntry *e = avformat_index_get_entry(stream, i);
        if (e->flags & AVINDEX_DISCARD_FRAME)
            continue;
        s->frames++;
        if (!(e->flags & AVINDEX_KEYFRAME) || s->key_count >= MAX_KEYS)
            continue;
        if (last != INT64_MIN && e->timestamp <= last - apart) {
            s->key_count = 0; /* out of order: nothing to go by */
            return 0;
        }
        if (last != INT64_MIN && e->timestamp - last < apart)
            continue;
        if (!rl_grow(flow->env, (void **)&s->keys, &capacity, s->key_count, sizeof(*s->keys)))
            return rl_err_nomem(flow->err, "probe");
        s->keys[s->key_count++].ts = last = e->timestamp;
    }
    return 0;
}

bool rl_probe_hides(AVStream *stream, const struct rl_stream *s)
{
    int64_t skip = rl_rescale(s->pre_skip, (reel_ratio){ 1, 48000 }, s->time_base);
    int n = avformat_index_get_entries_count(stream);

    for (int i = 0; i < n; i++) {
        const AVIndexEntry *e = avformat_index_get_entry(stream, i);
        if (e->flags & AVINDEX_DISCARD_FRAME && (e->timestamp < -skip || e->timestamp >= 0))
            return true;
    }
    return false;
}

/* Does a seek to this key lead to it? 1, 0, or a failure. */
static int leads_there(struct rl_flow *flow, struct rl_source *source, int64_t ts, bool dts)
{
    AVPacket *packet = av_packet_alloc();
    int found = 0, rc;

    if (!packet)
        return rl_err_nomem(flow->err, "probe");
    rc = rl_source_seek(source, ts);
    for (int i = 0; rc == 0 && !found && i < MAX_PACKETS && (rc = rl_source_read(source, packet)) == 0; i++) {
        found = packet->flags & AV_PKT_FLAG_KEY && (dts ? packet->dts : packet->pts) == ts;
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    if (rc == REEL_ERR_CANCELLED || rc == REEL_ERR_NOMEM || rc == REEL_ERR_IO)
        return rc;
    if (rc < 0)
        *flow->err = RL_ERROR_INIT; /* no seek: a fact, not a failure */
    return found;
}

int rl_probe_keys(struct rl_flow *flow, struct rl_source *source, bool fragmented, struct rl_stream *s)
{
    AVStream *stream = rl_source_format(source)->streams[s->index];
    bool mov = !strcmp(rl_source_name(source), "mov");
    int rc;

    if (s->kind != REEL_STREAM_VIDEO || fragmented || (!mov && strcmp(rl_source_name(source), "matroska")))
        return 0;
    if ((rc = rl_source_select(source, s->index, "")) < 0)
        return rc;
    /* Matroska's cues are read at the first seek, and what is in the index before that is chance. */
    if (!mov && (rc = leads_there(flow, source, s->start == REEL_NO_TIME ? 0 : s->start, false)) < 0)
        return rc;
    if ((rc = gather(flow, stream, s)) < 0)
        return rc;
    if (!mov)
        s->frames = 0; /* cues tell of keyframes only */
    s->keys_trusted = s->key_count > 1;
    for (uint32_t i = 1; s->keys_trusted && i <= TRIALS; i++) {
        rc = leads_there(flow, source, s->keys[(uint64_t)(s->key_count - 1) * i / TRIALS].ts, mov);
        if (rc < 0)
            return rc;
        s->keys_trusted = rc;
    }
    if (!s->keys_trusted) {
        rl_free(flow->env, s->keys);
        s->keys = NULL;
        s->key_count = 0;
    }
    return 0;
}
