#include "init_entry.h"

#include "../engine/box.h"

#include <stdio.h>
#include <string.h>

static void zeros(struct rl_buf *out, size_t count)
{
    while (count-- > 0)
        rl_buf_u8(out, 0);
}

void rl_av1_codec_string(const uint8_t *av1c, size_t size, char out[48])
{
    if (size < 4) {
        snprintf(out, 48, "av01");
        return;
    }
    unsigned high = av1c[2] >> 6 & 1, twelve = av1c[2] >> 5 & 1;
    snprintf(out, 48, "av01.%u.%02u%c.%02u", av1c[1] >> 5, av1c[1] & 31u, av1c[2] & 0x80 ? 'H' : 'M',
             twelve ? 12u : high ? 10u : 8u);
}

/* round(r * scale), clipped to the field. */
static uint32_t fixed(reel_ratio r, uint32_t scale, uint32_t limit)
{
    if (r.num <= 0 || r.den <= 0)
        return 0;
    uint64_t v = ((uint64_t)r.num * scale + (uint64_t)r.den / 2) / (uint64_t)r.den;
    return v > limit ? limit : (uint32_t)v;
}

/* mdcv in the order and units of the HEVC SEI message: green, blue, red; 1/50000 and 1/10000 cd/m2. */
static void write_hdr(struct rl_buf *out, const struct rl_track *track)
{
    const struct rl_mastering *m = &track->mastering;
    if (m->present) {
        const reel_ratio *points[4] = { m->g, m->b, m->r, m->white };
        size_t mdcv = rl_box_begin(out, "mdcv");
        for (int i = 0; i < 4; i++) {
            rl_buf_be16(out, fixed(points[i][0], 50000, UINT16_MAX));
            rl_buf_be16(out, fixed(points[i][1], 50000, UINT16_MAX));
        }
        rl_buf_be32(out, fixed(m->max_luminance, 10000, UINT32_MAX));
        rl_buf_be32(out, fixed(m->min_luminance, 10000, UINT32_MAX));
        rl_box_end(out, mdcv);
    }
    if (track->light.present) {
        size_t clli = rl_box_begin(out, "clli");
        rl_buf_be16(out, fixed((reel_ratio){ track->light.max_cll, 1 }, 1, UINT16_MAX));
        rl_buf_be16(out, fixed((reel_ratio){ track->light.max_fall, 1 }, 1, UINT16_MAX));
        rl_box_end(out, clli);
    }
}

int rl_entry_av1(struct rl_buf *out, const struct rl_track *track, reel_error *err)
{
    if (track->private_size < 4 || track->private_size > sizeof(track->codec_private))
        return rl_err(err, REEL_ERR_MUX, "chunk", "an AV1 rendition has no av1C record");
    if (track->width < 1 || track->width > UINT16_MAX || track->height < 1 || track->height > UINT16_MAX)
        return rl_err(err, REEL_ERR_MUX, "chunk", "a picture of %dx%d does not fit", (int)track->width,
                      (int)track->height);
    size_t av01 = rl_box_begin(out, "av01");
    zeros(out, 6);
    rl_buf_be16(out, 1); /* data_reference_index */
    zeros(out, 16);
    rl_buf_be16(out, (unsigned)track->width);
    rl_buf_be16(out, (unsigned)track->height);
    rl_buf_be32(out, 72u << 16);
    rl_buf_be32(out, 72u << 16);
    zeros(out, 4);
    rl_buf_be16(out, 1); /* frames per sample */
    zeros(out, 32);      /* compressorname */
    rl_buf_be16(out, 24);
    rl_buf_be16(out, 0xffff);
    size_t av1c = rl_box_begin(out, "av1C");
    rl_buf_add(out, track->codec_private, track->private_size);
    rl_box_end(out, av1c);
    size_t colr = rl_box_begin(out, "colr");
    rl_buf_add(out, "nclx", 4);
    rl_buf_be16(out, (unsigned)track->colour.primaries);
    rl_buf_be16(out, (unsigned)track->colour.transfer);
    rl_buf_be16(out, (unsigned)track->colour.matrix);
    rl_buf_u8(out, track->colour.full_range ? 0x80 : 0);
    rl_box_end(out, colr);
    if (track->aspect.num > 0 && track->aspect.den > 0) {
        size_t pasp = rl_box_begin(out, "pasp");
        rl_buf_be32(out, (uint32_t)track->aspect.num);
        rl_buf_be32(out, (uint32_t)track->aspect.den);
        rl_box_end(out, pasp);
    }
    write_hdr(out, track);
    rl_box_end(out, av01);
    return 0;
}

/* dOps holds what OpusHead does, big-endian and without its magic (Opus in ISOBMFF 4.3.2). */
int rl_entry_opus(struct rl_buf *out, const struct rl_track *track, reel_error *err)
{
    const uint8_t *head = track->codec_private;
    size_t size = track->private_size;
    if (size < 19 || size > sizeof(track->codec_private) || memcmp(head, "OpusHead", 8) != 0 ||
        (head[18] != 0 && size < 21u + head[9]))
        return rl_err(err, REEL_ERR_MUX, "chunk", "an Opus rendition has no OpusHead");
    size_t opus = rl_box_begin(out, "Opus");
    zeros(out, 6);
    rl_buf_be16(out, 1);
    zeros(out, 8);
    rl_buf_be16(out, head[9]);
    rl_buf_be16(out, 16);
    zeros(out, 4);
    rl_buf_be32(out, 48000u << 16);
    size_t dops = rl_box_begin(out, "dOps");
    rl_buf_u8(out, 0); /* version */
    rl_buf_u8(out, head[9]);
    rl_buf_be16(out, (unsigned)(head[10] | head[11] << 8));
    rl_buf_be32(out, (uint32_t)head[12] | (uint32_t)head[13] << 8 | (uint32_t)head[14] << 16 |
                         (uint32_t)head[15] << 24);
    rl_buf_be16(out, (unsigned)(head[16] | head[17] << 8));
    rl_buf_u8(out, head[18]);
    if (head[18] != 0)
        rl_buf_add(out, head + 19, 2u + head[9]);
    rl_box_end(out, dops);
    rl_box_end(out, opus);
    return 0;
}
