#include "layout.h"

#include <stdbool.h>
#include <stddef.h>

/* RFC 7845, 5.1.1.2 (Vorbis I, 4.3.9), as places in FFmpeg's order of the same speakers. */
static const unsigned char orders[8][8] = {
    { 0 },
    { 0, 1 },
    { 0, 2, 1 },                /* FL FC FR             of FL FR FC */
    { 0, 1, 2, 3 },             /* FL FR BL BR */
    { 0, 2, 1, 3, 4 },          /* FL FC FR BL BR       of FL FR FC BL BR */
    { 0, 2, 1, 4, 5, 3 },       /* FL FC FR BL BR LFE   of FL FR FC LFE BL BR */
    { 0, 2, 1, 5, 6, 4, 3 },    /* FL FC FR SL SR BC LFE of FL FR FC LFE BC SL SR */
    { 0, 2, 1, 6, 7, 4, 5, 3 }, /* FL FC FR SL SR BL BR LFE of FL FR FC LFE BL BR SL SR */
};

static const uint64_t masks[8] = {
    AV_CH_LAYOUT_MONO,         AV_CH_LAYOUT_STEREO,       AV_CH_LAYOUT_SURROUND, AV_CH_LAYOUT_QUAD,
    AV_CH_LAYOUT_5POINT0_BACK, AV_CH_LAYOUT_5POINT1_BACK, AV_CH_LAYOUT_6POINT1,  AV_CH_LAYOUT_7POINT1,
};

#define SIDES (AV_CH_SIDE_LEFT | AV_CH_SIDE_RIGHT)
#define BACKS (AV_CH_BACK_LEFT | AV_CH_BACK_RIGHT)

static AVChannelLayout native(uint64_t mask, int channels)
{
    AVChannelLayout layout = { .order = AV_CHANNEL_ORDER_NATIVE, .nb_channels = channels };
    layout.u.mask = mask;
    return layout;
}

AVChannelLayout rl_opus_layout(int channels)
{
    return native(masks[channels - 1], channels);
}

const unsigned char *rl_opus_order(int channels)
{
    return orders[channels - 1];
}

static int count(uint64_t mask)
{
    int n = 0;
    for (; mask; mask &= mask - 1)
        n++;
    return n;
}

AVChannelLayout rl_layout_taken_as(const AVChannelLayout *from)
{
    AVChannelLayout layout = *from;
    if (from->order != AV_CHANNEL_ORDER_NATIVE) {
        /* Named one by one: the same speakers as a mask, when they stand in its order. */
        uint64_t mask = from->order == AV_CHANNEL_ORDER_CUSTOM ? av_channel_layout_subset(from, ~UINT64_C(0)) : 0;
        bool ordered = count(mask) == from->nb_channels;
        for (int i = 1; ordered && i < from->nb_channels; i++)
            ordered = av_channel_layout_channel_from_index(from, (unsigned)i - 1) <
                      av_channel_layout_channel_from_index(from, (unsigned)i);
        if (ordered)
            layout = native(mask, from->nb_channels);
        else
            av_channel_layout_default(&layout, from->nb_channels);
    }
    return layout;
}

/* A source with one pair behind the listener may call it back or side. */
static enum AVChannel stand_in(enum AVChannel channel, uint64_t from, uint64_t to)
{
    uint64_t pair = from & (SIDES | BACKS);
    if ((pair != SIDES && pair != BACKS) || (to & (SIDES | BACKS)) != (pair ^ (SIDES | BACKS)))
        return channel;
    switch (channel) {
    case AV_CHAN_BACK_LEFT:
        return AV_CHAN_SIDE_LEFT;
    case AV_CHAN_BACK_RIGHT:
        return AV_CHAN_SIDE_RIGHT;
    case AV_CHAN_SIDE_LEFT:
        return AV_CHAN_BACK_LEFT;
    case AV_CHAN_SIDE_RIGHT:
        return AV_CHAN_BACK_RIGHT;
    default:
        return channel;
    }
}

bool rl_layout_places(const AVChannelLayout *from, const AVChannelLayout *to, int *places)
{
    for (int i = 0; i < from->nb_channels; i++) {
        enum AVChannel channel = av_channel_layout_channel_from_index(from, (unsigned)i);
        places[i] = av_channel_layout_index_from_channel(to, stand_in(channel, from->u.mask, to->u.mask));
        if (places[i] < 0)
            return false;
    }
    return true;
}
