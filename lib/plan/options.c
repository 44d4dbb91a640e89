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
#define RATIO(n, m, low, high, u, h) \
    { ROW(REEL_OPTION_RATIO, n, m, "auto", u, h), .choices = "", .min = low, .max = high }

const struct rl_option rl_options[RL_OPTION_COUNT] = {
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
