/**
 * @file log.h
 * Log records.
 */
#ifndef REEL_LOG_H
#define REEL_LOG_H

#include <reel/types.h>

REEL_BEGIN_DECLS

enum {
    REEL_LOG_ERROR = 1, /**< something failed */
    REEL_LOG_WARN = 2,  /**< something is odd; work goes on */
    REEL_LOG_INFO = 3,  /**< one line per step of a task */
    REEL_LOG_DEBUG = 4  /**< for the developer of libreel */
};

/** One finished record. */
typedef struct reel_log_record {
    size_t size;           /**< sizeof(reel_log_record) of the library */
    int32_t level;         /**< REEL_LOG_* */
    uint32_t text_len;     /**< bytes in text, without the final 0 */
    uint64_t task;         /**< reel_task_id() of the task, 0 when it is about none */
    const char *component; /**< folder of the library that speaks, such as "task" */
    const char *text;      /**< UTF-8, no newline, valid during the call */
    /* ---- 1.0 ends here ---- */
} reel_log_record;

/**
 * Takes a record. [any worker]: may be called from several threads at once, and must not call
 * into libreel with the handle that speaks. `user` is what stood beside it in the options.
 */
typedef void (*reel_log_fn)(void *user, const reel_log_record *record);

REEL_END_DECLS

#endif
