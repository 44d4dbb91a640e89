#include "common.h"

#include <errno.h>
#include <inttypes.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TICK = 50000 }; /* us between two looks at the task */

volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = number;
}

/* A border of a range: whole numbers in full, however large. */
static void print_number(double value)
{
    printf(value == floor(value) && fabs(value) < 1e15 ? "%.0f" : "%g", value);
}

void list_options(void)
{
    reel_preset_info preset = { .size = sizeof(preset) };
    reel_option_info option = { .size = sizeof(option) };
    printf("presets\n");
    for (uint32_t i = 0; reel_chain_preset_at(i, &preset) == 0; i++)
        printf("  %-28s %s\n", preset.name, preset.help);
    printf("options\n");
    for (uint32_t i = 0; reel_option_at(i, &option) == 0; i++) {
        printf("  %-28s %s", option.name, option.help);
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

int64_t parse_time(const char *text)
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

int parse_threads(const char *text)
{
    char *rest = NULL;
    long n = strtol(text, &rest, 10);
    return *rest || n < 1 || n > 1024 ? -1 : (int)n;
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
static int report(const struct work *w, int code)
{
    const reel_error *err = &w->err;
    if (w->json) {
        printf("{\"verdict\":\"error\",\"code\":\"%s\",\"step\":", reel_err_name(code));
        json_string(stdout, err->step);
        printf(",\"text\":");
        json_string(stdout, err->text[0] ? err->text : reel_err_str(code));
        printf("}\n");
    }
    fprintf(stderr, "%s: %s: ", w->program, w->input_name ? w->input_name : "");
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

int wait_for(struct work *w)
{
    int tty = isatty(STDERR_FILENO), shown = 0, cancelled = 0, rc;
    double next = 0;
    reel_progress p = { .size = sizeof(p) };
    while ((rc = reel_task_wait(w->task, TICK)) == REEL_PENDING) {
        if (stopped && !cancelled) {
            reel_task_cancel(w->task);
            cancelled = 1;
        }
        if (w->quiet || cancelled || reel_task_progress(w->task, &p) < 0)
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

/* The value of a key in an object of the result: a program with a JSON library would ask that. */
static const char *value_of(const char *object, const char *key)
{
    const char *at = object ? strstr(object, key) : NULL;
    return at ? at + strlen(key) : NULL;
}

/* In each object `text` comes last. */
void show_reasons(const struct work *w)
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

int print_plan(const struct work *w)
{
    reel_buffer *json = NULL;
    int rc = reel_plan_to_json(&json, w->plan);
    if (rc == 0)
        printf("%s\n", (const char *)reel_buffer_data(json));
    reel_buffer_unref(&json);
    return rc;
}

void print_result(const struct work *w)
{
    reel_buffer *json = NULL;
    if (reel_task_result_json(&json, w->task) == 0)
        printf("%s\n", (const char *)reel_buffer_data(json));
    reel_buffer_unref(&json);
}

int set_option(struct work *w, const char *name, const char *value)
{
    int rc = reel_options_set(w->overrides, name, value, &w->err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", w->program, w->err.text[0] ? w->err.text : reel_err_str(rc));
    return rc;
}

int set_pair(struct work *w, char *pair)
{
    char *equals = strchr(pair, '=');
    if (!equals) {
        fprintf(stderr, "%s: --set wants NAME=VALUE, not \"%s\"\n", w->program, pair);
        return -1;
    }
    *equals = 0;
    return set_option(w, pair, equals + 1);
}

int has_preset(const char *name)
{
    reel_preset_info preset = { .size = sizeof(preset) };
    for (uint32_t i = 0; reel_chain_preset_at(i, &preset) == 0; i++)
        if (strcmp(preset.name, name) == 0)
            return 1;
    return 0;
}

int begin_work(struct work *w, const char *program)
{
    *w = (struct work){ .program = program, .err = { .size = sizeof(w->err), .stream = -1, .time = REEL_NO_TIME } };
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
    int rc = reel_ctx_create(&w->ctx, &opts, &w->err);
    return rc == 0 ? reel_options_create(&w->overrides, w->ctx) : rc;
}

int prepare_work(struct work *w, const char *preset, int plan_only, int64_t start, int64_t end)
{
    int rc = w->input ? 0 : reel_input_open_path(&w->input, w->ctx, w->input_name, &w->err);
    if (rc == 0)
        rc = reel_chain_preset(&w->chain, w->ctx, preset, w->overrides, &w->err);
    if (rc == 0 && plan_only) {
        const reel_plan_opts opts = { .size = sizeof(opts), .start = start, .end = end };
        rc = reel_plan_create(&w->plan, w->chain, w->input, &opts, &w->err);
        return rc == 0 ? print_plan(w) : rc;
    }
    if (rc == 0) {
        const reel_pool_opts opts = { .size = sizeof(opts), .threads = w->threads };
        rc = reel_pool_create(&w->pool, w->ctx, &opts, &w->err);
    }
    return rc;
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

int end_work(struct work *w, int code, int rc, const char *hint)
{
    if (code < 0 && rc == REEL_ERR_CANCELLED && stopped) {
        fprintf(stderr, "%s: stopped%s\n", w->program, hint);
        /* The task has ended. Encoders that were interrupted still clean up, which closing the context would wait for; a
         * process that ends has no need of that. */
        fflush(NULL);
        _exit(EXIT_STOPPED);
    }
    if (code < 0)
        code = rc < 0 ? report(w, rc) : rc == REEL_PARTIAL ? EXIT_PARTIAL : EXIT_OK;
    clean(w);
    if ((fflush(stdout) != 0 || ferror(stdout)) && (code == EXIT_OK || code == EXIT_PARTIAL)) {
        fprintf(stderr, "%s: cannot write to standard output: %s\n", w->program, strerror(errno));
        code = EXIT_ERROR;
    }
    return code;
}
