#include "utf8.h"

#include <string.h>

size_t rl_utf8_sequence(const char *text, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    unsigned low = 0x80, high = 0xbf; /* range of the second byte */
    size_t length;

    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        length = 2;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        length = 3;
        if (s[0] == 0xe0)
            low = 0xa0; /* overlong */
        if (s[0] == 0xed)
            high = 0x9f; /* surrogates */
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        length = 4;
        if (s[0] == 0xf0)
            low = 0x90; /* overlong */
        if (s[0] == 0xf4)
            high = 0x8f; /* above U+10FFFF */
    } else {
        return 0;
    }
    if (size < length || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    }
    return length;
}

void rl_utf8_trim(char *text)
{
    size_t size = strlen(text);
    size_t at = size;

    /* Back to the last lead byte; a sequence has at most three bytes behind it. */
    while (at > 0 && size - at < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
        at--;
    if (at > 0 && (unsigned char)text[at - 1] >= 0xc0 && rl_utf8_sequence(text + at - 1, size - at + 1) == 0)
        text[at - 1] = 0;
}

void rl_utf8_line(char *text)
{
    size_t size = strlen(text);

    for (size_t at = 0; at < size;) {
        size_t n = rl_utf8_sequence(text + at, size - at);
        if (n == 0)
            text[at] = '?';
        else if (n == 1 && ((unsigned char)text[at] < 0x20 || text[at] == 0x7f))
            text[at] = ' ';
        at += n ? n : 1;
    }
}
