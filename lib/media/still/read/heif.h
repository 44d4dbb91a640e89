/* The parts of the reader of HEIF. */
#ifndef RL_MEDIA_STILL_READ_HEIF_H
#define RL_MEDIA_STILL_READ_HEIF_H

#include "boxes.h"
#include "planes.h"

#include <libavcodec/codec_id.h>

/* What an item is, as its boxes say it before anything is decoded. */
struct rl_heif_item {
    uint32_t id, coded;      /* coded: whose bits are looked at: its own, what it is derived from, or a tile */
    uint32_t base;           /* behind identities: the grid, the overlay, the picture */
    uint32_t type;           /* of what it is, behind identities: "hvc1", "grid", "iovl", … */
    int32_t width, height;   /* before transformations */
    struct rl_transform turn;
    bool turns_inside;       /* what it is put together from is transformed on its own: only the library can do that */
    bool known;              /* planes and colour are set */
    enum AVCodecID codec;    /* of what is known */
    struct rl_planes planes; /* layout only, without alpha */
    struct rl_colour colour; /* of the bitstream; the code points of a colr box go before it */
};

/* Fills item; the sizes are within the limits, those of the bitstream too. false with err filled when they are not. */
int rl_heif_item(struct rl_flow *flow, const struct rl_boxes *boxes, uint32_t id, struct rl_heif_item *item);

/*
 * Decodes an item, or all tiles of a grid, by libavcodec: the planes as they are coded, which libheif 1.15 does not give. The
 * frame has its buffers, of the item's size; what cannot be decoded is gray in it. 0, REEL_ERR_NOMEM, REEL_ERR_CANCELLED,
 * or REEL_ERR_DECODER (without err) when there is nothing to be seen. missing: tiles that are not there.
 */
int rl_heif_decode(struct rl_flow *flow, const struct rl_boxes *boxes, const struct rl_heif_item *item, int threads,
                   AVFrame *frame, uint64_t *missing);

/* A sequence without a still picture: a track of HEVC, as in a film. */
int rl_heif_open_sequence(struct rl_still **out, const struct rl_still *head);

#endif
