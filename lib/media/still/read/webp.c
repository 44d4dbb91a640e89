/*
 * WebP. A still picture is decoded straight into the frame's planes; an animation by libwebp's own compositor, with the durations
 * that browsers give it. What is cut short is given as far as it goes.
 */
#include "../still.h"

#if RL_HAVE_WEBP

#include "../../compat.h"
#include "../meta.h"
#include "planes.h"

#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

struct webp {
    struct rl_still head;
    WebPDemuxer *demux;
    WebPAnimDecoder *anim; /* NULL: a still */
    uint8_t *mended;       /* a copy of the file that ends with its last whole chunk; NULL: as it is */
    WebPData data;
    uint32_t next; /* frame */
    int64_t time;  /* of the next frame, us */
};

static void webp_close(struct rl_still *still)
{
    struct webp *w = (struct webp *)still;
    const struct rl_env *env = still->flow->env;

    WebPAnimDecoderDelete(w->anim);
    WebPDemuxDelete(w->demux);
    rl_free(env, w->mended);
    rl_free(env, w);
}

/* Where the decoder puts its pixels: the frame's own planes. */
static void into_frame(WebPDecoderConfig *config, const AVFrame *frame)
{
    WebPDecBuffer *out = &config->output;
    size_t rows = (size_t)frame->height, half = (rows + 1) / 2;

    out->is_external_memory = 1;
    if (frame->format == AV_PIX_FMT_RGBA || frame->format == AV_PIX_FMT_RGB24) {
        out->colorspace = frame->format == AV_PIX_FMT_RGBA ? MODE_RGBA : MODE_RGB;
        out->u.RGBA.rgba = frame->data[0];
        out->u.RGBA.stride = frame->linesize[0];
        out->u.RGBA.size = (size_t)frame->linesize[0] * rows;
        return;
    }
    out->colorspace = frame->format == AV_PIX_FMT_YUVA420P ? MODE_YUVA : MODE_YUV;
    out->u.YUVA.y = frame->data[0];
    out->u.YUVA.y_stride = frame->linesize[0];
    out->u.YUVA.y_size = (size_t)frame->linesize[0] * rows;
    out->u.YUVA.u = frame->data[1];
    out->u.YUVA.u_stride = frame->linesize[1];
    out->u.YUVA.u_size = (size_t)frame->linesize[1] * half;
    out->u.YUVA.v = frame->data[2];
    out->u.YUVA.v_stride = frame->linesize[2];
    out->u.YUVA.v_size = (size_t)frame->linesize[2] * half;
    if (frame->format == AV_PIX_FMT_YUVA420P) {
        out->u.YUVA.a = frame->data[3];
        out->u.YUVA.a_stride = frame->linesize[3];
        out->u.YUVA.a_size = (size_t)frame->linesize[3] * rows;
    }
}

/* Gray, opaque. */
static void fill_gray(AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);

    for (int p = 0; p < 4 && frame->data[p]; p++) {
        int rows = p == 1 || p == 2 ? AV_CEIL_RSHIFT(frame->height, desc->log2_chroma_h) : frame->height;
        memset(frame->data[p], p == 3 ? 255 : 128, (size_t)frame->linesize[p] * (size_t)rows);
    }
    if (frame->format == AV_PIX_FMT_RGBA)
        for (int y = 0; y < frame->height; y++)
            for (int x = 0; x < frame->width; x++)
                frame->data[0][(ptrdiff_t)y * frame->linesize[0] + 4 * (ptrdiff_t)x + 3] = 255;
}

/* As many rows as there are. */
static int read_damaged(struct webp *w, WebPDecoderConfig *config, AVFrame *frame)
{
    struct rl_still *s = &w->head;
    WebPIDecoder *decoder;
    int rows = 0;

    fill_gray(frame);
    decoder = WebPIDecode(NULL, 0, config);
    if (!decoder)
        return rl_err_nomem(s->flow->err, "picture");
    WebPIUpdate(decoder, w->data.bytes, w->data.size);
    if (config->output.colorspace == MODE_RGB || config->output.colorspace == MODE_RGBA)
        WebPIDecGetRGB(decoder, &rows, NULL, NULL, NULL);
    else
        WebPIDecGetYUVA(decoder, &rows, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    WebPIDelete(decoder);
    if (rows <= 0)
        return rl_err(s->flow->err, REEL_ERR_INVALID_DATA, "picture", "no row of the WebP picture can be decoded");
    s->damage++;
    snprintf(s->info.note, sizeof(s->info.note), "%d of %d rows are there", rows, frame->height);
    return 0;
}

static int read_still(struct webp *w, AVFrame *frame)
{
    struct rl_still *s = &w->head;
    WebPDecoderConfig config;
    int rc;

    if (!WebPInitDecoderConfig(&config))
        return rl_err(s->flow->err, REEL_ERR_INTERNAL, "picture", "libwebp is not the one that this was built for");
    rc = rl_planes_frame(s->flow, frame, s->info.pixel_format, s->info.width, s->info.height, &s->info.colour);
    if (rc < 0)
        return rc;
    config.options.use_threads = s->hint.threads > 1;
    into_frame(&config, frame);
    VP8StatusCode status = WebPDecode(w->data.bytes, w->data.size, &config);
    if (status == VP8_STATUS_OUT_OF_MEMORY)
        return rl_err_nomem(s->flow->err, "picture");
    if (status == VP8_STATUS_OK)
        return 0;
    /* The decoder wrote into the planes, so its buffer is described anew. */
    if (!WebPInitDecoderConfig(&config))
        return rl_err(s->flow->err, REEL_ERR_INTERNAL, "picture", "libwebp is not the one that this was built for");
    into_frame(&config, frame);
    return read_damaged(w, &config, frame);
}

/* Chrome, Firefox and Safari alike: what asks for 10 ms or less gets 100. */
static int64_t shown(int duration)
{
    return (duration <= 10 ? 100 : (int64_t)duration) * 1000;
}

static int read_animation(struct webp *w, AVFrame *frame)
{
    struct rl_still *s = &w->head;
    WebPIterator each;
    uint8_t *canvas;
    int timestamp, duration, rc;

    if (w->next >= s->info.frames)
        return REEL_END;
    if (!WebPDemuxGetFrame(w->demux, (int)w->next + 1, &each))
        return REEL_END;
    duration = each.duration;
    WebPDemuxReleaseIterator(&each);
    if (!WebPAnimDecoderGetNext(w->anim, &canvas, &timestamp)) {
        if (!w->next)
            return rl_err(s->flow->err, REEL_ERR_INVALID_DATA, "picture",
                          "the first frame of the WebP animation is damaged");
        s->damage += s->info.frames - w->next;
        snprintf(s->info.note, sizeof(s->info.note), "frame %u and those after it are damaged", w->next + 1);
        w->next = s->info.frames;
        return REEL_END;
    }
    const struct rl_planes packed = { .width = s->info.width, .height = s->info.height };
    rc = rl_planes_frame(s->flow, frame, AV_PIX_FMT_RGBA, packed.width, packed.height, &s->info.colour);
    if (rc < 0)
        return rc;
    for (int32_t y = 0; y < packed.height; y++)
        memcpy(frame->data[0] + (ptrdiff_t)y * frame->linesize[0], canvas + 4 * (size_t)y * (size_t)packed.width,
               4 * (size_t)packed.width);
    frame->pts = s->info.frames > 1 ? w->time : 0;
    if (s->info.frames > 1)
        rl_frame_set_duration(frame, shown(duration));
    w->time += shown(duration);
    w->next++;
    return 0;
}

static int webp_read(struct rl_still *still, AVFrame *frame)
{
    struct webp *w = (struct webp *)still;
    int rc;

    if (w->anim)
        return read_animation(w, frame);
    if (w->next)
        return REEL_END;
    rc = read_still(w, frame);
    w->next = 1;
    frame->pts = 0;
    return rc;
}

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* libwebp composes whole files only: a copy that ends with the last whole chunk is one. */
static int mend(struct webp *w)
{
    struct rl_still *s = &w->head;
    size_t end = 12;

    while (end <= s->size && s->size - end >= 8) {
        uint64_t size = (uint64_t)le32(s->data + end + 4) + 8;
        size += size & 1;
        if (size > s->size - end)
            break;
        end += (size_t)size;
    }
    if (end <= 12)
        return rl_err(s->flow->err, REEL_ERR_INVALID_DATA, "picture", "the WebP file ends in its first chunk");
    w->mended = rl_alloc(s->flow->env, end);
    if (!w->mended)
        return rl_err_nomem(s->flow->err, "picture");
    memcpy(w->mended, s->data, end);
    for (int i = 0; i < 4; i++)
        w->mended[4 + i] = (uint8_t)((end - 8) >> 8 * i);
    w->data = (WebPData){ w->mended, end };
    WebPDemuxDelete(w->demux);
    w->demux = WebPDemux(&w->data);
    if (!w->demux)
        return rl_err(s->flow->err, REEL_ERR_INVALID_DATA, "picture", "the WebP animation is damaged beyond use");
    s->damage++;
    snprintf(s->info.note, sizeof(s->info.note), "the end is missing");
    return 0;
}

/* Sums up the frames: their time, whether anything shines through, whether all are lossless. */
static void survey(struct webp *w)
{
    struct rl_still_info *info = &w->head.info;
    WebPIterator each;

    info->lossless = 1;
    info->duration = 0;
    if (!WebPDemuxGetFrame(w->demux, 1, &each))
        return;
    do {
        WebPBitstreamFeatures f;
        bool covers = each.width == info->width && each.height == info->height;
        info->duration += shown(each.duration);
        if (WebPGetFeatures(each.fragment.bytes, each.fragment.size, &f) != VP8_STATUS_OK || f.format != 2)
            info->lossless = 0;
        if (each.frame_num == 1 ? each.has_alpha || !covers : each.dispose_method == WEBP_MUX_DISPOSE_BACKGROUND)
            info->has_alpha = 1;
    } while (WebPDemuxNextFrame(&each));
    WebPDemuxReleaseIterator(&each);
    if (info->frames == 1)
        info->duration = 0;
}

static int open_animation(struct webp *w, bool whole)
{
    struct rl_still *s = &w->head;
    WebPAnimDecoderOptions options;
    int rc;

    if (!whole) {
        rc = mend(w);
        if (rc < 0)
            return rc;
    }
    s->info.frames = WebPDemuxGetI(w->demux, WEBP_FF_FRAME_COUNT);
    if (!s->info.frames)
        return rl_err(s->flow->err, REEL_ERR_INVALID_DATA, "picture", "the WebP animation has no whole frame");
    if (s->info.frames > s->flow->env->limits.frames)
        return rl_err(s->flow->err, REEL_ERR_LIMIT_FRAMES, "picture", "%u frames are over the limit", s->info.frames);
    s->info.loops = (int32_t)(WebPDemuxGetI(w->demux, WEBP_FF_LOOP_COUNT) & 0xffff);
    s->info.pixel_format = AV_PIX_FMT_RGBA;
    s->info.colour = (struct rl_colour){ 1, 13, 0, 1, 0 };
    survey(w);
    if (!WebPAnimDecoderOptionsInit(&options))
        return rl_err(s->flow->err, REEL_ERR_INTERNAL, "picture", "libwebp is not the one that this was built for");
    options.color_mode = MODE_RGBA;
    options.use_threads = s->hint.threads > 1;
    w->anim = WebPAnimDecoderNew(&w->data, &options);
    if (!w->anim)
        return rl_err(s->flow->err, REEL_ERR_INVALID_DATA, "picture", "the WebP animation is damaged beyond use");
    return 0;
}

static int open_still(struct webp *w, const WebPBitstreamFeatures *f)
{
    struct rl_still_info *info = &w->head.info;

    info->frames = 1;
    info->has_alpha = !!f->has_alpha;
    info->lossless = f->format == 2;
    if (info->lossless) {
        info->pixel_format = f->has_alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
        info->colour = (struct rl_colour){ 1, 13, 0, 1, 0 };
    } else {
        info->pixel_format = f->has_alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
        info->colour = (struct rl_colour){ 1, 13, 6, 0, AVCHROMA_LOC_CENTER };
    }
    return 0;
}

static const uint8_t *chunk(struct webp *w, const char *name, size_t *size)
{
    WebPChunkIterator it;
    const uint8_t *bytes = NULL;

    *size = 0;
    if (WebPDemuxGetChunk(w->demux, name, 1, &it)) {
        bytes = it.chunk.bytes;
        *size = it.chunk.size;
        WebPDemuxReleaseChunkIterator(&it);
    }
    return bytes;
}

static void read_metadata(struct webp *w)
{
    struct rl_still_info *info = &w->head.info;
    const uint8_t *bytes;
    size_t size;

    bytes = chunk(w, "ICCP", &size);
    rl_info_icc(info, bytes, size);
    bytes = chunk(w, "EXIF", &size);
    if (bytes)
        rl_info_exif(info, bytes, size, false);
    if (info->exif_size)
        rl_exif_turn(rl_exif_orientation(info->exif, info->exif_size), &info->mirrored, &info->rotation);
    info->xmp = chunk(w, "XMP ", &info->xmp_size);
}

static const struct rl_still_ops webp_ops = { webp_read, webp_close };

int rl_still_open_webp(struct rl_still **out, const struct rl_still *head)
{
    const struct rl_env *env = head->flow->env;
    WebPBitstreamFeatures f;
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    struct webp *w = rl_calloc(env, 1, sizeof(*w));
    int rc;

    *out = NULL;
    if (!w)
        return rl_err_nomem(head->flow->err, "picture");
    w->head = *head;
    w->head.ops = &webp_ops;
    w->data = (WebPData){ head->data, head->size };

    rc = REEL_ERR_INVALID_DATA;
    if (WebPGetFeatures(head->data, head->size, &f) != VP8_STATUS_OK) {
        rl_err(head->flow->err, rc, "picture", "the head of the WebP picture is damaged");
        goto fail;
    }
    rc = rl_still_check_size(head->flow, f.width, f.height);
    if (rc < 0)
        goto fail;
    w->head.info.width = f.width;
    w->head.info.height = f.height;
    w->head.info.bit_depth = 8;
    w->demux = WebPDemuxPartial(&w->data, &state);
    rc = f.has_animation ? open_animation(w, state == WEBP_DEMUX_DONE) : open_still(w, &f);
    if (rc < 0)
        goto fail;
    if (w->demux)
        read_metadata(w);
    *out = &w->head;
    return 0;
fail:
    webp_close(&w->head);
    return rc;
}

#else

int rl_still_open_webp(struct rl_still **out, const struct rl_still *head)
{
    *out = NULL;
    return rl_err(head->flow->err, REEL_ERR_UNSUPPORTED, "picture", "this build has no libwebp");
}

#endif
