#include "png_chunks.h"

#include "../meta.h"
#include "coded.h"

#include <libavutil/intreadwrite.h>
#include <math.h>
#include <string.h>

#define MAX_PROFILE (16u << 20)
#define MAX_UNPACKED 4
/* As browsers do. us */
#define SHORTEST 10000
#define INSTEAD 100000

bool rl_png_next(const uint8_t *file, size_t size, size_t *at, struct rl_png_chunk *chunk)
{
    size_t left = *at < size ? size - *at : 0;

    if (left < 8)
        return false;
    *chunk = (struct rl_png_chunk){ AV_RB32(file + *at + 4), file + *at + 8, AV_RB32(file + *at), false };
    if (chunk->size > left - 8) {
        chunk->size = left - 8;
        chunk->cut = true;
    }
    *at = left - 8 - chunk->size < 4 ? size : *at + 12 + chunk->size;
    return true;
}

bool rl_png_control(const struct rl_png_chunk *c, const struct rl_png_facts *facts, struct rl_png_control *control)
{
    uint32_t number, scale;

    if (c->size < 26)
        return false;
    *control = (struct rl_png_control){ AV_RB32(c->data + 4), AV_RB32(c->data + 8), AV_RB32(c->data + 12),
                                        AV_RB32(c->data + 16), 0, c->data[24], c->data[25] };
    number = AV_RB16(c->data + 20);
    scale = AV_RB16(c->data + 22);
    control->delay = (int64_t)number * 1000000 / (scale ? scale : 100);
    if (control->delay <= SHORTEST)
        control->delay = INSTEAD;
    return control->width && control->height && control->x < facts->width && control->y < facts->height &&
           control->width <= facts->width - control->x && control->height <= facts->height - control->y;
}

/* cHRM and gAMA, where they are those of a known colour space. */
static bool near(const uint8_t *p, const uint16_t want[8])
{
    for (int i = 0; i < 8; i++)
        if (fabs(AV_RB32(p + 4 * i) / 100000.0 - want[i] / 10000.0) > 0.002)
            return false;
    return true;
}

static int32_t primaries_of(const uint8_t *p)
{
    static const uint16_t bt709[8] = { 3127, 3290, 6400, 3300, 3000, 6000, 1500, 600 };
    static const uint16_t bt2020[8] = { 3127, 3290, 7080, 2920, 1700, 7970, 1310, 460 };
    static const uint16_t p3[8] = { 3127, 3290, 6800, 3200, 2650, 6900, 1500, 600 };

    return near(p, bt709) ? 1 : near(p, bt2020) ? 9 : near(p, p3) ? 12 : 2;
}

static int32_t transfer_of(uint32_t gamma)
{
    if (gamma >= 44000 && gamma <= 47000) /* 1 / 2.2: what programs write for sRGB */
        return 13;
    return gamma == 100000 ? 8 : gamma >= 35500 && gamma <= 36000 ? 5 : 2;
}

/* Behind the keyword; NULL when it is another. */
static const uint8_t *keyword(const struct rl_png_chunk *c, const char *word)
{
    size_t n = strlen(word) + 1;

    return c->size > n && !memcmp(c->data, word, n) ? c->data + n : NULL;
}

static void take_xmp(struct rl_png_facts *f, const struct rl_png_chunk *c, struct rl_still_info *info, size_t most)
{
    const uint8_t *p = keyword(c, "XML:com.adobe.xmp"), *end = c->data + c->size;
    bool packed;

    if (!p || info->xmp_size || end - p < 4)
        return;
    packed = p[0] != 0;
    p += 2;
    for (int i = 0; i < 2; i++) /* language, and the keyword in it */
        if (!(p = memchr(p, 0, (size_t)(end - p))) || ++p >= end)
            return;
    if (!packed) {
        info->xmp = p;
        info->xmp_size = (size_t)(end - p);
    } else if (f->unpacked++ < MAX_UNPACKED && rl_inflate(&f->xmp_text, p, (size_t)(end - p), most)) {
        info->xmp = f->xmp_text.data;
        info->xmp_size = f->xmp_text.size;
    }
}

/* Exif as ImageMagick writes it where eXIf is not known: a name, a length, and hexadecimal digits, in lines. */
static void from_hex(struct rl_buf *out, const uint8_t *p, size_t size)
{
    size_t at = 0, lines = 0;
    int high = -1;

    for (; at < size && lines < 3; at++)
        lines += p[at] == '\n';
    for (; at < size; at++) {
        int v = p[at] >= '0' && p[at] <= '9' ? p[at] - '0' : p[at] >= 'a' && p[at] <= 'f' ? p[at] - 'a' + 10 : -1;
        if (v < 0)
            continue;
        if (high >= 0)
            rl_buf_u8(out, (unsigned)(high << 4 | v));
        high = high < 0 ? v : -1;
    }
}

static void take_exif_text(struct rl_png_facts *f, const struct rl_png_chunk *c, struct rl_still_info *info,
                           size_t most)
{
    const uint8_t *p = keyword(c, "Raw profile type exif"), *end = c->data + c->size;
    struct rl_buf text;

    p = p ? p : keyword(c, "Raw profile type APP1");
    if (!p || info->exif_size)
        return;
    if (c->type == RL_PNG('t', 'E', 'X', 't')) {
        from_hex(&f->exif_text, p, (size_t)(end - p) < 2 * most ? (size_t)(end - p) : 2 * most);
    } else if (f->unpacked++ < MAX_UNPACKED) {
        rl_buf_init(&text, f->exif_text.env);
        if (rl_inflate(&text, p + 1, (size_t)(end - p - 1), 2 * most))
            from_hex(&f->exif_text, text.data, text.size);
        rl_buf_free(&text);
    }
    if (f->exif_text.failed || f->exif_text.size < 14)
        return;
    info->exif = f->exif_text.data;
    info->exif_size = f->exif_text.size;
    if (!memcmp(info->exif, "Exif\0", 6)) {
        info->exif += 6;
        info->exif_size -= 6;
    }
}

static void take_profile(struct rl_png_facts *f, const struct rl_png_chunk *c, struct rl_still_info *info)
{
    const uint8_t *p = memchr(c->data, 0, c->size < 80 ? c->size : 80), *end = c->data + c->size;

    if (!p || end - p < 3 || f->icc.size || f->unpacked++ >= MAX_UNPACKED ||
        !rl_inflate(&f->icc, p + 2, (size_t)(end - p - 2), MAX_PROFILE))
        return;
    info->icc_kind = rl_icc_kind(f->icc.data, f->icc.size);
    if (info->icc_kind == RL_ICC_NONE)
        return;
    info->icc = f->icc.data;
    info->icc_size = f->icc.size;
}

static reel_ratio over(uint32_t num, int32_t den)
{
    return (reel_ratio){ num < INT32_MAX ? (int32_t)num : INT32_MAX, den };
}

static void take_hdr(const struct rl_png_chunk *c, struct rl_still_info *info)
{
    const uint8_t *p = c->data;

    if (c->type == RL_PNG('c', 'L', 'L', 'i') && c->size >= 8) {
        info->light = (struct rl_light){ 1, (int32_t)(AV_RB32(p) / 10000), (int32_t)(AV_RB32(p + 4) / 10000) };
    } else if (c->size >= 24 && (c->type & ~0x20u) == RL_PNG('m', 'D', 'C', 'V')) {
        struct rl_mastering *m = &info->mastering;
        reel_ratio *to[] = { m->r, m->g, m->b, m->white };
        m->present = 1;
        for (size_t i = 0; i < 8; i++)
            to[i / 2][i % 2] = over(AV_RB16(p + 2 * i), 50000);
        m->max_luminance = over(AV_RB32(p + 16), 10000);
        m->min_luminance = over(AV_RB32(p + 20), 10000);
    }
}

/* What stands for colour, the strongest last: gAMA and cHRM, sRGB, cICP. */
struct colours {
    uint32_t gamma;
    const uint8_t *chroma, *cicp;
    bool srgb;
};

/* 0 and 3 are reserved, and what no standard has yet says nothing. */
static int32_t code_point(uint8_t v)
{
    return v == 0 || v == 3 || v > 22 ? 2 : v;
}

static void settle(const struct colours *k, struct rl_still_info *info)
{
    if (k->chroma)
        info->colour.primaries = primaries_of(k->chroma);
    if (k->gamma)
        info->colour.transfer = transfer_of(k->gamma);
    if (k->chroma && info->colour.primaries == 2)
        info->colour.transfer = 2; /* half of it is worse than nothing */
    if (k->srgb) {
        info->colour.primaries = 1;
        info->colour.transfer = 13;
    }
    if (k->cicp) {
        info->colour.primaries = code_point(k->cicp[0]);
        info->colour.transfer = code_point(k->cicp[1]);
        info->colour.full_range = k->cicp[3] != 0;
        info->icc = NULL;
        info->icc_size = 0;
        info->icc_kind = RL_ICC_NONE;
    }
}

static int header(struct rl_flow *flow, const struct rl_png_chunk *c, struct rl_png_facts *f)
{
    static const uint8_t depths[7] = { 0x1f, 0, 0x18, 0x0f, 0x18, 0, 0x18 }; /* bit n: 1 << n is allowed */

    if (c->type != RL_PNG('I', 'H', 'D', 'R') || c->size < 13)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "png", "the header of a PNG is missing");
    f->width = AV_RB32(c->data);
    f->height = AV_RB32(c->data + 4);
    f->depth = c->data[8];
    f->kind = c->data[9];
    for (int n = 0; n < 5; n++)
        if (f->kind < 7 && f->depth == 1u << n && depths[f->kind] >> n & 1)
            return 0;
    return rl_err(flow->err, REEL_ERR_INVALID_DATA, "png", "there is no PNG of kind %u with %u bits", f->kind,
                  f->depth);
}

static void take(struct rl_png_facts *f, const struct rl_png_chunk *c, struct rl_still_info *info, struct colours *k,
                 size_t most)
{
    switch (c->type) {
    case RL_PNG('t', 'R', 'N', 'S'):
        f->transparency = c->size > 0;
        break;
    case RL_PNG('g', 'A', 'M', 'A'):
        k->gamma = c->size >= 4 ? AV_RB32(c->data) : 0;
        break;
    case RL_PNG('c', 'H', 'R', 'M'):
        k->chroma = c->size >= 32 ? c->data : NULL;
        break;
    case RL_PNG('s', 'R', 'G', 'B'):
        k->srgb = true;
        break;
    case RL_PNG('c', 'I', 'C', 'P'):
        k->cicp = c->size >= 4 && c->data[2] == 0 ? c->data : NULL;
        break;
    case RL_PNG('i', 'C', 'C', 'P'):
        take_profile(f, c, info);
        break;
    case RL_PNG('e', 'X', 'I', 'f'):
        info->exif = c->data;
        info->exif_size = c->size;
        break;
    case RL_PNG('i', 'T', 'X', 't'):
        take_xmp(f, c, info, most);
        break;
    case RL_PNG('t', 'E', 'X', 't'):
    case RL_PNG('z', 'T', 'X', 't'):
        take_exif_text(f, c, info, most);
        break;
    default:
        take_hdr(c, info);
    }
}

int rl_png_facts_read(struct rl_flow *flow, const uint8_t *file, size_t size, struct rl_png_facts *f,
                      struct rl_still_info *info)
{
    size_t at = RL_PNG_SIGNATURE, most = (size_t)flow->env->limits.metadata_bytes;
    struct rl_png_control control;
    bool begun = false, announced = false;
    struct colours k = { 0 };
    struct rl_png_chunk c;
    int rc;

    *f = (struct rl_png_facts){ .cut = true };
    rl_buf_init(&f->icc, flow->env);
    rl_buf_init(&f->xmp_text, flow->env);
    rl_buf_init(&f->exif_text, flow->env);
    if (size < 8 || memcmp(file, "\x89PNG\r\n\x1a\n", 8))
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "png", "the header of a PNG is missing");
    c.type = 0;
    while (c.type != RL_PNG('I', 'H', 'D', 'R') && c.type != RL_PNG('I', 'D', 'A', 'T')) /* it should be the first */
        if (!rl_png_next(file, size, &at, &c))
            return rl_err(flow->err, REEL_ERR_INVALID_DATA, "png", "the header of a PNG is missing");
    if ((rc = header(flow, &c, f)) < 0)
        return rc;
    while (rl_png_next(file, size, &at, &c)) {
        if (c.type == RL_PNG('I', 'E', 'N', 'D')) {
            f->cut = false;
            break;
        }
        if (c.type == RL_PNG('I', 'D', 'A', 'T')) {
            begun = begun || c.size > 0;
        } else if (c.type == RL_PNG('a', 'c', 'T', 'L') && !begun && c.size >= 8) {
            announced = true;
            f->plays = AV_RB32(c.data + 4);
        } else if (c.type == RL_PNG('f', 'c', 'T', 'L') && announced && rl_png_control(&c, f, &control)) {
            f->frames++;
            f->duration += control.delay;
        } else if (!c.cut) {
            take(f, &c, info, &k, most);
        }
    }
    if (!begun)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "png", "there is no picture in the file");
    f->animated = f->frames > 0;
    settle(&k, info);
    return f->icc.failed || f->xmp_text.failed || f->exif_text.failed ? rl_err_nomem(flow->err, "png") : 0;
}

void rl_png_facts_free(struct rl_png_facts *f)
{
    if (!f->icc.env)
        return;
    rl_buf_free(&f->icc);
    rl_buf_free(&f->xmp_text);
    rl_buf_free(&f->exif_text);
}
