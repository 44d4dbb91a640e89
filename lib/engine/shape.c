/* One writer and one reader for every struct that has a table. */
#include "shape.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void *member(void *object, size_t offset)
{
    return (char *)object + offset;
}

static const void *member_of(const void *object, size_t offset)
{
    return (const char *)object + offset;
}

#define GET(type, object, offset) (*(const type *)member_of(object, offset))
#define PUT(type, object, offset) (*(type *)member(object, offset))

/* An array of structs with one member is written as an array of the bare values. */
static bool is_bare(const struct rl_shape *shape)
{
    return shape->count == 1 && shape->fields[0].type <= RL_FIELD_RATIO;
}

/* ---- writing ---- */

static json_t *hex_to_json(const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char small[2 * 512];
    if (count > sizeof(small) / 2)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        small[2 * i] = digits[bytes[i] >> 4];
        small[2 * i + 1] = digits[bytes[i] & 15];
    }
    return json_stringn(small, 2 * count);
}

static json_t *array_to_json(const struct rl_field *f, const void *object);

/* The value of everything but texts, which go through the cleaning of ill-formed UTF-8 in rl_json_set_text. */
static json_t *value_to_json(const struct rl_field *f, const void *object)
{
    switch (f->type) {
    case RL_FIELD_I32:
        return json_integer(GET(int32_t, object, f->offset));
    case RL_FIELD_U32:
        return json_integer(GET(uint32_t, object, f->offset));
    case RL_FIELD_I64:
        return json_integer(GET(int64_t, object, f->offset));
    case RL_FIELD_U64: {
        uint64_t v = GET(uint64_t, object, f->offset);
        return json_integer(v > INT64_MAX ? INT64_MAX : (int64_t)v);
    }
    case RL_FIELD_TIME: {
        int64_t v = GET(int64_t, object, f->offset);
        return v == REEL_NO_TIME ? json_null() : json_integer(v);
    }
    case RL_FIELD_DOUBLE: {
        double v = GET(double, object, f->offset);
        return json_real(isfinite(v) ? v : 0);
    }
    case RL_FIELD_RATIO: {
        reel_ratio v = GET(reel_ratio, object, f->offset);
        return json_pack("[i, i]", (int)v.num, (int)v.den);
    }
    case RL_FIELD_BYTES:
        return hex_to_json(member_of(object, f->offset),
                           f->count_offset ? GET(uint32_t, object, f->count_offset) : f->size);
    case RL_FIELD_STRUCT:
        return rl_shape_to_json(f->sub, member_of(object, f->offset));
    case RL_FIELD_ARRAY:
        return array_to_json(f, object);
    case RL_FIELD_TEXT:
    case RL_FIELD_STRING:
        break;
    }
    return NULL;
}

static json_t *array_to_json(const struct rl_field *f, const void *object)
{
    const char *at = GET(void *, object, f->offset);
    uint32_t count = GET(uint32_t, object, f->count_offset);
    json_t *array = json_array();
    bool ok = array != NULL;
    for (uint32_t i = 0; ok && i < count; i++, at += f->sub->size)
        rl_json_append(array, is_bare(f->sub) ? value_to_json(f->sub->fields, at) : rl_shape_to_json(f->sub, at), &ok);
    if (!ok) {
        json_decref(array);
        return NULL;
    }
    return array;
}

json_t *rl_shape_to_json(const struct rl_shape *shape, const void *object)
{
    json_t *json = json_object();
    bool ok = json != NULL;
    for (size_t i = 0; ok && i < shape->count; i++) {
        const struct rl_field *f = &shape->fields[i];
        const char *text = f->type == RL_FIELD_TEXT     ? member_of(object, f->offset)
                           : f->type == RL_FIELD_STRING ? GET(char *, object, f->offset)
                                                        : NULL;
        if (text)
            rl_json_set_text(json, f->name, text, &ok);
        else if (f->type == RL_FIELD_STRING)
            rl_json_set(json, f->name, json_null(), &ok);
        else
            rl_json_set(json, f->name, value_to_json(f, object), &ok);
    }
    if (!ok) {
        json_decref(json);
        return NULL;
    }
    return json;
}

int rl_shape_write(const struct rl_shape *shape, const void *object, struct rl_buf *buf, reel_error *err)
{
    json_t *json = rl_shape_to_json(shape, object);
    int rc = json ? rl_json_dump(json, buf) : REEL_ERR_NOMEM;
    json_decref(json);
    return rc < 0 || buf->failed ? rl_err_nomem(err, "json") : 0;
}

/* ---- reading ---- */

struct reader {
    const struct rl_env *env;
    const struct rl_shape *shape; /* of the struct being read */
    reel_error *err;
};

static int refuse(const struct reader *r, const struct rl_field *f, const char *why)
{
    return rl_err(r->err, REEL_ERR_JSON, "json", "%s.%s: %s", r->shape->name, f->name, why);
}

/* A missing member is zero, which has to lie in the range like any other value. */
static int read_int(const struct reader *r, const struct rl_field *f, const json_t *json, int64_t low, int64_t high,
                    int64_t *out)
{
    if (f->min || f->max) {
        low = f->min > low ? f->min : low;
        high = f->max < high ? f->max : high;
    }
    if (json && !json_is_integer(json))
        return refuse(r, f, "not a whole number");
    int64_t v = json ? json_integer_value(json) : 0;
    if (v < low || v > high)
        return rl_err(r->err, REEL_ERR_JSON, "json", "%s.%s: %" PRId64 " is not in %" PRId64 " to %" PRId64,
                      r->shape->name, f->name, v, low, high);
    *out = v;
    return 0;
}

static int read_double(const struct reader *r, const struct rl_field *f, const json_t *json, double *out)
{
    if (json && !json_is_number(json))
        return refuse(r, f, "not a number");
    double v = json ? json_number_value(json) : 0;
    if (!isfinite(v) || ((f->min || f->max) && (v < (double)f->min || v > (double)f->max)))
        return refuse(r, f, "out of range");
    *out = v;
    return 0;
}

static int read_ratio(const struct reader *r, const struct rl_field *f, const json_t *json, reel_ratio *out)
{
    if (!json)
        return 0;
    const json_t *num = json_array_get(json, 0), *den = json_array_get(json, 1);
    if (json_array_size(json) != 2 || !json_is_integer(num) || !json_is_integer(den))
        return refuse(r, f, "not a ratio");
    json_int_t n = json_integer_value(num), d = json_integer_value(den);
    if (n < INT32_MIN || n > INT32_MAX || d < 0 || d > INT32_MAX)
        return refuse(r, f, "a ratio out of range");
    *out = (reel_ratio){ (int32_t)n, (int32_t)d };
    return 0;
}

static const char *text_of(const json_t *json, size_t max)
{
    const char *text = json_string_value(json);
    size_t size = json_string_length(json);
    return text && size <= max && !memchr(text, 0, size) ? text : NULL;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_bytes(const struct reader *r, const struct rl_field *f, const json_t *json, void *object)
{
    if (!json)
        return 0;
    const char *hex = text_of(json, 2 * f->size);
    size_t size = json_string_length(json);
    if (!hex || size % 2 || (!f->count_offset && size != 2 * f->size))
        return refuse(r, f, "not hex digits of the right number");
    uint8_t *bytes = member(object, f->offset);
    for (size_t i = 0; i < size; i += 2) {
        int high = nibble(hex[i]), low = nibble(hex[i + 1]);
        if (high < 0 || low < 0)
            return refuse(r, f, "not hex digits");
        bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    if (f->count_offset)
        PUT(uint32_t, object, f->count_offset) = (uint32_t)(size / 2);
    return 0;
}

static int read_struct(const struct rl_env *env, const struct rl_shape *shape, const json_t *json, void *object,
                       reel_error *err);
static int read_value(const struct reader *r, const struct rl_field *f, const json_t *json, void *object);

static int read_array(const struct reader *r, const struct rl_field *f, const json_t *json, void *object)
{
    if (!json)
        return 0;
    size_t count = json_array_size(json);
    if (!json_is_array(json) || count > f->size)
        return refuse(r, f, json_is_array(json) ? "too many elements" : "not an array");
    if (count == 0)
        return 0;
    char *at = rl_calloc(r->env, count, f->sub->size);
    if (!at)
        return rl_err_nomem(r->err, "json");
    PUT(void *, object, f->offset) = at;
    PUT(uint32_t, object, f->count_offset) = (uint32_t)count;

    struct reader inner = { r->env, f->sub, r->err };
    for (size_t i = 0; i < count; i++, at += f->sub->size) {
        const json_t *element = json_array_get(json, i);
        int rc = is_bare(f->sub) ? read_value(&inner, f->sub->fields, element, at)
                                 : read_struct(r->env, f->sub, element, at, r->err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* json is NULL when the member is missing. */
static int read_value(const struct reader *r, const struct rl_field *f, const json_t *json, void *object)
{
    int64_t v = 0;
    int rc = 0;
    switch (f->type) {
    case RL_FIELD_I32:
        rc = read_int(r, f, json, INT32_MIN, INT32_MAX, &v);
        PUT(int32_t, object, f->offset) = (int32_t)v;
        return rc;
    case RL_FIELD_U32:
        rc = read_int(r, f, json, 0, UINT32_MAX, &v);
        PUT(uint32_t, object, f->offset) = (uint32_t)v;
        return rc;
    case RL_FIELD_I64:
        rc = read_int(r, f, json, INT64_MIN, INT64_MAX, &v);
        PUT(int64_t, object, f->offset) = v;
        return rc;
    case RL_FIELD_U64:
        rc = read_int(r, f, json, 0, INT64_MAX, &v);
        PUT(uint64_t, object, f->offset) = (uint64_t)v;
        return rc;
    case RL_FIELD_TIME:
        if (!json || json_is_null(json))
            v = REEL_NO_TIME;
        else
            rc = read_int(r, f, json, INT64_MIN + 1, INT64_MAX, &v);
        PUT(int64_t, object, f->offset) = v;
        return rc;
    case RL_FIELD_DOUBLE:
        return read_double(r, f, json, member(object, f->offset));
    case RL_FIELD_RATIO:
        return read_ratio(r, f, json, member(object, f->offset));
    case RL_FIELD_TEXT: {
        const char *text = json ? text_of(json, f->size - 1) : "";
        if (!text)
            return refuse(r, f, "not a text, or too long");
        memcpy(member(object, f->offset), text, strlen(text) + 1);
        return 0;
    }
    case RL_FIELD_STRING: {
        if (!json || json_is_null(json))
            return 0;
        const char *text = text_of(json, f->size);
        if (!text)
            return refuse(r, f, "not a text, or too long");
        char *copy = rl_strdup(r->env, text);
        PUT(char *, object, f->offset) = copy;
        return copy ? 0 : rl_err_nomem(r->err, "json");
    }
    case RL_FIELD_BYTES:
        return read_bytes(r, f, json, object);
    case RL_FIELD_STRUCT:
        return read_struct(r->env, f->sub, json, member(object, f->offset), r->err);
    case RL_FIELD_ARRAY:
        return read_array(r, f, json, object);
    }
    return REEL_ERR_INTERNAL;
}

static const char *unknown_member(const struct rl_shape *shape, const json_t *json)
{
    for (void *it = json_object_iter((json_t *)json); it; it = json_object_iter_next((json_t *)json, it)) {
        const char *key = json_object_iter_key(it);
        size_t i = 0;
        while (i < shape->count && strcmp(shape->fields[i].name, key))
            i++;
        if (i == shape->count)
            return key;
    }
    return NULL;
}

static int read_struct(const struct rl_env *env, const struct rl_shape *shape, const json_t *json, void *object,
                       reel_error *err)
{
    struct reader r = { env, shape, err };
    if (json && !json_is_object(json))
        return rl_err(err, REEL_ERR_JSON, "json", "%s: not an object", shape->name);
    size_t known = 0;
    for (size_t i = 0; i < shape->count; i++) {
        const json_t *value = json_object_get(json, shape->fields[i].name);
        known += value != NULL;
        int rc = read_value(&r, &shape->fields[i], value, object);
        if (rc < 0)
            return rc;
    }
    if (json && known != json_object_size(json))
        return rl_err(err, REEL_ERR_JSON, "json", "%s: unknown member \"%.60s\"", shape->name,
                      unknown_member(shape, json));
    return 0;
}

int rl_shape_from_json(const struct rl_env *env, const struct rl_shape *shape, const json_t *json, void *object,
                       reel_error *err)
{
    if (!json_is_object(json))
        return rl_err(err, REEL_ERR_JSON, "json", "%s: not an object", shape->name);
    int rc = read_struct(env, shape, json, object, err);
    if (rc < 0)
        rl_shape_clear(env, shape, object);
    return rc;
}

int rl_shape_read(const struct rl_env *env, const struct rl_shape *shape, const char *text, size_t size, void *object,
                  reel_error *err)
{
    json_t *json = rl_json_parse(text, size, "json", err);
    if (!json)
        return err && err->code ? err->code : REEL_ERR_JSON;
    int rc = rl_shape_from_json(env, shape, json, object, err);
    json_decref(json);
    return rc;
}

/* ---- freeing ---- */

static void clear_members(const struct rl_env *env, const struct rl_shape *shape, void *object)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct rl_field *f = &shape->fields[i];
        if (f->type == RL_FIELD_STRING) {
            rl_free(env, PUT(char *, object, f->offset));
        } else if (f->type == RL_FIELD_STRUCT) {
            clear_members(env, f->sub, member(object, f->offset));
        } else if (f->type == RL_FIELD_ARRAY) {
            char *at = PUT(void *, object, f->offset);
            uint32_t count = at ? GET(uint32_t, object, f->count_offset) : 0;
            for (uint32_t k = 0; k < count; k++)
                clear_members(env, f->sub, at + k * f->sub->size);
            rl_free(env, at);
        }
    }
}

void rl_shape_clear(const struct rl_env *env, const struct rl_shape *shape, void *object)
{
    clear_members(env, shape, object);
    memset(object, 0, shape->size);
}
