/* The jobs of the engine; see ../engine/engine.h. Each takes its spec, already read and checked, and fills its result. */
#ifndef RL_MEDIA_JOBS_H
#define RL_MEDIA_JOBS_H

#include "step.h"

#include "../engine/spec.h"

int rl_job_probe(struct rl_flow *flow, int fd, const struct rl_probe_spec *spec, struct rl_facts *facts);
int rl_job_video(struct rl_flow *flow, int fd, const struct rl_video_spec *spec, struct rl_run_result *result);
int rl_job_audio(struct rl_flow *flow, int fd, const struct rl_audio_spec *spec, struct rl_run_result *result);
int rl_job_text(struct rl_flow *flow, int fd, const struct rl_text_spec *spec, struct rl_run_result *result);
int rl_job_copy(struct rl_flow *flow, int fd, const struct rl_copy_spec *spec, struct rl_run_result *result);
int rl_job_join(struct rl_flow *flow, int out_fd, const struct rl_manifest *manifest, struct rl_join_result *result);
int rl_job_picture(struct rl_flow *flow, int fd, const struct rl_picture_job_spec *spec,
                   struct rl_picture_result *result);
int rl_job_wave(struct rl_flow *flow, int fd, const struct rl_wave_spec *spec, struct rl_preview_result *result);
int rl_job_verify(struct rl_flow *flow, int fd, const struct rl_verify_spec *spec, struct rl_verify_result *result);
int rl_job_preview(struct rl_flow *flow, int fd, const struct rl_preview_spec *spec, struct rl_preview_result *result);

#endif
