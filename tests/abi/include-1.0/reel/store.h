/**
 * @file store.h
 * Blobs named by their SHA-256. [thread-safe]
 *
 * A blob is there whole or not at all; putting one that is there reads it back, and mends it when it is damaged.
 */
#ifndef REEL_STORE_H
#define REEL_STORE_H

#include <reel/ctx.h>

REEL_BEGIN_DECLS

/**
 * Opens a store by URL.
 *
 * @param[out] out  the store; NULL on failure
 * @param ctx       the context; a reference is kept
 * @param url       "dir:PATH" (made if it is not there; several processes may share it) or "memory:"
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_UNSUPPORTED (scheme), ::REEL_ERR_PERMISSION, ::REEL_ERR_IO,
 *         ::REEL_ERR_NOMEM
 * Ownership: the caller owns one reference. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_store_open(reel_store **out, reel_ctx *ctx, const char *url, reel_error *err);

/**
 * Puts bytes and makes them durable before it returns.
 *
 * @param store        the store
 * @param data         the bytes
 * @param size         number of bytes
 * @param[out] digest  their SHA-256
 * @param[out] err     details on failure; may be NULL
 * @return 0, ::REEL_ERR_NO_SPACE, ::REEL_ERR_IO, ::REEL_ERR_NOMEM. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_store_put(reel_store *store, const void *data, size_t size,
                                           uint8_t digest[REEL_DIGEST_SIZE], reel_error *err);

/** Puts the content of a readable descriptor, from its offset 0 to its end, without holding it in memory. As above. @since 1.0 */
REEL_API REEL_NODISCARD int reel_store_put_fd(reel_store *store, int fd, uint8_t digest[REEL_DIGEST_SIZE],
                                              reel_error *err);

/** Size of a blob. @return 0, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_IO. @since 1.0 */
REEL_API REEL_NODISCARD int reel_store_size(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE],
                                            uint64_t *out, reel_error *err);

/**
 * Reads a whole blob and checks it against its digest.
 * @return 0, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_CORRUPT, ::REEL_ERR_IO, ::REEL_ERR_NOMEM
 * Ownership: the caller owns the buffer. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_store_get(reel_buffer **out, reel_store *store,
                                           const uint8_t digest[REEL_DIGEST_SIZE], reel_error *err);

/**
 * Reads a part of a blob, without a check of the digest.
 *
 * @param store      the store
 * @param digest     which blob
 * @param offset     of the first byte; reading at or behind the end gives 0 bytes
 * @param buffer     filled
 * @param capacity   of buffer
 * @param[out] got   bytes read; less than capacity only at the end
 * @param[out] err   details on failure; may be NULL
 * @return 0, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_IO. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_store_read(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE],
                                            uint64_t offset, void *buffer, size_t capacity, size_t *got,
                                            reel_error *err);

/** Removes a blob. @return 0, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_IO. @since 1.0 */
REEL_API REEL_NODISCARD int reel_store_remove(reel_store *store, const uint8_t digest[REEL_DIGEST_SIZE],
                                              reel_error *err);

/** Takes another reference and returns the same store. Threads: any. @since 1.0 */
REEL_API reel_store *reel_store_ref(reel_store *store);

/** Gives a reference back. Threads: any. @since 1.0 */
REEL_API void reel_store_unref(reel_store **store);

REEL_END_DECLS

#endif
