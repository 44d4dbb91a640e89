/*
 * AVIF by libavif: stills, grids and layers, and sequences with their times. Lenient as browsers are: what a strict reader refuses for
 * a missing pixi, a clap that makes no sense or an alpha without size is read. A HEIF derivation that libavif does not know
 * (overlay, identity) goes to the reader of HEIF.
 */
#include "../still.h"

#if RL_HAVE_AVIF

#include "../../../base/time.h"
#include "../../compat.h"
#include "boxes.h"
#include "planes.h"

#include <avif/avif.h>
#include <stdio.h>
#include <string.h>

struct avif {
    struct rl_still head;
    avifDecoder *decoder;
    uint32_t next;  /* frame */
    int64_t time;   /* of the next frame, us */
    bool over;
};

static void avif_close(struct rl_still *still)
{
    struct avif *a = (struct avif *)still;

    if (a->decoder)
        avifDecoderDestroy(a->decoder);
    rl_free(still->flow->env, a);
}

/* Only the text tells that one of the limits was the reason. */
static bool is_limit(const struct avif *a, const char *name)
{
    const char *at = strstr(a->decoder->diag.error, name);

    return at && strstr(at, "Limit");
}

/* libavif's word for what went wrong as ours. */
static int avif_failed(struct avif *a, avifResult result)
{
    struct rl_flow *flow = a->head.flow;
    const char *why = a->decoder->diag.error[0] ? a->decoder->diag.error : avifResultToString(result);
    int code = is_limit(a, "imageCountLimit")           ? REEL_ERR_LIMIT_FRAMES
               : is_limit(a, "image")                   ? REEL_ERR_LIMIT_PIXELS
               : result == AVIF_RESULT_OUT_OF_MEMORY    ? REEL_ERR_NOMEM
               : result == AVIF_RESULT_NOT_IMPLEMENTED ||
                       result == AVIF_RESULT_NO_CODEC_AVAILABLE ||
                       result == AVIF_RESULT_UNSUPPORTED_DEPTH
                   ? REEL_ERR_UNSUPPORTED
                   : REEL_ERR_INVALID_DATA;

    rl_err(flow->err, code, "picture", "AVIF: %s", why);
    rl_err_upstream(flow->err, "libavif", (int64_t)result);
    return code;
}

/* Planes of the decoder's image, as they are now. false: a layout without a name. */
static bool planes_of(const avifImage *image, bool alpha, struct rl_planes *p)
{
    avifPixelFormatInfo format;

    *p = (struct rl_planes){ .width = (int32_t)image->width, .height = (int32_t)image->height };
    if (image->yuvFormat == AVIF_PIXEL_FORMAT_NONE)
        return false;
    avifGetPixelFormatInfo(image->yuvFormat, &format);
    p->mono = image->yuvFormat == AVIF_PIXEL_FORMAT_YUV400;
    p->shift_x = p->mono ? 0 : format.chromaShiftX;
    p->shift_y = p->mono ? 0 : format.chromaShiftY;
    p->rgb = image->matrixCoefficients == 0 && image->yuvFormat == AVIF_PIXEL_FORMAT_YUV444;
    p->alpha = alpha;
    p->depth = rl_planes_depth((int32_t)image->depth);
    for (int i = 0; i < 3; i++) {
        p->data[i] = image->yuvPlanes[i];
        p->stride[i] = image->yuvRowBytes[i];
        p->bits[i] = (int32_t)image->depth;
    }
    p->data[3] = image->alphaPlane;
    p->stride[3] = image->alphaRowBytes;
    p->bits[3] = (int32_t)image->depth;
    return true;
}

static struct rl_colour colour_of(const avifImage *image)
{
    bool sub_sampled = image->yuvFormat != AVIF_PIXEL_FORMAT_YUV444;
    struct rl_colour c = rl_code_points(image->colorPrimaries, image->transferCharacteristics,
                                        image->matrixCoefficients, image->yuvRange == AVIF_RANGE_FULL, sub_sampled);

    if (image->yuvFormat != AVIF_PIXEL_FORMAT_YUV420)
        return c;
    if (image->yuvChromaSamplePosition == AVIF_CHROMA_SAMPLE_POSITION_VERTICAL)
        c.chroma_location = AVCHROMA_LOC_LEFT;
    else if (image->yuvChromaSamplePosition == AVIF_CHROMA_SAMPLE_POSITION_COLOCATED)
        c.chroma_location = AVCHROMA_LOC_TOPLEFT;
    return c;
}

/* MIAF has the order: cut out, rotate, mirror. */
static void read_turn(struct rl_still_info *info, const avifImage *image)
{
    struct rl_transform turn;

    rl_transform_init(&turn, info->width, info->height);
    if (image->transformFlags & AVIF_TRANSFORM_CLAP) {
        const avifCleanApertureBox *c = &image->clap;
        uint32_t values[8] = { c->widthN,    c->widthD,    c->heightN,  c->heightD,
                               c->horizOffN, c->horizOffD, c->vertOffN, c->vertOffD };
        if (!rl_transform_clap(&turn, values))
            snprintf(info->note, sizeof(info->note), "the part to be cut out does not lie inside: nothing is cut");
    }
    if (image->transformFlags & AVIF_TRANSFORM_IROT)
        rl_transform_rotate(&turn, image->irot.angle);
    if (image->transformFlags & AVIF_TRANSFORM_IMIR)
#if AVIF_VERSION_MAJOR >= 1
        rl_transform_mirror(&turn, image->imir.axis);
#else
        rl_transform_mirror(&turn, image->imir.mode);
#endif
    rl_info_turn(info, &turn);
}

static int64_t to_us(uint64_t ticks, uint64_t timescale)
{
    if (!timescale || timescale > INT32_MAX || ticks > INT64_MAX)
        return 0;
    return rl_rescale((int64_t)ticks, (reel_ratio){ 1, (int32_t)timescale }, RL_US);
}

static void read_times(struct avif *a)
{
    struct rl_still_info *info = &a->head.info;

    info->frames = (uint32_t)a->decoder->imageCount;
    if (info->frames <= 1)
        return;
    info->duration = to_us(a->decoder->durationInTimescales, a->decoder->timescale);
#if AVIF_VERSION_MAJOR >= 1
    /* Once, and then so many times again. */
    if (a->decoder->repetitionCount >= 0 && a->decoder->repetitionCount < INT32_MAX)
        info->loops = a->decoder->repetitionCount + 1;
#endif
}

/* What the container says; the picture itself is not decoded. */
static int read_info(struct avif *a)
{
    struct rl_still_info *info = &a->head.info;
    const avifImage *image = a->decoder->image;
    struct rl_planes p;
    int rc = rl_still_check_size(a->head.flow, image->width, image->height);

    if (rc < 0)
        return rc;
    if (!planes_of(image, a->decoder->alphaPresent, &p))
        return rl_err(a->head.flow->err, REEL_ERR_UNSUPPORTED, "picture", "AVIF: no colour among the planes");
    info->width = p.width;
    info->height = p.height;
    info->pixel_format = rl_planes_format(&p);
    info->bit_depth = (int32_t)image->depth;
    info->has_alpha = p.alpha;
    info->premultiplied = p.alpha && image->alphaPremultiplied;
    info->colour = colour_of(image);
    read_turn(info, image);
    read_times(a);
    if (info->frames > a->head.flow->env->limits.frames)
        return rl_err(a->head.flow->err, REEL_ERR_LIMIT_FRAMES, "picture", "%u frames are over the limit",
                      info->frames);
    rl_info_icc(info, image->icc.data, image->icc.size);
    if (image->exif.size)
        rl_info_exif(info, image->exif.data, image->exif.size, false);
    info->xmp = image->xmp.data;
    info->xmp_size = image->xmp.size;
    return 0;
}

/* A frame whose decoder failed: the end, where there were some before. */
static int avif_damaged(struct avif *a, avifResult result)
{
    struct rl_still *s = &a->head;

    if (!a->next)
        return avif_failed(a, result);
    s->damage += s->info.frames - a->next;
    snprintf(s->info.note, sizeof(s->info.note), "frame %u and those after it are damaged", a->next + 1);
    a->over = true;
    return REEL_END;
}

static int avif_read(struct rl_still *still, AVFrame *frame)
{
    struct avif *a = (struct avif *)still;
    struct rl_colour colour = still->info.colour;
    struct rl_planes p;
    avifResult result;

    if (a->over || a->next >= still->info.frames)
        return REEL_END;
    result = avifDecoderNextImage(a->decoder);
    if (result == AVIF_RESULT_NO_IMAGES_REMAINING && a->next)
        return REEL_END;
    if (result != AVIF_RESULT_OK)
        return avif_damaged(a, result);

    const avifImage *image = a->decoder->image;
    int rc = rl_still_check_size(still->flow, image->width, image->height);
    if (rc < 0)
        return rc;
    bool alpha = image->alphaPlane != NULL;
    if (!planes_of(image, alpha, &p) || !p.data[0] || (!p.mono && (!p.data[1] || !p.data[2])))
        return rl_err(still->flow->err, REEL_ERR_INVALID_DATA, "picture", "AVIF: a plane is missing");
    if (rl_planes_format(&p) != still->info.pixel_format) {
        /* The bitstream differs from what the container said of it, and is right. */
        struct rl_colour real = colour_of(image);
        colour.matrix = real.matrix;
        colour.full_range = real.full_range;
        if (!a->next) {
            still->info.pixel_format = rl_planes_format(&p);
            still->info.bit_depth = (int32_t)image->depth;
            still->info.has_alpha = p.alpha;
            still->info.colour = colour;
        }
    }
    rc = rl_planes_copy(still->flow, &p, &colour, frame);
    if (rc < 0)
        return rc;
    frame->pts = a->time;
    if (still->info.frames > 1) {
        const avifImageTiming *t = &a->decoder->imageTiming;
        int64_t end = to_us(t->ptsInTimescales + t->durationInTimescales, t->timescale);
        rl_frame_set_duration(frame, end > a->time ? end - a->time : 0);
        a->time = end > a->time ? end : a->time;
    }
    a->next++;
    return 0;
}

static void set_limits(struct avif *a)
{
    const struct rl_still *s = &a->head;
    const reel_limits *l = &s->flow->env->limits;
    avifDecoder *d = a->decoder;

    if (l->pixels < d->imageSizeLimit)
        d->imageSizeLimit = (uint32_t)l->pixels;
    if (l->frames < d->imageCountLimit)
        d->imageCountLimit = (uint32_t)l->frames;
    d->imageDimensionLimit = 65535;
    d->maxThreads = s->hint.threads < 1 ? 1 : s->hint.threads > 16 ? 16 : s->hint.threads;
    d->strictFlags = AVIF_STRICT_DISABLED;
    if (avifCodecName(AVIF_CODEC_CHOICE_DAV1D, AVIF_CODEC_FLAG_CAN_DECODE))
        d->codecChoice = AVIF_CODEC_CHOICE_DAV1D;
}

static avifResult parse(struct avif *a, avifDecoderSource source)
{
    avifResult result = avifDecoderSetSource(a->decoder, source);

    if (result == AVIF_RESULT_OK)
        result = avifDecoderSetIOMemory(a->decoder, a->head.data, a->head.size);
    return result == AVIF_RESULT_OK ? avifDecoderParse(a->decoder) : result;
}

/* What libavif refuses and others read, such as two profiles of one picture. */
static bool open_as_heif(struct rl_still **out, const struct rl_still *head)
{
    reel_error *err = head->flow->err, aside = RL_ERROR_INIT;

    head->flow->err = &aside;
    int rc = RL_HAVE_HEIF ? rl_still_open_heif(out, head) : REEL_ERR_UNSUPPORTED;
    head->flow->err = err;
    return rc == 0;
}

static const struct rl_still_ops avif_ops = { avif_read, avif_close };

int rl_still_open_avif(struct rl_still **out, const struct rl_still *head)
{
    struct rl_flow *flow = head->flow;
    struct rl_boxes boxes;
    struct avif *a = NULL;
    avifResult result;
    uint64_t bytes, end;
    uint32_t width, height;
    bool items = rl_boxes_open(&boxes, head->data, head->size);
    int rc;

    *out = NULL;
    /* libavif gathers extents in memory, and has no name of its own for what is too large. */
    if (items && rl_boxes_size(&boxes, boxes.primary, &width, &height)) {
        rc = rl_still_check_size(flow, width, height);
        if (rc < 0)
            return rc;
    }
    rl_boxes_extents(&boxes, &bytes, &end);
    if (bytes / 4 > head->size)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "picture", "AVIF: its items come to more than the file holds");
    uint32_t type = items ? rl_boxes_item(&boxes, boxes.primary) : 0;
    if (RL_HAVE_HEIF && (type == RL_TAG('i', 'o', 'v', 'l') || type == RL_TAG('i', 'd', 'e', 'n')))
        return rl_still_open_heif(out, head);

    a = rl_calloc(flow->env, 1, sizeof(*a));
    if (!a)
        return rl_err_nomem(flow->err, "picture");
    a->head = *head;
    a->head.ops = &avif_ops;
    a->decoder = avifDecoderCreate();
    rc = REEL_ERR_NOMEM;
    if (!a->decoder) {
        rl_err_nomem(flow->err, "picture");
        goto fail;
    }
    set_limits(a);
    result = parse(a, AVIF_DECODER_SOURCE_AUTO);
    if (result != AVIF_RESULT_OK && items && !is_limit(a, "image"))
        result = parse(a, AVIF_DECODER_SOURCE_PRIMARY_ITEM);
    if (result != AVIF_RESULT_OK) {
        rc = 0;
        if (!items || is_limit(a, "image") || !open_as_heif(out, head))
            rc = avif_failed(a, result);
        goto fail;
    }
    rc = read_info(a);
    if (rc < 0)
        goto fail;
    if (items) {
        a->head.info.gain_map = rl_boxes_gain_map(&boxes);
        rl_boxes_light(&boxes, boxes.primary, &a->head.info.light, &a->head.info.mastering);
    }
    *out = &a->head;
    return 0;
fail:
    avif_close(&a->head);
    return rc;
}

#else

int rl_still_open_avif(struct rl_still **out, const struct rl_still *head)
{
    *out = NULL;
    return rl_err(head->flow->err, REEL_ERR_UNSUPPORTED, "picture", "this build has no libavif");
}

#endif
