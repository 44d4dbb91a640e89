/* Primaries by their number in H.273, and the way from one set to another in linear light. */
#include "inside.h"

#include <string.h>

static const struct {
    int number;
    double xy[8]; /* red, green, blue, white */
} table[] = {
    { 1, { 0.640, 0.330, 0.300, 0.600, 0.150, 0.060, 0.3127, 0.3290 } },  /* BT.709, sRGB */
    { 4, { 0.670, 0.330, 0.210, 0.710, 0.140, 0.080, 0.3100, 0.3160 } },  /* BT.470 M */
    { 5, { 0.640, 0.330, 0.290, 0.600, 0.150, 0.060, 0.3127, 0.3290 } },  /* BT.470 BG */
    { 6, { 0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290 } },  /* SMPTE 170M */
    { 7, { 0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290 } },  /* SMPTE 240M */
    { 8, { 0.681, 0.319, 0.243, 0.692, 0.145, 0.049, 0.3100, 0.3160 } },  /* film */
    { 9, { 0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290 } },  /* BT.2020 */
    { 11, { 0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3140, 0.3510 } }, /* DCI P3 */
    { 12, { 0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290 } }, /* Display P3 */
    { 22, { 0.630, 0.340, 0.295, 0.605, 0.155, 0.077, 0.3127, 0.3290 } }, /* EBU 3213 */
};

bool rl_primaries_points(int primaries, double xy[8])
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].number == primaries) {
            memcpy(xy, table[i].xy, sizeof(table[i].xy));
            return true;
        }
    return false;
}

static void invert(double m[3][3], double out[3][3])
{
    double det = 0;

    for (int i = 0; i < 3; i++)
        det += m[0][i] * (m[1][(i + 1) % 3] * m[2][(i + 2) % 3] - m[1][(i + 2) % 3] * m[2][(i + 1) % 3]);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out[j][i] = (m[(i + 1) % 3][(j + 1) % 3] * m[(i + 2) % 3][(j + 2) % 3] -
                         m[(i + 1) % 3][(j + 2) % 3] * m[(i + 2) % 3][(j + 1) % 3]) / det;
}

static void to_xyz(const double xy[8], double m[3][3])
{
    double inverse[3][3];
    const double white[3] = { xy[6] / xy[7], 1, (1 - xy[6] - xy[7]) / xy[7] };

    for (int c = 0; c < 3; c++) {
        double x = xy[2 * c], y = xy[2 * c + 1];
        m[0][c] = x / y;
        m[1][c] = 1;
        m[2][c] = (1 - x - y) / y;
    }
    invert(m, inverse);
    for (int c = 0; c < 3; c++) {
        double s = inverse[c][0] * white[0] + inverse[c][1] * white[1] + inverse[c][2] * white[2];
        for (int i = 0; i < 3; i++)
            m[i][c] *= s;
    }
}

bool rl_primaries_matrix(int from, int to, double m[3][3])
{
    double a[8], b[8], there[3][3], target[3][3], back[3][3];

    if (!rl_primaries_points(from, a) || !rl_primaries_points(to, b))
        return false;
    to_xyz(a, there);
    to_xyz(b, target);
    invert(target, back);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            m[i][j] = back[i][0] * there[0][j] + back[i][1] * there[1][j] + back[i][2] * there[2][j];
    return true;
}
