/* Previews: posters, storyboards, moving pictures, placeholders; peaks and loudness of the sound. */
#include "make.h"

#include "../base/time.h"
#include "picture.h"
#include "still.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SIDE = 16383 /* of a sheet: what WebP holds */, MOST_TILES = 10000, MOST_HEIGHT = 4096, PEAK_BITS = 8 };
enum { TAP_INTERVAL = 10000000 }; /* us between candidates for a poster alone */
enum { TAP_SIDE = 4096 };         /* px of the largest picture that a run hands over */
enum { TAP_CANDIDATES = 5 };      /* with fewer on the way a poster is better chosen among keyframes */
enum { WAVE_COLOUR = 0x2f6f9fff, WAVE_GROUND = 0 /* transparent */ };

static void say(char *text, size_t size, const char *fmt, ...) REEL_PRINTF(3, 4);
static void say(char *text, size_t size, const char *fmt, ...)
{
    size_t used = strlen(text);
    va_list args;
    if (used > 0 && used + 3 < size)
        used += (size_t)snprintf(text + used, size - used, "; ");
    va_start(args, fmt);
    vsnprintf(text + used, size - used, fmt, args);
    va_end(args);
}

/* What the picture's options would have to be to make the pictures of previews; turned and cut as the output is. */
static void values_of(const struct rl_planning *p, struct rl_chain_values *v)
{
    *v = *p->v;
    v->picture_width = v->preview_poster_width;
    v->picture_height = 0;
    v->picture_fit = RL_PICTURE_CONTAIN;
    v->picture_enlarge = 0;
    v->picture_quality = v->preview_quality;
    v->picture_speed = v->preview_speed;
    v->picture_lossless = 0;
    v->picture_max_bytes = 0;
    v->picture_profile = RL_PICTURE_PROFILE_SRGB;
    v->picture_metadata = 2; /* stripped */
    v->picture_hdr = RL_HDR_TONEMAP;
    v->picture_depth = RL_PICTURE_DEPTH_8;
    v->picture_chroma = RL_CHROMA_420;
    v->picture_animated = RL_ANIMATED_FIRST;
    if (v->output_format == RL_OUTPUT_WEBM) {
        v->picture_rotate = v->video_rotate;
        memcpy(v->picture_crop, v->video_crop, sizeof(v->picture_crop));
    }
}

/* The size of a picture of so many px in width. */
static int size_of(const struct rl_still_plan *plan, struct rl_chain_values *v, int64_t wanted, int32_t *width,
                   int32_t *height, reel_error *err)
{
    struct rl_still_spec spec;
    char note[160];
    v->picture_width = wanted;
    int rc = rl_still_resolve(plan, &spec, note, sizeof(note), err);
    if (rc < 0)
        return rc;
    *width = rl_still_width(&spec);
    *height = rl_still_height(&spec);
    if (*height > MOST_HEIGHT) {
        *width = (int32_t)((int64_t)*width * MOST_HEIGHT / *height);
        *width = *width < 1 ? 1 : *width;
        *height = MOST_HEIGHT;
    }
    return 0;
}

static void plan_storyboard(const struct rl_planning *p, struct rl_preview_spec *spec)
{
    const struct rl_chain_values *v = p->v;
    spec->storyboard = 1;
    spec->columns = (int32_t)v->preview_columns;
    spec->rows = (int32_t)v->preview_rows;
    if (spec->columns > MOST_SIDE / spec->tile_width)
        spec->columns = MOST_SIDE / spec->tile_width;
    if (spec->rows > MOST_SIDE / spec->tile_height)
        spec->rows = MOST_SIDE / spec->tile_height;
    spec->interval = v->preview_interval;
    if (spec->source.duration != REEL_NO_TIME && spec->source.duration / spec->interval >= MOST_TILES)
        spec->interval = spec->source.duration / MOST_TILES + 1;
}

/* Is what is encoded large enough for the previews, and shows it as much of the source as they do? */
static bool serves(const struct rl_video_spec *video, const struct rl_preview_spec *spec)
{
    double w = rl_picture_width(&video->picture), h = rl_picture_height(&video->picture);
    if (video->aspect.num > 0 && video->aspect.den > 0)
        w *= (double)video->aspect.num / video->aspect.den;
    double shape = (double)rl_still_width(&spec->poster) / rl_still_height(&spec->poster), is = w / h;
    bool poster = spec->posters || spec->placeholder;
    int32_t sides[] = { poster ? rl_still_width(&spec->poster) : 0, poster ? rl_still_height(&spec->poster) : 0,
                        spec->tile_width, spec->tile_height, spec->animation_width, spec->animation_height };
    for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
        if (sides[i] > TAP_SIDE)
            return false;
    return is < shape * 1.02 && shape < is * 1.02 && (!poster || w + 1 >= rl_still_width(&spec->poster)) &&
        (!spec->storyboard || w + 1 >= spec->tile_width) && (!spec->animation || w + 1 >= spec->animation_width);
}

/*
 * Where the video is encoded anyway, its run hands over the small pictures on its way (media/preview/tap.h). Not for a poster of
 * a given time, which is a frame of its own, nor for several, nor where too few candidates come by; nor where nobody knows how long
 * the whole is, nor of an output that is smaller than they are or of another shape.
 */
static void plan_tap(struct rl_planning *p, struct rl_preview_spec *spec)
{
    struct rl_planned_track *t = NULL;
    for (uint32_t i = 0; i < p->plan->track_count; i++)
        if (p->plan->tracks[i].job == RL_JOB_VIDEO && p->plan->tracks[i].stream == spec->source.stream)
            t = &p->plan->tracks[i];
    if (!t || spec->source.time != REEL_NO_TIME || spec->source.duration == REEL_NO_TIME ||
        spec->source.duration <= 0 || !serves(&t->spec.video, spec))
        return;
    struct rl_tap_spec *tap = &t->spec.video.tap;
    int64_t interval = spec->storyboard ? spec->interval : TAP_INTERVAL;
    if (spec->posters > 1 || (spec->posters && spec->source.duration < TAP_CANDIDATES * interval))
        return;
    tap->interval = interval;
    tap->tile_width = spec->tile_width;
    tap->tile_height = spec->tile_height;
    tap->duration = spec->source.duration;
    if (spec->posters || spec->placeholder) {
        tap->poster_width = rl_still_width(&spec->poster);
        tap->poster_height = rl_still_height(&spec->poster);
    }
    if (spec->animation) {
        tap->moving_width = spec->animation_width;
        tap->moving_height = spec->animation_height;
        tap->moving_rate = spec->animation_rate;
        tap->moments = spec->moments;
        tap->moment = spec->moment;
    }
    spec->from_tiles = 1;
}

static int plan_pictures(struct rl_planning *p, const struct rl_stream *s)
{
    struct reel_plan *plan = p->plan;
    struct rl_preview_spec *spec = &plan->preview;
    struct rl_chain_values v;
    char note[160];
    bool moving = rl_plan_is_moving(p, s);
    values_of(p, &v);
    const struct rl_still_plan still = {
        .env = p->env, .stream = s, .v = &v, .is_video = moving, .stored_crop = p->v->output_format == RL_OUTPUT_WEBM,
        .format = v.preview_format == RL_PREVIEW_AVIF ? RL_STILL_AVIF : RL_STILL_WEBP,
    };
    rl_plan_still_source(p, s, &spec->source);
    int rc = rl_still_resolve(&still, &spec->poster, note, sizeof(note), p->err);
    if (rc >= 0 && moving)
        rc = size_of(&still, &v, p->v->preview_tile_width, &spec->tile_width, &spec->tile_height, p->err);
    if (rc >= 0 && moving)
        rc = size_of(&still, &v, p->v->preview_animation_width, &spec->animation_width, &spec->animation_height,
                     p->err);
    if (rc < 0)
        return rc;
    spec->posters = (int32_t)p->v->preview_posters;
    spec->placeholder = p->v->preview_placeholder;
    if (spec->posters > 1 && !moving)
        spec->posters = 1;
    if (p->v->preview_storyboard && moving)
        plan_storyboard(p, spec);
    if (p->v->preview_animation && moving) {
        spec->animation = p->v->preview_animation == RL_ANIMATION_AVIF ? RL_STILL_AVIF : RL_STILL_WEBP;
        spec->moments = (int32_t)p->v->preview_moments;
        spec->moment = p->v->preview_moment;
        spec->animation_rate = (int32_t)p->v->preview_animation_rate;
    }
    plan->has_preview = spec->posters || spec->placeholder || spec->storyboard || spec->animation;
    if (moving && plan->has_preview)
        plan_tap(p, spec);
    say(plan->preview_text, sizeof(plan->preview_text), "made of stream %d%s", (int)s->index,
        spec->from_tiles ? ", while it is encoded" : "");
    if (!moving && (p->v->preview_storyboard || p->v->preview_animation))
        say(plan->preview_text, sizeof(plan->preview_text),
            "no storyboard and no moving picture: it is a single picture");
    return 0;
}

static void plan_wave(struct rl_planning *p, const struct rl_stream *s)
{
    struct reel_plan *plan = p->plan;
    struct rl_wave_spec *spec = &plan->wave;
    const struct rl_chain_values *v = p->v;
    int64_t start, duration;
    rl_plan_extent(p, s, &start, &duration);
    memcpy(spec->format, p->facts->format, sizeof(spec->format));
    memcpy(spec->codec, s->codec, sizeof(spec->codec));
    spec->stream = s->index;
    spec->time_base = s->time_base;
    spec->origin = rl_plan_origin_in(p, s->time_base);
    spec->trim_start = p->trim_start ? spec->origin : REEL_NO_TIME;
    spec->trim_end = p->trim_end ? rl_plan_time_in(p, p->end_us, s->time_base) : REEL_NO_TIME;
    spec->duration = duration == REEL_NO_TIME ? REEL_NO_TIME : start + duration;
    spec->waveform = v->preview_waveform;
    spec->samples_per_pixel = (int32_t)v->preview_waveform_zoom;
    spec->bits = PEAK_BITS;
    if (v->preview_waveform && v->preview_waveform_width && v->preview_waveform_height) {
        spec->width = (int32_t)v->preview_waveform_width;
        spec->height = (int32_t)v->preview_waveform_height;
    }
    spec->colour = WAVE_COLOUR;
    spec->background = WAVE_GROUND;
    spec->picture = v->preview_format == RL_PREVIEW_AVIF ? RL_STILL_AVIF : RL_STILL_WEBP;
    spec->loudness = v->preview_loudness;
    plan->has_wave = true;
    say(plan->wave_text, sizeof(plan->wave_text), "made of stream %d", (int)s->index);
}

int rl_plan_products(struct rl_planning *p)
{
    struct reel_plan *plan = p->plan;
    if (rl_wants_pictures(p->v)) {
        int picture = rl_plan_best_picture(p);
        if (picture >= 0 && rl_stream_is_dolby_only(&p->facts->streams[picture]))
            say(plan->preview_text, sizeof(plan->preview_text),
                "Dolby Vision that has no picture without Dolby's own processing");
        else if (picture < 0)
            say(plan->preview_text, sizeof(plan->preview_text),
                "there is no video, no picture and no cover art that could be shown");
        else {
            int rc = plan_pictures(p, &p->facts->streams[picture]);
            if (rc < 0)
                return rc;
        }
    }
    if (rl_wants_wave(p->v)) {
        int sound = rl_plan_best(p, REEL_STREAM_AUDIO);
        if (sound >= 0)
            plan_wave(p, &p->facts->streams[sound]);
        else
            say(plan->wave_text, sizeof(plan->wave_text), "there is no sound that could be decoded");
    }
    return 0;
}
