/*
 * PNG and APNG. The chunks are ours; what is compressed of the pixels goes to libavcodec's PNG decoder, as a file of its own that
 * has nothing but that: so no text and no profile is unpacked there, and a frame of an animation is a picture like any other.
 */
#include "../meta.h"
#include "canvas.h"
#include "coded.h"
#include "png_chunks.h"

#include <libavutil/avstring.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

#define IHDR RL_PNG('I', 'H', 'D', 'R')
#define PLTE RL_PNG('P', 'L', 'T', 'E')
#define TRNS RL_PNG('t', 'R', 'N', 'S')
#define IDAT RL_PNG('I', 'D', 'A', 'T')
#define FDAT RL_PNG('f', 'd', 'A', 'T')
#define FCTL RL_PNG('f', 'c', 'T', 'L')
#define IEND RL_PNG('I', 'E', 'N', 'D')

struct png {
    struct rl_still head;
    struct rl_png_facts facts;
    struct rl_png_chunk header, palette, transparency;
    AVCodecContext *codec;
    struct rl_canvas canvas;
    size_t at; /* behind the fcTL of the last frame */
    int64_t pts;
};

/* Gray of less than 8 bits with a transparent shade: the decoder knows it as a palette only. */
static bool as_palette(const struct png *p)
{
    return p->facts.kind == 0 && p->facts.depth < 8 && p->facts.transparency;
}

static uint8_t *put_chunk(uint8_t *to, uint32_t type, const uint8_t *data, size_t size)
{
    AV_WB32(to, (uint32_t)size);
    AV_WB32(to + 4, type);
    if (size)
        memcpy(to + 8, data, size);
    AV_WB32(to + 8 + size, 0); /* a sum that nobody looks at */
    return to + 12 + size;
}

static uint8_t *put_shades(const struct png *p, uint8_t *to)
{
    unsigned n = 1u << p->facts.depth;
    uint8_t colours[16 * 3], alpha[16];
    unsigned clear = p->transparency.size >= 2 ? AV_RB16(p->transparency.data) : n;

    for (unsigned i = 0; i < n; i++) {
        memset(colours + 3 * (size_t)i, (int)(i * 255 / (n - 1)), 3);
        alpha[i] = i == clear ? 0 : 255;
    }
    to = put_chunk(to, PLTE, colours, 3 * (size_t)n);
    return put_chunk(to, TRNS, alpha, n);
}

/* The image data from `at` on, of an animation up to the next frame. With to == NULL it is only counted. */
static size_t put_data(const struct png *p, size_t at, bool first, uint8_t *to)
{
    struct rl_png_chunk c;
    size_t total = 0;

    while (rl_png_next(p->head.data, p->head.size, &at, &c) && c.type != IEND) {
        if (c.type == FCTL && p->facts.animated)
            break;
        size_t skip = c.type == FDAT ? 4 : 0;
        if ((c.type != (first ? IDAT : FDAT)) || c.size <= skip)
            continue;
        if (to)
            to = put_chunk(to, IDAT, c.data + skip, c.size - skip);
        total += 12 + c.size - skip;
    }
    return total;
}

/* Decodes what begins at `at`. first: IDAT chunks, else fdAT. REEL_END: there is no data. */
static int decode(struct png *p, size_t at, bool first, uint32_t width, uint32_t height, AVFrame *frame)
{
    size_t bytes = put_data(p, at, first, NULL), extra = p->palette.size + p->transparency.size + 256;
    struct rl_flow *flow = p->head.flow;
    AVPacket *packet;
    uint8_t head[13], *to;
    int rc;

    if (!bytes)
        return REEL_END;
    if (bytes > INT32_MAX - extra - 1024)
        return rl_err(flow->err, REEL_ERR_LIMIT_MEMORY, "png", "a picture of %zu bytes is not read", bytes);
    if (!(packet = av_packet_alloc()) || av_new_packet(packet, (int)(bytes + extra)) < 0) {
        av_packet_free(&packet);
        return rl_err_nomem(flow->err, "png");
    }
    memcpy(packet->data, "\x89PNG\r\n\x1a\n", 8);
    memcpy(head, p->header.data, 13);
    AV_WB32(head, width);
    AV_WB32(head + 4, height);
    if (as_palette(p))
        head[9] = 3;
    to = put_chunk(packet->data + 8, IHDR, head, 13);
    if (as_palette(p)) {
        to = put_shades(p, to);
    } else {
        if (p->palette.size)
            to = put_chunk(to, PLTE, p->palette.data, p->palette.size);
        if (p->transparency.size)
            to = put_chunk(to, TRNS, p->transparency.data, p->transparency.size);
    }
    put_data(p, at, first, to);
    to = put_chunk(to + bytes, IEND, NULL, 0);
    packet->size = (int)(to - packet->data);
    packet->flags |= AV_PKT_FLAG_KEY; /* else it is taken for the difference to the picture before */
    memset(to, 0, AV_INPUT_BUFFER_PADDING_SIZE);
    rc = rl_coded_frame(p->codec, flow, packet, (int32_t)width, (int32_t)height, p->facts.cut, frame);
    av_packet_free(&packet);
    return rc < 0 ? rc : rl_plain_frame(flow, frame, p->facts.transparency);
}

/* Rows that the file did not reach are gray in every byte; they are not to be half transparent. */
static void close_alpha(AVFrame *frame)
{
    int step = frame->format == AV_PIX_FMT_RGBA ? 4 : frame->format == AV_PIX_FMT_YA8 ? 2 : 0;

    for (int y = frame->height - 1; step && y >= 0; y--) {
        uint8_t *row = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (int x = 0; x < step * frame->width; x++)
            if (row[x] != 128)
                return;
        for (int x = step - 1; x < step * frame->width; x += step)
            row[x] = 255;
    }
}

static void say_cut(struct png *p)
{
    p->head.damage++;
    av_strlcpy(p->head.info.note, "the end is missing", sizeof(p->head.info.note));
}

static int read_still(struct png *p, AVFrame *frame)
{
    int rc;

    if (p->head.given)
        return REEL_END;
    rc = decode(p, RL_PNG_SIGNATURE, true, p->facts.width, p->facts.height, frame);
    if (rc != 0)
        return rc;
    if (p->facts.cut) {
        say_cut(p);
        close_alpha(frame);
    }
    rl_still_tag(&p->head, frame);
    return 0;
}

/* To the canvas's pixels. */
static void widen(AVFrame *to, const AVFrame *from, int bytes)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(from->format);
    int n = desc->nb_components;

    for (int y = 0; y < from->height; y++) {
        const uint8_t *in = from->data[0] + (ptrdiff_t)y * from->linesize[0];
        uint8_t *out = to->data[0] + (ptrdiff_t)y * to->linesize[0];
        for (int x = 0; x < from->width; x++)
            for (int i = 0; i < 4; i++) {
                int from_i = i == 3 ? n - 1 : n < 3 ? 0 : i;
                bool opaque = i == 3 && n % 2; /* 1 and 3 components have no alpha */
                if (bytes == 8)
                    ((uint16_t *)(void *)out)[4 * x + i] =
                        opaque ? 65535 : ((const uint16_t *)(const void *)in)[n * x + from_i];
                else
                    out[4 * x + i] = opaque ? 255 : in[n * x + from_i];
            }
    }
}

static int lay(struct png *p, const struct rl_png_control *k, AVFrame *part)
{
    struct rl_area area = { (int32_t)k->x, (int32_t)k->y, (int32_t)k->width, (int32_t)k->height };
    enum rl_dispose dispose = k->dispose == 1   ? RL_DISPOSE_BACKGROUND
                              : k->dispose == 2 ? p->head.given ? RL_DISPOSE_PREVIOUS : RL_DISPOSE_BACKGROUND
                                                : RL_DISPOSE_NONE;
    AVFrame *wide = part->format == p->head.info.pixel_format ? NULL : av_frame_alloc();
    int rc = rl_canvas_begin(&p->canvas, p->head.flow, &area, dispose);

    if (rc == 0 && part->format == p->head.info.pixel_format) {
        rl_canvas_lay(&p->canvas, part, k->blend == 1);
    } else if (rc == 0) {
        if (wide) {
            wide->format = p->head.info.pixel_format;
            wide->width = part->width;
            wide->height = part->height;
        }
        if (!wide || av_frame_get_buffer(wide, 0) < 0) {
            rc = rl_err_nomem(p->head.flow->err, "png");
        } else {
            widen(wide, part, p->canvas.bytes);
            rl_canvas_lay(&p->canvas, wide, k->blend == 1);
        }
    }
    av_frame_free(&wide);
    return rc;
}

/* A frame that cannot be decoded is left out and counted, as long as there was one before. */
static int read_animated(struct png *p, AVFrame *frame)
{
    struct rl_flow *flow = p->head.flow;
    struct rl_png_control k;
    struct rl_png_chunk c;
    int rc;

    while (rl_png_next(p->head.data, p->head.size, &p->at, &c)) {
        /* The default picture is a frame only when an fcTL is before it. */
        if (c.type != FCTL || !rl_png_control(&c, &p->facts, &k))
            continue;
        if (rl_flow_cancelled(flow))
            return rl_err(flow->err, REEL_ERR_CANCELLED, "png", "cancelled");
        bool first = put_data(p, p->at, true, NULL) > 0;
        rc = decode(p, p->at, first, k.width, k.height, frame);
        if (rc == REEL_END || (rc == REEL_ERR_INVALID_DATA && p->head.given)) {
            *flow->err = rc < 0 ? RL_ERROR_INIT : *flow->err;
            p->head.damage++;
            continue;
        }
        if (rc == 0)
            rc = lay(p, &k, frame);
        av_frame_unref(frame);
        if (rc < 0 || (rc = rl_canvas_give(&p->canvas, flow, frame)) < 0)
            return rc;
        rl_still_tag(&p->head, frame);
        frame->pts = p->pts;
        rl_frame_set_duration(frame, k.delay);
        p->pts += k.delay;
        return 0;
    }
    if (p->facts.cut && !p->head.info.note[0])
        say_cut(p);
    return p->head.given ? REEL_END
                         : rl_err(flow->err, REEL_ERR_INVALID_DATA, "png", "no frame of it can be decoded");
}

static int png_read(struct rl_still *still, AVFrame *frame)
{
    struct png *p = (struct png *)still;

    return p->facts.animated ? read_animated(p, frame) : read_still(p, frame);
}

static void png_close(struct rl_still *still)
{
    struct png *p = (struct png *)still;

    rl_canvas_close(&p->canvas);
    avcodec_free_context(&p->codec);
    rl_png_facts_free(&p->facts);
    rl_free(still->flow->env, p);
}

/* As the decoder and rl_plain_frame are going to give it. */
static enum AVPixelFormat format_of(const struct png *p)
{
    bool deep = p->facts.depth == 16, alpha = p->facts.transparency || p->facts.kind >= 4;

    if (p->facts.animated)
        return deep ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGBA;
    if (as_palette(p))
        return AV_PIX_FMT_RGBA;
    if (p->facts.kind == 0 || p->facts.kind == 4)
        return alpha ? (deep ? AV_PIX_FMT_YA16 : AV_PIX_FMT_YA8) : deep ? AV_PIX_FMT_GRAY16 : AV_PIX_FMT_GRAY8;
    if (alpha)
        return deep ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGBA;
    return deep ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24;
}

/* Does the first frame leave a part of the canvas free? */
static bool see_through(const struct png *p)
{
    struct rl_png_control k;
    struct rl_png_chunk c;
    size_t at = RL_PNG_SIGNATURE;

    if (p->facts.transparency || p->facts.kind >= 4)
        return true;
    if (!p->facts.animated)
        return false;
    while (rl_png_next(p->head.data, p->head.size, &at, &c))
        if (c.type == FCTL && rl_png_control(&c, &p->facts, &k))
            if (k.width < p->facts.width || k.height < p->facts.height || k.dispose)
                return true;
    return false;
}

static int look(struct png *p)
{
    struct rl_still_info *info = &p->head.info;
    struct rl_flow *flow = p->head.flow;
    struct rl_png_chunk c;
    int rc;

    info->colour = (struct rl_colour){ 2, 2, 0, 1, 0 };
    if ((rc = rl_png_facts_read(flow, p->head.data, p->head.size, &p->facts, info)) < 0)
        return rc;
    if ((rc = rl_still_check_size(flow, p->facts.width, p->facts.height)) < 0)
        return rc;
    if (p->facts.frames > flow->env->limits.frames)
        return rl_err(flow->err, REEL_ERR_LIMIT_FRAMES, "png", "%u frames are over the limit", p->facts.frames);
    p->at = RL_PNG_SIGNATURE;
    for (size_t at = p->at; rl_png_next(p->head.data, p->head.size, &at, &c) && c.type != IDAT;) {
        struct rl_png_chunk *to = c.type == IHDR   ? &p->header
                                  : c.type == PLTE ? &p->palette
                                  : c.type == TRNS ? &p->transparency
                                                   : NULL;
        if (to && !to->data)
            *to = c;
    }
    p->facts.transparency = p->transparency.size > 0;
    info->width = (int32_t)p->facts.width;
    info->height = (int32_t)p->facts.height;
    info->bit_depth = p->facts.depth == 16 ? 16 : 8;
    info->has_alpha = see_through(p);
    info->lossless = 1;
    info->pixel_format = format_of(p);
    if (info->pixel_format == AV_PIX_FMT_GRAY8 || info->pixel_format == AV_PIX_FMT_GRAY16 ||
        info->pixel_format == AV_PIX_FMT_YA8 || info->pixel_format == AV_PIX_FMT_YA16)
        info->colour.matrix = 6;
    rl_exif_turn(rl_exif_orientation(info->exif, info->exif_size), &info->mirrored, &info->rotation);
    if (p->facts.animated) {
        info->frames = p->facts.frames;
        info->loops = p->facts.plays < INT32_MAX ? (int32_t)p->facts.plays : INT32_MAX;
        info->duration = p->facts.frames > 1 ? p->facts.duration : 0;
        if ((rc = rl_canvas_open(&p->canvas, flow, info->pixel_format, info->width, info->height)) < 0)
            return rc;
    }
    return rl_coded_open(&p->codec, flow, AV_CODEC_ID_PNG);
}

int rl_still_open_png(struct rl_still **out, const struct rl_still *head)
{
    static const struct rl_still_ops ops = { png_read, png_close };
    struct png *p = rl_calloc(head->flow->env, 1, sizeof(*p));
    int rc;

    *out = NULL;
    if (!p)
        return rl_err_nomem(head->flow->err, "png");
    p->head = *head;
    p->head.ops = &ops;
    if ((rc = look(p)) < 0)
        png_close(&p->head);
    else
        *out = &p->head;
    return rc;
}
