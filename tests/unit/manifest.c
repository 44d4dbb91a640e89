/* Manifests: the JSON form round-trips, a stranger's is checked, and DASH and HLS say what is in it. */
#include "harness.h"

#include "chunk/manifest.h"
#include "ctx/ctx.h"

#include <reel/store.h>

static struct rl_chunk video_chunks[] = {
    { .index = 0, .start = 0, .duration = 6006, .samples = 180, .bytes = 1000, .digest = { 0xab, 1 } },
    { .index = 1, .start = 6006, .duration = 6006, .samples = 180, .bytes = 3000, .digest = { 0xab, 2 } },
    { .index = 2, .start = 12012, .duration = 1001, .samples = 30, .bytes = 500, .digest = { 0xab, 3 } },
};
static struct rl_chunk audio_chunks[] = {
    { .index = 0, .start = 0, .duration = 480000, .samples = 480000, .bytes = 90000, .digest = { 0xcd, 1 } },
    { .index = 1, .start = 480000, .duration = 144048, .samples = 144048, .bytes = 30000, .digest = { 0xcd, 2 } },
};
static struct rl_chunk text_chunks[] = {
    { .start = 0, .duration = 10, .samples = 2, .bytes = 99, .digest = { 0xef } },
};
static char title[] = "Titel & \"<Text>\"";
static struct rl_track tracks[] = {
    { .kind = REEL_STREAM_VIDEO, .codec = "av1", .codec_string = "av01.0.04M.08", .timescale = 1000, .private_size = 4,
      .codec_private = { 0x81, 4, 0, 0 }, .init = { 1 }, .width = 640, .height = 360, .aspect = { 1, 1 },
      .frame_rate = { 30000, 1001 }, .bit_depth = 8, .colour = { 1, 1, 1, 0, 0 }, .chunks = video_chunks,
      .chunk_count = 3 },
    { .kind = REEL_STREAM_AUDIO, .stream = 1, .codec = "opus", .codec_string = "opus", .language = "de", .title = title,
      .timescale = 48000, .private_size = 19, .codec_private = "OpusHead", .init = { 2 }, .channels = 2,
      .pre_skip = 312,
      .chunks = audio_chunks, .chunk_count = 2 },
    { .kind = REEL_STREAM_TEXT, .stream = 2, .codec = "webvtt", .codec_string = "wvtt", .language = "en",
      .timescale = 1000, .chunks = text_chunks, .chunk_count = 1 },
};
static const struct rl_manifest model = { .version = 1, .generator = "test", .tracks = tracks, .track_count = 3 };

static reel_ctx *ctx;
static struct harness harness;

static reel_manifest *wrap(void)
{
    reel_manifest *m = NULL;
    reel_error err = RL_ERROR_INIT;
    assert_int_equal(rl_manifest_check(&model, &err), 0);
    assert_int_equal(rl_manifest_wrap(&m, ctx, &model, &err), 0);
    return m;
}

static const char *text_of(reel_buffer *b)
{
    return reel_buffer_data(b);
}

static void round_trip(void **state)
{
    (void)state;
    reel_manifest *m = wrap(), *again = NULL;
    reel_buffer *a = NULL, *b = NULL;
    assert_int_equal(reel_manifest_to_json(&a, m), 0);
    assert_int_equal(reel_manifest_from_json(&again, ctx, text_of(a), reel_buffer_size(a), NULL), 0);
    assert_int_equal(reel_manifest_to_json(&b, again), 0);
    assert_string_equal(text_of(a), text_of(b));

    reel_rendition_info info = { .size = sizeof(info) };
    assert_int_equal(reel_manifest_get_rendition(again, 0, &info), 0);
    assert_int_equal(info.samples, 390);
    assert_int_equal(info.duration, 13013000);
    assert_string_equal(info.codec, "av01.0.04M.08");
    assert_int_equal(reel_manifest_get_rendition(again, 3, &info), REEL_END);
    reel_chunk_info chunk = { .size = sizeof(chunk) };
    assert_int_equal(reel_manifest_get_chunk(again, 1, 1, &chunk), 0);
    assert_int_equal(chunk.start, 10000000 - 6500); /* 312 samples of pre-skip */
    assert_int_equal(chunk.start + chunk.duration, 13001000);
    assert_int_equal(reel_manifest_get_chunk(again, 1, 2, &chunk), REEL_END);
    assert_int_equal(reel_manifest_get_chunk(again, 9, 0, &chunk), REEL_ERR_INVALID_ARG);
    chunk.size = 8;
    assert_int_equal(reel_manifest_get_chunk(again, 1, 1, &chunk), REEL_ERR_INVALID_ARG);
    reel_buffer_unref(&a);
    reel_buffer_unref(&b);
    reel_manifest_destroy(&m);
    reel_manifest_destroy(&again);
}

/* Each change alone must be refused. */
static void hostile(void **state)
{
    (void)state;
    static const char *const swaps[][2] = {
        { "\"version\":1", "\"version\":2" }, { "\"timescale\":1000", "\"timescale\":0" },
        { "\"timescale\":48000", "\"timescale\":44100" }, { "\"start\":6006", "\"start\":6005" },
        { "\"duration\":6006", "\"duration\":-1" }, { "\"index\":1", "\"index\":0" },
        { "\"bytes\":1000", "\"bytes\":0" },
        { "\"width\":640", "\"width\":-640" }, { "\"codec\":\"av1\"", "\"codec\":\"vp9\"" },
        { "\"language\":\"de\"", "\"language\":\"d\\\"e\"" }, { "wvtt", "w\\nvtt" }, { "\"kind\":1", "\"kind\":4" },
        { "\"duration\":480000", "\"duration\":9223372036854775807" }, { "\"pre_skip\":312", "\"pre_skip\":\"312\"" },
        { "\"generator\"", "\"generaror\"" }, { "abcdef", "" },
    };
    reel_manifest *m = wrap();
    reel_buffer *json = NULL;
    assert_int_equal(reel_manifest_to_json(&json, m), 0);
    const char *text = text_of(json);
    for (size_t i = 0; i + 1 < sizeof(swaps) / sizeof(swaps[0]); i++) {
        const char *at = strstr(text, swaps[i][0]);
        assert_non_null(at);
        char *changed = malloc(strlen(text) + 64);
        sprintf(changed, "%.*s%s%s", (int)(at - text), text, swaps[i][1], at + strlen(swaps[i][0]));
        reel_manifest *bad = NULL;
        reel_error err = RL_ERROR_INIT;
        int rc = reel_manifest_from_json(&bad, ctx, changed, strlen(changed), &err);
        if (rc != REEL_ERR_JSON)
            print_error("not refused: %s\n", swaps[i][1]);
        assert_int_equal(rc, REEL_ERR_JSON);
        assert_true(err.text[0] != 0);
        assert_null(bad);
        free(changed);
    }
    for (size_t size = 0; size < reel_buffer_size(json); size += 7) {
        reel_manifest *bad = NULL;
        assert_int_equal(reel_manifest_from_json(&bad, ctx, text, size, NULL), REEL_ERR_JSON);
    }
    reel_buffer_unref(&json);
    reel_manifest_destroy(&m);
}

static void dash(void **state)
{
    (void)state;
    reel_manifest *m = wrap();
    reel_buffer *xml = NULL;
    assert_int_equal(reel_manifest_dash(&xml, m, "https://a/?x=1&y={path}", NULL), 0);
    const char *t = text_of(xml);
    assert_non_null(strstr(t, "mediaPresentationDuration=\"PT13.013000S\""));
    assert_non_null(strstr(t, "<S t=\"0\" d=\"6006\" r=\"1\"/>"));
    assert_non_null(strstr(t, "<S d=\"1001\"/>"));
    assert_non_null(strstr(t, "frameRate=\"30000/1001\""));
    assert_non_null(strstr(t, "media=\"https://a/?x=1&amp;y=ab/020000"));
    assert_non_null(strstr(t, "lang=\"de\""));
    assert_non_null(strstr(t, "text/vtt"));
    reel_buffer_unref(&xml);
    assert_int_equal(reel_manifest_dash(&xml, m, "a\"b", NULL), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_manifest_dash(&xml, m, "a\nb", NULL), REEL_ERR_INVALID_ARG);
    static const struct {
        const char *pattern, *says;
    } faults[] = {
        { "https://a/b", "{digest} and no {path}" }, { "{ext}", "{digest} and no {path}" },
        { "{digest}.{exr}", "{exr}" },
        { "{digest", "{ without" }, { "{digest{path}", "{ without" }, { "{digest}}", "} without" }, { "", "empty" },
    };
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        reel_error err = RL_ERROR_INIT;
        assert_int_equal(reel_manifest_dash(&xml, m, faults[i].pattern, &err), REEL_ERR_INVALID_ARG);
        assert_non_null(strstr(err.text, faults[i].says));
        assert_int_equal(reel_manifest_hls(&xml, m, 0, faults[i].pattern, NULL), REEL_ERR_INVALID_ARG);
    }
    assert_int_equal(reel_manifest_hls(&xml, m, -1, "list.m3u8", NULL), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_manifest_hls(&xml, m, -1, "{digest}", NULL), REEL_ERR_INVALID_ARG);
    reel_manifest_destroy(&m);
}

static void hls(void **state)
{
    (void)state;
    reel_manifest *m = wrap();
    reel_buffer *text = NULL;
    assert_int_equal(reel_manifest_hls(&text, m, 0, NULL, NULL), 0);
    const char *t = text_of(text);
    assert_non_null(strstr(t, "#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:7\n"));
    assert_non_null(strstr(t, "#EXT-X-MAP:URI=\"0100000000"));
    assert_non_null(strstr(t, "#EXTINF:6.006000,\nab020000"));
    assert_non_null(strstr(t, "#EXT-X-ENDLIST\n"));
    reel_buffer_unref(&text);
    assert_int_equal(reel_manifest_hls(&text, m, -1, "list-{rendition}.m3u8", NULL), 0);
    t = text_of(text);
    assert_non_null(strstr(t, "CODECS=\"av01.0.04M.08,opus\",RESOLUTION=640x360,VIDEO-RANGE=SDR,FRAME-RATE=29.970,"
                              "AUDIO=\"audio\",SUBTITLES=\"text\"\nlist-0.m3u8\n"));
    unsigned long long peak = 0, rate = 0;
    const char *bandwidth = strstr(t, "BANDWIDTH=");
    assert_int_equal(sscanf(bandwidth, "BANDWIDTH=%llu,AVERAGE-BANDWIDTH=%llu", &peak, &rate), 2);
    assert_true(rate > 0 && peak >= rate);
    assert_non_null(strstr(t, "NAME=\"Titel & '<Text>'\",DEFAULT=YES"));
    assert_non_null(strstr(t, "URI=\"list-1.m3u8\""));
    reel_buffer_unref(&text);
    assert_int_equal(reel_manifest_hls(&text, m, 3, NULL, NULL), REEL_ERR_INVALID_ARG);
    reel_manifest_destroy(&m);
}

/* Every allocation fails once; nothing leaks. */
static void out_of_memory(void **state)
{
    (void)state;
    reel_manifest *m = wrap();
    bool struck = true;
    for (long n = 1; struck && n < 2000; n++) {
        reel_buffer *json = NULL, *xml = NULL, *list = NULL;
        long live = harness.live;
        harness_arm(&harness, REEL_FAULT_ALLOC, n, ENOMEM);
        int a = reel_manifest_to_json(&json, m), b = reel_manifest_dash(&xml, m, NULL, NULL);
        int c = reel_manifest_hls(&list, m, -1, NULL, NULL);
        struck = harness.struck;
        harness_arm(&harness, 0, 0, 0);
        assert_true(!struck || a == REEL_ERR_NOMEM || b == REEL_ERR_NOMEM || c == REEL_ERR_NOMEM);
        reel_buffer_unref(&json);
        reel_buffer_unref(&xml);
        reel_buffer_unref(&list);
        assert_int_equal(harness.live, live);
    }
    assert_false(struck);
    reel_manifest_destroy(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(hostile), cmocka_unit_test(dash),
        cmocka_unit_test(hls), cmocka_unit_test(out_of_memory),
    };
    reel_alloc alloc;
    reel_ctx_opts opts = harness_opts(&harness, &alloc);
    if (reel_ctx_create(&ctx, &opts, NULL) < 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    reel_ctx_unref(&ctx);
    return failed || harness.live != 0;
}
