/*
 * Coded items and grids of them by libavcodec. Tiles go through one decoder one after another, each a keyframe with its number as
 * its time, so the decoder's threads work on several at once, and a tile that is damaged is missing and takes no other with it.
 */
#include "heif.h"

#include "../../allow.h"
#include "../../compat.h"

#include <libavutil/mem.h>
#include <string.h>

struct tiles {
    struct rl_flow *flow;
    const struct rl_boxes *boxes;
    const struct rl_heif_item *item;
    uint32_t *ids;
    size_t count, columns;
    AVCodecContext *codec;
    struct rl_span head; /* hvcC or av1C that the decoder has */
    AVPacket *packet;
    AVFrame *tile, *out;
    uint64_t placed;
    int threads;
};

static void fill_gray(AVFrame *frame, int depth, bool rgb)
{
    for (int p = 0; p < 3 && frame->data[p]; p++) {
        size_t size = (size_t)frame->linesize[p] * (size_t)frame->height;
        const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
        if ((p == 1 || p == 2) && !rgb)
            size = (size_t)frame->linesize[p] * (size_t)AV_CEIL_RSHIFT(frame->height, desc->log2_chroma_h);
        if (depth == 8) {
            memset(frame->data[p], 128, size);
            continue;
        }
        for (size_t i = 0; i + 1 < size; i += 2) {
            uint16_t v = (uint16_t)(1u << (depth - 1));
            memcpy(frame->data[p] + i, &v, 2);
        }
    }
}

/* What the decoder has given goes to its place; what is over the edge is cut off. */
static void place(struct tiles *t)
{
    const struct rl_planes *p = &t->item->planes;
    AVFrame *in = t->tile, *out = t->out;
    struct rl_planes bare = *p;

    bare.alpha = bare.rgb = 0;
    enum AVPixelFormat plain = rl_planes_format(&bare);
    bare.rgb = 1; /* which of the two it is may stand in the boxes alone */
    if (in->pts < 0 || (uint64_t)in->pts >= t->count ||
        (rl_plain_format(in->format) != plain && !(p->rgb && in->format == (int)rl_planes_format(&bare))))
        return;
    size_t sample = p->depth > 8 ? 2 : 1;
    int64_t left = (int64_t)((size_t)in->pts % t->columns) * in->width;
    int64_t top = (int64_t)((size_t)in->pts / t->columns) * in->height;
    if (left >= out->width || top >= out->height)
        return;
    int64_t width = FFMIN(in->width, out->width - left), height = FFMIN(in->height, out->height - top);
    for (int i = 0; i < (p->mono ? 1 : 3); i++) {
        int sx = i && !p->rgb ? p->shift_x : 0, sy = i && !p->rgb ? p->shift_y : 0;
        int64_t w = AV_CEIL_RSHIFT(width, sx), h = AV_CEIL_RSHIFT(height, sy);
        for (int64_t y = 0; y < h; y++)
            memcpy(out->data[i] + ((top >> sy) + y) * out->linesize[i] + (size_t)(left >> sx) * sample,
                   in->data[i] + y * in->linesize[i], (size_t)w * sample);
    }
    t->placed++;
}

static void receive(struct tiles *t)
{
    while (avcodec_receive_frame(t->codec, t->tile) >= 0) {
        place(t);
        av_frame_unref(t->tile);
    }
}

static void finish(struct tiles *t)
{
    if (!t->codec)
        return;
    avcodec_send_packet(t->codec, NULL);
    receive(t);
    avcodec_free_context(&t->codec);
}

/* A decoder for this head; the one that is open where it has the same. */
static int open_codec(struct tiles *t, struct rl_span head)
{
    const AVCodec *codec = rl_allow_decoder(t->item->codec);

    if (t->codec && head.size == t->head.size && !memcmp(head.data, t->head.data, head.size))
        return 0;
    finish(t);
    if (!codec || head.size > 1 << 20)
        return REEL_ERR_DECODER;
    t->codec = avcodec_alloc_context3(codec);
    if (!t->codec)
        return rl_err_nomem(t->flow->err, "picture");
    t->codec->log_level_offset = RL_LOG_SILENT;
    t->codec->max_pixels = (int64_t)FFMIN(t->flow->env->limits.pixels, INT_MAX);
    t->codec->thread_count = t->threads > 16 ? 16 : t->threads;
    t->codec->extradata = av_mallocz(head.size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!t->codec->extradata)
        return rl_err_nomem(t->flow->err, "picture");
    memcpy(t->codec->extradata, head.data, head.size);
    t->codec->extradata_size = (int)head.size;
    t->head = head;
    if (avcodec_open2(t->codec, codec, NULL) >= 0)
        return 0;
    avcodec_free_context(&t->codec);
    return REEL_ERR_DECODER;
}

static int decode_tile(struct tiles *t, size_t number)
{
    bool hevc = t->item->codec == AV_CODEC_ID_HEVC;
    uint32_t type = hevc ? RL_TAG('h', 'v', 'c', 'C') : RL_TAG('a', 'v', '1', 'C');
    size_t size = rl_boxes_data(t->boxes, t->ids[number], NULL, t->boxes->file.size);
    struct rl_span head;
    int rc;

    if (!size || size > INT_MAX / 2 || !rl_boxes_property(t->boxes, t->ids[number], type, &head))
        return REEL_ERR_DECODER;
    rc = open_codec(t, head);
    if (rc < 0)
        return rc;
    if (av_new_packet(t->packet, (int)size) < 0)
        return rl_err_nomem(t->flow->err, "picture");
    rl_boxes_data(t->boxes, t->ids[number], t->packet->data, size);
    t->packet->pts = t->packet->dts = (int64_t)number;
    t->packet->flags |= AV_PKT_FLAG_KEY;
    rc = avcodec_send_packet(t->codec, t->packet);
    if (rc == AVERROR(EAGAIN)) {
        receive(t);
        rc = avcodec_send_packet(t->codec, t->packet);
    }
    av_packet_unref(t->packet);
    receive(t);
    return rc < 0 ? REEL_ERR_DECODER : 0;
}

/* The tiles of a grid; a picture that is none is a grid of one. */
static int find_tiles(struct tiles *t)
{
    const struct rl_heif_item *item = t->item;
    uint8_t d[4];

    t->count = t->columns = 1;
    uint32_t grid = 0;
    if (item->type == RL_TAG('g', 'r', 'i', 'd')) {
        grid = item->base;
        if (rl_boxes_data(t->boxes, grid, d, 4) < 4)
            return REEL_ERR_DECODER;
        t->columns = (size_t)d[3] + 1;
        t->count = ((size_t)d[2] + 1) * t->columns;
    }
    t->ids = rl_calloc(t->flow->env, t->count, sizeof(*t->ids));
    if (!t->ids)
        return rl_err_nomem(t->flow->err, "picture");
    if (!grid)
        t->ids[0] = item->coded;
    else if (rl_boxes_references(t->boxes, grid, RL_TAG('d', 'i', 'm', 'g'), t->ids, t->count) != t->count)
        return REEL_ERR_DECODER;
    return 0;
}

int rl_heif_decode(struct rl_flow *flow, const struct rl_boxes *boxes, const struct rl_heif_item *item, int threads,
                   AVFrame *frame, uint64_t *missing)
{
    struct tiles t = { .flow = flow, .boxes = boxes, .item = item, .out = frame, .threads = threads };
    int rc = find_tiles(&t);

    *missing = 0;
    t.packet = av_packet_alloc();
    t.tile = av_frame_alloc();
    if (rc == 0 && (!t.packet || !t.tile))
        rc = rl_err_nomem(flow->err, "picture");
    if (rc == 0)
        fill_gray(frame, item->planes.depth, item->planes.rgb);
    for (size_t i = 0; rc == 0 && i < t.count; i++) {
        if (rl_flow_cancelled(flow))
            rc = rl_err(flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
        else if ((rc = decode_tile(&t, i)) == REEL_ERR_DECODER)
            rc = 0;
    }
    finish(&t);
    if (rc == 0 && !t.placed)
        rc = REEL_ERR_DECODER;
    *missing = t.placed < t.count ? t.count - t.placed : 0;
    av_packet_free(&t.packet);
    av_frame_free(&t.tile);
    rl_free(flow->env, t.ids);
    return rc;
}
