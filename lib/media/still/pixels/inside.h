/*
 * What the files of this folder know of each other. A working frame is one of two families, always native-endian:
 *
 *   planar   gray, or YCbCr with or without alpha, 8 to 16 bits: one component per plane
 *   packed   rgb24, rgba, rgb48, rgba64; gbrp and gbrap only as what comes in and goes out
 *
 * Functions that fill `out` take an empty frame and leave it empty when they fail. Errors as everywhere. [one thread at a time]
 */
#ifndef RL_MEDIA_PIXELS_INSIDE_H
#define RL_MEDIA_PIXELS_INSIDE_H

#include "../pixels.h"

#include "../../compat.h"

#define RL_PQ 16
#define RL_HLG 18

/* ---- geometry.c */

struct rl_rect {
    int x, y, width, height;
};

/* How a stored picture becomes an upright one: columns and rows swapped or not, then read backwards or not. */
struct rl_turn {
    bool transpose, flip_x, flip_y; /* flip_x: stored columns are read backwards */
};

/* Where things are, in the stored frame: nothing is turned before it has been made small. */
struct rl_layout {
    struct rl_rect cut;    /* of the frame; may begin at an odd place */
    int width, height;     /* to which the cut is scaled */
    struct rl_rect window; /* of the scaled picture; all of it where none is wanted */
    struct rl_turn turn;   /* then */
};

struct rl_turn rl_turn_of(bool mirrored, int rotation);
/* For a frame of this size, which may be smaller than the info's. The focus is a point of the stored picture that is scaled. */
int rl_layout_make(struct rl_layout *layout, struct rl_flow *flow, const struct rl_still_info *info,
                   const struct rl_still_spec *spec, int width, int height);
/* The window for a focus, 0 … 1 of the scaled picture. */
void rl_layout_focus(struct rl_layout *layout, double x, double y);
/* Makes the cut smaller where most of the scaled picture would be thrown away. step: 1 << the largest chroma shift. */
void rl_layout_trim(struct rl_layout *layout, int step_x, int step_y);

/* A frame that shows a part of another's pixels; nothing is copied. Chroma begins at the sample that covers the corner. */
int rl_frame_cut(struct rl_flow *flow, const AVFrame *in, const struct rl_rect *rect, AVFrame *out);
int rl_frame_turn(struct rl_flow *flow, const AVFrame *in, struct rl_turn turn, AVFrame *out);

/* ---- frames.c */

int rl_frame_new(struct rl_flow *flow, AVFrame *out, enum AVPixelFormat format, int width, int height);
/* *frame becomes what is in *made, which becomes empty; properties stay. */
void rl_frame_swap(AVFrame *frame, AVFrame *made);
void rl_frame_tag(AVFrame *frame, const struct rl_colour *colour);

/* Native planar format with this many bits, or with 16 where there is none; AV_PIX_FMT_NONE. chroma_w, chroma_h: log2 */
enum AVPixelFormat rl_format_planar(int chroma_w, int chroma_h, int depth, bool alpha);
enum AVPixelFormat rl_format_gray(int depth);
enum AVPixelFormat rl_format_packed(int depth, bool alpha);
/* What frames of this format are turned into before anything else; the same where it is one of the families already. */
enum AVPixelFormat rl_format_plain(enum AVPixelFormat format);
bool rl_format_is_rgb(enum AVPixelFormat format);
bool rl_format_has_alpha(enum AVPixelFormat format);
int rl_format_depth(enum AVPixelFormat format);

/* Plane by plane as another format of the same family, without copying: gray out of YCbCr, no alpha out of alpha. */
int rl_frame_view(struct rl_flow *flow, const AVFrame *in, enum AVPixelFormat format, AVFrame *out);
/* Gray with alpha, whose two are interleaved, as planes of yuva420p or yuva420p16. */
int rl_frame_split(struct rl_flow *flow, const AVFrame *in, AVFrame *out);

/* Each component as it is, in its order, into another format without subsampling: between kinds of RGB, or as planes that are not
 * YCbCr but are called so. Depth is changed to the nearest value; alpha that is missing is full. */
int rl_frame_components(struct rl_flow *flow, const AVFrame *in, enum AVPixelFormat format, int threads, AVFrame *out);

/* Calls rows(arg, from, to) for all rows, on so many threads; the result must not depend on how they are cut up. */
void rl_rows(struct rl_flow *flow, int threads, int height, void (*rows)(void *arg, int from, int to), void *arg);

/* ---- planes.c: between YCbCr and YCbCr of the same subsampling, or gray and YCbCr */

int rl_planes_convert(struct rl_flow *flow, const AVFrame *in, const struct rl_colour *from, enum AVPixelFormat format,
                      const struct rl_colour *to, int threads, AVFrame *out);
/* Red's and blue's share of luma. */
void rl_luma_shares(int matrix, double *red, double *blue);

/* ---- scale.c: libswscale */

struct rl_place { /* where chroma samples stand, in 1/256 of a luma sample from the first of their block */
    int x, y;
};
struct rl_place rl_place_of(const struct rl_colour *colour);
/* Where they must stand in a stored picture of this size so that after turning they are at `place`. */
struct rl_place rl_place_before(struct rl_place place, struct rl_turn turn, int width, int height, int chroma_w,
                                int chroma_h);

struct rl_scale {
    int width, height;
    enum AVPixelFormat format;
    struct rl_colour from, to; /* matrix and range count */
    struct rl_place from_place, to_place;
};

struct rl_scaler_slot {
    struct rl_scale scale;
    int width, height;
    enum AVPixelFormat format;
    struct SwsContext *sws;
};
struct rl_scaler {
    struct rl_scaler_slot slots[4];
    unsigned turn; /* the next to be replaced */
    int threads;
};
int rl_scale_run(struct rl_scaler *scaler, struct rl_flow *flow, const AVFrame *in, const struct rl_scale *scale,
                 AVFrame *out);
void rl_scaler_close(struct rl_scaler *scaler);

/* ---- alpha.c */

bool rl_alpha_opaque(const AVFrame *frame);
/* On rgba, rgba64 and planar frames with alpha; the frame must be writable. Exact where it is opaque. */
void rl_alpha_premultiply(AVFrame *frame, bool full_range);
void rl_alpha_unpremultiply(AVFrame *frame, bool full_range);
/* Components in the order of the format's; the frame is opaque then. */
void rl_alpha_flatten(AVFrame *frame, const uint16_t colour[4]);
/* In the middle of a larger frame of this format: the same, or with alpha added. colour[3] is the bars' alpha. */
int rl_pad(struct rl_flow *flow, const AVFrame *in, enum AVPixelFormat format, int width, int height,
           const uint16_t colour[4], AVFrame *out);
/* An sRGB colour as components of a format with that colour; alpha full. */
void rl_colour_components(uint32_t rgb, enum AVPixelFormat format, const struct rl_colour *colour, uint16_t out[4]);

/* ---- colour.c: Little CMS. Packed frames in and out (or gray in, with a gray profile). */

struct rl_map;
/* From a profile, or from primaries and transfer by number (icc NULL), to sRGB; or back. */
int rl_map_open(struct rl_map **out, struct rl_flow *flow, const uint8_t *icc, size_t size,
                const struct rl_colour *colour, int threads);
int rl_map_run(struct rl_map *map, const AVFrame *in, AVFrame *out);
/* sRGB to the profile's, for one colour. */
uint32_t rl_map_back(struct rl_map *map, uint32_t rgb);
bool rl_map_gray(const struct rl_map *map);
void rl_map_close(struct rl_map **map);

/* ---- tonemap.c: rgb48 or rgba64, PQ or HLG, to rgb24 or rgba, sRGB */

struct rl_tone; /* tables */
int rl_tone_open(struct rl_tone **out, struct rl_flow *flow, const struct rl_colour *colour,
                 const struct rl_light *light, const struct rl_mastering *mastering);
int rl_tone_run(const struct rl_tone *tone, struct rl_flow *flow, const AVFrame *in, int threads, AVFrame *out);
void rl_tone_close(struct rl_tone **tone, struct rl_flow *flow);
/* An sRGB colour as a PQ or HLG one of these primaries, 0 … 1 each, graphics white at 203 cd/m2. */
void rl_tone_back(uint32_t rgb, const struct rl_colour *colour, double out[3]);

/* Linear RGB of primaries (H.273) to XYZ, and between two. false: unknown ones. */
bool rl_primaries_matrix(int from, int to, double m[3][3]);
/* x, y of red, green, blue, white. */
bool rl_primaries_points(int primaries, double xy[8]);

/* ---- run.c */

enum rl_conversion { RL_CONVERT_NONE, RL_CONVERT_PROFILE, RL_CONVERT_TONE };

struct rl_pixels {
    struct rl_flow *flow;
    const struct rl_still_info *info;
    const struct rl_still_spec *spec;
    enum AVPixelFormat format; /* of what comes out */
    struct rl_colour colour;   /* likewise */
    enum rl_conversion conversion;
    bool embed; /* the source's profile goes into the file */
    struct rl_map *map;
    struct rl_tone *tone;
    uint32_t background; /* in the colours of what comes out */
    struct rl_scaler scaler;
    int threads;
    bool focused; /* focus_x, focus_y are known */
    double focus_x, focus_y;
};

/* A frame on its way. */
struct rl_work {
    struct rl_flow *flow;
    struct rl_scaler *scaler;
    AVFrame *frame, *spare; /* spare: empty, between steps */
    struct rl_colour colour;
    bool alpha;      /* there is some, and not all of it is opaque */
    bool multiplied; /* it has been multiplied in */
    bool gray;       /* without colour, in whatever planes */
    int threads;
};
int rl_work_begin(struct rl_work *work, struct rl_flow *flow, struct rl_scaler *scaler, int threads);
/* Takes what has been made into the spare frame as the work's frame; passes rc on, and makes the spare empty when it failed. */
int rl_work_swap(struct rl_work *w, int rc);
void rl_work_end(struct rl_work *work);
/* Takes a frame in: as one of the families, without an alpha that says nothing. */
int rl_work_take(struct rl_work *work, const AVFrame *in, const struct rl_colour *otherwise, bool multiplied);
/* Scales, or changes the format, by libswscale; colour becomes `to`. Grays of limited range are mended first. */
int rl_work_scale(struct rl_work *work, int width, int height, enum AVPixelFormat format, const struct rl_colour *to,
                  struct rl_place from_place, struct rl_place to_place);
int rl_work_multiply(struct rl_work *work);
void rl_work_divide(struct rl_work *work);
/* To the format and colour in which frames are given out. */
int rl_work_finish(struct rl_work *work, enum AVPixelFormat format, const struct rl_colour *colour);

/* ---- attention.c */

/* Where the eye goes: the centre of the best window, which is so much of the picture; small is RGBA. 0 … 1 of the picture. */
int rl_attention(struct rl_flow *flow, const AVFrame *small, double width, double height, double *x, double *y);

#endif
