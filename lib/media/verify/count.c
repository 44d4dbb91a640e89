#include "count.h"

#include "../../base/time.h"
#include "../audio/opus.h"
#include "../decode/decode.h"

#include <libavutil/intreadwrite.h>
#include <reel/input.h>

/* The foot below a decoder: counts frames, or samples of sound. */
struct foot {
    struct rl_step step;
    bool sound;
    uint64_t total;
};

static int foot_frame(struct rl_step *step, AVFrame *frame)
{
    struct foot *f = (struct foot *)step;
    f->total += f->sound ? (uint64_t)frame->nb_samples : 1;
    return 0;
}

static int foot_flush(struct rl_step *step)
{
    (void)step;
    return 0;
}

static void foot_close(struct rl_step *step)
{
    rl_free(step->flow->env, step);
}

static const struct rl_step_ops foot_ops = {
    .name = "verify", .frame = foot_frame, .flush = foot_flush, .close = foot_close
};

static int open_decoder(struct rl_count *c, struct rl_flow *flow, int threads)
{
    struct foot *foot = rl_calloc(flow->env, 1, sizeof(*foot));
    if (!foot)
        return rl_err_nomem(flow->err, "verify");
    foot->step = (struct rl_step){ .ops = &foot_ops, .flow = flow };
    foot->sound = c->track.kind == REEL_STREAM_AUDIO;
    int rc = rl_decode_open(&c->decoder, flow, c->stream->codecpar, c->stream->time_base, threads);
    if (rc < 0) {
        foot_close(&foot->step);
        return rc;
    }
    c->decoder->next = &foot->step;
    return 0;
}

static int32_t kind_of(enum AVMediaType type)
{
    return type == AVMEDIA_TYPE_VIDEO      ? REEL_STREAM_VIDEO
           : type == AVMEDIA_TYPE_AUDIO    ? REEL_STREAM_AUDIO
           : type == AVMEDIA_TYPE_SUBTITLE ? REEL_STREAM_TEXT
                                           : REEL_STREAM_OTHER;
}

int rl_count_open(struct rl_count *c, struct rl_flow *flow, const AVStream *stream, bool decode, int threads)
{
    const AVCodecParameters *par = stream->codecpar;
    *c = (struct rl_count){ .stream = stream, .last_pts = AV_NOPTS_VALUE };
    c->track = (struct rl_verify_track){ .kind = kind_of(par->codec_type), .start = REEL_NO_TIME, .end = REEL_NO_TIME };
    if (par->codec_id == AV_CODEC_ID_OPUS && par->extradata_size >= 19) {
        c->skip = AV_RL16(par->extradata + 10);
        c->delay = av_rescale_q(c->skip, (AVRational){ 1, 48000 }, stream->time_base);
    }
    bool media = c->track.kind == REEL_STREAM_VIDEO || c->track.kind == REEL_STREAM_AUDIO;
    return decode && media ? open_decoder(c, flow, threads) : 0;
}

static int64_t to_us(const struct rl_count *c, int64_t ts)
{
    return av_rescale_q(ts, c->stream->time_base, AV_TIME_BASE_Q);
}

/* Sound: the packet's own length, less what the container says is to be dropped at its end. */
static int64_t sound_samples(const AVPacket *packet)
{
    size_t size;
    const uint8_t *side = av_packet_get_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
    int64_t samples = packet->size > 0 ? rl_opus_packet_samples(packet->data, (size_t)packet->size) : 0;
    int64_t drop = side && size >= 8 ? (int64_t)AV_RL32(side + 4) : 0;
    return drop < samples ? samples - drop : 0;
}

int rl_count_packet(struct rl_count *c, AVPacket *packet)
{
    struct rl_verify_track *t = &c->track;
    bool sound = t->kind == REEL_STREAM_AUDIO;
    if (packet->pts == AV_NOPTS_VALUE) {
        t->disorder++;
    } else {
        /* Cues may begin together, and frames less than 1 ms apart round to the same; sound must go on. */
        if (c->last_pts != AV_NOPTS_VALUE && (sound ? packet->pts <= c->last_pts : packet->pts < c->last_pts))
            t->disorder++;
        c->last_pts = packet->pts;
        int64_t end = to_us(c, packet->pts + (packet->duration > 0 ? packet->duration : 0));
        if (t->start == REEL_NO_TIME)
            t->start = to_us(c, packet->pts + c->delay);
        t->end = t->end == REEL_NO_TIME || end > t->end ? end : t->end;
    }
    t->samples += t->kind == REEL_STREAM_AUDIO ? (uint64_t)sound_samples(packet) : 1;
    return c->decoder ? rl_push_packet(c->decoder, packet) : 0;
}

int rl_count_end(struct rl_count *c)
{
    struct rl_verify_track *t = &c->track;
    if (t->kind == REEL_STREAM_AUDIO && t->samples > 0)
        t->samples -= (uint64_t)c->skip < t->samples ? (uint64_t)c->skip : t->samples;
    if (c->decoder) {
        int rc = rl_push_flush(c->decoder);
        if (rc < 0)
            return rc;
        t->samples = ((const struct foot *)c->decoder->next)->total;
    }
    if (t->kind == REEL_STREAM_AUDIO && t->start != REEL_NO_TIME)
        t->end = t->start + rl_rescale((int64_t)t->samples, (reel_ratio){ 1, 48000 }, RL_US);
    return 0;
}

void rl_count_close(struct rl_count *c)
{
    if (c->decoder)
        rl_steps_close(&c->decoder);
}
