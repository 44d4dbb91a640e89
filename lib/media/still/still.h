/*
 * Pictures out of foreign files: one reader per kind of file, all behind this header.
 *
 * A reader works on the whole file in memory (pictures are small, and their libraries want it so) and gives frames, one
 * for a still, all in turn for an animation, each a whole picture of the canvas: disposal and blending are done.
 *
 * Frames: AVFrame with the pixels as they are in the file, as far as its pixel formats go: YCbCr of any subsampling (JPEG's
 * with color_range full), GBR and packed RGB, gray, each with alpha or without, 8 to 16 bits. Never palettes, CMYK or Lab:
 * the reader turns those into RGB. Colour tags of the frame are those of rl_still_info. Alpha is not premultiplied, but
 * where `premultiplied` of the info says so. pts and duration are in us, from 0.
 *
 * Orientation is not applied by readers, and neither is what a HEIF or AVIF file asks for by irot, imir and clap: the
 * info says what is to be done (and no reader lets its library do it).
 *
 * Limits are checked before anything is decoded: pixels and bytes of memory of flow->env->limits, frames, and what the
 * libraries themselves can bound. [one thread at a time]
 */
#ifndef RL_MEDIA_STILL_H
#define RL_MEDIA_STILL_H

#include "../step.h"

#include "../../engine/facts.h"

enum rl_icc { RL_ICC_NONE, RL_ICC_SRGB, RL_ICC_RGB, RL_ICC_GRAY, RL_ICC_OTHER };

struct rl_still_info {
    int32_t width, height; /* of a frame at full size, before crop and turning */
    int32_t crop_x, crop_y, crop_width, crop_height; /* clap: to be cut out first, before turning; crop_width 0: none */
    int32_t mirrored;      /* left-right, before turning */
    int32_t rotation;      /* clockwise 0, 90, 180, 270 */
    uint32_t frames;       /* 1 for a still; 0: an animation of unknown length */
    int32_t loops;         /* how often an animation plays; 0: for ever */
    int64_t duration;      /* us of an animation; 0 unknown or a still */
    int32_t bit_depth, has_alpha, premultiplied;
    int32_t lossless;      /* 1: the file holds its pixels without loss (PNG, GIF, BMP, lossless WebP): graphics, likely */
    enum AVPixelFormat pixel_format; /* of the frames */
    struct rl_colour colour; /* never unspecified in matrix and range; primaries and transfer as told, 2 if not */
    struct rl_mastering mastering;
    struct rl_light light;
    enum rl_icc icc_kind;
    int32_t gain_map;      /* 1: an HDR gain map is there (and is not used) */
    int32_t motion;        /* 1: a motion photo: a video is behind or beside the picture */
    char note[96];         /* "" or what was odd and mended: "the end is missing", … */
    /* borrowed from the reader; size 0: none. Exif without the "Exif\0\0" of JPEG: begins with II or MM */
    const uint8_t *icc, *exif, *xmp;
    size_t icc_size, exif_size, xmp_size;
};

/* What the caller is going to do: a reader may give less than the full size when it is cheaper. */
struct rl_still_hint {
    int32_t width, height; /* the frame may be smaller than in the file as long as it is at least twice this; 0: full size */
    int32_t first_only;    /* 1: only the first frame of an animation is wanted */
    int32_t threads;       /* CPUs that may be busy at once, at least 1 */
};

struct rl_still;

/* type: "jpeg", "png", "gif", "tiff", "bmp", "webp", "heif", "avif". data is borrowed and must outlive the reader. Returns
 * 0, REEL_ERR_FORMAT, REEL_ERR_INVALID_DATA, REEL_ERR_UNSUPPORTED, limits, REEL_ERR_NOMEM. */
int rl_still_open(struct rl_still **out, struct rl_flow *flow, const char *type, const uint8_t *data, size_t size,
                  const struct rl_still_hint *hint);
const struct rl_still_info *rl_still_info(const struct rl_still *still);
/* The next frame; its size may be smaller than the info's where the hint allows it, its shape is the same to a pixel. 0, REEL_END,
 * REEL_ERR_INVALID_DATA, REEL_ERR_CANCELLED, REEL_ERR_NOMEM. A picture whose end is missing is given as far as it goes (the
 * rest gray), and counts as damage. */
int rl_still_read(struct rl_still *still, AVFrame *frame);
/* Damage met so far. */
uint64_t rl_still_damage(const struct rl_still *still);
void rl_still_close(struct rl_still **still);

/* A whole file into memory, as far as the limits allow; free *data with rl_free. A 0 that is not counted follows. */
int rl_still_load(struct rl_flow *flow, int fd, uint8_t **data, size_t *size);

/* What a probe says of a picture file: one stream, facts->format is its type. The caller fills nothing but zeros before. */
struct rl_facts;
struct rl_probe_spec;
int rl_probe_still(struct rl_flow *flow, int fd, const struct rl_probe_spec *spec, struct rl_facts *facts);

/* Is it one of ours? And does this build read it? */
bool rl_still_type(const char *type);
bool rl_still_present(const char *type);

/* One kind of reader, for still.c. The head of each reader's own struct is struct rl_still. */
struct rl_still_ops {
    int (*read)(struct rl_still *still, AVFrame *frame);
    void (*close)(struct rl_still *still); /* frees what open made; the struct itself too */
};
struct rl_still {
    const struct rl_still_ops *ops;
    struct rl_flow *flow;
    struct rl_still_info info;
    struct rl_still_hint hint;
    const uint8_t *data;
    size_t size;
    uint64_t damage;
    uint64_t given; /* frames read so far; still.c counts */
};
int rl_still_open_jpeg(struct rl_still **out, const struct rl_still *head);
int rl_still_open_coded(struct rl_still **out, const struct rl_still *head, const char *type); /* PNG, GIF, TIFF, BMP: libavcodec */
int rl_still_open_webp(struct rl_still **out, const struct rl_still *head);
int rl_still_open_heif(struct rl_still **out, const struct rl_still *head);
int rl_still_open_avif(struct rl_still **out, const struct rl_still *head);

/* Gives a frame the colours of the info, and the times of a still. */
void rl_still_tag(const struct rl_still *still, AVFrame *frame);

/* pixels over the limit? Fills err. */
int rl_still_check_size(struct rl_flow *flow, int64_t width, int64_t height);

#endif
