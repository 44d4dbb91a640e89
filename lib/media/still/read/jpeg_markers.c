#include "jpeg_markers.h"

#include "../exif.h"
#include "../meta.h"

#include <string.h>

#define MAX_RUBBISH 65536
#define MAX_LOOK 65536

static const char xmp_name[] = "http://ns.adobe.com/xap/1.0/";
static const char icc_name[] = "ICC_PROFILE";
static const char iso_name[] = "urn:iso:std:iso:ts:21496";

struct part {
    const uint8_t *data;
    size_t size;
};

struct walk {
    struct rl_jpeg_markers *m;
    struct part icc[256]; /* by number, from 1 */
    unsigned icc_parts;   /* as they all say */
    struct part mpf;
};

static bool begins(const uint8_t *data, size_t size, const char *name, size_t n)
{
    return size >= n && !memcmp(data, name, n);
}

static bool contains(const uint8_t *data, size_t size, const char *what)
{
    return size && memmem(data, size, what, strlen(what)) != NULL;
}

static void app1(struct walk *w, const uint8_t *data, size_t size)
{
    struct rl_jpeg_markers *m = w->m;

    if (begins(data, size, "Exif\0", 6) && !m->exif_size) {
        m->exif = data + 6;
        m->exif_size = size - 6;
    } else if (begins(data, size, xmp_name, sizeof(xmp_name)) && !m->xmp_size) {
        m->xmp = data + sizeof(xmp_name);
        m->xmp_size = size - sizeof(xmp_name);
    }
}

static void app2(struct walk *w, const uint8_t *data, size_t size)
{
    if (begins(data, size, icc_name, sizeof(icc_name)) && size > sizeof(icc_name) + 2) {
        unsigned number = data[sizeof(icc_name)], parts = data[sizeof(icc_name) + 1];
        if (!number || number > parts || w->icc[number].size || (w->icc_parts && w->icc_parts != parts)) {
            w->m->icc_damaged = true;
            return;
        }
        w->icc_parts = parts;
        w->icc[number] = (struct part){ data + sizeof(icc_name) + 2, size - sizeof(icc_name) - 2 };
    } else if (begins(data, size, "MPF", 4) && !w->mpf.size) {
        w->mpf = (struct part){ data + 4, size - 4 };
    } else if (begins(data, size, iso_name, sizeof(iso_name) - 1)) {
        w->m->gain_map = true;
    }
}

static int join_icc(struct rl_flow *flow, struct walk *w)
{
    struct rl_jpeg_markers *m = w->m;
    size_t total = 0;

    for (unsigned i = 1; i <= w->icc_parts; i++) {
        m->icc_damaged = m->icc_damaged || !w->icc[i].size;
        total += w->icc[i].size;
    }
    if (m->icc_damaged || !total)
        return 0;
    m->icc = w->icc[1].data;
    m->icc_size = total;
    if (w->icc_parts == 1)
        return 0;
    m->joined = rl_alloc(flow->env, total);
    if (!m->joined)
        return rl_err_nomem(flow->err, "picture");
    m->icc = m->joined;
    for (unsigned i = 1, at = 0; i <= w->icc_parts; at += (unsigned)w->icc[i++].size)
        memcpy(m->joined + at, w->icc[i].data, w->icc[i].size);
    return 0;
}

/* CIPA DC-007: the other pictures of the file. One of them may be a gain map; it says so in its own front. */
static bool others_have_gain_map(struct part mpf, const uint8_t *data, size_t size)
{
    struct rl_tiff_entry e;
    struct rl_tiff t;
    size_t base = (size_t)(mpf.data - data);

    if (!rl_tiff_open(&t, mpf.data, mpf.size) || !rl_tiff_find(&t, rl_tiff_first(&t), 0xb002, &e))
        return false;
    for (size_t i = 1; i < e.bytes / 16 && i < 16; i++) {
        size_t bytes = rl_tiff_u32(&t, e.value + 16 * i + 4), at = rl_tiff_u32(&t, e.value + 16 * i + 8);
        if (!at || at > size - base || bytes > size - base - at)
            continue;
        const uint8_t *other = data + base + at;
        bytes = bytes < MAX_LOOK ? bytes : MAX_LOOK;
        if (contains(other, bytes, "hdr-gain-map") || contains(other, bytes, "hdrgainmap") ||
            contains(other, bytes, "HDRGainMap") || contains(other, bytes, iso_name))
            return true;
    }
    return false;
}

/* Samsung's phones end the file with a list of what they have put behind the picture. */
static bool samsung_motion(const uint8_t *data, size_t size)
{
    struct rl_tiff t = { data, size, false };
    size_t bytes, at;

    if (size < 20 || memcmp(data + size - 4, "SEFT", 4) != 0)
        return false;
    bytes = rl_tiff_u32(&t, size - 8);
    if (bytes < 12 || bytes > size - 8 || memcmp(data + size - 8 - bytes, "SEFH", 4) != 0)
        return false;
    at = size - 8 - bytes;
    for (size_t i = 0; i < rl_tiff_u32(&t, at + 8) && 12 * (i + 2) <= bytes; i++)
        if (rl_tiff_u16(&t, at + 12 + 12 * i + 2) == 0x0a30)
            return true;
    return false;
}

/* Offset of the start of an image; 0 when it is nowhere near. */
static size_t start(const uint8_t *data, size_t size)
{
    const uint8_t *at = NULL;

    if (size > 2 && (data[0] != 0xff || data[1] != 0xd8))
        at = memmem(data, size < MAX_RUBBISH ? size : MAX_RUBBISH, "\xff\xd8\xff", 3);
    return at ? (size_t)(at - data) : 0;
}

static bool is_frame(unsigned marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

int rl_jpeg_markers_read(struct rl_flow *flow, const uint8_t *data, size_t size, struct rl_jpeg_markers *m)
{
    struct walk w = { .m = m };
    size_t at;
    int rc;

    *m = (struct rl_jpeg_markers){ .begin = start(data, size) };
    at = m->begin + 2;
    while (at + 4 <= size) {
        unsigned marker = data[at + 1];
        size_t bytes = (size_t)data[at + 2] << 8 | data[at + 3];
        if (data[at] != 0xff || marker == 0xff || marker == 0) { /* fill bytes, or rubbish between segments */
            at++;
            continue;
        }
        if (marker == 0xda || marker == 0xd9)
            break;
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) { /* these have no length */
            at += 2;
            continue;
        }
        if (bytes < 2 || bytes > size - at - 2)
            break;
        if (marker == 0xe1)
            app1(&w, data + at + 4, bytes - 2);
        else if (marker == 0xe2)
            app2(&w, data + at + 4, bytes - 2);
        else if (is_frame(marker) && !m->frame)
            m->frame = marker;
        at += 2 + bytes;
    }
    if ((rc = join_icc(flow, &w)) < 0)
        return rc;
    m->motion = rl_xmp_motion(m->xmp, m->xmp_size) || samsung_motion(data, size);
    m->gain_map = m->gain_map || rl_xmp_gain_map(m->xmp, m->xmp_size) ||
                  (w.mpf.size && others_have_gain_map(w.mpf, data, size));
    return 0;
}
