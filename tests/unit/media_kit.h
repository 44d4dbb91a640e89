/* What the tests of the media path share: a flow with a host that keeps chunks, synthetic frames, and other programs. */
#ifndef RL_TEST_MEDIA_KIT_H
#define RL_TEST_MEDIA_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/env.h"
#include "base/time.h"
#include "media/encode/encode.h"
#include "media/engine_state.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kit_chunk {
    struct rl_chunk_out out;
    uint8_t *data;
    size_t size;
};

struct kit {
    struct rl_env env;
    struct rl_engine engine;
    reel_error err;
    struct rl_job_host host;
    struct rl_flow flow;
    atomic_bool cancel;
    struct kit_chunk chunks[128];/* for chunk_fd: track * 32 + index */
    unsigned count;
};

static inline bool kit_cancelled(void *user)
{
    return atomic_load(&((struct kit *)user)->cancel);
}

static inline void kit_progress(void *user, int64_t done, uint64_t frames)
{
    (void)user, (void)done, (void)frames;
}

static inline void kit_keep(struct kit *k, unsigned slot, const struct rl_chunk_out *out, const void *data, size_t size)
{
    assert_true(slot < 128);
    free(k->chunks[slot].data);
    k->chunks[slot].data = malloc(size ? size : 1);
    memcpy(k->chunks[slot].data, data, size);
    k->chunks[slot].size = size;
    k->chunks[slot].out = *out;
}

static inline int kit_emit(void *user, const struct rl_chunk_out *chunk, const void *data, size_t size)
{
    struct kit *k = user;
    kit_keep(k, k->count++, chunk, data, size);
    return 0;
}

static inline bool kit_wanted(void *user, uint32_t index)
{
    (void)user, (void)index;
    return true;
}

static inline int kit_chunk_fd(void *user, uint32_t track, uint32_t index)
{
    struct kit *k = user;
    const struct kit_chunk *c = &k->chunks[track * 32 + index];
    char name[] = "/tmp/reel-kit-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    assert_int_equal(write(fd, c->data, c->size), (ssize_t)c->size);
    return fd;
}

static inline void kit_begin(struct kit *k)
{
    setenv("SVT_LOG", "1", 0);
    memset(k, 0, sizeof(*k));
    k->err = RL_ERROR_INIT;
    assert_int_equal(rl_env_init(&k->env, NULL, &k->err), 0);
    k->engine.env = &k->env;
    k->host = (struct rl_job_host){ k, kit_cancelled, kit_progress, kit_emit, kit_wanted, kit_chunk_fd };
    k->flow = (struct rl_flow){ &k->env, &k->host, &k->err, &k->engine };
}

static inline void kit_end(struct kit *k)
{
    for (size_t i = 0; i < 128; i++)
        free(k->chunks[i].data);
    assert_true(rl_guards_settle(&k->engine, 10000000));
}

/* A video spec that leaves nothing open. Time base 1/1000. */
static inline struct rl_video_spec kit_video(int encoder, int width, int height, bool high)
{
    struct rl_video_spec s = { .time_base = { 1, 1000 }, .timescale = 1000, .frame_duration = 40,
                               .encoder = encoder, .preset = 8, .crf = 40, .frame_rate = { 25, 1 },
                               .aspect = { 1, 1 }, .threads = 1 };
    s.picture.width = width;
    s.picture.height = height;
    snprintf(s.picture.pixel_format, sizeof(s.picture.pixel_format), high ? "yuv420p10le" : "yuv420p");
    s.picture.colour = (struct rl_colour){ .primaries = 1, .transfer = 1, .matrix = 1, .chroma_location = 1 };
    if (high) {
        s.picture.colour = (struct rl_colour){ .primaries = 9, .transfer = 16, .matrix = 9, .chroma_location = 3 };
        s.mastering = (struct rl_mastering){ 1, { { 34000, 50000 }, { 16000, 50000 } },
                                             { { 13250, 50000 }, { 34500, 50000 } },
                                             { { 7500, 50000 }, { 3000, 50000 } },
                                             { { 15635, 50000 }, { 16450, 50000 } }, { 1000, 1 }, { 5, 1000 } };
        s.light = (struct rl_light){ 1, 1000, 400 };
    }
    return s;
}

/* A moving gradient; the same number gives the same frame. */
static inline AVFrame *kit_frame(const struct rl_video_spec *spec, int number, int64_t pts)
{
    AVFrame *f = av_frame_alloc();
    assert_non_null(f);
    f->format = av_get_pix_fmt(spec->picture.pixel_format);
    f->width = spec->picture.width;
    f->height = spec->picture.height;
    assert_int_equal(av_frame_get_buffer(f, 0), 0);
    bool high = f->format == AV_PIX_FMT_YUV420P10;
    for (int p = 0; p < 3; p++) {
        int w = p ? (f->width + 1) / 2 : f->width, h = p ? (f->height + 1) / 2 : f->height;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                int v = (x * 3 + y * 2 + number * (5 + p) + ((x ^ y) & 8)) & 255;
                if (high)
                    ((uint16_t *)(void *)(f->data[p] + y * f->linesize[p]))[x] = (uint16_t)(v << 2);
                else
                    f->data[p][y * f->linesize[p] + x] = (uint8_t)v;
            }
    }
    f->pts = pts;
    return f;
}

/* Runs a command and returns its standard output in a static buffer. */
static inline const char *kit_run(const char *format, ...)
{
    static char out[65536];
    char command[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(out, 1, sizeof(out) - 1, pipe);
    out[n] = 0;
    pclose(pipe);
    return out;
}

static inline bool kit_has(const char *program)
{
    return *kit_run("command -v %s", program) != 0;
}

static inline void kit_write(const char *path, const void *data, size_t size, const char *mode)
{
    FILE *f = fopen(path, mode);
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    fclose(f);
}

#endif
