/**
 * @file ctx.h
 * The context: allocator, log, limits, and which engine. [thread-safe]
 */
#ifndef REEL_CTX_H
#define REEL_CTX_H

#include <reel/buffer.h>
#include <reel/error.h>
#include <reel/log.h>

REEL_BEGIN_DECLS

/**
 * The caller's allocator, for the memory that libreel itself asks for. Codec libraries have allocators of
 * their own. All three are required and [any worker]. Alignment is that of malloc.
 */
typedef struct reel_alloc {
    size_t size;                                           /**< sizeof(reel_alloc) */
    void *user;                                            /**< first argument of each function */
    void *(*alloc)(void *user, size_t size);               /**< size > 0; NULL when out of memory */
    void *(*realloc)(void *user, void *ptr, size_t size);  /**< ptr may be NULL; on NULL, ptr is still valid */
    void (*free)(void *user, void *ptr);                   /**< ptr may be NULL */
    /* ---- 1.0 ends here ---- */
} reel_alloc;

/**
 * Limits on what an input may be and cost. 0 is the default, ::REEL_UNLIMITED is none. Each is checked
 * before the work it bounds, and has an error code of its own.
 */
typedef struct reel_limits {
    size_t size;             /**< sizeof(reel_limits) */
    uint64_t input_bytes;    /**< default 64 GiB */
    uint64_t pixels;         /**< width x height of a frame; default 8192 x 8192 */
    uint64_t streams;        /**< default 32 */
    uint64_t duration;       /**< us; default 24 h */
    uint64_t frames;         /**< decoded frames of one stream; default 10,000,000 */
    uint64_t metadata_bytes; /**< tags, chapters and titles together; default 1 MiB */
    uint64_t output_bytes;   /**< default 64 GiB */
    uint64_t memory_bytes;   /**< planned memory of one task; default: what the machine or cgroup has */
    uint64_t stall;          /**< us a codec may go without progress; default 60 s */
    /* ---- 1.0 ends here ---- */
} reel_limits;

/** Operations that the fault hook is asked about. */
enum {
    REEL_FAULT_ALLOC = 1, /**< one allocation through the ctx allocator */
    REEL_FAULT_READ = 2,  /**< one read of a file, descriptor or callback */
    REEL_FAULT_WRITE = 3, /**< one write */
    REEL_FAULT_SYNC = 4,  /**< one fsync or fdatasync */
    REEL_FAULT_THREAD = 5 /**< one thread to start */
};

/**
 * Asked before each operation, for tests. [any worker]
 * @param user  what stood beside it in the options
 * @param op    REEL_FAULT_*
 * @return 0 to go on, or an errno value with which the operation is to fail (ENOMEM for allocations)
 */
typedef int (*reel_fault_fn)(void *user, int32_t op);

enum {
    REEL_CTX_EXPERT_FILTERS = 1u << 0, /**< allow the option `video.filter` (a libavfilter string) in chains */
    /**
     * FFmpeg's log is one for the whole process, and at its default level it prints to stderr. Without this flag it is
     * left alone. With it, the level is set to quiet if it is at its default when the engine is opened, and goes back
     * when the last engine opened with this flag is closed. For programs that do not use FFmpeg themselves.
     */
    REEL_CTX_QUIET_AVLOG = 1u << 1
};

/** Options of reel_ctx_create(). */
typedef struct reel_ctx_opts {
    size_t size;               /**< sizeof(reel_ctx_opts) */
    const reel_alloc *alloc;   /**< copied; NULL: malloc */
    reel_log_fn log;           /**< NULL: silent */
    void *log_user;            /**< for log */
    const reel_limits *limits; /**< copied; NULL: defaults */
    const char *engine;        /**< path of the engine module; NULL: beside the library, then as installed */
    const char *temp_dir;      /**< where inputs are spooled; NULL: "/var/tmp", else "/tmp" */
    reel_fault_fn fault;       /**< NULL: none */
    void *fault_user;          /**< for fault */
    uint32_t flags;            /**< REEL_CTX_* */
    int32_t log_level;         /**< REEL_LOG_*; 0: ::REEL_LOG_WARN */
    /* ---- 1.0 ends here ---- */
} reel_ctx_opts;

/**
 * Makes a context. The engine is not loaded until something needs it.
 *
 * @param[out] out  the context; NULL on failure
 * @param opts      NULL: all defaults; read during the call only
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_UNSUPPORTED, ::REEL_ERR_NOMEM
 * Ownership: the caller owns one reference. Every handle made from it keeps one too. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_ctx_create(reel_ctx **out, const reel_ctx_opts *opts, reel_error *err);

/** Takes another reference and returns the same context. Threads: any. @since 1.0 */
REEL_API reel_ctx *reel_ctx_ref(reel_ctx *ctx);

/**
 * Gives a reference back; the last one closes the engine, and waits up to 2 s for encoders of cancelled tasks that still clean
 * up. One that takes longer keeps the engine in memory until the process ends. Threads: any. @since 1.0
 */
REEL_API void reel_ctx_unref(reel_ctx **ctx);

/**
 * What this build and its engine can do, as JSON: versions, containers, decoders, encoders, features that were
 * left out and why. Loads the engine.
 *
 * @param ctx       the context
 * @param[out] out  the text; NULL on failure
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_ENGINE, ::REEL_ERR_NOMEM
 * Ownership: the caller owns the buffer. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_ctx_capabilities(reel_buffer **out, reel_ctx *ctx, reel_error *err);

REEL_END_DECLS

#endif
