/* Between the files of the sniffer. */
#ifndef RL_INPUT_SNIFF_RULES_H
#define RL_INPUT_SNIFF_RULES_H

#include "sniff.h"

#include <string.h>

enum type_id {
    T_UNKNOWN,
    /* accepted */
    T_MP4, T_MOV, T_M4A, T_3GP, T_AVI, T_MATROSKA, T_WEBM, T_MPEGTS, T_MPEGPS, T_FLV, T_OGG,
    T_MP3, T_MP2, T_WAV, T_W64, T_AIFF, T_FLAC, T_AAC, T_AMR, T_AC3, T_EAC3, T_CAF, T_AU,
    /* pictures */
    T_JPEG, T_PNG, T_GIF, T_TIFF, T_BMP, T_WEBP, T_HEIC, T_HEIF, T_AVIF, T_JXL, T_JP2, T_ICO, T_PSD, T_EXR, T_CR3,
    T_SVG,
    /* other media */
    T_ASF, T_RM, T_ADIF, T_LATM, T_DTS, T_WAVPACK, T_APE, T_TTA, T_DSF, T_MIDI, T_H264, T_HEVC, T_MPEGVIDEO, T_SWF,
    /* lists of other files */
    T_HLS, T_DASH, T_FFCONCAT, T_SDP,
    /* no media */
    T_WEBVTT, T_ASS, T_PDF, T_PS, T_ZIP, T_GZIP, T_BZIP2, T_XZ, T_ZSTD, T_7Z, T_RAR, T_EXE, T_ELF, T_MACHO, T_SQLITE,
    T_HTML, T_XML, T_TEXT
};

/* The bytes that are looked at. */
struct window {
    const uint8_t *data;
    size_t size;    /* of data */
    uint64_t total; /* of all that follows data[0] in the input */
};

static inline bool has(const struct window *w, size_t at, const void *bytes, size_t size)
{
    return at <= w->size && size <= w->size - at && memcmp(w->data + at, bytes, size) == 0;
}

static inline uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Each answers T_UNKNOWN when it is none of its own. */
enum type_id rl_sniff_iso(const struct window *w);       /* ISO base media and its kin, by boxes and brands */
enum type_id rl_sniff_ebml(const struct window *w);      /* Matroska, WebM */
enum type_id rl_sniff_packets(const struct window *w);   /* MPEG-TS in packets of 188, 192, 204 bytes */
enum type_id rl_sniff_frames(const struct window *w);    /* bare sound: frames that follow each other */
enum type_id rl_sniff_annexb(const struct window *w);    /* bare H.264 and HEVC */
enum type_id rl_sniff_text(const struct window *w);      /* texts, playlists among them */

#endif
