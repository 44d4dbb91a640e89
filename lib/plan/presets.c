/* Named chains. Each is the defaults and what it changes of them. */
#include "chain.h"

#include "../base/opts.h"

#include <string.h>

struct preset {
    const char *name, *help;
    const char *changes[10][2]; /* option, value */
};

static const struct preset presets[] = {
    { "web-video", "Video and sound for web pages, in the source's size; the default.", { { NULL, NULL } } },
    { "web-video-small",
      "Smaller files for phones: at most 1280x720 and 30 frames per second, quality 50.",
      { { "video.width", "1280" }, { "video.height", "720" }, { "video.quality", "50" },
        { "video.frame_rate_max", "30" }, { "audio.bit_rate", "96000" }, { "audio.channels", "2" } } },
    { "archive",
      "A copy to keep: slower and finer, every sound track.",
      { { "video.speed", "4" }, { "video.quality", "75" }, { "audio.streams", "all" } } },
    { "preview",
      "A quick look: at most 640x360, fastest speed, mono.",
      { { "video.width", "640" }, { "video.height", "360" }, { "video.speed", "9" }, { "video.quality", "40" },
        { "video.frame_rate_max", "30" }, { "video.hdr", "tonemap" }, { "audio.bit_rate", "48000" },
        { "audio.channels", "1" }, { "text.enabled", "false" } } },
    { "web-audio", "Sound alone.", { { "video.enabled", "false" }, { "text.enabled", "false" } } },
    { "voice",
      "Speech alone: mono at 32 kbit/s, brought to -16 LUFS.",
      { { "video.enabled", "false" }, { "text.enabled", "false" }, { "audio.channels", "1" },
        { "audio.bit_rate", "32000" }, { "audio.loudness", "target" } } },
    { "web-image", "One picture for web pages, as AVIF, in the source's size.", { { "output.format", "avif" } } },
    { "web-image-webp", "One picture for web pages, as WebP, in the source's size.", { { "output.format", "webp" } } },
    { "thumbnail",
      "A small picture of anything that can be seen: at most 320x320, as WebP, without metadata.",
      { { "output.format", "webp" }, { "picture.width", "320" }, { "picture.height", "320" },
        { "picture.profile", "srgb" }, { "picture.metadata", "strip" }, { "picture.animated", "first" } } },
    { "previews",
      "Nothing but previews, and of these all: poster, storyboard, moving picture, placeholders, waveform, loudness.",
      { { "output.format", "none" }, { "preview.posters", "1" }, { "preview.storyboard", "true" },
        { "preview.animation", "webp" }, { "preview.placeholder", "true" }, { "preview.waveform", "true" },
        { "preview.loudness", "true" } } },
};

enum { PRESET_COUNT = sizeof(presets) / sizeof(presets[0]) };

int reel_chain_preset_at(uint32_t index, reel_preset_info *out)
{
    if (!out)
        return REEL_ERR_INVALID_ARG;
    if (index >= PRESET_COUNT)
        return REEL_END;
    reel_preset_info info = { .size = sizeof(info), .name = presets[index].name, .help = presets[index].help };
    return rl_info_out(out, &info, sizeof(info), sizeof(info));
}

int rl_preset_values(const char *name, struct rl_chain_values *values, reel_error *err)
{
    const struct preset *preset = NULL;
    for (size_t i = 0; i < PRESET_COUNT && !preset; i++) {
        if (!strcmp(presets[i].name, name))
            preset = &presets[i];
    }
    if (!preset)
        return rl_err(err, REEL_ERR_NOT_FOUND, "chain", "there is no preset \"%.100s\"", name);
    if (rl_option_defaults(values) < 0)
        return rl_err_nomem(err, "chain");
    for (size_t i = 0; i < 10 && preset->changes[i][0]; i++) {
        int rc = rl_option_parse(&rl_options[rl_option_index(preset->changes[i][0])], preset->changes[i][1], values,
                                 err);
        if (rc < 0)
            return rc;
    }
    return 0;
}
