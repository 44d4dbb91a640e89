/*
 * AVIF with libavif and libaom. Planes are lent, not copied.
 *
 * The bytes must not depend on the number of threads. libaom's row threading changes what its speed features see, so
 * it is off, and tiles, which do not, are chosen by the size of the picture alone.
 *
 * libaom cannot be interrupted: a cancel is seen between frames. One of 12 million pixels takes 0.3 s at the default
 * speed. libavif before 1.0 ends the process when it is out of memory itself (its own objects are small; libaom's,
 * which are not, are checked), and knows neither loop counts nor content light.
 */
#include "write.h"

#if RL_HAVE_AVIF

#include <avif/avif.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>

#define AVIF_IS_1 (AVIF_VERSION >= 1000000)
/* What returned nothing before 1.0. */
#if AVIF_IS_1
#define CHECKED(call) (call)
#else
#define CHECKED(call) ((call), AVIF_RESULT_OK)
#endif

struct avif_writer {
    struct rl_writer head;
    avifEncoder *encoder;
    avifImage *image;
    const AVPixFmtDescriptor *desc;
};

/*
 * Speed levels. Stills are coded all-intra, where libaom 3.6 has little between 6 and 9: 9 takes a third of the time
 * of 8 for 5 % more bytes, 8 half of that of 6 for 18 % more. Its all-intra defaults leave the CDEF filter out, which
 * costs a fiftieth of the time and saves 2 % of the bytes. Sequences are coded for real time from 7 on.
 */
static const struct {
    int8_t still, sequence;
    const char *cdef;
} speeds[10] = {
    { 2, 2, "1" }, { 3, 3, "1" }, { 4, 4, "1" }, { 5, 5, "1" }, { 6, 6, "1" },
    { 8, 7, "1" }, { 9, 8, "1" }, { 9, 9, "1" }, { 9, 9, "0" }, { 9, 9, "0" },
};

bool rl_writer_avif_present(void)
{
    return avifCodecName(AVIF_CODEC_CHOICE_AOM, AVIF_CODEC_FLAG_CAN_ENCODE) != NULL;
}

static int failed(struct avif_writer *w, avifResult result)
{
    const char *text = w->encoder ? w->encoder->diag.error : "";
    bool memory = result == AVIF_RESULT_OUT_OF_MEMORY || strstr(text, "Memory allocation");

    if (memory)
        return rl_err_nomem(w->head.flow->err, "picture");
    rl_err(w->head.flow->err, REEL_ERR_ENCODER, "picture", "libavif: %s%s%s", avifResultToString(result),
           *text ? ": " : "", text);
    rl_err_upstream(w->head.flow->err, "libavif", (int64_t)result);
    return REEL_ERR_ENCODER;
}

/* log2 of the number of tiles: of a million pixels each or more. Lets two cores share 1080p and costs under 1 % there. */
static void choose_tiles(avifEncoder *encoder, int32_t width, int32_t height)
{
    int log2 = 0;

    while (log2 < 4 && (int64_t)width * height >= 2000000ll << log2)
        log2++;
    encoder->tileColsLog2 = width >= height ? (log2 + 1) / 2 : log2 / 2;
    encoder->tileRowsLog2 = log2 - encoder->tileColsLog2;
}

static avifResult set_option(struct avif_writer *w, const char *key, const char *value)
{
    return CHECKED(avifEncoderSetCodecSpecificOption(w->encoder, key, value));
}

/* The quantizer as an option: unlike libavif's range of quantizers it means the same for stills and sequences. */
static avifResult set_quality(struct avif_writer *w)
{
    const struct rl_writer_params *p = &w->head.params;
    avifEncoder *encoder = w->encoder;
    int colour = rl_quality_avif(p->quality), alpha = rl_quality_avif((p->quality + 100) / 2);
    avifResult result = AVIF_RESULT_OK;
    char value[8];

    if (p->lossless)
        colour = alpha = 0;
#if AVIF_IS_1
    encoder->quality = 100 - (colour * 100 + 31) / 63;
    encoder->qualityAlpha = 100 - (alpha * 100 + 31) / 63;
#else
    encoder->minQuantizer = encoder->minQuantizerAlpha = 0;
    encoder->maxQuantizer = p->lossless ? 0 : 63;
    encoder->maxQuantizerAlpha = p->lossless ? 0 : 63;
#endif
    if (p->lossless)
        return result;
    snprintf(value, sizeof(value), "%d", colour);
    result = set_option(w, "color:cq-level", value);
    snprintf(value, sizeof(value), "%d", alpha);
    result = result ? result : set_option(w, "alpha:cq-level", value);
    result = result ? result : set_option(w, "end-usage", "q");
    return result ? result : set_option(w, "color:tune", "ssim");
}

static avifResult open_encoder(struct avif_writer *w, bool single)
{
    const struct rl_writer_params *p = &w->head.params;
    avifEncoder *encoder = w->encoder;
    avifResult result;

    encoder->codecChoice = AVIF_CODEC_CHOICE_AOM;
    encoder->maxThreads = p->threads;
    encoder->speed = single ? speeds[p->speed].still : speeds[p->speed].sequence;
    encoder->timescale = 1000000;
#if AVIF_IS_1
    encoder->autoTiling = AVIF_FALSE;
    encoder->repetitionCount = p->loops > 0 ? p->loops - 1 : AVIF_REPETITION_COUNT_INFINITE;
#endif
    choose_tiles(encoder, p->width, p->height);
    result = set_quality(w);
    result = result ? result : set_option(w, "row-mt", "0");
    result = result ? result : set_option(w, "sb-size", "64");
    /* Ten times slower for pictures it takes for screens, until libaom 3.8; worth it where one has the time. */
    if (p->speed > 2)
        result = result ? result : set_option(w, "enable-intrabc", "0");
    if (single && !p->lossless)
        result = result ? result : set_option(w, "enable-cdef", speeds[p->speed].cdef);
    return result;
}

static avifPixelFormat layout_of(const AVPixFmtDescriptor *d)
{
    if (d->nb_components < 3)
        return AVIF_PIXEL_FORMAT_YUV400;
    if (d->log2_chroma_h)
        return AVIF_PIXEL_FORMAT_YUV420;
    return d->log2_chroma_w ? AVIF_PIXEL_FORMAT_YUV422 : AVIF_PIXEL_FORMAT_YUV444;
}

/* Planes of 8, 10 or 12 bits, as this machine holds them. */
static bool fits(const AVPixFmtDescriptor *d)
{
    int depth = d ? d->comp[0].depth : 0;

    return d && (d->flags & AV_PIX_FMT_FLAG_PLANAR || d->nb_components == 1) &&
           !(d->flags & (AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM)) &&
           d->comp[0].shift == 0 &&
           (depth == 8 || depth == 10 || depth == 12) && d->log2_chroma_h <= 1 && d->log2_chroma_w <= 1 &&
           d->log2_chroma_h <= d->log2_chroma_w && d->nb_components != 2;
}

static avifResult describe(struct avif_writer *w)
{
    const struct rl_writer_params *p = &w->head.params;
    const struct rl_colour *c = &p->colour;
    avifImage *image = w->image;
    bool rgb = w->desc->flags & AV_PIX_FMT_FLAG_RGB;
    avifResult result = AVIF_RESULT_OK;

    image->colorPrimaries = (avifColorPrimaries)c->primaries;
    image->transferCharacteristics = (avifTransferCharacteristics)c->transfer;
    /* The identity is for planes of one size that are RGB, and nothing else is right for these. */
    image->matrixCoefficients = (avifMatrixCoefficients)(rgb ? 0 : c->matrix == 0 ? 6 : c->matrix);
    image->yuvRange = rgb || c->full_range ? AVIF_RANGE_FULL : AVIF_RANGE_LIMITED;
    image->yuvChromaSamplePosition = c->chroma_location == 1   ? AVIF_CHROMA_SAMPLE_POSITION_VERTICAL
                                     : c->chroma_location == 3 ? AVIF_CHROMA_SAMPLE_POSITION_COLOCATED
                                                               : AVIF_CHROMA_SAMPLE_POSITION_UNKNOWN;
    if (p->icc_size)
        result = CHECKED(avifImageSetProfileICC(image, p->icc, p->icc_size));
    if (!result && p->exif_size)
        result = CHECKED(avifImageSetMetadataExif(image, p->exif, p->exif_size));
    if (!result && p->xmp_size)
        result = CHECKED(avifImageSetMetadataXMP(image, p->xmp, p->xmp_size));
    image->transformFlags = AVIF_TRANSFORM_NONE; /* the picture is upright, whatever the Exif says */
#if AVIF_IS_1
    if (p->light.present) {
        image->clli.maxCLL = (uint16_t)p->light.max_cll;
        image->clli.maxPALL = (uint16_t)p->light.max_fall;
    }
#endif
    return result;
}

static int begin(struct avif_writer *w, const AVFrame *frame, bool single)
{
    struct rl_flow *flow = w->head.flow;
    avifResult result;

    w->desc = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    if (!fits(w->desc))
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "pixel format %d does not go into AVIF", frame->format);
    w->encoder = avifEncoderCreate();
    w->image = avifImageCreate((uint32_t)frame->width, (uint32_t)frame->height, (uint32_t)w->desc->comp[0].depth,
                               layout_of(w->desc));
    if (!w->encoder || !w->image)
        return rl_err_nomem(flow->err, "picture");
    result = open_encoder(w, single);
    result = result ? result : describe(w);
    return result ? failed(w, result) : 0;
}

static int avif_add(struct rl_writer *writer, const AVFrame *frame, int64_t start, int64_t duration, bool single)
{
    struct avif_writer *w = (struct avif_writer *)writer;
    int rc = w->encoder ? 0 : begin(w, frame, single);

    (void)start; /* frames follow each other without gaps: the durations say it all */
    if (rc < 0)
        return rc;
    for (int i = 0; i < 3 && i < w->desc->nb_components; i++) {
        w->image->yuvPlanes[i] = frame->data[i];
        w->image->yuvRowBytes[i] = (uint32_t)frame->linesize[i];
    }
    if (w->desc->flags & AV_PIX_FMT_FLAG_ALPHA) {
        w->image->alphaPlane = frame->data[3];
        w->image->alphaRowBytes = (uint32_t)frame->linesize[3];
    }
    /* Ours to the last: libavif frees no planes that it does not own. */
    avifResult result = avifEncoderAddImage(w->encoder, w->image, (uint64_t)duration,
                                            single ? AVIF_ADD_IMAGE_FLAG_SINGLE : AVIF_ADD_IMAGE_FLAG_NONE);
    return result ? failed(w, result) : 0;
}

static int avif_finish(struct rl_writer *writer, struct rl_buf *file)
{
    struct avif_writer *w = (struct avif_writer *)writer;
    avifRWData data = AVIF_DATA_EMPTY;
    avifResult result = avifEncoderFinish(w->encoder, &data);

    if (!result)
        rl_buf_add(file, data.data, data.size);
    avifRWDataFree(&data);
    return result ? failed(w, result) : 0;
}

static void avif_close(struct rl_writer *writer)
{
    struct avif_writer *w = (struct avif_writer *)writer;

    if (w->encoder)
        avifEncoderDestroy(w->encoder);
    if (w->image)
        avifImageDestroy(w->image);
    rl_free(writer->flow->env, w);
}

static const struct rl_writer_ops avif_ops = { avif_add, avif_finish, avif_close };

int rl_writer_open_avif(struct rl_writer **out, const struct rl_writer *head)
{
    struct avif_writer *w = rl_calloc(head->flow->env, 1, sizeof(*w));

    if (!w)
        return rl_err_nomem(head->flow->err, "picture");
    w->head = *head;
    w->head.ops = &avif_ops;
    *out = &w->head;
    return 0;
}

#else

bool rl_writer_avif_present(void)
{
    return false;
}

int rl_writer_open_avif(struct rl_writer **out, const struct rl_writer *head)
{
    *out = NULL;
    return rl_err(head->flow->err, REEL_ERR_UNSUPPORTED, "picture", "this build does not write AVIF");
}

#endif
