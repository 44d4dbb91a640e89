/**
 * @file product.h
 * What people look at before they play: posters, storyboards, moving previews, waveforms, placeholders, loudness. Asked for
 * by the options `preview.…`, made by a task beside its output or alone.
 */
#ifndef REEL_PRODUCT_H
#define REEL_PRODUCT_H

#include <reel/task.h>

REEL_BEGIN_DECLS

/** One file that a task has made beside its output. */
typedef struct reel_product {
    size_t size;       /**< sizeof(reel_product) */
    int64_t time;      /**< us on the output's timeline: of the picture, or the first of them; ::REEL_NO_TIME when it has none */
    int64_t duration;  /**< us; 0 for what does not move */
    uint64_t bytes;    /**< size of the file */
    const char *path;  /**< where it is; NULL when it is in the store alone. Valid as long as the task */
    int32_t width;     /**< px; 0 when it is no picture */
    int32_t height;    /**< px; 0 when it is no picture */
    uint32_t frames;   /**< pictures in it */
    uint32_t reserved; /**< 0 */
    uint8_t digest[REEL_DIGEST_SIZE]; /**< SHA-256 of the file, and its name in the store */
    char name[64];     /**< of the file: "poster.webp", "storyboard.vtt", "waveform.dat", … */
    char kind[16];     /**< "poster", "storyboard", "animation", "placeholder", "waveform", "loudness" */
    char mime[48];     /**< "image/webp", "text/vtt", … */
    /* ---- 1.0 ends here ---- */
} reel_product;

/**
 * The product at a place.
 *
 * @param task      a completed task
 * @param index     0, 1, 2, …; what belongs together stands together, in the order of `kind` above
 * @param[out] out  filled; `size` must be set
 * @return 0, ::REEL_END behind the last, ::REEL_ERR_STATE before the task has completed, ::REEL_ERR_INVALID_ARG. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_task_product_at(reel_task *task, uint32_t index, reel_product *out);

enum {
    REEL_PLACEHOLDER_PICTURE = 1u << 0, /**< the hashes and the colour are there */
    REEL_PLACEHOLDER_LOUDNESS = 1u << 1 /**< the loudness was measured */
};

/** What is small enough to be kept beside a name: no files. */
typedef struct reel_placeholders {
    size_t size;           /**< sizeof(reel_placeholders) */
    double loudness;       /**< LUFS, integrated (EBU R 128) */
    double loudness_range; /**< LU */
    double true_peak;      /**< dBTP */
    uint32_t present;      /**< REEL_PLACEHOLDER_* */
    uint32_t reserved;     /**< 0 */
    char blurhash[128];    /**< BlurHash */
    char thumbhash[64];    /**< ThumbHash, base64 */
    char average[8];       /**< average colour, "#rrggbb" */
    /* ---- 1.0 ends here ---- */
} reel_placeholders;

/**
 * What stands for the picture until it has come, and the loudness.
 * @return 0, ::REEL_ERR_STATE before the task has completed, ::REEL_ERR_INVALID_ARG. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_task_placeholders(reel_task *task, reel_placeholders *out);

REEL_END_DECLS

#endif
