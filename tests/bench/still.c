/*
 * One picture through reader, pixels and writer in this process, for pictures.sh:
 *
 *   still FORMAT SPEED QUALITY WIDTH THREADS RUNS INPUT OUTPUT
 *
 * FORMAT is avif or webp, INPUT a .jpg, .png or .heic, and a WIDTH of 0 leaves the size as it is. Prints the median ms
 * of all, of reading, of the pixels and of writing, and the bytes.
 */
#include "base/time.h"
#include "media/engine_state.h"
#include "media/still/pixels.h"
#include "media/still/writer.h"

#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RUNS 100

static bool cancelled(void *user)
{
    (void)user;
    return false;
}

static uint8_t *load(const char *name, size_t *size)
{
    FILE *f = fopen(name, "rb");
    uint8_t *data = NULL;
    long end;

    if (f && fseek(f, 0, SEEK_END) == 0 && (end = ftell(f)) > 0 && (data = malloc((size_t)end))) {
        rewind(f);
        *size = fread(data, 1, (size_t)end, f);
    }
    if (f)
        fclose(f);
    return data;
}

static const char *type_of(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && strcmp(dot, ".png") == 0 ? "png" : dot && strcmp(dot, ".heic") == 0 ? "heif" : "jpeg";
}

/* Sizes and pixel formats as a plan would have them. */
static void fill_spec(struct rl_still_spec *s, const struct rl_still_info *info, int width)
{
    bool turned = info->rotation % 180 != 0;

    s->mirrored = info->mirrored;
    s->rotation = info->rotation;
    s->clap_x = info->crop_x;
    s->clap_y = info->crop_y;
    s->clap_width = info->crop_width;
    s->clap_height = info->crop_height;
    s->width = info->crop_width ? info->crop_width : info->width;
    s->height = info->crop_width ? info->crop_height : info->height;
    if (turned) {
        int32_t w = s->width;
        s->width = s->height;
        s->height = w;
    }
    if (width) {
        s->height = (int32_t)(((int64_t)s->height * width + s->width / 2) / s->width);
        s->width = width;
    }
    s->source = info->colour;
    s->depth = info->bit_depth > 8 && s->format == RL_STILL_AVIF ? 10 : 8;
    s->chroma = info->lossless && s->format == RL_STILL_AVIF ? 444 : 420;
    s->alpha = info->has_alpha;
}

/* us: read, pixels made, written. */
static int once(struct rl_flow *flow, struct rl_still_spec spec, const char *type, const uint8_t *data, size_t size,
                int width, int64_t us[3], struct rl_buf *file)
{
    struct rl_still_hint hint = { .first_only = 1, .threads = spec.threads };
    struct rl_still *still = NULL;
    struct rl_pixels *pixels = NULL;
    struct rl_writer *writer = NULL;
    AVFrame *in = av_frame_alloc(), *made = av_frame_alloc();
    int64_t begin = rl_now();

    if (width) {
        hint.width = width; /* the reader looks at both sides; the shape is that of the picture */
        hint.height = 1;
    }
    int rc = in && made ? rl_still_open(&still, flow, type, data, size, &hint) : REEL_ERR_NOMEM;
    if (rc == 0)
        rc = rl_still_read(still, in);
    us[0] = rl_now() - begin;
    if (rc == 0) {
        fill_spec(&spec, rl_still_info(still), width);
        rc = rl_pixels_open(&pixels, flow, rl_still_info(still), &spec);
    }
    if (rc == 0)
        rc = rl_pixels_run(pixels, in, made);
    us[1] = rl_now() - begin - us[0];
    if (rc == 0) {
        struct rl_writer_params params = { .format = spec.format, .width = made->width, .height = made->height,
            .quality = spec.quality, .speed = spec.speed, .threads = spec.threads,
            .colour = { (int32_t)made->color_primaries, (int32_t)made->color_trc, (int32_t)made->colorspace,
                        made->color_range == AVCOL_RANGE_JPEG, (int32_t)made->chroma_location } };
        params.icc = rl_pixels_icc(pixels, &params.icc_size);
        rc = rl_writer_open(&writer, flow, &params);
    }
    if (rc == 0)
        rc = rl_writer_add(writer, made);
    if (rc == 0)
        rc = rl_writer_finish(writer, file);
    rl_writer_close(&writer);
    us[2] = rl_now() - begin - us[0] - us[1];
    rl_pixels_close(&pixels);
    rl_still_close(&still);
    av_frame_free(&in);
    av_frame_free(&made);
    return rc;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static double median_ms(int64_t *us, int count)
{
    qsort(us, (size_t)count, sizeof(*us), by_value);
    return (double)us[count / 2] / 1000;
}

int main(int argc, char **argv)
{
    struct rl_env env;
    struct rl_engine engine = { .env = &env };
    struct rl_job_host host = { .cancelled = cancelled };
    reel_error err = RL_ERROR_INIT;
    struct rl_flow flow = { &env, &host, &err, &engine };
    struct rl_buf file;
    int64_t all[MAX_RUNS], parts[3][MAX_RUNS], us[3];
    size_t size = 0;

    if (argc != 9)
        return 2;
    av_log_set_level(AV_LOG_QUIET);
    struct rl_still_spec spec = { .format = strcmp(argv[1], "webp") == 0 ? RL_STILL_WEBP : RL_STILL_AVIF,
                                  .speed = atoi(argv[2]), .quality = atoi(argv[3]), .threads = atoi(argv[5]) };
    int width = atoi(argv[4]), runs = atoi(argv[6]), rc = rl_env_init(&env, NULL, &err);
    uint8_t *data = load(argv[7], &size);
    runs = runs < 1 ? 1 : runs > MAX_RUNS ? MAX_RUNS : runs;
    if (rc < 0 || !data)
        return 1;
    rl_buf_init(&file, &env);
    for (int i = 0; i < runs && rc >= 0; i++) {
        file.size = 0;
        rc = once(&flow, spec, type_of(argv[7]), data, size, width, us, &file);
        all[i] = us[0] + us[1] + us[2];
        for (int k = 0; k < 3; k++)
            parts[k][i] = us[k];
    }
    if (rc >= 0) {
        FILE *out = fopen(argv[8], "wb");
        if (!out || fwrite(file.data, 1, file.size, out) != file.size || fclose(out) != 0)
            rc = REEL_ERR_IO;
    }
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[7], err.text);
    else
        printf("%.1f %.1f %.1f %.1f %zu\n", median_ms(all, runs), median_ms(parts[0], runs), median_ms(parts[1], runs),
               median_ms(parts[2], runs), file.size);
    rl_buf_free(&file);
    free(data);
    return rc < 0;
}
