/* Which work goes to the pool when. The coordinator alone is here; the works report through the task's lock. */
#include "task.h"

#include "../base/time.h"
#include "../plan/plan.h"

#include <time.h>

enum { FIRST_PAUSE = 250000 }; /* us before the first retry; each further one waits four times as long */
enum { AHEAD = 2000000 };      /* us of source that an encoder holds: by so much is done less than what progress tells */

/* Can a second try help? What is wrong with the input, the chain or the limits stays wrong. */
static bool is_passing(int code)
{
    return code == REEL_ERR_IO || code == REEL_ERR_NOMEM || code == REEL_ERR_STALLED || code == REEL_ERR_ENCODER ||
        code == REEL_ERR_TIMEOUT;
}

/* Does the rest of the source remain usable? Then the loss is listed and the result partial. */
static bool is_loss(int code)
{
    return code == REEL_ERR_INVALID_DATA || code == REEL_ERR_DECODER || code == REEL_ERR_CODEC;
}

/* A preview is the result's end only where nothing else is made, and even there what the source does not give is none. */
static bool is_fatal(const reel_task *task, const struct rl_work *w)
{
    bool preview = w->loose && w->kind != RL_JOB_PICTURE;
    if (preview && (task->plan->track_count > 0 || w->err.code == REEL_ERR_UNSUPPORTED ||
                    w->err.code == REEL_ERR_NO_STREAM))
        return false;
    return !is_loss(w->err.code);
}

/* Sound and text before pictures, then the longest first: so that none is left to run alone at the end. */
static bool goes_before(const struct rl_work *a, const struct rl_work *b)
{
    if (a->heavy != b->heavy)
        return !a->heavy;
    return a->length != b->length ? a->length > b->length : a->number < b->number;
}

struct survey {
    struct rl_work *next; /* to be started now; NULL: none is ready or there is no place */
    uint32_t at_pool, heavy_at_pool;
    uint32_t waiting_heavy, waiting_light; /* not begun */
    int64_t due; /* when the first of those that pause is ready */
    struct rl_work *fatal; /* a work that ends the task */
};

/*
 * On two cores: shall the very last run wait for the one beside it? Begun now it has one thread to its end, and leaves a core
 * idle from when the other has ended; begun then it has both. Two encoders at once are worth 1.94 cores, one with two threads
 * 1.8, one alone 1.2 (measured with SVT-AV1 on two hardware threads), so waiting pays for less than 0.44 of its length. And two
 * encoders never have more than two threads between them, which is a matter of memory.
 */
static bool should_wait(const reel_task *task, const struct survey *s)
{
    if (!s->next->heavy || s->waiting_heavy != 1 || s->heavy_at_pool != 1 || reel_pool_threads(task->pool) != 2)
        return false;
    for (uint32_t i = 0; i < task->work_count; i++) {
        const struct rl_work *w = &task->works[i];
        if (w->heavy && w->state == RL_WORK_AT_POOL)
            return w->length - w->done + AHEAD < s->next->length * 44 / 100;
    }
    return false;
}

static struct survey survey_works(reel_task *task, int64_t now)
{
    struct survey s = { .due = INT64_MAX };
    for (uint32_t i = 0; i < task->work_count; i++) {
        struct rl_work *w = &task->works[i];
        if (w->state == RL_WORK_AT_POOL) {
            s.at_pool++;
            s.heavy_at_pool += w->heavy;
        } else if (w->state == RL_WORK_LOST && !s.fatal && is_fatal(task, w)) {
            s.fatal = w;
        } else if (w->state == RL_WORK_WAITING) {
            s.waiting_heavy += w->heavy;
            s.waiting_light += !w->heavy;
        }
    }
    for (uint32_t i = 0; i < task->work_count; i++) {
        struct rl_work *w = &task->works[i];
        if (w->state != RL_WORK_WAITING || rl_tiles_awaited(task, w))
            continue;
        if (w->due > now) {
            s.due = w->due < s.due ? w->due : s.due;
            continue;
        }
        bool place = w->heavy ? s.heavy_at_pool < task->heavy_slots && s.at_pool < task->slots + 1
                              : s.at_pool < task->slots + 1; /* one in reserve, so that no thread waits for us */
        if (place && (!s.next || goes_before(w, s.next)))
            s.next = w;
    }
    if (s.next && should_wait(task, &s))
        s.next = NULL;
    return s;
}

/*
 * Works that fill the pool get a thread each; when there are fewer, they share what there is. Of those that run already
 * half are taken to have ended by the time the new one is in full swing: so the last ones of many get more than one thread
 * on a large machine, while on two cores two encoders never ask for more than two threads' memory. Sound beside pictures
 * stays at one.
 */
static int32_t threads_for(const reel_task *task, const struct rl_work *w, const struct survey *s)
{
    int32_t n = reel_pool_threads(task->pool);
    bool pictures = false;
    for (uint32_t i = 0; i < task->work_count; i++)
        pictures = pictures || task->works[i].heavy;
    if (!w->heavy && pictures)
        return 1;
    int32_t sharing = (int32_t)(w->heavy ? s->waiting_heavy + (s->heavy_at_pool + 1) / 2 : s->waiting_light);
    if (w->heavy && sharing > (int32_t)task->heavy_slots)
        sharing = (int32_t)task->heavy_slots; /* memory allows few at a time */
    if (sharing < 1)
        sharing = 1;
    return sharing >= n ? 1 : (n + sharing - 1) / sharing;
}

/* Under the lock. A failure that may pass puts the work back in line. */
static bool retry_lost(reel_task *task)
{
    bool pausing = false;
    for (uint32_t i = 0; i < task->work_count; i++) {
        struct rl_work *w = &task->works[i];
        if (w->state == RL_WORK_LOST && is_passing(w->err.code) && w->attempts < task->max_attempts) {
            int64_t pause = FIRST_PAUSE;
            for (int k = 1; k < w->attempts && k < 6; k++)
                pause *= 4;
            w->state = RL_WORK_WAITING;
            w->due = rl_now() + pause;
            task->retried++;
            rl_log(task->env, REEL_LOG_WARN, "task", task->id, "stream %d, run %u: attempt %d failed: %s",
                   (int)w->stream, w->number, w->attempts, w->err.text);
        }
        pausing = pausing || (w->state == RL_WORK_WAITING && w->attempts > 0);
    }
    return pausing;
}

/* Under the lock. Takes back what has not begun; what has sees the flag by itself. */
static void withdraw(reel_task *task)
{
    for (uint32_t i = 0; i < task->work_count; i++) {
        struct rl_work *w = &task->works[i];
        if (w->state == RL_WORK_AT_POOL && rl_pool_withdraw(task->pool, &w->job))
            w->state = RL_WORK_WAITING;
    }
}

static void wait_until(reel_task *task, int64_t due)
{
    if (due == INT64_MAX) {
        pthread_cond_wait(&task->changed, &task->lock);
        return;
    }
    const struct timespec when = { .tv_sec = due / 1000000, .tv_nsec = due % 1000000 * 1000 };
    pthread_cond_timedwait(&task->changed, &task->lock, &when);
}

int rl_works_run(reel_task *task, reel_error *err)
{
    int rc = 0;
    rl_progress_begin_works(task);
    pthread_mutex_lock(&task->lock);
    for (;;) {
        bool pausing = retry_lost(task);
        int32_t state = pausing ? REEL_TASK_RETRY : REEL_TASK_PROCESSING;
        if (task->state != state) {
            pthread_mutex_unlock(&task->lock);
            rl_progress_state(task, state);
            pthread_mutex_lock(&task->lock);
        }
        struct survey s = survey_works(task, rl_now());
        if (rc == 0 && s.fatal) {
            *err = s.fatal->err;
            rc = err->code;
        }
        if (rc == 0 && rl_task_cancelled(task))
            rc = rl_err_cancelled(err);
        if (rc < 0) {
            atomic_store(&task->cancel, true); /* the others' work is for nothing */
            withdraw(task);
            s = survey_works(task, 0);
            if (s.at_pool == 0)
                break;
        } else if (s.next) {
            s.next->threads = threads_for(task, s.next, &s);
            s.next->state = RL_WORK_AT_POOL;
            rc = rl_pool_submit(task->pool, &s.next->job, err);
            if (rc < 0)
                s.next->state = RL_WORK_WAITING;
            continue;
        } else if (s.at_pool == 0 && s.waiting_heavy + s.waiting_light == 0) {
            break;
        }
        wait_until(task, rc < 0 ? INT64_MAX : s.due);
    }
    pthread_mutex_unlock(&task->lock);
    return rc;
}
