/*
 * The engine's side of the door: reads a job's spec, runs it, writes its result.
 *
 * FFmpeg's log is one for the whole process, and by default it prints to stderr. A host that uses FFmpeg itself must not
 * notice us. So the codecs we open are silenced one by one, and for what cannot be reached that way (demuxers, parsers,
 * filters) the level is touched only when the host has asked for it by REEL_CTX_QUIET_AVLOG, and even then only if it is
 * at FFmpeg's default, which means that nobody in the process has chosen one.
 */
#include "engine_state.h"

#include "capabilities.h"
#include "encode/encode.h"
#include "jobs.h"

#include <libavutil/log.h>

/* How long closing waits for encoders of cancelled jobs. us */
#define SETTLE_TIME 2000000

/* A job's spec and result, whichever they are. */
union spec {
    struct rl_probe_spec probe;
    struct rl_video_spec video;
    struct rl_audio_spec audio;
    struct rl_text_spec text;
    struct rl_copy_spec copy;
    struct rl_manifest manifest;
    struct rl_verify_spec verify;
    struct rl_wave_spec wave;
    struct rl_picture_job_spec picture;
    struct rl_preview_spec preview;
};

union result {
    struct rl_facts facts;
    struct rl_run_result run;
    struct rl_join_result join;
    struct rl_verify_result verify;
    struct rl_picture_result picture;
    struct rl_preview_result preview;
};

typedef int (*job_fn)(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result);

static int probe(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_probe(flow, job->in_fd, &spec->probe, &result->facts);
}

static int video(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_video(flow, job->in_fd, &spec->video, &result->run);
}

static int audio(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_audio(flow, job->in_fd, &spec->audio, &result->run);
}

static int text(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_text(flow, job->in_fd, &spec->text, &result->run);
}

static int copy(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_copy(flow, job->in_fd, &spec->copy, &result->run);
}

static int join(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_join(flow, job->out_fd, &spec->manifest, &result->join);
}

static int verify(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_verify(flow, job->in_fd, &spec->verify, &result->verify);
}

static int picture(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_picture(flow, job->in_fd, &spec->picture, &result->picture);
}

static int preview(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_preview(flow, job->in_fd, &spec->preview, &result->preview);
}

static int wave(struct rl_flow *flow, const struct rl_job *job, const union spec *spec, union result *result)
{
    return rl_job_wave(flow, job->in_fd, &spec->wave, &result->preview);
}

static const struct {
    const struct rl_shape *spec, *result;
    job_fn run;
} jobs[] = {
    [RL_JOB_PROBE] = { &rl_probe_spec_shape, &rl_facts_shape, probe },
    [RL_JOB_VIDEO] = { &rl_video_spec_shape, &rl_run_result_shape, video },
    [RL_JOB_AUDIO] = { &rl_audio_spec_shape, &rl_run_result_shape, audio },
    [RL_JOB_TEXT] = { &rl_text_spec_shape, &rl_run_result_shape, text },
    [RL_JOB_COPY] = { &rl_copy_spec_shape, &rl_run_result_shape, copy },
    [RL_JOB_JOIN] = { &rl_manifest_shape, &rl_join_result_shape, join },
    [RL_JOB_VERIFY] = { &rl_verify_spec_shape, &rl_verify_result_shape, verify },
    [RL_JOB_WAVE] = { &rl_wave_spec_shape, &rl_preview_result_shape, wave },
    [RL_JOB_PICTURE] = { &rl_picture_job_spec_shape, &rl_picture_result_shape, picture },
    [RL_JOB_PREVIEW] = { &rl_preview_spec_shape, &rl_preview_result_shape, preview },
};

/* What this guards is of the whole process itself: hence a static variable with a lock, as in encode/svtav1.c and nowhere else. */
static struct {
    pthread_mutex_t lock;
    unsigned engines; /* open ones that want quiet */
    bool set;         /* the level was ours to set */
} quiet = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void quiet_begin(void)
{
    pthread_mutex_lock(&quiet.lock);
    if (quiet.engines++ == 0 && av_log_get_level() == AV_LOG_INFO) {
        av_log_set_level(AV_LOG_QUIET);
        quiet.set = true;
    }
    pthread_mutex_unlock(&quiet.lock);
}

static void quiet_end(void)
{
    pthread_mutex_lock(&quiet.lock);
    if (--quiet.engines == 0 && quiet.set) {
        if (av_log_get_level() == AV_LOG_QUIET) /* else somebody has chosen one meanwhile */
            av_log_set_level(AV_LOG_INFO);
        quiet.set = false;
    }
    pthread_mutex_unlock(&quiet.lock);
}

static int engine_open(struct rl_engine **out, const struct rl_env *env, reel_error *err)
{
    struct rl_engine *engine = rl_calloc(env, 1, sizeof(*engine));

    *out = NULL;
    if (!engine)
        return rl_err_nomem(err, "engine");
    engine->env = env;
    if (env->flags & REEL_CTX_QUIET_AVLOG)
        quiet_begin();
    *out = engine;
    return 0;
}

static bool engine_close(struct rl_engine **engine)
{
    struct rl_engine *e = *engine;

    *engine = NULL;
    if (!e)
        return true;
    if (!rl_guards_settle(e, SETTLE_TIME))
        return false; /* leaked on purpose: what still runs uses it */
    if (e->env->flags & REEL_CTX_QUIET_AVLOG)
        quiet_end();
    rl_free(e->env, e);
    return true;
}

static int engine_run(struct rl_engine *engine, const struct rl_job *job, struct rl_buf *out, reel_error *err)
{
    struct rl_flow flow = { .env = engine->env, .host = job->host, .err = err, .engine = engine };
    size_t kind = (size_t)job->kind;
    union result result = { 0 };
    union spec spec = { 0 };
    int rc;

    if (kind >= sizeof(jobs) / sizeof(jobs[0]) || !jobs[kind].run)
        return rl_err(err, REEL_ERR_UNSUPPORTED, "engine", "job kind %d is not known to this engine", (int)job->kind);
    rc = rl_shape_read(engine->env, jobs[kind].spec, job->spec, job->spec_size, &spec, err);
    if (rc < 0)
        return rc;
    rc = jobs[kind].run(&flow, job, &spec, &result);
    if (rc >= 0)
        rc = rl_shape_write(jobs[kind].result, &result, out, err);
    rl_shape_clear(engine->env, jobs[kind].result, &result);
    rl_shape_clear(engine->env, jobs[kind].spec, &spec);
    return rc;
}

static const struct rl_engine_api api = {
    .abi = RL_ENGINE_ABI,
    .build = RL_BUILD_ID,
    .open = engine_open,
    .capabilities = rl_capabilities,
    .run = engine_run,
    .close = engine_close,
};

REEL_API const struct rl_engine_api *reel_engine_entry(void);

REEL_API const struct rl_engine_api *reel_engine_entry(void)
{
    return &api;
}
