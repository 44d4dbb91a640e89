/*
 * WebP with libwebp. What is lossy goes in as YCbCr, so that libwebp converts nothing; what is lossless as RGBA, with
 * the colours under transparent pixels kept. libwebp has no threads for a lossy picture (for the search for segments
 * and for alpha only), and the bytes do not depend on them.
 */
#include "write.h"

#if RL_HAVE_WEBP

#include "webp.h"

#include <limits.h>
#include <string.h>

/* Speed levels to libwebp's methods: 3 is where rate-distortion search begins, which takes three times as long as 2. */
static const int methods[10] = { 6, 6, 5, 5, 4, 3, 2, 1, 1, 0 };
/* Lossless: to libwebp's own levels, 0 … 9, slow and small at 9. */
static const int lossless_levels[10] = { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 };

bool rl_writer_webp_present(void)
{
    return true;
}

int rl_webp_failed(struct rl_webp_writer *w, int webp_error)
{
    static const char *const texts[] = {
        [VP8_ENC_ERROR_NULL_PARAMETER] = "null parameter",
        [VP8_ENC_ERROR_INVALID_CONFIGURATION] = "invalid configuration",
        [VP8_ENC_ERROR_BAD_DIMENSION] = "bad dimension",
        [VP8_ENC_ERROR_PARTITION0_OVERFLOW] = "partition 0 is over 512 KiB",
        [VP8_ENC_ERROR_PARTITION_OVERFLOW] = "a partition is over 16 MiB",
        [VP8_ENC_ERROR_BAD_WRITE] = "bad write",
        [VP8_ENC_ERROR_FILE_TOO_BIG] = "the file is over 4 GiB",
    };
    struct rl_flow *flow = w->head.flow;
    bool known = webp_error >= 0 && webp_error < (int)(sizeof(texts) / sizeof(texts[0]));
    const char *text = known ? texts[webp_error] : NULL;

    if (webp_error == VP8_ENC_ERROR_USER_ABORT)
        return rl_err(flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
    if (webp_error == VP8_ENC_ERROR_OUT_OF_MEMORY || webp_error == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY)
        return rl_err_nomem(flow->err, "picture");
    rl_err(flow->err, REEL_ERR_ENCODER, "picture", "libwebp: %s", text ? text : "unknown error");
    rl_err_upstream(flow->err, "libwebp", webp_error);
    return REEL_ERR_ENCODER;
}

static int ask(int percent, const WebPPicture *picture)
{
    struct rl_webp_writer *w = picture->user_data;

    (void)percent;
    return !rl_flow_cancelled(w->head.flow);
}

static int take_bytes(const uint8_t *data, size_t size, const WebPPicture *picture)
{
    struct rl_buf *out = picture->custom_ptr;

    rl_buf_add(out, data, size);
    return !out->failed;
}

int rl_webp_picture(struct rl_webp_writer *w, WebPPicture *picture, const AVFrame *frame, AVFrame *own)
{
    struct rl_flow *flow = w->head.flow;
    enum AVPixelFormat format = (enum AVPixelFormat)frame->format;

    if (!WebPPictureInit(picture))
        return rl_err(flow->err, REEL_ERR_ENCODER, "picture", "another version of libwebp than this was built for");
    picture->width = frame->width;
    picture->height = frame->height;
    picture->progress_hook = ask;
    picture->user_data = w;
    if (format == AV_PIX_FMT_RGBA) {
        picture->use_argb = 1;
        return WebPPictureImportRGBA(picture, frame->data[0], frame->linesize[0]) ? 0
                                                                                  : rl_err_nomem(flow->err, "picture");
    }
    if (format != AV_PIX_FMT_YUV420P && format != AV_PIX_FMT_YUVA420P)
        return rl_err(flow->err, REEL_ERR_INTERNAL, "picture", "pixel format %d does not go into WebP", frame->format);
    if (format == AV_PIX_FMT_YUVA420P) {
        /* libwebp flattens what is transparent, in place. */
        if (av_frame_ref(own, frame) < 0 || av_frame_make_writable(own) < 0)
            return rl_err_nomem(flow->err, "picture");
        frame = own;
        picture->colorspace = WEBP_YUV420A;
        picture->a = frame->data[3];
        picture->a_stride = frame->linesize[3];
    }
    picture->y = frame->data[0];
    picture->u = frame->data[1];
    picture->v = frame->data[2];
    picture->y_stride = frame->linesize[0];
    picture->uv_stride = frame->linesize[1];
    return 0;
}

/*
 * A large picture of much detail may not fit into the partitions that VP8 has: then without the modes of small blocks, which
 * methods 0 and 1 cannot leave out, and in more partitions.
 */
int rl_webp_encode(struct rl_webp_writer *w, WebPPicture *picture, struct rl_buf *out)
{
    WebPConfig config = w->config;
    size_t before = out->size;

    picture->writer = take_bytes;
    picture->custom_ptr = out;
    for (;;) {
        if (WebPEncode(&config, picture))
            return 0;
        out->size = before;
        if (out->failed)
            return rl_err_nomem(w->head.flow->err, "picture");
        if (picture->error_code == VP8_ENC_ERROR_PARTITION0_OVERFLOW && config.partition_limit < 100) {
            config.partition_limit = 100;
            config.method = config.method < 2 ? 2 : config.method;
        } else if (picture->error_code == VP8_ENC_ERROR_PARTITION_OVERFLOW && config.partitions < 3) {
            config.partitions = 3;
        } else {
            return rl_webp_failed(w, picture->error_code);
        }
        picture->error_code = VP8_ENC_OK;
    }
}

static int add_still(struct rl_webp_writer *w, const AVFrame *frame)
{
    WebPPicture picture;
    AVFrame *own = av_frame_alloc();

    if (!own)
        return rl_err_nomem(w->head.flow->err, "picture");
    int rc = rl_webp_picture(w, &picture, frame, own);
    if (rc >= 0)
        rc = rl_webp_encode(w, &picture, &w->still);
    WebPPictureFree(&picture);
    av_frame_free(&own);
    return rc;
}

static int webp_add(struct rl_writer *writer, const AVFrame *frame, int64_t start, int64_t duration, bool single)
{
    struct rl_webp_writer *w = (struct rl_webp_writer *)writer;
    int rc = 0;

    if (single)
        return add_still(w, frame);
    if (!w->animation)
        rc = rl_webp_animation_open(w, frame);
    return rc < 0 ? rc : rl_webp_animation_add(w, frame, start, duration);
}

static WebPMuxError set_chunk(WebPMux *mux, WebPMuxError so_far, const char *name, const uint8_t *data, size_t size)
{
    WebPData chunk = { data, size };

    return so_far == WEBP_MUX_OK && size ? WebPMuxSetChunk(mux, name, &chunk, 0) : so_far;
}

static int webp_finish(struct rl_writer *writer, struct rl_buf *file)
{
    struct rl_webp_writer *w = (struct rl_webp_writer *)writer;
    const struct rl_writer_params *p = &writer->params;
    struct rl_flow *flow = writer->flow;
    WebPMux *mux = NULL;
    WebPData whole = { NULL, 0 };
    WebPMuxError error = WEBP_MUX_OK;
    int rc = 0;

    if (w->animation) {
        rc = rl_webp_animation_finish(w, &mux);
        if (rc < 0)
            return rc;
    } else if (!p->icc_size && !p->exif_size && !p->xmp_size) {
        rl_buf_add(file, w->still.data, w->still.size);
        return 0;
    } else {
        WebPData still = { w->still.data, w->still.size };
        mux = WebPMuxCreate(&still, 0);
        if (!mux)
            return rl_err_nomem(flow->err, "picture");
    }
    error = set_chunk(mux, error, "ICCP", p->icc, p->icc_size);
    error = set_chunk(mux, error, "EXIF", p->exif, p->exif_size);
    error = set_chunk(mux, error, "XMP ", p->xmp, p->xmp_size);
    if (error == WEBP_MUX_OK)
        error = WebPMuxAssemble(mux, &whole);
    if (error == WEBP_MUX_OK) {
        int frames = 0;
        if (w->animation && WebPMuxNumChunks(mux, WEBP_CHUNK_ANMF, &frames) == WEBP_MUX_OK)
            writer->frames = (uint64_t)(frames > 1 ? frames : 1);
        rl_buf_add(file, whole.bytes, whole.size);
    } else {
        rc = error == WEBP_MUX_MEMORY_ERROR
                 ? rl_err_nomem(flow->err, "picture")
                 : rl_err(flow->err, REEL_ERR_ENCODER, "picture", "libwebpmux: error %d", (int)error);
    }
    WebPDataClear(&whole);
    WebPMuxDelete(mux);
    return rc;
}

static void webp_close(struct rl_writer *writer)
{
    struct rl_webp_writer *w = (struct rl_webp_writer *)writer;

    rl_webp_animation_close(w);
    rl_buf_free(&w->still);
    rl_free(writer->flow->env, w);
}

static const struct rl_writer_ops webp_ops = { webp_add, webp_finish, webp_close };

static bool configure(WebPConfig *c, const struct rl_writer_params *p)
{
    if (!WebPConfigInit(c))
        return false;
    if (p->lossless) {
        if (!WebPConfigLosslessPreset(c, lossless_levels[p->speed]))
            return false;
        c->exact = 1;
    } else {
        c->quality = rl_quality_webp(p->quality);
        c->method = methods[p->speed];
        c->alpha_quality = p->quality >= 60 ? 100 : 40 + p->quality;
        c->alpha_filtering = c->method < 2 ? 0 : 1;
    }
    c->thread_level = p->threads > 1;
    return WebPValidateConfig(c);
}

int rl_writer_open_webp(struct rl_writer **out, const struct rl_writer *head)
{
    struct rl_webp_writer *w = rl_calloc(head->flow->env, 1, sizeof(*w));

    if (!w)
        return rl_err_nomem(head->flow->err, "picture");
    w->head = *head;
    w->head.ops = &webp_ops;
    rl_buf_init(&w->still, head->flow->env);
    if (!configure(&w->config, &head->params)) {
        webp_close(&w->head);
        return rl_err(head->flow->err, REEL_ERR_ENCODER, "picture", "libwebp refuses its configuration");
    }
    *out = &w->head;
    return 0;
}

#else

bool rl_writer_webp_present(void)
{
    return false;
}

int rl_writer_open_webp(struct rl_writer **out, const struct rl_writer *head)
{
    *out = NULL;
    return rl_err(head->flow->err, REEL_ERR_UNSUPPORTED, "picture", "this build does not write WebP");
}

#endif
