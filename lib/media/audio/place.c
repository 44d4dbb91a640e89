#include "place.h"

#include "../../base/time.h"

#include <string.h>

#define SLACK_MS 30                  /* timestamps may be this far off the count */
#define JUMP_MAX_S 60                /* beyond it a timestamp is damaged */
#define PLACE_MAX (INT64_C(1) << 52) /* of no use, and sums must not overflow */

/*
 * In these containers sound has no time of its own: it follows itself without gaps, and the demuxer only counts packets
 * or bytes, by a header that may be wrong. What that says against the samples is not heard; only behind a damaged packet
 * its count tells how much is missing.
 */
static bool is_counted(const char *format)
{
    static const char *const names[] = { "avi", "wav",  "w64", "aiff", "mp3", "aac",
                                         "flac", "amr", "ac3", "eac3", "caf", "au" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(format, names[i]))
            return true;
    return false;
}

void rl_place_init(struct rl_place *p, const char *format, reel_ratio time_base, int64_t origin, int64_t shift,
                   int32_t rate)
{
    *p = (struct rl_place){ .time_base = time_base, .origin = origin, .shift = shift, .rate = rate,
                            .counted = is_counted(format) };
}

/* Where the timestamp says the frame stands; false when it has none that can be meant. */
static bool timestamp(const struct rl_place *p, const AVFrame *frame, int64_t *at)
{
    int64_t out;
    if (frame->pts == AV_NOPTS_VALUE || __builtin_sub_overflow(frame->pts, p->origin, &out))
        return false;
    out = rl_rescale(out, p->time_base, (reel_ratio){ 1, p->rate });
    if (out > PLACE_MAX || out < -PLACE_MAX)
        return false;
    *at = out - p->shift + p->moved;
    return true;
}

int64_t rl_place_frame(struct rl_place *p, const AVFrame *frame, int64_t expected, uint64_t errors)
{
    int64_t at = 0;
    bool known = timestamp(p, frame, &at);
    p->jumped = false;
    if (!p->placed) {
        p->placed = true;
        return at;
    }
    int64_t off = known ? at - expected : 0;
    bool lost = errors > p->errors;
    p->errors = errors;
    if (p->counted && (off < 0 || !lost)) {
        p->moved -= off;
        return 0;
    }
    int64_t slack = (int64_t)p->rate * SLACK_MS / 1000, jump = (int64_t)p->rate * JUMP_MAX_S;
    if (off >= -slack && off <= slack)
        return 0;
    if (off > jump || off < -jump) {
        p->moved -= off;
        p->jumped = true;
        return 0;
    }
    return off;
}
