/* Metadata of pictures: orientation, what is written of Exif and XMP, and kinds of profiles. */
#include "media_kit.h"

#include "media/still/exif.h"
#include "media/still/meta.h"

#if __has_include(<lcms2.h>)
#include <lcms2.h>
#define HAVE_ICC 1
#else
#define HAVE_ICC 0
#endif

static struct rl_env env;

static int setup(void **state)
{
    (void)state;
    return rl_env_init(&env, NULL, NULL);
}

struct exif {
    uint8_t data[1024];
    size_t size, values;
    bool big;
    unsigned count;
};

static void w16(struct exif *e, size_t at, unsigned v)
{
    e->data[at + (e->big ? 0 : 1)] = (uint8_t)(v >> 8);
    e->data[at + (e->big ? 1 : 0)] = (uint8_t)v;
}

static void w32(struct exif *e, size_t at, uint32_t v)
{
    w16(e, at + (e->big ? 0 : 2), v >> 16);
    w16(e, at + (e->big ? 2 : 0), v & 0xffff);
}

static void begin(struct exif *e, bool big)
{
    memset(e, 0, sizeof(*e));
    e->big = big;
    memset(e->data, big ? 'M' : 'I', 2);
    w16(e, 2, 42);
    w32(e, 4, 8);
    e->values = 256;
    e->size = 256;
}

static void add(struct exif *e, unsigned tag, unsigned type, uint32_t count, const void *bytes, size_t size)
{
    size_t at = 10 + 12 * (size_t)e->count++;

    w16(e, 8, e->count);
    w16(e, at, tag);
    w16(e, at + 2, type);
    w32(e, at + 4, count);
    if (size > 4) {
        w32(e, at + 8, (uint32_t)e->values);
        memcpy(e->data + e->values, bytes, size);
        e->values += (size + 1) & ~(size_t)1;
        e->size = e->values;
    } else {
        memcpy(e->data + at + 8, bytes, size);
    }
}

static void add_text(struct exif *e, unsigned tag, const char *text)
{
    add(e, tag, 2, (uint32_t)strlen(text) + 1, text, strlen(text) + 1);
}

static void add_orientation(struct exif *e, unsigned v)
{
    uint8_t two[2] = { (uint8_t)(e->big ? v >> 8 : v), (uint8_t)(e->big ? v : v >> 8) };
    add(e, RL_TIFF_ORIENTATION, 3, 1, two, 2);
}

static void test_orientation(void **state)
{
    static const int want[9][2] = { { 0, 0 },   { 0, 0 },  { 1, 0 },  { 0, 180 }, { 1, 180 },
                                    { 1, 270 }, { 0, 90 }, { 1, 90 }, { 0, 270 } };
    struct exif e;

    (void)state;
    for (int big = 0; big < 2; big++)
        for (unsigned v = 1; v <= 9; v++) {
            int32_t mirrored, rotation;
            begin(&e, big);
            add_orientation(&e, v);
            assert_int_equal(rl_exif_orientation(e.data, e.size), v < 9 ? v : 1);
            rl_exif_turn((int)v, &mirrored, &rotation);
            assert_int_equal(mirrored, want[v % 9][0]);
            assert_int_equal(rotation, want[v % 9][1]);
        }
    assert_int_equal(rl_exif_orientation(NULL, 0), 1);
    assert_int_equal(rl_exif_orientation((const uint8_t *)"rubbish, and more", 16), 1);
}

static const char gps[] = "51/1 30/1 0/1 secret";

static void make(struct exif *e, bool big)
{
    uint8_t four[4];

    begin(e, big);
    add_text(e, RL_TIFF_IMAGE_DESCRIPTION, "A view of the sea");
    add_text(e, RL_TIFF_MAKE, "Camera and Sons");
    add_orientation(e, 6);
    add_text(e, RL_TIFF_ARTIST, "Ann");
    add_text(e, RL_TIFF_COPYRIGHT, "(c) Ann Example");
    /* a folder with a position, at 900 */
    struct exif inner = *e;
    w32(&inner, 0, 900);
    memcpy(four, inner.data, 4);
    add(e, RL_TIFF_GPS, 4, 1, four, 4);
    w16(e, 900, 1);
    w16(e, 902, 2);
    w16(e, 904, 2);
    w32(e, 906, sizeof(gps));
    w32(e, 910, 918);
    memcpy(e->data + 918, gps, sizeof(gps));
    e->size = 918 + sizeof(gps);
}

static bool has(const struct rl_buf *b, const char *text)
{
    return memmem(b->data, b->size, text, strlen(text)) != NULL;
}

static void test_exif_written(void **state)
{
    const char *text;
    struct rl_tiff t;
    struct rl_buf b;
    struct exif e;

    (void)state;
    for (int big = 0; big < 2; big++) {
        make(&e, big);
        rl_buf_init(&b, &env);
        assert_int_equal(rl_exif_write(&b, e.data, e.size, RL_METADATA_STRIP), 0);
        assert_int_equal(b.size, 0);

        assert_int_equal(rl_exif_write(&b, e.data, e.size, RL_METADATA_WEB), 0);
        assert_true(rl_tiff_open(&t, b.data, b.size));
        size_t ifd = rl_tiff_first(&t);
        assert_int_equal(rl_tiff_count(&t, ifd), 4);
        assert_int_equal(rl_exif_orientation(b.data, b.size), 1);
        assert_int_equal(rl_tiff_text(&t, ifd, RL_TIFF_COPYRIGHT, &text), 15);
        assert_memory_equal(text, "(c) Ann Example", 15);
        assert_int_equal(rl_tiff_text(&t, ifd, RL_TIFF_ARTIST, &text), 3);
        assert_false(has(&b, "secret"));
        assert_false(has(&b, "Camera"));
        rl_buf_free(&b);

        assert_int_equal(rl_exif_write(&b, e.data, e.size, RL_METADATA_KEEP), 0);
        assert_int_equal(b.size, e.size);
        assert_int_equal(rl_exif_orientation(b.data, b.size), 1);
        assert_true(has(&b, "secret"));
        assert_true(has(&b, "Camera"));
        rl_buf_free(&b);

        rl_buf_init(&b, &env);
        assert_int_equal(rl_exif_extract(&b, e.data, e.size), 0);
        assert_int_equal(rl_exif_orientation(b.data, b.size), 6);
        assert_true(has(&b, "secret"));
        rl_buf_free(&b);
    }
}

static void test_nothing_worth_writing(void **state)
{
    struct rl_buf b;
    struct exif e;

    (void)state;
    begin(&e, false);
    add_text(&e, RL_TIFF_MAKE, "Camera and Sons");
    add_orientation(&e, 6);
    add_text(&e, RL_TIFF_COPYRIGHT, "     ");
    rl_buf_init(&b, &env);
    assert_int_equal(rl_exif_write(&b, e.data, e.size, RL_METADATA_WEB), 0);
    assert_int_equal(b.size, 0);
    assert_int_equal(rl_exif_write(&b, (const uint8_t *)"no Exif at all", 14, RL_METADATA_KEEP), 0);
    assert_int_equal(b.size, 0);
    rl_buf_free(&b);
}

static void test_thumbnail_is_wiped(void **state)
{
    static const char thumb[] = "the thumbnail shows what was cropped away";
    struct rl_buf b;
    struct exif e;

    (void)state;
    begin(&e, true);
    add_orientation(&e, 8);
    w32(&e, 22, 400); /* the next folder, behind one entry */
    w16(&e, 400, 2);
    w16(&e, 402, RL_TIFF_THUMBNAIL);
    w16(&e, 404, 4);
    w32(&e, 406, 1);
    w32(&e, 410, 500);
    w16(&e, 414, RL_TIFF_THUMBNAIL_SIZE);
    w16(&e, 416, 4);
    w32(&e, 418, 1);
    w32(&e, 422, sizeof(thumb));
    memcpy(e.data + 500, thumb, sizeof(thumb));
    e.size = 500 + sizeof(thumb);
    rl_buf_init(&b, &env);
    assert_int_equal(rl_exif_write(&b, e.data, e.size, RL_METADATA_KEEP), 0);
    assert_int_equal(b.size, 500);
    assert_false(has(&b, "thumbnail"));
    assert_int_equal(rl_exif_orientation(b.data, b.size), 1);
    rl_buf_free(&b);
}

/* Every cut and every changed byte must be survived; what it comes to is of no interest. */
static void test_damaged_exif(void **state)
{
    struct rl_buf b;
    struct exif e;

    (void)state;
    make(&e, false);
    for (size_t size = 0; size <= e.size; size++) {
        uint8_t *copy = malloc(size ? size : 1); /* so that a sanitizer sees its end */
        memcpy(copy, e.data, size);
        for (int what = 0; what < 3; what++) {
            rl_buf_init(&b, &env);
            assert_int_equal(rl_exif_write(&b, copy, size, (enum rl_metadata)what), 0);
            assert_int_equal(rl_exif_extract(&b, copy, size), 0);
            rl_buf_free(&b);
        }
        free(copy);
    }
    for (size_t at = 0; at < 120; at++)
        for (int v = 0; v < 256; v += 51) {
            struct exif bad = e;
            bad.data[at] = (uint8_t)v;
            for (int what = 0; what < 3; what++) {
                rl_buf_init(&b, &env);
                assert_int_equal(rl_exif_write(&b, bad.data, bad.size, (enum rl_metadata)what), 0);
                rl_buf_free(&b);
            }
        }
}

static const char xmp[] =
    "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
    "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" "
    "xmlns:d=\"http://purl.org/dc/elements/1.1/\" xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" "
    "xmlns:exif=\"http://ns.adobe.com/exif/1.0/\" xmlns:xmpRights=\"http://ns.adobe.com/xap/1.0/rights/\" "
    "xmlns:GCamera=\"http://ns.google.com/photos/1.0/camera/\" GCamera:MotionPhoto=\"1\" "
    "xmlns:cc='http://creativecommons.org/ns#' tiff:Orientation=\"6\" exif:GPSLatitude=\"51,30N\" "
    "xmpRights:WebStatement=\"https://example.org/rights?a=1&amp;b=2\"><d:rights><rdf:Alt>"
    "<rdf:li xml:lang=\"x-default\">\xc2\xa9 Ann &amp; Bob &bogus;</rdf:li></rdf:Alt></d:rights><d:creator><rdf:Seq>\n"
    "<rdf:li>Ann</rdf:li>\n<rdf:li>Bob</rdf:li>\n</rdf:Seq></d:creator>"
    "<cc:license rdf:resource=\"https://creativecommons.org/licenses/by/4.0/\"/></rdf:Description></rdf:RDF>"
    "</x:xmpmeta><?xpacket end='w'?>";

static void test_xmp_written(void **state)
{
    const uint8_t *in = (const uint8_t *)xmp;
    struct rl_buf b;

    (void)state;
    rl_buf_init(&b, &env);
    assert_int_equal(rl_xmp_write(&b, in, sizeof(xmp) - 1, RL_METADATA_STRIP), 0);
    assert_int_equal(b.size, 0);
    assert_int_equal(rl_xmp_write(&b, in, sizeof(xmp) - 1, RL_METADATA_WEB), 0);
    assert_true(
        has(&b, "<dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">\xc2\xa9 Ann &amp; Bob &amp;bogus;</rdf:li>"));
    assert_true(has(&b, "<rdf:Seq><rdf:li>Ann</rdf:li><rdf:li>Bob</rdf:li></rdf:Seq>"));
    assert_true(has(&b, "<xmpRights:WebStatement>https://example.org/rights?a=1&amp;b=2</xmpRights:WebStatement>"));
    assert_true(has(&b, "<cc:license rdf:resource=\"https://creativecommons.org/licenses/by/4.0/\"/>"));
    assert_false(has(&b, "GPS"));
    assert_false(has(&b, "Motion"));
    assert_false(has(&b, "Orientation"));
    rl_buf_free(&b);
    rl_buf_init(&b, &env);
    assert_int_equal(rl_xmp_write(&b, in, sizeof(xmp) - 1, RL_METADATA_KEEP), 0);
    assert_true(has(&b, "tiff:Orientation=\"1\""));
    assert_true(has(&b, "GCamera:MotionPhoto=\"0\""));
    assert_true(has(&b, "GPSLatitude"));
    rl_buf_free(&b);
    assert_true(rl_xmp_motion(in, sizeof(xmp) - 1));
    assert_false(rl_xmp_gain_map(in, sizeof(xmp) - 1));
}

static void test_damaged_xmp(void **state)
{
    struct rl_buf b;

    (void)state;
    for (size_t size = 0; size < sizeof(xmp); size++) {
        uint8_t *copy = malloc(size ? size : 1);
        memcpy(copy, xmp, size);
        rl_buf_init(&b, &env);
        assert_int_equal(rl_xmp_write(&b, copy, size, RL_METADATA_WEB), 0);
        assert_int_equal(rl_xmp_write(&b, copy, size, RL_METADATA_KEEP), 0);
        rl_buf_free(&b);
        free(copy);
    }
    rl_buf_init(&b, &env);
    assert_int_equal(rl_xmp_write(&b, (const uint8_t *)"<rdf:RDF>\xff</rdf:RDF>", 20, RL_METADATA_KEEP), 0);
    assert_int_equal(b.size, 0);
    rl_buf_free(&b);
}

static void test_profiles(void **state)
{
    (void)state;
    assert_int_equal(rl_icc_kind(NULL, 0), RL_ICC_NONE);
    assert_int_equal(rl_icc_kind((const uint8_t *)xmp, sizeof(xmp)), RL_ICC_NONE);
#if HAVE_ICC
    static uint8_t icc[1 << 16];
    cmsCIExyY d65 = { 0.3127, 0.3290, 1 };
    cmsCIExyYTRIPLE p3 = { { 0.680, 0.320, 1 }, { 0.265, 0.690, 1 }, { 0.150, 0.060, 1 } };
    cmsToneCurve *gamma = cmsBuildGamma(NULL, 2.2), *curves[3] = { gamma, gamma, gamma };
    struct {
        cmsHPROFILE profile;
        enum rl_icc want;
    } cases[] = { { cmsCreate_sRGBProfile(), RL_ICC_SRGB },
                  { cmsCreateRGBProfile(&d65, &p3, curves), RL_ICC_RGB },
                  { cmsCreateGrayProfile(&d65, gamma), RL_ICC_GRAY },
                  { cmsCreateLab4Profile(NULL), RL_ICC_OTHER } };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cmsUInt32Number size = sizeof(icc);
        assert_true(cmsSaveProfileToMem(cases[i].profile, icc, &size));
        assert_int_equal(rl_icc_kind(icc, size), cases[i].want);
        cmsCloseProfile(cases[i].profile);
    }
    cmsFreeToneCurve(gamma);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orientation),
        cmocka_unit_test(test_exif_written),
        cmocka_unit_test(test_nothing_worth_writing),
        cmocka_unit_test(test_thumbnail_is_wiped),
        cmocka_unit_test(test_damaged_exif),
        cmocka_unit_test(test_xmp_written),
        cmocka_unit_test(test_damaged_xmp),
        cmocka_unit_test(test_profiles),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
