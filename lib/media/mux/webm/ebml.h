/* Writing EBML (RFC 8794) into a buffer: elements with minimal sizes, masters that are closed when they are done. */
#ifndef RL_MEDIA_EBML_H
#define RL_MEDIA_EBML_H

#include "../../../base/buf.h"

void rl_ebml_id(struct rl_buf *out, uint32_t id);
void rl_ebml_size(struct rl_buf *out, uint64_t size, unsigned width); /* width 0: as short as possible */
unsigned rl_ebml_id_width(uint32_t id);
unsigned rl_ebml_size_width(uint64_t size);
unsigned rl_ebml_uint_width(uint64_t value); /* at least 1 */

void rl_ebml_uint(struct rl_buf *out, uint32_t id, uint64_t value);
void rl_ebml_uint_fixed(struct rl_buf *out, uint32_t id, uint64_t value, unsigned width);
void rl_ebml_sint(struct rl_buf *out, uint32_t id, int64_t value);
void rl_ebml_float(struct rl_buf *out, uint32_t id, double value); /* 8 bytes */
void rl_ebml_bytes(struct rl_buf *out, uint32_t id, const void *data, size_t size);
void rl_ebml_text(struct rl_buf *out, uint32_t id, const char *text);

/* A master whose size is filled in at its end; its content must stay below 256 MiB. */
size_t rl_ebml_begin(struct rl_buf *out, uint32_t id);
void rl_ebml_end(struct rl_buf *out, size_t at);

#endif
