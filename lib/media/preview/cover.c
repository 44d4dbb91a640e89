#include "cover.h"

#include "../demux/source.h"

#include <stdio.h>
#include <string.h>

/* Pictures as containers carry them, by the name of the codec. */
static const struct {
    const char *codec, *type;
} types[] = { { "mjpeg", "jpeg" }, { "png", "png" },   { "gif", "gif" },
              { "bmp", "bmp" },    { "tiff", "tiff" }, { "webp", "webp" } };

static const char *type_of(const char *codec)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (!strcmp(types[i].codec, codec))
            return types[i].type;
    return NULL;
}

static int keep(struct rl_cover *c, struct rl_flow *flow, const AVPacket *packet)
{
    c->data = rl_alloc(flow->env, (size_t)packet->size + 1);
    if (!c->data)
        return rl_err_nomem(flow->err, "preview");
    memcpy(c->data, packet->data, (size_t)packet->size);
    c->data[packet->size] = 0;
    c->size = (size_t)packet->size;
    return 0;
}

/* Demuxers give cover art as the first packets, or keep it with the stream. */
static int load_attached(struct rl_cover *c, struct rl_flow *flow, int fd, const struct rl_still_source *source)
{
    struct rl_source *s = NULL;
    AVPacket *packet = av_packet_alloc();
    int rc = packet ? rl_source_open(&s, flow, fd, source->format) : rl_err_nomem(flow->err, "preview");

    if (rc >= 0)
        rc = rl_source_select(s, source->stream, source->codec);
    if (rc >= 0) {
        const AVStream *stream = rl_source_format(s)->streams[source->stream];
        if (stream->attached_pic.size > 0)
            rc = keep(c, flow, &stream->attached_pic);
        else if ((rc = rl_source_read(s, packet)) == 0)
            rc = keep(c, flow, packet);
    }
    if (rc > 0)
        rc = rl_err(flow->err, REEL_ERR_INVALID_DATA, "preview", "the cover art is not there");
    av_packet_free(&packet);
    rl_source_close(&s);
    return rc;
}

int rl_cover_load(struct rl_cover *c, struct rl_flow *flow, int fd, const struct rl_still_source *source)
{
    const char *type = source->type[0] ? source->type : type_of(source->codec);

    *c = (struct rl_cover){ 0 };
    if (!type)
        return rl_err(flow->err, REEL_ERR_CODEC, "preview", "a picture coded with %s is not read", source->codec);
    snprintf(c->type, sizeof(c->type), "%s", type);
    return source->type[0] ? rl_still_load(flow, fd, &c->data, &c->size) : load_attached(c, flow, fd, source);
}

void rl_cover_free(struct rl_cover *c, struct rl_flow *flow)
{
    rl_free(flow->env, c->data);
    *c = (struct rl_cover){ 0 };
}
