/* Short names for the rows of a shape's table: RL_I32(struct rl_key, ts, low, high) and so on. */
#ifndef RL_ENGINE_TABLE_H
#define RL_ENGINE_TABLE_H

#include "shape.h"

#define RL_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define RL_F(TYPE, S, m, low, high) { .name = #m, .type = TYPE, .offset = offsetof(S, m), .min = low, .max = high }
#define RL_I32(S, m, low, high) RL_F(RL_FIELD_I32, S, m, low, high)
#define RL_U32(S, m, high) RL_F(RL_FIELD_U32, S, m, 0, high)
#define RL_I64(S, m, low, high) RL_F(RL_FIELD_I64, S, m, low, high)
#define RL_U64(S, m) RL_F(RL_FIELD_U64, S, m, 0, 0)
#define RL_TIME(S, m) RL_F(RL_FIELD_TIME, S, m, 0, 0)
#define RL_DOUBLE(S, m, low, high) RL_F(RL_FIELD_DOUBLE, S, m, low, high)
#define RL_RATIO(S, m) RL_F(RL_FIELD_RATIO, S, m, 0, 0)
#define RL_FLAG(S, m) RL_F(RL_FIELD_I32, S, m, 0, 1)
#define RL_TEXT(S, m) \
    { .name = #m, .type = RL_FIELD_TEXT, .offset = offsetof(S, m), .size = sizeof(((S *)0)->m) }
#define RL_STRING(S, m, bytes) { .name = #m, .type = RL_FIELD_STRING, .offset = offsetof(S, m), .size = bytes }
#define RL_BYTES(S, m, counter) \
    { .name = #m, .type = RL_FIELD_BYTES, .offset = offsetof(S, m), .size = sizeof(((S *)0)->m), \
      .count_offset = offsetof(S, counter) }
#define RL_DIGEST(S, m) \
    { .name = #m, .type = RL_FIELD_BYTES, .offset = offsetof(S, m), .size = sizeof(((S *)0)->m) }
#define RL_SUB(S, m, shape) { .name = #m, .type = RL_FIELD_STRUCT, .offset = offsetof(S, m), .sub = &shape }
#define RL_ARRAY(S, m, counter, most, shape) \
    { .name = #m, .type = RL_FIELD_ARRAY, .offset = offsetof(S, m), .size = most, \
      .count_offset = offsetof(S, counter), .sub = &shape }

#define RL_SHAPE(label, S, rows) { .name = label, .size = sizeof(S), .fields = rows, .count = RL_COUNT(rows) }

#endif
