/* The inside of an Exif blob, which is a small TIFF: every read is checked against its end. */
#ifndef RL_MEDIA_STILL_EXIF_H
#define RL_MEDIA_STILL_EXIF_H

#include "still.h"

struct rl_tiff {
    const uint8_t *data;
    size_t size;
    bool big; /* MM: the high byte comes first */
};

struct rl_tiff_entry {
    unsigned tag, type;
    uint32_t count;
    size_t at;    /* of the entry itself */
    size_t value; /* of its bytes */
    size_t bytes;
};

enum {
    RL_TIFF_IMAGE_DESCRIPTION = 0x010e,
    RL_TIFF_MAKE = 0x010f,
    RL_TIFF_MODEL = 0x0110,
    RL_TIFF_ORIENTATION = 0x0112,
    RL_TIFF_DATE = 0x0132,
    RL_TIFF_ARTIST = 0x013b,
    RL_TIFF_THUMBNAIL = 0x0201,
    RL_TIFF_THUMBNAIL_SIZE = 0x0202,
    RL_TIFF_COPYRIGHT = 0x8298,
    RL_TIFF_EXIF = 0x8769,
    RL_TIFF_GPS = 0x8825,
    RL_TIFF_DATE_ORIGINAL = 0x9003
};

/* false: not a TIFF. The "Exif\0\0" in front of it is skipped. */
bool rl_tiff_open(struct rl_tiff *t, const uint8_t *data, size_t size);
uint32_t rl_tiff_u16(const struct rl_tiff *t, size_t at); /* 0 past the end */
uint32_t rl_tiff_u32(const struct rl_tiff *t, size_t at);
size_t rl_tiff_first(const struct rl_tiff *t); /* offset of IFD0, 0: none */
size_t rl_tiff_next(const struct rl_tiff *t, size_t ifd);
uint32_t rl_tiff_count(const struct rl_tiff *t, size_t ifd); /* entries that are inside the file */
/* The nth entry; false where its value is not inside the file. */
bool rl_tiff_entry(const struct rl_tiff *t, size_t ifd, uint32_t n, struct rl_tiff_entry *e);
bool rl_tiff_find(const struct rl_tiff *t, size_t ifd, unsigned tag, struct rl_tiff_entry *e);
/* The nth number of an entry of bytes, shorts or longs; 0 where there is none. */
uint32_t rl_tiff_number(const struct rl_tiff *t, const struct rl_tiff_entry *e, uint32_t n);
/* The first number of a tag, or `otherwise`. */
uint32_t rl_tiff_value(const struct rl_tiff *t, size_t ifd, unsigned tag, uint32_t otherwise);
/* Length of the text of a tag without blanks and zeros at its end, and where it is; 0: none. */
size_t rl_tiff_text(const struct rl_tiff *t, size_t ifd, unsigned tag, const char **text);

/* Appends what is metadata in a TIFF picture, as an Exif blob of its own. */
int rl_exif_extract(struct rl_buf *out, const uint8_t *tiff, size_t size);

#endif
