#include "packets.h"

void rl_packets_init(struct rl_packets *p, const struct rl_env *env)
{
    *p = (struct rl_packets){ 0 };
    rl_buf_init(&p->data, env);
}

void rl_packets_free(struct rl_packets *p)
{
    rl_free(p->data.env, p->samples);
    rl_buf_free(&p->data);
}

void rl_packets_reset(struct rl_packets *p)
{
    p->data.size = 0;
    p->count = 0;
}

uint8_t *rl_packets_room(struct rl_packets *p, size_t size)
{
    return rl_buf_room(&p->data, size);
}

bool rl_packets_add(struct rl_packets *p, size_t size, int64_t ts, int64_t duration, int key)
{
    void *samples = p->samples;
    if (!rl_grow(p->data.env, &samples, &p->capacity, p->count, sizeof *p->samples))
        return false;
    p->samples = samples;
    p->samples[p->count++] = (struct rl_sample){ .size = size, .ts = ts, .duration = duration, .key = key };
    p->data.size += size;
    return true;
}

int rl_packets_write(struct rl_packets *p, uint32_t index, struct rl_buf *out, reel_error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < p->count; i++) {
        p->samples[i].data = p->data.data + at;
        at += p->samples[i].size;
    }
    return rl_cmaf_write(out, index + 1, p->samples, p->count, err);
}
