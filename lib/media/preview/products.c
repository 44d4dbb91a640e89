#include "products.h"

const char *rl_product_suffix(int32_t format) { return format == RL_STILL_AVIF ? "avif" : "webp"; }

const char *rl_product_mime(int32_t format) { return format == RL_STILL_AVIF ? "image/avif" : "image/webp"; }

void rl_products_init(struct rl_products *p, struct rl_flow *flow, struct rl_preview_result *result)
{
    *p = (struct rl_products){ .flow = flow, .result = result };
}

int rl_products_add(struct rl_products *p, const struct rl_product *row, struct rl_buf *data)
{
    struct rl_preview_result *result = p->result;
    const struct rl_job_host *host = p->flow->host;
    int rc = 0;

    if (data->failed ||
        !rl_grow(p->flow->env, (void **)&result->products, &p->capacity, result->product_count, sizeof(*row)))
        return rl_err_nomem(p->flow->err, "preview");
    struct rl_product *to = &result->products[result->product_count];
    *to = *row;
    to->chunk = result->chunks;
    const struct rl_chunk_out chunk = {
        .index = to->chunk,
        .start = row->time == REEL_NO_TIME ? 0 : row->time,
        .duration = row->duration,
        .samples = row->frames,
        .samples_in = row->frames,
    };
    if (!host->wanted || host->wanted(host->user, to->chunk))
        rc = rl_emit(p->flow, &chunk, data->data, data->size);
    if (rc < 0)
        return rc;
    result->product_count++;
    result->chunks++;
    data->size = 0;
    return 0;
}
