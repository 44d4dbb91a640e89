/* The chunks of a PNG file, and what they say beside the pixels. */
#ifndef RL_MEDIA_STILL_PNG_CHUNKS_H
#define RL_MEDIA_STILL_PNG_CHUNKS_H

#include "../still.h"

#define RL_PNG(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
#define RL_PNG_SIGNATURE 8

struct rl_png_chunk {
    uint32_t type;
    const uint8_t *data;
    size_t size; /* as far as it is in the file */
    bool cut;    /* the file ends in it */
};

/* The chunk at *at, which is moved behind it; false at the end. */
bool rl_png_next(const uint8_t *file, size_t size, size_t *at, struct rl_png_chunk *chunk);

struct rl_png_facts {
    uint32_t width, height;
    unsigned depth, kind; /* as IHDR has them: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA */
    bool transparency;    /* tRNS */
    bool animated;        /* acTL, with at least one frame */
    bool cut;             /* there is no IEND */
    uint32_t frames, plays;
    int64_t duration;     /* us */
    unsigned unpacked;    /* texts and profiles; there is an end to it */
    struct rl_buf icc, xmp_text, exif_text; /* of what was compressed */
};

/* Fills facts and what of info does not depend on the pixel format. facts->… are freed by the other, also after an error.
 * REEL_ERR_INVALID_DATA when there is nothing to decode. */
int rl_png_facts_read(struct rl_flow *flow, const uint8_t *file, size_t size, struct rl_png_facts *facts,
                      struct rl_still_info *info);
void rl_png_facts_free(struct rl_png_facts *facts);

/* One frame of an animation. */
struct rl_png_control {
    uint32_t width, height, x, y;
    int64_t delay; /* us */
    unsigned dispose, blend;
};
/* false: not a valid one for this canvas. */
bool rl_png_control(const struct rl_png_chunk *chunk, const struct rl_png_facts *facts, struct rl_png_control *control);

#endif
