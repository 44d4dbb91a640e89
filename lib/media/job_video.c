#include "encode/encode.h"
#include "jobs.h"
#include "mux/chunk_step.h"
#include "run.h"

/* Encoder above chunk. */
static int open_lane(struct rl_step **top, struct rl_step **foot, struct rl_flow *flow,
                     const struct rl_video_spec *spec, uint32_t index)
{
    const struct rl_chunk_params chunk = {
        .index = index, .time_base = spec->time_base, .origin = spec->origin, .timescale = spec->timescale,
    };
    int rc = rl_encode_video_open(top, flow, spec, spec->threads);

    if (rc < 0)
        return rc;
    rc = rl_chunk_open(foot, flow, &chunk);
    if (rc < 0)
        rl_steps_close(top);
    else
        (*top)->next = *foot;
    return rc;
}

int rl_job_video(struct rl_flow *flow, int fd, const struct rl_video_spec *spec, struct rl_run_result *result)
{
    const struct rl_segments_params lane = { .open = open_lane, .counts = rl_chunk_counts,
                                             .samples = rl_chunk_samples };

    return rl_run(flow, fd, spec, &lane, result);
}
