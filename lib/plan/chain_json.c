/* The JSON form of a chain. Options are nested by the part of their name before the dot. */
#include "chain.h"

#include "../base/json.h"

#include <string.h>

static size_t group_size(const char *name)
{
    return strcspn(name, ".");
}

static void write_text(const char *text, struct rl_buf *out)
{
    json_t *json = json_string(text);
    if (!json || rl_json_dump(json, out) < 0)
        out->failed = true;
    json_decref(json);
}

static void write_value(const struct rl_option *o, const struct rl_chain_values *values, struct rl_buf *out)
{
    bool bare = o->type == REEL_OPTION_BOOL || o->type == REEL_OPTION_INT || o->type == REEL_OPTION_DOUBLE;
    if (o->type == REEL_OPTION_STRING) {
        write_text((const char *)values + o->offset, out);
        return;
    }
    rl_buf_text(out, bare ? "" : "\"");
    rl_option_format(o, values, out);
    rl_buf_text(out, bare ? "" : "\"");
}

void rl_chain_write(const struct rl_chain_values *values, struct rl_buf *out)
{
    struct rl_chain_values defaults;
    if (rl_option_defaults(&defaults) < 0)
        out->failed = true;
    const char *group = NULL; /* the one that is open */
    rl_buf_text(out, "{\"chain\":1");
    for (int i = 0; !out->failed && i < RL_OPTION_COUNT; i++) {
        const struct rl_option *o = &rl_options[i];
        if (rl_option_equal(o, values, &defaults))
            continue;
        size_t size = group_size(o->name);
        if (group && !strncmp(group, o->name, size + 1)) {
            rl_buf_text(out, ",");
        } else {
            rl_buf_printf(out, "%s,\"%.*s\":{", group ? "}" : "", (int)size, o->name);
            group = o->name;
        }
        rl_buf_printf(out, "\"%s\":", o->name + size + 1);
        write_value(o, values, out);
    }
    rl_buf_text(out, group ? "}}" : "}");
}

static int read_value(const struct rl_option *o, const json_t *json, struct rl_chain_values *values, reel_error *err)
{
    const char *text = json_string_value(json);
    switch (o->type) {
    case REEL_OPTION_BOOL:
        if (json_is_boolean(json))
            return rl_option_from_int(o, json_is_true(json), values, err);
        break;
    case REEL_OPTION_INT:
        if (json_is_integer(json))
            return rl_option_from_int(o, json_integer_value(json), values, err);
        break;
    case REEL_OPTION_DOUBLE:
        if (json_is_number(json))
            return rl_option_from_double(o, json_number_value(json), values, err);
        break;
    default:
        if (text && strlen(text) == json_string_length(json))
            return rl_option_parse(o, text, values, err);
    }
    return rl_err(err, REEL_ERR_OPTION, "chain", "%s: the value is of the wrong type", o->name);
}

static int read_group(const char *group, const json_t *json, struct rl_chain_values *values, reel_error *err)
{
    if (!json_is_object(json))
        return rl_err(err, REEL_ERR_JSON, "chain", "\"%.60s\" is not an object", group);
    for (void *it = json_object_iter((json_t *)json); it; it = json_object_iter_next((json_t *)json, it)) {
        const char *key = json_object_iter_key(it);
        int i = 0;
        for (; i < RL_OPTION_COUNT; i++) {
            size_t size = group_size(rl_options[i].name);
            if (strlen(group) == size && !strncmp(rl_options[i].name, group, size) &&
                !strcmp(rl_options[i].name + size + 1, key))
                break;
        }
        if (i == RL_OPTION_COUNT)
            return rl_err(err, REEL_ERR_OPTION, "chain", "there is no option \"%.60s.%.60s\"", group, key);
        int rc = read_value(&rl_options[i], json_object_iter_value(it), values, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int rl_chain_read(const char *text, size_t size, struct rl_chain_values *values, reel_error *err)
{
    json_t *json = rl_json_parse(text, size, "chain", err);
    if (!json)
        return err && err->code ? err->code : REEL_ERR_JSON;
    int rc = rl_option_defaults(values);
    const json_t *version = json_object_get(json, "chain");
    if (rc < 0)
        rl_err_nomem(err, "chain");
    else if (!json_is_integer(version))
        rc = rl_err(err, REEL_ERR_JSON, "chain", "not a chain: the member \"chain\" is missing");
    else if (json_integer_value(version) != 1)
        rc = rl_err(err, REEL_ERR_UNSUPPORTED, "chain", "version %lld of the form of chains is not known",
                    (long long)json_integer_value(version));
    for (void *it = json_object_iter(json); rc >= 0 && it; it = json_object_iter_next(json, it)) {
        const char *key = json_object_iter_key(it);
        if (strcmp(key, "chain"))
            rc = read_group(key, json_object_iter_value(it), values, err);
    }
    json_decref(json);
    return rc;
}
