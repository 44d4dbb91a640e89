/* Tables for spec.h: what a job may ask for and what it may answer. */
#include "spec.h"

#include "table.h"

#define MAX_CUTS 1000000
#define MAX_CHUNKS 1000000

#define S struct rl_probe_spec
static const struct rl_field probe_rows[] = {
    RL_TEXT(S, format),
    RL_FLAG(S, sample),
};
const struct rl_shape rl_probe_spec_shape = RL_SHAPE("probe", S, probe_rows);
#undef S

#define S struct rl_cut
static const struct rl_field cut_rows[] = {
    RL_TIME(S, ts),
    RL_FLAG(S, key),
};
static const struct rl_shape cut_shape = RL_SHAPE("cut", S, cut_rows);
#undef S

#define S struct rl_picture_spec
static const struct rl_field picture_rows[] = {
    RL_I32(S, deinterlace, 0, 2),
    RL_I32(S, field_parity, -1, 1),
    RL_FLAG(S, mirrored),
    RL_I32(S, rotation, 0, 270),
    RL_I32(S, crop_x, 0, 65536),
    RL_I32(S, crop_y, 0, 65536),
    RL_I32(S, crop_width, 0, 65536),
    RL_I32(S, crop_height, 0, 65536),
    RL_I32(S, width, 1, 65536),
    RL_I32(S, height, 1, 65536),
    RL_I32(S, pad_width, 0, 65536),
    RL_I32(S, pad_height, 0, 65536),
    RL_RATIO(S, frame_rate_cap),
    RL_DOUBLE(S, denoise, 0, 10),
    RL_FLAG(S, tonemap),
    RL_TEXT(S, expert),
    RL_TEXT(S, pixel_format),
    RL_SUB(S, source, rl_colour_shape),
    RL_SUB(S, colour, rl_colour_shape),
};
static const struct rl_shape picture_shape = RL_SHAPE("picture", S, picture_rows);
#undef S

#define S struct rl_tap_spec
static const struct rl_field tap_rows[] = {
    RL_I64(S, interval, 0, INT64_MAX),
    RL_I32(S, tile_width, 0, 4096),
    RL_I32(S, tile_height, 0, 4096),
    RL_I32(S, poster_width, 0, 4096),
    RL_I32(S, poster_height, 0, 4096),
    RL_I32(S, moving_width, 0, 4096),
    RL_I32(S, moving_height, 0, 4096),
    RL_I32(S, moving_rate, 0, 60),
    RL_I32(S, moments, 0, 100),
    RL_I64(S, moment, 0, INT64_MAX),
    RL_I64(S, duration, 0, INT64_MAX),
};
static const struct rl_shape tap_shape = RL_SHAPE("tap", S, tap_rows);
#undef S

#define S struct rl_video_spec
static const struct rl_field video_rows[] = {
    RL_TEXT(S, format),
    RL_I32(S, stream, 0, 999),
    RL_TEXT(S, codec),
    RL_RATIO(S, time_base),
    RL_F(RL_FIELD_I64, S, origin, 0, 0),
    RL_F(RL_FIELD_U32, S, timescale, 1, INT32_MAX),
    RL_U32(S, first_index, 0),
    RL_ARRAY(S, cuts, cut_count, MAX_CUTS, cut_shape),
    RL_I64(S, every, 0, INT64_MAX),
    RL_TIME(S, trim_start),
    RL_TIME(S, trim_end),
    RL_I64(S, frame_duration, 1, INT64_MAX),
    RL_SUB(S, picture, picture_shape),
    RL_RATIO(S, aspect),
    RL_I32(S, encoder, 1, 2),
    RL_I32(S, preset, 0, 9),
    RL_I32(S, crf, 1, 63),
    RL_I32(S, grain, 0, 50),
    RL_RATIO(S, frame_rate),
    RL_SUB(S, mastering, rl_mastering_shape),
    RL_SUB(S, light, rl_light_shape),
    RL_I32(S, threads, 0, 1024),
    RL_SUB(S, tap, tap_shape),
};
const struct rl_shape rl_video_spec_shape = RL_SHAPE("video", S, video_rows);
#undef S

#define S struct rl_audio_spec
static const struct rl_field audio_rows[] = {
    RL_TEXT(S, format),
    RL_I32(S, stream, 0, 999),
    RL_TEXT(S, codec),
    RL_RATIO(S, time_base),
    RL_F(RL_FIELD_I64, S, origin, 0, 0),
    RL_TIME(S, trim_start),
    RL_TIME(S, trim_end),
    RL_I64(S, shift, -(INT64_C(1) << 52), INT64_C(1) << 52),
    RL_I64(S, length, 0, INT64_MAX),
    RL_TIME(S, duration),
    RL_I32(S, channels, 1, 8),
    RL_I32(S, family, 0, 1),
    RL_I32(S, bit_rate, 500, 4096000),
    RL_I32(S, complexity, 0, 10),
    RL_FLAG(S, seekable),
    RL_DOUBLE(S, gain, -60, 60),
    RL_FLAG(S, measure),
    RL_DOUBLE(S, target, -70, 0),
    RL_FLAG(S, has_target),
    RL_DOUBLE(S, peak_limit, -70, 0),
    RL_F(RL_FIELD_U32, S, segment_packets, 1, 1000000),
    RL_U32(S, pre_roll_packets, 1000),
    RL_I32(S, threads, 0, 1024),
};
const struct rl_shape rl_audio_spec_shape = RL_SHAPE("audio", S, audio_rows);
#undef S

#define S struct rl_text_spec
static const struct rl_field text_rows[] = {
    RL_TEXT(S, format),
    RL_I32(S, stream, 0, 999),
    RL_TEXT(S, codec),
    RL_RATIO(S, time_base),
    RL_F(RL_FIELD_I64, S, origin, 0, 0),
    RL_TIME(S, trim_start),
    RL_TIME(S, trim_end),
};
const struct rl_shape rl_text_spec_shape = RL_SHAPE("text", S, text_rows);
#undef S

#define S struct rl_copy_spec
static const struct rl_field copy_rows[] = {
    RL_TEXT(S, format),
    RL_I32(S, stream, 0, 999),
    RL_TEXT(S, codec),
    RL_RATIO(S, time_base),
    RL_F(RL_FIELD_I64, S, origin, 0, 0),
    RL_F(RL_FIELD_U32, S, timescale, 1, INT32_MAX),
    RL_I64(S, every, 1, INT64_MAX),
    RL_I64(S, frame_duration, 0, INT64_MAX),
};
const struct rl_shape rl_copy_spec_shape = RL_SHAPE("copy", S, copy_rows);
#undef S

#define S struct rl_still_source
static const struct rl_field still_source_rows[] = {
    RL_TEXT(S, type),
    RL_TEXT(S, format),
    RL_I32(S, stream, 0, 999),
    RL_TEXT(S, codec),
    RL_RATIO(S, time_base),
    RL_F(RL_FIELD_I64, S, origin, 0, 0),
    RL_FLAG(S, attached),
    RL_TIME(S, time),
    RL_I32(S, candidates, 0, 100),
    RL_TIME(S, duration),
};
static const struct rl_shape still_source_shape = RL_SHAPE("picture source", S, still_source_rows);
#undef S

#define S struct rl_still_spec
static const struct rl_field still_rows[] = {
    RL_I32(S, clap_x, 0, 65536),
    RL_I32(S, clap_y, 0, 65536),
    RL_I32(S, clap_width, 0, 65536),
    RL_I32(S, clap_height, 0, 65536),
    RL_FLAG(S, mirrored),
    RL_I32(S, rotation, 0, 270),
    RL_I32(S, crop_x, 0, 65536),
    RL_I32(S, crop_y, 0, 65536),
    RL_I32(S, crop_width, 0, 65536),
    RL_I32(S, crop_height, 0, 65536),
    RL_I32(S, width, 1, 65536),
    RL_I32(S, height, 1, 65536),
    RL_I32(S, window_width, 0, 65536),
    RL_I32(S, window_height, 0, 65536),
    RL_I32(S, focus, 0, 1),
    RL_DOUBLE(S, focus_x, 0, 1),
    RL_DOUBLE(S, focus_y, 0, 1),
    RL_I32(S, pad_width, 0, 65536),
    RL_I32(S, pad_height, 0, 65536),
    RL_FLAG(S, has_background),
    RL_U32(S, background, 0xffffff),
    RL_FLAG(S, tonemap),
    RL_I32(S, profile, 0, 1),
    RL_I32(S, metadata, 0, 2),
    RL_SUB(S, source, rl_colour_shape),
    RL_I32(S, format, 1, 2),
    RL_I32(S, quality, 0, 100),
    RL_I32(S, speed, 0, 9),
    RL_FLAG(S, lossless),
    RL_I32(S, depth, 8, 12),
    RL_I32(S, chroma, 400, 444),
    RL_FLAG(S, alpha),
    RL_U64(S, max_bytes),
    RL_FLAG(S, animated),
    RL_I32(S, threads, 0, 1024),
    RL_I32(S, stored_width, 0, INT32_MAX),
    RL_I32(S, stored_height, 0, INT32_MAX),
};
static const struct rl_shape still_shape = RL_SHAPE("picture", S, still_rows);
#undef S

#define S struct rl_picture_job_spec
static const struct rl_field picture_job_rows[] = {
    RL_SUB(S, source, still_source_shape),
    RL_SUB(S, still, still_shape),
};
const struct rl_shape rl_picture_job_spec_shape = RL_SHAPE("picture job", S, picture_job_rows);
#undef S

#define S struct rl_picture_result
static const struct rl_field picture_result_rows[] = {
    RL_U32(S, chunks, 1),
    RL_I32(S, width, 0, 65536),
    RL_I32(S, height, 0, 65536),
    RL_U64(S, frames_in),
    RL_U64(S, frames_out),
    RL_I64(S, duration, 0, INT64_MAX),
    RL_TIME(S, time),
    RL_I32(S, quality, 0, 100),
    RL_U64(S, decode_errors),
    RL_FLAG(S, truncated),
    RL_TEXT(S, note),
};
const struct rl_shape rl_picture_result_shape = RL_SHAPE("picture", S, picture_result_rows);
#undef S

#define S struct rl_preview_spec
static const struct rl_field preview_rows[] = {
    RL_SUB(S, source, still_source_shape),
    RL_SUB(S, poster, still_shape),
    RL_I32(S, posters, 0, 20),
    RL_FLAG(S, storyboard),
    RL_I32(S, tile_width, 0, 4096),
    RL_I32(S, tile_height, 0, 4096),
    RL_I32(S, columns, 0, 100),
    RL_I32(S, rows, 0, 100),
    RL_I64(S, interval, 0, INT64_MAX),
    RL_I32(S, animation, 0, 2),
    RL_I32(S, animation_width, 0, 4096),
    RL_I32(S, animation_height, 0, 4096),
    RL_I32(S, moments, 0, 100),
    RL_I64(S, moment, 0, INT64_MAX),
    RL_I32(S, animation_rate, 0, 60),
    RL_FLAG(S, placeholder),
    RL_FLAG(S, from_tiles),
    RL_U32(S, tiles, MAX_CHUNKS),
};
const struct rl_shape rl_preview_spec_shape = RL_SHAPE("preview", S, preview_rows);
#undef S

#define S struct rl_wave_spec
static const struct rl_field wave_rows[] = {
    RL_TEXT(S, format),
    RL_I32(S, stream, 0, 999),
    RL_TEXT(S, codec),
    RL_RATIO(S, time_base),
    RL_F(RL_FIELD_I64, S, origin, 0, 0),
    RL_TIME(S, trim_start),
    RL_TIME(S, trim_end),
    RL_TIME(S, duration),
    RL_FLAG(S, waveform),
    RL_I32(S, samples_per_pixel, 1, 1 << 24),
    RL_FLAG(S, split),
    RL_I32(S, bits, 8, 16),
    RL_I32(S, width, 0, 16383),
    RL_I32(S, height, 0, 16383),
    RL_U32(S, colour, 0),
    RL_U32(S, background, 0),
    RL_I32(S, picture, 1, 2),
    RL_FLAG(S, loudness),
    RL_I32(S, threads, 0, 1024),
};
const struct rl_shape rl_wave_spec_shape = RL_SHAPE("wave", S, wave_rows);
#undef S

#define S struct rl_product
static const struct rl_field product_rows[] = {
    RL_TEXT(S, name),
    RL_TEXT(S, kind),
    RL_TEXT(S, mime),
    RL_U32(S, chunk, MAX_CHUNKS),
    RL_I32(S, width, 0, 65536),
    RL_I32(S, height, 0, 65536),
    RL_TIME(S, time),
    RL_I64(S, duration, 0, INT64_MAX),
    RL_U32(S, frames, 0),
};
static const struct rl_shape product_shape = RL_SHAPE("product", S, product_rows);
#undef S

#define S struct rl_preview_result
static const struct rl_field preview_result_rows[] = {
    RL_U32(S, chunks, MAX_CHUNKS),
    RL_ARRAY(S, products, product_count, 10000, product_shape),
    RL_U64(S, frames_in),
    RL_U64(S, decode_errors),
    RL_FLAG(S, truncated),
    RL_TEXT(S, blurhash),
    RL_TEXT(S, thumbhash),
    RL_TEXT(S, average),
    RL_DOUBLE(S, loudness, -1000, 1000),
    RL_DOUBLE(S, loudness_range, -1000, 1000),
    RL_DOUBLE(S, true_peak, -1000, 1000),
    RL_TEXT(S, note),
};
const struct rl_shape rl_preview_result_shape = RL_SHAPE("previews", S, preview_result_rows);
#undef S

#define S struct rl_run_result
static const struct rl_field run_rows[] = {
    RL_U32(S, chunks, MAX_CHUNKS),
    RL_U64(S, samples_in),
    RL_U64(S, samples_out),
    RL_U64(S, dropped),
    RL_U64(S, decode_errors),
    RL_U64(S, filled),
    RL_TIME(S, first),
    RL_TIME(S, end),
    RL_FLAG(S, truncated),
    RL_I32(S, channels_in, 0, 1024),
    RL_DOUBLE(S, loudness, -1000, 1000),
    RL_DOUBLE(S, loudness_range, -1000, 1000),
    RL_DOUBLE(S, true_peak, -1000, 1000),
    RL_TEXT(S, note),
};
const struct rl_shape rl_run_result_shape = RL_SHAPE("run", S, run_rows);
#undef S

#define S struct rl_chunk
static const struct rl_field chunk_rows[] = {
    RL_U32(S, index, 0),
    RL_F(RL_FIELD_I64, S, start, 0, 0),
    RL_I64(S, duration, 0, INT64_MAX),
    RL_U64(S, samples),
    RL_U64(S, bytes),
    RL_DIGEST(S, digest),
};
static const struct rl_shape chunk_shape = RL_SHAPE("chunk", S, chunk_rows);
#undef S

#define S struct rl_track
static const struct rl_field track_rows[] = {
    RL_I32(S, kind, 1, 3),
    RL_I32(S, stream, 0, 999),
    RL_TEXT(S, codec),
    RL_TEXT(S, codec_string),
    RL_TEXT(S, language),
    RL_STRING(S, title, 1 << 20),
    RL_FLAG(S, is_default),
    RL_FLAG(S, is_forced),
    RL_F(RL_FIELD_U32, S, timescale, 1, INT32_MAX),
    RL_BYTES(S, codec_private, private_size),
    RL_DIGEST(S, init),
    RL_I32(S, width, 0, 65536),
    RL_I32(S, height, 0, 65536),
    RL_RATIO(S, aspect),
    RL_RATIO(S, frame_rate),
    RL_I32(S, bit_depth, 0, 16),
    RL_SUB(S, colour, rl_colour_shape),
    RL_SUB(S, mastering, rl_mastering_shape),
    RL_SUB(S, light, rl_light_shape),
    RL_I32(S, channels, 0, 255),
    RL_I32(S, pre_skip, 0, 65535),
    RL_ARRAY(S, chunks, chunk_count, MAX_CHUNKS, chunk_shape),
};
static const struct rl_shape track_shape = RL_SHAPE("track", S, track_rows);
#undef S

#define S struct rl_manifest
static const struct rl_field manifest_rows[] = {
    RL_I32(S, version, 1, 1),
    RL_TEXT(S, generator),
    RL_ARRAY(S, tracks, track_count, 1000, track_shape),
    RL_ARRAY(S, tags, tag_count, 10000, rl_tag_shape),
    RL_ARRAY(S, chapters, chapter_count, 10000, rl_chapter_shape),
};
const struct rl_shape rl_manifest_shape = RL_SHAPE("manifest", S, manifest_rows);
#undef S

#define S struct rl_join_result
static const struct rl_field join_rows[] = {
    RL_U64(S, bytes),
    RL_TIME(S, duration),
    RL_U64(S, packets),
};
const struct rl_shape rl_join_result_shape = RL_SHAPE("join", S, join_rows);
#undef S

#define S struct rl_verify_track
static const struct rl_field verify_track_rows[] = {
    RL_I32(S, kind, 1, 5),
    RL_U64(S, samples),
    RL_TIME(S, start),
    RL_TIME(S, end),
    RL_U64(S, disorder),
};
static const struct rl_shape verify_track_shape = RL_SHAPE("verified-track", S, verify_track_rows);
#undef S

#define S struct rl_verify_spec
static const struct rl_field verify_spec_rows[] = {
    RL_FLAG(S, decode),
    RL_TEXT(S, type),
};
const struct rl_shape rl_verify_spec_shape = RL_SHAPE("verify", S, verify_spec_rows);
#undef S

#define S struct rl_verify_result
static const struct rl_field verify_rows[] = {
    RL_TIME(S, duration),
    RL_FLAG(S, cues_at_front),
    RL_ARRAY(S, tracks, track_count, 1000, verify_track_shape),
    RL_I32(S, width, 0, 65536),
    RL_I32(S, height, 0, 65536),
};
const struct rl_shape rl_verify_result_shape = RL_SHAPE("verified", S, verify_rows);
#undef S
