#include "json.h"

#include "utf8.h"

#include <math.h>
#include <string.h>

json_t *rl_json_parse(const char *text, size_t size, const char *step, reel_error *err)
{
    json_error_t e;
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);

    if (!value) {
        if (json_error_code(&e) == json_error_out_of_memory)
            rl_err_nomem(err, step);
        else
            rl_err(err, REEL_ERR_JSON, step, "line %d, column %d: %s", e.line, e.column, e.text);
    }
    return value;
}

static int append_piece(const char *piece, size_t size, void *user)
{
    struct rl_buf *buf = user;
    rl_buf_add(buf, piece, size);
    return buf->failed ? -1 : 0;
}

int rl_json_dump(const json_t *value, struct rl_buf *buf)
{
    return json_dump_callback(value, append_piece, buf, JSON_COMPACT | JSON_ENCODE_ANY) == 0 && !buf->failed
        ? 0 : REEL_ERR_NOMEM;
}

int64_t rl_json_int(const json_t *object, const char *key, int64_t min, int64_t max, bool *ok)
{
    const json_t *v = json_object_get(object, key);
    int64_t n = json_is_integer(v) ? json_integer_value(v) : 0;

    if (!json_is_integer(v) || n < min || n > max) {
        *ok = false;
        return 0;
    }
    return n;
}

double rl_json_double(const json_t *object, const char *key, bool *ok)
{
    const json_t *v = json_object_get(object, key);
    double d = json_number_value(v);

    if (!json_is_number(v) || !isfinite(d)) {
        *ok = false;
        return 0;
    }
    return d;
}

bool rl_json_bool(const json_t *object, const char *key, bool *ok)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_boolean(v))
        *ok = false;
    return json_is_true(v);
}

void rl_json_text(const json_t *object, const char *key, char *to, size_t size, bool *ok)
{
    const json_t *v = json_object_get(object, key);
    size_t length = json_string_length(v);

    to[0] = 0;
    if (!json_is_string(v) || length >= size) {
        *ok = false;
        return;
    }
    memcpy(to, json_string_value(v), length + 1);
}

reel_ratio rl_json_ratio(const json_t *object, const char *key, bool *ok)
{
    const json_t *v = json_object_get(object, key);
    const json_t *num = json_array_get(v, 0), *den = json_array_get(v, 1);
    json_int_t n = json_integer_value(num), d = json_integer_value(den);

    if (!json_is_integer(num) || !json_is_integer(den) || json_array_size(v) != 2 || n < INT32_MIN || n > INT32_MAX ||
        d < INT32_MIN || d > INT32_MAX) {
        *ok = false;
        return (reel_ratio){ 0, 0 };
    }
    return (reel_ratio){ (int32_t)n, (int32_t)d };
}

int64_t rl_json_time(const json_t *object, const char *key, bool *ok)
{
    const json_t *v = json_object_get(object, key);

    if (json_is_null(v))
        return REEL_NO_TIME;
    if (!json_is_integer(v) || json_integer_value(v) == REEL_NO_TIME) {
        *ok = false;
        return REEL_NO_TIME;
    }
    return json_integer_value(v);
}

const json_t *rl_json_array(const json_t *object, const char *key, size_t max, bool *ok)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_array(v) || json_array_size(v) > max) {
        *ok = false;
        return NULL;
    }
    return v;
}

const json_t *rl_json_object(const json_t *object, const char *key, bool *ok)
{
    const json_t *v = json_object_get(object, key);

    if (!json_is_object(v)) {
        *ok = false;
        return NULL;
    }
    return v;
}

void rl_json_set(json_t *object, const char *key, json_t *stolen, bool *ok)
{
    if (!*ok || !stolen || json_object_set_new(object, key, stolen) != 0) {
        if (!*ok)
            json_decref(stolen); /* json_object_set_new drops it itself */
        *ok = false;
    }
}

void rl_json_set_int(json_t *object, const char *key, int64_t v, bool *ok)
{
    if (*ok)
        rl_json_set(object, key, json_integer(v), ok);
}

void rl_json_set_double(json_t *object, const char *key, double v, bool *ok)
{
    if (*ok)
        rl_json_set(object, key, isfinite(v) ? json_real(v) : json_null(), ok);
}

void rl_json_set_bool(json_t *object, const char *key, bool v, bool *ok)
{
    if (*ok)
        rl_json_set(object, key, json_boolean(v), ok);
}

/* A string of the well-formed parts, with U+FFFD for each byte that is not part of one; NULL when out of memory. The
 * scratch is Jansson's memory as the result is. */
static json_t *repaired_string(const char *text, size_t size)
{
    static const char mark[] = "\xef\xbf\xbd";
    json_malloc_t get;
    json_free_t give;
    json_t *string = NULL;
    size_t used = 0;

    json_get_alloc_funcs(&get, &give);
    char *scratch = size < SIZE_MAX / 3 ? get(3 * size + 1) : NULL;
    if (!scratch)
        return NULL;
    for (size_t at = 0; at < size;) {
        size_t n = rl_utf8_sequence(text + at, size - at);
        memcpy(scratch + used, n ? text + at : mark, n ? n : 3);
        used += n ? n : 3;
        at += n ? n : 1;
    }
    string = json_stringn_nocheck(scratch, used);
    give(scratch);
    return string;
}

void rl_json_set_text(json_t *object, const char *key, const char *v, bool *ok)
{
    if (!*ok)
        return;
    size_t size = strlen(v), at = 0, n = 1;
    while (at < size && (n = rl_utf8_sequence(v + at, size - at)) > 0)
        at += n;
    rl_json_set(object, key, at == size ? json_stringn_nocheck(v, size) : repaired_string(v, size), ok);
}

void rl_json_set_ratio(json_t *object, const char *key, reel_ratio v, bool *ok)
{
    if (!*ok)
        return;
    json_t *pair = json_array();
    rl_json_append(pair, json_integer(v.num), ok);
    rl_json_append(pair, json_integer(v.den), ok);
    if (*ok)
        rl_json_set(object, key, pair, ok);
    else
        json_decref(pair);
}

void rl_json_set_time(json_t *object, const char *key, int64_t v, bool *ok)
{
    if (*ok)
        rl_json_set(object, key, v == REEL_NO_TIME ? json_null() : json_integer(v), ok);
}

void rl_json_append(json_t *array, json_t *stolen, bool *ok)
{
    if (!*ok || !array || !stolen) {
        json_decref(stolen);
        *ok = false;
    } else if (json_array_append_new(array, stolen) != 0) {
        *ok = false;
    }
}
