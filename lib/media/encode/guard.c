#include "guard.h"

#include "../../base/time.h"
#include "../engine_state.h"
#include "encode.h"
#include "guard_thread.h"

#include <libavutil/error.h>
#include <libavutil/mem.h>
#include <time.h>

#define GUARD_SLICE 20000 /* us between two looks at cancel and stall */

/* Waits for a change, at most one slice. The mutex is held. */
static void wait_slice(struct rl_guard_state *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += GUARD_SLICE * 1000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&s->changed, &s->mutex, &until);
}

/* Has the thread been inside one call for too long? The mutex is held. */
static bool stalled(const struct rl_guard *g)
{
    uint64_t limit = g->flow->env->limits.stall;
    int64_t since = g->state->call_began;
    return limit != REEL_UNLIMITED && since != 0 && rl_now() - since > (int64_t)limit;
}

static int stall_error(const struct rl_guard *g)
{
    return rl_err(g->flow->err, REEL_ERR_STALLED, "encode", "%s made no progress for %llu ms", g->name,
                  (unsigned long long)(g->flow->env->limits.stall / 1000));
}

/* One round of waiting: 0 to look again, or why not to. Releases the mutex around the call of the host. */
static int wait_round(struct rl_guard *g)
{
    struct rl_guard_state *s = g->state;
    pthread_mutex_unlock(&s->mutex);
    bool cancelled = rl_flow_cancelled(g->flow);
    pthread_mutex_lock(&s->mutex);
    if (cancelled)
        return rl_err(g->flow->err, REEL_ERR_CANCELLED, "encode", "cancelled");
    if (stalled(g)) {
        g->stalled = true;
        return stall_error(g);
    }
    return 0;
}

static int codec_error(const struct rl_guard *g)
{
    int rc = g->state->error == AVERROR(ENOMEM) ? REEL_ERR_NOMEM : REEL_ERR_ENCODER;
    char text[64] = "";
    av_strerror(g->state->error, text, sizeof(text));
    rc = rl_err(g->flow->err, rc, "encode", "%s failed while %s: %s", g->name, g->state->doing, text);
    rl_err_upstream(g->flow->err, "libavcodec", g->state->error);
    return rc;
}

int rl_guard_open(struct rl_guard **out, struct rl_flow *flow, const char *name, const struct rl_codec_ops *ops,
                  void *codec)
{
    *out = NULL;
    rl_left_reap(flow->engine);
    struct rl_guard *g = rl_calloc(flow->env, 1, sizeof(*g));
    struct rl_guard_state *s = g ? rl_guard_state_new(ops, codec) : NULL;
    if (!s) {
        rl_free(flow->env, g);
        ops->close(codec);
        return rl_err_nomem(flow->err, "encode");
    }
    *g = (struct rl_guard){ .flow = flow, .name = name, .state = s };
    int rc = rl_thread_start(flow->env, &g->thread, rl_guard_main, s);
    if (rc != 0) {
        rl_guard_state_free(s);
        rl_free(flow->env, g);
        return rl_err_errno(flow->err, rc, "encode", "a thread for %s cannot be started", name);
    }
    *out = g;
    return 0;
}

/* A reference with a timestamp of its own, and without what encoders would take as orders: the source's picture types
 * and side data. */
static AVFrame *frame_for_codec(const AVFrame *frame, int64_t pts)
{
    AVFrame *copy = av_frame_clone(frame);
    if (!copy)
        return NULL;
    copy->pts = pts;
    copy->pict_type = AV_PICTURE_TYPE_NONE;
    while (copy->nb_side_data > 0)
        av_frame_remove_side_data(copy, copy->side_data[0]->type);
    return copy;
}

int rl_guard_send(struct rl_guard *g, const AVFrame *frame, int64_t pts)
{
    struct rl_guard_state *s = g->state;
    AVFrame *copy = frame ? frame_for_codec(frame, pts) : NULL;
    if (frame && !copy)
        return rl_err_nomem(g->flow->err, "encode");
    int rc = 0;
    pthread_mutex_lock(&s->mutex);
    while (frame && s->frame_count == RL_GUARD_FRAMES && !s->error && (rc = wait_round(g)) == 0)
        wait_slice(s);
    if (rc == 0 && s->error)
        rc = codec_error(g);
    if (rc == 0 && frame) {
        s->frames[(s->frame_first + s->frame_count++) % RL_GUARD_FRAMES] = copy;
        copy = NULL;
    } else if (rc == 0) {
        s->ending = true;
    }
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mutex);
    av_frame_free(&copy);
    return rc;
}

int rl_guard_receive(struct rl_guard *g, AVPacket *packet, bool wait)
{
    struct rl_guard_state *s = g->state;
    int rc = 0;
    pthread_mutex_lock(&s->mutex);
    while (wait && !s->packets && !s->ended && !s->error && (rc = wait_round(g)) == 0)
        wait_slice(s);
    if (rc == 0 && s->packets) {
        struct rl_guard_packet *first = s->packets;
        s->packets = first->next;
        av_packet_move_ref(packet, first->packet);
        rl_guard_packet_free(first);
    } else if (rc == 0) {
        rc = s->error ? codec_error(g) : s->ended ? REEL_END : REEL_PENDING;
    }
    pthread_mutex_unlock(&s->mutex);
    return rc;
}

/* Leaves the thread to itself: it frees the state when it gets to its end. It is not detached, because only a join tells
 * that it has left the engine's code. The mutex is held. */
static void leave(struct rl_guard *g, atomic_uint *counter)
{
    if (counter)
        atomic_fetch_add(counter, 1);
    g->state->left = true;
    g->state->counter = counter;
    struct rl_left_thread *node = g->state->node;
    g->state->node = NULL;
    node->thread = g->thread;
    rl_left_push(g->flow->engine, node, node);
}

int rl_guard_close(struct rl_guard **guard)
{
    struct rl_guard *g = *guard;
    if (!g)
        return 0;
    struct rl_guard_state *s = g->state;
    struct rl_engine *engine = g->flow->engine;
    int rc = 0;
    bool left = false;

    pthread_mutex_lock(&s->mutex);
    s->stop = true;
    pthread_cond_broadcast(&s->changed);
    while (!s->closed && !left) {
        if (g->stalled || stalled(g)) {
            rc = stall_error(g);
            leave(g, &engine->abandoned);
            left = true;
        } else {
            pthread_mutex_unlock(&s->mutex);
            bool cancelled = rl_flow_cancelled(g->flow);
            pthread_mutex_lock(&s->mutex);
            if (s->closed)
                break;
            if (cancelled) {
                leave(g, NULL);
                left = true;
            } else {
                wait_slice(s);
            }
        }
    }
    pthread_mutex_unlock(&s->mutex);
    if (!left) {
        pthread_join(g->thread, NULL);
        rl_guard_state_free(s);
    }
    rl_free(g->flow->env, g);
    *guard = NULL;
    return rc;
}
