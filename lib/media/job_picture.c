/*
 * One picture file out of a picture, of cover art, or of a frame of a video.
 *
 * Frames go from the reader through the pixels to the writer, one at a time. Where the file must not be larger than so many
 * bytes the finished pixels are kept, and only the writing is done again: quality is searched for.
 */
#include "jobs.h"

#include "compat.h"
#include "preview/cover.h"
#include "preview/moments.h"
#include "preview/print.h"
#include "still/meta.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TRIES_MAX 8     /* of the search for the quality */
#define NEAR_ENOUGH 0.9 /* of max_bytes: not worth another try */

struct picture_job {
    struct rl_flow *flow;
    const struct rl_picture_job_spec *spec;
    struct rl_picture_result *result;
    struct rl_print print;
    struct rl_writer_params params;
    struct rl_buf exif, xmp;
    struct rl_writer *writer; /* without max_bytes: frames are written as they come */
    AVFrame **frames;         /* with it: kept */
    size_t count, capacity;
    uint64_t bytes; /* of their pixels */
    int64_t end;    /* us */
};

static int open_print(struct picture_job *j, const struct rl_still_info *info, const AVFrame *like)
{
    const struct rl_still_spec *s = &j->spec->still;
    int32_t width = s->pad_width ? s->pad_width : s->window_width ? s->window_width : s->width;
    int32_t height = s->pad_height ? s->pad_height : s->window_height ? s->window_height : s->height;
    int rc = info ? rl_print_open_still(&j->print, j->flow, s, info) : rl_print_open(&j->print, j->flow, s, like);

    if (rc < 0)
        return rc;
    j->params = rl_print_params(&j->print, width, height);
    j->params.animated = s->animated && info && info->frames != 1;
    j->params.loops = info ? info->loops : 0;
    if (info && info->exif_size)
        rc = rl_exif_write(&j->exif, info->exif, info->exif_size, (enum rl_metadata)s->metadata);
    if (rc >= 0 && info && info->xmp_size)
        rc = rl_xmp_write(&j->xmp, info->xmp, info->xmp_size, (enum rl_metadata)s->metadata);
    if (rc < 0 || j->exif.failed || j->xmp.failed)
        return rc < 0 ? rc : rl_err_nomem(j->flow->err, "picture");
    j->params.exif = j->exif.data;
    j->params.exif_size = j->exif.size;
    j->params.xmp = j->xmp.data;
    j->params.xmp_size = j->xmp.size;
    return 0;
}

/* The colours are those that the first frame really has. */
static int open_writer(struct picture_job *j, const AVFrame *first)
{
    j->params.colour = (struct rl_colour){ (int32_t)first->color_primaries, (int32_t)first->color_trc,
                                           (int32_t)first->colorspace, first->color_range == AVCOL_RANGE_JPEG,
                                           (int32_t)first->chroma_location };
    return j->spec->still.max_bytes ? 0 : rl_writer_open(&j->writer, j->flow, &j->params);
}

static int keep(struct picture_job *j, AVFrame *frame)
{
    const struct rl_env *env = j->flow->env;

    for (int i = 0; i < AV_NUM_DATA_POINTERS && frame->buf[i]; i++)
        j->bytes += frame->buf[i]->size;
    if (j->bytes > env->limits.memory_bytes)
        return rl_err(j->flow->err, REEL_ERR_LIMIT_MEMORY, "picture",
                      "%zu frames that have to fit into %llu bytes are over the limit of memory", j->count + 1,
                      (unsigned long long)j->spec->still.max_bytes);
    AVFrame *kept = av_frame_alloc();
    if (!kept || !rl_grow(env, (void **)&j->frames, &j->capacity, j->count, sizeof(*j->frames))) {
        av_frame_free(&kept);
        return rl_err_nomem(j->flow->err, "picture");
    }
    av_frame_move_ref(kept, frame);
    j->frames[j->count++] = kept;
    return 0;
}

static int add(struct picture_job *j, const AVFrame *in)
{
    const struct rl_job_host *host = j->flow->host;
    AVFrame *made = av_frame_alloc();
    int rc = made ? rl_print_run(&j->print, in, made) : rl_err_nomem(j->flow->err, "picture");

    if (rc == 0 && j->result->frames_in == 0)
        rc = open_writer(j, made);
    if (rc == 0) {
        int64_t end = (in->pts == AV_NOPTS_VALUE ? 0 : in->pts) + rl_frame_duration(in);
        j->end = j->params.animated && end > j->end ? end : j->end;
        j->result->frames_in++;
        rc = j->writer ? rl_writer_add(j->writer, made) : keep(j, made);
        if (host->progress)
            host->progress(host->user, j->end, j->result->frames_in);
    }
    av_frame_free(&made);
    return rc;
}

/* What is needed of each side of the stored picture, so that nothing is scaled up that need not be. */
static struct rl_still_hint hint_of(const struct rl_still_spec *s)
{
    struct rl_still_hint hint = { .first_only = !s->animated, .threads = s->threads > 0 ? s->threads : 1 };
    bool turned = s->rotation % 180 != 0;
    int64_t width = s->stored_width, height = s->stored_height;
    int64_t cut_width = s->clap_width ? s->clap_width : width, cut_height = s->clap_width ? s->clap_height : height;

    if (s->crop_width) {
        cut_width = turned ? s->crop_height : s->crop_width;
        cut_height = turned ? s->crop_width : s->crop_height;
    }
    if (width > 0 && height > 0 && cut_width > 0 && cut_height > 0) {
        width = ((turned ? s->height : s->width) * width + cut_width - 1) / cut_width;
        height = ((turned ? s->width : s->height) * height + cut_height - 1) / cut_height;
        if (width <= INT32_MAX && height <= INT32_MAX) {
            hint.width = (int32_t)width;
            hint.height = (int32_t)height;
        }
    }
    return hint;
}

static void read_notes(struct picture_job *j, const struct rl_still *still)
{
    const struct rl_still_info *info = rl_still_info(still);
    struct rl_picture_result *r = j->result;

    r->decode_errors += rl_still_damage(still);
    r->truncated = r->truncated || strstr(info->note, "the end is missing") != NULL;
    if (info->note[0])
        snprintf(r->note, sizeof(r->note), "%s", info->note);
    else if (info->gain_map)
        snprintf(r->note, sizeof(r->note), "the HDR gain map is left out");
}

static int read_frames(struct picture_job *j, struct rl_still *still)
{
    const struct rl_still_spec *s = &j->spec->still;
    AVFrame *frame = av_frame_alloc();
    int rc = frame ? 0 : rl_err_nomem(j->flow->err, "picture");

    while (rc == 0) {
        rc = rl_still_read(still, frame);
        if (rc == 0)
            rc = add(j, frame);
        else if (rc == REEL_ERR_INVALID_DATA && j->result->frames_in > 0) {
            /* What came before the damage is a picture. */
            *j->flow->err = RL_ERROR_INIT;
            j->result->decode_errors++;
            j->result->truncated = 1;
            rc = REEL_END;
        }
        av_frame_unref(frame);
        if (rc == 0 && !s->animated)
            break;
    }
    av_frame_free(&frame);
    if (rc == REEL_END && j->result->frames_in == 0)
        return rl_err(j->flow->err, REEL_ERR_INVALID_DATA, "picture", "there is no picture in the file");
    return rc < 0 ? rc : 0;
}

static int finish(struct picture_job *j);

static int from_file(struct picture_job *j, int fd)
{
    const struct rl_still_spec *s = &j->spec->still;
    struct rl_still_hint hint = hint_of(s);
    struct rl_still *still = NULL;
    struct rl_cover cover;
    int rc = rl_cover_load(&cover, j->flow, fd, &j->spec->source);

    if (rc >= 0)
        rc = rl_still_open(&still, j->flow, cover.type, cover.data, cover.size, &hint);
    if (rc >= 0) {
        const struct rl_still_info *info = rl_still_info(still);
        /* What a container says of its cover art is not worth much. */
        if (j->spec->source.type[0] && s->stored_width > 0 &&
            (info->width != s->stored_width || info->height != s->stored_height))
            rc =
                rl_err(j->flow->err, REEL_ERR_CHANGED, "picture", "the picture is %dx%d, and was planned with as %dx%d",
                       (int)info->width, (int)info->height, (int)s->stored_width, (int)s->stored_height);
        else
            rc = open_print(j, info, NULL);
    }
    if (rc >= 0)
        rc = read_frames(j, still);
    if (rc >= 0) {
        read_notes(j, still);
        rc = finish(j); /* a profile that is written is the reader's */
    }
    rl_still_close(&still);
    rl_cover_free(&cover, j->flow);
    return rc;
}

/* The frame at the time, or the nearest thing to it that can be decoded. */
static int find_frame(struct picture_job *j, struct rl_moments *moments, AVFrame *frame)
{
    const struct rl_still_source *source = &j->spec->source;
    int rc = REEL_END;

    if (source->time != REEL_NO_TIME) {
        rc = rl_moments_at(moments, source->time, true, frame);
        if (rc == REEL_END)
            rc = rl_moments_at(moments, source->time, false, frame);
    }
    if (rc == REEL_END) {
        rc = rl_moments_best(moments, source->candidates > 0 ? source->candidates : 1, &frame, 1);
        rc = rc > 0 ? 0 : rc == 0 ? REEL_END : rc;
    }
    if (rc == REEL_END || rc == REEL_ERR_INVALID_DATA)
        return rl_err(j->flow->err, REEL_ERR_INVALID_DATA, "picture", "no picture of the stream can be decoded");
    return rc < 0 ? rc : 0;
}

static int from_stream(struct picture_job *j, int fd)
{
    struct rl_moments *moments = NULL;
    AVFrame *frame = av_frame_alloc();
    int rc = frame ? rl_moments_open(&moments, j->flow, fd, &j->spec->source) : rl_err_nomem(j->flow->err, "picture");

    if (rc >= 0)
        rl_moments_threads(moments, j->spec->still.threads > 0 ? j->spec->still.threads : 1);
    if (rc >= 0)
        rc = find_frame(j, moments, frame);
    if (rc >= 0) {
        j->result->time = frame->pts;
        frame->pts = 0;
        /* Video's chroma stands at the left where nobody says otherwise. */
        if (frame->chroma_location == AVCHROMA_LOC_UNSPECIFIED && frame->color_range != AVCOL_RANGE_JPEG)
            frame->chroma_location = AVCHROMA_LOC_LEFT;
        rc = open_print(j, NULL, frame);
    }
    if (rc >= 0)
        rc = add(j, frame);
    if (rc >= 0)
        rc = finish(j);
    if (moments) {
        j->result->decode_errors += rl_moments_damage(moments);
        j->result->truncated = rl_moments_truncated(moments);
    }
    av_frame_free(&frame);
    rl_moments_close(&moments);
    return rc;
}

/* Writes the frames that are kept with a quality. */
static int write_with(struct picture_job *j, int32_t quality, struct rl_buf *file, uint64_t *frames)
{
    struct rl_writer_params params = j->params;
    struct rl_writer *writer = NULL;
    int rc;

    params.quality = quality;
    rc = rl_writer_open(&writer, j->flow, &params);
    for (size_t i = 0; i < j->count && rc >= 0; i++)
        rc = rl_writer_add(writer, j->frames[i]);
    if (rc >= 0)
        rc = rl_writer_finish(writer, file);
    if (rc >= 0)
        *frames = rl_writer_frames(writer);
    rl_writer_close(&writer);
    return rc < 0 ? rc : 0;
}

/* Between two qualities, where the logarithm of the size would be on a straight line. */
static int32_t guess(int32_t low, double low_size, int32_t high, double high_size, double goal)
{
    double at = (log(goal) - log(low_size)) / (log(high_size) - log(low_size));
    int32_t q = low + (int32_t)floor((high - low) * at);

    return q <= low ? low + 1 : q >= high ? high - 1 : q;
}

/*
 * The best quality whose file fits: low fits (or has not been tried), high does not. Sizes rise with quality, nearly enough;
 * what is given out is always a file that was written and measured.
 */
static int write_within(struct picture_job *j, struct rl_buf *file, uint64_t *frames)
{
    const struct rl_still_spec *s = &j->spec->still;
    double most = (double)s->max_bytes, low_size = 0, high_size;
    int32_t low = -1, high = s->quality;
    struct rl_buf trial;
    int rc = write_with(j, s->quality, file, frames);

    j->result->quality = s->quality;
    if (rc < 0 || file->size <= s->max_bytes)
        return rc;
    high_size = (double)file->size;
    rl_buf_init(&trial, j->flow->env);
    for (int tries = 0; rc == 0 && !s->lossless && tries < TRIES_MAX && high - low > 1; tries++) {
        /* Half the bytes for each 25 of quality, to begin with; then the lowest there is. */
        int32_t q = low >= 0 ? guess(low, low_size, high, high_size, most)
                    : tries == 0 ? s->quality - (int32_t)ceil(25 * log2(high_size / most)) : 0;
        uint64_t count = 0;
        q = q < 0 ? 0 : q >= high ? high - 1 : q;
        trial.size = 0;
        rc = write_with(j, q, &trial, &count);
        if (rc == 0 && trial.size > s->max_bytes) {
            high = q;
            high_size = (double)trial.size;
        } else if (rc == 0) {
            struct rl_buf swap = *file;
            *file = trial;
            trial = swap;
            *frames = count;
            j->result->quality = low = q;
            low_size = (double)file->size;
            if (low_size >= NEAR_ENOUGH * most)
                break;
        }
    }
    rl_buf_free(&trial);
    if (rc == 0 && low < 0)
        return rl_err(j->flow->err, REEL_ERR_LIMIT_OUTPUT, "picture", "%s %.0f bytes, and %llu are allowed",
                      s->lossless ? "without loss it takes" : "with the lowest quality it still takes", high_size,
                      (unsigned long long)s->max_bytes);
    return rc;
}

/* Writes what is left and hands the file over. */
static int finish(struct picture_job *j)
{
    struct rl_picture_result *r = j->result;
    uint64_t frames = 0;
    struct rl_buf file;
    int rc;

    rl_buf_init(&file, j->flow->env);
    r->quality = j->params.quality;
    if (j->writer) {
        rc = rl_writer_finish(j->writer, &file);
        frames = rl_writer_frames(j->writer);
    } else {
        rc = write_within(j, &file, &frames);
    }
    if (rc >= 0 && file.failed)
        rc = rl_err_nomem(j->flow->err, "picture");
    if (rc >= 0 && file.size > j->flow->env->limits.output_bytes)
        rc = rl_err(j->flow->err, REEL_ERR_LIMIT_OUTPUT, "picture", "the file has %zu bytes, over the limit of %llu",
                    file.size, (unsigned long long)j->flow->env->limits.output_bytes);
    if (rc >= 0) {
        const struct rl_chunk_out chunk = { .duration = j->end, .samples = frames, .samples_in = r->frames_in,
                                            .decode_errors = r->decode_errors };
        r->width = j->params.width;
        r->height = j->params.height;
        r->frames_out = frames;
        r->duration = frames > 1 ? j->end : 0;
        r->chunks = 1;
        rc = rl_emit(j->flow, &chunk, file.data, file.size);
    }
    rl_buf_free(&file);
    return rc < 0 ? rc : 0;
}

int rl_job_picture(struct rl_flow *flow, int fd, const struct rl_picture_job_spec *spec,
                   struct rl_picture_result *result)
{
    struct picture_job j = { .flow = flow, .spec = spec, .result = result };
    int rc;

    *result = (struct rl_picture_result){ .time = REEL_NO_TIME };
    rl_buf_init(&j.exif, flow->env);
    rl_buf_init(&j.xmp, flow->env);
    rc = spec->source.type[0] || spec->source.attached ? from_file(&j, fd) : from_stream(&j, fd);
    rl_writer_close(&j.writer);
    rl_print_close(&j.print);
    for (size_t i = 0; i < j.count; i++)
        av_frame_free(&j.frames[i]);
    rl_free(flow->env, j.frames);
    rl_buf_free(&j.exif);
    rl_buf_free(&j.xmp);
    return rc;
}
