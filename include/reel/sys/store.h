/**
 * @file sys/store.h
 * For people who write store backends.
 */
#ifndef REEL_SYS_STORE_H
#define REEL_SYS_STORE_H

#include <reel/store.h>

REEL_BEGIN_DECLS

/**
 * The verbs of a store. All slots but `destroy` are required; all are [any worker] and may run side by side.
 * Each returns 0 or a negative REEL_ERR_* and may fill `err` (never NULL), whose size is set.
 *
 * Writing is begin, write…, then exactly one of commit and abort, on one thread at a time. Blobs are not
 * visible before commit returns 0, and durable from then on.
 */
typedef struct reel_store_backend {
    size_t size;      /**< sizeof(reel_store_backend) */
    void *user;       /**< first argument of each function */
    const char *name; /**< for logs and errors; must outlive the store */
    /** Begins a blob; *writer is the backend's own. `hint` is the expected size, 0 when unknown. */
    int (*begin)(void *user, void **writer, uint64_t hint, reel_error *err);
    /** Appends all of the bytes. */
    int (*write)(void *user, void *writer, const void *data, size_t size, reel_error *err);
    /** Publishes the blob under its digest, which libreel has computed, in place of one that is there; ends the writer
     * either way. */
    int (*commit)(void *user, void *writer, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err);
    /** Drops what was written; ends the writer. */
    void (*abort)(void *user, void *writer);
    /** Size of a blob, or ::REEL_ERR_NOT_FOUND. */
    int (*stat)(void *user, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t *size, reel_error *err);
    /** Reads at an offset: *got < capacity only at the end. */
    int (*read)(void *user, const uint8_t digest[REEL_DIGEST_SIZE], uint64_t offset, void *buffer, size_t capacity,
                size_t *got, reel_error *err);
    /** Removes a blob, or ::REEL_ERR_NOT_FOUND. */
    int (*remove)(void *user, const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err);
    /** Optional: called once when the last reference to the store goes. */
    void (*destroy)(void *user);
    /* ---- 1.0 ends here ---- */
} reel_store_backend;

/**
 * Makes a store from the caller's backend.
 *
 * @param[out] out  the store; NULL on failure, and then `destroy` is not called
 * @param ctx       the context; a reference is kept
 * @param backend   copied
 * @param[out] err  details on failure (the slot that is missing); may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_UNSUPPORTED, ::REEL_ERR_NOMEM. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_store_from_backend(reel_store **out, reel_ctx *ctx,
                                                    const reel_store_backend *backend, reel_error *err);

REEL_END_DECLS

#endif
