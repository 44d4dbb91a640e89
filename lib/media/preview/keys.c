/* Finding keyframes: by the container's index, by its timestamps, by bytes, or in order; each within a bound. */
#include "moments_state.h"

#include "../../base/time.h"

/* What is read at most in search of one keyframe. */
#define MAX_BYTES   (96 << 20)
#define MAX_PACKETS 100000
/* Where a seek leads behind the time, it is tried again from so much before, at last from the start. us */
static const int64_t steps_back[] = { 0, 3000000, 20000000, INT64_MAX };
#define STEPS (sizeof(steps_back) / sizeof(steps_back[0]))

int64_t rl_keys_time(const struct rl_moments *m, int64_t ts)
{
    int64_t out;

    if (ts == AV_NOPTS_VALUE || __builtin_sub_overflow(ts, m->spec.origin, &out))
        return REEL_NO_TIME;
    return rl_rescale(out, m->spec.time_base, RL_US);
}

int64_t rl_keys_packet_time(const struct rl_moments *m, const AVPacket *packet)
{
    return rl_keys_time(m, packet->pts != AV_NOPTS_VALUE ? packet->pts : packet->dts);
}

int64_t rl_keys_duration(const struct rl_moments *m)
{
    const AVFormatContext *f = rl_source_format(m->source);
    const reel_ratio base = m->spec.time_base;

    if (m->spec.duration != REEL_NO_TIME && m->spec.duration > 0)
        return m->spec.duration;
    if (m->stream->duration > 0)
        return rl_rescale(m->stream->duration, base, RL_US);
    return f->duration > 0 ? f->duration : REEL_NO_TIME;
}

int rl_keys_open(struct rl_moments *m)
{
    int rc;

    rl_source_close(&m->source);
    if ((rc = rl_source_open(&m->source, &m->flow, m->fd, m->spec.format)) < 0 ||
        (rc = rl_source_select(m->source, m->spec.stream, m->spec.codec)) < 0)
        return rc;
    m->stream = rl_source_format(m->source)->streams[m->spec.stream];
    if (m->stream->time_base.num != m->spec.time_base.num || m->stream->time_base.den != m->spec.time_base.den)
        return rl_err(&m->err, REEL_ERR_CHANGED, "demux", "stream %d has another time base than it had",
                      (int)m->spec.stream);
    return 0;
}

static bool is_key(const AVPacket *packet) { return packet->flags & AV_PKT_FLAG_KEY && packet->size > 0; }

int rl_keys_next(struct rl_moments *m)
{
    int64_t bytes = 0;
    int rc = 0;

    for (int i = 0; i < MAX_PACKETS && bytes < MAX_BYTES; i++) {
        av_packet_unref(m->packet);
        if ((rc = rl_source_read(m->source, m->packet)) != 0)
            return rc;
        if (is_key(m->packet))
            return 0;
        bytes += m->packet->size;
    }
    av_packet_unref(m->packet);
    return REEL_END;
}

/* Goes to a time, by whatever the container can do. *exact: by its index. */
static int go(struct rl_moments *m, int64_t time, bool *exact)
{
    int64_t duration = rl_keys_duration(m), ts = rl_rescale(time, RL_US, m->spec.time_base);
    int rc;

    *exact = true;
    if (__builtin_add_overflow(ts, m->spec.origin, &ts))
        ts = m->spec.origin;
    /* Transport and program streams seek by dts, and the first keyframe is shown later than others are decoded. */
    bool by_dts = rl_source_format(m->source)->iformat->flags & AVFMT_TS_DISCONT;
    rc = time <= 0 && by_dts ? rl_source_seek_byte(m->source, 0) : rl_source_seek(m->source, ts);
    if (rc >= 0 || rl_single_grave(rc))
        return rc;
    *exact = false;
    m->err = RL_ERROR_INIT;
    if (duration != REEL_NO_TIME && time > 0) {
        double part = time < duration ? (double)time / (double)duration : 1;
        rc = rl_source_seek_byte(m->source, (int64_t)((double)rl_source_size(m->source) * part));
        if (rc >= 0 || rl_single_grave(rc))
            return rc;
        m->err = RL_ERROR_INIT;
    }
    return rl_keys_open(m);
}

/* Is the keyframe the last that the index has so far? Files in fragments have one that grows as they are read. */
static bool is_last_known(const struct rl_moments *m, const AVPacket *packet)
{
    int n = avformat_index_get_entries_count(m->stream);

    for (int i = n - 1; i >= 0; i--) {
        const AVIndexEntry *e = avformat_index_get_entry(m->stream, i);
        if (e->flags & AVINDEX_KEYFRAME)
            return e->pos == packet->pos || e->timestamp == packet->dts || e->timestamp == packet->pts;
    }
    return true;
}

/* From the keyframe in m->packet on to the last that is not behind time. */
static int walk(struct rl_moments *m, int64_t time)
{
    int rc = 0;

    for (;;) {
        av_packet_unref(m->held);
        av_packet_move_ref(m->held, m->packet);
        if ((rc = rl_keys_next(m)) < 0)
            return rc;
        int64_t next = rc ? REEL_NO_TIME : rl_keys_packet_time(m, m->packet);
        if (rc == REEL_END || next == REEL_NO_TIME || next > time) {
            av_packet_unref(m->packet);
            av_packet_move_ref(m->packet, m->held);
            return 0;
        }
    }
}

/* To a keyframe that has been read past: once more, so that all that follows it comes. */
static int again(struct rl_moments *m, int64_t key)
{
    int64_t found = REEL_NO_TIME;
    bool exact;
    int rc = 0;

    m->stream->discard = AVDISCARD_DEFAULT;
    for (size_t i = 0; i < STEPS && found != key; i++) {
        if ((rc = go(m, key > steps_back[i] ? key - steps_back[i] : 0, &exact)) < 0)
            return rc;
        do
            rc = rl_keys_next(m);
        while (rc == 0 && (found = rl_keys_packet_time(m, m->packet)) < key);
        if (rc < 0)
            return rc;
    }
    return rc;
}

int rl_keys_find(struct rl_moments *m, int64_t time, bool all)
{
    int64_t found = REEL_NO_TIME;
    int64_t duration = rl_keys_duration(m);
    bool exact = true, stepped = false;
    int rc = REEL_END;

    if (duration != REEL_NO_TIME && time > duration)
        time = duration;
    for (size_t i = 0; i < STEPS; i++) {
        int64_t from = time > steps_back[i] ? time - steps_back[i] : 0;
        if ((rc = go(m, from, &exact)) < 0)
            return rc;
        m->stream->discard = AVDISCARD_NONKEY;
        if ((rc = rl_keys_next(m)) < 0)
            return rc;
        found = rc ? REEL_NO_TIME : rl_keys_packet_time(m, m->packet);
        if (rc == 0 && (found == REEL_NO_TIME || found <= time))
            break;
        if (from == 0)
            break;
        stepped = true;
    }
    m->stream->discard = all ? AVDISCARD_DEFAULT : AVDISCARD_NONKEY;
    if (rc || found == REEL_NO_TIME || found >= time || (exact && !stepped && !is_last_known(m, m->packet)))
        return rc;
    m->stream->discard = AVDISCARD_NONKEY;
    if ((rc = walk(m, time)) < 0 || !all)
        return rc;
    return again(m, rl_keys_packet_time(m, m->packet));
}

/* How much earlier than shown a keyframe may be decoded. us */
#define REORDERING 500000

int rl_keys_after(struct rl_moments *m, int64_t time)
{
    int64_t key = REEL_NO_TIME, ts = rl_rescale(time > REORDERING ? time - REORDERING : 0, RL_US, m->spec.time_base);
    bool exact;
    int rc;

    if (__builtin_add_overflow(ts, m->spec.origin, &ts))
        return REEL_END;
    rc = rl_source_seek_after(m->source, ts);
    if (rc < 0 && !rl_single_grave(rc)) { /* the index, as far as it is known, ends before it */
        m->err = RL_ERROR_INIT;
        rc = go(m, m->last_key != REEL_NO_TIME && m->last_key < time ? m->last_key : time, &exact);
    }
    m->stream->discard = AVDISCARD_NONKEY;
    while (rc == 0 && (rc = rl_keys_next(m)) == 0) {
        key = rl_keys_packet_time(m, m->packet);
        if (key != REEL_NO_TIME && key >= time && key != m->last_key)
            break;
    }
    return rc;
}
