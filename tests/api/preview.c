/* The program that makes previews, and the page it writes: what the page names is there, and a browser shows it.
 * argv[1]: examples/preview. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program;
static char folder[] = "/tmp/reel-preview-XXXXXX";
static int have_clip;

/* Exit code of a shell command in the folder. */
static int sh(const char *format, ...)
{
    char text[1024], command[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    snprintf(command, sizeof(command), "cd %s && %s", folder, text);
    int rc = system(command);
    return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static char *read_file(const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = calloc(1, 8 << 20);
    size_t got = fread(text, 1, (8 << 20) - 1, file);
    fclose(file);
    assert_in_range(got, 1, (8 << 20) - 2);
    return text;
}

static int64_t size_of(const char *name)
{
    char path[512];
    struct stat st;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static int make_clip(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    have_clip = sh("ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=640x360:r=25:d=12 -f lavfi -i sine=f=440:d=12 "
                   "-g 25 -c:v mpeg4 -q:v 4 -c:a aac clip.mp4") == 0;
    return 0;
}

static int remove_all(void **state)
{
    (void)state;
    return sh("rm -rf %s", folder);
}

/* Every name behind `before` that ends at a quotation mark is a file in the folder `out`. */
static int check_names(const char *page, const char *before, const char *out)
{
    int count = 0;
    for (const char *at = page; (at = strstr(at, before)); count++) {
        char name[128], path[256];
        at += strlen(before);
        size_t length = strcspn(at, "\"#");
        assert_in_range(length, 1, sizeof(name) - 1);
        snprintf(name, sizeof(name), "%.*s", (int)length, at);
        snprintf(path, sizeof(path), "%s/%s", out, name);
        if (strchr(name, '/') || size_of(path) <= 0)
            fail_msg("the page names %s, which is not there", name);
    }
    return count;
}

/* What the page says of itself once a browser has shown it. */
static void check_in_browser(const char *page, int images)
{
    char expected[64];
    if (sh("command -v chromium > /dev/null") != 0) {
        print_message("no chromium: the page is not looked at\n");
        return;
    }
    assert_int_equal(sh("timeout 90 chromium --headless --no-sandbox --disable-gpu --user-data-dir=%s/browser "
                        "--dump-dom file://%s/%s > dom.html 2> /dev/null", folder, folder, page), 0);
    char *dom = read_file("dom.html");
    assert_non_null(strstr(dom, "data-ready=\"yes\""));
    assert_null(strstr(dom, "data-error"));
    snprintf(expected, sizeof(expected), "data-images=\"%d/%d\"", images, images);
    if (!strstr(dom, expected))
        fail_msg("not all of %d pictures are shown: %.200s", images, dom);
    free(dom);
}

static void everything_of_a_clip(void **state)
{
    (void)state;
    static const char *const formats[] = { "webp", "avif" };
    if (!have_clip) {
        print_message("no ffmpeg, no clip\n");
        skip();
    }
    for (int i = 0; i < 2; i++) {
        const char *f = formats[i];
        char page[64], name[64];
        assert_int_equal(sh("%s --quiet --format %s --width 480 --interval 1 clip.mp4 %s > out.txt", program, f, f), 0);
        assert_int_equal(size_of("out.txt"), 0);
        snprintf(page, sizeof(page), "%s/index.html", f);
        char *text = read_file(page);
        assert_non_null(text);
        int images = check_names(text, "<img src=\"", f), files = check_names(text, "<a href=\"", f);
        assert_true(images >= 4); /* poster, a sheet, moving preview, waveform */
        assert_true(files >= images + 4); /* WebVTT, two forms of peaks, loudness */
        assert_null(strstr(text, "http:"));
        assert_null(strstr(text, "https:"));
        static const char *const always[] = { "storyboard.vtt", "waveform.dat", "waveform.json", "loudness.json" };
        for (int k = 0; k < 4; k++) {
            snprintf(name, sizeof(name), "<a href=\"%s\">", always[k]);
            assert_non_null(strstr(text, name));
        }
        assert_non_null(strstr(text, "id=\"blurhash\">"));
        assert_non_null(strstr(text, "id=\"thumbhash\">"));
        assert_non_null(strstr(text, " LUFS"));
        free(text);

        /* Every cue points into a sheet that is there. */
        snprintf(name, sizeof(name), "%s/storyboard.vtt", f);
        text = read_file(name);
        int cues = 0;
        for (char *at = text; (at = strstr(at, "#xywh=")); cues++) {
            char *begin = at;
            while (begin > text && begin[-1] != '\n')
                begin--;
            snprintf(name, sizeof(name), "%s/%.*s", f, (int)(at - begin), begin);
            assert_true(size_of(name) > 0);
            at++;
        }
        assert_in_range(cues, 11, 13);
        free(text);
        check_in_browser(page, images);
    }
}

static void sound_alone_has_a_page_too(void **state)
{
    (void)state;
    if (!have_clip)
        skip();
    assert_int_equal(sh("ffmpeg -v error -nostdin -y -i clip.mp4 -vn -c:a flac 'a<b>&\"c.flac'"), 0);
    assert_int_equal(sh("%s --quiet 'a<b>&\"c.flac' sound", program), 0);
    char *text = read_file("sound/index.html");
    assert_non_null(strstr(text, "<title>a&lt;b&gt;&amp;&quot;c.flac</title>"));
    assert_null(strstr(text, "<b>"));
    assert_int_equal(check_names(text, "<img src=\"", "sound"), 1);
    assert_int_equal(check_names(text, "<a href=\"", "sound"), 4);
    free(text);
    check_in_browser("sound/index.html", 1);
}

static void several_posters(void **state)
{
    (void)state;
    if (!have_clip)
        skip();
    assert_int_equal(sh("%s --json --quiet --threads 1 --poster 3 clip.mp4 three > result.json", program), 0);
    char *text = read_file("three/index.html");
    int posters = 0;
    for (char *at = text; (at = strstr(at, "class=\"poster\"")); at++)
        posters++;
    assert_int_equal(posters, 3);
    free(text);
    text = read_file("result.json");
    assert_int_equal(text[0], '{');
    free(text);
}

static void exit_codes(void **state)
{
    (void)state;
    assert_int_equal(sh("%s --help > help.txt", program), 0);
    assert_int_equal(sh("grep -q OUTDIR help.txt"), 0);
    assert_int_equal(sh("%s --version > /dev/null", program), 0);
    assert_int_equal(sh("%s 2> /dev/null", program), 64);
    assert_int_equal(sh("%s one 2> /dev/null", program), 64);
    assert_int_equal(sh("%s one two three 2> /dev/null", program), 64);
    assert_int_equal(sh("%s --format jpeg one two 2> /dev/null", program), 64);
    assert_int_equal(sh("%s --interval 0 one two 2> /dev/null", program), 64);
    assert_int_equal(sh("%s --poster 99 one two 2> /dev/null", program), 64);
    assert_int_equal(sh("%s not-there two 2> /dev/null", program), 1);
    assert_int_equal(sh("echo nothing that could be played > text.txt; %s text.txt two 2> err.txt", program), 1);
    assert_int_equal(sh("grep -q '^preview: ' err.txt"), 0);
    assert_int_equal(size_of("two/index.html"), -1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_of_a_clip), cmocka_unit_test(sound_alone_has_a_page_too),
        cmocka_unit_test(several_posters),      cmocka_unit_test(exit_codes),
    };
    program = argc > 1 ? argv[1] : "preview";
    return cmocka_run_group_tests(tests, make_clip, remove_all);
}
