/* Video encoders: sizes, depths, HDR metadata, equal bytes for any number of threads, what other programs read. */
#include "media_kit.h"

#include "chunk/init.h"
#include "media/mux/chunk_step.h"

#include <dirent.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>

/* Encodes frames at uneven times and returns the chunk; the init segment goes into init. */
static struct kit_chunk *encode(struct kit *k, const struct rl_video_spec *spec, int frames, int threads,
                                struct rl_buf *init)
{
    struct rl_step *top = NULL, *chunk = NULL;
    struct rl_chunk_params params = { .time_base = spec->time_base, .timescale = spec->timescale };
    int rc = rl_encode_video_open(&top, &k->flow, spec, threads);
    if (rc < 0)
        fail_msg("open: %s", k->err.text);
    assert_int_equal(rl_chunk_open(&chunk, &k->flow, &params), 0);
    top->next = chunk;
    for (int i = 0; i < frames; i++) {
        AVFrame *f = kit_frame(spec, i, i * 40 + (i % 3) * 7);
        rc = rl_push_frame(top, f);
        av_frame_free(&f);
        if (rc < 0)
            fail_msg("frame %d: %s", i, k->err.text);
    }
    rl_chunk_counts(chunk, (uint64_t)frames, 0, REEL_NO_TIME);
    rc = rl_push_flush(top);
    if (rc < 0)
        fail_msg("flush: %s", k->err.text);
    assert_int_equal(rl_chunk_samples(chunk), frames);
    rl_steps_close(&top);
    struct kit_chunk *c = &k->chunks[k->count - 1];
    if (init) {
        struct rl_track track = { .codec = "av1", .timescale = spec->timescale, .width = spec->picture.width,
                                  .height = spec->picture.height, .aspect = spec->aspect,
                                  .colour = spec->picture.colour, .private_size = c->out.private_size };
        memcpy(track.codec_private, c->out.codec_private, c->out.private_size);
        rl_buf_init(init, &k->env);
        assert_int_equal(rl_init_write(init, &track, &k->err), 0);
    }
    return c;
}

static void check(int encoder, int width, int height, bool high)
{
    struct kit k;
    kit_begin(&k);
    const char *version;
    if (!rl_encoder_present((enum rl_encoder)encoder, &version))
        skip();
    struct rl_video_spec spec = kit_video(encoder, width, height, high);
    struct rl_buf init;
    const int frames = 12;
    struct kit_chunk *c = encode(&k, &spec, frames, 1, &init);
    assert_int_equal(c->out.start, 0);
    assert_int_equal(c->out.samples, frames);
    assert_int_equal(c->out.samples_in, frames);
    assert_int_equal(c->out.duration, 11 * 40 + 2 * 7 + 40);
    char name[48];
    rl_av1_codec_string(c->out.codec_private, c->out.private_size, name);
    assert_memory_equal(name, "av01.0.", 7);
    assert_string_equal(strrchr(name, '.'), high ? ".10" : ".08");

    if (kit_has("ffprobe") && kit_has("ffmpeg")) {
        char path[] = "/tmp/reel-encode-XXXXXX";
        close(mkstemp(path));
        kit_write(path, init.data, init.size, "wb");
        kit_write(path, c->data, c->size, "ab");
        char want[128];
        snprintf(want, sizeof(want), "%d,%d,%s,12\n", width, height, high ? "yuv420p10le" : "yuv420p");
        assert_string_equal(kit_run("ffprobe -v error -count_frames -select_streams v -show_entries "
                                    "stream=width,height,pix_fmt,nb_read_frames -of csv=p=0 %s 2>&1", path), want);
        assert_string_equal(kit_run("ffmpeg -v warning -i %s -f null - 2>&1", path), "");
        const char *times = kit_run("ffprobe -v error -show_entries packet=pts -of csv=p=0 %s", path);
        assert_memory_equal(times, "0\n47\n94\n120\n", 12);
        const char *frame = kit_run("ffprobe -v error -show_frames -read_intervals %%+#1 %s", path);
        assert_non_null(strstr(frame, high ? "color_transfer=smpte2084" : "color_transfer=bt709"));
        assert_non_null(strstr(frame, high ? "chroma_location=topleft" : "chroma_location=left"));
        if (high) {
            assert_non_null(strstr(frame, "red_x=44564/65536"));
            assert_non_null(strstr(frame, "green_y=45220/65536"));
            assert_non_null(strstr(frame, "max_luminance=256000/256"));
            assert_non_null(strstr(frame, "min_luminance=82/16384"));
            assert_non_null(strstr(frame, "max_content=1000"));
            assert_non_null(strstr(frame, "max_average=400"));
        }
        unlink(path);
    }
    for (int threads = 2; threads <= 4; threads += 2) {
        struct kit_chunk *other = encode(&k, &spec, frames, threads, NULL);
        c = &k.chunks[0];
        assert_int_equal(other->size, c->size);
        assert_memory_equal(other->data, c->data, c->size);
    }
    rl_buf_free(&init);
    kit_end(&k);
}

#define CASE(name, encoder, width, height, high) \
    static void name(void **state)               \
    {                                            \
        (void)state;                             \
        check(encoder, width, height, high);     \
    }
CASE(aom_1x1, RL_ENCODER_AOM, 1, 1, false)
CASE(aom_2x2, RL_ENCODER_AOM, 2, 2, false)
CASE(aom_63x65, RL_ENCODER_AOM, 63, 65, false)
CASE(aom_63x65_high, RL_ENCODER_AOM, 63, 65, true)
CASE(aom_320x180, RL_ENCODER_AOM, 320, 180, false)
CASE(svt_64x64, RL_ENCODER_SVTAV1, 64, 64, false)
CASE(svt_854x480, RL_ENCODER_SVTAV1, 854, 480, false)
CASE(svt_320x180_high, RL_ENCODER_SVTAV1, 320, 180, true)

/* Slower levels look ahead: packets come late, and all must come. */
static void aom_good_quality(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    const char *version;
    if (!rl_encoder_present(RL_ENCODER_AOM, &version))
        skip();
    struct rl_video_spec spec = kit_video(RL_ENCODER_AOM, 96, 64, false);
    spec.preset = 4;
    encode(&k, &spec, 30, 1, NULL);
    encode(&k, &spec, 30, 2, NULL);
    assert_int_equal(k.chunks[0].size, k.chunks[1].size);
    assert_memory_equal(k.chunks[0].data, k.chunks[1].data, k.chunks[0].size);
    kit_end(&k);
}

/* The numbers in HDR parameters must not follow the host's locale. */
static void svt_in_another_locale(void **state)
{
    (void)state;
    char folder[] = "/tmp/reel-locale-XXXXXX";
    if (!mkdtemp(folder))
        skip();
    kit_run("localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>&1", folder);
    setenv("LOCPATH", folder, 1);
    const char *set = setlocale(LC_NUMERIC, "de_DE.UTF-8");
    if (set) {
        char number[16];
        snprintf(number, sizeof(number), "%.1f", 0.5);
        assert_string_equal(number, "0,5");
        check(RL_ENCODER_SVTAV1, 128, 64, true);
    }
    setlocale(LC_NUMERIC, "C");
    unsetenv("LOCPATH");
    kit_run("rm -r %s", folder);
    if (!set)
        skip();
}

static int count_realtime(int *tasks)
{
    int found = 0;
    *tasks = 0;
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *d; dir && (d = readdir(dir));) {
        if (d->d_name[0] == '.')
            continue;
        (*tasks)++;
        found += sched_getscheduler(atoi(d->d_name)) > SCHED_OTHER;
    }
    if (dir)
        closedir(dir);
    return found;
}

/* As root, SVT-AV1 1.4.1 would raise its threads to real-time priority. */
static void svt_stays_ordinary(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    const char *version;
    if (!rl_encoder_present(RL_ENCODER_SVTAV1, &version))
        skip();
    struct rl_video_spec spec = kit_video(RL_ENCODER_SVTAV1, 320, 180, false);
    char before[64];
    snprintf(before, sizeof(before), "%s", kit_run("grep CapEff /proc/%d/task/%d/status", getpid(), gettid()));
    struct rl_step *top = NULL, *chunk = NULL;
    struct rl_chunk_params params = { .time_base = spec.time_base, .timescale = spec.timescale };
    assert_int_equal(rl_encode_video_open(&top, &k.flow, &spec, 2), 0);
    assert_int_equal(rl_chunk_open(&chunk, &k.flow, &params), 0);
    top->next = chunk;
    int tasks = 0;
    for (int i = 0; i < 40; i++) {
        AVFrame *f = kit_frame(&spec, i, i * 40);
        assert_int_equal(rl_push_frame(top, f), 0);
        av_frame_free(&f);
        assert_int_equal(count_realtime(&tasks), 0);
    }
    assert_true(tasks > 3);
    assert_int_equal(rl_push_flush(top), 0);
    rl_steps_close(&top);
    assert_string_equal(before, kit_run("grep CapEff /proc/%d/task/%d/status", getpid(), gettid()));
    kit_end(&k);
}

/* Cancel in the middle: the caller is back while the encoder is at work, and nothing runs after a while. */
static void cancel_leaves_the_encoder(void **state)
{
    (void)state;
    struct kit k;
    kit_begin(&k);
    const char *version;
    if (!rl_encoder_present(RL_ENCODER_SVTAV1, &version))
        skip();
    struct rl_video_spec spec = kit_video(RL_ENCODER_SVTAV1, 1280, 720, false);
    spec.preset = 2;
    struct rl_step *top = NULL, *chunk = NULL;
    struct rl_chunk_params params = { .time_base = spec.time_base, .timescale = spec.timescale };
    assert_int_equal(rl_encode_video_open(&top, &k.flow, &spec, 1), 0);
    assert_int_equal(rl_chunk_open(&chunk, &k.flow, &params), 0);
    top->next = chunk;
    AVFrame *f = kit_frame(&spec, 0, 0);
    for (int i = 0; i < 24; i++) {
        f->pts = i * 40;
        assert_int_equal(rl_push_frame(top, f), 0);
    }
    av_frame_free(&f);
    atomic_store(&k.cancel, true);
    assert_int_equal(rl_push_flush(top), REEL_ERR_CANCELLED);
    rl_steps_close(&top);
    assert_int_equal(k.count, 0);
    assert_int_equal(rl_guards_abandoned(&k.engine), 0);
    assert_true(rl_guards_settle(&k.engine, 60000000));
    kit_end(&k);
}

/* Opens, feeds and closes encoders, some in the middle of their work; a code when one fails. */
static void *encode_often(void *arg)
{
    struct kit *k = arg;
    const struct rl_video_spec spec = kit_video(RL_ENCODER_SVTAV1, 64, 64, false);
    const struct rl_chunk_params params = { .time_base = spec.time_base, .timescale = spec.timescale };
    int rc = 0;
    for (int i = 0; rc == 0 && i < 12; i++) {
        struct rl_step *top = NULL, *chunk = NULL;
        AVFrame *f = kit_frame(&spec, i, 0);
        rc = rl_encode_video_open(&top, &k->flow, &spec, 1);
        if (rc == 0)
            rc = rl_chunk_open(&chunk, &k->flow, &params);
        if (rc == 0) {
            top->next = chunk;
            rc = rl_push_frame(top, f);
        }
        if (rc == 0 && i % 3)
            rc = rl_push_flush(top);
        rl_steps_close(&top);
        av_frame_free(&f);
    }
    return rc < 0 ? k : NULL;
}

/* SVT-AV1 has a variable of the process that each encoder writes when it opens and frees when it closes. */
static void svt_side_by_side(void **state)
{
    (void)state;
    enum { THREADS = 6 };
    static struct kit kits[THREADS];
    pthread_t threads[THREADS];
    const char *version;
    void *failed;
    if (!rl_encoder_present(RL_ENCODER_SVTAV1, &version))
        skip();
    for (int i = 0; i < THREADS; i++) {
        kit_begin(&kits[i]);
        assert_int_equal(pthread_create(&threads[i], NULL, encode_often, &kits[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        if (failed)
            fail_msg("%s", ((struct kit *)failed)->err.text);
        assert_int_equal(kits[i].count, 8);
        kit_end(&kits[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aom_1x1),       cmocka_unit_test(aom_2x2),          cmocka_unit_test(aom_63x65),
        cmocka_unit_test(aom_63x65_high), cmocka_unit_test(aom_320x180),     cmocka_unit_test(aom_good_quality),
        cmocka_unit_test(svt_64x64),     cmocka_unit_test(svt_854x480),      cmocka_unit_test(svt_320x180_high),
        cmocka_unit_test(svt_in_another_locale), cmocka_unit_test(svt_stays_ordinary),
        cmocka_unit_test(cancel_leaves_the_encoder), cmocka_unit_test(svt_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
