/*
 * The inside of reel_output. A result is made in a file first, whatever the output is; only a complete and verified one
 * goes on to where it belongs.
 *
 *   begin   makes the empty file: beside the path, or unnamed in the folder for temporary files
 *   publish hands it over: a rename, or a copy to the descriptor, the callbacks, the store
 *   end     after a failure or a success, once: removes what is left, tells the caller's callbacks
 */
#ifndef RL_TASK_OUTPUT_H
#define RL_TASK_OUTPUT_H

#include <reel/output.h>

#include "../base/io.h"

/* NULL for an output that is no path. */
const char *rl_output_path(const reel_output *output);

/* REEL_ERR_SAME_FILE when the output is the very file that is read, under whatever name or link. */
int rl_output_check_input(const reel_output *output, int in_fd, reel_error *err);

/* Removes what a killed run left beside the path. Only while the journal's lock keeps others away. */
void rl_output_sweep(const reel_output *output);

int rl_output_begin(reel_output *output, int *fd, reel_error *err); /* *fd stays the output's */

/* For the long way of a pipe: asked between pieces. */
struct rl_output_stop {
    void *user;
    bool (*cancelled)(void *user);
};
int rl_output_publish(reel_output *output, const struct rl_output_stop *stop, reel_error *err);

/* code: 0, or that with which the task failed. */
void rl_output_end(reel_output *output, int code);

#endif
