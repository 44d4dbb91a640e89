#!/bin/sh
# previews.sh: a 320 px WebP of a 1080p clip, in the process and as one of its own against ffmpegthumbnailer; a storyboard of an hour
# against decoding it whole; the slowest thumbnail of all sample files. MINUTES: length of the long clip, 60 unless told.
. "$SOURCE/tests/bench/kit.sh"
machine
minutes=${MINUTES:-60}
input=$cache/1080p24.mp4
clip "$input" 1920 1080 24 60 8M
dull=$cache/dull.mp4 # nothing in it is good enough to stop looking: all five are scored
[ -f "$dull" ] || ffmpeg -nostdin -v error -y -i "$input" -vf eq=contrast=0.3:saturation=0.6,gblur=3 -an -c:v libx264 -preset veryfast \
    -b:v 8M -g 96 "$dull"
long=$cache/long-$minutes.mp4
part=$cache/1080p24-2M.mp4
clip "$part" 1920 1080 24 60 2M
[ -f "$long" ] || ffmpeg -nostdin -v error -y -stream_loop $((minutes - 1)) -i "$part" -map 0:v -c copy "$long"

head_row "320 px WebP of 1080p H.264"
# shellcheck disable=SC2046 # three words
set -- $("$PREVIEWS" thumb "$input" 31)
row "in the process, ms ($3 decoded)" "$1" - - "<= 50"
# shellcheck disable=SC2046 # three words
set -- $("$PREVIEWS" thumb "$dull" 31)
row "the same, nothing good ($3 decoded)" "$1" - - "<= 50"
if command -v ffmpegthumbnailer >/dev/null; then
    i=0
    while [ $i -lt 11 ]; do
        "$MEASURE" "$work/ours" "$PREVIEWS" one "$input" "$work/ours.webp"
        "$MEASURE" "$work/convert" "$CONVERT" --width 320 "$input" "$work/convert.webp" >/dev/null 2>&1
        "$MEASURE" "$work/peer" ffmpegthumbnailer -i "$input" -o "$work/peer.png" -s 320 >/dev/null 2>&1
        i=$((i + 1))
    done
    ours=$(median "$work/ours" 1) convert=$(median "$work/convert" 1) peer=$(median "$work/peer" 1)
    row "a process of its own, s" "$ours" "$peer" "$(ratio "$ours" "$peer")" "<= 0.50"
    row "examples/convert, s" "$convert" "$peer" "$(ratio "$convert" "$peer")" "<= 0.50"
else
    echo "no ffmpegthumbnailer to compare with"
fi

# shellcheck disable=SC2046
set -- $("$PREVIEWS" storyboard "$long" 10)
storyboard=$1 tiles=$2
"$MEASURE" "$work/decode" ffmpeg -nostdin -v error -i "$long" -map 0:v -f null -
decode=$(median "$work/decode" 1)
row "$minutes min at a frame each 10 s, s" "$storyboard" "$decode" "$(ratio "$decode" "$storyboard")" ">= 20 times"
echo "$tiles keyframes decoded"

media=$SOURCE/../shared/media
if [ -d "$media" ]; then
    # shellcheck disable=SC2046 # names without blanks
    set -- $(cd "$media" && find . -type f \( -name '*.mp4' -o -name '*.mov' -o -name '*.mkv' -o -name '*.webm' -o -name '*.ts' \
        -o -name '*.avi' -o -name '*.flv' -o -name '*.3gp' -o -name '*.mpg' -o -name '*.m4v' \) | sed "s|^\.|$media|" | tr ' ' '?')
    # shellcheck disable=SC2046 # four words
    set -- $("$PREVIEWS" folder "$@" 2>/dev/null)
    row "slowest of $2 sample files, ms" "$1" - - "<= 500"
    echo "that is ${4##*/}; $3 without a picture"
fi
