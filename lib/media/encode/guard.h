/*
 * A guard runs a codec on a thread of its own, so that a codec which blocks for long or for ever holds up nobody.
 *
 * The caller hands frames over through a short queue and takes packets back; while it waits it looks every 20 ms
 * whether the job is cancelled and whether a call into the codec has lasted longer than limits.stall.
 *
 *   done       rl_guard_close after the end of the packets: the codec is closed and the thread joined.
 *   cancelled  the caller returns at once; the thread finishes its call, closes the codec and frees everything behind the
 *              caller's back. The engine keeps the thread to join it.
 *   stalled    the same, but nobody may wait for it: it counts in engine->abandoned, which keeps the engine loaded.
 *
 * What the thread needs is allocated with av_malloc, not with the job's allocator: it may outlive the job and the context.
 *
 * Threads: all functions are for one thread at a time. The codec's functions are called on the guard's thread only.
 */
#ifndef RL_MEDIA_GUARD_H
#define RL_MEDIA_GUARD_H

#include "../step.h"

struct rl_guard;

/* A codec, as the guard sees it. All return 0 or an AVERROR. */
struct rl_codec_ops {
    int (*open)(void *codec, AVFrame *first);        /* once, with the first frame, before it is sent */
    int (*send)(void *codec, AVFrame *frame);        /* NULL: end; never AVERROR(EAGAIN) after receive gave it */
    int (*receive)(void *codec, AVPacket *packet);   /* AVERROR(EAGAIN): more frames first; AVERROR_EOF: that was all */
    void (*close)(void *codec);                      /* frees codec itself; also when open failed or was never called */
};

/* Starts the thread. codec belongs to the guard from here on, also on failure. name is for errors. */
int rl_guard_open(struct rl_guard **out, struct rl_flow *flow, const char *name, const struct rl_codec_ops *ops,
                  void *codec);

/* Queues a reference to the frame, under another pts; waits while four are queued. NULL queues the end.
 * 0, REEL_ERR_CANCELLED, REEL_ERR_STALLED, REEL_ERR_ENCODER, REEL_ERR_NOMEM; after a failure only close may follow. */
int rl_guard_send(struct rl_guard *guard, const AVFrame *frame, int64_t pts);

/* Moves the next finished packet into packet: 0, REEL_PENDING when there is none yet, REEL_END behind the last. With
 * `wait` it waits instead of REEL_PENDING; that is for after the end was queued. Failures as for rl_guard_send. */
int rl_guard_receive(struct rl_guard *guard, AVPacket *packet, bool wait);

/* Ends it in whichever of the three ways fits; sets *guard to NULL. Never waits longer than limits.stall, and not at all
 * when the job is cancelled. Returns 0 or REEL_ERR_STALLED with the flow's error filled. */
int rl_guard_close(struct rl_guard **guard);

#endif
