/* Channel layouts: what libswresample is asked for, and the order Opus wants. */
#ifndef RL_MEDIA_LAYOUT_H
#define RL_MEDIA_LAYOUT_H

#include <libavutil/channel_layout.h>
#include <stdbool.h>

/* The layout of FFmpeg with the speakers of Opus's for 1 … 8 channels. */
AVChannelLayout rl_opus_layout(int channels);

/* For each channel of Opus (Vorbis) order, its place in rl_opus_layout's own order. */
const unsigned char *rl_opus_order(int channels);

/*
 * What a decoded layout is taken as: unnamed channels get the usual names for their number. Out is a native layout, or
 * unspecified with `from`'s number of channels when there is no usual one.
 */
AVChannelLayout rl_layout_taken_as(const AVChannelLayout *from);

/*
 * Has the target a place for each channel of `from`, so that nothing needs mixing? Then places gets them. Where only side
 * and back differ (5.1(side) and 5.1) they are the same speakers. Both are native layouts.
 */
bool rl_layout_places(const AVChannelLayout *from, const AVChannelLayout *to, int *places);

#endif
