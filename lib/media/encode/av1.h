/* The little of AV1's bitstream that a muxer must know: OBUs and the sequence header (AV1 specification 5.3, 5.5). */
#ifndef RL_MEDIA_AV1_H
#define RL_MEDIA_AV1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RL_AV1C_MAX 512

/*
 * Moves the OBUs of a temporal unit together so that temporal delimiters, tile lists and padding are gone: containers
 * do not store them. Returns the new size, 0 when the OBUs are malformed.
 */
size_t rl_av1_strip(uint8_t *data, size_t size);

/* Builds the av1C record (AV1 in ISOBMFF 2.3) from the sequence header in a temporal unit. Returns its size, 0 when there is
 * no sequence header or it is malformed. */
size_t rl_av1_config(const uint8_t *data, size_t size, uint8_t record[RL_AV1C_MAX]);

#endif
