#include "allow.h"

#include <libavutil/avstring.h>
#include <string.h>

const char rl_allow_demuxers[] = "mov,matroska,avi,mpegts,mpeg,flv,ogg,wav,w64,aiff,mp3,aac,flac,amr,ac3,eac3,caf,au";

/* Left out on purpose: what only hardware decodes, scripts and containers in disguise, and codecs nobody sends any more. */
const char rl_allow_decoders[] =
    /* picture */
    "h264,hevc,vvc,libdav1d,libaom-av1,vp8,vp9,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h263,h263p,flv,"
    "vp6,vp6a,vp6f,wmv1,wmv2,wmv3,vc1,mjpeg,mjpegb,prores,dnxhd,cfhd,huffyuv,ffvhuff,utvideo,ffv1,rawvideo,v210,theora,"
    "dvvideo,cinepak,svq1,svq3,rpza,qtrle,smc,8bps,indeo3,msrle,msvideo1,png,bmp,"
    /* sound */
    "aac,aac_latm,mp1float,mp2float,mp3float,ac3,eac3,dca,truehd,mlp,flac,alac,opus,vorbis,wavpack,tta,amrnb,amrwb,"
    "libopencore_amrnb,libopencore_amrwb,speex,libspeex,nellymoser,gsm,gsm_ms,qcelp,evrc,qdm2,mace3,mace6,wmav1,wmav2,"
    "adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_swf,adpcm_g726,adpcm_yamaha,pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,pcm_s16le,"
    "pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_s64le,pcm_s64be,pcm_u16le,pcm_u16be,pcm_u24le,pcm_u24be,"
    "pcm_u32le,pcm_u32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_bluray,pcm_dvd,pcm_s8_planar,pcm_s16le_planar,"
    "pcm_s16be_planar,pcm_s24le_planar,pcm_s32le_planar,"
    /* text */
    "mov_text,subrip,srt,ass,ssa,webvtt,text";

const AVInputFormat *rl_allow_demuxer(const char *name)
{
    return av_match_name(name, rl_allow_demuxers) ? av_find_input_format(name) : NULL;
}

void rl_demuxer_name(const AVInputFormat *format, char *name, size_t size)
{
    size_t n = strcspn(format->name, ",");

    av_strlcpy(name, format->name, n < size ? n + 1 : size);
}

static const char picture_decoders[] = "png,tiff,bmp";

/* Where a codec has several decoders, FFmpeg's own order decides among those on the list. */
static const AVCodec *find(enum AVCodecID id, const char *list)
{
    const AVCodec *codec;
    void *at = NULL;

    if (id == AV_CODEC_ID_NONE)
        return NULL;
    while ((codec = av_codec_iterate(&at)))
        if (codec->id == id && av_codec_is_decoder(codec) && av_match_name(codec->name, list))
            return codec;
    return NULL;
}

const AVCodec *rl_allow_decoder(enum AVCodecID id)
{
    return find(id, rl_allow_decoders);
}

const AVCodec *rl_allow_picture(enum AVCodecID id)
{
    return find(id, picture_decoders);
}
