/* Tables for facts.h. The ranges are what any honest file stays in; the engine cuts what is odd down to them. */
#include "facts.h"

#include "table.h"

#include <string.h>

bool rl_is_picture_format(const char *format)
{
    static const char *const names[] = { "jpeg", "png", "gif", "tiff", "bmp", "webp", "heif", "avif" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(format, names[i]))
            return true;
    }
    return false;
}

#define S struct rl_tag
static const struct rl_field tag_rows[] = {
    RL_STRING(S, key, 1 << 20),
    RL_STRING(S, value, 1 << 20),
};
const struct rl_shape rl_tag_shape = RL_SHAPE("tag", S, tag_rows);
#undef S

#define S struct rl_chapter
static const struct rl_field chapter_rows[] = {
    RL_TIME(S, start),
    RL_TIME(S, end),
    RL_STRING(S, title, 1 << 20),
};
const struct rl_shape rl_chapter_shape = RL_SHAPE("chapter", S, chapter_rows);
#undef S

#define S struct rl_key
static const struct rl_field key_rows[] = {
    RL_F(RL_FIELD_I64, S, ts, 0, 0),
};
static const struct rl_shape key_shape = RL_SHAPE("key", S, key_rows);
#undef S

#define S struct rl_mastering
static const struct rl_field mastering_rows[] = {
    RL_FLAG(S, present),
    { .name = "r_x", .type = RL_FIELD_RATIO, .offset = offsetof(S, r[0]) },
    { .name = "r_y", .type = RL_FIELD_RATIO, .offset = offsetof(S, r[1]) },
    { .name = "g_x", .type = RL_FIELD_RATIO, .offset = offsetof(S, g[0]) },
    { .name = "g_y", .type = RL_FIELD_RATIO, .offset = offsetof(S, g[1]) },
    { .name = "b_x", .type = RL_FIELD_RATIO, .offset = offsetof(S, b[0]) },
    { .name = "b_y", .type = RL_FIELD_RATIO, .offset = offsetof(S, b[1]) },
    { .name = "white_x", .type = RL_FIELD_RATIO, .offset = offsetof(S, white[0]) },
    { .name = "white_y", .type = RL_FIELD_RATIO, .offset = offsetof(S, white[1]) },
    RL_RATIO(S, max_luminance),
    RL_RATIO(S, min_luminance),
};
const struct rl_shape rl_mastering_shape = RL_SHAPE("mastering", S, mastering_rows);
#undef S

#define S struct rl_light
static const struct rl_field light_rows[] = {
    RL_FLAG(S, present),
    RL_I32(S, max_cll, 0, 1000000),
    RL_I32(S, max_fall, 0, 1000000),
};
const struct rl_shape rl_light_shape = RL_SHAPE("light", S, light_rows);
#undef S

#define S struct rl_colour
static const struct rl_field colour_rows[] = {
    RL_I32(S, primaries, 0, 255),
    RL_I32(S, transfer, 0, 255),
    RL_I32(S, matrix, 0, 255),
    RL_FLAG(S, full_range),
    RL_I32(S, chroma_location, 0, 15),
};
const struct rl_shape rl_colour_shape = RL_SHAPE("colour", S, colour_rows);
#undef S

#define S struct rl_stream
static const struct rl_field stream_rows[] = {
    RL_I32(S, index, 0, 999),
    RL_I32(S, kind, 1, 5),
    RL_TEXT(S, codec),
    RL_TEXT(S, profile),
    RL_FLAG(S, decodable),
    RL_FLAG(S, broken),
    RL_TEXT(S, broken_text),
    RL_FLAG(S, is_default),
    RL_FLAG(S, is_forced),
    RL_FLAG(S, attached_picture),
    RL_RATIO(S, time_base),
    RL_TIME(S, start),
    RL_TIME(S, duration),
    RL_I64(S, frames, 0, INT64_MAX),
    RL_I64(S, bit_rate, 0, INT64_MAX),
    RL_TEXT(S, language),
    RL_ARRAY(S, tags, tag_count, 10000, rl_tag_shape),
    RL_I32(S, width, 0, 65536),
    RL_I32(S, height, 0, 65536),
    RL_RATIO(S, aspect),
    RL_RATIO(S, frame_rate),
    RL_I32(S, rotation, 0, 270),
    RL_FLAG(S, mirrored),
    RL_TEXT(S, pixel_format),
    RL_I32(S, bit_depth, 0, 64),
    RL_I32(S, chroma_w, 0, 4),
    RL_I32(S, chroma_h, 0, 4),
    RL_FLAG(S, is_rgb),
    RL_FLAG(S, has_alpha),
    RL_I32(S, interlaced, 0, 2),
    RL_I32(S, sampled_frames, 0, 1000000),
    RL_I32(S, combed_frames, 0, 1000000),
    RL_SUB(S, colour, rl_colour_shape),
    RL_SUB(S, mastering, rl_mastering_shape),
    RL_SUB(S, light, rl_light_shape),
    RL_I32(S, dv_profile, 0, 255),
    RL_I32(S, dv_compatibility, 0, 255),
    RL_FLAG(S, keys_trusted),
    RL_FLAG(S, lossless),
    RL_I32(S, loops, 0, 65535),
    RL_I32(S, clap_x, 0, 65536),
    RL_I32(S, clap_y, 0, 65536),
    RL_I32(S, clap_width, 0, 65536),
    RL_I32(S, clap_height, 0, 65536),
    RL_I32(S, icc, 0, 4),
    RL_FLAG(S, has_exif),
    RL_FLAG(S, has_xmp),
    RL_FLAG(S, gain_map),
    RL_FLAG(S, motion),
    RL_FLAG(S, hides),
    RL_ARRAY(S, keys, key_count, 1000000, key_shape),
    RL_I32(S, sample_rate, 0, INT32_MAX),
    RL_I32(S, channels, 0, 1024),
    RL_TEXT(S, layout),
    RL_I32(S, pre_skip, 0, INT32_MAX),
};
static const struct rl_shape stream_shape = RL_SHAPE("stream", S, stream_rows);
#undef S

#define S struct rl_facts
static const struct rl_field facts_rows[] = {
    RL_TEXT(S, format),
    RL_U64(S, bytes),
    RL_TIME(S, start),
    RL_TIME(S, duration),
    RL_ARRAY(S, streams, stream_count, 1000, stream_shape),
    RL_ARRAY(S, tags, tag_count, 10000, rl_tag_shape),
    RL_ARRAY(S, chapters, chapter_count, 10000, rl_chapter_shape),
    RL_TEXT(S, warning),
};
const struct rl_shape rl_facts_shape = RL_SHAPE("facts", S, facts_rows);
#undef S
