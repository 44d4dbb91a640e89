/* lib/input/sniff: types from made-up beginnings. */
#include "harness.h"

#include "input/sniff.h"

struct bytes {
    uint8_t data[8192];
    size_t size;
};

static void add(struct bytes *b, const void *data, size_t size)
{
    assert_true(b->size + size <= sizeof(b->data));
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

static void fill(struct bytes *b, int value, size_t size)
{
    assert_true(b->size + size <= sizeof(b->data));
    memset(b->data + b->size, value, size);
    b->size += size;
}

static const char *name_at(const struct bytes *b, uint64_t total)
{
    const struct rl_type *type = rl_sniff(b->data, b->size, total);
    return type ? type->name : "unknown";
}

static const char *name_of(const struct bytes *b)
{
    return name_at(b, b->size);
}

static void magic_numbers(void **state)
{
    (void)state;
#define CASE(text, name, accepted) { text, sizeof(text) - 1, name, accepted }
    static const struct {
        const char *bytes;
        size_t size;
        const char *name;
        bool accepted;
    } cases[] = {
        CASE("RIFF\x10\0\0\0AVI LIST", "avi", true),
        CASE("RIFF\x10\0\0\0WAVEfmt ", "wav", true),
        CASE("RF64\xff\xff\xff\xffWAVEds64", "wav", true),
        CASE("BW64\xff\xff\xff\xffWAVEds64", "wav", true),
        CASE("RIFX\0\0\0\x10WAVEfmt ", "wav", true),
        CASE("RIFF\x10\0\0\0WEBPVP8 ", "webp", true),
        CASE("FORM\0\0\0\x10" "AIFFCOMM", "aiff", true),
        CASE("FORM\0\0\0\x10" "AIFCFVER", "aiff", true),
        CASE("OggS\0\x02", "ogg", true),
        CASE("fLaC\0\0\0\x22", "flac", true),
        CASE("FLV\x01\x05\0\0\0\x09\0\0\0\0", "flv", true),
        CASE("#!AMR-WB\n", "amr", true),
        CASE("caff\0\x01\0\0", "caf", true),
        CASE(".snd\0\0\0\x18", "au", true),
        CASE("\0\0\x01\xba\x44\0\x04\0\x04\x01\x01\x89\xc3\xf8", "mpegps", true),
        CASE("\x1a\x45\xdf\xa3\x87\x42\x82\x84webm", "webm", true),
        CASE("\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska", "matroska", true),
        CASE("\x1a\x45\xdf\xa3\x80", "matroska", true),
        CASE("\0\0\0\x18" "ftypisom\0\0\x02\0isomiso2", "mp4", true),
        CASE("\0\0\0\x14" "ftypqt  \0\0\0\0qt  ", "mov", true),
        CASE("\0\0\0\x14" "ftypM4A \0\0\0\0M4A ", "m4a", true),
        CASE("\0\0\0\x14" "ftyp3gp5\0\0\0\0" "3gp5", "3gp", true),
        CASE("\0\0\0\x14" "ftypXXXX\0\0\0\0qt  ", "mov", true),
        CASE("\0\0\0\x14" "ftypXXXX\0\0\0\0YYYY", "mp4", true),
        CASE("\0\0\0\x18" "ftypheic\0\0\0\0mif1heic", "heic", true),
        CASE("\0\0\0\x18" "ftypmif1\0\0\0\0mif1avif", "avif", true),
        CASE("\0\0\0\x14" "ftypmif1\0\0\0\0mif1", "heif", true),
        CASE("\0\0\0\x14" "ftypavis\0\0\0\0avis", "avif", true),
        CASE("\0\0\0\x08wide\0\0\xff\xffmdat", "mov", true),
        CASE("\0\0\0\x08" "free\0\0\0\x14" "ftypM4A \0\0\0\0M4A ", "m4a", true),
        CASE("\0\0\0\x08styp\0\0\0\x08moof", "mp4", true),
        CASE("\xff\xd8\xff\xe0\0\x10JFIF", "jpeg", true),
        CASE("\x89PNG\r\n\x1a\n", "png", true),
        CASE("GIF89a", "gif", true),
        CASE("II*\0\x08\0\0\0", "tiff", true),
        CASE("MM\0*\0\0\0\x08", "tiff", true),
        CASE("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "bmp", true),
        CASE("\0\0\0\x0cJXL \r\n\x87\n", "jxl", false),
        CASE("%PDF-1.7", "pdf", false),
        CASE("PK\x03\x04", "zip", false),
        CASE("\x7f" "ELF\x02", "elf", false),
        CASE("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "hls", false),
        CASE("\xef\xbb\xbf\n #EXTM3U\n", "hls", false),
        CASE("ffconcat version 1.0\nfile x\n", "ffconcat", false),
        CASE("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "sdp", false),
        CASE("<?xml version=\"1.0\"?>\n<MPD xmlns=\"x\">", "dash", false),
        CASE("<?xml version=\"1.0\"?><svg>", "svg", false),
        CASE("<!DOCTYPE html><p>", "html", false),
        CASE("just words\n", "text", false),
        CASE("\0\0\0\x01\x67\x64\0\x1f", "h264", false),
        CASE("\0\0\0\x01\x40\x01\x0c\x01", "hevc", false),
        CASE("\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf", false),
        CASE("\x01\x02\x03\x04\x05\x06\x07\x08\x09", "unknown", false),
        CASE("BM\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x01\x02\x03\x04", "unknown", false),
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct rl_type *type = rl_sniff((const uint8_t *)cases[i].bytes, cases[i].size, cases[i].size);
        if (!type)
            type = rl_sniff_unknown();
        if (strcmp(type->name, cases[i].name) != 0 || type->accepted != cases[i].accepted)
            fail_msg("case %zu: %s instead of %s", i, type->name, cases[i].name);
        assert_true(type->accepted == (type->demuxer[0] != 0)); /* both or neither */
        assert_true(strlen(type->name) < 16 && strlen(type->mime) < 48);
    }
}

/* Each beginning of a sound header is looked at without reading past its end (a sanitizer build watches). */
static void short_windows(void **state)
{
    (void)state;
    static const char *const whole[] = {
        "\xff\xfb\x90\x64........", "\x0b\x77\x00\x00\x1e\x40....", "\x56\xe0\x10........",
        "\x1a\x45\xdf\xa3\x87\x42\x82\x84webm",
        "BMxxxxxxxxxxxxxxxxxxxxxx", "FLV\x01xxxxxxxx", "MZxxxxxxxxxxxxxxxxxx", "\x47@\x11\x10xxxxxxxx", "ID3\x04....",
    };
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        for (size_t n = 0; n <= strlen(whole[i]); n++) {
            uint8_t *copy = malloc(n ? n : 1);
            memcpy(copy, whole[i], n);
            (void)rl_sniff(copy, n, 1 << 20);
            (void)rl_sniff_id3(copy, n);
            free(copy);
        }
    }
}

/* MPEG-1 layer 3, 128 kbit/s, 44.1 kHz: 417 bytes. */
static void add_mp3(struct bytes *b, int frames)
{
    for (int i = 0; i < frames; i++) {
        add(b, "\xff\xfb\x90\x64", 4);
        fill(b, 0x11, 413);
    }
}

static void mp3(void **state)
{
    (void)state;
    struct bytes b = { .size = 0 };
    add_mp3(&b, 4);
    assert_string_equal(name_of(&b), "mp3");

    b.size = 0; /* one frame that ends with the file proves enough, with and without a tag behind it */
    add_mp3(&b, 1);
    assert_string_equal(name_of(&b), "mp3");
    assert_string_equal(name_at(&b, 100000), "unknown");
    add(&b, "TAG", 3);
    fill(&b, 0, 125);
    assert_string_equal(name_of(&b), "mp3");

    b.size = 0; /* garbage first */
    for (int i = 0; i < 500; i++)
        add(&b, "\xde\xad\xbe\xef", 4);
    add_mp3(&b, 4);
    assert_string_equal(name_at(&b, 100000), "mp3");

    b.size = 0; /* garbage first, then two frames and garbage: not enough */
    fill(&b, 0xde, 100);
    add_mp3(&b, 2);
    fill(&b, 0xde, 2000);
    assert_string_equal(name_at(&b, 100000), "unknown");

    b.size = 0; /* layer 2: 144 * 192000 / 48000 = 576 */
    for (int i = 0; i < 4; i++) {
        add(&b, "\xff\xfd\xa4\x00", 4);
        fill(&b, 0x22, 572);
    }
    assert_string_equal(name_of(&b), "mp2");
}

static void other_frames(void **state)
{
    (void)state;
    struct bytes b = { .size = 0 };
    for (int i = 0; i < 4; i++) { /* ADTS, LC, 44.1 kHz, stereo, 200 bytes */
        add(&b, "\xff\xf1\x50\x80\x19\x1f\xfc", 7);
        fill(&b, 0x21, 193);
    }
    assert_string_equal(name_of(&b), "aac");

    b.size = 0;
    for (int i = 0; i < 3; i++) { /* AC-3, 48 kHz, 192 kbit/s: 768 bytes, bsid 8 */
        add(&b, "\x0b\x77\x11\x22\x14\x40\x2f\x84", 8);
        fill(&b, 0x33, 760);
    }
    assert_string_equal(name_of(&b), "ac3");

    b.size = 0;
    for (int i = 0; i < 3; i++) { /* E-AC-3: frame size (255 + 1) * 2, bsid 16 */
        add(&b, "\x0b\x77\x00\xff\x3f\x87\x00\x00", 8);
        fill(&b, 0x33, 504);
    }
    assert_string_equal(name_of(&b), "eac3");

    b.size = 0; /* a bare FLAC frame: the checksum of its header must hold */
    add(&b, "\xff\xf8\xc9\x08\xf2\xbd\x90\x9a\x13", 9);
    fill(&b, 0xaa, 30);
    assert_string_equal(name_at(&b, 5000), "flac");
    b.data[8] ^= 1;
    assert_string_equal(name_at(&b, 5000), "unknown");
}

static void transport_packets(void **state)
{
    (void)state;
    static const size_t strides[] = { 188, 192, 204 }, leads[] = { 0, 4, 77 };
    for (size_t s = 0; s < 3; s++) {
        for (size_t l = 0; l < 3; l++) {
            struct bytes b = { .size = 0 };
            fill(&b, 0x01, leads[l]);
            for (int i = 0; i < 12; i++) {
                add(&b, "\x47\x40\x11\x10", 4);
                fill(&b, 0x80, strides[s] - 4);
            }
            assert_string_equal(name_at(&b, 100000), "mpegts");
        }
    }
    struct bytes b = { .size = 0 }; /* 0x47 alone is no packet */
    fill(&b, 0x47, 4000);
    assert_string_not_equal(name_at(&b, 100000), "mpegts");
    b.size = 0; /* cut to two packets */
    for (int i = 0; i < 2; i++) {
        add(&b, "\x47\x40\x11\x10", 4);
        fill(&b, 0x80, 184);
    }
    assert_string_equal(name_of(&b), "mpegts");
}

static void id3(void **state)
{
    (void)state;
    assert_int_equal(rl_sniff_id3((const uint8_t *)"ID3\x03\0\0\0\0\x02\x01", 10), 10 + 257);
    assert_int_equal(rl_sniff_id3((const uint8_t *)"ID3\x04\0\x10\0\0\x02\x01", 10), 20 + 257);
    assert_int_equal(rl_sniff_id3((const uint8_t *)"ID3\x03\0\0\x80\0\x02\x01", 10), 0);
    assert_int_equal(rl_sniff_id3((const uint8_t *)"ID3\xff\0\0\0\0\x02\x01", 10), 0);
    assert_int_equal(rl_sniff_id3((const uint8_t *)"ID3\x03\0\0\0\0\x02", 9), 0);
    assert_string_equal(rl_sniff_tagged()->name, "mp3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(magic_numbers),     cmocka_unit_test(short_windows), cmocka_unit_test(mp3),
        cmocka_unit_test(other_frames),      cmocka_unit_test(transport_packets), cmocka_unit_test(id3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
