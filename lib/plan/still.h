/* One picture out of a stream: what it goes through, resolved to numbers. Pure arithmetic on facts and options. */
#ifndef RL_PLAN_STILL_H
#define RL_PLAN_STILL_H

#include "../base/env.h"
#include "../engine/spec.h"
#include "options.h"

struct rl_still_plan {
    const struct rl_env *env;
    const struct rl_stream *stream;
    const struct rl_chain_values *v; /* of these the picture's */
    int32_t format;                  /* enum rl_still_format */
    bool is_video;   /* a frame of moving pictures: their pixels may not be square, their colours follow other rules */
    bool stored_crop; /* the crop is in pixels as they are stored (as video.crop is), not in square ones */
};

/*
 * Geometry, colour, depth, alpha, encoder. note: "" or what a person should know; of at least 160 bytes. Returns 0,
 * REEL_ERR_OPTION (the crop lies outside), REEL_ERR_LIMIT_PIXELS, REEL_ERR_INVALID_DATA (no size).
 */
int rl_still_resolve(const struct rl_still_plan *plan, struct rl_still_spec *spec, char *note, size_t note_size,
                     reel_error *err);

/* Size of the file's picture. */
int32_t rl_still_width(const struct rl_still_spec *spec);
int32_t rl_still_height(const struct rl_still_spec *spec);

/* The best stream of a kind that this build can decode, by the rules of the options; -1: none. select.c */
struct rl_planning;
int rl_plan_best(const struct rl_planning *p, int32_t kind);
/* The stream that a picture is made of: a picture file's, else the best video, else cover art; -1: none. picture.c */
int rl_plan_best_picture(const struct rl_planning *p);
/* Where its frames come from. picture.c */
void rl_plan_still_source(const struct rl_planning *p, const struct rl_stream *s, struct rl_still_source *source);
/* Moving pictures, not a picture file and no cover? */
bool rl_plan_is_moving(const struct rl_planning *p, const struct rl_stream *s);

#endif
