/* What an input may be: the demuxers and decoders that are opened, by name. All others are refused. */
#ifndef RL_MEDIA_ALLOW_H
#define RL_MEDIA_ALLOW_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

/* Comma lists as FFmpeg's whitelists take them. */
extern const char rl_allow_demuxers[];
extern const char rl_allow_decoders[];

/* A demuxer of the list, by its short name; NULL when it is not on the list or not in this build. */
const AVInputFormat *rl_allow_demuxer(const char *name);
/* Writes the first of a demuxer's names, by which the list knows it. */
void rl_demuxer_name(const AVInputFormat *format, char *name, size_t size);
/* The decoder for a codec of the list; NULL when it is not on the list or not in this build. */
const AVCodec *rl_allow_decoder(enum AVCodecID id);

/* Likewise for pictures, which have a list of their own: the whole files are read by us, and only their coded part is decoded. */
const AVCodec *rl_allow_picture(enum AVCodecID id);

#endif
