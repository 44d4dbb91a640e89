/* Writing pictures into a folder that goes away, and asking other programs about them. */
#ifndef RL_TEST_WRITE_KIT_H
#define RL_TEST_WRITE_KIT_H

#include "media/still/write/write.h"
#include "run_kit.h"

#include <sys/stat.h>

struct kit {
    struct run_kit run;
    char dir[64];
    struct rl_buf file;
};

static inline void kit_begin(struct kit *k)
{
    run_begin(&k->run);
    strcpy(k->dir, "/tmp/reel-write-XXXXXX");
    assert_non_null(mkdtemp(k->dir));
    rl_buf_init(&k->file, &k->run.env);
}

static inline void kit_end(struct kit *k)
{
    char command[160];

    snprintf(command, sizeof(command), "rm -rf '%s'", k->dir);
    assert_int_equal(system(command), 0);
    rl_buf_free(&k->file);
    run_end(&k->run);
}

static inline void need(const struct kit *k, const char *program)
{
    char command[160];

    snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
    if (system(command) != 0) {
        print_message("skipped: no %s\n", program);
        rmdir(k->dir);
        skip();
    }
}

/* Runs a command in the folder of the kit; everything it says, ended by 0, to be freed. */
static inline char *say(const struct kit *k, const char *command)
{
    char line[1024];
    size_t size = 0, room = 1 << 16;
    char *text = malloc(room);

    snprintf(line, sizeof(line), "cd '%s' && { %s; } 2>&1", k->dir, command);
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    size = fread(text, 1, room - 1, pipe);
    text[size] = 0;
    int status = pclose(pipe);
    if (status != 0)
        print_message("%s: %s\n", command, text);
    assert_int_equal(status, 0);
    return text;
}

static inline uint8_t *slurp(const struct kit *k, const char *name, size_t *size)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", k->dir, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &st), 0);
    *size = (size_t)st.st_size;
    uint8_t *data = malloc(*size + 1);
    assert_int_equal(fread(data, 1, *size, f), *size);
    data[*size] = 0;
    fclose(f);
    return data;
}

static inline void save(const struct kit *k, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", k->dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(k->file.data, 1, k->file.size, f), k->file.size);
    fclose(f);
}

/* A picture with slopes, edges and noise in every plane, others for other seeds. */
static AVFrame *picture(enum AVPixelFormat format, int width, int height, unsigned seed)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(format);
    AVFrame *f = av_frame_alloc();
    int depth = d->comp[0].depth;
    uint32_t noise = seed * 2654435761u + 1;

    f->format = format;
    f->width = width;
    f->height = height;
    assert_true(av_frame_get_buffer(f, 0) >= 0);
    for (int i = 0; i < 4 && f->data[i]; i++) {
        bool chroma = i == 1 || i == 2;
        int w = chroma ? AV_CEIL_RSHIFT(width, d->log2_chroma_w) : width;
        int h = chroma ? AV_CEIL_RSHIFT(height, d->log2_chroma_h) : height;
        w *= d->flags & AV_PIX_FMT_FLAG_PLANAR || d->nb_components == 1 ? 1 : d->nb_components;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                noise = noise * 1664525u + 1013904223u;
                unsigned v = (unsigned)(x * (2 + i) + y * 3 + (int)seed * 16 +
                                        (((x >> 4) + (y >> 4)) & 1) * 60) + (noise >> 29);
                if (depth == 8)
                    f->data[i][y * f->linesize[i] + x] = (uint8_t)(16 + v % 220);
                else
                    ((uint16_t *)(void *)(f->data[i] + y * f->linesize[i]))[x] =
                        (uint16_t)((16 + v % 220) << (depth - 8) | (noise >> 20 & ((1u << (depth - 8)) - 1)));
            }
    }
    return f;
}

static inline struct rl_writer_params params_of(int format, const AVFrame *frame)
{
    return (struct rl_writer_params){ .format = format, .width = frame->width, .height = frame->height, .quality = 60,
                                      .speed = 6, .threads = 1, .colour = { 1, 13, 6, format == RL_STILL_AVIF, 0 } };
}

/* Into k->file. frames end with NULL. */
static inline int write_frames(struct kit *k, const struct rl_writer_params *params, AVFrame **frames)
{
    struct rl_writer *w = NULL;

    k->file.size = 0;
    k->run.err = RL_ERROR_INIT;
    int rc = rl_writer_open(&w, &k->run.flow, params);
    for (; rc >= 0 && *frames; frames++)
        rc = rl_writer_add(w, *frames);
    if (rc >= 0)
        rc = rl_writer_finish(w, &k->file);
    rl_writer_close(&w);
    if (rc < 0)
        assert_int_equal(k->run.err.code, rc);
    return rc;
}

static inline int write_one(struct kit *k, const struct rl_writer_params *params, AVFrame *frame)
{
    AVFrame *frames[2] = { frame, NULL };

    return write_frames(k, params, frames);
}

#endif
