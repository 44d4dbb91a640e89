#include "task.h"

#include <string.h>

#define LONGEST (INT64_C(1) << 50) /* ticks: centuries at any timescale that we use */

/* Place of the first piece whose index is not below. */
static size_t place_of(const struct rl_gather *g, uint32_t index)
{
    size_t low = 0, high = g->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (g->pieces[mid].chunk.index < index)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool rl_gather_has(const struct rl_gather *g, uint32_t index)
{
    size_t at = place_of(g, index);
    return at < g->count && g->pieces[at].chunk.index == index;
}

static const char *unsound_private(const struct rl_track *t, const struct rl_chunk_record *r)
{
    if (t->kind == REEL_STREAM_VIDEO) {
        if (r->private_size < 4 || r->private_size > sizeof(t->codec_private) || r->codec_private[0] != 0x81)
            return "av1C record";
        /* One init segment serves all chunks, so all must have the same. */
        if (t->private_size > 0 && (t->private_size != r->private_size ||
                                    memcmp(t->codec_private, r->codec_private, r->private_size) != 0))
            return "av1C record differs from that of the other chunks; it";
    } else if (t->kind == REEL_STREAM_AUDIO) {
        if (r->private_size < 19 || r->private_size > sizeof(t->codec_private) ||
            memcmp(r->codec_private, "OpusHead", 8) != 0 || r->codec_private[8] != 1 || r->codec_private[9] == 0)
            return "OpusHead";
    }
    return NULL;
}

static const char *unsound(const struct rl_gather *g, const struct rl_track *t, const struct rl_chunk_record *r,
                           size_t at)
{
    const struct rl_chunk *before = at > 0 ? &g->pieces[at - 1].chunk : NULL;
    const struct rl_chunk *behind = at < g->count ? &g->pieces[at].chunk : NULL;
    if (behind && behind->index == r->index)
        return "index comes twice; it";
    if (r->bytes == 0)
        return "size";
    if (r->start <= -LONGEST || r->start >= LONGEST)
        return "start";
    if (r->duration < 0 || r->duration >= LONGEST || (t->kind != REEL_STREAM_TEXT && r->duration == 0))
        return "duration";
    if (t->kind != REEL_STREAM_TEXT && r->samples == 0)
        return "number of samples";
    if (before && r->start < before->start + before->duration)
        return "start, before the end of the chunk in front,";
    if (behind && behind->start < r->start + r->duration)
        return "end, behind the start of the next chunk,";
    return unsound_private(t, r);
}

int rl_gather_add(const struct rl_env *env, struct rl_gather *g, struct rl_track *t, const struct rl_chunk_record *r,
                  bool resumed, reel_error *err)
{
    size_t at = place_of(g, r->index);
    const char *what = unsound(g, t, r, at);
    if (what)
        return rl_err(err, REEL_ERR_VERIFY, "chunk", "stream %d, chunk %u: its %s does not hold", (int)t->stream,
                      r->index, what);
    if (!rl_grow(env, (void **)&g->pieces, &g->capacity, g->count, sizeof(*g->pieces)))
        return rl_err_nomem(err, "chunk");
    memmove(&g->pieces[at + 1], &g->pieces[at], (g->count - at) * sizeof(*g->pieces));
    g->count++;
    struct rl_piece *p = &g->pieces[at];
    *p = (struct rl_piece){
        .chunk = { .index = r->index, .start = r->start, .duration = r->duration, .samples = r->samples,
                   .bytes = r->bytes },
        .samples_in = r->samples_in,
        .decode_errors = r->decode_errors,
        .resumed = resumed,
    };
    memcpy(p->chunk.digest, r->digest, sizeof(p->chunk.digest));
    /* The OpusHead of the last chunk has what only the end knows: the gain for a loudness target. */
    if (t->private_size == 0 || r->index >= g->private_index) {
        memcpy(t->codec_private, r->codec_private, r->private_size);
        t->private_size = r->private_size;
        g->private_index = r->index;
    }
    return 0;
}

struct rl_sums rl_gather_sums(const struct rl_gather *g, uint32_t first, uint32_t count)
{
    struct rl_sums sums = { 0 };
    for (size_t i = place_of(g, first); i < g->count; i++) {
        const struct rl_piece *p = &g->pieces[i];
        if (count > 0 && p->chunk.index - first >= count)
            break;
        sums.chunks++;
        sums.samples += p->chunk.samples;
        sums.samples_in += p->samples_in;
        sums.decode_errors += p->decode_errors;
    }
    return sums;
}
