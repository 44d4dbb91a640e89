#include "placeholder.h"

#include <math.h>

#define PI 3.14159265358979323846
#define COMPONENTS_MAX 9 /* of BlurHash, in each direction */

static bool usable(const AVFrame *small, int side_max)
{
    return small->format == AV_PIX_FMT_RGBA && small->data[0] && small->width > 0 && small->height > 0 &&
           small->width <= side_max && small->height <= side_max;
}

static const uint8_t *row_of(const AVFrame *small, int y)
{
    return small->data[0] + (ptrdiff_t)y * small->linesize[0];
}

static double to_linear(int byte)
{
    double v = byte / 255.0;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static void fill_linear(double table[256])
{
    for (int i = 0; i < 256; i++)
        table[i] = to_linear(i);
}

static int to_byte(double linear)
{
    double v = fmin(fmax(linear, 0), 1);
    v = v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
    return (int)(v * 255 + 0.5);
}

/* Linear mean of what is seen; false when nothing is. */
static bool mean_of(const AVFrame *small, const double linear[256], double mean[3])
{
    double sum[3] = { 0, 0, 0 }, weight = 0;
    for (int y = 0; y < small->height; y++) {
        const uint8_t *p = row_of(small, y);
        for (int x = 0; x < small->width; x++, p += 4) {
            for (int c = 0; c < 3; c++)
                sum[c] += linear[p[c]] * p[3];
            weight += p[3];
        }
    }
    for (int c = 0; c < 3; c++)
        mean[c] = weight > 0 ? sum[c] / weight : 0;
    return weight > 0;
}

uint32_t rl_average_colour(const AVFrame *small)
{
    double linear[256], mean[3];
    fill_linear(linear);
    if (!usable(small, RL_BLURHASH_SIDE_MAX) || !mean_of(small, linear, mean))
        return 0;
    return (uint32_t)to_byte(mean[0]) << 16 | (uint32_t)to_byte(mean[1]) << 8 | (uint32_t)to_byte(mean[2]);
}

/* Appends v in so many digits of base 83; returns the place behind. */
static char *put83(char *to, uint32_t v, int digits)
{
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "#$%*+,-.:;=?@[]^_{|}~";
    for (int i = digits - 1; i >= 0; i--, v /= 83)
        to[i] = alphabet[v % 83];
    return to + digits;
}

/* Enough to tell the parts of a picture of that shape, and no more: the text is to be short. */
static void components_of_shape(int width, int height, int *columns, int *rows)
{
    int longer = width > height ? width : height, shorter = width > height ? height : width;
    int along = longer < 2.1 * shorter ? 4 : longer < 4 * shorter ? 5 : 6;
    int across = longer < 1.2 * shorter ? 4 : along == 4 ? 3 : 2;
    *columns = width >= height ? along : across;
    *rows = width >= height ? across : along;
}

/* factors[row][column][channel] of the cosine transform in linear light, averaged over the pixels. */
static void transform(const AVFrame *small, int columns, int rows,
                      double factors[COMPONENTS_MAX][COMPONENTS_MAX][3])
{
    double linear[256], mean[3], wave[COMPONENTS_MAX][RL_BLURHASH_SIDE_MAX];
    fill_linear(linear);
    mean_of(small, linear, mean);
    for (int i = 0; i < columns; i++)
        for (int x = 0; x < small->width; x++)
            wave[i][x] = cos(PI * i * x / small->width);
    memset(factors, 0, sizeof(double[COMPONENTS_MAX][COMPONENTS_MAX][3]));
    for (int y = 0; y < small->height; y++) {
        const uint8_t *p = row_of(small, y);
        double line[COMPONENTS_MAX][3] = { { 0 } };
        for (int x = 0; x < small->width; x++, p += 4) {
            double opacity = p[3] / 255.0;
            for (int c = 0; c < 3; c++) {
                double v = linear[p[c]] * opacity + mean[c] * (1 - opacity);
                for (int i = 0; i < columns; i++)
                    line[i][c] += v * wave[i][x];
            }
        }
        for (int j = 0; j < rows; j++) {
            double down = cos(PI * j * y / small->height);
            for (int i = 0; i < columns; i++)
                for (int c = 0; c < 3; c++)
                    factors[j][i][c] += line[i][c] * down;
        }
    }
    for (int j = 0; j < rows; j++)
        for (int i = 0; i < columns; i++)
            for (int c = 0; c < 3; c++)
                factors[j][i][c] *= (i || j ? 2.0 : 1.0) / ((double)small->width * small->height);
}

static int clamp(double v, int max)
{
    return v > max ? max : v > 0 ? (int)v : 0;
}

/* -greatest … greatest to 0 … 18, finer near the middle. */
static uint32_t step_of(double factor, double greatest)
{
    double v = factor / greatest;
    return (uint32_t)clamp(floor(copysign(sqrt(fabs(v)), v) * 9 + 9.5), 18);
}

int rl_blurhash(const AVFrame *small, int columns, int rows, char *text, size_t size)
{
    double f[COMPONENTS_MAX][COMPONENTS_MAX][3], greatest = 0;
    if (!usable(small, RL_BLURHASH_SIDE_MAX))
        return REEL_ERR_INVALID_ARG;
    if (!columns && !rows)
        components_of_shape(small->width, small->height, &columns, &rows);
    if (columns < 1 || columns > COMPONENTS_MAX || rows < 1 || rows > COMPONENTS_MAX ||
        size < 5 + 2 * (size_t)columns * (size_t)rows)
        return REEL_ERR_INVALID_ARG;
    transform(small, columns, rows, f);

    for (int k = 1; k < columns * rows; k++)
        for (int c = 0; c < 3; c++)
            greatest = fmax(greatest, fabs(f[k / columns][k % columns][c]));
    uint32_t scale = columns * rows > 1 ? (uint32_t)clamp(floor(greatest * 166 - 0.5), 82) : 0;
    uint32_t dc = (uint32_t)to_byte(f[0][0][0]) << 16 | (uint32_t)to_byte(f[0][0][1]) << 8 |
                  (uint32_t)to_byte(f[0][0][2]);
    char *to = put83(text, (uint32_t)(columns - 1 + (rows - 1) * 9), 1);
    to = put83(to, scale, 1);
    to = put83(to, dc, 4);
    greatest = (scale + 1) / 166.0;
    for (int k = 1; k < columns * rows; k++) {
        const double *v = f[k / columns][k % columns];
        to = put83(to, step_of(v[0], greatest) * 361 + step_of(v[1], greatest) * 19 + step_of(v[2], greatest), 2);
    }
    *to = 0;
    return (int)(to - text);
}
