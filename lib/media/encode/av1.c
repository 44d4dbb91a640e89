#include "av1.h"

#include <string.h>

enum { OBU_SEQUENCE_HEADER = 1, OBU_TEMPORAL_DELIMITER = 2, OBU_TILE_LIST = 8, OBU_PADDING = 15 };

struct obu {
    int type;
    const uint8_t *begin, *payload, *end;
};

/* leb128; false when it does not end or is too large. */
static bool read_leb128(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (int i = 0; i < 8 && *at < end; i++) {
        uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80))
            return *value <= UINT32_MAX;
    }
    return false;
}

/* The OBU at `at`; false when malformed. One without a size field goes to the end. */
static bool read_obu(const uint8_t *at, const uint8_t *end, struct obu *obu)
{
    obu->begin = at;
    if (at == end || *at & 0x80)
        return false;
    int header = *at++;
    obu->type = header >> 3 & 15;
    if (header & 4 && at++ == end)
        return false;
    uint64_t size = (uint64_t)(end - at);
    if (header & 2 && (!read_leb128(&at, end, &size) || size > (uint64_t)(end - at)))
        return false;
    obu->payload = at;
    obu->end = at + size;
    return true;
}

size_t rl_av1_strip(uint8_t *data, size_t size)
{
    const uint8_t *end = data + size;
    uint8_t *to = data;
    struct obu obu;
    for (const uint8_t *at = data; at < end; at = obu.end) {
        if (!read_obu(at, end, &obu))
            return 0;
        if (obu.type == OBU_TEMPORAL_DELIMITER || obu.type == OBU_TILE_LIST || obu.type == OBU_PADDING)
            continue;
        size_t n = (size_t)(obu.end - obu.begin);
        memmove(to, obu.begin, n);
        to += n;
    }
    return (size_t)(to - data);
}

/* Bits, most significant first; beyond the end they are 0 and `bad` is set. */
struct bits {
    const uint8_t *data;
    size_t size, at;
    bool bad;
};

static uint32_t get(struct bits *b, unsigned count)
{
    uint32_t value = 0;
    while (count--) {
        if (b->at >= b->size * 8) {
            b->bad = true;
            return 0;
        }
        value = value << 1 | (b->data[b->at / 8] >> (7 - b->at % 8) & 1);
        b->at++;
    }
    return value;
}

static void skip_uvlc(struct bits *b)
{
    unsigned zeros = 0;
    while (zeros < 32 && !get(b, 1) && !b->bad)
        zeros++;
    if (zeros < 32)
        get(b, zeros);
}

struct sequence {
    unsigned profile, level, tier;
    unsigned high_bitdepth, twelve_bit, mono, sub_x, sub_y, position;
};

/* operating_parameters and levels (5.5.1); the first operating point is the whole stream. */
static void read_operating_points(struct bits *b, struct sequence *s)
{
    unsigned decoder_model = 0, delay_bits = 0;
    if (get(b, 1)) { /* timing_info_present_flag */
        get(b, 32);
        get(b, 32);
        if (get(b, 1)) /* equal_picture_interval */
            skip_uvlc(b);
        decoder_model = get(b, 1);
        if (decoder_model) {
            delay_bits = get(b, 5) + 1;
            get(b, 32);
            get(b, 10);
        }
    }
    unsigned display_delay = get(b, 1);
    unsigned count = get(b, 5) + 1;
    for (unsigned i = 0; i < count && !b->bad; i++) {
        get(b, 12);
        unsigned level = get(b, 5);
        unsigned tier = level > 7 ? get(b, 1) : 0;
        if (i == 0) {
            s->level = level;
            s->tier = tier;
        }
        if (decoder_model && get(b, 1)) {
            get(b, delay_bits);
            get(b, delay_bits);
            get(b, 1);
        }
        if (display_delay && get(b, 1))
            get(b, 4);
    }
}

/* What stands between the sizes and color_config: tools, of which only the way past them matters. */
static void skip_tools(struct bits *b, bool reduced)
{
    unsigned width_bits = get(b, 4) + 1, height_bits = get(b, 4) + 1;
    get(b, width_bits);
    get(b, height_bits);
    if (!reduced && get(b, 1)) /* frame_id_numbers_present_flag */
        get(b, 7);
    get(b, 3); /* 128x128, filter intra, intra edge */
    if (reduced)
        return;
    get(b, 4); /* interintra, masked, warped, dual filter */
    bool order_hint = get(b, 1);
    if (order_hint)
        get(b, 2); /* jnt_comp, ref_frame_mvs */
    unsigned screen_content = get(b, 1) ? 2 : get(b, 1); /* 2: chosen per frame */
    if (screen_content > 0 && !get(b, 1)) /* seq_choose_integer_mv */
        get(b, 1);
    if (order_hint)
        get(b, 3);
}

static void read_color_config(struct bits *b, struct sequence *s)
{
    s->high_bitdepth = get(b, 1);
    s->twelve_bit = s->profile == 2 && s->high_bitdepth ? get(b, 1) : 0;
    s->mono = s->profile == 1 ? 0 : get(b, 1);
    unsigned primaries = 2, transfer = 2, matrix = 2;
    if (get(b, 1)) {
        primaries = get(b, 8);
        transfer = get(b, 8);
        matrix = get(b, 8);
    }
    s->sub_x = s->sub_y = 1;
    if (s->mono)
        return;
    if (primaries == 1 && transfer == 13 && matrix == 0) { /* sRGB */
        s->sub_x = s->sub_y = 0;
        return;
    }
    get(b, 1); /* color_range */
    if (s->profile == 1) {
        s->sub_x = s->sub_y = 0;
    } else if (s->profile == 2) {
        s->sub_x = s->twelve_bit ? get(b, 1) : 1;
        s->sub_y = s->twelve_bit && s->sub_x ? get(b, 1) : 0;
    }
    if (s->sub_x && s->sub_y)
        s->position = get(b, 2);
}

static bool read_sequence(struct bits *b, struct sequence *s)
{
    *s = (struct sequence){ .profile = get(b, 3) };
    get(b, 1); /* still_picture */
    bool reduced = get(b, 1);
    if (reduced)
        s->level = get(b, 5);
    else
        read_operating_points(b, s);
    skip_tools(b, reduced);
    get(b, 3); /* superres, cdef, restoration */
    read_color_config(b, s);
    return !b->bad;
}

size_t rl_av1_config(const uint8_t *data, size_t size, uint8_t record[RL_AV1C_MAX])
{
    const uint8_t *end = data + size;
    struct obu obu;
    for (const uint8_t *at = data; at < end; at = obu.end) {
        if (!read_obu(at, end, &obu))
            return 0;
        if (obu.type != OBU_SEQUENCE_HEADER)
            continue;
        struct bits bits = { .data = obu.payload, .size = (size_t)(obu.end - obu.payload) };
        struct sequence s;
        size_t n = (size_t)(obu.end - obu.begin);
        /* configOBUs must say their size, and encoders do. */
        if (!read_sequence(&bits, &s) || !(obu.begin[0] & 2) || n > RL_AV1C_MAX - 4)
            return 0;
        record[0] = 0x81; /* marker, version 1 */
        record[1] = (uint8_t)(s.profile << 5 | s.level);
        record[2] = (uint8_t)(s.tier << 7 | s.high_bitdepth << 6 | s.twelve_bit << 5 | s.mono << 4 | s.sub_x << 3 |
                              s.sub_y << 2 | s.position);
        record[3] = 0; /* no initial presentation delay */
        memcpy(record + 4, obu.begin, n);
        return n + 4;
    }
    return 0;
}
