/* Facts come from the engine, which has been at foreign bytes: nothing in them is taken on trust. */
#include "input.h"

#include <string.h>

#define STEP "probe"

/* A ratio that is unknown (den 0) or positive. */
static bool sound_ratio(reel_ratio r)
{
    return r.den == 0 || (r.num > 0 && r.den > 0);
}

static bool is_bit(int32_t v)
{
    return v == 0 || v == 1;
}

static bool sound_colour(const struct rl_colour *c)
{
    return c->primaries >= 0 && c->primaries <= 255 && c->transfer >= 0 && c->transfer <= 255 && c->matrix >= 0 &&
        c->matrix <= 255 && is_bit(c->full_range) && c->chroma_location >= 0;
}

/* Each names what does not hold, or is NULL. */
static const char *unsound_picture(const struct rl_stream *s)
{
    if (s->width < 0 || s->height < 0)
        return "size";
    if (s->rotation != 0 && s->rotation != 90 && s->rotation != 180 && s->rotation != 270)
        return "rotation";
    if (!is_bit(s->mirrored) || !is_bit(s->is_rgb) || !is_bit(s->has_alpha))
        return "flags of the picture";
    if (s->bit_depth < 0 || s->bit_depth > 64 || s->chroma_w < 0 || s->chroma_w > 3 || s->chroma_h < 0 ||
        s->chroma_h > 3)
        return "pixel format";
    if (s->interlaced < 0 || s->interlaced > 2 || s->sampled_frames < 0 || s->combed_frames < 0 ||
        s->combed_frames > s->sampled_frames)
        return "interlacing";
    if (s->clap_x < 0 || s->clap_y < 0 || s->clap_width < 0 || s->clap_height < 0 ||
        (s->clap_width == 0) != (s->clap_height == 0) ||
        (s->clap_width > 0 && (s->clap_x > s->width - s->clap_width || s->clap_y > s->height - s->clap_height)))
        return "part of the picture to be shown";
    if (!is_bit(s->lossless) || !is_bit(s->has_exif) || !is_bit(s->has_xmp) || !is_bit(s->gain_map) ||
        !is_bit(s->motion) || s->loops < 0 || s->icc < REEL_ICC_NONE || s->icc > REEL_ICC_OTHER)
        return "what is said of a picture";
    return sound_colour(&s->colour) ? NULL : "colour";
}

static const char *unsound_stream(const struct rl_stream *s, uint32_t index)
{
    if (s->index < 0 || (uint32_t)s->index != index)
        return "index";
    if (s->kind < REEL_STREAM_VIDEO || s->kind > REEL_STREAM_OTHER)
        return "kind";
    if (!is_bit(s->decodable) || !is_bit(s->broken) || !is_bit(s->is_default) || !is_bit(s->is_forced) ||
        !is_bit(s->attached_picture) || !is_bit(s->keys_trusted))
        return "flags";
    if (s->time_base.num <= 0 || s->time_base.den <= 0)
        return "time base";
    if (s->duration < 0 && s->duration != REEL_NO_TIME)
        return "duration";
    if (s->frames < 0 || s->bit_rate < 0)
        return "frames or bit rate";
    if (!sound_ratio(s->aspect) || !sound_ratio(s->frame_rate))
        return "aspect or frame rate";
    if (s->sample_rate < 0 || s->channels < 0 || s->channels > 1024 || s->pre_skip < 0)
        return "sound parameters";
    for (uint32_t i = 0; i < s->key_count; i++) {
        if (s->keys[i].ts == REEL_NO_TIME || (i > 0 && s->keys[i].ts <= s->keys[i - 1].ts))
            return "keyframe index";
    }
    for (uint32_t i = 0; i < s->tag_count; i++) {
        if (!s->tags[i].key || !s->tags[i].value)
            return "tags";
    }
    return unsound_picture(s);
}

static int unsound(reel_error *err, int32_t stream, const char *what)
{
    rl_err(err, REEL_ERR_INTERNAL, STEP, "what the engine says of the input does not hold: %s", what);
    rl_err_where(err, stream, REEL_NO_TIME);
    return REEL_ERR_INTERNAL;
}

static int over(reel_error *err, int code, int32_t stream, const char *what, uint64_t value, const char *limit,
                uint64_t most)
{
    rl_err(err, code, STEP, "%s: %llu, the limit %s is %llu", what, (unsigned long long)value, limit,
           (unsigned long long)most);
    rl_err_where(err, stream, REEL_NO_TIME);
    return code;
}

static uint64_t length(const char *text)
{
    return text ? strlen(text) : 0;
}

static uint64_t tag_bytes(const struct rl_tag *tags, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += length(tags[i].key) + length(tags[i].value);
    return sum;
}

static uint64_t metadata_bytes(const struct rl_facts *f)
{
    uint64_t sum = tag_bytes(f->tags, f->tag_count);

    for (uint32_t i = 0; i < f->stream_count; i++)
        sum += tag_bytes(f->streams[i].tags, f->streams[i].tag_count);
    for (uint32_t i = 0; i < f->chapter_count; i++)
        sum += length(f->chapters[i].title);
    return sum;
}

static int check_limits(const reel_limits *limits, const struct rl_facts *f, reel_error *err)
{
    if (f->stream_count > limits->streams)
        return over(err, REEL_ERR_LIMIT_STREAMS, -1, "streams", f->stream_count, "streams", limits->streams);
    if (f->duration != REEL_NO_TIME && (uint64_t)f->duration > limits->duration)
        return over(err, REEL_ERR_LIMIT_DURATION, -1, "duration in us", (uint64_t)f->duration, "duration",
                    limits->duration);
    uint64_t metadata = metadata_bytes(f);
    if (metadata > limits->metadata_bytes)
        return over(err, REEL_ERR_LIMIT_METADATA, -1, "bytes of metadata", metadata, "metadata_bytes",
                    limits->metadata_bytes);
    for (uint32_t i = 0; i < f->stream_count; i++) {
        const struct rl_stream *s = &f->streams[i];
        if (s->kind != REEL_STREAM_VIDEO && !rl_is_picture_format(f->format))
            continue; /* cover art is checked by who decodes it; other kinds have no pixels, and count samples, not frames */
        uint64_t pixels = (uint64_t)s->width * (uint64_t)s->height;
        if (pixels > limits->pixels)
            return over(err, REEL_ERR_LIMIT_PIXELS, s->index, "pixels per frame", pixels, "pixels", limits->pixels);
        if ((uint64_t)s->frames > limits->frames)
            return over(err, REEL_ERR_LIMIT_FRAMES, s->index, "frames", (uint64_t)s->frames, "frames",
                        limits->frames);
    }
    return 0;
}

int rl_facts_check(const struct rl_env *env, const struct rl_facts *facts, uint64_t size, reel_error *err)
{
    if (facts->bytes != size)
        return unsound(err, -1, "size");
    if (facts->duration < 0 && facts->duration != REEL_NO_TIME)
        return unsound(err, -1, "duration");
    for (uint32_t i = 0; i < facts->tag_count; i++) {
        if (!facts->tags[i].key || !facts->tags[i].value)
            return unsound(err, -1, "tags");
    }
    for (uint32_t i = 0; i < facts->stream_count; i++) {
        const char *what = unsound_stream(&facts->streams[i], i);
        if (what)
            return unsound(err, (int32_t)i, what);
    }
    return check_limits(&env->limits, facts, err);
}
