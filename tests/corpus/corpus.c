/*
 * Runs the examples over media that nobody here made and compares what they say with a table: transcode to WebM, and over files
 * with a picture's name convert, to AVIF or WebP by their digest.
 *
 * corpus check TABLE MEDIA EXAMPLES [quick]   TAP on stdout: one line a file
 * corpus list  TABLE MEDIA EXAMPLES <NAMES    a new table on stdout; names one a line on stdin
 *
 * A row of the table: name under MEDIA, SHA-256, verdict (ok, partial, or the error's name), frames, audio samples at 48 kHz,
 * and `quick` for the sample that the plain test takes, else `-`; separated by tabs, # starts a comment. `varies` is
 * `quick` for a file that newer releases of FFmpeg read and older ones do not: any verdict will do, but a crash, a hang or an
 * output that does not fit it will not. A file that is not there is skipped by name; one with another digest fails, because
 * its verdict would mean nothing.
 *
 * Each file has a process of its own, so a crash or a hang costs that file only. Two run side by side, with one thread each.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 2, TIME_LIMIT = 240 };

struct row {
    char name[512], digest[65], verdict[48], flag[16];
    long long frames, samples;
};

struct slot {
    pid_t pid; /* 0: free */
    size_t row;
    time_t began;
    bool killed;
    char folder[64];
};

static struct row *rows;
static size_t row_count;
static const char *media, *examples;
static char top[64]; /* temporary folder */
static int failures;

static void die(const char *what, const char *about)
{
    fprintf(stderr, "corpus: %s: %s\n", what, about);
    exit(2);
}

static struct row *add_row(void)
{
    if (row_count % 64 == 0) {
        rows = realloc(rows, (row_count + 64) * sizeof(*rows));
        if (!rows)
            die("out of memory", "rows");
    }
    struct row *row = &rows[row_count++];
    memset(row, 0, sizeof(*row));
    strcpy(row->flag, "-");
    return row;
}

static void read_table(const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "r");
    if (!file)
        die("cannot read", path);
    while (fgets(line, sizeof(line), file)) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        struct row *row = add_row();
        if (sscanf(line, "%511[^\t]\t%64[0-9a-f]\t%47[^\t]\t%lld\t%lld\t%15s", row->name, row->digest, row->verdict,
                   &row->frames, &row->samples, row->flag) != 6)
            die("not a row", line);
    }
    fclose(file);
}

static bool digest_of(const char *path, char hex[65])
{
    unsigned char block[65536], sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    size_t got;
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL);
    while (ok && (got = fread(block, 1, sizeof(block), file)) > 0)
        ok = EVP_DigestUpdate(md, block, got);
    ok = ok && !ferror(file) && EVP_DigestFinal_ex(md, sum, &length);
    EVP_MD_CTX_free(md);
    fclose(file);
    for (unsigned i = 0; ok && i < length; i++)
        sprintf(hex + (size_t)2 * i, "%02x", sum[i]);
    return ok;
}

static bool is_picture(const struct row *row)
{
    static const char *const endings[] = { "jpg", "jpeg", "png", "gif", "tif", "tiff", "bmp", "webp", "heic", "heif",
                                           "avif" };
    const char *dot = strrchr(row->name, '.');
    for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (!strcasecmp(dot + 1, endings[i]))
            return true;
    return false;
}

/* What is made of a row: half of the pictures, by their content, is AVIF. */
static const char *output_of(const struct row *row)
{
    return !is_picture(row) ? "out.webm" : row->digest[0] % 2 ? "out.avif" : "out.webp";
}

/* Starts a program on a row in a folder of its own: its output, what it prints, what it complains about. */
static void start(struct slot *slot, size_t row)
{
    char input[1024], output[128], text[128], errors[128], program[1024];
    snprintf(slot->folder, sizeof(slot->folder), "%.40s/%zu", top, row);
    snprintf(input, sizeof(input), "%s/%s", media, rows[row].name);
    snprintf(output, sizeof(output), "%s/%s", slot->folder, output_of(&rows[row]));
    snprintf(program, sizeof(program), "%s/%s", examples, is_picture(&rows[row]) ? "convert" : "transcode");
    snprintf(text, sizeof(text), "%s/json", slot->folder);
    snprintf(errors, sizeof(errors), "%s/errors", slot->folder);
    if (mkdir(slot->folder, 0700) != 0)
        die("cannot make", slot->folder);
    slot->row = row;
    slot->began = time(NULL);
    slot->killed = false;
    fflush(stdout);
    slot->pid = fork();
    if (slot->pid < 0)
        die("cannot fork", program);
    if (slot->pid > 0)
        return;
    int out = open(text, O_WRONLY | O_CREAT, 0600), err = open(errors, O_WRONLY | O_CREAT, 0600);
    int in = open("/dev/null", O_RDONLY);
    if (out < 0 || err < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(126);
    const char *args[] = { program, "--json", "--quiet", "--speed", "9", "--threads", "1", input, output, NULL, NULL,
                           NULL };
    if (is_picture(&rows[row])) {
        args[9] = "--width";
        args[10] = "160";
    }
    execv(program, (char *const *)(uintptr_t)args);
    _exit(127);
}

static void remove_folder(const char *folder)
{
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", folder, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

/* Reads what the run of a slot came to into `got`; `why` says what must not be, or is empty. */
static void outcome(const struct slot *slot, int status, struct row *got, char *why, size_t why_size)
{
    char path[160];
    struct stat st;
    json_error_t error;
    *got = rows[slot->row];
    strcpy(got->verdict, "?");
    got->frames = got->samples = 0;
    why[0] = 0;
    if (slot->killed) {
        snprintf(why, why_size, "no end within %d s", TIME_LIMIT);
        return;
    }
    if (WIFSIGNALED(status)) {
        snprintf(why, why_size, "died of signal %d", WTERMSIG(status));
        return;
    }
    snprintf(path, sizeof(path), "%s/json", slot->folder);
    json_t *json = json_load_file(path, JSON_DISABLE_EOF_CHECK, &error);
    const char *verdict = json_string_value(json_object_get(json, "verdict"));
    const char *code = json_string_value(json_object_get(json, "code"));
    int exit_code = WEXITSTATUS(status);
    snprintf(path, sizeof(path), "%s/%s", slot->folder, output_of(&rows[slot->row]));
    bool there = stat(path, &st) == 0 && st.st_size > 0;
    if (!verdict) {
        snprintf(why, why_size, "exit code %d and no verdict", exit_code);
    } else if (!strcmp(verdict, "error")) {
        snprintf(got->verdict, sizeof(got->verdict), "%s", code ? code : "?");
        if (exit_code != 1 || there)
            snprintf(why, why_size, "an error with exit code %d and %s output", exit_code, there ? "an" : "no");
    } else {
        snprintf(got->verdict, sizeof(got->verdict), "%s", verdict);
        got->frames = json_integer_value(json_object_get(json, "frames_out"));
        got->samples = json_integer_value(json_object_get(json, "samples_out"));
        if (exit_code != (strcmp(verdict, "ok") ? 2 : 0) || !there)
            snprintf(why, why_size, "%s with exit code %d and %s output", verdict, exit_code, there ? "an" : "no");
    }
    json_decref(json);
}

static void show_errors(const struct slot *slot)
{
    char path[160], line[400];
    snprintf(path, sizeof(path), "%s/errors", slot->folder);
    FILE *file = fopen(path, "r");
    for (int i = 0; file && i < 5 && fgets(line, sizeof(line), file); i++)
        printf("#   %s%s", line, strchr(line, '\n') ? "" : "\n");
    if (file)
        fclose(file);
}

static void finish(struct slot *slot, int status, bool listing)
{
    struct row got, *row = &rows[slot->row];
    char why[160];
    outcome(slot, status, &got, why, sizeof(why));
    if (listing) {
        if (why[0])
            fprintf(stderr, "%s: %s\n", row->name, why);
        *row = got;
        fprintf(stderr, "%s: %s %lld %lld, %ld s\n", row->name, row->verdict, row->frames, row->samples,
                (long)(time(NULL) - slot->began));
    } else {
        bool same = !strcmp(got.verdict, row->verdict) && got.frames == row->frames && got.samples == row->samples;
        bool ok = !why[0] && (same || !strcmp(row->flag, "varies"));
        printf("%sok - %s\n", ok ? "" : "not ", row->name); /* no numbers: two run side by side */
        if (!ok) {
            failures++;
            printf("#   wanted %s, %lld frames, %lld samples\n#   got    %s, %lld frames, %lld samples%s%s\n",
                   row->verdict, row->frames, row->samples, got.verdict, got.frames, got.samples,
                   why[0] ? ": " : "", why);
            show_errors(slot);
        }
    }
    remove_folder(slot->folder);
    slot->pid = 0;
}

/* Waits until a slot is free, or with `all` until all are. */
static struct slot *settle(struct slot *slots, bool all, bool listing)
{
    for (;;) {
        struct slot *unused = NULL;
        int busy = 0, status;
        for (int i = 0; i < SLOTS; i++) {
            struct slot *slot = &slots[i];
            if (slot->pid > 0 && waitpid(slot->pid, &status, WNOHANG) == slot->pid)
                finish(slot, status, listing);
            if (slot->pid > 0 && !slot->killed && time(NULL) - slot->began > TIME_LIMIT) {
                kill(slot->pid, SIGKILL);
                slot->killed = true;
            }
            if (slot->pid > 0)
                busy++;
            else
                unused = slot;
        }
        if (all ? !busy : unused != NULL)
            return unused;
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    }
}

static void check(bool quick)
{
    struct slot slots[SLOTS] = { 0 };
    printf("1..%zu\n", row_count);
    for (size_t i = 0; i < row_count; i++) {
        char path[1024], digest[65] = "";
        snprintf(path, sizeof(path), "%s/%s", media, rows[i].name);
        if (quick && !strcmp(rows[i].flag, "-"))
            printf("ok - %s # SKIP not in the quick sample\n", rows[i].name);
        else if (!digest_of(path, digest))
            printf("ok - %s # SKIP absent\n", rows[i].name);
        else if (strcmp(digest, rows[i].digest) != 0)
            printf("not ok - %s\n#   is another file than the table's\n", rows[i].name), failures++;
        else
            start(settle(slots, false, false), i);
    }
    settle(slots, true, false);
}

/* Names come on stdin; what the old table says of them beyond the outcome is kept. */
static void list(void)
{
    struct slot slots[SLOTS] = { 0 };
    struct row *old = rows;
    size_t old_count = row_count;
    char line[1024], path[2048];
    rows = NULL;
    row_count = 0;
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = 0;
        struct row *row = add_row();
        snprintf(row->name, sizeof(row->name), "%.511s", line);
        snprintf(path, sizeof(path), "%s/%s", media, line);
        if (!digest_of(path, row->digest))
            die("cannot read", path);
        for (size_t i = 0; i < old_count; i++) {
            if (!strcmp(old[i].name, row->name))
                strcpy(row->flag, old[i].flag);
        }
    }
    for (size_t i = 0; i < row_count; i++)
        start(settle(slots, false, true), i);
    settle(slots, true, true);
    for (size_t i = 0; i < row_count; i++)
        printf("%s\t%s\t%s\t%lld\t%lld\t%s\n", rows[i].name, rows[i].digest, rows[i].verdict, rows[i].frames,
               rows[i].samples, rows[i].flag);
    free(old);
}

int main(int argc, char **argv)
{
    if (argc < 5 || (strcmp(argv[1], "check") != 0 && strcmp(argv[1], "list") != 0)) {
        fprintf(stderr, "usage: corpus check|list TABLE MEDIA EXAMPLES [quick]\n");
        return 2;
    }
    media = argv[3];
    examples = argv[4];
    setenv("SVT_LOG", "1", 0);
    read_table(argv[2]);
    if (access(media, R_OK) != 0) {
        if (strcmp(argv[1], "check") != 0)
            die("cannot read", media);
        printf("1..0 # SKIP no media under %s\n", media);
        return 0;
    }
    const char *tmp = getenv("TMPDIR");
    snprintf(top, sizeof(top), "%.30s/corpus-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(top))
        die("cannot make", top);
    if (!strcmp(argv[1], "check"))
        check(argc > 5 && !strcmp(argv[5], "quick"));
    else
        list();
    rmdir(top);
    free(rows);
    return failures != 0;
}
