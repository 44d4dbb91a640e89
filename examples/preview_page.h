/* The page that examples/preview writes: one file that shows all products beside it, and needs nothing from elsewhere. */
#ifndef EXAMPLES_PREVIEW_PAGE_H
#define EXAMPLES_PREVIEW_PAGE_H

#include <reel/reel.h>

#include <reel/product.h>

/* Writes `path` for the products of a completed task, which are files in the same folder. 0, or a code with err filled. */
int write_page(const char *path, reel_task *task, const char *title, reel_error *err);

/* Style and script, line by line, ended by NULL. */
extern const char *const page_style[], *const page_script[];

#endif
