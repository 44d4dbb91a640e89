/* Text of cues as WebVTT (W3C WebVTT 1): plain text with b, i and u, everything else escaped or gone. */
#ifndef RL_MEDIA_MARKUP_H
#define RL_MEDIA_MARKUP_H

#include "../../base/buf.h"

/*
 * Appends the text of an ASS event, as libavcodec's subtitle decoders give it: bold, italic and underline are kept and
 * well nested, other overrides and drawings are left out, and so are empty lines, which would end the cue.
 */
void rl_markup_from_ass(struct rl_buf *out, const char *event);

/* Appends what is a cue's payload already, made safe: no empty line, no arrow, no broken UTF-8. */
void rl_markup_from_webvtt(struct rl_buf *out, const uint8_t *text, size_t size);

/* The same for a cue's settings or identifier: one line. */
void rl_markup_line(struct rl_buf *out, const uint8_t *text, size_t size);

#endif
