#include "exif.h"

#include "meta.h"

#include <string.h>

static const uint8_t type_sizes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4 };

uint32_t rl_tiff_u16(const struct rl_tiff *t, size_t at)
{
    const uint8_t *p = t->data + at;

    if (at > t->size || t->size - at < 2)
        return 0;
    return t->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

uint32_t rl_tiff_u32(const struct rl_tiff *t, size_t at)
{
    if (at > t->size || t->size - at < 4)
        return 0;
    return t->big ? rl_tiff_u16(t, at) << 16 | rl_tiff_u16(t, at + 2)
                  : rl_tiff_u16(t, at + 2) << 16 | rl_tiff_u16(t, at);
}

bool rl_tiff_open(struct rl_tiff *t, const uint8_t *data, size_t size)
{
    if (size >= 6 && !memcmp(data, "Exif\0\0", 6)) {
        data += 6;
        size -= 6;
    }
    *t = (struct rl_tiff){ data, size, false };
    if (size < 8 || data[0] != data[1] || (data[0] != 'I' && data[0] != 'M'))
        return false;
    t->big = data[0] == 'M';
    return rl_tiff_u16(t, 2) == 42;
}

uint32_t rl_tiff_count(const struct rl_tiff *t, size_t ifd)
{
    uint32_t n = rl_tiff_u16(t, ifd);
    size_t room = ifd > t->size || t->size - ifd < 2 ? 0 : (t->size - ifd - 2) / 12;

    return n < room ? n : (uint32_t)room;
}

size_t rl_tiff_first(const struct rl_tiff *t)
{
    uint32_t at = rl_tiff_u32(t, 4);

    return at < 8 || !rl_tiff_count(t, at) ? 0 : at;
}

size_t rl_tiff_next(const struct rl_tiff *t, size_t ifd)
{
    uint32_t at = rl_tiff_u32(t, ifd + 2 + 12 * (size_t)rl_tiff_u16(t, ifd));

    return at < 8 || !rl_tiff_count(t, at) ? 0 : at;
}

bool rl_tiff_entry(const struct rl_tiff *t, size_t ifd, uint32_t n, struct rl_tiff_entry *e)
{
    size_t at = ifd + 2 + 12 * (size_t)n;
    uint64_t bytes;

    *e = (struct rl_tiff_entry){ rl_tiff_u16(t, at), rl_tiff_u16(t, at + 2), rl_tiff_u32(t, at + 4), at, 0, 0 };
    if (n >= rl_tiff_count(t, ifd) || e->type >= sizeof(type_sizes) || !type_sizes[e->type])
        return false;
    bytes = (uint64_t)e->count * type_sizes[e->type];
    e->value = bytes <= 4 ? at + 8 : rl_tiff_u32(t, at + 8);
    if (e->value > t->size || bytes > t->size - e->value)
        return false;
    e->bytes = (size_t)bytes;
    return true;
}

bool rl_tiff_find(const struct rl_tiff *t, size_t ifd, unsigned tag, struct rl_tiff_entry *e)
{
    uint32_t n = ifd ? rl_tiff_count(t, ifd) : 0;

    for (uint32_t i = 0; i < n; i++)
        if (rl_tiff_u16(t, ifd + 2 + 12 * (size_t)i) == tag)
            return rl_tiff_entry(t, ifd, i, e);
    return false;
}

uint32_t rl_tiff_number(const struct rl_tiff *t, const struct rl_tiff_entry *e, uint32_t n)
{
    if (n >= e->count)
        return 0;
    switch (e->type) {
    case 1:
    case 7:
        return t->data[e->value + n];
    case 3:
        return rl_tiff_u16(t, e->value + 2 * (size_t)n);
    case 4:
    case 13:
        return rl_tiff_u32(t, e->value + 4 * (size_t)n);
    default:
        return 0;
    }
}

uint32_t rl_tiff_value(const struct rl_tiff *t, size_t ifd, unsigned tag, uint32_t otherwise)
{
    struct rl_tiff_entry e;

    return rl_tiff_find(t, ifd, tag, &e) && e.count ? rl_tiff_number(t, &e, 0) : otherwise;
}

size_t rl_tiff_text(const struct rl_tiff *t, size_t ifd, unsigned tag, const char **text)
{
    struct rl_tiff_entry e;
    size_t n;

    if (!rl_tiff_find(t, ifd, tag, &e) || (e.type != 2 && e.type != 129))
        return 0;
    *text = (const char *)t->data + e.value;
    n = strnlen(*text, e.bytes < 32768 ? e.bytes : 32768);
    while (n && ((*text)[n - 1] == ' ' || (*text)[n - 1] == '\n' || (*text)[n - 1] == '\r'))
        n--;
    return n;
}

int rl_exif_orientation(const uint8_t *exif, size_t size)
{
    struct rl_tiff t;
    uint32_t v;

    if (!rl_tiff_open(&t, exif, size))
        return 1;
    v = rl_tiff_value(&t, rl_tiff_first(&t), RL_TIFF_ORIENTATION, 1);
    return v >= 1 && v <= 8 ? (int)v : 1;
}

void rl_exif_turn(int orientation, int32_t *mirrored, int32_t *rotation)
{
    static const struct {
        int16_t mirrored, rotation;
    } turns[9] = { { 0, 0 }, { 0, 0 }, { 1, 0 }, { 0, 180 }, { 1, 180 }, { 1, 270 }, { 0, 90 }, { 1, 90 }, { 0, 270 } };
    int i = orientation >= 1 && orientation <= 8 ? orientation : 1;

    *mirrored = turns[i].mirrored;
    *rotation = turns[i].rotation;
}
