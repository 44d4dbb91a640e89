/*
 * SVT-AV1 1.4.1, when root runs it, puts its threads at real-time priority 99, from where they starve the machine. Threads
 * inherit capabilities from the one that starts them, so an encoder that is opened on a thread without CAP_SYS_NICE
 * cannot; it goes on with ordinary threads.
 */
#ifndef RL_MEDIA_NICE_H
#define RL_MEDIA_NICE_H

/* Takes CAP_SYS_NICE from the calling thread for good, and from those it will start; other threads keep theirs. Does nothing
 * where there are no capabilities or the thread has none. */
void rl_drop_nice(void);

#endif
