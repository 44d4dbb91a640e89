/* Reading a WebVTT file (a text rendition's chunk) as blocks of a WebM track of D_WEBVTT. */
#ifndef RL_MEDIA_WEBM_VTT_H
#define RL_MEDIA_WEBM_VTT_H

#include "../cmaf.h"

/*
 * One sample per cue, in ms, sorted by time; a sample's bytes are identifier, settings and payload, each behind a line feed
 * (WebM's rule). text holds the bytes and must outlive the samples, which the caller frees with rl_free. Both are checked as
 * if foreign: cues without a valid time are left out.
 */
int rl_vtt_read(struct rl_buf *text, const uint8_t *data, size_t size, struct rl_sample **samples, size_t *count,
                reel_error *err);

#endif
