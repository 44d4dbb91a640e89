/**
 * @file plan.h
 * The plan: what would happen to each stream and why, and where the cuts are. [immutable]
 *
 * A plan is a pure function of the input's facts and the chain: never of the number of cores or workers.
 */
#ifndef REEL_PLAN_H
#define REEL_PLAN_H

#include <reel/chain.h>
#include <reel/input.h>

REEL_BEGIN_DECLS

/** What happens to a stream. */
enum {
    REEL_ACTION_COPY = 1,      /**< its packets go into the output as they are */
    REEL_ACTION_TRANSCODE = 2, /**< decoded and encoded */
    REEL_ACTION_CONVERT = 3,   /**< rewritten in another form of the same (text subtitles to WebVTT) */
    REEL_ACTION_DROP = 4       /**< left out */
};

/** Why. Values are pinned. */
enum {
    REEL_REASON_TARGET_CODEC = 1,      /**< copy: already in the target codec */
    REEL_REASON_OTHER_CODEC = 2,       /**< transcode: in another codec */
    REEL_REASON_CHANGED = 3,           /**< transcode: target codec, but the chain changes picture or sound */
    REEL_REASON_TRIMMED = 4,           /**< transcode: target codec, but cut where no copy can start */
    REEL_REASON_TEXT = 5,              /**< convert: text subtitles */
    REEL_REASON_NOT_SELECTED = 6,      /**< drop: the chain does not ask for it */
    REEL_REASON_NOT_FIRST = 7,         /**< drop: another stream of its kind was chosen */
    REEL_REASON_NOT_HELD = 8,          /**< drop: WebM cannot hold its kind (data, picture subtitles, attachments) */
    REEL_REASON_PICTURE = 9,           /**< drop: cover art; pictures are an output of their own */
    REEL_REASON_NO_DECODER = 10,       /**< drop: this build does not decode it */
    REEL_REASON_EMPTY = 11,            /**< drop: the stream has no content */
    REEL_REASON_BROKEN = 12            /**< drop: its parameters are missing or contradict each other */
};

/** Options of reel_plan_create(). */
typedef struct reel_plan_opts {
    size_t size;   /**< sizeof(reel_plan_opts) */
    int64_t start; /**< us from the start of the input; what comes before is left out. 0: the start */
    int64_t end;   /**< us from the start of the input; what comes from there on is left out. 0: the end */
    /* ---- 1.0 ends here ---- */
} reel_plan_opts;

/** The plan as a whole. */
typedef struct reel_plan_info {
    size_t size;              /**< sizeof(reel_plan_info) */
    int64_t duration;         /**< us of output expected; ::REEL_NO_TIME when unknown */
    uint64_t estimated_bytes; /**< size of the output, estimated; 0 when it cannot be */
    uint64_t segment_memory;  /**< bytes that one segment in flight needs, estimated */
    uint32_t streams;         /**< number of streams of the input, each with an action */
    uint32_t segments;        /**< number of segments expected; 0 when only the run will tell */
    /* ---- 1.0 ends here ---- */
} reel_plan_info;

/** What happens to one stream. */
typedef struct reel_plan_stream {
    size_t size;       /**< sizeof(reel_plan_stream) */
    int32_t stream;    /**< index in the input */
    int32_t action;    /**< REEL_ACTION_* */
    int32_t reason;    /**< REEL_REASON_* */
    int32_t kind;      /**< REEL_STREAM_* */
    char text[192];    /**< the reason as a sentence, and what changes on the way */
    /* ---- 1.0 ends here ---- */
} reel_plan_stream;

/** One segment. */
typedef struct reel_plan_segment {
    size_t size;      /**< sizeof(reel_plan_segment) */
    int64_t start;    /**< us on the output's timeline; approximate before the segment has run */
    int64_t duration; /**< us; ::REEL_NO_TIME when unknown */
    int32_t stream;   /**< index in the input */
    uint32_t index;   /**< within its stream */
    /* ---- 1.0 ends here ---- */
} reel_plan_segment;

/**
 * Plans. Probes the input if that has not been done.
 *
 * @param[out] out  the plan; NULL on failure
 * @param chain     what is wanted
 * @param input     of what
 * @param opts      NULL: the whole input
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_NO_STREAM when nothing is left to do, ::REEL_ERR_CODEC, ::REEL_ERR_UNSUPPORTED (such as
 *         Dolby Vision profile 5), limits, and what reel_input_probe() returns
 * Ownership: the caller's; keeps no reference to input or chain. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_plan_create(reel_plan **out, const reel_chain *chain, reel_input *input,
                                             const reel_plan_opts *opts, reel_error *err);

/** The plan as a whole. @return 0, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_plan_get_info(const reel_plan *plan, reel_plan_info *out);

/** What happens to the stream at a place. @return 0, ::REEL_END, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_plan_get_stream(const reel_plan *plan, uint32_t index, reel_plan_stream *out);

/** The segment at a place. @return 0, ::REEL_END, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_plan_get_segment(const reel_plan *plan, uint32_t index, reel_plan_segment *out);

/** All of it as JSON. @return 0, ::REEL_ERR_NOMEM. @since 1.0 */
REEL_API REEL_NODISCARD int reel_plan_to_json(reel_buffer **out, const reel_plan *plan);

/** Name of an action ("copy", …); "?" for an unknown one. Static. @since 1.0 */
REEL_API const char *reel_action_name(int32_t action);

/** Name of a reason ("target-codec", …); "?" for an unknown one. Static. @since 1.0 */
REEL_API const char *reel_reason_name(int32_t reason);

/** Destroys it. @since 1.0 */
REEL_API void reel_plan_destroy(reel_plan **plan);

REEL_END_DECLS

#endif
