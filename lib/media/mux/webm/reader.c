#include "reader.h"

#include "../../../base/digest.h"
#include "../../../base/io.h"
#include "vtt.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void rl_reader_init(struct rl_reader *r, struct rl_flow *flow, const struct rl_track *track, uint32_t number)
{
    *r = (struct rl_reader){ .flow = flow, .track = track, .number = number, .last_ts = -1 };
    rl_buf_init(&r->text, flow->env);
}

void rl_reader_free(struct rl_reader *r)
{
    rl_free(r->flow->env, r->samples);
    rl_free(r->flow->env, r->data);
    rl_buf_free(&r->text);
    r->samples = NULL;
    r->data = NULL;
}

/* A store hands out what its disk does. Both walks ask: the bytes that are written are bytes that were checked. */
static int check_digest(struct rl_reader *r, const struct rl_chunk *chunk)
{
    uint8_t found[REEL_DIGEST_SIZE];
    if (rl_digest_bytes(r->data, (size_t)chunk->bytes, found) < 0)
        return rl_err_nomem(r->flow->err, "join");
    if (memcmp(found, chunk->digest, REEL_DIGEST_SIZE) != 0)
        return rl_err(r->flow->err, REEL_ERR_CORRUPT, "join", "chunk %u of rendition %u does not match its digest",
                      chunk->index, r->number);
    return 0;
}

static int read_bytes(struct rl_reader *r, int fd, const struct rl_chunk *chunk)
{
    const struct rl_env *env = r->flow->env;
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size < 0 || (uint64_t)st.st_size != chunk->bytes || chunk->bytes > SIZE_MAX / 2)
        return rl_err(r->flow->err, REEL_ERR_CORRUPT, "join", "chunk %u of rendition %u has not its %llu bytes",
                      chunk->index, r->number, (unsigned long long)chunk->bytes);
    size_t size = (size_t)chunk->bytes;
    if (size > r->capacity || !r->data) {
        rl_free(env, r->data);
        r->capacity = 0;
        r->data = rl_alloc(env, size);
        if (!r->data)
            return rl_err_nomem(r->flow->err, "join");
        r->capacity = size;
    }
    int64_t got = rl_pread(env, fd, r->data, size, 0);
    if (got < 0)
        return rl_err_errno(r->flow->err, (int)-got, "join", "chunk %u of rendition %u", chunk->index, r->number);
    if ((uint64_t)got != chunk->bytes)
        return rl_err(r->flow->err, REEL_ERR_CORRUPT, "join", "chunk %u of rendition %u ends early", chunk->index,
                      r->number);
    return check_digest(r, chunk);
}

/* What the manifest says of a chunk must be what is in it, and time must go on. */
static int check_samples(struct rl_reader *r, const struct rl_chunk *chunk)
{
    bool text = strcmp(r->track->codec, "webvtt") == 0, video = strcmp(r->track->codec, "av1") == 0;
    const struct rl_sample *first = r->samples, *last = r->samples + r->count - 1;
    bool good = text || (r->count > 0 && first->ts == chunk->start && first->ts > r->last_ts &&
                         last->ts + last->duration == chunk->start + chunk->duration);
    good = good && (!video || (r->count == chunk->samples && first->key));
    if (!good)
        return rl_err(r->flow->err, REEL_ERR_CORRUPT, "join", "chunk %u of rendition %u is not as the manifest says",
                      chunk->index, r->number);
    if (r->count > 0)
        r->last_ts = last->ts;
    return 0;
}

static int load(struct rl_reader *r)
{
    struct rl_flow *flow = r->flow;
    const struct rl_chunk *chunk = &r->track->chunks[r->chunk++];
    rl_free(flow->env, r->samples);
    r->samples = NULL;
    r->count = r->at = 0;
    int fd = flow->host->chunk_fd(flow->host->user, r->number, chunk->index);
    if (fd < 0)
        return rl_err_errno(flow->err, -fd, "join", "chunk %u of rendition %u", chunk->index, r->number);
    int rc = read_bytes(r, fd, chunk);
    close(fd);
    if (rc < 0)
        return rc;
    if (strcmp(r->track->codec, "webvtt") == 0) {
        rl_buf_free(&r->text);
        rl_buf_init(&r->text, flow->env);
        rc = rl_vtt_read(&r->text, r->data, (size_t)chunk->bytes, &r->samples, &r->count, flow->err);
    } else {
        rc = rl_cmaf_read(flow->env, r->data, (size_t)chunk->bytes, &r->samples, &r->count, flow->err);
    }
    return rc < 0 ? rc : check_samples(r, chunk);
}

int rl_reader_peek(struct rl_reader *r, const struct rl_sample **sample)
{
    while (r->at == r->count) {
        if (r->chunk == r->track->chunk_count)
            return REEL_END;
        int rc = load(r);
        if (rc < 0)
            return rc;
    }
    *sample = &r->samples[r->at];
    return 0;
}

void rl_reader_take(struct rl_reader *r)
{
    r->at++;
}

bool rl_reader_is_last(const struct rl_reader *r)
{
    return r->at + 1 == r->count && r->chunk == r->track->chunk_count;
}
