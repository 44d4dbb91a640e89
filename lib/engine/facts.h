/* Facts: what a probe says of an input. Plain data with a shape; see shape.h. */
#ifndef RL_ENGINE_FACTS_H
#define RL_ENGINE_FACTS_H

#include "shape.h"

struct rl_tag {
    char *key;
    char *value;
};

struct rl_chapter {
    int64_t start, end; /* us */
    char *title;        /* may be NULL */
};

/* A keyframe that a run can start at: the container's own index, thinned to at most one a second. */
struct rl_key {
    int64_t ts; /* as the container's index has it (mov: dts, matroska: pts), in the stream's time base */
};

struct rl_mastering { /* SMPTE ST 2086 */
    int32_t present;
    reel_ratio r[2], g[2], b[2], white[2]; /* CIE 1931 x, y */
    reel_ratio max_luminance, min_luminance; /* cd/m2 */
};

struct rl_light { /* CTA-861.3 */
    int32_t present;
    int32_t max_cll, max_fall; /* cd/m2 */
};

struct rl_colour { /* H.273 code points; 2 unspecified */
    int32_t primaries, transfer, matrix;
    int32_t full_range;      /* 0 or 1 */
    int32_t chroma_location; /* as AVChromaLocation: 0 unspecified, 1 left, 2 centre, 3 top-left, … */
};

struct rl_stream {
    int32_t index;
    int32_t kind; /* REEL_STREAM_* */
    char codec[32];
    char profile[48];
    int32_t decodable;  /* 1: this build decodes it and it is on the allow-list */
    int32_t broken;     /* 1: parameters are missing or contradict each other; broken_text says which */
    char broken_text[96];
    int32_t is_default, is_forced;
    int32_t attached_picture;
    reel_ratio time_base;
    int64_t start;    /* in time_base; REEL_NO_TIME unknown */
    int64_t duration; /* in time_base; REEL_NO_TIME unknown */
    int64_t frames;   /* samples shown, by the container's index (what an edit list hides is not counted); 0 unknown */
    int64_t bit_rate; /* bit/s; 0 unknown */
    char language[16];
    struct rl_tag *tags;
    uint32_t tag_count;

    /* video and pictures */
    int32_t width, height; /* as decoded, before rotation */
    reel_ratio aspect;     /* sample aspect ratio; den 0 unknown */
    reel_ratio frame_rate; /* average; den 0 unknown */
    int32_t rotation;      /* 0, 90, 180, 270 clockwise, to be applied */
    int32_t mirrored;      /* left-right, to be applied before the rotation */
    char pixel_format[32];
    int32_t bit_depth;
    int32_t chroma_w, chroma_h; /* log2 of the subsampling; rgb and 4:4:4: 0, 0 */
    int32_t is_rgb, has_alpha;
    int32_t interlaced;      /* 0 progressive, 1 top first, 2 bottom first: from codec and frame flags */
    int32_t sampled_frames;  /* frames looked at for combing */
    int32_t combed_frames;   /* of these, combed */
    struct rl_colour colour;
    struct rl_mastering mastering;
    struct rl_light light;
    int32_t dv_profile, dv_compatibility; /* Dolby Vision; 0 none */

    /* index */
    int32_t keys_trusted; /* 1: keys are complete and a seek to each is exact */
    struct rl_key *keys;
    uint32_t key_count;

    /* pictures (files of one, and animations) */
    int32_t lossless;      /* 1: held without loss: PNG, GIF, BMP, … */
    int32_t loops;         /* how often an animation plays; 0: for ever */
    int32_t clap_x, clap_y, clap_width, clap_height; /* to be cut out before turning; clap_width 0: all */
    int32_t icc;           /* colour profile: 0 none, 1 sRGB or like it, 2 another RGB, 3 gray, 4 other (CMYK, Lab) */
    int32_t has_exif, has_xmp;
    int32_t gain_map;      /* 1: an HDR gain map is there */
    int32_t motion;        /* 1: a motion photo: a video is behind the picture */

    int32_t hides;        /* 1: an edit list hides packets that a copy of the stream would show */

    /* sound */
    int32_t sample_rate, channels;
    char layout[64];
    int32_t pre_skip; /* Opus: samples at 48 kHz that a decoder drops at the start */
};

struct rl_facts {
    char format[32]; /* short name of the demuxer: "mov", "matroska", … */
    uint64_t bytes;
    int64_t start;    /* us, smallest start of all streams */
    int64_t duration; /* us; REEL_NO_TIME unknown */
    struct rl_stream *streams;
    uint32_t stream_count;
    struct rl_tag *tags;
    uint32_t tag_count;
    struct rl_chapter *chapters;
    uint32_t chapter_count;
    char warning[192]; /* "" or what is odd about the container: truncated, … */
};

/* Is it the format of a picture file ("jpeg", "heif", …), which no demuxer opens? */
bool rl_is_picture_format(const char *format);

extern const struct rl_shape rl_facts_shape;
extern const struct rl_shape rl_mastering_shape, rl_light_shape, rl_colour_shape, rl_tag_shape, rl_chapter_shape;

#endif
