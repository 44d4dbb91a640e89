/* Running a video stream without an encoder: frames end in a list of pts and checksums. */
#ifndef RL_TEST_RUN_KIT_H
#define RL_TEST_RUN_KIT_H

#include "base/env.h"
#include "media/compat.h"
#include "media/engine_state.h"
#include "media/jobs.h"
#include "media/run.h"

#include <errno.h>
#include <fcntl.h>
#include <libavutil/adler32.h>
#include <libavutil/imgutils.h>
#include <reel/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct seen_frame {
    int64_t pts;
    uint32_t sum;
    uint32_t index; /* of the segment */
};

struct run_kit {
    struct rl_env env;
    struct rl_engine engine;
    reel_error err;
    struct rl_job_host host;
    struct rl_flow flow;
    struct seen_frame *frames;
    size_t count, capacity;
    int64_t ends[4096]; /* by segment */
    bool (*is_wanted)(uint32_t index);
    long cancel_after; /* questions; -1 never */
    int width, height, format;
    struct rl_colour colour;
};

static inline bool run_cancelled(void *user)
{
    struct run_kit *k = user;
    return k->cancel_after >= 0 && k->cancel_after-- == 0;
}

static inline void run_progress(void *user, int64_t done, uint64_t frames)
{
    (void)user, (void)done, (void)frames;
}

static inline bool run_wanted(void *user, uint32_t index)
{
    struct run_kit *k = user;
    return !k->is_wanted || k->is_wanted(index);
}

static inline void run_begin(struct run_kit *k)
{
    memset(k, 0, sizeof(*k));
    k->err = RL_ERROR_INIT;
    if (rl_env_init(&k->env, NULL, &k->err) < 0)
        abort();
    k->engine.env = &k->env;
    k->cancel_after = -1;
    k->host = (struct rl_job_host){ .user = k, .cancelled = run_cancelled, .progress = run_progress,
                                    .wanted = run_wanted };
    k->flow = (struct rl_flow){ &k->env, &k->host, &k->err, &k->engine };
}

static inline void run_reset(struct run_kit *k)
{
    k->count = 0;
    k->err = RL_ERROR_INIT;
}

static inline void run_end(struct run_kit *k)
{
    free(k->frames);
    k->frames = NULL;
}

/* The lane: a sink. */
struct sink {
    struct rl_step step;
    struct run_kit *kit;
    uint32_t index;
    uint64_t frames;
};

static inline uint32_t sum_of(const AVFrame *f)
{
    int size = av_image_get_buffer_size(f->format, f->width, f->height, 1);
    uint8_t *buffer = malloc((size_t)size);
    av_image_copy_to_buffer(buffer, size, (const uint8_t *const *)f->data, f->linesize, f->format, f->width, f->height,
                            1);
    uint32_t sum = (uint32_t)av_adler32_update(0, buffer, (unsigned)size);
    free(buffer);
    return sum;
}

static inline int sink_frame(struct rl_step *step, AVFrame *frame)
{
    struct sink *s = (struct sink *)step;
    struct run_kit *k = s->kit;
    if (k->count == k->capacity) {
        k->capacity = k->capacity ? 2 * k->capacity : 256;
        k->frames = realloc(k->frames, k->capacity * sizeof(*k->frames));
    }
    k->frames[k->count++] = (struct seen_frame){ frame->pts, sum_of(frame), s->index };
    s->frames++;
    k->width = frame->width;
    k->height = frame->height;
    k->format = frame->format;
    k->colour = (struct rl_colour){ (int)frame->color_primaries, (int)frame->color_trc, (int)frame->colorspace,
                                    frame->color_range == AVCOL_RANGE_JPEG, (int)frame->chroma_location };
    return 0;
}

static inline int sink_flush(struct rl_step *step)
{
    (void)step;
    return 0;
}

static inline void sink_close(struct rl_step *step)
{
    free(step);
}

static inline int sink_open(struct rl_step **top, struct rl_step **foot, struct rl_flow *flow,
                            const struct rl_video_spec *spec, uint32_t index)
{
    static const struct rl_step_ops ops = { .name = "sink", .frame = sink_frame, .flush = sink_flush,
                                            .close = sink_close };
    struct sink *s = calloc(1, sizeof(*s));
    (void)spec;
    s->step = (struct rl_step){ .ops = &ops, .flow = flow };
    s->kit = flow->host->user;
    s->index = index;
    *top = *foot = &s->step;
    return 0;
}

static inline void sink_counts(struct rl_step *foot, uint64_t in, uint64_t errors, int64_t end)
{
    struct sink *s = (struct sink *)foot;
    (void)in, (void)errors;
    if (s->index < 4096)
        s->kit->ends[s->index] = end;
}

static inline uint64_t sink_samples(const struct rl_step *foot)
{
    return ((const struct sink *)foot)->frames;
}

static inline int run_probe(struct run_kit *k, int fd, int sample, struct rl_facts *facts)
{
    struct rl_probe_spec spec = { .sample = sample };
    memset(facts, 0, sizeof(*facts));
    return rl_job_probe(&k->flow, fd, &spec, facts);
}

/* First video stream, or NULL. */
static inline const struct rl_stream *run_video_stream(const struct rl_facts *facts)
{
    for (uint32_t i = 0; i < facts->stream_count; i++)
        if (facts->streams[i].kind == REEL_STREAM_VIDEO && facts->streams[i].decodable && !facts->streams[i].broken)
            return &facts->streams[i];
    return NULL;
}

/* A spec that changes nothing and takes the whole stream in one segment. cuts: room for two. */
static inline struct rl_video_spec run_spec(const struct rl_facts *facts, const struct rl_stream *s,
                                            struct rl_cut cuts[2])
{
    struct rl_video_spec v = { .stream = s->index, .time_base = s->time_base, .cuts = cuts, .cut_count = 2,
                               .trim_start = REEL_NO_TIME, .trim_end = REEL_NO_TIME, .frame_duration = 1,
                               .aspect = { 1, 1 }, .threads = 1 };
    cuts[0] = cuts[1] = (struct rl_cut){ REEL_NO_TIME, 0 };
    snprintf(v.format, sizeof(v.format), "%s", facts->format);
    snprintf(v.codec, sizeof(v.codec), "%s", s->codec);
    snprintf(v.picture.pixel_format, sizeof(v.picture.pixel_format), "%s",
             strncmp(s->pixel_format, "yuvj", 4) ? s->pixel_format : "yuv420p");
    v.picture.field_parity = -1;
    v.picture.width = s->width;
    v.picture.height = s->height;
    v.picture.source = s->colour;
    if (v.picture.source.matrix == 2)
        v.picture.source.matrix = s->is_rgb ? 0 : 1;
    if (s->is_rgb)
        v.picture.source.full_range = 1;
    v.picture.colour = v.picture.source;
    return v;
}

static inline int run_video(struct run_kit *k, int fd, const struct rl_video_spec *spec, struct rl_run_result *result)
{
    const struct rl_segments_params lane = { .open = sink_open, .counts = sink_counts, .samples = sink_samples };
    memset(result, 0, sizeof(*result));
    return rl_run(&k->flow, fd, spec, &lane, result);
}

#endif
