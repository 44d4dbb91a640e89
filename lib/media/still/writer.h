/*
 * AVIF and WebP out of frames: still or animated. [one thread at a time]
 *
 * One scale of quality: 0 … 100 means the same to the eye with every format, 100 is visually lossless; lossless is a thing of
 * its own. Speed 0 … 9 likewise: 0 slow and small, 9 fast. The same frames give the same bytes, whatever `threads` is.
 */
#ifndef RL_MEDIA_STILL_WRITER_H
#define RL_MEDIA_STILL_WRITER_H

#include "still.h"

#include "../../engine/spec.h"

struct rl_writer_params {
    int32_t format;  /* enum rl_still_format */
    int32_t width, height;
    int32_t quality, speed, lossless;
    int32_t animated; /* 1: several frames, with pts and duration in us */
    int32_t loops;    /* 0: for ever */
    int32_t threads;
    struct rl_colour colour; /* of the frames; matrix and range never unspecified */
    struct rl_mastering mastering;
    struct rl_light light;
    const uint8_t *icc, *exif, *xmp; /* borrowed; size 0: none */
    size_t icc_size, exif_size, xmp_size;
};

struct rl_writer;

int rl_writer_open(struct rl_writer **out, struct rl_flow *flow, const struct rl_writer_params *params);
/* Takes one frame; a reference is kept until the next or finish. Frames come in order; where times do not rise the writer
 * mends them. An animation of one frame becomes a still. */
int rl_writer_add(struct rl_writer *writer, const AVFrame *frame);
/* Appends the file. Once, after the last frame. */
int rl_writer_finish(struct rl_writer *writer, struct rl_buf *file);
/* Frames in the file, after finish: fewer than came where the format's library joined equal ones. */
uint64_t rl_writer_frames(const struct rl_writer *writer);
void rl_writer_close(struct rl_writer **writer);

/*
 * The pixel format and colour that the frames are to come in, from what the source has and the spec wants. WebP takes yuv420p
 * and yuva420p (BT.601, limited range), and rgba for what is lossless and for animations of a source that is drawn
 * (info->lossless); AVIF gray, yuv420p … yuv444p of 8, 10 or 12 bits in any matrix and range, with alpha as yuva…, and
 * gbrp(10,12), gbrap for lossless. Colour stays the source's as far as the format can say it.
 */
void rl_writer_format(const struct rl_still_spec *spec, const struct rl_still_info *info, enum AVPixelFormat *format,
                      struct rl_colour *colour);

/* Largest side that the format holds: 16383 for WebP, 65535 for AVIF. */
int32_t rl_writer_max_side(int32_t format);
bool rl_writer_present(int32_t format);

#endif
