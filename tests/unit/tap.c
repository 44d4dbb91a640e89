/* Previews that ride on a transcode: what the tap takes, the form of its chunks, and the products made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "media/preview/tap.h"
#include "media/preview/tiles.h"
#include "media/still/writer.h"
#include "run_kit.h"

#define MAX_CHUNKS 64

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct bytes taken[MAX_CHUNKS], made[MAX_CHUNKS]; /* of track 1, and the products */
static uint32_t taken_count;

static int keep(void *user, const struct rl_chunk_out *chunk, const void *data, size_t size)
{
    struct bytes *b = chunk->track ? &taken[chunk->index] : &made[chunk->index];

    (void)user;
    assert_true(chunk->index < MAX_CHUNKS);
    assert_null(b->data);
    b->data = malloc(size + 1);
    memcpy(b->data, data, size);
    b->data[size] = 0;
    b->size = size;
    taken_count += chunk->track == 1;
    return 0;
}

static int chunk_fd(void *user, uint32_t track, uint32_t index)
{
    char name[] = "/tmp/reel-tap-XXXXXX";
    int fd = mkstemp(name);

    (void)user;
    assert_int_equal(track, 1);
    assert_true(fd >= 0 && index < MAX_CHUNKS);
    unlink(name);
    assert_int_equal(write(fd, taken[index].data, taken[index].size), (ssize_t)taken[index].size);
    return fd;
}

static void drop(struct bytes *list)
{
    for (size_t i = 0; i < MAX_CHUNKS; i++) {
        free(list[i].data);
        list[i] = (struct bytes){ 0 };
    }
}

/* Eleven seconds, another colour each: red, green, blue, white, red, … */
static int make_clip(void)
{
    char path[64], command[1024];

    snprintf(path, sizeof(path), "/tmp/reel-tap-%d.mp4", (int)getpid());
    snprintf(
        command, sizeof(command),
        "ffmpeg -nostdin -v error -y -f lavfi -i color=red:r=10:d=11:s=160x120 -vf "
        "\"drawbox=c=lime:t=fill:enable='eq(mod(floor(t),4),1)',"
        "drawbox=c=blue:t=fill:enable='eq(mod(floor(t),4),2)',drawbox=c=white:t=fill:enable='eq(mod(floor(t),4),3)'\" "
        "-pix_fmt yuv420p -g 10 -keyint_min 10 -sc_threshold 0 -c:v libx264 %s",
        path);
    int fd = system(command) == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    unlink(path);
    if (fd < 0) {
        print_message("skipped: no ffmpeg\n");
        skip();
    }
    return fd;
}

static const struct rl_tap_spec everything = {
    .interval = 1000000,
    .tile_width = 80,
    .tile_height = 60,
    .poster_width = 160,
    .poster_height = 120,
    .moving_width = 80,
    .moving_height = 60,
    .moving_rate = 5,
    .moments = 2,
    .moment = 1000000,
    .duration = 11000000,
};

/* Runs the clip with a tap, cut each so many seconds; 0: not cut. */
static void transcode(struct run_kit *k, int fd, int seconds, struct rl_still_source *source)
{
    struct rl_run_result result;
    struct rl_cut cuts[2];
    struct rl_facts f;

    drop(taken);
    taken_count = 0;
    run_begin(k);
    av_log_set_level(AV_LOG_QUIET);
    k->host.emit = keep;
    k->host.chunk_fd = chunk_fd;
    assert_int_equal(run_probe(k, fd, 0, &f), 0);
    struct rl_video_spec spec = run_spec(&f, run_video_stream(&f), cuts);
    spec.every = rl_rescale(seconds * INT64_C(1000000), RL_US, spec.time_base);
    spec.tap = everything;
    spec.picture.source.matrix = spec.picture.colour.matrix = 6;
    *source = (struct rl_still_source){
        .stream = spec.stream, .time_base = spec.time_base, .time = REEL_NO_TIME, .duration = 11000000
    };
    assert_int_equal(run_video(k, fd, &spec, &result), 0);
    assert_int_equal(result.samples_out, 110); /* nothing is held back */
    assert_int_equal(taken_count, seconds ? (11 + seconds - 1) / seconds : 1);
    rl_shape_clear(&k->env, &rl_facts_shape, &f);
    run_reset(k);
}

static struct rl_preview_spec preview_spec(const struct rl_still_source *source)
{
    struct rl_preview_spec p = {
        .source = *source,
        .posters = 1,
        .storyboard = 1,
        .tile_width = 80,
        .tile_height = 60,
        .columns = 4,
        .rows = 3,
        .interval = 1000000,
        .animation = RL_STILL_WEBP,
        .animation_width = 80,
        .animation_height = 60,
        .moments = 2,
        .moment = 1000000,
        .animation_rate = 5,
        .placeholder = 1,
        .from_tiles = 1,
        .tiles = taken_count,
        .poster = { .width = 160,
                    .height = 120,
                    .rotation = 180,
                    .format = RL_STILL_WEBP,
                    .quality = 75,
                    .speed = 9,
                    .depth = 8,
                    .chroma = 420,
                    .metadata = 2,
                    .threads = 1,
                    .source = { 1, 13, 6, 0, 1 } },
    };
    return p;
}

static const struct rl_product *product(const struct rl_preview_result *r, const char *name)
{
    for (uint32_t i = 0; i < r->product_count; i++)
        if (!strcmp(r->products[i].name, name))
            return &r->products[i];
    fail_msg("there is no %s", name);
    return NULL;
}

/* Whatever the segments are, the products are the same, and their times are those of the frames. */
static void test_products(void **state)
{
    static const int lengths[] = { 0, 3, 4 };
    struct bytes first[MAX_CHUNKS] = { { 0 } };
    struct rl_still_source source;
    struct rl_preview_result result;
    struct run_kit k;
    int fd = make_clip();

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        transcode(&k, fd, lengths[i], &source);
        struct rl_preview_spec spec = preview_spec(&source);
        assert_int_equal(rl_job_preview(&k.flow, -1, &spec, &result), 0);
        assert_int_equal(product(&result, "storyboard-1.webp")->frames, 11);
        assert_int_equal(product(&result, "storyboard-1.webp")->width, 320);
        assert_int_equal(product(&result, "storyboard-1.webp")->height, 180);
        assert_int_equal(product(&result, "preview.webp")->frames, 10);
        assert_int_equal(product(&result, "preview.webp")->duration, 2000000);
        assert_int_equal(product(&result, "poster.webp")->width, 160);
        assert_true(strlen(result.blurhash) >= 6);
        const char *vtt = (const char *)made[product(&result, "storyboard.vtt")->chunk].data;
        assert_non_null(strstr(vtt, "00:00:05.000 --> 00:00:06.000\nstoryboard-1.webp#xywh=80,60,80,60\n"));
        assert_non_null(strstr(vtt, "00:00:10.000 --> 00:00:11.000\n"));
        for (uint32_t c = 0; c < result.chunks; c++) {
            if (i == 0) {
                first[c] = made[c];
                made[c] = (struct bytes){ 0 };
                continue;
            }
            assert_int_equal(made[c].size, first[c].size);
            assert_memory_equal(made[c].data, first[c].data, first[c].size);
        }
        drop(made);
        rl_shape_clear(&k.env, &rl_preview_result_shape, &result);
        run_end(&k);
    }
    drop(first);
    drop(taken);
    close(fd);
}

static void test_pictures(void **state)
{
    static const int colours[4][3] = {
        { 81, 90, 240 }, { 145, 54, 34 }, { 41, 240, 110 }, { 235, 128, 128 }
    }; /* Y Cb Cr of BT.601 */
    struct rl_tiles_reader reader;
    struct rl_still_source source;
    AVFrame *frame = av_frame_alloc();
    uint32_t use;
    struct run_kit k;
    int fd = make_clip(), boards = 0, posters = 0;

    (void)state;
    transcode(&k, fd, 4, &source);
    for (uint32_t i = 0; i < taken_count; i++) {
        assert_int_equal(rl_tiles_read(&reader, taken[i].data, taken[i].size), 0);
        int rc;
        while ((rc = rl_tiles_next(&reader, frame, &use)) == 0) {
            const int *c = colours[frame->pts / 1000000 % 4];
            assert_in_range(frame->pts, i * 4000000, i * 4000000 + 3999999);
            for (int p = 0; p < 3; p++)
                assert_in_range(frame->data[p][10 * frame->linesize[p] + 10], (unsigned)(c[p] > 6 ? c[p] - 6 : 0),
                                (unsigned)c[p] + 6);
            boards += use == RL_TILE_BOARD;
            posters += use == RL_TILE_POSTER;
            assert_int_equal(frame->width, use == RL_TILE_POSTER ? 160 : 80);
        }
        assert_int_equal(rc, REEL_END);
    }
    assert_int_equal(boards, 11);
    assert_int_equal(posters, 3);
    av_frame_free(&frame);
    drop(taken);
    run_end(&k);
    close(fd);
}

/* Segments that the host has already are not looked at. */
static bool second_only(uint32_t index) { return index == 1; }

static void test_unwanted_segments(void **state)
{
    struct rl_still_source source;
    struct rl_run_result result;
    struct bytes whole;
    struct rl_cut cuts[2];
    struct rl_facts f;
    struct run_kit k;
    int fd = make_clip();

    (void)state;
    transcode(&k, fd, 4, &source);
    whole = taken[1];
    taken[1] = (struct bytes){ 0 };
    drop(taken);
    taken_count = 0;
    k.is_wanted = second_only;
    assert_int_equal(run_probe(&k, fd, 0, &f), 0);
    struct rl_video_spec spec = run_spec(&f, run_video_stream(&f), cuts);
    spec.every = rl_rescale(4000000, RL_US, spec.time_base);
    spec.tap = everything;
    spec.picture.source.matrix = spec.picture.colour.matrix = 6;
    assert_int_equal(run_video(&k, fd, &spec, &result), 0);
    assert_int_equal(taken_count, 1);
    assert_int_equal(taken[1].size, whole.size);
    assert_memory_equal(taken[1].data, whole.data, whole.size);
    free(whole.data);
    drop(taken);
    rl_shape_clear(&k.env, &rl_facts_shape, &f);
    run_end(&k);
    close(fd);
}

/* Any byte changed or missing: an error or other pixels, never more than is there. */
static void test_hostile_chunks(void **state)
{
    struct rl_env env;
    reel_error err = RL_ERROR_INIT;
    struct rl_tiles tiles;
    struct rl_tiles_reader reader;
    AVFrame *frame = av_frame_alloc(), *back = av_frame_alloc();
    uint32_t use;

    (void)state;
    assert_int_equal(rl_env_init(&env, NULL, &err), 0);
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = 7;
    frame->height = 5;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    for (int p = 0; p < 3; p++)
        memset(frame->data[p], 10 + p, (size_t)frame->linesize[p] * (p ? 3 : 5));
    frame->pts = -5;
    rl_tiles_begin(&tiles, &env);
    assert_int_equal(rl_tiles_add(&tiles, frame, 3), 0);
    frame->pts = INT64_C(1) << 40;
    assert_int_equal(rl_tiles_add(&tiles, frame, 4), 0);
    assert_int_equal(rl_tiles_end(&tiles), 0);
    frame->format = AV_PIX_FMT_NV12;
    assert_int_equal(rl_tiles_add(&tiles, frame, 4), REEL_ERR_INVALID_ARG);

    assert_int_equal(rl_tiles_read(&reader, tiles.data.data, tiles.data.size), 0);
    assert_int_equal(rl_tiles_next(&reader, back, &use), 0);
    assert_int_equal(back->pts, -5);
    assert_int_equal(use, 3);
    assert_int_equal(back->data[2][2 * back->linesize[2] + 3], 12);
    assert_int_equal(rl_tiles_next(&reader, back, &use), 0);
    assert_int_equal(back->pts, INT64_C(1) << 40);
    assert_int_equal(rl_tiles_next(&reader, back, &use), REEL_END);

    for (size_t size = 0; size < tiles.data.size; size++) {
        uint8_t *copy = malloc(size ? size : 1);
        memcpy(copy, tiles.data.data, size);
        int rc = rl_tiles_read(&reader, copy, size);
        while (rc == 0)
            rc = rl_tiles_next(&reader, back, &use);
        assert_int_equal(rc, REEL_ERR_INVALID_DATA);
        free(copy);
    }
    for (size_t at = 0; at < 40; at++)
        for (int bit = 0; bit < 8; bit++) {
            uint8_t *copy = malloc(tiles.data.size);
            memcpy(copy, tiles.data.data, tiles.data.size);
            copy[at] ^= (uint8_t)(1 << bit);
            int rc = rl_tiles_read(&reader, copy, tiles.data.size);
            while (rc == 0)
                rc = rl_tiles_next(&reader, back, &use);
            assert_true(rc == REEL_ERR_INVALID_DATA || rc == REEL_END);
            free(copy);
        }
    rl_tiles_free(&tiles);
    av_frame_free(&frame);
    av_frame_free(&back);
}

static void test_bad_chunk_is_an_error(void **state)
{
    struct rl_still_source source;
    struct rl_preview_result result;
    struct run_kit k;
    int fd = make_clip();

    (void)state;
    transcode(&k, fd, 4, &source);
    taken[1].size /= 2;
    struct rl_preview_spec spec = preview_spec(&source);
    assert_int_equal(rl_job_preview(&k.flow, -1, &spec, &result), REEL_ERR_INVALID_DATA);
    assert_int_equal(k.err.code, REEL_ERR_INVALID_DATA);
    rl_shape_clear(&k.env, &rl_preview_result_shape, &result);
    drop(made);
    drop(taken);
    run_end(&k);
    close(fd);
}

int main(void)
{
    if (!rl_writer_present(RL_STILL_WEBP)) {
        print_message("skipped: this build writes no WebP\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_unwanted_segments),
        cmocka_unit_test(test_hostile_chunks),
        cmocka_unit_test(test_bad_chunk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
