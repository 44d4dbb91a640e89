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
enum { RL_LOUDNESS_OFF, RL_LOUDNESS_MEASURE, RL_LOUDNESS_TARGET };

struct rl_chain_values {
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
};

struct rl_option {
    const char *name;
    int32_t type; /* REEL_OPTION_*: bool and choice are int32_t, int is int64_t, string is char[size] */
    size_t offset, size;
    const char *unit, *help, *choices, *def;
    double min, max;
    uint32_t flags;
};

enum { RL_OPTION_COUNT = 35 };
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

/* "WxH+X+Y" in px; all four at least 0, W and H at least 2. false when it is nothing like that. */
bool rl_crop_parse(const char *text, int32_t *width, int32_t *height, int32_t *x, int32_t *y);

/* A set of options: the values, and which of them were set. */
struct reel_options {
    reel_ctx *ctx;
    struct rl_chain_values v;
    bool set[RL_OPTION_COUNT];
};

#endif
