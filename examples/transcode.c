/*
 * transcode [options] INPUT [OUTPUT.webm]
 *
 * Turns a video or audio file into WebM with AV1 and Opus. Everything it does is libreel's public API, so it is a place
 * to copy from: options by name, the plan, a task with progress, a clean stop, the result.
 */
#include "common.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOB_URL "media/{digest}.{ext}"

struct args {
    const char *output, *preset, *chunks;
    int64_t start, end;
    int plan, no_resume;
};

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

static void show_result(struct work *w, const struct args *args, int status)
{
    reel_result r = { .size = sizeof(r) };
    reel_progress p = { .size = sizeof(p) };
    if (w->json)
        print_result(w);
    if (w->json || reel_task_result(w->task, &r) < 0 || reel_task_progress(w->task, &p) < 0)
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

static int transcode(struct work *w, const struct args *args)
{
    char url[4096], journal[4096];
    int rc = prepare_work(w, args->preset, args->plan, args->start, args->end);
    if (args->plan)
        return rc;
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
    int status = rc = wait_for(w);
    if (rc < 0 && reel_task_error(w->task, &w->err) < 0)
        return rc;
    if (rc >= 0 && args->chunks)
        rc = write_playlists(w, args->chunks);
    if (rc >= 0)
        show_result(w, args, status);
    return rc < 0 ? rc : status;
}

/* -1 to go on, or an exit code. */
static int parse_args(struct work *w, struct args *args, int argc, char **argv)
{
    const char *wants = "";
    enum { SET = 256, SPEED, QUALITY, PRESET, THREADS, START, END, CHUNKS, LIST, VERSION };
    const struct option table[] = {
        { "plan", no_argument, &args->plan, 1 },           { "json", no_argument, &w->json, 1 },
        { "quiet", no_argument, &w->quiet, 1 },         { "no-resume", no_argument, &args->no_resume, 1 },
        { "set", required_argument, NULL, SET },           { "speed", required_argument, NULL, SPEED },
        { "quality", required_argument, NULL, QUALITY },   { "preset", required_argument, NULL, PRESET },
        { "threads", required_argument, NULL, THREADS },   { "start", required_argument, NULL, START },
        { "end", required_argument, NULL, END },           { "chunks", required_argument, NULL, CHUNKS },
        { "list-options", no_argument, NULL, LIST },       { "version", no_argument, NULL, VERSION },
        { "help", no_argument, NULL, 'h' },                { NULL, 0, NULL, 0 },
    };
    for (int c, rc = 0; (c = getopt_long(argc, argv, "h", table, NULL)) != -1;) {
        switch (c) {
        case 0: break;
        case SET: rc = set_pair(w, optarg); break;
        case SPEED: rc = set_option(w, "video.speed", optarg); break;
        case QUALITY: rc = set_option(w, "video.quality", optarg); break;
        case PRESET: args->preset = optarg; break;
        case CHUNKS: args->chunks = optarg; break;
        case THREADS:
            wants = "--threads wants a number from 1 to 1024";
            rc = (w->threads = parse_threads(optarg)) < 0 ? -1 : 0;
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
    w->input_name = optind < argc ? argv[optind++] : NULL;
    args->output = optind < argc ? argv[optind++] : NULL;
    if (!w->input_name || optind < argc || (!args->output && !args->plan && !args->chunks)) {
        usage(stderr);
        return EXIT_USAGE;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct work w;
    struct args args = { 0 };
    int rc = begin_work(&w, "transcode");
    int code = rc == 0 ? parse_args(&w, &args, argc, argv) : -1;
    if (code < 0 && rc == 0)
        rc = transcode(&w, &args);
    return end_work(&w, code, rc, "; the same command goes on from here");
}
