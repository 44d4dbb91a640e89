/*
 * Reading a fragment back. Chunks come out of a store that others may write to, so every size is checked before it
 * is used. Fragments in a form that rl_cmaf_write never gives are refused rather than half understood.
 */
#include "cmaf.h"

#include "../../base/env.h"
#include "cmaf_box.h"

#include <string.h>

/* A window on bytes; a read beyond its end gives 0 and sets `bad`. */
struct reader {
    const uint8_t *data;
    size_t size, at;
    bool bad;
};

static uint32_t read_be32(struct reader *r)
{
    if (r->bad || r->size - r->at < 4) {
        r->bad = true;
        return 0;
    }
    const uint8_t *p = r->data + r->at;
    r->at += 4;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t read_be64(struct reader *r)
{
    uint64_t high = read_be32(r);
    return high << 32 | read_be32(r);
}

/* The next box of r: true and its payload, false at the end or when it is bad. */
static bool next_box(struct reader *r, uint32_t *type, struct reader *box)
{
    if (r->bad || r->at == r->size)
        return false;
    size_t begin = r->at;
    uint64_t size = read_be32(r);
    *type = read_be32(r);
    if (size == 1)
        size = read_be64(r);
    size_t head = r->at - begin;
    if (r->bad || size < head || size > r->size - begin) {
        r->bad = true;
        return false;
    }
    *box = (struct reader){ .data = r->data + r->at, .size = (size_t)size - head };
    r->at = begin + (size_t)size;
    return true;
}

#define BOX(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

struct fragment {
    const uint8_t *moof, *mdat, *mdat_end;
    uint32_t default_duration, default_flags;
    bool has_duration, has_flags, has_time;
    uint64_t time;
    struct reader trun;
    bool has_trun;
};

static void read_tfhd(struct fragment *f, struct reader r)
{
    uint32_t flags = read_be32(&r) & 0xffffff;
    read_be32(&r); /* track_ID */
    if (flags & ~(RL_TFHD_BASE_IS_MOOF | RL_TFHD_DURATION | RL_TFHD_FLAGS) || !(flags & RL_TFHD_BASE_IS_MOOF))
        return;
    if (flags & RL_TFHD_DURATION)
        f->default_duration = read_be32(&r);
    if (flags & RL_TFHD_FLAGS)
        f->default_flags = read_be32(&r);
    f->has_duration = flags & RL_TFHD_DURATION && !r.bad;
    f->has_flags = flags & RL_TFHD_FLAGS && !r.bad;
}

static bool read_traf(struct fragment *f, struct reader traf)
{
    uint32_t type;
    struct reader box;
    while (next_box(&traf, &type, &box)) {
        if (type == BOX('t', 'f', 'h', 'd')) {
            read_tfhd(f, box);
        } else if (type == BOX('t', 'f', 'd', 't')) {
            uint32_t version = read_be32(&box) >> 24;
            f->time = version ? read_be64(&box) : read_be32(&box);
            f->has_time = !box.bad && f->time <= INT64_MAX / 2;
        } else if (type == BOX('t', 'r', 'u', 'n')) {
            if (f->has_trun)
                return false;
            f->trun = box;
            f->has_trun = true;
        }
    }
    return !traf.bad;
}

/* Finds the parts. The window must hold exactly one moof and one mdat behind it. */
static bool read_parts(struct fragment *f, const uint8_t *data, size_t size)
{
    struct reader file = { .data = data, .size = size }, box, inner;
    uint32_t type, inner_type;
    size_t begin = 0;
    bool has_traf = false;
    while (begin = file.at, next_box(&file, &type, &box)) {
        if (type == BOX('m', 'o', 'o', 'f')) {
            if (f->moof)
                return false;
            f->moof = data + begin;
            while (next_box(&box, &inner_type, &inner)) {
                if (inner_type != BOX('t', 'r', 'a', 'f'))
                    continue;
                if (has_traf || !read_traf(f, inner))
                    return false;
                has_traf = true;
            }
            if (box.bad)
                return false;
        } else if (type == BOX('m', 'd', 'a', 't')) {
            if (f->mdat || !f->moof)
                return false;
            f->mdat = box.data;
            f->mdat_end = box.data + box.size;
        }
    }
    return !file.bad && f->mdat && f->has_trun && f->has_time;
}

/* Fills samples from the run; their bytes must lie one after the other within the mdat. */
static bool read_run(const struct fragment *f, struct reader *r, uint32_t flags, uint32_t count, uint32_t offset,
                     struct rl_sample *samples)
{
    if (offset < (uint64_t)(f->mdat - f->moof) || offset > (uint64_t)(f->mdat_end - f->moof))
        return false;
    const uint8_t *data = f->moof + offset;
    int64_t time = (int64_t)f->time;
    uint32_t first_flags = flags & RL_TRUN_FIRST_FLAGS ? read_be32(r) : f->default_flags;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t duration = flags & RL_TRUN_DURATION ? read_be32(r) : f->default_duration;
        uint32_t size = read_be32(r);
        uint32_t sample_flags = flags & RL_TRUN_FLAGS ? read_be32(r) : i == 0 ? first_flags : f->default_flags;
        if (r->bad || duration == 0 || size == 0 || size > (size_t)(f->mdat_end - data))
            return false;
        samples[i] = (struct rl_sample){ .data = data, .size = size, .ts = time, .duration = duration,
                                         .key = !(sample_flags & RL_SAMPLE_NON_SYNC_BIT) };
        data += size;
        time += duration; /* at most count * 2^32 beyond INT64_MAX / 2: cannot overflow */
    }
    return true;
}

int rl_cmaf_read(const struct rl_env *env, const uint8_t *data, size_t size, struct rl_sample **samples,
                 size_t *count, reel_error *err)
{
    *samples = NULL;
    *count = 0;
    struct fragment f = { 0 };
    if (!read_parts(&f, data, size))
        return rl_err(err, REEL_ERR_CORRUPT, "chunk", "a chunk of %zu bytes is not a complete fragment", size);

    struct reader r = f.trun;
    uint32_t flags = read_be32(&r) & 0xffffff;
    uint32_t n = read_be32(&r);
    uint32_t offset = read_be32(&r);
    bool known = (flags & (RL_TRUN_DATA_OFFSET | RL_TRUN_SIZE)) == (RL_TRUN_DATA_OFFSET | RL_TRUN_SIZE) &&
                 !(flags & RL_TRUN_COMPOSITION) && (flags & RL_TRUN_DURATION || f.has_duration) &&
                 (flags & RL_TRUN_FLAGS || f.has_flags);
    /* Each sample takes at least the 4 bytes of its size, so a small chunk cannot ask for much memory. */
    if (r.bad || !known || n == 0 || n > RL_FRAGMENT_SAMPLES || n > (r.size - r.at) / 4)
        return rl_err(err, REEL_ERR_CORRUPT, "chunk", "the table of a chunk is damaged");

    struct rl_sample *list = rl_calloc(env, n, sizeof(*list));
    if (!list)
        return rl_err_nomem(err, "chunk");
    if (!read_run(&f, &r, flags, n, offset, list)) {
        rl_free(env, list);
        return rl_err(err, REEL_ERR_CORRUPT, "chunk", "the table of a chunk points outside of it");
    }
    *samples = list;
    *count = n;
    return 0;
}
