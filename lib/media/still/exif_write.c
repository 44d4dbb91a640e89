#include "exif.h"
#include "meta.h"

#include <string.h>

#define MAX_ENTRIES 128
#define MAX_VALUE (1u << 20)
/* Of all values: entries may point at the same bytes, and the copy has them each time. */
#define MAX_VALUES (4u << 20)
#define INTEROP 0xa005
#define MAKER_NOTE 0x927c /* its offsets would be wrong in another place */

/* What is about the picture, in the order that TIFF wants; the last two are folders of their own. */
static const uint16_t all_tags[] = { RL_TIFF_IMAGE_DESCRIPTION, RL_TIFF_MAKE, RL_TIFF_MODEL, RL_TIFF_ORIENTATION,
                                     0x011a, 0x011b, 0x0128, 0x0131, RL_TIFF_DATE, RL_TIFF_ARTIST, RL_TIFF_COPYRIGHT,
                                     RL_TIFF_EXIF, RL_TIFF_GPS, 0 };
static const uint16_t web_tags[] = { RL_TIFF_IMAGE_DESCRIPTION, RL_TIFF_ORIENTATION, RL_TIFF_ARTIST, RL_TIFF_COPYRIGHT,
                                     0 };

static void put16(uint8_t *p, bool big, unsigned v)
{
    p[big ? 0 : 1] = (uint8_t)(v >> 8);
    p[big ? 1 : 0] = (uint8_t)v;
}

static void put32(uint8_t *p, bool big, uint32_t v)
{
    put16(p + (big ? 0 : 2), big, v >> 16);
    put16(p + (big ? 2 : 0), big, v & 0xffff);
}

static bool is_folder(unsigned tag)
{
    return tag == RL_TIFF_EXIF || tag == RL_TIFF_GPS;
}

/* Copies one folder with its values, all that is chosen of it; the numbers stay in the source's byte order. */
static void put_folder(struct rl_buf *out, size_t base, const struct rl_tiff *t, const struct rl_tiff_entry *entries,
                       uint32_t count)
{
    size_t at = out->size;
    uint8_t *room = rl_buf_room(out, 2 + 12 * (size_t)count + 4);

    if (!room)
        return;
    memset(room, 0, 2 + 12 * (size_t)count + 4);
    put16(room, t->big, count);
    out->size += 2 + 12 * (size_t)count + 4;
    for (uint32_t i = 0; i < count && !out->failed; i++) {
        const struct rl_tiff_entry *e = &entries[i];
        size_t here = at + 2 + 12 * (size_t)i;
        bool folder = is_folder(e->tag);
        struct rl_tiff_entry inner[MAX_ENTRIES];
        uint32_t n = 0;

        put16(out->data + here, t->big, e->tag);
        put16(out->data + here + 2, t->big, folder ? 4 : e->type);
        put32(out->data + here + 4, t->big, folder ? 1 : e->count);
        if (folder) {
            size_t ifd = rl_tiff_number(t, e, 0);
            for (uint32_t k = 0; k < rl_tiff_count(t, ifd) && n < MAX_ENTRIES; k++)
                n += rl_tiff_entry(t, ifd, k, &inner[n]) && inner[n].bytes <= MAX_VALUE && !is_folder(inner[n].tag) &&
                     inner[n].tag != INTEROP && inner[n].tag != MAKER_NOTE;
            put32(out->data + here + 8, t->big, (uint32_t)(out->size - base));
            put_folder(out, base, t, inner, n);
        } else if (e->tag == RL_TIFF_ORIENTATION && e->bytes <= 4) {
            put16(out->data + here + 2, t->big, 3);
            put32(out->data + here + 4, t->big, 1);
            put16(out->data + here + 8, t->big, rl_tiff_number(t, e, 0) & 0xf);
        } else if (e->bytes <= 4) {
            memcpy(out->data + here + 8, t->data + e->value, e->bytes);
        } else if (out->size - base + e->bytes > MAX_VALUES) {
            put32(out->data + here + 4, t->big, 0);
        } else {
            put32(out->data + here + 8, t->big, (uint32_t)(out->size - base));
            rl_buf_add(out, t->data + e->value, e->bytes);
            if (e->bytes & 1)
                rl_buf_u8(out, 0);
        }
    }
}

/* Sets the orientation of an Exif blob of ours or a copy to 1. */
static void set_upright(uint8_t *data, size_t size)
{
    struct rl_tiff t;
    struct rl_tiff_entry e;

    if (!rl_tiff_open(&t, data, size) || !rl_tiff_find(&t, rl_tiff_first(&t), RL_TIFF_ORIENTATION, &e) || !e.count)
        return;
    size_t value = (size_t)(t.data - data) + e.value;
    if (e.type == 3)
        put16(data + value, t.big, 1);
    else if (e.type == 4)
        put32(data + value, t.big, 1);
    else if (e.type == 1)
        data[value] = 1;
}

static int rebuild(struct rl_buf *out, const uint8_t *exif, size_t size, const uint16_t *tags, bool texts_only)
{
    struct rl_tiff_entry entries[sizeof(all_tags) / sizeof(all_tags[0])];
    size_t base = out->size;
    uint32_t count = 0, texts = 0;
    const char *text;
    struct rl_tiff t;

    if (!rl_tiff_open(&t, exif, size))
        return 0;
    for (; *tags; tags++) {
        struct rl_tiff_entry *e = &entries[count];
        if (!rl_tiff_find(&t, rl_tiff_first(&t), *tags, e) || e->bytes > MAX_VALUE)
            continue;
        if (texts_only && *tags != RL_TIFF_ORIENTATION) {
            if (!rl_tiff_text(&t, rl_tiff_first(&t), *tags, &text))
                continue;
            texts++;
            e->bytes = strnlen(text, e->bytes - 1) + 1; /* what follows the zero is nobody's */
            e->count = (uint32_t)e->bytes;
        }
        count++;
    }
    if (!count || (texts_only && !texts))
        return 0;
    uint8_t *head = rl_buf_room(out, 8);
    if (!head)
        return REEL_ERR_NOMEM;
    memset(head, t.big ? 'M' : 'I', 2);
    put16(head + 2, t.big, 42);
    put32(head + 4, t.big, 8);
    out->size += 8;
    put_folder(out, base, &t, entries, count);
    return out->failed ? REEL_ERR_NOMEM : 0;
}

int rl_exif_extract(struct rl_buf *out, const uint8_t *tiff, size_t size)
{
    return rebuild(out, tiff, size, all_tags, false);
}

/* Zeros what is between the two, where it lies behind the first folder. */
static size_t wipe(uint8_t *data, size_t size, size_t first, size_t from, size_t bytes)
{
    if (from < first || from > size || bytes > size - from)
        return size;
    memset(data + from, 0, bytes);
    return from + bytes == size ? from : size;
}

/* All but the thumbnail, which shows the picture as it was before it was turned and cropped. Offsets stay, so those in a
 * maker's note are right. */
static int keep(struct rl_buf *out, const uint8_t *exif, size_t size)
{
    struct rl_tiff_entry at, bytes;
    size_t ifd, next, end, link;
    struct rl_tiff t, copy;

    if (!rl_tiff_open(&t, exif, size) || !(ifd = rl_tiff_first(&t)))
        return 0;
    uint8_t *data = rl_buf_room(out, t.size);
    if (!data)
        return REEL_ERR_NOMEM;
    memcpy(data, t.data, t.size);
    copy = (struct rl_tiff){ data, t.size, t.big };
    end = t.size;
    set_upright(data, end);
    link = ifd + 2 + 12 * (size_t)rl_tiff_u16(&copy, ifd);
    next = rl_tiff_next(&copy, ifd);
    if (next && link + 4 <= t.size) {
        size_t after = link + 4;
        if (rl_tiff_find(&t, next, RL_TIFF_THUMBNAIL, &at) &&
            rl_tiff_find(&t, next, RL_TIFF_THUMBNAIL_SIZE, &bytes))
            end = wipe(data, end, after, rl_tiff_number(&t, &at, 0), rl_tiff_number(&t, &bytes, 0));
        put32(data + link, t.big, 0);
        end = wipe(data, end, after, next, 2 + 12 * (size_t)rl_tiff_count(&t, next));
    }
    out->size += end;
    return 0;
}

int rl_exif_write(struct rl_buf *out, const uint8_t *exif, size_t size, enum rl_metadata what)
{
    size_t base = out->size;
    int rc;

    if (!size || what == RL_METADATA_STRIP)
        return 0;
    if (what == RL_METADATA_KEEP)
        return keep(out, exif, size);
    rc = rebuild(out, exif, size, web_tags, true);
    if (rc == 0 && out->size > base)
        set_upright(out->data + base, out->size - base);
    return rc;
}
