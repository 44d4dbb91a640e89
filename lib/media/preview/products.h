/* The products of a job on their way to the host: a chunk each, in rising order, and the row of the result that names it. */
#ifndef RL_MEDIA_PRODUCTS_H
#define RL_MEDIA_PRODUCTS_H

#include "../step.h"

#include "../../engine/spec.h"

struct rl_products {
    struct rl_flow *flow;
    struct rl_preview_result *result; /* rows go here, and belong to it */
    size_t capacity;
};

void rl_products_init(struct rl_products *products, struct rl_flow *flow, struct rl_preview_result *result);
/* Takes a row without its chunk's number, and hands over the bytes: data is emptied. A failure of the buffer is seen here. */
int rl_products_add(struct rl_products *products, const struct rl_product *row, struct rl_buf *data);
/* "webp" or "avif", and the media type. */
const char *rl_product_suffix(int32_t format);
const char *rl_product_mime(int32_t format);

#endif
