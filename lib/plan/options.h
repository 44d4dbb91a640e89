/*
 * The options of a chain: one table describes them all. The values of a chain are a plain struct, so that code reads
 * `chain->v.video_quality`; the table knows where in it each option stands.
 */
#ifndef RL_PLAN_OPTIONS_H
#define RL_PLAN_OPTIONS_H

#include <reel/option.h>

#include "../base/buf.h"
#include "../base/err.h"

/* Places of the words in `choices`. */
enum { RL_ENCODER_CHOICE_AUTO, RL_ENCODER_CHOICE_SVTAV1, RL_ENCODER_CHOICE_AOM };
enum { RL_DEPTH_AUTO, RL_DEPTH_8, RL_DEPTH_10 };
enum { RL_FIT_CONTAIN, RL_FIT_COVER, RL_FIT_FILL, RL_FIT_PAD };
enum { RL_ASPECT_KEEP, RL_ASPECT_SQUARE };
enum { RL_DEINTERLACE_AUTO, RL_DEINTERLACE_OFF, RL_DEINTERLACE_ON };
enum { RL_HDR_KEEP, RL_HDR_TONEMAP };
enum { RL_STREAMS_FIRST, RL_STREAMS_ALL };
enum { RL_OUTPUT_WEBM, RL_OUTPUT_AVIF, RL_OUTPUT_WEBP, RL_OUTPUT_NONE };
enum { RL_PICTURE_CONTAIN, RL_PICTURE_COVER, RL_PICTURE_FILL, RL_PICTURE_EXACT };
enum { RL_PICTURE_PROFILE_AUTO, RL_PICTURE_PROFILE_SRGB, RL_PICTURE_PROFILE_EMBED };
enum { RL_PICTURE_DEPTH_AUTO, RL_PICTURE_DEPTH_8, RL_PICTURE_DEPTH_10, RL_PICTURE_DEPTH_12 };
enum { RL_CHROMA_AUTO, RL_CHROMA_420, RL_CHROMA_444 };
enum { RL_ANIMATED_AUTO, RL_ANIMATED_FIRST };
enum { RL_ANIMATION_NONE, RL_ANIMATION_WEBP, RL_ANIMATION_AVIF };
enum { RL_PREVIEW_WEBP, RL_PREVIEW_AVIF };
enum { RL_LOUDNESS_OFF, RL_LOUDNESS_MEASURE, RL_LOUDNESS_TARGET };

struct rl_chain_values {
    int32_t output_format;

    int32_t video_enabled;
    int64_t video_stream; /* -1: chosen by rule */
    int32_t video_codec;
    int32_t video_encoder;
    int64_t video_speed;
    int64_t video_quality;
    int32_t video_depth;
    int64_t video_width, video_height; /* the box; 0: not bounded */
    int32_t video_fit;
    int32_t video_enlarge;
    char video_crop[48];
    int32_t video_rotate; /* quarter turns clockwise: the place of the word is the number */
    int32_t video_aspect;
    reel_ratio video_frame_rate_max; /* den 0: none */
    int32_t video_deinterlace;
    double video_denoise;
    int32_t video_hdr;
    int64_t video_grain;
    char video_filter[1024];

    int32_t audio_enabled;
    int32_t audio_streams;
    int64_t audio_bit_rate;
    int64_t audio_channels;
    int64_t audio_complexity;
    double audio_gain;
    int32_t audio_loudness;
    double audio_loudness_target;
    double audio_peak_limit;

    int32_t text_enabled;
    int32_t meta_tags, meta_chapters;
    int32_t copy_enabled;
    int64_t segment_min, segment_max;

    int64_t picture_width, picture_height; /* the box; 0: not bounded */
    int32_t picture_fit;
    int32_t picture_enlarge;
    char picture_focus[48];
    char picture_crop[48];
    int32_t picture_rotate; /* quarter turns clockwise */
    char picture_background[16];
    int64_t picture_quality, picture_speed;
    int32_t picture_lossless;
    int64_t picture_max_bytes;
    int32_t picture_profile;
    int32_t picture_metadata; /* the place of the word is the engine's number */
    int32_t picture_hdr;
    int32_t picture_depth;
    int32_t picture_chroma;
    int32_t picture_animated;
    int64_t picture_time; /* -1: the best */
    int64_t picture_candidates;

    int64_t preview_posters, preview_poster_width;
    int32_t preview_storyboard;
    int64_t preview_interval, preview_tile_width, preview_columns, preview_rows;
    int32_t preview_animation;
    int64_t preview_animation_width, preview_moments, preview_moment, preview_animation_rate;
    int32_t preview_placeholder;
    int32_t preview_waveform;
    int64_t preview_waveform_zoom, preview_waveform_width, preview_waveform_height;
    int32_t preview_loudness;
    int32_t preview_format;
    int64_t preview_quality, preview_speed;
};

/* Are there previews to be made: of pictures, of sound? */
static inline bool rl_wants_pictures(const struct rl_chain_values *v)
{
    return v->preview_posters > 0 || v->preview_storyboard || v->preview_animation || v->preview_placeholder;
}

static inline bool rl_wants_wave(const struct rl_chain_values *v)
{
    return v->preview_waveform || v->preview_loudness;
}

struct rl_option {
    const char *name;
    int32_t type; /* REEL_OPTION_*: bool and choice are int32_t, int is int64_t, string is char[size] */
    size_t offset, size;
    const char *unit, *help, *choices, *def;
    double min, max;
    uint32_t flags;
};

enum { RL_OPTION_COUNT = 77 };
extern const struct rl_option rl_options[RL_OPTION_COUNT];

/* The place of that name in the table, or -1. */
int rl_option_index(const char *name);

/* Reads a value from text into its place. Returns 0, or REEL_ERR_OPTION with the range or the choices in the text; then the
 * values are as before. Locale-independent. */
int rl_option_parse(const struct rl_option *option, const char *text, struct rl_chain_values *values, reel_error *err);

/* Likewise from numbers. */
int rl_option_from_int(const struct rl_option *option, int64_t value, struct rl_chain_values *values, reel_error *err);
int rl_option_from_double(const struct rl_option *option, double value, struct rl_chain_values *values,
                          reel_error *err);

/* Appends the value as the text that rl_option_parse reads; the shortest that gives a double back exactly. */
void rl_option_format(const struct rl_option *option, const struct rl_chain_values *values, struct rl_buf *out);

/* All defaults. 0 or REEL_ERR_NOMEM. */
int rl_option_defaults(struct rl_chain_values *values);

bool rl_option_equal(const struct rl_option *option, const struct rl_chain_values *a, const struct rl_chain_values *b);
void rl_option_copy(const struct rl_option *option, struct rl_chain_values *to, const struct rl_chain_values *from);

/* "WxH+X+Y" in px; all four at least 0, W and H at least 1. false when it is nothing like that. */
bool rl_crop_parse(const char *text, int32_t *width, int32_t *height, int32_t *x, int32_t *y);
/* "centre", "attention" or "X,Y" with 0 … 1. */
bool rl_focus_parse(const char *text, bool *attention, double *x, double *y);
/* "#rrggbb". */
bool rl_rgb_parse(const char *text, uint32_t *rgb);

/* A set of options: the values, and which of them were set. */
struct reel_options {
    reel_ctx *ctx;
    struct rl_chain_values v;
    bool set[RL_OPTION_COUNT];
};

#endif
