/**
 * @file output.h
 * Where the finished bytes go. [one thread at a time]
 */
#ifndef REEL_OUTPUT_H
#define REEL_OUTPUT_H

#include <reel/buffer.h>
#include <reel/error.h>
#include <reel/store.h>

REEL_BEGIN_DECLS

/**
 * To a file, which appears under its name only when it is complete: it is written beside it, synced, and renamed.
 * A file that is there already is replaced in that moment; so is a symbolic link, by the file: what it pointed to stays as
 * it is. The folder must exist.
 *
 * @param[out] out  the output; NULL on failure
 * @param ctx       the context
 * @param path      UTF-8; copied
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_PERMISSION, ::REEL_ERR_NOMEM
 * Ownership: the caller's until a task takes it. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_output_open_path(reel_output **out, reel_ctx *ctx, const char *path,
                                                  reel_error *err);

/** To a descriptor, in order, once the result is complete and verified; a pipe will do. Duplicated. As above. @since 1.0 */
REEL_API REEL_NODISCARD int reel_output_open_fd(reel_output **out, reel_ctx *ctx, int fd, reel_error *err);

/** Where the finished bytes go, if to the caller. [any worker], one call at a time. */
typedef struct reel_output_callbacks {
    size_t size; /**< sizeof(reel_output_callbacks) */
    void *user;  /**< first argument of each function */
    /** Required. Takes all of the next bytes: returns 0 or a negative code, which fails the task. */
    int (*write)(void *user, const void *data, size_t size);
    /**
     * Optional. Called once: 0 when all bytes were written, else the code with which the task failed; with
     * ::REEL_ERR_CANCELLED, on the caller's thread, by reel_output_close() when no task took the output. Not called when
     * reel_output_open_callbacks() itself fails.
     */
    void (*finish)(void *user, int code);
    /* ---- 1.0 ends here ---- */
} reel_output_callbacks;

/** To callbacks, in order, once the result is complete and verified. As reel_output_open_path(). @since 1.0 */
REEL_API REEL_NODISCARD int reel_output_open_callbacks(reel_output **out, reel_ctx *ctx,
                                                       const reel_output_callbacks *callbacks, reel_error *err);

/** Into a store, as one blob; the task's result has its digest. A reference to the store is kept. @since 1.0 */
REEL_API REEL_NODISCARD int reel_output_open_store(reel_output **out, reel_ctx *ctx, reel_store *store,
                                                   reel_error *err);

/** Destroys an output that no task took; callbacks are told by `finish`. @since 1.0 */
REEL_API void reel_output_close(reel_output **output);

REEL_END_DECLS

#endif
