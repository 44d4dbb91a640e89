#include "placeholder.h"

#include <math.h>

#define PI 3.14159265358979323846
#define SIDE_MAX RL_THUMBHASH_SIDE_MAX
#define WAVES_MAX 7      /* of the finest channel, in each direction */
#define FACTORS_MAX 28   /* WAVES_MAX * (WAVES_MAX + 1) / 2: the coarse corner of the transform */

enum { LIGHT, YELLOW_BLUE, RED_GREEN, ALPHA, CHANNELS };

/* One channel's cosine transform: the coarse corner, the constant first. */
struct channel {
    int columns, rows;
    int count;
    struct { uint8_t x, y; } at[FACTORS_MAX];
    double factor[FACTORS_MAX];
    double scale; /* greatest but for the constant */
};

struct waves {
    double across[WAVES_MAX][SIDE_MAX], down[WAVES_MAX][SIDE_MAX];
};

static int nearest(double v)
{
    return (int)floor(v + 0.5);
}

static void fill_waves(double waves[WAVES_MAX][SIDE_MAX], int side)
{
    for (int i = 0; i < WAVES_MAX; i++)
        for (int k = 0; k < side; k++)
            waves[i][k] = cos(PI / side * i * (k + 0.5));
}

static void set_up(struct channel *channel, int columns, int rows)
{
    *channel = (struct channel){ .columns = columns, .rows = rows };
    for (int y = 0; y < rows; y++)
        for (int x = 0; x * rows < columns * (rows - y); x++) {
            channel->at[channel->count].x = (uint8_t)x;
            channel->at[channel->count++].y = (uint8_t)y;
        }
}

/* Mean colour of what is seen, and the sum of all opacity. */
static double mean_of(const AVFrame *small, double mean[3])
{
    double opacity = 0;
    mean[0] = mean[1] = mean[2] = 0;
    for (int y = 0; y < small->height; y++) {
        const uint8_t *p = small->data[0] + (ptrdiff_t)y * small->linesize[0];
        for (int x = 0; x < small->width; x++, p += 4) {
            double a = p[3] / 255.0;
            for (int c = 0; c < 3; c++)
                mean[c] += a / 255 * p[c];
            opacity += a;
        }
    }
    for (int c = 0; c < 3 && opacity > 0; c++)
        mean[c] /= opacity;
    return opacity;
}

/* Laid over the mean, so that what is transparent bends no factor. */
static void split(const uint8_t *p, const double mean[3], double values[CHANNELS])
{
    double a = p[3] / 255.0;
    double r = mean[0] * (1 - a) + a / 255 * p[0];
    double g = mean[1] * (1 - a) + a / 255 * p[1];
    double b = mean[2] * (1 - a) + a / 255 * p[2];
    values[LIGHT] = (r + g + b) / 3;
    values[YELLOW_BLUE] = (r + g) / 2 - b;
    values[RED_GREEN] = r - g;
    values[ALPHA] = a;
}

static void transform(const AVFrame *small, const double mean[3], struct channel channels[CHANNELS])
{
    struct waves waves;
    fill_waves(waves.across, small->width);
    fill_waves(waves.down, small->height);
    for (int y = 0; y < small->height; y++) {
        const uint8_t *p = small->data[0] + (ptrdiff_t)y * small->linesize[0];
        for (int x = 0; x < small->width; x++, p += 4) {
            double values[CHANNELS];
            split(p, mean, values);
            for (struct channel *c = channels; c < channels + CHANNELS; c++)
                for (int i = 0; i < c->count; i++)
                    c->factor[i] += values[c - channels] * waves.across[c->at[i].x][x] * waves.down[c->at[i].y][y];
        }
    }
    for (struct channel *c = channels; c < channels + CHANNELS; c++)
        for (int i = 0; i < c->count; i++) {
            c->factor[i] /= small->width * small->height;
            if (i > 0)
                c->scale = fmax(c->scale, fabs(c->factor[i]));
        }
}

static int coarse(int waves, int side, int longer)
{
    int n = nearest((double)waves * side / longer);
    return n > 1 ? n : 1;
}

static int at_least_3(int n)
{
    return n > 3 ? n : 3;
}

/* Factors as 0 … 15, two to a byte, behind what is there; returns how many have been put in all. */
static int put_factors(const struct channel *channel, uint8_t *to, int nibble)
{
    for (int i = 1; i < channel->count; i++, nibble++) {
        double f = channel->scale > 0 ? 0.5 + 0.5 / channel->scale * channel->factor[i] : channel->factor[i];
        to[nibble / 2] |= (uint8_t)(nearest(15 * f) << nibble % 2 * 4);
    }
    return nibble;
}

int rl_thumbhash(const AVFrame *small, uint8_t hash[RL_THUMBHASH_MAX])
{
    int w = small->width, h = small->height, longer = w > h ? w : h;
    if (small->format != AV_PIX_FMT_RGBA || !small->data[0] || w < 1 || h < 1 || longer > SIDE_MAX)
        return REEL_ERR_INVALID_ARG;
    double mean[3];
    bool alpha = mean_of(small, mean) < w * h;
    int columns = coarse(alpha ? 5 : 7, w, longer), rows = coarse(alpha ? 5 : 7, h, longer);
    struct channel channels[CHANNELS];
    set_up(&channels[LIGHT], at_least_3(columns), at_least_3(rows));
    set_up(&channels[YELLOW_BLUE], 3, 3);
    set_up(&channels[RED_GREEN], 3, 3);
    set_up(&channels[ALPHA], alpha ? 5 : 0, alpha ? 5 : 0);
    transform(small, mean, channels);

    const struct channel *l = &channels[LIGHT], *p = &channels[YELLOW_BLUE], *q = &channels[RED_GREEN];
    uint32_t head = (uint32_t)nearest(63 * l->factor[0]) | (uint32_t)nearest(31.5 + 31.5 * p->factor[0]) << 6 |
                    (uint32_t)nearest(31.5 + 31.5 * q->factor[0]) << 12 | (uint32_t)nearest(31 * l->scale) << 18 |
                    (uint32_t)alpha << 23;
    uint32_t more = (uint32_t)(w > h ? rows : columns) | (uint32_t)nearest(63 * p->scale) << 3 |
                    (uint32_t)nearest(63 * q->scale) << 9 | (uint32_t)(w > h) << 15;
    int size = 5, nibbles = 0;
    memset(hash, 0, RL_THUMBHASH_MAX);
    for (int i = 0; i < 3; i++)
        hash[i] = (uint8_t)(head >> 8 * i);
    hash[3] = (uint8_t)more;
    hash[4] = (uint8_t)(more >> 8);
    if (alpha)
        hash[size++] = (uint8_t)(nearest(15 * channels[ALPHA].factor[0]) |
                                 nearest(15 * channels[ALPHA].scale) << 4);
    for (int i = 0; i < CHANNELS; i++)
        nibbles = put_factors(&channels[i], hash + size, nibbles);
    return size + (nibbles + 1) / 2;
}
