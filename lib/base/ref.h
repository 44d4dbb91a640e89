/* Reference counts. The last put orders everything that other threads did before their puts. */
#ifndef RL_BASE_REF_H
#define RL_BASE_REF_H

#include <stdatomic.h>
#include <stdbool.h>

struct rl_ref {
    atomic_uint count;
};

static inline void rl_ref_init(struct rl_ref *ref)
{
    atomic_init(&ref->count, 1);
}

static inline void rl_ref_get(struct rl_ref *ref)
{
    atomic_fetch_add_explicit(&ref->count, 1, memory_order_relaxed);
}

/* true when that was the last one. */
static inline bool rl_ref_put(struct rl_ref *ref)
{
    return atomic_fetch_sub_explicit(&ref->count, 1, memory_order_acq_rel) == 1;
}

#endif
