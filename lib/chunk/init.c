/* ftyp and moov (ISO/IEC 14496-12) with one track; the AV1 and Opus bindings' sample entries are in init_entry.c. */
#include "init.h"

#include "../engine/box.h"
#include "init_entry.h"

#include <string.h>

static void zeros(struct rl_buf *out, size_t count)
{
    while (count-- > 0)
        rl_buf_u8(out, 0);
}

static void write_matrix(struct rl_buf *out)
{
    static const uint32_t identity[9] = { 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000 };
    for (int i = 0; i < 9; i++)
        rl_buf_be32(out, identity[i]);
}

static void write_ftyp(struct rl_buf *out, bool video)
{
    size_t ftyp = rl_box_begin(out, "ftyp");
    rl_buf_add(out, "iso6", 4);
    rl_buf_be32(out, 0);
    rl_buf_text(out, "iso6cmfcmp41");
    if (video)
        rl_buf_add(out, "av01", 4);
    rl_box_end(out, ftyp);
}

static void write_mvhd(struct rl_buf *out, uint32_t timescale)
{
    size_t mvhd = rl_full_box_begin(out, "mvhd", 0, 0);
    zeros(out, 8); /* no dates: the same track gives the same bytes */
    rl_buf_be32(out, timescale);
    rl_buf_be32(out, 0); /* duration: in the fragments */
    rl_buf_be32(out, 0x10000);
    rl_buf_be16(out, 0x100);
    zeros(out, 10);
    write_matrix(out);
    zeros(out, 24);
    rl_buf_be32(out, 2); /* next_track_ID */
    rl_box_end(out, mvhd);
}

/* 16.16 display width: the coded one stretched by the sample aspect ratio. */
static uint32_t display_width(const struct rl_track *track)
{
    uint64_t width = (uint64_t)track->width << 16;
    if (track->aspect.num > 0 && track->aspect.den > 0)
        width = width * (uint64_t)track->aspect.num / (uint64_t)track->aspect.den;
    return width > UINT32_MAX ? UINT32_MAX : (uint32_t)width;
}

static void write_tkhd(struct rl_buf *out, const struct rl_track *track, bool video)
{
    size_t tkhd = rl_full_box_begin(out, "tkhd", 0, 3); /* enabled, in movie */
    zeros(out, 8);
    rl_buf_be32(out, 1);
    zeros(out, 4 + 4 + 8 + 4);
    rl_buf_be16(out, video ? 0 : 0x100);
    rl_buf_be16(out, 0);
    write_matrix(out);
    rl_buf_be32(out, video ? display_width(track) : 0);
    rl_buf_be32(out, video ? (uint32_t)track->height << 16 : 0);
    rl_box_end(out, tkhd);
}

/* The edit starts behind the pre-skip and lasts as long as there are fragments (duration 0). */
static void write_edts(struct rl_buf *out, uint32_t media_time)
{
    size_t edts = rl_box_begin(out, "edts");
    size_t elst = rl_full_box_begin(out, "elst", 0, 0);
    rl_buf_be32(out, 1);
    rl_buf_be32(out, 0);
    rl_buf_be32(out, media_time);
    rl_buf_be32(out, 0x10000);
    rl_box_end(out, elst);
    rl_box_end(out, edts);
}

/* ISO 639-2/T in 5-bit letters; "und" for what is not three lower-case letters. */
static unsigned packed_language(const char *language)
{
    const char *l = "und";
    bool three = strlen(language) == 3;
    for (int i = 0; three && i < 3; i++)
        three = language[i] >= 'a' && language[i] <= 'z';
    if (three)
        l = language;
    return (unsigned)(l[0] - 0x60) << 10 | (unsigned)(l[1] - 0x60) << 5 | (unsigned)(l[2] - 0x60);
}

static void write_mdhd_hdlr(struct rl_buf *out, const struct rl_track *track, bool video)
{
    size_t mdhd = rl_full_box_begin(out, "mdhd", 0, 0);
    zeros(out, 8);
    rl_buf_be32(out, track->timescale);
    rl_buf_be32(out, 0);
    rl_buf_be16(out, packed_language(track->language));
    rl_buf_be16(out, 0);
    rl_box_end(out, mdhd);
    size_t hdlr = rl_full_box_begin(out, "hdlr", 0, 0);
    zeros(out, 4);
    rl_buf_add(out, video ? "vide" : "soun", 4);
    zeros(out, 12);
    const char *name = track->title ? track->title : "";
    rl_buf_add(out, name, strlen(name) + 1);
    rl_box_end(out, hdlr);
}

static void write_media_header(struct rl_buf *out, bool video)
{
    size_t box = video ? rl_full_box_begin(out, "vmhd", 0, 1) : rl_full_box_begin(out, "smhd", 0, 0);
    zeros(out, video ? 8 : 4);
    rl_box_end(out, box);
    size_t dinf = rl_box_begin(out, "dinf");
    size_t dref = rl_full_box_begin(out, "dref", 0, 0);
    rl_buf_be32(out, 1);
    size_t url = rl_full_box_begin(out, "url ", 0, 1); /* in this file */
    rl_box_end(out, url);
    rl_box_end(out, dref);
    rl_box_end(out, dinf);
}

/* Every Opus packet needs the 80 ms before it decoded first: one roll group for all samples, by default. */
static void write_roll(struct rl_buf *out)
{
    size_t sgpd = rl_full_box_begin(out, "sgpd", 2, 0);
    rl_buf_add(out, "roll", 4);
    rl_buf_be32(out, 1); /* default_group_description_index */
    rl_buf_be32(out, 1);
    rl_buf_be16(out, 0x10000 - 4); /* -4 packets of 20 ms */
    rl_box_end(out, sgpd);
}

static int write_stbl(struct rl_buf *out, const struct rl_track *track, bool video, reel_error *err)
{
    static const char *const empty[] = { "stts", "stsc", "stco" };
    size_t stbl = rl_box_begin(out, "stbl");
    size_t stsd = rl_full_box_begin(out, "stsd", 0, 0);
    rl_buf_be32(out, 1);
    int rc = video ? rl_entry_av1(out, track, err) : rl_entry_opus(out, track, err);
    if (rc < 0)
        return rc;
    rl_box_end(out, stsd);
    for (size_t i = 0; i < 3; i++) {
        size_t box = rl_full_box_begin(out, empty[i], 0, 0);
        rl_buf_be32(out, 0);
        rl_box_end(out, box);
    }
    size_t stsz = rl_full_box_begin(out, "stsz", 0, 0);
    zeros(out, 8);
    rl_box_end(out, stsz);
    if (!video)
        write_roll(out);
    rl_box_end(out, stbl);
    return 0;
}

static void write_mvex(struct rl_buf *out)
{
    size_t mvex = rl_box_begin(out, "mvex");
    size_t trex = rl_full_box_begin(out, "trex", 0, 0);
    rl_buf_be32(out, 1);
    rl_buf_be32(out, 1); /* sample description */
    zeros(out, 12);
    rl_box_end(out, trex);
    rl_box_end(out, mvex);
}

int rl_init_write(struct rl_buf *out, const struct rl_track *track, reel_error *err)
{
    bool video = strcmp(track->codec, "av1") == 0;
    if (!video && strcmp(track->codec, "opus") != 0)
        return rl_err(err, REEL_ERR_MUX, "chunk", "no init segment for codec \"%s\"", track->codec);
    write_ftyp(out, video);
    size_t moov = rl_box_begin(out, "moov");
    write_mvhd(out, track->timescale);
    size_t trak = rl_box_begin(out, "trak");
    write_tkhd(out, track, video);
    if (!video && track->pre_skip > 0)
        write_edts(out, (uint32_t)track->pre_skip);
    size_t mdia = rl_box_begin(out, "mdia");
    write_mdhd_hdlr(out, track, video);
    size_t minf = rl_box_begin(out, "minf");
    write_media_header(out, video);
    int rc = write_stbl(out, track, video, err);
    if (rc < 0)
        return rc;
    rl_box_end(out, minf);
    rl_box_end(out, mdia);
    rl_box_end(out, trak);
    write_mvex(out);
    rl_box_end(out, moov);
    return out->failed ? rl_err_nomem(err, "chunk") : 0;
}
