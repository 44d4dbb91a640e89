#include "jobs.h"

#include "mux/webm/webm_write.h"

#include <string.h>

/* The manifest's shape was checked; this is what the writer takes for granted. */
static int check_track(struct rl_flow *flow, const struct rl_track *track, uint32_t number)
{
    bool av1 = strcmp(track->codec, "av1") == 0, opus = strcmp(track->codec, "opus") == 0;
    const char *wrong = NULL;
    if (!av1 && !opus && strcmp(track->codec, "webvtt") != 0)
        wrong = "its codec is not one of WebM's";
    else if (track->timescale == 0 || track->timescale > INT32_MAX)
        wrong = "its timescale is out of range";
    else if ((av1 || opus) && (track->private_size == 0 || track->private_size > sizeof(track->codec_private)))
        wrong = "it has no codec configuration";
    else if (av1 && (track->width < 1 || track->height < 1))
        wrong = "its picture has no size";
    else if (opus && (track->timescale != 48000 || track->channels < 1 || track->pre_skip < 0))
        wrong = "its sound parameters are out of range";
    else if (track->chunk_count > 0 && !track->chunks)
        wrong = "its chunks are missing";
    if (wrong)
        return rl_err(flow->err, REEL_ERR_MUX, "join", "rendition %u cannot be joined: %s", number, wrong);
    return 0;
}

int rl_job_join(struct rl_flow *flow, int out_fd, const struct rl_manifest *manifest, struct rl_join_result *result)
{
    if (manifest->track_count < 1 || manifest->track_count > 126)
        return rl_err(flow->err, REEL_ERR_MUX, "join", "%u renditions cannot be joined", manifest->track_count);
    for (uint32_t i = 0; i < manifest->track_count; i++) {
        int rc = check_track(flow, &manifest->tracks[i], i);
        if (rc < 0)
            return rc;
    }
    return rl_webm_write(flow, out_fd, manifest, result);
}
