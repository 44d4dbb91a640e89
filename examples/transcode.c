/*
 * transcode [options] INPUT [OUTPUT.webm]
 *
 * Turns a video or audio file into WebM with AV1 and Opus. Everything it does is libreel's public API, so it is a place
 * to copy from: options by name, the plan, a task with progress, a clean stop, the result.
 */
#include <reel/reel.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_ERROR = 1, EXIT_PARTIAL = 2, EXIT_USAGE = 64, EXIT_STOPPED = 130 };
enum { TICK = 50000 }; /* us between two looks at the task */
#define BLOB_URL "media/{digest}.{ext}"

struct args {
    const char *input, *output, *preset, *chunks;
    int threads;
    int64_t start, end;
    int plan, json, quiet, no_resume;
};

struct work {
    reel_ctx *ctx;
    reel_options *overrides;
    reel_chain *chain;
    reel_input *input;
    reel_plan *plan;
    reel_pool *pool;
    reel_store *store;
    reel_task *task;
    reel_error err;
};

static volatile sig_atomic_t stopped; /* the number of the signal that asked us to */

static void on_signal(int number)
{
    stopped = number;
}

static void usage(FILE *to)
{
    fputs("usage: transcode [options] INPUT [OUTPUT.webm]\n"
          "\n"
          "  --plan            print what would be done, as JSON, and do nothing\n"
          "  --preset NAME     a named chain; the default is web-video (--list-options shows all)\n"
          "  --set NAME=VALUE  set any option of the chain; may be repeated\n"
          "  --speed 0-9       9 is fastest\n"
          "  --quality 0-100   100 is best\n"
          "  --threads N       CPUs to use; the default is all\n"
          "  --start TIME      seconds or [h:]m:s, with a fraction; leave out what comes before\n"
          "  --end TIME        leave out what comes from there on\n"
          "  --chunks DIR      keep the chunks in DIR, with manifest.json, manifest.mpd and HLS playlists;\n"
          "                    OUTPUT is not needed then\n"
          "  --no-resume       do not go on with what an interrupted run left\n"
          "  --json            print the result as JSON\n"
          "  --quiet           no progress\n"
          "  --list-options    list presets and options, and end\n"
          "  --help, --version\n"
          "\n"
          "Exit code: 0 all of it is there, 2 partial (something of the source is missing), 1 error, 64 wrong usage,\n"
          "130 stopped; what was finished by then is kept, and the same command goes on with it.\n", to);
}

/* A border of a range: whole numbers in full, however large. */
static void print_number(double value)
{
    printf(value == floor(value) && fabs(value) < 1e15 ? "%.0f" : "%g", value);
}

static void list_options(void)
{
    reel_preset_info preset = { .size = sizeof(preset) };
    reel_option_info option = { .size = sizeof(option) };
    printf("presets\n");
    for (uint32_t i = 0; reel_chain_preset_at(i, &preset) == 0; i++)
        printf("  %-22s %s\n", preset.name, preset.help);
    printf("options\n");
    for (uint32_t i = 0; reel_option_at(i, &option) == 0; i++) {
        printf("  %-22s %s", option.name, option.help);
        if (option.type == REEL_OPTION_INT || option.type == REEL_OPTION_DOUBLE) {
            putchar(' ');
            print_number(option.min);
            printf(" to ");
            print_number(option.max);
            printf("%s%s;", option.unit[0] ? " " : "", option.unit);
        } else if (option.choices[0]) {
            printf(" %s;", option.choices);
        }
        printf(" default %s\n", option.def[0] ? option.def : "\"\"");
    }
}

/* "90", "90.5", "1:30", "0:01:30.25" to microseconds; -1 for anything else. */
static int64_t parse_time(const char *text)
{
    double total = 0;
    for (int parts = 0; parts < 3; parts++) {
        char *end;
        if (*text < '0' || *text > '9')
            return -1;
        double part = strtod(text, &end);
        total = total * 60 + part;
        if (*end == 0)
            return total < 1e9 ? (int64_t)llround(total * 1e6) : -1;
        if (*end != ':')
            return -1;
        text = end + 1;
    }
    return -1;
}

static void json_string(FILE *to, const char *text)
{
    putc('"', to);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(to, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(to, "\\u%04x", (unsigned char)*text);
        else
            putc(*text, to);
    }
    putc('"', to);
}

/* Says what went wrong and with which file, and gives the exit code. */
static int report(const struct args *args, const reel_error *err, int code)
{
    if (args->json) {
        printf("{\"verdict\":\"error\",\"code\":\"%s\",\"step\":", reel_err_name(code));
        json_string(stdout, err->step);
        printf(",\"text\":");
        json_string(stdout, err->text[0] ? err->text : reel_err_str(code));
        printf("}\n");
    }
    fprintf(stderr, "transcode: %s: ", args->input ? args->input : "");
    if (err->step[0])
        fprintf(stderr, "%s: ", err->step);
    fprintf(stderr, "%s", err->text[0] ? err->text : reel_err_str(code));
    if (err->stream >= 0)
        fprintf(stderr, " (stream %d", (int)err->stream);
    if (err->time != REEL_NO_TIME)
        fprintf(stderr, "%s%.3f s", err->stream >= 0 ? ", at " : " (at ", (double)err->time / 1e6);
    fprintf(stderr, "%s [%s]\n", err->stream >= 0 || err->time != REEL_NO_TIME ? ")" : "", reel_err_name(code));
    return EXIT_ERROR;
}

static void clock_text(char text[16], int64_t us)
{
    int64_t s = us / 1000000;
    if (us == REEL_NO_TIME || s > 359999)
        snprintf(text, 16, "--:--");
    else if (s >= 3600)
        snprintf(text, 16, "%d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    else
        snprintf(text, 16, "%02d:%02d", (int)(s / 60), (int)(s % 60));
}

static void show_progress(const reel_progress *p, int tty)
{
    enum { WIDTH = 24 };
    char bar[WIDTH + 1], eta[16], fps[32] = "";
    double part = p->total > 0 ? (double)p->done / (double)p->total : 0;
    int full = (int)(part * WIDTH);
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < full ? '#' : '.';
    bar[WIDTH] = 0;
    clock_text(eta, p->eta);
    if (p->fps > 0)
        snprintf(fps, sizeof(fps), " %6.1f fps", p->fps);
    if (tty)
        fprintf(stderr, "\r[%s] %5.1f %% %5.1fx%s  ETA %s  %-8s", bar, part * 100, p->speed, fps, eta, p->step);
    else
        fprintf(stderr, "%5.1f %% %5.1fx%s  ETA %s  %s\n", part * 100, p->speed, fps, eta, p->step);
    fflush(stderr);
}

/* Waits for the end and shows how far it is. A signal cancels; the task then ends by itself, soon. */
static int wait_for(struct work *w, const struct args *args)
{
    int tty = isatty(STDERR_FILENO), shown = 0, cancelled = 0, rc;
    double next = 0;
    reel_progress p = { .size = sizeof(p) };
    while ((rc = reel_task_wait(w->task, TICK)) == REEL_PENDING) {
        if (stopped && !cancelled) {
            reel_task_cancel(w->task);
            cancelled = 1;
        }
        if (args->quiet || cancelled || reel_task_progress(w->task, &p) < 0)
            continue;
        double part = p.total > 0 ? (double)p.done / (double)p.total : 0;
        if (!tty && part < next) /* a log gets a line per tenth */
            continue;
        if (!tty)
            next = floor(part * 10) / 10 + 0.1;
        show_progress(&p, tty);
        shown = 1;
    }
    if (shown && tty && rc >= 0 && reel_task_progress(w->task, &p) == 0)
        show_progress(&p, tty);
    if (shown && tty)
        fputc('\n', stderr);
    return rc;
}

static int cannot(reel_error *err, const char *what, const char *path, int errnum)
{
    size_t len = strlen(path); /* the end of a long path says more than its beginning */
    snprintf(err->text, sizeof(err->text), "cannot %.8s %.160s: %.60s", what, len > 160 ? path + len - 160 : path,
             strerror(errnum));
    return REEL_ERR_IO;
}

/* Files appear under their names when they are whole: until then they have this one. */
static void temp_name(char path[4096], const char *folder)
{
    snprintf(path, 4096, "%s/.%ld.tmp", folder, (long)getpid());
}

/* Ends what was written to `temp`, and gives it its name. `ok`: the writing went well. */
static int publish(FILE *file, int ok, const char *temp, const char *path, reel_error *err)
{
    int errnum = ok ? 0 : errno ? errno : EIO;
    if (file && fclose(file) != 0 && errnum == 0)
        errnum = errno;
    if (errnum == 0 && rename(temp, path) != 0)
        errnum = errno;
    if (errnum == 0)
        return 0;
    unlink(temp);
    return cannot(err, "write", path, errnum);
}

static int save(const char *folder, const char *name, const reel_buffer *buffer, reel_error *err)
{
    char path[4096], temp[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    temp_name(temp, folder);
    FILE *file = fopen(temp, "wb");
    int ok = file && fwrite(reel_buffer_data(buffer), 1, reel_buffer_size(buffer), file) == reel_buffer_size(buffer);
    return publish(file, ok, temp, path, err);
}

static int copy_file(const char *from, const char *temp, const char *to, reel_error *err)
{
    char piece[65536];
    FILE *in = fopen(from, "rb"), *out = in ? fopen(temp, "wb") : NULL;
    int ok = in && out;
    for (size_t got; ok && (got = fread(piece, 1, sizeof(piece), in)) > 0;)
        ok = fwrite(piece, 1, got, out) == got;
    ok = ok && !ferror(in);
    int rc = publish(out, ok, temp, to, err);
    if (in)
        fclose(in);
    return rc;
}

static int is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Where a directory store has a blob, DIR/ab/cdef…; and a second name for it that says what is inside. */
static int name_blob(const char *folder, const uint8_t digest[REEL_DIGEST_SIZE], const char *ext, reel_error *err)
{
    char hex[2 * REEL_DIGEST_SIZE + 1], blob[4096], name[4096], temp[4096];
    for (int i = 0; i < REEL_DIGEST_SIZE; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    snprintf(blob, sizeof(blob), "%s/%.2s/%s", folder, hex, hex + 2);
    snprintf(name, sizeof(name), "%s/media/%s.%s", folder, hex, ext);
    if (link(blob, name) == 0 || (errno == EEXIST && is_same_file(blob, name)))
        return 0;
    temp_name(temp, folder); /* what has the name is something else, or there are no hard links here */
    unlink(temp);
    return link(blob, temp) == 0 ? publish(NULL, 1, temp, name, err) : copy_file(blob, temp, name, err);
}

/* Players go by the ending of a name, and blobs have none: DIR/media has hard links (or copies) that do. */
static int name_rendition(const reel_manifest *manifest, uint32_t number, const reel_rendition_info *info,
                          const char *folder, reel_error *err)
{
    const char *ext = info->kind == REEL_STREAM_TEXT ? "vtt" : "mp4";
    reel_chunk_info chunk = { .size = sizeof(chunk) };
    int rc = info->kind == REEL_STREAM_TEXT ? 0 : name_blob(folder, info->init, ext, err);
    for (uint32_t i = 0; rc == 0 && reel_manifest_get_chunk(manifest, number, i, &chunk) == 0; i++)
        rc = name_blob(folder, chunk.digest, ext, err);
    return rc;
}

/* Beside the chunks: the manifest, one DASH description, and the HLS playlists. */
static int write_playlists(struct work *w, const char *folder)
{
    reel_manifest *manifest = NULL;
    reel_buffer *buffer = NULL;
    reel_rendition_info info = { .size = sizeof(info) };
    char media[4096];
    snprintf(media, sizeof(media), "%s/media", folder);
    if (mkdir(media, 0777) != 0 && errno != EEXIST)
        return cannot(&w->err, "make", media, errno);
    int rc = reel_task_manifest(&manifest, w->task);
    if (rc == 0 && (rc = reel_manifest_to_json(&buffer, manifest)) == 0)
        rc = save(folder, "manifest.json", buffer, &w->err);
    reel_buffer_unref(&buffer);
    if (rc == 0 && (rc = reel_manifest_dash(&buffer, manifest, BLOB_URL, &w->err)) == 0)
        rc = save(folder, "manifest.mpd", buffer, &w->err);
    reel_buffer_unref(&buffer);
    if (rc == 0 && (rc = reel_manifest_hls(&buffer, manifest, -1, NULL, &w->err)) == 0)
        rc = save(folder, "master.m3u8", buffer, &w->err);
    reel_buffer_unref(&buffer);
    for (uint32_t i = 0; rc == 0 && reel_manifest_get_rendition(manifest, i, &info) == 0; i++) {
        char name[32];
        snprintf(name, sizeof(name), "%" PRIu32 ".m3u8", i);
        rc = name_rendition(manifest, i, &info, folder, &w->err);
        if (rc == 0 && (rc = reel_manifest_hls(&buffer, manifest, (int32_t)i, BLOB_URL, &w->err)) == 0)
            rc = save(folder, name, buffer, &w->err);
        reel_buffer_unref(&buffer);
    }
    reel_manifest_destroy(&manifest);
    return rc;
}

/* The value of a key in an object of the result: a program with a JSON library would ask that. */
static const char *value_of(const char *object, const char *key)
{
    const char *at = object ? strstr(object, key) : NULL;
    return at ? at + strlen(key) : NULL;
}

/* The first reasons why a result is partial. In each object `text` comes last. */
static void show_reasons(struct work *w)
{
    enum { MOST = 5 };
    reel_buffer *json = NULL;
    if (reel_task_result_json(&json, w->task) < 0)
        return;
    const char *at = value_of((const char *)reel_buffer_data(json), "\"missing\":[");
    for (int i = 0; at && *at == '{'; i++) {
        const char *stream = value_of(at, "\"stream\":"), *text = value_of(at, "\"text\":\"");
        if (!text || i == MOST) {
            printf("  and more: --json lists all\n");
            break;
        }
        printf("  ");
        if (stream && *stream >= '0' && *stream <= '9')
            printf("stream %ld: ", strtol(stream, NULL, 10));
        for (; *text && *text != '"'; text++) {
            if (*text == '\\' && text[1])
                text++;
            putchar(*text);
        }
        putchar('\n');
        at = *text ? strchr(text, '}') : NULL;
        at = at && at[1] == ',' ? at + 2 : NULL;
    }
    reel_buffer_unref(&json);
}

static void show_result(struct work *w, const struct args *args, int status)
{
    reel_result r = { .size = sizeof(r) };
    reel_progress p = { .size = sizeof(p) };
    reel_buffer *json = NULL;
    if (args->json && reel_task_result_json(&json, w->task) == 0)
        printf("%s\n", (const char *)reel_buffer_data(json));
    reel_buffer_unref(&json);
    if (args->json || reel_task_result(w->task, &r) < 0 || reel_task_progress(w->task, &p) < 0)
        return;
    printf("%s: %.3f s", args->output ? args->output : args->chunks, (double)r.duration / 1e6);
    if (r.bytes > 0)
        printf(", %.2f MB", (double)r.bytes / 1e6);
    printf(", %" PRIu32 " segments", r.segments);
    if (r.resumed > 0)
        printf(" (%" PRIu32 " taken over)", r.resumed);
    if (r.frames_out > 0)
        printf(", %" PRIu64 " frames", r.frames_out);
    printf(", in %.1f s: %s\n", (double)p.elapsed / 1e6, status == REEL_PARTIAL ? "partial" : "ok");
    if (status == REEL_PARTIAL) {
        printf("  %.3f s missing, %" PRIu64 " decode errors\n", (double)r.missing / 1e6, r.decode_errors);
        show_reasons(w);
    }
}

static int print_plan(struct work *w)
{
    reel_buffer *json = NULL;
    int rc = reel_plan_to_json(&json, w->plan);
    if (rc == 0)
        printf("%s\n", (const char *)reel_buffer_data(json));
    reel_buffer_unref(&json);
    return rc;
}

static int transcode(struct work *w, const struct args *args)
{
    char url[4096], journal[4096];
    int rc = reel_input_open_path(&w->input, w->ctx, args->input, &w->err);
    if (rc == 0)
        rc = reel_chain_preset(&w->chain, w->ctx, args->preset, w->overrides, &w->err);
    if (rc == 0 && args->plan) {
        const reel_plan_opts opts = { .size = sizeof(opts), .start = args->start, .end = args->end };
        rc = reel_plan_create(&w->plan, w->chain, w->input, &opts, &w->err);
        return rc == 0 ? print_plan(w) : rc;
    }
    if (rc == 0) {
        const reel_pool_opts opts = { .size = sizeof(opts), .threads = args->threads };
        rc = reel_pool_create(&w->pool, w->ctx, &opts, &w->err);
    }
    if (rc == 0 && args->chunks) {
        snprintf(url, sizeof(url), "dir:%s", args->chunks);
        rc = reel_store_open(&w->store, w->ctx, url, &w->err);
    }
    if (rc == 0) {
        /* Beside an output there is a journal anyway; chunks alone get theirs in their folder, while they are made. */
        snprintf(journal, sizeof(journal), "%s/.reel", args->chunks ? args->chunks : "");
        const reel_task_opts opts = {
            .size = sizeof(opts),
            .output = args->output,
            .journal = args->output ? NULL : journal,
            .pool = w->pool,
            .store = w->store,
            .start = args->start,
            .end = args->end,
            .flags = args->no_resume ? REEL_TASK_NO_RESUME : 0,
        };
        rc = reel_task_start(&w->task, w->chain, w->input, &opts, &w->err);
    }
    if (rc < 0)
        return rc;
    int status = rc = wait_for(w, args);
    if (rc < 0 && reel_task_error(w->task, &w->err) < 0)
        return rc;
    if (rc >= 0 && args->chunks)
        rc = write_playlists(w, args->chunks);
    if (rc >= 0)
        show_result(w, args, status);
    return rc < 0 ? rc : status;
}

static void clean(struct work *w)
{
    reel_task_unref(&w->task);
    reel_store_unref(&w->store);
    reel_pool_unref(&w->pool);
    reel_plan_destroy(&w->plan);
    reel_input_close(&w->input);
    reel_chain_unref(&w->chain);
    reel_options_destroy(&w->overrides);
    reel_ctx_unref(&w->ctx);
}

/* 0, or the code of an option that does not exist or a value that does not fit. */
static int set_option(struct work *w, const char *name, const char *value)
{
    int rc = reel_options_set(w->overrides, name, value, &w->err);
    if (rc < 0)
        fprintf(stderr, "transcode: %s\n", w->err.text[0] ? w->err.text : reel_err_str(rc));
    return rc;
}

static int set_pair(struct work *w, char *pair)
{
    char *equals = strchr(pair, '=');
    if (!equals) {
        fprintf(stderr, "transcode: --set wants NAME=VALUE, not \"%s\"\n", pair);
        return -1;
    }
    *equals = 0;
    return set_option(w, pair, equals + 1);
}

static int has_preset(const char *name)
{
    reel_preset_info preset = { .size = sizeof(preset) };
    for (uint32_t i = 0; reel_chain_preset_at(i, &preset) == 0; i++)
        if (strcmp(preset.name, name) == 0)
            return 1;
    return 0;
}

/* -1 to go on, or an exit code. */
static int parse_args(struct work *w, struct args *args, int argc, char **argv)
{
    const char *wants = "";
    enum { SET = 256, SPEED, QUALITY, PRESET, THREADS, START, END, CHUNKS, LIST, VERSION };
    const struct option table[] = {
        { "plan", no_argument, &args->plan, 1 },           { "json", no_argument, &args->json, 1 },
        { "quiet", no_argument, &args->quiet, 1 },         { "no-resume", no_argument, &args->no_resume, 1 },
        { "set", required_argument, NULL, SET },           { "speed", required_argument, NULL, SPEED },
        { "quality", required_argument, NULL, QUALITY },   { "preset", required_argument, NULL, PRESET },
        { "threads", required_argument, NULL, THREADS },   { "start", required_argument, NULL, START },
        { "end", required_argument, NULL, END },           { "chunks", required_argument, NULL, CHUNKS },
        { "list-options", no_argument, NULL, LIST },       { "version", no_argument, NULL, VERSION },
        { "help", no_argument, NULL, 'h' },                { NULL, 0, NULL, 0 },
    };
    for (int c, rc = 0; (c = getopt_long(argc, argv, "h", table, NULL)) != -1;) {
        char *rest = NULL;
        switch (c) {
        case 0: break;
        case SET: rc = set_pair(w, optarg); break;
        case SPEED: rc = set_option(w, "video.speed", optarg); break;
        case QUALITY: rc = set_option(w, "video.quality", optarg); break;
        case PRESET: args->preset = optarg; break;
        case CHUNKS: args->chunks = optarg; break;
        case THREADS:
            args->threads = (int)strtol(optarg, &rest, 10);
            wants = "--threads wants a number from 1 to 1024";
            rc = *rest || args->threads < 1 || args->threads > 1024 ? -1 : 0;
            break;
        case START:
            wants = "--start wants seconds or [h:]m:s";
            rc = (args->start = parse_time(optarg)) < 0 ? -1 : 0;
            break;
        case END:
            wants = "--end wants seconds or [h:]m:s, above 0";
            rc = (args->end = parse_time(optarg)) <= 0 ? -1 : 0;
            break;
        case LIST: list_options(); return EXIT_OK;
        case VERSION: printf("transcode, libreel %s\n", reel_version()); return EXIT_OK;
        case 'h': usage(stdout); return EXIT_OK;
        default: return EXIT_USAGE;
        }
        if (rc == -1 && c != SET)
            fprintf(stderr, "transcode: %s, not \"%s\"\n", wants, optarg);
        if (rc < 0)
            return EXIT_USAGE;
    }
    if (args->end > 0 && args->end <= args->start) {
        fprintf(stderr, "transcode: --end must be later than --start\n");
        return EXIT_USAGE;
    }
    if (args->preset && !has_preset(args->preset)) {
        fprintf(stderr, "transcode: there is no preset \"%s\"; --list-options shows all\n", args->preset);
        return EXIT_USAGE;
    }
    args->input = optind < argc ? argv[optind++] : NULL;
    args->output = optind < argc ? argv[optind++] : NULL;
    if (!args->input || optind < argc || (!args->output && !args->plan && !args->chunks)) {
        usage(stderr);
        return EXIT_USAGE;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct work w = { .err = { .size = sizeof(w.err), .stream = -1, .time = REEL_NO_TIME } };
    struct args args = { 0 };

    /* SVT-AV1 prints a banner for each encoder unless its environment variable asks for errors only. A library has no
     * business in its host's environment; a program does. */
    setenv("SVT_LOG", "1", 0);
#ifdef M_MMAP_THRESHOLD
    /* glibc raises this by itself when large blocks are freed; those of the next encoder then come out of the heaps, which they
     * tear into pieces: 40 MiB at 1080p. Again nothing for a library to decide. */
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
#endif
    const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND }; /* a second one kills */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);

    /* FFmpeg would print to stderr what it thinks of an input; the result says what matters. */
    const reel_ctx_opts opts = { .size = sizeof(opts), .flags = REEL_CTX_QUIET_AVLOG };
    int rc = reel_ctx_create(&w.ctx, &opts, &w.err);
    if (rc == 0)
        rc = reel_options_create(&w.overrides, w.ctx);
    int code = rc == 0 ? parse_args(&w, &args, argc, argv) : report(&args, &w.err, rc);
    if (code < 0) {
        rc = transcode(&w, &args);
        if (rc == REEL_ERR_CANCELLED && stopped) {
            fprintf(stderr, "transcode: stopped; the same command goes on from here\n");
            /* The task has ended and its journal is safe. Encoders that were interrupted still clean up, which closing the
             * context would wait for; a process that ends has no need of that. */
            fflush(NULL);
            _exit(EXIT_STOPPED);
        } else {
            code = rc < 0 ? report(&args, &w.err, rc) : rc == REEL_PARTIAL ? EXIT_PARTIAL : EXIT_OK;
        }
    }
    clean(&w);
    if ((fflush(stdout) != 0 || ferror(stdout)) && (code == EXIT_OK || code == EXIT_PARTIAL)) {
        fprintf(stderr, "transcode: cannot write to standard output: %s\n", strerror(errno));
        code = EXIT_ERROR;
    }
    return code;
}
