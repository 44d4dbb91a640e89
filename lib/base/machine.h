/* What the machine grants this process. */
#ifndef RL_BASE_MACHINE_H
#define RL_BASE_MACHINE_H

#include <stdint.h>

/* Bytes of memory: the smallest of physical RAM and the limits of the control groups (v1 and v2) above us. */
uint64_t rl_machine_memory(void);

/* The same without RAM, from the files under `root` ("" for the real ones); UINT64_MAX when there is no limit. */
uint64_t rl_machine_cgroup_memory(const char *root);

#endif
