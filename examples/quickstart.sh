#!/bin/sh
# quickstart.sh [FILE]: from a fresh clone to a finished WebM. Installs what is missing on Debian and Ubuntu (elsewhere it says
# what to install), builds in build/, transcodes FILE, or a clip of ten seconds that it makes itself, and shows the result.
# May be run again; asks no questions.
set -eu
input=${1:-}
case $input in
'' | /*) ;;
*) input=$(pwd)/$input ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tests/packages.sh
need build

if [ ! -f build/build.ninja ]; then
    meson setup build -Dtests=false
fi
meson compile -C build

if [ -z "$input" ]; then
    input=$root/build/quickstart.mp4
    if [ ! -f "$input" ]; then
        echo "making a clip of ten seconds: $input"
        ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=1280x720:rate=25 -f lavfi -i sine=frequency=440:sample_rate=44100 \
            -t 10 -pix_fmt yuv420p -c:v mpeg4 -q:v 3 -c:a aac -b:a 128k "$input.part.mp4"
        mv "$input.part.mp4" "$input"
    fi
    output=$root/build/quickstart.webm
else
    [ -r "$input" ] || { echo "$input cannot be read" >&2; exit 1; }
    output=$(basename "$input")
    output=$root/build/${output%.*}.webm
fi

echo "transcoding $input"
status=0
build/examples/transcode "$input" "$output" </dev/null || status=$?
[ -f "$output" ] || exit "$status"
echo
if command -v ffprobe >/dev/null; then
    ffprobe -v error -show_entries \
        format=format_name,duration,size:stream=index,codec_name,width,height,pix_fmt,r_frame_rate,sample_rate,channels \
        -of compact=print_section=0 "$output"
fi
ls -l "$output"
exit "$status"
