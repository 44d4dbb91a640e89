#include "ebml.h"

#include <string.h>

unsigned rl_ebml_id_width(uint32_t id)
{
    return id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1;
}

unsigned rl_ebml_uint_width(uint64_t value)
{
    unsigned width = 1;
    while (width < 8 && value >> (8 * width))
        width++;
    return width;
}

/* All ones would mean "unknown", so each width ends one before. */
unsigned rl_ebml_size_width(uint64_t size)
{
    unsigned width = 1;
    while (width < 8 && size >= (UINT64_C(1) << (7 * width)) - 1)
        width++;
    return width;
}

static void big_endian(struct rl_buf *out, uint64_t value, unsigned width)
{
    while (width-- > 0)
        rl_buf_u8(out, (unsigned)(value >> (8 * width)) & 0xff);
}

void rl_ebml_id(struct rl_buf *out, uint32_t id)
{
    big_endian(out, id, rl_ebml_id_width(id));
}

void rl_ebml_size(struct rl_buf *out, uint64_t size, unsigned width)
{
    if (width == 0)
        width = rl_ebml_size_width(size);
    big_endian(out, size | UINT64_C(1) << (7 * width), width);
}

void rl_ebml_uint_fixed(struct rl_buf *out, uint32_t id, uint64_t value, unsigned width)
{
    rl_ebml_id(out, id);
    rl_ebml_size(out, width, 1);
    big_endian(out, value, width);
}

void rl_ebml_uint(struct rl_buf *out, uint32_t id, uint64_t value)
{
    rl_ebml_uint_fixed(out, id, value, rl_ebml_uint_width(value));
}

void rl_ebml_sint(struct rl_buf *out, uint32_t id, int64_t value)
{
    unsigned width = 1;
    while (width < 8 && (value < -(INT64_C(1) << (8 * width - 1)) || value >= INT64_C(1) << (8 * width - 1)))
        width++;
    rl_ebml_uint_fixed(out, id, (uint64_t)value, width);
}

void rl_ebml_float(struct rl_buf *out, uint32_t id, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    rl_ebml_uint_fixed(out, id, bits, 8);
}

void rl_ebml_bytes(struct rl_buf *out, uint32_t id, const void *data, size_t size)
{
    rl_ebml_id(out, id);
    rl_ebml_size(out, size, 0);
    rl_buf_add(out, data, size);
}

void rl_ebml_text(struct rl_buf *out, uint32_t id, const char *text)
{
    rl_ebml_bytes(out, id, text, strlen(text));
}

size_t rl_ebml_begin(struct rl_buf *out, uint32_t id)
{
    rl_ebml_id(out, id);
    size_t at = out->size;
    rl_buf_be32(out, 0);
    return at;
}

void rl_ebml_end(struct rl_buf *out, size_t at)
{
    if (out->failed)
        return;
    uint32_t size = (uint32_t)(out->size - at - 4) | 0x10000000;
    for (int i = 0; i < 4; i++)
        out->data[at + (size_t)i] = (uint8_t)(size >> (24 - 8 * i));
}
