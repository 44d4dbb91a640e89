/*
 * The preview job in one process, for previews.sh:
 *
 *   previews thumb FILE RUNS          median and least ms of a 320 px WebP (open, choose among five, write), keyframes decoded
 *   previews one FILE OUTPUT          once, into a file: to be measured from outside
 *   previews storyboard FILE SECONDS  s and keyframes of a storyboard with a tile each so many seconds
 *   previews folder FILE...           ms of each, the slowest last
 */
#include "base/time.h"
#include "media/engine_state.h"
#include "media/jobs.h"

#include <reel/input.h>

#include <fcntl.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_RUNS 1000

static const char *output; /* where the poster goes; NULL: nowhere */

static bool cancelled(void *user)
{
    (void)user;
    return false;
}

static void progress(void *user, int64_t done, uint64_t frames) { (void)user, (void)done, (void)frames; }

static int emit(void *user, const struct rl_chunk_out *chunk, const void *data, size_t size)
{
    FILE *file = output && chunk->index == 0 ? fopen(output, "wb") : NULL;

    (void)user;
    if (!file)
        return output ? REEL_ERR_IO : 0;
    size_t written = fwrite(data, 1, size, file);
    return fclose(file) == 0 && written == size ? 0 : REEL_ERR_IO;
}

struct bench {
    struct rl_env env;
    struct rl_engine engine;
    struct rl_job_host host;
    reel_error err;
    struct rl_flow flow;
    struct rl_preview_spec spec;
};

static void set_up(struct bench *b)
{
    memset(b, 0, sizeof(*b));
    b->err = RL_ERROR_INIT;
    if (rl_env_init(&b->env, NULL, &b->err) < 0)
        exit(1);
    av_log_set_level(AV_LOG_QUIET);
    b->engine.env = &b->env;
    b->host = (struct rl_job_host){ .cancelled = cancelled, .progress = progress, .emit = emit };
    b->flow = (struct rl_flow){ &b->env, &b->host, &b->err, &b->engine };
}

/* What the plan would say: a poster of 320 px in the shape of the picture. false: there is no video. */
static bool plan(struct bench *b, int fd)
{
    struct rl_probe_spec probe = { 0 };
    struct rl_facts facts = { 0 };
    const struct rl_stream *s = NULL;

    if (rl_job_probe(&b->flow, fd, &probe, &facts) < 0)
        return false;
    for (uint32_t i = 0; i < facts.stream_count && !s; i++)
        if (facts.streams[i].kind == REEL_STREAM_VIDEO && facts.streams[i].decodable && !facts.streams[i].broken &&
            !facts.streams[i].attached_picture && facts.streams[i].width > 0 && facts.streams[i].dv_profile != 5)
            s = &facts.streams[i];
    if (s) {
        bool turned = s->rotation % 180 != 0, hdr = s->colour.transfer == 16 || s->colour.transfer == 18;
        bool hd = s->height >= 720 || s->width >= 1280;
        int w = turned ? s->height : s->width, h = turned ? s->width : s->height;
        struct rl_still_spec still = { .rotation = s->rotation,
                                       .mirrored = s->mirrored,
                                       .format = RL_STILL_WEBP,
                                       .quality = 75,
                                       .speed = 6,
                                       .depth = 8,
                                       .chroma = 420,
                                       .metadata = 2,
                                       .threads = 2,
                                       .tonemap = hdr,
                                       .width = w < 320 ? w : 320,
                                       .source = s->colour };
        still.height = (int)((int64_t)still.width * h / w) > 0 ? (int)((int64_t)still.width * h / w) : 1;
        if (s->is_rgb)
            still.source.matrix = 0, still.source.full_range = 1;
        else if (still.source.matrix == 2 || still.source.matrix == 0)
            still.source.matrix = hdr ? 9 : hd ? 1 : 6;
        b->spec = (struct rl_preview_spec){
            .poster = still,
            .posters = 1,
            .columns = 10,
            .rows = 10,
            .tile_width = 160,
            .tile_height = (160 * h + w / 2) / w,
            .source = { .stream = s->index,
                        .time_base = s->time_base,
                        .time = REEL_NO_TIME,
                        .candidates = 5,
                        .origin = s->start == REEL_NO_TIME ? 0 : s->start,
                        .duration = s->duration > 0 ? rl_rescale(s->duration, s->time_base, RL_US) : facts.duration },
        };
        memcpy(b->spec.source.format, facts.format, sizeof(b->spec.source.format));
        memcpy(b->spec.source.codec, s->codec, sizeof(b->spec.source.codec));
    }
    rl_shape_clear(&b->env, &rl_facts_shape, &facts);
    return s != NULL;
}

/* ms, or -1. */
static double once(struct bench *b, int fd, uint64_t *frames)
{
    struct rl_preview_result result;
    int64_t begin = rl_now();
    int rc = rl_job_preview(&b->flow, fd, &b->spec, &result);
    double ms = (double)(rl_now() - begin) / 1000;

    if (frames)
        *frames = result.frames_in;
    rl_shape_clear(&b->env, &rl_preview_result_shape, &result);
    if (rc < 0)
        fprintf(stderr, "%s\n", b->err.text);
    b->err = RL_ERROR_INIT;
    return rc < 0 ? -1 : ms;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int thumb(struct bench *b, int fd, int runs)
{
    static double ms[MAX_RUNS];
    uint64_t frames = 0;

    runs = runs < 1 ? 1 : runs > MAX_RUNS ? MAX_RUNS : runs;
    for (int i = 0; i < runs; i++)
        if ((ms[i] = once(b, fd, &frames)) < 0)
            return 1;
    qsort(ms, (size_t)runs, sizeof(ms[0]), by_size);
    printf("%.1f %.1f %llu\n", ms[runs / 2], ms[0], (unsigned long long)frames);
    return 0;
}

static int folder(struct bench *b, int count, char **paths)
{
    double slowest = 0;
    const char *which = "";
    int files = 0, failed = 0;

    for (int i = 0; i < count; i++) {
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && plan(b, fd)) {
            double ms = once(b, fd, NULL);
            files++;
            failed += ms < 0;
            if (ms > slowest) {
                slowest = ms;
                which = paths[i];
            }
        }
        b->err = RL_ERROR_INIT;
        if (fd >= 0)
            close(fd);
    }
    printf("%.1f %d %d %s\n", slowest, files, failed, which);
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b;

    if (argc < 3)
        return 2;
    set_up(&b);
    if (!strcmp(argv[1], "folder"))
        return folder(&b, argc - 2, argv + 2);
    int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || argc < 4 || !plan(&b, fd)) {
        fprintf(stderr, "%s: no video\n", argv[2]);
        return 1;
    }
    if (!strcmp(argv[1], "thumb"))
        return thumb(&b, fd, atoi(argv[3]));
    if (!strcmp(argv[1], "one")) {
        output = argv[3];
        return once(&b, fd, NULL) < 0;
    }
    uint64_t frames = 0;
    b.spec.posters = 0;
    b.spec.storyboard = 1;
    b.spec.interval = atoll(argv[3]) * 1000000;
    double ms = once(&b, fd, &frames);
    printf("%.2f %llu\n", ms / 1000, (unsigned long long)frames);
    return ms < 0;
}
