/*
 * preview [options] INPUT OUTDIR
 *
 * Makes what people look at before they play: poster, storyboard, moving preview, waveform, placeholders, loudness; and a page
 * that shows them all. A place to copy from: options by name, a task without an output, its products.
 */
#include "common.h"
#include "preview_page.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct args {
    const char *folder;
    int interval; /* 1: given */
};

static void usage(FILE *to)
{
    fputs("usage: preview [options] INPUT OUTDIR\n"
          "\n"
          "  --poster N        so many posters, 1 to 20; the default is 1, the best picture\n"
          "  --width PX        of the poster, at most; the default is 640\n"
          "  --interval TIME   seconds or [h:]m:s between pictures of the storyboard; the default goes by the length\n"
          "  --format FORMAT   of the pictures: webp (default) or avif\n"
          "  --threads N       CPUs to use; the default is all\n"
          "  --json            print the result as JSON\n"
          "  --quiet           no progress and no list\n"
          "  --help, --version\n"
          "\n"
          "OUTDIR is made if it is not there. Open OUTDIR/index.html to see what was made.\n"
          "\n"
          "Exit code: 0 all of it is there, 2 partial (something of the source is missing), 1 error, 64 wrong usage,\n"
          "130 stopped.\n", to);
}

static int set_us(struct work *w, const char *option, int64_t us)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRId64, us);
    return set_option(w, option, text);
}

static int set_interval(struct work *w, const char *text)
{
    int64_t us = parse_time(text);
    if (us > 0)
        return set_us(w, "preview.storyboard_interval", us);
    fprintf(stderr, "preview: --interval wants seconds or [h:]m:s, above 0, not \"%s\"\n", text);
    return -1;
}

static int set_format(struct work *w, const char *text)
{
    int rc = set_option(w, "preview.format", text);
    return rc < 0 ? rc : set_option(w, "preview.animation", text);
}

/* -1 to go on, or an exit code. */
static int parse_args(struct work *w, struct args *args, int argc, char **argv)
{
    enum { POSTER = 256, WIDTH, INTERVAL, FORMAT, THREADS, VERSION };
    const struct option table[] = {
        { "poster", required_argument, NULL, POSTER },     { "width", required_argument, NULL, WIDTH },
        { "interval", required_argument, NULL, INTERVAL }, { "format", required_argument, NULL, FORMAT },
        { "threads", required_argument, NULL, THREADS },   { "json", no_argument, &w->json, 1 },
        { "quiet", no_argument, &w->quiet, 1 },            { "version", no_argument, NULL, VERSION },
        { "help", no_argument, NULL, 'h' },                { NULL, 0, NULL, 0 },
    };
    for (int c, rc = 0; (c = getopt_long(argc, argv, "h", table, NULL)) != -1;) {
        switch (c) {
        case 0: break;
        case POSTER: rc = set_option(w, "preview.posters", optarg); break;
        case WIDTH: rc = set_option(w, "preview.poster_width", optarg); break;
        case FORMAT: rc = set_format(w, optarg); break;
        case INTERVAL:
            args->interval = 1;
            rc = set_interval(w, optarg);
            break;
        case THREADS:
            rc = w->threads = parse_threads(optarg);
            if (rc < 0)
                fprintf(stderr, "preview: --threads wants a number from 1 to 1024, not \"%s\"\n", optarg);
            break;
        case VERSION: printf("preview, libreel %s\n", reel_version()); return EXIT_OK;
        case 'h': usage(stdout); return EXIT_OK;
        default: return EXIT_USAGE;
        }
        if (rc < 0)
            return EXIT_USAGE;
    }
    w->input_name = optind < argc ? argv[optind++] : NULL;
    args->folder = optind < argc ? argv[optind++] : NULL;
    if (!w->input_name || !args->folder || optind < argc) {
        usage(stderr);
        return EXIT_USAGE;
    }
    return -1;
}

/* So many pictures that a short clip has a board too, and a long one no endless board. */
static int choose_interval(struct work *w)
{
    enum { PICTURES = 60, SHORTEST = 500000, LONGEST = 10000000 };
    reel_input_info info = { .size = sizeof(info) };
    int rc = reel_input_open_path(&w->input, w->ctx, w->input_name, &w->err);
    if (rc == 0)
        rc = reel_input_probe(w->input, &w->err);
    if (rc == 0)
        rc = reel_input_get_info(w->input, &info);
    if (rc < 0 || info.duration == REEL_NO_TIME)
        return rc;
    int64_t us = info.duration / PICTURES;
    return set_us(w, "preview.storyboard_interval", us < SHORTEST ? SHORTEST : us > LONGEST ? LONGEST : us);
}

static void show_result(struct work *w, const struct args *args, int status)
{
    reel_product p = { .size = sizeof(p) };
    reel_progress progress = { .size = sizeof(progress) };
    if (w->json)
        print_result(w);
    if (w->json || (w->quiet && status != REEL_PARTIAL))
        return;
    for (uint32_t i = 0; reel_task_product_at(w->task, i, &p) == 0; i++)
        printf("%s/%s: %.1f kB\n", args->folder, p.name, (double)p.bytes / 1e3);
    printf("%s/index.html", args->folder);
    if (reel_task_progress(w->task, &progress) == 0)
        printf(": in %.2f s", (double)progress.elapsed / 1e6);
    printf(": %s\n", status == REEL_PARTIAL ? "partial" : "ok");
    if (status == REEL_PARTIAL)
        show_reasons(w);
}

/* The library sees to the products; the page is ours. */
static int check_page(const struct work *w, const char *page)
{
    struct stat in, to;
    if (stat(w->input_name, &in) != 0 || stat(page, &to) != 0 || in.st_dev != to.st_dev || in.st_ino != to.st_ino)
        return 0;
    fprintf(stderr, "preview: %s is the input itself\n", page);
    return EXIT_ERROR;
}

static int preview(struct work *w, const struct args *args)
{
    char page[4096];
    snprintf(page, sizeof(page), "%s/index.html", args->folder);
    if (check_page(w, page))
        return EXIT_ERROR;
    int rc = args->interval ? 0 : choose_interval(w);
    if (rc == 0)
        rc = prepare_work(w, "previews", 0, 0, 0);
    if (rc < 0)
        return rc;
    const reel_task_opts opts = { .size = sizeof(opts), .products = args->folder, .pool = w->pool };
    rc = reel_task_start(&w->task, w->chain, w->input, &opts, &w->err);
    if (rc < 0)
        return rc;
    int status = wait_for(w);
    if (status < 0) {
        if (reel_task_error(w->task, &w->err) < 0)
            w->err.text[0] = 0;
        return status;
    }
    const char *name = strrchr(w->input_name, '/');
    rc = write_page(page, w->task, name ? name + 1 : w->input_name, &w->err);
    if (rc < 0)
        return rc;
    show_result(w, args, status);
    return status;
}

int main(int argc, char **argv)
{
    struct work w;
    struct args args = { 0 };
    int rc = begin_work(&w, "preview");
    int code = rc == 0 ? parse_args(&w, &args, argc, argv) : -1;
    if (code < 0 && rc == 0)
        rc = preview(&w, &args);
    return end_work(&w, code, rc, "");
}
