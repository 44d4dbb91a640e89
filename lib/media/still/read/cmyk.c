#include "cmyk.h"

#include <string.h>

#if RL_HAVE_ICC
#include <lcms2.h>
#endif

/*
 * What the inks of a common offset press look like one over the other, in sRGB: bit 0 cyan, 1 magenta, 2 yellow, 3 black. Between
 * them it goes in straight lines, which is close to how half-tones mix, as sRGB's curve is close to the gain of the dots.
 */
static const uint8_t inks[16][3] = {
    { 255, 255, 255 }, { 0, 174, 239 }, { 236, 0, 140 }, { 46, 49, 146 }, { 255, 242, 0 }, { 0, 166, 81 },
    { 237, 28, 36 },   { 55, 52, 53 },  { 35, 31, 32 },  { 0, 6, 10 },    { 32, 0, 6 },    { 4, 2, 8 },
    { 28, 26, 0 },     { 0, 8, 2 },     { 22, 2, 0 },    { 0, 0, 0 },
};

struct rl_cmyk {
    const struct rl_env *env;
    bool inverted;
#if RL_HAVE_ICC
    cmsContext context;
    cmsHTRANSFORM transform; /* NULL: none, the inks above are taken */
#endif
};

#if RL_HAVE_ICC
static void use_profile(struct rl_cmyk *c, const uint8_t *icc, size_t size)
{
    cmsHPROFILE from, to;

    if (!(c->context = cmsCreateContext(NULL, NULL)))
        return;
    from = cmsOpenProfileFromMemTHR(c->context, icc, (cmsUInt32Number)size);
    to = cmsCreate_sRGBProfileTHR(c->context);
    if (from && to && cmsGetColorSpace(from) == cmsSigCmykData)
        c->transform = cmsCreateTransformTHR(c->context, from, c->inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8, to,
                                             TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
    if (from)
        cmsCloseProfile(from);
    if (to)
        cmsCloseProfile(to);
}
#endif

int rl_cmyk_open(struct rl_cmyk **out, struct rl_flow *flow, const uint8_t *icc, size_t icc_size, bool inverted)
{
    struct rl_cmyk *c = rl_calloc(flow->env, 1, sizeof(*c));

    *out = c;
    if (!c)
        return rl_err_nomem(flow->err, "picture");
    c->env = flow->env;
    c->inverted = inverted;
#if RL_HAVE_ICC
    if (icc_size >= 128 && icc_size <= INT32_MAX)
        use_profile(c, icc, icc_size);
#else
    (void)icc, (void)icc_size;
#endif
    return 0;
}

/* 0 … 255 to 0 … 256, so that lines are drawn with shifts. */
static inline int weight(uint8_t ink)
{
    return ink + (ink >> 7);
}

/* Four straight lines one in the other. */
static void mix(const int ink[4], uint8_t out[3])
{
    int v[8][3];

    for (int j = 0; j < 8; j++)
        for (int i = 0; i < 3; i++)
            v[j][i] = (inks[j][i] << 8) + (inks[j + 8][i] - inks[j][i]) * ink[3];
    for (int half = 4; half; half /= 2)
        for (int j = 0; j < half; j++)
            for (int i = 0; i < 3; i++)
                v[j][i] += (v[j + half][i] - v[j][i]) * ink[half / 2] / 256;
    for (int i = 0; i < 3; i++)
        out[i] = (uint8_t)((v[0][i] + 128) >> 8);
}

void rl_cmyk_row(struct rl_cmyk *c, const uint8_t *in, uint8_t *out, size_t n)
{
#if RL_HAVE_ICC
    if (c->transform) {
        cmsDoTransform(c->transform, in, out, (cmsUInt32Number)n);
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) {
        const uint8_t *from = in + 4 * i;
        int ink[4];
        uint8_t light[3];
        for (int k = 0; k < 4; k++)
            ink[k] = weight(c->inverted ? (uint8_t)(255 - from[k]) : from[k]);
        mix(ink, light);
        memcpy(out + 3 * i, light, 3);
    }
}

void rl_cmyk_close(struct rl_cmyk **cmyk)
{
    struct rl_cmyk *c = *cmyk;

    *cmyk = NULL;
    if (!c)
        return;
#if RL_HAVE_ICC
    if (c->transform)
        cmsDeleteTransform(c->transform);
    if (c->context)
        cmsDeleteContext(c->context);
#endif
    rl_free(c->env, c);
}
