#include "webm_write.h"

#include "../../../base/io.h"
#include "ebml.h"
#include "ids.h"
#include "walk.h"

#include <string.h>

#define WRITE_SIZE ((size_t)256 * 1024)

/* First walk: adds up. */
struct measure {
    struct rl_flow *flow;
    struct rl_webm_layout *layout;
};

static int measure_cluster(void *user, int64_t time, uint32_t cue)
{
    struct measure *m = user;
    struct rl_webm_layout *l = m->layout;
    if (!rl_grow(m->flow->env, (void **)&l->clusters, &l->cluster_capacity, l->cluster_count, sizeof(*l->clusters)))
        return rl_err_nomem(m->flow->err, "join");
    uint64_t own = rl_ebml_id_width(ID_TIMESTAMP) + 1 + rl_ebml_uint_width((uint64_t)time);
    l->clusters[l->cluster_count++] = (struct rl_webm_cluster){ .time = time, .content = own, .cue = cue };
    return 0;
}

static int measure_block(void *user, const struct rl_block *block)
{
    struct rl_webm_layout *l = ((struct measure *)user)->layout;
    l->clusters[l->cluster_count - 1].content += rl_block_size(block);
    l->packets++;
    return 0;
}

/* Second walk: writes through a buffer. */
struct writer {
    struct rl_flow *flow;
    int fd;
    const struct rl_webm_layout *layout;
    size_t cluster; /* the next */
    struct rl_buf buf;
    int64_t offset; /* of what is in the buffer */
};

static int write_out(struct writer *w)
{
    if (w->buf.failed)
        return rl_err_nomem(w->flow->err, "join");
    int rc = rl_pwrite(w->flow->env, w->fd, w->buf.data, w->buf.size, w->offset);
    if (rc < 0)
        return rl_err_errno(w->flow->err, -rc, "join", "writing the joined file");
    w->offset += (int64_t)w->buf.size;
    w->buf.size = 0;
    return 0;
}

static int write_cluster(void *user, int64_t time, uint32_t cue)
{
    (void)cue;
    struct writer *w = user;
    if (w->cluster == w->layout->cluster_count)
        return rl_err(w->flow->err, REEL_ERR_CHANGED, "join", "chunks changed while they were joined");
    rl_ebml_id(&w->buf, ID_CLUSTER);
    rl_ebml_size(&w->buf, w->layout->clusters[w->cluster++].content, 0);
    rl_ebml_uint(&w->buf, ID_TIMESTAMP, (uint64_t)time);
    w->flow->host->progress(w->flow->host->user, time * 1000, 0);
    return 0;
}

static int write_block(void *user, const struct rl_block *block)
{
    struct writer *w = user;
    rl_block_head(&w->buf, block);
    rl_buf_add(&w->buf, block->data, block->size);
    rl_block_tail(&w->buf, block);
    return w->buf.failed || w->buf.size >= WRITE_SIZE ? write_out(w) : 0;
}

static int write_file(struct rl_flow *flow, int fd, const struct rl_manifest *manifest,
                      const struct rl_webm_layout *layout, uint64_t *total)
{
    struct writer w = { .flow = flow, .fd = fd, .layout = layout };
    rl_buf_init(&w.buf, flow->env);
    int rc = rl_webm_front(&w.buf, manifest, layout, total, flow->err);
    if (rc == 0 && *total > flow->env->limits.output_bytes)
        rc = rl_err(flow->err, REEL_ERR_LIMIT_OUTPUT, "join", "the file would have %llu bytes, the limit is %llu",
                    (unsigned long long)*total, (unsigned long long)flow->env->limits.output_bytes);
    if (rc == 0)
        rc = rl_walk_all(flow, manifest, &(struct rl_walk_sink){ &w, write_cluster, write_block }, NULL);
    if (rc == 0)
        rc = write_out(&w);
    if (rc == 0 && (uint64_t)w.offset != *total)
        rc = rl_err(flow->err, REEL_ERR_CHANGED, "join", "chunks changed while they were joined");
    rl_buf_free(&w.buf);
    return rc;
}

int rl_webm_write(struct rl_flow *flow, int fd, const struct rl_manifest *manifest, struct rl_join_result *result)
{
    *result = (struct rl_join_result){ 0 };
    struct rl_webm_layout layout = { 0 };
    layout.tracks = rl_calloc(flow->env, manifest->track_count, sizeof(*layout.tracks));
    if (!layout.tracks)
        return rl_err_nomem(flow->err, "join");
    struct measure m = { flow, &layout };
    uint64_t total = 0;
    int rc = rl_walk_all(flow, manifest, &(struct rl_walk_sink){ &m, measure_cluster, measure_block }, layout.tracks);
    if (rc == 0)
        rc = write_file(flow, fd, manifest, &layout, &total);
    if (rc == 0)
        *result = (struct rl_join_result){ .bytes = total, .duration = rl_webm_end(manifest, &layout),
                                           .packets = layout.packets };
    rl_free(flow->env, layout.clusters);
    rl_free(flow->env, layout.tracks);
    return rc;
}
