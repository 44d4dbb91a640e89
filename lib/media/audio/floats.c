#include "floats.h"

#include <libavutil/samplefmt.h>

/* One channel: `stride` samples lie between two of it. */
#define READ(name, type, value)                                                                                 \
    static void name(const uint8_t *data, ptrdiff_t stride, int count, float *to, int channels)                 \
    {                                                                                                           \
        const type *s = (const type *)(const void *)data;                                                       \
        for (int i = 0; i < count; i++, s += stride, to += channels)                                            \
            *to = (float)(value);                                                                               \
    }

READ(read_u8, uint8_t, ((float)*s - 128.0f) / 128.0f)
READ(read_s16, int16_t, (float)*s / 32768.0f)
READ(read_s32, int32_t, (double)*s / 2147483648.0)
READ(read_s64, int64_t, (double)*s / 9223372036854775808.0)
READ(read_float, float, *s)
READ(read_double, double, *s)

bool rl_floats_read(const AVFrame *frame, int from, int count, float *to)
{
    static const struct {
        enum AVSampleFormat format;
        void (*read)(const uint8_t *, ptrdiff_t, int, float *, int);
    } known[] = {
        { AV_SAMPLE_FMT_U8, read_u8 },   { AV_SAMPLE_FMT_S16, read_s16 },   { AV_SAMPLE_FMT_S32, read_s32 },
        { AV_SAMPLE_FMT_S64, read_s64 }, { AV_SAMPLE_FMT_FLT, read_float }, { AV_SAMPLE_FMT_DBL, read_double },
    };
    enum AVSampleFormat packed = av_get_packed_sample_fmt(frame->format);
    int channels = frame->ch_layout.nb_channels, bytes = av_get_bytes_per_sample(frame->format);
    bool planar = av_sample_fmt_is_planar(frame->format);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].format != packed)
            continue;
        for (int c = 0; c < channels; c++) {
            const uint8_t *plane = frame->extended_data[planar ? c : 0];
            const uint8_t *first = planar ? plane + (ptrdiff_t)from * bytes
                                          : plane + ((ptrdiff_t)from * channels + c) * bytes;
            known[i].read(first, planar ? 1 : channels, count, to + c, channels);
        }
        return true;
    }
    return false;
}
