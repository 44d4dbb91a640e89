/* Plans of pictures and previews, from facts made by hand: geometry, colour, what is made of what. */
#include "harness.h"

#include "ctx/ctx.h"
#include "input/input.h"
#include "plan/chain.h"
#include "plan/plan.h"
#include "plan/still.h"

static reel_ctx *ctx;

static struct rl_stream picture(int32_t w, int32_t h)
{
    return (struct rl_stream){
        .kind = REEL_STREAM_PICTURE, .codec = "mjpeg", .decodable = 1, .time_base = { 1, 1000000 }, .start = 0,
        .duration = REEL_NO_TIME, .frames = 1, .width = w, .height = h, .pixel_format = "yuvj420p", .bit_depth = 8,
        .chroma_w = 1, .chroma_h = 1, .colour = { 2, 2, 6, 1, 0 },
    };
}

static struct rl_stream video(int32_t w, int32_t h)
{
    return (struct rl_stream){
        .kind = REEL_STREAM_VIDEO, .codec = "h264", .decodable = 1, .time_base = { 1, 90000 }, .start = 0,
        .duration = 60 * 90000, .frames = 1440, .width = w, .height = h, .aspect = { 1, 1 }, .frame_rate = { 24, 1 },
        .pixel_format = "yuv420p", .bit_depth = 8, .chroma_w = 1, .chroma_h = 1, .colour = { 1, 1, 1, 0, 1 },
    };
}

static struct rl_stream sound(void)
{
    return (struct rl_stream){
        .kind = REEL_STREAM_AUDIO, .codec = "aac", .decodable = 1, .time_base = { 1, 48000 }, .start = 0,
        .duration = 60 * 48000, .sample_rate = 48000, .channels = 2,
    };
}

static struct rl_facts facts_of(const char *format, struct rl_stream *streams, uint32_t count)
{
    struct rl_facts f = { .bytes = 1000000, .start = 0, .duration = 60000000, .streams = streams,
                          .stream_count = count };
    for (uint32_t i = 0; i < count; i++)
        streams[i].index = (int32_t)i;
    snprintf(f.format, sizeof(f.format), "%s", format);
    if (rl_is_picture_format(format))
        f.duration = REEL_NO_TIME;
    return f;
}

static int make(reel_plan **plan, const struct rl_facts *facts, const char *const *options, reel_error *err)
{
    static const struct rl_plan_caps caps = { true, true };
    const reel_plan_opts opts = { .size = sizeof(opts) };
    struct rl_chain_values v;
    *plan = NULL;
    *err = RL_ERROR_INIT;
    assert_int_equal(rl_option_defaults(&v), 0);
    for (; options[0]; options += 2) {
        int i = rl_option_index(options[0]);
        assert_true(i >= 0);
        if (rl_option_parse(&rl_options[i], options[1], &v, err) < 0)
            fail_msg("%s", err->text);
    }
    return rl_plan_make(plan, ctx, facts, &v, NULL, &caps, &opts, err);
}

#define OPTIONS(...) (const char *const[]){ __VA_ARGS__, NULL, NULL }

static reel_plan *plan_of(const struct rl_facts *facts, const char *const *options)
{
    reel_plan *plan;
    reel_error err;
    if (make(&plan, facts, options, &err) < 0)
        fail_msg("%s", err.text);
    return plan;
}

static void fails(const struct rl_facts *facts, const char *const *options, int code, const char *named)
{
    reel_plan *plan;
    reel_error err;
    int rc = make(&plan, facts, options, &err);
    if (rc != code || err.code != code || !strstr(err.text, named))
        fail_msg("%d: %s", rc, err.text);
    assert_null(plan);
}

/* The one track, and a spec that the engine's reader takes back unchanged. */
static struct rl_picture_job_spec spec_of(const reel_plan *plan)
{
    struct rl_picture_job_spec spec = { 0 };
    struct rl_buf text;
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(plan->track_count, 1);
    assert_non_null(rl_plan_picture(plan));
    assert_int_equal(plan->tracks[0].kind, REEL_STREAM_PICTURE);
    assert_int_equal(rl_plan_job_count(plan, 0), 1);
    rl_buf_init(&text, rl_ctx_env(ctx));
    assert_int_equal(rl_plan_job(plan, 0, 0, 3, &text, &err), 0);
    if (rl_shape_read(rl_ctx_env(ctx), &rl_picture_job_spec_shape, (char *)text.data, text.size, &spec, &err) < 0)
        fail_msg("%s", err.text);
    rl_buf_free(&text);
    assert_int_equal(spec.still.threads, 3);
    assert_int_equal(rl_still_width(&spec.still), plan->tracks[0].track.width);
    assert_int_equal(rl_still_height(&spec.still), plan->tracks[0].track.height);
    return spec;
}

/* ---- geometry ---- */

static struct rl_still_spec still(int32_t w, int32_t h, const char *const *options)
{
    struct rl_stream s = picture(w, h);
    struct rl_facts f = facts_of("jpeg", &s, 1);
    reel_plan *plan = plan_of(&f, options);
    struct rl_still_spec spec = spec_of(plan).still;
    reel_plan_destroy(&plan);
    return spec;
}

static void is_size(const struct rl_still_spec *s, int32_t w, int32_t h)
{
    if (rl_still_width(s) != w || rl_still_height(s) != h)
        fail_msg("%dx%d instead of %dx%d", (int)rl_still_width(s), (int)rl_still_height(s), (int)w, (int)h);
}

#define WEBP "output.format", "webp"
#define AVIF "output.format", "avif"
#define BOX(w, h) "picture.width", w, "picture.height", h

static void fits(void **state)
{
    (void)state;
    struct rl_still_spec s = still(4000, 3000, OPTIONS(AVIF));
    is_size(&s, 4000, 3000);
    s = still(4000, 3000, OPTIONS(AVIF, "picture.width", "320"));
    is_size(&s, 320, 240);
    s = still(4000, 3000, OPTIONS(AVIF, BOX("320", "320")));
    is_size(&s, 320, 240);
    s = still(200, 100, OPTIONS(AVIF, BOX("320", "320")));
    is_size(&s, 200, 100);
    s = still(200, 100, OPTIONS(AVIF, BOX("320", "320"), "picture.enlarge", "true"));
    is_size(&s, 320, 160);
    s = still(10000, 3, OPTIONS(AVIF, "picture.width", "100")); /* never nothing */
    is_size(&s, 100, 1);

    s = still(4000, 3000, OPTIONS(AVIF, BOX("320", "320"), "picture.fit", "cover"));
    is_size(&s, 320, 320);
    assert_int_equal(s.width, 427);
    assert_int_equal(s.height, 320);
    assert_true(s.focus == RL_FOCUS_POINT && s.focus_x == 0.5 && s.focus_y == 0.5);
    s = still(4000, 3000, OPTIONS(AVIF, BOX("400", "300"), "picture.fit", "cover"));
    assert_int_equal(s.window_width, 0);
    is_size(&s, 400, 300);
    s = still(200, 100, OPTIONS(AVIF, BOX("400", "400"), "picture.fit", "cover")); /* not enlarged: a smaller square */
    is_size(&s, 100, 100);
    s = still(200, 100, OPTIONS(AVIF, BOX("400", "400"), "picture.fit", "cover", "picture.enlarge", "true"));
    is_size(&s, 400, 400);
    s = still(4000, 3000, OPTIONS(AVIF, BOX("9", "9"), "picture.fit", "cover", "picture.focus", "attention"));
    assert_int_equal(s.focus, RL_FOCUS_ATTENTION);
    s = still(4000, 3000, OPTIONS(AVIF, BOX("9", "9"), "picture.fit", "cover", "picture.focus", "0.25,1"));
    assert_true(s.focus_x == 0.25 && s.focus_y == 1);
    /* A line of pixels that covers a box would be scaled to more than anybody holds: it is cut before. */
    s = still(60000, 10, OPTIONS(AVIF, BOX("1000", "1000"), "picture.fit", "cover", "picture.enlarge", "true",
                                 "picture.focus", "1,0.5"));
    is_size(&s, 1000, 1000);
    assert_int_equal(s.crop_width, 10);
    assert_int_equal(s.crop_x, 60000 - 10);

    s = still(4000, 3000, OPTIONS(AVIF, BOX("320", "300"), "picture.fit", "fill"));
    is_size(&s, 320, 300);
    s = still(200, 100, OPTIONS(AVIF, BOX("400", "400"), "picture.fit", "fill"));
    is_size(&s, 100, 100);
    s = still(4000, 3000, OPTIONS(AVIF, BOX("320", "320"), "picture.fit", "exact"));
    is_size(&s, 320, 320);
    assert_true(s.width == 320 && s.height == 240 && s.pad_width == 320 && s.alpha && !s.has_background);
    s = still(4000, 3000, OPTIONS(AVIF, BOX("320", "320"), "picture.fit", "exact", "picture.background", "#FF8000"));
    assert_true(!s.alpha && s.has_background && s.background == 0xff8000);
    s = still(4000, 3000, OPTIONS(AVIF, "picture.width", "320", "picture.fit", "cover")); /* one side is no box */
    is_size(&s, 320, 240);
}

static void any_size_stays_in_its_box(void **state)
{
    (void)state;
    static const char *const fit[] = { "contain", "cover", "fill", "exact" };
    uint32_t seed = 11;
    for (int i = 0; i < 4000; i++) {
        char w[16], h[16];
        uint32_t r[4];
        for (int k = 0; k < 4; k++)
            r[k] = (seed = seed * 1664525u + 1013904223u) >> 8;
        int32_t sw = 1 + (int32_t)(r[0] % (i % 2 ? 8000 : 40)), sh = 1 + (int32_t)(r[1] % (i % 3 ? 8000 : 40));
        snprintf(w, sizeof(w), "%u", 1 + r[2] % 3000);
        snprintf(h, sizeof(h), "%u", 1 + r[3] % 3000);
        struct rl_still_spec s = still(sw, sh, OPTIONS(WEBP, BOX(w, h), "picture.fit", fit[i % 4], "picture.enlarge",
                                                       i % 5 ? "false" : "true"));
        assert_true(rl_still_width(&s) >= 1 && rl_still_width(&s) <= atoi(w));
        assert_true(rl_still_height(&s) >= 1 && rl_still_height(&s) <= atoi(h));
        assert_true(s.window_width <= s.width && s.window_height <= s.height);
        assert_true(!s.pad_width || (s.pad_width >= s.width && s.pad_height >= s.height));
        if (i % 5)
            assert_true(s.width <= sw && s.height <= sh);
        else if (i % 4)
            is_size(&s, atoi(w), atoi(h));
    }
}

static void turns_and_cuts(void **state)
{
    (void)state;
    struct rl_stream s = picture(4000, 3000);
    struct rl_facts f = facts_of("heif", &s, 1);
    s.rotation = 90;
    s.mirrored = 1;
    s.clap_x = 10;
    s.clap_y = 20;
    s.clap_width = 3000;
    s.clap_height = 2000;
    reel_plan *plan = plan_of(&f, OPTIONS(AVIF, "picture.width", "500"));
    struct rl_still_spec spec = spec_of(plan).still;
    reel_plan_destroy(&plan);
    is_size(&spec, 500, 750);
    assert_true(spec.clap_width == 3000 && spec.clap_x == 10 && spec.mirrored && spec.rotation == 90);

    /* The crop is told in the upright picture: 2000x3000 now; turned once more it lies again. */
    plan = plan_of(&f, OPTIONS(AVIF, "picture.rotate", "90", "picture.crop", "2500x1000+500+1000"));
    spec = spec_of(plan).still;
    reel_plan_destroy(&plan);
    assert_int_equal(spec.rotation, 180);
    is_size(&spec, 2500, 1000);
    assert_true(spec.crop_x == 500 && spec.crop_y == 1000);
    fails(&f, OPTIONS(AVIF, "picture.crop", "2500x1000+500+1000"), REEL_ERR_OPTION, "picture.crop");

    plan = plan_of(&f, OPTIONS(AVIF, "picture.crop", "1x1+1999+2999")); /* the last pixel */
    spec = spec_of(plan).still;
    reel_plan_destroy(&plan);
    is_size(&spec, 1, 1);
}

static void too_large(void **state)
{
    (void)state;
    struct rl_stream s = picture(30000, 100);
    struct rl_facts f = facts_of("png", &s, 1);
    reel_plan *plan = plan_of(&f, OPTIONS(WEBP));
    struct rl_still_spec spec = spec_of(plan).still;
    is_size(&spec, 16383, 55);
    assert_non_null(strstr(plan->streams[0].text, "16383x55"));
    reel_plan_destroy(&plan);
    plan = plan_of(&f, OPTIONS(AVIF));
    spec = spec_of(plan).still;
    is_size(&spec, 30000, 100);
    reel_plan_destroy(&plan);
    plan = plan_of(&f, OPTIONS(WEBP, BOX("20000", "90"), "picture.fit", "exact"));
    spec = spec_of(plan).still;
    assert_int_equal(rl_still_width(&spec), 16383);
    assert_true(spec.width <= spec.pad_width && spec.height <= spec.pad_height);
    reel_plan_destroy(&plan);
    fails(&f, OPTIONS(AVIF, BOX("60000", "60000"), "picture.fit", "exact"), REEL_ERR_LIMIT_PIXELS, "60000x60000");
    s.width = 0;
    fails(&f, OPTIONS(AVIF), REEL_ERR_INVALID_DATA, "size");
}

/* ---- colour ---- */

static struct rl_still_spec colours(struct rl_stream s, const char *const *options)
{
    struct rl_facts f = facts_of(s.kind == REEL_STREAM_VIDEO ? "mov" : "avif", &s, 1);
    reel_plan *plan = plan_of(&f, options);
    struct rl_still_spec spec = spec_of(plan).still;
    reel_plan_destroy(&plan);
    return spec;
}

static void profiles(void **state)
{
    (void)state;
    struct rl_stream p3 = picture(8, 8), cmyk = picture(8, 8), plain = picture(8, 8);
    p3.icc = REEL_ICC_RGB;
    cmyk.icc = REEL_ICC_OTHER;
    assert_int_equal(colours(p3, OPTIONS(AVIF)).profile, RL_PROFILE_EMBED);
    assert_int_equal(colours(p3, OPTIONS(WEBP)).profile, RL_PROFILE_SRGB);
    assert_int_equal(colours(p3, OPTIONS(WEBP, "picture.profile", "embed")).profile, RL_PROFILE_EMBED);
    assert_int_equal(colours(p3, OPTIONS(AVIF, "picture.profile", "srgb")).profile, RL_PROFILE_SRGB);
    assert_int_equal(colours(cmyk, OPTIONS(AVIF, "picture.profile", "embed")).profile, RL_PROFILE_SRGB);
    struct rl_still_spec s = colours(plain, OPTIONS(WEBP));
    assert_int_equal(s.profile, RL_PROFILE_SRGB);
    assert_int_equal(s.metadata, 0);
    assert_true(s.source.primaries == 1 && s.source.transfer == 13 && s.source.matrix == 6 && s.source.full_range == 1);
    plain.is_rgb = 1;
    assert_int_equal(colours(plain, OPTIONS(WEBP)).source.matrix, 0);
    assert_int_equal(colours(plain, OPTIONS(WEBP, "picture.metadata", "strip")).metadata, 2);
}

static void hdr_and_depth(void **state)
{
    (void)state;
    struct rl_stream s = picture(8, 8);
    s.bit_depth = 10;
    s.colour = (struct rl_colour){ 9, 16, 9, 0, 0 };
    struct rl_still_spec spec = colours(s, OPTIONS(AVIF));
    assert_true(!spec.tonemap && spec.depth == 10 && spec.profile == RL_PROFILE_EMBED);
    spec = colours(s, OPTIONS(AVIF, "picture.depth", "8"));
    assert_int_equal(spec.depth, 10); /* PQ in 8 bits is bands */
    spec = colours(s, OPTIONS(AVIF, "picture.hdr", "tonemap"));
    assert_true(spec.tonemap && spec.depth == 8 && spec.profile == RL_PROFILE_SRGB);
    assert_true(colours(s, OPTIONS(AVIF, "picture.profile", "srgb")).tonemap);
    spec = colours(s, OPTIONS(WEBP));
    assert_true(spec.tonemap && spec.depth == 8 && spec.chroma == 420);

    struct rl_stream deep = picture(8, 8);
    deep.bit_depth = 16;
    deep.is_rgb = deep.lossless = 1;
    assert_int_equal(colours(deep, OPTIONS(AVIF)).depth, 12);
    assert_int_equal(colours(deep, OPTIONS(AVIF, "picture.depth", "10")).depth, 10);
    assert_int_equal(colours(deep, OPTIONS(WEBP)).depth, 8);

    struct rl_stream pq = video(1920, 1080);
    pq.bit_depth = 10;
    pq.colour = (struct rl_colour){ 9, 16, 9, 0, 1 };
    spec = colours(pq, OPTIONS(WEBP));
    assert_true(spec.tonemap && spec.source.transfer == 16 && !spec.animated);
}

static void chroma_and_alpha(void **state)
{
    (void)state;
    struct rl_stream s = picture(8, 8), rgb = picture(8, 8), gray = picture(8, 8);
    rgb.is_rgb = rgb.lossless = rgb.has_alpha = 1;
    rgb.chroma_w = rgb.chroma_h = 0;
    strcpy(rgb.pixel_format, "rgba");
    strcpy(gray.pixel_format, "gray");
    gray.chroma_w = gray.chroma_h = 0;
    assert_int_equal(colours(s, OPTIONS(AVIF)).chroma, 420);
    s.chroma_h = 0;
    assert_int_equal(colours(s, OPTIONS(AVIF)).chroma, 422);
    s.chroma_w = 0;
    assert_int_equal(colours(s, OPTIONS(AVIF)).chroma, 444);
    assert_int_equal(colours(s, OPTIONS(AVIF, "picture.chroma", "420")).chroma, 420);
    assert_int_equal(colours(s, OPTIONS(WEBP)).chroma, 420);
    assert_int_equal(colours(s, OPTIONS(WEBP, "picture.lossless", "true")).chroma, 444);
    s.chroma_w = 2; /* 4:1:1 has no place in AVIF */
    assert_int_equal(colours(s, OPTIONS(AVIF)).chroma, 420);
    assert_int_equal(colours(rgb, OPTIONS(AVIF)).chroma, 444);
    assert_int_equal(colours(gray, OPTIONS(AVIF)).chroma, 400);
    assert_int_equal(colours(gray, OPTIONS(WEBP)).chroma, 420);

    assert_int_equal(colours(rgb, OPTIONS(AVIF)).alpha, 1);
    assert_int_equal(colours(rgb, OPTIONS(AVIF, "picture.background", "#ffffff")).alpha, 0);
    assert_int_equal(colours(s, OPTIONS(AVIF)).alpha, 0);
}

static void animations(void **state)
{
    (void)state;
    struct rl_stream s = picture(8, 8);
    assert_int_equal(colours(s, OPTIONS(WEBP)).animated, 0);
    s.frames = 12;
    assert_int_equal(colours(s, OPTIONS(WEBP)).animated, 1);
    assert_int_equal(colours(s, OPTIONS(WEBP, "picture.animated", "first")).animated, 0);
    s.frames = 0; /* an animation that does not say of how many */
    assert_int_equal(colours(s, OPTIONS(AVIF)).animated, 1);
}

/* ---- what it is made of ---- */

static void sources(void **state)
{
    (void)state;
    struct rl_stream streams[4] = { sound(), picture(500, 500), video(720, 576), video(320, 240) };
    struct rl_facts f = facts_of("mov", streams, 4);
    streams[1].attached_picture = 1;
    streams[2].aspect = (reel_ratio){ 64, 45 };
    streams[2].rotation = 90;
    streams[2].start = 9000;
    reel_plan *plan = plan_of(&f, OPTIONS(AVIF, "picture.time", "2500000"));
    struct rl_picture_job_spec spec = spec_of(plan);
    is_size(&spec.still, 576, 1024); /* square pixels, upright */
    assert_true(spec.source.stream == 2 && !spec.source.attached && !spec.source.type[0]);
    assert_string_equal(spec.source.format, "mov");
    assert_int_equal(spec.source.time, 2500000);
    assert_int_equal(spec.source.origin, 9000);
    assert_int_equal(spec.source.duration, 60000000);
    assert_int_equal(plan->streams[2].action, REEL_ACTION_TRANSCODE);
    assert_int_equal(plan->streams[3].reason, REEL_REASON_NOT_FIRST);
    assert_int_equal(plan->streams[0].reason, REEL_REASON_NOT_SELECTED);
    reel_plan_destroy(&plan);

    plan = plan_of(&f, OPTIONS(AVIF, "video.stream", "3", "picture.crop", "100x100+220+140"));
    spec = spec_of(plan);
    assert_int_equal(spec.source.stream, 3);
    assert_int_equal(spec.source.time, REEL_NO_TIME);
    assert_int_equal(spec.source.candidates, 5);
    reel_plan_destroy(&plan);

    streams[2].decodable = streams[3].decodable = 0; /* then the cover */
    plan = plan_of(&f, OPTIONS(WEBP));
    spec = spec_of(plan);
    assert_true(spec.source.stream == 1 && spec.source.attached);
    is_size(&spec.still, 500, 500);
    reel_plan_destroy(&plan);
    streams[1].decodable = 0;
    fails(&f, OPTIONS(WEBP), REEL_ERR_CODEC, "does not decode");
    f.stream_count = 1;
    fails(&f, OPTIONS(WEBP), REEL_ERR_NO_STREAM, "neither video nor cover");

    struct rl_stream file = picture(10, 10);
    f = facts_of("gif", &file, 1);
    plan = plan_of(&f, OPTIONS(WEBP));
    spec = spec_of(plan);
    assert_string_equal(spec.source.type, "gif");
    assert_string_equal(spec.source.format, "");
    reel_plan_destroy(&plan);
    fails(&f, OPTIONS("output.format", "webm"), REEL_ERR_NO_STREAM, "set output.format to avif or webp");

    struct rl_stream dolby = video(64, 64);
    dolby.dv_profile = 5;
    f = facts_of("mov", &dolby, 1);
    fails(&f, OPTIONS(AVIF), REEL_ERR_UNSUPPORTED, "Dolby");
}

/* ---- previews ---- */

#define ALL "preview.posters", "3", "preview.storyboard", "true", "preview.animation", "webp", \
    "preview.placeholder", "true", "preview.waveform", "true", "preview.loudness", "true"

static void previews(void **state)
{
    (void)state;
    struct rl_stream streams[2] = { video(1920, 1080), sound() };
    struct rl_facts f = facts_of("mov", streams, 2);
    streams[1].start = 4800; /* sound begins 0.1 s later */
    reel_plan *plan = plan_of(&f, OPTIONS("output.format", "none", ALL));
    assert_int_equal(plan->track_count, 0);
    assert_true(plan->has_preview && plan->has_wave);
    const struct rl_preview_spec *p = &plan->preview;
    assert_true(p->posters == 3 && p->storyboard && p->placeholder && p->animation == RL_STILL_WEBP);
    is_size(&p->poster, 640, 360);
    assert_true(p->poster.metadata == 2 && p->poster.profile == RL_PROFILE_SRGB && p->poster.depth == 8);
    assert_true(p->tile_width == 160 && p->tile_height == 90 && p->columns == 10 && p->rows == 10);
    assert_true(p->animation_width == 320 && p->animation_height == 180);
    assert_int_equal(p->source.duration, 60000000);
    assert_true(plan->wave.stream == 1 && plan->wave.origin == 0 && plan->wave.samples_per_pixel == 256);
    assert_true(plan->wave.width == 1800 && plan->wave.height == 280 && plan->wave.loudness && plan->wave.waveform);
    assert_int_equal(plan->wave.duration, 60100000);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(plan->streams[i].action, REEL_ACTION_DROP);
    assert_int_equal(plan->duration, 0);
    assert_non_null(strstr((char *)plan->json.data, "\"previews\":{\"pictures\":{\"made\":true"));

    uint8_t a[REEL_DIGEST_SIZE], b[REEL_DIGEST_SIZE];
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_plan_digest(plan, a, &err), 0);
    reel_plan_destroy(&plan);
    plan = plan_of(&f, OPTIONS("output.format", "none", ALL, "preview.waveform_zoom", "300"));
    assert_int_equal(rl_plan_digest(plan, b, &err), 0);
    assert_memory_not_equal(a, b, sizeof(a));
    reel_plan_destroy(&plan);

    /* Beside a WebM: turned and cut as the video is, and the tracks are what they were. */
    plan = plan_of(&f, OPTIONS(ALL, "video.rotate", "90", "preview.columns", "100", "preview.tile_width", "200",
                               "preview.posters", "1"));
    assert_int_equal(plan->track_count, 2);
    assert_int_equal(plan->preview.poster.rotation, 90);
    is_size(&plan->preview.poster, 640, 1138);
    assert_int_equal(plan->preview.columns, 16383 / 200); /* a sheet is no wider than WebP holds */
    assert_true(plan->preview.from_tiles && plan->tracks[0].spec.video.tap.poster_width == 640);
    reel_plan_destroy(&plan);
    /* They do not ride on a video that is smaller than they are, or shows less of the source, nor for a poster of a given time. */
    static const char *const alone[][5] = {
        { "video.width", "320", "video.height", "0" }, { "video.width", "800", "video.height", "800" },
        { "picture.time", "1000000", "video.width", "0" },
    };
    for (size_t i = 0; i < 3; i++) {
        plan = plan_of(&f, OPTIONS(ALL, alone[i][0], alone[i][1], alone[i][2], alone[i][3], "video.fit", "cover",
                                   "preview.posters", "1"));
        assert_true(plan->has_preview && !plan->preview.from_tiles && !plan->tracks[0].spec.video.tap.interval);
        reel_plan_destroy(&plan);
    }
    plan = plan_of(&f, OPTIONS(ALL)); /* nor when there are to be several: a run knows only its own part */
    assert_true(plan->has_preview && !plan->preview.from_tiles);
    reel_plan_destroy(&plan);
    /* A very tall one is no reason not to encode the video. */
    streams[0] = video(640, 4400);
    plan = plan_of(&f, OPTIONS("preview.posters", "1"));
    assert_true(plan->track_count == 2 && !plan->preview.from_tiles);
    struct rl_buf spec;
    rl_buf_init(&spec, rl_ctx_env(plan->ctx));
    assert_int_equal(rl_plan_job(plan, 0, 0, 1, &spec, &err), 0);
    struct rl_video_spec read = { 0 };
    assert_int_equal(rl_shape_read(rl_ctx_env(plan->ctx), &rl_video_spec_shape, rl_buf_str(&spec), spec.size, &read,
                                   &err), 0);
    rl_shape_clear(rl_ctx_env(plan->ctx), &rl_video_spec_shape, &read);
    rl_buf_free(&spec);
    reel_plan_destroy(&plan);
}

static void previews_of_other_things(void **state)
{
    (void)state;
    struct rl_stream streams[2] = { sound(), picture(1000, 500) };
    struct rl_facts f = facts_of("mp3", streams, 2);
    streams[1].attached_picture = 1;
    reel_plan *plan = plan_of(&f, OPTIONS("output.format", "none", ALL));
    assert_true(plan->has_preview && plan->has_wave && plan->preview.source.attached);
    assert_true(plan->preview.posters == 1 && !plan->preview.storyboard && !plan->preview.animation);
    assert_non_null(strstr(plan->preview_text, "single picture"));
    reel_plan_destroy(&plan);

    f.stream_count = 1; /* no cover: the rest is made, and what is not has a reason */
    plan = plan_of(&f, OPTIONS("output.format", "none", ALL));
    assert_true(!plan->has_preview && plan->has_wave && plan->preview_text[0]);
    reel_plan_destroy(&plan);
    fails(&f, OPTIONS("output.format", "none", "preview.posters", "1"), REEL_ERR_NO_STREAM, "no picture");

    struct rl_stream file = picture(1000, 500);
    f = facts_of("jpeg", &file, 1);
    plan = plan_of(&f, OPTIONS(WEBP, "preview.posters", "1", "preview.placeholder", "true", "preview.waveform",
                               "true"));
    assert_true(plan->has_preview && !plan->has_wave && plan->track_count == 1);
    assert_string_equal(plan->preview.source.type, "jpeg");
    is_size(&plan->preview.poster, 640, 320);
    reel_plan_destroy(&plan);

    struct rl_stream narrow = video(16, 16384);
    f = facts_of("mov", &narrow, 1);
    plan = plan_of(&f, OPTIONS("output.format", "none", ALL));
    assert_true(plan->preview.tile_width >= 1 && plan->preview.tile_height <= 4096);
    assert_true(plan->preview.rows >= 1 && plan->preview.rows * plan->preview.tile_height <= 16383);
    reel_plan_destroy(&plan);
}

static void chains(void **state)
{
    (void)state;
    reel_chain *chain = NULL;
    reel_options *set = NULL;
    reel_error err = { .size = sizeof(err) };
    assert_int_equal(reel_options_create(&set, ctx), 0);
    assert_int_equal(reel_options_set(set, "output.format", "none", &err), 0);
    assert_int_equal(reel_chain_preset(&chain, ctx, NULL, set, &err), REEL_ERR_OPTION);
    assert_int_equal(reel_chain_preset(&chain, ctx, "previews", set, &err), 0);
    reel_chain_unref(&chain);
    static const char *const bads[] = {
        "picture.focus", "middle", "picture.focus", "0.5", "picture.focus", "1.5,0", "picture.focus", "",
        "picture.background", "red", "picture.background", "#12345g", "picture.crop", "0x5+1+1", NULL,
    };
    for (const char *const *bad = bads; *bad; bad += 2)
        if (reel_options_set(set, bad[0], bad[1], &err) != REEL_ERR_OPTION)
            fail_msg("%s takes \"%s\"", bad[0], bad[1]);
    assert_int_equal(reel_options_set(set, "picture.crop", "1x1+0+0", &err), 0);
    assert_int_equal(reel_options_set(set, "video.crop", "1x1+0+0", &err), REEL_ERR_OPTION);
    assert_int_equal(reel_options_set(set, "picture.lossless", "true", &err), 0);
    assert_int_equal(reel_options_set(set, "picture.max_bytes", "1000", &err), 0);
    assert_int_equal(reel_chain_preset(&chain, ctx, "web-image", set, &err), REEL_ERR_OPTION);
    reel_options_destroy(&set);
}

/* Facts of pictures are not taken on trust. */
static void facts(void **state)
{
    (void)state;
    struct rl_stream s = picture(100, 100), good = s;
    struct rl_facts f = facts_of("heif", &s, 1);
    const struct rl_env *env = rl_ctx_env(ctx);
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_facts_check(env, &f, f.bytes, &err), 0);
    s.clap_width = 50;
    assert_int_equal(rl_facts_check(env, &f, f.bytes, &err), REEL_ERR_INTERNAL);
    s.clap_height = 100;
    assert_int_equal(rl_facts_check(env, &f, f.bytes, &err), 0);
    s.clap_x = 51;
    assert_int_equal(rl_facts_check(env, &f, f.bytes, &err), REEL_ERR_INTERNAL);
    s = good;
    s.icc = 5;
    assert_int_equal(rl_facts_check(env, &f, f.bytes, &err), REEL_ERR_INTERNAL);
    s = good;
    s.width = s.height = 20000; /* a picture file counts against the limit, a cover of a film does not */
    err = RL_ERROR_INIT;
    assert_int_equal(rl_facts_check(env, &f, f.bytes, &err), REEL_ERR_LIMIT_PIXELS);
    snprintf(f.format, sizeof(f.format), "mov");
    assert_int_equal(rl_facts_check(env, &f, f.bytes, &err), 0);
}

static int setup(void **state)
{
    (void)state;
    return reel_ctx_create(&ctx, NULL, NULL);
}

static int teardown(void **state)
{
    (void)state;
    reel_ctx_unref(&ctx);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits), cmocka_unit_test(any_size_stays_in_its_box), cmocka_unit_test(turns_and_cuts),
        cmocka_unit_test(too_large), cmocka_unit_test(profiles), cmocka_unit_test(hdr_and_depth),
        cmocka_unit_test(chroma_and_alpha), cmocka_unit_test(animations), cmocka_unit_test(sources),
        cmocka_unit_test(previews), cmocka_unit_test(previews_of_other_things), cmocka_unit_test(chains),
        cmocka_unit_test(facts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
