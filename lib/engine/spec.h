/*
 * Specs and results of the jobs. Plain data with a shape; see shape.h. Everything is resolved: a spec has no "auto".
 *
 * Timelines. A stream's own timestamps are in its time_base. The output's timeline starts at `origin` (in the same
 * time_base): out = ts - origin. Chunks of video carry out * timescale / time_base, where timescale is chosen by the plan
 * so that this is exact; sound is in 48 kHz samples.
 */
#ifndef RL_ENGINE_SPEC_H
#define RL_ENGINE_SPEC_H

#include "facts.h"

struct rl_probe_spec {
    char format[32]; /* short demuxer name that the sniffer chose; "" lets the engine choose from its allow-list */
    int32_t sample;  /* 1: also decode a few frames at several places to look for combing */
};

/* A cut between two segments. */
struct rl_cut {
    int64_t ts;  /* REEL_NO_TIME: the stream's begin or end */
    int32_t key; /* 1: ts is a key of the index (facts.h); the cut is at that keyframe's pts. 0: ts is a pts */
};

enum rl_encoder { RL_ENCODER_SVTAV1 = 1, RL_ENCODER_AOM = 2 };
enum rl_deinterlace { RL_DEINT_OFF = 0, RL_DEINT_FLAGGED = 1, RL_DEINT_ALL = 2 };

/* What is done to the pictures, in this order. Sizes are of what the step before gives. */
struct rl_picture_spec {
    int32_t deinterlace;  /* enum rl_deinterlace */
    int32_t field_parity; /* -1 by frame flags, 0 top first, 1 bottom first */
    int32_t mirrored;     /* left-right, before turning */
    int32_t rotation;     /* clockwise 0, 90, 180, 270 */
    int32_t crop_x, crop_y, crop_width, crop_height; /* crop_width 0: none */
    int32_t width, height;         /* scaled to */
    int32_t pad_width, pad_height; /* 0: none; the picture stands in the middle of black */
    reel_ratio frame_rate_cap;     /* den 0: none; else at most one frame per slot of 1 / cap */
    double denoise;                /* 0 none … 10 strong (hqdn3d) */
    int32_t tonemap;               /* 1: HDR to BT.709 SDR */
    char expert[1024];             /* a libavfilter chain, "" none; between denoise and the format */
    char pixel_format[32];         /* what the encoder gets: yuv420p or yuv420p10le */
    struct rl_colour source;       /* what the pictures are taken as where a frame does not say (never unspecified for
                                      matrix and range) */
    struct rl_colour colour;       /* what the output says it is */
};

/* Small pictures that a video run takes for previews on its way (media/preview/tap.h). All zero: none. us, px. */
struct rl_tap_spec {
    int64_t interval; /* between tiles of a storyboard; 0: nothing is taken */
    int32_t tile_width, tile_height;
    int32_t poster_width, poster_height; /* 0: no candidates for the poster */
    int32_t moving_width, moving_height; /* 0: no moments */
    int32_t moving_rate;                 /* frames per second */
    int32_t moments;                     /* how many places are shown */
    int64_t moment;                      /* length of each */
    int64_t duration;                    /* of the whole */
};

struct rl_video_spec {
    char format[32]; /* demuxer */
    int32_t stream;
    char codec[32]; /* as in the facts; the job refuses another */
    reel_ratio time_base;
    int64_t origin;
    uint32_t timescale; /* of the chunks */
    /* The run: segments first_index … that are decoded in one go. cuts[0] is the begin, cuts[count-1] the end. With
     * `every` > 0 there are two cuts and the job cuts by itself, at the first frame at or after origin + n * every. */
    uint32_t first_index;
    struct rl_cut *cuts;
    uint32_t cut_count;
    int64_t every; /* in time_base */
    int64_t trim_start, trim_end; /* pts; frames outside are left out and not counted; REEL_NO_TIME: none */
    int64_t frame_duration;       /* in time_base: of a frame that does not say; > 0 */
    struct rl_picture_spec picture;
    reel_ratio aspect; /* sample aspect ratio of the output */
    int32_t encoder;   /* enum rl_encoder */
    int32_t preset;    /* libreel's speed level, 0 slow … 9 fast; the engine maps it to its encoder's version */
    int32_t crf;       /* 1 … 63, AV1's quantizer scale */
    int32_t grain;     /* film grain synthesis, 0 … 50 */
    reel_ratio frame_rate; /* nominal, for the encoder's rate control */
    struct rl_mastering mastering;
    struct rl_light light;
    int32_t threads; /* CPUs that the job may use at once; does not change the bytes */
    struct rl_tap_spec tap;
};

struct rl_audio_spec {
    char format[32];
    int32_t stream;
    char codec[32];
    reel_ratio time_base;
    int64_t origin;
    int64_t trim_start, trim_end; /* pts; REEL_NO_TIME: none */
    /* Where ticks are too coarse for sound (AVI counts its packets), in 48 kHz samples, else 0: the exact origin behind the
     * tick `origin`, and the length of the trimmed range. */
    int64_t shift, length;
    int64_t duration;             /* expected, in time_base; REEL_NO_TIME unknown. For progress only */
    int32_t channels;             /* 1 … 8, after mapping */
    int32_t family;               /* Opus channel mapping family: 0 for 1 and 2 channels, else 1 */
    int32_t bit_rate;             /* bit/s, all channels */
    int32_t complexity;           /* 0 … 10 */
    int32_t seekable;             /* 1: the demuxer's seek is good enough to skip ahead for trim_start */
    double gain;                  /* dB, applied to the samples */
    int32_t measure;              /* 1: EBU R128 in the same pass */
    double target;                /* LUFS; with has_target the output gain of the header is set for it */
    int32_t has_target;
    double peak_limit;            /* dBTP that the header gain must not lift the true peak over */
    uint32_t segment_packets;     /* packets of 20 ms per segment: 500 is 10 s */
    uint32_t pre_roll_packets;    /* encoded before each segment and discarded: 25 is 500 ms */
    int32_t threads;
};

struct rl_text_spec {
    char format[32];
    int32_t stream;
    char codec[32];
    reel_ratio time_base;
    int64_t origin;
    int64_t trim_start, trim_end; /* pts */
};

struct rl_copy_spec {
    char format[32];
    int32_t stream;
    char codec[32]; /* "av1" or "opus" */
    reel_ratio time_base;
    int64_t origin;
    uint32_t timescale;
    int64_t every;          /* in time_base: chunks are cut at the first keyframe at or after n * every */
    int64_t frame_duration; /* in time_base */
};

/* Where a picture comes from: a picture file, or a stream of any other. */
struct rl_still_source {
    char type[16];   /* of a picture file: "jpeg", "heif", … as still.h knows them; "" when it is a stream's */
    char format[32]; /* else: demuxer */
    int32_t stream;
    char codec[32];
    reel_ratio time_base;
    int64_t origin;
    int32_t attached;   /* 1: the stream is cover art: its only packet is a picture */
    int64_t time;       /* us on the output's timeline: of the frame wanted; REEL_NO_TIME: the best of the candidates */
    int32_t candidates; /* keyframes to choose among */
    int64_t duration;   /* us of the stream, expected; REEL_NO_TIME unknown */
};

enum rl_still_format { RL_STILL_AVIF = 1, RL_STILL_WEBP = 2 };
enum rl_focus { RL_FOCUS_POINT, RL_FOCUS_ATTENTION };
enum rl_profile { RL_PROFILE_SRGB, RL_PROFILE_EMBED };

/* What is done to a picture, in this order, and how it is written. Sizes are of what the step before gives. */
struct rl_still_spec {
    int32_t clap_x, clap_y, clap_width, clap_height; /* cut out of the stored picture; clap_width 0: nothing */
    int32_t mirrored;   /* left-right, before turning */
    int32_t rotation;   /* clockwise 0, 90, 180, 270 */
    int32_t crop_x, crop_y, crop_width, crop_height; /* crop_width 0: none */
    int32_t width, height;             /* scaled to */
    int32_t window_width, window_height; /* 0: none; else cut out of the scaled picture around the focus */
    int32_t focus;                     /* enum rl_focus */
    double focus_x, focus_y;           /* 0 … 1 of the picture, with RL_FOCUS_POINT */
    int32_t pad_width, pad_height;     /* 0: none; the picture stands in the middle of the background */
    int32_t has_background;            /* 1: laid under what is transparent; bars have it too */
    uint32_t background;               /* 0xRRGGBB, sRGB; without has_background bars are transparent */
    int32_t tonemap;                   /* 1: HDR to sRGB */
    int32_t profile;                   /* enum rl_profile: pixels are converted to sRGB, or keep theirs with it embedded */
    int32_t metadata;                  /* enum rl_metadata of still/meta.h: 0 web, 1 keep, 2 strip */
    struct rl_colour source;           /* what the pixels are taken as where a frame does not say */
    int32_t format;                    /* enum rl_still_format */
    int32_t quality, speed, lossless;  /* as in still/writer.h */
    int32_t depth;                     /* 8, 10 or 12 */
    int32_t chroma;                    /* 420, 422, 444; 400 for gray */
    int32_t alpha;                     /* 1: the output has alpha */
    uint64_t max_bytes;                /* 0: none; else quality is lowered until it fits */
    int32_t animated;                  /* 1: all frames; 0: the first */
    int32_t threads;                   /* CPUs that may be used at once; does not change the bytes */
    int32_t stored_width, stored_height; /* of the picture file when it was planned; 0: not known */
};

struct rl_picture_job_spec {
    struct rl_still_source source;
    struct rl_still_spec still;
};

struct rl_picture_result {
    uint32_t chunks;        /* 1 */
    int32_t width, height;  /* of the output */
    uint64_t frames_in, frames_out;
    int64_t duration;       /* us of an animation; 0 for a still */
    int64_t time;           /* us: of the frame that was taken out of a stream; REEL_NO_TIME: a file */
    int32_t quality;        /* with which it was written, after max_bytes */
    uint64_t decode_errors;
    int32_t truncated;
    char note[128];         /* "" or what is odd */
};

/* Products: what people look at before they play. One job makes those of the pictures, one those of the sound. */
struct rl_preview_spec {
    struct rl_still_source source; /* time and candidates are those of the poster */
    struct rl_still_spec poster;   /* as the upright picture is to be written: its geometry, colour, format, quality, speed */
    int32_t posters;               /* 0 … 20: the best one, or so many spread over the whole */
    int32_t storyboard;            /* 1: sheets and their WebVTT */
    int32_t tile_width, tile_height;
    int32_t columns, rows;         /* of a sheet */
    int64_t interval;              /* us between tiles */
    int32_t animation;             /* enum rl_still_format; 0: none */
    int32_t animation_width, animation_height;
    int32_t moments;               /* how many places are shown */
    int64_t moment;                /* us of each */
    int32_t animation_rate;        /* frames per second */
    int32_t placeholder;           /* 1: BlurHash, ThumbHash, average colour, of the first poster */
    int32_t from_tiles;            /* 1: pictures come as chunks of a transcode beside it (chunk_fd), not from the input */
    uint32_t tiles;                /* number of these chunks */
};

struct rl_wave_spec {
    char format[32];
    int32_t stream;
    char codec[32];
    reel_ratio time_base;
    int64_t origin;
    int64_t trim_start, trim_end; /* pts; REEL_NO_TIME: none */
    int64_t duration;             /* us, expected; REEL_NO_TIME unknown */
    int32_t waveform;             /* 1: peaks as binary and as JSON, and a picture */
    int32_t samples_per_pixel;    /* of the peaks */
    int32_t split;                /* 1: a channel each; 0: all mixed */
    int32_t bits;                 /* 8 or 16, of a peak */
    int32_t width, height;        /* px of the picture; 0: no picture */
    uint32_t colour, background;  /* 0xRRGGBBAA */
    int32_t picture;              /* enum rl_still_format */
    int32_t loudness;             /* 1: EBU R 128, and as JSON */
    int32_t threads;
};

struct rl_product {
    char name[64]; /* of a file: "poster.webp", "storyboard-1.webp", "storyboard.vtt", "waveform.dat", … */
    char kind[16]; /* "poster", "storyboard", "animation", "placeholder", "waveform", "loudness" */
    char mime[48];
    uint32_t chunk;        /* index of the chunk that is its bytes */
    int32_t width, height; /* px; 0: no picture */
    int64_t time;          /* us: of the frame, or of the first of them; REEL_NO_TIME */
    int64_t duration;      /* us; 0 for a still */
    uint32_t frames;       /* pictures in it */
};

struct rl_preview_result {
    uint32_t chunks;
    struct rl_product *products;
    uint32_t product_count;
    uint64_t frames_in; /* decoded */
    uint64_t decode_errors;
    int32_t truncated;
    char blurhash[128];  /* "" none */
    char thumbhash[64];  /* base64 */
    char average[8];     /* "#rrggbb" */
    double loudness, loudness_range, true_peak; /* as in rl_run_result; all 0: not measured, or silence */
    char note[128];
};

/* Result of video, audio, text and copy jobs. */
struct rl_run_result {
    uint32_t chunks;        /* emitted or skipped because they were not wanted */
    uint64_t samples_in;    /* decoded within the range: frames, or samples at 48 kHz (what silence filled not counted) */
    uint64_t samples_out;   /* in the chunks, skipped ones included as far as known */
    uint64_t dropped;       /* left out on purpose (frame-rate cap) */
    uint64_t decode_errors;
    uint64_t filled;        /* 48 kHz samples of silence put into gaps */
    int64_t first;          /* pts of the first sample, in time_base; REEL_NO_TIME none */
    int64_t end;            /* pts behind the last sample */
    int32_t truncated;      /* 1: the demuxer reported an error or the file ended inside a packet */
    int32_t channels_in;    /* audio: as decoded */
    double loudness;        /* LUFS integrated; 0 when not measured */
    double loudness_range;  /* LU */
    double true_peak;       /* dBTP */
    char note[128];         /* "" or what is odd: "timestamps jump at …" */
};

/* The manifest: what a job has made; also the spec of the join. The renditions are called tracks inside. */
struct rl_chunk {
    uint32_t index;
    int64_t start, duration; /* in timescale */
    uint64_t samples, bytes;
    uint8_t digest[REEL_DIGEST_SIZE];
};

struct rl_track {
    int32_t kind;   /* REEL_STREAM_* */
    int32_t stream; /* index in the input */
    char codec[16]; /* "av1", "opus", "webvtt" */
    char codec_string[48]; /* RFC 6381 */
    char language[16];
    char *title; /* may be NULL */
    int32_t is_default, is_forced;
    uint32_t timescale;
    uint32_t private_size;
    uint8_t codec_private[512];
    uint8_t init[REEL_DIGEST_SIZE]; /* init segment in the store; zero for text */
    /* video */
    int32_t width, height;
    reel_ratio aspect;     /* sample aspect ratio */
    reel_ratio frame_rate; /* den 0 unknown */
    int32_t bit_depth;
    struct rl_colour colour;
    struct rl_mastering mastering;
    struct rl_light light;
    /* sound */
    int32_t channels;
    int32_t pre_skip;
    struct rl_chunk *chunks;
    uint32_t chunk_count;
};

struct rl_manifest {
    int32_t version; /* 1 */
    char generator[64]; /* "libreel 0.1.0" */
    struct rl_track *tracks;
    uint32_t track_count;
    struct rl_tag *tags;
    uint32_t tag_count;
    struct rl_chapter *chapters;
    uint32_t chapter_count;
};

struct rl_join_result {
    uint64_t bytes;
    int64_t duration; /* us */
    uint64_t packets;
};

/* Per track of the manifest, in its order. */
struct rl_verify_track {
    int32_t kind;
    uint64_t samples;  /* video: packets; sound: 48 kHz samples after pre-skip and end padding; text: cues */
    int64_t start;     /* us of the first sample */
    int64_t end;       /* us behind the last */
    uint64_t disorder; /* timestamps that do not rise */
};

struct rl_verify_spec {
    int32_t decode; /* 1: decode everything and count frames and samples */
    char type[16];  /* "webp" or "avif": the file is a picture; "": WebM */
};

struct rl_verify_result {
    int64_t duration; /* us, as the container says */
    int32_t cues_at_front;
    struct rl_verify_track *tracks; /* one of kind REEL_STREAM_PICTURE for a picture: samples are its frames */
    uint32_t track_count;
    int32_t width, height; /* of a picture */
};

extern const struct rl_shape rl_probe_spec_shape, rl_video_spec_shape, rl_audio_spec_shape, rl_text_spec_shape,
    rl_copy_spec_shape, rl_picture_job_spec_shape, rl_picture_result_shape, rl_preview_spec_shape, rl_wave_spec_shape,
    rl_preview_result_shape, rl_run_result_shape, rl_manifest_shape, rl_join_result_shape, rl_verify_spec_shape,
    rl_verify_result_shape;

#endif
