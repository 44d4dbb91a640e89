#!/bin/sh
# audio.sh: ten minutes of MP3, WAV and FLAC to WebM, against ffmpeg with libopus at the same rate.
. "$SOURCE/tests/bench/kit.sh"
machine
seconds=600
wav=$cache/ten-minutes.wav
if [ ! -f "$wav" ]; then
    real=$SOURCE/../shared/media/bbb480.mp4
    if [ -f "$real" ]; then
        ffmpeg -nostdin -v error -y -stream_loop -1 -i "$real" -t $seconds -vn -ac 2 -ar 44100 "$wav.part.wav"
    else
        ffmpeg -nostdin -v error -y -f lavfi -i "anoisesrc=c=pink:r=44100:a=0.3" -f lavfi -i "sine=f=440:r=44100" -t $seconds \
            -filter_complex '[0][1]amerge=inputs=2' -ac 2 "$wav.part.wav"
    fi
    mv "$wav.part.wav" "$wav"
fi
[ -f "$cache/ten-minutes.mp3" ] || ffmpeg -nostdin -v error -y -i "$wav" -c:a libmp3lame -b:a 192k "$cache/ten-minutes.mp3"
[ -f "$cache/ten-minutes.flac" ] || ffmpeg -nostdin -v error -y -i "$wav" "$cache/ten-minutes.flac"

for kind in mp3 wav flac; do
    input=$cache/ten-minutes.$kind
    i=0
    while [ $i -lt "$runs" ]; do
        "$MEASURE" "$work/$kind.ours" "$TRANSCODE" --quiet --no-resume "$input" "$work/ours.webm" >/dev/null
        "$MEASURE" "$work/$kind.peer" ffmpeg -nostdin -v error -y -i "$input" -c:a libopus -b:a 128k "$work/peer.webm"
        i=$((i + 1))
    done
    ours=$(median "$work/$kind.ours" 1) peer=$(median "$work/$kind.peer" 1)
    head_row "$kind, 10 minutes"
    row "wall, s; times as fast" "$ours" "$peer" "$(ratio "$peer" "$ours")" ">= 1.8 (2 CPUs)"
    row "x realtime" "$(ratio $seconds "$ours")" "$(ratio $seconds "$peer")" - -
    row "CPU, s" "$(median "$work/$kind.ours" 2)" "$(median "$work/$kind.peer" 2)" \
        "$(ratio "$(median "$work/$kind.ours" 2)" "$(median "$work/$kind.peer" 2)")" -
    row "peak memory, MiB" "$(median "$work/$kind.ours" 3)" "$(median "$work/$kind.peer" 3)" \
        "$(ratio "$(median "$work/$kind.ours" 3)" "$(median "$work/$kind.peer" 3)")" -
    row "size, bytes" "$(size "$work/ours.webm")" "$(size "$work/peer.webm")" \
        "$(ratio "$(size "$work/ours.webm")" "$(size "$work/peer.webm")")" -
done
