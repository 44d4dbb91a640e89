/* What stands in a JPEG file beside its picture. */
#ifndef RL_MEDIA_STILL_JPEG_MARKERS_H
#define RL_MEDIA_STILL_JPEG_MARKERS_H

#include "../still.h"

struct rl_jpeg_markers {
    size_t begin;                   /* of the picture: behind rubbish */
    const uint8_t *exif, *xmp, *icc; /* in the file, or icc in `joined` */
    size_t exif_size, xmp_size, icc_size;
    uint8_t *joined;                /* a profile of several parts; rl_free */
    bool icc_damaged;               /* parts of a profile were missing or doubled; there is none then */
    bool gain_map, motion;
    unsigned frame;                 /* SOF marker: 0xc0 baseline, 0xc2 progressive, …; 0: none met */
};

/* Goes over the segments up to the first scan. 0 or REEL_ERR_NOMEM. */
int rl_jpeg_markers_read(struct rl_flow *flow, const uint8_t *data, size_t size, struct rl_jpeg_markers *m);

#endif
