/* What the readers of HEIF, AVIF and WebP share: planes of a library into a frame, and code points into colours. */
#ifndef RL_MEDIA_STILL_READ_PLANES_H
#define RL_MEDIA_STILL_READ_PLANES_H

#include "../still.h"

/* How a library holds its pixels: planes of Y, Cb, Cr (or, with matrix 0, G, B, R) and alpha. */
struct rl_planes {
    int32_t width, height;
    int32_t mono;               /* 1: no chroma */
    int32_t shift_x, shift_y;   /* of chroma: 0 or 1 */
    int32_t rgb;                /* 1: the planes are G, B, R */
    int32_t alpha;              /* 1: there is a plane of it */
    int32_t depth;              /* of the frame: 8, 10, 12 or 16 bits */
    const uint8_t *data[4];     /* fourth: alpha, of the size of the first */
    size_t stride[4];
    int32_t bits[4];            /* of each plane, brought to depth; more than 8: two bytes, native order */
};

/* The frame's format for these: gray with alpha is YA8, and of more bits (FFmpeg has none) YUVA 4:4:4 of no colour. */
enum AVPixelFormat rl_planes_format(const struct rl_planes *planes);
/* Nearest depth that a frame can have. */
int32_t rl_planes_depth(int32_t bits);

/* Fills an empty frame. 0, REEL_ERR_NOMEM, REEL_ERR_CANCELLED. */
int rl_planes_copy(struct rl_flow *flow, const struct rl_planes *planes, const struct rl_colour *colour,
                   AVFrame *frame);
/* An empty frame of that size, with buffers and tags. 0, REEL_ERR_NOMEM. */
int rl_planes_frame(struct rl_flow *flow, AVFrame *frame, enum AVPixelFormat format, int32_t width, int32_t height,
                    const struct rl_colour *colour);

/*
 * H.273 code points from a file, mended: what is reserved or unspecified becomes 2, for the matrix BT.601 (the default of HEIF
 * and AVIF), and so does an identity matrix where the chroma is not full (sub_sampled).
 */
struct rl_colour rl_code_points(int primaries, int transfer, int matrix, int full_range, bool sub_sampled);
/* PQ or HLG? */
bool rl_colour_is_hdr(const struct rl_colour *colour);
/* Sets icc of the info, to bytes that live as long as the reader, and what follows: the profile says primaries and transfer. HDR is beyond
 * profiles: there the code points stay, and the profile is left out with a note. */
void rl_info_icc(struct rl_still_info *info, const uint8_t *icc, size_t size);
/* Sets exif of the info to where the TIFF header begins: behind HEIF's 4 bytes of offset, behind "Exif\0\0", or at once. */
void rl_info_exif(struct rl_still_info *info, const uint8_t *exif, size_t size, bool heif);

#endif
