/*
 * The inside of reel_task.
 *
 * A task has one thread of its own, the coordinator, which computes nothing: it puts work on the pool and waits. In order:
 *
 *   prepare.c  probe, plan, journal: what is to be done and what of it is there already
 *   works.c    which work goes to the pool when, with how many threads; retries; cancel
 *   work.c     one work: a job of the engine on a pool thread, and its chunks on the way to store and journal
 *   gather.c   the chunks of a track, checked as if a stranger had sent them
 *   loose.c    likewise those that are files of their own: a picture, previews
 *   verdict.c  counts compared, what is missing listed
 *   finish.c   manifest, join, verification, publishing
 *   picture.c  the same where the output is one picture
 *   products.c previews under their names
 *   tiles.c    small pictures that runs of video take on their way, for previews
 *   progress.c how far it is, told to the host
 *   result.c   the result as structs and JSON
 *   task.c     the public functions
 *
 * Locks: `books` guards tracks' gathers and the journal, and is held over a sync; `lock` guards what its comment says, and
 * is never held while something slow or the host's code runs; `speak` keeps the host's progress callback to one call at
 * a time. Order: speak before lock; books and lock are never held together.
 */
#ifndef RL_TASK_TASK_H
#define RL_TASK_TASK_H

#include <reel/product.h>
#include <reel/task.h>

#include "../base/json.h"
#include "../base/ref.h"
#include "../chunk/journal.h"
#include "../engine/engine.h"
#include "../pool/pool.h"
#include "output.h"

struct rl_piece { /* a chunk that is done */
    struct rl_chunk chunk;
    uint64_t samples_in, decode_errors;
    bool resumed;
};

struct rl_gather {
    struct rl_piece *pieces; /* by rising index */
    size_t count, capacity;
    uint32_t private_index; /* of the chunk that `codec_private` of the track is from */
};

/* A chunk that is a file of its own; its content is in the store. */
struct rl_blob {
    uint64_t bytes;
    uint8_t digest[REEL_DIGEST_SIZE];
};

/* Of a work whose chunks are such: they belong to no track, and are not in the journal. The work's own until it is done. */
struct rl_loose {
    struct rl_blob *blobs; /* by index */
    size_t count, capacity;
    uint64_t bytes; /* of all */
    struct rl_picture_result picture; /* of RL_JOB_PICTURE */
    struct rl_preview_result made;    /* of RL_JOB_PREVIEW and RL_JOB_WAVE */
};

/* Small pictures that a run of video has taken on its way, for previews: one chunk for each segment's. */
struct rl_tile_chunk {
    uint32_t index; /* of the segment */
    uint8_t digest[REEL_DIGEST_SIZE];
};

/* A preview that is a file; what it points to is the work's. */
struct rl_made {
    const struct rl_product *product;
    const struct rl_blob *blob;
    char *path; /* NULL: in the store alone */
};

enum rl_work_state { RL_WORK_WAITING, RL_WORK_AT_POOL, RL_WORK_DONE, RL_WORK_LOST };

/* One job for the engine: a run of a video stream, or the whole of another. */
struct rl_work {
    struct rl_pool_job job; /* first: the pool hands it back */
    reel_task *task;
    uint32_t number; /* in the plan: its name in the journal */
    enum rl_job_kind kind;
    uint32_t track, part; /* of the plan, and which job of the track; of a preview UINT32_MAX */
    int32_t stream;       /* of the input */
    struct rl_loose *loose; /* NULL: its chunks are a track's */
    int32_t threads;      /* set before it goes to the pool */
    uint32_t first, count; /* indices of its chunks; count 0: not known before */
    int64_t start, length; /* us on the output's timeline; length 0: unknown */
    bool heavy; /* video: what is costly in memory and time */

    /* under the task's lock */
    enum rl_work_state state;
    int attempts;
    int64_t due; /* when waiting for a retry: rl_now() of it */
    int64_t done; /* us */
    uint64_t frames;
    reel_error err; /* of the last attempt */

    struct rl_run_result result; /* written by the work, or from the journal; read when it is done */
    bool has_result;
};

enum { RL_REASON_TEXT = 192, RL_MAX_REASONS = 256 };

/* Something of the source that is not in the output, or (`note`) a thing worth knowing. */
struct rl_reason {
    const char *code; /* static: "truncated", "damaged", "range-lost", "stream-lost", "undecodable", "filled", … */
    int32_t stream;
    int64_t start, end; /* us on the output's timeline; REEL_NO_TIME unknown */
    bool note;
    char text[RL_REASON_TEXT];
};

struct reel_task {
    struct rl_ref ref;
    reel_ctx *ctx;
    const struct rl_env *env;
    uint64_t id; /* from 1, within the context */
    reel_chain *chain; /* NULL for a join */
    reel_input *input; /* borrowed; NULL for a join */
    reel_pool *pool;
    reel_store *kept; /* the host's; NULL: chunks go when joined */
    reel_store *chunks; /* where chunks are: kept, the journal's, or a spool */
    reel_output *output; /* NULL: none */
    struct rl_journal *journal; /* NULL: none */
    char *products; /* folder for previews; NULL: none */
    uint32_t flags;
    int32_t max_attempts;
    int64_t start, end; /* us, of the options */
    reel_progress_fn progress;
    void *progress_user;
    pthread_t thread;
    atomic_bool cancel;
    int64_t began; /* rl_now() */

    reel_plan *plan;
    struct rl_work *works;
    uint32_t work_count;
    struct rl_manifest manifest; /* tracks without chunks until finish */
    struct rl_gather *gathers;   /* one per track, under books */
    uint32_t slots;              /* works at the pool at once */
    uint32_t heavy_slots;        /* likewise, of heavy ones: bound by the memory limit */

    pthread_mutex_t books;
    uint32_t resumed; /* under books */
    reel_store *tile_store; /* unnamed; NULL where nothing is taken on the way */
    struct rl_tile_chunk *tiles; /* under books, by rising index */
    size_t tile_count, tile_capacity;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* with the monotonic clock */
    /* under lock */
    int32_t state; /* REEL_TASK_* */
    bool ended;    /* all is done, the last callback has returned */
    int code;      /* 0, REEL_PARTIAL or the code it failed with */
    reel_error err;
    const char *step;
    int64_t total, done; /* us; only ever rising */
    int64_t encode_began, encode_base; /* rl_now(), and `done` of then */
    int64_t encode_time, ended_at;     /* us spent encoding; rl_now() of the end */
    double encode_speed;
    uint64_t frames, frames_base;
    uint32_t segments_total, segments_done, retried;

    pthread_mutex_t speak;
    atomic_llong spoke; /* rl_now() of the last time the host was told */

    /* the coordinator's, and everybody's when it has ended */
    int64_t first_video, first_audio; /* us on the output's timeline, as decoded */
    reel_result result;
    struct rl_reason *reasons;
    uint32_t reason_count;
    size_t reason_capacity;
    uint32_t unlisted[2]; /* what was too much for the list: losses, and notes */
    struct rl_made *made;
    uint32_t made_count;
    size_t made_capacity;
    uint8_t manifest_digest[REEL_DIGEST_SIZE]; /* of its JSON in `kept`; zero: not put there */
};

static inline bool rl_task_cancelled(const reel_task *task)
{
    return atomic_load_explicit(&task->cancel, memory_order_relaxed);
}

int rl_err_cancelled(reel_error *err);

/* Is the output WebM, made of tracks by a join? Else it is one picture, or there is none. */
bool rl_task_is_webm(const reel_task *task);

/* Runs a function on the pool and waits for it: for what computes or reads much and is no work. */
int rl_task_do(reel_task *task, int (*run)(reel_task *task, reel_error *err), reel_error *err);

/* prepare.c: on the pool. */
int rl_task_prepare(reel_task *task, reel_error *err);

/* works.c: on the coordinator. Returns when no work is at the pool any more. */
int rl_works_run(reel_task *task, reel_error *err);

/* work.c: the pool's entry. */
void rl_work_run(struct rl_pool_job *job);

/* gather.c. `add` checks the record against the track and what is there; both under books. */
int rl_gather_add(const struct rl_env *env, struct rl_gather *gather, struct rl_track *track,
                  const struct rl_chunk_record *record, bool resumed, reel_error *err);
bool rl_gather_has(const struct rl_gather *gather, uint32_t index);
/* Chunks whose index is in first … first + count - 1 (count 0: from first on), and their sums. */
struct rl_sums {
    uint32_t chunks;
    uint64_t samples, samples_in, decode_errors;
};
struct rl_sums rl_gather_sums(const struct rl_gather *gather, uint32_t first, uint32_t count);

/* verdict.c: on the pool. */
int rl_verdict_counts(reel_task *task, reel_error *err);
int rl_reason_add(reel_task *task, const char *code, int32_t stream, int64_t start, int64_t end, bool note,
                  const char *fmt, ...) REEL_PRINTF(7, 8);

/* finish.c: on the pool. */
int rl_task_finish(reel_task *task, reel_error *err);

/* check.c: reads a finished file back: what the engine says of it, and whether that is what the manifest says. */
int rl_task_verify(reel_task *task, int fd, const char *type, struct rl_verify_result *verified, reel_error *err);
int rl_task_check_joined(reel_task *task, int fd, reel_error *err);

/* tiles.c: takes such a chunk; are there those of all segments (an earlier run's are gone)?; the chunk at a place, a descriptor or
 * -errno; may the work begin, or has it to wait for them? Under the task's lock. */
int rl_tiles_take(reel_task *task, uint32_t index, const void *data, size_t size, reel_error *err);
bool rl_tiles_complete(reel_task *task);
int rl_tiles_fd(reel_task *task, uint32_t place);
bool rl_tiles_awaited(const reel_task *task, const struct rl_work *work);

/* loose.c: the spec of the job, its chunks in the order of their indices, its result. */
int rl_loose_spec(const struct rl_work *work, struct rl_buf *spec, reel_error *err);
int rl_loose_take(struct rl_work *work, const struct rl_chunk_out *chunk, const void *data, size_t size,
                  reel_error *err);
int rl_loose_result(struct rl_work *work, const struct rl_buf *text, reel_error *err);
void rl_loose_clear(const struct rl_env *env, struct rl_loose *loose); /* for another attempt */
void rl_loose_free(const struct rl_env *env, struct rl_loose *loose);  /* NULL is fine */

/* picture.c: on the pool. Fills the result; writes the file; reads it back, from the store where there is no output. */
int rl_picture_counts(reel_task *task, reel_error *err);
int rl_picture_write(const reel_task *task, int fd, reel_error *err);
int rl_picture_check(reel_task *task, int fd, reel_error *err);
int rl_picture_check_kept(reel_task *task, reel_error *err);
int rl_blob_copy(const reel_task *task, const struct rl_blob *blob, int to, reel_error *err);

/* products.c: on the pool. What the works have made and what they could not; then under their names. A preview that is lost
 * is listed, and is an error only where nothing else is made. */
int rl_products_collect(reel_task *task, reel_error *err);
int rl_products_publish(reel_task *task, reel_error *err);
void rl_products_placeholders(const reel_task *task, reel_placeholders *out);
void rl_products_json(const reel_task *task, json_t *root, bool *ok);

/* progress.c */
void rl_progress_step(reel_task *task, const char *step);
void rl_progress_state(reel_task *task, int32_t state);
void rl_progress_work(struct rl_work *work, int64_t done, uint64_t frames);
void rl_progress_chunk(reel_task *task); /* one more segment is done */
void rl_progress_begin_works(reel_task *task);
void rl_progress_finish(reel_task *task, double part); /* of joining and verifying */
void rl_progress_get(reel_task *task, reel_progress *out);
void rl_progress_tell(reel_task *task, bool always);

#endif
