#include "guard_thread.h"

#include "../../base/time.h"
#include "../engine_state.h"
#include "encode.h"

#include <libavutil/mem.h>
#include <time.h>

void rl_left_push(struct rl_engine *engine, struct rl_left_thread *first, struct rl_left_thread *last)
{
    last->next = atomic_load(&engine->left);
    while (!atomic_compare_exchange_weak(&engine->left, &last->next, first))
        ;
}

bool rl_left_reap(struct rl_engine *engine)
{
    struct rl_left_thread *list = atomic_exchange(&engine->left, NULL);
    struct rl_left_thread *running = NULL, *last = NULL;
    for (struct rl_left_thread *node = list, *next; node; node = next) {
        next = node->next;
        if (pthread_tryjoin_np(node->thread, NULL) == 0) {
            av_free(node);
            continue;
        }
        node->next = running;
        running = node;
        last = last ? last : node;
    }
    if (running)
        rl_left_push(engine, running, last);
    return !running;
}

unsigned rl_guards_abandoned(const struct rl_engine *engine)
{
    return atomic_load(&engine->abandoned);
}

bool rl_guards_settle(struct rl_engine *engine, int64_t timeout)
{
    int64_t until = rl_now() + timeout;
    bool settled;
    while (!(settled = rl_left_reap(engine)) && rl_now() < until)
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    return settled;
}
