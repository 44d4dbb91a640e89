#include "meta.h"

#include <string.h>

#if RL_HAVE_ICC
#include <lcms2.h>
#endif

/* Larger ones than this are not looked into. */
#define MAX_PROFILE (16u << 20)
#define STEPS 6

#if RL_HAVE_ICC
/* Runs colours of the whole cube, and the grays between, through the profile: sRGB gives them back. */
static bool is_srgb(cmsContext context, cmsHPROFILE profile)
{
    uint8_t in[(STEPS * STEPS * STEPS + 64) * 3], out[sizeof(in)];
    cmsHPROFILE srgb = cmsCreate_sRGBProfileTHR(context);
    cmsHTRANSFORM transform = NULL;
    uint32_t n = 0;
    bool same = false;

    for (int i = 0; i < STEPS * STEPS * STEPS; i++) {
        in[n++] = (uint8_t)(i % STEPS * 51);
        in[n++] = (uint8_t)(i / STEPS % STEPS * 51);
        in[n++] = (uint8_t)(i / STEPS / STEPS * 51);
    }
    for (int i = 0; i < 64; i++)
        for (int c = 0; c < 3; c++)
            in[n++] = (uint8_t)(i * 4 + 2);
    if (srgb)
        transform = cmsCreateTransformTHR(context, profile, TYPE_RGB_8, srgb, TYPE_RGB_8, INTENT_RELATIVE_COLORIMETRIC,
                                          cmsFLAGS_NOOPTIMIZE | cmsFLAGS_NOCACHE);
    if (transform) {
        cmsDoTransform(transform, in, out, n / 3);
        same = true;
        for (uint32_t i = 0; i < n && same; i++)
            same = in[i] <= out[i] + 1 && out[i] <= in[i] + 1;
        cmsDeleteTransform(transform);
    }
    if (srgb)
        cmsCloseProfile(srgb);
    return same;
}

enum rl_icc rl_icc_kind(const uint8_t *icc, size_t size)
{
    enum rl_icc kind = RL_ICC_NONE;
    cmsHPROFILE profile = NULL;
    cmsContext context;

    if (size < 128 || size > MAX_PROFILE || memcmp(icc + 36, "acsp", 4) != 0)
        return RL_ICC_NONE;
    if (!(context = cmsCreateContext(NULL, NULL)))
        return RL_ICC_NONE;
    if ((profile = cmsOpenProfileFromMemTHR(context, icc, (cmsUInt32Number)size))) {
        switch (cmsGetColorSpace(profile)) {
        case cmsSigRgbData:
            kind = is_srgb(context, profile) ? RL_ICC_SRGB : RL_ICC_RGB;
            break;
        case cmsSigGrayData:
            kind = RL_ICC_GRAY;
            break;
        default:
            kind = RL_ICC_OTHER;
        }
        cmsCloseProfile(profile);
    }
    cmsDeleteContext(context);
    return kind;
}
#else
/* Without Little CMS the header is all that is known of a profile. */
enum rl_icc rl_icc_kind(const uint8_t *icc, size_t size)
{
    if (size < 128 || size > MAX_PROFILE || memcmp(icc + 36, "acsp", 4) != 0)
        return RL_ICC_NONE;
    if (!memcmp(icc + 16, "RGB ", 4))
        return RL_ICC_RGB;
    return memcmp(icc + 16, "GRAY", 4) ? RL_ICC_OTHER : RL_ICC_GRAY;
}
#endif
