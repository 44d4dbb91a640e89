#include "manifest.h"

#include "../base/digest.h"
#include "../base/opts.h"
#include "../base/time.h"
#include "../ctx/ctx.h"

#include <stdio.h>
#include <string.h>

#define LONGEST (INT64_C(1) << 42) /* of times in ticks, so that sums cannot overflow */

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

bool rl_language_ok(const char *text)
{
    for (; *text; text++)
        if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (*text >= '0' && *text <= '9') ||
              *text == '-'))
            return false;
    return true;
}

static int check_chunks(const struct rl_track *t, uint32_t number, reel_error *err)
{
    int64_t end = -LONGEST;
    for (uint32_t i = 0; i < t->chunk_count; i++) {
        const struct rl_chunk *c = &t->chunks[i];
        if (i > 0 && c->index <= t->chunks[i - 1].index)
            return rl_err(err, REEL_ERR_JSON, "manifest", "rendition %u: chunk indices do not rise", number);
        if (c->start <= -LONGEST || c->start >= LONGEST || c->duration < 0 || c->duration >= LONGEST)
            return rl_err(err, REEL_ERR_JSON, "manifest", "rendition %u: times of chunk %u are out of range", number,
                          i);
        if (c->start < end)
            return rl_err(err, REEL_ERR_JSON, "manifest", "rendition %u: chunk %u begins before the one in front ends",
                          number, i);
        if (c->samples >= (uint64_t)LONGEST)
            return rl_err(err, REEL_ERR_JSON, "manifest", "rendition %u: samples of chunk %u are out of range", number,
                          i);
        if (c->bytes == 0 || is_zero(c->digest, sizeof(c->digest)))
            return rl_err(err, REEL_ERR_JSON, "manifest", "rendition %u: chunk %u has no bytes", number, i);
        end = c->start + c->duration;
    }
    return 0;
}

static int check_track(const struct rl_track *t, uint32_t number, reel_error *err)
{
    const char *wrong = NULL;
    if (t->timescale == 0 || t->timescale > INT32_MAX)
        wrong = "timescale is out of range";
    else if (t->chunk_count == 0)
        wrong = "there are no chunks";
    else if (!rl_language_ok(t->language))
        wrong = "the language is no language tag";
    else if (!rl_url_pattern_ok(t->codec_string))
        wrong = "the codec string is empty or has control characters";
    else if (t->kind == REEL_STREAM_TEXT)
        wrong = strcmp(t->codec, "webvtt") != 0 ? "text must be webvtt" : NULL;
    else if (t->kind != REEL_STREAM_VIDEO && t->kind != REEL_STREAM_AUDIO)
        wrong = "the kind is neither video, audio nor text";
    else if (t->private_size < 4 || is_zero(t->init, sizeof(t->init)))
        wrong = "the codec's own data or the init segment is missing";
    else if (t->kind == REEL_STREAM_VIDEO && (strcmp(t->codec, "av1") != 0 || t->width <= 0 || t->height <= 0))
        wrong = "video must be av1 and have a size";
    else if (t->kind == REEL_STREAM_AUDIO &&
             (strcmp(t->codec, "opus") != 0 || t->channels <= 0 || t->timescale != 48000 || t->pre_skip < 0))
        wrong = "audio must be opus at 48 kHz, and have channels and a pre-skip";
    if (wrong)
        return rl_err(err, REEL_ERR_JSON, "manifest", "rendition %u: %s", number, wrong);
    return check_chunks(t, number, err);
}

int rl_manifest_check(const struct rl_manifest *m, reel_error *err)
{
    if (m->version != 1)
        return rl_err(err, REEL_ERR_JSON, "manifest", "version %d is not known", (int)m->version);
    if (m->track_count == 0)
        return rl_err(err, REEL_ERR_JSON, "manifest", "there are no renditions");
    int rc = 0;
    for (uint32_t i = 0; i < m->track_count && rc == 0; i++)
        rc = check_track(&m->tracks[i], i, err);
    return rc;
}

int rl_manifest_copy(const struct rl_env *env, const struct rl_manifest *from, struct rl_manifest *to, reel_error *err)
{
    json_t *json = rl_shape_to_json(&rl_manifest_shape, from);
    if (!json)
        return rl_err_nomem(err, "manifest");
    memset(to, 0, sizeof(*to));
    int rc = rl_shape_from_json(env, &rl_manifest_shape, json, to, err);
    json_decref(json);
    return rc;
}

void rl_manifest_clear(const struct rl_env *env, struct rl_manifest *m)
{
    rl_shape_clear(env, &rl_manifest_shape, m);
}

static int create(reel_manifest **out, reel_ctx *ctx, reel_error *err)
{
    *out = rl_calloc(rl_ctx_env(ctx), 1, sizeof(**out));
    if (!*out)
        return rl_err_nomem(err, "manifest");
    (*out)->ctx = reel_ctx_ref(ctx);
    return 0;
}

int rl_manifest_wrap(reel_manifest **out, reel_ctx *ctx, const struct rl_manifest *m, reel_error *err)
{
    int rc = create(out, ctx, err);
    if (rc == 0)
        rc = rl_manifest_copy(rl_ctx_env(ctx), m, &(*out)->m, err);
    if (rc < 0)
        reel_manifest_destroy(out);
    return rc;
}

int reel_manifest_from_json(reel_manifest **out, reel_ctx *ctx, const char *json, size_t size, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc;
    if (out)
        *out = NULL;
    if (!out || !ctx || !json)
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, "manifest", "out, ctx and json must not be NULL");
    else
        rc = create(out, ctx, &e);
    if (rc == 0)
        rc = rl_shape_read(rl_ctx_env(ctx), &rl_manifest_shape, json, size, &(*out)->m, &e);
    if (rc == 0)
        rc = rl_manifest_check(&(*out)->m, &e);
    if (rc < 0 && out)
        reel_manifest_destroy(out);
    rl_err_export(err, &e);
    return rc;
}

int reel_manifest_to_json(reel_buffer **out, const reel_manifest *manifest)
{
    if (out)
        *out = NULL;
    if (!out || !manifest)
        return REEL_ERR_INVALID_ARG;
    reel_error e = RL_ERROR_INIT;
    struct rl_buf buf;
    rl_buf_init(&buf, rl_ctx_env(manifest->ctx));
    int rc = rl_shape_write(&rl_manifest_shape, &manifest->m, &buf, &e);
    if (rc == 0)
        return rl_buffer_take(out, manifest->ctx, &buf);
    rl_buf_free(&buf);
    return rc;
}

int reel_manifest_get_rendition(const reel_manifest *manifest, uint32_t index, reel_rendition_info *out)
{
    if (!manifest || !out)
        return REEL_ERR_INVALID_ARG;
    if (index >= manifest->m.track_count)
        return REEL_END;
    const struct rl_track *t = &manifest->m.tracks[index];
    reel_rendition_info info = {
        .size = sizeof(info),
        .start = rl_track_start(t),
        .duration = rl_track_duration(t),
        .bytes = rl_track_bytes(t),
        .kind = t->kind,
        .stream = t->stream,
        .chunks = t->chunk_count,
        .width = t->width,
        .height = t->height,
        .channels = t->channels,
    };
    for (uint32_t i = 0; i < t->chunk_count; i++)
        info.samples += t->chunks[i].samples;
    memcpy(info.init, t->init, sizeof(info.init));
    memcpy(info.codec, t->codec_string, sizeof(info.codec));
    memcpy(info.language, t->language, sizeof(info.language));
    return rl_info_out(out, &info, sizeof(info), RL_SIZE_TO(reel_rendition_info, language));
}

int reel_manifest_get_chunk(const reel_manifest *manifest, uint32_t rendition, uint32_t index, reel_chunk_info *out)
{
    if (!manifest || !out || rendition >= manifest->m.track_count)
        return REEL_ERR_INVALID_ARG;
    const struct rl_track *t = &manifest->m.tracks[rendition];
    if (index >= t->chunk_count)
        return REEL_END;
    const struct rl_chunk *c = &t->chunks[index];
    int64_t start = rl_chunk_start(t, index);
    reel_chunk_info info = {
        .size = sizeof(info),
        .start = start,
        .duration = rl_chunk_end(t, index) - start,
        .bytes = c->bytes,
        .samples = c->samples,
    };
    memcpy(info.digest, c->digest, sizeof(info.digest));
    return rl_info_out(out, &info, sizeof(info), RL_SIZE_TO(reel_chunk_info, digest));
}

void reel_manifest_destroy(reel_manifest **manifest)
{
    if (!manifest || !*manifest)
        return;
    reel_ctx *ctx = (*manifest)->ctx;
    rl_manifest_clear(rl_ctx_env(ctx), &(*manifest)->m);
    rl_free(rl_ctx_env(ctx), *manifest);
    *manifest = NULL;
    reel_ctx_unref(&ctx);
}

int64_t rl_track_us(const struct rl_track *track, int64_t ticks)
{
    return rl_rescale(ticks, (reel_ratio){ 1, (int32_t)track->timescale }, RL_US);
}

int64_t rl_track_start(const struct rl_track *track)
{
    return track->chunk_count ? rl_track_us(track, track->chunks[0].start) : 0;
}

static int64_t track_end(const struct rl_track *track)
{
    if (track->chunk_count == 0)
        return 0;
    const struct rl_chunk *last = &track->chunks[track->chunk_count - 1];
    if (track->kind != REEL_STREAM_AUDIO)
        return rl_track_us(track, last->start + last->duration);
    /* Chunks of sound count coded samples; what a player drops at both ends is not heard. `samples` is what is. */
    int64_t heard = 0;
    for (uint32_t i = 0; i < track->chunk_count; i++)
        heard += (int64_t)track->chunks[i].samples;
    return rl_track_us(track, track->chunks[0].start + heard);
}

int64_t rl_chunk_start(const struct rl_track *track, uint32_t index)
{
    /* The first chunk of sound begins with the pre-skip, which is not heard; so all behind it are heard earlier. */
    int64_t early = track->kind == REEL_STREAM_AUDIO && index > 0 ? track->pre_skip : 0;
    return rl_track_us(track, track->chunks[index].start - early);
}

int64_t rl_chunk_end(const struct rl_track *track, uint32_t index)
{
    const struct rl_chunk *c = &track->chunks[index];
    if (index + 1 == track->chunk_count)
        return track_end(track);
    return rl_track_us(track, c->start + c->duration - (track->kind == REEL_STREAM_AUDIO ? track->pre_skip : 0));
}

int64_t rl_track_duration(const struct rl_track *track)
{
    return track_end(track) - rl_track_start(track);
}

uint64_t rl_track_bytes(const struct rl_track *track)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < track->chunk_count; i++)
        bytes += track->chunks[i].bytes;
    return bytes;
}

static uint64_t rate(uint64_t bytes, int64_t us)
{
    return us > 0 ? (uint64_t)((double)bytes * 8e6 / (double)us) + 1 : 1; /* players refuse a rate of 0 */
}

uint64_t rl_track_rate(const struct rl_track *track)
{
    return rate(rl_track_bytes(track), rl_track_duration(track));
}

uint64_t rl_track_peak(const struct rl_track *track)
{
    /* A last chunk of a frame or two says nothing of the line that is needed: RFC 8216 leaves out what is shorter than
     * half the target duration. */
    int64_t longest = 0;
    for (uint32_t i = 0; i < track->chunk_count; i++)
        if (track->chunks[i].duration > longest)
            longest = track->chunks[i].duration;
    uint64_t peak = rl_track_rate(track); /* whose times are rounded otherwise: a peak is never below it */
    for (uint32_t i = 0; i < track->chunk_count; i++) {
        const struct rl_chunk *c = &track->chunks[i];
        uint64_t r = rate(c->bytes, rl_track_us(track, c->duration));
        if (c->duration >= longest / 2 && r > peak)
            peak = r;
    }
    return peak;
}

int64_t rl_manifest_duration(const struct rl_manifest *m)
{
    int64_t end = 0;
    for (uint32_t i = 0; i < m->track_count; i++)
        if (track_end(&m->tracks[i]) > end)
            end = track_end(&m->tracks[i]);
    return end;
}

bool rl_url_pattern_ok(const char *pattern)
{
    if (!*pattern)
        return false;
    for (; *pattern; pattern++)
        if ((unsigned char)*pattern < 0x20 || *pattern == 0x7f || *pattern == '"')
            return false;
    return true;
}

static bool is_one_of(const char *key, size_t len, const char *const keys[])
{
    for (; *keys; keys++)
        if (strlen(*keys) == len && memcmp(*keys, key, len) == 0)
            return true;
    return false;
}

int rl_url_check(const char *pattern, const char *const keys[], uint32_t needed, reel_error *err)
{
    bool found = needed == 0;
    if (!rl_url_pattern_ok(pattern))
        return rl_err(err, REEL_ERR_INVALID_ARG, "manifest",
                      "pattern: it is empty, or has control characters or quotation marks");
    for (const char *at = pattern; *(at += strcspn(at, "{}"));) {
        const char *end = strpbrk(at + 1, "{}");
        if (*at == '}')
            return rl_err(err, REEL_ERR_INVALID_ARG, "manifest", "pattern: a } without a { in \"%s\"", pattern);
        if (!end || *end == '{')
            return rl_err(err, REEL_ERR_INVALID_ARG, "manifest", "pattern: a { without a } in \"%s\"", pattern);
        size_t len = (size_t)(end + 1 - at);
        if (!is_one_of(at, len, keys))
            return rl_err(err, REEL_ERR_INVALID_ARG, "manifest", "pattern: %.*s is not known here", (int)len, at);
        for (uint32_t i = 0; i < needed; i++)
            found = found || (strlen(keys[i]) == len && memcmp(keys[i], at, len) == 0);
        at = end + 1;
    }
    if (!found)
        return rl_err(err, REEL_ERR_INVALID_ARG, "manifest", "pattern: \"%s\" has no %s%s%s, so all URLs would be one",
                      pattern, keys[0], needed > 1 ? " and no " : "", needed > 1 ? keys[1] : "");
    return 0;
}

int rl_blob_url_check(const char *pattern, reel_error *err)
{
    static const char *const keys[] = { "{digest}", "{path}", "{ext}", NULL };
    return rl_url_check(pattern, keys, 2, err);
}

void rl_url(struct rl_buf *out, const char *pattern, const char *key, const char *value)
{
    size_t len = strlen(key);
    for (const char *hit; (hit = strstr(pattern, key)); pattern = hit + len) {
        rl_buf_add(out, pattern, (size_t)(hit - pattern));
        rl_buf_text(out, value);
    }
    rl_buf_text(out, pattern);
}

void rl_blob_url(struct rl_buf *out, const char *pattern, const uint8_t digest[REEL_DIGEST_SIZE],
                 const struct rl_track *track)
{
    char hex[RL_HEX_SIZE], path[RL_HEX_SIZE + 1];
    struct rl_buf once, twice;
    rl_hex(hex, digest);
    snprintf(path, sizeof(path), "%.2s/%s", hex, hex + 2);
    rl_buf_init(&once, out->env);
    rl_buf_init(&twice, out->env);
    rl_url(&once, pattern, "{digest}", hex);
    const char *text = rl_buf_str(&once);
    if (text)
        rl_url(&twice, text, "{path}", path);
    text = text ? rl_buf_str(&twice) : NULL;
    if (text)
        rl_url(out, text, "{ext}", track->kind == REEL_STREAM_TEXT ? "vtt" : "mp4");
    else
        out->failed = true;
    rl_buf_free(&twice);
    rl_buf_free(&once);
}
