/* The CMAF init segment of a rendition, and its codec's name (RFC 6381). Plain bytes: no codec library is asked. */
#ifndef RL_CHUNK_INIT_H
#define RL_CHUNK_INIT_H

#include "../base/buf.h"
#include "../base/err.h"
#include "../engine/spec.h"

/*
 * Appends ftyp and moov for a track of "av1" or "opus" whose codec_private is its av1C record or OpusHead. For sound the edit
 * list hides the pre-skip: chunks count their time from the first coded sample.
 * 0, REEL_ERR_MUX (no or malformed codec_private, another codec), REEL_ERR_NOMEM.
 */
int rl_init_write(struct rl_buf *out, const struct rl_track *track, reel_error *err);

/* "av01.0.08M.10" from an av1C record (AV1 in ISOBMFF 5); "av01" when the record is too short. */
void rl_av1_codec_string(const uint8_t *av1c, size_t size, char out[48]);

#endif
