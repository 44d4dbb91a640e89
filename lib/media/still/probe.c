#include "exif.h"

#include "../../engine/spec.h"

#include <libavutil/avstring.h>
#include <libavutil/pixdesc.h>
#include <reel/input.h>
#include <string.h>

static int add_tag(struct rl_flow *flow, struct rl_facts *facts, const char *key, const char *text, size_t size)
{
    struct rl_tag *tag = &facts->tags[facts->tag_count++]; /* there is room for all that are asked for */

    tag->key = rl_strdup(flow->env, key);
    tag->value = rl_alloc(flow->env, size + 1);
    if (!tag->key || !tag->value)
        return rl_err_nomem(flow->err, "probe");
    memcpy(tag->value, text, size);
    tag->value[size] = 0;
    return 0;
}

/* "2008:05:30 15:56:01" as other files have it: 2008-05-30T15:56:01. */
static size_t tidy_date(char date[19], const char *text, size_t size)
{
    static const char form[] = "dddd:dd:dd dd:dd:dd";

    if (size != 19)
        return 0;
    for (int i = 0; i < 19; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return 0;
    memcpy(date, text, 19);
    date[4] = date[7] = '-';
    date[10] = 'T';
    return memcmp(date, "0000", 4) ? 19 : 0;
}

static int tags(struct rl_flow *flow, const struct rl_still_info *info, struct rl_facts *facts)
{
    static const struct {
        unsigned tag;
        const char *key;
    } wanted[] = { { RL_TIFF_IMAGE_DESCRIPTION, "title" }, { RL_TIFF_ARTIST, "artist" },
                   { RL_TIFF_COPYRIGHT, "copyright" },     { RL_TIFF_MAKE, "make" },
                   { RL_TIFF_MODEL, "model" } };
    size_t most = sizeof(wanted) / sizeof(wanted[0]) + 1, n, ifd;
    const char *text;
    struct rl_tiff t;
    char date[19];
    int rc = 0;

    if (!rl_tiff_open(&t, info->exif, info->exif_size) || !(ifd = rl_tiff_first(&t)))
        return 0;
    facts->tags = rl_calloc(flow->env, most, sizeof(*facts->tags));
    if (!facts->tags)
        return rl_err_nomem(flow->err, "probe");
    for (size_t i = 0; i + 1 < most && rc == 0; i++)
        if ((n = rl_tiff_text(&t, ifd, wanted[i].tag, &text)) > 0)
            rc = add_tag(flow, facts, wanted[i].key, text, n);
    n = rl_tiff_text(&t, rl_tiff_value(&t, ifd, RL_TIFF_EXIF, 0), RL_TIFF_DATE_ORIGINAL, &text);
    n = n ? n : rl_tiff_text(&t, ifd, RL_TIFF_DATE, &text);
    if (rc == 0 && (n = n ? tidy_date(date, text, n) : 0) > 0)
        rc = add_tag(flow, facts, "date", date, n);
    return rc;
}

static void fill(struct rl_stream *s, const char *type, const struct rl_still_info *info)
{
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(info->pixel_format);

    s->kind = REEL_STREAM_PICTURE;
    av_strlcpy(s->codec, type, sizeof(s->codec));
    s->decodable = 1;
    s->is_default = 1;
    s->time_base = (reel_ratio){ 1, 1000000 };
    s->duration = info->frames == 1 || info->duration > 0 ? info->duration : REEL_NO_TIME;
    s->frames = info->frames;
    s->loops = info->loops;
    s->width = info->width;
    s->height = info->height;
    s->aspect = (reel_ratio){ 1, 1 };
    s->rotation = info->rotation;
    s->mirrored = info->mirrored;
    s->clap_x = info->crop_x;
    s->clap_y = info->crop_y;
    s->clap_width = info->crop_width;
    s->clap_height = info->crop_height;
    s->bit_depth = info->bit_depth;
    s->has_alpha = info->has_alpha;
    s->colour = info->colour;
    s->mastering = info->mastering;
    s->light = info->light;
    s->lossless = info->lossless;
    s->icc = (int32_t)info->icc_kind;
    s->has_exif = info->exif_size > 0;
    s->has_xmp = info->xmp_size > 0;
    s->gain_map = info->gain_map;
    s->motion = info->motion;
    if (!desc)
        return;
    av_strlcpy(s->pixel_format, desc->name, sizeof(s->pixel_format));
    s->chroma_w = desc->log2_chroma_w;
    s->chroma_h = desc->log2_chroma_h;
    s->is_rgb = !!(desc->flags & AV_PIX_FMT_FLAG_RGB);
}

int rl_probe_still(struct rl_flow *flow, int fd, const struct rl_probe_spec *spec, struct rl_facts *facts)
{
    const struct rl_still_hint hint = { .threads = 1 };
    const struct rl_still_info *info;
    struct rl_still *still = NULL;
    uint8_t *data = NULL;
    size_t size;
    int rc;

    if ((rc = rl_still_load(flow, fd, &data, &size)) < 0 ||
        (rc = rl_still_open(&still, flow, spec->format, data, size, &hint)) < 0)
        goto done;
    info = rl_still_info(still);
    av_strlcpy(facts->format, spec->format, sizeof(facts->format));
    facts->bytes = size;
    facts->streams = rl_calloc(flow->env, 1, sizeof(*facts->streams));
    if (!facts->streams) {
        rc = rl_err_nomem(flow->err, "probe");
        goto done;
    }
    facts->stream_count = 1;
    fill(facts->streams, spec->format, info);
    facts->duration = facts->streams->duration;
    av_strlcpy(facts->warning, info->note, sizeof(facts->warning));
    rc = tags(flow, info, facts);
done:
    rl_still_close(&still);
    rl_free(flow->env, data);
    return rc;
}
