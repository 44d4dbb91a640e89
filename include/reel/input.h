/**
 * @file input.h
 * Bytes in: from a path, a descriptor, memory or callbacks; sniffed by content, probed on demand.
 * [one thread at a time]
 *
 * An input is read by position and never opens anything but itself. What cannot be read by position (a pipe, a socket,
 * and every input from callbacks) is spooled to an unnamed temporary file when the input is opened, up to the limit on
 * input bytes.
 */
#ifndef REEL_INPUT_H
#define REEL_INPUT_H

#include <reel/buffer.h>
#include <reel/error.h>

REEL_BEGIN_DECLS

/** Opens a regular file. @param path UTF-8 path; copied. Other parameters, errors and ownership as reel_input_open_fd(). @since 1.0 */
REEL_API REEL_NODISCARD int reel_input_open_path(reel_input **out, reel_ctx *ctx, const char *path,
                                                 reel_error *err);

/**
 * Opens a descriptor; a pipe or socket is spooled first, which blocks until its end.
 *
 * @param[out] out  the input; NULL on failure
 * @param ctx       the context
 * @param fd        readable; duplicated, so the caller's stays the caller's. The file offset of a regular
 *                  file is neither used nor moved.
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_PERMISSION, ::REEL_ERR_IO,
 *         ::REEL_ERR_LIMIT_INPUT, ::REEL_ERR_NO_SPACE, ::REEL_ERR_NOMEM
 * Ownership: the caller's. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_input_open_fd(reel_input **out, reel_ctx *ctx, int fd, reel_error *err);

/** Opens bytes in memory; they are copied. Parameters, errors and ownership as reel_input_open_fd(). @since 1.0 */
REEL_API REEL_NODISCARD int reel_input_open_memory(reel_input **out, reel_ctx *ctx, const void *data, size_t size,
                                                   reel_error *err);

/**
 * Where bytes come from, if from the caller. Whatever they are, they are read to the end and spooled to an unnamed
 * temporary file by the open call; so the callbacks are [caller thread], and are not called afterwards.
 */
typedef struct reel_input_callbacks {
    size_t size; /**< sizeof(reel_input_callbacks) */
    void *user;  /**< first argument of each function */
    /**
     * Required. Reads the next bytes: returns how many (1…capacity; fewer than asked for is fine), 0 at the
     * end, or a negative code, which fails the open call and comes back untouched if it is REEL_ERR_USER or below.
     */
    int64_t (*read)(void *user, void *buffer, size_t capacity);
    /** Optional. Called once when the bytes have been read or reading failed. */
    void (*close)(void *user);
    uint64_t size_hint; /**< expected bytes, 0 when unknown; only to refuse early what is over the limit */
    /* ---- 1.0 ends here ---- */
} reel_input_callbacks;

/** Reads the caller's bytes to the end and opens them. Parameters, errors and ownership as reel_input_open_fd(). @since 1.0 */
REEL_API REEL_NODISCARD int reel_input_open_callbacks(reel_input **out, reel_ctx *ctx,
                                                      const reel_input_callbacks *callbacks, reel_error *err);

/** What the first bytes say. */
typedef struct reel_type {
    size_t size;      /**< sizeof(reel_type) */
    char name[16];    /**< "mp4", "mov", "matroska", "webm", "mp3", "png", …; "unknown" */
    char mime[48];    /**< "video/mp4", …; "application/octet-stream" */
    int32_t accepted; /**< 1 when probing and planning take it, else 0 */
    int32_t reserved; /**< 0 */
    /* ---- 1.0 ends here ---- */
} reel_type;

/**
 * Sniffs the type from content, never from a name: from the first 64 KiB behind any ID3 tags, and from 1 MiB where that
 * says nothing. Does not load the engine. @return 0, ::REEL_ERR_FORMAT (empty), ::REEL_ERR_IO, ::REEL_ERR_NOMEM. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_input_type(reel_input *input, reel_type *out, reel_error *err);

/** Kinds of streams. */
enum {
    REEL_STREAM_VIDEO = 1,
    REEL_STREAM_AUDIO = 2,
    REEL_STREAM_TEXT = 3,    /**< subtitles made of text */
    REEL_STREAM_PICTURE = 4, /**< a picture file, animations included; cover art */
    REEL_STREAM_OTHER = 5    /**< data, attachments, subtitles made of pictures */
};

/** Facts about an input as a whole. */
typedef struct reel_input_info {
    size_t size;       /**< sizeof(reel_input_info) */
    uint64_t bytes;    /**< size of the input */
    int64_t start;     /**< us of the first stream's first sample */
    int64_t duration;  /**< us; ::REEL_NO_TIME when the container does not say */
    uint32_t streams;  /**< number of streams */
    uint32_t tags;     /**< number of tags of the container */
    uint32_t chapters; /**< number of chapters */
    uint32_t reserved; /**< 0 */
    char format[32];   /**< container as the engine names it: "mov", "matroska", "mpegts", …; of pictures "jpeg", "png", "gif",
                            "tiff", "bmp", "webp", "heif", "avif" */
    /* ---- 1.0 ends here ---- */
} reel_input_info;

/**
 * Facts about one stream. Colour values are the code points of ITU-T H.273 (2 is "unspecified").
 */
typedef struct reel_stream_info {
    size_t size;            /**< sizeof(reel_stream_info) */
    int64_t start;          /**< us */
    int64_t duration;       /**< us; ::REEL_NO_TIME when unknown */
    int64_t frames;         /**< as the container counts; 0 when it does not; of a picture file 1, or those of an animation */
    reel_ratio time_base;   /**< of the source's timestamps */
    reel_ratio frame_rate;  /**< average; den 0 when unknown */
    reel_ratio aspect;      /**< of one sample (pixel); 1/1 for square, den 0 when unknown */
    int32_t index;          /**< in the input, from 0 */
    int32_t kind;           /**< REEL_STREAM_* */
    int32_t decodable;      /**< 1 when this build decodes it */
    int32_t is_default;     /**< 1 when the container marks it so */
    int32_t width;          /**< coded, before rotation, px */
    int32_t height;         /**< coded, before rotation, px */
    int32_t rotation;       /**< degrees clockwise that the picture is to be turned: 0, 90, 180, 270 */
    int32_t mirrored;       /**< 1 when it is to be mirrored left-right, before turning */
    int32_t bit_depth;      /**< of a component or sample */
    int32_t full_range;     /**< 1 for full-range samples */
    int32_t primaries;      /**< H.273 */
    int32_t transfer;       /**< H.273; 16 is PQ, 18 is HLG */
    int32_t matrix;         /**< H.273 */
    int32_t interlaced;     /**< 0 progressive, 1 top field first, 2 bottom field first */
    int32_t has_alpha;      /**< 1 when the picture has alpha */
    int32_t hdr;            /**< REEL_HDR_* bits */
    int32_t dolby_vision;   /**< profile, 0 for none */
    int32_t sample_rate;    /**< Hz */
    int32_t channels;       /**< number of channels */
    int32_t tags;           /**< number of tags of this stream */
    char codec[32];         /**< "h264", "aac", … */
    char pixel_format[32];  /**< "yuv420p", … */
    char layout[64];        /**< channels in order, "stereo", "5.1(side)", … */
    char language[16];      /**< as tagged, "" when not */
    int32_t loops;          /**< picture files: how often an animation plays; 0: for ever */
    int32_t icc;            /**< picture files: REEL_ICC_*, the colour profile that is embedded */
    int32_t lossless;       /**< picture files: 1 when its pixels are held without loss (PNG, GIF, BMP, …) */
    int32_t has_exif;       /**< picture files: 1 when there is Exif */
    int32_t has_xmp;        /**< picture files: 1 when there is XMP */
    int32_t gain_map;       /**< picture files: 1 when there is an HDR gain map */
    int32_t motion;         /**< picture files: 1 for a motion photo: a video is behind the picture */
    int32_t attached;       /**< 1 when it is a picture and no moving one: of a picture file, or cover art */
    /* ---- 1.0 ends here ---- */
} reel_stream_info;

/** Colour profiles that pictures have embedded. */
enum {
    REEL_ICC_NONE = 0,  /**< none */
    REEL_ICC_SRGB = 1,  /**< sRGB, or what differs from it by no more than 8 bits show */
    REEL_ICC_RGB = 2,   /**< another RGB: Display P3, Adobe RGB, … */
    REEL_ICC_GRAY = 3,  /**< of gray */
    REEL_ICC_OTHER = 4  /**< another: CMYK, Lab */
};

enum {
    REEL_HDR_PQ = 1 << 0,        /**< transfer is SMPTE ST 2084 */
    REEL_HDR_HLG = 1 << 1,       /**< transfer is ARIB STD-B67 */
    REEL_HDR_MASTERING = 1 << 2, /**< SMPTE ST 2086 mastering display metadata is there */
    REEL_HDR_LIGHT = 1 << 3      /**< CTA-861.3 content light level is there */
};

/**
 * Probes the content, once; later calls return at once. Loads the engine.
 *
 * @param input     the input
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_FORMAT, ::REEL_ERR_REFUSED, ::REEL_ERR_INVALID_DATA, ::REEL_ERR_LIMIT_STREAMS and the
 *         other limits, ::REEL_ERR_ENGINE, ::REEL_ERR_IO, ::REEL_ERR_NOMEM. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_input_probe(reel_input *input, reel_error *err);

/** Facts of a probed input. @return 0, ::REEL_ERR_STATE before reel_input_probe(), ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_input_get_info(const reel_input *input, reel_input_info *out);

/** Facts of one stream. @return 0, ::REEL_ERR_STATE, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_INVALID_ARG. @since 1.0 */
REEL_API REEL_NODISCARD int reel_input_get_stream(const reel_input *input, uint32_t stream, reel_stream_info *out);

/**
 * One tag.
 *
 * @param input       a probed input
 * @param stream      index of a stream, or -1 for the container
 * @param index       0, 1, 2, …
 * @param[out] key    UTF-8, valid as long as the input
 * @param[out] value  UTF-8, valid as long as the input
 * @return 0, ::REEL_END, ::REEL_ERR_STATE, ::REEL_ERR_NOT_FOUND. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_input_get_tag(const reel_input *input, int32_t stream, uint32_t index,
                                               const char **key, const char **value);

/**
 * One chapter.
 *
 * @param input       a probed input
 * @param index       0, 1, 2, …
 * @param[out] start  us; ::REEL_NO_TIME on failure
 * @param[out] end    us; ::REEL_NO_TIME on failure
 * @param[out] title  UTF-8, "" when it has none, valid as long as the input; NULL on failure
 * @return 0, ::REEL_END, ::REEL_ERR_STATE, ::REEL_ERR_INVALID_ARG. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_input_get_chapter(const reel_input *input, uint32_t index, int64_t *start,
                                                   int64_t *end, const char **title);

/** All facts as JSON, tags and chapters included. @return 0, ::REEL_ERR_STATE, ::REEL_ERR_NOMEM. @since 1.0 */
REEL_API REEL_NODISCARD int reel_input_facts(reel_buffer **out, const reel_input *input);

/** Closes it. No task may be using it. @since 1.0 */
REEL_API void reel_input_close(reel_input **input);

REEL_END_DECLS

#endif
