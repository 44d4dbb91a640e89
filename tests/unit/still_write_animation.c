/* Animated WebP and AVIF: frames, times and loops, as other programs see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "write_kit.h"

/* Frames of an animation: a square that moves over a picture that stands still; then one frame twice. */
static void film(AVFrame **frames, int count, enum AVPixelFormat format)
{
    for (int i = 0; i < count; i++) {
        AVFrame *f = frames[i] = picture(format, 90, 70, 8);
        int at = i < count - 1 ? i : i - 1, bytes = format == AV_PIX_FMT_RGBA ? 4 : 1;
        for (int y = 20; y < 36; y++)
            memset(f->data[0] + y * f->linesize[0] + (20 + at * 7) * bytes, 235, (size_t)(16 * bytes));
        f->pts = i * 33333 + (i == count - 1 ? 500000 : 0);
        rl_frame_set_duration(f, i == count - 1 ? 250000 : 0);
    }
    frames[count] = NULL;
}

static void free_film(AVFrame **frames)
{
    for (; *frames; frames++)
        av_frame_free(frames);
}

static void test_webp_animation(void **state)
{
    struct kit k;
    AVFrame *frames[7];
    /* 33.333 ms each, without drift: 33 67 100 133 667 and the last for 250 */
    static const int video[6] = { 33, 34, 33, 33, 534, 250 }, drawn[5] = { 33, 34, 33, 33, 784 };

    (void)state;
    kit_begin(&k);
    need(&k, "webpmux");
    need(&k, "dwebp");
    for (int kind = 0; kind < 3; kind++) {
        bool rgba = kind == 2;
        int count = rgba ? 5 : 6;
        film(frames, 6, rgba ? AV_PIX_FMT_RGBA : kind ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P);
        struct rl_writer_params p = params_of(RL_STILL_WEBP, frames[0]);
        p.animated = 1;
        p.loops = kind * 3;
        p.lossless = rgba;
        p.xmp = (const uint8_t *)"<x:xmpmeta/>";
        p.xmp_size = 12;
        assert_int_equal(write_frames(&k, &p, frames), 0);
        save(&k, "a.webp");
        char *info = say(&k, "webpmux -info a.webp"), want[64], *at;
        snprintf(want, sizeof(want), "Loop Count : %d", kind * 3);
        assert_non_null(strstr(info, want));
        assert_non_null(strstr(info, "Canvas size: 90 x 70"));
        snprintf(want, sizeof(want), "Number of frames: %d", count);
        assert_non_null(strstr(info, want));
        assert_non_null(strstr(info, "XMP"));
        at = strstr(info, "No.:");
        for (int i = 0; i < count; i++) {
            int no, w, h, x, y, ms;
            char alpha[8];
            at = strchr(at, '\n') + 1;
            assert_int_equal(sscanf(at, "%d: %d %d %7s %d %d %d", &no, &w, &h, alpha, &x, &y, &ms), 7);
            assert_int_equal(ms, rgba ? drawn[i] : video[i]);
            if (i > 0 && i < 5) /* not the whole, only what has changed */
                assert_true(w <= 24 && h <= 16 && x >= 20 && y >= 20);
        }
        free(info);
        free_film(frames);
    }
    kit_end(&k);
}

/* Lossless frames of an animation, exact, after libwebpmux has put them over each other. */
static void test_webp_animation_pixels(void **state)
{
    struct kit k;
    AVFrame *frames[7];
    size_t size;

    (void)state;
    kit_begin(&k);
    need(&k, "webpmux");
    need(&k, "dwebp");
    film(frames, 6, AV_PIX_FMT_RGBA);
    for (int i = 0; i < 6; i++)
        for (int p = 0; p < 90 * 70; p++)
            frames[i]->data[0][p / 90 * frames[i]->linesize[0] + p % 90 * 4 + 3] = 255;
    struct rl_writer_params p = params_of(RL_STILL_WEBP, frames[0]);
    p.animated = p.lossless = 1;
    assert_int_equal(write_frames(&k, &p, frames), 0);
    save(&k, "a.webp");
    uint8_t *canvas = calloc(90 * 70, 4);
    for (int i = 0; i < 5; i++) {
        char command[128];
        int w, h, x = 0, y = 0;
        snprintf(command, sizeof(command), "webpmux -get frame %d a.webp -o f.webp "
                 "&& dwebp -quiet -pam f.webp -o f.pam", i + 1);
        free(say(&k, command));
        char *info = say(&k, "webpmux -info a.webp"), *at = strstr(info, "No.:");
        for (int line = 0; line <= i; line++)
            at = strchr(at, '\n') + 1;
        assert_int_equal(sscanf(at, "%*d: %d %d %*s %d %d", &w, &h, &x, &y), 4);
        free(info);
        uint8_t *pam = slurp(&k, "f.pam", &size);
        const uint8_t *pixel = (uint8_t *)strstr((char *)pam, "ENDHDR\n") + 7;
        for (int n = 0; n < w * h; n++, pixel += 4)
            if (pixel[3])
                memcpy(canvas + ((size_t)(y + n / w) * 90 + (size_t)(x + n % w)) * 4, pixel, 4);
        free(pam);
        for (int row = 0; row < 70; row++)
            assert_memory_equal(canvas + (size_t)row * 360, frames[i]->data[0] + row * frames[i]->linesize[0], 360);
    }
    free(canvas);
    free_film(frames);
    kit_end(&k);
}

static void test_avif_animation(void **state)
{
    struct kit k;
    AVFrame *frames[7];
    static const int durations[6] = { 33333, 33333, 33333, 33333, 533333, 250000 };

    (void)state;
    kit_begin(&k);
    need(&k, "avifdec");
    for (int kind = 0; kind < 2; kind++) {
        film(frames, 6, kind ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P);
        struct rl_writer_params p = params_of(RL_STILL_AVIF, frames[0]);
        p.animated = 1;
        assert_int_equal(write_frames(&k, &p, frames), 0);
        save(&k, "a.avif");
        char *info = say(&k, "avifdec --info a.avif"), *at = info;
        assert_non_null(strstr(info, "6 frames"));
        for (int i = 0; i < 6; i++) {
            char want[64];
            snprintf(want, sizeof(want), "%d timescales", durations[i]);
            at = strstr(at, "Decoded frame");
            assert_non_null(at);
            const char *end = strchr(at, '\n');
            const char *found = strstr(at, want);
            assert_true(found && found < end);
            at = strchr(at, '\n');
        }
        free(info);
        rl_buf_free(&k.file);
        rl_buf_init(&k.file, &k.run.env);
        free_film(frames);
    }
    kit_end(&k);
}

/* Times that do not rise are mended; an animation of one frame is a still. */
static void test_times(void **state)
{
    struct kit k;
    AVFrame *frames[7], *one[2] = { NULL, NULL };

    (void)state;
    kit_begin(&k);
    need(&k, "webpmux");
    film(frames, 6, AV_PIX_FMT_YUV420P);
    frames[1]->pts = 0;                 /* at once with the first, which says 40 ms */
    rl_frame_set_duration(frames[0], 40000);
    frames[2]->pts = AV_NOPTS_VALUE;    /* nothing known: 100 ms after one that says nothing but lasts 40 */
    struct rl_writer_params p = params_of(RL_STILL_WEBP, frames[0]);
    p.animated = 1;
    assert_int_equal(write_frames(&k, &p, frames), 0);
    save(&k, "a.webp");
    char *info = say(&k, "webpmux -info a.webp"), *at = strstr(info, "No.:");
    static const int want[6] = { 40, 40, 20, 33, 534, 250 };
    for (int i = 0; i < 6; i++) {
        int ms;
        at = strchr(at, '\n') + 1;
        assert_int_equal(sscanf(at, "%*d: %*d %*d %*s %*d %*d %d", &ms), 1);
        assert_int_equal(ms, want[i]);
    }
    free(info);
    one[0] = frames[0];
    assert_int_equal(write_frames(&k, &p, one), 0);
    save(&k, "a.webp");
    info = say(&k, "webpmux -info a.webp");
    assert_null(strstr(info, "nimation"));
    free(info);
    free_film(frames);
    kit_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_webp_animation),
        cmocka_unit_test(test_webp_animation_pixels),
        cmocka_unit_test(test_avif_animation),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
