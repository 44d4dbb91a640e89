#include "extent.h"

#include "../../base/io.h"

#include <libavutil/intreadwrite.h>
#include <string.h>

/* A file can hold many fragments or chunks; what is behind this many is not looked at. */
#define MAX_HEADERS 200000

struct view {
    const struct rl_env *env;
    int fd;
    int64_t size;
};

/* Reads the n bytes of a header; false at the end of the file. */
static bool header(const struct view *v, int64_t at, uint8_t *to, size_t n)
{
    return at >= 0 && at <= v->size - (int64_t)n && rl_pread(v->env, v->fd, to, n, at) == (int64_t)n;
}

/* ISO boxes: only those that hold media or its tables are judged, as anything may stand behind them. */
static bool boxes_cut(const struct view *v, bool *fragmented)
{
    uint8_t h[16];
    int64_t at = 0;

    for (int i = 0; i < MAX_HEADERS && header(v, at, h, 8); i++) {
        bool media = !memcmp(h + 4, "mdat", 4) || !memcmp(h + 4, "moov", 4) || !memcmp(h + 4, "moof", 4);
        uint64_t n = AV_RB32(h);

        *fragmented = *fragmented || !memcmp(h + 4, "moof", 4);
        if (n == 1) {
            if (!header(v, at, h, 16))
                return media;
            n = AV_RB64(h + 8);
        }
        if (n < 8)
            return false; /* 0: up to the end of the file; else no box */
        if (n > (uint64_t)(v->size - at))
            return media;
        at += (int64_t)n;
    }
    return false;
}

/* Reads an EBML variable-length number of 1 to 8 bytes; its length, or 0. */
static unsigned vint(const uint8_t *p, size_t room, uint64_t *value)
{
    unsigned n = 1;
    uint64_t v;

    while (n <= 8 && !(p[0] & (0x80 >> (n - 1))))
        n++;
    if (n > 8 || n > room)
        return 0;
    v = p[0] & (0xffu >> n);
    bool unknown = v == (0xffu >> n);
    for (unsigned i = 1; i < n; i++) {
        v = v << 8 | p[i];
        unknown = unknown && p[i] == 0xff;
    }
    *value = unknown ? UINT64_MAX : v;
    return n;
}

static bool ebml_cut(const struct view *v)
{
    uint8_t h[12];
    uint64_t n;
    unsigned len;

    if (!header(v, 0, h, 12) || AV_RB32(h) != 0x1a45dfa3 || !(len = vint(h + 4, 8, &n)) || n > 4096)
        return false;
    int64_t at = 4 + (int64_t)len + (int64_t)n;
    if (!header(v, at, h, 12) || AV_RB32(h) != 0x18538067 || !(len = vint(h + 4, 8, &n)) || n == UINT64_MAX)
        return false;
    return n > (uint64_t)(v->size - at) - 4 - len;
}

/* RIFF, RIFX and IFF: the chunk that holds the media. Writers of streams leave 0 or all ones where they do not know. */
static bool chunks_cut(const struct view *v, bool big_endian, const char *media, const char *media_list)
{
    uint8_t h[12];
    int64_t at = 12;

    if (!header(v, 0, h, 12))
        return false;
    for (int i = 0; i < MAX_HEADERS && header(v, at, h, 8); i++) {
        uint32_t n = big_endian ? AV_RB32(h + 4) : AV_RL32(h + 4);
        bool is_media = !memcmp(h, media, 4);

        if (!memcmp(h, "LIST", 4) && media_list)
            is_media = header(v, at, h, 12) && !memcmp(h + 8, media_list, 4);
        if (n == 0 && is_media)
            return false;
        if (n > v->size - at - 8)
            return is_media && n < UINT32_MAX - 0xffff;
        at += 8 + (int64_t)n + (n & 1);
    }
    return false;
}

/* RF64: the sizes are in a ds64 chunk at the front. */
static bool rf64_cut(const struct view *v)
{
    uint8_t h[36];

    if (!header(v, 0, h, 36) || memcmp(h + 12, "ds64", 4))
        return false;
    uint64_t riff = AV_RL64(h + 20);
    return riff > (uint64_t)v->size && riff < UINT64_MAX / 2 && AV_RL64(h + 28) > (uint64_t)v->size - 36;
}

static bool flv_cut(const struct view *v)
{
    uint8_t h[15];
    int64_t at;

    if (!header(v, 0, h, 9))
        return false;
    at = AV_RB32(h + 5);
    while (header(v, at, h, 15)) { /* size of the tag before, then the tag's own header */
        int64_t n = AV_RB24(h + 5);
        if (at + 15 + n > v->size)
            return true;
        at += 15 + n;
    }
    return false;
}

bool rl_extent_cut(const struct rl_env *env, int fd, int64_t size, const char *format)
{
    const struct view v = { env, fd, size };
    bool fragmented = false;
    uint8_t h[4];

    if (!strcmp(format, "mov"))
        return boxes_cut(&v, &fragmented);
    if (!strcmp(format, "matroska"))
        return ebml_cut(&v);
    if (!strcmp(format, "avi"))
        return chunks_cut(&v, false, "movi", "movi");
    if (!strcmp(format, "wav") && header(&v, 0, h, 4))
        return !memcmp(h, "RF64", 4) ? rf64_cut(&v) : chunks_cut(&v, !memcmp(h, "RIFX", 4), "data", NULL);
    if (!strcmp(format, "aiff"))
        return chunks_cut(&v, true, "SSND", NULL);
    if (!strcmp(format, "flv"))
        return flv_cut(&v);
    return false;
}

bool rl_extent_fragmented(const struct rl_env *env, int fd, int64_t size)
{
    const struct view v = { env, fd, size };
    bool fragmented = false;

    (void)boxes_cut(&v, &fragmented);
    return fragmented;
}
