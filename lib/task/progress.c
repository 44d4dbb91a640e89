#include "task.h"

#include "../base/time.h"
#include "../plan/plan.h"

#include <stdio.h>

enum { TELL_EVERY = 100000, LAST_PART = 100 /* joining and verifying are a hundredth of the whole */, HEAVY = 20 };

static bool has_heavy(const reel_task *task)
{
    for (uint32_t i = 0; i < task->work_count; i++)
        if (task->works[i].heavy)
            return true;
    return false;
}

/* Previews beside an output are done before it, and tell nothing of how far that is. */
static bool counts(const reel_task *task, const struct rl_work *w)
{
    return !w->loose || task->plan->track_count == 0;
}

/* Under lock. Media time done over all works: where there are pictures, a second of them weighs as much as 20 of sound. */
static void measure(reel_task *task)
{
    double done = 0, all = 0;
    uint64_t frames = 0;
    int64_t longest = 0;
    bool heavy = has_heavy(task);
    for (uint32_t i = 0; i < task->work_count; i++) {
        const struct rl_work *w = &task->works[i];
        double weight = heavy && w->heavy ? HEAVY : 1;
        if (!counts(task, w))
            continue;
        int64_t part = w->length > 0 && w->done > w->length ? w->length : w->done;
        done += weight * (double)part;
        all += weight * (double)w->length;
        frames += w->frames;
        longest = w->done > longest ? w->done : longest;
    }
    int64_t us = longest, before_join = task->total - task->total / LAST_PART;
    if (task->total > 0)
        us = all > 0 ? (int64_t)(done / all * (double)before_join) : 0;
    if (us > task->done)
        task->done = us;
    if (frames > task->frames)
        task->frames = frames;
    task->encode_time = rl_now() - task->encode_began;
    if (task->encode_time > 0)
        task->encode_speed = (double)(task->done - task->encode_base) / (double)task->encode_time;
}

void rl_progress_begin_works(reel_task *task)
{
    const reel_plan *plan = task->plan;
    pthread_mutex_lock(&task->lock);
    task->step = "encode";
    task->total = plan->duration != REEL_NO_TIME && plan->duration > 0 ? plan->duration : 0;
    for (uint32_t i = 0; plan->track_count == 0 && i < task->work_count; i++)
        task->total = task->works[i].length > task->total ? task->works[i].length : task->total;
    bool sizes = task->total > 0;
    for (uint32_t i = 0; i < task->work_count; i++)
        sizes = sizes && (!counts(task, &task->works[i]) || task->works[i].length > 0 ||
                          !(task->works[i].heavy || !has_heavy(task)));
    if (!sizes)
        task->total = 0; /* a part without a length makes the whole unknown */
    task->segments_total = plan->segment_count;
    task->segments_done = task->resumed;
    task->encode_began = rl_now();
    measure(task);
    task->encode_base = task->done; /* what an earlier run has done says nothing of our speed */
    task->encode_speed = 0;
    task->frames_base = task->frames;
    pthread_mutex_unlock(&task->lock);
    rl_progress_tell(task, true);
}

void rl_progress_work(struct rl_work *w, int64_t done, uint64_t frames)
{
    reel_task *task = w->task;
    pthread_mutex_lock(&task->lock);
    if (done > w->done && done < INT64_MAX / 64)
        w->done = done;
    if (frames > w->frames)
        w->frames = frames;
    measure(task);
    pthread_mutex_unlock(&task->lock);
    rl_progress_tell(task, false);
}

void rl_progress_chunk(reel_task *task)
{
    pthread_mutex_lock(&task->lock);
    task->segments_done++;
    if (task->segments_total > 0 && task->segments_done > task->segments_total)
        task->segments_total = task->segments_done;
    pthread_mutex_unlock(&task->lock);
    rl_progress_tell(task, false);
}

void rl_progress_step(reel_task *task, const char *step)
{
    pthread_mutex_lock(&task->lock);
    task->step = step;
    pthread_mutex_unlock(&task->lock);
    rl_progress_tell(task, false);
}

void rl_progress_finish(reel_task *task, double part)
{
    pthread_mutex_lock(&task->lock);
    int64_t last = task->total / LAST_PART;
    int64_t us = task->total - last + (int64_t)(part * (double)last);
    if (task->total > 0 && us > task->done)
        task->done = us > task->total ? task->total : us;
    pthread_mutex_unlock(&task->lock);
    rl_progress_tell(task, false);
}

void rl_progress_state(reel_task *task, int32_t state)
{
    pthread_mutex_lock(&task->lock);
    task->state = state;
    if (state >= REEL_TASK_COMPLETED)
        task->ended_at = rl_now();
    if (state == REEL_TASK_COMPLETED) {
        if (task->total < task->done || task->total == 0)
            task->total = task->done;
        task->done = task->total;
        task->step = "done";
    }
    pthread_mutex_unlock(&task->lock);
    rl_progress_tell(task, true);
}

void rl_progress_get(reel_task *task, reel_progress *p)
{
    pthread_mutex_lock(&task->lock);
    bool over = task->state >= REEL_TASK_COMPLETED;
    *p = (reel_progress){
        .size = sizeof(*p),
        .done = task->done,
        .total = task->total,
        .eta = over ? 0 : REEL_NO_TIME,
        .elapsed = (over ? task->ended_at : rl_now()) - task->began,
        .speed = task->encode_speed,
        .frames = task->frames,
        .unit = task->encode_began ? REEL_UNIT_TIME : REEL_UNIT_NONE,
        .state = task->state,
        .segments_done = task->segments_done,
        .segments_total = task->segments_total,
    };
    if (!over && task->total > 0 && task->encode_speed > 0)
        p->eta = (int64_t)((double)(task->total - task->done) / task->encode_speed);
    if (task->encode_time > 0)
        p->fps = (double)(task->frames - task->frames_base) * 1e6 / (double)task->encode_time;
    snprintf(p->step, sizeof(p->step), "%s", task->step);
    pthread_mutex_unlock(&task->lock);
}

void rl_progress_tell(reel_task *task, bool always)
{
    if (!task->progress)
        return;
    if (!always) {
        int64_t now = rl_now();
        if (now - atomic_load(&task->spoke) < TELL_EVERY || pthread_mutex_trylock(&task->speak) != 0)
            return;
    } else {
        pthread_mutex_lock(&task->speak);
    }
    reel_progress p;
    rl_progress_get(task, &p);
    atomic_store(&task->spoke, rl_now());
    task->progress(task->progress_user, task, &p);
    pthread_mutex_unlock(&task->speak);
}
