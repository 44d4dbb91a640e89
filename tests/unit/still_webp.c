/* WebP in: planes without loss on the way, compositing and times of animations, metadata, files that are cut short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reader_kit.h"

#include <webp/encode.h>
#include <webp/mux.h>

#define W 61
#define H 43

/* A gradient with edges; alpha falls from top to bottom, or is full. */
static void paint(uint8_t *rgba, bool alpha)
{
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            uint8_t *p = rgba + 4 * (y * W + x);
            p[0] = (uint8_t)(4 * x);
            p[1] = (uint8_t)(5 * y);
            p[2] = (uint8_t)((x / 8 + y / 8) % 2 ? 230 : 20);
            p[3] = alpha ? (uint8_t)(255 - 5 * y) : 255;
        }
}

static size_t lossy(const uint8_t *rgba, uint8_t **out)
{
    size_t size = WebPEncodeRGBA(rgba, W, H, 4 * W, 90, out);
    assert_true(size > 0);
    return size;
}

static void lossy_planes_are_the_decoders_own(void **state)
{
    static uint8_t rgba[4 * W * H];
    struct reader_kit k;
    uint8_t *file;

    (void)state;
    reader_begin(&k);
    for (int alpha = 0; alpha < 2; alpha++) {
        paint(rgba, alpha);
        size_t size = lossy(rgba, &file);
        assert_int_equal(reader_open(&k, rl_still_open_webp, file, size), 0);
        const struct rl_still_info *info = &k.still->info;
        assert_int_equal(info->width, W);
        assert_int_equal(info->height, H);
        assert_int_equal(info->frames, 1);
        assert_int_equal(info->has_alpha, alpha);
        assert_int_equal(info->lossless, 0);
        assert_int_equal(info->colour.matrix, 6);
        assert_int_equal(info->colour.full_range, 0);
        assert_int_equal(info->pixel_format, alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P);
        assert_int_equal(reader_read(&k), 0);
        assert_int_equal(k.frame->format, info->pixel_format);
        assert_int_equal(k.frame->color_range, AVCOL_RANGE_MPEG);

        /* FFmpeg has a decoder of its own, and VP8 is exact. */
        const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_WEBP);
        AVCodecContext *c = avcodec_alloc_context3(codec);
        AVPacket *packet = av_packet_alloc();
        AVFrame *other = av_frame_alloc();
        assert_int_equal(avcodec_open2(c, codec, NULL), 0);
        assert_int_equal(av_new_packet(packet, (int)size), 0);
        memcpy(packet->data, file, size);
        assert_int_equal(avcodec_send_packet(c, packet), 0);
        assert_int_equal(avcodec_receive_frame(c, other), 0);
        assert_int_equal(other->format, k.frame->format);
        for (int p = 0; p < (alpha ? 4 : 3); p++)
            for (int y = 0; y < (p == 1 || p == 2 ? (H + 1) / 2 : H); y++)
                assert_memory_equal(k.frame->data[p] + (ptrdiff_t)y * k.frame->linesize[p],
                                    other->data[p] + (ptrdiff_t)y * other->linesize[p],
                                    p == 1 || p == 2 ? (W + 1) / 2 : W);
        if (alpha)
            assert_int_equal(reader_sample_at(k.frame, 3, 5, 10), 255 - 50);
        assert_int_equal(reader_read(&k), REEL_END);
        av_frame_free(&other);
        av_packet_free(&packet);
        avcodec_free_context(&c);
        WebPFree(file);
    }
    reader_end(&k);
}

static void lossless_is_without_loss(void **state)
{
    static uint8_t rgba[4 * W * H];
    struct reader_kit k;
    uint8_t *file;

    (void)state;
    reader_begin(&k);
    for (int alpha = 0; alpha < 2; alpha++) {
        paint(rgba, alpha);
        size_t size = WebPEncodeLosslessRGBA(rgba, W, H, 4 * W, &file);
        assert_int_equal(reader_open(&k, rl_still_open_webp, file, size), 0);
        assert_int_equal(k.still->info.lossless, 1);
        assert_int_equal(k.still->info.colour.matrix, 0);
        assert_int_equal(k.still->info.colour.full_range, 1);
        assert_int_equal(reader_read(&k), 0);
        assert_int_equal(k.frame->format, alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24);
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++)
                assert_memory_equal(k.frame->data[0] + (ptrdiff_t)y * k.frame->linesize[0] + (alpha ? 4 : 3) * x,
                                    rgba + 4 * (y * W + x), alpha ? 4 : 3);
        WebPFree(file);
    }
    reader_end(&k);
}

/* One colour, w x h, lossless. */
static void add_patch(WebPMux *mux, int w, int h, uint32_t argb, int x, int y, int duration, WebPMuxAnimDispose dispose)
{
    uint8_t rgba[4 * 64 * 64], *file;

    for (int i = 0; i < w * h; i++) {
        rgba[4 * i] = (uint8_t)(argb >> 16);
        rgba[4 * i + 1] = (uint8_t)(argb >> 8);
        rgba[4 * i + 2] = (uint8_t)argb;
        rgba[4 * i + 3] = (uint8_t)(argb >> 24);
    }
    size_t size = WebPEncodeLosslessRGBA(rgba, w, h, 4 * w, &file);
    WebPMuxFrameInfo frame = { .bitstream = { file, size }, .x_offset = x, .y_offset = y, .duration = duration,
                               .id = WEBP_CHUNK_ANMF, .dispose_method = dispose, .blend_method = WEBP_MUX_BLEND };
    assert_int_equal(WebPMuxPushFrame(mux, &frame, 1), WEBP_MUX_OK);
    WebPFree(file);
}

static WebPData animation(int loops)
{
    WebPMux *mux = WebPMuxNew();
    WebPMuxAnimParams params = { 0xff112233, loops };
    WebPData out = { NULL, 0 };

    add_patch(mux, 32, 32, 0xff0000ff, 0, 0, 40, WEBP_MUX_DISPOSE_NONE);
    add_patch(mux, 8, 8, 0xffff0000, 4, 4, 0, WEBP_MUX_DISPOSE_BACKGROUND);
    add_patch(mux, 8, 8, 0x8000ff00, 16, 16, 250, WEBP_MUX_DISPOSE_NONE);
    assert_int_equal(WebPMuxSetAnimationParams(mux, &params), WEBP_MUX_OK);
    assert_int_equal(WebPMuxSetCanvasSize(mux, 32, 32), WEBP_MUX_OK);
    assert_int_equal(WebPMuxAssemble(mux, &out), WEBP_MUX_OK);
    WebPMuxDelete(mux);
    return out;
}

static uint32_t pixel(const AVFrame *f, int x, int y)
{
    const uint8_t *p = f->data[0] + (ptrdiff_t)y * f->linesize[0] + 4 * (ptrdiff_t)x;

    return (uint32_t)p[3] << 24 | (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static void animations_are_composed_and_timed(void **state)
{
    struct reader_kit k;
    WebPData file = animation(3);

    (void)state;
    reader_begin(&k);
    assert_int_equal(reader_open(&k, rl_still_open_webp, file.bytes, file.size), 0);
    assert_int_equal(k.still->info.frames, 3);
    assert_int_equal(k.still->info.loops, 3);
    assert_int_equal(k.still->info.has_alpha, 1);
    assert_int_equal(k.still->info.duration, 390000); /* what asks for no time gets 100 ms */

    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(k.frame->pts, 0);
    assert_int_equal(rl_frame_duration(k.frame), 40000);
    assert_int_equal(pixel(k.frame, 5, 5), 0xff0000ff);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(k.frame->pts, 40000);
    assert_int_equal(rl_frame_duration(k.frame), 100000);
    assert_int_equal(pixel(k.frame, 5, 5), 0xffff0000);
    assert_int_equal(pixel(k.frame, 20, 20), 0xff0000ff);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(k.frame->pts, 140000);
    assert_int_equal(rl_frame_duration(k.frame), 250000);
    assert_int_equal(pixel(k.frame, 5, 5) >> 24, 0); /* disposed of; the background colour is not used */
    assert_int_equal(pixel(k.frame, 0, 0), 0xff0000ff);
    assert_in_range(pixel(k.frame, 20, 20) >> 8 & 255, 126, 130); /* half of the green over blue */
    assert_int_equal(pixel(k.frame, 20, 20) >> 24, 255);
    assert_int_equal(reader_read(&k), REEL_END);
    WebPDataClear(&file);

    file = animation(0);
    assert_int_equal(reader_open(&k, rl_still_open_webp, file.bytes, file.size), 0);
    assert_int_equal(k.still->info.loops, 0);
    /* The last frame is not whole. */
    assert_int_equal(reader_open(&k, rl_still_open_webp, file.bytes, file.size - 3), 0);
    assert_int_equal(k.still->info.frames, 2);
    assert_int_equal(k.still->damage, 1);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(reader_read(&k), 0);
    assert_int_equal(pixel(k.frame, 5, 5), 0xffff0000);
    assert_int_equal(reader_read(&k), REEL_END);
    k.run.env.limits.frames = 2;
    assert_int_equal(reader_open(&k, rl_still_open_webp, file.bytes, file.size), REEL_ERR_LIMIT_FRAMES);
    WebPDataClear(&file);
    reader_end(&k);
}

static void what_is_cut_short_is_given_as_far_as_it_goes(void **state)
{
    enum { SIDE = 256 };
    static uint8_t rgba[4 * SIDE * SIDE];
    struct reader_kit k;
    uint8_t *file;
    AVFrame *whole = av_frame_alloc();
    unsigned noise = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(rgba); i++) {
        noise = noise * 1103515245 + 12345;
        rgba[i] = i % 4 == 3 ? 255 : (uint8_t)(i / 4 % SIDE + (noise >> 16 & 31));
    }
    reader_begin(&k);
    for (int kind = 0; kind < 2; kind++) {
        size_t size = kind ? WebPEncodeLosslessRGBA(rgba, SIDE, SIDE, 4 * SIDE, &file)
                           : WebPEncodeRGBA(rgba, SIDE, SIDE, 4 * SIDE, 80, &file);
        assert_int_equal(reader_open(&k, rl_still_open_webp, file, size), 0);
        assert_int_equal(reader_read(&k), 0);
        av_frame_move_ref(whole, k.frame);
        assert_int_equal(reader_open(&k, rl_still_open_webp, file, size * 3 / 4), 0);
        assert_int_equal(reader_read(&k), 0);
        assert_int_equal(k.still->damage, 1);
        assert_string_not_equal(k.still->info.note, "");
        assert_memory_equal(k.frame->data[0], whole->data[0], SIDE);
        assert_int_equal(k.frame->data[0][(ptrdiff_t)(SIDE - 1) * k.frame->linesize[0] + SIDE / 2], 128);
        av_frame_unref(whole);
        assert_int_equal(reader_open(&k, rl_still_open_webp, file, 14), REEL_ERR_INVALID_DATA);
        assert_string_not_equal(k.run.err.text, "");
        WebPFree(file);
    }
    av_frame_free(&whole);
    reader_end(&k);
}

static void metadata_and_limits(void **state)
{
    static const uint8_t exif[] = { 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0x12,
                                    0, 3, 0, 0, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0 };
    static uint8_t rgba[4 * W * H];
    struct reader_kit k;
    uint8_t *file;
    WebPData out, part;
    WebPMux *mux = WebPMuxNew();

    (void)state;
    paint(rgba, false);
    part.size = lossy(rgba, &file);
    part.bytes = file;
    assert_int_equal(WebPMuxSetImage(mux, &part, 1), WEBP_MUX_OK);
    WebPFree(file);
    part = (WebPData){ exif, sizeof(exif) };
    assert_int_equal(WebPMuxSetChunk(mux, "EXIF", &part, 1), WEBP_MUX_OK);
    part = (WebPData){ (const uint8_t *)"<x:xmpmeta/>", 12 };
    assert_int_equal(WebPMuxSetChunk(mux, "XMP ", &part, 1), WEBP_MUX_OK);
    part = (WebPData){ (const uint8_t *)"no profile", 10 };
    assert_int_equal(WebPMuxSetChunk(mux, "ICCP", &part, 1), WEBP_MUX_OK);
    assert_int_equal(WebPMuxAssemble(mux, &out), WEBP_MUX_OK);
    WebPMuxDelete(mux);

    reader_begin(&k);
    assert_int_equal(reader_open(&k, rl_still_open_webp, out.bytes, out.size), 0);
    const struct rl_still_info *info = &k.still->info;
    assert_int_equal(info->exif_size, sizeof(exif) - 6);
    assert_memory_equal(info->exif, exif + 6, sizeof(exif) - 6);
    assert_int_equal(info->xmp_size, 12);
    assert_int_equal(info->icc_size, 10);
    assert_int_equal(info->mirrored, 1); /* orientation 5 */
    assert_int_equal(info->rotation, 270);
    assert_int_equal(info->colour.primaries, 2); /* the profile has the say */

    k.run.env.limits.pixels = W * H - 1;
    assert_int_equal(reader_open(&k, rl_still_open_webp, out.bytes, out.size), REEL_ERR_LIMIT_PIXELS);
    WebPDataClear(&out);
    reader_end(&k);
}

static void every_sample_is_read_or_refused(void **state)
{
    static const char *const endings[] = { "webp", NULL };

    (void)state;
    reader_over_all(rl_still_open_webp, endings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lossy_planes_are_the_decoders_own),
        cmocka_unit_test(lossless_is_without_loss),
        cmocka_unit_test(animations_are_composed_and_timed),
        cmocka_unit_test(what_is_cut_short_is_given_as_far_as_it_goes),
        cmocka_unit_test(metadata_and_limits),
        cmocka_unit_test(every_sample_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
