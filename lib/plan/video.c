/* The track of a video stream. */
#include "make.h"

#include "../base/time.h"
#include "picture.h"

#include <string.h>

/* The least timescale in which every tick of the time base is a whole number. */
static uint32_t exact_timescale(reel_ratio base)
{
    int32_t a = base.num, b = base.den;
    while (b) {
        int32_t r = a % b;
        a = b;
        b = r;
    }
    return (uint32_t)(base.den / a);
}

static int64_t ticks_of(int64_t us, reel_ratio base)
{
    int64_t ticks = rl_rescale(us, RL_US, base);
    return ticks > 0 ? ticks : 1;
}

static int64_t frame_duration(const struct rl_stream *s)
{
    reel_ratio rate = s->frame_rate.num > 0 && s->frame_rate.den > 0 ? s->frame_rate : (reel_ratio){ 25, 1 };
    int64_t ticks = rl_rescale(1, (reel_ratio){ rate.den, rate.num }, s->time_base);
    return ticks > 0 ? ticks : 1;
}

static reel_ratio nominal_rate(const struct rl_stream *s, reel_ratio cap)
{
    reel_ratio rate = s->frame_rate.num > 0 && s->frame_rate.den > 0 ? s->frame_rate : (reel_ratio){ 25, 1 };
    bool over = cap.den > 0 && (int64_t)rate.num * cap.den > (int64_t)cap.num * rate.den;
    return over ? cap : rate;
}

static int plan_picture(struct rl_planning *p, const struct rl_stream *s, struct rl_picture_spec *picture,
                        reel_ratio *aspect)
{
    rl_plan_colour(s, p->v, picture);
    rl_plan_filters(s, p->v, picture);
    return rl_plan_geometry(s, p->v, picture, aspect, p->err);
}

bool rl_plan_video_copies(struct rl_planning *p, const struct rl_stream *s, int32_t *reason)
{
    struct rl_picture_spec picture = { 0 };
    reel_ratio aspect;
    reel_error ignored = RL_ERROR_INIT;
    struct rl_planning probe = *p;
    probe.err = &ignored;
    *reason = REEL_REASON_OTHER_CODEC;
    if (strcmp(s->codec, "av1"))
        return false;
    *reason = REEL_REASON_CHANGED;
    bool same = plan_picture(&probe, s, &picture, &aspect) >= 0 && rl_picture_is_identity(s, &picture);
    if (!p->v->copy_enabled || !same || p->v->video_grain)
        return false;
    *reason = REEL_REASON_TRIMMED;
    if (p->trim_start || p->trim_end || s->hides)
        return false;
    *reason = REEL_REASON_TARGET_CODEC;
    return true;
}

/* SVT-AV1 takes even sides from 64 px. */
static int plan_encoder(struct rl_planning *p, struct rl_video_spec *spec)
{
    int32_t w = rl_picture_width(&spec->picture), h = rl_picture_height(&spec->picture);
    bool svt_takes = w % 2 == 0 && h % 2 == 0 && w >= 64 && h >= 64 && w <= 16384 && h <= 8704;
    int32_t wanted = p->v->video_encoder;
    if (wanted == RL_ENCODER_CHOICE_SVTAV1 && !svt_takes)
        return rl_err(p->err, REEL_ERR_OPTION, "plan",
                      "video.encoder: SVT-AV1 takes even sides of 64 px and more, and this is %dx%d", (int)w, (int)h);
    if ((wanted == RL_ENCODER_CHOICE_SVTAV1 && !p->caps->svtav1) || (wanted == RL_ENCODER_CHOICE_AOM && !p->caps->aom))
        return rl_err(p->err, REEL_ERR_UNSUPPORTED, "plan", "video.encoder: the engine was built without %s",
                      wanted == RL_ENCODER_CHOICE_AOM ? "libaom" : "SVT-AV1");
    if (!p->caps->svtav1 && !p->caps->aom)
        return rl_err(p->err, REEL_ERR_UNSUPPORTED, "plan", "the engine was built without an AV1 encoder");
    if (wanted == RL_ENCODER_CHOICE_AUTO && !svt_takes && !p->caps->aom)
        return rl_err(p->err, REEL_ERR_UNSUPPORTED, "plan",
                      "pictures of %dx%d need libaom, and the engine was built without it", (int)w, (int)h);
    bool svt = wanted == RL_ENCODER_CHOICE_SVTAV1 ||
               (wanted == RL_ENCODER_CHOICE_AUTO && svt_takes && p->caps->svtav1);
    spec->encoder = svt ? RL_ENCODER_SVTAV1 : RL_ENCODER_AOM;
    return 0;
}

static int check_size(struct rl_planning *p, const struct rl_picture_spec *picture)
{
    uint64_t w = (uint64_t)rl_picture_width(picture), h = (uint64_t)rl_picture_height(picture);
    if (w > 65536 || h > 65536 || w * h > p->env->limits.pixels)
        return rl_err(p->err, REEL_ERR_LIMIT_PIXELS, "plan", "the output would be %llux%llu, over the limit pixels",
                      (unsigned long long)w, (unsigned long long)h);
    return 0;
}

/*
 * A mov index has decoding times, which lie before the presentation by the depth of reordering; a second is more than any
 * encoder reorders. So the run for a trim starts at a key that is that much earlier.
 */
static int64_t index_slack(const struct rl_planning *p, const struct rl_stream *s)
{
    return strcmp(p->facts->format, "mov") ? 0 : ticks_of(1000000, s->time_base);
}

/* An index that rises and spans no more than segments can be counted in: nothing else is worth cutting by. */
static bool is_usable(const struct rl_stream *s, const struct rl_cut_request *r)
{
    const int64_t far = INT64_MAX / 8;
    if (!s->keys_trusted || s->key_count == 0)
        return false;
    for (uint32_t i = 1; i < s->key_count; i++) {
        if (s->keys[i].ts <= s->keys[i - 1].ts)
            return false;
    }
    int64_t low = s->keys[0].ts, high = s->keys[s->key_count - 1].ts;
    low = r->start < low ? r->start : low;
    high = r->end != REEL_NO_TIME && r->end > high ? r->end : high;
    return low > -far && high < far && (high - low) / r->max < 900000;
}

static int plan_cuts(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track)
{
    struct rl_video_spec *spec = &track->spec.video;
    struct rl_cut_request request = {
        .start = s->start != REEL_NO_TIME ? s->start : s->key_count > 0 ? s->keys[0].ts : 0,
        .end = REEL_NO_TIME,
        .min = ticks_of(p->v->segment_min, s->time_base),
        .max = ticks_of(p->v->segment_max, s->time_base),
        .first = { .ts = REEL_NO_TIME },
        .last = { .ts = spec->trim_end },
    };
    if (s->duration != REEL_NO_TIME && s->duration > 0 && request.start < INT64_MAX - s->duration)
        request.end = request.start + s->duration;
    if (spec->trim_end != REEL_NO_TIME && (request.end == REEL_NO_TIME || request.end > spec->trim_end))
        request.end = spec->trim_end;
    if (spec->trim_start != REEL_NO_TIME && request.start < spec->trim_start)
        request.start = spec->trim_start;
    bool empty = request.end != REEL_NO_TIME && request.end <= request.start; /* the stream begins behind the range */
    if (!empty && is_usable(s, &request)) {
        int64_t slack = index_slack(p, s);
        request.keys = s->keys;
        request.key_count = s->key_count;
        for (uint32_t i = 0; spec->trim_start != REEL_NO_TIME && i < s->key_count; i++) {
            if (s->keys[i].ts <= spec->trim_start - slack)
                request.first = (struct rl_cut){ .ts = s->keys[i].ts, .key = 1 };
        }
    } else {
        spec->every = ticks_of(p->v->segment_max / 5 * 4, s->time_base);
        request.start = 0;
        request.end = 1; /* one run; the job cuts by itself */
    }
    int rc = rl_cut_list_make(p->env, &request, &track->list);
    return rc < 0 ? rl_err_nomem(p->err, "plan") : 0;
}

int rl_plan_video(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track)
{
    struct rl_video_spec *spec = &track->spec.video;
    memcpy(spec->format, p->facts->format, sizeof(spec->format));
    memcpy(spec->codec, s->codec, sizeof(spec->codec));
    spec->stream = s->index;
    spec->time_base = s->time_base;
    spec->origin = rl_plan_origin_in(p, s->time_base);
    spec->timescale = exact_timescale(s->time_base);
    spec->trim_start = p->trim_start ? spec->origin : REEL_NO_TIME;
    spec->trim_end = p->trim_end ? rl_plan_time_in(p, p->end_us, s->time_base) : REEL_NO_TIME;
    spec->frame_duration = frame_duration(s);
    int rc = plan_picture(p, s, &spec->picture, &spec->aspect);
    if (rc >= 0)
        rc = check_size(p, &spec->picture);
    if (rc >= 0)
        rc = plan_encoder(p, spec);
    if (rc < 0)
        return rc;
    spec->preset = (int32_t)p->v->video_speed;
    spec->crf = rl_crf_of_quality(p->v->video_quality);
    spec->grain = (int32_t)p->v->video_grain;
    spec->frame_rate = nominal_rate(s, spec->picture.frame_rate_cap);
    if (rl_stream_is_hdr(s) && !spec->picture.tonemap) {
        spec->mastering = s->mastering;
        spec->light = s->light;
    }

    struct rl_track *t = &track->track;
    t->timescale = spec->timescale;
    t->width = rl_picture_width(&spec->picture);
    t->height = rl_picture_height(&spec->picture);
    t->aspect = spec->aspect;
    t->frame_rate = s->frame_rate.den > 0 ? spec->frame_rate : (reel_ratio){ 0, 0 };
    t->bit_depth = strcmp(spec->picture.pixel_format, "yuv420p") ? 10 : 8;
    t->colour = spec->picture.colour;
    t->mastering = spec->mastering;
    t->light = spec->light;
    return plan_cuts(p, s, track);
}
