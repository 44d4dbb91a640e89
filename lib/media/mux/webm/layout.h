/* What the first walk finds out, for the elements in front of the clusters. */
#ifndef RL_MEDIA_WEBM_LAYOUT_H
#define RL_MEDIA_WEBM_LAYOUT_H

#include "../../../base/buf.h"
#include "../../../engine/spec.h"

struct rl_webm_cluster {
    int64_t time;     /* ms */
    uint64_t content; /* bytes behind the cluster's own header */
    uint32_t cue;     /* number of the track that can be entered here, 0 none */
};

struct rl_webm_track {
    int64_t end;     /* presentation time behind the last sample, in timescale */
    int64_t spacing; /* of all frames, in timescale; 0 when they differ */
    bool any;
};

struct rl_webm_layout {
    struct rl_webm_cluster *clusters;
    size_t cluster_count, cluster_capacity;
    struct rl_webm_track *tracks; /* as in the manifest */
    uint64_t packets;
};

/* Appends everything from the EBML header to the Cues; sets *total to the size of the whole file. 0 or an error. */
int rl_webm_front(struct rl_buf *out, const struct rl_manifest *manifest, const struct rl_webm_layout *layout,
                  uint64_t *total, reel_error *err);

/* Bytes of a cluster with its header. */
uint64_t rl_webm_cluster_size(const struct rl_webm_cluster *cluster);

/* End of the whole, us. */
int64_t rl_webm_end(const struct rl_manifest *manifest, const struct rl_webm_layout *layout);

/* Parts of the front. */
void rl_webm_tracks(struct rl_buf *out, const struct rl_manifest *manifest, const struct rl_webm_layout *layout);
void rl_webm_chapters(struct rl_buf *out, const struct rl_manifest *manifest);
void rl_webm_tags(struct rl_buf *out, const struct rl_manifest *manifest);

#endif
