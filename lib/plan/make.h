/* The parts of planning, each in a file of its own; plan.c calls them in this order. */
#ifndef RL_PLAN_MAKE_H
#define RL_PLAN_MAKE_H

#include "plan.h"

struct rl_planning {
    reel_plan *plan;
    const struct rl_env *env;
    const struct rl_facts *facts;
    const struct rl_chain_values *v;
    const struct rl_plan_caps *caps;
    int64_t start, end; /* us from the start of what is kept; 0: not trimmed there */
    /* The origin of the output's timeline: `ticks` of `base`. */
    int64_t ticks;
    reel_ratio base;
    bool trim_start, trim_end;
    int64_t end_us; /* of the range on the output's timeline, when trim_end */
    reel_error *err;
};

/* Fills plan->streams: what is kept, and why the rest is not. select.c */
int rl_plan_select(struct rl_planning *p);
/* REEL_ERR_UNSUPPORTED for Dolby Vision that nothing can be made of, among what is kept. select.c */
int rl_plan_refuse_dolby(const struct rl_planning *p);
/* Likewise where the output is one picture, or nothing but previews. single.c */
int rl_plan_select_picture(struct rl_planning *p);
int rl_plan_select_none(struct rl_planning *p);
void rl_plan_release(struct rl_planning *p); /* nothing is kept after all */
int rl_plan_picture_track(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track);
/* Fills what the plan says of previews. products.c */
int rl_plan_products(struct rl_planning *p);
/* Finds the origin. origin.c */
int rl_plan_origin(struct rl_planning *p);
/* The origin, or a time on the output's timeline, in a stream's time base. */
int64_t rl_plan_origin_in(const struct rl_planning *p, reel_ratio time_base);
int64_t rl_plan_time_in(const struct rl_planning *p, int64_t us, reel_ratio time_base);
/* Start and duration of a stream on the output's timeline, us. */
void rl_plan_extent(const struct rl_planning *p, const struct rl_stream *s, int64_t *start, int64_t *duration);
/* Fills one track. tracks.c, video.c */
int rl_plan_track(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track);
int rl_plan_video(struct rl_planning *p, const struct rl_stream *s, struct rl_planned_track *track);
/* Can the video be copied? Else *reason says why not. video.c */
bool rl_plan_video_copies(struct rl_planning *p, const struct rl_stream *s, int32_t *reason);
/* Tags and chapters of the output. meta.c */
int rl_plan_meta(struct rl_planning *p);
/* Sizes, memory, segments. estimate.c */
int rl_plan_estimate(struct rl_planning *p);
/* plan->json. plan_json.c */
int rl_plan_write(struct rl_planning *p, const struct rl_buf *chain_json);

#endif
