/**
 * @file types.h
 * Handles and the conventions every header shares.
 *
 * **Structs.** Every option, info and vtable struct starts with `size_t size`, which the caller sets to
 * `sizeof` of the struct as its header declares it; members are only ever appended and zero means default.
 * The library reads min(size, what it knows). A size smaller than the struct had in ABI 1.0 is
 * ::REEL_ERR_INVALID_ARG; non-zero bytes behind what the library knows are ::REEL_ERR_UNSUPPORTED.
 * For info structs that the library fills, at most `size` bytes are written.
 *
 * **Ownership.** Creators write the new handle to their first parameter on success and NULL on failure.
 * Destroy and unref functions take a pointer to the handle, accept NULL and a pointer to NULL, and set it to NULL.
 *
 * **Threads.** Each handle carries one word: [immutable], [thread-safe], [one thread at a time].
 * Each callback carries one: [caller thread], [any worker].
 *
 * **Units.** Times are `int64_t` microseconds, sizes are bytes, unless a name says otherwise.
 *
 * **Environment.** Nothing here aborts, prints, reads the environment, installs a signal handler, changes
 * the locale or the working directory, or keeps thread-local or global state. One exception is not libreel's own:
 * SVT-AV1 prints a banner for each encoder to stderr, unless the host has set SVT_LOG in the environment (to "1", say), which
 * the library leaves alone.
 */
#ifndef REEL_TYPES_H
#define REEL_TYPES_H

#include <reel/export.h>
#include <stddef.h>
#include <stdint.h>

REEL_BEGIN_DECLS

typedef struct reel_ctx reel_ctx;           /**< allocator, log, limits, engine. Shared. [thread-safe] */
typedef struct reel_buffer reel_buffer;     /**< bytes with a reference count. Shared. [immutable] */
typedef struct reel_options reel_options;   /**< a set of named, typed options. [one thread at a time] */
typedef struct reel_chain reel_chain;       /**< the recipe. Shared. [immutable] */
typedef struct reel_input reel_input;       /**< bytes in. One owner. [one thread at a time] */
typedef struct reel_plan reel_plan;         /**< what would happen and why. One owner. [immutable] */
typedef struct reel_output reel_output;     /**< where bytes go. One owner. [one thread at a time] */
typedef struct reel_pool reel_pool;         /**< worker threads. Shared. [thread-safe] */
typedef struct reel_task reel_task;         /**< one piece of work. Shared. [thread-safe] */
typedef struct reel_store reel_store;       /**< blobs named by their digest. Shared. [thread-safe] */
typedef struct reel_manifest reel_manifest; /**< renditions and their chunks. One owner. [immutable] */

#define REEL_DIGEST_SIZE 32 /**< bytes in a digest (SHA-256) */

/** "No such time": a time that is not known or not set. Differs from 0, which is a time. */
#define REEL_NO_TIME INT64_MIN
/** Wait without a limit. */
#define REEL_FOREVER INT64_MAX
/** For a limit: no limit. (0 means the default.) */
#define REEL_UNLIMITED UINT64_MAX

/** A ratio; den is 0 when it is not known. */
typedef struct reel_ratio {
    int32_t num; /**< numerator */
    int32_t den; /**< denominator; 0 when the ratio is not known */
} reel_ratio;

REEL_END_DECLS

#endif
