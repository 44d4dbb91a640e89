/* Removing what a directory store has made, and nothing else that may be in its folder. */
#ifndef RL_STORE_SWEEP_H
#define RL_STORE_SWEEP_H

/*
 * Removes the blobs and temporary files of the directory store `name` in `folder`, and its folders as far as they are
 * empty then. What has not the names that a store gives stays, links are not followed, and what is not there is fine.
 * 0 or -errno.
 */
int rl_store_dir_erase(int folder, const char *name);

/* Removes the temporary files that a killed process left in a store a day ago or earlier; failures do not matter. */
void rl_store_dir_sweep(int store);

#endif
