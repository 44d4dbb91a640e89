#include "reading.h"

int rl_reading_open(struct rl_reading *r, struct rl_flow *flow, int fd, const struct rl_reading_params *p)
{
    *r = (struct rl_reading){ .packet = av_packet_alloc() };
    if (!r->packet)
        return rl_err_nomem(flow->err, "demux");
    int rc = rl_source_open(&r->source, flow, fd, p->format);
    if (rc == 0)
        rc = rl_source_select(r->source, p->stream, p->codec);
    if (rc < 0)
        return rc;
    r->stream = rl_source_format(r->source)->streams[p->stream];
    if (r->stream->time_base.num != p->time_base.num || r->stream->time_base.den != p->time_base.den)
        return rl_err(flow->err, REEL_ERR_CHANGED, "demux", "stream %d has another time base than it was planned with",
                      (int)p->stream);
    if (p->kind != AVMEDIA_TYPE_UNKNOWN && r->stream->codecpar->codec_type != p->kind)
        return rl_err(flow->err, REEL_ERR_CHANGED, "demux", "stream %d is %s", (int)p->stream,
                      r->stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO ? "sound"
                      : r->stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO ? "a video" : "of another kind");
    return 0;
}

int rl_reading_push(struct rl_reading *r, struct rl_step *top)
{
    int rc = rl_source_read(r->source, r->packet);
    if (rc != 0)
        return rc;
    rc = rl_push_packet(top, r->packet);
    av_packet_unref(r->packet);
    return rc;
}

void rl_reading_close(struct rl_reading *r)
{
    rl_source_close(&r->source);
    av_packet_free(&r->packet);
    r->stream = NULL;
}
