#if RL_HAVE_AOM

#include "aom_hdr.h"

#include <aom/aom_codec.h>
#include <libavutil/error.h>

/* r * scale, rounded and clipped to `bits` bits, big-endian; returns what follows. */
static uint8_t *put_fixed(uint8_t *to, reel_ratio r, unsigned scale, unsigned bits)
{
    uint64_t limit = (UINT64_C(1) << bits) - 1;
    uint64_t v = 0;
    if (r.num > 0 && r.den > 0)
        v = ((uint64_t)r.num * scale + (uint64_t)r.den / 2) / (uint64_t)r.den;
    v = v > limit ? limit : v;
    for (unsigned shift = bits; shift > 0; shift -= 8)
        *to++ = (uint8_t)(v >> (shift - 8));
    return to;
}

static int add(aom_image_t *image, uint32_t type, const uint8_t *data, size_t size)
{
    return aom_img_add_metadata(image, type, data, size, AOM_MIF_KEY_FRAME) < 0 ? AVERROR(ENOMEM) : 0;
}

int rl_aom_add_hdr(aom_image_t *image, const struct rl_mastering *m, const struct rl_light *light)
{
    int rc = 0;
    if (m->present) {
        uint8_t data[24], *to = data;
        const reel_ratio *points[4] = { m->r, m->g, m->b, m->white };
        for (int i = 0; i < 4; i++) {
            to = put_fixed(to, points[i][0], 1u << 16, 16);
            to = put_fixed(to, points[i][1], 1u << 16, 16);
        }
        to = put_fixed(to, m->max_luminance, 1u << 8, 32);
        put_fixed(to, m->min_luminance, 1u << 14, 32);
        rc = add(image, OBU_METADATA_TYPE_HDR_MDCV, data, sizeof(data));
    }
    if (rc >= 0 && light->present) {
        uint8_t data[4], *to = data;
        to = put_fixed(to, (reel_ratio){ light->max_cll, 1 }, 1, 16);
        put_fixed(to, (reel_ratio){ light->max_fall, 1 }, 1, 16);
        rc = add(image, OBU_METADATA_TYPE_HDR_CLL, data, sizeof(data));
    }
    return rc;
}

#else

typedef int rl_aom_hdr_is_empty; /* ISO C wants a declaration */

#endif
