#include "print.h"

#include "../compat.h"
#include "../filter/chain.h"

#include <libavutil/mastering_display_metadata.h>
#include <libavutil/pixdesc.h>

static reel_ratio ratio(AVRational v) { return (reel_ratio){ v.num, v.den }; }

static void light_of(struct rl_still_info *info, const AVFrame *frame)
{
    const AVFrameSideData *sd = av_frame_get_side_data(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);

    if (sd && sd->size >= sizeof(AVMasteringDisplayMetadata)) {
        const AVMasteringDisplayMetadata *m = (const void *)sd->data;
        struct rl_mastering *to = &info->mastering;
        if (m->has_primaries && m->has_luminance) {
            to->present = 1;
            for (int i = 0; i < 2; i++) {
                to->r[i] = ratio(m->display_primaries[0][i]);
                to->g[i] = ratio(m->display_primaries[1][i]);
                to->b[i] = ratio(m->display_primaries[2][i]);
                to->white[i] = ratio(m->white_point[i]);
            }
            to->max_luminance = ratio(m->max_luminance);
            to->min_luminance = ratio(m->min_luminance);
        }
    }
    sd = av_frame_get_side_data(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    if (sd && sd->size >= sizeof(AVContentLightMetadata)) {
        const AVContentLightMetadata *l = (const void *)sd->data;
        info->light = (struct rl_light){ 1, (int32_t)(l->MaxCLL & 0xffff), (int32_t)(l->MaxFALL & 0xffff) };
    }
}

static void describe(struct rl_still_info *info, const struct rl_still_spec *spec, const AVFrame *frame)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);

    *info =
        (struct rl_still_info){ .width = frame->width, .height = frame->height, .frames = 1, .icc_kind = RL_ICC_NONE };
    info->pixel_format = frame->format;
    info->bit_depth = desc ? desc->comp[0].depth : 8;
    info->has_alpha = desc && desc->flags & AV_PIX_FMT_FLAG_ALPHA;
    info->colour = rl_frame_colour(frame, &spec->source);
    light_of(info, frame);
}

static int open_pixels(struct rl_print *p)
{
    enum AVPixelFormat format;

    rl_writer_format(&p->spec, &p->info, &format, &p->colour);
    return rl_pixels_open(&p->pixels, p->flow, &p->info, &p->spec);
}

int rl_print_open(struct rl_print *p, struct rl_flow *flow, const struct rl_still_spec *spec, const AVFrame *like)
{
    *p = (struct rl_print){ .flow = flow, .spec = *spec };
    describe(&p->info, spec, like);
    return open_pixels(p);
}

int rl_print_open_still(struct rl_print *p, struct rl_flow *flow, const struct rl_still_spec *spec,
                        const struct rl_still_info *info)
{
    *p = (struct rl_print){ .flow = flow, .spec = *spec, .info = *info };
    return open_pixels(p);
}

void rl_print_close(struct rl_print *p) { rl_pixels_close(&p->pixels); }

int rl_print_run(struct rl_print *p, const AVFrame *in, AVFrame *out)
{
    int rc = rl_pixels_run(p->pixels, in, out);

    if (rc < 0)
        return rc;
    out->pts = in->pts;
    rl_frame_set_duration(out, rl_frame_duration(in));
    return 0;
}

struct rl_still_spec rl_print_resized(const struct rl_still_spec *spec, int32_t width, int32_t height, int32_t format)
{
    struct rl_still_spec s = *spec;

    s.width = width;
    s.height = height;
    s.window_width = s.window_height = s.pad_width = s.pad_height = 0;
    s.alpha = 0; /* sheets and moving pictures have none */
    s.has_background = 1;
    s.max_bytes = 0;
    s.lossless = 0;
    s.animated = 0;
    if (format)
        s.format = format;
    return s;
}

struct rl_writer_params rl_print_params(const struct rl_print *p, int32_t width, int32_t height)
{
    struct rl_writer_params params = {
        .format = p->spec.format,
        .width = width,
        .height = height,
        .quality = p->spec.quality,
        .speed = p->spec.speed,
        .lossless = p->spec.lossless,
        .threads = p->spec.threads,
        .colour = p->colour,
    };

    if (!p->spec.tonemap) {
        params.mastering = p->info.mastering;
        params.light = p->info.light;
    }
    params.icc = rl_pixels_icc(p->pixels, &params.icc_size);
    return params;
}
