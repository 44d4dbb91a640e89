#include "markup.h"

#include "../../base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { BOLD = 1, ITALIC = 2, UNDERLINE = 4 };

struct writer {
    struct rl_buf *out;
    unsigned wanted, open; /* styles */
    bool drawing;
    bool line_wanted; /* a line break waits for text behind it */
    bool any;
};

static void tags(struct writer *w, const char *before, unsigned styles, bool backwards)
{
    for (int i = 0; i < 3; i++) {
        int n = backwards ? 2 - i : i;
        if (styles >> n & 1)
            rl_buf_printf(w->out, "%s%c>", before, "biu"[n]);
    }
}

/* Styles may overlap in the source; tags must nest. So all are closed and those still wanted opened again. */
static void set_styles(struct writer *w, unsigned styles)
{
    if (styles == w->open)
        return;
    tags(w, "</", w->open, true);
    tags(w, "<", styles, false);
    w->open = styles;
}

static void put(struct writer *w, const char *text, size_t size)
{
    if (w->drawing)
        return;
    if (w->line_wanted && w->any)
        rl_buf_u8(w->out, '\n');
    w->line_wanted = false;
    w->any = true;
    set_styles(w, w->wanted);
    rl_buf_add(w->out, text, size);
}

static void put_char(struct writer *w, char c)
{
    switch (c) {
    case '&':
        put(w, "&amp;", 5);
        break;
    case '<':
        put(w, "&lt;", 4);
        break;
    case '>':
        put(w, "&gt;", 4);
        break;
    default:
        put(w, &c, 1);
    }
}

static void style(struct writer *w, unsigned which, const char *value)
{
    /* \b takes a weight too: 0 and 100 … 500 are not bold. */
    long v = strtol(value, NULL, 10);
    bool on = which == BOLD ? v == 1 || v > 500 : v != 0;
    w->wanted = on ? w->wanted | which : w->wanted & ~which;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One override, without its backslash. */
static void override(struct writer *w, const char *tag)
{
    bool number = is_digit(tag[1]) || tag[1] == '\\' || tag[1] == '}';
    if (tag[0] == 'r')
        w->wanted = 0;
    else if (tag[0] == 'b' && number)
        style(w, BOLD, tag + 1);
    else if (tag[0] == 'i' && number)
        style(w, ITALIC, tag + 1);
    else if (tag[0] == 'u' && number)
        style(w, UNDERLINE, tag + 1);
    else if (tag[0] == 'p' && is_digit(tag[1]))
        w->drawing = strtol(tag + 1, NULL, 10) > 0;
}

/* Reads {…}; returns what comes behind. Without an end it is text. */
static const char *braces(struct writer *w, const char *p)
{
    const char *end = strchr(p, '}');
    if (!end) {
        put_char(w, *p);
        return p + 1;
    }
    for (; p < end; p++) {
        if (*p == '\\')
            override(w, p + 1);
    }
    return end + 1;
}

void rl_markup_from_ass(struct rl_buf *out, const char *event)
{
    struct writer w = { .out = out };
    const char *p = event;
    for (int commas = 0; commas < 8 && p; commas++) { /* ReadOrder, Layer, Style, Name, margins, Effect */
        p = strchr(p, ',');
        p = p ? p + 1 : NULL;
    }
    while (p && *p) {
        if (*p == '{') {
            p = braces(&w, p);
        } else if (*p == '\\' && (p[1] == 'N' || p[1] == 'n')) {
            w.line_wanted = true;
            p += 2;
        } else if (*p == '\\' && p[1] == 'h') {
            put(&w, "&nbsp;", 6);
            p += 2;
        } else if (*p == '\n' || *p == '\r') {
            w.line_wanted = true;
            p++;
        } else {
            put_char(&w, *p++);
        }
    }
    set_styles(&w, 0);
}

/* Length of the well-formed sequence at p; 0 when there is none, or it is a control character. */
static size_t sequence(const uint8_t *p, const uint8_t *end)
{
    size_t n = rl_utf8_sequence((const char *)p, (size_t)(end - p));
    return n == 1 && *p < 0x20 && *p != '\t' ? 0 : n;
}

static void copy(struct rl_buf *out, const uint8_t *text, size_t size, const char *line_break)
{
    const uint8_t *p = text, *end = text + size;
    bool line_wanted = false, any = false;
    while (p < end) {
        size_t n = sequence(p, end);
        if (*p == '\n' || *p == '\r') {
            line_wanted = true;
            p++;
            continue;
        }
        if (line_wanted && any)
            rl_buf_text(out, line_break);
        line_wanted = false;
        any = true;
        if (end - p >= 3 && memcmp(p, "-->", 3) == 0) {
            rl_buf_text(out, "--&gt;");
            p += 3;
        } else if (n == 0) {
            rl_buf_text(out, "\xef\xbf\xbd");
            p++;
        } else {
            rl_buf_add(out, p, n);
            p += n;
        }
    }
}

void rl_markup_from_webvtt(struct rl_buf *out, const uint8_t *text, size_t size)
{
    copy(out, text, size, "\n");
}

void rl_markup_line(struct rl_buf *out, const uint8_t *text, size_t size)
{
    copy(out, text, size, " ");
}
