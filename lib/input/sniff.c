/* The table of types, the table of magic numbers, and the order of all rules. */
#include "sniff_rules.h"

static const struct rl_type types[] = {
    [T_UNKNOWN] = { "unknown", "application/octet-stream", "", false },

    [T_MP4] = { "mp4", "video/mp4", "mov", true },
    [T_MOV] = { "mov", "video/quicktime", "mov", true },
    [T_M4A] = { "m4a", "audio/mp4", "mov", true },
    [T_3GP] = { "3gp", "video/3gpp", "mov", true },
    [T_AVI] = { "avi", "video/x-msvideo", "avi", true },
    [T_MATROSKA] = { "matroska", "video/x-matroska", "matroska", true },
    [T_WEBM] = { "webm", "video/webm", "matroska", true },
    [T_MPEGTS] = { "mpegts", "video/mp2t", "mpegts", true },
    [T_MPEGPS] = { "mpegps", "video/mpeg", "mpeg", true },
    [T_FLV] = { "flv", "video/x-flv", "flv", true },
    [T_OGG] = { "ogg", "application/ogg", "ogg", true },
    [T_MP3] = { "mp3", "audio/mpeg", "mp3", true },
    [T_MP2] = { "mp2", "audio/mpeg", "mp3", true },
    [T_WAV] = { "wav", "audio/vnd.wave", "wav", true },
    [T_W64] = { "w64", "audio/x-w64", "w64", true },
    [T_AIFF] = { "aiff", "audio/aiff", "aiff", true },
    [T_FLAC] = { "flac", "audio/flac", "flac", true },
    [T_AAC] = { "aac", "audio/aac", "aac", true },
    [T_AMR] = { "amr", "audio/amr", "amr", true },
    [T_AC3] = { "ac3", "audio/ac3", "ac3", true },
    [T_EAC3] = { "eac3", "audio/eac3", "eac3", true },
    [T_CAF] = { "caf", "audio/x-caf", "caf", true },
    [T_AU] = { "au", "audio/basic", "au", true },

    [T_JPEG] = { "jpeg", "image/jpeg", "jpeg", true },
    [T_PNG] = { "png", "image/png", "png", true },
    [T_GIF] = { "gif", "image/gif", "gif", true },
    [T_TIFF] = { "tiff", "image/tiff", "tiff", true },
    [T_BMP] = { "bmp", "image/bmp", "bmp", true },
    [T_WEBP] = { "webp", "image/webp", "webp", true },
    [T_HEIC] = { "heic", "image/heic", "heif", true },
    [T_HEIF] = { "heif", "image/heif", "heif", true },
    [T_AVIF] = { "avif", "image/avif", "avif", true },
    [T_JXL] = { "jxl", "image/jxl", "", false },
    [T_JP2] = { "jp2", "image/jp2", "", false },
    [T_ICO] = { "ico", "image/vnd.microsoft.icon", "", false },
    [T_PSD] = { "psd", "image/vnd.adobe.photoshop", "", false },
    [T_EXR] = { "exr", "image/x-exr", "", false },
    [T_CR3] = { "cr3", "image/x-canon-cr3", "", false },
    [T_SVG] = { "svg", "image/svg+xml", "", false },

    [T_ASF] = { "asf", "video/x-ms-asf", "", false },
    [T_RM] = { "rm", "application/vnd.rn-realmedia", "", false },
    [T_ADIF] = { "adif", "audio/aac", "", false },
    [T_LATM] = { "latm", "audio/mp4a-latm", "", false },
    [T_DTS] = { "dts", "audio/vnd.dts", "", false },
    [T_WAVPACK] = { "wavpack", "audio/x-wavpack", "", false },
    [T_APE] = { "ape", "audio/x-ape", "", false },
    [T_TTA] = { "tta", "audio/x-tta", "", false },
    [T_DSF] = { "dsf", "audio/x-dsf", "", false },
    [T_MIDI] = { "midi", "audio/midi", "", false },
    [T_H264] = { "h264", "video/H264", "", false },
    [T_HEVC] = { "hevc", "video/H265", "", false },
    [T_MPEGVIDEO] = { "mpegvideo", "video/mpeg", "", false },
    [T_SWF] = { "swf", "application/vnd.adobe.flash-movie", "", false },

    [T_HLS] = { "hls", "application/vnd.apple.mpegurl", "", false },
    [T_DASH] = { "dash", "application/dash+xml", "", false },
    [T_FFCONCAT] = { "ffconcat", "text/x-ffconcat", "", false },
    [T_SDP] = { "sdp", "application/sdp", "", false },

    [T_WEBVTT] = { "webvtt", "text/vtt", "", false },
    [T_ASS] = { "ass", "text/x-ssa", "", false },
    [T_PDF] = { "pdf", "application/pdf", "", false },
    [T_PS] = { "ps", "application/postscript", "", false },
    [T_ZIP] = { "zip", "application/zip", "", false },
    [T_GZIP] = { "gzip", "application/gzip", "", false },
    [T_BZIP2] = { "bzip2", "application/x-bzip2", "", false },
    [T_XZ] = { "xz", "application/x-xz", "", false },
    [T_ZSTD] = { "zstd", "application/zstd", "", false },
    [T_7Z] = { "7z", "application/x-7z-compressed", "", false },
    [T_RAR] = { "rar", "application/vnd.rar", "", false },
    [T_EXE] = { "exe", "application/x-dosexec", "", false },
    [T_ELF] = { "elf", "application/x-elf", "", false },
    [T_MACHO] = { "macho", "application/x-mach-binary", "", false },
    [T_SQLITE] = { "sqlite", "application/vnd.sqlite3", "", false },
    [T_HTML] = { "html", "text/html", "", false },
    [T_XML] = { "xml", "application/xml", "", false },
    [T_TEXT] = { "text", "text/plain", "", false },
};

/* Short magic numbers need a second look. */
static bool is_bmp(const struct window *w)
{
    if (w->size < 18)
        return false;
    uint32_t header = le32(w->data + 14); /* size of the DIB header: one of a few */
    return header == 12 || header == 16 || (header >= 40 && header <= 64) || header == 108 || header == 124;
}

static bool is_ico(const struct window *w)
{
    /* 1 to 255 pictures, and the reserved byte of the first entry. */
    return w->size >= 22 && w->data[4] > 0 && w->data[5] == 0 && w->data[9] == 0;
}

static bool is_exe(const struct window *w)
{
    return w->size >= 64 && (le32(w->data + 60) < w->total || w->data[3] < 2);
}

static bool is_flv(const struct window *w)
{
    return w->size >= 9 && w->data[3] < 5 && be32(w->data + 5) > 8;
}

/* The pack header's marker bits, of MPEG-2 or MPEG-1. */
static bool is_pack(const struct window *w)
{
    return w->size >= 12 && ((w->data[4] & 0xc4) == 0x44 || (w->data[4] & 0xf1) == 0x21);
}

static bool is_gzip(const struct window *w)
{
    return w->size >= 10 && w->data[2] == 8 && (w->data[3] & 0xe0) == 0;
}

static const struct magic {
    const char *bytes; /* at the beginning */
    size_t size;
    const char *more; /* NULL, or what must stand at `at` too */
    size_t more_size, at;
    bool (*check)(const struct window *w); /* may be NULL */
    enum type_id type;
} magics[] = {
#define AT0(text, id) { text, sizeof(text) - 1, NULL, 0, 0, NULL, id }
#define CHECKED(text, id, fn) { text, sizeof(text) - 1, NULL, 0, 0, fn, id }
#define TWO(text, at2, text2, id) { text, sizeof(text) - 1, text2, sizeof(text2) - 1, at2, NULL, id }
    TWO("RIFF", 8, "AVI", T_AVI), /* "AVI ", "AVIX", and "AVI\x19" of some cameras */
    TWO("RIFF", 8, "WAVE", T_WAV),
    TWO("RF64", 8, "WAVE", T_WAV),
    TWO("BW64", 8, "WAVE", T_WAV),
    TWO("RIFX", 8, "WAVE", T_WAV),
    TWO("RIFF", 8, "WEBP", T_WEBP),
    TWO("RIFF", 8, "RMID", T_MIDI),
    TWO("FORM", 8, "AIFF", T_AIFF),
    TWO("FORM", 8, "AIFC", T_AIFF),
    TWO("riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", 24, "wave\xf3\xac\xd3\x11", T_W64),
    AT0("OggS", T_OGG),
    AT0("fLaC", T_FLAC),
    CHECKED("FLV", T_FLV, is_flv),
    AT0("#!AMR", T_AMR),
    AT0("caff\x00\x01", T_CAF),
    AT0(".snd\x00\x00", T_AU),
    CHECKED("\x00\x00\x01\xba", T_MPEGPS, is_pack),
    AT0("\xff\xd8\xff", T_JPEG),
    AT0("\x89PNG\r\n\x1a\n", T_PNG),
    AT0("GIF87a", T_GIF),
    AT0("GIF89a", T_GIF),
    AT0("II*\x00", T_TIFF),
    AT0("MM\x00*", T_TIFF),
    AT0("II+\x00", T_TIFF),
    AT0("MM\x00+", T_TIFF),
    CHECKED("BM", T_BMP, is_bmp),
    AT0("\x00\x00\x00\x0cJXL \r\n\x87\n", T_JXL),
    AT0("\xff\x0a", T_JXL),
    AT0("\x00\x00\x00\x0cjP  \r\n\x87\n", T_JP2),
    AT0("\xff\x4f\xff\x51", T_JP2),
    CHECKED("\x00\x00\x01\x00", T_ICO, is_ico),
    CHECKED("\x00\x00\x02\x00", T_ICO, is_ico),
    AT0("8BPS\x00", T_PSD),
    AT0("\x76\x2f\x31\x01", T_EXR),
    AT0("\x30\x26\xb2\x75\x8e\x66\xcf\x11", T_ASF),
    AT0(".RMF\x00", T_RM),
    AT0("ADIF", T_ADIF),
    AT0("wvpk", T_WAVPACK),
    AT0("MAC ", T_APE),
    AT0("TTA1", T_TTA),
    AT0("DSD ", T_DSF),
    AT0("MThd\x00\x00\x00\x06", T_MIDI),
    AT0("\x00\x00\x01\xb3", T_MPEGVIDEO),
    AT0("%PDF-", T_PDF),
    AT0("%!PS", T_PS),
    AT0("PK\x03\x04", T_ZIP),
    AT0("PK\x05\x06", T_ZIP),
    CHECKED("\x1f\x8b", T_GZIP, is_gzip),
    AT0("BZh", T_BZIP2),
    AT0("\xfd" "7zXZ\x00", T_XZ),
    AT0("\x28\xb5\x2f\xfd", T_ZSTD),
    AT0("7z\xbc\xaf\x27\x1c", T_7Z),
    AT0("Rar!\x1a\x07", T_RAR),
    CHECKED("MZ", T_EXE, is_exe),
    AT0("\x7f" "ELF", T_ELF),
    AT0("\xcf\xfa\xed\xfe", T_MACHO),
    AT0("\xce\xfa\xed\xfe", T_MACHO),
    AT0("SQLite format 3\x00", T_SQLITE),
    AT0("CWS", T_SWF),
    AT0("FWS", T_SWF),
};

static enum type_id by_magic(const struct window *w)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        const struct magic *m = &magics[i];
        if (has(w, 0, m->bytes, m->size) && (!m->more || has(w, m->at, m->more, m->more_size)) &&
            (!m->check || m->check(w)))
            return m->type;
    }
    return T_UNKNOWN;
}

const struct rl_type *rl_sniff(const uint8_t *data, size_t size, uint64_t total)
{
    /* From what proves most to what proves least. */
    static enum type_id (*const rules[])(const struct window *w) = {
        by_magic, rl_sniff_iso, rl_sniff_ebml, rl_sniff_packets, rl_sniff_annexb, rl_sniff_text, rl_sniff_frames,
    };
    struct window w = { data, size, total };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        enum type_id id = rules[i](&w);
        if (id != T_UNKNOWN)
            return &types[id];
    }
    return NULL;
}

uint64_t rl_sniff_id3(const uint8_t *data, size_t size)
{
    if (size < 10 || memcmp(data, "ID3", 3) != 0 || data[3] == 0xff || data[4] == 0xff)
        return 0;
    uint64_t length = 0;
    for (size_t i = 6; i < 10; i++) {
        if (data[i] & 0x80)
            return 0;
        length = length << 7 | data[i];
    }
    return length + ((data[5] & 0x10) ? 20 : 10);
}

const struct rl_type *rl_sniff_unknown(void)
{
    return &types[T_UNKNOWN];
}

const struct rl_type *rl_sniff_tagged(void)
{
    return &types[T_MP3];
}
