#include "boxes.h"

#include <libavutil/intreadwrite.h>

void rl_transform_init(struct rl_transform *turn, int32_t width, int32_t height)
{
    *turn = (struct rl_transform){ .width = width, .height = height };
}

void rl_transform_rotate(struct rl_transform *turn, unsigned quarters)
{
    turn->rotation = (turn->rotation + 360 - 90 * (int32_t)(quarters & 3)) % 360;
}

/* A mirror behind a rotation is the mirror before the opposite one; top and bottom is left and right, turned by half. */
void rl_transform_mirror(struct rl_transform *turn, unsigned axis)
{
    turn->rotation = ((axis & 1 ? 360 : 540) - turn->rotation) % 360;
    turn->mirrored = !turn->mirrored;
}

/* Length and offset of the cut along one side of `size`; false when it does not lie inside. */
static bool cut(int64_t size, const uint32_t length[2], const uint32_t offset[2], int64_t *at, int64_t *out)
{
    int64_t off = (int32_t)offset[0], den = offset[1], len = length[0], len_den = length[1];

    if (den <= 0 || den > INT32_MAX || len_den <= 0)
        return false;
    *out = len / len_den;
    if (*out <= 0 || *out > size)
        return false;
    /* Centre to centre, rounded down: off + (size - 1) / 2 - (out - 1) / 2. */
    int64_t twice = 2 * off + (size - *out) * den;
    *at = twice >= 0 ? twice / (2 * den) : -1;
    return *at >= 0 && *at <= size - *out;
}

bool rl_transform_clap(struct rl_transform *turn, const uint32_t values[8])
{
    bool lies = turn->rotation % 180 != 0;
    int64_t width = lies ? turn->height : turn->width, height = lies ? turn->width : turn->height;
    int64_t x, y, w, h, rx, ry, rw, rh;

    if (!cut(width, values, values + 4, &x, &w) || !cut(height, values + 2, values + 6, &y, &h))
        return false;
    /* Back through the rotation and the mirror before it. */
    rw = lies ? h : w;
    rh = lies ? w : h;
    switch (turn->rotation) {
    case 90:
        rx = y;
        ry = turn->height - x - w;
        break;
    case 180:
        rx = turn->width - x - w;
        ry = turn->height - y - h;
        break;
    case 270:
        rx = turn->width - y - h;
        ry = x;
        break;
    default:
        rx = x;
        ry = y;
    }
    if (turn->mirrored)
        rx = turn->width - rx - rw;
    turn->cropped = turn->cropped || rw != turn->width || rh != turn->height;
    turn->x += rx;
    turn->y += ry;
    turn->width = rw;
    turn->height = rh;
    return true;
}

bool rl_boxes_turn(const struct rl_boxes *boxes, uint32_t id, struct rl_transform *turn)
{
    struct rl_property list[32];
    size_t count = rl_boxes_properties(boxes, id, list, 32);
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        const uint8_t *d = list[i].body.data;
        uint32_t values[8];

        if (list[i].type == RL_TAG('i', 'r', 'o', 't') && list[i].body.size >= 1) {
            rl_transform_rotate(turn, d[0] & 3);
            any = true;
        } else if (list[i].type == RL_TAG('i', 'm', 'i', 'r') && list[i].body.size >= 1) {
            rl_transform_mirror(turn, d[0] & 1);
            any = true;
        } else if (list[i].type == RL_TAG('c', 'l', 'a', 'p') && list[i].body.size >= 32) {
            for (size_t k = 0; k < 8; k++)
                values[k] = AV_RB32(d + 4 * k);
            any = rl_transform_clap(turn, values) || any;
        }
    }
    return any;
}

void rl_info_turn(struct rl_still_info *info, const struct rl_transform *turn)
{
    info->mirrored = turn->mirrored;
    info->rotation = turn->rotation;
    if (!turn->cropped)
        return;
    info->crop_x = (int32_t)turn->x;
    info->crop_y = (int32_t)turn->y;
    info->crop_width = (int32_t)turn->width;
    info->crop_height = (int32_t)turn->height;
}
