/* BlurHash, ThumbHash and the average, against what the published implementations give for the same pixels. */
#include "media/preview/placeholder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum kind { DETAIL, DISC, VEIL, FLAT, TWO_COLOURS, EDGE, NOTHING };

/* Pictures by formula, without symmetries: where a factor is 0 but for rounding, its nibble is anybody's. */
static AVFrame *picture(int w, int h, enum kind kind)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_RGBA;
    frame->width = w;
    frame->height = h;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            int r = ((x * x * 5 + y * 9 + x * y) >> 4) % 256, g = ((y * y * 3 + x * 11) >> 3) % 256;
            int b = (((x * 7 + y * 13) * (x + 2 * y + 1)) >> 6) % 256, a = 255;
            int dx = 3 * x - w, dy = 2 * y - h;
            bool one = kind == TWO_COLOURS && (x * x + 3 * y * y) % 1000 < 500;
            int v = 4 * x + 3 * y < w + h ? 10 : 230;
            switch (kind) {
            case DETAIL: break;
            case DISC: a = 4 * (dx * dx + dy * dy) < w * h ? 255 : 0; break;
            case VEIL: a = (x * 5 + y * 3) % 256; break;
            case FLAT: r = 200, g = 30, b = 90; break;
            case TWO_COLOURS: r = one ? 250 : 5, g = one ? 90 : 60, b = one ? 20 : 215; break;
            case EDGE: r = v, g = v >> 1, b = 255 - v; break;
            case NOTHING: a = 0; break;
            }
            uint8_t *p = frame->data[0] + (ptrdiff_t)y * frame->linesize[0] + 4 * (ptrdiff_t)x;
            p[0] = (uint8_t)r, p[1] = (uint8_t)g, p[2] = (uint8_t)b, p[3] = (uint8_t)a;
        }
    }
    return frame;
}

static void hex(const uint8_t *data, int size, char *text)
{
    for (int i = 0; i < size; i++)
        snprintf(text + 2 * (size_t)i, 3, "%02x", data[i]);
}

static const struct { int width, height; enum kind kind; int columns, rows; const char *blur, *thumb; } vectors[] = {
    { 64, 36, DETAIL, 4, 3, "LRF$S39[AUFbl[Rhfyaxi1bVjXf9", "9cf705148a206497417778637786309045f2c9" },
    { 36, 64, DETAIL, 3, 4, "TQEy[B1[BQHvacjGU{ngf$mnW+oL", "9ce705140c401775397663586797109207b1b7" },
    { 100, 100, EDGE, 4, 4, "UfOSwV5xEoWZANAMNgoINgWZs%x9oLoIs%sk",
      "9dba066f0840777731868876997998788777071463403106" },
    { 100, 42, EDGE, 5, 2, "DsN?l{5xANJFS6NiJES6oIxA", "1dba068b8a207588558779882055075275" },
    { 97, 13, DETAIL, 6, 2, "EJF|[;8x7TA8FpNtz{S@W+bDbKb2", "5a370a118840547675778878c0d7e9d067" },
    { 50, 50, FLAT, 4, 4, "U3M^#v|zfQ|z|zjufQjufQfQfQfQ|zjufQju",
      "da5803070087878877778778888777087878488f77f87a06" },
    { 64, 48, TWO_COLOURS, 9, 9,
      "|8Lc.%}7=C]#skj{F4,[,m}8]e=C,,o0JWAe$K=C=C]e=D,ma}NzF4w[,m}8]f,m$KNyF4JW=D=C,m=Cw@skJWJWS5,,$K=L$KWY"
      "NyE-JXjs]eoINzNyJWF4F4Wq$K,mJWf;JWF4F4Nyw[,,w[AeJWF4NyWq,m=C,mJWE-",
      "9a67021582de8d45febd47edbcd7becadefeededdf" },
    { 32, 32, FLAT, 1, 1, "00M^#v", "da48030700084fb9867878888788777878788af7787f7708" },
    { 1, 1, DETAIL, 4, 4, "U00000fQfQfQfQfQfQfQfQfQfQfQfQfQfQfQ",
      "000802070000000000000000000000000000000000000000" },
    { 80, 60, DISC, 4, 3, "", "610882048022b87d9b466606b4ef9bfa63c103758718a58808" },
    { 60, 80, VEIL, 3, 4, "", "9ef7810c0418103078288773035139028c8b78580976637807" },
    { 40, 40, NOTHING, 4, 4, "", "00088205000000000000000000000000000000000000000000" },
    { 3, 100, EDGE, 2, 6, "k~M46F=h5xJEEpR;fSj?xAoHxAoI", "9b9806d10e777047888789897770740747" },
};

static void hashes_are_the_published_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        AVFrame *frame = picture(vectors[i].width, vectors[i].height, vectors[i].kind);
        char text[168], thumb[2 * RL_THUMBHASH_MAX + 1];
        uint8_t hash[RL_THUMBHASH_MAX];
        int size = rl_thumbhash(frame, hash);
        assert_int_equal(size, strlen(vectors[i].thumb) / 2);
        hex(hash, size, thumb);
        if (vectors[i].kind == FLAT) /* its factors are rounding errors */
            thumb[8] = 0, assert_memory_equal(thumb, vectors[i].thumb, 8);
        else
            assert_string_equal(thumb, vectors[i].thumb);
        if (vectors[i].blur[0]) {
            assert_int_equal(rl_blurhash(frame, vectors[i].columns, vectors[i].rows, text, sizeof text),
                             strlen(vectors[i].blur));
            assert_string_equal(text, vectors[i].blur);
        }
        av_frame_free(&frame);
    }
}

static void components_follow_the_shape(void **state)
{
    (void)state;
    static const struct { int width, height; char size_flag; } shapes[] = {
        { 64, 36, 'L' }, { 36, 64, 'T' }, { 64, 48, 'L' }, { 50, 50, 'U' }, { 100, 42, 'D' }, { 13, 97, 'k' },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        AVFrame *frame = picture(shapes[i].width, shapes[i].height, DETAIL);
        char text[37];
        assert_true(rl_blurhash(frame, 0, 0, text, sizeof text) > 0);
        assert_int_equal(text[0], shapes[i].size_flag);
        av_frame_free(&frame);
    }
}

/* The mean of black and white light is 188 and not 128, and what cannot be seen has no say. */
static void average_is_of_light(void **state)
{
    (void)state;
    AVFrame *frame = picture(2, 2, FLAT);
    assert_int_equal(rl_average_colour(frame), 0xc81e5a);
    uint8_t *top = frame->data[0], *bottom = frame->data[0] + frame->linesize[0];
    memcpy(top, "\0\0\0\xff\xff\xff\xff\xff", 8);
    memcpy(bottom, "\xff\0\0\0\0\xff\0\0", 8);
    assert_int_equal(rl_average_colour(frame), 0xbcbcbc);
    top[3] = 0;
    assert_int_equal(rl_average_colour(frame), 0xffffff);
    top[7] = 0;
    assert_int_equal(rl_average_colour(frame), 0);
    av_frame_free(&frame);
}

/* Behind the transparent pixels may stand anything: it must not shine through. */
static void hidden_pixels_do_not_show(void **state)
{
    (void)state;
    AVFrame *frame = picture(60, 40, DISC), *other = picture(60, 40, DISC);
    for (int y = 0; y < 40; y++)
        for (int x = 0; x < 60; x++) {
            uint8_t *p = other->data[0] + (ptrdiff_t)y * other->linesize[0] + 4 * (ptrdiff_t)x;
            if (!p[3])
                p[0] = 255, p[1] = p[2] = 0;
        }
    char a[168], b[168];
    uint8_t h[RL_THUMBHASH_MAX] = { 0 }, k[RL_THUMBHASH_MAX] = { 0 };
    rl_blurhash(frame, 4, 3, a, sizeof a);
    rl_blurhash(other, 4, 3, b, sizeof b);
    assert_string_equal(a, b);
    assert_int_equal(rl_thumbhash(frame, h), rl_thumbhash(other, k));
    assert_memory_equal(h, k, sizeof h);
    assert_int_equal(rl_average_colour(frame), rl_average_colour(other));
    av_frame_free(&frame);
    av_frame_free(&other);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    char text[168];
    uint8_t hash[RL_THUMBHASH_MAX];
    AVFrame *frame = picture(101, 20, DETAIL), *empty = av_frame_alloc();
    assert_int_equal(rl_thumbhash(frame, hash), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_blurhash(frame, 10, 1, text, sizeof text), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_blurhash(frame, 4, 0, text, sizeof text), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_blurhash(frame, 4, 3, text, 28), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_blurhash(frame, 4, 3, text, 29), 28);
    assert_int_equal(rl_blurhash(empty, 4, 3, text, sizeof text), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_thumbhash(empty, hash), REEL_ERR_INVALID_ARG);
    assert_int_equal(rl_average_colour(empty), 0);
    frame->format = AV_PIX_FMT_BGRA;
    assert_int_equal(rl_blurhash(frame, 4, 3, text, sizeof text), REEL_ERR_INVALID_ARG);
    av_frame_free(&frame);
    av_frame_free(&empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_the_published_ones), cmocka_unit_test(components_follow_the_shape),
        cmocka_unit_test(average_is_of_light),           cmocka_unit_test(hidden_pixels_do_not_show),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
