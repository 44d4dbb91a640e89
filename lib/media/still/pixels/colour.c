/* Colour profiles to sRGB, by Little CMS: relative colorimetric with black point compensation between matrix profiles, else the
 * profile's own perceptual rendering. The default error handler of the library is silent. */
#include "inside.h"

#include <math.h>
#include <string.h>

#if RL_HAVE_ICC

#include <lcms2.h>

#define ICC_MAX ((size_t)16 << 20)

struct rl_map {
    struct rl_flow *flow;
    cmsContext context;
    cmsHPROFILE from, srgb;
    cmsHTRANSFORM transform;
    enum AVPixelFormat in, out; /* that the transform is for */
    bool gray;
    int threads;
};

static cmsToneCurve *curve_of(cmsContext context, int transfer)
{
    /* sRGB's. What is called BT.709, 601 or 2020 is shown with it: it is how such pictures are made. */
    const double srgb[5] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045 };

    switch (transfer) {
    case 4:
        return cmsBuildGamma(context, 2.2);
    case 5:
        return cmsBuildGamma(context, 2.8);
    case 8:
        return cmsBuildGamma(context, 1.0);
    case 17: /* SMPTE ST 428 */
        return cmsBuildGamma(context, 2.6);
    default:
        return cmsBuildParametricToneCurve(context, 4, srgb);
    }
}

static cmsHPROFILE profile_of(cmsContext context, const struct rl_colour *colour)
{
    double p[8];
    cmsToneCurve *curve = curve_of(context, colour->transfer);
    cmsHPROFILE profile = NULL;

    if (!rl_primaries_points(colour->primaries, p))
        rl_primaries_points(1, p);
    if (curve) {
        cmsToneCurve *curves[3] = { curve, curve, curve };
        cmsCIExyY white = { p[6], p[7], 1 };
        cmsCIExyYTRIPLE primaries = { { p[0], p[1], 1 }, { p[2], p[3], 1 }, { p[4], p[5], 1 } };
        profile = cmsCreateRGBProfileTHR(context, &white, &primaries, curves);
        cmsFreeToneCurve(curve);
    }
    return profile;
}

static cmsUInt32Number intent_of(const struct rl_map *m)
{
    return m->gray || cmsIsMatrixShaper(m->from) ? INTENT_RELATIVE_COLORIMETRIC : INTENT_PERCEPTUAL;
}

static cmsUInt32Number lcms_format(enum AVPixelFormat format)
{
    switch (format) {
    case AV_PIX_FMT_RGB24:
        return TYPE_RGB_8;
    case AV_PIX_FMT_RGBA:
        return TYPE_RGBA_8;
    case AV_PIX_FMT_RGB48:
        return TYPE_RGB_16;
    case AV_PIX_FMT_RGBA64:
        return TYPE_RGBA_16;
    default:
        return rl_format_depth(format) > 8 ? TYPE_GRAY_16 : TYPE_GRAY_8;
    }
}

static int prepare(struct rl_map *m, enum AVPixelFormat in, enum AVPixelFormat out)
{
    cmsUInt32Number flags =
        cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_NOCACHE; /* the cache is not for several threads */

    if (m->transform && m->in == in && m->out == out)
        return 0;
    if (m->transform)
        cmsDeleteTransform(m->transform);
    if (rl_format_has_alpha(in) && !m->gray)
        flags |= cmsFLAGS_COPY_ALPHA;
    if (rl_format_depth(in) > 8)
        flags |= cmsFLAGS_HIGHRESPRECALC;
    m->transform = cmsCreateTransformTHR(m->context, m->from, lcms_format(in), m->srgb, lcms_format(out), intent_of(m),
                                         flags);
    m->in = in;
    m->out = out;
    return m->transform ? 0 : rl_err(m->flow->err, REEL_ERR_INVALID_DATA, "colour", "the colour profile is of no use");
}

int rl_map_open(struct rl_map **out, struct rl_flow *flow, const uint8_t *icc, size_t size,
                const struct rl_colour *colour, int threads)
{
    struct rl_map *m = rl_calloc(flow->env, 1, sizeof(*m));
    cmsColorSpaceSignature space;

    *out = m;
    if (!m)
        return rl_err_nomem(flow->err, "colour");
    m->flow = flow;
    m->threads = threads;
    m->in = m->out = AV_PIX_FMT_NONE;
    m->context = cmsCreateContext(NULL, NULL);
    if (!m->context)
        return rl_err_nomem(flow->err, "colour");
    if (icc && size > ICC_MAX)
        return rl_err(flow->err, REEL_ERR_LIMIT_METADATA, "colour", "a colour profile of %zu bytes", size);
    m->srgb = cmsCreate_sRGBProfileTHR(m->context);
    m->from = icc ? cmsOpenProfileFromMemTHR(m->context, icc, (cmsUInt32Number)size) : profile_of(m->context, colour);
    if (!m->srgb || (!m->from && !icc))
        return rl_err_nomem(flow->err, "colour");
    space = m->from ? cmsGetColorSpace(m->from) : (cmsColorSpaceSignature)0;
    if (space != cmsSigRgbData && space != cmsSigGrayData)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "colour", "the colour profile is of no use");
    m->gray = space == cmsSigGrayData;
    return prepare(m, m->gray ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24, AV_PIX_FMT_RGB24);
}

bool rl_map_gray(const struct rl_map *map)
{
    return map->gray;
}

struct work {
    const struct rl_map *map;
    const AVFrame *in;
    AVFrame *out;
};

/* The alpha of planes goes beside the colours of one. */
static void join_alpha(const AVFrame *in, AVFrame *out, int y)
{
    const uint8_t *from = in->data[3] + (ptrdiff_t)y * in->linesize[3];
    uint8_t *to = out->data[0] + (ptrdiff_t)y * out->linesize[0];

    for (int x = 0; x < in->width; x++)
        if (out->format == AV_PIX_FMT_RGBA64)
            ((uint16_t *)(void *)to)[4 * x + 3] = ((const uint16_t *)(const void *)from)[x];
        else
            to[4 * x + 3] = from[x];
}

static void rows(void *arg, int from, int to)
{
    const struct work *w = arg;

    for (int y = from; y < to && w->map->gray && w->in->data[3]; y++)
        join_alpha(w->in, w->out, y);
    cmsDoTransformLineStride(w->map->transform, w->in->data[0] + (ptrdiff_t)from * w->in->linesize[0],
                             w->out->data[0] + (ptrdiff_t)from * w->out->linesize[0], (cmsUInt32Number)w->in->width,
                             (cmsUInt32Number)(to - from), (cmsUInt32Number)w->in->linesize[0],
                             (cmsUInt32Number)w->out->linesize[0], 0, 0);
}

int rl_map_run(struct rl_map *m, const AVFrame *in, AVFrame *out)
{
    enum AVPixelFormat format = rl_format_packed(rl_format_depth(in->format), rl_format_has_alpha(in->format));
    struct work w = { m, in, out };
    int rc = prepare(m, in->format, format);

    if (rc == 0)
        rc = rl_frame_new(m->flow, out, format, in->width, in->height);
    if (rc < 0)
        return rc;
    rl_rows(m->flow, m->threads, in->height, rows, &w);
    return av_frame_copy_props(out, in) < 0 ? rl_err_nomem(m->flow->err, "colour") : 0;
}

uint32_t rl_map_back(struct rl_map *m, uint32_t rgb)
{
    const uint8_t in[3] = { (uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb };
    uint8_t to[3] = { in[0], in[1], in[2] };
    cmsHTRANSFORM back = m->gray ? NULL
                                 : cmsCreateTransformTHR(m->context, m->srgb, TYPE_RGB_8, m->from, TYPE_RGB_8,
                                                         INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_BLACKPOINTCOMPENSATION);

    if (back) {
        cmsDoTransform(back, in, to, 1);
        cmsDeleteTransform(back);
    }
    return (uint32_t)to[0] << 16 | (uint32_t)to[1] << 8 | to[2];
}

void rl_map_close(struct rl_map **map)
{
    struct rl_map *m = *map;

    *map = NULL;
    if (!m)
        return;
    if (m->transform)
        cmsDeleteTransform(m->transform);
    if (m->from)
        cmsCloseProfile(m->from);
    if (m->srgb)
        cmsCloseProfile(m->srgb);
    if (m->context)
        cmsDeleteContext(m->context);
    rl_free(m->flow->env, m);
}

#else

int rl_map_open(struct rl_map **out, struct rl_flow *flow, const uint8_t *icc, size_t size,
                const struct rl_colour *colour, int threads)
{
    (void)icc, (void)size, (void)colour, (void)threads;
    *out = NULL;
    return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "colour",
                  "the picture's colours need converting, and this build has no Little CMS");
}

int rl_map_run(struct rl_map *m, const AVFrame *in, AVFrame *out)
{
    (void)m, (void)in, (void)out;
    return REEL_ERR_UNSUPPORTED;
}

uint32_t rl_map_back(struct rl_map *m, uint32_t rgb)
{
    (void)m;
    return rgb;
}

bool rl_map_gray(const struct rl_map *map)
{
    (void)map;
    return false;
}

void rl_map_close(struct rl_map **map)
{
    *map = NULL;
}

#endif
