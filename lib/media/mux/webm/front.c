/* Everything in front of the clusters, and where it says they are. */
#include "../../../base/time.h"
#include "ebml.h"
#include "ids.h"
#include "layout.h"

#include <string.h>

#define SEGMENT_HEADER 12u /* ID and a size of 8 bytes */

uint64_t rl_webm_cluster_size(const struct rl_webm_cluster *cluster)
{
    return rl_ebml_id_width(ID_CLUSTER) + rl_ebml_size_width(cluster->content) + cluster->content;
}

int64_t rl_webm_end(const struct rl_manifest *manifest, const struct rl_webm_layout *layout)
{
    int64_t end = 0;
    for (uint32_t i = 0; i < manifest->track_count; i++) {
        const struct rl_webm_track *t = &layout->tracks[i];
        int64_t us = rl_rescale(t->end, (reel_ratio){ 1, (int32_t)manifest->tracks[i].timescale }, RL_US);
        end = t->any && us > end ? us : end;
    }
    return end;
}

static void write_header(struct rl_buf *out)
{
    size_t ebml = rl_ebml_begin(out, ID_EBML);
    rl_ebml_uint(out, ID_EBML_VERSION, 1);
    rl_ebml_uint(out, ID_EBML_READ_VERSION, 1);
    rl_ebml_uint(out, ID_EBML_MAX_ID, 4);
    rl_ebml_uint(out, ID_EBML_MAX_SIZE, 8);
    rl_ebml_text(out, ID_DOCTYPE, "webm");
    rl_ebml_uint(out, ID_DOCTYPE_VERSION, 4);
    rl_ebml_uint(out, ID_DOCTYPE_READ_VERSION, 2);
    rl_ebml_end(out, ebml);
}

static void write_info(struct rl_buf *out, const struct rl_manifest *manifest, const struct rl_webm_layout *layout)
{
    size_t info = rl_ebml_begin(out, ID_INFO);
    rl_ebml_uint(out, ID_TIMESTAMP_SCALE, 1000000);
    /* Exact beyond the millisecond, since it is a float in units of one. */
    double end = 0;
    for (uint32_t i = 0; i < manifest->track_count; i++) {
        double ms = (double)layout->tracks[i].end * 1000 / manifest->tracks[i].timescale;
        end = layout->tracks[i].any && ms > end ? ms : end;
    }
    rl_ebml_float(out, ID_DURATION, end);
    for (uint32_t i = 0; i < manifest->tag_count; i++)
        if (strcmp(manifest->tags[i].key, "title") == 0)
            rl_ebml_text(out, ID_TITLE, manifest->tags[i].value);
    rl_ebml_text(out, ID_MUXING_APP, manifest->generator);
    rl_ebml_text(out, ID_WRITING_APP, manifest->generator);
    rl_ebml_end(out, info);
}

static void write_cues(struct rl_buf *out, const struct rl_webm_layout *layout, uint64_t first, unsigned width)
{
    size_t cues = rl_ebml_begin(out, ID_CUES);
    uint64_t at = first;
    for (size_t i = 0; i < layout->cluster_count; i++) {
        const struct rl_webm_cluster *c = &layout->clusters[i];
        if (c->cue) {
            size_t point = rl_ebml_begin(out, ID_CUE_POINT);
            rl_ebml_uint(out, ID_CUE_TIME, (uint64_t)c->time);
            size_t positions = rl_ebml_begin(out, ID_CUE_POSITIONS);
            rl_ebml_uint(out, ID_CUE_TRACK, c->cue);
            rl_ebml_uint_fixed(out, ID_CUE_CLUSTER, at, width);
            rl_ebml_end(out, positions);
            rl_ebml_end(out, point);
        }
        at += rl_webm_cluster_size(c);
    }
    rl_ebml_end(out, cues);
}

/* One Seek has the same size whatever it says, so that the SeekHead can stand before what it points to. */
static void write_seek(struct rl_buf *out, uint32_t id, uint64_t position)
{
    size_t seek = rl_ebml_begin(out, ID_SEEK);
    rl_ebml_uint_fixed(out, ID_SEEK_ID, id, 4);
    rl_ebml_uint_fixed(out, ID_SEEK_POSITION, position, 4);
    rl_ebml_end(out, seek);
}

struct part {
    uint32_t id;
    size_t at; /* within the parts */
};

#define SEEK_HEAD_HEADER 8u
#define SEEK_SIZE 20u

static void write_seek_head(struct rl_buf *out, const struct part *parts, size_t count)
{
    uint64_t base = SEEK_HEAD_HEADER + count * SEEK_SIZE;
    size_t head = rl_ebml_begin(out, ID_SEEK_HEAD);
    for (size_t i = 0; i < count; i++)
        write_seek(out, parts[i].id, base + parts[i].at);
    rl_ebml_end(out, head);
}

int rl_webm_front(struct rl_buf *out, const struct rl_manifest *manifest, const struct rl_webm_layout *layout,
                  uint64_t *total, reel_error *err)
{
    struct rl_buf parts;
    rl_buf_init(&parts, out->env);
    struct part list[5];
    size_t count = 0;
    list[count++] = (struct part){ ID_INFO, parts.size };
    write_info(&parts, manifest, layout);
    list[count++] = (struct part){ ID_TRACKS, parts.size };
    rl_webm_tracks(&parts, manifest, layout);
    if (manifest->chapter_count > 0) {
        list[count++] = (struct part){ ID_CHAPTERS, parts.size };
        rl_webm_chapters(&parts, manifest);
    }
    if (manifest->tag_count > 0) {
        list[count++] = (struct part){ ID_TAGS, parts.size };
        rl_webm_tags(&parts, manifest);
    }
    list[count++] = (struct part){ ID_CUES, parts.size };

    uint64_t clusters = 0;
    for (size_t i = 0; i < layout->cluster_count; i++)
        clusters += rl_webm_cluster_size(&layout->clusters[i]);

    /* The width of positions depends on where the clusters end, and that on the width: the smallest that fits. */
    size_t before_cues = parts.size;
    uint64_t content = 0;
    for (unsigned width = 1; width <= 8; width++) {
        if (!parts.failed)
            parts.size = before_cues;
        write_cues(&parts, layout, 0, width);
        uint64_t first = SEEK_HEAD_HEADER + count * SEEK_SIZE + parts.size;
        content = first + clusters;
        if (width == 8 || content >> (8 * width) == 0) {
            if (!parts.failed)
                parts.size = before_cues;
            write_cues(&parts, layout, first, width);
            break;
        }
    }
    write_header(out);
    rl_ebml_id(out, ID_SEGMENT);
    rl_ebml_size(out, content, 8);
    size_t segment = out->size;
    write_seek_head(out, list, count);
    rl_buf_add(out, parts.data, parts.size);
    bool failed = out->failed || parts.failed;
    bool fits = parts.size < 0x0fffffff;
    rl_buf_free(&parts);
    if (failed)
        return rl_err_nomem(err, "join");
    if (!fits)
        return rl_err(err, REEL_ERR_MUX, "join", "tags and index of the WebM file are too large");
    *total = segment + content;
    return 0;
}
