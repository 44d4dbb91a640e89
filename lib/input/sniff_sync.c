/*
 * Streams without a header of their own: transport packets and bare sound frames. One sync word proves nothing, so
 * several must follow each other at the distance that each of them states.
 */
#include "sniff_rules.h"

/* How many frames or packets must follow: fewer at the very beginning, where files begin, than inside of garbage. */
#define FOLLOW_FIRST 2
#define FOLLOW_LATER 3
#define PACKETS_FIRST 4
#define PACKETS_LATER 8

/* Are there `wanted` packets of `stride` bytes from `at` on, or fewer that end with the input? */
static bool packets(const struct window *w, size_t at, size_t stride, unsigned wanted)
{
    unsigned found = 0;

    for (; at + 4 <= w->size && found < wanted; at += stride, found++) {
        /* 0x47, and an adaptation field control that is not the reserved 0. */
        if (w->data[at] != 0x47 || (w->data[at + 3] & 0x30) == 0)
            return false;
    }
    return found >= wanted || (found >= 2 && w->size == w->total);
}

enum type_id rl_sniff_packets(const struct window *w)
{
    static const size_t strides[] = { 188, 192, 204 };

    for (size_t at = 0; at + 4 <= w->size; at++) {
        if (w->data[at] != 0x47)
            continue;
        for (size_t i = 0; i < sizeof(strides) / sizeof(strides[0]); i++) {
            if (packets(w, at, strides[i], at < strides[i] ? PACKETS_FIRST : PACKETS_LATER))
                return T_MPEGTS;
        }
    }
    return T_UNKNOWN;
}

/* One frame: its type, its length, and what must be the same in the next one. */
struct frame {
    enum type_id type;
    size_t length;
    uint32_t same;
};

/* ISO/IEC 11172-3 and 13818-3: MPEG audio, layers 1 to 3, without the free format. */
static bool mpeg_audio(const uint8_t *p, struct frame *f)
{
    static const uint16_t rates[2][3][15] = { /* kbit/s: MPEG-1 and MPEG-2/2.5, layers 1 to 3 */
        { { 0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448 },
          { 0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384 },
          { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320 } },
        { { 0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256 },
          { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 },
          { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 } },
    };
    static const uint16_t hertz[3] = { 44100, 48000, 32000 };
    unsigned version = p[1] >> 3 & 3, layer = 4 - (p[1] >> 1 & 3), rate = p[2] >> 4, sampling = p[2] >> 2 & 3;

    if (p[0] != 0xff || (p[1] & 0xe0) != 0xe0 || version == 1 || layer == 4 || rate == 0 || rate == 15 || sampling == 3)
        return false;
    unsigned shift = version == 3 ? 0 : version == 2 ? 1 : 2;
    unsigned bits = 1000u * rates[version != 3][layer - 1][rate], padding = p[2] >> 1 & 1;
    unsigned hz = (unsigned)hertz[sampling] >> shift;
    if (layer == 1)
        f->length = (size_t)(12 * bits / hz + padding) * 4;
    else
        f->length = (layer == 3 && version != 3 ? 72 : 144) * bits / hz + padding;
    f->type = layer == 3 ? T_MP3 : T_MP2;
    f->same = (uint32_t)(p[1] & 0xfe) << 8 | (p[2] & 0x0c);
    return true;
}

/* ISO/IEC 14496-3: AAC in ADTS. */
static bool adts(const uint8_t *p, struct frame *f)
{
    if (p[0] != 0xff || (p[1] & 0xf6) != 0xf0 || (p[2] >> 2 & 15) > 12)
        return false;
    f->length = (size_t)(p[3] & 3) << 11 | (size_t)p[4] << 3 | p[5] >> 5;
    f->type = T_AAC;
    f->same = (uint32_t)(p[1] & 0xfe) << 16 | (uint32_t)(p[2] & 0xfd) << 8 | (p[3] & 0xc0);
    return f->length >= 8;
}

/* ISO/IEC 14496-3: AAC in LATM with the LOAS sync layer. */
static bool loas(const uint8_t *p, struct frame *f)
{
    if (p[0] != 0x56 || (p[1] & 0xe0) != 0xe0)
        return false;
    f->length = ((size_t)(p[1] & 0x1f) << 8 | p[2]) + 3;
    f->type = T_LATM;
    f->same = 0;
    return f->length > 8;
}

/* ETSI TS 102 366: AC-3 and Enhanced AC-3, told apart by bsid. */
static bool ac3(const uint8_t *p, struct frame *f)
{
    static const uint16_t kbits[19] = { 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
                                        576, 640 };
    unsigned bsid = p[5] >> 3, code = p[4] >> 6, size = p[4] & 63;

    if (p[0] != 0x0b || p[1] != 0x77 || bsid > 16)
        return false;
    f->same = 0; /* independent and dependent frames of E-AC-3 alternate */
    if (bsid > 10) {
        f->length = 2 * (((size_t)(p[2] & 7) << 8 | p[3]) + 1);
        f->type = T_EAC3;
        return f->length > 8;
    }
    if (code == 3 || size >= 2 * 19)
        return false;
    unsigned rate = kbits[size / 2];
    f->length = code == 0 ? 4 * rate : code == 1 ? 2 * (rate * 320 / 147 + (size & 1)) : 6 * rate;
    f->type = T_AC3;
    return true;
}

/* ETSI TS 102 114: DTS core frames, 16 bits, big-endian. */
static bool dts(const uint8_t *p, struct frame *f)
{
    if (be32(p) != 0x7ffe8001)
        return false;
    f->length = ((size_t)(p[5] & 3) << 12 | (size_t)p[6] << 4 | p[7] >> 4) + 1;
    f->type = T_DTS;
    f->same = 0;
    return f->length >= 96;
}

#define HEADER 8 /* bytes that the parsers above may read */

/* What may stand behind the last frame: an ID3v1 tag, an APE tag, or nothing. */
static bool ends(const struct window *w, size_t at)
{
    return w->size == w->total && (at == w->size || has(w, at, "TAG", 3) || has(w, at, "APETAGEX", 8));
}

/* Do `wanted` frames follow each other from `at` on? Fewer do when they end with the input. */
static bool follow(const struct window *w, bool (*parse)(const uint8_t *p, struct frame *f), size_t at,
                   unsigned wanted, enum type_id *type)
{
    struct frame first = { 0 }, next;
    unsigned found = 0;

    while (found < wanted && at + HEADER <= w->size && parse(w->data + at, &next)) {
        if (found == 0)
            first = next;
        else if (next.type != first.type || next.same != first.same)
            return false;
        found++;
        at += next.length;
    }
    if (found == 0)
        return false;
    *type = first.type;
    return found >= wanted || ends(w, at);
}

/* RFC 9639: a FLAC frame does not state its length, but its header has a checksum. Only at the very beginning. */
static bool flac_frame(const struct window *w)
{
    if (w->size < 16 || w->data[0] != 0xff || (w->data[1] & 0xfe) != 0xf8)
        return false;
    unsigned blocks = w->data[2] >> 4, rate = w->data[2] & 15;
    if (blocks == 0 || rate == 15 || w->data[3] >> 4 > 10 || (w->data[3] & 1))
        return false;
    /* The number of frame or sample, coded like UTF-8 of up to 7 bytes, then what blocks and rate put off. */
    size_t coded = 1;
    if (w->data[4] & 0x80) {
        for (coded = 0; coded < 7 && (w->data[4] & (0x80u >> coded)); coded++)
            ;
        if (coded < 2)
            return false;
    }
    size_t end = 4 + coded + (blocks == 6 ? 1 : blocks == 7 ? 2 : 0) + (rate == 12 ? 1 : rate > 12 ? 2 : 0);
    unsigned crc = 0;
    for (size_t i = 0; i <= end; i++) { /* with its own checksum it is 0 */
        crc ^= w->data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x80 ? 0x07u : 0)) & 0xff;
    }
    return crc == 0;
}

enum type_id rl_sniff_frames(const struct window *w)
{
    static bool (*const parsers[])(const uint8_t *p, struct frame *f) = { mpeg_audio, adts, ac3, loas, dts };
    enum type_id type = T_UNKNOWN;

    if (flac_frame(w))
        return T_FLAC;
    for (size_t at = 0; at + HEADER <= w->size; at++) {
        uint8_t lead = w->data[at];
        if (lead != 0xff && lead != 0x0b && lead != 0x56 && lead != 0x7f)
            continue;
        for (size_t i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
            if (follow(w, parsers[i], at, at == 0 ? FOLLOW_FIRST : FOLLOW_LATER, &type))
                return type;
        }
    }
    return T_UNKNOWN;
}

/* ITU-T H.264 and H.265, annex B: a start code, and as first unit one that a stream can begin with. */
enum type_id rl_sniff_annexb(const struct window *w)
{
    size_t at = has(w, 0, "\x00\x00\x00\x01", 4) ? 4 : has(w, 0, "\x00\x00\x01", 3) ? 3 : 0;

    if (at == 0 || at + 2 > w->size)
        return T_UNKNOWN;
    unsigned b0 = w->data[at], b1 = w->data[at + 1];
    unsigned hevc = b0 >> 1 & 63, avc = b0 & 31;
    /* VPS, SPS, access unit delimiter; layer 0, temporal id 0. */
    if ((b0 & 0x81) == 0 && b1 == 1 && (hevc == 32 || hevc == 33 || hevc == 35))
        return T_HEVC;
    /* SPS; access unit delimiter; SEI. */
    if ((b0 & 0x80) == 0 && ((avc == 7 && (b0 & 0x60)) || avc == 9 || avc == 6))
        return T_H264;
    return T_UNKNOWN;
}
