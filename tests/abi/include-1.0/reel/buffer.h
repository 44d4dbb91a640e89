/**
 * @file buffer.h
 * Bytes that libreel hands out: JSON texts, small results. [immutable]
 */
#ifndef REEL_BUFFER_H
#define REEL_BUFFER_H

#include <reel/error.h>

REEL_BEGIN_DECLS

/**
 * Makes a buffer with a copy of the bytes, for callbacks that hand bytes back.
 *
 * @param[out] out  the buffer; NULL on failure
 * @param ctx       whose allocator is used; a reference is kept
 * @param data      bytes to copy; may be NULL when size is 0
 * @param size      number of bytes
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_NOMEM
 * Ownership: the caller owns one reference. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_buffer_create(reel_buffer **out, reel_ctx *ctx, const void *data, size_t size);

/** The bytes. A zero byte that is not counted follows them, so texts are C strings. Valid as long as the buffer. @since 1.0 */
REEL_API const void *reel_buffer_data(const reel_buffer *buffer);

/** Number of bytes. @since 1.0 */
REEL_API size_t reel_buffer_size(const reel_buffer *buffer);

/** Takes another reference and returns the same buffer. Threads: any. @since 1.0 */
REEL_API reel_buffer *reel_buffer_ref(reel_buffer *buffer);

/** Gives a reference back. Threads: any. @since 1.0 */
REEL_API void reel_buffer_unref(reel_buffer **buffer);

REEL_END_DECLS

#endif
