/* The public functions, and the coordinator. */
#include "task.h"

#include "../base/opts.h"
#include "../base/time.h"
#include "../chunk/manifest.h"
#include "../ctx/ctx.h"
#include "../input/input.h"
#include "../plan/chain.h"
#include "../plan/plan.h"

#include <errno.h>
#include <time.h>

enum { ATTEMPTS = 3, MOST_ATTEMPTS = 100 };
#define KNOWN_FLAGS \
    (REEL_TASK_NO_RESUME | REEL_TASK_NO_VERIFY | REEL_TASK_KEEP_JOURNAL | REEL_TASK_VERIFY_DECODE)

int rl_err_cancelled(reel_error *err)
{
    return rl_err(err, REEL_ERR_CANCELLED, "task", "cancelled");
}

bool rl_task_is_webm(const reel_task *task)
{
    return !task->plan || (task->plan->track_count > 0 && !rl_plan_picture(task->plan));
}

struct phase {
    struct rl_pool_job job; /* first */
    reel_task *task;
    int (*run)(reel_task *task, reel_error *err);
    reel_error *err;
    int rc;
    bool done;
};

static void run_phase(struct rl_pool_job *job)
{
    struct phase *p = (struct phase *)job;
    reel_task *task = p->task;
    int rc = p->run(task, p->err);
    pthread_mutex_lock(&task->lock);
    p->rc = rc;
    p->done = true;
    pthread_cond_broadcast(&task->changed);
    pthread_mutex_unlock(&task->lock);
}

int rl_task_do(reel_task *task, int (*run)(reel_task *task, reel_error *err), reel_error *err)
{
    struct phase p = { .job = { .run = run_phase, .priority = 2 }, .task = task, .run = run, .err = err };
    int rc = rl_pool_submit(task->pool, &p.job, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&task->lock);
    while (!p.done) {
        if (rl_task_cancelled(task) && rl_pool_withdraw(task->pool, &p.job)) {
            p.rc = rl_err_cancelled(err);
            break;
        }
        pthread_cond_wait(&task->changed, &task->lock);
    }
    pthread_mutex_unlock(&task->lock);
    return p.rc;
}

static void end_task(reel_task *task, int rc, const reel_error *err)
{
    /* What was recorded stays for the next run, unless all of it is done. */
    pthread_mutex_lock(&task->books);
    rl_journal_close(&task->journal, rc == 0 && !(task->flags & REEL_TASK_KEEP_JOURNAL));
    pthread_mutex_unlock(&task->books);
    if (task->output)
        rl_output_end(task->output, rc);
    pthread_mutex_lock(&task->lock);
    task->code = rc < 0 ? rc : task->result.verdict == REEL_VERDICT_PARTIAL ? REEL_PARTIAL : 0;
    if (rc < 0)
        task->err = *err;
    pthread_mutex_unlock(&task->lock);
    rl_progress_state(task, rc == 0 ? REEL_TASK_COMPLETED
                            : rc == REEL_ERR_CANCELLED ? REEL_TASK_CANCELLED : REEL_TASK_FAILED);
    pthread_mutex_lock(&task->lock);
    task->ended = true;
    pthread_cond_broadcast(&task->changed);
    pthread_mutex_unlock(&task->lock);
}

/* Damage that comes from somebody's writing to the input while we read it is told as that. */
static int blame_change(const reel_task *task, int rc, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    bool of_content = rc == REEL_ERR_FORMAT || rc == REEL_ERR_REFUSED || rc == REEL_ERR_INVALID_DATA ||
        rc == REEL_ERR_NO_STREAM || rc == REEL_ERR_CODEC || rc == REEL_ERR_DECODER || rc == REEL_ERR_VERIFY;
    if (!task->input || !of_content || rl_input_check_unchanged(task->input, &e) == 0)
        return rc;
    *err = e;
    return e.code;
}

static void *coordinate(void *arg)
{
    reel_task *task = arg;
    reel_error e = RL_ERROR_INIT;
    int rc = 0;
    rl_progress_state(task, REEL_TASK_PROCESSING);
    if (task->input) {
        rc = rl_task_do(task, rl_task_prepare, &e);
        if (rc == 0)
            rc = rl_works_run(task, &e);
    }
    if (rc == 0)
        rc = rl_task_do(task, rl_task_finish, &e);
    if (rc < 0)
        rc = blame_change(task, rc, &e);
    if (rc < 0 && e.code == 0)
        rl_err(&e, rc, "task", "%s", reel_err_str(rc));
    if (rc < 0)
        rl_log(task->env, rc == REEL_ERR_CANCELLED ? REEL_LOG_INFO : REEL_LOG_ERROR, "task", task->id, "%s: %s", e.step,
               e.text);
    end_task(task, rc, &e);
    return NULL;
}

static void destroy(reel_task *task)
{
    const struct rl_env *env = task->env;
    reel_ctx *ctx = task->ctx;
    rl_journal_close(&task->journal, false);
    reel_store_unref(&task->chunks);
    reel_store_unref(&task->tile_store);
    rl_free(env, task->tiles);
    reel_store_unref(&task->kept);
    reel_output_close(&task->output);
    for (uint32_t i = 0; task->gathers && task->plan && i < task->plan->track_count; i++)
        rl_free(env, task->gathers[i].pieces);
    rl_free(env, task->gathers);
    for (uint32_t i = 0; i < task->made_count; i++)
        rl_free(env, task->made[i].path);
    rl_free(env, task->made);
    for (uint32_t i = 0; i < task->work_count; i++)
        rl_loose_free(env, task->works[i].loose);
    rl_free(env, task->works);
    rl_free(env, task->products);
    rl_free(env, task->reasons);
    rl_manifest_clear(env, &task->manifest);
    reel_plan_destroy(&task->plan);
    reel_chain_unref(&task->chain);
    reel_pool_unref(&task->pool);
    pthread_mutex_destroy(&task->speak);
    pthread_cond_destroy(&task->changed);
    pthread_mutex_destroy(&task->lock);
    pthread_mutex_destroy(&task->books);
    rl_free(env, task);
    reel_ctx_unref(&ctx);
}

static int create(reel_task **out, reel_ctx *ctx, const reel_task_opts *o, reel_error *err)
{
    reel_task *task = rl_calloc(rl_ctx_env(ctx), 1, sizeof(*task));
    pthread_condattr_t attr;
    if (!task)
        return rl_err_nomem(err, "task");
    rl_ref_init(&task->ref);
    task->ctx = reel_ctx_ref(ctx);
    task->env = rl_ctx_env(ctx);
    task->began = rl_now();
    task->id = rl_ctx_task_id(ctx);
    task->kept = reel_store_ref(o->store);
    task->flags = o->flags;
    task->max_attempts = o->attempts ? o->attempts : ATTEMPTS;
    task->start = o->start;
    task->end = o->end;
    task->progress = o->progress;
    task->progress_user = o->progress_user;
    task->state = REEL_TASK_PENDING;
    task->step = "";
    task->first_video = task->first_audio = REEL_NO_TIME;
    task->err = RL_ERROR_INIT;
    task->result.time = REEL_NO_TIME;
    pthread_mutex_init(&task->books, NULL);
    pthread_mutex_init(&task->lock, NULL);
    pthread_mutex_init(&task->speak, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&task->changed, &attr);
    pthread_condattr_destroy(&attr);
    *out = task;
    return 0;
}

static int check_previews(const reel_task_opts *o, const struct rl_chain_values *v, reel_error *err)
{
    bool files = v->preview_posters || v->preview_storyboard || v->preview_animation || v->preview_waveform;
    if (files && !o->products && !o->store)
        return rl_err(err, REEL_ERR_INVALID_ARG, "task",
                      "reel_task_opts: the chain asks for previews, so one of products and store is needed");
    if (v->output_format == RL_OUTPUT_NONE && (o->output || (o->target && *o->target)))
        return rl_err(err, REEL_ERR_INVALID_ARG, "task",
                      "reel_task_opts: output.format is none, so there is nothing for output or target");
    return 0;
}

/* chain: NULL for a join. */
static int check_opts(reel_task_opts *o, const reel_task_opts *from, const reel_chain *chain, reel_error *err)
{
    int rc = rl_opts_in(o, sizeof(*o), from, RL_SIZE_TO(reel_task_opts, products), "reel_task_opts", err);
    if (rc == 0 && chain)
        rc = check_previews(o, &chain->v, err);
    if (rc < 0)
        return rc;
    bool is_join = !chain, none = chain && chain->v.output_format == RL_OUTPUT_NONE;
    bool has_target = o->target && *o->target;
    if ((o->output && has_target) || (!o->output && !has_target && (is_join || !o->store) && !none))
        return rl_err(err, REEL_ERR_INVALID_ARG, "task", "reel_task_opts: one of output and target is needed%s",
                      is_join ? "" : ", unless store is given");
    if (o->flags & ~(uint32_t)KNOWN_FLAGS)
        return rl_err(err, REEL_ERR_UNSUPPORTED, "task", "reel_task_opts: unknown flags 0x%x", (unsigned)o->flags);
    if (o->start < 0 || o->end < 0 || (o->end > 0 && o->end <= o->start))
        return rl_err(err, REEL_ERR_INVALID_ARG, "task", "reel_task_opts: start and end are not a range");
    if (o->attempts < 0 || o->attempts > MOST_ATTEMPTS)
        return rl_err(err, REEL_ERR_INVALID_ARG, "task", "reel_task_opts: attempts must be 0 to %d", MOST_ATTEMPTS);
    return 0;
}

/* The output, which is lent until the task is sure to start. */
static int set_output(reel_task *task, const reel_task_opts *o, reel_error *err)
{
    if (o->output)
        return reel_output_open_path(&task->output, task->ctx, o->output, err);
    task->output = o->target ? *o->target : NULL;
    return 0;
}

static int set_journal(reel_task *task, const char *folder, reel_error *err)
{
    const char *path = task->output ? rl_output_path(task->output) : NULL;
    char *made = NULL;
    if (!folder && !path)
        return 0;
    if (!folder && !(folder = made = rl_journal_folder(task->env, path)))
        return rl_err_nomem(err, "journal");
    int rc = rl_journal_open(&task->journal, task->ctx, folder, err);
    rl_free(task->env, made);
    if (rc == 0 && task->output)
        rl_output_sweep(task->output);
    return rc;
}

static int launch(reel_task **out, reel_task *task, const reel_task_opts *o, reel_error *err)
{
    int rc = 0;
    if (o->pool)
        task->pool = reel_pool_ref(o->pool);
    else
        rc = reel_pool_create(&task->pool, task->ctx, NULL, err);
    if (rc == 0) {
        int errnum = rl_thread_start(task->env, &task->thread, coordinate, task);
        if (errnum != 0)
            rc = rl_err_errno(err, errnum == EAGAIN ? ENOMEM : errnum, "task", "cannot start a thread");
    }
    if (rc < 0)
        return rc;
    if (o->target)
        *o->target = NULL;
    *out = task;
    return 0;
}

/* A task that did not start gives the target back. */
static void give_up(reel_task *task, const reel_task_opts *o)
{
    if (!task)
        return;
    if (o->target && task->output == *o->target)
        task->output = NULL;
    destroy(task);
}

/* How both starters end; rc and e are of what came before. */
static int start(reel_task **out, reel_task *task, const reel_task_opts *o, int rc, reel_error *e, reel_error *err)
{
    if (rc == 0)
        rc = launch(out, task, o, e);
    if (rc < 0)
        give_up(task, o);
    rl_err_export(err, e);
    return rc;
}

int reel_task_start(reel_task **out, reel_chain *chain, reel_input *input, const reel_task_opts *opts, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    reel_task_opts o = { 0 };
    reel_task *task = NULL;
    int rc;
    if (out)
        *out = NULL;
    if (!out || !chain || !input || !opts)
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, "task", "out, chain, input and opts must not be NULL");
    else
        rc = check_opts(&o, opts, chain, &e);
    if (rc == 0)
        rc = create(&task, input->ctx, &o, &e);
    if (rc == 0) {
        task->chain = reel_chain_ref(chain);
        task->input = input;
        if (o.products && !(task->products = rl_strdup(task->env, o.products)))
            rc = rl_err_nomem(&e, "task");
    }
    if (rc == 0)
        rc = set_output(task, &o, &e);
    if (rc == 0 && task->output)
        rc = rl_output_check_input(task->output, input->fd, &e);
    if (rc == 0 && chain->v.output_format == RL_OUTPUT_WEBM) /* a picture is one piece: nothing could be resumed */
        rc = set_journal(task, o.journal, &e);
    return start(out, task, &o, rc, &e, err);
}

int reel_task_start_join(reel_task **out, const reel_manifest *manifest, reel_store *store, const reel_task_opts *opts,
                         reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    reel_task_opts o = { 0 };
    reel_task *task = NULL;
    int rc;
    if (out)
        *out = NULL;
    if (!out || !manifest || !store || !opts)
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, "task", "out, manifest, store and opts must not be NULL");
    else
        rc = check_opts(&o, opts, NULL, &e);
    if (rc == 0)
        rc = create(&task, manifest->ctx, &o, &e);
    if (rc == 0) {
        task->chunks = reel_store_ref(store);
        if (!task->kept)
            task->kept = reel_store_ref(store);
        rc = rl_manifest_copy(task->env, &manifest->m, &task->manifest, &e);
    }
    if (rc == 0)
        rc = set_output(task, &o, &e);
    for (uint32_t i = 0; rc == 0 && i < task->manifest.track_count; i++)
        task->result.segments += task->manifest.tracks[i].chunk_count;
    return start(out, task, &o, rc, &e, err);
}

int reel_task_wait(reel_task *task, int64_t timeout)
{
    if (!task || timeout < 0)
        return REEL_ERR_INVALID_ARG;
    int64_t now = rl_now();
    int64_t due = timeout < REEL_FOREVER - now ? now + timeout : REEL_FOREVER;
    const struct timespec when = { .tv_sec = due / 1000000, .tv_nsec = due % 1000000 * 1000 };
    int late = 0;
    pthread_mutex_lock(&task->lock);
    while (!task->ended && late == 0) {
        if (due == REEL_FOREVER)
            pthread_cond_wait(&task->changed, &task->lock);
        else
            late = pthread_cond_timedwait(&task->changed, &task->lock, &when);
    }
    int rc = task->ended ? task->code : REEL_PENDING;
    pthread_mutex_unlock(&task->lock);
    return rc;
}

void reel_task_cancel(reel_task *task)
{
    if (!task)
        return;
    atomic_store(&task->cancel, true);
    pthread_mutex_lock(&task->lock); /* never held over anything slow */
    pthread_cond_broadcast(&task->changed);
    pthread_mutex_unlock(&task->lock);
}

int reel_task_progress(reel_task *task, reel_progress *out)
{
    reel_progress p;
    if (!task || !out)
        return REEL_ERR_INVALID_ARG;
    rl_progress_get(task, &p);
    return rl_info_out(out, &p, sizeof(p), RL_SIZE_TO(reel_progress, step));
}

int reel_task_error(reel_task *task, reel_error *out)
{
    if (!task || !out)
        return REEL_ERR_INVALID_ARG;
    pthread_mutex_lock(&task->lock);
    reel_error e = task->err;
    pthread_mutex_unlock(&task->lock);
    return rl_info_out(out, &e, sizeof(e), RL_SIZE_TO(reel_error, text));
}

uint64_t reel_task_id(const reel_task *task)
{
    return task ? task->id : 0;
}

reel_task *reel_task_ref(reel_task *task)
{
    if (task)
        rl_ref_get(&task->ref);
    return task;
}

void reel_task_unref(reel_task **ptask)
{
    reel_task *task = ptask ? *ptask : NULL;
    if (!task)
        return;
    *ptask = NULL;
    if (!rl_ref_put(&task->ref))
        return;
    pthread_join(task->thread, NULL);
    destroy(task);
}
