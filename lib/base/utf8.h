/* Well-formed UTF-8 (RFC 3629), for texts that came out of files. */
#ifndef RL_BASE_UTF8_H
#define RL_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed sequence at text (1 … 4), 0 when there is none. size > 0. */
size_t rl_utf8_sequence(const char *text, size_t size);

/* Cuts off a sequence that ends unfinished, as bounded formatting leaves one. */
void rl_utf8_trim(char *text);

/* In place: '?' for what is ill-formed, ' ' for control characters, so the text is one printable line. */
void rl_utf8_line(char *text);

#endif
