/* The readers behind rl_still_open_coded, and what those that use libavcodec share. */
#ifndef RL_MEDIA_STILL_CODED_H
#define RL_MEDIA_STILL_CODED_H

#include "../../compat.h"
#include "../still.h"

int rl_still_open_png(struct rl_still **out, const struct rl_still *head);
int rl_still_open_gif(struct rl_still **out, const struct rl_still *head);
int rl_still_open_whole(struct rl_still **out, const struct rl_still *head, bool tiff); /* TIFF, BMP */

/* Decodes a BMP whose colours are given by masks. The header is there and its size is in head->info. REEL_END: it is another. */
int rl_bmp_masks(struct rl_still *head, AVFrame *frame);

/* Decodes a TIFF of tiles. ink: CMYK, to be given as RGBA. REEL_END: it is another. */
int rl_tiff_tiles(struct rl_still *head, AVCodecContext *codec, bool ink, AVFrame *out);

/* A decoder of the pictures' list, silent and bounded. 0, REEL_ERR_UNSUPPORTED, REEL_ERR_NOMEM. */
int rl_coded_open(AVCodecContext **out, struct rl_flow *flow, enum AVCodecID id);
/* One packet to one frame, of the size that is expected (0: any within the limit). gray: what the data does not reach is gray.
 * REEL_ERR_INVALID_DATA, REEL_ERR_UNSUPPORTED, REEL_ERR_NOMEM. */
int rl_coded_frame(AVCodecContext *codec, struct rl_flow *flow, const AVPacket *packet, int32_t width, int32_t height,
                   bool gray, AVFrame *frame);

/* Turns what still.h does not allow as a pixel format (palettes, single bits, packed bits, the other byte order) into what it
 * does. alpha: a palette's is wanted. */
int rl_plain_frame(struct rl_flow *flow, AVFrame *frame, bool alpha);

/* Appends what a zlib stream holds, up to `most` bytes. false: damaged or larger; out is as before. */
bool rl_inflate(struct rl_buf *out, const uint8_t *data, size_t size, size_t most);

#endif
