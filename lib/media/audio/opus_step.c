#include "opus_step.h"

#include "opus_segment.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define POLL_NS 20000000 /* cancel is looked at this often while waiting */

enum state { FREE, FILLING, QUEUED, BUSY, DONE };

struct slot {
    struct rl_opus_segment segment;
    enum state state;
};

struct segments {
    struct rl_step step;
    const struct rl_audio_spec *spec;
    const struct rl_sound_tally *tally;
    struct rl_opus_params params;
    struct rl_opus_info info;
    uint32_t input_rate;
    int64_t length; /* samples of a segment, without its pre-roll */

    /* of the job's thread */
    struct slot *current;  /* being filled; NULL before the first sample */
    int64_t total;         /* samples so far */
    uint64_t in_next;      /* of these, decoded ones that are heard from the segment after the current one */
    uint64_t errors_seen;
    uint32_t emitted;      /* chunks, unwanted ones included */
    uint64_t samples;      /* in them */

    /* shared: slots' states by the lock */
    struct slot *slots;
    size_t slot_count;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t *helpers;
    size_t helper_count, helpers_wanted;
    atomic_bool stop;
};

static bool helper_stops(void *user)
{
    return atomic_load_explicit(&((struct segments *)user)->stop, memory_order_relaxed);
}

static bool job_stops(void *user)
{
    struct segments *s = user;
    return rl_flow_cancelled(s->step.flow);
}

/* The slot with the lowest index in this state; NULL without one. Under the lock. */
static struct slot *find(struct segments *s, enum state state)
{
    struct slot *best = NULL;
    for (size_t i = 0; i < s->slot_count; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->state == state && (!best || slot->segment.index < best->segment.index))
            best = slot;
    }
    return best;
}

static void set_state(struct segments *s, struct slot *slot, enum state state)
{
    pthread_mutex_lock(&s->lock);
    slot->state = state;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void *helper_main(void *arg)
{
    struct segments *s = arg;
    pthread_mutex_lock(&s->lock);
    while (!helper_stops(s)) {
        struct slot *slot = find(s, QUEUED);
        if (!slot) {
            pthread_cond_wait(&s->changed, &s->lock);
            continue;
        }
        slot->state = BUSY;
        pthread_mutex_unlock(&s->lock);
        rl_opus_segment_encode(&slot->segment, s->step.flow->env, &s->params, helper_stops, s);
        pthread_mutex_lock(&s->lock);
        slot->state = DONE;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* With the first full segment. A thread that cannot be started is done without: the job's own takes its share. */
static void start_helpers(struct segments *s)
{
    for (; s->helpers_wanted > 0; s->helpers_wanted--) {
        if (rl_thread_start(s->step.flow->env, &s->helpers[s->helper_count], helper_main, s) == 0)
            s->helper_count++;
    }
}

static void report(const struct segments *s)
{
    const struct rl_job_host *host = s->step.flow->host;
    if (host->progress)
        host->progress(host->user, s->total * 1000000 / RL_SOUND_RATE, 0);
}

static int emit(struct segments *s, struct rl_opus_segment *segment)
{
    reel_error *err = s->step.flow->err;
    s->emitted++;
    s->samples += segment->heard;
    if (!segment->wanted)
        return 0;
    if (segment->rc < 0) {
        if (err->code == 0)
            *err = segment->err;
        return segment->rc;
    }
    struct rl_chunk_out out = {
        .index = segment->index, .start = segment->ts, .duration = segment->duration, .samples = segment->heard,
        .samples_in = segment->in, .decode_errors = segment->errors,
    };
    out.private_size = (uint32_t)rl_opus_head(out.codec_private, &s->params, &s->info, s->input_rate, s->tally->gain);
    return rl_emit(s->step.flow, &out, segment->bytes.data, segment->bytes.size);
}

/* Emits what is next in order, as far as it is done. */
static int emit_done(struct segments *s)
{
    for (;;) {
        pthread_mutex_lock(&s->lock);
        struct slot *slot = find(s, DONE);
        pthread_mutex_unlock(&s->lock);
        if (!slot || slot->segment.index != s->emitted)
            return 0;
        int rc = emit(s, &slot->segment);
        if (rc)
            return rc;
        set_state(s, slot, FREE);
    }
}

static void wait_a_moment(struct segments *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += POLL_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&s->lock);
    if (!find(s, DONE) || find(s, DONE)->segment.index != s->emitted)
        pthread_cond_timedwait(&s->changed, &s->lock, &until);
    pthread_mutex_unlock(&s->lock);
}

/* One step towards a free slot or the end: emits, encodes a waiting segment here, or waits for a helper. */
static int advance(struct segments *s)
{
    int rc = emit_done(s);
    if (rc)
        return rc;
    if (rl_flow_cancelled(s->step.flow))
        return rl_err(s->step.flow->err, REEL_ERR_CANCELLED, "encode", "cancelled");
    pthread_mutex_lock(&s->lock);
    bool room = find(s, FREE) != NULL;
    struct slot *slot = find(s, QUEUED);
    if (slot)
        slot->state = BUSY;
    pthread_mutex_unlock(&s->lock);
    if (slot) {
        rl_opus_segment_encode(&slot->segment, s->step.flow->env, &s->params, job_stops, s);
        set_state(s, slot, DONE);
        rc = emit_done(s);
    } else if (!room) {
        wait_a_moment(s);
    }
    report(s);
    return rc;
}

static int free_slot(struct segments *s, struct slot **out)
{
    int rc = emit_done(s);
    while (rc == 0) {
        pthread_mutex_lock(&s->lock);
        *out = find(s, FREE);
        pthread_mutex_unlock(&s->lock);
        if (*out)
            return 0;
        rc = advance(s);
    }
    return rc;
}

/* Makes the segment with this index the current one; `from` is the one before, NULL for the first. */
static int begin(struct segments *s, uint32_t index, const struct slot *from)
{
    const struct rl_job_host *host = s->step.flow->host;
    size_t frame = (size_t)s->params.channels;
    int64_t from_count = from ? from->segment.count : 0;
    struct slot *slot;
    int rc = free_slot(s, &slot);
    if (rc)
        return rc;
    size_t size = frame * (size_t)(s->length + (int64_t)s->spec->pre_roll_packets * RL_SOUND_PACKET);
    struct rl_opus_segment *seg = &slot->segment;
    if (!seg->samples && rl_opus_segment_init(seg, s->step.flow->env, size, 1) < 0)
        return rl_err_nomem(s->step.flow->err, "encode");
    uint32_t roll = from ? s->spec->pre_roll_packets : 0;
    if (from && roll > index * s->spec->segment_packets)
        roll = index * s->spec->segment_packets;
    int64_t carried = (int64_t)roll * RL_SOUND_PACKET;
    /* The slot may be the same one, encoded and emitted meanwhile: then its tail moves to its front. */
    if (from)
        memmove(seg->samples, from->segment.samples + frame * (size_t)(from_count - carried),
                frame * (size_t)carried * sizeof *seg->samples);
    seg->index = index;
    seg->pre_roll = (int)roll;
    seg->count = carried;
    seg->ts = s->tally->first + index * s->length;
    seg->in = s->in_next;
    seg->wanted = !host->wanted || host->wanted(host->user, index);
    s->in_next = 0;
    s->current = slot;
    set_state(s, slot, FILLING);
    return 0;
}

/* Hands the current segment over to be encoded. */
static void queue(struct segments *s, int packets, int64_t duration)
{
    struct rl_opus_segment *seg = &s->current->segment;
    seg->packets = packets;
    seg->duration = duration;
    seg->heard = (uint64_t)(duration - (seg->index == 0 ? s->info.pre_skip : 0));
    seg->errors = s->tally->errors - s->errors_seen;
    s->errors_seen = s->tally->errors;
    set_state(s, s->current, seg->wanted ? QUEUED : DONE);
    s->current = NULL;
}

static int next_segment(struct segments *s)
{
    struct slot *full = s->current;
    uint32_t index = full->segment.index;
    queue(s, (int)s->spec->segment_packets, s->length);
    start_helpers(s);
    return begin(s, index + 1, full);
}

static int segments_frame(struct rl_step *step, AVFrame *frame)
{
    struct segments *s = (struct segments *)step;
    const float *samples = (const float *)(const void *)frame->data[0];
    size_t frame_size = (size_t)s->params.channels;
    int rc = s->current ? 0 : begin(s, 0, NULL);
    for (int64_t left = frame->nb_samples; rc == 0 && left > 0;) {
        struct rl_opus_segment *seg = &s->current->segment;
        int64_t end = (seg->index + (int64_t)1) * s->length; /* of the segment */
        int64_t heard = end - s->info.pre_skip;              /* from here on heard from the next one */
        int64_t n = (s->total < heard ? heard : end) - s->total;
        n = n < left ? n : left;
        memcpy(seg->samples + frame_size * (size_t)seg->count, samples, frame_size * (size_t)n * sizeof *samples);
        if (!s->tally->silence)
            *(s->total < heard ? &seg->in : &s->in_next) += (uint64_t)n;
        seg->count += n;
        s->total += n;
        samples += frame_size * (size_t)n;
        left -= n;
        if (s->total == end)
            rc = next_segment(s);
    }
    if (rc == 0)
        report(s);
    return rc;
}

static int segments_flush(struct rl_step *step)
{
    struct segments *s = (struct segments *)step;
    int rc = 0;
    if (!s->current)
        return 0;
    int64_t decoded = s->total + s->info.pre_skip;
    if (decoded > (s->current->segment.index + (int64_t)1) * s->length) {
        /* The sound ends within the segment, but is heard a little longer: from a packet of the next one. */
        struct rl_opus_segment *seg = &s->current->segment;
        int64_t full = s->length + (int64_t)seg->pre_roll * RL_SOUND_PACKET;
        size_t frame = (size_t)s->params.channels;
        memset(seg->samples + frame * (size_t)seg->count, 0, frame * (size_t)(full - seg->count) * sizeof(float));
        seg->count = full;
        rc = next_segment(s);
    }
    if (rc)
        return rc;
    int64_t duration = decoded - s->current->segment.index * s->length;
    uint32_t chunks = s->current->segment.index + 1;
    queue(s, (int)((duration + RL_SOUND_PACKET - 1) / RL_SOUND_PACKET), duration);
    rc = emit_done(s);
    while (rc == 0 && s->emitted < chunks) {
        pthread_mutex_lock(&s->lock);
        bool waiting = find(s, QUEUED) != NULL;
        pthread_mutex_unlock(&s->lock);
        if (!waiting)
            wait_a_moment(s);
        rc = advance(s);
    }
    return rc;
}

static void segments_close(struct rl_step *step)
{
    struct segments *s = (struct segments *)step;
    const struct rl_env *env = step->flow->env;
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->stop, true);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < s->helper_count; i++)
        pthread_join(s->helpers[i], NULL);
    for (size_t i = 0; s->slots && i < s->slot_count; i++)
        rl_opus_segment_free(&s->slots[i].segment, env);
    rl_free(env, s->slots);
    rl_free(env, s->helpers);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    rl_free(env, s);
}

static const struct rl_step_ops segments_ops = {
    .name = "encode", .frame = segments_frame, .flush = segments_flush, .close = segments_close
};

/* A condition variable on the monotonic clock, so that waits do not hang on the wall clock's jumps. */
static int lock_init(struct segments *s)
{
    pthread_condattr_t attr;
    if (pthread_mutex_init(&s->lock, NULL) != 0)
        return -1;
    bool ok = pthread_condattr_init(&attr) == 0;
    if (ok) {
        ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 && pthread_cond_init(&s->changed, &attr) == 0;
        pthread_condattr_destroy(&attr);
    }
    if (!ok)
        pthread_mutex_destroy(&s->lock);
    return ok ? 0 : -1;
}

int rl_opus_step_open(struct rl_step **out, struct rl_flow *flow, const struct rl_audio_spec *spec,
                     uint32_t input_rate, const struct rl_sound_tally *tally)
{
    *out = NULL;
    struct segments *s = rl_calloc(flow->env, 1, sizeof *s);
    if (!s || lock_init(s) < 0) {
        rl_free(flow->env, s);
        return rl_err_nomem(flow->err, "encode");
    }
    s->step = (struct rl_step){ .ops = &segments_ops, .flow = flow };
    s->spec = spec;
    s->tally = tally;
    s->params = (struct rl_opus_params){ .channels = spec->channels, .family = spec->family,
                                         .bit_rate = spec->bit_rate, .complexity = spec->complexity };
    s->input_rate = input_rate;
    s->length = (int64_t)spec->segment_packets * RL_SOUND_PACKET;
    size_t threads = spec->threads > 0 ? (size_t)spec->threads : 1;
    s->helpers_wanted = threads - 1;
    s->slot_count = threads + 1;
    s->slots = rl_calloc(flow->env, s->slot_count, sizeof *s->slots);
    s->helpers = rl_calloc(flow->env, threads, sizeof *s->helpers);
    struct rl_opus *opus = NULL;
    int rc = s->slots && s->helpers ? 0 : rl_err_nomem(flow->err, "encode");
    if (rc == 0) /* only asked: pre-skip and mapping */
        rc = rl_opus_open(&opus, flow->env, &s->params, &s->info, flow->err);
    rl_opus_close(&opus);
    if (rc < 0)
        segments_close(&s->step);
    else
        *out = &s->step;
    return rc;
}

uint32_t rl_opus_step_chunks(const struct rl_step *step)
{
    return ((const struct segments *)step)->emitted;
}

uint64_t rl_opus_step_samples(const struct rl_step *step)
{
    return ((const struct segments *)step)->samples;
}
