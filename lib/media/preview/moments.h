/*
 * Pictures out of a video without decoding it whole: the keyframes that a seek can reach, one decode each.
 *
 * The source is opened once, all streams but one discarded, packets that are no keyframes not even read where the container
 * allows it. Without an index the file is read on from places by byte, or in order within a bound of bytes and time.
 * [one thread at a time]
 */
#ifndef RL_MEDIA_MOMENTS_H
#define RL_MEDIA_MOMENTS_H

#include "../step.h"

#include "../../engine/spec.h"

struct rl_moments;

int rl_moments_open(struct rl_moments **out, struct rl_flow *flow, int fd, const struct rl_still_source *source);

/* CPUs that choosing may use at once; 1 unless told. Does not change what is chosen. */
void rl_moments_threads(struct rl_moments *moments, int threads);

/* Pictures are going to be made so small that what a decoder leaves out to be quick is not seen. */
void rl_moments_rough(struct rl_moments *moments, bool rough);

/* The picture at the keyframe at or before `time` (us on the output's timeline), or the first that can be decoded after it; pts of
 * the frame is in us on that timeline. exact: decodes on to the frame that is shown at `time`. A caller that asks for rising
 * times gets each keyframe once: REEL_PENDING says that it is the same as before. 0, REEL_PENDING, REEL_END (nothing can be
 * decoded there or behind), REEL_ERR_CANCELLED, REEL_ERR_NOMEM, REEL_ERR_IO. */
int rl_moments_at(struct rl_moments *moments, int64_t time, bool exact, AVFrame *frame);
/* The first keyframe at or behind `time`, other than the one given last, that can be decoded. 0, REEL_END, … */
int rl_moments_after(struct rl_moments *moments, int64_t time, AVFrame *frame);
/* The next frame in order behind the one given last, for moving pictures. 0, REEL_END, … */
int rl_moments_next(struct rl_moments *moments, AVFrame *frame);

/* Of the stream: the facts that a picture needs. Filled from the container and the first frame decoded. */
const struct rl_colour *rl_moments_colour(const struct rl_moments *moments);
int64_t rl_moments_duration(const struct rl_moments *moments); /* us, expected; REEL_NO_TIME unknown */
uint64_t rl_moments_decoded(const struct rl_moments *moments);
uint64_t rl_moments_damage(const struct rl_moments *moments);
bool rl_moments_truncated(const struct rl_moments *moments);
void rl_moments_close(struct rl_moments **moments);

/* The best of so many keyframes spread over the whole; scored on small pictures: not black, not blank, not blurred, with
 * contrast and colour. count > 1: so many of the best, far from each other, in order of time. frames: empty ones. Returns how
 * many there are (at least 1 where anything can be decoded), or a negative code. */
int rl_moments_best(struct rl_moments *moments, int candidates, AVFrame **frames, int count);

#endif
