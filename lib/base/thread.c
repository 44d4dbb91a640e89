#include "env.h"

#include <signal.h>

int rl_thread_start(const struct rl_env *env, pthread_t *thread, void *(*main)(void *), void *arg)
{
    int rc = rl_fault(env, REEL_FAULT_THREAD);
    if (rc != 0)
        return rc;

    /* Signals are the host's: none may be handled on a thread of ours. A new thread inherits the mask. */
    sigset_t all, before;
    sigfillset(&all);
    rc = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (rc != 0)
        return rc;
    rc = pthread_create(thread, NULL, main, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}
