#include "guard_thread.h"

#include "../../base/time.h"

#include <libavutil/error.h>
#include <libavutil/mem.h>

struct rl_guard_state *rl_guard_state_new(const struct rl_codec_ops *ops, void *codec)
{
    struct rl_guard_state *s = av_mallocz(sizeof(*s));
    if (!s)
        return NULL;
    pthread_condattr_t attr;
    if (!(s->node = av_mallocz(sizeof(*s->node))))
        goto no_node;
    if (pthread_mutex_init(&s->mutex, NULL) != 0)
        goto no_mutex;
    if (pthread_condattr_init(&attr) != 0)
        goto no_attr;
    int rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (rc == 0)
        rc = pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (rc != 0)
        goto no_attr;
    s->ops = ops;
    s->codec = codec;
    s->packets_end = &s->packets;
    return s;

no_attr:
    pthread_mutex_destroy(&s->mutex);
no_mutex:
    av_free(s->node);
no_node:
    av_free(s);
    return NULL;
}

void rl_guard_packet_free(struct rl_guard_packet *packet)
{
    av_packet_free(&packet->packet);
    av_free(packet);
}

void rl_guard_state_free(struct rl_guard_state *s)
{
    if (s->codec)
        s->ops->close(s->codec);
    for (unsigned i = 0; i < s->frame_count; i++)
        av_frame_free(&s->frames[(s->frame_first + i) % RL_GUARD_FRAMES]);
    for (struct rl_guard_packet *p = s->packets, *next; p; p = next) {
        next = p->next;
        rl_guard_packet_free(p);
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mutex);
    av_free(s->node);
    av_free(s);
}

/* The mutex is held on entry and exit of both; between them the codec is at work and the caller watches the clock. */
static void call_begin(struct rl_guard_state *s)
{
    s->call_began = rl_now();
    pthread_mutex_unlock(&s->mutex);
}

static void call_end(struct rl_guard_state *s)
{
    pthread_mutex_lock(&s->mutex);
    s->call_began = 0;
}

static void fail(struct rl_guard_state *s, int error, const char *doing)
{
    s->error = error;
    s->doing = doing;
}

/* Takes what the codec has finished; AVERROR(EAGAIN) or AVERROR_EOF when there is no more. */
static int receive_all(struct rl_guard_state *s)
{
    for (;;) {
        struct rl_guard_packet *p = av_mallocz(sizeof(*p));
        if (!p || !(p->packet = av_packet_alloc())) {
            av_free(p);
            return AVERROR(ENOMEM);
        }
        call_begin(s);
        int rc = s->ops->receive(s->codec, p->packet);
        call_end(s);
        if (rc < 0 || s->stop) {
            rl_guard_packet_free(p);
            return rc < 0 ? rc : AVERROR_EXIT;
        }
        if (!s->packets)
            s->packets_end = &s->packets;
        *s->packets_end = p;
        s->packets_end = &p->next;
        pthread_cond_broadcast(&s->changed);
    }
}

/* Sends one frame, NULL for the end, and takes what comes of it. Returns false when the work is over. */
static bool encode(struct rl_guard_state *s, AVFrame *frame, bool *opened)
{
    int rc = 0;
    const char *doing = "opening";
    call_begin(s);
    if (!*opened && frame) {
        rc = s->ops->open(s->codec, frame);
        *opened = rc >= 0;
    }
    if (rc >= 0) {
        doing = "encoding";
        rc = *opened ? s->ops->send(s->codec, frame) : AVERROR_EOF; /* nothing was ever sent */
    }
    call_end(s);
    if (rc >= 0)
        rc = receive_all(s);
    if (rc == AVERROR_EOF && !frame)
        s->ended = true;
    else if (rc < 0 && rc != AVERROR(EAGAIN) && rc != AVERROR_EXIT)
        fail(s, rc, doing);
    else if (rc == AVERROR(EAGAIN) && !frame)
        fail(s, AVERROR_BUG, "draining");
    return !s->ended && !s->error && !s->stop;
}

void *rl_guard_main(void *arg)
{
    struct rl_guard_state *s = arg;
    bool opened = false, go_on = true;
    pthread_mutex_lock(&s->mutex);
    while (go_on) {
        while (s->frame_count == 0 && !s->ending && !s->stop)
            pthread_cond_wait(&s->changed, &s->mutex);
        if (s->stop)
            break;
        AVFrame *frame = NULL;
        if (s->frame_count > 0) {
            frame = s->frames[s->frame_first];
            s->frame_first = (s->frame_first + 1) % RL_GUARD_FRAMES;
            s->frame_count--;
            pthread_cond_broadcast(&s->changed);
        }
        go_on = encode(s, frame, &opened);
        av_frame_free(&frame);
        pthread_cond_broadcast(&s->changed);
    }
    /* After a failure or the end the codec is closed when the caller asks, so that `doing` and the error are seen first. */
    while (!s->stop)
        pthread_cond_wait(&s->changed, &s->mutex);
    call_begin(s);
    s->ops->close(s->codec);
    call_end(s);
    s->codec = NULL;
    s->closed = true;
    pthread_cond_broadcast(&s->changed);
    bool left = s->left;
    atomic_uint *counter = s->counter;
    pthread_mutex_unlock(&s->mutex);
    if (left)
        rl_guard_state_free(s);
    if (counter)
        atomic_fetch_sub(counter, 1);
    return NULL;
}
