/* Parts of the WebM writer: EBML numbers, block sizes that match what is written, WebVTT. */
#include "media_kit.h"

#include "media/mux/webm/block.h"
#include "media/mux/webm/ebml.h"
#include "media/mux/webm/vtt.h"

static void numbers(void **state)
{
    (void)state;
    assert_int_equal(rl_ebml_size_width(126), 1);
    assert_int_equal(rl_ebml_size_width(127), 2); /* all ones means unknown */
    assert_int_equal(rl_ebml_size_width(16382), 2);
    assert_int_equal(rl_ebml_size_width(16383), 3);
    assert_int_equal(rl_ebml_uint_width(0), 1);
    assert_int_equal(rl_ebml_uint_width(255), 1);
    assert_int_equal(rl_ebml_uint_width(256), 2);
    assert_int_equal(rl_ebml_uint_width(UINT64_MAX), 8);

    struct kit k;
    kit_begin(&k);
    struct rl_buf buf;
    rl_buf_init(&buf, &k.env);
    rl_ebml_sint(&buf, 0xFB, -1);
    rl_ebml_sint(&buf, 0xFB, -129);
    rl_ebml_sint(&buf, 0xFB, 128);
    rl_ebml_uint(&buf, 0x75A2, 300);
    size_t at = rl_ebml_begin(&buf, 0x1C53BB6B);
    rl_buf_u8(&buf, 9);
    rl_ebml_end(&buf, at);
    const uint8_t want[] = { 0xFB, 0x81, 0xff, 0xFB, 0x82, 0xff, 0x7f, 0xFB, 0x82, 0, 0x80, 0x75, 0xA2, 0x82, 1, 44,
                             0x1C, 0x53, 0xBB, 0x6B, 0x10, 0, 0, 1, 9 };
    assert_int_equal(buf.size, sizeof(want));
    assert_memory_equal(buf.data, want, sizeof(want));
    rl_buf_free(&buf);
    kit_end(&k);
}

/* The layout is made from sizes alone: each must be what the writer then writes. */
static void block_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 118, 119, 120, 121, 122, 123, 124, 16370, 16378, 16380, 70000 };
    static const int64_t durations[] = { 0, 1, 255, 256, 70000 }, references[] = { 0, -1, -128, -129, -40000 };
    static const int64_t discards[] = { 0, 20833, 127, 128, 13479167 };
    struct kit k;
    kit_begin(&k);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int v = 0; v < 125; v++) {
            struct rl_block b = { .track = 1, .size = sizes[i], .key = v & 1, .duration = durations[v % 5],
                                  .discard = discards[v / 5 % 5] };
            b.reference = b.duration || b.discard ? references[v / 25] : 0;
            struct rl_buf buf;
            rl_buf_init(&buf, &k.env);
            rl_block_head(&buf, &b);
            size_t head = buf.size;
            rl_block_tail(&buf, &b);
            assert_int_equal(rl_block_size(&b), buf.size + b.size);
            assert_true(head >= 6);
            rl_buf_free(&buf);
        }
    kit_end(&k);
}

static void webvtt(void **state)
{
    (void)state;
    static const char text[] = "WEBVTT - a file\r\nKind: captions\r\n\r\nSTYLE\r\n::cue {}\r\n\r\n"
                               "00:05.000 --> 00:06.000\r\nlater\r\n\r\n"
                               "id 1\r\n01:02:03.004 --> 01:02:04.000 align:start line:1\r\ntwo\r\nlines\r\n\r\n"
                               "00:01.000 --> 00:01.000\r\nno time\r\n\r\n"
                               "00:01.0 --> 00:02.000\r\nmalformed\r\n\r\n"
                               "00:02.500 --> 00:03.000\r\nearlier";
    struct kit k;
    kit_begin(&k);
    struct rl_buf arena;
    rl_buf_init(&arena, &k.env);
    struct rl_sample *cues;
    size_t n;
    assert_int_equal(rl_vtt_read(&arena, (const uint8_t *)text, sizeof(text) - 1, &cues, &n, &k.err), 0);
    assert_int_equal(n, 3);
    static const char *const want[] = { "\n\nearlier", "\n\nlater", "id 1\nalign:start line:1\ntwo\nlines" };
    static const int64_t starts[] = { 2500, 5000, 3723004 }, durations[] = { 500, 1000, 996 };
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(cues[i].ts, starts[i]);
        assert_int_equal(cues[i].duration, durations[i]);
        assert_int_equal(cues[i].size, strlen(want[i]));
        assert_memory_equal(cues[i].data, want[i], cues[i].size);
    }
    rl_free(&k.env, cues);
    rl_buf_free(&arena);
    for (size_t size = 0; size < sizeof(text) - 1; size++) { /* cut anywhere: read within bounds */
        uint8_t *cut = malloc(size ? size : 1);
        memcpy(cut, text, size);
        rl_buf_init(&arena, &k.env);
        k.err = RL_ERROR_INIT;
        assert_int_equal(rl_vtt_read(&arena, cut, size, &cues, &n, &k.err), size < 6 ? REEL_ERR_CORRUPT : 0);
        rl_free(&k.env, cues);
        rl_buf_free(&arena);
        free(cut);
    }
    kit_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(numbers), cmocka_unit_test(block_sizes),
                                        cmocka_unit_test(webvtt) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
