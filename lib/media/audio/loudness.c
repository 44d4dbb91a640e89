#include "loudness.h"

#include "truepeak.h"

#include <math.h>

#define HOP 4800         /* 100 ms: blocks overlap by 75 % */
#define MOMENTARY_HOPS 4 /* 400 ms */
#define SHORT_HOPS 30    /* 3 s */

#define LOWEST (-70.0) /* absolute gate, LUFS */
#define BINS 10000     /* of 0.01 LU, up to +30 LUFS */

struct biquad {
    double b0, b1, b2, a1, a2;
};

/* BS.1770-4, tables 1 and 2: the head, and the high-pass. For 48 kHz. */
static const struct biquad head = { 1.53512485958697, -2.69169618940638, 1.19839281085285,
                                    -1.69065929318241, 0.73248077421585 };
static const struct biquad high_pass = { 1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621 };

struct memory { /* of both filters, transposed direct form II */
    double head[2], high[2];
};

struct loudness {
    struct rl_step step;
    const struct rl_audio_spec *spec;
    struct rl_sound_tally *tally;
    int channels;
    double weight[RL_SOUND_CHANNELS];
    struct memory memory[RL_SOUND_CHANNELS];
    double sum;              /* weighted squares of the hop so far */
    int in_hop;              /* samples of it */
    double hops[SHORT_HOPS]; /* mean squares of the last hops, a ring */
    uint64_t hop_count;
    struct rl_true_peak *peak;
    uint32_t *momentary, *short_term; /* BINS each */
};

static inline double filter(const struct biquad *f, double m[2], double x)
{
    double y = f->b0 * x + m[0];
    m[0] = f->b1 * x - f->a1 * y + m[1];
    m[1] = f->b2 * x - f->a2 * y;
    return y;
}

static double lufs(double energy)
{
    return energy > 0 ? -0.691 + 10.0 * log10(energy) : -HUGE_VAL;
}

static double bin_lufs(int bin)
{
    return LOWEST + (bin + 0.5) * 0.01;
}

static void put(uint32_t *bins, double energy)
{
    double l = lufs(energy);
    if (!(l > LOWEST))
        return;
    int bin = (int)((l - LOWEST) * 100.0);
    bins[bin < BINS ? bin : BINS - 1]++;
}

static double mean_of_hops(const struct loudness *l, unsigned count)
{
    double sum = 0;
    for (unsigned i = 1; i <= count; i++)
        sum += l->hops[(l->hop_count - i) % SHORT_HOPS];
    return sum / count;
}

static void end_hop(struct loudness *l)
{
    l->hops[l->hop_count++ % SHORT_HOPS] = l->sum / HOP;
    l->sum = 0;
    l->in_hop = 0;
    if (l->hop_count >= MOMENTARY_HOPS)
        put(l->momentary, mean_of_hops(l, MOMENTARY_HOPS));
    if (l->hop_count >= SHORT_HOPS)
        put(l->short_term, mean_of_hops(l, SHORT_HOPS));
}

static void weigh(struct loudness *l, const float *samples, int count)
{
    while (count > 0) {
        int n = HOP - l->in_hop < count ? HOP - l->in_hop : count;
        for (int c = 0; c < l->channels; c++) {
            if (l->weight[c] == 0)
                continue;
            struct memory m = l->memory[c];
            double sum = 0;
            for (int i = 0; i < n; i++) {
                double y = filter(&high_pass, m.high, filter(&head, m.head, samples[i * l->channels + c]));
                sum += y * y;
            }
            l->memory[c] = m;
            l->sum += sum * l->weight[c];
        }
        samples += (ptrdiff_t)n * l->channels;
        count -= n;
        l->in_hop += n;
        if (l->in_hop == HOP)
            end_hop(l);
    }
}

static int loudness_frame(struct rl_step *step, AVFrame *frame)
{
    struct loudness *l = (struct loudness *)step;
    const float *samples = (const float *)(const void *)frame->data[0];
    weigh(l, samples, frame->nb_samples);
    rl_true_peak_add(l->peak, samples, frame->nb_samples);
    return rl_push_frame(step->next, frame);
}

/* Mean of the blocks at or above the gate, LUFS; -HUGE_VAL without any. */
static double gated_mean(const uint32_t *bins, double gate)
{
    double sum = 0, count = 0;
    for (int i = 0; i < BINS; i++) {
        if (bins[i] && bin_lufs(i) >= gate) {
            sum += bins[i] * pow(10.0, (bin_lufs(i) + 0.691) / 10.0);
            count += bins[i];
        }
    }
    return count > 0 ? lufs(sum / count) : -HUGE_VAL;
}

/* EBU Tech 3342: from the 10th to the 95th percentile of the short-term loudness over the gate. */
static double range_of(const uint32_t *bins)
{
    double gate = gated_mean(bins, LOWEST) - 20.0, count = 0, below = 0, low = 0, high = 0;
    for (int i = 0; i < BINS; i++)
        count += bin_lufs(i) >= gate ? bins[i] : 0;
    bool have_low = false;
    for (int i = 0; i < BINS && count > 0; i++) {
        if (!bins[i] || bin_lufs(i) < gate)
            continue;
        below += bins[i];
        if (!have_low && below > (count - 1) * 0.10) {
            low = bin_lufs(i);
            have_low = true;
        }
        if (below > (count - 1) * 0.95) {
            high = bin_lufs(i);
            break;
        }
    }
    return high - low;
}

double rl_loudness_gain(double loudness, double peak, double target, double peak_limit)
{
    double gain = target - loudness;
    if (gain > 0 && gain > peak_limit - peak)
        gain = peak_limit > peak ? peak_limit - peak : 0;
    return fmin(fmax(gain, -128.0), 127.0);
}

static int loudness_flush(struct rl_step *step)
{
    struct loudness *l = (struct loudness *)step;
    struct rl_sound_tally *tally = l->tally;
    float peak = rl_true_peak_end(l->peak);
    double integrated = gated_mean(l->momentary, gated_mean(l->momentary, LOWEST) - 10.0);
    if (integrated > LOWEST && peak > 0) {
        tally->loudness = integrated;
        tally->range = range_of(l->short_term);
        tally->peak = 20.0 * log10(peak);
        if (l->spec->has_target)
            tally->gain = rl_loudness_gain(integrated, tally->peak, l->spec->target, l->spec->peak_limit);
    }
    return rl_push_flush(step->next);
}

static void loudness_close(struct rl_step *step)
{
    struct loudness *l = (struct loudness *)step;
    const struct rl_env *env = step->flow->env;
    rl_true_peak_close(&l->peak);
    rl_free(env, l->momentary);
    rl_free(env, l->short_term);
    rl_free(env, l);
}

static const struct rl_step_ops loudness_ops = {
    .name = "loudness", .frame = loudness_frame, .flush = loudness_flush, .close = loudness_close
};

/* Everything beside and behind the listener weighs 1.5 dB more, the LFE nothing. */
static void set_weights(double weight[RL_SOUND_CHANNELS], int channels)
{
    static const double surround = 1.41;
    static const unsigned first_surround[RL_SOUND_CHANNELS] = { 1, 2, 3, 2, 3, 3, 3, 3 };
    for (int c = 0; c < channels; c++)
        weight[c] = (unsigned)c < first_surround[channels - 1] ? 1.0 : surround;
    if (channels >= 6)
        weight[channels - 1] = 0;
}

int rl_loudness_open(struct rl_step **out, struct rl_flow *flow, const struct rl_audio_spec *spec,
                     struct rl_sound_tally *tally)
{
    *out = NULL;
    struct loudness *l = rl_calloc(flow->env, 1, sizeof *l);
    if (!l)
        return rl_err_nomem(flow->err, "loudness");
    *l = (struct loudness){ .step = { .ops = &loudness_ops, .flow = flow }, .spec = spec, .tally = tally,
                            .channels = spec->channels };
    set_weights(l->weight, l->channels);
    l->momentary = rl_calloc(flow->env, BINS, sizeof *l->momentary);
    l->short_term = rl_calloc(flow->env, BINS, sizeof *l->short_term);
    if (!l->momentary || !l->short_term || rl_true_peak_open(&l->peak, flow, l->channels) < 0) {
        loudness_close(&l->step);
        return rl_err_nomem(flow->err, "loudness");
    }
    *out = &l->step;
    return 0;
}
