/*
 * libaom, used directly: for pictures that SVT-AV1 does not take (under 64 px, odd sizes), and where it is missing.
 * It decides differently with one thread and with several (row threading changes what its speed features see), so it always
 * gets one: the segments that run side by side keep the cores busy.
 */
#include "codecs.h"

#if RL_HAVE_AOM

#include "aom_hdr.h"

#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include <libavcodec/avcodec.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>

struct aom {
    aom_codec_ctx_t context;
    bool initialised;
    aom_codec_enc_cfg_t config;
    bool high; /* 10 bits per sample */
    int speed, crf, grain;
    struct rl_colour colour;
    struct rl_mastering mastering;
    struct rl_light light;
    aom_codec_iter_t iter;
    bool any;      /* the last call gave a packet: when flushing, there may be more */
    bool flushing;
    int64_t sent;
};

/* Speed level to usage and cpu-used. Good quality stops getting faster at 6; beyond, only real-time usage does. */
static const struct {
    int8_t usage, cpu_used;
} speeds[10] = {
    { AOM_USAGE_GOOD_QUALITY, 2 }, { AOM_USAGE_GOOD_QUALITY, 3 }, { AOM_USAGE_GOOD_QUALITY, 4 },
    { AOM_USAGE_GOOD_QUALITY, 5 }, { AOM_USAGE_GOOD_QUALITY, 6 }, { AOM_USAGE_REALTIME, 7 },
    { AOM_USAGE_REALTIME, 8 },     { AOM_USAGE_REALTIME, 9 },     { AOM_USAGE_REALTIME, 9 },
    { AOM_USAGE_REALTIME, 10 },
};

static bool aom_present(const char **version)
{
    *version = aom_codec_version_str();
    return true;
}

static int av_error(aom_codec_err_t rc)
{
    return rc == AOM_CODEC_OK ? 0 : rc == AOM_CODEC_MEM_ERROR ? AVERROR(ENOMEM) : AVERROR_EXTERNAL;
}

static int set_controls(struct aom *a)
{
    aom_codec_ctx_t *c = &a->context;
    /* AV1 has names for two places of chroma only. */
    int chroma = a->colour.chroma_location == AVCHROMA_LOC_LEFT      ? AOM_CSP_VERTICAL
                 : a->colour.chroma_location == AVCHROMA_LOC_TOPLEFT ? AOM_CSP_COLOCATED
                                                                     : AOM_CSP_UNKNOWN;
    aom_codec_err_t rc = aom_codec_control(c, AOME_SET_CPUUSED, speeds[a->speed].cpu_used);
    rc = rc ? rc : aom_codec_control(c, AOME_SET_CQ_LEVEL, (unsigned)a->crf);
    rc = rc ? rc : aom_codec_control(c, AV1E_SET_ROW_MT, 0u);
    rc = rc ? rc : aom_codec_control(c, AV1E_SET_COLOR_PRIMARIES, (int)a->colour.primaries);
    rc = rc ? rc : aom_codec_control(c, AV1E_SET_TRANSFER_CHARACTERISTICS, (int)a->colour.transfer);
    rc = rc ? rc : aom_codec_control(c, AV1E_SET_MATRIX_COEFFICIENTS, (int)a->colour.matrix);
    rc = rc ? rc : aom_codec_control(c, AV1E_SET_COLOR_RANGE, (int)a->colour.full_range);
    rc = rc ? rc : aom_codec_control(c, AV1E_SET_CHROMA_SAMPLE_POSITION, chroma);
    if (a->grain > 0)
        rc = rc ? rc : aom_codec_control(c, AV1E_SET_DENOISE_NOISE_LEVEL, a->grain);
    return av_error(rc);
}

static int aom_open(void *codec, AVFrame *first)
{
    (void)first;
    struct aom *a = codec;
    int rc = av_error(aom_codec_enc_init(&a->context, aom_codec_av1_cx(), &a->config,
                                         a->high ? AOM_CODEC_USE_HIGHBITDEPTH : 0));
    if (rc < 0)
        return rc;
    a->initialised = true;
    return set_controls(a);
}

static int aom_send(void *codec, AVFrame *frame)
{
    struct aom *a = codec;
    a->iter = NULL;
    a->any = false;
    if (!frame) {
        a->flushing = true;
        return av_error(aom_codec_encode(&a->context, NULL, 0, 0, 0));
    }
    aom_image_t image;
    if (!aom_img_wrap(&image, a->high ? AOM_IMG_FMT_I42016 : AOM_IMG_FMT_I420, (unsigned)frame->width,
                      (unsigned)frame->height, 1, frame->data[0]))
        return AVERROR(EINVAL);
    for (int i = 0; i < 3; i++) {
        image.planes[i] = frame->data[i];
        image.stride[i] = frame->linesize[i];
    }
    image.bit_depth = a->high ? 10 : 8;
    image.range = a->colour.full_range ? AOM_CR_FULL_RANGE : AOM_CR_STUDIO_RANGE;
    int rc = a->sent++ == 0 ? rl_aom_add_hdr(&image, &a->mastering, &a->light) : 0;
    if (rc >= 0)
        rc = av_error(aom_codec_encode(&a->context, &image, frame->pts, 1, 0));
    aom_img_free(&image); /* only what was added to it */
    return rc;
}

static int aom_receive(void *codec, AVPacket *packet)
{
    struct aom *a = codec;
    for (;;) {
        const aom_codec_cx_pkt_t *p;
        while ((p = aom_codec_get_cx_data(&a->context, &a->iter))) {
            a->any = true;
            if (p->kind != AOM_CODEC_CX_FRAME_PKT)
                continue;
            int rc = av_new_packet(packet, (int)p->data.frame.sz);
            if (rc < 0)
                return rc;
            memcpy(packet->data, p->data.frame.buf, p->data.frame.sz);
            packet->pts = packet->dts = p->data.frame.pts;
            packet->flags |= p->data.frame.flags & AOM_FRAME_IS_KEY ? AV_PKT_FLAG_KEY : 0;
            return 0;
        }
        if (!a->flushing)
            return AVERROR(EAGAIN);
        if (!a->any)
            return AVERROR_EOF;
        int rc = aom_send(a, NULL);
        if (rc < 0)
            return rc;
    }
}

static void aom_close(void *codec)
{
    struct aom *a = codec;
    if (a->initialised)
        aom_codec_destroy(&a->context);
    av_free(a);
}

static int fill_config(struct aom *a, struct rl_flow *flow, const struct rl_video_spec *spec)
{
    aom_codec_enc_cfg_t *cfg = &a->config;
    unsigned usage = (unsigned)speeds[a->speed].usage;
    if (aom_codec_enc_config_default(aom_codec_av1_cx(), cfg, usage) != AOM_CODEC_OK)
        return rl_err(flow->err, REEL_ERR_ENCODER, "encode", "libaom refuses usage %u", usage);
    int width, height;
    rl_picture_size(spec, &width, &height);
    AVRational rate = rl_nominal_rate(spec);
    cfg->g_w = (unsigned)width;
    cfg->g_h = (unsigned)height;
    cfg->g_timebase = (struct aom_rational){ rate.den, rate.num };
    cfg->g_threads = 1;
    cfg->g_bit_depth = a->high ? AOM_BITS_10 : AOM_BITS_8;
    cfg->g_input_bit_depth = a->high ? 10 : 8;
    cfg->g_lag_in_frames = usage == AOM_USAGE_REALTIME ? 0 : 35;
    cfg->rc_end_usage = AOM_Q;
    cfg->kf_mode = AOM_KF_DISABLED; /* the first frame is one all the same */
    return 0;
}

static int aom_create(void **codec, struct rl_flow *flow, const struct rl_video_spec *spec, int threads)
{
    (void)threads;
    struct aom *a = rl_fault(flow->env, REEL_FAULT_ALLOC) ? NULL : av_mallocz(sizeof(*a));
    if (!a)
        return rl_err_nomem(flow->err, "encode");
    a->high = av_get_pix_fmt(spec->picture.pixel_format) == AV_PIX_FMT_YUV420P10;
    a->speed = spec->preset < 0 ? 0 : spec->preset > 9 ? 9 : spec->preset;
    a->crf = spec->crf;
    a->grain = spec->grain;
    a->colour = spec->picture.colour;
    a->mastering = spec->mastering;
    a->light = spec->light;
    int rc = fill_config(a, flow, spec);
    if (rc < 0) {
        av_free(a);
        return rc;
    }
    *codec = a;
    return 0;
}

const struct rl_codec rl_codec_aom = {
    .name = "libaom",
    .present = aom_present,
    .create = aom_create,
    .ops = { .open = aom_open, .send = aom_send, .receive = aom_receive, .close = aom_close },
};

#else

static bool aom_present(const char **version)
{
    *version = "";
    return false;
}

static int aom_create(void **codec, struct rl_flow *flow, const struct rl_video_spec *spec, int threads)
{
    (void)codec, (void)spec, (void)threads;
    return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "encode", "built without libaom");
}

const struct rl_codec rl_codec_aom = { .name = "libaom", .present = aom_present, .create = aom_create };

#endif
