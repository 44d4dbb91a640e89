/*
 * The door between the two rooms.
 *
 * The host room (libreel.so) plans, schedules and stores; the wet room (the engine module) touches foreign bytes.
 * A job is plain data (a spec as JSON text, see spec.h) plus descriptors, so the same job crosses a function call, a
 * socket to a worker process, or a database row. What comes back is plain data too, and the host checks it as if a
 * stranger had sent it.
 *
 * Threads: an engine is thread-safe; run() blocks its caller until the job has ended and may use threads of its own
 * (`threads` of the spec says how many may be busy at once). Callbacks of a job come one at a time, from any thread.
 *
 * Errors: run() returns 0 or a negative REEL_ERR_*; err is never NULL here and has the first cause.
 */
#ifndef RL_ENGINE_ENGINE_H
#define RL_ENGINE_ENGINE_H

#include "../base/buf.h"
#include "../base/err.h"

#define RL_ENGINE_ABI 1u

enum rl_job_kind {
    RL_JOB_PROBE = 1, /* spec: struct rl_probe_spec; result: struct rl_facts */
    RL_JOB_VIDEO = 2, /* spec: struct rl_video_spec: one run of a video stream, encoded; result: struct rl_run_result */
    RL_JOB_AUDIO = 3, /* spec: struct rl_audio_spec: a whole audio stream, encoded; result: struct rl_run_result */
    RL_JOB_TEXT = 4,  /* spec: struct rl_text_spec: a text stream as WebVTT; result: struct rl_run_result */
    RL_JOB_COPY = 5,  /* spec: struct rl_copy_spec: packets of one stream as they are; result: struct rl_run_result */
    RL_JOB_JOIN = 6,  /* spec: struct rl_manifest; writes WebM to out_fd; result: struct rl_join_result */
    RL_JOB_VERIFY = 7, /* spec: struct rl_verify_spec; in_fd is the joined file; result: struct rl_verify_result */
    RL_JOB_PICTURE = 8, /* spec: struct rl_picture_job_spec: one AVIF or WebP, the only chunk; result: struct rl_picture_result */
    RL_JOB_PREVIEW = 9, /* spec: struct rl_preview_spec; a chunk per product; result: struct rl_preview_result */
    RL_JOB_WAVE = 10    /* spec: struct rl_wave_spec; likewise of the sound */
};

/* What a job hands over for each finished chunk: plain data, no pointers. */
struct rl_chunk_out {
    uint32_t track;         /* 0; for jobs with several renditions later */
    uint32_t index;         /* of the segment within its track */
    int64_t start;          /* in the track's timescale, on the output's timeline */
    int64_t duration;       /* likewise: to the end of the last sample */
    uint64_t samples;       /* frames, 48 kHz samples, or cues in the chunk */
    uint64_t samples_in;    /* decoded within the segment, before filters dropped any */
    uint64_t decode_errors; /* reported by the decoder within the segment */
    uint32_t private_size;  /* bytes of codec_private */
    uint8_t codec_private[512]; /* av1C record or OpusHead as it is after this chunk */
};

struct rl_job_host {
    void *user;
    /* Asked at least once per packet. */
    bool (*cancelled)(void *user);
    /* Position reached, us since the run's start, and frames so far (0 for sound). Also the heartbeat. */
    void (*progress)(void *user, int64_t done, uint64_t frames);
    /* A finished chunk, in the order of their indices. The bytes are borrowed. Returns 0 or a code that ends the job.
     * May be asked `wanted` first to skip work. */
    int (*emit)(void *user, const struct rl_chunk_out *chunk, const void *data, size_t size);
    /* Is the chunk of this index wanted? A resumed run says false for those it has; the job then need not encode it. */
    bool (*wanted)(void *user, uint32_t index);
    /* For RL_JOB_JOIN: a descriptor, open for pread, with the chunk; the job closes it. -errno on failure. */
    int (*chunk_fd)(void *user, uint32_t track, uint32_t index);
};

struct rl_job {
    enum rl_job_kind kind;
    const char *spec; /* JSON */
    size_t spec_size;
    int in_fd;  /* regular file, only ever read with pread; -1 for join */
    int out_fd; /* for join: empty regular file open for reading and writing; else -1 */
    const struct rl_job_host *host;
};

struct rl_engine; /* an open engine; its definition is the engine's */

struct rl_engine_api {
    uint32_t abi;      /* RL_ENGINE_ABI */
    uint32_t reserved; /* 0 */
    const char *build; /* release version and build options; must equal the library's rl_build_id() */
    int (*open)(struct rl_engine **out, const struct rl_env *env, reel_error *err);
    /* Appends the capabilities as JSON. */
    int (*capabilities)(struct rl_engine *engine, struct rl_buf *json, reel_error *err);
    /* Appends the result as JSON. */
    int (*run)(struct rl_engine *engine, const struct rl_job *job, struct rl_buf *result, reel_error *err);
    /* Ends it. Returns false when something of it still runs (an encoder that hung): then it must stay loaded. */
    bool (*close)(struct rl_engine **engine);
};

/* The one symbol of the module. */
typedef const struct rl_engine_api *(*rl_engine_entry_fn)(void);
#define RL_ENGINE_ENTRY "reel_engine_entry"

/* Release version and git-independent build options, the same text in both rooms of one build. */
const char *rl_build_id(void);

#endif
