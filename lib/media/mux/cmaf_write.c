/*
 * One fragment: moof (mfhd, traf: tfhd, tfdt, trun) and mdat. What all samples share stands once in the tfhd, since the
 * tables of short Opus packets would otherwise be a tenth of the fragment.
 */
#include "cmaf.h"

#include "../../engine/box.h"
#include "cmaf_box.h"

/* A sample lasts until the next one begins; only the last says itself how long it is. */
static int64_t sample_duration(const struct rl_sample *samples, size_t count, size_t i)
{
    return i + 1 < count ? samples[i + 1].ts - samples[i].ts : samples[i].duration;
}

static uint32_t sample_flags(const struct rl_sample *sample)
{
    return sample->key ? RL_SAMPLE_SYNC : RL_SAMPLE_NON_SYNC;
}

struct common {
    bool duration; /* all samples have that of the first */
    bool flags;    /* all samples but the first have those of the last */
    uint64_t bytes;
};

static int check_samples(const struct rl_sample *samples, size_t count, struct common *common, reel_error *err)
{
    if (count == 0 || count > RL_FRAGMENT_SAMPLES)
        return rl_err(err, REEL_ERR_MUX, "chunk", "a fragment cannot have %zu samples", count);
    if (samples[0].ts < 0)
        return rl_err(err, REEL_ERR_MUX, "chunk", "a fragment cannot begin at the negative time %lld",
                      (long long)samples[0].ts);
    *common = (struct common){ .duration = true, .flags = true };
    int64_t first = sample_duration(samples, count, 0);
    uint32_t flags = sample_flags(&samples[count - 1]);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && samples[i + 1].ts <= samples[i].ts)
            return rl_err(err, REEL_ERR_MUX, "chunk", "timestamps of sample %zu and its successor do not rise", i);
        int64_t duration = sample_duration(samples, count, i);
        if (duration <= 0 || duration > UINT32_MAX)
            return rl_err(err, REEL_ERR_MUX, "chunk", "sample %zu lasts %lld, which does not fit", i,
                          (long long)duration);
        if (samples[i].size == 0 || samples[i].size > UINT32_MAX)
            return rl_err(err, REEL_ERR_MUX, "chunk", "sample %zu has %zu bytes, which does not fit", i,
                          samples[i].size);
        common->bytes += samples[i].size;
        common->duration = common->duration && duration == first;
        common->flags = common->flags && (i == 0 || sample_flags(&samples[i]) == flags);
    }
    if (common->bytes > UINT32_MAX - 8)
        return rl_err(err, REEL_ERR_MUX, "chunk", "a fragment of %llu bytes is too large",
                      (unsigned long long)common->bytes);
    return 0;
}

static void write_tfhd(struct rl_buf *out, const struct rl_sample *samples, size_t count, const struct common *common)
{
    uint32_t flags = RL_TFHD_BASE_IS_MOOF;
    flags |= common->duration ? RL_TFHD_DURATION : 0;
    flags |= common->flags ? RL_TFHD_FLAGS : 0;
    size_t tfhd = rl_full_box_begin(out, "tfhd", 0, flags);
    rl_buf_be32(out, 1); /* track_ID: each rendition is a file of its own */
    if (common->duration)
        rl_buf_be32(out, (uint32_t)sample_duration(samples, count, 0));
    if (common->flags)
        rl_buf_be32(out, sample_flags(&samples[count - 1]));
    rl_box_end(out, tfhd);
}

/* Returns where the data offset stands, which is known only when the moof is complete. */
static size_t write_trun(struct rl_buf *out, const struct rl_sample *samples, size_t count,
                         const struct common *common)
{
    bool first_flags = common->flags && sample_flags(&samples[0]) != sample_flags(&samples[count - 1]);
    uint32_t flags = RL_TRUN_DATA_OFFSET | RL_TRUN_SIZE;
    flags |= first_flags ? RL_TRUN_FIRST_FLAGS : 0;
    flags |= common->duration ? 0 : RL_TRUN_DURATION;
    flags |= common->flags ? 0 : RL_TRUN_FLAGS;
    size_t trun = rl_full_box_begin(out, "trun", 0, flags);
    rl_buf_be32(out, (uint32_t)count);
    size_t offset_at = out->size;
    rl_buf_be32(out, 0);
    if (first_flags)
        rl_buf_be32(out, sample_flags(&samples[0]));
    for (size_t i = 0; i < count; i++) {
        if (!common->duration)
            rl_buf_be32(out, (uint32_t)sample_duration(samples, count, i));
        rl_buf_be32(out, (uint32_t)samples[i].size);
        if (!common->flags)
            rl_buf_be32(out, sample_flags(&samples[i]));
    }
    rl_box_end(out, trun);
    return offset_at;
}

int rl_cmaf_write(struct rl_buf *out, uint32_t sequence, const struct rl_sample *samples, size_t count,
                  reel_error *err)
{
    struct common common = { 0 };
    int rc = check_samples(samples, count, &common, err);
    if (rc < 0)
        return rc;

    size_t moof = rl_box_begin(out, "moof");
    size_t mfhd = rl_full_box_begin(out, "mfhd", 0, 0);
    rl_buf_be32(out, sequence);
    rl_box_end(out, mfhd);
    size_t traf = rl_box_begin(out, "traf");
    write_tfhd(out, samples, count, &common);
    size_t tfdt = rl_full_box_begin(out, "tfdt", 1, 0);
    rl_buf_be64(out, (uint64_t)samples[0].ts);
    rl_box_end(out, tfdt);
    size_t offset_at = write_trun(out, samples, count, &common);
    rl_box_end(out, traf);
    rl_box_end(out, moof);
    if (!out->failed) {
        uint32_t offset = (uint32_t)(out->size - moof) + 8;
        for (int i = 0; i < 4; i++)
            out->data[offset_at + (size_t)i] = (uint8_t)(offset >> (24 - 8 * i));
    }

    rl_buf_be32(out, (uint32_t)(common.bytes + 8));
    rl_buf_add(out, "mdat", 4);
    for (size_t i = 0; i < count; i++)
        rl_buf_add(out, samples[i].data, samples[i].size);
    return out->failed ? rl_err_nomem(err, "chunk") : 0;
}
