/*
 * Reading and writing JSON with Jansson. Reading is strict: a missing or ill-typed member or a number out of range
 * sets *ok to false and gives the default, so a parser checks once at its end. rl_json_* writers do nothing once
 * *ok is false (out of memory).
 */
#ifndef RL_BASE_JSON_H
#define RL_BASE_JSON_H

#include "buf.h"
#include "err.h"

#include <jansson.h>

/* Parses one value; duplicates of keys and trailing bytes are refused. NULL with err filled (REEL_ERR_JSON). */
json_t *rl_json_parse(const char *text, size_t size, const char *step, reel_error *err);
/* Appends compact text, members in insertion order. */
int rl_json_dump(const json_t *value, struct rl_buf *buf);

int64_t rl_json_int(const json_t *object, const char *key, int64_t min, int64_t max, bool *ok);
double rl_json_double(const json_t *object, const char *key, bool *ok);
bool rl_json_bool(const json_t *object, const char *key, bool *ok);
/* Copies at most size - 1 bytes; longer is not ok. */
void rl_json_text(const json_t *object, const char *key, char *to, size_t size, bool *ok);
reel_ratio rl_json_ratio(const json_t *object, const char *key, bool *ok); /* [num, den] */
/* Times: null is REEL_NO_TIME. */
int64_t rl_json_time(const json_t *object, const char *key, bool *ok);
const json_t *rl_json_array(const json_t *object, const char *key, size_t max, bool *ok);
const json_t *rl_json_object(const json_t *object, const char *key, bool *ok);

void rl_json_set(json_t *object, const char *key, json_t *stolen, bool *ok); /* takes the value, NULL is failure */
void rl_json_set_int(json_t *object, const char *key, int64_t v, bool *ok);
void rl_json_set_double(json_t *object, const char *key, double v, bool *ok);
void rl_json_set_bool(json_t *object, const char *key, bool v, bool *ok);
void rl_json_set_text(json_t *object, const char *key, const char *v, bool *ok); /* ill-formed UTF-8 is replaced */
void rl_json_set_ratio(json_t *object, const char *key, reel_ratio v, bool *ok);
void rl_json_set_time(json_t *object, const char *key, int64_t v, bool *ok);
void rl_json_append(json_t *array, json_t *stolen, bool *ok);

#endif
