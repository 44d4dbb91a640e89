/* CMAF fragments (ISO/IEC 14496-12, 23000-19): writing them from samples, and reading back what we wrote. */
#ifndef RL_MEDIA_CMAF_H
#define RL_MEDIA_CMAF_H

#include "../../base/buf.h"
#include "../../base/err.h"

struct rl_sample {
    const uint8_t *data;
    size_t size;
    int64_t ts;       /* in the track's timescale; rises */
    int64_t duration; /* > 0 */
    int32_t key;
};

/* Appends one moof and mdat. sequence counts from 1. Negative ts of the first sample is an error. A sample lasts until the
 * next one begins (gaps cannot be said in a fragment); `duration` counts for the last one only. */
int rl_cmaf_write(struct rl_buf *out, uint32_t sequence, const struct rl_sample *samples, size_t count,
                  reel_error *err);

/* Reads a fragment: samples point into data; the caller frees *samples with rl_free. Checked as if foreign. */
int rl_cmaf_read(const struct rl_env *env, const uint8_t *data, size_t size, struct rl_sample **samples,
                 size_t *count, reel_error *err);

#endif
