/* The state that a guard's two threads share, and the thread's side of it; see guard.h. */
#ifndef RL_MEDIA_GUARD_THREAD_H
#define RL_MEDIA_GUARD_THREAD_H

#include "guard.h"

#include <pthread.h>
#include <stdatomic.h>

#define RL_GUARD_FRAMES 2

/* A thread that its caller left: in the engine's list until it is joined. */
struct rl_left_thread {
    pthread_t thread;
    struct rl_left_thread *next;
};

struct rl_guard_packet {
    AVPacket *packet;
    struct rl_guard_packet *next;
};

/* Under the mutex, except ops and codec. Freed by the caller after the join, or by the thread when it was left. */
struct rl_guard_state {
    const struct rl_codec_ops *ops;
    void *codec;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    AVFrame *frames[RL_GUARD_FRAMES]; /* a ring */
    unsigned frame_first, frame_count;
    bool ending; /* no frame follows those in the ring */
    bool stop;   /* the caller wants nothing more */
    struct rl_guard_packet *packets, **packets_end;
    bool ended;  /* no packet follows */
    bool closed; /* the codec is closed: the thread is about to end */
    int error;   /* AVERROR */
    const char *doing;  /* what failed */
    int64_t call_began; /* rl_now() when the call into the codec began, 0 outside of one */
    bool left;            /* the caller went: the thread frees the state */
    atomic_uint *counter; /* then counted down at the end; may be NULL */
    struct rl_left_thread *node; /* for the engine's list, made beforehand so that leaving cannot fail */
};

struct rl_guard {
    struct rl_flow *flow;
    const char *name;
    struct rl_guard_state *state;
    pthread_t thread;
    bool stalled;
};

/* Takes codec when it succeeds; NULL: out of memory, and codec is still the caller's. */
struct rl_guard_state *rl_guard_state_new(const struct rl_codec_ops *ops, void *codec);
void rl_guard_state_free(struct rl_guard_state *state); /* closes the codec if it still is open */
void rl_guard_packet_free(struct rl_guard_packet *packet);
void *rl_guard_main(void *state);

/* Puts a list of threads in front of those that the engine knows. Any thread. */
void rl_left_push(struct rl_engine *engine, struct rl_left_thread *first, struct rl_left_thread *last);
/* Joins those that have ended since they were left; true when no other is left. Any thread. */
bool rl_left_reap(struct rl_engine *engine);

#endif
