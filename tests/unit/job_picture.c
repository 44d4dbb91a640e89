/* The picture job: files in, a file out; decoded back by other programs and by our own readers. */
#include "pixel_kit.h"

#include "media/jobs.h"
#include "media/still/still.h"

#include <fcntl.h>
#include <reel/input.h>

struct rig {
    struct kit kit;
    char folder[64];
    struct rl_picture_job_spec spec;
    struct rl_picture_result result;
    int fd;
};

static void begin(struct rig *r)
{
    memset(r, 0, sizeof(*r));
    kit_begin(&r->kit);
    r->fd = -1;
    snprintf(r->folder, sizeof(r->folder), "/tmp/reel-picture-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
}

static void end(struct rig *r)
{
    if (r->fd >= 0)
        close(r->fd);
    kit_run("rm -rf %s", r->folder);
    kit_end(&r->kit);
}

/* Opens a file and fills the spec with what the plan would say of it: an upright AVIF or WebP of the same size. */
static bool take(struct rig *r, const char *path, const char *type, int format)
{
    struct rl_still *still = NULL;
    uint8_t *data = NULL;
    size_t size = 0;

    if (r->fd >= 0)
        close(r->fd);
    r->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (r->fd < 0)
        return false;
    r->kit.err = RL_ERROR_INIT;
    assert_int_equal(rl_still_load(&r->kit.flow, r->fd, &data, &size), 0);
    int rc = rl_still_open(&still, &r->kit.flow, type, data, size, NULL);
    if (rc < 0)
        fail_msg("%s: %s", path, r->kit.err.text);
    const struct rl_still_info *i = rl_still_info(still);
    bool lies = i->rotation % 180;
    int width = i->crop_width ? i->crop_width : i->width, height = i->crop_width ? i->crop_height : i->height;
    struct rl_still_spec *s = &r->spec.still;
    memset(&r->spec, 0, sizeof(r->spec));
    snprintf(r->spec.source.type, sizeof(r->spec.source.type), "%s", type);
    *s = (struct rl_still_spec){ .clap_x = i->crop_x,
                                 .clap_y = i->crop_y,
                                 .clap_width = i->crop_width,
                                 .clap_height = i->crop_height,
                                 .mirrored = i->mirrored,
                                 .rotation = i->rotation,
                                 .width = lies ? height : width,
                                 .height = lies ? width : height,
                                 .focus_x = 0.5,
                                 .focus_y = 0.5,
                                 .source = i->colour,
                                 .format = format,
                                 .quality = 80,
                                 .speed = 8,
                                 .depth = 8,
                                 .chroma = 420,
                                 .alpha = i->has_alpha,
                                 .threads = 2,
                                 .stored_width = i->width,
                                 .stored_height = i->height,
                                 .animated = i->frames != 1 };
    rl_still_close(&still);
    rl_free(&r->kit.env, data);
    return true;
}

static int try(struct rig *r)
{
    for (unsigned i = 0; i < r->kit.count; i++) {
        free(r->kit.chunks[i].data);
        r->kit.chunks[i].data = NULL;
    }
    r->kit.count = 0;
    r->kit.err = RL_ERROR_INIT;
    return rl_job_picture(&r->kit.flow, r->fd, &r->spec, &r->result);
}

/* Runs the job; the file is in chunks[0] and under folder/name, and its own verification holds. */
static void run(struct rig *r, const char *name)
{
    struct rl_verify_spec verify = { .decode = 1 };
    struct rl_verify_result seen;
    char path[128];
    int rc = try(r);

    if (rc < 0)
        fail_msg("%s: %s", r->kit.err.step, r->kit.err.text);
    assert_int_equal(r->result.chunks, 1);
    assert_int_equal(r->kit.count, 1);
    assert_int_equal(r->kit.chunks[0].out.samples, r->result.frames_out);
    assert_int_equal(r->kit.chunks[0].out.index, 0);
    snprintf(path, sizeof(path), "%s/%s", r->folder, name);
    kit_write(path, r->kit.chunks[0].data, r->kit.chunks[0].size, "wb");
    snprintf(verify.type, sizeof(verify.type), "%s", r->spec.still.format == RL_STILL_WEBP ? "webp" : "avif");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    rc = rl_job_verify(&r->kit.flow, fd, &verify, &seen);
    if (rc < 0)
        fail_msg("verify: %s", r->kit.err.text);
    assert_int_equal(seen.track_count, 1);
    assert_int_equal(seen.tracks[0].kind, REEL_STREAM_PICTURE);
    assert_int_equal(seen.tracks[0].samples, r->result.frames_out);
    assert_int_equal(seen.tracks[0].disorder, 0);
    assert_int_equal(seen.width, r->result.width);
    assert_int_equal(seen.height, r->result.height);
    rl_free(&r->kit.env, seen.tracks);
    close(fd);
}

/* A picture as another program sees it: width x height of rgba. */
static uint8_t *decoded(struct rig *r, const char *name, int *width, int *height)
{
    char command[512];

    if (strstr(name, ".webp"))
        snprintf(command, sizeof(command),
                 "dwebp -quiet -pam %s/%s -o %s/o.pam && ffmpeg -v error -y -i %s/o.pam -pix_fmt "
                 "rgba -f rawvideo %s/o.raw",
                 r->folder, name, r->folder, r->folder, r->folder);
    else
        snprintf(command, sizeof(command),
                 "avifdec -q %s/%s %s/o.png >/dev/null 2>&1 || avifdec %s/%s %s/o.png >/dev/null; "
                 "ffmpeg -v error -y -i %s/o.png -pix_fmt rgba -f rawvideo %s/o.raw",
                 r->folder, name, r->folder, r->folder, name, r->folder, r->folder, r->folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof(command), "%s/o.raw", r->folder);
    FILE *f = fopen(command, "rb");
    assert_non_null(f);
    *width = r->result.width;
    *height = r->result.height;
    size_t size = (size_t)*width * (size_t)*height * 4;
    uint8_t *data = malloc(size + 1);
    assert_int_equal(fread(data, 1, size + 1, f), size);
    fclose(f);
    return data;
}

static double psnr(const uint8_t *a, const uint8_t *b, size_t pixels)
{
    double sum = 0;

    for (size_t i = 0; i < pixels; i++)
        for (int c = 0; c < 3; c++)
            sum += (a[4 * i + c] - b[4 * i + c]) * (double)(a[4 * i + c] - b[4 * i + c]);
    return sum == 0 ? 99 : 10 * log10(255.0 * 255 * 3 * (double)pixels / sum);
}

static bool oracles(void)
{
    if (kit_has("dwebp") && kit_has("avifdec") && kit_has("ffmpeg"))
        return true;
    print_message("dwebp, avifdec or ffmpeg is missing\n");
    return false;
}

static void make(struct rig *r, const char *arguments, const char *name)
{
    char command[512];
    snprintf(command, sizeof(command), "ffmpeg -v error -y %s %s/%s", arguments, r->folder, name);
    assert_int_equal(system(command), 0);
}

static const char *in(struct rig *r, const char *name)
{
    static char path[160];
    snprintf(path, sizeof(path), "%s/%s", r->folder, name);
    return path;
}

/* A JPEG whose Exif has nothing but an orientation. */
static void tag_orientation(struct rig *r, const char *name, int orientation)
{
    uint8_t exif[] = { 0xFF, 0xE1, 0, 34, 'E', 'x', 'i',  'f', 0, 0, 'M', 'M', 0, 42, 0,
                       0,    0,    8, 0,  1,   1,   0x12, 0,   3, 0, 0,   0,   1, 0,  (uint8_t)orientation,
                       0,    0,    0, 0,  0,   0 };
    static uint8_t bytes[1 << 20];
    FILE *f = fopen(in(r, "plain.jpg"), "rb");

    assert_non_null(f);
    size_t size = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    kit_write(in(r, name), bytes, 2, "wb");
    kit_write(in(r, name), exif, sizeof(exif), "ab");
    kit_write(in(r, name), bytes + 2, size - 2, "ab");
}

/* All eight, of even sizes and odd ones: they look the same. */
static void all_orientations_are_the_same_picture(void **state)
{
    static const char *const stored[] = { "null",        "hflip",       "hflip,vflip", "vflip",
                                          "transpose=0", "transpose=2", "transpose=3", "transpose=1" };
    static const char *const sizes[] = { "160x120", "151x97" };
    struct rig r;
    (void)state;
    if (!oracles())
        skip();
    begin(&r);
    for (int format = RL_STILL_AVIF; format <= RL_STILL_WEBP; format++)
        for (int size = 0; size < 2; size++) {
            const char *name = format == RL_STILL_WEBP ? "o.webp" : "o.avif";
            uint8_t *first = NULL;
            double least = 99;
            for (int o = 1; o <= 8; o++) {
                char arguments[256];
                int w, h;
                snprintf(arguments, sizeof(arguments),
                         "-f lavfi -i testsrc=s=%s -frames:v 1 -vf 'gblur=2,format=gbrp,%s' "
                         "-pix_fmt %s -q:v 1",
                         sizes[size], stored[o - 1], size ? "yuvj444p" : "yuvj420p");
                make(&r, arguments, "plain.jpg");
                tag_orientation(&r, "a.jpg", o);
                assert_true(take(&r, in(&r, "a.jpg"), "jpeg", format));
                run(&r, name);
                uint8_t *pixels = decoded(&r, name, &w, &h);
                if (!first) {
                    first = pixels;
                    continue;
                }
                assert_int_equal(w, size ? 151 : 160);
                assert_int_equal(h, size ? 97 : 120);
                double same = psnr(pixels, first, (size_t)w * (size_t)h);
                least = same < least ? same : least;
                free(pixels);
            }
            print_message("%s %s: all the same to %.1f dB\n", name, sizes[size], least);
            assert_true(least > 32);
            free(first);
        }
    end(&r);
}

/* The decoded file against ffmpeg's own reading of the source, through a filter. */
static double against(struct rig *r, const char *name, const char *source, const char *filter)
{
    char command[512];
    int w, h;
    uint8_t *a = decoded(r, name, &w, &h);
    size_t size = (size_t)w * (size_t)h * 4;
    uint8_t *b = malloc(size + 1);

    snprintf(command, sizeof(command),
             "ffmpeg -v error -y -i %s -vf '%s' -frames:v 1 -pix_fmt rgba -f rawvideo %s/r.raw", source, filter,
             r->folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof(command), "%s/r.raw", r->folder);
    FILE *f = fopen(command, "rb");
    assert_int_equal(fread(b, 1, size + 1, f), size);
    fclose(f);
    double v = psnr(a, b, (size_t)w * (size_t)h);
    free(a);
    free(b);
    return v;
}

static void fit_modes_are_right_to_the_pixel(void **state)
{
    struct rig r;
    char source[160];
    (void)state;
    if (!oracles())
        skip();
    begin(&r);
    make(&r, "-f lavfi -i testsrc2=s=401x301 -frames:v 1 -pix_fmt rgb24", "a.png");
    snprintf(source, sizeof(source), "%s", in(&r, "a.png"));
    for (int format = RL_STILL_AVIF; format <= RL_STILL_WEBP; format++) {
        const char *name = format == RL_STILL_WEBP ? "o.webp" : "o.avif";
        struct rl_still_spec *s = &r.spec.still;
        assert_true(take(&r, source, "png", format));
        s->quality = 100;
        s->chroma = 444;
        run(&r, name);
        double whole = against(&r, name, source, "null");
        s->crop_x = 101, s->crop_y = 51, s->crop_width = 199, s->crop_height = 101;
        s->width = 199, s->height = 101;
        run(&r, name);
        double crop = against(&r, name, source, "crop=199:101:101:51:exact=1");
        s->crop_width = 0;
        s->width = 200, s->height = 150;
        run(&r, name);
        double contain =
            against(&r, name, source, "scale=200:150:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp");
        s->window_width = 121, s->window_height = 150, s->focus_x = 1;
        run(&r, name);
        double cover = against(
            &r, name, source,
            "scale=200:150:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,crop=121:150:79:0:exact=1");
        s->window_width = s->window_height = 0;
        s->pad_width = 231, s->pad_height = 161, s->has_background = 1, s->background = 0xC04020;
        run(&r, name);
        double bars = against(&r, name, source,
                              "scale=200:150:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24,"
                              "pad=231:161:15:5:0xC04020");
        print_message("%s: whole %.1f, crop %.1f, contain %.1f, cover %.1f, bars %.1f dB\n", name, whole, crop, contain,
                      cover, bars);
        double least = format == RL_STILL_WEBP ? 22 : 33; /* 4:2:0 of drawn edges, and not */
        assert_true(whole > least && crop > least && contain > least && cover > least && bars > least);
    }
    end(&r);
}

static void alpha_comes_through(void **state)
{
    struct rig r;
    char source[160];
    (void)state;
    if (!oracles())
        skip();
    begin(&r);
    /* A red disc on nothing; what is hidden is green. */
    make(&r,
         "-f lavfi -i color=red:s=200x200,format=rgba,geq=r='if(lt(hypot(X-100\\,Y-100)\\,60)\\,255\\,0)'"
         ":g='if(lt(hypot(X-100\\,Y-100)\\,60)\\,0\\,255)':b=0:a='if(lt(hypot(X-100\\,Y-100)\\,60)\\,255\\,0)' "
         "-frames:v 1",
         "a.png");
    snprintf(source, sizeof(source), "%s", in(&r, "a.png"));
    for (int format = RL_STILL_AVIF; format <= RL_STILL_WEBP; format++)
        for (int lossless = 0; lossless < 2; lossless++) {
            const char *name = format == RL_STILL_WEBP ? "o.webp" : "o.avif";
            int w, h;
            assert_true(take(&r, source, "png", format));
            assert_int_equal(r.spec.still.alpha, 1);
            r.spec.still.lossless = lossless;
            r.spec.still.quality = 90;
            r.spec.still.width = r.spec.still.height = 100;
            run(&r, name);
            uint8_t *p = decoded(&r, name, &w, &h);
            assert_int_equal(p[3], 0);
            assert_true(p[4 * (50 * 100 + 50) + 3] == 255);
            for (int i = 0; i < w * h; i++)
                if (p[4 * i + 3] > 128 && !(p[4 * i] > 180 && p[4 * i + 1] < 60)) /* green shines through */
                    fail_msg("%s %d: %d %d %d %d", name, lossless, p[4 * i], p[4 * i + 1], p[4 * i + 2], p[4 * i + 3]);
            free(p);
            r.spec.still.alpha = 0;
            r.spec.still.has_background = 1;
            r.spec.still.background = 0x0000FF;
            run(&r, name);
            p = decoded(&r, name, &w, &h);
            assert_true(p[0] < 12 && p[1] < 12 && p[2] > 243 && p[3] == 255);
            for (int i = 0; i < w * h; i++)
                assert_true(p[4 * i + 1] < 60);
            free(p);
        }
    end(&r);
}

static void a_file_is_made_to_fit(void **state)
{
    struct rig r;
    char source[160];
    (void)state;
    if (!oracles())
        skip();
    begin(&r);
    make(&r, "-f lavfi -i mandelbrot=s=640x480 -frames:v 1 -pix_fmt yuvj420p -q:v 2", "a.jpg");
    snprintf(source, sizeof(source), "%s", in(&r, "a.jpg"));
    for (int format = RL_STILL_AVIF; format <= RL_STILL_WEBP; format++) {
        const char *name = format == RL_STILL_WEBP ? "o.webp" : "o.avif";
        assert_true(take(&r, source, "jpeg", format));
        run(&r, name);
        size_t full = r.kit.chunks[0].size;
        assert_int_equal(r.result.quality, 80);
        for (int share = 2; share <= 5; share++) {
            r.spec.still.max_bytes = full / (unsigned)share;
            run(&r, name);
            print_message("%s: %zu in %llu bytes at quality %d\n", name, r.kit.chunks[0].size,
                          (unsigned long long)r.spec.still.max_bytes, (int)r.result.quality);
            assert_true(r.kit.chunks[0].size <= r.spec.still.max_bytes);
            assert_true(r.kit.chunks[0].size > r.spec.still.max_bytes * 3 / 4);
            assert_true(r.result.quality < 80);
        }
        r.spec.still.max_bytes = full * 2; /* fits at once */
        run(&r, name);
        assert_int_equal(r.result.quality, 80);
        r.spec.still.max_bytes = 60;
        assert_int_equal(try(&r), REEL_ERR_LIMIT_OUTPUT);
        assert_non_null(strstr(r.kit.err.text, "60 are allowed"));
        assert_int_equal(r.kit.count, 0);
    }
    end(&r);
}

static void another_file_is_noticed(void **state)
{
    struct rig r;
    (void)state;
    if (!oracles())
        skip();
    begin(&r);
    make(&r, "-f lavfi -i testsrc=s=64x48 -frames:v 1", "a.png");
    assert_true(take(&r, in(&r, "a.png"), "png", RL_STILL_WEBP));
    r.spec.still.stored_width = 65;
    assert_int_equal(try(&r), REEL_ERR_CHANGED);
    r.spec.still.stored_width = 64;
    atomic_store(&r.kit.cancel, true);
    assert_int_equal(try(&r), REEL_ERR_CANCELLED);
    atomic_store(&r.kit.cancel, false);
    run(&r, "o.webp");
    end(&r);
}

static void an_animation_keeps_its_times(void **state)
{
    struct rig r;
    char source[160];
    (void)state;
    if (!oracles())
        skip();
    begin(&r);
    make(&r, "-f lavfi -i testsrc2=s=120x90:r=10:d=1.2 -loop 0", "a.gif");
    snprintf(source, sizeof(source), "%s", in(&r, "a.gif"));
    for (int format = RL_STILL_AVIF; format <= RL_STILL_WEBP; format++) {
        const char *name = format == RL_STILL_WEBP ? "o.webp" : "o.avif";
        assert_true(take(&r, source, "gif", format));
        assert_int_equal(r.spec.still.animated, 1);
        r.spec.still.width = 60;
        r.spec.still.height = 45;
        run(&r, name);
        assert_int_equal(r.result.frames_in, 12);
        assert_int_equal(r.result.frames_out, 12);
        assert_int_equal(r.result.duration, 1200000);
        size_t full = r.kit.chunks[0].size;
        r.spec.still.max_bytes = full * 2 / 3;
        run(&r, name);
        assert_true(r.kit.chunks[0].size <= r.spec.still.max_bytes);
        assert_int_equal(r.result.frames_out, 12);
        r.spec.still.max_bytes = 0;
        r.spec.still.animated = 0;
        run(&r, name);
        assert_int_equal(r.result.frames_out, 1);
        assert_int_equal(r.result.duration, 0);
    }
    end(&r);
}

/* A frame of a video, at a time and by choice, and cover art. */
static void streams_have_pictures_too(void **state)
{
    struct rig r;
    char source[160];
    int w, h;
    (void)state;
    if (!oracles())
        skip();
    begin(&r);
    /* Red for a second, then green, then blue. */
    make(&r,
         "-f lavfi -i color=red:s=160x120:d=1 -f lavfi -i color=0x00FF00:s=160x120:d=1 -f lavfi -i "
         "color=blue:s=160x120:d=1 "
         "-filter_complex '[0][1][2]concat=n=3:v=1:a=0' -c:v mpeg4 -q:v 2 -g 12",
         "a.mp4");
    snprintf(source, sizeof(source), "%s", in(&r, "a.mp4"));
    r.fd = open(source, O_RDONLY | O_CLOEXEC);
    r.spec = (struct rl_picture_job_spec){ .source = { .format = "mov",
                                                       .codec = "mpeg4",
                                                       .time_base = { 1, 12800 },
                                                       .time = 1500000,
                                                       .candidates = 5,
                                                       .duration = 3000000 },
                                           .still = { .width = 80,
                                                      .height = 60,
                                                      .format = RL_STILL_WEBP,
                                                      .quality = 90,
                                                      .speed = 8,
                                                      .depth = 8,
                                                      .chroma = 420,
                                                      .threads = 1,
                                                      .source = { 2, 2, 6, 0, 0 } } };
    run(&r, "o.webp");
    assert_int_equal(r.result.time, 1480000);
    uint8_t *p = decoded(&r, "o.webp", &w, &h);
    assert_int_equal(w, 80);
    const uint8_t *middle = p + 4 * (30 * 80 + 40);
    assert_true(middle[0] < 20 && middle[1] > 235 && middle[2] < 20);
    free(p);
    r.spec.source.time = 900000000; /* behind the end: the last there is, or the best */
    run(&r, "o.webp");
    r.spec.source.time = REEL_NO_TIME;
    run(&r, "o.webp");
    assert_true(r.result.time >= 0 && r.result.time < 3000000);
    make(&r, "-f lavfi -i color=0x3060C0:s=90x90 -frames:v 1", "c.png");
    char arguments[320];
    snprintf(arguments, sizeof(arguments),
             "-f lavfi -i sine=d=1 -i %s -map 0 -map 1 -c:v copy -disposition:v attached_pic "
             "-c:a libmp3lame",
             in(&r, "c.png"));
    make(&r, arguments, "a.mp3");
    close(r.fd);
    r.fd = open(in(&r, "a.mp3"), O_RDONLY | O_CLOEXEC);
    r.spec.source = (struct rl_still_source){ .format = "mp3", .stream = 1, .codec = "png", .attached = 1 };
    r.spec.still.width = r.spec.still.height = 45;
    run(&r, "o.webp");
    p = decoded(&r, "o.webp", &w, &h);
    assert_true(abs(p[0] - 0x30) < 6 && abs(p[1] - 0x60) < 6 && abs(p[2] - 0xC0) < 6);
    free(p);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_orientations_are_the_same_picture), cmocka_unit_test(fit_modes_are_right_to_the_pixel),
        cmocka_unit_test(alpha_comes_through),                   cmocka_unit_test(a_file_is_made_to_fit),
        cmocka_unit_test(another_file_is_noticed),               cmocka_unit_test(an_animation_keeps_its_times),
        cmocka_unit_test(streams_have_pictures_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
