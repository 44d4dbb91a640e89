/* Containers made of nested boxes: ISO base media and QuickTime by their brands, Matroska by its document type. */
#include "sniff_rules.h"

static const struct {
    char brand[5];
    enum type_id type;
} brands[] = {
    { "qt  ", T_MOV },
    { "M4A ", T_M4A }, { "M4B ", T_M4A }, { "M4P ", T_M4A }, { "F4A ", T_M4A }, { "F4B ", T_M4A },
    { "M4V ", T_MP4 }, { "mp41", T_MP4 }, { "mp42", T_MP4 }, { "mp71", T_MP4 }, { "isom", T_MP4 }, { "iso2", T_MP4 },
    { "iso3", T_MP4 }, { "iso4", T_MP4 }, { "iso5", T_MP4 }, { "iso6", T_MP4 }, { "iso8", T_MP4 }, { "iso9", T_MP4 },
    { "avc1", T_MP4 }, { "dash", T_MP4 }, { "cmfc", T_MP4 }, { "cmf2", T_MP4 }, { "MSNV", T_MP4 }, { "F4V ", T_MP4 },
    { "heic", T_HEIC }, { "heix", T_HEIC }, { "heim", T_HEIC }, { "heis", T_HEIC }, { "hevc", T_HEIC },
    { "hevx", T_HEIC }, { "hevm", T_HEIC }, { "hevs", T_HEIC },
    { "avif", T_AVIF }, { "avis", T_AVIF },
    { "mif1", T_HEIF }, { "mif2", T_HEIF }, { "mif3", T_HEIF }, { "msf1", T_HEIF }, { "miaf", T_HEIF },
    { "crx ", T_CR3 },
    { "jp2 ", T_JP2 },
};

static enum type_id of_brand(const uint8_t *brand)
{
    if (brand[0] == '3' && brand[1] == 'g')
        return T_3GP;
    for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++) {
        if (memcmp(brand, brands[i].brand, 4) == 0)
            return brands[i].type;
    }
    return T_UNKNOWN;
}

/* The major brand decides; where it says little (mif1) or nothing, the compatible ones do. */
static enum type_id of_ftyp(const struct window *w, size_t at)
{
    uint64_t end = at + be32(w->data + at);
    if (end > w->size || end < at + 16)
        end = w->size;
    if (at + 12 > w->size)
        return T_MP4;

    enum type_id type = of_brand(w->data + at + 8);
    if (type != T_UNKNOWN && type != T_HEIF)
        return type;
    for (size_t i = at + 16; i + 4 <= end; i += 4) {
        enum type_id other = of_brand(w->data + i);
        if (type == T_HEIF) {
            if (other == T_AVIF || other == T_HEIC)
                return other;
        } else if (other != T_UNKNOWN) {
            return other;
        }
    }
    return type == T_UNKNOWN ? T_MP4 : type;
}

/* What a file that begins with such a box is, if no ftyp follows. */
static enum type_id of_box(const uint8_t *box)
{
    static const char quicktime[] = "moovmdatwidepnotfreeskipudtajunkpict";
    static const char fragments[] = "moofstypsidxemsgprft";

    for (size_t i = 0; i + 4 < sizeof(quicktime); i += 4) {
        if (memcmp(box, quicktime + i, 4) == 0)
            return T_MOV;
    }
    for (size_t i = 0; i + 4 < sizeof(fragments); i += 4) {
        if (memcmp(box, fragments + i, 4) == 0)
            return T_MP4;
    }
    return T_UNKNOWN;
}

enum type_id rl_sniff_iso(const struct window *w)
{
    enum type_id found = T_UNKNOWN;
    uint64_t at = 0;

    while (at + 8 <= w->size) {
        const uint8_t *box = w->data + at;
        if (memcmp(box + 4, "ftyp", 4) == 0)
            return of_ftyp(w, (size_t)at);
        enum type_id type = of_box(box + 4);
        if (type == T_UNKNOWN)
            return found;
        if (found == T_UNKNOWN)
            found = type;
        uint64_t size = be32(box);
        if (size == 1 && at + 16 <= w->size)
            size = (uint64_t)be32(box + 8) << 32 | be32(box + 12);
        if (size < 8 || size > w->total - at)
            return found; /* to the end of the file, or cut off */
        at += size;
    }
    return found;
}

/* A number as EBML writes it: its length is in the leading zeros of the first byte. 0 when it does not fit. */
static size_t ebml_number(const struct window *w, size_t at, bool keep_marker, uint64_t *value)
{
    if (at >= w->size || w->data[at] == 0)
        return 0;
    size_t length = 1;
    for (unsigned mask = 0x80; !(w->data[at] & mask); mask >>= 1)
        length++;
    if (length > w->size - at)
        return 0;
    *value = keep_marker ? w->data[at] : w->data[at] & (0xffu >> length);
    for (size_t i = 1; i < length; i++)
        *value = *value << 8 | w->data[at + i];
    return length;
}

enum type_id rl_sniff_ebml(const struct window *w)
{
    uint64_t size, id;
    size_t at = 4, n;

    if (!has(w, 0, "\x1a\x45\xdf\xa3", 4) || (n = ebml_number(w, at, false, &size)) == 0)
        return T_UNKNOWN;
    at += n;
    size_t end = size < w->size - at ? at + (size_t)size : w->size;
    while (at < end) {
        if ((n = ebml_number(w, at, true, &id)) == 0)
            break;
        at += n;
        if ((n = ebml_number(w, at, false, &size)) == 0 || size > w->size - at - n)
            break;
        at += n;
        if (id == 0x4282) /* DocType */
            return size >= 4 && memcmp(w->data + at, "webm", 4) == 0 ? T_WEBM : T_MATROSKA;
        at += (size_t)size;
    }
    return T_MATROSKA; /* the default of DocType */
}
