/* Texts. Playlists and the like would make a demuxer open other files; they are named so that they can be refused. */
#include "sniff_rules.h"

#include "../base/utf8.h"

#include <strings.h>

#define LOOK 4096 /* bytes that are looked at for words */

/* Is the word in the first bytes, letter case aside? */
static bool within(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);

    for (size_t at = 0; at + length <= size; at++) {
        if (strncasecmp(text + at, word, length) == 0)
            return true;
    }
    return false;
}

static bool begins(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);
    return length <= size && strncasecmp(text, word, length) == 0;
}

static enum type_id of_markup(const char *text, size_t size)
{
    if (within(text, size, "<svg"))
        return T_SVG;
    if (within(text, size, "<MPD"))
        return T_DASH;
    if (within(text, size, "<html") || within(text, size, "<!doctype html"))
        return T_HTML;
    return begins(text, size, "<?xml") ? T_XML : T_UNKNOWN;
}

/* Well-formed UTF-8 without control characters, as far as can be seen. */
static bool is_plain(const struct window *w)
{
    const char *text = (const char *)w->data;

    for (size_t at = 0; at < w->size;) {
        unsigned char c = w->data[at];
        size_t n = rl_utf8_sequence(text + at, w->size - at);
        if (n == 0)
            return w->size - at < 4 && w->size < w->total && at > 0; /* cut by the window's end */
        if (n == 1 && (c < 0x20 || c == 0x7f) && c != '\n' && c != '\r' && c != '\t' && c != '\f')
            return false;
        at += n;
    }
    return w->size > 0;
}

enum type_id rl_sniff_text(const struct window *w)
{
    static const struct {
        const char *word;
        enum type_id type;
    } openings[] = {
        { "#EXTM3U", T_HLS },      { "ffconcat version", T_FFCONCAT }, { "v=0\r\no=", T_SDP }, { "v=0\no=", T_SDP },
        { "WEBVTT", T_WEBVTT },    { "[Script Info]", T_ASS },
    };
    const char *text = (const char *)w->data;
    size_t size = w->size;

    if (has(w, 0, "\xef\xbb\xbf", 3)) {
        text += 3;
        size -= 3;
    }
    while (size > 0 && (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')) {
        text++;
        size--;
    }
    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        if (begins(text, size, openings[i].word))
            return openings[i].type;
    }
    if (size > 0 && *text == '<') {
        enum type_id type = of_markup(text, size < LOOK ? size : LOOK);
        if (type != T_UNKNOWN)
            return type;
    }
    return is_plain(w) ? T_TEXT : T_UNKNOWN;
}
