/*
 * The items of a HEIF or AVIF file, as far as the libraries do not tell: transformations in their order, what an item is made of,
 * gain maps, and how much its extents come to. Bounded reading of bytes in memory; nothing is allocated.
 */
#ifndef RL_MEDIA_STILL_READ_BOXES_H
#define RL_MEDIA_STILL_READ_BOXES_H

#include "../still.h"

#define RL_TAG(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct rl_span {
    const uint8_t *data;
    size_t size;
};

struct rl_boxes {
    struct rl_span file;
    struct rl_span ipco, iinf, iref, iloc, idat; /* bodies; size 0: not there */
    struct rl_span iprp;                   /* holds one ipma or more */
    uint32_t primary;                      /* item; 0: none */
};

struct rl_property {
    uint32_t type;
    struct rl_span body;
};

/* false: no meta box with a primary item in it. */
bool rl_boxes_open(struct rl_boxes *boxes, const uint8_t *data, size_t size);
/* Type of an item ("hvc1", "grid", …); 0: no such. */
uint32_t rl_boxes_item(const struct rl_boxes *boxes, uint32_t id);
/* The properties of an item in the order in which they apply; how many there are, at most max. */
size_t rl_boxes_properties(const struct rl_boxes *boxes, uint32_t id, struct rl_property *list, size_t max);
bool rl_boxes_property(const struct rl_boxes *boxes, uint32_t id, uint32_t type, struct rl_span *body);
/* Size of an item by its ispe; false: it has none. */
bool rl_boxes_size(const struct rl_boxes *boxes, uint32_t id, uint32_t *width, uint32_t *height);
/* The items that an item refers to ("dimg", …); how many, at most max. */
size_t rl_boxes_references(const struct rl_boxes *boxes, uint32_t from, uint32_t type, uint32_t *to, size_t max);
/* Is an HDR gain map among the items? */
bool rl_boxes_gain_map(const struct rl_boxes *boxes);
/* The bytes of an item, as far as they are there; how many, at most max. to may be NULL. */
size_t rl_boxes_data(const struct rl_boxes *boxes, uint32_t id, uint8_t *to, size_t max);
/* clli and mdcv of an item; what is not there is left as it is. */
void rl_boxes_light(const struct rl_boxes *boxes, uint32_t id, struct rl_light *light, struct rl_mastering *mastering);
/* Is there a box of this type at the top of the file? */
bool rl_boxes_top(const struct rl_boxes *boxes, uint32_t type);
/* Bytes of all extents together, and where the last one ends in the file. */
void rl_boxes_extents(const struct rl_boxes *boxes, uint64_t *bytes, uint64_t *end);

/* What is to be done to a decoded picture, put together from transformations one after another: cut out, mirror, rotate. */
struct rl_transform {
    int64_t x, y, width, height; /* of the decoded picture */
    int32_t mirrored, rotation;
    bool cropped;
};
void rl_transform_init(struct rl_transform *turn, int32_t width, int32_t height);
void rl_transform_rotate(struct rl_transform *turn, unsigned quarters); /* anticlockwise, as irot */
void rl_transform_mirror(struct rl_transform *turn, unsigned axis); /* as imir: 0 top and bottom, 1 left and right */
/* As clap: width, height, horizontal and vertical offset of the centre, numerator and denominator each. false: it makes no sense, and
 * nothing was changed. */
bool rl_transform_clap(struct rl_transform *turn, const uint32_t values[8]);
/* The transformations of an item in their order, on top of those before. true: there was one. */
bool rl_boxes_turn(const struct rl_boxes *boxes, uint32_t id, struct rl_transform *turn);
void rl_info_turn(struct rl_still_info *info, const struct rl_transform *turn);

#endif
