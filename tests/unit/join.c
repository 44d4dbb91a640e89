/* Joining chunks: what other programs say of the file, exact times, refusals, equal bytes. */
#include "media_kit.h"

#include "base/digest.h"
#include "chunk/init.h"
#include "media/jobs.h"
#include "media/mux/chunk_step.h"
#include "media/mux/cmaf.h"

#include <math.h>
#include <opus.h>
#include <sys/stat.h>

#define PRE_SKIP 312

struct movie {
    struct kit kit;
    struct rl_track tracks[3];
    struct rl_chunk chunks[3][8];
    struct rl_tag tags[2];
    struct rl_chapter chapters[2];
    struct rl_manifest manifest;
    char path[32];
    int fd;
    struct rl_join_result result;
};

/* Notes a chunk that was made for a track. */
static void add_chunk(struct movie *m, unsigned track, const struct rl_chunk_out *out, const void *data, size_t size)
{
    struct rl_track *t = &m->tracks[track];
    kit_keep(&m->kit, track * 32 + t->chunk_count, out, data, size);
    m->chunks[track][t->chunk_count] = (struct rl_chunk){ .index = t->chunk_count, .start = out->start,
                                                          .duration = out->duration, .samples = out->samples,
                                                          .bytes = size };
    assert_int_equal(rl_digest_bytes(data, size, m->chunks[track][t->chunk_count].digest), 0);
    t->chunks = m->chunks[track];
    t->chunk_count++;
    if (out->private_size) {
        t->private_size = out->private_size;
        memcpy(t->codec_private, out->codec_private, out->private_size);
    }
}

static int emit_video(void *user, const struct rl_chunk_out *out, const void *data, size_t size)
{
    struct movie *m = (struct movie *)user; /* the kit is its first member */
    add_chunk(m, 0, out, data, size);
    return 0;
}

/* Segments of 25 frames; with `uneven` the frames come at uneven times. */
static void add_video(struct movie *m, int segments, bool uneven)
{
    struct kit *k = &m->kit;
    struct rl_video_spec spec = kit_video(RL_ENCODER_AOM, 64, 48, false);
    spec.preset = 9;
    struct rl_track *t = &m->tracks[0];
    *t = (struct rl_track){ .kind = 1, .codec = "av1", .timescale = 1000, .width = 64, .height = 48,
                            .aspect = { 4, 3 }, .frame_rate = { 25, 1 }, .bit_depth = 8, .is_default = 1,
                            .colour = spec.picture.colour };
    k->host.emit = emit_video;
    for (int s = 0; s < segments; s++) {
        struct rl_step *top = NULL, *chunk = NULL;
        struct rl_chunk_params params = { .index = (uint32_t)s, .time_base = { 1, 1000 }, .timescale = 1000 };
        assert_int_equal(rl_encode_video_open(&top, &k->flow, &spec, 1), 0);
        assert_int_equal(rl_chunk_open(&chunk, &k->flow, &params), 0);
        top->next = chunk;
        for (int i = 0; i < 25; i++) {
            AVFrame *f = kit_frame(&spec, i, s * 1000 + i * 40 + (uneven ? i % 3 * 3 : 0));
            assert_int_equal(rl_push_frame(top, f), 0);
            av_frame_free(&f);
        }
        rl_chunk_counts(chunk, 25, 0, s * 1000 + 1000);
        assert_int_equal(rl_push_flush(top), 0);
        rl_steps_close(&top);
    }
}

/* A tone of so many 48 kHz samples, in chunks of 50 packets, its end padding in the last sample's duration. */
static void add_sound(struct movie *m, unsigned track, int64_t samples)
{
    struct rl_track *t = &m->tracks[track];
    *t = (struct rl_track){ .kind = 2, .codec = "opus", .timescale = 48000, .channels = 1, .pre_skip = PRE_SKIP,
                            .private_size = 19, .language = "deu", .is_default = 1 };
    static const uint8_t head[19] = { 'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 1, PRE_SKIP & 255, PRE_SKIP >> 8,
                                      0x80, 0xbb, 0, 0, 0, 0, 0 };
    memcpy(t->codec_private, head, sizeof(head));
    int rc;
    OpusEncoder *enc = opus_encoder_create(48000, 1, OPUS_APPLICATION_AUDIO, &rc);
    assert_non_null(enc);
    int64_t total = samples + PRE_SKIP;
    static uint8_t bytes[50][1500];
    struct rl_sample list[50];
    size_t n = 0;
    for (int64_t at = 0; at < total; at += 960) {
        float pcm[960];
        for (int i = 0; i < 960; i++)
            pcm[i] = (float)(0.3 * sin((double)(at + i) * 0.05));
        rc = opus_encode_float(enc, pcm, 960, bytes[n], sizeof(bytes[n]));
        assert_true(rc > 0);
        list[n] = (struct rl_sample){ bytes[n], (size_t)rc, at, total - at < 960 ? total - at : 960, 1 };
        if (++n == 50 || at + 960 >= total) {
            struct rl_buf buf;
            rl_buf_init(&buf, &m->kit.env);
            assert_int_equal(rl_cmaf_write(&buf, t->chunk_count + 1, list, n, &m->kit.err), 0);
            int64_t end = list[n - 1].ts + list[n - 1].duration;
            struct rl_chunk_out out = { .start = list[0].ts, .duration = end - list[0].ts,
                                        .samples = (uint64_t)(end - list[0].ts) };
            add_chunk(m, track, &out, buf.data, buf.size);
            rl_buf_free(&buf);
            n = 0;
        }
    }
    opus_encoder_destroy(enc);
}

static const char vtt[] = "WEBVTT\n\nNOTE not a cue\nof two lines\n\nfirst\n00:00.500 --> 00:01.250 line:0\n"
                          "Hello &amp; <i>you</i>\nsecond line\n\n00:00:01.500 --> 00:00:01.900\nBye\n";

static void add_text(struct movie *m, unsigned track)
{
    m->tracks[track] = (struct rl_track){ .kind = 3, .codec = "webvtt", .timescale = 1000, .language = "eng",
                                          .title = (char *)"English" };
    struct rl_chunk_out out = { .duration = 1900, .samples = 2 };
    add_chunk(m, track, &out, vtt, sizeof(vtt) - 1);
}

static void begin(struct movie *m)
{
    memset(m, 0, sizeof(*m));
    kit_begin(&m->kit);
    m->manifest = (struct rl_manifest){ .version = 1, .generator = "libreel 0.1.0", .tracks = m->tracks };
    snprintf(m->path, sizeof(m->path), "/tmp/reel-join-XXXXXX");
    m->fd = mkstemp(m->path);
    assert_true(m->fd >= 0);
}

static int join(struct movie *m, uint32_t tracks)
{
    m->manifest.track_count = tracks;
    return rl_job_join(&m->kit.flow, m->fd, &m->manifest, &m->result);
}

static void must_join(struct movie *m, uint32_t tracks)
{
    if (join(m, tracks) != 0)
        fail_msg("join: %s", m->kit.err.text);
    struct stat st;
    assert_int_equal(fstat(m->fd, &st), 0);
    assert_int_equal((uint64_t)st.st_size, m->result.bytes);
}

static void end(struct movie *m)
{
    close(m->fd);
    unlink(m->path);
    kit_end(&m->kit);
}

static void add_meta(struct movie *m)
{
    m->tags[0] = (struct rl_tag){ (char *)"title", (char *)"A title" };
    m->tags[1] = (struct rl_tag){ (char *)"artist", (char *)"Somebody" };
    m->chapters[0] = (struct rl_chapter){ 0, 1000000, (char *)"One" };
    m->chapters[1] = (struct rl_chapter){ 1000000, 3000000, (char *)"Two" };
    m->manifest.tags = m->tags;
    m->manifest.tag_count = 2;
    m->manifest.chapters = m->chapters;
    m->manifest.chapter_count = 2;
}

/* What our own verification says of the joined file. */
static void check_verify(struct movie *m, bool decode, uint64_t frames, uint64_t samples)
{
    struct rl_verify_spec spec = { .decode = decode };
    struct rl_verify_result v;
    if (rl_job_verify(&m->kit.flow, m->fd, &spec, &v) != 0)
        fail_msg("verify: %s", m->kit.err.text);
    assert_int_equal(v.cues_at_front, 1);
    assert_int_equal(v.track_count, m->manifest.track_count);
    for (uint32_t i = 0; i < v.track_count; i++) {
        const struct rl_verify_track *t = &v.tracks[i];
        assert_int_equal(t->kind, m->tracks[i].kind);
        assert_int_equal(t->disorder, 0);
        if (t->kind == 3) {
            assert_int_equal(t->samples, 2);
            assert_int_equal(t->start, 500000);
            assert_int_equal(t->end, 1900000);
        } else {
            assert_int_equal(t->start, 0);
            assert_int_equal(t->samples, t->kind == 1 ? frames : samples);
            assert_int_equal(t->end, t->kind == 1 ? (int64_t)frames * 40000
                                                 : rl_rescale((int64_t)samples, (reel_ratio){ 1, 48000 }, RL_US));
        }
    }
    rl_free(&m->kit.env, v.tracks);
}

static void whole(void **state)
{
    (void)state;
    struct movie m;
    begin(&m);
    add_video(&m, 3, false);
    add_sound(&m, 1, 3 * 48000 - 100);
    add_text(&m, 2);
    add_meta(&m);
    must_join(&m, 3);
    assert_int_equal(m.result.duration, 3000000);
    assert_int_equal(m.result.packets, 75 + 151 + 2);
    check_verify(&m, false, 75, 3 * 48000 - 100);
    check_verify(&m, true, 75, 3 * 48000 - 100);
    if (kit_has("ffprobe")) {
        assert_string_equal(kit_run("ffprobe -v warning -show_entries format=duration -of csv=p=0 %s 2>&1", m.path),
                            "3.000000\n");
        assert_string_equal(kit_run("ffmpeg -v warning -i %s -map 0 -c copy -f null - 2>&1", m.path), "");
        assert_string_equal(kit_run("ffmpeg -v warning -i %s -map 0:v -map 0:a -f null - 2>&1", m.path), "");
        /* sound: exactly what went in */
        assert_string_equal(kit_run("ffmpeg -v error -i %s -map 0:a -f s16le - | wc -c", m.path), "287800\n");
        assert_string_equal(kit_run("ffprobe -v error -count_frames -select_streams v -show_entries "
                                    "stream=nb_read_frames,sample_aspect_ratio,avg_frame_rate,start_time "
                                    "-of csv=p=0 %s", m.path), "4:3,25/1,0.000000,75\n");
        assert_string_equal(kit_run("ffprobe -v error -show_entries format_tags=title,ARTIST:"
                                    "chapter=start_time,end_time:chapter_tags=title -of csv=p=0 %s", m.path),
                            "0.000000,1.000000,One\n1.000000,3.000000,Two\nA title,Somebody\n");
        assert_string_equal(kit_run("ffprobe -v error -select_streams s -show_entries "
                                    "packet=pts,duration:stream=codec_name:stream_tags=language,title -of csv=p=0 %s "
                                    "| sed 's/,$//' | grep .", m.path), "500,750\n1500,400\nwebvtt,eng,English\n");
        assert_string_equal(kit_run("ffmpeg -v error -copyts -i %s -map 0:s -c copy -f webvtt -", m.path),
                            "WEBVTT\n\nfirst\n00:00.500 --> 00:01.250 line:0\nHello &amp; <i>you</i>\nsecond line\n\n"
                            "00:01.500 --> 00:01.900\nBye\n");
    }
    if (kit_has("mkvmerge")) {
        const char *said = kit_run("mkvmerge -o %s.mkv %s 2>&1; rm -f %s.mkv", m.path, m.path, m.path);
        if (strstr(said, "Warning") || strstr(said, "Error"))
            fail_msg("mkvmerge: %s", said);
        const char *info = kit_run("LC_ALL=C mkvinfo -a %s 2>&1", m.path);
        assert_null(strstr(info, "nknown"));
        const char *cues = strstr(info, "|+ Cues"), *cluster = strstr(info, "|+ Cluster");
        assert_true(cues && cluster && cues < cluster);
        assert_non_null(strstr(info, "Discard padding: 15583333"));
        assert_non_null(strstr(info, "00:00:00.006500000"));
    }
    end(&m);
}

static void uneven_frames_keep_their_times(void **state)
{
    (void)state;
    struct movie m;
    begin(&m);
    add_video(&m, 2, true);
    must_join(&m, 1);
    if (kit_has("ffprobe")) {
        const char *times = kit_run("ffprobe -v error -show_entries packet=pts -of csv=p=0 %s", m.path);
        char want[2048] = "";
        for (int i = 0; i < 50; i++)
            snprintf(want + strlen(want), sizeof(want) - strlen(want), "%d\n",
                     i / 25 * 1000 + i % 25 * 40 + i % 25 % 3 * 3);
        assert_string_equal(times, want);
        assert_string_equal(kit_run("ffprobe -v error -show_entries packet=duration -of csv=p=0 %s | tail -n 1",
                                    m.path), "40\n");
    }
    end(&m);
}

/* Lengths around the borders of packets. (All in one packet is left out: FFmpeg 5.1 then forgets the pre-skip.) */
static void sound_is_sample_exact(void **state)
{
    (void)state;
    if (!kit_has("ffmpeg"))
        skip();
    static const int64_t lengths[] = { 649, 960, 1607, 1608, 1609, 48000, 300001 };
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct movie m;
        begin(&m);
        add_sound(&m, 0, lengths[i]);
        must_join(&m, 1);
        char want[32];
        snprintf(want, sizeof(want), "%lld\n", (long long)lengths[i] * 2);
        assert_string_equal(kit_run("ffmpeg -v warning -i %s -f s16le - | wc -c", m.path), want);
        end(&m);
    }
}

/* Behind their init segment, chunks of sound play as they are: pre-skip hidden, nothing lost. */
static void sound_chunks_play_as_mp4(void **state)
{
    (void)state;
    if (!kit_has("ffmpeg"))
        skip();
    struct movie m;
    begin(&m);
    add_sound(&m, 0, 120000);
    struct rl_buf init;
    rl_buf_init(&init, &m.kit.env);
    assert_int_equal(rl_init_write(&init, &m.tracks[0], &m.kit.err), 0);
    kit_write(m.path, init.data, init.size, "wb");
    for (uint32_t i = 0; i < m.tracks[0].chunk_count; i++)
        kit_write(m.path, m.kit.chunks[i].data, m.kit.chunks[i].size, "ab");
    rl_buf_free(&init);
    assert_string_equal(kit_run("ffprobe -v warning -show_entries stream=codec_name,sample_rate,channels:"
                                "stream_tags=language -of csv=p=0 %s 2>&1", m.path), "opus,48000,1,deu\n");
    long bytes = atol(kit_run("ffmpeg -v warning -i %s -f s16le - | wc -c", m.path));
    /* FFmpeg 5.1 does not ask how long the last packet lasts, and plays it to its end. */
    assert_true(bytes >= 240000 && bytes < 240000 + 2 * 960);
    assert_int_equal(atol(kit_run("ffprobe -v error -show_entries packet=pts -of csv=p=0 %s | head -n 1", m.path)),
                     -PRE_SKIP);
    end(&m);
}

/* HDR: the metadata is in the track header too, where players look first. */
static void hdr_is_in_the_header(void **state)
{
    (void)state;
    if (!kit_has("ffprobe"))
        skip();
    struct movie m;
    begin(&m);
    add_video(&m, 1, false);
    struct rl_video_spec spec = kit_video(RL_ENCODER_AOM, 64, 48, true);
    m.tracks[0].mastering = spec.mastering;
    m.tracks[0].light = spec.light;
    m.tracks[0].colour = spec.picture.colour;
    must_join(&m, 1);
    const char *said = kit_run("ffprobe -v warning -show_streams %s 2>&1", m.path);
    assert_non_null(strstr(said, "side_data_type=Mastering display metadata"));
    assert_non_null(strstr(said, "max_content=1000"));
    assert_non_null(strstr(said, "max_average=400"));
    struct rl_buf init;
    rl_buf_init(&init, &m.kit.env);
    assert_int_equal(rl_init_write(&init, &m.tracks[0], &m.kit.err), 0);
    kit_write(m.path, init.data, init.size, "wb");
    kit_write(m.path, m.kit.chunks[0].data, m.kit.chunks[0].size, "ab");
    rl_buf_free(&init);
    said = kit_run("ffprobe -v warning -show_streams %s 2>&1", m.path);
    assert_non_null(strstr(said, "red_x=34000/50000"));
    assert_non_null(strstr(said, "max_luminance=10000000/10000"));
    assert_non_null(strstr(said, "max_content=1000"));
    end(&m);
}

static void same_bytes_twice(void **state)
{
    (void)state;
    struct movie m;
    begin(&m);
    add_video(&m, 2, false);
    add_sound(&m, 1, 96000);
    must_join(&m, 2);
    char first[128];
    snprintf(first, sizeof(first), "%s", kit_run("sha256sum < %s", m.path));
    assert_int_equal(ftruncate(m.fd, 0), 0);
    must_join(&m, 2);
    assert_string_equal(first, kit_run("sha256sum < %s", m.path));
    end(&m);
}

/* What verification must see: an end that is missing, pictures that do not decode. */
static void damage_is_found(void **state)
{
    (void)state;
    struct movie m;
    begin(&m);
    add_video(&m, 2, false);
    must_join(&m, 1);
    struct rl_verify_spec spec = { 0 };
    struct rl_verify_result v;
    assert_int_equal(ftruncate(m.fd, (off_t)m.result.bytes - 20), 0);
    int rc = rl_job_verify(&m.kit.flow, m.fd, &spec, &v);
    assert_true(rc < 0 || v.tracks[0].samples < 50);
    rl_free(&m.kit.env, v.tracks);
    m.kit.err = RL_ERROR_INIT;

    must_join(&m, 1);
    uint8_t zeros[400] = { 0 };
    assert_int_equal(pwrite(m.fd, zeros, sizeof(zeros), (off_t)m.result.bytes - 600), (ssize_t)sizeof(zeros));
    spec.decode = 1;
    rc = rl_job_verify(&m.kit.flow, m.fd, &spec, &v);
    assert_true(rc < 0 || v.tracks[0].samples < 50);
    rl_free(&m.kit.env, v.tracks);
    end(&m);
}

static void refusals(void **state)
{
    (void)state;
    struct movie m;
    begin(&m);
    add_video(&m, 2, false);
    uint8_t *data = m.kit.chunks[1].data;
    size_t size = m.kit.chunks[1].size;

    m.chunks[0][1].bytes++; /* another size than the manifest's */
    assert_int_equal(join(&m, 1), REEL_ERR_CORRUPT);
    m.chunks[0][1].bytes--;
    m.kit.err = RL_ERROR_INIT;

    m.chunks[0][1].samples++; /* another number of frames */
    assert_int_equal(join(&m, 1), REEL_ERR_CORRUPT);
    m.chunks[0][1].samples--;
    m.kit.err = RL_ERROR_INIT;

    data[3] ^= 1; /* damaged */
    assert_int_equal(join(&m, 1), REEL_ERR_CORRUPT);
    data[3] ^= 1;
    m.kit.err = RL_ERROR_INIT;
    assert_true(size > 100);

    data[size - 40] ^= 1; /* damaged where only a decoder would see it */
    assert_int_equal(join(&m, 1), REEL_ERR_CORRUPT);
    assert_non_null(strstr(m.kit.err.text, "chunk 1 of rendition 0"));
    data[size - 40] ^= 1;
    m.kit.err = RL_ERROR_INIT;

    m.kit.env.limits.output_bytes = 1000;
    assert_int_equal(join(&m, 1), REEL_ERR_LIMIT_OUTPUT);
    m.kit.env.limits.output_bytes = 1 << 30;
    m.kit.err = RL_ERROR_INIT;

    atomic_store(&m.kit.cancel, true);
    assert_int_equal(join(&m, 1), REEL_ERR_CANCELLED);
    atomic_store(&m.kit.cancel, false);
    m.kit.err = RL_ERROR_INIT;

    m.tracks[0].private_size = 0;
    assert_int_equal(join(&m, 1), REEL_ERR_MUX);
    m.kit.err = RL_ERROR_INIT;
    end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(uneven_frames_keep_their_times),
        cmocka_unit_test(sound_is_sample_exact),
        cmocka_unit_test(sound_chunks_play_as_mp4),
        cmocka_unit_test(hdr_is_in_the_header),
        cmocka_unit_test(same_bytes_twice),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
