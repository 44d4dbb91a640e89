/**
 * @file manifest.h
 * What a finished job is made of: renditions, each with an init segment and its chunks, all in a store.
 * [immutable]
 *
 * A chunk is one segment of one rendition as a CMAF fragment (ISO/IEC 23000-19: AV1 or Opus in fragmented MP4), so
 * the chunks are DASH and HLS media segments as they are; joined, they are the .webm file.
 */
#ifndef REEL_MANIFEST_H
#define REEL_MANIFEST_H

#include <reel/buffer.h>
#include <reel/error.h>

REEL_BEGIN_DECLS

/** One rendition. */
typedef struct reel_rendition_info {
    size_t size;                    /**< sizeof(reel_rendition_info) */
    int64_t start;                  /**< us of its first sample on the output's timeline */
    int64_t duration;               /**< us */
    uint64_t samples;               /**< video frames, audio samples at 48 kHz, or text cues */
    uint64_t bytes;                 /**< of all chunks */
    int32_t kind;                   /**< REEL_STREAM_* */
    int32_t stream;                 /**< index in the input */
    uint32_t chunks;                /**< number of chunks */
    int32_t width;                  /**< px */
    int32_t height;                 /**< px */
    int32_t channels;               /**< of audio */
    uint8_t init[REEL_DIGEST_SIZE]; /**< digest of the init segment; zero for text */
    char codec[48];                 /**< RFC 6381: "av01.0.08M.08", "opus", "wvtt" */
    char language[16];              /**< "" when unknown */
    /* ---- 1.0 ends here ---- */
} reel_rendition_info;

/** One chunk. */
typedef struct reel_chunk_info {
    size_t size;                      /**< sizeof(reel_chunk_info) */
    int64_t start;                    /**< us on the output's timeline */
    int64_t duration;                 /**< us */
    uint64_t bytes;                   /**< size */
    uint64_t samples;                 /**< as in reel_rendition_info */
    uint8_t digest[REEL_DIGEST_SIZE]; /**< its name in the store */
    /* ---- 1.0 ends here ---- */
} reel_chunk_info;

/** Reads a manifest. @return 0, ::REEL_ERR_JSON, ::REEL_ERR_NOMEM. Ownership: the caller's. Threads: any. @since 1.0 */
REEL_API REEL_NODISCARD int reel_manifest_from_json(reel_manifest **out, reel_ctx *ctx, const char *json,
                                                    size_t size, reel_error *err);

/** The manifest as JSON; reel_manifest_from_json() takes it. @return 0, ::REEL_ERR_NOMEM. @since 1.0 */
REEL_API REEL_NODISCARD int reel_manifest_to_json(reel_buffer **out, const reel_manifest *manifest);

/** The rendition at a place. @return 0, ::REEL_END, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_manifest_get_rendition(const reel_manifest *manifest, uint32_t index,
                                                        reel_rendition_info *out);

/** The chunk at a place of a rendition. @return 0, ::REEL_END, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_manifest_get_chunk(const reel_manifest *manifest, uint32_t rendition,
                                                    uint32_t index, reel_chunk_info *out);

/**
 * A DASH media presentation description (ISO/IEC 23009-1) for the renditions.
 *
 * @param[out] out  XML; NULL on failure
 * @param manifest  the manifest
 * @param pattern   URL of a blob, in which "{digest}" is replaced by 64 hex digits, "{path}" by the blob's place in a
 *                  "dir:" store ("ab/cdef…"), and "{ext}" by "mp4" or, for text, "vtt": some players go by the
 *                  ending of a name. One of the first two must be there, and nothing else in braces; NULL: "{digest}"
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_NOMEM
 * Ownership: the caller owns the buffer. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_manifest_dash(reel_buffer **out, const reel_manifest *manifest,
                                               const char *pattern, reel_error *err);

/**
 * An HLS playlist (RFC 8216bis): the media playlist of one rendition, or the multivariant one.
 *
 * @param[out] out   text; NULL on failure
 * @param manifest   the manifest
 * @param rendition  index of a rendition, or -1 for the multivariant playlist
 * @param pattern    as for reel_manifest_dash(); for -1 the URL of a media playlist, in which "{rendition}" is
 *                   replaced by the index, and must be there if there are several; NULL: "{rendition}.m3u8"
 * @param[out] err   details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_NOMEM
 * Ownership: the caller owns the buffer. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_manifest_hls(reel_buffer **out, const reel_manifest *manifest, int32_t rendition,
                                              const char *pattern, reel_error *err);

/** Destroys it. @since 1.0 */
REEL_API void reel_manifest_destroy(reel_manifest **manifest);

REEL_END_DECLS

#endif
