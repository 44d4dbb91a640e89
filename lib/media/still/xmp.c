#include "meta.h"

#include "../../base/utf8.h"

#include <stdio.h>
#include <string.h>

#define MAX_TEXT 8192
#define MAX_ITEMS 16

/* A stretch of the packet. */
struct piece {
    const char *text;
    size_t size;
};

static const char *search(struct piece in, const char *what)
{
    return in.size ? memmem(in.text, in.size, what, strlen(what)) : NULL;
}

static struct piece from(struct piece in, const char *at)
{
    return (struct piece){ at, in.size - (size_t)(at - in.text) };
}

/* The value of an attribute or element whose name ends at `at`: one character of it, where it is one digit. */
static const char *digit_behind(struct piece in, const char *at)
{
    const char *end = in.text + in.size;

    if (end - at >= 4 && at[0] == '=' && (at[1] == '"' || at[1] == '\'') && at[3] == at[1])
        return at + 2;
    if (end - at >= 3 && at[0] == '>' && at[2] == '<')
        return at + 1;
    return NULL;
}

/* The next digit that a property of this name has, whatever its prefix; *in is moved behind it. */
static const char *next_digit(struct piece *in, const char *name)
{
    for (const char *at; (at = search(*in, name));) {
        const char *digit = digit_behind(*in, at + strlen(name));
        *in = from(*in, at + strlen(name));
        if (digit && *digit >= '0' && *digit <= '9')
            return digit;
    }
    return NULL;
}

static bool is_one(struct piece in, const char *name)
{
    const char *digit;

    while ((digit = next_digit(&in, name)))
        if (*digit == '1')
            return true;
    return false;
}

bool rl_xmp_motion(const uint8_t *xmp, size_t size)
{
    struct piece in = { (const char *)xmp, size };

    return is_one(in, ":MotionPhoto") || is_one(in, ":MicroVideo");
}

bool rl_xmp_gain_map(const uint8_t *xmp, size_t size)
{
    struct piece in = { (const char *)xmp, size };

    return search(in, "http://ns.adobe.com/hdr-gain-map/1.0/") || search(in, "hdrgainmap") || search(in, "HDRGainMap");
}

static bool is_utf8(struct piece in)
{
    for (size_t i = 0, n; i < in.size; i += n)
        if (!in.text[i] || !(n = rl_utf8_sequence(in.text + i, in.size - i)))
            return false;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Length of a character reference that XML knows without a DTD; 0 when it is none. */
static size_t reference(struct piece in)
{
    static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };
    size_t i = 2;

    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
        if (in.size >= strlen(known[k]) && !memcmp(in.text, known[k], strlen(known[k])))
            return strlen(known[k]);
    if (in.size < 4 || in.text[1] != '#')
        return 0;
    while (i < in.size && i < 7 && in.text[i] >= '0' && in.text[i] <= '9')
        i++;
    /* from 32 on and far below the surrogates, so always a character */
    return i > 3 && i < 7 && in.text[2] > '2' && i < in.size && in.text[i] == ';' ? i + 1 : 0;
}

static void put_text(struct rl_buf *out, struct piece in)
{
    for (size_t i = 0, n; i < in.size; i += n) {
        n = 1;
        if (in.text[i] == '&' && (n = reference((struct piece){ in.text + i, in.size - i })) > 0) {
            rl_buf_add(out, in.text + i, n);
            continue;
        }
        n = n ? n : 1;
        switch (in.text[i]) {
        case '&':
            rl_buf_text(out, "&amp;");
            break;
        case '<':
            rl_buf_text(out, "&lt;");
            break;
        case '>':
            rl_buf_text(out, "&gt;");
            break;
        case '"':
            rl_buf_text(out, "&quot;");
            break;
        default:
            rl_buf_u8(out, (unsigned char)in.text[i] < 32 ? ' ' : (unsigned char)in.text[i]);
        }
    }
}

static struct piece trimmed(struct piece in)
{
    while (in.size && is_blank(in.text[0]))
        in = from(in, in.text + 1);
    while (in.size && is_blank(in.text[in.size - 1]))
        in.size--;
    if (in.size > MAX_TEXT) {
        in.size = MAX_TEXT;
        while (in.size && ((unsigned char)in.text[in.size] & 0xc0) == 0x80)
            in.size--;
    }
    return in;
}

/* What stands in quotes behind `at`, where an equals sign follows. */
static struct piece quoted(struct piece in, const char *at)
{
    const char *end = in.text + in.size, *close;

    while (at < end && is_blank(*at))
        at++;
    if (at == end || *at++ != '=')
        return (struct piece){ NULL, 0 };
    while (at < end && is_blank(*at))
        at++;
    if (at == end || (*at != '"' && *at != '\'') || !(close = memchr(at + 1, *at, (size_t)(end - at - 1))))
        return (struct piece){ NULL, 0 };
    return trimmed((struct piece){ at + 1, (size_t)(close - at - 1) });
}

/* The prefix that the packet has for a namespace. */
static bool prefix_of(struct piece in, const char *uri, char *prefix, size_t size)
{
    for (const char *at; (at = search(in, "xmlns:")); in = from(in, at)) {
        at += 6;
        size_t n = 0;
        while (at + n < in.text + in.size && at[n] != '=' && !is_blank(at[n]) && at[n] != '>' && n < size - 1)
            n++;
        struct piece value = quoted(in, at + n);
        if (value.size == strlen(uri) && !memcmp(value.text, uri, value.size)) {
            memcpy(prefix, at, n);
            prefix[n] = 0;
            return n > 0;
        }
    }
    return false;
}

static uint32_t add(struct piece found[MAX_ITEMS], uint32_t count, struct piece value)
{
    if (value.size)
        found[count++] = value;
    return count;
}

/* The items of a list. What stands between two of them is blank, and is none. */
static uint32_t items(struct piece in, struct piece found[MAX_ITEMS])
{
    uint32_t count = 0;

    for (const char *at; count < MAX_ITEMS && (at = search(in, ":li"));) {
        in = from(in, at + 3);
        if (!(at = memchr(in.text, '>', in.size)))
            break;
        in = from(in, at + 1);
        if (!(at = in.size ? memchr(in.text, '<', in.size) : NULL))
            break;
        count = add(found, count, trimmed((struct piece){ in.text, (size_t)(at - in.text) }));
    }
    return count;
}

/* The texts of a property: of an attribute, of an element, or of the items of its list. Goes over the packet once. */
static uint32_t values(struct piece in, const char *name, struct piece found[MAX_ITEMS])
{
    uint32_t count = 0;
    char end_tag[96];

    snprintf(end_tag, sizeof(end_tag), "</%s", name);
    for (const char *at; !count && (at = search(in, name));) {
        char before = at > in.text ? at[-1] : 0, after;
        in = from(in, at + strlen(name));
        after = in.size ? *in.text : 0;
        if (is_blank(before)) {
            count = add(found, 0, quoted(in, in.text));
            continue;
        }
        if (before != '<' || !(is_blank(after) || after == '>' || after == '/'))
            continue;
        if (!(at = memchr(in.text, '>', in.size)))
            break;
        struct piece head = { in.text, (size_t)(at - in.text) };
        in = from(in, at + 1);
        const char *link = search(head, "resource");
        if (link)
            count = add(found, 0, quoted(head, link + 8));
        if (count || (head.size && at[-1] == '/'))
            continue;
        if (!(at = search(in, end_tag)))
            break;
        struct piece body = { in.text, (size_t)(at - in.text) };
        in = from(in, at);
        if (body.size)
            count = memchr(body.text, '<', body.size) ? items(body, found) : add(found, 0, trimmed(body));
    }
    return count;
}

enum form { ALT, SEQ, TEXT, LINK };

static const struct wanted {
    const char *prefix, *uri, *name;
    enum form form;
} web[] = {
    { "dc", "http://purl.org/dc/elements/1.1/", "rights", ALT },
    { "dc", "http://purl.org/dc/elements/1.1/", "creator", SEQ },
    { "xmpRights", "http://ns.adobe.com/xap/1.0/rights/", "Marked", TEXT },
    { "xmpRights", "http://ns.adobe.com/xap/1.0/rights/", "UsageTerms", ALT },
    { "xmpRights", "http://ns.adobe.com/xap/1.0/rights/", "WebStatement", TEXT },
    { "cc", "http://creativecommons.org/ns#", "license", LINK },
};

static void put_property(struct rl_buf *out, const struct wanted *w, const struct piece *found, uint32_t count)
{
    rl_buf_printf(out, "<rdf:Description rdf:about=\"\" xmlns:%s=\"%s\"><%s:%s", w->prefix, w->uri, w->prefix, w->name);
    if (w->form == LINK) {
        rl_buf_text(out, " rdf:resource=\"");
        put_text(out, found[0]);
        rl_buf_text(out, "\"/></rdf:Description>");
        return;
    }
    rl_buf_text(out, w->form == ALT ? "><rdf:Alt>" : w->form == SEQ ? "><rdf:Seq>" : ">");
    for (uint32_t i = 0; i < (w->form == SEQ ? count : 1); i++) {
        rl_buf_text(out, w->form == ALT ? "<rdf:li xml:lang=\"x-default\">" : w->form == SEQ ? "<rdf:li>" : "");
        put_text(out, found[i]);
        rl_buf_text(out, w->form == TEXT ? "" : "</rdf:li>");
    }
    rl_buf_text(out, w->form == ALT ? "</rdf:Alt>" : w->form == SEQ ? "</rdf:Seq>" : "");
    rl_buf_printf(out, "</%s:%s></rdf:Description>", w->prefix, w->name);
}

static int write_web(struct rl_buf *out, struct piece in)
{
    static const char head[] = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
                               "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">";
    struct piece found[MAX_ITEMS];
    size_t start = out->size;
    char prefix[32], name[80];
    bool any = false;

    rl_buf_text(out, head);
    for (size_t i = 0; i < sizeof(web) / sizeof(web[0]); i++) {
        if (!prefix_of(in, web[i].uri, prefix, sizeof(prefix)))
            continue;
        snprintf(name, sizeof(name), "%s:%s", prefix, web[i].name);
        uint32_t count = values(in, name, found);
        if (count)
            put_property(out, &web[i], found, count);
        any = any || count;
    }
    rl_buf_text(out, "</rdf:RDF></x:xmpmeta>");
    if (!any && !out->failed)
        out->size = start;
    return out->failed ? REEL_ERR_NOMEM : 0;
}

static void set_digits(struct piece copy, char *data, const char *name, char digit)
{
    struct piece in = copy;

    for (const char *at; (at = next_digit(&in, name));)
        data[at - copy.text] = digit;
}

int rl_xmp_write(struct rl_buf *out, const uint8_t *xmp, size_t size, enum rl_metadata what)
{
    struct piece in = { (const char *)xmp, size };

    while (in.size && (is_blank(in.text[in.size - 1]) || !in.text[in.size - 1]))
        in.size--;
    if (!in.size || what == RL_METADATA_STRIP || !is_utf8(in) || !search(in, ":RDF"))
        return 0;
    if (what == RL_METADATA_WEB)
        return write_web(out, in);
    size_t at = out->size;
    rl_buf_add(out, in.text, in.size);
    if (out->failed)
        return REEL_ERR_NOMEM;
    char *data = (char *)out->data + at;
    struct piece copy = { data, in.size };
    set_digits(copy, data, ":Orientation", '1');
    set_digits(copy, data, ":MotionPhoto", '0');
    set_digits(copy, data, ":MicroVideo", '0');
    return 0;
}
