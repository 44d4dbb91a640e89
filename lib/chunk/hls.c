/* The renditions as HLS playlists: RFC 8216bis, version 7, fragmented MP4. */
#include "manifest.h"

#include "../ctx/ctx.h"

#include <inttypes.h>
#include <stdio.h>

static void playlist(struct rl_buf *out, const struct rl_track *t, const char *pattern)
{
    int64_t longest = 0;
    for (uint32_t i = 0; i < t->chunk_count; i++)
        if (rl_track_us(t, t->chunks[i].duration) > longest)
            longest = rl_track_us(t, t->chunks[i].duration);
    rl_buf_printf(out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%" PRId64 "\n#EXT-X-MEDIA-SEQUENCE:0\n"
                  "#EXT-X-PLAYLIST-TYPE:VOD\n", longest > 1000000 ? (longest + 999999) / 1000000 : 1);
    if (t->kind != REEL_STREAM_TEXT) {
        rl_buf_text(out, "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"");
        rl_blob_url(out, pattern, t->init, t);
        rl_buf_text(out, "\"\n");
    }
    for (uint32_t i = 0; i < t->chunk_count; i++) {
        const struct rl_chunk *c = &t->chunks[i];
        /* Differences of rounded times, so that the sum over the list does not drift from the true end. */
        int64_t us = rl_track_us(t, c->start + c->duration) - rl_track_us(t, c->start);
        rl_buf_printf(out, "#EXTINF:%" PRId64 ".%06" PRId64 ",\n", us / 1000000, us % 1000000);
        rl_blob_url(out, pattern, c->digest, t);
        rl_buf_u8(out, '\n');
    }
    rl_buf_text(out, "#EXT-X-ENDLIST\n");
}

/* A quoted string may have neither quotation marks nor line breaks. */
static void quoted(struct rl_buf *out, const char *text)
{
    for (; *text; text++)
        rl_buf_u8(out, *text == '"' ? '\'' : (unsigned char)*text < 0x20 ? ' ' : (unsigned char)*text);
}

static void playlist_url(struct rl_buf *out, const char *pattern, uint32_t number)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", number);
    rl_url(out, pattern, "{rendition}", text);
}

static void group_member(struct rl_buf *out, const struct rl_track *t, uint32_t number, bool first, const char *pattern)
{
    bool text = t->kind == REEL_STREAM_TEXT;
    rl_buf_printf(out, "#EXT-X-MEDIA:TYPE=%s,GROUP-ID=\"%s\",NAME=\"", text ? "SUBTITLES" : "AUDIO",
                  text ? "text" : "audio");
    if (t->title)
        quoted(out, t->title);
    else
        rl_buf_printf(out, "%s %u", t->language[0] ? t->language : text ? "text" : "audio", number); /* names differ */
    rl_buf_printf(out, "\",DEFAULT=%s,AUTOSELECT=YES", !text && first ? "YES" : "NO");
    if (t->language[0])
        rl_buf_printf(out, ",LANGUAGE=\"%s\"", t->language);
    if (text && t->is_forced)
        rl_buf_text(out, ",FORCED=YES");
    if (!text)
        rl_buf_printf(out, ",CHANNELS=\"%d\"", (int)t->channels);
    rl_buf_text(out, ",URI=\"");
    playlist_url(out, pattern, number);
    rl_buf_text(out, "\"\n");
}

static const char *video_range(const struct rl_track *t)
{
    return t->colour.transfer == 16 ? "PQ" : t->colour.transfer == 18 ? "HLG" : "SDR"; /* ITU-T H.273 */
}

struct groups {
    const struct rl_track *audio; /* first of the group */
    const struct rl_track *text;
    uint64_t peak, rate; /* of the dearest member of the audio group */
};

static void variant(struct rl_buf *out, const struct rl_track *t, uint32_t number, const struct groups *g,
                    const char *pattern)
{
    bool video = t->kind == REEL_STREAM_VIDEO;
    rl_buf_printf(out, "#EXT-X-STREAM-INF:BANDWIDTH=%" PRIu64 ",AVERAGE-BANDWIDTH=%" PRIu64 ",CODECS=\"%s",
                  rl_track_peak(t) + (video ? g->peak : 0), rl_track_rate(t) + (video ? g->rate : 0), t->codec_string);
    if (video && g->audio)
        rl_buf_printf(out, ",%s", g->audio->codec_string);
    rl_buf_u8(out, '"');
    if (video) {
        rl_buf_printf(out, ",RESOLUTION=%dx%d,VIDEO-RANGE=%s", (int)t->width, (int)t->height, video_range(t));
        if (t->frame_rate.num > 0 && t->frame_rate.den > 0) {
            int64_t milli = (int64_t)t->frame_rate.num * 1000 / t->frame_rate.den;
            rl_buf_printf(out, ",FRAME-RATE=%" PRId64 ".%03" PRId64, milli / 1000, milli % 1000);
        }
        if (g->audio)
            rl_buf_text(out, ",AUDIO=\"audio\"");
    }
    if (g->text)
        rl_buf_text(out, ",SUBTITLES=\"text\"");
    rl_buf_u8(out, '\n');
    playlist_url(out, pattern, number);
    rl_buf_u8(out, '\n');
}

static void multivariant(struct rl_buf *out, const struct rl_manifest *m, const char *pattern)
{
    struct groups g = { 0 };
    bool video = false;
    for (uint32_t i = 0; i < m->track_count; i++)
        video = video || m->tracks[i].kind == REEL_STREAM_VIDEO;
    rl_buf_text(out, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    for (uint32_t i = 0; i < m->track_count; i++) {
        const struct rl_track *t = &m->tracks[i];
        if (t->kind == REEL_STREAM_AUDIO && video) {
            group_member(out, t, i, !g.audio, pattern);
            g.audio = g.audio ? g.audio : t;
            g.peak = rl_track_peak(t) > g.peak ? rl_track_peak(t) : g.peak;
            g.rate = rl_track_rate(t) > g.rate ? rl_track_rate(t) : g.rate;
        } else if (t->kind == REEL_STREAM_TEXT) {
            group_member(out, t, i, !g.text, pattern);
            g.text = g.text ? g.text : t;
        }
    }
    for (uint32_t i = 0; i < m->track_count; i++)
        if (m->tracks[i].kind == (video ? REEL_STREAM_VIDEO : REEL_STREAM_AUDIO))
            variant(out, &m->tracks[i], i, &g, pattern);
}

int reel_manifest_hls(reel_buffer **out, const reel_manifest *manifest, int32_t rendition, const char *pattern,
                      reel_error *err)
{
    static const char *const lists[] = { "{rendition}", NULL };
    reel_error e = RL_ERROR_INIT;
    int rc;
    if (out)
        *out = NULL;
    if (!pattern)
        pattern = rendition < 0 ? "{rendition}.m3u8" : "{digest}";
    if (!out || !manifest)
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, "manifest", "out and manifest must not be NULL");
    else if (rendition < -1 || (rendition >= 0 && (uint32_t)rendition >= manifest->m.track_count))
        rc = rl_err(&e, REEL_ERR_INVALID_ARG, "manifest", "there is no rendition %d", (int)rendition);
    else if (rendition < 0)
        rc = rl_url_check(pattern, lists, manifest->m.track_count > 1, &e);
    else
        rc = rl_blob_url_check(pattern, &e);
    if (rc < 0) {
        rl_err_export(err, &e);
        return rc;
    }
    struct rl_buf text;
    rl_buf_init(&text, rl_ctx_env(manifest->ctx));
    if (rendition < 0)
        multivariant(&text, &manifest->m, pattern);
    else
        playlist(&text, &manifest->m.tracks[rendition], pattern);
    rc = rl_buffer_take(out, manifest->ctx, &text);
    if (rc < 0)
        rl_err_nomem(&e, "manifest");
    rl_err_export(err, &e);
    return rc;
}
