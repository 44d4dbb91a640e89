/* Pictures and previews in whole runs: through the public API and as a program; what comes out is read by other programs.
 * argv[1]: examples/convert. */
#include "check.h"

#include <sys/wait.h>

static const char *program;
static char folder[] = "/tmp/reel-pictures-XXXXXX";

static const char *in(const char *name)
{
    static char paths[4][128];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static int shell(const char *command)
{
    char line[1024];
    snprintf(line, sizeof(line), "cd %s && %s", folder, command);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define FFMPEG "ffmpeg -nostdin -y -v error "

/* Four fields, red, green, blue, white, of 80 x 60 each; a video that is red, green and blue for two seconds each; a moving GIF. */
static int make_files(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    return shell(FFMPEG "-f lavfi -i color=red:s=80x60 -f lavfi -i color=lime:s=80x60 -f lavfi -i color=blue:s=80x60 "
                        "-f lavfi -i color=white:s=80x60 -filter_complex "
                        "'[0]format=rgb24[a];[1]format=rgb24[b];[2]format=rgb24[c];[3]format=rgb24[d];"
                        "[a][b][c][d]xstack=inputs=4:layout=0_0|w0_0|0_h0|w0_h0' -frames:v 1 fields.png") ||
        shell(FFMPEG "-f lavfi -i color=red:s=160x90:r=25:d=2 -f lavfi -i color=lime:s=160x90:r=25:d=2 -f lavfi -i "
                     "color=blue:s=160x90:r=25:d=2 -f lavfi -i sine=frequency=440:sample_rate=48000:duration=6 "
                     "-filter_complex '[0][1][2]concat=n=3,format=yuv420p[v]' -map '[v]' -map 3 -c:v mpeg4 -q:v 2 "
                     "-g 25 -c:a aac clip.mp4") ||
        shell(FFMPEG "-f lavfi -i testsrc2=s=64x48:r=10:d=0.5 -loop 3 moving.gif") ||
        shell(FFMPEG "-i fields.png -q:v 2 fields.jpg && head -c 700 fields.jpg > cut.jpg");
}

static int remove_files(void **state)
{
    (void)state;
    char command[96];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

struct run {
    reel_ctx *ctx;
    reel_input *input;
    reel_chain *chain;
    reel_pool *pool;
    reel_task *task;
    reel_error err;
    reel_result result;
};

#define SET(...) (const char *const[]){ __VA_ARGS__, NULL }

static int start(struct run *r, const char *preset, const char *input, const char *output, const char *products,
                 int threads, const char *const *options)
{
    reel_options *set = NULL;
    *r = (struct run){ .err = { .size = sizeof(r->err) }, .result = { .size = sizeof(r->result) } };
    assert_int_equal(reel_ctx_create(&r->ctx, REEL_OPTS(reel_ctx_opts, .flags = REEL_CTX_QUIET_AVLOG), &r->err), 0);
    assert_int_equal(reel_options_create(&set, r->ctx), 0);
    for (; options[0]; options += 2)
        assert_int_equal(reel_options_set(set, options[0], options[1], &r->err), 0);
    assert_int_equal(reel_chain_preset(&r->chain, r->ctx, preset, set, &r->err), 0);
    reel_options_destroy(&set);
    assert_int_equal(reel_pool_create(&r->pool, r->ctx, REEL_OPTS(reel_pool_opts, .threads = threads), &r->err), 0);
    assert_int_equal(reel_input_open_path(&r->input, r->ctx, input, &r->err), 0);
    return reel_task_start(&r->task, r->chain, r->input,
                           REEL_OPTS(reel_task_opts, .output = output, .products = products, .pool = r->pool), &r->err);
}

static int await(struct run *r)
{
    int rc = reel_task_wait(r->task, REEL_FOREVER);
    if (rc < 0)
        assert_int_equal(reel_task_error(r->task, &r->err), 0);
    else
        assert_int_equal(reel_task_result(r->task, &r->result), 0);
    return rc;
}

static void end(struct run *r)
{
    reel_task_unref(&r->task);
    reel_input_close(&r->input);
    reel_pool_unref(&r->pool);
    reel_chain_unref(&r->chain);
    reel_ctx_unref(&r->ctx);
}

static reel_result make(const char *preset, const char *input, const char *output, const char *const *options)
{
    struct run r;
    int rc = start(&r, preset, in(input), in(output), NULL, 2, options);
    if (rc == 0)
        rc = await(&r);
    if (rc != 0)
        fail_msg("%s to %s: %d: %s: %s", input, output, rc, r.err.step, r.err.text);
    reel_result result = r.result;
    end(&r);
    return result;
}

/* The colour at a place, as ffmpeg sees the file; -1: it is not of this size. */
static uint32_t colour_at(const char *name, int width, int height, int x, int y)
{
    char command[256];
    size_t size = (size_t)width * (size_t)height * 3;
    unsigned char *bytes = malloc(size + 1);
    assert_non_null(bytes);
    snprintf(command, sizeof(command), "ffmpeg -nostdin -v error -i %s -frames:v 1 -f rawvideo -pix_fmt rgb24 -",
             in(name));
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t got = fread(bytes, 1, size + 1, pipe);
    assert_int_equal(pclose(pipe), 0);
    const unsigned char *p = bytes + 3 * ((size_t)y * (size_t)width + (size_t)x);
    uint32_t colour = got == size ? (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2] : UINT32_MAX;
    free(bytes);
    return colour;
}

static void is_like(const char *name, int width, int height, int x, int y, uint32_t wanted)
{
    uint32_t is = colour_at(name, width, height, x, y);
    if (is == UINT32_MAX)
        fail_msg("%s is not of %dx%d", name, width, height);
    for (int shift = 0; shift < 24; shift += 8)
        if (abs((int)(is >> shift & 255) - (int)(wanted >> shift & 255)) > 12)
            fail_msg("%s, %d,%d: #%06x instead of #%06x", name, x, y, (unsigned)is, (unsigned)wanted);
}

enum { RED = 0xff0000, LIME = 0x00ff00, BLUE = 0x0000ff, WHITE = 0xffffff };

static void fields(const char *name, int w, int h, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    is_like(name, w, h, w / 5, h / 5, a);
    is_like(name, w, h, w * 4 / 5, h / 5, b);
    is_like(name, w, h, w / 5, h * 4 / 5, c);
    is_like(name, w, h, w * 4 / 5, h * 4 / 5, d);
}

static void formats(void **state)
{
    (void)state;
    static const char *const names[] = { "a.avif", "a.webp" }, *const presets[] = { "web-image", "web-image-webp" };
    static const char *const inputs[] = { "fields.png", "fields.jpg" };
    for (int i = 0; i < 4; i++) {
        reel_result r = make(presets[i % 2], inputs[i / 2], names[i % 2], SET("picture.quality", "80"));
        assert_true(r.width == 160 && r.height == 120 && r.frames_out == 1 && r.verdict == REEL_VERDICT_OK);
        assert_true(r.quality == 80 && r.time == REEL_NO_TIME && r.duration == 0);
        fields(names[i % 2], 160, 120, RED, LIME, BLUE, WHITE);
    }
    make("web-image-webp", "fields.png", "a.webp", SET("picture.lossless", "true"));
    for (int i = 0; i < 4; i++) { /* to the pixel */
        int x = i % 2 ? 80 : 79, y = i / 2 ? 60 : 59;
        assert_int_equal(colour_at("a.webp", 160, 120, x, y), colour_at("fields.png", 160, 120, x, y));
    }
}

static void shapes(void **state)
{
    (void)state;
    reel_result r = make("web-image", "fields.png", "b.avif", SET("picture.rotate", "90", "picture.width", "60"));
    assert_true(r.width == 60 && r.height == 80);
    fields("b.avif", 60, 80, BLUE, RED, WHITE, LIME);
    make("web-image-webp", "fields.png", "b.webp", SET("picture.crop", "80x60+80+60"));
    is_like("b.webp", 80, 60, 2, 2, WHITE);
    make("web-image-webp", "fields.png", "b.webp", SET("picture.width", "40", "picture.height", "60", "picture.fit",
                                                       "cover", "picture.focus", "0,0.5"));
    is_like("b.webp", 40, 60, 20, 10, RED); /* the left half */
    is_like("b.webp", 40, 60, 20, 50, BLUE);
    make("web-image-webp", "fields.png", "b.webp", SET("picture.width", "100", "picture.height", "100", "picture.fit",
                                                       "exact", "picture.background", "#ff00ff"));
    is_like("b.webp", 100, 100, 50, 3, 0xff00ff);
    is_like("b.webp", 100, 100, 20, 30, RED);
    r = make("web-image", "fields.jpg", "b.avif", SET("picture.max_bytes", "700"));
    assert_true(r.bytes <= 700 && r.bytes > 0 && r.quality <= 60);
}

/* What an animation is, told by our own probe. */
static void animation(void **state)
{
    (void)state;
    static const char *const names[] = { "c.webp", "c.avif" }, *const presets[] = { "web-image-webp", "web-image" };
    for (int i = 0; i < 2; i++) {
        reel_result r = make(presets[i], "moving.gif", names[i], SET("picture.width", "32"));
        assert_true(r.frames_out == 5 && r.duration == 500000 && r.width == 32);
        struct run probe = { .err = { .size = sizeof(probe.err) } };
        reel_stream_info s = { .size = sizeof(s) };
        assert_int_equal(reel_ctx_create(&probe.ctx, NULL, NULL), 0);
        assert_int_equal(reel_input_open_path(&probe.input, probe.ctx, in(names[i]), &probe.err), 0);
        assert_int_equal(reel_input_probe(probe.input, &probe.err), 0);
        assert_int_equal(reel_input_get_stream(probe.input, 0, &s), 0);
        assert_true(s.width == 32 && s.height == 24 && s.frames == 5 && s.attached == 1);
        assert_true(s.loops == 4 || (i == 1 && s.loops == 0)); /* GIF counts repeats; libavif 0.11 can only say for ever */
        end(&probe);
    }
    reel_result r = make("thumbnail", "moving.gif", "c.webp", SET("picture.quality", "50"));
    assert_true(r.frames_out == 1 && r.duration == 0);
}

static void frames_of_video(void **state)
{
    (void)state;
    static const uint32_t wanted[] = { RED, LIME, BLUE };
    for (int i = 0; i < 3; i++) {
        char time[32];
        snprintf(time, sizeof(time), "%d", 1500000 + 2000000 * i);
        reel_result r = make("web-image-webp", "clip.mp4", "d.webp", SET("picture.time", time));
        assert_true(r.width == 160 && r.height == 90);
        assert_true(llabs(r.time - (1500000 + 2000000 * i)) <= 40000);
        is_like("d.webp", 160, 90, 80, 45, wanted[i]);
    }
    reel_result r = make("thumbnail", "clip.mp4", "d.webp", SET("picture.width", "64"));
    assert_true(r.width == 64 && r.height == 36 && r.time >= 0);
}

static void damage(void **state)
{
    (void)state;
    struct run r;
    assert_int_equal(start(&r, "web-image", in("cut.jpg"), in("e.avif"), NULL, 1, SET(NULL)), 0);
    assert_int_equal(await(&r), REEL_PARTIAL);
    assert_true(r.result.decode_errors > 0 && r.result.frames_out == 1);
    end(&r);
    assert_int_equal(start(&r, "web-video", in("fields.png"), in("e.webm"), NULL, 1, SET(NULL)), 0);
    assert_int_equal(await(&r), REEL_ERR_NO_STREAM);
    assert_non_null(strstr(r.err.text, "output.format"));
    end(&r);
    assert_int_equal(access(in("e.webm"), F_OK), -1);
}

static void same_bytes(void **state)
{
    (void)state;
    uint8_t first[REEL_DIGEST_SIZE] = { 0 };
    for (int threads = 1; threads <= 4; threads *= 2) {
        struct run r;
        assert_int_equal(start(&r, "web-image", in("fields.png"), in("f.avif"), NULL, threads,
                               SET("picture.width", "1500", "picture.enlarge", "true")), 0);
        assert_int_equal(await(&r), 0);
        if (threads == 1)
            memcpy(first, r.result.digest, sizeof(first));
        assert_memory_equal(first, r.result.digest, sizeof(first));
        end(&r);
    }
    struct run r; /* a stopped one leaves nothing */
    assert_int_equal(shell("rm -f f.avif"), 0);
    int before = entries(folder);
    assert_int_equal(start(&r, "web-image", in("fields.png"), in("f.avif"), NULL, 2,
                           SET("picture.width", "6000", "picture.enlarge", "true", "picture.speed", "0")), 0);
    usleep(200000);
    reel_task_cancel(r.task);
    assert_int_equal(await(&r), REEL_ERR_CANCELLED);
    end(&r);
    assert_int_equal(entries(folder), before);
}

static int count(struct run *r, const char *kind)
{
    reel_product p = { .size = sizeof(p) };
    int n = 0;
    for (uint32_t i = 0; reel_task_product_at(r->task, i, &p) == 0; i++) {
        assert_int_equal(access(p.path, R_OK), 0);
        n += strcmp(p.kind, kind) == 0;
    }
    return n;
}

static void previews(void **state)
{
    (void)state;
    struct run r;
    reel_placeholders h = { .size = sizeof(h) };
    assert_int_equal(start(&r, "previews", in("clip.mp4"), NULL, in("alone"), 2,
                           SET("preview.posters", "2", "preview.storyboard_interval", "2000000")), 0);
    assert_int_equal(await(&r), 0);
    assert_int_equal(count(&r, "poster"), 2);
    assert_true(count(&r, "storyboard") >= 2 && count(&r, "waveform") >= 2 && count(&r, "animation") == 1);
    assert_int_equal(reel_task_placeholders(r.task, &h), 0);
    assert_int_equal(h.present, REEL_PLACEHOLDER_PICTURE | REEL_PLACEHOLDER_LOUDNESS);
    assert_true(h.average[0] == '#' && h.blurhash[0] && h.thumbhash[0] && h.loudness < -5 && h.loudness > -60);
    assert_int_equal(entries(in("alone")), (int)r.result.products);
    end(&r);

    /* Beside a WebM, which is not changed by them. */
    uint8_t plain[REEL_DIGEST_SIZE];
    assert_int_equal(start(&r, "preview", in("clip.mp4"), in("g.webm"), NULL, 2, SET(NULL)), 0);
    assert_int_equal(await(&r), 0);
    memcpy(plain, r.result.digest, sizeof(plain));
    end(&r);
    assert_int_equal(start(&r, "preview", in("clip.mp4"), in("g.webm"), in("beside"), 2,
                           SET("preview.posters", "1", "preview.waveform", "true")), 0);
    assert_int_equal(await(&r), 0);
    assert_memory_equal(plain, r.result.digest, sizeof(plain));
    assert_int_equal(count(&r, "poster"), 1);
    assert_true(count(&r, "waveform") >= 2 && count(&r, "storyboard") == 0);
    end(&r);

    /* No product takes the place of the input. */
    assert_int_equal(shell("mkdir same && cp fields.png same/poster.webp"), 0);
    assert_int_equal(start(&r, "previews", in("same/poster.webp"), NULL, in("same"), 2, SET(NULL)), 0);
    assert_int_equal(await(&r), REEL_ERR_SAME_FILE);
    assert_int_equal(shell("cmp fields.png same/poster.webp"), 0);
    end(&r);
    assert_int_equal(start(&r, "web-image", in("same/poster.webp"), in("h.avif"), in("same"), 2,
                           SET("preview.posters", "1")), 0);
    assert_int_equal(await(&r), REEL_PARTIAL);
    assert_int_equal(shell("cmp fields.png same/poster.webp"), 0);
    end(&r);

    /* Of a picture, beside its AVIF. */
    assert_int_equal(start(&r, "web-image", in("fields.png"), in("g.avif"), in("still"), 2,
                           SET("preview.posters", "1", "preview.poster_width", "40", "preview.placeholder",
                               "true")), 0);
    assert_int_equal(await(&r), 0);
    assert_int_equal(count(&r, "poster"), 1);
    assert_int_equal(reel_task_placeholders(r.task, &h), 0);
    assert_int_equal(h.present, REEL_PLACEHOLDER_PICTURE);
    end(&r);
}

static int run(const char *args)
{
    char command[512];
    snprintf(command, sizeof(command), "%s %s >out 2>err", program, args);
    return shell(command);
}

static void command_line(void **state)
{
    (void)state;
    assert_int_equal(run("--width 40 --fit cover --height 40 --focus attention --quality 70 fields.png h.avif"), 0);
    assert_int_equal(shell("grep -q '40x40.*ok' out"), 0);
    assert_int_equal(run("--json --lossless fields.png h.webp"), 0);
    assert_int_equal(shell("grep -q '\"verdict\":\"ok\".*\"picture\":{\"format\":\"webp\"' out"), 0);
    assert_int_equal(run("--time 0:03.5 --first --speed 9 --metadata strip clip.mp4 h.webp"), 0);
    is_like("h.webp", 160, 90, 80, 45, LIME);
    assert_int_equal(run("--json cut.jpg h.webp"), 2);
    assert_int_equal(run("--plan --set picture.width=20 fields.png h.avif"), 0);
    assert_int_equal(shell("grep -q '\"picture\":{\"format\":\"avif\",\"width\":20,\"height\":15' out"), 0);
    assert_int_equal(run("--json nothing.png h.avif"), 1);
    assert_int_equal(shell("grep -q '\"code\":\"REEL_ERR_NOT_FOUND\"' out"), 0);
    assert_int_equal(run("fields.png h.jpg"), 64);
    assert_int_equal(run("--width x fields.png h.avif"), 64);
    assert_int_equal(run("--preset nothing fields.png h.avif"), 64);
    assert_int_equal(run("fields.png"), 64);
    assert_int_equal(run("--help"), 0);
    assert_int_equal(run("--list-options"), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats), cmocka_unit_test(shapes), cmocka_unit_test(animation),
        cmocka_unit_test(frames_of_video), cmocka_unit_test(damage), cmocka_unit_test(same_bytes),
        cmocka_unit_test(previews), cmocka_unit_test(command_line),
    };
    if (argc != 2)
        return 64;
    program = argv[1];
    setenv("SVT_LOG", "1", 0); /* see examples/common.c */
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
