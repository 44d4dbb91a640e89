/* The page of examples/preview: HTML out of the list of products. What its script is to read stands in the page itself, because a
 * browser that shows a page from a disk lets it read no file beside it. */
#include "preview_page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EMBED_MAX (16 << 20) /* bytes of peaks; beyond it there is the picture */

struct page {
    FILE *file;
    reel_task *task;
    reel_placeholders holders;
};

/* Text that is no markup, whatever a file's name has in it. */
static void put_text(FILE *to, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<': fputs("&lt;", to); break;
        case '>': fputs("&gt;", to); break;
        case '&': fputs("&amp;", to); break;
        case '"': fputs("&quot;", to); break;
        default: fputc(*text, to);
        }
    }
}

static void put_lines(FILE *to, const char *const *lines)
{
    for (; *lines; lines++)
        fprintf(to, "%s\n", *lines);
}

static int next_of_kind(const struct page *p, const char *kind, uint32_t *index, reel_product *out)
{
    out->size = sizeof(*out);
    while (reel_task_product_at(p->task, (*index)++, out) == 0)
        if (!strcmp(out->kind, kind))
            return 1;
    return 0;
}

static int ends_with(const reel_product *product, const char *end)
{
    size_t have = strlen(product->name), wanted = strlen(end);
    return have >= wanted && !strcmp(product->name + have - wanted, end);
}

/* The bytes of a product, as text that is hidden in the page. */
static int embed(struct page *p, const reel_product *product, const char *id)
{
    char piece[4097];
    FILE *in = product->path && product->bytes <= EMBED_MAX ? fopen(product->path, "rb") : NULL;
    if (!in)
        return -1;
    fprintf(p->file, "<pre id=\"%s\" hidden>", id);
    for (size_t got; (got = fread(piece, 1, sizeof(piece) - 1, in)) > 0;) {
        piece[got] = 0;
        put_text(p->file, piece);
    }
    fputs("</pre>\n", p->file);
    fclose(in);
    return 0;
}

static void put_image(struct page *p, const reel_product *product, const char *label)
{
    fprintf(p->file, "<img src=\"%s\" width=\"%d\" height=\"%d\" alt=\"%s\">\n", product->name, (int)product->width,
            (int)product->height, label);
}

static void put_posters(struct page *p)
{
    reel_product product;
    uint32_t at = 0;
    int any = 0;
    while (next_of_kind(p, "poster", &at, &product)) {
        fputs(any++ ? "" : "<section><h2>Poster</h2><div class=\"posters\">\n", p->file);
        fprintf(p->file, "<figure><div class=\"poster\" style=\"aspect-ratio:%d/%d\">"
                "<canvas class=\"behind\"></canvas>", (int)product.width, (int)product.height);
        put_image(p, &product, "poster");
        fputs("</div>", p->file);
        if (product.time != REEL_NO_TIME)
            fprintf(p->file, "<figcaption>at %.3f s</figcaption>", (double)product.time / 1e6);
        fputs("</figure>\n", p->file);
    }
    fputs(any ? "</div></section>\n" : "", p->file);
}

static void put_storyboard(struct page *p)
{
    reel_product product;
    uint32_t at = 0;
    int any = 0;
    while (next_of_kind(p, "storyboard", &at, &product)) {
        fputs(any++ ? "" : "<section><h2>Storyboard</h2>\n"
                           "<div id=\"scrub\" tabindex=\"0\"><div id=\"tile\"></div>"
                           "<div id=\"bar\"><i></i></div><output id=\"when\"></output></div>\n",
              p->file);
        if (ends_with(&product, ".vtt"))
            embed(p, &product, "vtt");
        else
            put_image(p, &product, "sheet");
    }
    fputs(any ? "</section>\n" : "", p->file);
}

static void put_animation(struct page *p)
{
    reel_product product;
    for (uint32_t at = 0; next_of_kind(p, "animation", &at, &product);) {
        fprintf(p->file, "<section><h2>Moving preview</h2><figure>\n");
        put_image(p, &product, "moving preview");
        fprintf(p->file, "<figcaption>%" PRIu32 " pictures, %.1f s</figcaption></figure></section>\n", product.frames,
                (double)product.duration / 1e6);
    }
}

static void put_waveform(struct page *p)
{
    reel_product product;
    uint32_t at = 0;
    int any = 0;
    while (next_of_kind(p, "waveform", &at, &product)) {
        fputs(any++ ? "" : "<section><h2>Waveform</h2>\n", p->file);
        if (ends_with(&product, ".json") && embed(p, &product, "peaks") == 0)
            fputs("<figure><canvas id=\"wave\" width=\"1800\" height=\"280\"></canvas>"
                  "<figcaption>drawn here, from waveform.json <output id=\"heard\"></output></figcaption></figure>\n",
                  p->file);
        if (product.width > 0) {
            fputs("<figure class=\"wave\">", p->file);
            put_image(p, &product, "waveform");
            fprintf(p->file, "<figcaption>%s</figcaption></figure>\n", product.name);
        }
    }
    fputs(any ? "</section>\n" : "", p->file);
}

static void put_placeholders(struct page *p)
{
    const reel_placeholders *h = &p->holders;
    if (!(h->present & REEL_PLACEHOLDER_PICTURE))
        return;
    fprintf(p->file, "<section><h2>Placeholders</h2><div class=\"holders\">\n"
            "<figure><div class=\"swatch\" style=\"background:%s\"></div>"
            "<figcaption>average <code>%s</code></figcaption></figure>\n", h->average, h->average);
    fputs("<figure><canvas id=\"blur\" class=\"swatch\"></canvas><figcaption>BlurHash <code id=\"blurhash\">", p->file);
    put_text(p->file, h->blurhash);
    fputs("</code></figcaption></figure>\n"
          "<figure><canvas id=\"thumb\" class=\"swatch\"></canvas><figcaption>ThumbHash <code id=\"thumbhash\">",
          p->file);
    put_text(p->file, h->thumbhash);
    fputs("</code></figcaption></figure>\n</div></section>\n", p->file);
}

static void put_loudness(struct page *p)
{
    const reel_placeholders *h = &p->holders;
    if (h->present & REEL_PLACEHOLDER_LOUDNESS)
        fprintf(p->file, "<section><h2>Loudness</h2><dl><div><dt>integrated</dt><dd>%.1f LUFS</dd></div>"
                "<div><dt>range</dt><dd>%.1f LU</dd></div><div><dt>true peak</dt><dd>%.1f dBTP</dd></div></dl>"
                "</section>\n", h->loudness, h->loudness_range, h->true_peak);
}

static void put_files(struct page *p)
{
    reel_product product = { .size = sizeof(product) };
    fputs("<section><h2>Files</h2><table><tr><th>name<th>kind<th>type<th class=\"n\">bytes<th class=\"n\">px"
          "<th class=\"n\">pictures<th>SHA-256\n", p->file);
    for (uint32_t i = 0; reel_task_product_at(p->task, i, &product) == 0; i++) {
        fprintf(p->file, "<tr><td><a href=\"%s\">%s</a><td>%s<td>%s", product.name, product.name, product.kind,
                product.mime);
        fprintf(p->file, "<td class=\"n\">%" PRIu64 "<td class=\"n\">", product.bytes);
        if (product.width > 0)
            fprintf(p->file, "%dx%d", (int)product.width, (int)product.height);
        fprintf(p->file, "<td class=\"n\">");
        if (product.frames > 0)
            fprintf(p->file, "%" PRIu32, product.frames);
        fputs("<td><code>", p->file);
        for (int k = 0; k < 6; k++)
            fprintf(p->file, "%02x", product.digest[k]);
        fputs("…</code>\n", p->file);
    }
    fputs("</table></section>\n", p->file);
}

static void put_page(struct page *p, const char *title)
{
    fputs("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>", p->file);
    put_text(p->file, title);
    fputs("</title>\n<style>\n", p->file);
    put_lines(p->file, page_style);
    fputs("</style>\n<main><h1>", p->file);
    put_text(p->file, title);
    fputs("</h1>\n", p->file);
    put_posters(p);
    put_storyboard(p);
    put_animation(p);
    put_waveform(p);
    put_placeholders(p);
    put_loudness(p);
    put_files(p);
    fputs("</main>\n<script>\n", p->file);
    put_lines(p->file, page_script);
    fputs("</script>\n</html>\n", p->file);
}

int write_page(const char *path, reel_task *task, const char *title, reel_error *err)
{
    struct page p = { .task = task, .holders = { .size = sizeof(p.holders) } };
    char temp[4096];
    int rc = reel_task_placeholders(task, &p.holders);
    if (rc < 0)
        return rc;
    snprintf(temp, sizeof(temp), "%s.part", path);
    p.file = fopen(temp, "wb");
    if (p.file) {
        put_page(&p, title);
        int bad = ferror(p.file);
        if ((fclose(p.file) == 0) & !bad && rename(temp, path) == 0)
            return 0;
    }
    err->code = errno == ENOSPC ? REEL_ERR_NO_SPACE : REEL_ERR_IO;
    snprintf(err->text, sizeof(err->text), "cannot write %s: %s", path, strerror(errno));
    return err->code;
}
