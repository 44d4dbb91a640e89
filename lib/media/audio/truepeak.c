#include "truepeak.h"

#include <math.h>
#include <string.h>

#define PHASES 4 /* the first is that of the samples themselves */
#define TAPS 32
#define CENTRE 15 /* the tap that stands on a sample */
#define BETA 9.0  /* of the Kaiser window: what is cut off lies 90 dB below */
#define BLOCK 32  /* outputs that are computed or left out together */
#define PIECE 1024
#define ROOM (PIECE + TAPS - 1) /* a piece behind what the filter still looks back at */

/* A value for each phase. */
typedef float lanes __attribute__((vector_size(PHASES * sizeof(float))));
typedef int32_t masks __attribute__((vector_size(PHASES * sizeof(int32_t))));

struct rl_true_peak {
    struct rl_flow *flow;
    int channels;
    float taps[TAPS][PHASES]; /* no lanes: a host's allocator need not align them */
    float gain;  /* the most that the filter can make of samples up to 1 */
    float peak;
    float *line; /* ROOM for each channel */
};

static double bessel(double x)
{
    double sum = 1, term = 1;
    for (int i = 1; term > sum * 1e-12; i++) {
        term *= x * x / (4.0 * i * i);
        sum += term;
    }
    return sum;
}

static double tap(int i, int phase)
{
    double x = i - CENTRE - (double)phase / PHASES, w = x / (TAPS / 2.0), y = M_PI * x;
    return (x == 0 ? 1 : sin(y) / y) * bessel(BETA * sqrt(fmax(1 - w * w, 0)));
}

static void design(struct rl_true_peak *t)
{
    for (int phase = 0; phase < PHASES; phase++) {
        double sum = 0, greatest = 0;
        for (int i = 0; i < TAPS; i++)
            sum += tap(i, phase);
        for (int i = 0; i < TAPS; i++) {
            t->taps[i][phase] = (float)(tap(i, phase) / sum);
            greatest += fabs(tap(i, phase) / sum);
        }
        t->gain = fmaxf(t->gain, (float)greatest);
    }
    t->gain *= 1.001f; /* what rounding could add */
}

int rl_true_peak_open(struct rl_true_peak **out, struct rl_flow *flow, int channels)
{
    *out = NULL;
    struct rl_true_peak *t = rl_calloc(flow->env, 1, sizeof *t);
    if (!t)
        return rl_err_nomem(flow->err, "loudness");
    t->flow = flow;
    t->channels = channels;
    t->line = rl_calloc(flow->env, (size_t)channels * ROOM, sizeof *t->line);
    design(t);
    *out = t;
    if (t->line)
        return 0;
    rl_true_peak_close(out);
    return rl_err_nomem(flow->err, "loudness");
}

void rl_true_peak_close(struct rl_true_peak **pt)
{
    struct rl_true_peak *t = *pt;
    if (!t)
        return;
    rl_free(t->flow->env, t->line);
    rl_free(t->flow->env, t);
    *pt = NULL;
}

static lanes magnitude(lanes v)
{
    const masks no_sign = { INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX };
    return (lanes)((masks)v & no_sign);
}

/* What is no number is never the greater. */
static lanes greater(lanes a, lanes b)
{
    masks which = a > b;
    return (lanes)((which & (masks)a) | (~which & (masks)b));
}

static float greatest_of(lanes v)
{
    return fmaxf(fmaxf(v[0], v[1]), fmaxf(v[2], v[3]));
}

static float loudest(const float *s, int count)
{
    lanes most = { 0 }, v;
    int i = 0;
    for (; i + PHASES <= count; i += PHASES) {
        memcpy(&v, s + i, sizeof v);
        most = greater(magnitude(v), most);
    }
    float peak = greatest_of(most);
    for (; i < count; i++)
        peak = fmaxf(peak, fabsf(s[i]));
    return peak;
}

/* Four outputs at once: their sums do not wait for each other. */
static void filter(struct rl_true_peak *t, const float *s, int count)
{
    lanes taps[TAPS], most = { t->peak, t->peak, t->peak, t->peak };
    memcpy(taps, t->taps, sizeof taps);
    int n = 0;
    for (; n + 4 <= count; n += 4) {
        lanes a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
        for (int i = 0; i < TAPS; i++) {
            const float *x = s + n + i;
            a += taps[i] * x[0];
            b += taps[i] * x[1];
            c += taps[i] * x[2];
            d += taps[i] * x[3];
        }
        most = greater(magnitude(a), greater(magnitude(b), greater(magnitude(c), greater(magnitude(d), most))));
    }
    for (; n < count; n++) {
        lanes sum = { 0 };
        for (int i = 0; i < TAPS; i++)
            sum += taps[i] * s[n + i];
        most = greater(magnitude(sum), most);
    }
    t->peak = greatest_of(most);
}

/* So many outputs of one channel; s begins where the filter's first tap does. */
static void look_at(struct rl_true_peak *t, const float *s, int count)
{
    for (int at = 0; at < count; at += BLOCK) {
        int n = count - at < BLOCK ? count - at : BLOCK;
        if (!(loudest(s + at, n + TAPS - 1) * t->gain <= t->peak))
            filter(t, s + at, n);
    }
}

void rl_true_peak_add(struct rl_true_peak *t, const float *interleaved, int count)
{
    while (count > 0) {
        int n = count < PIECE ? count : PIECE;
        for (int c = 0; c < t->channels; c++) {
            float *line = t->line + (ptrdiff_t)c * ROOM, *fresh = line + TAPS - 1;
            for (int i = 0; i < n; i++)
                fresh[i] = interleaved ? interleaved[(ptrdiff_t)i * t->channels + c] : 0;
            look_at(t, line, n);
            memmove(line, line + n, (TAPS - 1) * sizeof *line);
        }
        if (interleaved)
            interleaved += (ptrdiff_t)n * t->channels;
        count -= n;
    }
}

float rl_true_peak_end(struct rl_true_peak *t)
{
    rl_true_peak_add(t, NULL, TAPS - 1);
    return t->peak;
}
