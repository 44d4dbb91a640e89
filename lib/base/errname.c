/* Names and meanings of the codes: one list. */
#include <reel/error.h>

#define CODES(X)                                                                              \
    X(REEL_OK, "success")                                                                     \
    X(REEL_END, "nothing more to come")                                                       \
    X(REEL_PARTIAL, "done, but something of the source is missing")                           \
    X(REEL_PENDING, "not finished yet")                                                       \
    X(REEL_ERR_INVALID_ARG, "an argument is out of range, NULL or contradicts another")       \
    X(REEL_ERR_STATE, "the call does not fit the state of the handle")                        \
    X(REEL_ERR_UNSUPPORTED, "not known to this version, or not built in")                     \
    X(REEL_ERR_OPTION, "an option does not exist or its value does not fit")                  \
    X(REEL_ERR_JSON, "the text is not JSON of the expected form")                             \
    X(REEL_ERR_NOMEM, "out of memory")                                                        \
    X(REEL_ERR_IO, "reading or writing failed")                                               \
    X(REEL_ERR_NOT_FOUND, "no such file, blob or stream")                                     \
    X(REEL_ERR_PERMISSION, "not allowed")                                                     \
    X(REEL_ERR_NO_SPACE, "the disk or quota is full")                                         \
    X(REEL_ERR_EXISTS, "it is already there")                                                 \
    X(REEL_ERR_SAME_FILE, "output and input are the same file")                               \
    X(REEL_ERR_BUSY, "somebody else is at the same output")                                   \
    X(REEL_ERR_CORRUPT, "stored bytes do not match their digest")                             \
    X(REEL_ERR_FORMAT, "the content is of no known media type")                               \
    X(REEL_ERR_REFUSED, "the type of the content is known and not accepted")                  \
    X(REEL_ERR_INVALID_DATA, "the content is damaged beyond use")                             \
    X(REEL_ERR_NO_STREAM, "nothing in the input fits the chain")                              \
    X(REEL_ERR_CHANGED, "the input changed while it was read")                                \
    X(REEL_ERR_CODEC, "a codec that this build cannot decode or that is not allowed")         \
    X(REEL_ERR_DECODER, "a decoder failed")                                                   \
    X(REEL_ERR_ENCODER, "an encoder failed")                                                  \
    X(REEL_ERR_FILTER, "a filter refused its arguments or failed")                            \
    X(REEL_ERR_MUX, "muxing failed")                                                          \
    X(REEL_ERR_LIMIT_INPUT, "over the limit of input bytes")                                  \
    X(REEL_ERR_LIMIT_PIXELS, "over the limit of pixels per frame")                            \
    X(REEL_ERR_LIMIT_STREAMS, "over the limit of streams")                                    \
    X(REEL_ERR_LIMIT_DURATION, "over the limit of duration")                                  \
    X(REEL_ERR_LIMIT_FRAMES, "over the limit of frames")                                      \
    X(REEL_ERR_LIMIT_METADATA, "over the limit of metadata bytes")                            \
    X(REEL_ERR_LIMIT_OUTPUT, "over the limit of output bytes")                                \
    X(REEL_ERR_LIMIT_MEMORY, "over the limit of memory for one task")                         \
    X(REEL_ERR_CANCELLED, "cancelled")                                                        \
    X(REEL_ERR_TIMEOUT, "a deadline passed")                                                  \
    X(REEL_ERR_STALLED, "a codec made no progress for longer than the limit")                 \
    X(REEL_ERR_ENGINE, "the media engine is missing or does not fit the library")             \
    X(REEL_ERR_VERIFY, "the result does not match the source")                                \
    X(REEL_ERR_INTERNAL, "a bug in libreel")

const char *reel_err_name(int code)
{
    switch (code) {
#define NAME(value, meaning) \
    case value: return #value;
        CODES(NAME)
#undef NAME
    default:
        return code <= REEL_ERR_USER ? "REEL_ERR_USER" : "REEL_ERR_?";
    }
}

const char *reel_err_str(int code)
{
    switch (code) {
#define MEANING(value, meaning) \
    case value: return meaning;
        CODES(MEANING)
#undef MEANING
    default:
        return code <= REEL_ERR_USER ? "a code of the caller's own" : "an unknown code";
    }
}
