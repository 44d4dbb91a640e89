/**
 * @file chain.h
 * The chain: what is to be done with any input. Immutable once made, reusable, shared. [immutable]
 *
 * A chain is a value for every option of the table in option.h. It has a JSON form that names the options
 * which differ from the default and round-trips; that is how it travels to another process or machine.
 */
#ifndef REEL_CHAIN_H
#define REEL_CHAIN_H

#include <reel/buffer.h>
#include <reel/option.h>

REEL_BEGIN_DECLS

/**
 * Makes a chain from a named preset.
 *
 * @param[out] out   the chain; NULL on failure
 * @param ctx        the context
 * @param preset     a name that reel_chain_preset_at() lists; NULL: "web-video"
 * @param overrides  options that replace the preset's; read during the call; may be NULL
 * @param[out] err   details on failure; may be NULL
 * @return 0, ::REEL_ERR_NOT_FOUND, ::REEL_ERR_OPTION, ::REEL_ERR_UNSUPPORTED, ::REEL_ERR_NOMEM
 * Ownership: the caller owns one reference. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_chain_preset(reel_chain **out, reel_ctx *ctx, const char *preset,
                                              const reel_options *overrides, reel_error *err);

/**
 * Makes a chain from its JSON form. Unknown names, wrong types and values out of range are refused by name.
 *
 * @param[out] out  the chain; NULL on failure
 * @param ctx       the context
 * @param json      UTF-8
 * @param size      bytes of json
 * @param[out] err  details on failure; may be NULL
 * @return 0, ::REEL_ERR_JSON, ::REEL_ERR_OPTION, ::REEL_ERR_UNSUPPORTED, ::REEL_ERR_NOMEM
 * Ownership: the caller owns one reference. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_chain_from_json(reel_chain **out, reel_ctx *ctx, const char *json, size_t size,
                                                 reel_error *err);

/** The JSON form: one object, canonical (equal chains give equal bytes). @return 0, ::REEL_ERR_NOMEM. @since 1.0 */
REEL_API REEL_NODISCARD int reel_chain_to_json(reel_buffer **out, const reel_chain *chain);

/**
 * The value of one option, as text that reel_options_set() takes.
 * @return 0, ::REEL_ERR_OPTION, ::REEL_ERR_NOMEM. Ownership: the caller owns the buffer. Threads: any. @since 1.0
 */
REEL_API REEL_NODISCARD int reel_chain_option(reel_buffer **out, const reel_chain *chain, const char *name);

/** Digest of the JSON form: equal chains have equal digests. @since 1.0 */
REEL_API void reel_chain_digest(const reel_chain *chain, uint8_t digest[REEL_DIGEST_SIZE]);

/** What is known of one preset. */
typedef struct reel_preset_info {
    size_t size;      /**< sizeof(reel_preset_info) */
    const char *name; /**< static */
    const char *help; /**< one sentence; static */
    /* ---- 1.0 ends here ---- */
} reel_preset_info;

/** Describes the preset at a place. @return 0, ::REEL_END, ::REEL_ERR_INVALID_ARG. Threads: any. @since 1.0 */
REEL_API REEL_NODISCARD int reel_chain_preset_at(uint32_t index, reel_preset_info *out);

/** Takes another reference and returns the same chain. Threads: any. @since 1.0 */
REEL_API reel_chain *reel_chain_ref(reel_chain *chain);

/** Gives a reference back. Threads: any. @since 1.0 */
REEL_API void reel_chain_unref(reel_chain **chain);

REEL_END_DECLS

#endif
