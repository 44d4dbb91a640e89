#include "storyboard.h"

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <stdio.h>
#include <string.h>

struct cue {
    int64_t time; /* us */
    uint32_t sheet;
    int32_t x, y;
};

struct rl_storyboard {
    struct rl_products *products;
    struct rl_flow *flow;
    int32_t columns, rows;
    int32_t width, height;           /* of a tile */
    int32_t cell_width, cell_height; /* even, so that chroma samples belong to one tile only */
    AVFrame *sheet;                  /* NULL before the first tile */
    struct rl_writer_params params;
    struct cue *cues;
    size_t count, capacity;
    uint32_t sheets;   /* written */
    uint32_t on_sheet; /* tiles on the one at work */
};

int rl_storyboard_open(struct rl_storyboard **out, struct rl_products *products, int32_t columns, int32_t rows)
{
    struct rl_storyboard *b = rl_calloc(products->flow->env, 1, sizeof(*b));

    *out = NULL;
    if (!b)
        return rl_err_nomem(products->flow->err, "preview");
    b->products = products;
    b->flow = products->flow;
    b->columns = columns < 1 ? 1 : columns;
    b->rows = rows < 1 ? 1 : rows;
    *out = b;
    return 0;
}

void rl_storyboard_close(struct rl_storyboard **board)
{
    struct rl_storyboard *b = *board;

    if (!b)
        return;
    av_frame_free(&b->sheet);
    rl_free(b->flow->env, b->cues);
    rl_free(b->flow->env, b);
    *board = NULL;
}

/* Black, whatever the pixels are. */
static int blacken(AVFrame *sheet)
{
    ptrdiff_t lines[4];

    for (int i = 0; i < 4; i++)
        lines[i] = sheet->linesize[i];
    return av_image_fill_black(sheet->data, lines, sheet->format, sheet->color_range, sheet->width, sheet->height);
}

/* The first tile decides what the sheets are. */
static int begin(struct rl_storyboard *b, const struct rl_print *print, const AVFrame *tile)
{
    int64_t most = rl_writer_max_side(print->spec.format),
            limit = b->flow->env->limits.pixels > INT32_MAX ? INT32_MAX : (int64_t)b->flow->env->limits.pixels;
    b->width = tile->width;
    b->height = tile->height;
    b->cell_width = tile->width + (tile->width & 1);
    b->cell_height = tile->height + (tile->height & 1);
    while (b->columns > 1 &&
           ((int64_t)b->columns * b->cell_width > most || (int64_t)b->columns * b->cell_width * b->cell_height > limit))
        b->columns--;
    while (b->rows > 1 && ((int64_t)b->rows * b->cell_height > most ||
                           (int64_t)b->rows * b->cell_height * b->columns * b->cell_width > limit))
        b->rows--;
    b->params = rl_print_params(print, 0, 0);
    b->sheet = av_frame_alloc();
    if (!b->sheet)
        return rl_err_nomem(b->flow->err, "preview");
    b->sheet->format = tile->format;
    b->sheet->width = b->columns * b->cell_width;
    b->sheet->height = b->rows * b->cell_height;
    if (av_frame_copy_props(b->sheet, tile) < 0 || av_frame_get_buffer(b->sheet, 0) < 0)
        return rl_err_nomem(b->flow->err, "preview");
    return 0;
}

static void paste(AVFrame *sheet, const AVFrame *tile, int32_t x, int32_t y)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(tile->format);
    uint8_t *to[4] = { 0 };
    int steps[4];

    av_image_fill_max_pixsteps(steps, NULL, desc);
    for (int p = 0; p < 4 && sheet->data[p]; p++) {
        int w = p == 1 || p == 2 ? desc->log2_chroma_w : 0, h = p == 1 || p == 2 ? desc->log2_chroma_h : 0;
        to[p] = sheet->data[p] + (ptrdiff_t)(y >> h) * sheet->linesize[p] + (ptrdiff_t)(x >> w) * steps[p];
    }
    av_image_copy(to, sheet->linesize, (const uint8_t **)(void *)tile->data, tile->linesize, tile->format, tile->width,
                  tile->height);
}

/* Writes the sheet at work, cut to what is on it. */
static int write_sheet(struct rl_storyboard *b)
{
    int32_t rows = (int32_t)((b->on_sheet + (uint32_t)b->columns - 1) / (uint32_t)b->columns);
    int32_t columns = rows > 1 ? b->columns : (int32_t)b->on_sheet, full_width = b->sheet->width,
            full_height = b->sheet->height;
    struct rl_writer *writer = NULL;
    struct rl_buf data;
    struct rl_product row = { .kind = "storyboard",
                              .time = b->cues[b->count - b->on_sheet].time,
                              .frames = b->on_sheet };

    b->params.width = row.width = b->sheet->width = columns * b->cell_width;
    b->params.height = row.height = b->sheet->height = rows * b->cell_height;
    snprintf(row.name, sizeof(row.name), "storyboard-%u.%s", (unsigned)b->sheets + 1,
             rl_product_suffix(b->params.format));
    snprintf(row.mime, sizeof(row.mime), "%s", rl_product_mime(b->params.format));
    rl_buf_init(&data, b->flow->env);
    int rc = rl_writer_open(&writer, b->flow, &b->params);
    if (rc >= 0)
        rc = rl_writer_add(writer, b->sheet);
    if (rc >= 0)
        rc = rl_writer_finish(writer, &data);
    rl_writer_close(&writer);
    if (rc >= 0)
        rc = rl_products_add(b->products, &row, &data);
    rl_buf_free(&data);
    b->sheet->width = full_width;
    b->sheet->height = full_height;
    b->sheets++;
    b->on_sheet = 0;
    return rc;
}

int rl_storyboard_add(struct rl_storyboard *b, const struct rl_print *print, const AVFrame *tile, int64_t time)
{
    int rc = 0;

    if (!b->sheet && (rc = begin(b, print, tile)) < 0)
        return rc;
    if (tile->width != b->width || tile->height != b->height || tile->format != b->sheet->format)
        return rl_err(b->flow->err, REEL_ERR_FILTER, "preview", "a tile is %dx%d and not %dx%d", tile->width,
                      tile->height, (int)b->width, (int)b->height);
    if (b->count && time <= b->cues[b->count - 1].time)
        return 0;
    if (b->on_sheet == 0 && (rc = av_frame_make_writable(b->sheet)) >= 0)
        rc = blacken(b->sheet);
    if (rc < 0 || !rl_grow(b->flow->env, (void **)&b->cues, &b->capacity, b->count, sizeof(*b->cues)))
        return rl_err_nomem(b->flow->err, "preview");
    struct cue *cue = &b->cues[b->count++];
    *cue = (struct cue){ time, b->sheets, (int32_t)(b->on_sheet % (uint32_t)b->columns) * b->cell_width,
                         (int32_t)(b->on_sheet / (uint32_t)b->columns) * b->cell_height };
    paste(b->sheet, tile, cue->x, cue->y);
    b->on_sheet++;
    return b->on_sheet == (uint32_t)(b->columns * b->rows) ? write_sheet(b) : 0;
}

static void stamp(struct rl_buf *text, int64_t us)
{
    int64_t ms = us < 0 ? 0 : (us + 500) / 1000;

    rl_buf_printf(text, "%02lld:%02d:%02d.%03d", (long long)(ms / 3600000), (int)(ms / 60000 % 60),
                  (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static int write_vtt(struct rl_storyboard *b, int64_t end)
{
    struct rl_product row = {
        .name = "storyboard.vtt", .kind = "storyboard", .mime = "text/vtt", .time = 0, .frames = (uint32_t)b->count
    };
    struct rl_buf text;

    rl_buf_init(&text, b->flow->env);
    rl_buf_text(&text, "WEBVTT\n");
    for (size_t i = 0; i < b->count; i++) {
        const struct cue *cue = &b->cues[i];
        int64_t from = i ? cue->time : 0, to = i + 1 < b->count ? cue[1].time : end;
        to = to < from + 1000 ? from + 1000 : to;
        rl_buf_text(&text, "\n");
        stamp(&text, from);
        rl_buf_text(&text, " --> ");
        stamp(&text, to);
        rl_buf_printf(&text, "\nstoryboard-%u.%s#xywh=%d,%d,%d,%d\n", (unsigned)cue->sheet + 1,
                      rl_product_suffix(b->params.format), (int)cue->x, (int)cue->y, (int)b->width, (int)b->height);
        row.duration = to;
    }
    int rc = rl_products_add(b->products, &row, &text);
    rl_buf_free(&text);
    return rc;
}

int rl_storyboard_end(struct rl_storyboard *b, int64_t end)
{
    int rc = b->on_sheet ? write_sheet(b) : 0;

    return rc < 0 || !b->count ? rc : write_vtt(b, end);
}
