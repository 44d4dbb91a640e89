/* Values of options from text and numbers, and back. Jansson reads and writes the doubles: it does not follow the locale. */
#include "options.h"

#include "../base/json.h"
#include "expert.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void *place(const struct rl_option *o, struct rl_chain_values *v)
{
    return (char *)v + o->offset;
}

static int refuse(const struct rl_option *o, const char *text, const char *why, reel_error *err)
{
    return rl_err(err, REEL_ERR_OPTION, "option", "%s: \"%.60s\" is %s", o->name, text, why);
}

static int out_of_range(const struct rl_option *o, reel_error *err)
{
    return rl_err(err, REEL_ERR_OPTION, "option", "%s: must be %.15g to %.15g%s%s", o->name, o->min, o->max,
                  o->unit[0] ? " " : "", o->unit);
}

/* A decimal number and nothing else: digits, with a sign in front if it is negative. */
static bool parse_int(const char *text, const char **end, int64_t *out)
{
    bool negative = *text == '-';
    const char *p = text + negative;
    int64_t v = 0;
    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (v > (INT64_MAX - (*p - '0')) / 10)
            return false;
        v = v * 10 + (*p - '0');
    }
    *out = negative ? -v : v;
    *end = p;
    return true;
}

static bool parse_whole_int(const char *text, int64_t *out)
{
    const char *end = NULL;
    return parse_int(text, &end, out) && !*end;
}

/* A number as JSON writes it. */
static bool parse_double(const char *text, double *out)
{
    size_t size = strlen(text);
    if (size == 0 || size > 64 || !strchr("-0123456789", text[0]) || !strchr("0123456789", text[size - 1]))
        return false;
    json_t *json = json_loadb(text, size, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL);
    bool ok = json_is_number(json);
    if (ok)
        *out = json_number_value(json);
    json_decref(json);
    return ok;
}

static int32_t gcd(int32_t a, int32_t b)
{
    while (b) {
        int32_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

static int parse_ratio(const struct rl_option *o, const char *text, reel_ratio *out, reel_error *err)
{
    *out = (reel_ratio){ 0, 0 };
    if (!strcmp(text, "auto"))
        return 0;
    int64_t num = 0, den = 1;
    const char *end = NULL;
    bool ok = parse_int(text, &end, &num) && (!*end || (*end == '/' && parse_whole_int(end + 1, &den)));
    if (!ok || num < 1 || den < 1 || num > INT32_MAX || den > INT32_MAX)
        return refuse(o, text, "no ratio such as 30000/1001, 25 or auto", err);
    double v = (double)num / (double)den;
    if (v < o->min || v > o->max)
        return out_of_range(o, err);
    int32_t common = gcd((int32_t)num, (int32_t)den);
    *out = (reel_ratio){ (int32_t)num / common, (int32_t)den / common };
    return 0;
}

static int choice_of(const struct rl_option *o, const char *text)
{
    size_t size = strlen(text);
    int index = 0;
    for (const char *p = o->choices;; index++) {
        size_t word = strcspn(p, "|");
        if (word == size && !memcmp(p, text, size))
            return index;
        if (!p[word])
            return -1;
        p += word + 1;
    }
}

bool rl_crop_parse(const char *text, int32_t *width, int32_t *height, int32_t *x, int32_t *y)
{
    static const char marks[] = { 'x', '+', '+', 0 };
    int32_t *to[] = { width, height, x, y };
    for (int i = 0; i < 4; i++) {
        int64_t v = 0;
        if (*text == '-' || !parse_int(text, &text, &v) || v > 65536 || (i < 2 && v < 1) || *text != marks[i])
            return false;
        *to[i] = (int32_t)v;
        text++;
    }
    return true;
}

bool rl_focus_parse(const char *text, bool *attention, double *x, double *y)
{
    *attention = !strcmp(text, "attention");
    *x = *y = 0.5;
    if (*attention || !strcmp(text, "centre"))
        return true;
    char first[32];
    size_t size = strcspn(text, ",");
    if (text[size] != ',' || size >= sizeof(first))
        return false;
    memcpy(first, text, size);
    first[size] = 0;
    return parse_double(first, x) && parse_double(text + size + 1, y) && *x >= 0 && *x <= 1 && *y >= 0 && *y <= 1;
}

bool rl_rgb_parse(const char *text, uint32_t *rgb)
{
    uint32_t value = 0;
    if (strlen(text) != 7 || text[0] != '#')
        return false;
    for (const char *p = text + 1; *p; p++) {
        const char *digits = "0123456789abcdef", *found = strchr(digits, *p >= 'A' && *p <= 'F' ? *p + 32 : *p);
        if (!found)
            return false;
        value = value << 4 | (uint32_t)(found - digits);
    }
    *rgb = value;
    return true;
}

/* What a text must look like, where it has a form; NULL when it does. */
static const char *ill_formed(const char *name, const char *text)
{
    int32_t w, h, x, y;
    uint32_t rgb;
    double fx, fy;
    bool attention;
    if (!strcmp(name, "video.crop") && (!rl_crop_parse(text, &w, &h, &x, &y) || w < 2 || h < 2))
        return "not of the form WxH+X+Y";
    if (!strcmp(name, "picture.crop") && !rl_crop_parse(text, &w, &h, &x, &y))
        return "not of the form WxH+X+Y";
    if (!strcmp(name, "picture.background") && !rl_rgb_parse(text, &rgb))
        return "not of the form #rrggbb";
    if (!strcmp(name, "picture.focus") && !rl_focus_parse(text, &attention, &fx, &fy))
        return "neither centre, attention nor X,Y from 0 to 1";
    return NULL;
}

static int parse_string(const struct rl_option *o, const char *text, char *to, reel_error *err)
{
    size_t size = strlen(text);
    if (size >= o->size)
        return rl_err(err, REEL_ERR_OPTION, "option", "%s: longer than %zu bytes", o->name, o->size - 1);
    const char *why = size || o->def[0] ? ill_formed(o->name, text) : NULL;
    if (why)
        return refuse(o, text, why, err);
    if (size && (o->flags & REEL_OPTION_FLAG_EXPERT)) {
        int rc = rl_expert_check(text, err);
        if (rc < 0)
            return rc;
    }
    memset(to, 0, o->size);
    memcpy(to, text, size);
    return 0;
}

int rl_option_from_int(const struct rl_option *o, int64_t value, struct rl_chain_values *values, reel_error *err)
{
    if (o->type == REEL_OPTION_DOUBLE)
        return rl_option_from_double(o, (double)value, values, err);
    if (o->type != REEL_OPTION_INT && o->type != REEL_OPTION_BOOL)
        return rl_err(err, REEL_ERR_OPTION, "option", "%s: is not a number", o->name);
    if (value < (int64_t)o->min || value > (int64_t)o->max)
        return out_of_range(o, err);
    if (o->type == REEL_OPTION_INT)
        *(int64_t *)place(o, values) = value;
    else
        *(int32_t *)place(o, values) = (int32_t)value;
    return 0;
}

int rl_option_from_double(const struct rl_option *o, double value, struct rl_chain_values *values, reel_error *err)
{
    if (o->type == REEL_OPTION_INT && value >= o->min && value <= o->max && value == floor(value))
        return rl_option_from_int(o, (int64_t)value, values, err);
    if (o->type != REEL_OPTION_DOUBLE)
        return rl_err(err, REEL_ERR_OPTION, "option", "%s: does not take this number", o->name);
    if (!(value >= o->min && value <= o->max))
        return out_of_range(o, err);
    *(double *)place(o, values) = value + 0.0; /* -0 becomes 0 */
    return 0;
}

int rl_option_parse(const struct rl_option *o, const char *text, struct rl_chain_values *values, reel_error *err)
{
    void *to = place(o, values);
    switch (o->type) {
    case REEL_OPTION_BOOL:
        if (strcmp(text, "true") && strcmp(text, "false"))
            return refuse(o, text, "neither true nor false", err);
        *(int32_t *)to = text[0] == 't';
        return 0;
    case REEL_OPTION_INT: {
        int64_t v;
        return parse_whole_int(text, &v) ? rl_option_from_int(o, v, values, err)
                                         : refuse(o, text, "not a whole number", err);
    }
    case REEL_OPTION_DOUBLE: {
        double v;
        return parse_double(text, &v) ? rl_option_from_double(o, v, values, err)
                                      : refuse(o, text, "not a number", err);
    }
    case REEL_OPTION_CHOICE: {
        int i = choice_of(o, text);
        if (i < 0)
            return rl_err(err, REEL_ERR_OPTION, "option", "%s: \"%.60s\" is none of %s", o->name, text, o->choices);
        *(int32_t *)to = i;
        return 0;
    }
    case REEL_OPTION_RATIO: {
        reel_ratio v;
        int rc = parse_ratio(o, text, &v, err);
        if (rc >= 0)
            *(reel_ratio *)to = v;
        return rc;
    }
    default:
        return parse_string(o, text, to, err);
    }
}

/* The first of 15, 16 and 17 digits that gives the same number back. */
static void format_double(double v, struct rl_buf *out)
{
    for (size_t digits = 15; digits <= 17; digits++) {
        char text[64];
        json_t *json = json_real(v);
        size_t size = json_dumpb(json, text, sizeof(text) - 1, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        json_decref(json);
        double back;
        if (size == 0 || size >= sizeof(text)) {
            out->failed = true;
            return;
        }
        text[size] = 0;
        if (!parse_double(text, &back) || (back != v && digits < 17))
            continue;
        if (size > 2 && !strcmp(text + size - 2, ".0"))
            text[size - 2] = 0;
        rl_buf_text(out, text);
        return;
    }
    out->failed = true; /* out of memory in Jansson */
}

static void format_choice(const struct rl_option *o, int32_t index, struct rl_buf *out)
{
    const char *p = o->choices;
    for (; index > 0; index--)
        p += strcspn(p, "|") + 1;
    rl_buf_add(out, p, strcspn(p, "|"));
}

void rl_option_format(const struct rl_option *o, const struct rl_chain_values *values, struct rl_buf *out)
{
    const void *from = (const char *)values + o->offset;
    switch (o->type) {
    case REEL_OPTION_BOOL:
        rl_buf_text(out, *(const int32_t *)from ? "true" : "false");
        break;
    case REEL_OPTION_INT:
        rl_buf_printf(out, "%" PRId64, *(const int64_t *)from);
        break;
    case REEL_OPTION_DOUBLE:
        format_double(*(const double *)from, out);
        break;
    case REEL_OPTION_CHOICE:
        format_choice(o, *(const int32_t *)from, out);
        break;
    case REEL_OPTION_RATIO: {
        reel_ratio v = *(const reel_ratio *)from;
        if (v.den == 0)
            rl_buf_text(out, "auto");
        else if (v.den == 1)
            rl_buf_printf(out, "%d", (int)v.num);
        else
            rl_buf_printf(out, "%d/%d", (int)v.num, (int)v.den);
        break;
    }
    default:
        rl_buf_text(out, from);
    }
}
