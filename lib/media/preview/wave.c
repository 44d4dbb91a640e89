#include "wave.h"

#define PAIRS_FIRST 4096
#define NUMBER_MAX 7 /* characters: "-32768," */

struct rl_wave {
    struct rl_flow *flow;
    int rate;
    int in, channels; /* as they come; pairs per pixel */
    int scale;
    float low[RL_WAVE_CHANNELS_MAX], high[RL_WAVE_CHANNELS_MAX]; /* of the pixel at work; low > high: nothing yet */
    int count;                                                   /* samples of it */
    int16_t *pairs;
    size_t length, capacity; /* pixels */
    size_t length_max;       /* even */
};

static void begin_pixel(struct rl_wave *w)
{
    for (int c = 0; c < w->channels; c++) {
        w->low[c] = 2;
        w->high[c] = -2;
    }
    w->count = 0;
}

int rl_wave_open(struct rl_wave **out, struct rl_flow *flow, int rate, int channels, int samples_per_pixel, bool split)
{
    *out = NULL;
    if (rate < 1 || channels < 1 || samples_per_pixel < 2)
        return rl_err(flow->err, REEL_ERR_INVALID_ARG, "waveform", "peaks of %d samples of %d channels at %d Hz",
                      samples_per_pixel, channels, rate);
    struct rl_wave *w = rl_calloc(flow->env, 1, sizeof *w);
    if (!w)
        return rl_err_nomem(flow->err, "waveform");
    *w = (struct rl_wave){ .flow = flow, .rate = rate, .in = channels, .scale = samples_per_pixel,
                           .channels = split && channels <= RL_WAVE_CHANNELS_MAX ? channels : 1 };
    w->length_max = RL_WAVE_PAIRS_MAX / (size_t)w->channels & ~(size_t)1;
    begin_pixel(w);
    *out = w;
    return 0;
}

void rl_wave_close(struct rl_wave **wave)
{
    struct rl_wave *w = *wave;
    if (!w)
        return;
    rl_free(w->flow->env, w->pairs);
    rl_free(w->flow->env, w);
    *wave = NULL;
}

/* Two pixels to one. The next pixel begins empty, so all is as if the scale had been this one all along. */
static void coarsen(struct rl_wave *w)
{
    size_t n = (size_t)w->channels;
    for (size_t i = 0; i < w->length / 2; i++) {
        for (size_t c = 0; c < n; c++) {
            const int16_t *a = w->pairs + 2 * (2 * i * n + c), *b = a + 2 * n;
            int16_t *to = w->pairs + 2 * (i * n + c);
            int16_t low = a[0] < b[0] ? a[0] : b[0], high = a[1] > b[1] ? a[1] : b[1];
            to[0] = low;
            to[1] = high;
        }
    }
    w->length /= 2;
    w->scale *= 2;
}

static int make_room(struct rl_wave *w)
{
    if (w->length < w->capacity)
        return 0;
    size_t capacity = w->capacity ? 2 * w->capacity : PAIRS_FIRST;
    capacity = capacity < w->length_max ? capacity : w->length_max;
    int16_t *pairs = rl_realloc_array(w->flow->env, w->pairs, capacity, 2 * (size_t)w->channels * sizeof *pairs);
    if (!pairs)
        return rl_err_nomem(w->flow->err, "waveform");
    w->pairs = pairs;
    w->capacity = capacity;
    return 0;
}

/* Towards 0, as whole samples are divided, so that samples of 16 bits come out as they are. */
static int16_t to_16_bits(float v)
{
    float scaled = v * 32768.0f;
    return (int16_t)(scaled >= 32767.0f ? 32767 : scaled <= -32768.0f ? -32768 : (int)scaled);
}

static int end_pixel(struct rl_wave *w)
{
    int rc = make_room(w);
    if (rc < 0)
        return rc;
    int16_t *to = w->pairs + 2 * w->length++ * (size_t)w->channels;
    for (int c = 0; c < w->channels; c++) {
        bool any = w->low[c] <= w->high[c];
        *to++ = any ? to_16_bits(w->low[c]) : 0;
        *to++ = any ? to_16_bits(w->high[c]) : 0;
    }
    if (w->length == w->length_max && w->scale <= INT32_MAX / 2)
        coarsen(w);
    else if (w->length == w->length_max)
        return rl_err(w->flow->err, REEL_ERR_LIMIT_DURATION, "waveform", "sound is too long for its peaks");
    begin_pixel(w);
    return 0;
}

/* Peaks of one channel among so many. Comparisons with what is no number are false. */
static void look_at(const float *s, size_t frames, size_t stride, float *low, float *high)
{
    float least = *low, greatest = *high;
    for (size_t i = 0; i < frames; i++) {
        float v = s[i * stride];
        least = v < least ? v : least;
        greatest = v > greatest ? v : greatest;
    }
    *low = least;
    *high = greatest;
}

static void look_at_mean(const float *s, size_t frames, size_t channels, float *low, float *high)
{
    float least = *low, greatest = *high, of = (float)channels;
    for (size_t i = 0; i < frames; i++) {
        float v = s[i * channels];
        for (size_t c = 1; c < channels; c++)
            v += s[i * channels + c];
        v /= of;
        least = v < least ? v : least;
        greatest = v > greatest ? v : greatest;
    }
    *low = least;
    *high = greatest;
}

int rl_wave_add(struct rl_wave *w, const float *samples, size_t frames)
{
    size_t in = (size_t)w->in;
    while (frames > 0) {
        size_t left = (size_t)(w->scale - w->count), n = frames < left ? frames : left;
        if (w->channels == 1 && in > 1)
            look_at_mean(samples, n, in, w->low, w->high);
        else
            for (size_t c = 0; c < in; c++)
                look_at(samples + c, n, in, &w->low[c], &w->high[c]);
        samples += n * in;
        frames -= n;
        w->count += (int)n;
        int rc = w->count == w->scale ? end_pixel(w) : 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

int rl_wave_add_silence(struct rl_wave *w, int64_t frames)
{
    while (frames > 0) {
        int n = frames < w->scale - w->count ? (int)frames : w->scale - w->count;
        for (int c = 0; c < w->channels; c++) {
            w->low[c] = w->low[c] < 0 ? w->low[c] : 0;
            w->high[c] = w->high[c] > 0 ? w->high[c] : 0;
        }
        frames -= n;
        w->count += n;
        int rc = w->count == w->scale ? end_pixel(w) : 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

int rl_wave_end(struct rl_wave *w)
{
    return w->count > 0 ? end_pixel(w) : 0;
}

size_t rl_wave_length(const struct rl_wave *w)
{
    return w->length;
}

int rl_wave_scale(const struct rl_wave *w)
{
    return w->scale;
}

int rl_wave_channels(const struct rl_wave *w)
{
    return w->channels;
}

struct rl_flow *rl_wave_flow(const struct rl_wave *w)
{
    return w->flow;
}

const int16_t *rl_wave_pairs(const struct rl_wave *w)
{
    return w->pairs;
}

static void put_le32(struct rl_buf *out, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        rl_buf_u8(out, v >> 8 * i & 0xff);
}

int rl_wave_binary(const struct rl_wave *w, int bits, struct rl_buf *out)
{
    size_t values = 2 * w->length * (size_t)w->channels;
    put_le32(out, 2);
    put_le32(out, bits == 8);
    put_le32(out, (uint32_t)w->rate);
    put_le32(out, (uint32_t)w->scale);
    put_le32(out, (uint32_t)w->length);
    put_le32(out, (uint32_t)w->channels);
    uint8_t *to = rl_buf_room(out, values * (size_t)(bits / 8));
    if (!to)
        return rl_err_nomem(w->flow->err, "waveform");
    for (size_t i = 0; i < values; i++) {
        if (bits == 8) {
            *to++ = (uint8_t)(w->pairs[i] / 256);
        } else {
            *to++ = (uint8_t)w->pairs[i];
            *to++ = (uint8_t)((uint16_t)w->pairs[i] >> 8);
        }
    }
    out->size += values * (size_t)(bits / 8);
    return 0;
}

static char *put_number(char *to, int v)
{
    char digits[NUMBER_MAX];
    int n = 0;
    if (v < 0)
        *to++ = '-';
    for (unsigned rest = v < 0 ? (unsigned)-v : (unsigned)v; n == 0 || rest > 0; rest /= 10)
        digits[n++] = (char)('0' + rest % 10);
    while (n > 0)
        *to++ = digits[--n];
    return to;
}

int rl_wave_json(const struct rl_wave *w, int bits, struct rl_buf *out)
{
    size_t row = 2 * (size_t)w->channels;
    rl_buf_printf(out, "{\"version\":2,\"channels\":%d,\"sample_rate\":%d,\"samples_per_pixel\":%d,\"bits\":%d,"
                  "\"length\":%zu,\"data\":[", w->channels, w->rate, w->scale, bits, w->length);
    for (size_t i = 0; i < w->length; i++) {
        char *begin = (char *)rl_buf_room(out, row * NUMBER_MAX), *to = begin;
        if (!begin)
            break;
        for (size_t k = 0; k < row; k++) {
            to = put_number(to, w->pairs[i * row + k] / (bits == 8 ? 256 : 1));
            *to++ = ',';
        }
        out->size += (size_t)(to - begin);
    }
    if (w->length > 0 && !out->failed)
        out->size--; /* the last comma */
    rl_buf_text(out, "]}\n");
    return out->failed ? rl_err_nomem(w->flow->err, "waveform") : 0;
}
