/* What a HEIF item is, read from its boxes and from the parameter sets beside them; no picture is decoded. */
#include "heif.h"

#include "../../allow.h"
#include "../../compat.h"

#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <string.h>

#define LEVELS 8 /* of derivation */

static bool is_turning(uint32_t type)
{
    return type == RL_TAG('i', 'r', 'o', 't') || type == RL_TAG('i', 'm', 'i', 'r') ||
           type == RL_TAG('c', 'l', 'a', 'p');
}

/* Is an item below this one transformed? `left` bounds how many are looked at. */
static bool turns_below(const struct rl_boxes *boxes, uint32_t id, int level, unsigned *left)
{
    uint32_t parts[64];
    struct rl_property list[32];
    size_t count = rl_boxes_references(boxes, id, RL_TAG('d', 'i', 'm', 'g'), parts, 64);

    for (size_t i = 0; i < count && *left; i++) {
        --*left;
        size_t n = rl_boxes_properties(boxes, parts[i], list, 32);
        for (size_t k = 0; k < n; k++)
            if (is_turning(list[k].type))
                return true;
        if (level < LEVELS && turns_below(boxes, parts[i], level + 1, left))
            return true;
    }
    return false;
}

/* Size of a grid or an overlay by its own data, which is what the library goes by. */
static bool derived_size(const struct rl_boxes *boxes, uint32_t id, uint32_t type, uint32_t *width, uint32_t *height)
{
    uint8_t d[18];
    size_t size = rl_boxes_data(boxes, id, d, sizeof(d)), at = type == RL_TAG('g', 'r', 'i', 'd') ? 4 : 10;

    if (size < at + 4)
        return false;
    bool wide = d[1] & 1;
    if (size < at + (wide ? 8 : 4))
        return false;
    const uint8_t *w = d + at, *h = w + (wide ? 4 : 2);
    *width = wide ? AV_RB32(w) : AV_RB16(w);
    *height = wide ? AV_RB32(h) : AV_RB16(h);
    return true;
}

/* libavcodec reads the parameter sets in an hvcC when it opens; nothing is decoded. */
static int read_hevc(struct rl_flow *flow, struct rl_span hvcc, struct rl_heif_item *item)
{
    const AVCodec *codec = rl_allow_decoder(AV_CODEC_ID_HEVC);
    const AVPixFmtDescriptor *desc;
    AVCodecContext *c;
    int rc = 0;

    if (!codec || hvcc.size > 1 << 20)
        return 0;
    c = avcodec_alloc_context3(codec);
    if (!c)
        return rl_err_nomem(flow->err, "picture");
    c->log_level_offset = RL_LOG_SILENT;
    c->thread_count = 1;
    c->extradata = av_mallocz(hvcc.size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (!c->extradata) {
        rc = rl_err_nomem(flow->err, "picture");
        goto end;
    }
    memcpy(c->extradata, hvcc.data, hvcc.size);
    c->extradata_size = (int)hvcc.size;
    if (avcodec_open2(c, codec, NULL) < 0 || c->coded_width <= 0)
        goto end;
    rc = rl_still_check_size(flow, c->coded_width, c->coded_height);
    desc = av_pix_fmt_desc_get(rl_plain_format(c->pix_fmt));
    if (rc < 0 || !desc || (desc->flags & AV_PIX_FMT_FLAG_PAL))
        goto end;
    bool rgb = desc->flags & AV_PIX_FMT_FLAG_RGB;
    item->planes = (struct rl_planes){ .mono = desc->nb_components == 1, .rgb = rgb, .shift_x = desc->log2_chroma_w,
                                       .shift_y = desc->log2_chroma_h, .depth = rl_planes_depth(desc->comp[0].depth) };
    /* Where nothing is said of the range it is limited, as in HEVC: so are the pixels of such files. */
    item->colour = rl_code_points((int)c->color_primaries, (int)c->color_trc, (int)c->colorspace,
                                  c->color_range == AVCOL_RANGE_JPEG, desc->log2_chroma_w > 0);
    item->colour.chroma_location = desc->log2_chroma_w ? (int32_t)c->chroma_sample_location : 0;
    item->known = true;
    item->codec = AV_CODEC_ID_HEVC;
    /* No grid: the bitstream is right where ispe differs, as in what libheif 1.15 writes turned. */
    if (item->coded == item->base) {
        item->width = c->width;
        item->height = c->height;
    }
end:
    avcodec_free_context(&c);
    return rc;
}

static void read_av1(struct rl_span av1c, struct rl_heif_item *item)
{
    if (av1c.size < 4)
        return;
    unsigned v = av1c.data[2];
    item->planes = (struct rl_planes){ .mono = v >> 4 & 1, .shift_x = v >> 3 & 1, .shift_y = v >> 2 & 1,
                                       .depth = !(v >> 6 & 1) ? 8 : v >> 5 & 1 ? 12 : 10 };
    item->colour = rl_code_points(2, 2, 2, 0, true);
    item->known = true;
    item->codec = AV_CODEC_ID_AV1;
}

static int check(struct rl_flow *flow, uint32_t width, uint32_t height, struct rl_heif_item *item)
{
    int rc = rl_still_check_size(flow, width, height);

    if (rc == 0) {
        item->width = (int32_t)width;
        item->height = (int32_t)height;
    }
    return rc;
}

/* What the bits are that the item has, or its tiles have. */
static int read_coded(struct rl_flow *flow, const struct rl_boxes *boxes, struct rl_heif_item *item)
{
    uint32_t bits = rl_boxes_item(boxes, item->coded);
    struct rl_span body;

    if (item->type == RL_TAG('i', 'o', 'v', 'l'))
        return 0;
    if ((bits == RL_TAG('h', 'v', 'c', '1') || bits == RL_TAG('h', 'e', 'v', '1')) &&
        rl_boxes_property(boxes, item->coded, RL_TAG('h', 'v', 'c', 'C'), &body))
        return read_hevc(flow, body, item);
    if (bits == RL_TAG('a', 'v', '0', '1') && rl_boxes_property(boxes, item->coded, RL_TAG('a', 'v', '1', 'C'), &body))
        read_av1(body, item);
    return 0;
}

int rl_heif_item(struct rl_flow *flow, const struct rl_boxes *boxes, uint32_t id, struct rl_heif_item *item)
{
    uint32_t chain[LEVELS], width = 0, height = 0;
    size_t length = 0;
    unsigned budget = 1024;
    int rc;

    *item = (struct rl_heif_item){ .id = id, .coded = id, .colour = rl_code_points(2, 2, 2, 0, true) };
    /* Down through identities: their transformations come after those of what they show. */
    for (;;) {
        chain[length++] = item->coded;
        item->type = rl_boxes_item(boxes, item->coded);
        if (item->type != RL_TAG('i', 'd', 'e', 'n') || length == LEVELS ||
            rl_boxes_references(boxes, item->coded, RL_TAG('d', 'i', 'm', 'g'), &item->coded, 1) != 1)
            break;
    }
    if (rl_boxes_size(boxes, item->coded, &width, &height)) {
        rc = check(flow, width, height, item);
        if (rc < 0)
            return rc;
    }
    item->base = item->coded;
    bool grid = item->type == RL_TAG('g', 'r', 'i', 'd');
    if (grid || item->type == RL_TAG('i', 'o', 'v', 'l')) {
        if (derived_size(boxes, item->coded, item->type, &width, &height)) {
            rc = check(flow, width, height, item);
            if (rc < 0)
                return rc;
        }
        item->turns_inside = turns_below(boxes, item->coded, 0, &budget);
        if (grid)
            rl_boxes_references(boxes, item->coded, RL_TAG('d', 'i', 'm', 'g'), &item->coded, 1);
    }
    rc = read_coded(flow, boxes, item);
    rl_transform_init(&item->turn, item->width, item->height);
    while (length)
        rl_boxes_turn(boxes, chain[--length], &item->turn);
    return rc;
}
