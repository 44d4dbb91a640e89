/* HEIF in: planes without loss on the way, transformations in the order of the file, grids, thumbnails, sequences, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/still/read/boxes.h"
#include "reader_kit.h"

#include <libavutil/mem.h>
#include <libheif/heif.h>

#define W 96
#define H 64

static unsigned value(int plane, int x, int y, int depth)
{
    unsigned v = plane == 0   ? 2 * (unsigned)x + (unsigned)y / 2
                 : plane == 1 ? 60 + 2 * (unsigned)y
                 : plane == 2 ? 200 - (unsigned)x
                              : 255 - 3 * (unsigned)y;

    return v << (depth - 8);
}

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct heif_error keep(struct heif_context *context, const void *data, size_t size, void *user)
{
    struct bytes *b = user;

    (void)context;
    b->data = malloc(size);
    memcpy(b->data, data, size);
    b->size = size;
    return (struct heif_error){ heif_error_Ok, heif_suberror_Unspecified, "" };
}

static void fill(struct heif_image *image, enum heif_channel channel, int plane, int width, int height, int depth)
{
    int stride;

    assert_int_equal(heif_image_add_plane(image, channel, width, height, depth).code, heif_error_Ok);
    uint8_t *data = heif_image_get_plane(image, channel, &stride);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint16_t v = (uint16_t)value(plane, x, y, depth);
            if (depth > 8)
                memcpy(data + (ptrdiff_t)y * stride + 2 * x, &v, 2);
            else
                data[(ptrdiff_t)y * stride + x] = (uint8_t)v;
        }
}

/* A HEIC without loss; false: this libheif encodes no HEVC. */
static bool write_heic(struct bytes *out, enum heif_chroma chroma, int depth, bool alpha, bool rotated)
{
    struct heif_context *context = heif_context_alloc();
    struct heif_encoder *encoder = NULL;
    struct heif_image *image;
    struct heif_image_handle *handle;
    struct heif_writer writer = { 1, keep };
    bool mono = chroma == heif_chroma_monochrome;
    int sx = chroma == heif_chroma_420 || chroma == heif_chroma_422, sy = chroma == heif_chroma_420;

    if (heif_context_get_encoder_for_format(context, heif_compression_HEVC, &encoder).code != heif_error_Ok) {
        heif_context_free(context);
        return false;
    }
    heif_encoder_set_lossless(encoder, 1);
    heif_encoder_set_parameter_string(encoder, "chroma", sy ? "420" : sx ? "422" : mono ? "420" : "444");
    heif_encoder_set_parameter_string(encoder, "preset", "ultrafast");
    enum heif_colorspace space = mono ? heif_colorspace_monochrome : heif_colorspace_YCbCr;
    assert_int_equal(heif_image_create(W, H, space, chroma, &image).code, heif_error_Ok);
    fill(image, heif_channel_Y, 0, W, H, depth);
    if (!mono) {
        fill(image, heif_channel_Cb, 1, W >> sx, H >> sy, depth);
        fill(image, heif_channel_Cr, 2, W >> sx, H >> sy, depth);
    }
    if (alpha)
        fill(image, heif_channel_Alpha, 3, W, H, depth);
    struct heif_color_profile_nclx *nclx = heif_nclx_color_profile_alloc();
    heif_nclx_color_profile_set_color_primaries(nclx, 12);
    heif_nclx_color_profile_set_transfer_characteristics(nclx, 13);
    heif_nclx_color_profile_set_matrix_coefficients(nclx, 6);
    nclx->full_range_flag = 1;
    heif_image_set_nclx_color_profile(image, nclx);
    struct heif_encoding_options *options = heif_encoding_options_alloc();
    options->macOS_compatibility_workaround_no_nclx_profile = 0;
    if (rotated)
        options->image_orientation = heif_orientation_rotate_90_cw;
    assert_int_equal(heif_context_encode_image(context, image, encoder, options, &handle).code, heif_error_Ok);
    static const uint8_t exif[] = { 'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0,
                                    3,   0,   0, 1,   0, 3, 0, 0, 0, 0, 0, 0,    0 };
    heif_context_add_exif_metadata(context, handle, exif, sizeof(exif));
    heif_context_add_XMP_metadata(context, handle, "<x:xmpmeta/>", 12);
    assert_int_equal(heif_context_write(context, &writer, out).code, heif_error_Ok);
    heif_encoding_options_free(options);
    heif_nclx_color_profile_free(nclx);
    heif_image_handle_release(handle);
    heif_image_release(image);
    heif_encoder_release(encoder);
    heif_context_free(context);
    return true;
}

/* The primary item decoded by libavcodec, whose HEVC is as exact as anybody's. */
static AVFrame *other_decoder(const uint8_t *data, size_t size)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_HEVC);
    AVCodecContext *c = avcodec_alloc_context3(codec);
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    struct rl_boxes boxes;
    struct rl_span hvcc;

    assert_true(rl_boxes_open(&boxes, data, size));
    assert_true(rl_boxes_property(&boxes, boxes.primary, RL_TAG('h', 'v', 'c', 'C'), &hvcc));
    c->extradata = av_mallocz(hvcc.size + AV_INPUT_BUFFER_PADDING_SIZE);
    memcpy(c->extradata, hvcc.data, hvcc.size);
    c->extradata_size = (int)hvcc.size;
    assert_int_equal(avcodec_open2(c, codec, NULL), 0);
    assert_int_equal(av_new_packet(packet, (int)size), 0);
    av_shrink_packet(packet, (int)rl_boxes_data(&boxes, boxes.primary, packet->data, size));
    assert_int_equal(avcodec_send_packet(c, packet), 0);
    avcodec_send_packet(c, NULL);
    assert_int_equal(avcodec_receive_frame(c, frame), 0);
    av_packet_free(&packet);
    avcodec_free_context(&c);
    return frame;
}

static void every_layout_is_exact(void **state)
{
    static const struct {
        enum heif_chroma chroma;
        int depth;
        bool alpha;
        enum AVPixelFormat format;
    } cases[] = {
        { heif_chroma_420, 8, false, AV_PIX_FMT_YUV420P },    { heif_chroma_420, 8, true, AV_PIX_FMT_YUVA420P },
        { heif_chroma_422, 8, false, AV_PIX_FMT_YUV422P },    { heif_chroma_444, 8, false, AV_PIX_FMT_YUV444P },
        { heif_chroma_420, 10, false, AV_PIX_FMT_YUV420P10 }, { heif_chroma_444, 10, false, AV_PIX_FMT_YUV444P10 },
        { heif_chroma_monochrome, 8, false, AV_PIX_FMT_GRAY8 },
    };
    struct reader_kit k;
    struct bytes file;

    (void)state;
    reader_begin(&k);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (!write_heic(&file, cases[i].chroma, cases[i].depth, cases[i].alpha, i == 3)) {
            print_message("skipped: libheif encodes no HEVC\n");
            reader_end(&k);
            skip();
        }
        assert_int_equal(reader_open(&k, rl_still_open_heif, file.data, file.size), 0);
        const struct rl_still_info *info = &k.still->info;
        assert_int_equal(info->pixel_format, cases[i].format);
        assert_int_equal(info->has_alpha, cases[i].alpha);
        assert_int_equal(info->bit_depth, cases[i].depth);
        assert_int_equal(info->colour.primaries, 12);
        assert_int_equal(info->colour.matrix, 6);
        assert_int_equal(info->colour.full_range, 1);
        assert_int_equal(info->rotation, i == 3 ? 90 : 0); /* and never the 180 of Exif */
        assert_int_equal(info->exif_size, 26);
        assert_memory_equal(info->exif, "MM\0*", 4);
        assert_int_equal(info->xmp_size, 12);
        assert_int_equal(reader_read(&k), 0);
        assert_int_equal(k.frame->format, cases[i].format);
        assert_int_equal(k.frame->width, W);
        AVFrame *other = other_decoder(file.data, file.size);
        const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(k.frame->format);
        for (int p = 0; p < 4; p++) {
            bool chroma = p == 1 || p == 2;
            if (p == 3 ? !cases[i].alpha : chroma && desc->nb_components < 3)
                continue;
            for (int y = 0; y < (chroma ? H >> desc->log2_chroma_h : H); y++)
                for (int x = 0; x < (chroma ? W >> desc->log2_chroma_w : W); x++)
                    assert_int_equal(reader_sample_at(k.frame, p, x, y),
                                     p == 3 ? value(p, x, y, cases[i].depth) : reader_sample_at(other, p, x, y));
        }
        assert_in_range(reader_sample_at(k.frame, 0, 40, 20), value(0, 40, 20, cases[i].depth) * 9 / 10,
                        value(0, 40, 20, cases[i].depth) * 11 / 10);
        av_frame_free(&other);
        assert_int_equal(reader_read(&k), REEL_END);
        k.run.env.limits.pixels = W * H - 1;
        assert_int_equal(reader_open(&k, rl_still_open_heif, file.data, file.size), REEL_ERR_LIMIT_PIXELS);
        k.run.env.limits.pixels = 1 << 26;
        free(file.data);
    }
    reader_end(&k);
}

/* A meta box with one item whose properties are given in their order. */
struct property {
    const char *type;
    uint8_t body[40];
    size_t size;
};

static void box(uint8_t *to, size_t *at, const char *type, const void *body, size_t size)
{
    to[*at] = (uint8_t)((size + 8) >> 24);
    to[*at + 1] = (uint8_t)((size + 8) >> 16);
    to[*at + 2] = (uint8_t)((size + 8) >> 8);
    to[*at + 3] = (uint8_t)(size + 8);
    memcpy(to + *at + 4, type, 4);
    memmove(to + *at + 8, body, size);
    *at += size + 8;
}

static size_t meta_of(uint8_t *out, const struct property *list, size_t count, const char *item)
{
    uint8_t ipco[512], ipma[64] = { 0, 0, 0, 0, 0, 0, 0, 1, 0, 1 }, iprp[1024];
    uint8_t meta[2048] = { 0 }, infe[64], iinf[128] = { 0 };
    size_t ipco_size = 0, iprp_size = 0, meta_size = 4, at = 0, iinf_size = 6;
    static const uint8_t pitm[] = { 0, 0, 0, 0, 0, 1 };

    for (size_t i = 0; i < count; i++) {
        box(ipco, &ipco_size, list[i].type, list[i].body, list[i].size);
        ipma[11 + i] = (uint8_t)(0x80 | (i + 1));
    }
    ipma[10] = (uint8_t)count;
    box(iprp, &iprp_size, "ipco", ipco, ipco_size);
    box(iprp, &iprp_size, "ipma", ipma, 11 + count);
    memcpy(infe, "\2\0\0\0\0\1\0\0", 8);
    memcpy(infe + 8, item, 4);
    infe[12] = 0;
    iinf[5] = 1;
    box(iinf, &iinf_size, "infe", infe, 13);
    box(meta, &meta_size, "pitm", pitm, sizeof(pitm));
    box(meta, &meta_size, "iinf", iinf, iinf_size);
    box(meta, &meta_size, "iprp", iprp, iprp_size);
    box(out, &at, "meta", meta, meta_size);
    return at;
}

/* The same done to a picture of numbers, one transformation after the other. */
struct canvas {
    int w, h;
    uint16_t at[40 * 40];
};

static void act(struct canvas *c, const struct property *p)
{
    static struct canvas old;

    old = *c;
    if (!strcmp(p->type, "irot")) {
        for (int quarters = p->body[0] & 3; quarters; quarters--, old = *c) {
            c->w = old.h;
            c->h = old.w;
            for (int y = 0; y < c->h; y++)
                for (int x = 0; x < c->w; x++)
                    c->at[y * c->w + x] = old.at[x * old.w + old.w - 1 - y];
        }
    } else if (!strcmp(p->type, "imir")) {
        for (int y = 0; y < c->h; y++)
            for (int x = 0; x < c->w; x++)
                c->at[y * c->w + x] =
                    p->body[0] & 1 ? old.at[y * old.w + old.w - 1 - x] : old.at[(old.h - 1 - y) * old.w + x];
    } else { /* a clap of ours: width, height, and offsets in halves */
        int cw = p->body[3], ch = p->body[11], ox = (int8_t)p->body[19], oy = (int8_t)p->body[27];
        int left = (ox + old.w - cw) / 2, top = (oy + old.h - ch) / 2;
        c->w = cw;
        c->h = ch;
        for (int y = 0; y < ch; y++)
            for (int x = 0; x < cw; x++)
                c->at[y * cw + x] = old.at[(y + top) * old.w + x + left];
    }
}

static struct property clap(int w, int h, int ox, int oy)
{
    struct property p = { "clap", { 0 }, 32 };

    p.body[3] = (uint8_t)w;
    p.body[11] = (uint8_t)h;
    p.body[7] = p.body[15] = 1;
    p.body[23] = p.body[31] = 2;
    memset(p.body + 16, ox < 0 ? 255 : 0, 3);
    p.body[19] = (uint8_t)ox;
    memset(p.body + 24, oy < 0 ? 255 : 0, 3);
    p.body[27] = (uint8_t)oy;
    return p;
}

static void transformations_in_any_order(void **state)
{
    static struct canvas start, wanted, got;
    uint8_t file[4096];
    struct rl_boxes boxes;
    struct rl_transform turn;

    (void)state;
    start.w = 31;
    start.h = 20;
    for (int i = 0; i < start.w * start.h; i++)
        start.at[i] = (uint16_t)i;
    /* All orders of a cut, a rotation and a mirror, each of them or not. */
    for (int each = 0; each < 6 * 4 * 3 * 2; each++) {
        static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                          { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
        int angle = each / 6 % 4, axis = each / 24 % 3, cuts = each / 72;
        struct property all[3], list[3];
        size_t count = 0;
        wanted = start;
        all[1] = (struct property){ "irot", { (uint8_t)angle }, 1 };
        all[2] = (struct property){ "imir", { (uint8_t)(axis & 1) }, 1 };
        for (int i = 0; i < 3; i++) {
            int which = orders[each % 6][i];
            bool lies = wanted.w < wanted.h;
            all[0] = lies ? clap(9, 14, 3, -5) : clap(14, 9, 3, -5);
            if ((which == 0 && !cuts) || (which == 2 && axis == 2))
                continue;
            list[count++] = all[which];
            act(&wanted, &all[which]);
        }
        size_t size = meta_of(file, list, count, "hvc1");
        assert_true(rl_boxes_open(&boxes, file, size));
        assert_int_equal(rl_boxes_item(&boxes, 1), RL_TAG('h', 'v', 'c', '1'));
        rl_transform_init(&turn, start.w, start.h);
        assert_int_equal(rl_boxes_turn(&boxes, 1, &turn), count > 0);

        /* Cut out, mirrored left and right, turned clockwise. */
        got = start;
        got.w = (int)turn.width;
        got.h = (int)turn.height;
        for (int y = 0; y < got.h; y++)
            for (int x = 0; x < got.w; x++)
                got.at[y * got.w + x] = start.at[(y + turn.y) * start.w + (turn.mirrored ? got.w - 1 - x : x) + turn.x];
        const struct property back = { "irot", { (uint8_t)((360 - turn.rotation) / 90 % 4) }, 1 };
        act(&got, &back);
        assert_int_equal(got.w, wanted.w);
        assert_int_equal(got.h, wanted.h);
        assert_memory_equal(got.at, wanted.at, sizeof(uint16_t) * (size_t)(got.w * got.h));
    }
}

static void boxes_of_strangers(void **state)
{
    static const uint32_t outside[8] = { 40, 1, 10, 1, 0, 1, 0, 1 }, nothing[8] = { 10, 0, 10, 1, 0, 1, 0, 1 };
    struct property gain = { "auxC", "\0\0\0\0urn:com:apple:photo:2020:aux:h", 40 };
    uint8_t file[4096];
    struct rl_boxes boxes;
    struct rl_transform turn;
    struct property list[2] = { { "irot", { 1 }, 1 }, gain };

    (void)state;
    rl_transform_init(&turn, 31, 20);
    assert_false(rl_transform_clap(&turn, outside));
    assert_false(rl_transform_clap(&turn, nothing));
    assert_false(turn.cropped);

    size_t size = meta_of(file, list, 1, "tmap");
    assert_true(rl_boxes_open(&boxes, file, size));
    assert_true(rl_boxes_gain_map(&boxes));
    size = meta_of(file, list, 2, "hvc1");
    assert_true(rl_boxes_open(&boxes, file, size));
    assert_false(rl_boxes_gain_map(&boxes)); /* the name is not whole */
    /* Cut anywhere it is still read within its bounds. */
    for (size_t cut = 0; cut <= size; cut++) {
        uint8_t *part = malloc(cut ? cut : 1);
        uint64_t bytes, end;
        uint32_t width, height;
        memcpy(part, file, cut);
        if (rl_boxes_open(&boxes, part, cut)) {
            rl_transform_init(&turn, 31, 20);
            rl_boxes_turn(&boxes, boxes.primary, &turn);
            rl_boxes_size(&boxes, boxes.primary, &width, &height);
            rl_boxes_gain_map(&boxes);
            rl_boxes_extents(&boxes, &bytes, &end);
        }
        free(part);
    }
}

static void grids_thumbnails_and_rotation_of_phones(void **state)
{
    struct reader_kit k;

    (void)state;
    reader_begin(&k);
    reader_sample(&k, "immich-app/formats_motionphoto_samsung-one-ui-6.heic"); /* a grid, turned by irot */
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size), 0);
    assert_int_equal(k.still->info.width, 4000);
    assert_int_equal(k.still->info.height, 3000);
    assert_int_equal(k.still->info.rotation, 90);
    assert_int_equal(k.still->info.mirrored, 0);
    assert_int_equal(k.still->info.pixel_format, AV_PIX_FMT_YUV420P);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(k.frame->width, 4000);
    assert_int_equal(reader_read(&k), REEL_END);
    k.hint.width = k.hint.height = 190;
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size), 0);
    assert_int_equal(k.still->info.width, 4000);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(k.frame->width, 512); /* at least twice of what is asked for, either way up */
    assert_int_equal(k.frame->height, 384);
    k.hint.width = k.hint.height = 200;
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size), 0);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(k.frame->width, 4000);
    reader_end(&k);
}

static void pictures_of_the_standard(void **state)
{
    struct reader_kit k;

    (void)state;
    reader_begin(&k);
    reader_sample(&k, "nokiatech/conformance_files_MIAF007.heic"); /* clap, irot and imir */
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size), 0);
    assert_int_equal(k.still->info.width, 1280);
    assert_int_equal(k.still->info.crop_x, 320);
    assert_int_equal(k.still->info.crop_width, 640);
    assert_int_equal(k.still->info.mirrored, 1);
    assert_int_equal(k.still->info.rotation, 270);
    reader_sample(&k, "nokiatech/conformance_files_MIAF002.heic");
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size), 0);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(k.frame->format, AV_PIX_FMT_YUV420P10);
    reader_sample(&k, "nokiatech/conformance_files_C002.heic"); /* says nothing of its colour */
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size), 0);
    assert_int_equal(k.still->info.colour.full_range, 0);
    assert_int_equal(k.still->info.colour.matrix, 6);
    assert_int_equal(reader_read(&k), 0);
    int outside = 0;
    for (int y = 0; y < 720; y++)
        for (int x = 0; x < 1280; x++)
            outside += reader_sample_at(k.frame, 0, x, y) < 15 || reader_sample_at(k.frame, 0, x, y) > 240;
    assert_true(outside < 1280 * 720 / 200); /* and its pixels agree */
    reader_sample(&k, "nokiatech/conformance_files_C008.heic"); /* an identity, turned, which libheif 1.15 refuses */
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size), 0);
    assert_int_equal(k.still->info.rotation, 270);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(k.frame->width, 1280);
    reader_sample(&k, "nokiatech/conformance_files_C038.heic"); /* a sequence alone */
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size), 0);
    assert_int_equal(k.still->info.frames, 8);
    assert_int_equal(k.still->info.duration, 800000);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(reader_read(&k), 0);
        assert_int_equal(k.frame->pts, 100000 * i);
        assert_int_equal(rl_frame_duration(k.frame), 100000);
    }
    assert_int_equal(reader_read(&k), REEL_END);
    reader_end(&k);
}

static void a_file_whose_end_is_missing(void **state)
{
    struct reader_kit k;

    (void)state;
    reader_begin(&k);
    reader_sample(&k, "nokiatech/conformance_files_MIAF002.heic");
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, k.size / 2), 0);
    assert_int_equal(k.still->damage, 1);
    assert_string_equal(k.still->info.note, "the end is missing");
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(reader_open(&k, rl_still_open_heif, k.file, 100), REEL_ERR_INVALID_DATA);
    assert_string_not_equal(k.run.err.text, "");
    reader_end(&k);
}

static void every_sample_is_read_or_refused(void **state)
{
    static const char *const endings[] = { "heic", "heif", NULL };

    (void)state;
    reader_over_all(rl_still_open_heif, endings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_exact),
        cmocka_unit_test(transformations_in_any_order),
        cmocka_unit_test(boxes_of_strangers),
        cmocka_unit_test(grids_thumbnails_and_rotation_of_phones),
        cmocka_unit_test(pictures_of_the_standard),
        cmocka_unit_test(a_file_whose_end_is_missing),
        cmocka_unit_test(every_sample_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
