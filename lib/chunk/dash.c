/* The renditions as a DASH media presentation description: ISO/IEC 23009-1, a static presentation of segment lists. */
#include "manifest.h"

#include "../ctx/ctx.h"

#include <inttypes.h>
#include <string.h>

static void xml_text(struct rl_buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&': rl_buf_text(out, "&amp;"); break;
        case '<': rl_buf_text(out, "&lt;"); break;
        case '>': rl_buf_text(out, "&gt;"); break;
        case '"': rl_buf_text(out, "&quot;"); break;
        default: rl_buf_u8(out, (unsigned char)*text);
        }
    }
}

static void xml_attr(struct rl_buf *out, const char *name, const char *value)
{
    rl_buf_printf(out, " %s=\"", name);
    xml_text(out, value);
    rl_buf_u8(out, '"');
}

static void xml_url(struct rl_buf *out, const char *pattern, const uint8_t digest[REEL_DIGEST_SIZE],
                    const struct rl_track *t)
{
    struct rl_buf url;
    rl_buf_init(&url, out->env);
    rl_blob_url(&url, pattern, digest, t);
    const char *text = rl_buf_str(&url);
    if (text)
        xml_text(out, text);
    else
        out->failed = true;
    rl_buf_free(&url);
}

/* Chunks in a row of the same length share one S element; a gap begins a new one with its own time. */
static void timeline(struct rl_buf *out, const struct rl_track *t)
{
    rl_buf_text(out, "          <SegmentTimeline>\n");
    int64_t expected = INT64_MIN;
    for (uint32_t i = 0, same; i < t->chunk_count; i += same) {
        const struct rl_chunk *c = &t->chunks[i];
        for (same = 1; i + same < t->chunk_count; same++) {
            const struct rl_chunk *next = &t->chunks[i + same];
            if (next->duration != c->duration || next->start != c->start + (int64_t)same * c->duration)
                break;
        }
        rl_buf_text(out, "            <S");
        if (c->start != expected)
            rl_buf_printf(out, " t=\"%" PRId64 "\"", c->start > 0 ? c->start : 0);
        rl_buf_printf(out, " d=\"%" PRId64 "\"", c->duration);
        if (same > 1)
            rl_buf_printf(out, " r=\"%u\"", same - 1);
        rl_buf_text(out, "/>\n");
        expected = c->start + (int64_t)same * c->duration;
    }
    rl_buf_text(out, "          </SegmentTimeline>\n");
}

static void media(struct rl_buf *out, const struct rl_track *t, const char *pattern)
{
    rl_buf_printf(out, "        <SegmentList timescale=\"%u\">\n          <Initialization sourceURL=\"", t->timescale);
    xml_url(out, pattern, t->init, t);
    rl_buf_text(out, "\"/>\n");
    timeline(out, t);
    for (uint32_t i = 0; i < t->chunk_count; i++) {
        rl_buf_text(out, "          <SegmentURL media=\"");
        xml_url(out, pattern, t->chunks[i].digest, t);
        rl_buf_text(out, "\"/>\n");
    }
    rl_buf_text(out, "        </SegmentList>\n");
}

static void video_attrs(struct rl_buf *out, const struct rl_track *t)
{
    rl_buf_printf(out, " width=\"%d\" height=\"%d\"", (int)t->width, (int)t->height);
    if (t->aspect.num > 0 && t->aspect.den > 0)
        rl_buf_printf(out, " sar=\"%d:%d\"", (int)t->aspect.num, (int)t->aspect.den);
    if (t->frame_rate.num > 0 && t->frame_rate.den > 0)
        rl_buf_printf(out, " frameRate=\"%d/%d\"", (int)t->frame_rate.num, (int)t->frame_rate.den);
}

static void rendition(struct rl_buf *out, const struct rl_track *t, uint32_t number, const char *pattern)
{
    static const char *const types[] = { [REEL_STREAM_VIDEO] = "video", [REEL_STREAM_AUDIO] = "audio",
                                         [REEL_STREAM_TEXT] = "text" };
    bool text = t->kind == REEL_STREAM_TEXT;
    rl_buf_printf(out, "    <AdaptationSet id=\"%u\" contentType=\"%s\" mimeType=\"%s\"", number, types[t->kind],
                  text ? "text/vtt" : t->kind == REEL_STREAM_VIDEO ? "video/mp4" : "audio/mp4");
    if (!text)
        rl_buf_text(out, " segmentAlignment=\"true\" startWithSAP=\"1\"");
    if (t->language[0])
        xml_attr(out, "lang", t->language);
    rl_buf_text(out, ">\n");
    rl_buf_printf(out, "      <Role schemeIdUri=\"urn:mpeg:dash:role:2011\" value=\"%s\"/>\n",
                  text ? "subtitle" : "main");
    rl_buf_printf(out, "      <Representation id=\"%u\" bandwidth=\"%" PRIu64 "\"", number, rl_track_rate(t));
    if (!text)
        xml_attr(out, "codecs", t->codec_string);
    if (t->kind == REEL_STREAM_VIDEO)
        video_attrs(out, t);
    if (t->kind == REEL_STREAM_AUDIO)
        rl_buf_text(out, " audioSamplingRate=\"48000\"");
    rl_buf_text(out, ">\n");
    if (t->kind == REEL_STREAM_AUDIO)
        rl_buf_printf(out, "        <AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_"
                      "configuration:2011\" value=\"%d\"/>\n", (int)t->channels);
    if (text) {
        rl_buf_text(out, "        <BaseURL>");
        xml_url(out, pattern, t->chunks[0].digest, t);
        rl_buf_text(out, "</BaseURL>\n");
    } else {
        media(out, t, pattern);
    }
    rl_buf_text(out, "      </Representation>\n    </AdaptationSet>\n");
}

/* The longest chunk: what a client has to have before it can play at the stated rate. */
static int64_t longest_chunk(const struct rl_manifest *m)
{
    int64_t longest = 0;
    for (uint32_t i = 0; i < m->track_count; i++) {
        const struct rl_track *t = &m->tracks[i];
        for (uint32_t k = 0; k < t->chunk_count && t->kind != REEL_STREAM_TEXT; k++)
            if (rl_track_us(t, t->chunks[k].duration) > longest)
                longest = rl_track_us(t, t->chunks[k].duration);
    }
    return longest;
}

static void duration_attr(struct rl_buf *out, const char *name, int64_t us)
{
    rl_buf_printf(out, " %s=\"PT%" PRId64 ".%06" PRId64 "S\"", name, us / 1000000, us % 1000000);
}

int reel_manifest_dash(reel_buffer **out, const reel_manifest *manifest, const char *pattern, reel_error *err)
{
    reel_error e = RL_ERROR_INIT;
    int rc;
    if (out)
        *out = NULL;
    if (!pattern)
        pattern = "{digest}";
    if (!out || !manifest)
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, "manifest", "out and manifest must not be NULL");
    else
        rc = rl_blob_url_check(pattern, &e);
    if (rc < 0) {
        rl_err_export(err, &e);
        return rc;
    }
    const struct rl_manifest *m = &manifest->m;
    struct rl_buf xml;
    rl_buf_init(&xml, rl_ctx_env(manifest->ctx));
    rl_buf_text(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"urn:mpeg:dash:profile:isoff-main:2011\""
                " type=\"static\"");
    duration_attr(&xml, "mediaPresentationDuration", rl_manifest_duration(m));
    duration_attr(&xml, "minBufferTime", longest_chunk(m));
    rl_buf_text(&xml, ">\n  <Period id=\"0\" start=\"PT0S\">\n");
    for (uint32_t i = 0; i < m->track_count; i++)
        rendition(&xml, &m->tracks[i], i, pattern);
    rl_buf_text(&xml, "  </Period>\n</MPD>\n");
    rc = rl_buffer_take(out, manifest->ctx, &xml);
    if (rc < 0)
        rl_err_nomem(&e, "manifest");
    rl_err_export(err, &e);
    return rc;
}
