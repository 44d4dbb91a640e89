/* TIFFs of tiles, which libavcodec does not know: each tile becomes a TIFF of one strip. */
#include "../exif.h"
#include "coded.h"

#include <libavutil/imgutils.h>
#include <libavutil/intreadwrite.h>
#include <string.h>

#define TAG_WIDTH 256
#define TAG_HEIGHT 257
#define TAG_PHOTOMETRIC 262
#define TAG_STRIP 273
#define TAG_SAMPLES 277
#define TAG_ROWS 278
#define TAG_STRIP_BYTES 279
#define TAG_PLANAR 284
#define TAG_TILE_WIDTH 322
#define TAG_TILE_HEIGHT 323
#define TAG_TILE 324
#define TAG_TILE_BYTES 325

/* Bytes of a tag's values that are taken along to each tile: those of a palette of 8 bits. */
#define MAX_TAG 1536
/* The standard asks for multiples of 16; smaller tiles cost more than they hold. */
#define MIN_SIDE 16
#define FEW_TILES 4096

struct tiles {
    struct rl_flow *flow;
    struct rl_tiff tiff;
    size_t ifd;
    uint32_t width, height; /* of a tile */
    bool ink;
};

static void put16(struct rl_buf *out, bool big, unsigned v)
{
    rl_buf_u8(out, big ? v >> 8 & 255 : v & 255);
    rl_buf_u8(out, big ? v & 255 : v >> 8 & 255);
}

static void put32(struct rl_buf *out, bool big, uint32_t v)
{
    put16(out, big, big ? v >> 16 : v & 0xffff);
    put16(out, big, big ? v & 0xffff : v >> 16);
}

/* The tags that say how the data is to be read, in their order; what is 0 in `own` comes from the file. */
static bool build(const struct tiles *t, const uint8_t *data, uint32_t bytes, struct rl_buf *out)
{
    static const uint16_t tags[] = { TAG_WIDTH,   TAG_HEIGHT, 258,      259, TAG_PHOTOMETRIC, 266, TAG_STRIP,
                                     TAG_SAMPLES, TAG_ROWS,   TAG_STRIP_BYTES, TAG_PLANAR, 317, 320, 338, 339 };
    const size_t count = sizeof(tags) / sizeof(tags[0]);
    bool big = t->tiff.big;
    struct rl_tiff_entry e;
    struct rl_buf values;
    size_t base = 8 + 2 + 12 * count + 4, strip = 0;
    uint32_t n = 0;

    rl_buf_init(&values, t->flow->env);
    rl_buf_add(out, big ? "MM\0*\0\0\0\10" : "II*\0\10\0\0\0", 8);
    put16(out, big, 0);
    for (size_t i = 0; i < count; i++) {
        uint32_t own = tags[i] == TAG_WIDTH                              ? t->width
                       : tags[i] == TAG_HEIGHT || tags[i] == TAG_ROWS    ? t->height
                       : tags[i] == TAG_STRIP_BYTES                      ? bytes
                       : tags[i] == TAG_PHOTOMETRIC && t->ink            ? 2
                                                                         : 0;
        bool found = rl_tiff_find(&t->tiff, t->ifd, tags[i], &e);
        if (!own && tags[i] != TAG_STRIP && (!found || e.bytes > MAX_TAG))
            continue;
        n++;
        put16(out, big, tags[i]);
        if (own || tags[i] == TAG_STRIP) {
            put16(out, big, 4);
            put32(out, big, 1);
            strip = own ? strip : out->size;
            put32(out, big, own);
            continue;
        }
        put16(out, big, e.type);
        put32(out, big, e.count);
        if (e.bytes <= 4) {
            rl_buf_add(out, t->tiff.data + e.at + 8, 4);
        } else {
            put32(out, big, (uint32_t)(base + values.size));
            rl_buf_add(&values, t->tiff.data + e.value, e.bytes + (e.bytes & 1 && e.value + e.bytes < t->tiff.size));
        }
    }
    while (!out->failed && out->size < base)
        rl_buf_u8(out, 0);
    rl_buf_add(out, values.data, values.size);
    if (!out->failed && !values.failed) {
        uint8_t *at = out->data + strip;
        (big ? (void)AV_WB32(at, (uint32_t)out->size) : (void)AV_WL32(at, (uint32_t)out->size));
        at = out->data + 8;
        (big ? (void)AV_WB16(at, n) : (void)AV_WL16(at, n));
    }
    rl_buf_add(out, data, bytes);
    bool fine = !out->failed && !values.failed;
    rl_buf_free(&values);
    return fine;
}

static bool is_untouched(const AVFrame *f)
{
    int bytes = av_image_get_linesize(f->format, f->width, 0);

    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < bytes; x++)
            if (f->data[0][(ptrdiff_t)y * f->linesize[0] + x] != 128)
                return false;
    return true;
}

/* As in whole.c: strict, then as much as can be had, where the gray of before shows what that is. */
static int try_twice(const struct tiles *t, AVCodecContext *codec, const AVPacket *packet, AVFrame *tile)
{
    int32_t width = (int32_t)t->width, height = (int32_t)t->height;
    int rc;

    codec->err_recognition = AV_EF_EXPLODE;
    rc = rl_coded_frame(codec, t->flow, packet, width, height, true, tile);
    if (rc != REEL_ERR_INVALID_DATA)
        return rc;
    reel_error first = *t->flow->err;
    *t->flow->err = RL_ERROR_INIT;
    codec->err_recognition = 0;
    rc = rl_coded_frame(codec, t->flow, packet, width, height, true, tile);
    if (rc == 0 && !is_untouched(tile))
        return 0;
    av_frame_unref(tile);
    *t->flow->err = first;
    return first.code;
}

static int decode_tile(const struct tiles *t, AVCodecContext *codec, const uint8_t *data, uint32_t bytes, AVFrame *tile)
{
    AVPacket *packet = av_packet_alloc();
    struct rl_buf file;
    int rc;

    rl_buf_init(&file, t->flow->env);
    if (!packet || !build(t, data, bytes, &file) || file.size > INT32_MAX - 64 ||
        av_new_packet(packet, (int)file.size) < 0) {
        rc = rl_err_nomem(t->flow->err, "tiff");
    } else {
        memcpy(packet->data, file.data, file.size);
        packet->flags |= AV_PKT_FLAG_KEY;
        rc = try_twice(t, codec, packet, tile);
        rc = rc < 0 ? rc : rl_plain_frame(t->flow, tile, false);
    }
    rl_buf_free(&file);
    av_packet_free(&packet);
    return rc;
}

static void place(AVFrame *to, const AVFrame *tile, int x, int y)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(tile->format);
    int width = to->width - x < tile->width ? to->width - x : tile->width;
    int height = to->height - y < tile->height ? to->height - y : tile->height;

    for (int p = 0; p < 4 && tile->data[p]; p++) {
        int shift = (p == 1 || p == 2) ? desc->log2_chroma_h : 0;
        int bytes = av_image_get_linesize(tile->format, width, p), left = av_image_get_linesize(tile->format, x, p);
        for (int row = 0; row < AV_CEIL_RSHIFT(height, shift); row++)
            memcpy(to->data[p] + (ptrdiff_t)((y >> shift) + row) * to->linesize[p] + left,
                   tile->data[p] + (ptrdiff_t)row * tile->linesize[p], (size_t)bytes);
    }
}

/* Room for the whole, gray, once the first tile has shown what the pixels are. */
static int make_whole(const struct tiles *t, const struct rl_still *head, const AVFrame *tile, AVFrame *out)
{
    out->format = tile->format;
    out->width = head->info.width;
    out->height = head->info.height;
    if (av_frame_get_buffer(out, 0) < 0)
        return rl_err_nomem(t->flow->err, "tiff");
    for (int p = 0; p < AV_NUM_DATA_POINTERS && out->buf[p]; p++)
        memset(out->buf[p]->data, 128, out->buf[p]->size);
    return 0;
}

static int all_tiles(struct tiles *t, struct rl_still *head, AVCodecContext *codec, AVFrame *out)
{
    struct rl_tiff_entry at, bytes;
    uint32_t across = ((uint32_t)head->info.width + t->width - 1) / t->width, n = 0;
    /* Tiles may share bytes, but not without end: what they take together is bound by the file and by its pixels. */
    uint64_t all = 0, most = 4 * (uint64_t)t->tiff.size + 8 * (uint64_t)head->info.width * (uint64_t)head->info.height;
    AVFrame *tile = av_frame_alloc();
    int rc = tile ? 0 : rl_err_nomem(t->flow->err, "tiff");

    if (!rl_tiff_find(&t->tiff, t->ifd, TAG_TILE, &at) || !rl_tiff_find(&t->tiff, t->ifd, TAG_TILE_BYTES, &bytes))
        rc = rl_err(t->flow->err, REEL_ERR_INVALID_DATA, "tiff", "the list of tiles is damaged");
    for (uint32_t y = 0; rc == 0 && y < (uint32_t)head->info.height; y += t->height)
        for (uint32_t x = 0; rc == 0 && x < across; x++, n++) {
            uint32_t from = rl_tiff_number(&t->tiff, &at, n), size = rl_tiff_number(&t->tiff, &bytes, n);
            if (rl_flow_cancelled(t->flow)) {
                rc = rl_err(t->flow->err, REEL_ERR_CANCELLED, "tiff", "cancelled");
                break;
            }
            if (!size || from > t->tiff.size || size > t->tiff.size - from) {
                head->damage++;
                continue;
            }
            if ((all += size) > most) {
                rc = rl_err(t->flow->err, REEL_ERR_INVALID_DATA, "tiff", "the same bytes are used for too many tiles");
                break;
            }
            rc = decode_tile(t, codec, t->tiff.data + from, size, tile);
            if (rc == 0 && !out->data[0])
                rc = make_whole(t, head, tile, out);
            if (rc == 0 && tile->format == out->format)
                place(out, tile, (int)(x * t->width), (int)y);
            av_frame_unref(tile);
            if (rc == REEL_ERR_INVALID_DATA && out->data[0]) {
                *t->flow->err = RL_ERROR_INIT;
                head->damage++;
                rc = 0;
            }
        }
    if (rc == 0 && !out->data[0])
        rc = rl_err(t->flow->err, REEL_ERR_INVALID_DATA, "tiff", "no tile is in the file");
    av_frame_free(&tile);
    return rc;
}

int rl_tiff_tiles(struct rl_still *head, AVCodecContext *codec, bool ink, AVFrame *out)
{
    struct tiles t = { .flow = head->flow, .ink = ink };
    struct rl_tiff_entry e;
    int rc;

    if (!rl_tiff_open(&t.tiff, head->data, head->size) || !(t.ifd = rl_tiff_first(&t.tiff)) ||
        !rl_tiff_find(&t.tiff, t.ifd, TAG_TILE, &e))
        return REEL_END;
    if (rl_tiff_value(&t.tiff, t.ifd, TAG_PLANAR, 1) != 1 && rl_tiff_value(&t.tiff, t.ifd, TAG_SAMPLES, 1) > 1)
        return rl_err(t.flow->err, REEL_ERR_UNSUPPORTED, "tiff", "a TIFF of tiles for each colour is not read");
    t.width = rl_tiff_value(&t.tiff, t.ifd, TAG_TILE_WIDTH, 0);
    t.height = rl_tiff_value(&t.tiff, t.ifd, TAG_TILE_HEIGHT, 0);
    if ((rc = rl_still_check_size(t.flow, t.width, t.height)) < 0)
        return rc;
    if ((t.width < MIN_SIDE || t.height < MIN_SIDE) && e.count > FEW_TILES)
        return rl_err(t.flow->err, REEL_ERR_UNSUPPORTED, "tiff", "%u tiles of %u x %u are not read", (unsigned)e.count,
                      (unsigned)t.width, (unsigned)t.height);
    return all_tiles(&t, head, codec, out);
}
