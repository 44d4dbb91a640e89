#include "wave_picture.h"

#include "../still/pixels.h"
#include "../still/writer.h"

/* sRGB: BT.709 primaries, its own transfer, full range, no matrix */
#define PRIMARIES 1
#define TRANSFER 13

static int write_frame(struct rl_flow *flow, const AVFrame *drawn, const struct rl_wave_spec *spec, bool alpha,
                       struct rl_buf *file)
{
    const struct rl_colour srgb = { .primaries = PRIMARIES, .transfer = TRANSFER, .matrix = AVCOL_SPC_RGB,
                                    .full_range = 1 };
    const struct rl_still_info info = { .width = drawn->width, .height = drawn->height, .frames = 1, .bit_depth = 8,
                                        .has_alpha = alpha, .lossless = 1, .pixel_format = AV_PIX_FMT_RGBA,
                                        .colour = srgb };
    const struct rl_still_spec still = { .width = drawn->width, .height = drawn->height, .source = srgb,
                                         .format = spec->picture, .quality = 100, .speed = 6, .lossless = 1,
                                         .depth = 8, .chroma = 444, .alpha = alpha,
                                         .threads = spec->threads > 0 ? spec->threads : 1 };
    struct rl_writer_params params = { .format = spec->picture, .width = drawn->width, .height = drawn->height,
                                       .quality = still.quality, .speed = still.speed, .lossless = 1,
                                       .threads = still.threads };
    enum AVPixelFormat format;
    struct rl_pixels *pixels = NULL;
    struct rl_writer *writer = NULL;
    AVFrame *ready = av_frame_alloc();
    rl_writer_format(&still, &info, &format, &params.colour);
    int rc = ready ? rl_pixels_open(&pixels, flow, &info, &still) : rl_err_nomem(flow->err, "waveform");
    if (rc == 0)
        rc = rl_pixels_run(pixels, drawn, ready);
    if (rc == 0)
        rc = rl_writer_open(&writer, flow, &params);
    if (rc == 0)
        rc = rl_writer_add(writer, ready);
    if (rc == 0)
        rc = rl_writer_finish(writer, file);
    rl_writer_close(&writer);
    rl_pixels_close(&pixels);
    av_frame_free(&ready);
    return rc;
}

int rl_wave_picture(const struct rl_wave *wave, const struct rl_wave_spec *spec, struct rl_buf *file)
{
    struct rl_flow *flow = rl_wave_flow(wave);
    bool alpha = (spec->background & 0xff) != 0xff;
    AVFrame *drawn = av_frame_alloc();
    int rc = drawn ? rl_wave_draw(wave, spec->width, spec->height, spec->colour, spec->background, drawn)
                   : rl_err_nomem(flow->err, "waveform");
    if (rc == 0)
        rc = write_frame(flow, drawn, spec, alpha, file);
    av_frame_free(&drawn);
    return rc;
}
