/*
 * Inside of the writers: what writer.c gives to the one for each format, and the scales they share.
 *
 * writer.c holds back one frame, so that a frame comes here with its time and its duration, and so that an animation
 * of one frame becomes a still.
 */
#ifndef RL_MEDIA_STILL_WRITE_WRITE_H
#define RL_MEDIA_STILL_WRITE_WRITE_H

#include "../writer.h"

struct rl_writer_ops {
    /* One frame of the size of the params. start and duration are in us, from 0, without gaps; single: the only one. */
    int (*add)(struct rl_writer *writer, const AVFrame *frame, int64_t start, int64_t duration, bool single);
    int (*finish)(struct rl_writer *writer, struct rl_buf *file);
    void (*close)(struct rl_writer *writer); /* frees what open made; the struct itself too */
};

/* The head of each writer's own struct. */
struct rl_writer {
    const struct rl_writer_ops *ops;
    struct rl_flow *flow;
    struct rl_writer_params params;
    AVFrame *held;          /* came last and is not written yet; NULL before the first */
    int64_t start, length;  /* us: of the frame that is held; its own duration, or that of the one before, or 0 */
    uint64_t frames;        /* in the file; the format's writer lowers it when it joins equal ones */
    enum AVPixelFormat format; /* of the first frame */
};

int rl_writer_open_avif(struct rl_writer **out, const struct rl_writer *head);
int rl_writer_open_webp(struct rl_writer **out, const struct rl_writer *head);
bool rl_writer_avif_present(void);
bool rl_writer_webp_present(void);

/* quality.c: 0 … 100 to libwebp's quality, and to AV1's quantizer (1 … 63, fewer is better). */
float rl_quality_webp(int32_t quality);
int rl_quality_avif(int32_t quality);

#endif
