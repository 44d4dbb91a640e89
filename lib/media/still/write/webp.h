/* Inside of the WebP writer: webp.c encodes pictures and puts files together, webp_animation.c makes animations. */
#ifndef RL_MEDIA_STILL_WRITE_WEBP_H
#define RL_MEDIA_STILL_WRITE_WEBP_H

#include "write.h"

#include <webp/encode.h>
#include <webp/mux.h>

struct rl_webp_animation;

struct rl_webp_writer {
    struct rl_writer head;
    WebPConfig config;
    struct rl_webp_animation *animation; /* NULL: a still */
    struct rl_buf still;                 /* the file without metadata */
};

/* A frame as libwebp's picture: planes are lent where libwebp leaves them alone. `own` keeps a copy where not; it is empty
 * before and the caller's to unref. The picture is to be freed even on error. */
int rl_webp_picture(struct rl_webp_writer *w, WebPPicture *picture, const AVFrame *frame, AVFrame *own);
/* Appends the picture as a WebP file. */
int rl_webp_encode(struct rl_webp_writer *w, WebPPicture *picture, struct rl_buf *out);
int rl_webp_failed(struct rl_webp_writer *w, int webp_error);

int rl_webp_animation_open(struct rl_webp_writer *w, const AVFrame *first);
int rl_webp_animation_add(struct rl_webp_writer *w, const AVFrame *frame, int64_t start, int64_t duration);
/* The whole as a mux object, for its metadata. */
int rl_webp_animation_finish(struct rl_webp_writer *w, WebPMux **mux);
void rl_webp_animation_close(struct rl_webp_writer *w);

#endif
