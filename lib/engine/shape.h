/*
 * Shapes: tables that describe plain structs, so that one function writes any of them as JSON and one reads it back,
 * checking every number against its range. Specs, facts, results and manifests cross the door this way.
 */
#ifndef RL_ENGINE_SHAPE_H
#define RL_ENGINE_SHAPE_H

#include "../base/buf.h"
#include "../base/json.h"

enum rl_field_type {
    RL_FIELD_I32,    /* int32_t in min…max */
    RL_FIELD_U32,    /* uint32_t in 0…max (0: all) */
    RL_FIELD_I64,    /* int64_t */
    RL_FIELD_U64,    /* uint64_t up to INT64_MAX */
    RL_FIELD_TIME,   /* int64_t, null for REEL_NO_TIME */
    RL_FIELD_DOUBLE, /* double, finite */
    RL_FIELD_RATIO,  /* reel_ratio as [num, den] */
    RL_FIELD_TEXT,   /* char[size], 0-terminated */
    RL_FIELD_BYTES,  /* uint8_t[size] with a uint32_t count at count_offset, as hex; no count: all of them */
    RL_FIELD_STRUCT, /* a struct by value, described by sub */
    RL_FIELD_STRING, /* char * on the heap, NULL is null; at most size bytes */
    RL_FIELD_ARRAY   /* sub * on the heap, with a uint32_t count at count_offset; at most size elements. Structs with one
                        number as their only member are written as bare numbers */
};

struct rl_shape;

struct rl_field {
    const char *name;
    enum rl_field_type type;
    size_t offset;
    size_t size; /* bytes or elements, by type */
    size_t count_offset;
    const struct rl_shape *sub;
    int64_t min, max; /* both 0: the type's own range */
};

struct rl_shape {
    const char *name; /* for errors */
    size_t size;      /* of the struct */
    const struct rl_field *fields;
    size_t count;
};

/* NULL: out of memory. A double that is not finite is written as 0. */
json_t *rl_shape_to_json(const struct rl_shape *shape, const void *object);
/* Fills a zeroed object; members that are missing stay at zero (times: REEL_NO_TIME), which must be in their range;
 * unknown members are refused, and so is 1.0 for an integer.
 * On failure the object is freed and zeroed. */
int rl_shape_from_json(const struct rl_env *env, const struct rl_shape *shape, const json_t *json, void *object,
                       reel_error *err);
/* Both with the text form. */
int rl_shape_write(const struct rl_shape *shape, const void *object, struct rl_buf *buf, reel_error *err);
int rl_shape_read(const struct rl_env *env, const struct rl_shape *shape, const char *text, size_t size, void *object,
                  reel_error *err);
/* Frees what hangs off the object and zeroes it. */
void rl_shape_clear(const struct rl_env *env, const struct rl_shape *shape, void *object);

#endif
