/* Tasks that make pictures and previews, against an engine that gives what a script says: truth, lies, failures. */
#include "harness.h"

#include "ctx/ctx.h"
#include "task/task.h"

#include <fcntl.h>
#include <reel/reel.h>
#include <sys/stat.h>

enum lie {
    NONE, TWO_CHUNKS, NO_CHUNK, EMPTY, OTHER_INDEX, OTHER_TRACK, OTHER_SIZE, NO_FRAMES, MANY_FRAMES, TOO_MANY_BYTES,
    SHORT_VERIFY, OTHER_VERIFY_SIZE, NO_JSON, PICTURE_LIES,
    BAD_NAME = 100, UP_NAME, TWICE_NAME, BAD_KIND, BAD_MIME, FAR_CHUNK, MORE_CHUNKS, END_LIES
};

static struct {
    enum lie lie;
    bool video; /* the input is a video with sound, else a picture */
    int picture_fails, preview_fails, wave_fails; /* codes */
    uint64_t damage;
    int truncated;
    uint32_t tiles;      /* of how many of the two segments pictures are handed over */
    int rode;            /* how many of them the preview job found; -1: it was told of none */
    const struct rl_env *env;
} script;

struct rl_engine {
    int unused;
};

static int fake_open(struct rl_engine **out, const struct rl_env *env, reel_error *err)
{
    static struct rl_engine engine;
    (void)err;
    script.env = env;
    *out = &engine;
    return 0;
}

static bool fake_close(struct rl_engine **engine)
{
    *engine = NULL;
    return true;
}

static int fake_capabilities(struct rl_engine *engine, struct rl_buf *json, reel_error *err)
{
    (void)engine;
    (void)err;
    rl_buf_text(json, "{\"encoders\":[{\"name\":\"svtav1\",\"present\":true},{\"name\":\"aom\",\"present\":true}]}");
    return 0;
}

static int probe(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    struct stat st;
    struct rl_stream s[2] = {
        { .kind = REEL_STREAM_PICTURE, .codec = "mjpeg", .decodable = 1, .time_base = { 1, 1000000 },
          .duration = REEL_NO_TIME, .frames = 1, .width = 640, .height = 480, .pixel_format = "yuvj420p",
          .bit_depth = 8, .chroma_w = 1, .chroma_h = 1, .colour = { 2, 2, 6, 1, 0 } },
        { .kind = REEL_STREAM_AUDIO, .index = 1, .codec = "opus", .decodable = 1, .time_base = { 1, 48000 },
          .duration = 20 * 48000, .sample_rate = 48000, .channels = 2 },
    };
    assert_int_equal(fstat(job->in_fd, &st), 0);
    struct rl_facts facts = { .format = "jpeg", .bytes = (uint64_t)st.st_size, .duration = REEL_NO_TIME, .streams = s,
                              .stream_count = 1 };
    if (script.video) {
        s[0].kind = REEL_STREAM_VIDEO;
        s[0].duration = 20000000;
        s[0].frames = 500;
        strcpy(s[0].codec, "h264");
        strcpy(facts.format, "mov");
        facts.duration = 20000000;
        facts.stream_count = 2;
    }
    return rl_shape_write(&rl_facts_shape, &facts, out, err);
}

static const char file[] = "a picture, so to say";

static int picture(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    struct rl_picture_job_spec spec = { 0 };
    assert_int_equal(rl_shape_read(script.env, &rl_picture_job_spec_shape, job->spec, job->spec_size, &spec, err), 0);
    struct rl_picture_result r = {
        .chunks = 1, .width = spec.still.width, .height = spec.still.height, .frames_in = 1, .frames_out = 1,
        .time = script.video ? 4000000 : REEL_NO_TIME, .quality = spec.still.quality - 5,
        .decode_errors = script.damage, .truncated = script.truncated,
    };
    struct rl_chunk_out c = { .samples = 1, .samples_in = 1 };
    if (script.picture_fails)
        return rl_err(err, script.picture_fails, "decode", "as the script wants it");
    r.width += script.lie == OTHER_SIZE;
    r.frames_out -= script.lie == NO_FRAMES;
    r.frames_out += script.lie == MANY_FRAMES;
    r.chunks += script.lie == TWO_CHUNKS;
    c.index = script.lie == OTHER_INDEX;
    c.track = script.lie == OTHER_TRACK;
    size_t size = script.lie == EMPTY ? 0 : sizeof(file);
    int rc = script.lie == NO_CHUNK ? 0 : job->host->emit(job->host->user, &c, file, size);
    if (rc == 0 && script.lie == TWO_CHUNKS) {
        c.index = 1;
        rc = job->host->emit(job->host->user, &c, file, size);
    }
    if (rc < 0)
        return err->code ? rc : rl_err(err, rc, "encode", "passed on");
    if (script.lie == NO_JSON)
        return rl_buf_text(out, "{"), 0;
    return rl_shape_write(&rl_picture_result_shape, &r, out, err);
}

static int verify(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    struct rl_verify_spec spec = { 0 };
    char bytes[sizeof(file)];
    assert_int_equal(rl_shape_read(script.env, &rl_verify_spec_shape, job->spec, job->spec_size, &spec, err), 0);
    assert_string_equal(spec.type, "avif");
    assert_int_equal(pread(job->in_fd, bytes, sizeof(bytes), 0), sizeof(file));
    assert_memory_equal(bytes, file, sizeof(file));
    struct rl_verify_track t = { .kind = REEL_STREAM_PICTURE, .samples = script.lie == SHORT_VERIFY ? 0 : 1 };
    const struct rl_verify_result r = { .tracks = &t, .track_count = 1,
                                        .width = 320 + (script.lie == OTHER_VERIFY_SIZE), .height = 240 };
    return rl_shape_write(&rl_verify_result_shape, &r, out, err);
}

static int emit(const struct rl_job *job, uint32_t index, const char *text, reel_error *err)
{
    struct rl_chunk_out c = { .index = index };
    int rc = job->host->emit(job->host->user, &c, text, strlen(text));
    return rc < 0 && !err->code ? rl_err(err, rc, "encode", "passed on") : rc;
}

static int preview(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    struct rl_product products[2] = {
        { .name = "poster.webp", .kind = "poster", .mime = "image/webp", .width = 320, .height = 240, .time = 4000000,
          .frames = 1 },
        { .name = "storyboard.vtt", .kind = "storyboard", .mime = "text/vtt", .chunk = 1, .time = REEL_NO_TIME },
    };
    struct rl_preview_result r = { .chunks = 2, .products = products, .product_count = 2, .frames_in = 9,
                                   .blurhash = "LEHV6nWB2yk8pyo0adR*.7kCMdnj", .thumbhash = "abc", .average = "#102030",
                                   .decode_errors = script.damage };
    struct rl_preview_spec spec = { 0 };
    assert_int_equal(rl_shape_read(script.env, &rl_preview_spec_shape, job->spec, job->spec_size, &spec, err), 0);
    script.rode = spec.from_tiles ? 0 : -1;
    for (uint32_t i = 0; i < spec.tiles; i++) {
        char bytes[32] = "", wanted[32];
        int fd = job->host->chunk_fd(job->host->user, 1, i);
        assert_true(fd >= 0 && pread(fd, bytes, sizeof(bytes), 0) > 0);
        close(fd);
        snprintf(wanted, sizeof(wanted), "tiles %u", i);
        assert_string_equal(bytes, wanted);
        script.rode++;
    }
    if (spec.tiles > 0)
        assert_int_equal(job->host->chunk_fd(job->host->user, 1, spec.tiles), -ENOENT);
    if (script.preview_fails)
        return rl_err(err, script.preview_fails, "decode", "no picture will come of it");
    switch (script.lie) {
    case BAD_NAME: strcpy(products[0].name, ".hidden"); break;
    case UP_NAME: strcpy(products[0].name, "../poster.webp"); break;
    case TWICE_NAME: strcpy(products[1].name, products[0].name); break;
    case BAD_KIND: strcpy(products[0].kind, "virus"); break;
    case BAD_MIME: strcpy(products[0].mime, "text\nhtml"); break;
    case FAR_CHUNK: products[1].chunk = 2; break;
    case MORE_CHUNKS: r.chunks = 3; break;
    default: break;
    }
    int rc = emit(job, 0, "the poster", err);
    if (rc == 0)
        rc = emit(job, 1, "WEBVTT", err);
    return rc < 0 ? rc : rl_shape_write(&rl_preview_result_shape, &r, out, err);
}

static int wave(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    struct rl_product p = { .name = "waveform.dat", .kind = "waveform", .mime = "application/octet-stream",
                            .time = REEL_NO_TIME };
    struct rl_preview_result r = { .chunks = 1, .products = &p, .product_count = 1, .loudness = -16.5,
                                   .loudness_range = 3, .true_peak = -1.25, .truncated = script.truncated };
    if (script.wave_fails)
        return rl_err(err, script.wave_fails, "decode", "no sound will come of it");
    int rc = emit(job, 0, "peaks", err);
    return rc < 0 ? rc : rl_shape_write(&rl_preview_result_shape, &r, out, err);
}

/* Two segments of ten seconds, each behind the pictures that were taken of it. */
static int video(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    struct rl_video_spec spec = { 0 };
    assert_int_equal(rl_shape_read(script.env, &rl_video_spec_shape, job->spec, job->spec_size, &spec, err), 0);
    assert_true(spec.tap.interval == 4000000 && spec.tap.duration == 20000000 && spec.tap.poster_width == 640);
    rl_shape_clear(script.env, &rl_video_spec_shape, &spec);
    for (uint32_t i = 0; i < 2; i++) {
        char bytes[32] = "";
        struct rl_chunk_out c = { .track = 1, .index = i };
        snprintf(bytes, sizeof(bytes), "tiles %u", i);
        int rc = i < script.tiles ? job->host->emit(job->host->user, &c, bytes, sizeof(bytes)) : 0;
        c = (struct rl_chunk_out){ .index = i, .start = i * INT64_C(10000000), .duration = 10000000, .samples = 250,
                                   .samples_in = 250, .private_size = 4, .codec_private = { 0x81, 0, 12, 0 } };
        if (rc == 0)
            rc = job->host->emit(job->host->user, &c, bytes, sizeof(bytes));
        if (rc < 0)
            return err->code ? rc : rl_err(err, rc, "encode", "passed on");
    }
    const struct rl_run_result r = { .chunks = 2, .samples_in = 500, .samples_out = 500, .first = 0, .end = 20000000 };
    return rl_shape_write(&rl_run_result_shape, &r, out, err);
}

static int join(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    const struct rl_join_result r = { .bytes = sizeof(file), .duration = 20000000, .packets = 500 };
    assert_int_equal(pwrite(job->out_fd, file, sizeof(file), 0), sizeof(file));
    return rl_shape_write(&rl_join_result_shape, &r, out, err);
}

static int fake_run(struct rl_engine *engine, const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    (void)engine;
    switch (job->kind) {
    case RL_JOB_PROBE: return probe(job, out, err);
    case RL_JOB_PICTURE: return picture(job, out, err);
    case RL_JOB_VERIFY: return verify(job, out, err);
    case RL_JOB_PREVIEW: return preview(job, out, err);
    case RL_JOB_WAVE: return wave(job, out, err);
    case RL_JOB_VIDEO: return video(job, out, err);
    case RL_JOB_JOIN: return join(job, out, err);
    default: return rl_err(err, REEL_ERR_UNSUPPORTED, "engine", "not in the script");
    }
}

static struct rl_engine_api fake = {
    .abi = RL_ENGINE_ABI, .open = fake_open, .capabilities = fake_capabilities, .run = fake_run, .close = fake_close,
};

struct stage {
    struct harness h;
    reel_alloc alloc;
    char output[96], products[96], input[96];
    reel_ctx *ctx;
    reel_chain *chain;
    reel_input *in;
    reel_pool *pool;
    reel_store *store;
    reel_task *task;
    reel_error err;
    reel_result result;
};

static const char *const only_picture[] = { "output.format", "avif", "picture.width", "320", NULL };
static const char *const both[] = { "output.format", "avif", "picture.width", "320", "preview.posters", "1",
                                    "preview.storyboard", "true", "preview.placeholder", "true", "preview.waveform",
                                    "true", "preview.loudness", "true", NULL };
static const char *const only_previews[] = { "output.format", "none", "preview.posters", "1", "preview.storyboard",
                                             "true", "preview.placeholder", "true", "preview.waveform", "true",
                                             "preview.loudness", "true", NULL };

static void enter(struct stage *s, bool video, const char *const *options)
{
    static const unsigned char ftyp[4096] = "\0\0\0\x18" "ftypisom\0\0\0\0isommp42\0\0\x0f\xe8" "mdat";
    static const unsigned char jpeg[64] = "\xff\xd8\xff\xe0\0\x10JFIF";
    reel_options *set = NULL;
    memset(s, 0, sizeof(*s));
    memset(&script, 0, sizeof(script));
    fake.build = rl_build_id();
    script.video = video;
    s->err.size = sizeof(s->err);
    harness_folder(&s->h);
    snprintf(s->output, sizeof(s->output), "%s/o.avif", s->h.folder);
    snprintf(s->products, sizeof(s->products), "%s/previews", s->h.folder);
    snprintf(s->input, sizeof(s->input), "%s/in", s->h.folder);
    FILE *in = fopen(s->input, "wb");
    assert_non_null(in);
    assert_int_equal(fwrite(video ? ftyp : jpeg, 1, video ? sizeof(ftyp) : sizeof(jpeg), in),
                     video ? sizeof(ftyp) : sizeof(jpeg));
    assert_int_equal(fclose(in), 0);
    reel_ctx_opts opts = harness_opts(&s->h, &s->alloc);
    assert_int_equal(reel_ctx_create(&s->ctx, &opts, &s->err), 0);
    s->ctx->loader.given = &fake;
    assert_int_equal(reel_options_create(&set, s->ctx), 0);
    for (; options[0]; options += 2)
        assert_int_equal(reel_options_set(set, options[0], options[1], &s->err), 0);
    assert_int_equal(reel_chain_preset(&s->chain, s->ctx, NULL, set, &s->err), 0);
    reel_options_destroy(&set);
    assert_int_equal(reel_input_open_path(&s->in, s->ctx, s->input, &s->err), 0);
    assert_int_equal(reel_pool_create(&s->pool, s->ctx, REEL_OPTS(reel_pool_opts, .threads = 2), &s->err), 0);
}

static void leave(struct stage *s)
{
    reel_task_unref(&s->task);
    reel_store_unref(&s->store);
    reel_input_close(&s->in);
    reel_pool_unref(&s->pool);
    reel_chain_unref(&s->chain);
    reel_ctx_unref(&s->ctx);
    assert_int_equal(s->h.live, 0);
    harness_remove(&s->h);
}

static int start(struct stage *s, reel_task_opts opts)
{
    opts.size = sizeof(opts);
    opts.pool = s->pool;
    opts.attempts = 1;
    return reel_task_start(&s->task, s->chain, s->in, &opts, &s->err);
}

static int go(struct stage *s, reel_task_opts opts)
{
    int rc = start(s, opts);
    if (rc < 0)
        fail_msg("%s", s->err.text);
    rc = reel_task_wait(s->task, 30 * INT64_C(1000000));
    assert_int_not_equal(rc, REEL_PENDING);
    s->result = (reel_result){ .size = sizeof(s->result) };
    assert_int_equal(reel_task_result(s->task, &s->result), rc < 0 ? REEL_ERR_STATE : 0);
    assert_int_equal(reel_task_error(s->task, &s->err), 0);
    assert_int_equal(s->err.code, rc < 0 ? rc : 0);
    return rc;
}

static bool json_has(struct stage *s, const char *text)
{
    reel_buffer *json = NULL;
    assert_int_equal(reel_task_result_json(&json, s->task), 0);
    bool found = strstr(reel_buffer_data(json), text) != NULL;
    if (!found)
        print_message("%s\n", (const char *)reel_buffer_data(json));
    reel_buffer_unref(&json);
    return found;
}

static void one_picture(void **state)
{
    (void)state;
    struct stage s;
    reel_manifest *manifest = NULL;
    char bytes[64];
    enter(&s, false, only_picture);
    assert_int_equal(go(&s, (reel_task_opts){ .output = s.output }), 0);
    assert_true(s.result.width == 320 && s.result.height == 240 && s.result.quality == 55);
    assert_true(s.result.frames_out == 1 && s.result.bytes == sizeof(file) && s.result.segments == 1);
    assert_true(s.result.verdict == REEL_VERDICT_OK && s.result.time == REEL_NO_TIME && s.result.products == 0);
    int fd = open(s.output, O_RDONLY);
    assert_int_equal(read(fd, bytes, sizeof(bytes)), sizeof(file));
    close(fd);
    assert_memory_equal(bytes, file, sizeof(file));
    assert_true(json_has(&s, "\"picture\":{\"format\":\"avif\",\"width\":320,\"height\":240,\"quality\":55"));
    assert_int_equal(harness_entries(s.h.folder), 2); /* neither journal nor temporary files */
    assert_int_equal(reel_task_manifest(&manifest, s.task), REEL_ERR_STATE);
    leave(&s);

    /* Into a store alone: the digest of the result is the blob's name. */
    reel_buffer *blob = NULL;
    enter(&s, true, only_picture);
    assert_int_equal(reel_store_open(&s.store, s.ctx, "memory:", &s.err), 0);
    assert_int_equal(go(&s, (reel_task_opts){ .store = s.store }), 0);
    assert_int_equal(s.result.time, 4000000);
    assert_int_equal(reel_store_get(&blob, s.store, s.result.digest, &s.err), 0);
    assert_int_equal(reel_buffer_size(blob), sizeof(file));
    reel_buffer_unref(&blob);
    leave(&s);

    /* Damage is told. */
    enter(&s, false, only_picture);
    script.damage = 2;
    script.truncated = 1;
    assert_int_equal(go(&s, (reel_task_opts){ .output = s.output }), REEL_PARTIAL);
    assert_int_equal(s.result.decode_errors, 2);
    assert_true(json_has(&s, "\"reason\":\"truncated\"") && json_has(&s, "\"reason\":\"damaged\""));
    leave(&s);

    enter(&s, false, only_picture);
    script.picture_fails = REEL_ERR_INVALID_DATA;
    assert_int_equal(go(&s, (reel_task_opts){ .output = s.output }), REEL_ERR_INVALID_DATA);
    assert_string_equal(s.err.text, "as the script wants it");
    assert_int_equal(s.err.stream, 0);
    assert_int_equal(harness_entries(s.h.folder), 1);
    leave(&s);
}

static int take(void *user, const void *data, size_t size)
{
    rl_buf_add(user, data, size);
    return 0;
}

static void other_targets(void **state)
{
    (void)state;
    struct stage s;
    reel_output *target = NULL;
    struct rl_buf got;
    enter(&s, false, only_picture);
    rl_buf_init(&got, rl_ctx_env(s.ctx));
    const reel_output_callbacks callbacks = { .size = sizeof(callbacks), .user = &got, .write = take };
    assert_int_equal(reel_output_open_callbacks(&target, s.ctx, &callbacks, &s.err), 0);
    assert_int_equal(go(&s, (reel_task_opts){ .target = &target }), 0);
    assert_int_equal(got.size, sizeof(file));
    rl_buf_free(&got);
    leave(&s);
}

static void lies_about_pictures(void **state)
{
    (void)state;
    for (enum lie lie = TWO_CHUNKS; lie < PICTURE_LIES; lie++) {
        struct stage s;
        const char *const bounded[] = { "output.format", "avif", "picture.width", "320", "picture.max_bytes", "5",
                                        NULL };
        enter(&s, false, lie == TOO_MANY_BYTES ? bounded : only_picture);
        script.lie = lie;
        int rc = go(&s, (reel_task_opts){ .output = s.output });
        if (rc >= 0)
            fail_msg("lie %d was believed", (int)lie);
        assert_true(s.err.text[0] != 0);
        assert_int_equal(access(s.output, F_OK), -1);
        leave(&s);
    }
}

static void check_products(struct stage *s)
{
    reel_product p = { .size = sizeof(p) };
    reel_placeholders h = { .size = sizeof(h) };
    char path[128];
    assert_int_equal(s->result.products, 3);
    assert_int_equal(reel_task_product_at(s->task, 0, &p), 0);
    assert_string_equal(p.name, "poster.webp");
    assert_true(p.width == 320 && p.bytes == 10 && p.time == 4000000);
    snprintf(path, sizeof(path), "%s/poster.webp", s->products);
    assert_string_equal(p.path, path);
    assert_int_equal(access(path, R_OK), 0);
    assert_int_equal(reel_task_product_at(s->task, 2, &p), 0);
    assert_string_equal(p.kind, "waveform");
    assert_int_equal(reel_task_product_at(s->task, 3, &p), REEL_END);
    assert_int_equal(harness_entries(s->products), 3);
    assert_int_equal(reel_task_placeholders(s->task, &h), 0);
    assert_int_equal(h.present, REEL_PLACEHOLDER_PICTURE | REEL_PLACEHOLDER_LOUDNESS);
    assert_string_equal(h.average, "#102030");
    assert_true(h.loudness == -16.5 && h.true_peak == -1.25);
    assert_true(json_has(s, "\"products\":[{\"name\":\"poster.webp\",\"kind\":\"poster\""));
    assert_true(json_has(s, "\"placeholders\":{\"blurhash\":\"LEHV6nWB2yk8pyo0adR*.7kCMdnj\""));
}

static void previews(void **state)
{
    (void)state;
    struct stage s;
    enter(&s, true, only_previews);
    assert_int_equal(go(&s, (reel_task_opts){ .products = s.products }), 0);
    assert_true(s.result.verdict == REEL_VERDICT_OK && s.result.bytes == 0 && s.result.duration == 0);
    check_products(&s);
    assert_int_equal(harness_entries(s.h.folder), 2);
    leave(&s);

    enter(&s, true, both); /* beside an output */
    assert_int_equal(go(&s, (reel_task_opts){ .products = s.products, .output = s.output }), 0);
    check_products(&s);
    assert_int_equal(access(s.output, R_OK), 0);
    leave(&s);

    reel_product p = { .size = sizeof(p) };
    reel_buffer *blob = NULL;
    enter(&s, true, only_previews); /* into a store */
    assert_int_equal(reel_store_open(&s.store, s.ctx, "memory:", &s.err), 0);
    assert_int_equal(go(&s, (reel_task_opts){ .store = s.store }), 0);
    assert_int_equal(reel_task_product_at(s.task, 1, &p), 0);
    assert_null(p.path);
    assert_int_equal(reel_store_get(&blob, s.store, p.digest, &s.err), 0);
    assert_memory_equal(reel_buffer_data(blob), "WEBVTT", 6);
    reel_buffer_unref(&blob);
    leave(&s);
}

static void what_previews_need(void **state)
{
    (void)state;
    struct stage s;
    enter(&s, true, only_previews);
    assert_int_equal(start(&s, (reel_task_opts){ .flags = 0 }), REEL_ERR_INVALID_ARG);
    assert_non_null(strstr(s.err.text, "products"));
    assert_int_equal(start(&s, (reel_task_opts){ .output = s.output, .products = s.products }), REEL_ERR_INVALID_ARG);
    assert_non_null(strstr(s.err.text, "none"));
    leave(&s);
    enter(&s, true, both);
    assert_int_equal(start(&s, (reel_task_opts){ .output = s.output }), REEL_ERR_INVALID_ARG);
    assert_int_equal(start(&s, (reel_task_opts){ .products = s.products }), REEL_ERR_INVALID_ARG);
    leave(&s);

    /* What has no file needs no folder. */
    const char *const small[] = { "output.format", "none", "preview.loudness", "true", NULL };
    enter(&s, true, small);
    assert_int_equal(go(&s, (reel_task_opts){ .flags = 0 }), 0);
    reel_placeholders h = { .size = sizeof(h) };
    assert_int_equal(reel_task_placeholders(s.task, &h), 0);
    assert_int_equal(h.present, REEL_PLACEHOLDER_LOUDNESS);
    leave(&s);
}

static void previews_that_fail(void **state)
{
    (void)state;
    struct stage s;
    enter(&s, true, both); /* beside an output: a reason */
    script.preview_fails = REEL_ERR_FILTER;
    script.wave_fails = REEL_ERR_INTERNAL;
    assert_int_equal(go(&s, (reel_task_opts){ .products = s.products, .output = s.output }), REEL_PARTIAL);
    assert_int_equal(s.result.products, 0);
    assert_true(json_has(&s, "\"reason\":\"preview-lost\"") && json_has(&s, "no sound will come of it"));
    assert_int_equal(access(s.output, R_OK), 0);
    leave(&s);

    enter(&s, true, only_previews); /* one of two */
    script.preview_fails = REEL_ERR_INVALID_DATA;
    assert_int_equal(go(&s, (reel_task_opts){ .products = s.products }), REEL_PARTIAL);
    assert_int_equal(s.result.products, 1);
    leave(&s);

    enter(&s, true, only_previews); /* all there was */
    script.preview_fails = script.wave_fails = REEL_ERR_INVALID_DATA;
    assert_int_equal(go(&s, (reel_task_opts){ .products = s.products }), REEL_ERR_INVALID_DATA);
    assert_string_equal(s.err.text, "no picture will come of it");
    leave(&s);

    enter(&s, true, only_previews); /* the storyboard shows all of the source, and some of that is damaged */
    script.damage = 3;
    assert_int_equal(go(&s, (reel_task_opts){ .products = s.products }), REEL_PARTIAL);
    leave(&s);

    enter(&s, true, only_previews); /* the folder is a file */
    snprintf(s.products, sizeof(s.products), "%s/in/previews", s.h.folder);
    int rc = go(&s, (reel_task_opts){ .products = s.products });
    assert_true(rc < 0 && s.err.text[0]);
    leave(&s);
    enter(&s, true, both);
    snprintf(s.products, sizeof(s.products), "%s/in/previews", s.h.folder);
    assert_int_equal(go(&s, (reel_task_opts){ .products = s.products, .output = s.output }), REEL_PARTIAL);
    assert_int_equal(access(s.output, R_OK), 0);
    leave(&s);
}

/* Beside a video that is encoded the previews are made of what its runs have taken, if they have it all. */
static void previews_that_ride(void **state)
{
    (void)state;
    static const char *const options[] = {
        "audio.enabled", "false", "preview.posters", "1", "preview.storyboard", "true", "preview.storyboard_interval",
        "4000000", NULL,
    };
    for (uint32_t tiles = 0; tiles <= 2; tiles++) {
        struct stage s;
        enter(&s, true, options);
        script.tiles = tiles;
        assert_int_equal(reel_store_open(&s.store, s.ctx, "memory:", &s.err), 0);
        assert_int_equal(go(&s, (reel_task_opts){ .output = s.output, .store = s.store, .products = s.products,
                                                  .flags = REEL_TASK_NO_VERIFY }), 0);
        assert_int_equal(script.rode, tiles == 2 ? 2 : -1);
        assert_int_equal(s.result.frames_out, 500);
        assert_int_equal(s.result.products, 2);
        assert_int_equal(s.result.segments, 2); /* the pictures are no segments */
        leave(&s);
    }
}

static void lies_about_previews(void **state)
{
    (void)state;
    for (enum lie lie = BAD_NAME; lie < END_LIES; lie++) {
        struct stage s;
        enter(&s, true, only_previews);
        script.lie = lie;
        int rc = go(&s, (reel_task_opts){ .products = s.products });
        if (rc != REEL_ERR_VERIFY)
            fail_msg("lie %d was believed: %d", (int)lie, rc);
        assert_int_equal(access(s.products, F_OK), -1);
        leave(&s);
    }
}

/* Each operation fails once: never a half file, never a leak, and what is told is a failure. */
static void faults(void **state)
{
    (void)state;
    static const struct {
        int32_t op;
        int error;
    } kinds[] = { { REEL_FAULT_ALLOC, ENOMEM }, { REEL_FAULT_READ, EIO }, { REEL_FAULT_WRITE, ENOSPC },
                  { REEL_FAULT_SYNC, EIO } };
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        for (long n = 1;; n++) {
            struct stage s;
            enter(&s, true, both);
            harness_arm(&s.h, kinds[k].op, n, kinds[k].error);
            int rc = start(&s, (reel_task_opts){ .products = s.products, .output = s.output });
            if (rc == 0)
                rc = reel_task_wait(s.task, REEL_FOREVER);
            bool struck = s.h.struck;
            s.h.op = 0;
            if (!struck)
                assert_int_equal(rc, 0);
            struct stat st; /* what has the name is whole; its folder is synced when it has it already, and that may fail */
            bool there = stat(s.output, &st) == 0;
            assert_true(there || rc < 0);
            assert_true(!there || st.st_size == sizeof(file));
            if (access(s.products, F_OK) == 0)
                assert_true(harness_entries(s.products) <= 3);
            leave(&s);
            if (!struck)
                break;
            assert_true(n < 5000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_picture), cmocka_unit_test(other_targets), cmocka_unit_test(lies_about_pictures),
        cmocka_unit_test(previews), cmocka_unit_test(what_previews_need), cmocka_unit_test(previews_that_fail),
        cmocka_unit_test(previews_that_ride), cmocka_unit_test(lies_about_previews), cmocka_unit_test(faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
