/*
 * Scaling and the changes of format that need it, by libswscale. Contexts are kept: all frames of an animation use the same.
 * What is in the frames is never trusted to be aligned: libswscale complains aloud about that, and we do not print.
 */
#include "inside.h"

#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <string.h>

#define ALIGN 16
/* Filters are at most 256 taps long; what is reduced more than this goes in two steps. */
#define REDUCE_MAX 32
#define THREADS_FROM 2000000 /* px: below, a second thread costs more than it does */

struct rl_place rl_place_of(const struct rl_colour *colour)
{
    switch (colour->chroma_location) {
    case AVCHROMA_LOC_LEFT:
        return (struct rl_place){ 0, 128 };
    case AVCHROMA_LOC_TOPLEFT:
        return (struct rl_place){ 0, 0 };
    case AVCHROMA_LOC_TOP:
        return (struct rl_place){ 128, 0 };
    case AVCHROMA_LOC_BOTTOMLEFT:
        return (struct rl_place){ 0, 256 };
    case AVCHROMA_LOC_BOTTOM:
        return (struct rl_place){ 128, 256 };
    default: /* as JPEG has it, and as what reads AVIF and WebP assumes */
        return (struct rl_place){ 128, 128 };
    }
}

/* Read backwards, the last block comes first, and of an odd size it is a half. */
static int place_back(int at, int size, int shift)
{
    return shift == 0 ? at : size & 1 ? -at : 256 - at;
}

struct rl_place rl_place_before(struct rl_place place, struct rl_turn turn, int width, int height, int chroma_w,
                                int chroma_h)
{
    struct rl_place p = turn.transpose ? (struct rl_place){ place.y, place.x } : place;

    if (turn.flip_x)
        p.x = place_back(p.x, width, chroma_w);
    if (turn.flip_y)
        p.y = place_back(p.y, height, chroma_h);
    return p;
}

static bool has_chroma(enum AVPixelFormat format)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);

    return !(desc->flags & AV_PIX_FMT_FLAG_RGB) && desc->nb_components > 2;
}

static void set_places(struct SwsContext *sws, enum AVPixelFormat format, struct rl_place place, const char *x,
                       const char *y)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);

    if (!has_chroma(format))
        return;
    /* -1 means unknown to libswscale */
    if (desc->log2_chroma_w == 1)
        av_opt_set_int(sws, x, place.x == -1 ? 0 : place.x, 0);
    if (desc->log2_chroma_h == 1)
        av_opt_set_int(sws, y, place.y == -1 ? 0 : place.y, 0);
}

static int table_of(int matrix)
{
    switch (matrix) {
    case 1:
        return SWS_CS_ITU709;
    case 4:
        return SWS_CS_FCC;
    case 7:
        return SWS_CS_SMPTE240M;
    case 9:
    case 10:
        return SWS_CS_BT2020;
    default:
        return SWS_CS_ITU601;
    }
}

static struct SwsContext *make(const AVFrame *in, const struct rl_scale *s, int threads)
{
    struct SwsContext *sws = sws_alloc_context();
    bool same = in->width == s->width && in->height == s->height;
    int64_t flags = SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | (same ? SWS_BILINEAR : SWS_BICUBIC);

    if (!sws)
        return NULL;
    av_opt_set_int(sws, "srcw", in->width, 0);
    av_opt_set_int(sws, "srch", in->height, 0);
    av_opt_set_int(sws, "src_format", in->format, 0);
    av_opt_set_int(sws, "dstw", s->width, 0);
    av_opt_set_int(sws, "dsth", s->height, 0);
    av_opt_set_int(sws, "dst_format", s->format, 0);
    av_opt_set_int(sws, "sws_flags", flags, 0);
    av_opt_set_int(sws, "threads", threads, 0);
    set_places(sws, in->format, s->from_place, "src_h_chr_pos", "src_v_chr_pos");
    set_places(sws, s->format, s->to_place, "dst_h_chr_pos", "dst_v_chr_pos");
    av_opt_set_int(sws, "src_range", s->from.full_range, 0);
    av_opt_set_int(sws, "dst_range", s->to.full_range, 0);
    if (sws_init_context(sws, NULL, NULL) < 0) {
        sws_freeContext(sws);
        return NULL;
    }
    sws_setColorspaceDetails(sws, sws_getCoefficients(table_of(s->from.matrix)), s->from.full_range,
                             sws_getCoefficients(table_of(s->to.matrix)), s->to.full_range, 0, 1 << 16, 1 << 16);
    return sws;
}

static bool same_scale(const struct rl_scale *a, const struct rl_scale *b)
{
    return a->width == b->width && a->height == b->height && a->format == b->format &&
           a->from.matrix == b->from.matrix && a->from.full_range == b->from.full_range &&
           a->to.matrix == b->to.matrix && a->to.full_range == b->to.full_range && a->from_place.x == b->from_place.x &&
           a->from_place.y == b->from_place.y && a->to_place.x == b->to_place.x && a->to_place.y == b->to_place.y;
}

static struct SwsContext *find(struct rl_scaler *scaler, const AVFrame *in, const struct rl_scale *s)
{
    const unsigned count = sizeof(scaler->slots) / sizeof(scaler->slots[0]);

    for (unsigned i = 0; i < count; i++) {
        struct rl_scaler_slot *slot = &scaler->slots[i];
        if (slot->sws && slot->width == in->width && slot->height == in->height &&
            slot->format == (enum AVPixelFormat)in->format && same_scale(&slot->scale, s))
            return slot->sws;
    }
    int64_t large = FFMAX((int64_t)in->width * in->height, (int64_t)s->width * s->height);
    struct SwsContext *sws = make(in, s, large >= THREADS_FROM && scaler->threads > 1 ? scaler->threads : 1);
    if (sws) {
        struct rl_scaler_slot *slot = &scaler->slots[scaler->turn++ % count];
        sws_freeContext(slot->sws);
        *slot = (struct rl_scaler_slot){ *s, in->width, in->height, in->format, sws };
    }
    return sws;
}

static bool aligned(const AVFrame *f)
{
    for (int p = 0; p < 4 && f->data[p]; p++)
        if ((uintptr_t)f->data[p] % ALIGN || f->linesize[p] % ALIGN || f->linesize[p] <= 0)
            return false;
    return true;
}

static int scale_once(struct rl_scaler *scaler, struct rl_flow *flow, const AVFrame *in, const struct rl_scale *s,
                      AVFrame *out)
{
    struct SwsContext *sws = find(scaler, in, s);
    int rc;

    if (!sws)
        return rl_err(flow->err, REEL_ERR_FILTER, "scale", "%s %dx%d to %s %dx%d cannot be done",
                      av_get_pix_fmt_name(in->format), in->width, in->height, av_get_pix_fmt_name(s->format), s->width,
                      s->height);
    rc = rl_frame_new(flow, out, s->format, s->width, s->height);
    if (rc < 0)
        return rc;
    rc = sws_scale_frame(sws, out, in);
    if (rc < 0) {
        av_frame_unref(out);
        return rc == AVERROR(ENOMEM) ? rl_err_nomem(flow->err, "scale")
                                     : rl_err(flow->err, REEL_ERR_FILTER, "scale", "scaling failed");
    }
    return 0;
}

/* Half of the way, in as many pixels; never less than one. */
static int between(int from, int to)
{
    return from > to * REDUCE_MAX ? FFMAX(to, from / REDUCE_MAX) : from;
}

int rl_scale_run(struct rl_scaler *scaler, struct rl_flow *flow, const AVFrame *in, const struct rl_scale *scale,
                 AVFrame *out)
{
    struct rl_scale first = *scale;
    AVFrame *copy = NULL;
    int rc = 0;

    first.width = in->width > scale->width * REDUCE_MAX ? between(in->width, scale->width) : scale->width;
    first.height = in->height > scale->height * REDUCE_MAX ? between(in->height, scale->height) : scale->height;
    bool twice = first.width != scale->width || first.height != scale->height;
    if (twice) {
        first.format = in->format;
        first.to = scale->from;
        first.to_place = scale->from_place;
    }
    if (!aligned(in) || twice) {
        copy = av_frame_alloc();
        if (!copy)
            return rl_err_nomem(flow->err, "scale");
    }
    if (!aligned(in)) {
        rc = rl_frame_new(flow, copy, in->format, in->width, in->height);
        if (rc == 0 && av_frame_copy(copy, in) < 0)
            rc = rl_err(flow->err, REEL_ERR_INTERNAL, "scale", "a picture cannot be copied");
        if (rc == 0)
            rc = rl_scale_run(scaler, flow, copy, scale, out);
    } else if (twice) {
        rc = scale_once(scaler, flow, in, &first, copy);
        if (rc == 0)
            rc = rl_scale_run(scaler, flow, copy, scale, out);
    } else {
        rc = scale_once(scaler, flow, in, scale, out);
    }
    av_frame_free(&copy);
    if (rc == 0 && av_frame_copy_props(out, in) < 0)
        rc = rl_err_nomem(flow->err, "scale");
    return rc;
}

void rl_scaler_close(struct rl_scaler *scaler)
{
    for (size_t i = 0; i < sizeof(scaler->slots) / sizeof(scaler->slots[0]); i++) {
        sws_freeContext(scaler->slots[i].sws);
        scaler->slots[i].sws = NULL;
    }
}
