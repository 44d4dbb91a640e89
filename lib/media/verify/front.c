#include "front.h"

#include "../../base/io.h"

enum { EBML = 0x1A45DFA3, SEGMENT = 0x18538067, CLUSTER = 0x1F43B675, CUES = 0x1C53BB6B };

#define ELEMENTS_MAX 64 /* in front of the first cluster */

/* An ID, or a size, of up to 8 bytes; false when it is cut or malformed. */
static bool read_vint(const uint8_t *data, size_t size, size_t *at, bool keep_marker, uint64_t *value)
{
    if (*at >= size || data[*at] == 0)
        return false;
    unsigned width = 1;
    while (!(data[*at] & (0x80 >> (width - 1))))
        width++;
    if (width > size - *at)
        return false;
    uint64_t v = keep_marker ? data[*at] : data[*at] & (0xffu >> width);
    for (unsigned i = 1; i < width; i++)
        v = v << 8 | data[*at + i];
    *at += width;
    *value = v;
    return true;
}

int rl_cues_at_front(struct rl_flow *flow, int fd)
{
    int64_t offset = 0;
    for (int i = 0; i < ELEMENTS_MAX; i++) {
        uint8_t head[16];
        int64_t got = rl_pread(flow->env, fd, head, sizeof(head), offset);
        if (got < 0)
            return rl_err_errno(flow->err, (int)-got, "verify", "reading the joined file");
        size_t at = 0;
        uint64_t id, size;
        if (!read_vint(head, (size_t)got, &at, true, &id) || !read_vint(head, (size_t)got, &at, false, &size))
            return 0;
        if (i == 0 && id != EBML)
            return 0;
        if (id == CUES || id == CLUSTER)
            return id == CUES;
        if (size > INT64_MAX / 2)
            return 0;
        offset += (int64_t)at + (id == SEGMENT ? 0 : (int64_t)size); /* the segment is entered, others are passed */
    }
    return 0;
}
