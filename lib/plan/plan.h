/*
 * The plan inside the host room: a pure function of facts, chain, range and what the engine can encode. It never knows how
 * many cores there are.
 *
 * Each track of the output is made by jobs (rl_plan_job_count); the text of each job's spec comes from rl_plan_job. Video
 * has one job per run, the others have one. Immutable once made; any thread.
 */
#ifndef RL_PLAN_PLAN_H
#define RL_PLAN_PLAN_H

#include <reel/plan.h>

#include "../engine/engine.h"
#include "../engine/spec.h"
#include "cuts.h"
#include "options.h"

/* What the engine can encode with. */
struct rl_plan_caps {
    bool svtav1, aom;
};

struct rl_planned_stream {
    int32_t kind, action, reason;
    bool lossy; /* dropped although the chain asks for it: the result cannot be better than partial */
    char text[192];
};

struct rl_planned_track {
    int32_t kind, stream, action;
    enum rl_job_kind job;
    struct rl_track track; /* for the manifest; what only the job knows (codec_private, chunks) is empty */
    union {                /* by job; of video the cuts are in `list` */
        struct rl_video_spec video;
        struct rl_audio_spec audio;
        struct rl_text_spec text;
        struct rl_copy_spec copy;
        struct rl_picture_job_spec picture;
    } spec;
    struct rl_cut_list list; /* of video */
    int64_t start, duration; /* us on the output's timeline, expected; duration may be REEL_NO_TIME */
    uint64_t bytes;          /* estimated; 0 unknown */
    uint64_t memory;         /* of one job, estimated */
};

struct rl_planned_segment {
    uint32_t track, index;
    int64_t start, duration; /* us */
};

struct reel_plan {
    reel_ctx *ctx; /* a reference */
    struct rl_planned_stream *streams; /* one for each of the input */
    uint32_t stream_count;
    /* Video, then audio, then text; within these in the input's order. Or one of kind REEL_STREAM_PICTURE. Or none. */
    struct rl_planned_track *tracks;
    uint32_t track_count;
    struct rl_planned_segment *segments; /* expected */
    uint32_t segment_count;
    struct rl_tag *tags; /* of the output */
    uint32_t tag_count;
    struct rl_chapter *chapters; /* likewise, on its timeline */
    uint32_t chapter_count;
    bool has_preview, has_wave;  /* these jobs are to be done */
    struct rl_preview_spec preview;
    struct rl_wave_spec wave;
    char preview_text[192], wave_text[192]; /* what they are made of, and what cannot be had; "" not asked for */
    int64_t duration; /* us expected; REEL_NO_TIME unknown */
    uint64_t bytes, memory;
    struct rl_buf json;
};

/* Plans from facts. err is never NULL. */
int rl_plan_make(reel_plan **out, reel_ctx *ctx, const struct rl_facts *facts, const struct rl_chain_values *values,
                 const struct rl_buf *chain_json, const struct rl_plan_caps *caps, const reel_plan_opts *opts,
                 reel_error *err);

/* Does a plan by these values ask whether the video is combed? (Which costs a probe the decoding of some keyframes.) */
bool rl_plan_needs_samples(const struct rl_chain_values *values);

/* How many jobs make a track. */
uint32_t rl_plan_job_count(const reel_plan *plan, uint32_t track);
/* The numbers of the segments that a job makes: first_index …, so many; 0 when only the job will tell. */
void rl_plan_job_segments(const reel_plan *plan, uint32_t track, uint32_t job, uint32_t *first, uint32_t *count);
/* Appends the spec of a job, to run with so many threads. */
int rl_plan_job(const reel_plan *plan, uint32_t track, uint32_t job, int32_t threads, struct rl_buf *spec,
                reel_error *err);

/* Appends the spec of the job for the previews of the pictures, or of the sound. tiles: chunks of pictures that the video's runs
 * have taken on their way; 0: they are taken from the input. */
int rl_plan_preview_job(const reel_plan *plan, uint32_t tiles, int32_t threads, struct rl_buf *spec, reel_error *err);
int rl_plan_wave_job(const reel_plan *plan, int32_t threads, struct rl_buf *spec, reel_error *err);

/* The job of a plan whose output is one picture; NULL for others. */
const struct rl_picture_job_spec *rl_plan_picture(const reel_plan *plan);

/* What the chunks depend on: all specs (threads left out) and the build. For the journal. */
int rl_plan_digest(const reel_plan *plan, uint8_t digest[REEL_DIGEST_SIZE], reel_error *err);

#endif
