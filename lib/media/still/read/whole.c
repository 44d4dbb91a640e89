/*
 * TIFF and BMP, whose many kinds libavcodec knows. They are decoded when they are opened, as only the decoder can tell what the
 * pixels are; what is about the picture is read by us.
 */
#include "../exif.h"
#include "../meta.h"
#include "cmyk.h"
#include "coded.h"

#include <libavutil/avstring.h>
#include <libavutil/imgutils.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

#define TAG_WIDTH 256
#define TAG_HEIGHT 257
#define TAG_PHOTOMETRIC 262
#define TAG_COMPRESSION 259
#define TAG_SAMPLES 277
#define TAG_EXTRA 338
#define TAG_XMP 700
#define TAG_ICC 34675
#define PHOTOMETRIC_RGB 2
#define PHOTOMETRIC_INK 5

struct whole {
    struct rl_still head;
    bool tiff;
    bool ink;
    AVCodecContext *codec;
    AVFrame *frame;
    struct rl_buf exif;
    size_t missing; /* bytes at the end of a BMP */
};

static int bmp_header(struct whole *w)
{
    struct rl_still_info *info = &w->head.info;
    const uint8_t *p = w->head.data;
    size_t size = w->head.size;
    uint32_t head = size >= 18 ? AV_RL32(p + 14) : 0, bits, packing = 0;
    int64_t width, height;
    uint64_t end;
    int rc;

    if (size < 26 || p[0] != 'B' || p[1] != 'M' || (head != 12 && size < 54))
        return rl_err(w->head.flow->err, REEL_ERR_INVALID_DATA, "bmp", "the header of a BMP is missing");
    width = head == 12 ? AV_RL16(p + 18) : (int32_t)AV_RL32(p + 18);
    height = head == 12 ? AV_RL16(p + 20) : (int32_t)AV_RL32(p + 22);
    bits = head == 12 ? AV_RL16(p + 24) : AV_RL16(p + 28);
    if (head != 12)
        packing = AV_RL32(p + 30);
    height = height < 0 ? -height : height;
    if ((rc = rl_still_check_size(w->head.flow, width, height)) < 0)
        return rc;
    info->width = (int32_t)width;
    info->height = (int32_t)height;
    end = AV_RL32(p + 10) + ((uint64_t)width * (bits & 63) + 31) / 32 * 4 * (uint64_t)height;
    if ((packing == 0 || packing == 3 || packing == 6) && end > size && end < INT32_MAX - 64 && AV_RL32(p + 10) < size)
        w->missing = (size_t)(end - size);
    return 0;
}

static int tiff_header(struct whole *w)
{
    struct rl_still_info *info = &w->head.info;
    struct rl_flow *flow = w->head.flow;
    struct rl_tiff_entry e;
    struct rl_tiff t;
    size_t ifd;
    int rc;

    if (!rl_tiff_open(&t, w->head.data, w->head.size) || !(ifd = rl_tiff_first(&t)))
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "tiff", "the directory of a TIFF is missing");
    if ((rc = rl_still_check_size(flow, rl_tiff_value(&t, ifd, TAG_WIDTH, 0),
                                  rl_tiff_value(&t, ifd, TAG_HEIGHT, 0))) < 0)
        return rc;
    /* The decoder would pass it over in silence. */
    if (rl_tiff_value(&t, ifd, TAG_COMPRESSION, 1) == 6 || rl_tiff_value(&t, ifd, TAG_COMPRESSION, 1) == 7)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "tiff", "a TIFF with JPEG inside is not read");
    info->width = (int32_t)rl_tiff_value(&t, ifd, TAG_WIDTH, 0);
    info->height = (int32_t)rl_tiff_value(&t, ifd, TAG_HEIGHT, 0);
    info->premultiplied = rl_tiff_value(&t, ifd, TAG_EXTRA, 0) == 1;
    w->ink = rl_tiff_value(&t, ifd, TAG_PHOTOMETRIC, 0) == PHOTOMETRIC_INK &&
             rl_tiff_value(&t, ifd, TAG_SAMPLES, 1) == 4;
    rl_exif_turn((int)rl_tiff_value(&t, ifd, RL_TIFF_ORIENTATION, 1), &info->mirrored, &info->rotation);
    if (rl_tiff_find(&t, ifd, TAG_XMP, &e)) {
        info->xmp = t.data + e.value;
        info->xmp_size = e.bytes;
    }
    if (rl_tiff_find(&t, ifd, TAG_ICC, &e))
        info->icc_kind = rl_icc_kind(t.data + e.value, e.bytes);
    if (info->icc_kind != RL_ICC_NONE) {
        info->icc = t.data + e.value;
        info->icc_size = e.bytes;
    }
    if (rl_exif_extract(&w->exif, w->head.data, w->head.size) < 0)
        return rl_err_nomem(flow->err, "tiff");
    info->exif = w->exif.data;
    info->exif_size = w->exif.size;
    return 0;
}

/* The decoder would mix inks by a rule of thumb; told that they are RGB and alpha it hands them over. */
static void unmark_ink(uint8_t *data, size_t size)
{
    struct rl_tiff_entry e;
    struct rl_tiff t;

    if (rl_tiff_open(&t, data, size) && rl_tiff_find(&t, rl_tiff_first(&t), TAG_PHOTOMETRIC, &e) && e.type == 3 &&
        e.count)
        data[e.value + (t.big ? 1 : 0)] = PHOTOMETRIC_RGB;
}

/* Rows that the decoder has not written to: the buffer was gray before. */
static int untouched(const AVFrame *f)
{
    int bytes = av_image_get_linesize(f->format, f->width, 0), rows = 0;

    for (int y = 0; y < f->height; y++) {
        const uint8_t *row = f->data[0] + (ptrdiff_t)y * f->linesize[0];
        int x = 0;
        while (x < bytes && row[x] == 128)
            x++;
        rows += x == bytes;
    }
    return rows;
}

/* Once asking for every error, even in a tag that does not matter. When there is one: again, for as much as can be had. */
static int decode_packet(struct whole *w, const AVPacket *packet)
{
    struct rl_still_info *info = &w->head.info;
    struct rl_flow *flow = w->head.flow;
    int rc;

    w->codec->err_recognition = AV_EF_EXPLODE;
    rc = rl_coded_frame(w->codec, flow, packet, info->width, info->height, true, w->frame);
    if (rc != REEL_ERR_INVALID_DATA && rc != REEL_ERR_UNSUPPORTED)
        return rc;
    reel_error first = *flow->err;
    *flow->err = RL_ERROR_INIT;
    w->codec->err_recognition = 0;
    if (rl_coded_frame(w->codec, flow, packet, info->width, info->height, true, w->frame) < 0 ||
        untouched(w->frame) == info->height) {
        *flow->err = first;
        return first.code;
    }
    if (untouched(w->frame)) {
        w->head.damage++;
        av_strlcpy(info->note, "the data is damaged", sizeof(info->note));
    }
    return 0;
}

static int say_missing(struct whole *w)
{
    if (w->missing) {
        w->head.damage++;
        av_strlcpy(w->head.info.note, "the end is missing", sizeof(w->head.info.note));
    }
    return 0;
}

static int decode(struct whole *w)
{
    struct rl_flow *flow = w->head.flow;
    size_t size = w->head.size + w->missing;
    AVPacket *packet;
    int rc;

    if (size > INT32_MAX - 64)
        return rl_err(flow->err, REEL_ERR_LIMIT_MEMORY, "picture", "a picture of %zu bytes is not read", size);
    if ((rc = rl_coded_open(&w->codec, flow, w->tiff ? AV_CODEC_ID_TIFF : AV_CODEC_ID_BMP)) < 0)
        return rc;
    if (!(w->frame = av_frame_alloc()))
        return rl_err_nomem(flow->err, "picture");
    if (!w->tiff && (rc = rl_bmp_masks(&w->head, w->frame)) != REEL_END)
        return rc < 0 ? rc : say_missing(w);
    if (w->tiff && (rc = rl_tiff_tiles(&w->head, w->codec, w->ink, w->frame)) != REEL_END)
        return rc;
    if (!(packet = av_packet_alloc()))
        return rl_err_nomem(flow->err, "picture");
    if (av_new_packet(packet, (int)size) < 0) {
        av_packet_free(&packet);
        return rl_err_nomem(flow->err, "picture");
    }
    memcpy(packet->data, w->head.data, w->head.size);
    memset(packet->data + w->head.size, 128, w->missing);
    packet->flags |= AV_PKT_FLAG_KEY;
    if (w->ink)
        unmark_ink(packet->data, size);
    rc = decode_packet(w, packet);
    av_packet_free(&packet);
    if (rc == 0)
        say_missing(w);
    if (rc == 0 && w->frame->decode_error_flags)
        w->head.damage++;
    return rc == 0 ? rl_plain_frame(flow, w->frame, false) : rc;
}

/* One row of inks as they come, in bytes. */
static void ink_row(const AVFrame *from, int y, uint8_t *to)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(from->format);

    for (int i = 0; i < 4; i++) {
        const AVComponentDescriptor *c = &desc->comp[i];
        const uint8_t *in = from->data[c->plane] + (ptrdiff_t)y * from->linesize[c->plane] + c->offset;
        for (int x = 0; x < from->width; x++)
            to[4 * x + i] = c->depth == 16 ? (uint8_t)(AV_RN16(in + (ptrdiff_t)x * c->step) >> 8)
                                           : in[(ptrdiff_t)x * c->step];
    }
}

static int mix_inks(struct whole *w)
{
    struct rl_still_info *info = &w->head.info;
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(w->frame->format);
    struct rl_flow *flow = w->head.flow;
    struct rl_cmyk *cmyk = NULL;
    AVFrame *out = NULL;
    uint8_t *row = NULL;
    int rc;

    if (desc->nb_components != 4 || !(desc->flags & AV_PIX_FMT_FLAG_RGB))
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "tiff", "a kind of CMYK that is not read");
    if ((rc = rl_cmyk_open(&cmyk, flow, info->icc, info->icc_size, false)) < 0)
        return rc;
    row = rl_alloc(flow->env, 4 * (size_t)info->width);
    if ((out = av_frame_alloc())) {
        out->format = AV_PIX_FMT_RGB24;
        out->width = info->width;
        out->height = info->height;
    }
    if (!row || !out || av_frame_get_buffer(out, 0) < 0) {
        rc = rl_err_nomem(flow->err, "tiff");
    } else {
        for (int y = 0; y < info->height; y++) {
            ink_row(w->frame, y, row);
            rl_cmyk_row(cmyk, row, out->data[0] + (ptrdiff_t)y * out->linesize[0], (size_t)info->width);
        }
        av_frame_unref(w->frame);
        av_frame_move_ref(w->frame, out);
        info->icc = NULL;
        info->icc_size = 0;
        info->icc_kind = RL_ICC_NONE;
        info->premultiplied = 0;
        info->colour.primaries = 1;
        info->colour.transfer = 13;
    }
    av_frame_free(&out);
    rl_free(flow->env, row);
    rl_cmyk_close(&cmyk);
    return rc;
}

/* Alpha that is 0 everywhere is a byte that nobody has set. */
static void drop_empty_alpha(struct whole *w)
{
    const AVFrame *f = w->frame;

    if ((f->format != AV_PIX_FMT_BGRA && f->format != AV_PIX_FMT_RGBA) || w->tiff)
        return;
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++)
            if (f->data[0][(ptrdiff_t)y * f->linesize[0] + 4 * x + 3])
                return;
    w->frame->format = f->format == AV_PIX_FMT_BGRA ? AV_PIX_FMT_BGR0 : AV_PIX_FMT_RGB0;
}

static int look(struct whole *w)
{
    struct rl_still_info *info = &w->head.info;
    const AVPixFmtDescriptor *desc;
    int rc;

    rl_buf_init(&w->exif, w->head.flow->env);
    rc = w->tiff ? tiff_header(w) : bmp_header(w);
    if (rc < 0 || (rc = decode(w)) < 0)
        return rc;
    info->colour = (struct rl_colour){ 2, 2, 6, 1, 0 };
    if (w->ink && (rc = mix_inks(w)) < 0)
        return rc;
    drop_empty_alpha(w);
    desc = av_pix_fmt_desc_get(w->frame->format);
    info->pixel_format = w->frame->format;
    info->bit_depth = desc->comp[0].depth;
    info->has_alpha = !!(desc->flags & AV_PIX_FMT_FLAG_ALPHA);
    info->premultiplied = info->premultiplied && info->has_alpha;
    info->lossless = 1;
    if (desc->flags & AV_PIX_FMT_FLAG_RGB)
        info->colour.matrix = 0;
    else if (desc->nb_components >= 3)
        info->colour.chroma_location = 2;
    return 0;
}

static int whole_read(struct rl_still *still, AVFrame *frame)
{
    struct whole *w = (struct whole *)still;

    if (still->given)
        return REEL_END;
    av_frame_move_ref(frame, w->frame);
    rl_still_tag(still, frame);
    return 0;
}

static void whole_close(struct rl_still *still)
{
    struct whole *w = (struct whole *)still;

    avcodec_free_context(&w->codec);
    av_frame_free(&w->frame);
    rl_buf_free(&w->exif);
    rl_free(still->flow->env, w);
}

int rl_still_open_whole(struct rl_still **out, const struct rl_still *head, bool tiff)
{
    static const struct rl_still_ops ops = { whole_read, whole_close };
    struct whole *w = rl_calloc(head->flow->env, 1, sizeof(*w));
    int rc;

    *out = NULL;
    if (!w)
        return rl_err_nomem(head->flow->err, "picture");
    w->head = *head;
    w->head.ops = &ops;
    w->tiff = tiff;
    if ((rc = look(w)) < 0)
        whole_close(&w->head);
    else
        *out = &w->head;
    return rc;
}
