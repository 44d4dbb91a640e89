/* Tracks: one entry per rendition. */
#include "ebml.h"
#include "ids.h"
#include "layout.h"

#include <string.h>

#define OPUS_PRE_ROLL 80000000u /* ns; RFC 7845 4.6 */

static double value(reel_ratio r)
{
    return r.den ? (double)r.num / r.den : 0;
}

static void write_mastering(struct rl_buf *out, const struct rl_mastering *m)
{
    if (!m->present)
        return;
    const reel_ratio *points[4] = { m->r, m->g, m->b, m->white };
    size_t master = rl_ebml_begin(out, ID_MASTERING);
    for (uint32_t i = 0; i < 8; i++)
        rl_ebml_float(out, ID_MASTERING_RED_X + i, value(points[i / 2][i % 2]));
    rl_ebml_float(out, ID_LUMINANCE_MAX, value(m->max_luminance));
    rl_ebml_float(out, ID_LUMINANCE_MIN, value(m->min_luminance));
    rl_ebml_end(out, master);
}

/* Where chroma samples lie, by AVChromaLocation: 1 on the luma sample, 2 half way. */
static void write_siting(struct rl_buf *out, int location)
{
    static const uint8_t horizontal[5] = { 0, 1, 2, 1, 2 }, vertical[5] = { 0, 2, 2, 1, 1 };
    if (location < 1 || location > 4)
        return;
    rl_ebml_uint(out, ID_CHROMA_SITING_HORZ, horizontal[location]);
    rl_ebml_uint(out, ID_CHROMA_SITING_VERT, vertical[location]);
}

/*
 * The size in square pixels. Players take the ratio from it, so it should be exact: one side is stretched, or if that is not
 * a whole number the other is shrunk; where neither is, the stretched one is rounded.
 */
static void write_display_size(struct rl_buf *out, const struct rl_track *track)
{
    if (track->aspect.num <= 0 || track->aspect.den <= 0 || track->aspect.num == track->aspect.den)
        return;
    bool wide = track->aspect.num > track->aspect.den;
    uint64_t big = (uint64_t)(wide ? track->aspect.num : track->aspect.den);
    uint64_t small = (uint64_t)(wide ? track->aspect.den : track->aspect.num);
    uint64_t stretched = (uint64_t)(wide ? track->width : track->height);
    uint64_t other = (uint64_t)(wide ? track->height : track->width);
    if (stretched * big % small != 0 && other * small % big == 0)
        other = other * small / big;
    else
        stretched = (stretched * big + small / 2) / small;
    rl_ebml_uint(out, ID_DISPLAY_WIDTH, wide ? stretched : other);
    rl_ebml_uint(out, ID_DISPLAY_HEIGHT, wide ? other : stretched);
}

static void write_video(struct rl_buf *out, const struct rl_track *track)
{
    size_t video = rl_ebml_begin(out, ID_VIDEO);
    rl_ebml_uint(out, ID_FLAG_INTERLACED, 2); /* progressive */
    rl_ebml_uint(out, ID_PIXEL_WIDTH, (uint64_t)track->width);
    rl_ebml_uint(out, ID_PIXEL_HEIGHT, (uint64_t)track->height);
    write_display_size(out, track);
    size_t colour = rl_ebml_begin(out, ID_COLOUR);
    rl_ebml_uint(out, ID_MATRIX_COEFFICIENTS, (uint64_t)track->colour.matrix);
    if (track->bit_depth > 0)
        rl_ebml_uint(out, ID_BITS_PER_CHANNEL, (uint64_t)track->bit_depth);
    rl_ebml_uint(out, ID_CHROMA_SUBSAMPLING_HORZ, 1);
    rl_ebml_uint(out, ID_CHROMA_SUBSAMPLING_VERT, 1);
    write_siting(out, track->colour.chroma_location);
    rl_ebml_uint(out, ID_RANGE, track->colour.full_range ? 2 : 1);
    rl_ebml_uint(out, ID_TRANSFER, (uint64_t)track->colour.transfer);
    rl_ebml_uint(out, ID_PRIMARIES, (uint64_t)track->colour.primaries);
    if (track->light.present) {
        rl_ebml_uint(out, ID_MAX_CLL, (uint64_t)track->light.max_cll);
        rl_ebml_uint(out, ID_MAX_FALL, (uint64_t)track->light.max_fall);
    }
    write_mastering(out, &track->mastering);
    rl_ebml_end(out, colour);
    rl_ebml_end(out, video);
}

static void write_language(struct rl_buf *out, const char *language)
{
    bool three = strlen(language) == 3;
    rl_ebml_text(out, ID_LANGUAGE, three ? language : "und"); /* left out, it would mean English */
    if (!three && *language)
        rl_ebml_text(out, ID_LANGUAGE_BCP47, language);
}

static void write_sound(struct rl_buf *out, const struct rl_track *track)
{
    size_t audio = rl_ebml_begin(out, ID_AUDIO);
    rl_ebml_float(out, ID_SAMPLING_FREQUENCY, 48000);
    rl_ebml_uint(out, ID_CHANNELS, (uint64_t)track->channels);
    rl_ebml_end(out, audio);
}

static void write_entry(struct rl_buf *out, const struct rl_track *track, const struct rl_webm_track *found,
                        uint32_t number)
{
    static const char *const codecs[] = { "V_AV1", "A_OPUS", "D_WEBVTT/SUBTITLES" };
    static const uint8_t types[] = { 1, 2, 0x11 };
    int kind = strcmp(track->codec, "av1") == 0 ? 0 : strcmp(track->codec, "opus") == 0 ? 1 : 2;
    size_t entry = rl_ebml_begin(out, ID_TRACK_ENTRY);
    rl_ebml_uint(out, ID_TRACK_NUMBER, number);
    rl_ebml_uint(out, ID_TRACK_UID, number);
    rl_ebml_uint(out, ID_TRACK_TYPE, types[kind]);
    rl_ebml_uint(out, ID_FLAG_DEFAULT, track->is_default ? 1 : 0);
    if (track->is_forced)
        rl_ebml_uint(out, ID_FLAG_FORCED, 1);
    rl_ebml_uint(out, ID_FLAG_LACING, 0);
    if (kind == 0 && found->spacing > 0)
        rl_ebml_uint(out, ID_DEFAULT_DURATION,
                     ((uint64_t)found->spacing * 1000000000u + track->timescale / 2) / track->timescale);
    write_language(out, track->language);
    if (track->title && *track->title)
        rl_ebml_text(out, ID_NAME, track->title);
    rl_ebml_text(out, ID_CODEC_ID, codecs[kind]);
    if (kind < 2 && track->private_size > 0)
        rl_ebml_bytes(out, ID_CODEC_PRIVATE, track->codec_private, track->private_size);
    if (kind == 1) {
        rl_ebml_uint(out, ID_CODEC_DELAY, ((uint64_t)track->pre_skip * 1000000000u + 24000) / 48000);
        rl_ebml_uint(out, ID_SEEK_PRE_ROLL, OPUS_PRE_ROLL);
        write_sound(out, track);
    }
    if (kind == 0)
        write_video(out, track);
    rl_ebml_end(out, entry);
}

void rl_webm_tracks(struct rl_buf *out, const struct rl_manifest *manifest, const struct rl_webm_layout *layout)
{
    size_t tracks = rl_ebml_begin(out, ID_TRACKS);
    for (uint32_t i = 0; i < manifest->track_count; i++)
        write_entry(out, &manifest->tracks[i], &layout->tracks[i], i + 1);
    rl_ebml_end(out, tracks);
}
