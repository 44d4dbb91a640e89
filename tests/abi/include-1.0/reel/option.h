/**
 * @file option.h
 * Typed options with introspection. One table describes every option of a chain; setters, the JSON form,
 * command lines and the reference are made from it.
 */
#ifndef REEL_OPTION_H
#define REEL_OPTION_H

#include <reel/error.h>

REEL_BEGIN_DECLS

/** Type of an option's value. */
enum {
    REEL_OPTION_BOOL = 1,   /**< 0 or 1; texts "true", "false" */
    REEL_OPTION_INT = 2,    /**< int64_t in min…max */
    REEL_OPTION_DOUBLE = 3, /**< double in min…max */
    REEL_OPTION_CHOICE = 4, /**< one word out of `choices` */
    REEL_OPTION_STRING = 5, /**< UTF-8, at most 1023 bytes */
    REEL_OPTION_RATIO = 6   /**< "30000/1001", "25" or "auto" */
};

/** What is known of one option. */
typedef struct reel_option_info {
    size_t size;          /**< sizeof(reel_option_info) */
    const char *name;     /**< "video.quality"; static */
    const char *unit;     /**< "us", "dB", "px", … or ""; static */
    const char *help;     /**< one sentence; static */
    const char *choices;  /**< words separated by '|', for choices; else ""; static */
    const char *def;      /**< default as text; static */
    double min;           /**< smallest value, for numbers */
    double max;           /**< largest value, for numbers */
    int32_t type;         /**< REEL_OPTION_* */
    uint32_t flags;       /**< REEL_OPTION_FLAG_* */
    /* ---- 1.0 ends here ---- */
} reel_option_info;

enum {
    REEL_OPTION_FLAG_EXPERT = 1u << 0 /**< only where the context allows it */
};

/**
 * Describes the option at a place of the table.
 *
 * @param index     0, 1, 2, …
 * @param[out] out  filled; `size` must be set
 * @return 0, ::REEL_END behind the last, ::REEL_ERR_INVALID_ARG. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_option_at(uint32_t index, reel_option_info *out);

/** Describes the option of that name. @return 0, ::REEL_ERR_OPTION, ::REEL_ERR_INVALID_ARG. Threads: any. @since 1.0 */
REEL_API REEL_NODISCARD int reel_option_find(const char *name, reel_option_info *out);

/** Makes an empty set. @return 0, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_NOMEM. Ownership: the caller's. @since 1.0 */
REEL_API REEL_NODISCARD int reel_options_create(reel_options **out, reel_ctx *ctx);

/**
 * Sets one option from text. What was set before under the name is replaced.
 *
 * @param options   the set
 * @param name      such as "video.quality"
 * @param value     read by the option's type, strictly; NULL takes the option out of the set
 * @param[out] err  details on failure (the range, the choices); may be NULL
 * @return 0, ::REEL_ERR_OPTION, ::REEL_ERR_INVALID_ARG, ::REEL_ERR_NOMEM; on failure the set is as before. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_options_set(reel_options *options, const char *name, const char *value,
                                             reel_error *err);

/** Sets a number: bool, int or double. As reel_options_set(). @since 1.0 */
REEL_API REEL_NODISCARD int reel_options_set_int(reel_options *options, const char *name, int64_t value,
                                                 reel_error *err);

/** Sets a number: int or double. As reel_options_set(). @since 1.0 */
REEL_API REEL_NODISCARD int reel_options_set_double(reel_options *options, const char *name, double value,
                                                    reel_error *err);

/** Destroys the set. @since 1.0 */
REEL_API void reel_options_destroy(reel_options **options);

REEL_END_DECLS

#endif
