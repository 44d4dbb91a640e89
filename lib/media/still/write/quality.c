/*
 * One scale of quality for both formats: equal numbers mean equal SSIM.
 *
 * Measured on twelve photos of different kinds (text, people, plants, machines, night, indoors) of 1.5 to 2 Mpx, at
 * the default speed level, with libwebp 1.2.4 and libaom 3.6: the mean over the photos of -10 log10(1 - SSIM), where
 * SSIM is that of FFmpeg's filter over all planes of 4:2:0, against what went into the encoder. Between the points
 * lines are straight.
 *
 *     quality    0    10    20    30    40    50    60    70    80    90   100
 *     dB       8.6  10.2  11.5  12.6  13.6  14.6  15.4  16.7  18.3  20.4  23.2
 *
 * 60 is next to libwebp's own default of 75: a good picture for the web. At 100 nobody sees a difference, and the file
 * is three to four times as large. AV1's steps are whole numbers: 0.25 dB around 60, 1 dB at the top.
 */
#include "write.h"

#include <math.h>

static double on_scale(const double points[11], int32_t quality)
{
    int q = quality < 0 ? 0 : quality > 100 ? 100 : quality;
    int i = q == 100 ? 9 : q / 10;

    return points[i] + (points[i + 1] - points[i]) * (q - 10 * i) / 10;
}

float rl_quality_webp(int32_t quality)
{
    static const double points[11] = { 0, 4.2, 13.3, 25.9, 41.1, 60, 74.5, 81.7, 87.6, 93, 97.1 };

    return (float)on_scale(points, quality);
}

int rl_quality_avif(int32_t quality)
{
    static const double points[11] = { 54.1, 46.4, 40.6, 36, 31.8, 27.1, 24, 17.1, 11.4, 6.9, 3.6 };

    return (int)lround(on_scale(points, quality));
}
