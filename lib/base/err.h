/*
 * Filling a reel_error. The first cause wins: a call on an error whose code is not 0 changes nothing.
 * All accept err == NULL and return the code, so `return rl_err(err, REEL_ERR_IO, "input", ...)` works.
 */
#ifndef RL_BASE_ERR_H
#define RL_BASE_ERR_H

#include <reel/error.h>

#include <stdbool.h>

/* A clean error: size set, stream -1, time REEL_NO_TIME. */
#define RL_ERROR_INIT ((reel_error){ .size = sizeof(reel_error), .stream = -1, .time = REEL_NO_TIME })

int rl_err(reel_error *err, int code, const char *step, const char *fmt, ...) REEL_PRINTF(4, 5);

/* From errno: the code follows the errno (ENOENT: NOT_FOUND, EACCES and EPERM: PERMISSION, ENOSPC and EDQUOT:
 * NO_SPACE, ENOMEM: NOMEM, others: IO); the text gets ": " and the system's words. */
int rl_err_errno(reel_error *err, int errnum, const char *step, const char *fmt, ...) REEL_PRINTF(4, 5);
int rl_err_code_of_errno(int errnum);

int rl_err_nomem(reel_error *err, const char *step);

/* At the border, before there is an error of our own: tells the caller which argument is NULL. REEL_ERR_INVALID_ARG. */
int rl_err_null(reel_error *to, const char *step, const char *argument);

/* Adds to an error that was just set. */
void rl_err_upstream(reel_error *err, const char *source, int64_t code);
void rl_err_where(reel_error *err, int32_t stream, int64_t time);

/* Public struct <-> the library's: a caller's reel_error may be smaller. Creators use them at the border. */
void rl_err_export(reel_error *to, const reel_error *from); /* to may be NULL; honours to->size */

#endif
