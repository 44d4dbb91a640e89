/* The task against an engine that is none: it gives what a script says, so that failures, lies and waiting can be had at will. */
#include "harness.h"

#include "base/time.h"
#include "chunk/manifest.h"
#include "ctx/ctx.h"
#include "input/input.h"
#include "plan/plan.h"
#include "task/task.h"

#include <fcntl.h>
#include <pthread.h>
#include <reel/reel.h>
#include <stdatomic.h>
#include <sys/stat.h>

enum { SECONDS = 60, FPS = 24, TICKS = 90000 };

enum lie {
    NONE, TWICE, BEYOND, OTHER_TRACK, BACKWARDS, ENDLESS, NO_SAMPLES, EMPTY, HUGE_PRIVATE, BAD_PRIVATE, OTHER_PRIVATE,
    MORE_CHUNKS, FEWER_CHUNKS, MORE_FRAMES, NO_JSON, LONG_JOIN, SHORT_VERIFY, WRONG_KIND, POSITIVE, LIES
};

/* What the engine is to do, and what it has seen. */
static struct {
    enum lie lie;
    int fail_code, fail_times; /* the first video jobs fail */
    useconds_t per_segment;    /* us that a segment takes; asks for cancel meanwhile */
    bool touch;                /* somebody writes to the input while it works */
    char input[96];
    atomic_int jobs, in_flight, most_in_flight, probes;
    struct rl_manifest joined;
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
    struct rl_key keys[SECONDS / 2];
    struct stat st;
    for (int i = 0; i < SECONDS / 2; i++)
        keys[i].ts = (int64_t)i * 2 * TICKS;
    struct rl_stream s = {
        .kind = REEL_STREAM_VIDEO, .codec = "h264", .decodable = 1, .time_base = { 1, TICKS }, .start = 0,
        .duration = (int64_t)SECONDS * TICKS, .frames = SECONDS * FPS, .width = 128, .height = 72, .aspect = { 1, 1 },
        .frame_rate = { FPS, 1 }, .pixel_format = "yuv420p", .bit_depth = 8, .chroma_w = 1, .chroma_h = 1,
        .colour = { 2, 2, 2, 0, 1 }, .keys_trusted = 1, .keys = keys, .key_count = SECONDS / 2,
    };
    struct rl_probe_spec spec = { .sample = 0 };
    assert_int_equal(rl_shape_read(script.env, &rl_probe_spec_shape, job->spec, job->spec_size, &spec, err), 0);
    script.probes++;
    s.sampled_frames = spec.sample ? 9 : 0;
    s.combed_frames = spec.sample ? 9 : 0;
    struct rl_tag tag = { .key = (char *)"title", .value = (char *)"x" };
    assert_int_equal(fstat(job->in_fd, &st), 0);
    const struct rl_facts facts = { .format = "mov", .bytes = (uint64_t)st.st_size,
                                    .duration = SECONDS * INT64_C(1000000),
                                    .streams = &s, .stream_count = 1, .tags = &tag, .tag_count = 1 };
    return rl_shape_write(&rl_facts_shape, &facts, out, err);
}

static void touch(void)
{
    int fd = open(script.input, O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
}

/* One segment, as true or as false as the script wants it. */
static int segment(const struct rl_job *job, const struct rl_video_spec *spec, uint32_t n, reel_error *err)
{
    const struct rl_job_host *host = job->host;
    int64_t from = spec->cuts[n].ts == REEL_NO_TIME ? 0 : spec->cuts[n].ts;
    int64_t to = spec->cuts[n + 1].ts == REEL_NO_TIME ? (int64_t)SECONDS * TICKS : spec->cuts[n + 1].ts;
    int64_t scale = spec->timescale / TICKS;
    char bytes[64];
    struct rl_chunk_out c = {
        .index = spec->first_index + n, .start = from * scale, .duration = (to - from) * scale,
        .samples = (uint64_t)((to - from) * FPS / TICKS), .private_size = 4, .codec_private = { 0x81, 0, 12, 0 },
    };
    c.samples_in = c.samples;
    size_t size = (size_t)snprintf(bytes, sizeof(bytes), "segment %u", c.index);
    for (useconds_t slept = 0; slept < script.per_segment; slept += 1000) {
        if (host->cancelled(host->user))
            return rl_err(err, REEL_ERR_CANCELLED, "encode", "cancelled");
        usleep(1000);
    }
    host->progress(host->user, rl_rescale(to - from, (reel_ratio){ 1, TICKS }, RL_US), c.samples);
    if (!host->wanted(host->user, c.index))
        return 0;
    switch (script.lie) {
    case BEYOND: c.index = 1000000; break;
    case OTHER_TRACK: c.track = 1; break;
    case BACKWARDS: c.duration = -c.duration; break;
    case ENDLESS: c.duration = INT64_MAX; break;
    case NO_SAMPLES: c.samples = 0; break;
    case EMPTY: size = 0; break;
    case HUGE_PRIVATE: c.private_size = UINT32_MAX; break;
    case BAD_PRIVATE: c.codec_private[0] = 0; break;
    case OTHER_PRIVATE: c.codec_private[1] = (uint8_t)c.index; break;
    default: break;
    }
    int rc = host->emit(host->user, &c, bytes, size);
    if (rc == 0 && script.lie == TWICE) { /* with another length, so that it cannot pass for the same */
        c.index++;
        rc = host->emit(host->user, &c, bytes, size);
    }
    return rc;
}

static int video(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    struct rl_video_spec spec = { 0 };
    int number = atomic_fetch_add(&script.jobs, 1);
    int now = atomic_fetch_add(&script.in_flight, 1) + 1;
    for (int most = script.most_in_flight; now > most;)
        if (atomic_compare_exchange_weak(&script.most_in_flight, &most, now))
            break;
    assert_int_equal(rl_shape_read(script.env, &rl_video_spec_shape, job->spec, job->spec_size, &spec, err), 0);
    struct rl_run_result r = { .chunks = spec.cut_count - 1, .end = (int64_t)SECONDS * TICKS };
    int rc = 0;
    if (number < script.fail_times)
        rc = rl_err(err, script.fail_code, "encode", "as the script wants it");
    if (script.touch)
        touch();
    for (uint32_t n = 0; rc == 0 && n + 1 < spec.cut_count; n++) {
        rc = segment(job, &spec, n, err);
        int64_t to = spec.cuts[n + 1].ts == REEL_NO_TIME ? (int64_t)SECONDS * TICKS : spec.cuts[n + 1].ts;
        int64_t from = spec.cuts[n].ts == REEL_NO_TIME ? 0 : spec.cuts[n].ts;
        r.samples_in += (uint64_t)((to - from) * FPS / TICKS);
        r.end = to;
    }
    r.first = spec.cuts[0].ts == REEL_NO_TIME ? 0 : spec.cuts[0].ts;
    r.samples_out = r.samples_in;
    r.chunks += script.lie == MORE_CHUNKS;
    r.chunks -= script.lie == FEWER_CHUNKS;
    r.samples_in += script.lie == MORE_FRAMES;
    rl_shape_clear(script.env, &rl_video_spec_shape, &spec);
    atomic_fetch_sub(&script.in_flight, 1);
    if (rc < 0 && err->code == 0)
        rl_err(err, rc, "encode", "passed on");
    if (rc == 0 && script.lie == NO_JSON)
        rl_buf_text(out, "{\"chunks\":-1");
    else if (rc == 0)
        rc = rl_shape_write(&rl_run_result_shape, &r, out, err);
    return rc == 0 && script.lie == POSITIVE ? 7 : rc;
}

static int join(const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    rl_manifest_clear(script.env, &script.joined);
    assert_int_equal(rl_shape_read(script.env, &rl_manifest_shape, job->spec, job->spec_size, &script.joined, err), 0);
    struct rl_join_result r = { .duration = rl_manifest_duration(&script.joined) };
    const struct rl_track *t = script.joined.tracks;
    for (uint32_t i = 0; i < t->chunk_count; i++) {
        char bytes[4096];
        int fd = job->host->chunk_fd(job->host->user, 0, t->chunks[i].index);
        if (fd < 0)
            return rl_err_errno(err, -fd, "join", "a chunk is not there");
        ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
        close(fd);
        assert_int_equal(n, t->chunks[i].bytes);
        memset(bytes + n, (int)i, sizeof(bytes) - (size_t)n); /* more than a pipe takes at once, in all */
        assert_int_equal(pwrite(job->out_fd, bytes, sizeof(bytes), (off_t)r.bytes), sizeof(bytes));
        r.bytes += sizeof(bytes);
    }
    assert_int_equal(job->host->chunk_fd(job->host->user, 0, 1000000), -ENOENT);
    assert_int_equal(job->host->chunk_fd(job->host->user, 9, 0), -ENOENT);
    r.bytes += script.lie == LONG_JOIN;
    return rl_shape_write(&rl_join_result_shape, &r, out, err);
}

static int verify(struct rl_buf *out, reel_error *err)
{
    const struct rl_track *t = script.joined.tracks;
    struct rl_verify_track v = { .kind = REEL_STREAM_VIDEO, .start = rl_track_start(t),
                                 .end = rl_track_start(t) + rl_track_duration(t) };
    for (uint32_t i = 0; i < t->chunk_count; i++)
        v.samples += t->chunks[i].samples;
    v.samples -= script.lie == SHORT_VERIFY;
    v.kind = script.lie == WRONG_KIND ? REEL_STREAM_AUDIO : v.kind;
    const struct rl_verify_result r = { .duration = rl_manifest_duration(&script.joined), .cues_at_front = 1,
                                        .tracks = &v,
                                        .track_count = 1 };
    return rl_shape_write(&rl_verify_result_shape, &r, out, err);
}

static int fake_run(struct rl_engine *engine, const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    (void)engine;
    switch (job->kind) {
    case RL_JOB_PROBE: return probe(job, out, err);
    case RL_JOB_VIDEO: return video(job, out, err);
    case RL_JOB_JOIN: return join(job, out, err);
    case RL_JOB_VERIFY: return verify(out, err);
    default: return rl_err(err, REEL_ERR_UNSUPPORTED, "engine", "not in the script");
    }
}

struct stage {
    char folder[64], output[96];
    reel_ctx *ctx;
    reel_chain *chain;
    reel_input *in;
    reel_pool *pool;
    reel_task *task;
    reel_error err;
    reel_result result;
};

static struct rl_engine_api fake = {
    .abi = RL_ENGINE_ABI, .open = fake_open, .capabilities = fake_capabilities, .run = fake_run, .close = fake_close,
};

static void enter(struct stage *s, int threads, uint64_t memory)
{
    const reel_limits limits = { .size = sizeof(limits), .memory_bytes = memory };
    memset(s, 0, sizeof(*s));
    memset(&script, 0, sizeof(script));
    fake.build = rl_build_id();
    s->err.size = sizeof(s->err);
    snprintf(s->folder, sizeof(s->folder), "/tmp/reel-task-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    snprintf(s->output, sizeof(s->output), "%s/o.webm", s->folder);
    snprintf(script.input, sizeof(script.input), "%s/in.mp4", s->folder);
    FILE *file = fopen(script.input, "wb");
    assert_non_null(file);
    static const unsigned char ftyp[4096] = "\0\0\0\x18" "ftypisom\0\0\0\0isommp42\0\0\x0f\xe8" "mdat";
    assert_int_equal(fwrite(ftyp, 1, sizeof(ftyp), file), sizeof(ftyp));
    assert_int_equal(fclose(file), 0);
    usleep(10000); /* file times are as coarse as the kernel's clock tick */
    assert_int_equal(reel_ctx_create(&s->ctx, REEL_OPTS(reel_ctx_opts, .limits = &limits), &s->err), 0);
    s->ctx->loader.given = &fake;
    assert_int_equal(reel_chain_preset(&s->chain, s->ctx, NULL, NULL, &s->err), 0);
    assert_int_equal(reel_input_open_path(&s->in, s->ctx, script.input, &s->err), 0);
    assert_int_equal(reel_pool_create(&s->pool, s->ctx, REEL_OPTS(reel_pool_opts, .threads = threads), &s->err), 0);
}

static void leave(struct stage *s)
{
    char command[128];
    reel_task_unref(&s->task);
    reel_input_close(&s->in);
    reel_pool_unref(&s->pool);
    reel_chain_unref(&s->chain);
    if (script.env)
        rl_manifest_clear(script.env, &script.joined);
    reel_ctx_unref(&s->ctx);
    snprintf(command, sizeof(command), "rm -rf %s", s->folder);
    assert_int_equal(system(command), 0);
}

static int go(struct stage *s, reel_task_opts opts)
{
    opts.size = sizeof(opts);
    opts.pool = s->pool;
    if (!opts.output && !opts.target && !opts.store)
        opts.output = s->output;
    int rc = reel_task_start(&s->task, s->chain, s->in, &opts, &s->err);
    return rc;
}

static int await(struct stage *s)
{
    int rc = reel_task_wait(s->task, 30 * INT64_C(1000000));
    assert_int_not_equal(rc, REEL_PENDING);
    s->result = (reel_result){ .size = sizeof(s->result) };
    if (rc >= 0)
        assert_int_equal(reel_task_result(s->task, &s->result), 0);
    else
        assert_int_equal(reel_task_result(s->task, &s->result), REEL_ERR_STATE);
    assert_int_equal(reel_task_error(s->task, &s->err), 0);
    assert_int_equal(s->err.code, rc < 0 ? rc : 0);
    return rc;
}

struct watch {
    int64_t done, total;
    int32_t state;
    int calls, retries, wrong;
};

static void watching(void *user, reel_task *task, const reel_progress *p)
{
    struct watch *w = user;
    (void)task;
    w->wrong += p->done < w->done || (p->total > 0 && p->done > p->total) || (w->total > 0 && p->total < w->total);
    w->retries += p->state == REEL_TASK_RETRY && w->state != REEL_TASK_RETRY;
    w->done = p->done;
    w->total = p->total;
    w->state = p->state;
    w->calls++;
}

static void plain(void **state)
{
    (void)state;
    struct stage s;
    struct watch w = { 0 };
    reel_buffer *json = NULL;
    reel_progress p = { .size = sizeof(p) };
    enter(&s, 3, 0);
    script.per_segment = 30000;
    assert_int_equal(go(&s, (reel_task_opts){ .progress = watching, .progress_user = &w }), 0);
    assert_int_equal(reel_task_wait(s.task, 0), REEL_PENDING);
    assert_int_equal(reel_task_wait(s.task, 5000), REEL_PENDING);
    assert_int_equal(reel_task_wait(s.task, -1), REEL_ERR_INVALID_ARG);
    assert_int_equal(reel_task_result_json(&json, s.task), REEL_ERR_STATE);
    assert_int_equal(await(&s), 0);
    assert_int_equal(s.result.frames_in, SECONDS * FPS);
    assert_int_equal(s.result.frames_out, SECONDS * FPS);
    assert_int_equal(s.result.retried, 0);
    assert_int_equal(s.result.verdict, REEL_VERDICT_OK);
    assert_int_equal(w.wrong, 0);
    assert_true(w.calls >= 3);
    assert_int_equal(w.state, REEL_TASK_COMPLETED);
    assert_int_equal(reel_task_progress(s.task, &p), 0);
    assert_int_equal(p.done, p.total);
    assert_string_equal(p.step, "done");
    assert_int_equal(p.segments_done, p.segments_total);
    assert_int_equal(reel_task_result_json(&json, s.task), 0);
    reel_buffer_unref(&json);
    assert_true(script.most_in_flight >= 2 && script.most_in_flight <= 3);
    assert_int_equal(harness_entries(s.folder), 2);
    leave(&s);
}

static void retries(void **state)
{
    (void)state;
    struct stage s;
    struct watch w = { 0 };
    enter(&s, 2, 0);
    script.fail_code = REEL_ERR_ENCODER;
    script.fail_times = 2;
    assert_int_equal(go(&s, (reel_task_opts){ .progress = watching, .progress_user = &w }), 0);
    assert_int_equal(await(&s), 0);
    assert_int_equal(s.result.retried, 2);
    assert_true(w.retries >= 1);
    assert_int_equal(w.wrong, 0);
    leave(&s);

    enter(&s, 1, 0); /* it does not pass */
    script.fail_code = REEL_ERR_STALLED;
    script.fail_times = 1000;
    assert_int_equal(go(&s, (reel_task_opts){ .attempts = 2 }), 0);
    assert_int_equal(await(&s), REEL_ERR_STALLED);
    assert_string_equal(s.err.text, "as the script wants it");
    assert_int_equal(s.err.stream, 0);
    leave(&s);

    enter(&s, 1, 0); /* damage is damage, at any attempt: the rest is kept, and the loss told */
    script.fail_code = REEL_ERR_INVALID_DATA;
    script.fail_times = 1;
    assert_int_equal(go(&s, (reel_task_opts){ .output = NULL }), 0);
    assert_int_equal(await(&s), REEL_PARTIAL);
    reel_buffer *json = NULL; /* a list that is full says how much is not on it */
    for (int i = 0; i < RL_MAX_REASONS + 9; i++)
        assert_int_equal(rl_reason_add(s.task, "test", 0, 0, 1, i % 2, "reason %d", i), 0);
    assert_int_equal(s.task->reason_count, RL_MAX_REASONS);
    assert_int_equal(reel_task_result_json(&json, s.task), 0);
    assert_non_null(strstr(reel_buffer_data(json), "\"text\":\"5 more are not listed\""));
    reel_buffer_unref(&json);
    assert_int_equal(s.result.retried, 0);
    assert_true(s.result.missing > 0 && s.result.missing <= SECONDS * INT64_C(1000000));
    leave(&s);
}

/* Every lie is refused with words, and nothing is published. */
static void lies(void **state)
{
    (void)state;
    for (enum lie lie = TWICE; lie < LIES; lie++) {
        struct stage s;
        enter(&s, 2, 0);
        script.lie = lie;
        assert_int_equal(go(&s, (reel_task_opts){ .attempts = 1 }), 0);
        int rc = await(&s);
        if (rc >= 0)
            print_error("lie %d: %d\n", (int)lie, rc);
        assert_true(rc < 0);
        assert_true(s.err.text[0] != 0);
        assert_int_equal(access(s.output, F_OK), -1);
        leave(&s);
    }
}

static void memory_bound(void **state)
{
    (void)state;
    struct stage s;
    reel_plan *plan = NULL;
    reel_plan_info info = { .size = sizeof(info) };
    enter(&s, 4, 0);
    assert_int_equal(reel_input_probe(s.in, &s.err), 0);
    assert_int_equal(reel_plan_create(&plan, s.chain, s.in, NULL, &s.err), 0);
    assert_int_equal(reel_plan_get_info(plan, &info), 0);
    reel_plan_destroy(&plan);
    leave(&s);

    enter(&s, 4, (uint64_t)info.segment_memory * 2 + 1);
    script.per_segment = 20000;
    assert_int_equal(go(&s, (reel_task_opts){ .start = 0 }), 0);
    assert_int_equal(await(&s), 0);
    assert_true(script.most_in_flight <= 2);
    leave(&s);

    enter(&s, 4, (uint64_t)info.segment_memory - 1);
    assert_int_equal(go(&s, (reel_task_opts){ .start = 0 }), 0);
    assert_int_equal(await(&s), REEL_ERR_LIMIT_MEMORY);
    assert_int_equal(script.jobs, 0);
    leave(&s);
}

static void input_changed(void **state)
{
    (void)state;
    struct stage s;
    enter(&s, 1, 0);
    script.touch = true;
    assert_int_equal(go(&s, (reel_task_opts){ .start = 0 }), 0);
    assert_int_equal(await(&s), REEL_ERR_CHANGED);
    assert_int_equal(access(s.output, F_OK), -1);
    leave(&s);
}

static void cancels(void **state)
{
    (void)state;
    struct stage s;
    enter(&s, 2, 0);
    script.per_segment = 10000000;
    assert_int_equal(go(&s, (reel_task_opts){ .start = 0 }), 0);
    while (script.in_flight < 2)
        usleep(1000);
    reel_task *other = reel_task_ref(s.task);
    reel_task_cancel(other); /* the script would run for ten seconds more a segment */
    assert_int_equal(await(&s), REEL_ERR_CANCELLED);
    reel_task_unref(&other);
    leave(&s);

    enter(&s, 2, 0); /* the last reference waits for the end */
    script.per_segment = 20000;
    assert_int_equal(go(&s, (reel_task_opts){ .start = 0 }), 0);
    reel_task_unref(&s.task);
    assert_int_equal(access(s.output, F_OK), 0);
    leave(&s);
}

static int refuse(void *user, const void *data, size_t size)
{
    int *calls = user;
    (void)data;
    return size > 0 && ++*calls == 1 ? REEL_ERR_USER - 5 : 0;
}

static int finish_code;

static void finished(void *user, int code)
{
    (void)user;
    finish_code = code;
}

static int count_bytes(void *user, const void *data, size_t size)
{
    (void)data;
    *(uint64_t *)user += size;
    return 0;
}

static void outputs(void **state)
{
    (void)state;
    struct stage s;
    reel_output *out = NULL;
    reel_store *store = NULL;
    int calls = 0;
    uint64_t bytes = 0, size = 0;

    enter(&s, 2, 0); /* the host's own code comes back as it was */
    reel_output_callbacks cb = { .size = sizeof(cb), .user = &calls, .write = refuse, .finish = finished };
    assert_int_equal(reel_output_open_callbacks(&out, s.ctx, &cb, &s.err), 0);
    assert_int_equal(go(&s, (reel_task_opts){ .target = &out }), 0);
    assert_null(out);
    assert_int_equal(await(&s), REEL_ERR_USER - 5);
    assert_int_equal(finish_code, REEL_ERR_USER - 5);
    assert_int_equal(calls, 1);
    leave(&s);

    enter(&s, 2, 0);
    finish_code = 1;
    cb = (reel_output_callbacks){ .size = sizeof(cb), .user = &bytes, .write = count_bytes, .finish = finished };
    assert_int_equal(reel_output_open_callbacks(&out, s.ctx, &cb, &s.err), 0);
    assert_int_equal(go(&s, (reel_task_opts){ .target = &out }), 0);
    assert_int_equal(await(&s), 0);
    assert_int_equal(bytes, s.result.bytes);
    assert_int_equal(finish_code, 0);
    leave(&s);

    enter(&s, 2, 0); /* no task took it, and one that never was an output */
    cb = (reel_output_callbacks){ .size = sizeof(cb), .user = &bytes, .write = count_bytes, .finish = finished };
    assert_int_equal(reel_output_open_callbacks(&out, s.ctx, &cb, &s.err), 0);
    reel_output_close(&out);
    assert_int_equal(finish_code, REEL_ERR_CANCELLED);
    finish_code = 1;
    cb.write = NULL;
    assert_int_equal(reel_output_open_callbacks(&out, s.ctx, &cb, &s.err), REEL_ERR_INVALID_ARG);
    assert_int_equal(finish_code, 1);
    leave(&s);

    enter(&s, 2, 0); /* as a blob of a store: its name is the result's digest */
    assert_int_equal(reel_store_open(&store, s.ctx, "memory:", &s.err), 0);
    assert_int_equal(reel_output_open_store(&out, s.ctx, store, &s.err), 0);
    assert_int_equal(go(&s, (reel_task_opts){ .target = &out }), 0);
    assert_int_equal(await(&s), 0);
    assert_int_equal(reel_store_size(store, s.result.digest, &size, &s.err), 0);
    assert_int_equal(size, s.result.bytes);
    reel_store_unref(&store);
    leave(&s);
}

static void digest_after(const char *text, const char *key, uint8_t digest[REEL_DIGEST_SIZE])
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    at += strlen(key);
    for (int i = 0; i < REEL_DIGEST_SIZE; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(at + 2 * i, "%2x", &byte), 1);
        digest[i] = (uint8_t)byte;
    }
}

static void joins(void **state)
{
    (void)state;
    struct stage s;
    reel_store *store = NULL;
    reel_manifest *m = NULL;
    reel_task *join_task = NULL;
    reel_buffer *json = NULL, *text = NULL;
    uint8_t digest[REEL_DIGEST_SIZE];
    enter(&s, 2, 0);
    assert_int_equal(reel_store_open(&store, s.ctx, "memory:", &s.err), 0);
    assert_int_equal(go(&s, (reel_task_opts){ .store = store }), 0);
    assert_int_equal(await(&s), 0);
    assert_int_equal(s.result.bytes, 0);
    assert_int_equal(reel_task_manifest(&m, s.task), 0);
    assert_int_equal(reel_task_result_json(&json, s.task), 0); /* and the manifest itself is in the store */
    digest_after(reel_buffer_data(json), "\"manifest\":\"", digest);
    reel_buffer_unref(&json);
    assert_int_equal(reel_store_get(&json, store, digest, &s.err), 0);
    assert_int_equal(reel_manifest_to_json(&text, m), 0);
    assert_int_equal(reel_buffer_size(json), reel_buffer_size(text));
    assert_memory_equal(reel_buffer_data(json), reel_buffer_data(text), reel_buffer_size(text));
    reel_buffer_unref(&json);
    reel_buffer_unref(&text);
    assert_int_equal(reel_task_start_join(&join_task, m, store, REEL_OPTS(reel_task_opts, .flags = 0), &s.err),
                     REEL_ERR_INVALID_ARG);
    assert_null(join_task);
    assert_int_equal(reel_task_start_join(&join_task, m, store, REEL_OPTS(reel_task_opts, .output = s.output), &s.err),
                     0);
    reel_manifest_destroy(&m);
    reel_store_unref(&store);
    assert_int_equal(reel_task_id(s.task), 1);
    assert_int_equal(reel_task_id(join_task), 2);
    assert_int_equal(reel_task_id(NULL), 0);
    assert_int_equal(reel_task_wait(join_task, REEL_FOREVER), 0);
    reel_result r = { .size = sizeof(r) };
    assert_int_equal(reel_task_result(join_task, &r), 0);
    assert_int_equal(r.bytes, (uint64_t)r.segments * 4096);
    assert_true(r.segments >= 6);
    reel_task_unref(&join_task);
    assert_int_equal(access(s.output, F_OK), 0);
    leave(&s);
}

/* A picture's plan does not pay for a look at the fields; a video's looks when it needs to, and hosts' pointers stay. */
static void samples(void **state)
{
    struct stage s;
    reel_chain *picture = NULL;
    reel_plan *plan = NULL;
    const char *key, *value, *key_after;
    (void)state;

    enter(&s, 1, 0);
    assert_int_equal(reel_chain_preset(&picture, s.ctx, "thumbnail", NULL, &s.err), 0);
    assert_int_equal(reel_plan_create(&plan, picture, s.in, NULL, &s.err), 0);
    reel_plan_destroy(&plan);
    assert_int_equal(script.probes, 1);
    assert_int_equal(rl_input_facts(s.in)->streams[0].sampled_frames, 0);
    assert_int_equal(reel_input_get_tag(s.in, -1, 0, &key, &value), 0);

    for (int i = 0; i < 2; i++) {
        assert_int_equal(reel_plan_create(&plan, s.chain, s.in, NULL, &s.err), 0);
        assert_int_equal(plan->tracks[0].spec.video.picture.deinterlace, RL_DEINT_ALL);
        reel_plan_destroy(&plan);
    }
    assert_int_equal(reel_plan_create(&plan, picture, s.in, NULL, &s.err), 0);
    assert_int_equal(script.probes, 2);
    assert_int_equal(reel_input_get_tag(s.in, -1, 0, &key_after, &value), 0);
    assert_ptr_equal(key, key_after);
    reel_plan_destroy(&plan);
    reel_chain_unref(&picture);
    leave(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain), cmocka_unit_test(samples), cmocka_unit_test(retries), cmocka_unit_test(lies),
        cmocka_unit_test(memory_bound),
        cmocka_unit_test(input_changed), cmocka_unit_test(cancels), cmocka_unit_test(outputs), cmocka_unit_test(joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
