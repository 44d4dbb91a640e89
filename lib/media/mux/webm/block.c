#include "block.h"

#include "ebml.h"
#include "ids.h"

/* A SimpleBlock says only when it begins; a BlockGroup is for what else there is to say. */
static bool needs_group(const struct rl_block *b)
{
    return b->duration > 0 || b->discard > 0;
}

/* Track number, relative time and flags. */
static uint64_t payload_size(const struct rl_block *b)
{
    return rl_ebml_size_width(b->track) + 3 + b->size;
}

static unsigned sint_width(int64_t value)
{
    unsigned width = 1;
    while (width < 8 && (value < -(INT64_C(1) << (8 * width - 1)) || value >= INT64_C(1) << (8 * width - 1)))
        width++;
    return width;
}

static uint64_t tail_size(const struct rl_block *b)
{
    uint64_t size = 0;
    if (b->duration > 0)
        size += 2 + rl_ebml_uint_width((uint64_t)b->duration);
    if (b->reference)
        size += 2 + sint_width(b->reference);
    if (b->discard > 0)
        size += 3 + sint_width(b->discard);
    return size;
}

static uint64_t element_size(uint32_t id, uint64_t size)
{
    return rl_ebml_id_width(id) + rl_ebml_size_width(size) + size;
}

uint64_t rl_block_size(const struct rl_block *b)
{
    if (!needs_group(b))
        return element_size(ID_SIMPLE_BLOCK, payload_size(b));
    return element_size(ID_BLOCK_GROUP, element_size(ID_BLOCK, payload_size(b)) + tail_size(b));
}

void rl_block_head(struct rl_buf *head, const struct rl_block *b)
{
    bool group = needs_group(b);
    if (group) {
        rl_ebml_id(head, ID_BLOCK_GROUP);
        rl_ebml_size(head, element_size(ID_BLOCK, payload_size(b)) + tail_size(b), 0);
    }
    rl_ebml_id(head, group ? ID_BLOCK : ID_SIMPLE_BLOCK);
    rl_ebml_size(head, payload_size(b), 0);
    rl_ebml_size(head, b->track, 0);
    rl_buf_be16(head, (unsigned)b->relative & 0xffff);
    rl_buf_u8(head, !group && b->key ? 0x80 : 0);
}

void rl_block_tail(struct rl_buf *tail, const struct rl_block *b)
{
    if (b->duration > 0)
        rl_ebml_uint(tail, ID_BLOCK_DURATION, (uint64_t)b->duration);
    if (b->reference)
        rl_ebml_sint(tail, ID_REFERENCE_BLOCK, b->reference);
    if (b->discard > 0)
        rl_ebml_sint(tail, ID_DISCARD_PADDING, b->discard);
}
