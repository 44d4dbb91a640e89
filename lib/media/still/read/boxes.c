#include "boxes.h"

#include <string.h>

static uint64_t be(const uint8_t *at, size_t bytes)
{
    uint64_t v = 0;

    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | at[i];
    return v;
}

/* The next box of rest: its type and body; rest moves behind it. A box that says it is larger than what there is ends there. */
static bool next_box(struct rl_span *rest, uint32_t *type, struct rl_span *body)
{
    size_t head = 8;

    if (rest->size < 8)
        return false;
    uint64_t size = be(rest->data, 4);
    *type = (uint32_t)be(rest->data + 4, 4);
    if (size == 1) {
        if (rest->size < 16)
            return false;
        size = be(rest->data + 8, 8);
        head = 16;
    } else if (size == 0) {
        size = rest->size;
    }
    if (size < head)
        return false;
    if (size > rest->size)
        size = rest->size;
    *body = (struct rl_span){ rest->data + head, (size_t)size - head };
    rest->data += size;
    rest->size -= (size_t)size;
    return true;
}

/* Takes bytes from the front; false where there are too few. */
static bool take(struct rl_span *s, size_t bytes, uint64_t *v)
{
    if (s->size < bytes)
        return false;
    *v = be(s->data, bytes);
    s->data += bytes;
    s->size -= bytes;
    return true;
}

/* Version and flags. */
static bool take_full(struct rl_span *s, unsigned *version, uint32_t *flags)
{
    uint64_t v;

    if (!take(s, 4, &v))
        return false;
    *version = (unsigned)(v >> 24);
    *flags = (uint32_t)(v & 0xffffff);
    return true;
}

static bool find_box(struct rl_span in, uint32_t wanted, struct rl_span *body)
{
    uint32_t type;

    while (next_box(&in, &type, body))
        if (type == wanted)
            return true;
    *body = (struct rl_span){ NULL, 0 };
    return false;
}

bool rl_boxes_open(struct rl_boxes *boxes, const uint8_t *data, size_t size)
{
    struct rl_span meta, pitm;
    unsigned version;
    uint32_t flags;
    uint64_t id;

    *boxes = (struct rl_boxes){ .file = { data, size } };
    if (!find_box(boxes->file, RL_TAG('m', 'e', 't', 'a'), &meta) || !take_full(&meta, &version, &flags))
        return false;
    if (find_box(meta, RL_TAG('i', 'p', 'r', 'p'), &boxes->iprp))
        find_box(boxes->iprp, RL_TAG('i', 'p', 'c', 'o'), &boxes->ipco);
    find_box(meta, RL_TAG('i', 'i', 'n', 'f'), &boxes->iinf);
    find_box(meta, RL_TAG('i', 'r', 'e', 'f'), &boxes->iref);
    find_box(meta, RL_TAG('i', 'l', 'o', 'c'), &boxes->iloc);
    find_box(meta, RL_TAG('i', 'd', 'a', 't'), &boxes->idat);
    if (!find_box(meta, RL_TAG('p', 'i', 't', 'm'), &pitm) || !take_full(&pitm, &version, &flags) ||
        !take(&pitm, version ? 4 : 2, &id))
        return false;
    boxes->primary = (uint32_t)id;
    return boxes->primary != 0;
}

/* The infe boxes in turn, from a copy of iinf's body whose front was taken. */
static bool items_begin(const struct rl_boxes *boxes, struct rl_span *rest)
{
    unsigned version;
    uint32_t flags;
    uint64_t count;

    *rest = boxes->iinf;
    return take_full(rest, &version, &flags) && take(rest, version ? 4 : 2, &count);
}

static bool items_next(struct rl_span *rest, uint32_t *id, uint32_t *type)
{
    struct rl_span body;
    unsigned version;
    uint32_t box, flags;
    uint64_t v, protection, name;

    while (next_box(rest, &box, &body)) {
        if (box != RL_TAG('i', 'n', 'f', 'e') || !take_full(&body, &version, &flags) || version < 2 ||
            !take(&body, version > 2 ? 4 : 2, &v) || !take(&body, 2, &protection) || !take(&body, 4, &name))
            continue;
        *id = (uint32_t)v;
        *type = (uint32_t)name;
        return true;
    }
    return false;
}

uint32_t rl_boxes_item(const struct rl_boxes *boxes, uint32_t id)
{
    struct rl_span rest;
    uint32_t each, type;

    if (items_begin(boxes, &rest))
        while (items_next(&rest, &each, &type))
            if (each == id)
                return type;
    return 0;
}

static bool property_at(const struct rl_boxes *boxes, uint64_t index, struct rl_property *out)
{
    struct rl_span rest = boxes->ipco;

    for (uint64_t i = 1; next_box(&rest, &out->type, &out->body); i++)
        if (i == index)
            return true;
    return false;
}

size_t rl_boxes_properties(const struct rl_boxes *boxes, uint32_t id, struct rl_property *list, size_t max)
{
    struct rl_span iprp = boxes->iprp, ipma;
    uint32_t type, flags;
    unsigned version;
    uint64_t entries, item, count, index;

    while (next_box(&iprp, &type, &ipma)) {
        if (type != RL_TAG('i', 'p', 'm', 'a') || !take_full(&ipma, &version, &flags) || !take(&ipma, 4, &entries))
            continue;
        size_t wide = flags & 1 ? 2 : 1;
        while (entries-- && take(&ipma, version ? 4 : 2, &item) && take(&ipma, 1, &count)) {
            size_t found = 0;
            for (; count && take(&ipma, wide, &index); count--) {
                index &= wide == 2 ? 0x7fff : 0x7f;
                if (item == id && found < max && property_at(boxes, index, &list[found]))
                    found++;
            }
            if (item == id)
                return found;
        }
    }
    return 0;
}

bool rl_boxes_property(const struct rl_boxes *boxes, uint32_t id, uint32_t type, struct rl_span *body)
{
    struct rl_property list[32];
    size_t count = rl_boxes_properties(boxes, id, list, 32);

    for (size_t i = 0; i < count; i++)
        if (list[i].type == type) {
            *body = list[i].body;
            return true;
        }
    return false;
}

bool rl_boxes_size(const struct rl_boxes *boxes, uint32_t id, uint32_t *width, uint32_t *height)
{
    struct rl_span body;

    if (!rl_boxes_property(boxes, id, RL_TAG('i', 's', 'p', 'e'), &body) || body.size < 12)
        return false;
    *width = (uint32_t)be(body.data + 4, 4);
    *height = (uint32_t)be(body.data + 8, 4);
    return true;
}

size_t rl_boxes_references(const struct rl_boxes *boxes, uint32_t from, uint32_t type, uint32_t *to, size_t max)
{
    struct rl_span rest = boxes->iref, body;
    unsigned version;
    uint32_t flags, each;
    uint64_t v, count;
    size_t found = 0;

    if (!take_full(&rest, &version, &flags))
        return 0;
    size_t wide = version ? 4 : 2;
    while (next_box(&rest, &each, &body)) {
        if (each != type || !take(&body, wide, &v) || v != from || !take(&body, 2, &count))
            continue;
        while (count-- && found < max && take(&body, wide, &v))
            to[found++] = (uint32_t)v;
    }
    return found;
}

bool rl_boxes_gain_map(const struct rl_boxes *boxes)
{
    static const char apple[] = "urn:com:apple:photo:2020:aux:hdrgainmap";
    struct rl_span rest, each;
    uint32_t id, type;

    if (items_begin(boxes, &rest))
        while (items_next(&rest, &id, &type))
            if (type == RL_TAG('t', 'm', 'a', 'p'))
                return true;
    rest = boxes->ipco;
    while (next_box(&rest, &type, &each))
        if (type == RL_TAG('a', 'u', 'x', 'C') && each.size >= 4 + sizeof(apple) - 1 &&
            !memcmp(each.data + 4, apple, sizeof(apple) - 1))
            return true;
    return false;
}

bool rl_boxes_top(const struct rl_boxes *boxes, uint32_t type)
{
    struct rl_span body;

    return find_box(boxes->file, type, &body);
}

static reel_ratio part(const uint8_t *at, size_t bytes, int32_t of)
{
    uint64_t v = be(at, bytes);

    return (reel_ratio){ v > INT32_MAX ? INT32_MAX : (int32_t)v, of };
}

void rl_boxes_light(const struct rl_boxes *boxes, uint32_t id, struct rl_light *light, struct rl_mastering *mastering)
{
    struct rl_span b;

    if (rl_boxes_property(boxes, id, RL_TAG('c', 'l', 'l', 'i'), &b) && b.size >= 4)
        *light = (struct rl_light){ 1, (int32_t)be(b.data, 2), (int32_t)be(b.data + 2, 2) };
    if (!rl_boxes_property(boxes, id, RL_TAG('m', 'd', 'c', 'v'), &b) || b.size < 24)
        return;
    /* As in the SEI message of HEVC: green, blue, red. */
    reel_ratio *to[4] = { mastering->g, mastering->b, mastering->r, mastering->white };
    for (size_t i = 0; i < 8; i++)
        to[i / 2][i % 2] = part(b.data + 2 * i, 2, 50000);
    mastering->max_luminance = part(b.data + 16, 4, 10000);
    mastering->min_luminance = part(b.data + 20, 4, 10000);
    mastering->present = 1;
}

/* iloc, read one extent after another. */
struct extents {
    struct rl_span rest;
    unsigned version;
    size_t of_offset, of_length, of_base, of_index;
    uint64_t items, left; /* left: extents of this item */
    uint64_t id, method, base;
    uint64_t offset, length; /* the extent; the offset without base */
};

static bool extents_begin(const struct rl_boxes *boxes, struct extents *e)
{
    uint32_t flags;
    uint64_t sizes;

    *e = (struct extents){ .rest = boxes->iloc };
    if (!take_full(&e->rest, &e->version, &flags) || !take(&e->rest, 2, &sizes) ||
        !take(&e->rest, e->version < 2 ? 2 : 4, &e->items))
        return false;
    e->of_offset = sizes >> 12 & 15;
    e->of_length = sizes >> 8 & 15;
    e->of_base = sizes >> 4 & 15;
    e->of_index = e->version ? sizes & 15 : 0;
    return e->of_offset <= 8 && e->of_length <= 8 && e->of_base <= 8 && e->of_index <= 8;
}

static bool extents_next(struct extents *e)
{
    uint64_t reference, index;

    while (!e->left) {
        if (!e->items--)
            return false;
        if (!take(&e->rest, e->version < 2 ? 2 : 4, &e->id) || (e->version && !take(&e->rest, 2, &e->method)) ||
            !take(&e->rest, 2, &reference) || !take(&e->rest, e->of_base, &e->base) || !take(&e->rest, 2, &e->left))
            return false;
    }
    e->left--;
    return take(&e->rest, e->of_index, &index) && take(&e->rest, e->of_offset, &e->offset) &&
           take(&e->rest, e->of_length, &e->length);
}

size_t rl_boxes_data(const struct rl_boxes *boxes, uint32_t id, uint8_t *to, size_t max)
{
    struct extents e;
    size_t got = 0;

    if (!extents_begin(boxes, &e))
        return 0;
    while (got < max && extents_next(&e)) {
        if (e.id != id)
            continue;
        struct rl_span in = (e.method & 15) == 1 ? boxes->idat : boxes->file;
        if ((e.method & 15) > 1 || e.base > in.size || e.offset > in.size - e.base)
            break;
        size_t at = (size_t)(e.base + e.offset), size = in.size - at;
        if (e.length && e.length < size)
            size = (size_t)e.length;
        if (size > max - got)
            size = max - got;
        if (to)
            memcpy(to + got, in.data + at, size);
        got += size;
    }
    return got;
}

void rl_boxes_extents(const struct rl_boxes *boxes, uint64_t *bytes, uint64_t *end)
{
    struct extents e;

    *bytes = *end = 0;
    if (!extents_begin(boxes, &e))
        return;
    while (extents_next(&e)) {
        /* Nobody's file is of 2^60 bytes; so the sums stay below 2^64. */
        if (e.base >> 60 || e.offset >> 60 || e.length >> 60 || *bytes >> 60) {
            *bytes = *end = UINT64_MAX;
            return;
        }
        /* An extent without length is all that follows: the worst that it can be is the file. */
        *bytes += e.length ? e.length : boxes->file.size;
        if (!(e.method & 15) && e.base + e.offset + e.length > *end)
            *end = e.base + e.offset + e.length;
    }
}
