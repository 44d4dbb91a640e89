/*
 * The encoders that encode.c can put behind a guard. They get frames whose pts counts from 0 by 1, with spec->frame_rate as
 * the rate, and give packets in the same order with the same pts and the key flag.
 */
#ifndef RL_MEDIA_CODECS_H
#define RL_MEDIA_CODECS_H

#include "guard.h"

#include "../../engine/spec.h"

#include <libavutil/rational.h>

struct rl_codec {
    const char *name;
    bool (*present)(const char **version);
    /* Allocates the codec, with av_malloc; it is opened later, by its open function. 0 or an error. */
    int (*create)(void **codec, struct rl_flow *flow, const struct rl_video_spec *spec, int threads);
    struct rl_codec_ops ops;
};

extern const struct rl_codec rl_codec_svtav1, rl_codec_aom;

/* What the filters give: padded, where there is padding. */
static inline void rl_picture_size(const struct rl_video_spec *spec, int *width, int *height)
{
    bool padded = spec->picture.pad_width > 0;
    *width = padded ? spec->picture.pad_width : spec->picture.width;
    *height = padded ? spec->picture.pad_height : spec->picture.height;
}

/*
 * The nominal rate, for rate control only: times are the chunk's. 25 when the spec has none; containers claim anything,
 * and SVT-AV1 takes no more than 240.
 */
static inline AVRational rl_nominal_rate(const struct rl_video_spec *spec)
{
    AVRational rate = { spec->frame_rate.num, spec->frame_rate.den };
    if (rate.num <= 0 || rate.den <= 0)
        return (AVRational){ 25, 1 };
    if (rate.num / rate.den >= 240)
        return (AVRational){ 240, 1 };
    return rate.num < rate.den ? (AVRational){ 1, 1 } : rate;
}

#endif
