/* Plans from facts made by hand: cuts, sizes, colours, choices and reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "base/time.h"
#include "ctx/ctx.h"
#include "plan/chain.h"
#include "plan/cuts.h"
#include "plan/picture.h"
#include "plan/plan.h"

static reel_ctx *ctx;
static const struct rl_env *env;
static uint32_t seed = 7;

static uint32_t rnd(void)
{
    return (seed = seed * 1664525u + 1013904223u) >> 8;
}

/* ---- cuts ---- */

static void check_cuts(const struct rl_cut_request *r)
{
    struct rl_cut_list list;
    assert_int_equal(rl_cut_list_make(env, r, &list), 0);
    assert_true(list.cut_count >= 2 && list.run_count >= 1);
    uint32_t next = 0;
    for (uint32_t i = 0; i < list.run_count; i++) { /* runs cover the segments without gap or overlap */
        assert_int_equal(list.runs[i].first_cut, next);
        assert_true(list.runs[i].segments > 0);
        assert_true(i == 0 || list.cuts[next].key == 1); /* and begin at keys */
        for (uint32_t k = 1; k < list.runs[i].segments; k++)
            assert_int_equal(list.cuts[next + k].key, 0);
        next += list.runs[i].segments;
    }
    assert_int_equal(next, list.cut_count - 1);
    int64_t low = r->min < r->max * 6 / 10 ? r->min : r->max * 6 / 10, high = r->max + r->max / 5;
    int64_t at = r->start;
    for (uint32_t i = 1; i < list.cut_count; i++) {
        bool last = i + 1 == list.cut_count;
        int64_t to = last ? r->end : list.cuts[i].ts;
        assert_true(to > at);
        if (list.cut_count > 2 && (to - at < low - 1 || to - at > high))
            fail_msg("segment of %lld, not in %lld to %lld", (long long)(to - at), (long long)low, (long long)high);
        if (!last && list.cuts[i].key) {
            bool found = false;
            for (uint32_t k = 0; k < r->key_count; k++)
                found |= r->keys[k].ts == to;
            assert_true(found);
        }
        at = to;
    }
    rl_cut_list_free(env, &list);
}

static void test_cuts_hold_their_promise(void **state)
{
    (void)state;
    static struct rl_key keys[4000];
    for (int round = 0; round < 3000; round++) {
        uint32_t count = rnd() % 200;
        uint32_t gap = 1 + rnd() % (round % 3 == 0 ? 40000u : 4000u);
        int64_t ts = (int64_t)(rnd() % 1000) - 500, start = ts;
        for (uint32_t i = 0; i < count; i++) {
            keys[i].ts = ts;
            ts += 1 + rnd() % gap;
        }
        struct rl_cut_request r = {
            .keys = keys, .key_count = count, .start = start, .end = ts + 1 + rnd() % 20000,
            .first = { .ts = REEL_NO_TIME }, .last = { .ts = REEL_NO_TIME },
        };
        r.min = 1000 + rnd() % 5000;
        r.max = r.min + rnd() % 5000;
        check_cuts(&r);
    }
}

static void test_cuts_of_two_hours(void **state)
{
    (void)state;
    static struct rl_key keys[7200];
    for (int i = 0; i < 7200; i++)
        keys[i].ts = (int64_t)i * 90000;
    struct rl_cut_request r = { .keys = keys, .key_count = 7200, .end = 7200 * 90000LL, .min = 450000, .max = 900000,
                                .first = { .ts = REEL_NO_TIME }, .last = { .ts = REEL_NO_TIME } };
    struct rl_cut_list list;
    assert_int_equal(rl_cut_list_make(env, &r, &list), 0);
    assert_int_equal(list.cut_count, 721); /* the last key within ten seconds is at ten seconds */
    assert_int_equal(list.run_count, 720);
    assert_true(list.cuts[1].ts == 900000 && list.cuts[1].key);
    assert_true(list.cuts[0].ts == REEL_NO_TIME && list.cuts[720].ts == REEL_NO_TIME);
    rl_cut_list_free(env, &list);

    r.end = REEL_NO_TIME; /* a container that does not know: the last key is taken too */
    assert_int_equal(rl_cut_list_make(env, &r, &list), 0);
    assert_int_equal(list.cut_count, 722);
    rl_cut_list_free(env, &list);

    r.key_count = 1; /* no key but the first: one run, divided evenly */
    r.end = 100 * 90000;
    assert_int_equal(rl_cut_list_make(env, &r, &list), 0);
    assert_int_equal(list.run_count, 1);
    assert_int_equal(list.cut_count, 11);
    assert_true(list.cuts[1].ts == 900000 && !list.cuts[1].key);
    rl_cut_list_free(env, &list);
}

/* ---- facts by hand ---- */

static struct rl_stream video(int32_t w, int32_t h)
{
    return (struct rl_stream){
        .kind = REEL_STREAM_VIDEO, .codec = "h264", .decodable = 1, .time_base = { 1, 90000 }, .start = 0,
        .duration = 60 * 90000, .frames = 1440, .width = w, .height = h, .aspect = { 1, 1 }, .frame_rate = { 24, 1 },
        .pixel_format = "yuv420p", .bit_depth = 8, .chroma_w = 1, .chroma_h = 1, .colour = { 2, 2, 2, 0, 1 },
    };
}

static struct rl_stream audio(const char *codec, int32_t channels)
{
    struct rl_stream s = {
        .kind = REEL_STREAM_AUDIO, .decodable = 1, .time_base = { 1, 48000 }, .start = 0, .duration = 60 * 48000,
        .sample_rate = 48000, .channels = channels,
    };
    strcpy(s.codec, codec);
    return s;
}

static struct rl_facts facts_of(struct rl_stream *streams, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        streams[i].index = (int32_t)i;
    return (struct rl_facts){ .format = "mov", .bytes = 1000000, .start = 0, .duration = 60000000, .streams = streams,
                              .stream_count = count };
}

static struct rl_chain_values defaults(void)
{
    struct rl_chain_values v;
    assert_int_equal(rl_option_defaults(&v), 0);
    return v;
}

static void set(struct rl_chain_values *v, const char *name, const char *text)
{
    assert_int_equal(rl_option_parse(&rl_options[rl_option_index(name)], text, v, NULL), 0);
}

static int make(reel_plan **plan, const struct rl_facts *facts, const struct rl_chain_values *v, int64_t start,
                int64_t end, reel_error *err)
{
    static const struct rl_plan_caps caps = { true, true };
    reel_plan_opts opts = { .size = sizeof(opts), .start = start, .end = end };
    *err = RL_ERROR_INIT;
    *plan = NULL;
    return rl_plan_make(plan, ctx, facts, v, NULL, &caps, &opts, err);
}

static reel_plan *plan_of(const struct rl_facts *facts, const struct rl_chain_values *v)
{
    reel_plan *plan;
    reel_error err;
    if (make(&plan, facts, v, 0, 0, &err) < 0)
        fail_msg("%s", err.text);
    return plan;
}

static void expect(const reel_plan *plan, uint32_t stream, int32_t action, int32_t reason)
{
    reel_plan_stream s = { .size = sizeof(s) };
    assert_int_equal(reel_plan_get_stream(plan, stream, &s), 0);
    if (s.action != action || s.reason != reason || !s.text[0])
        fail_msg("stream %u: %s %s: %s", stream, reel_action_name(s.action), reel_reason_name(s.reason), s.text);
}

static void fails(const struct rl_facts *facts, const struct rl_chain_values *v, int code, const char *named)
{
    reel_plan *plan;
    reel_error err;
    int rc = make(&plan, facts, v, 0, 0, &err);
    if (rc != code || err.code != code || !strstr(err.text, named))
        fail_msg("%d: %s", rc, err.text);
    assert_null(plan);
}

/* Every job's spec must be one that the engine's reader takes. */
static void check_jobs(const reel_plan *plan)
{
    for (uint32_t t = 0; t < plan->track_count; t++) {
        for (uint32_t j = 0; j < rl_plan_job_count(plan, t); j++) {
            const struct rl_shape *shape = plan->tracks[t].job == RL_JOB_VIDEO   ? &rl_video_spec_shape
                                           : plan->tracks[t].job == RL_JOB_AUDIO ? &rl_audio_spec_shape
                                           : plan->tracks[t].job == RL_JOB_TEXT  ? &rl_text_spec_shape
                                                                                 : &rl_copy_spec_shape;
            struct rl_buf text;
            reel_error err = RL_ERROR_INIT;
            void *spec = calloc(1, shape->size);
            rl_buf_init(&text, env);
            assert_int_equal(rl_plan_job(plan, t, j, 2, &text, &err), 0);
            if (rl_shape_read(env, shape, (char *)text.data, text.size, spec, &err) < 0)
                fail_msg("%s", err.text);
            rl_shape_clear(env, shape, spec);
            free(spec);
            rl_buf_free(&text);
        }
    }
}

static void test_a_film(void **state)
{
    (void)state;
    struct rl_key keys[30];
    struct rl_stream s[6] = { video(1920, 1080), audio("aac", 2), audio("ac3", 6), video(640, 480) };
    for (int i = 0; i < 30; i++)
        keys[i].ts = i * 180000;
    s[0].keys = keys;
    s[0].key_count = 30;
    s[0].keys_trusted = 1;
    s[3].kind = REEL_STREAM_PICTURE;
    s[4] = (struct rl_stream){ .kind = REEL_STREAM_TEXT, .codec = "mov_text", .decodable = 1, .time_base = { 1, 1000 },
                                .duration = 60000 };
    s[5] = (struct rl_stream){ .kind = REEL_STREAM_OTHER, .codec = "tmcd", .time_base = { 1, 1000 } };
    struct rl_tag tags[] = { { (char *)"title", (char *)"A" }, { (char *)"major_brand", (char *)"isom" } };
    struct rl_chapter chapters[] = { { 0, 30000000, (char *)"one" }, { 30000000, 60000000, NULL } };
    struct rl_facts facts = facts_of(s, 6);
    facts.tags = tags;
    facts.tag_count = 2;
    facts.chapters = chapters;
    facts.chapter_count = 2;
    struct rl_chain_values v = defaults();
    reel_plan *plan = plan_of(&facts, &v);
    expect(plan, 0, REEL_ACTION_TRANSCODE, REEL_REASON_OTHER_CODEC);
    expect(plan, 1, REEL_ACTION_DROP, REEL_REASON_NOT_FIRST);
    expect(plan, 2, REEL_ACTION_TRANSCODE, REEL_REASON_OTHER_CODEC);
    expect(plan, 3, REEL_ACTION_DROP, REEL_REASON_PICTURE);
    expect(plan, 4, REEL_ACTION_CONVERT, REEL_REASON_TEXT);
    expect(plan, 5, REEL_ACTION_DROP, REEL_REASON_NOT_HELD);
    assert_int_equal(plan->track_count, 3);
    const struct rl_video_spec *spec = &plan->tracks[0].spec.video;
    assert_int_equal(spec->timescale, 90000);
    assert_int_equal(spec->encoder, RL_ENCODER_SVTAV1);
    assert_int_equal(spec->crf, 35);
    assert_int_equal(spec->picture.colour.matrix, 1);
    assert_string_equal(spec->picture.pixel_format, "yuv420p");
    assert_int_equal(plan->tracks[1].spec.audio.channels, 6);
    assert_int_equal(plan->tracks[1].spec.audio.bit_rate, 256000);
    assert_int_equal(plan->tracks[1].spec.audio.family, 1);
    assert_int_equal(plan->tag_count, 1);
    assert_int_equal(plan->chapter_count, 2);
    assert_int_equal(rl_plan_job_count(plan, 0), 6);
    reel_plan_info info = { .size = sizeof(info) };
    assert_int_equal(reel_plan_get_info(plan, &info), 0);
    assert_int_equal(info.duration, 60000000);
    assert_int_equal(info.segments, 6 + 6 + 1);
    assert_true(info.segment_memory > 350e6 && info.segment_memory < 450e6);
    reel_plan_segment seg = { .size = sizeof(seg) };
    assert_int_equal(reel_plan_get_segment(plan, 1, &seg), 0);
    assert_int_equal(seg.start, 10000000);
    assert_int_equal(seg.duration, 10000000);
    assert_int_equal(reel_plan_get_segment(plan, info.segments, &seg), REEL_END);
    assert_non_null(strstr((const char *)plan->json.data, "\"other-codec\""));
    check_jobs(plan);

    uint8_t a[REEL_DIGEST_SIZE], b[REEL_DIGEST_SIZE];
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_plan_digest(plan, a, &err), 0);
    reel_plan_destroy(&plan);
    plan = plan_of(&facts, &v);
    assert_int_equal(rl_plan_digest(plan, b, &err), 0);
    assert_memory_equal(a, b, sizeof(a));
    reel_plan_destroy(&plan);
    set(&v, "video.quality", "61");
    plan = plan_of(&facts, &v);
    assert_int_equal(rl_plan_digest(plan, b, &err), 0);
    assert_memory_not_equal(a, b, sizeof(a));
    reel_plan_destroy(&plan);
}

static void test_trim(void **state)
{
    (void)state;
    struct rl_key keys[30];
    struct rl_stream s[2] = { video(1920, 1080), audio("aac", 2) };
    for (int i = 0; i < 30; i++)
        keys[i].ts = i * 180000;
    s[0].keys = keys;
    s[0].key_count = 30;
    s[0].keys_trusted = 1;
    struct rl_chapter chapters[] = { { 0, 15000000, NULL }, { 15000000, 60000000, NULL } };
    struct rl_facts facts = facts_of(s, 2);
    facts.chapters = chapters;
    facts.chapter_count = 2;
    struct rl_chain_values v = defaults();
    reel_plan *plan;
    reel_error err;
    assert_int_equal(make(&plan, &facts, &v, 10500000, 25000000, &err), 0);
    const struct rl_video_spec *spec = &plan->tracks[0].spec.video;
    assert_int_equal(spec->origin, 945000);
    assert_int_equal(spec->trim_start, 945000);
    assert_int_equal(spec->trim_end, 25 * 90000);
    const struct rl_cut_list *list = &plan->tracks[0].list;
    /* A second of slack before 10.5 s, since mov indexes decoding times. */
    assert_int_equal(list->cuts[0].ts, 8 * 90000);
    assert_int_equal(list->cuts[0].key, 1);
    assert_int_equal(list->cuts[list->cut_count - 1].ts, 25 * 90000);
    assert_int_equal(plan->duration, 14500000);
    assert_int_equal(plan->tracks[1].spec.audio.origin, 504000);
    assert_int_equal(plan->chapters[1].start, 4500000);
    assert_int_equal(plan->chapters[1].end, 14500000);
    check_jobs(plan);
    reel_plan_destroy(&plan);
    assert_int_equal(make(&plan, &facts, &v, 5, 5, &err), REEL_ERR_INVALID_ARG);
    assert_int_equal(make(&plan, &facts, &v, -1, 0, &err), REEL_ERR_INVALID_ARG);
    assert_int_equal(make(&plan, &facts, &v, 60000000, 0, &err), REEL_ERR_INVALID_ARG);
}

/* Offsets between streams stay; the earliest is 0. */
static void test_origin(void **state)
{
    (void)state;
    struct rl_stream s[2] = { video(640, 360), audio("aac", 2) };
    struct rl_chain_values v = defaults();
    s[0].start = 45000;
    s[1].start = -1024;
    struct rl_facts facts = facts_of(s, 2);
    reel_plan *plan = plan_of(&facts, &v);
    assert_int_equal(plan->tracks[0].spec.video.origin, -1920);
    assert_int_equal(plan->tracks[1].spec.audio.origin, -1024);
    reel_plan_destroy(&plan);

    s[0].time_base = (reel_ratio){ 1001, 30000 }; /* counts frames: the origin must be on one */
    s[0].start = 0;
    s[0].duration = 1800;
    plan = plan_of(&facts, &v);
    assert_int_equal(plan->tracks[0].spec.video.origin, -1);
    assert_int_equal(plan->tracks[0].spec.video.timescale, 30000);
    assert_int_equal(plan->tracks[1].spec.audio.origin, -1602); /* 1601.6 */
    assert_int_equal(plan->tracks[0].spec.video.every, 240); /* no index: 8 s */
    check_jobs(plan);
    reel_plan_destroy(&plan);
}

static void size_of(const char *options[][2], struct rl_stream s, int32_t w, int32_t h, reel_ratio aspect, int encoder)
{
    struct rl_chain_values v = defaults();
    for (size_t i = 0; options && options[i][0]; i++)
        set(&v, options[i][0], options[i][1]);
    struct rl_facts facts = facts_of(&s, 1);
    reel_plan *plan = plan_of(&facts, &v);
    const struct rl_planned_track *t = &plan->tracks[0];
    if (t->track.width != w || t->track.height != h || t->track.aspect.num != aspect.num ||
        t->track.aspect.den != aspect.den)
        fail_msg("%dx%d %d:%d, not %dx%d", t->track.width, t->track.height, t->track.aspect.num,
                 t->track.aspect.den, w, h);
    assert_int_equal(t->spec.video.encoder, encoder);
    check_jobs(plan);
    reel_plan_destroy(&plan);
}

#define BOX(w, h) { "video.width", #w }, { "video.height", #h }

static void test_sizes(void **state)
{
    (void)state;
    const reel_ratio one = { 1, 1 };
    struct rl_stream hd = video(1920, 1080), phone = video(1920, 1080), pal = video(720, 576), odd = video(641, 361);
    phone.rotation = 90;
    pal.aspect = (reel_ratio){ 16, 11 };
    size_of(NULL, hd, 1920, 1080, one, RL_ENCODER_SVTAV1);
    size_of(NULL, phone, 1080, 1920, one, RL_ENCODER_SVTAV1);
    size_of(NULL, odd, 641, 361, one, RL_ENCODER_AOM);
    size_of(NULL, video(32, 32), 32, 32, one, RL_ENCODER_AOM);
    size_of(NULL, pal, 720, 576, (reel_ratio){ 16, 11 }, RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ BOX(1280, 720), { 0 } }, hd, 1280, 720, one, RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ BOX(1280, 720), { 0 } }, phone, 406, 720, one, RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ BOX(1280, 720), { 0 } }, odd, 641, 361, one, RL_ENCODER_AOM);
    size_of((const char *[][2]){ BOX(3840, 2160), { "video.enlarge", "true" }, { 0 } }, hd, 3840, 2160, one,
            RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ { "video.height", "540" }, { 0 } }, hd, 960, 540, one, RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ { "video.aspect", "square" }, { 0 } }, pal, 1048, 576, one, RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ BOX(500, 500), { "video.fit", "cover" }, { 0 } }, hd, 500, 500, one,
            RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ BOX(500, 500), { "video.fit", "fill" }, { 0 } }, hd, 500, 500, one, RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ BOX(500, 500), { "video.fit", "pad" }, { 0 } }, hd, 500, 500, one, RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ { "video.crop", "101x101+3+3" }, { 0 } }, hd, 100, 100, one, RL_ENCODER_SVTAV1);
    size_of((const char *[][2]){ { "video.rotate", "270" }, { 0 } }, phone, 1920, 1080, one, RL_ENCODER_SVTAV1);

    struct rl_chain_values v = defaults();
    struct rl_facts facts = facts_of(&hd, 1);
    set(&v, "video.crop", "1000x1000+1000+0");
    fails(&facts, &v, REEL_ERR_OPTION, "video.crop");
    v = defaults();
    set(&v, "video.encoder", "svtav1");
    facts = facts_of(&odd, 1);
    fails(&facts, &v, REEL_ERR_OPTION, "641x361");
}

/* Any source in any box: positive, in the box, even once scaled, and of the source's shape. */
static void test_sizes_hold_their_promise(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct rl_stream s = video(1 + (int32_t)(rnd() % 5000), 1 + (int32_t)(rnd() % 5000));
        struct rl_chain_values v = defaults();
        struct rl_picture_spec p = { 0 };
        reel_ratio a = { 0, 0 };
        reel_error err = RL_ERROR_INIT;
        s.aspect = (reel_ratio){ (int32_t)(rnd() % 40), (int32_t)(rnd() % 40) };
        s.rotation = (int32_t)(rnd() % 4) * 90;
        v.video_width = rnd() % 3 ? 16 + rnd() % 4000 : 0;
        v.video_height = rnd() % 3 ? 16 + rnd() % 4000 : 0;
        v.video_fit = (int32_t)(rnd() % 4);
        v.video_enlarge = rnd() % 2;
        v.video_aspect = rnd() % 2;
        assert_int_equal(rl_plan_geometry(&s, &v, &p, &a, &err), 0);
        int32_t w = rl_picture_width(&p), h = rl_picture_height(&p);
        int32_t sw = p.rotation % 180 ? s.height : s.width, sh = p.rotation % 180 ? s.width : s.height;
        assert_true(w > 0 && h > 0 && a.num > 0 && a.den > 0 && p.width <= w && p.height <= h);
        assert_true(p.crop_x >= 0 && p.crop_y >= 0 && p.crop_x + p.crop_width <= sw && p.crop_y + p.crop_height <= sh);
        if (w != sw || h != sh)
            assert_true(w % 2 == 0 && h % 2 == 0);
        if (v.video_fit == RL_FIT_CONTAIN && v.video_width && w != sw)
            assert_true(w <= v.video_width || w == 2);
        if (v.video_fit == RL_FIT_CONTAIN && v.video_height && h != sh)
            assert_true(h <= v.video_height || h == 2);
    }
    int32_t last = 64;
    for (int q = 0; q <= 100; q++) {
        int32_t crf = rl_crf_of_quality(q);
        assert_true(crf <= last && crf >= 1);
        last = crf;
    }
    assert_int_equal(rl_crf_of_quality(0), 63);
    assert_int_equal(rl_crf_of_quality(60), 35);
    assert_int_equal(rl_crf_of_quality(100), 10);
}

static void test_colour(void **state)
{
    (void)state;
    struct rl_chain_values v = defaults();
    struct rl_picture_spec p = { 0 };
    struct rl_stream s = video(720, 480);
    rl_plan_colour(&s, &v, &p);
    assert_int_equal(p.colour.matrix, 6);
    s = video(720, 576);
    s.frame_rate = (reel_ratio){ 25, 1 };
    rl_plan_colour(&s, &v, &p);
    assert_int_equal(p.colour.matrix, 5);
    assert_int_equal(p.colour.primaries, 5);
    s = video(320, 240);
    strcpy(s.pixel_format, "yuvj420p");
    rl_plan_colour(&s, &v, &p);
    assert_int_equal(p.source.full_range, 1);
    assert_int_equal(p.colour.full_range, 1);
    s = video(640, 480);
    s.is_rgb = 1;
    s.chroma_w = s.chroma_h = 0;
    rl_plan_colour(&s, &v, &p);
    assert_int_equal(p.source.matrix, 0);
    assert_int_equal(p.source.full_range, 1);
    assert_int_equal(p.colour.matrix, 1);
    assert_int_equal(p.colour.full_range, 0);

    s = video(3840, 2160);
    s.bit_depth = 10;
    s.colour = (struct rl_colour){ 9, 16, 9, 0, 1 };
    s.mastering.present = s.light.present = 1;
    set(&v, "video.depth", "8"); /* HDR stays 10-bit all the same */
    rl_plan_colour(&s, &v, &p);
    assert_string_equal(p.pixel_format, "yuv420p10le");
    assert_int_equal(p.colour.transfer, 16);
    struct rl_facts facts = facts_of(&s, 1);
    reel_plan *plan = plan_of(&facts, &v);
    assert_int_equal(plan->tracks[0].spec.video.mastering.present, 1);
    reel_plan_destroy(&plan);
    set(&v, "video.hdr", "tonemap");
    plan = plan_of(&facts, &v);
    assert_int_equal(plan->tracks[0].spec.video.picture.tonemap, 1);
    assert_int_equal(plan->tracks[0].spec.video.picture.colour.transfer, 1);
    assert_int_equal(plan->tracks[0].spec.video.mastering.present, 0);
    assert_int_equal(plan->tracks[0].track.light.present, 0);
    assert_int_equal(plan->tracks[0].track.bit_depth, 8);
    reel_plan_destroy(&plan);
}

static void test_interlaced(void **state)
{
    (void)state;
    struct rl_chain_values v = defaults();
    struct rl_picture_spec p = { 0 };
    struct rl_stream s = video(720, 576);
    rl_plan_filters(&s, &v, &p);
    assert_int_equal(p.deinterlace, RL_DEINT_OFF);
    s.sampled_frames = 7;
    s.combed_frames = 7;
    rl_plan_filters(&s, &v, &p);
    assert_int_equal(p.deinterlace, RL_DEINT_OFF);
    s.sampled_frames = 28;
    rl_plan_filters(&s, &v, &p);
    assert_int_equal(p.deinterlace, RL_DEINT_ALL);
    s.interlaced = 2;
    rl_plan_filters(&s, &v, &p);
    assert_int_equal(p.deinterlace, RL_DEINT_FLAGGED);
    set(&v, "video.deinterlace", "on");
    rl_plan_filters(&s, &v, &p);
    assert_int_equal(p.deinterlace, RL_DEINT_ALL);
    assert_int_equal(p.field_parity, 1);
    set(&v, "video.deinterlace", "off");
    rl_plan_filters(&s, &v, &p);
    assert_int_equal(p.deinterlace, RL_DEINT_OFF);
}

static void test_refusals(void **state)
{
    (void)state;
    struct rl_chain_values v = defaults();
    struct rl_stream s[3] = { video(1920, 1080), audio("aac", 2), audio("aac", 2) };
    struct rl_facts facts = facts_of(s, 1);
    s[0].dv_profile = 5;
    fails(&facts, &v, REEL_ERR_UNSUPPORTED, "profile 5");
    s[0].dv_profile = 8;
    s[0].dv_compatibility = 1;
    reel_plan *plan = plan_of(&facts, &v);
    reel_plan_destroy(&plan);

    s[0] = video(1920, 1080);
    s[0].decodable = 0;
    strcpy(s[0].codec, "rv60");
    fails(&facts, &v, REEL_ERR_CODEC, "rv60");
    s[0].decodable = s[0].broken = 1;
    strcpy(s[0].broken_text, "it has no size");
    fails(&facts, &v, REEL_ERR_INVALID_DATA, "no size");

    s[0] = video(1920, 1080);
    s[0].duration = s[0].frames = 0;
    fails(&facts, &v, REEL_ERR_NO_STREAM, "no content");
    s[0] = (struct rl_stream){ .kind = REEL_STREAM_OTHER, .codec = "bin_data", .time_base = { 1, 1 } };
    fails(&facts, &v, REEL_ERR_NO_STREAM, "");
    s[0] = video(1920, 1080);
    set(&v, "video.enabled", "false");
    fails(&facts, &v, REEL_ERR_NO_STREAM, "");
    v = defaults();
    set(&v, "video.stream", "1");
    facts = facts_of(s, 2);
    fails(&facts, &v, REEL_ERR_NO_STREAM, "video.stream");
}

/* What cannot be decoded is left out with its reason, and known to be a loss. */
static void test_losses(void **state)
{
    (void)state;
    struct rl_chain_values v = defaults();
    struct rl_stream s[3] = { video(1920, 1080), audio("aac", 2), audio("aac", 2) };
    s[0].decodable = 0;
    struct rl_facts facts = facts_of(s, 3);
    reel_plan *plan = plan_of(&facts, &v);
    expect(plan, 0, REEL_ACTION_DROP, REEL_REASON_NO_DECODER);
    expect(plan, 1, REEL_ACTION_TRANSCODE, REEL_REASON_OTHER_CODEC);
    expect(plan, 2, REEL_ACTION_DROP, REEL_REASON_NOT_FIRST);
    assert_true(plan->streams[0].lossy);
    assert_false(plan->streams[2].lossy);
    reel_plan_destroy(&plan);
    s[2].is_default = 1;
    plan = plan_of(&facts, &v);
    expect(plan, 1, REEL_ACTION_DROP, REEL_REASON_NOT_FIRST);
    expect(plan, 2, REEL_ACTION_TRANSCODE, REEL_REASON_OTHER_CODEC);
    reel_plan_destroy(&plan);
    set(&v, "audio.streams", "all");
    plan = plan_of(&facts, &v);
    assert_int_equal(plan->track_count, 2);
    reel_plan_destroy(&plan);
}

static void test_copies(void **state)
{
    (void)state;
    struct rl_chain_values v = defaults();
    struct rl_stream s[2] = { video(1920, 1080), audio("opus", 2) };
    strcpy(s[0].codec, "av1");
    s[0].decodable = 0; /* copying needs no decoder */
    struct rl_facts facts = facts_of(s, 2);
    reel_plan *plan = plan_of(&facts, &v);
    expect(plan, 0, REEL_ACTION_COPY, REEL_REASON_TARGET_CODEC);
    expect(plan, 1, REEL_ACTION_COPY, REEL_REASON_TARGET_CODEC);
    check_jobs(plan);
    reel_plan_destroy(&plan);
    s[0].decodable = 1;
    s[0].rotation = 90;
    set(&v, "audio.gain", "-3");
    plan = plan_of(&facts, &v);
    expect(plan, 0, REEL_ACTION_TRANSCODE, REEL_REASON_CHANGED);
    expect(plan, 1, REEL_ACTION_TRANSCODE, REEL_REASON_CHANGED);
    reel_plan_destroy(&plan);
    s[0].rotation = 0;
    v = defaults();
    s[0].hides = s[1].hides = 1; /* an edit list that a copy would not heed */
    plan = plan_of(&facts, &v);
    expect(plan, 0, REEL_ACTION_TRANSCODE, REEL_REASON_TRIMMED);
    expect(plan, 1, REEL_ACTION_TRANSCODE, REEL_REASON_TRIMMED);
    reel_plan_destroy(&plan);
    s[0].hides = s[1].hides = 0;
    reel_error err;
    assert_int_equal(make(&plan, &facts, &v, 1000000, 0, &err), 0);
    expect(plan, 0, REEL_ACTION_TRANSCODE, REEL_REASON_TRIMMED);
    expect(plan, 1, REEL_ACTION_TRANSCODE, REEL_REASON_TRIMMED);
    reel_plan_destroy(&plan);
}

/* A day of keyframes, and facts that only a stranger would send: no crash, no overflow, no long wait. */
static void test_extremes(void **state)
{
    (void)state;
    struct rl_chain_values v = defaults();
    static const int64_t times[] = { INT64_MIN + 1, -1, 0, 1, INT64_MAX / 2, INT64_MAX, REEL_NO_TIME };
    static const reel_ratio bases[] = {
        { 1, 1 }, { 1, INT32_MAX }, { INT32_MAX, 1 }, { INT32_MAX, INT32_MAX }, { 1, 90000 },
    };
    for (size_t a = 0; a < 7; a++) {
        for (size_t b = 0; b < 7; b++) {
            for (size_t c = 0; c < 5; c++) {
                struct rl_key keys[] = { { INT64_MIN + 1 }, { 0 }, { INT64_MAX } };
                struct rl_stream s[2] = { video(64, 64), audio("aac", 2) };
                s[0].start = times[a];
                s[0].duration = times[b] < 0 && times[b] != REEL_NO_TIME ? 0 : times[b];
                s[0].time_base = s[1].time_base = bases[c];
                s[0].frame_rate = (reel_ratio){ 1, 1 };
                s[0].keys = keys;
                s[0].key_count = 3;
                s[0].keys_trusted = (int32_t)(b % 2);
                s[1].start = times[b];
                struct rl_facts facts = facts_of(s, 2);
                facts.duration = REEL_NO_TIME;
                reel_plan *plan;
                reel_error err;
                if (make(&plan, &facts, &v, 0, 0, &err) >= 0)
                    check_jobs(plan);
                reel_plan_destroy(&plan);
                if (make(&plan, &facts, &v, 5000000, 9000000, &err) >= 0)
                    check_jobs(plan);
                reel_plan_destroy(&plan);
            }
        }
    }
}

static int setup(void **state)
{
    (void)state;
    int rc = reel_ctx_create(&ctx, NULL, NULL);
    env = rc < 0 ? NULL : rl_ctx_env(ctx);
    return rc;
}

static int teardown(void **state)
{
    (void)state;
    reel_ctx_unref(&ctx);
    return 0;
}

/* MP3 in AVI has ticks of 26 ms: the range of its sound is told in samples, and where between two ticks it begins. */
static void coarse_ticks_do_not_round_a_trim(void **state)
{
    (void)state;
    struct rl_stream s = audio("mp3", 2);
    s.time_base = (reel_ratio){ 1152, 44100 };
    s.duration = 2297;
    struct rl_facts facts = facts_of(&s, 1);
    struct rl_chain_values v = defaults();
    reel_plan *plan = NULL;
    reel_error err;
    strcpy(facts.format, "avi");
    assert_int_equal(make(&plan, &facts, &v, 0, 2750000, &err), 0);
    assert_int_equal(plan->tracks[0].spec.audio.length, 132000);
    assert_int_equal(plan->tracks[0].spec.audio.shift, 0);
    reel_plan_destroy(&plan);
    s.time_base = (reel_ratio){ 1, 44100 };
    assert_int_equal(make(&plan, &facts, &v, 0, 2750000, &err), 0);
    assert_int_equal(plan->tracks[0].spec.audio.length, 0); /* its own ticks do */
    reel_plan_destroy(&plan);
}

/* The output has a place for every speaker of the source. */
static void layouts_that_opus_lacks_get_one_that_holds_them(void **state)
{
    static const struct { const char *layout; int32_t channels, planned; } cases[] = {
        { "stereo", 2, 2 }, { "2.1", 3, 6 }, { "3.0", 3, 3 }, { "4.0", 4, 7 }, { "quad(side)", 4, 4 },
        { "5.1(side)", 6, 6 }, { "6.0", 6, 7 }, { "7.0", 7, 8 }, { "7.1(wide)", 8, 6 }, { "9 channels", 9, 2 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rl_stream s = audio("aac", cases[i].channels);
        struct rl_facts facts = facts_of(&s, 1);
        struct rl_chain_values v = defaults();
        strcpy(s.layout, cases[i].layout);
        reel_plan *plan = plan_of(&facts, &v);
        assert_int_equal(plan->tracks[0].spec.audio.channels, cases[i].planned);
        assert_int_equal(plan->tracks[0].spec.audio.family, cases[i].planned > 2);
        reel_plan_destroy(&plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_hold_their_promise),
        cmocka_unit_test(test_cuts_of_two_hours),
        cmocka_unit_test(test_a_film),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_sizes_hold_their_promise),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_interlaced),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(layouts_that_opus_lacks_get_one_that_holds_them),
        cmocka_unit_test(coarse_ticks_do_not_round_a_trim),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
