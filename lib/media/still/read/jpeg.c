/*
 * JPEG by libjpeg-turbo. The YCbCr planes of the file are decoded straight into those of the frame; only what no pixel
 * format describes goes through the library's own RGB.
 */
#include "../still.h"

#if RL_HAVE_JPEG

#include "../meta.h"
#include "cmyk.h"
#include "jpeg_markers.h"

#include <libavutil/avstring.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* needs <stdio.h> before */
#include <jerror.h>
#include <jpeglib.h>

/* A progressive file of n pixels has at most WORK / n scans, never less than MIN_SCANS nor more than MAX_SCANS. */
#define WORK (1 << 30)
#define MIN_SCANS 20
#define MAX_SCANS 200
#define ROWS 16
#define MAX_ROWS (4 * DCTSIZE)

#if JPEG_LIB_VERSION >= 70
#define SIZE_H(component) ((component)->DCT_h_scaled_size)
#define SIZE_V(component) ((component)->DCT_v_scaled_size)
#define SIZE_MIN(c) ((c)->min_DCT_v_scaled_size)
#else
#define SIZE_H(component) ((component)->DCT_scaled_size)
#define SIZE_V(component) ((component)->DCT_scaled_size)
#define SIZE_MIN(c) ((c)->min_DCT_scaled_size)
#endif

struct jpeg_reader {
    struct rl_still head;
    struct jpeg_decompress_struct c;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    bool done, cancelled, too_many_scans;
    struct rl_jpeg_markers markers;
    struct rl_cmyk *cmyk;
    uint8_t *ink;   /* ROWS rows of CMYK */
    AVFrame *frame; /* that is being filled */
    int rows;       /* of it that are */
};

static struct jpeg_reader *reader_of(j_common_ptr c)
{
    return c->client_data;
}

static void fail(j_common_ptr c)
{
    longjmp(reader_of(c)->jump, 1);
}

/* Messages below 0 are warnings: something of the picture was missing or made up. */
static void emit(j_common_ptr c, int level)
{
    struct jpeg_reader *r = reader_of(c);
    int code = c->err->msg_code;

    if (level >= 0 || code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR)
        return;
    r->head.damage++;
    if (code == JWRN_JPEG_EOF)
        av_strlcpy(r->head.info.note, "the end is missing", sizeof(r->head.info.note));
    else if (!r->head.info.note[0])
        av_strlcpy(r->head.info.note, "the data is damaged", sizeof(r->head.info.note));
}

static void silent(j_common_ptr c)
{
    (void)c;
}

static void on_progress(j_common_ptr common)
{
    struct jpeg_reader *r = reader_of(common);
    uint64_t pixels = (uint64_t)r->c.image_width * r->c.image_height;
    uint64_t most = WORK / (pixels ? pixels : 1);

    if (common->is_decompressor && r->c.input_scan_number > MIN_SCANS &&
        ((uint64_t)r->c.input_scan_number > most || r->c.input_scan_number > MAX_SCANS))
        r->too_many_scans = true;
    r->cancelled = r->cancelled || rl_flow_cancelled(r->head.flow);
    if (r->too_many_scans || r->cancelled)
        fail(common);
}

/* Runs a part of the work that the library may end at any time. */
static bool guarded(struct jpeg_reader *r, void (*part)(struct jpeg_reader *r))
{
    if (setjmp(r->jump))
        return false;
    part(r);
    return true;
}

static int failed(struct jpeg_reader *r)
{
    char text[JMSG_LENGTH_MAX] = "";
    reel_error *err = r->head.flow->err;

    if (r->cancelled)
        return rl_err(err, REEL_ERR_CANCELLED, "jpeg", "cancelled");
    if (r->too_many_scans)
        return rl_err(err, REEL_ERR_INVALID_DATA, "jpeg", "%d scans are more than a picture has",
                      r->c.input_scan_number);
    r->errors.format_message((j_common_ptr)&r->c, text);
    switch (r->errors.msg_code) {
    case JERR_OUT_OF_MEMORY:
        return rl_err_nomem(err, "jpeg");
    case JERR_NO_BACKING_STORE:
        return rl_err(err, REEL_ERR_LIMIT_MEMORY, "jpeg", "decoding would take more memory than the limit");
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_CONVERSION_NOTIMPL:
        return rl_err(err, REEL_ERR_UNSUPPORTED, "jpeg", "a kind of JPEG that is not read: %s", text);
    default:
        return rl_err(err, REEL_ERR_INVALID_DATA, "jpeg", "%s", text);
    }
}

static void read_header(struct jpeg_reader *r)
{
    uint64_t memory = r->head.flow->env->limits.memory_bytes / 2;
    size_t begin = r->markers.begin;

    jpeg_create_decompress(&r->c);
    r->c.progress = &r->progress;
    r->c.mem->max_memory_to_use = memory < LONG_MAX ? (long)memory : LONG_MAX;
    jpeg_mem_src(&r->c, r->head.data + begin, (unsigned long)(r->head.size - begin));
    jpeg_read_header(&r->c, TRUE);
}

/* The smallest of the scales whose transforms are fast that leaves twice what is wanted. */
static void choose_scale(struct jpeg_reader *r)
{
    const struct rl_still_hint *hint = &r->head.hint;
    int64_t width = r->c.image_width, height = r->c.image_height;
    unsigned n = 8;

    if (hint->width > 0 || hint->height > 0)
        for (n = 1; n < 8; n *= 2)
            if ((width * n + 7) / 8 >= 2 * (int64_t)hint->width && (height * n + 7) / 8 >= 2 * (int64_t)hint->height)
                break;
    r->c.scale_num = n;
    r->c.scale_denom = 8;
}

/* How often a component's samples go into those of the first; 0: in no whole number. */
static int ratio(int first, int other)
{
    return other > 0 && first % other == 0 ? first / other : 0;
}

static enum AVPixelFormat planar_format(const struct jpeg_decompress_struct *c)
{
    static const struct {
        int h, v;
        enum AVPixelFormat format;
    } formats[] = { { 1, 1, AV_PIX_FMT_YUV444P }, { 2, 1, AV_PIX_FMT_YUV422P }, { 2, 2, AV_PIX_FMT_YUV420P },
                    { 1, 2, AV_PIX_FMT_YUV440P }, { 4, 1, AV_PIX_FMT_YUV411P }, { 4, 4, AV_PIX_FMT_YUV410P } };
    const jpeg_component_info *k = c->comp_info;
    int h, v;

    if (c->num_components != 3 || (c->jpeg_color_space != JCS_YCbCr && c->jpeg_color_space != JCS_RGB))
        return AV_PIX_FMT_NONE;
    h = ratio(k[0].h_samp_factor * SIZE_H(&k[0]), k[1].h_samp_factor * SIZE_H(&k[1]));
    v = ratio(k[0].v_samp_factor * SIZE_V(&k[0]), k[1].v_samp_factor * SIZE_V(&k[1]));
    if (k[1].h_samp_factor * SIZE_H(&k[1]) != k[2].h_samp_factor * SIZE_H(&k[2]) ||
        k[1].v_samp_factor * SIZE_V(&k[1]) != k[2].v_samp_factor * SIZE_V(&k[2]))
        return AV_PIX_FMT_NONE;
    if (c->jpeg_color_space == JCS_RGB)
        return h == 1 && v == 1 ? AV_PIX_FMT_GBRP : AV_PIX_FMT_NONE;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (formats[i].h == h && formats[i].v == v)
            return formats[i].format;
    return AV_PIX_FMT_NONE;
}

/* What the frame is going to be. */
static void choose_output(struct jpeg_reader *r)
{
    struct rl_still_info *info = &r->head.info;
    struct jpeg_decompress_struct *c = &r->c;

    choose_scale(r);
    jpeg_calc_output_dimensions(c);
    info->colour = (struct rl_colour){ 2, 2, 6, 1, 2 };
    info->pixel_format = planar_format(c);
    c->raw_data_out = info->pixel_format != AV_PIX_FMT_NONE;
    if (c->raw_data_out) {
        c->out_color_space = c->jpeg_color_space;
    } else if (c->jpeg_color_space == JCS_GRAYSCALE) {
        c->out_color_space = JCS_GRAYSCALE;
        info->pixel_format = AV_PIX_FMT_GRAY8;
    } else {
        bool ink = c->jpeg_color_space == JCS_CMYK || c->jpeg_color_space == JCS_YCCK;
        c->out_color_space = ink ? JCS_CMYK : JCS_RGB;
        info->pixel_format = AV_PIX_FMT_RGB24;
    }
    if (info->pixel_format == AV_PIX_FMT_RGB24 || info->pixel_format == AV_PIX_FMT_GBRP) {
        info->colour.matrix = 0;
        info->colour.chroma_location = 0;
    }
    c->dct_method = JDCT_ISLOW;
}

/* Rows of the frame that one call gives; the frame is padded to whole blocks, so all of them are there. */
static void decode_planes(struct jpeg_reader *r)
{
    struct jpeg_decompress_struct *c = &r->c;
    JSAMPROW rows[3][MAX_ROWS];
    JSAMPARRAY planes[3] = { rows[0], rows[1], rows[2] };
    JDIMENSION band = (JDIMENSION)(c->max_v_samp_factor * SIZE_MIN(c));

    for (JDIMENSION n = 0; c->output_scanline < c->output_height; n++) {
        for (int i = 0; i < 3; i++) {
            const jpeg_component_info *k = &c->comp_info[i];
            int plane = r->frame->format == AV_PIX_FMT_GBRP ? (i + 2) % 3 : i;
            int height = k->v_samp_factor * SIZE_V(k);
            uint8_t *at = r->frame->data[plane] + (ptrdiff_t)n * height * r->frame->linesize[plane];
            for (int y = 0; y < height; y++, at += r->frame->linesize[plane])
                rows[i][y] = at;
        }
        jpeg_read_raw_data(c, planes, band);
        r->rows = (int)c->output_scanline;
    }
}

static void decode_rows(struct jpeg_reader *r)
{
    struct jpeg_decompress_struct *c = &r->c;
    size_t stride = (size_t)c->output_width * 4;
    JSAMPROW rows[ROWS];

    while (c->output_scanline < c->output_height) {
        JDIMENSION first = c->output_scanline, n;
        for (JDIMENSION i = 0; i < ROWS; i++) {
            JDIMENSION y = first + i < c->output_height ? first + i : c->output_height - 1;
            rows[i] = r->cmyk ? r->ink + stride * i : r->frame->data[0] + (ptrdiff_t)y * r->frame->linesize[0];
        }
        n = jpeg_read_scanlines(c, rows, c->output_height - first < ROWS ? c->output_height - first : ROWS);
        for (JDIMENSION i = 0; r->cmyk && i < n; i++)
            rl_cmyk_row(r->cmyk, rows[i], r->frame->data[0] + (ptrdiff_t)(first + i) * r->frame->linesize[0],
                        c->output_width);
        r->rows = (int)c->output_scanline;
    }
}

static void decode(struct jpeg_reader *r)
{
    jpeg_start_decompress(&r->c);
    if (r->c.raw_data_out)
        decode_planes(r);
    else
        decode_rows(r);
}

/* A frame with room for whole blocks. */
static int make_frame(struct jpeg_reader *r, AVFrame *frame)
{
    const struct jpeg_decompress_struct *c = &r->c;
    const jpeg_component_info *k = c->comp_info;

    frame->format = r->head.info.pixel_format;
    frame->width = (int)c->output_width;
    frame->height = (int)c->output_height;
    if (c->raw_data_out) {
        int mcu_w = c->max_h_samp_factor * DCTSIZE, mcu_h = c->max_v_samp_factor * DCTSIZE;
        frame->width = ((int)c->image_width + mcu_w - 1) / mcu_w * k[0].h_samp_factor * SIZE_H(&k[0]);
        frame->height = ((int)c->image_height + mcu_h - 1) / mcu_h * k[0].v_samp_factor * SIZE_V(&k[0]);
    }
    if (av_frame_get_buffer(frame, 0) < 0)
        return rl_err_nomem(r->head.flow->err, "jpeg");
    frame->width = (int)c->output_width;
    frame->height = (int)c->output_height;
    return 0;
}

static void gray_from(AVFrame *frame, int row)
{
    for (int p = 0; p < 3 && frame->data[p]; p++) {
        int shift = p && frame->format == AV_PIX_FMT_YUV410P ? 2 : 0;
        if (p && (frame->format == AV_PIX_FMT_YUV420P || frame->format == AV_PIX_FMT_YUV440P))
            shift = 1;
        for (int y = row >> shift; y < (frame->height + (1 << shift) - 1) >> shift; y++)
            memset(frame->data[p] + (ptrdiff_t)y * frame->linesize[p], 128, (size_t)frame->linesize[p]);
    }
}

static int jpeg_read(struct rl_still *still, AVFrame *frame)
{
    struct jpeg_reader *r = (struct jpeg_reader *)still;
    int rc;

    if (r->done)
        return REEL_END;
    r->done = true;
    if ((rc = make_frame(r, frame)) < 0)
        return rc;
    r->frame = frame;
    if (!guarded(r, decode)) {
        /* Some of it is better than nothing. */
        if (r->cancelled || r->too_many_scans || !r->rows)
            return failed(r);
        still->damage++;
        gray_from(frame, r->rows);
        av_strlcpy(still->info.note, "the data is damaged", sizeof(still->info.note));
    }
    rl_still_tag(still, frame);
    return 0;
}

static void jpeg_close(struct rl_still *still)
{
    struct jpeg_reader *r = (struct jpeg_reader *)still;
    const struct rl_env *env = still->flow->env;

    if (r->c.mem)
        jpeg_destroy_decompress(&r->c);
    rl_cmyk_close(&r->cmyk);
    rl_free(env, r->ink);
    rl_free(env, r->markers.joined);
    rl_free(env, r);
}

static void take_metadata(struct jpeg_reader *r)
{
    struct rl_still_info *info = &r->head.info;
    const struct rl_jpeg_markers *m = &r->markers;

    info->exif = m->exif;
    info->exif_size = m->exif_size;
    info->xmp = m->xmp;
    info->xmp_size = m->xmp_size;
    rl_exif_turn(rl_exif_orientation(m->exif, m->exif_size), &info->mirrored, &info->rotation);
    info->gain_map = m->gain_map;
    info->motion = m->motion;
    if (m->icc_damaged)
        av_strlcpy(info->note, "the colour profile is damaged", sizeof(info->note));
    info->icc_kind = rl_icc_kind(m->icc, m->icc_size);
    if (info->icc_kind != RL_ICC_NONE) {
        info->icc = m->icc;
        info->icc_size = m->icc_size;
    }
}

/* The pixels are to be sRGB then, and the profile is used up. */
static int take_ink(struct jpeg_reader *r)
{
    struct rl_still_info *info = &r->head.info;
    int rc = rl_cmyk_open(&r->cmyk, r->head.flow, info->icc, info->icc_size, r->c.saw_Adobe_marker != 0);

    if (rc < 0)
        return rc;
    info->icc = NULL;
    info->icc_size = 0;
    info->icc_kind = RL_ICC_NONE;
    info->colour.primaries = 1;
    info->colour.transfer = 13;
    r->ink = rl_alloc(r->head.flow->env, (size_t)r->c.output_width * 4 * ROWS);
    return r->ink ? 0 : rl_err_nomem(r->head.flow->err, "jpeg");
}

static int look(struct jpeg_reader *r)
{
    struct rl_flow *flow = r->head.flow;
    int rc = rl_jpeg_markers_read(flow, r->head.data, r->head.size, &r->markers);

    if (rc < 0)
        return rc;
    if (!guarded(r, read_header))
        return failed(r);
    if (r->c.data_precision != 8)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "jpeg", "a JPEG of %d bits is not read", r->c.data_precision);
    if (r->c.num_components == 2 || r->c.num_components > 4)
        return rl_err(flow->err, REEL_ERR_UNSUPPORTED, "jpeg", "a JPEG of %d components is not read",
                      r->c.num_components);
    if ((rc = rl_still_check_size(flow, r->c.image_width, r->c.image_height)) < 0)
        return rc;
    r->head.info.width = (int32_t)r->c.image_width;
    r->head.info.height = (int32_t)r->c.image_height;
    if (!guarded(r, choose_output))
        return failed(r);
    take_metadata(r);
    return r->c.out_color_space == JCS_CMYK ? take_ink(r) : 0;
}

int rl_still_open_jpeg(struct rl_still **out, const struct rl_still *head)
{
    static const struct rl_still_ops ops = { jpeg_read, jpeg_close };
    struct jpeg_reader *r = rl_calloc(head->flow->env, 1, sizeof(*r));
    int rc;

    *out = NULL;
    if (!r)
        return rl_err_nomem(head->flow->err, "jpeg");
    r->head = *head;
    r->head.ops = &ops;
    r->c.err = jpeg_std_error(&r->errors);
    r->c.client_data = r;
    r->errors.error_exit = fail;
    r->errors.emit_message = emit;
    r->errors.output_message = silent;
    r->progress.progress_monitor = on_progress;
    if ((rc = look(r)) < 0)
        jpeg_close(&r->head);
    else
        *out = &r->head;
    return rc;
}

#endif
