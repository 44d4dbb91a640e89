/* Type and facts: what the first bytes say, and what the engine says. */
#include "input.h"

#include "../base/io.h"
#include "../base/opts.h"
#include "../ctx/ctx.h"
#include "../engine/spec.h"

#include <stdio.h>
#include <string.h>

#define STEP "probe"

/* The first look, and the second one where the first found nothing: sound files may begin with garbage. */
#define FIRST_LOOK ((size_t)64 << 10)
#define SECOND_LOOK ((size_t)1 << 20)
#define MAX_TAGS 16

/* Sniffs one window at an offset: 0 with *type NULL when it is unknown. *skip is the length of an ID3 tag there. */
static int look(reel_input *input, uint8_t *window, size_t size, uint64_t at, const struct rl_type **type,
                uint64_t *skip, reel_error *err)
{
    int64_t got = rl_pread(rl_ctx_env(input->ctx), input->fd, window, size, (int64_t)at);

    if (got < 0)
        return rl_err_errno(err, (int)-got, "input", "reading the input");
    *skip = rl_sniff_id3(window, (size_t)got);
    *type = *skip ? NULL : rl_sniff(window, (size_t)got, input->size - at);
    return 0;
}

static int sniff(reel_input *input, uint8_t *window, struct rl_type *out, reel_error *err)
{
    const struct rl_type *type = NULL;
    uint64_t at = 0, skip = 0;
    int tags = 0;

    int rc = look(input, window, FIRST_LOOK, 0, &type, &skip, err);
    while (rc >= 0 && skip > 0 && tags++ < MAX_TAGS) {
        at = skip < input->size - at ? at + skip : input->size;
        rc = look(input, window, FIRST_LOOK, at, &type, &skip, err);
    }
    if (rc >= 0 && !type && input->size - at > FIRST_LOOK)
        rc = look(input, window, SECOND_LOOK, at, &type, &skip, err);
    if (rc < 0)
        return rc;
    /* Only sound files carry these tags in front. */
    if (tags > 0 && (!type || !type->accepted || rl_is_picture_format(type->demuxer)))
        type = rl_sniff_tagged();
    *out = type ? *type : *rl_sniff_unknown();
    return 0;
}

int rl_input_sniff(reel_input *input, struct rl_type *out, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(input->ctx);

    if (input->size == 0)
        return rl_err(err, REEL_ERR_FORMAT, "input", "the input is empty");
    if (!input->sniffed) {
        uint8_t *window = rl_alloc(env, SECOND_LOOK);
        if (!window)
            return rl_err_nomem(err, "input");
        int rc = sniff(input, window, &input->type, err);
        rl_free(env, window);
        if (rc < 0)
            return rc;
        input->sniffed = true;
    }
    *out = input->type;
    return 0;
}

int reel_input_type(reel_input *input, reel_type *out, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    struct rl_type type;

    if (!input || !out)
        return rl_err_null(err, "input", input ? "out" : "input");
    int rc = rl_input_sniff(input, &type, &e);
    if (rc < 0) {
        rl_err_export(err, &e);
        return rc;
    }
    reel_type info = { .size = sizeof(info), .accepted = type.accepted };
    snprintf(info.name, sizeof(info.name), "%s", type.name);
    snprintf(info.mime, sizeof(info.mime), "%s", type.mime);
    return rl_info_out(out, &info, sizeof(info), RL_SIZE_TO(reel_type, reserved));
}

/* Who asks whether to go on; a probe makes no chunks. */
struct stop {
    bool (*cancelled)(void *user); /* NULL: never */
    void *user;
};

static bool is_cancelled(void *user)
{
    const struct stop *stop = user;
    return stop->cancelled && stop->cancelled(stop->user);
}

static void ignore_progress(void *user, int64_t done, uint64_t frames)
{
    (void)user;
    (void)done;
    (void)frames;
}

static int refuse_chunk(void *user, const struct rl_chunk_out *chunk, const void *data, size_t size)
{
    (void)user;
    (void)chunk;
    (void)data;
    (void)size;
    return REEL_ERR_INTERNAL;
}

static bool want_none(void *user, uint32_t index)
{
    (void)user;
    (void)index;
    return false;
}

static int no_chunk(void *user, uint32_t track, uint32_t index)
{
    (void)user;
    (void)track;
    (void)index;
    return -1;
}

static int run_probe(reel_input *input, const struct rl_type *type, bool sample, struct stop *stop,
                     struct rl_facts *facts, reel_error *err)
{
    const struct rl_job_host host = {
        .user = stop,
        .cancelled = is_cancelled,
        .progress = ignore_progress,
        .emit = refuse_chunk,
        .wanted = want_none,
        .chunk_fd = no_chunk,
    };
    const struct rl_env *env = rl_ctx_env(input->ctx);
    struct rl_probe_spec spec = { .sample = sample };
    struct rl_buf text, result;

    rl_buf_init(&text, env);
    rl_buf_init(&result, env);
    snprintf(spec.format, sizeof(spec.format), "%s", type->demuxer);
    int rc = rl_shape_write(&rl_probe_spec_shape, &spec, &text, err);
    if (rc >= 0) {
        struct rl_job job = {
            .kind = RL_JOB_PROBE,
            .spec = (const char *)text.data,
            .spec_size = text.size,
            .in_fd = input->fd,
            .out_fd = -1,
            .host = &host,
        };
        rc = rl_ctx_run(input->ctx, &job, &result, err);
    }
    if (rc >= 0)
        rc = result.failed ? rl_err_nomem(err, STEP)
            : rl_shape_read(env, &rl_facts_shape, (const char *)result.data, result.size, facts, err);
    rl_buf_free(&result);
    rl_buf_free(&text);
    return rc;
}

/* What sampling has added to facts that are known already: those stay where they are, for hosts hold pointers into them. */
static int take_samples(reel_input *input, const struct rl_facts *facts, reel_error *err)
{
    struct rl_facts *old = &input->facts;
    if (facts->stream_count != old->stream_count)
        return rl_err(err, REEL_ERR_CHANGED, STEP, "the input has other streams than it had");
    for (uint32_t i = 0; i < old->stream_count; i++) {
        old->streams[i].sampled_frames = facts->streams[i].sampled_frames;
        old->streams[i].combed_frames = facts->streams[i].combed_frames;
    }
    return 0;
}

static int probe(reel_input *input, bool sample, struct stop *stop, reel_error *err)
{
    const struct rl_env *env = rl_ctx_env(input->ctx);
    struct rl_facts facts;
    struct rl_type type;

    if (input->probed && (input->sampled || !sample))
        return 0;
    int rc = rl_input_sniff(input, &type, err);
    if (rc < 0)
        return rc;
    if (strcmp(type.name, rl_sniff_unknown()->name) == 0)
        return rl_err(err, REEL_ERR_FORMAT, STEP, "the content is of no known media type");
    if (!type.accepted)
        return rl_err(err, REEL_ERR_REFUSED, STEP, "the content is %s (%s), which is not accepted", type.name,
                      type.mime);

    memset(&facts, 0, sizeof(facts));
    rc = run_probe(input, &type, sample, stop, &facts, err);
    if (rc >= 0)
        rc = rl_input_check_unchanged(input, err);
    if (rc >= 0)
        rc = rl_facts_check(env, &facts, input->size, err);
    if (rc >= 0 && input->probed)
        rc = take_samples(input, &facts, err);
    if (rc < 0 || input->probed) {
        rl_shape_clear(env, &rl_facts_shape, &facts);
    } else {
        input->facts = facts;
        input->probed = true;
    }
    input->sampled = input->sampled || (rc >= 0 && sample);
    return rc < 0 ? rc : 0;
}

int rl_input_probe_with(reel_input *input, bool sample, bool (*cancelled)(void *user), void *user, reel_error *err)
{
    struct stop stop = { .cancelled = cancelled, .user = user };
    return probe(input, sample, &stop, err);
}

int reel_input_probe(reel_input *input, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;

    if (!input)
        return rl_err_null(err, "input", "input");
    int rc = rl_input_probe_with(input, true, NULL, NULL, &e);
    if (rc < 0)
        rl_err_export(err, &e);
    return rc < 0 ? rc : 0;
}
