/**
 * @file error.h
 * Results: 0, a documented positive status, or a negative code whose value never changes.
 */
#ifndef REEL_ERROR_H
#define REEL_ERROR_H

#include <reel/types.h>

REEL_BEGIN_DECLS

/** Codes and statuses. Values are pinned; new ones are added at the end of a block. */
enum {
    REEL_OK = 0,
    REEL_END = 1,     /**< status: nothing more to come */
    REEL_PARTIAL = 2, /**< status: done, but something of the source is missing; the result says what */
    REEL_PENDING = 3, /**< status: not finished yet (a wait ran out of time) */

    REEL_ERR_INVALID_ARG = -101, /**< an argument is out of range, NULL or contradicts another */
    REEL_ERR_STATE = -102,       /**< the call does not fit the state of the handle */
    REEL_ERR_UNSUPPORTED = -103, /**< not known to this version, or not built in; the text names it */
    REEL_ERR_OPTION = -104,      /**< an option does not exist or its value does not fit; the text names it */
    REEL_ERR_JSON = -105,        /**< text that should be JSON of a known form is not; the text says where */

    REEL_ERR_NOMEM = -201, /**< out of memory */

    REEL_ERR_IO = -301,         /**< reading or writing failed; upstream has errno */
    REEL_ERR_NOT_FOUND = -302,  /**< no such file, blob or stream */
    REEL_ERR_PERMISSION = -303, /**< not allowed */
    REEL_ERR_NO_SPACE = -304,   /**< the disk or quota is full */
    REEL_ERR_EXISTS = -305,     /**< it is already there */
    REEL_ERR_SAME_FILE = -306,  /**< output and input are the same file */
    REEL_ERR_BUSY = -307,       /**< somebody else is at the same output */
    REEL_ERR_CORRUPT = -308,    /**< stored bytes do not match their digest */

    REEL_ERR_FORMAT = -401,       /**< the content is of no known media type */
    REEL_ERR_REFUSED = -402,      /**< the content's type is known and not accepted */
    REEL_ERR_INVALID_DATA = -403, /**< the content is damaged beyond use */
    REEL_ERR_NO_STREAM = -404,    /**< nothing in the input fits the chain */
    REEL_ERR_CHANGED = -405,      /**< the input changed while it was read */

    REEL_ERR_CODEC = -501,   /**< a codec that this build cannot decode or that is not on the allow-list */
    REEL_ERR_DECODER = -502, /**< a decoder failed */
    REEL_ERR_ENCODER = -503, /**< an encoder failed */
    REEL_ERR_FILTER = -504,  /**< a filter refused its arguments or failed */
    REEL_ERR_MUX = -505,     /**< muxing failed */

    REEL_ERR_LIMIT_INPUT = -601,    /**< limit: input bytes */
    REEL_ERR_LIMIT_PIXELS = -602,   /**< limit: pixels per frame */
    REEL_ERR_LIMIT_STREAMS = -603,  /**< limit: streams */
    REEL_ERR_LIMIT_DURATION = -604, /**< limit: duration */
    REEL_ERR_LIMIT_FRAMES = -605,   /**< limit: frames */
    REEL_ERR_LIMIT_METADATA = -606, /**< limit: bytes of tags and other metadata */
    REEL_ERR_LIMIT_OUTPUT = -607,   /**< limit: output bytes */
    REEL_ERR_LIMIT_MEMORY = -608,   /**< limit: memory of one task */

    REEL_ERR_CANCELLED = -701, /**< cancelled by the host */
    REEL_ERR_TIMEOUT = -702,   /**< a deadline passed */
    REEL_ERR_STALLED = -703,   /**< a codec made no progress for longer than the limit */

    REEL_ERR_ENGINE = -801, /**< the media engine is missing or does not fit the library; the text has the path */

    REEL_ERR_VERIFY = -901, /**< the result does not match the source; nothing was published */

    REEL_ERR_INTERNAL = -999, /**< a bug in libreel; please report it */

    /** Codes at and below this one are the caller's own: callbacks may return them, and they come back untouched. */
    REEL_ERR_USER = -10000
};

/**
 * The cause of a failure. The first cause wins: what follows from it does not overwrite it.
 */
typedef struct reel_error {
    size_t size;       /**< sizeof(reel_error) */
    int32_t code;      /**< REEL_ERR_*, or 0 */
    int32_t stream;    /**< index of the input's stream, -1 when it is not about one */
    int64_t time;      /**< position in the input, us, ::REEL_NO_TIME when not about one */
    int64_t upstream;  /**< code of the library or system below (errno, AVERROR, …), 0 for none */
    char step[24];     /**< where: "input", "probe", "plan", "demux", "decode", "filter", "encode", "chunk", … */
    char source[24];   /**< whose code `upstream` is: "errno", "libavcodec", … or "" */
    char text[256];    /**< one sentence for a person, UTF-8 */
    /* ---- 1.0 ends here ---- */
} reel_error;

/** Name of a code or status, such as "REEL_ERR_IO"; "REEL_ERR_?" for an unknown one. Static. Threads: any. @since 1.0 */
REEL_API const char *reel_err_name(int code);

/** One line that says what a code or status means. Static. Threads: any. @since 1.0 */
REEL_API const char *reel_err_str(int code);

REEL_END_DECLS

#endif
