/* The cues of a text stream, gathered and written as one WebVTT file. [one thread at a time] */
#ifndef RL_MEDIA_CUES_H
#define RL_MEDIA_CUES_H

#include "../../base/buf.h"

struct rl_cue {
    int64_t start, end; /* ms; end may be REEL_NO_TIME until the list is closed */
    size_t id, settings, text, stop; /* offsets into the text */
    size_t number;                   /* order of arrival */
};

struct rl_cues {
    struct rl_buf text; /* of all cues, one behind the other */
    struct rl_cue *list;
    size_t count, capacity;
};

void rl_cues_init(struct rl_cues *cues, const struct rl_env *env);
void rl_cues_free(struct rl_cues *cues);

/* A new cue; what is then appended to cues->text belongs to it: first the identifier, then rl_cue_settings, then
 * rl_cue_text. NULL: out of memory. */
struct rl_cue *rl_cues_add(struct rl_cues *cues, int64_t start, int64_t end);
void rl_cue_settings(struct rl_cues *cues, struct rl_cue *cue);
void rl_cue_text(struct rl_cues *cues, struct rl_cue *cue);
/* Ends it; a cue without text is taken back. */
void rl_cue_end(struct rl_cues *cues, struct rl_cue *cue);
/* Cues whose end is not known end here, at the latest. */
void rl_cues_stop(struct rl_cues *cues, int64_t at);

/* Sorts by start, cuts to low … high (ms), drops what is empty then. */
void rl_cues_close(struct rl_cues *cues, int64_t low, int64_t high);
/* The file, of a closed list. */
void rl_cues_write(const struct rl_cues *cues, struct rl_buf *out);

#endif
