/* The table, and asking it. */
#include "options.h"

#include "../base/opts.h"

#include <string.h>

#define AT(m) .offset = offsetof(struct rl_chain_values, m), .size = sizeof(((struct rl_chain_values *)0)->m)
#define ROW(t, n, m, d, u, h) .name = n, .type = t, AT(m), .unit = u, .help = h, .def = d
#define BOOL(n, m, d, h) { ROW(REEL_OPTION_BOOL, n, m, d, "", h), .choices = "", .max = 1 }
#define INT(n, m, d, low, high, u, h) { ROW(REEL_OPTION_INT, n, m, d, u, h), .choices = "", .min = low, .max = high }
#define DOUBLE(n, m, d, low, high, u, h) \
    { ROW(REEL_OPTION_DOUBLE, n, m, d, u, h), .choices = "", .min = low, .max = high }
#define CHOICE(n, m, d, c, h) { ROW(REEL_OPTION_CHOICE, n, m, d, "", h), .choices = c }
#define STRING(n, m, f, h) { ROW(REEL_OPTION_STRING, n, m, "", "", h), .choices = "", .flags = f }
#define TEXT(n, m, d, h) { ROW(REEL_OPTION_STRING, n, m, d, "", h), .choices = "" }
#define RATIO(n, m, low, high, u, h) \
    { ROW(REEL_OPTION_RATIO, n, m, "auto", u, h), .choices = "", .min = low, .max = high }

const struct rl_option rl_options[RL_OPTION_COUNT] = {
    CHOICE("output.format", output_format, "webm", "webm|avif|webp|none",
           "What is made: video and sound as WebM, one picture as AVIF or WebP, or nothing but previews."),

    BOOL("video.enabled", video_enabled, "true", "Take the video into the output."),
    INT("video.stream", video_stream, "-1", -1, 999, "",
        "Index of the video stream to take; -1: the default one, else the largest."),
    CHOICE("video.codec", video_codec, "av1", "av1", "Codec of the output's video."),
    CHOICE("video.encoder", video_encoder, "auto", "auto|svtav1|aom",
           "Encoder; auto: SVT-AV1, and libaom for what it does not take (sides that are odd or under 64 px)."),
    INT("video.speed", video_speed, "6", 0, 9, "",
        "Effort of the encoder: 0 is slow and small, 9 fast; each level means the same with every encoder version."),
    INT("video.quality", video_quality, "60", 0, 100, "",
        "Quality wanted; 60 is AV1 quantizer 35, 0 is 63, 100 is 10."),
    CHOICE("video.depth", video_depth, "auto", "auto|8|10",
           "Bits per component; auto: 10 when the source has more than 8. HDR is always 10."),
    INT("video.width", video_width, "0", 0, 16384, "px", "Width of the box the picture goes into; 0: not bounded."),
    INT("video.height", video_height, "0", 0, 16384, "px", "Height of the box the picture goes into; 0: not bounded."),
    CHOICE("video.fit", video_fit, "contain", "contain|cover|fill|pad",
           "How it goes into the box: contain scales down to fit, cover fills and crops, fill stretches, pad is "
           "contain with black bars. All but contain need both sides and give exactly the box."),
    BOOL("video.enlarge", video_enlarge, "false", "Let contain and pad scale up as well."),
    STRING("video.crop", video_crop, 0, "Part of the turned source to take, as WxH+X+Y in px; empty: all."),
    CHOICE("video.rotate", video_rotate, "0", "0|90|180|270",
           "Degrees to turn clockwise, on top of what the source asks for."),
    CHOICE("video.aspect", video_aspect, "keep", "keep|square",
           "Shape of the pixels: keep the source's, or resample to square ones."),
    RATIO("video.frame_rate_max", video_frame_rate_max, 1, 1000, "fps",
          "Frames per second not to be exceeded; frames beyond are left out."),
    CHOICE("video.deinterlace", video_deinterlace, "auto", "auto|off|on",
           "Deinterlacing; auto: what is flagged as interlaced or shows combing in samples."),
    DOUBLE("video.denoise", video_denoise, "0", 0, 10, "", "Strength of noise reduction; 0: none."),
    CHOICE("video.hdr", video_hdr, "keep", "keep|tonemap", "HDR stays HDR, or is mapped to BT.709 SDR."),
    INT("video.grain", video_grain, "0", 0, 50, "", "Film grain that the player adds again; 0: none."),
    STRING("video.filter", video_filter, REEL_OPTION_FLAG_EXPERT,
           "A chain of libavfilter filters, from a list of those that read nothing else."),

    BOOL("audio.enabled", audio_enabled, "true", "Take the sound into the output."),
    CHOICE("audio.streams", audio_streams, "first", "first|all",
           "first: the default stream, else the one with the most channels; all: every one."),
    INT("audio.bit_rate", audio_bit_rate, "0", 0, 2048000, "bit/s",
        "Bits per second of all channels; 0: 64000 for mono, else 64000 + 32000 per channel."),
    INT("audio.channels", audio_channels, "0", 0, 8, "", "Channels of the output; 0: as the source."),
    INT("audio.complexity", audio_complexity, "10", 0, 10, "", "Effort of the encoder; lower is faster."),
    DOUBLE("audio.gain", audio_gain, "0", -60, 60, "dB", "Gain applied to the samples."),
    CHOICE("audio.loudness", audio_loudness, "off", "off|measure|target",
           "Measure EBU R 128 loudness in the same pass, and set the output gain so that it meets the target."),
    DOUBLE("audio.loudness_target", audio_loudness_target, "-16", -40, -5, "LUFS", "Integrated loudness to meet."),
    DOUBLE("audio.peak_limit", audio_peak_limit, "-1", -20, 0, "dBTP",
           "True peak over which the loudness target does not lift the sound."),

    BOOL("text.enabled", text_enabled, "true", "Take text subtitles into the output, as WebVTT."),
    BOOL("meta.tags", meta_tags, "true", "Take the tags (title, artist, ...) into the output."),
    BOOL("meta.chapters", meta_chapters, "true", "Take the chapters into the output."),
    BOOL("copy.enabled", copy_enabled, "true", "Copy streams that are in the target codec and that nothing changes."),
    INT("segment.min", segment_min, "5000000", 1000000, 30000000, "us", "Shortest segment, where keyframes allow it."),
    INT("segment.max", segment_max, "10000000", 1000000, 30000000, "us",
        "Longest segment, where keyframes allow it; a fifth more is tolerated to end at one."),

    INT("picture.width", picture_width, "0", 0, 65535, "px", "Width of the box the picture goes into; 0: not bounded."),
    INT("picture.height", picture_height, "0", 0, 65535, "px",
        "Height of the box the picture goes into; 0: not bounded."),
    CHOICE("picture.fit", picture_fit, "contain", "contain|cover|fill|exact",
           "How it goes into the box: contain scales down to fit, cover fills and cuts around the focus, fill "
           "stretches, exact is contain with bars of the background. All but contain need both sides."),
    BOOL("picture.enlarge", picture_enlarge, "false",
         "Let it become larger than the source; else cover and fill give a smaller box of the same shape."),
    TEXT("picture.focus", picture_focus, "centre",
         "What cover keeps: centre, attention (where there is most to see), or X,Y from 0 to 1."),
    STRING("picture.crop", picture_crop, 0, "Part of the upright source to take, as WxH+X+Y in px; empty: all."),
    CHOICE("picture.rotate", picture_rotate, "0", "0|90|180|270",
           "Degrees to turn clockwise, on top of what the source asks for."),
    STRING("picture.background", picture_background, 0,
           "Colour laid under what is transparent, as six hex digits behind a hash sign; empty: transparency is "
           "kept, and bars are transparent."),
    INT("picture.quality", picture_quality, "60", 0, 100, "",
        "Quality wanted, the same to the eye with AVIF and WebP; 100 is visually lossless."),
    INT("picture.speed", picture_speed, "6", 0, 9, "", "Effort of the encoder: 0 is slow and small, 9 fast."),
    BOOL("picture.lossless", picture_lossless, "false", "Keep every pixel as it is after scaling and colour."),
    INT("picture.max_bytes", picture_max_bytes, "0", 0, 1e15, "bytes",
        "Size not to be exceeded: the quality is lowered until it fits; 0: none."),
    CHOICE("picture.profile", picture_profile, "auto", "auto|srgb|embed",
           "Colours that are not sRGB: converted to it, or kept with their profile embedded; auto: AVIF keeps, WebP "
           "converts. CMYK, gray and Lab are always converted."),
    CHOICE("picture.metadata", picture_metadata, "web", "web|keep|strip",
           "Exif and XMP: web keeps copyright, artist and description and neither place, device nor time; keep, all "
           "of it; strip, nothing."),
    CHOICE("picture.hdr", picture_hdr, "keep", "keep|tonemap",
           "HDR stays HDR, which only AVIF can hold, or is mapped to sRGB."),
    CHOICE("picture.depth", picture_depth, "auto", "auto|8|10|12",
           "Bits per component of AVIF; auto: as the source, up to 12. HDR has 10 or more, WebP always 8."),
    CHOICE("picture.chroma", picture_chroma, "auto", "auto|420|444",
           "Colour samples of AVIF; auto: as the source, and all of them for graphics. WebP has 420, or 444 when "
           "lossless."),
    CHOICE("picture.animated", picture_animated, "auto", "auto|first",
           "An animation stays one, or its first frame is taken."),
    INT("picture.time", picture_time, "-1", -1, 86400e6, "us",
        "Of a video: the frame that is shown at this time; -1: the best of the candidates."),
    INT("picture.candidates", picture_candidates, "5", 1, 100, "",
        "Keyframes of a video, spread over its length, among which the best is chosen."),

    INT("preview.posters", preview_posters, "0", 0, 20, "",
        "Single pictures: 1 is the best frame, more are spread over the whole; 0: none."),
    INT("preview.poster_width", preview_poster_width, "640", 1, 16383, "px", "Width of a poster, at most."),
    BOOL("preview.storyboard", preview_storyboard, "false",
         "Sheets of small pictures, and a WebVTT that points into them."),
    INT("preview.storyboard_interval", preview_interval, "10000000", 100000, 3600e6, "us",
        "Time between two pictures of the storyboard."),
    INT("preview.tile_width", preview_tile_width, "160", 16, 1024, "px", "Width of a picture of the storyboard."),
    INT("preview.columns", preview_columns, "10", 1, 100, "", "Pictures beside each other on a sheet."),
    INT("preview.rows", preview_rows, "10", 1, 100, "", "Pictures below each other on a sheet."),
    CHOICE("preview.animation", preview_animation, "none", "none|webp|avif", "A short moving picture of moments."),
    INT("preview.animation_width", preview_animation_width, "320", 16, 2048, "px", "Width of the moving picture."),
    INT("preview.moments", preview_moments, "6", 1, 100, "", "Places that the moving picture shows."),
    INT("preview.moment", preview_moment, "1000000", 100000, 10000000, "us", "How long it shows each."),
    INT("preview.animation_rate", preview_animation_rate, "10", 1, 30, "fps", "Its frames per second."),
    BOOL("preview.placeholder", preview_placeholder, "false",
         "BlurHash, ThumbHash and average colour, to be shown until the poster has come."),
    BOOL("preview.waveform", preview_waveform, "false",
         "Peaks of the sound, for audiowaveform's players, and a picture of them."),
    INT("preview.waveform_zoom", preview_waveform_zoom, "256", 2, 16777216, "samples", "Samples for each peak."),
    INT("preview.waveform_width", preview_waveform_width, "1800", 0, 16383, "px",
        "Width of the picture of the peaks; 0: no picture."),
    INT("preview.waveform_height", preview_waveform_height, "280", 0, 16383, "px",
        "Height of the picture of the peaks; 0: no picture."),
    BOOL("preview.loudness", preview_loudness, "false", "Measure EBU R 128 loudness, its range, and the true peak."),
    CHOICE("preview.format", preview_format, "webp", "webp|avif",
           "Format of posters, sheets and the waveform's picture."),
    INT("preview.quality", preview_quality, "60", 0, 100, "", "Quality of the preview's pictures."),
    INT("preview.speed", preview_speed, "6", 0, 9, "", "Effort of their encoders: 0 is slow and small, 9 fast."),
};

_Static_assert(sizeof(rl_options) / sizeof(rl_options[0]) == RL_OPTION_COUNT, "the count follows the table");

int rl_option_index(const char *name)
{
    for (int i = 0; i < RL_OPTION_COUNT; i++) {
        if (!strcmp(rl_options[i].name, name))
            return i;
    }
    return -1;
}

static int info_out(const struct rl_option *o, reel_option_info *out)
{
    reel_option_info info = {
        .size = sizeof(info), .name = o->name, .unit = o->unit, .help = o->help, .choices = o->choices, .def = o->def,
        .min = o->min, .max = o->max, .type = o->type, .flags = o->flags,
    };
    return rl_info_out(out, &info, sizeof(info), sizeof(info));
}

int reel_option_at(uint32_t index, reel_option_info *out)
{
    if (!out)
        return REEL_ERR_INVALID_ARG;
    return index < RL_OPTION_COUNT ? info_out(&rl_options[index], out) : REEL_END;
}

int reel_option_find(const char *name, reel_option_info *out)
{
    if (!name || !out)
        return REEL_ERR_INVALID_ARG;
    int i = rl_option_index(name);
    return i < 0 ? REEL_ERR_OPTION : info_out(&rl_options[i], out);
}

int rl_option_defaults(struct rl_chain_values *values)
{
    memset(values, 0, sizeof(*values));
    for (int i = 0; i < RL_OPTION_COUNT; i++) {
        int rc = rl_option_parse(&rl_options[i], rl_options[i].def, values, NULL);
        if (rc < 0)
            return REEL_ERR_NOMEM; /* the table is tested, so nothing else can have happened */
    }
    return 0;
}

static void *value_at(const struct rl_option *o, struct rl_chain_values *v)
{
    return (char *)v + o->offset;
}

bool rl_option_equal(const struct rl_option *option, const struct rl_chain_values *a, const struct rl_chain_values *b)
{
    const char *x = (const char *)a + option->offset, *y = (const char *)b + option->offset;
    return option->type == REEL_OPTION_STRING ? !strcmp(x, y) : !memcmp(x, y, option->size);
}

void rl_option_copy(const struct rl_option *option, struct rl_chain_values *to, const struct rl_chain_values *from)
{
    memcpy(value_at(option, to), (const char *)from + option->offset, option->size);
}
