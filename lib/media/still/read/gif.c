/*
 * GIF. Its LZW is a page of code, and having it here lets a picture go on after what a codec would refuse, keeps the canvas
 * transparent where no frame has painted, as browsers do, and needs no codec to be opened.
 */
#include "coded.h"

#include "../../../base/time.h"
#include "canvas.h"

#include <libavutil/avstring.h>
#include <string.h>

/* Shorter delays than this become the other, as in browsers. us */
#define SHORTEST 10000
#define INSTEAD 100000
#define MAX_CODES 4096

/* One image with what its extension says. */
struct image {
    struct rl_area area;   /* as the file has it; may reach out of the canvas */
    const uint8_t *table;  /* 3 bytes a colour */
    unsigned colours;
    unsigned transparent;  /* index; 256: none */
    unsigned dispose;
    int64_t delay;         /* us */
    bool interlaced;
    size_t data;           /* offset of the LZW code size, sub-blocks follow */
};

struct gif {
    struct rl_still head;
    struct rl_canvas canvas;
    size_t first, at;
    const uint8_t *table;
    unsigned colours;
    int64_t pts;
    bool has_loop;
    uint8_t line[65536];
    /* LZW: a string is a byte behind another string */
    uint16_t before[MAX_CODES];
    uint8_t last[MAX_CODES];
    uint8_t stack[MAX_CODES];
};

static unsigned u16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

/* Offset behind a chain of sub-blocks; false when the file ends in it. */
static bool skip_blocks(const struct rl_still *s, size_t *at)
{
    while (*at < s->size) {
        size_t n = s->data[(*at)++];
        if (!n)
            return true;
        if (n > s->size - *at)
            break;
        *at += n;
    }
    *at = s->size;
    return false;
}

static void extension(struct gif *g, size_t at, struct image *image)
{
    const uint8_t *p = g->head.data + at;
    size_t left = g->head.size - at;

    if (left >= 7 && p[1] == 0xf9 && p[2] >= 4) {
        image->dispose = p[3] >> 2 & 7;
        image->transparent = p[3] & 1 ? p[6] : 256;
        image->delay = (int64_t)u16(p + 4) * 10000;
    } else if (left >= 18 && p[1] == 0xff && p[2] == 11 && !g->has_loop && p[14] == 3 && p[15] == 1 &&
               (!memcmp(p + 3, "NETSCAPE2.0", 11) || !memcmp(p + 3, "ANIMEXTS1.0", 11))) {
        g->has_loop = true;
        g->head.info.loops = u16(p + 16) ? (int32_t)u16(p + 16) + 1 : 0;
    }
}

/* The next image from *at on; false at the end. The end of the file in the middle of its data is left to the decoder. */
static bool next_image(struct gif *g, size_t *at, struct image *image)
{
    const struct rl_still *s = &g->head;

    *image = (struct image){ .transparent = 256 };
    while (*at < s->size) {
        const uint8_t *p = s->data + *at;
        if (*p == 0x21) {
            extension(g, *at, image);
            *at += 2;
            skip_blocks(s, at);
        } else if (*p == 0x2c) {
            if (s->size - *at < 11)
                break;
            image->area = (struct rl_area){ (int)u16(p + 1), (int)u16(p + 3), (int)u16(p + 5), (int)u16(p + 7) };
            image->interlaced = p[9] & 0x40;
            image->table = g->table;
            image->colours = g->colours;
            *at += 10;
            if (p[9] & 0x80) {
                image->colours = 2u << (p[9] & 7);
                image->table = p + 10;
                if (3 * (size_t)image->colours >= s->size - *at)
                    break;
                *at += 3 * (size_t)image->colours;
            }
            image->data = (*at)++;
            skip_blocks(s, at);
            if (image->delay <= SHORTEST)
                image->delay = INSTEAD;
            return true;
        } else if (*p == 0x3b) {
            break;
        } else {
            (*at)++; /* rubbish between blocks */
        }
    }
    *at = s->size;
    return false;
}

/* Bits out of sub-blocks, the low ones first. */
struct bits {
    const uint8_t *data;
    size_t at, size, left; /* left: of the sub-block */
    uint32_t value;
    int count;
};

static int get_code(struct bits *b, int width)
{
    int code;

    while (b->count < width) {
        if (!b->left) {
            if (b->at >= b->size || !(b->left = b->data[b->at++]))
                return -1;
        }
        if (b->at >= b->size)
            return -1;
        b->value |= (uint32_t)b->data[b->at++] << b->count;
        b->count += 8;
        b->left--;
    }
    code = (int)(b->value & ((1u << width) - 1));
    b->value >>= width;
    b->count -= width;
    return code;
}

/* Where the pixels of an image go, one after the other. */
struct painter {
    const struct gif *gif;
    const struct image *image;
    int32_t x, y;
    int pass; /* of four, when interlaced */
    uint32_t colours[256];
};

static void next_row(struct painter *p)
{
    static const int32_t first[] = { 0, 4, 2, 1 }, step[] = { 8, 8, 4, 2 };

    if (!p->image->interlaced) {
        p->y++;
        return;
    }
    p->y += step[p->pass];
    while (p->y >= p->image->area.height && p->pass < 3)
        p->y = first[++p->pass];
}

static void paint_row(struct painter *p, const uint8_t *line)
{
    const struct rl_area *a = &p->image->area;
    const AVFrame *frame = p->gif->canvas.frame;
    int32_t y = a->y + p->y, n = frame->width - a->x < a->width ? frame->width - a->x : a->width;

    if (y < frame->height && p->y < a->height && n > 0) {
        uint32_t *to = (uint32_t *)(void *)(frame->data[0] + (ptrdiff_t)y * frame->linesize[0]) + a->x;
        for (int32_t x = 0; x < n; x++)
            if (p->colours[line[x]])
                to[x] = p->colours[line[x]];
    }
    p->x = 0;
    next_row(p);
}

/* The palette as pixels of the canvas; 0 leaves a pixel as it is. */
static void set_colours(struct painter *p)
{
    unsigned n = p->image->table ? p->image->colours : 256;

    for (unsigned i = 0; i < n; i++) {
        const uint8_t gray[3] = { (uint8_t)i, (uint8_t)i, (uint8_t)i };
        const uint8_t *rgb = p->image->table ? p->image->table + 3 * (size_t)i : gray;
        const uint8_t rgba[4] = { rgb[0], rgb[1], rgb[2], 255 };
        memcpy(&p->colours[i], rgba, 4);
    }
    if (p->image->transparent < 256)
        p->colours[p->image->transparent] = 0;
}

/* True when all pixels were there. */
static bool decode(struct gif *g, const struct image *image)
{
    struct bits b = { .data = g->head.data, .at = image->data + 1, .size = g->head.size };
    struct painter p = { .gif = g, .image = image };
    int min = g->head.data[image->data], clear = 1 << (min & 15), width = min + 1, next = clear + 2, previous = -1,
        code;
    int64_t left = (int64_t)image->area.width * image->area.height;

    if (min < 1 || min > 11 || (uint64_t)left > g->head.flow->env->limits.pixels)
        return false;
    set_colours(&p);
    while (left > 0 && (code = get_code(&b, width)) >= 0 && code != clear + 1) {
        int n = 0, at = code;
        if (code == clear) {
            width = min + 1;
            next = clear + 2;
            previous = -1;
            continue;
        }
        if (code > next || (code == next && previous < 0) || (previous < 0 && code >= clear))
            return false;
        if (code == next) { /* the string before and its own first byte, which is known below */
            at = previous;
            n = 1;
        }
        for (; at >= clear; at = g->before[at])
            g->stack[n++] = g->last[at];
        g->stack[n++] = (uint8_t)at;
        if (code == next)
            g->stack[0] = (uint8_t)at;
        if (previous >= 0 && next < MAX_CODES) {
            g->before[next] = (uint16_t)previous;
            g->last[next++] = (uint8_t)at;
            if (next == 1 << width && width < 12)
                width++;
        }
        previous = code;
        while (n && left > 0) {
            g->line[p.x++] = g->stack[--n];
            left--;
            if (p.x == image->area.width)
                paint_row(&p, g->line);
        }
    }
    if (left > 0 && p.x) {
        memset(g->line + p.x, image->transparent < 256 ? (int)image->transparent : 0,
               (size_t)(image->area.width - p.x));
        paint_row(&p, g->line);
    }
    return left <= 0;
}

static int gif_read(struct rl_still *still, AVFrame *frame)
{
    struct gif *g = (struct gif *)still;
    struct image image;
    int rc;

    if (!next_image(g, &g->at, &image))
        return still->given ? REEL_END
                            : rl_err(still->flow->err, REEL_ERR_INVALID_DATA, "gif", "there is no image in the file");
    struct rl_area a = image.area;
    a.x = a.x < still->info.width ? a.x : still->info.width;
    a.y = a.y < still->info.height ? a.y : still->info.height;
    a.width = a.width < still->info.width - a.x ? a.width : still->info.width - a.x;
    a.height = a.height < still->info.height - a.y ? a.height : still->info.height - a.y;
    if ((rc = rl_canvas_begin(&g->canvas, still->flow, &a,
                              image.dispose == 2   ? RL_DISPOSE_BACKGROUND
                              : image.dispose == 3 ? RL_DISPOSE_PREVIOUS
                                                   : RL_DISPOSE_NONE)) < 0)
        return rc;
    if (!decode(g, &image)) {
        still->damage++;
        av_strlcpy(still->info.note, g->at >= still->size ? "the end is missing" : "the data is damaged",
                   sizeof(still->info.note));
    }
    if ((rc = rl_canvas_give(&g->canvas, still->flow, frame)) < 0)
        return rc;
    rl_still_tag(still, frame);
    if (still->info.frames > 1) {
        frame->pts = g->pts;
        rl_frame_set_duration(frame, image.delay);
        g->pts += image.delay;
    }
    return 0;
}

static void gif_close(struct rl_still *still)
{
    struct gif *g = (struct gif *)still;

    rl_canvas_close(&g->canvas);
    rl_free(still->flow->env, g);
}

/* Goes over all images: how many, how long, and whether anything of the canvas stays transparent. */
static int look(struct gif *g)
{
    struct rl_still_info *info = &g->head.info;
    const uint8_t *p = g->head.data;
    struct rl_flow *flow = g->head.flow;
    bool see_through = false, cleared = false;
    struct image image;
    int rc;

    if (g->head.size < 13 || (memcmp(p, "GIF87a", 6) && memcmp(p, "GIF89a", 6)))
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "gif", "the header of a GIF is missing");
    info->width = (int32_t)u16(p + 6);
    info->height = (int32_t)u16(p + 8);
    g->first = 13;
    if (p[10] & 0x80) {
        g->table = p + 13;
        g->colours = 2u << (p[10] & 7);
        g->first += 3 * (size_t)g->colours;
        if (g->first > g->head.size)
            return rl_err(flow->err, REEL_ERR_INVALID_DATA, "gif", "the file ends in its colour table");
    }
    g->at = g->first;
    info->loops = 1;
    info->frames = 0;
    while (next_image(g, &g->at, &image)) {
        if (!info->width || !info->height) { /* the canvas is as large as the first image, then */
            info->width = image.area.x + image.area.width;
            info->height = image.area.y + image.area.height;
        }
        /* Later frames leave no more transparent than the first did, or what was cleared between. */
        const struct rl_area *a = &image.area;
        see_through = see_through || cleared ||
                      (!info->frames && (image.transparent < 256 || a->x || a->y || a->width < info->width ||
                                         a->height < info->height));
        cleared = image.dispose == 2 || (image.dispose == 3 && !info->frames); /* before the first there was nothing */
        info->duration += image.delay;
        if (++info->frames > flow->env->limits.frames)
            return rl_err(flow->err, REEL_ERR_LIMIT_FRAMES, "gif", "more than %llu frames are over the limit",
                          (unsigned long long)flow->env->limits.frames);
        if (info->frames % 1024 == 0 && rl_flow_cancelled(flow))
            return rl_err(flow->err, REEL_ERR_CANCELLED, "gif", "cancelled");
    }
    if (!info->frames)
        return rl_err(flow->err, REEL_ERR_INVALID_DATA, "gif", "there is no image in the file");
    if (info->frames == 1)
        info->duration = 0;
    g->at = g->first;
    if ((rc = rl_still_check_size(flow, info->width, info->height)) < 0)
        return rc;
    info->has_alpha = see_through;
    info->pixel_format = AV_PIX_FMT_RGBA;
    info->lossless = 1;
    info->colour = (struct rl_colour){ 2, 2, 0, 1, 0 };
    return rl_canvas_open(&g->canvas, flow, AV_PIX_FMT_RGBA, info->width, info->height);
}

int rl_still_open_gif(struct rl_still **out, const struct rl_still *head)
{
    static const struct rl_still_ops ops = { gif_read, gif_close };
    struct gif *g = rl_calloc(head->flow->env, 1, sizeof(*g));
    int rc;

    *out = NULL;
    if (!g)
        return rl_err_nomem(head->flow->err, "gif");
    g->head = *head;
    g->head.ops = &ops;
    if ((rc = look(g)) < 0)
        gif_close(&g->head);
    else
        *out = &g->head;
    return rc;
}
