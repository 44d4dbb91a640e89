/*
 * HEIF and HEIC by libheif: single pictures, grids, overlays, identities, with alpha. The planes come as they were coded. What
 * irot, imir and clap ask for is read from the boxes, in their order, and told; only where parts of a grid or an overlay are
 * turned on their own does the library turn them. Exif's orientation has no say (ISO/IEC 23000-22, 7.3.10.1).
 */
#include "../still.h"

#if RL_HAVE_HEIF

#include "heif.h"

#include <libavutil/pixdesc.h>
#include <libheif/heif.h>
#include <stdio.h>
#include <string.h>

#define HEIF_AT_LEAST(minor) (LIBHEIF_NUMERIC_VERSION >= ((1 << 24) | ((minor) << 16)))

struct heif {
    struct rl_still head;
    struct rl_boxes boxes;
    bool has_boxes;
    struct rl_heif_item item;
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_image_handle *small; /* a thumbnail that is large enough; NULL: none */
    struct rl_heif_item small_item;
    struct heif_image *image;        /* decoded when opened, where only that tells what it is */
    uint8_t *padded;                 /* a file whose end is missing, with zeros in its place */
    uint8_t *icc, *exif, *xmp;
    bool over;
};

static void heif_close(struct rl_still *still)
{
    struct heif *h = (struct heif *)still;
    const struct rl_env *env = still->flow->env;

    if (h->image)
        heif_image_release(h->image);
    if (h->small)
        heif_image_handle_release(h->small);
    if (h->handle)
        heif_image_handle_release(h->handle);
    if (h->context)
        heif_context_free(h->context);
    rl_free(env, h->padded);
    rl_free(env, h->icc);
    rl_free(env, h->exif);
    rl_free(env, h->xmp);
    rl_free(env, h);
}

static int heif_failed(struct heif *h, struct heif_error e)
{
    struct rl_flow *flow = h->head.flow;
    int code = REEL_ERR_INVALID_DATA;

    if (e.code == heif_error_Memory_allocation_error)
        code = e.subcode == heif_suberror_Security_limit_exceeded ? REEL_ERR_LIMIT_PIXELS : REEL_ERR_NOMEM;
    else if (e.code == heif_error_Unsupported_feature || e.code == heif_error_Unsupported_filetype)
        code = REEL_ERR_UNSUPPORTED;
    rl_err(flow->err, code, "picture", "HEIF: %s", e.message ? e.message : "not readable");
    rl_err_upstream(flow->err, "libheif", (int64_t)e.subcode);
    return code;
}

#if HEIF_AT_LEAST(20)
static int wants_end(void *user)
{
    return rl_flow_cancelled(user);
}
#endif

/* The planes as they are coded are to be asked for by name: libheif 1.15 makes RGB of them otherwise. */
static void coded_layout(const struct rl_planes *p, enum heif_colorspace *space, enum heif_chroma *chroma)
{
    *space = p->mono ? heif_colorspace_monochrome : heif_colorspace_YCbCr;
    *chroma = p->mono      ? heif_chroma_monochrome
              : p->shift_y ? heif_chroma_420
              : p->shift_x ? heif_chroma_422
                           : heif_chroma_444;
}

/* item: what it is, as far as that is known. */
static int decode(struct heif *h, struct heif_image_handle *handle, const struct rl_heif_item *item,
                  struct heif_image **image)
{
    struct heif_decoding_options *options = heif_decoding_options_alloc();
    enum heif_colorspace space = heif_colorspace_undefined;
    enum heif_chroma chroma = heif_chroma_undefined;
    struct heif_error e;

    *image = NULL;
    if (!options)
        return rl_err_nomem(h->head.flow->err, "picture");
    options->ignore_transformations = h->has_boxes && !h->item.turns_inside;
#if HEIF_AT_LEAST(20)
    options->progress_user_data = h->head.flow;
    options->cancel_decoding = wants_end;
#endif
#if HEIF_AT_LEAST(21)
    /* As it is in the file. */
    struct heif_color_profile_nclx *nclx = NULL;
    if (heif_image_handle_get_nclx_color_profile(handle, &nclx).code == heif_error_Ok)
        options->output_image_nclx_profile = nclx;
#endif
    if (item->known)
        coded_layout(&item->planes, &space, &chroma);
    e = heif_decode_image(handle, image, space, chroma, options);
    if (e.code == heif_error_Unsupported_feature && e.subcode == heif_suberror_Unsupported_color_conversion)
        e = heif_decode_image(handle, image, heif_colorspace_undefined, heif_chroma_undefined, options);
#if HEIF_AT_LEAST(21)
    heif_nclx_color_profile_free(nclx);
#endif
    heif_decoding_options_free(options);
    if (rl_flow_cancelled(h->head.flow))
        return rl_err(h->head.flow->err, REEL_ERR_CANCELLED, "picture", "cancelled");
    return e.code == heif_error_Ok ? 0 : heif_failed(h, e);
}

/* The image's planes. 0, REEL_ERR_UNSUPPORTED for interleaved and unknown ones, REEL_ERR_INVALID_DATA. */
static int planes_of(struct heif *h, const struct heif_image *image, struct rl_planes *p)
{
    static const enum heif_channel yuv[4] = { heif_channel_Y, heif_channel_Cb, heif_channel_Cr, heif_channel_Alpha };
    static const enum heif_channel gbr[4] = { heif_channel_G, heif_channel_B, heif_channel_R, heif_channel_Alpha };
    enum heif_colorspace space = heif_image_get_colorspace(image);
    enum heif_chroma chroma = heif_image_get_chroma_format(image);
    reel_error *err = h->head.flow->err;

    *p = (struct rl_planes){ 0 };
    p->mono = space == heif_colorspace_monochrome || chroma == heif_chroma_monochrome;
    p->rgb = space == heif_colorspace_RGB;
    p->shift_x = !p->mono && (chroma == heif_chroma_420 || chroma == heif_chroma_422);
    p->shift_y = !p->mono && chroma == heif_chroma_420;
    if (chroma != heif_chroma_444 && !p->mono && (p->rgb || !p->shift_x))
        return rl_err(err, REEL_ERR_UNSUPPORTED, "picture", "HEIF: its pixels are laid out in a way that is not known");
    p->alpha = heif_image_has_channel(image, heif_channel_Alpha);
    const enum heif_channel *channels = p->rgb ? gbr : yuv;
    p->width = heif_image_get_width(image, channels[0]);
    p->height = heif_image_get_height(image, channels[0]);
    for (int i = 0; i < 4; i++) {
        int stride = 0;
        if (i == 3 ? !p->alpha : i && p->mono)
            continue;
        int width = heif_image_get_width(image, channels[i]), height = heif_image_get_height(image, channels[i]);
        bool sub = i == 1 || i == 2;
        p->data[i] = heif_image_get_plane_readonly(image, channels[i], &stride);
        p->bits[i] = heif_image_get_bits_per_pixel_range(image, channels[i]);
        if (!p->data[i] || stride <= 0 || p->bits[i] < 1 || p->bits[i] > 16 ||
            width < (sub ? AV_CEIL_RSHIFT(p->width, p->shift_x) : p->width) ||
            height < (sub ? AV_CEIL_RSHIFT(p->height, p->shift_y) : p->height))
            return rl_err(err, REEL_ERR_INVALID_DATA, "picture", "HEIF: plane %d does not fit the others", i);
        p->stride[i] = (size_t)stride;
    }
    p->depth = rl_planes_depth(p->bits[0]);
    return rl_still_check_size(h->head.flow, p->width, p->height);
}

/* The code points of a colr box, or of the decoded picture, go before those of the parameter sets. */
static void set_colour(struct heif *h)
{
    struct rl_still_info *info = &h->head.info;
    const struct rl_planes *p = &h->item.planes;
    struct heif_color_profile_nclx *nclx = NULL;
    struct heif_error e = { heif_error_Color_profile_does_not_exist, heif_suberror_Unspecified, "" };

    if (h->handle)
        e = heif_image_handle_get_nclx_color_profile(h->handle, &nclx);
    if (e.code != heif_error_Ok && h->image && !h->item.known)
        e = heif_image_get_nclx_color_profile(h->image, &nclx);
    info->colour = h->item.colour;
    if (e.code == heif_error_Ok && nclx) {
        info->colour = rl_code_points((int)nclx->color_primaries, (int)nclx->transfer_characteristics,
                                      (int)nclx->matrix_coefficients, nclx->full_range_flag, p->shift_x || p->mono);
        info->colour.chroma_location = h->item.colour.chroma_location;
        heif_nclx_color_profile_free(nclx);
    }
    if (h->image && heif_image_get_colorspace(h->image) == heif_colorspace_RGB) {
        info->colour.matrix = 0;
        info->colour.full_range = 1;
    }
    h->item.planes.rgb = info->colour.matrix == 0 && !p->mono && !p->shift_x;
}

static void read_metadata(struct heif *h)
{
    const struct rl_env *env = h->head.flow->env;
    struct rl_still_info *info = &h->head.info;
    heif_item_id ids[16];
    size_t size = heif_image_handle_get_raw_color_profile_size(h->handle);

    if (size && (h->icc = rl_alloc(env, size)) != NULL &&
        heif_image_handle_get_raw_color_profile(h->handle, h->icc).code == heif_error_Ok)
        rl_info_icc(info, h->icc, size);
    int count = heif_image_handle_get_list_of_metadata_block_IDs(h->handle, NULL, ids, 16);
    for (int i = 0; i < count; i++) {
        const char *type = heif_image_handle_get_metadata_type(h->handle, ids[i]);
        bool is_exif = type && !strcmp(type, "Exif") && !h->exif;
        const char *content = is_exif ? NULL : heif_image_handle_get_metadata_content_type(h->handle, ids[i]);
        bool is_xmp = content && !strcmp(content, "application/rdf+xml") && !h->xmp;
        size = heif_image_handle_get_metadata_size(h->handle, ids[i]);
        if (!size || (!is_exif && !is_xmp))
            continue;
        uint8_t *bytes = rl_alloc(env, size);
        if (!bytes)
            return;
        *(is_exif ? &h->exif : &h->xmp) = bytes;
        if (heif_image_handle_get_metadata(h->handle, ids[i], bytes).code != heif_error_Ok)
            continue;
        if (is_exif) {
            rl_info_exif(info, bytes, size, true);
        } else {
            info->xmp = bytes;
            info->xmp_size = size;
        }
    }
}

static bool is_enough(const struct rl_heif_item *item, const struct rl_still_hint *hint)
{
    bool lies = item->turn.rotation % 180 != 0; /* then the hint may be meant either way */
    int64_t width = 2 * (int64_t)hint->width, height = 2 * (int64_t)hint->height;

    return item->width >= width && item->height >= height &&
           (!lies || (item->width >= height && item->height >= width));
}

/* A thumbnail of at least twice what is asked for, of the same shape to a pixel, and turned in the same way. */
static void find_thumbnail(struct heif *h)
{
    heif_item_id ids[8];
    const struct rl_heif_item *item = &h->item;
    reel_error aside = RL_ERROR_INIT;
    struct rl_flow flow = *h->head.flow;
    int count;

    if (!h->has_boxes || item->turns_inside || item->turn.cropped || h->image || h->head.hint.width <= 0 ||
        h->head.hint.height <= 0)
        return;
    flow.err = &aside; /* a thumbnail that is not to be had is no error */
    count = heif_image_handle_get_list_of_thumbnail_IDs(h->handle, ids, 8);
    for (int i = 0; i < count && !h->small; i++) {
        struct rl_heif_item t;
        if (rl_heif_item(&flow, &h->boxes, ids[i], &t) < 0 || !t.known || t.turns_inside || t.turn.cropped)
            continue;
        int64_t width = ((int64_t)item->width * t.height + item->height / 2) / item->height, off = t.width - width;
        if (off < -1 || off > 1 || t.width >= item->width || t.turn.rotation != item->turn.rotation ||
            t.turn.mirrored != item->turn.mirrored || !is_enough(&t, &h->head.hint))
            continue;
        if (heif_image_handle_get_thumbnail(h->handle, ids[i], &h->small).code != heif_error_Ok)
            h->small = NULL;
        h->small_item = t;
        h->small_item.planes.alpha = h->head.info.has_alpha;
        h->small_item.planes.rgb = h->head.info.colour.matrix == 0 && !t.planes.mono && !t.planes.shift_x;
        if (h->small && h->head.info.has_alpha != !!heif_image_handle_has_alpha_channel(h->small)) {
            heif_image_handle_release(h->small);
            h->small = NULL;
        }
    }
}

/* Grids tell of tiles that could not be decoded. */
static void count_warnings(struct heif *h, struct heif_image *image)
{
    int count = heif_image_get_decoding_warnings(image, 0, NULL, 0);

    if (count > 0 && !h->head.damage) {
        h->head.damage += (uint64_t)count;
        snprintf(h->head.info.note, sizeof(h->head.info.note), "parts of the picture could not be decoded");
    }
}

/* The planes as they are coded, where libavcodec can give them. REEL_ERR_DECODER: it cannot. */
static int read_planes(struct heif *h, const struct rl_heif_item *item, AVFrame *frame)
{
    struct rl_still *s = &h->head;
    enum AVPixelFormat format = rl_planes_format(&item->planes);
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(format);
    struct heif_image *image = NULL;
    uint64_t missing;
    int rc;

    if (!item->known || item->turns_inside || !item->width || !desc || format == AV_PIX_FMT_YA8 ||
        desc->comp[0].depth != item->planes.depth || (item->planes.mono && item->planes.alpha))
        return REEL_ERR_DECODER;
    rc = rl_planes_frame(s->flow, frame, format, item->width, item->height, &s->info.colour);
    if (rc == 0)
        rc = rl_heif_decode(s->flow, &h->boxes, item, s->hint.threads, frame, &missing);
    if (rc == 0 && item->planes.alpha) {
        /* Alpha is a picture of its own, and libheif gives it as it is. */
        struct rl_planes all, alpha = { 0 };
        AVFrame *gray = av_frame_alloc();
        if (gray)
            rc = decode(h, item == &h->item ? h->handle : h->small, item, &image);
        else
            rc = rl_err_nomem(s->flow->err, "picture");
        if (rc == 0)
            rc = planes_of(h, image, &all);
        if (rc == 0 && (!all.alpha || all.width != item->width || all.height != item->height))
            rc = REEL_ERR_DECODER;
        if (rc == 0) {
            alpha = (struct rl_planes){ .width = all.width, .height = all.height, .mono = 1,
                                        .depth = item->planes.depth, .data = { all.data[3] },
                                        .stride = { all.stride[3] }, .bits = { all.bits[3] } };
            rc = rl_planes_copy(s->flow, &alpha, &s->info.colour, gray);
        }
        for (int32_t y = 0; rc == 0 && y < all.height; y++)
            memcpy(frame->data[3] + (ptrdiff_t)y * frame->linesize[3], gray->data[0] + (ptrdiff_t)y * gray->linesize[0],
                   (size_t)all.width * (alpha.depth > 8 ? 2 : 1));
        if (image)
            heif_image_release(image);
        av_frame_free(&gray);
    }
    if (rc < 0) {
        av_frame_unref(frame);
        return rc;
    }
    if (missing) {
        s->damage += s->damage ? 0 : missing;
        snprintf(s->info.note, sizeof(s->info.note), "%llu tiles could not be decoded", (unsigned long long)missing);
    }
    frame->pts = 0;
    return 0;
}

static int heif_read(struct rl_still *still, AVFrame *frame)
{
    struct heif *h = (struct heif *)still;
    struct rl_colour colour = still->info.colour;
    struct heif_image *image = h->image;
    struct rl_planes p;
    int rc = 0;

    if (h->over)
        return REEL_END;
    h->over = true;
    h->image = NULL;
    if (!image && h->has_boxes) {
        rc = h->small ? read_planes(h, &h->small_item, frame) : REEL_ERR_DECODER;
        if (rc == REEL_ERR_DECODER)
            rc = read_planes(h, &h->item, frame);
        if (rc == REEL_ERR_DECODER && !h->handle)
            rc = rl_err(still->flow->err, REEL_ERR_INVALID_DATA, "picture", "HEIF: the picture cannot be decoded");
        if (rc != REEL_ERR_DECODER)
            return rc;
        rc = 0;
    }
    if (!image && h->small) {
        reel_error *err = still->flow->err, aside = RL_ERROR_INIT;
        still->flow->err = &aside; /* a broken thumbnail: there is still the picture */
        rc = decode(h, h->small, &h->small_item, &image);
        still->flow->err = err;
        if (rc < 0 && rc != REEL_ERR_CANCELLED)
            image = NULL;
    }
    if (!image)
        rc = decode(h, h->handle, &h->item, &image);
    if (rc < 0)
        return rc;
    rc = planes_of(h, image, &p);
    if (rc == 0) {
        if (p.rgb)
            colour.matrix = 0;
        else if (colour.matrix == 0 && !p.mono && !p.shift_x)
            p.rgb = 1;
        rc = rl_planes_copy(still->flow, &p, &colour, frame);
        still->info.pixel_format = frame->format;
        frame->pts = 0;
        count_warnings(h, image);
    }
    heif_image_release(image);
    return rc;
}

static const struct rl_still_ops heif_ops = { heif_read, heif_close };

/* libheif refuses a file whose extents lie behind its end, and with it the tiles that are there. */
static int pad(struct heif *h, uint64_t end)
{
    const struct rl_still *s = &h->head;

    if (end > s->flow->env->limits.memory_bytes / 4 || end / 64 > s->size)
        return rl_err(s->flow->err, REEL_ERR_INVALID_DATA, "picture", "HEIF: most of the file is missing");
    h->padded = rl_calloc(s->flow->env, 1, (size_t)end);
    if (!h->padded)
        return rl_err_nomem(s->flow->err, "picture");
    size_t there = s->size;
    memcpy(h->padded, s->data, there);
    h->head.data = h->padded;
    h->head.size = (size_t)end;
    h->has_boxes = rl_boxes_open(&h->boxes, h->head.data, h->head.size);
    h->boxes.file.size = there; /* what we decode ourselves ends where the file does */
    h->head.damage++;
    snprintf(h->head.info.note, sizeof(h->head.info.note), "the end is missing");
    return 0;
}

static int open_context(struct heif *h)
{
    const struct rl_still *s = &h->head;
    uint64_t pixels = s->flow->env->limits.pixels;
    struct heif_error e;
    heif_item_id id;

    h->context = heif_context_alloc();
    if (!h->context)
        return rl_err_nomem(s->flow->err, "picture");
    heif_context_set_maximum_image_size_limit(h->context, pixels < 65535 ? (int)pixels : 65535);
#if HEIF_AT_LEAST(19)
    heif_context_get_security_limits(h->context)->max_image_size_pixels = pixels;
#endif
    int threads = s->hint.threads < 2 ? 0 : s->hint.threads > 16 ? 16 : s->hint.threads;
    heif_context_set_max_decoding_threads(h->context, threads);
    e = heif_context_read_from_memory_without_copy(h->context, s->data, s->size, NULL);
    if (e.code != heif_error_Ok)
        return heif_failed(h, e);
    e = heif_context_get_primary_image_handle(h->context, &h->handle);
    if (e.code != heif_error_Ok) {
        h->handle = NULL;
        if (heif_context_get_list_of_top_level_image_IDs(h->context, &id, 1) != 1)
            return heif_failed(h, e);
        e = heif_context_get_image_handle(h->context, id, &h->handle);
        if (e.code != heif_error_Ok) {
            h->handle = NULL;
            return heif_failed(h, e);
        }
        h->has_boxes = false; /* they were read for another one */
        snprintf(h->head.info.note, sizeof(h->head.info.note),
                 "the primary picture is not readable: another one is taken");
    }
    return 0;
}

/* What only the decoded picture tells. */
static int decode_now(struct heif *h)
{
    int rc = rl_still_check_size(h->head.flow, heif_image_handle_get_width(h->handle),
                                 heif_image_handle_get_height(h->handle));

    if (rc == 0)
        rc = decode(h, h->handle, &h->item, &h->image);
    if (rc == 0)
        rc = planes_of(h, h->image, &h->item.planes);
    if (rc < 0)
        return rc;
    if (h->item.planes.width != h->item.width || h->item.planes.height != h->item.height) {
        h->item.width = h->item.planes.width;
        h->item.height = h->item.planes.height;
        rl_transform_init(&h->item.turn, h->item.width, h->item.height);
        if (h->has_boxes && !h->item.turns_inside)
            rl_boxes_turn(&h->boxes, h->item.id, &h->item.turn);
    }
    return 0;
}

/* A file that libheif refuses for something that is not the picture: that can be decoded, so it is. */
static int open_without_library(struct heif *h, int rc, const reel_error *why)
{
    bool reason = rc == REEL_ERR_INVALID_DATA || rc == REEL_ERR_UNSUPPORTED;

    if (!reason || !h->has_boxes || !h->item.known || h->item.turns_inside || !h->item.width) {
        *h->head.flow->err = *why;
        return rc;
    }
    snprintf(h->head.info.note, sizeof(h->head.info.note), "read without its metadata: %.60s", why->text);
    return 0;
}

static int open_picture(struct heif *h)
{
    struct rl_still_info *info = &h->head.info;
    struct rl_flow *flow = h->head.flow;
    reel_error *err = flow->err, aside = RL_ERROR_INIT;

    flow->err = &aside;
    int rc = open_context(h);
    flow->err = err;
    if (rc < 0)
        rc = open_without_library(h, rc, &aside);
    if (rc < 0)
        return rc;
    if (!h->has_boxes) {
        h->item = (struct rl_heif_item){ .colour = rl_code_points(2, 2, 2, 0, true) };
    }
    if (!h->item.known || h->item.turns_inside || !h->item.width) {
        rc = decode_now(h);
        if (rc < 0)
            return rc;
    }
    info->width = h->item.width;
    info->height = h->item.height;
    info->has_alpha = h->handle && heif_image_handle_has_alpha_channel(h->handle);
    info->premultiplied = info->has_alpha && heif_image_handle_is_premultiplied_alpha(h->handle);
    set_colour(h);
    h->item.planes.alpha = info->has_alpha;
    info->pixel_format = rl_planes_format(&h->item.planes);
    info->bit_depth = h->item.planes.depth;
    if (h->has_boxes) {
        if (!h->item.turns_inside)
            rl_info_turn(info, &h->item.turn);
        info->gain_map = rl_boxes_gain_map(&h->boxes);
        rl_boxes_light(&h->boxes, h->item.id, &info->light, &info->mastering);
    }
    if (h->handle) {
        read_metadata(h);
        find_thumbnail(h);
    }
    return 0;
}

int rl_still_open_heif(struct rl_still **out, const struct rl_still *head)
{
    struct rl_flow *flow = head->flow;
    uint64_t bytes, end;
    struct heif *h;
    int rc = 0;

    *out = NULL;
    h = rl_calloc(flow->env, 1, sizeof(*h));
    if (!h)
        return rl_err_nomem(flow->err, "picture");
    h->head = *head;
    h->head.ops = &heif_ops;
    h->has_boxes = rl_boxes_open(&h->boxes, head->data, head->size);
    if (!h->has_boxes && rl_boxes_top(&h->boxes, RL_TAG('m', 'o', 'o', 'v'))) {
        heif_close(&h->head);
        return rl_heif_open_sequence(out, head);
    }
    rl_boxes_extents(&h->boxes, &bytes, &end);
    if (bytes / 4 > head->size && bytes > end)
        rc = rl_err(flow->err, REEL_ERR_INVALID_DATA, "picture", "HEIF: its items come to more than the file holds");
    else if (end > head->size)
        rc = pad(h, end);
    if (rc == 0 && h->has_boxes)
        rc = rl_heif_item(flow, &h->boxes, h->boxes.primary, &h->item);
    if (rc == 0)
        rc = open_picture(h);
    if (rc < 0) {
        heif_close(&h->head);
        return rc;
    }
    *out = &h->head;
    return 0;
}

#else

int rl_still_open_heif(struct rl_still **out, const struct rl_still *head)
{
    *out = NULL;
    return rl_err(head->flow->err, REEL_ERR_UNSUPPORTED, "picture", "this build has no libheif");
}

#endif
