#include "probe.h"

#include "../allow.h"
#include "../compat.h"

#include <libavutil/avstring.h>
#include <libavutil/dovi_meta.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mastering_display_metadata.h>
#include <math.h>
#include <reel/input.h>
#include <stdio.h>
#include <string.h>

static reel_ratio ratio(AVRational r)
{
    return r.num > 0 && r.den > 0 ? (reel_ratio){ r.num, r.den } : (reel_ratio){ 0, 0 };
}

/* H.273 has 8-bit code points; FFmpeg has a few numbers of its own beyond. */
static int32_t code_point(int v)
{
    return v > 0 && v < 256 && v != 3 ? v : 2;
}

void rl_probe_matrix(struct rl_stream *s, const int32_t matrix[9])
{
    double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    double det = a * d - b * c;

    if (det == 0)
        return;
    /* Undo the mirroring, which comes first; what is left is a turn. Others than quarter turns go to the nearest. */
    s->mirrored = det < 0;
    if (s->mirrored) {
        a = -a;
        b = -b;
    }
    s->rotation = (int32_t)((lround(atan2(b, a) / M_PI_2) + 4) % 4) * 90;
}

void rl_probe_pixels(struct rl_stream *s, int format)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);

    if (!desc)
        return;
    av_strlcpy(s->pixel_format, desc->name, sizeof(s->pixel_format));
    s->bit_depth = desc->comp[0].depth;
    s->chroma_w = desc->log2_chroma_w;
    s->chroma_h = desc->log2_chroma_h;
    s->is_rgb = !!(desc->flags & AV_PIX_FMT_FLAG_RGB) || !!(desc->flags & AV_PIX_FMT_FLAG_PAL);
    s->has_alpha = !!(desc->flags & AV_PIX_FMT_FLAG_ALPHA);
    if (rl_plain_format(format) != (enum AVPixelFormat)format)
        s->colour.full_range = 1;
}

static reel_ratio luminance(AVRational r)
{
    return r.num >= 0 && r.den > 0 ? (reel_ratio){ r.num, r.den } : (reel_ratio){ 0, 1 };
}

void rl_probe_mastering(struct rl_stream *s, const void *data)
{
    const AVMasteringDisplayMetadata *m = data;

    if (s->mastering.present || !m->has_primaries || !m->has_luminance)
        return;
    s->mastering.present = 1;
    for (int i = 0; i < 2; i++) {
        s->mastering.r[i] = luminance(m->display_primaries[0][i]);
        s->mastering.g[i] = luminance(m->display_primaries[1][i]);
        s->mastering.b[i] = luminance(m->display_primaries[2][i]);
        s->mastering.white[i] = luminance(m->white_point[i]);
    }
    s->mastering.max_luminance = luminance(m->max_luminance);
    s->mastering.min_luminance = luminance(m->min_luminance);
}

void rl_probe_light(struct rl_stream *s, const void *data)
{
    const AVContentLightMetadata *l = data;

    if (s->light.present || (!l->MaxCLL && !l->MaxFALL))
        return;
    s->light.present = 1;
    s->light.max_cll = l->MaxCLL > 1000000 ? 1000000 : (int32_t)l->MaxCLL;
    s->light.max_fall = l->MaxFALL > 1000000 ? 1000000 : (int32_t)l->MaxFALL;
}

static void side_data(const AVStream *stream, struct rl_stream *s)
{
    size_t size;
    const uint8_t *data;

    if ((data = rl_stream_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size)) && size >= 9 * sizeof(int32_t))
        rl_probe_matrix(s, (const int32_t *)(const void *)data);
    if ((data = rl_stream_side_data(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, &size)))
        rl_probe_mastering(s, data);
    if ((data = rl_stream_side_data(stream, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, &size)))
        rl_probe_light(s, data);
    if ((data = rl_stream_side_data(stream, AV_PKT_DATA_DOVI_CONF, &size))) {
        const AVDOVIDecoderConfigurationRecord *dovi = (const void *)data;
        s->dv_profile = dovi->dv_profile;
        s->dv_compatibility = dovi->dv_bl_signal_compatibility_id;
    }
}

static void video(const AVStream *stream, struct rl_stream *s)
{
    const AVCodecParameters *par = stream->codecpar;
    AVRational rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
    AVRational aspect = stream->sample_aspect_ratio.num > 0 ? stream->sample_aspect_ratio : par->sample_aspect_ratio;

    s->width = par->width < 0 || par->width > 65536 ? 0 : par->width;
    s->height = par->height < 0 || par->height > 65536 ? 0 : par->height;
    s->aspect = ratio(aspect);
    s->frame_rate = ratio(rate);
    s->colour.primaries = code_point(par->color_primaries);
    s->colour.transfer = code_point(par->color_trc);
    s->colour.matrix = par->color_space == AVCOL_SPC_RGB ? 0 : code_point(par->color_space);
    s->colour.full_range = par->color_range == AVCOL_RANGE_JPEG;
    s->colour.chroma_location = par->chroma_location >= 0 && par->chroma_location < 8 ? (int)par->chroma_location : 0;
    rl_probe_pixels(s, par->format);
    if (par->field_order == AV_FIELD_TT || par->field_order == AV_FIELD_BT)
        s->interlaced = 1;
    else if (par->field_order == AV_FIELD_BB || par->field_order == AV_FIELD_TB)
        s->interlaced = 2;
    side_data(stream, s);
}

static void sound(const AVStream *stream, struct rl_stream *s)
{
    const AVCodecParameters *par = stream->codecpar;

    s->sample_rate = par->sample_rate > 0 ? par->sample_rate : 0;
    s->channels = par->ch_layout.nb_channels > 0 && par->ch_layout.nb_channels <= 1024 ? par->ch_layout.nb_channels : 0;
    s->bit_depth = par->bits_per_raw_sample > 0 && par->bits_per_raw_sample <= 64 ? par->bits_per_raw_sample : 0;
    if (s->channels && av_channel_layout_describe(&par->ch_layout, s->layout, sizeof(s->layout)) < 0)
        s->layout[0] = 0;
    if (par->codec_id == AV_CODEC_ID_OPUS && par->extradata_size >= 19 && !memcmp(par->extradata, "OpusHead", 8))
        s->pre_skip = AV_RL16(par->extradata + 10);
}

static int32_t kind_of(const AVStream *stream)
{
    const AVCodecDescriptor *desc = avcodec_descriptor_get(rl_source_codec(stream->codecpar));

    switch (stream->codecpar->codec_type) {
    case AVMEDIA_TYPE_VIDEO:
        return stream->disposition & AV_DISPOSITION_ATTACHED_PIC ? REEL_STREAM_PICTURE : REEL_STREAM_VIDEO;
    case AVMEDIA_TYPE_AUDIO:
        return REEL_STREAM_AUDIO;
    case AVMEDIA_TYPE_SUBTITLE:
        return desc && desc->props & AV_CODEC_PROP_TEXT_SUB ? REEL_STREAM_TEXT : REEL_STREAM_OTHER;
    default:
        return REEL_STREAM_OTHER;
    }
}

int rl_probe_stream(struct rl_flow *flow, const AVStream *stream, struct rl_stream *s)
{
    const AVCodecParameters *par = stream->codecpar;
    const AVDictionaryEntry *language = av_dict_get(stream->metadata, "language", NULL, 0);
    const char *profile = avcodec_profile_name(par->codec_id, par->profile);

    s->index = stream->index;
    s->kind = kind_of(stream);
    av_strlcpy(s->codec, avcodec_get_name(rl_source_codec(par)), sizeof(s->codec));
    av_strlcpy(s->profile, profile ? profile : "", sizeof(s->profile));
    s->decodable = rl_allow_decoder(rl_source_codec(par)) != NULL;
    s->is_default = !!(stream->disposition & AV_DISPOSITION_DEFAULT);
    s->is_forced = !!(stream->disposition & AV_DISPOSITION_FORCED);
    s->attached_picture = !!(stream->disposition & AV_DISPOSITION_ATTACHED_PIC);
    s->time_base = (reel_ratio){ stream->time_base.num, stream->time_base.den };
    s->start = stream->start_time == AV_NOPTS_VALUE ? REEL_NO_TIME : stream->start_time;
    s->duration = stream->duration == AV_NOPTS_VALUE || stream->duration < 0 ? REEL_NO_TIME : stream->duration;
    s->bit_rate = par->bit_rate > 0 ? par->bit_rate : 0;
    s->colour = (struct rl_colour){ 2, 2, 2, 0, 0 };
    if (language && strcmp(language->value, "und"))
        av_strlcpy(s->language, language->value, sizeof(s->language));
    if (par->codec_type == AVMEDIA_TYPE_VIDEO)
        video(stream, s);
    else if (par->codec_type == AVMEDIA_TYPE_AUDIO)
        sound(stream, s);
    return rl_probe_tags(flow, stream->metadata, &s->tags, &s->tag_count);
}
