#include "vtt.h"

#include <stdlib.h>
#include <string.h>

struct line {
    const char *text;
    size_t size;
};

struct cursor {
    const char *at, *end;
};

/* The next line without its end (LF, CR LF or CR); false behind the last. */
static bool next_line(struct cursor *c, struct line *line)
{
    if (c->at == c->end)
        return false;
    const char *p = c->at;
    while (p < c->end && *p != '\n' && *p != '\r')
        p++;
    *line = (struct line){ c->at, (size_t)(p - c->at) };
    if (p < c->end && *p == '\r' && p + 1 < c->end && p[1] == '\n')
        p++;
    c->at = p < c->end ? p + 1 : p;
    return true;
}

static bool number(const char **at, const char *end, int64_t *value, int *digits)
{
    *value = 0;
    *digits = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; (*at)++, (*digits)++) {
        if (*digits >= 9)
            return false;
        *value = *value * 10 + (**at - '0');
    }
    return *digits > 0;
}

/* [hours:]minutes:seconds.milliseconds */
static bool timestamp(const char **at, const char *end, int64_t *ms)
{
    int64_t part[3], fraction;
    int digits, count = 0;
    for (;;) {
        if (count == 3 || !number(at, end, &part[count++], &digits))
            return false;
        if (*at == end || **at != ':')
            break;
        (*at)++;
    }
    if (count < 2 || *at == end || *(*at)++ != '.' || !number(at, end, &fraction, &digits) || digits != 3)
        return false;
    int64_t hours = count == 3 ? part[0] : 0;
    *ms = ((hours * 60 + part[count - 2]) * 60 + part[count - 1]) * 1000 + fraction;
    return true;
}

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
}

/* "start --> end settings" */
static bool timing(const struct line *line, int64_t *start, int64_t *stop, struct line *settings)
{
    const char *at = line->text, *end = at + line->size;
    skip_blanks(&at, end);
    if (!timestamp(&at, end, start))
        return false;
    skip_blanks(&at, end);
    if (end - at < 3 || memcmp(at, "-->", 3) != 0)
        return false;
    at += 3;
    skip_blanks(&at, end);
    if (!timestamp(&at, end, stop) || *stop <= *start)
        return false;
    skip_blanks(&at, end);
    *settings = (struct line){ at, (size_t)(end - at) };
    return true;
}

/* While the text may still move, a sample's data is kept as an offset. */
struct cue {
    struct rl_sample sample;
    size_t offset, order;
};

static int by_time(const void *a, const void *b)
{
    const struct cue *x = a, *y = b;
    if (x->sample.ts != y->sample.ts)
        return x->sample.ts < y->sample.ts ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* Reads one block of lines up to the next empty one; true when it is a cue. */
static bool read_cue(struct cursor *c, const struct line *first, struct rl_buf *text, struct cue *cue)
{
    struct line id = { "", 0 }, line = *first, settings;
    int64_t start, stop;
    bool is_cue = timing(&line, &start, &stop, &settings);
    if (!is_cue) {
        id = line;
        is_cue = next_line(c, &line) && line.size > 0 && timing(&line, &start, &stop, &settings);
    }
    size_t offset = text->size;
    if (is_cue) {
        rl_buf_add(text, id.text, id.size);
        rl_buf_u8(text, '\n');
        rl_buf_add(text, settings.text, settings.size);
        rl_buf_u8(text, '\n');
    }
    bool more = false;
    while (line.size > 0 && next_line(c, &line) && line.size > 0) {
        if (!is_cue)
            continue;
        if (more)
            rl_buf_u8(text, '\n');
        rl_buf_add(text, line.text, line.size);
        more = true;
    }
    if (is_cue)
        *cue = (struct cue){ .sample = { .size = text->size - offset, .ts = start, .duration = stop - start, .key = 1 },
                             .offset = offset };
    return is_cue;
}

int rl_vtt_read(struct rl_buf *text, const uint8_t *data, size_t size, struct rl_sample **samples, size_t *count,
                reel_error *err)
{
    *samples = NULL;
    *count = 0;
    struct cursor c = { (const char *)data, (const char *)data + size };
    struct line line;
    if (size < 6 || memcmp(data, "WEBVTT", 6) != 0)
        return rl_err(err, REEL_ERR_CORRUPT, "join", "a text chunk is not WebVTT");
    struct cue *cues = NULL;
    size_t n = 0, capacity = 0;
    int rc = 0;
    while (next_line(&c, &line) && line.size > 0)
        ; /* the header */
    while (rc == 0 && next_line(&c, &line)) {
        struct cue cue;
        if (line.size == 0 || !read_cue(&c, &line, text, &cue))
            continue;
        if (!rl_grow(text->env, (void **)&cues, &capacity, n, sizeof(*cues)))
            rc = rl_err_nomem(err, "join");
        else {
            cue.order = n;
            cues[n++] = cue;
        }
    }
    if (rc == 0 && (text->failed || !(*samples = rl_calloc(text->env, n + 1, sizeof(**samples)))))
        rc = rl_err_nomem(err, "join");
    if (rc == 0) {
        if (n > 0)
            qsort(cues, n, sizeof(*cues), by_time);
        for (size_t i = 0; i < n; i++) {
            (*samples)[i] = cues[i].sample;
            (*samples)[i].data = text->data + cues[i].offset;
        }
        *count = n;
    }
    rl_free(text->env, cues);
    return rc;
}
