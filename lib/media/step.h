/*
 * The step contract of the media path.
 *
 * Inside a run data flows downhill on one thread: each step gets a packet or a frame, does its part, and pushes to the
 * next; a call returns when the steps below are done with it, which is all the back-pressure there is. End of stream
 * is the flush call, which travels the same way. The source at the top asks rl_flow_cancelled() once per packet.
 *
 * Ownership: what is pushed is borrowed for the call; a step that keeps it takes a reference (av_frame_ref,
 * av_packet_ref). A step may change a frame it was pushed only after av_frame_make_writable.
 * Errors: 0, REEL_END when nothing more is wanted (the source then stops and flushes), or a negative code; the step that
 * finds the cause fills flow->err, those above pass the code on.
 * Steps know this header, not each other.
 */
#ifndef RL_MEDIA_STEP_H
#define RL_MEDIA_STEP_H

#include "../engine/engine.h"

#include <libavcodec/packet.h>
#include <libavutil/frame.h>

/* One job at work: what every step may ask for. */
struct rl_flow {
    const struct rl_env *env;
    const struct rl_job_host *host;
    reel_error *err; /* never NULL */
    struct rl_engine *engine;
};

static inline bool rl_flow_cancelled(const struct rl_flow *flow)
{
    return flow->host->cancelled(flow->host->user);
}

/* A finished chunk to the host. 0, or what the host answers when it does not take it. */
static inline int rl_emit(const struct rl_flow *flow, const struct rl_chunk_out *chunk, const void *data, size_t size)
{
    int rc = flow->host->emit(flow->host->user, chunk, data, size);
    return rc < 0 ? rl_err(flow->err, rc, "chunk", "the host did not take chunk %u", (unsigned)chunk->index) : 0;
}

struct rl_step;

struct rl_step_ops {
    const char *name; /* for errors: "decode", "filter", … */
    int (*packet)(struct rl_step *step, AVPacket *packet); /* NULL where frames are taken */
    int (*frame)(struct rl_step *step, AVFrame *frame);    /* NULL where packets are taken */
    int (*flush)(struct rl_step *step); /* drains and flushes the next; called once */
    void (*close)(struct rl_step *step); /* frees the step (not the next); fine on a half-built one */
};

/* First member of every step's own struct. */
struct rl_step {
    const struct rl_step_ops *ops;
    struct rl_flow *flow;
    struct rl_step *next; /* NULL for the last */
};

static inline int rl_push_packet(struct rl_step *to, AVPacket *packet) { return to->ops->packet(to, packet); }
static inline int rl_push_frame(struct rl_step *to, AVFrame *frame) { return to->ops->frame(to, frame); }
static inline int rl_push_flush(struct rl_step *to) { return to->ops->flush(to); }

/* Closes a line of steps from the top down; sets *top to NULL. */
static inline void rl_steps_close(struct rl_step **top)
{
    for (struct rl_step *s = *top, *next; s; s = next) {
        next = s->next;
        s->ops->close(s);
    }
    *top = NULL;
}

#endif
