/**
 * @file version.h
 * Version numbers. The ABI version is apart from the release version.
 */
#ifndef REEL_VERSION_H
#define REEL_VERSION_H

#include <reel/export.h>
#include <stdint.h>

#define REEL_VERSION_MAJOR 0 /**< release version: what NEWS and the tags say */
#define REEL_VERSION_MINOR 1 /**< release version */
#define REEL_VERSION_PATCH 0 /**< release version */

/**
 * ABI version: the SONAME follows REEL_ABI_MAJOR.
 * - MAJOR changes when an existing client would break (it has never happened, and is not planned to);
 * - MINOR changes when something is added;
 * - PATCH changes when nothing visible does.
 */
#define REEL_ABI_MAJOR 1
/** ABI version: something was added. */
#define REEL_ABI_MINOR 0
/** ABI version: nothing visible. */
#define REEL_ABI_PATCH 0

/** ABI version as one comparable number. */
#define REEL_ABI_VERSION ((REEL_ABI_MAJOR << 16) | (REEL_ABI_MINOR << 8) | REEL_ABI_PATCH)

REEL_BEGIN_DECLS

/**
 * Release version of the library that runs, such as "0.1.0".
 *
 * Ownership: static string, valid for ever. Threads: any. @since 1.0
 */
REEL_API const char *reel_version(void);

/**
 * ABI version of the library that runs, to compare with ::REEL_ABI_VERSION.
 *
 * A client works with any library of the same major whose value is not smaller than that of its headers.
 * Threads: any. @since 1.0
 */
REEL_API uint32_t reel_abi_version(void);

REEL_END_DECLS

#endif
