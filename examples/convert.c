/*
 * convert [options] INPUT OUTPUT.(avif|webp)
 *
 * Makes one picture out of anything that can be seen: a picture file, a frame of a video, the cover of a song. A place to
 * copy from: options by name, a plan, a task, the result.
 */
#include "common.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct args {
    const char *output, *preset;
    int plan;
};

static void usage(FILE *to)
{
    fputs("usage: convert [options] INPUT OUTPUT.(avif|webp)\n"
          "\n"
          "  --width N, --height N   the box it goes into, in px; the default is the source's size\n"
          "  --fit HOW               contain (default), cover, fill or exact\n"
          "  --focus WHERE           what cover keeps: centre, attention, or X,Y from 0 to 1\n"
          "  --rotate DEGREES        clockwise, on top of what the source asks for: 90, 180 or 270\n"
          "  --background #RRGGBB    laid under what is transparent\n"
          "  --quality 0-100         100 is best; the default is 60\n"
          "  --speed 0-9             9 is fastest; the default is 6\n"
          "  --lossless              keep every pixel\n"
          "  --max-bytes N           lower the quality until it fits\n"
          "  --metadata HOW          web (default), keep or strip\n"
          "  --profile HOW           auto (default), srgb or embed\n"
          "  --first                 of an animation, the first picture\n"
          "  --time TIME             of a video, the frame at that time (seconds or [h:]m:s); default: the best\n"
          "  --preset NAME           a named chain (--list-options shows all); the default is web-image\n"
          "  --set NAME=VALUE        set any option of the chain; may be repeated\n"
          "  --plan                  print what would be done, as JSON, and do nothing\n"
          "  --json                  print the result as JSON\n"
          "  --threads N             CPUs to use; the default is all\n"
          "  --quiet                 say nothing but errors\n"
          "  --list-options          list presets and options, and end\n"
          "  --help, --version\n"
          "\n"
          "Exit code: 0 all of it is there, 2 partial (something of the source is missing), 1 error, 64 wrong usage,\n"
          "130 stopped.\n", to);
}

/* Options of the command line that are options of the chain by another name. */
static const struct {
    const char *flag, *option, *value; /* value NULL: the flag's argument */
} shorthands[] = {
    { "width", "picture.width", NULL },           { "height", "picture.height", NULL },
    { "fit", "picture.fit", NULL },               { "focus", "picture.focus", NULL },
    { "rotate", "picture.rotate", NULL },         { "background", "picture.background", NULL },
    { "quality", "picture.quality", NULL },       { "speed", "picture.speed", NULL },
    { "lossless", "picture.lossless", "true" },   { "max-bytes", "picture.max_bytes", NULL },
    { "metadata", "picture.metadata", NULL },     { "profile", "picture.profile", NULL },
    { "first", "picture.animated", "first" },
};
enum { SHORTHANDS = sizeof(shorthands) / sizeof(shorthands[0]) };

static int set_time(struct work *w, const char *text)
{
    char us[32];
    int64_t time = parse_time(text);
    if (time < 0) {
        fprintf(stderr, "convert: --time wants seconds or [h:]m:s, not \"%s\"\n", text);
        return -1;
    }
    snprintf(us, sizeof(us), "%" PRId64, time);
    return set_option(w, "picture.time", us);
}

/* The format by the output's ending. */
static int set_format(struct work *w, const char *output)
{
    const char *dot = strrchr(output, '.');
    if (dot && !strcasecmp(dot, ".avif"))
        return set_option(w, "output.format", "avif");
    if (dot && !strcasecmp(dot, ".webp"))
        return set_option(w, "output.format", "webp");
    fprintf(stderr, "convert: the output's name must end with .avif or .webp, not \"%s\"\n", output);
    return -1;
}

/* -1 to go on, or an exit code. */
static int parse_args(struct work *w, struct args *args, int argc, char **argv)
{
    enum { SET = 256, PRESET, THREADS, TIME, LIST, VERSION, SHORTHAND };
    struct option table[SHORTHANDS + 16] = {
        { "plan", no_argument, &args->plan, 1 },   { "json", no_argument, &w->json, 1 },
        { "quiet", no_argument, &w->quiet, 1 },    { "set", required_argument, NULL, SET },
        { "preset", required_argument, NULL, PRESET }, { "threads", required_argument, NULL, THREADS },
        { "time", required_argument, NULL, TIME }, { "list-options", no_argument, NULL, LIST },
        { "version", no_argument, NULL, VERSION }, { "help", no_argument, NULL, 'h' },
    };
    int used = 10;
    for (int i = 0; i < SHORTHANDS; i++)
        table[used++] = (struct option){ shorthands[i].flag, shorthands[i].value ? no_argument : required_argument,
                                         NULL, SHORTHAND + i };
    for (int c, rc = 0; (c = getopt_long(argc, argv, "h", table, NULL)) != -1;) {
        switch (c) {
        case 0: break;
        case SET: rc = set_pair(w, optarg); break;
        case PRESET: args->preset = optarg; break;
        case TIME: rc = set_time(w, optarg); break;
        case THREADS:
            rc = w->threads = parse_threads(optarg);
            if (rc < 0)
                fprintf(stderr, "convert: --threads wants a number from 1 to 1024, not \"%s\"\n", optarg);
            break;
        case LIST: list_options(); return EXIT_OK;
        case VERSION: printf("convert, libreel %s\n", reel_version()); return EXIT_OK;
        case 'h': usage(stdout); return EXIT_OK;
        default:
            if (c < SHORTHAND || c >= SHORTHAND + SHORTHANDS)
                return EXIT_USAGE;
            rc = set_option(w, shorthands[c - SHORTHAND].option,
                            shorthands[c - SHORTHAND].value ? shorthands[c - SHORTHAND].value : optarg);
        }
        if (rc < 0)
            return EXIT_USAGE;
    }
    if (args->preset && !has_preset(args->preset)) {
        fprintf(stderr, "convert: there is no preset \"%s\"; --list-options shows all\n", args->preset);
        return EXIT_USAGE;
    }
    w->input_name = optind < argc ? argv[optind++] : NULL;
    args->output = optind < argc ? argv[optind++] : NULL;
    if (!w->input_name || optind < argc || (!args->output && !args->plan)) {
        usage(stderr);
        return EXIT_USAGE;
    }
    return args->output && set_format(w, args->output) < 0 ? EXIT_USAGE : -1;
}

static void show_result(struct work *w, const struct args *args, int status)
{
    reel_result r = { .size = sizeof(r) };
    reel_progress p = { .size = sizeof(p) };
    if (w->json)
        print_result(w);
    if (w->json || (w->quiet && status != REEL_PARTIAL) || reel_task_result(w->task, &r) < 0 ||
        reel_task_progress(w->task, &p) < 0)
        return;
    printf("%s: %dx%d, %.1f kB", args->output, (int)r.width, (int)r.height, (double)r.bytes / 1e3);
    if (r.frames_out > 1)
        printf(", %" PRIu64 " frames, %.2f s", r.frames_out, (double)r.duration / 1e6);
    if (r.time != REEL_NO_TIME)
        printf(", of %.3f s", (double)r.time / 1e6);
    printf(", in %.3f s: %s\n", (double)p.elapsed / 1e6, status == REEL_PARTIAL ? "partial" : "ok");
    if (status == REEL_PARTIAL)
        show_reasons(w);
}

static int convert(struct work *w, const struct args *args)
{
    int rc = prepare_work(w, args->preset ? args->preset : "web-image", args->plan, 0, 0);
    if (rc < 0 || args->plan)
        return rc;
    const reel_task_opts opts = { .size = sizeof(opts), .output = args->output, .pool = w->pool };
    rc = reel_task_start(&w->task, w->chain, w->input, &opts, &w->err);
    if (rc < 0)
        return rc;
    int quiet = w->quiet; /* it is over before progress could say much */
    w->quiet = 1;
    int status = rc = wait_for(w);
    w->quiet = quiet;
    if (rc < 0 && reel_task_error(w->task, &w->err) < 0)
        return rc;
    if (rc >= 0)
        show_result(w, args, status);
    return status;
}

int main(int argc, char **argv)
{
    struct work w;
    struct args args = { 0 };
    int rc = begin_work(&w, "convert");
    int code = rc == 0 ? parse_args(&w, &args, argc, argv) : -1;
    if (code < 0 && rc == 0)
        rc = convert(&w, &args);
    return end_work(&w, code, rc, "");
}
