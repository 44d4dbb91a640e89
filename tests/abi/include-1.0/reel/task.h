/**
 * @file task.h
 * One piece of work: start, watch, wait, cancel, result. [thread-safe]
 */
#ifndef REEL_TASK_H
#define REEL_TASK_H

#include <reel/chain.h>
#include <reel/input.h>
#include <reel/manifest.h>
#include <reel/output.h>
#include <reel/plan.h>
#include <reel/pool.h>
#include <reel/store.h>

REEL_BEGIN_DECLS

/** States. */
enum {
    REEL_TASK_PENDING = 1,    /**< not begun */
    REEL_TASK_SCHEDULED = 2,  /**< waits for its time */
    REEL_TASK_PROCESSING = 3, /**< at work */
    REEL_TASK_RETRY = 4,      /**< failed, will be tried again */
    REEL_TASK_COMPLETED = 5,  /**< done: ok or partial */
    REEL_TASK_FAILED = 6,     /**< given up; reel_task_error() says why */
    REEL_TASK_CANCELLED = 7   /**< cancelled */
};

/** Units of progress. */
enum {
    REEL_UNIT_NONE = 0,
    REEL_UNIT_TIME = 1, /**< us of source media */
    REEL_UNIT_BYTES = 2
};

/** How far a task is. `done` and `total` never go backwards within one unit. */
typedef struct reel_progress {
    size_t size;       /**< sizeof(reel_progress) of the library */
    int64_t done;      /**< in `unit` */
    int64_t total;     /**< in `unit`; 0 when unknown */
    int64_t eta;       /**< us until the end, estimated; ::REEL_NO_TIME when unknown */
    int64_t elapsed;   /**< us since the start */
    double speed;      /**< us of media per us of time; 0 when unknown */
    double fps;        /**< video frames per second; 0 when there is no video */
    uint64_t frames;   /**< video frames encoded so far */
    int32_t unit;      /**< REEL_UNIT_* */
    int32_t state;     /**< REEL_TASK_* */
    uint32_t segments_done;  /**< finished chunks, those of an earlier run included */
    uint32_t segments_total; /**< 0 when unknown */
    char step[16];     /**< "probe", "plan", "encode", "join", "verify", "publish", "done" */
    /* ---- 1.0 ends here ---- */
} reel_progress;

/** Told of progress at most ten times a second, and at every change of state. [any worker], one call at a time; must not block. */
typedef void (*reel_progress_fn)(void *user, reel_task *task, const reel_progress *progress);

enum {
    REEL_TASK_NO_RESUME = 1u << 0,   /**< do not go on with what an interrupted run left; begin anew */
    REEL_TASK_NO_VERIFY = 1u << 1,   /**< do not read the joined file back; counts are compared all the same */
    REEL_TASK_KEEP_JOURNAL = 1u << 2, /**< keep journal and chunks of a finished run */
    REEL_TASK_VERIFY_DECODE = 1u << 3 /**< verify by decoding the whole result, not only by its packets */
};

/**
 * Options of reel_task_start(). One of output and target is needed, unless store is given; with a chain whose output.format is
 * none there is no output, and neither may be given. The output is one file, WebM or a picture, as the chain says. A picture
 * is one piece: its run has no journal and is not resumed, and with a store its digest is that of the blob.
 */
typedef struct reel_task_opts {
    size_t size;          /**< sizeof(reel_task_opts) */
    const char *output;   /**< path of the output; sugar for a target made by reel_output_open_path() */
    reel_output **target; /**< taken from the caller on success (*target becomes NULL); NULL: `output` */
    reel_pool *pool;      /**< a reference is kept; NULL: a pool of the task's own, one thread per CPU */
    reel_store *store;    /**< keeps the chunks and the manifest's JSON (as "manifest", reel_task_result_json() has its
                               digest); a reference is kept. NULL: chunks go when joined */
    const char *journal;  /**< folder for journal and chunks in the making; NULL: ".NAME.reel" beside the output, and
                               none (no resume) when the output is no path */
    reel_progress_fn progress; /**< NULL: poll with reel_task_progress() */
    void *progress_user;  /**< for progress */
    int64_t start;        /**< us from the start of the input; 0: the start */
    int64_t end;          /**< us from the start of the input; 0: the end */
    uint32_t flags;       /**< REEL_TASK_* */
    int32_t attempts;     /**< per segment, for failures a second try can help; 0: 3 */
    const char *products; /**< folder for previews (reel/product.h), made if it is not there; each file in it is written
                               whole. NULL: previews go into the store. Where the chain asks for previews that are
                               files, one of the two is needed */
    /* ---- 1.0 ends here ---- */
} reel_task_opts;

/** Verdicts. */
enum {
    REEL_VERDICT_NONE = 0,   /**< no result (yet) */
    REEL_VERDICT_OK = 1,     /**< all that was planned is in the output */
    REEL_VERDICT_PARTIAL = 2 /**< something of the source is missing; reel_task_result_json() lists it */
};

/** The result of a completed task. */
typedef struct reel_result {
    size_t size;             /**< sizeof(reel_result) */
    int64_t duration;        /**< us of the output */
    int64_t missing;         /**< us of the source that are not in the output */
    int64_t av_offset;       /**< us: difference of the A/V start offset between output and source */
    uint64_t frames_in;      /**< video frames decoded within the planned range */
    uint64_t frames_out;     /**< video frames in the output */
    uint64_t samples_in;     /**< audio samples of the first audio stream, in 48 kHz */
    uint64_t samples_out;    /**< audio samples in the output */
    uint64_t decode_errors;  /**< packets and frames that the decoders reported as damaged */
    uint64_t bytes;          /**< size of the output */
    int32_t verdict;         /**< REEL_VERDICT_* */
    uint32_t segments;       /**< number of chunks */
    uint32_t resumed;        /**< of these, taken over from an interrupted run */
    uint32_t retried;        /**< attempts that failed and were repeated */
    uint8_t digest[REEL_DIGEST_SIZE]; /**< SHA-256 of the output file; zero when nothing was joined. Of a picture also in the store */
    int64_t time;            /**< picture of a video: us on its timeline of the frame that was taken; else ::REEL_NO_TIME */
    int32_t width;           /**< px of the output's picture; 0 when it has none */
    int32_t height;          /**< px of the output's picture; 0 when it has none */
    int32_t quality;         /**< with which a picture was written, after picture.max_bytes; 0 for WebM */
    uint32_t products;       /**< number of previews that are files, see reel/product.h */
    /* ---- 1.0 ends here ---- */
} reel_result;

/**
 * Starts a task on a pool. Planning happens on a thread of the task; the call returns at once.
 *
 * @param[out] out  the task; NULL on failure
 * @param chain     what is wanted; a reference is kept
 * @param input     of what; must stay open, and not be used by others, until the task has ended
 * @param opts      where to; read during the call
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_UNSUPPORTED (flags or members that this version does not know),
 *         ::REEL_ERR_SAME_FILE, ::REEL_ERR_BUSY (another run is at the same journal), ::REEL_ERR_NOT_FOUND,
 *         ::REEL_ERR_PERMISSION, ::REEL_ERR_NO_SPACE, ::REEL_ERR_EXISTS (what is in the place of the journal's
 *         folder is none), ::REEL_ERR_IO, ::REEL_ERR_NOMEM
 * Ownership: the caller owns one reference. Giving it back does not stop the task. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_task_start(reel_task **out, reel_chain *chain, reel_input *input,
                                            const reel_task_opts *opts, reel_error *err);

/**
 * Starts a task that joins the chunks of a manifest into one file, without encoding.
 *
 * @param[out] out  the task; NULL on failure
 * @param manifest  read during the call
 * @param store     has its blobs; a reference is kept
 * @param opts      one of `output` and `target`; `pool`, `progress`, `progress_user`, and of `flags`
 *                  ::REEL_TASK_NO_VERIFY and ::REEL_TASK_VERIFY_DECODE are honoured as well. The rest is checked but not
 *                  used: a join has no journal and is not resumed.
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_UNSUPPORTED, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_PERMISSION,
 *         ::REEL_ERR_IO, ::REEL_ERR_NOMEM
 * Ownership: as reel_task_start(). Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_task_start_join(reel_task **out, const reel_manifest *manifest, reel_store *store,
                                                 const reel_task_opts *opts, reel_error *err);

/**
 * Waits for the end. [thread-safe], but not from the task's own callbacks.
 *
 * @param task     the task
 * @param timeout  us; 0 asks without waiting; ::REEL_FOREVER
 * @return 0 (ok), ::REEL_PARTIAL, ::REEL_PENDING when the time ran out, or the code with which it failed,
 *         ::REEL_ERR_CANCELLED among them. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_task_wait(reel_task *task, int64_t timeout);

/** Asks it to stop. Never blocks, may be repeated, may come from any thread and from callbacks. @since 1.0 */
REEL_API void reel_task_cancel(reel_task *task);

/** How far it is. @return 0, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_task_progress(reel_task *task, reel_progress *out);

/** What log records call it: differs from that of every other task of the context, and is never 0; 0 for NULL. @since 1.0 */
REEL_API uint64_t reel_task_id(const reel_task *task);

/** Why it failed; code 0 when it has not. @return 0, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_task_error(reel_task *task, reel_error *out);

/** The result. @return 0, ::REEL_ERR_STATE before it has completed, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_task_result(reel_task *task, reel_result *out);

/** The result with the plan, what is missing, and each segment, as JSON. @return 0, ::REEL_ERR_STATE, ::REEL_ERR_NOMEM. @since 1.0 */
REEL_API REEL_NODISCARD int reel_task_result_json(reel_buffer **out, reel_task *task);

/**
 * The manifest, of a task that had a store and whose output is WebM.
 * @return 0, ::REEL_ERR_STATE, ::REEL_ERR_NOMEM. Ownership: the caller's. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_task_manifest(reel_manifest **out, reel_task *task);

/** Takes another reference and returns the same task. Threads: any. @since 1.0 */
REEL_API reel_task *reel_task_ref(reel_task *task);

/**
 * Gives a reference back. The last one waits for the end of a task that still runs, so cancel first what is not
 * wanted. Not from the task's own callbacks. @since 1.0
 */
REEL_API void reel_task_unref(reel_task **task);

REEL_END_DECLS

#endif
