#include "wave.h"

#include <math.h>

#define SLICES 4         /* of a column, each with an edge of its own */
#define THINNEST 1.0     /* px: silence is a line */
#define FULL_SCALE 32768.0

struct drawing {
    const int16_t *pairs;
    size_t length, channels;
    size_t slices; /* in all columns */
};

/* Peaks within a slice; between two of them, where there are fewer than slices. -1 … 1. */
static void peaks_of(const struct drawing *d, size_t slice, size_t channel, double *low, double *high)
{
    const int16_t *pairs = d->pairs + 2 * channel;
    size_t stride = 2 * d->channels;
    *low = *high = 0;
    if (d->length == 0)
        return;
    if (d->length < d->slices) {
        double at = (slice + 0.5) * (double)d->length / (double)d->slices - 0.5;
        at = fmin(fmax(at, 0), (double)(d->length - 1));
        size_t i = (size_t)at, k = i + 1 < d->length ? i + 1 : i;
        double part = at - (double)i;
        *low = (pairs[i * stride] * (1 - part) + pairs[k * stride] * part) / FULL_SCALE;
        *high = (pairs[i * stride + 1] * (1 - part) + pairs[k * stride + 1] * part) / FULL_SCALE;
        return;
    }
    size_t from = slice * d->length / d->slices, to = (slice + 1) * d->length / d->slices;
    int least = pairs[from * stride], greatest = pairs[from * stride + 1];
    for (size_t i = from + 1; i < to; i++) {
        least = pairs[i * stride] < least ? pairs[i * stride] : least;
        greatest = pairs[i * stride + 1] > greatest ? pairs[i * stride + 1] : greatest;
    }
    *low = least / FULL_SCALE;
    *high = greatest / FULL_SCALE;
}

/* Adds how much of each row lies between top and bottom. */
static void cover(double *rows, int height, double top, double bottom)
{
    top = fmax(top, 0);
    bottom = fmin(bottom, height);
    for (int y = (int)top; y < height && y < bottom; y++)
        rows[y] += (fmin(bottom, y + 1.0) - fmax(top, y)) / SLICES;
}

/* One column of all lanes into rows. */
static void draw_column(const struct drawing *d, int x, int height, double *rows)
{
    double lane = (double)height / (double)d->channels;
    for (int y = 0; y < height; y++)
        rows[y] = 0;
    for (size_t c = 0; c < d->channels; c++) {
        double middle = lane * ((double)c + 0.5);
        for (int s = 0; s < SLICES; s++) {
            double low, high;
            peaks_of(d, (size_t)x * SLICES + (size_t)s, c, &low, &high);
            double top = middle - high * lane / 2, bottom = middle - low * lane / 2;
            double lacking = THINNEST - (bottom - top);
            if (lacking > 0) {
                top -= lacking / 2;
                bottom += lacking / 2;
            }
            cover(rows, height, top, bottom);
        }
    }
}

/* A colour laid over another with the share `cover`; alpha is not premultiplied. */
static void blend(uint32_t colour, uint32_t background, double cover, uint8_t to[4])
{
    double over = (colour & 0xff) / 255.0 * fmin(cover, 1), under = (background & 0xff) / 255.0 * (1 - over);
    double alpha = over + under;
    for (int c = 0; c < 3; c++) {
        int shift = 24 - 8 * c;
        double v = (colour >> shift & 0xff) * over + (background >> shift & 0xff) * under;
        to[c] = (uint8_t)(alpha > 0 ? lround(v / alpha) : 0);
    }
    to[3] = (uint8_t)lround(alpha * 255);
}

int rl_wave_draw(const struct rl_wave *wave, int width, int height, uint32_t colour, uint32_t background, AVFrame *out)
{
    struct drawing d = { .pairs = rl_wave_pairs(wave), .length = rl_wave_length(wave),
                         .channels = (size_t)rl_wave_channels(wave), .slices = (size_t)width * SLICES };
    struct rl_flow *flow = rl_wave_flow(wave);
    if (width < 1 || height < 1 || (uint64_t)width * (uint64_t)height > flow->env->limits.pixels)
        return rl_err(flow->err, REEL_ERR_LIMIT_PIXELS, "waveform", "a picture of %dx%d", width, height);
    double *rows = rl_calloc(flow->env, (size_t)height, sizeof *rows);
    out->format = AV_PIX_FMT_RGBA;
    out->width = width;
    out->height = height;
    if (!rows || av_frame_get_buffer(out, 0) < 0) {
        rl_free(flow->env, rows);
        return rl_err_nomem(flow->err, "waveform");
    }
    for (int x = 0; x < width; x++) {
        draw_column(&d, x, height, rows);
        for (int y = 0; y < height; y++)
            blend(colour, background, rows[y], out->data[0] + (ptrdiff_t)y * out->linesize[0] + 4 * (ptrdiff_t)x);
    }
    rl_free(flow->env, rows);
    return 0;
}
