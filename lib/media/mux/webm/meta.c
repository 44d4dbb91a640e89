/* Chapters and Tags. */
#include "ebml.h"
#include "ids.h"
#include "layout.h"

#include <string.h>

static uint64_t nanoseconds(int64_t us)
{
    return us > 0 ? (uint64_t)us * 1000 : 0;
}

void rl_webm_chapters(struct rl_buf *out, const struct rl_manifest *manifest)
{
    size_t chapters = rl_ebml_begin(out, ID_CHAPTERS);
    size_t edition = rl_ebml_begin(out, ID_EDITION);
    for (uint32_t i = 0; i < manifest->chapter_count; i++) {
        const struct rl_chapter *c = &manifest->chapters[i];
        size_t atom = rl_ebml_begin(out, ID_CHAPTER_ATOM);
        rl_ebml_uint(out, ID_CHAPTER_UID, i + 1);
        rl_ebml_uint(out, ID_CHAPTER_START, nanoseconds(c->start));
        if (c->end != REEL_NO_TIME && c->end > c->start)
            rl_ebml_uint(out, ID_CHAPTER_END, nanoseconds(c->end));
        if (c->title && *c->title) {
            size_t display = rl_ebml_begin(out, ID_CHAPTER_DISPLAY);
            rl_ebml_text(out, ID_CHAPTER_STRING, c->title);
            rl_ebml_text(out, ID_CHAPTER_LANGUAGE, "und");
            rl_ebml_end(out, display);
        }
        rl_ebml_end(out, atom);
    }
    rl_ebml_end(out, edition);
    rl_ebml_end(out, chapters);
}

/* Matroska's names of tags are upper-case, words joined by underscores. */
static void write_name(struct rl_buf *out, const char *key)
{
    size_t size = strlen(key);
    rl_ebml_id(out, ID_TAG_NAME);
    rl_ebml_size(out, size, 0);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)key[i];
        rl_buf_u8(out, c >= 'a' && c <= 'z' ? c - 32u : c == ' ' ? '_' : c);
    }
}

void rl_webm_tags(struct rl_buf *out, const struct rl_manifest *manifest)
{
    size_t tags = rl_ebml_begin(out, ID_TAGS);
    size_t tag = rl_ebml_begin(out, ID_TAG);
    size_t targets = rl_ebml_begin(out, ID_TARGETS);
    rl_ebml_uint(out, ID_TARGET_TYPE_VALUE, 50); /* the whole */
    rl_ebml_end(out, targets);
    for (uint32_t i = 0; i < manifest->tag_count; i++) {
        size_t simple = rl_ebml_begin(out, ID_SIMPLE_TAG);
        write_name(out, manifest->tags[i].key);
        rl_ebml_text(out, ID_TAG_LANGUAGE, "und");
        rl_ebml_text(out, ID_TAG_STRING, manifest->tags[i].value);
        rl_ebml_end(out, simple);
    }
    rl_ebml_end(out, tag);
    rl_ebml_end(out, tags);
}
