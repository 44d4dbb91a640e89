#include "still.h"

#include "../../base/io.h"
#include "../compat.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int open_png(struct rl_still **out, const struct rl_still *head)
{
    return rl_still_open_coded(out, head, "png");
}

static int open_gif(struct rl_still **out, const struct rl_still *head)
{
    return rl_still_open_coded(out, head, "gif");
}

static int open_tiff(struct rl_still **out, const struct rl_still *head)
{
    return rl_still_open_coded(out, head, "tiff");
}

static int open_bmp(struct rl_still **out, const struct rl_still *head)
{
    return rl_still_open_coded(out, head, "bmp");
}

static const /* Pixels of an animation that a byte of its file may stand for; screen recordings come to some thousands. */
#define PIXELS_PER_BYTE 16384

struct kind {
    const char *type;
    int (*open)(struct rl_still **out, const struct rl_still *head); /* NULL: not in this build */
} kinds[] = {
#if RL_HAVE_JPEG
    { "jpeg", rl_still_open_jpeg },
#else
    { "jpeg", NULL },
#endif
    { "png", open_png },
    { "gif", open_gif },
    { "tiff", open_tiff },
    { "bmp", open_bmp },
#if RL_HAVE_WEBP
    { "webp", rl_still_open_webp },
#else
    { "webp", NULL },
#endif
#if RL_HAVE_HEIF
    { "heif", rl_still_open_heif },
    { "heic", rl_still_open_heif },
#else
    { "heif", NULL },
    { "heic", NULL },
#endif
#if RL_HAVE_AVIF
    { "avif", rl_still_open_avif },
#else
    { "avif", NULL },
#endif
};

static const struct kind *find(const char *type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (!strcmp(type, kinds[i].type))
            return &kinds[i];
    return NULL;
}

bool rl_still_type(const char *type)
{
    return find(type) != NULL;
}

bool rl_still_present(const char *type)
{
    const struct kind *kind = find(type);

    return kind && kind->open;
}

int rl_still_check_size(struct rl_flow *flow, int64_t width, int64_t height)
{
    if (width <= 0 || height <= 0)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "picture", "a picture of %lld x %lld has no pixels",
                      (long long)width, (long long)height);
    if (width > INT32_MAX / 16 || height > INT32_MAX / 16 ||
        (uint64_t)width * (uint64_t)height > flow->env->limits.pixels)
        return rl_err(flow->err, REEL_ERR_LIMIT_PIXELS, "picture", "%lld x %lld is over the limit of %llu pixels",
                      (long long)width, (long long)height, (unsigned long long)flow->env->limits.pixels);
    /* Eight bytes of a pixel are the most that a frame has; a reader and its caller hold two or three of them. */
    if ((uint64_t)width * (uint64_t)height > flow->env->limits.memory_bytes / 8)
        return rl_err(flow->err, REEL_ERR_LIMIT_MEMORY, "picture", "%lld x %lld is over the limit of memory",
                      (long long)width, (long long)height);
    return 0;
}

void rl_still_tag(const struct rl_still *still, AVFrame *frame)
{
    const struct rl_colour *c = &still->info.colour;

    frame->color_primaries = (enum AVColorPrimaries)c->primaries;
    frame->color_trc = (enum AVColorTransferCharacteristic)c->transfer;
    frame->colorspace = (enum AVColorSpace)c->matrix;
    frame->color_range = c->full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    frame->chroma_location = (enum AVChromaLocation)c->chroma_location;
    frame->sample_aspect_ratio = (AVRational){ 0, 1 };
    frame->pts = 0;
    rl_frame_set_duration(frame, 0);
}

int rl_still_open(struct rl_still **out, struct rl_flow *flow, const char *type, const uint8_t *data, size_t size,
                  const struct rl_still_hint *hint)
{
    struct rl_still head = { .flow = flow, .data = data, .size = size };
    const struct kind *kind = find(type);

    *out = NULL;
    if (!kind)
        return rl_err(flow->err, REEL_ERR_FORMAT, "picture", "%s is no type of picture", type);
    if (!kind->open)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "picture", "this build does not read %s", type);
    if (!size)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "picture", "the file is empty");
    if (hint)
        head.hint = *hint;
    if (head.hint.threads < 1)
        head.hint.threads = 1;
    head.info.frames = 1;
    head.info.bit_depth = 8;
    head.info.pixel_format = AV_PIX_FMT_NONE;
    head.info.colour = (struct rl_colour){ 2, 2, 2, 0, 0 };
    return kind->open(out, &head);
}

const struct rl_still_info *rl_still_info(const struct rl_still *still)
{
    return &still->info;
}

/*
 * An animation of a kilobyte may have thousands of frames of the largest canvas. All of its pixels together are bound by
 * what a few pictures may have and by the bytes that it took to say them.
 */
static int check_pixels(const struct rl_still *still)
{
    const struct rl_still_info *info = &still->info;
    uint64_t canvas = (uint64_t)info->width * (uint64_t)info->height;
    uint64_t frames = info->frames > still->given ? info->frames : still->given + 1;
    uint64_t most = 2 * still->flow->env->limits.pixels + PIXELS_PER_BYTE * (uint64_t)still->size;

    if (still->hint.first_only || frames < 2 || canvas == 0 || frames <= most / canvas)
        return 0;
    return rl_err(still->flow->err, REEL_ERR_LIMIT_PIXELS, "picture",
                  "%llu frames of %d x %d are over what %llu bytes may bring", (unsigned long long)frames,
                  (int)info->width, (int)info->height, (unsigned long long)still->size);
}

int rl_still_read(struct rl_still *still, AVFrame *frame)
{
    struct rl_flow *flow = still->flow;
    int rc = check_pixels(still);

    if (rc < 0)
        return rc;

    if (rl_flow_cancelled(flow))
        return rl_err(flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
    if (still->hint.first_only && still->given)
        return REEL_END;
    rc = still->ops->read(still, frame);
    if (rc != 0) {
        av_frame_unref(frame);
        return rc;
    }
    if (++still->given > flow->env->limits.frames) {
        av_frame_unref(frame);
        return rl_err(flow->err, REEL_ERR_LIMIT_FRAMES, "picture", "more than %llu frames are over the limit",
                      (unsigned long long)flow->env->limits.frames);
    }
    return 0;
}

uint64_t rl_still_damage(const struct rl_still *still)
{
    return still->damage;
}

void rl_still_close(struct rl_still **still)
{
    struct rl_still *s = *still;

    *still = NULL;
    if (s)
        s->ops->close(s);
}

int rl_still_load(struct rl_flow *flow, int fd, uint8_t **data, size_t *size)
{
    const struct rl_env *env = flow->env;
    struct stat st;
    int64_t n;

    *data = NULL;
    *size = 0;
    if (fstat(fd, &st) < 0)
        return rl_err_errno(flow->err, errno, "picture", "the input cannot be examined");
    if (st.st_size <= 0)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "picture", "the file is empty");
    if ((uint64_t)st.st_size > env->limits.input_bytes)
        return rl_err(flow->err, REEL_ERR_LIMIT_INPUT, "picture", "%lld bytes are over the limit",
                      (long long)st.st_size);
    if ((uint64_t)st.st_size > env->limits.memory_bytes / 4 || (uint64_t)st.st_size > SIZE_MAX / 4)
        return rl_err(flow->err, REEL_ERR_LIMIT_MEMORY, "picture",
                      "a picture of %lld bytes is over the limit of memory", (long long)st.st_size);
    *data = rl_alloc(env, (size_t)st.st_size + 1);
    if (!*data)
        return rl_err_nomem(flow->err, "picture");
    n = rl_pread(env, fd, *data, (size_t)st.st_size, 0);
    if (n < 0) {
        rl_free(env, *data);
        *data = NULL;
        return rl_err_errno(flow->err, (int)-n, "picture", "the input cannot be read");
    }
    (*data)[n] = 0;
    *size = (size_t)n;
    return 0;
}
