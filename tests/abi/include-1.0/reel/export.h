/**
 * @file export.h
 * Visibility, attributes and the option-struct sugar.
 */
#ifndef REEL_EXPORT_H
#define REEL_EXPORT_H

/**
 * @def REEL_API
 * Marks what the library exports.
 */
#if defined(_WIN32) && defined(REEL_BUILDING)
#define REEL_API __declspec(dllexport)
#elif defined(_WIN32)
#define REEL_API __declspec(dllimport)
#elif defined(__GNUC__)
#define REEL_API __attribute__((visibility("default")))
#else
#define REEL_API
#endif

/**
 * @def REEL_NODISCARD
 * The result says whether it worked; a compiler warns when nobody looks.
 */
/**
 * @def REEL_PRINTF
 * The arguments fit a format as of printf; `fmt` and `args` are their places, from 1.
 */
/**
 * @def REEL_DEPRECATED_IN
 * A name that stays for old clients; `use` says what new ones use.
 */
#if defined(__GNUC__)
#define REEL_NODISCARD __attribute__((warn_unused_result))
#define REEL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define REEL_DEPRECATED_IN(version, use) __attribute__((deprecated("since " version ": " use)))
#else
#define REEL_NODISCARD
#define REEL_PRINTF(fmt, args)
#define REEL_DEPRECATED_IN(version, use)
#endif

/**
 * @def REEL_BEGIN_DECLS
 * Opens what C and C++ share.
 */
/**
 * @def REEL_END_DECLS
 * Ends what C and C++ share.
 */
#ifdef __cplusplus
#define REEL_BEGIN_DECLS extern "C" {
#define REEL_END_DECLS }
#else
#define REEL_BEGIN_DECLS
#define REEL_END_DECLS
#endif

/**
 * Sugar for option structs: `REEL_OPTS(reel_task_opts, .output = "talk.webm")` is a pointer to a struct
 * whose `size` is right and whose other members are zero (the default). It lives until the end of the
 * enclosing block; libreel never keeps a pointer to it.
 */
#define REEL_OPTS(type, ...) (&(type){ .size = sizeof(type), __VA_ARGS__ })

#endif
