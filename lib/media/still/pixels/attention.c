/*
 * Where the eye goes first: detail, strong colour, and the hues of skin, each of a small picture's pixels; then the window with
 * the greatest sum. Whole numbers only, so the answer is the same on every machine.
 */
#include "inside.h"

#include <math.h>
#include <stdlib.h>

struct field {
    const AVFrame *frame;
    int width, height;
    int64_t *sums; /* integral: (width + 1) x (height + 1) */
};

static int luma_at(const AVFrame *f, int x, int y)
{
    x = x < 0 ? 0 : x >= f->width ? f->width - 1 : x;
    y = y < 0 ? 0 : y >= f->height ? f->height - 1 : y;
    const uint8_t *p = f->data[0] + (ptrdiff_t)y * f->linesize[0] + 4 * (ptrdiff_t)x;
    return (299 * p[0] + 587 * p[1] + 114 * p[2]) * p[3] / 255 / 1000;
}

/* 0 … 255: how far the pixel stands out from its neighbours. */
static int detail(const AVFrame *f, int x, int y)
{
    int around = luma_at(f, x - 1, y) + luma_at(f, x + 1, y) + luma_at(f, x, y - 1) + luma_at(f, x, y + 1);
    int edge = abs(4 * luma_at(f, x, y) - around) / 2;

    return edge > 255 ? 255 : edge;
}

/* Skin of any shade has nearly the same hue: red over green over blue, in about these shares. */
static int skin(int r, int g, int b)
{
    int sum = r + g + b, dr, dg, db;

    if (sum < 120 || r <= g || g < b)
        return 0;
    dr = 1000 * r / sum - 436;
    dg = 1000 * g / sum - 318;
    db = 1000 * b / sum - 246;
    int far = abs(dr) + abs(dg) + abs(db);
    return far >= 120 ? 0 : (120 - far) * 2;
}

static int saliency(const AVFrame *f, int x, int y)
{
    const uint8_t *p = f->data[0] + (ptrdiff_t)y * f->linesize[0] + 4 * (ptrdiff_t)x;
    int most = FFMAX3(p[0], p[1], p[2]), least = FFMIN3(p[0], p[1], p[2]);
    int colour = most > 30 ? (most - least) * 255 / most * most / 255 : 0;

    /* Flat colour is a background as often as not: it counts where there is something to see in it, too. */
    int seen = detail(f, x, y), v = 4 * seen + colour / 2 + (seen > 4 ? colour / 2 + 2 * skin(p[0], p[1], p[2]) : 0);
    return v * p[3] / 255;
}

static int64_t sum_of(const struct field *f, int x, int y, int width, int height)
{
    const int64_t *top = f->sums + (ptrdiff_t)y * (f->width + 1), *bottom = top + (ptrdiff_t)height * (f->width + 1);

    return bottom[x + width] - bottom[x] - top[x + width] + top[x];
}

static void find(const struct field *f, int width, int height, double *x, double *y)
{
    int64_t best = -1, best_far = 0;
    int at_x = 0, at_y = 0;

    for (int j = 0; j + height <= f->height; j++)
        for (int i = 0; i + width <= f->width; i++) {
            int64_t sum = sum_of(f, i, j, width, height);
            int64_t dx = 2 * i + width - f->width, dy = 2 * j + height - f->height, far = dx * dx + dy * dy;
            if (sum > best || (sum == best && far < best_far)) {
                best = sum;
                best_far = far;
                at_x = i;
                at_y = j;
            }
        }
    *x = (at_x + width / 2.0) / f->width;
    *y = (at_y + height / 2.0) / f->height;
}

int rl_attention(struct rl_flow *flow, const AVFrame *small, double width, double height, double *x, double *y)
{
    struct field f = { small, small->width, small->height, NULL };
    int w = (int)floor(width * f.width + 0.5), h = (int)floor(height * f.height + 0.5);

    f.sums = rl_calloc(flow->env, (size_t)(f.width + 1) * (size_t)(f.height + 1), sizeof(*f.sums));
    if (!f.sums)
        return rl_err_nomem(flow->err, "picture");
    for (int j = 0; j < f.height; j++) {
        int64_t row = 0;
        int64_t *sums = f.sums + (ptrdiff_t)(j + 1) * (f.width + 1);
        for (int i = 0; i < f.width; i++) {
            row += saliency(small, i, j);
            sums[i + 1] = sums[i + 1 - (f.width + 1)] + row;
        }
    }
    w = w < 1 ? 1 : w > f.width ? f.width : w;
    h = h < 1 ? 1 : h > f.height ? f.height : h;
    find(&f, w, h, x, y);
    rl_free(flow->env, f.sums);
    return 0;
}
