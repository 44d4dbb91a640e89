/* Readers of pictures under test: opened on bytes in memory, and run over every sample of a kind. */
#ifndef RL_TEST_READER_KIT_H
#define RL_TEST_READER_KIT_H

#include "base/time.h"
#include "media/still/still.h"
#include "run_kit.h"

#include <dirent.h>
#include <libavutil/pixdesc.h>
#include <strings.h>
#include <sys/stat.h>

struct reader_kit {
    struct run_kit run;
    struct rl_still *still;
    AVFrame *frame;
    struct rl_still_hint hint;
    uint8_t *file; /* of reader_load */
    size_t size;
};

static inline void reader_begin(struct reader_kit *k)
{
    memset(k, 0, sizeof(*k));
    run_begin(&k->run);
    av_log_set_level(AV_LOG_QUIET);
    k->frame = av_frame_alloc();
    k->hint.threads = 2;
}

static inline void reader_close(struct reader_kit *k)
{
    if (k->still)
        k->still->ops->close(k->still);
    k->still = NULL;
    av_frame_unref(k->frame);
}

static inline int reader_open(struct reader_kit *k, int (*open)(struct rl_still **, const struct rl_still *),
                              const void *data, size_t size)
{
    struct rl_still head = { .flow = &k->run.flow, .data = data, .size = size, .hint = k->hint };

    reader_close(k);
    run_reset(&k->run);
    head.info.frames = 1;
    head.info.bit_depth = 8;
    head.info.pixel_format = AV_PIX_FMT_NONE;
    head.info.colour = (struct rl_colour){ 2, 2, 2, 0, 0 };
    return open(&k->still, &head);
}

static inline int reader_read(struct reader_kit *k)
{
    av_frame_unref(k->frame);
    return k->still->ops->read(k->still, k->frame);
}

static inline void reader_end(struct reader_kit *k)
{
    reader_close(k);
    av_frame_free(&k->frame);
    free(k->file);
    k->file = NULL;
    run_end(&k->run);
}

/* A whole file into k->file; false: it is not there. */
static inline bool reader_load(struct reader_kit *k, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    free(k->file);
    k->file = NULL;
    if (fd < 0)
        return false;
    assert_int_equal(fstat(fd, &st), 0);
    k->size = (size_t)st.st_size;
    k->file = malloc(k->size + 1);
    assert_int_equal(read(fd, k->file, k->size), (ssize_t)k->size);
    close(fd);
    return true;
}

static inline void reader_sample(struct reader_kit *k, const char *name)
{
    char path[4096];

    snprintf(path, sizeof(path), "../shared/media/%s", name);
    if (!reader_load(k, path)) {
        print_message("skipped: no %s\n", name);
        reader_end(k);
        skip();
    }
}

/* One sample of 8 or more bits, whichever the frame has. */
static inline unsigned reader_sample_at(const AVFrame *f, int plane, int x, int y)
{
    const uint8_t *row = f->data[plane] + (ptrdiff_t)y * f->linesize[plane];
    uint16_t wide;

    if (av_pix_fmt_desc_get(f->format)->comp[0].depth <= 8)
        return row[x];
    memcpy(&wide, row + 2 * (ptrdiff_t)x, 2);
    return wide;
}

/*
 * Every file of a folder with one of the endings, each also cut short and with bytes overturned: it is read, or refused with a
 * text, and within two seconds.
 */
static inline void reader_over_all(int (*open)(struct rl_still **, const struct rl_still *), const char *const *endings)
{
    static const char *const folders[] = { "AOMediaCodec", "androidx", "ianare", "immich-app", "lovell",
                                           "mozilla", "nokiatech", "python-pillow", "strukturag" };
    struct reader_kit k;
    char path[8192];
    int files = 0, good = 0;

    reader_begin(&k);
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "../shared/media/%s", folders[i]);
        DIR *dir = opendir(path);
        struct dirent *e;
        while (dir && (e = readdir(dir))) {
            const char *dot = strrchr(e->d_name, '.');
            bool ours = false;
            for (const char *const *end = endings; dot && *end; end++)
                ours = ours || !strcasecmp(dot + 1, *end);
            snprintf(path, sizeof(path), "../shared/media/%s/%s", folders[i], e->d_name);
            if (!ours || !reader_load(&k, path))
                continue;
            files++;
            size_t whole = k.size;
            for (int round = 0; round < (whole < 100000 ? 3 : 1); round++) {
                size_t size = round == 1 ? whole * 2 / 3 : whole;
                if (round == 2)
                    for (size_t at = 97; at < whole; at += 401)
                        k.file[at] ^= (uint8_t)(at * 31);
                int64_t begun = rl_now();
                uint64_t frames = 0;
                int rc = reader_open(&k, open, k.file, size);
                while (rc == 0 && (rc = reader_read(&k)) == 0) {
                    frames++;
                    assert_non_null(av_get_pix_fmt_name(k.frame->format));
                    assert_true(k.frame->width > 0 && k.frame->height > 0);
                    assert_int_not_equal(k.frame->colorspace, AVCOL_SPC_UNSPECIFIED);
                    assert_int_not_equal(k.frame->color_range, AVCOL_RANGE_UNSPECIFIED);
                }
                if (rc < 0 && !k.run.err.text[0])
                    print_error("%s: %d without a text\n", path, rc);
                assert_true(rc == REEL_END ? frames > 0 : k.run.err.text[0] != 0);
                assert_int_equal(rc == REEL_END ? 0 : k.run.err.code, rc == REEL_END ? 0 : rc);
                if (rl_now() - begun > 2000000)
                    print_message("%s took %d ms\n", path, (int)((rl_now() - begun) / 1000));
                /* Two, on a machine that does nothing else and has no sanitizer. */
                assert_true(rl_now() - begun < 20000000);
                good += rc == REEL_END && round == 0;
            }
        }
        if (dir)
            closedir(dir);
    }
    reader_end(&k);
    if (!files) {
        print_message("skipped: no ../shared/media\n");
        skip();
    }
    print_message("%d of %d read\n", good, files);
    assert_true(good > files / 3);
}

#endif
