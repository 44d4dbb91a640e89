#!/bin/sh
# update.sh [BUILD]: runs the examples over every file of the media folder that has a video's, a sound's or a picture's name, and
# writes verdicts.tsv anew. The table is then reviewed by hand: it says what is right, not what happens to come out.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$root/build-test}
media=$root/../shared/media
table=$root/tests/corpus/verdicts.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$media" && find . -type f | sed 's,^\./,,' | LC_ALL=C sort) | grep -iE \
    '\.(mp4|m4v|m4a|mov|3gp|3g2|avi|mkv|mka|webm|ts|m2ts|mts|flv|ogg|oga|ogv|opus|mp3|wav|rf64|bwf|flac|aac|aif|aiff|aifc|amr|adts|ac3|eac3|jpe?g|png|gif|tiff?|bmp|webp|hei[cf]|avif)$' \
    >"$work/names"
{
    grep '^#' "$table"
    "$build/tests/corpus/corpus" list "$table" "$media" "$build/examples" <"$work/names"
} >"$work/table"
cp "$work/table" "$table"
grep -v '^#' "$table" | cut -f 3 | sort | uniq -c | sort -rn
