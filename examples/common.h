/*
 * What the examples have in common: a context, options by name, waiting with progress and a clean stop, the end of a program.
 * Nothing here is needed to use libreel; it is what a command line wants.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <reel/reel.h>

#include <signal.h>

enum { EXIT_OK = 0, EXIT_ERROR = 1, EXIT_PARTIAL = 2, EXIT_USAGE = 64, EXIT_STOPPED = 130 };

/* One job of a program, and all that it holds. */
struct work {
    const char *program; /* its name, for messages */
    const char *input_name;
    int json, quiet;
    int threads; /* 0: all */
    reel_ctx *ctx;
    reel_options *overrides;
    reel_chain *chain;
    reel_input *input;
    reel_plan *plan;
    reel_pool *pool;
    reel_store *store;
    reel_task *task;
    reel_error err;
};

extern volatile sig_atomic_t stopped; /* the number of the signal that asked us to */

/* The process's own matters, and a context with an empty set of options. */
int begin_work(struct work *w, const char *program);
/* Opens the input unless that has been done, makes the chain, and the plan where that is all that is wanted; else the pool. */
int prepare_work(struct work *w, const char *preset, int plan_only, int64_t start, int64_t end);
/* The end of a program: says what went wrong, frees everything; gives the exit code. code -1: rc has the outcome. `hint` is
 * told to who stopped it. */
int end_work(struct work *w, int code, int rc, const char *hint);

/* 0, or the code of an option that does not exist or a value that does not fit, which has been told. */
int set_option(struct work *w, const char *name, const char *value);
int set_pair(struct work *w, char *pair); /* NAME=VALUE; -1 when it is none */
int has_preset(const char *name);
void list_options(void);
/* "90", "90.5", "1:30", "0:01:30.25" to microseconds; -1 for anything else. */
int64_t parse_time(const char *text);
int parse_threads(const char *text); /* -1 for what is no number from 1 to 1024 */

/* Waits for the end and shows how far it is. A signal cancels; the task then ends by itself, soon. */
int wait_for(struct work *w);
int print_plan(const struct work *w);
void print_result(const struct work *w);  /* as JSON */
void show_reasons(const struct work *w);  /* the first ones why a result is partial */

#endif
