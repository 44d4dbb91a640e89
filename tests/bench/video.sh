#!/bin/sh
# video.sh: 60 s of 1080p24 H.264 + AAC at about 8 Mbit/s to WebM, against ffmpeg with the same encoder preset, quality and bit
# rate of sound; from one thread to two; peak memory.
. "$SOURCE/tests/bench/kit.sh"
machine
seconds=60
input=$cache/1080p24.mp4
clip "$input" 1920 1080 24 "$seconds" 8M
echo "source: $(size "$input") bytes, $(calc "$(size "$input") * 8 / $seconds / 1e6") Mbit/s; $runs interleaved pairs, medians"

i=0
while [ $i -lt "$runs" ]; do
    "$MEASURE" "$work/ours" "$TRANSCODE" --quiet --no-resume "$input" "$work/ours.webm" >/dev/null
    "$MEASURE" "$work/peer" ffmpeg -nostdin -v error -y -i "$input" -c:v libsvtav1 -preset 10 -crf 35 -c:a libopus \
        -b:a 128k "$work/peer.webm"
    i=$((i + 1))
done
"$MEASURE" "$work/one" "$TRANSCODE" --quiet --no-resume --threads 1 "$input" "$work/one.webm" >/dev/null
"$MEASURE" "$work/two" "$TRANSCODE" --quiet --no-resume --threads 2 "$input" "$work/two.webm" >/dev/null

head_row "1080p24, default level"
row "wall, s" "$(median "$work/ours" 1)" "$(median "$work/peer" 1)" "$(ratio "$(median "$work/ours" 1)" "$(median "$work/peer" 1)")" "<= 1.00"
row "CPU, s" "$(median "$work/ours" 2)" "$(median "$work/peer" 2)" "$(ratio "$(median "$work/ours" 2)" "$(median "$work/peer" 2)")" "<= 1.02"
row "peak memory, MiB" "$(median "$work/ours" 3)" "$(median "$work/peer" 3)" "$(ratio "$(median "$work/ours" 3)" "$(median "$work/peer" 3)")" "<= 1.50"
row "x realtime" "$(ratio $seconds "$(median "$work/ours" 1)")" "$(ratio $seconds "$(median "$work/peer" 1)")" - ">= 2 (2 CPUs)"
ours=$(ssim "$work/ours.webm" "$input") peer=$(ssim "$work/peer.webm" "$input")
row "SSIM" "$ours" "$peer" "$(ratio "$ours" "$peer")" "0.99 to 1.01"
row "size, bytes" "$(size "$work/ours.webm")" "$(size "$work/peer.webm")" \
    "$(ratio "$(size "$work/ours.webm")" "$(size "$work/peer.webm")")" "0.99 to 1.01"
row "1 thread to 2, times faster" "$(ratio "$(median "$work/one" 1)" "$(median "$work/two" 1)")" - - ">= 1.85"
cmp "$work/one.webm" "$work/two.webm" && echo "one thread and two give the same bytes"
