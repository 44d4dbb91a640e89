/* Types by content. Pure functions over a window of bytes; names are never looked at. */
#ifndef RL_INPUT_SNIFF_H
#define RL_INPUT_SNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rl_type {
    const char *name;    /* "mp4"; static */
    const char *mime;    /* static */
    const char *demuxer; /* the engine's short name, "" where it is not accepted; static */
    bool accepted;       /* probing and planning take it */
};

/*
 * The type of bytes of which the first `size` are in `data` and `total` are in all; NULL when unknown. The first rule
 * that fits wins, so a file that is two things at once is what it is at its beginning.
 */
const struct rl_type *rl_sniff(const uint8_t *data, size_t size, uint64_t total);

/* Length of the ID3v2 tag at data, header and footer included, 0 when there is none. */
uint64_t rl_sniff_id3(const uint8_t *data, size_t size);

const struct rl_type *rl_sniff_unknown(void); /* "unknown" */
/* What a file with an ID3v2 tag is when nothing behind it says otherwise. */
const struct rl_type *rl_sniff_tagged(void);

#endif
