/* What the caller is told of a probed input. */
#include "input.h"

#include "../base/opts.h"
#include "../base/time.h"
#include "../ctx/ctx.h"

#include <string.h>

const struct rl_facts *rl_input_facts(const reel_input *input)
{
    return input->probed ? &input->facts : NULL;
}

int reel_input_get_info(const reel_input *input, reel_input_info *out)
{
    if (!input || !out)
        return REEL_ERR_INVALID_ARG;
    if (!input->probed)
        return REEL_ERR_STATE;

    const struct rl_facts *f = &input->facts;
    reel_input_info info = {
        .size = sizeof(info),
        .bytes = input->size,
        .start = f->start,
        .duration = f->duration,
        .streams = f->stream_count,
        .tags = f->tag_count,
        .chapters = f->chapter_count,
    };
    memcpy(info.format, f->format, sizeof(info.format));
    return rl_info_out(out, &info, sizeof(info), RL_SIZE_TO(reel_input_info, format));
}

static int32_t hdr_bits(const struct rl_stream *s)
{
    int32_t bits = 0;

    if (s->colour.transfer == 16)
        bits |= REEL_HDR_PQ;
    if (s->colour.transfer == 18)
        bits |= REEL_HDR_HLG;
    if (s->mastering.present)
        bits |= REEL_HDR_MASTERING;
    if (s->light.present)
        bits |= REEL_HDR_LIGHT;
    return bits;
}

int reel_input_get_stream(const reel_input *input, uint32_t stream, reel_stream_info *out)
{
    if (!input || !out)
        return REEL_ERR_INVALID_ARG;
    if (!input->probed)
        return REEL_ERR_STATE;
    if (stream >= input->facts.stream_count)
        return REEL_ERR_NOT_FOUND;

    const struct rl_stream *s = &input->facts.streams[stream];
    reel_stream_info info = {
        .size = sizeof(info),
        .start = rl_rescale(s->start, s->time_base, RL_US),
        .duration = rl_rescale(s->duration, s->time_base, RL_US),
        .frames = s->frames,
        .time_base = s->time_base,
        .frame_rate = s->frame_rate,
        .aspect = s->aspect,
        .index = s->index,
        .kind = s->kind,
        .decodable = s->decodable,
        .is_default = s->is_default,
        .width = s->width,
        .height = s->height,
        .rotation = s->rotation,
        .mirrored = s->mirrored,
        .bit_depth = s->bit_depth,
        .full_range = s->colour.full_range,
        .primaries = s->colour.primaries,
        .transfer = s->colour.transfer,
        .matrix = s->colour.matrix,
        .interlaced = s->interlaced,
        .has_alpha = s->has_alpha,
        .hdr = hdr_bits(s),
        .dolby_vision = s->dv_profile,
        .sample_rate = s->sample_rate,
        .channels = s->channels,
        .tags = (int32_t)s->tag_count,
        .loops = s->loops,
        .icc = s->icc,
        .lossless = s->lossless,
        .has_exif = s->has_exif,
        .has_xmp = s->has_xmp,
        .gain_map = s->gain_map,
        .motion = s->motion,
        .attached = s->kind == REEL_STREAM_PICTURE || s->attached_picture,
    };
    memcpy(info.codec, s->codec, sizeof(info.codec));
    memcpy(info.pixel_format, s->pixel_format, sizeof(info.pixel_format));
    memcpy(info.layout, s->layout, sizeof(info.layout));
    memcpy(info.language, s->language, sizeof(info.language));
    return rl_info_out(out, &info, sizeof(info), RL_SIZE_TO(reel_stream_info, attached));
}

int reel_input_get_tag(const reel_input *input, int32_t stream, uint32_t index, const char **key,
                       const char **value)
{
    if (!input || !key || !value)
        return REEL_ERR_INVALID_ARG;
    *key = *value = NULL;
    if (!input->probed)
        return REEL_ERR_STATE;

    const struct rl_facts *f = &input->facts;
    const struct rl_tag *tags = f->tags;
    uint32_t count = f->tag_count;
    if (stream != -1) {
        if (stream < 0 || (uint32_t)stream >= f->stream_count)
            return REEL_ERR_NOT_FOUND;
        tags = f->streams[stream].tags;
        count = f->streams[stream].tag_count;
    }
    if (index >= count)
        return REEL_END;
    *key = tags[index].key;
    *value = tags[index].value;
    return 0;
}

int reel_input_get_chapter(const reel_input *input, uint32_t index, int64_t *start, int64_t *end, const char **title)
{
    if (!input || !start || !end || !title)
        return REEL_ERR_INVALID_ARG;
    *start = *end = REEL_NO_TIME;
    *title = NULL;
    if (!input->probed)
        return REEL_ERR_STATE;
    if (index >= input->facts.chapter_count)
        return REEL_END;
    const struct rl_chapter *c = &input->facts.chapters[index];
    *start = c->start;
    *end = c->end;
    *title = c->title ? c->title : "";
    return 0;
}

int reel_input_facts(reel_buffer **out, const reel_input *input)
{
    struct rl_buf json;

    if (!out)
        return REEL_ERR_INVALID_ARG;
    *out = NULL;
    if (!input)
        return REEL_ERR_INVALID_ARG;
    if (!input->probed)
        return REEL_ERR_STATE;
    rl_buf_init(&json, rl_ctx_env(input->ctx));
    int rc = rl_shape_write(&rl_facts_shape, &input->facts, &json, NULL);
    if (rc >= 0)
        rc = rl_buffer_take(out, input->ctx, &json);
    rl_buf_free(&json);
    return rc;
}
