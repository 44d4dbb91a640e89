# To be sourced by the benchmarks. Expects SOURCE, BUILD, TRANSCODE and MEASURE; makes `cache` (kept in the build folder) and
# `work` (removed at the end). A benchmark prints figures as ratios against the peer in the same run, beside what it is to reach;
# it never fails for being slow, only for not running.
# shellcheck shell=sh
set -eu
export SVT_LOG=1
# shellcheck disable=SC2034 # for those who source this
runs=${RUNS:-3}
cache=$BUILD/tests/bench/cache
work=$BUILD/tests/bench/work.$$
mkdir -p "$cache" "$work"
trap 'rm -rf "$work"' EXIT
command -v ffmpeg >/dev/null || { echo "skipped: no ffmpeg to compare with"; exit 77; }

machine() {
    model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
    echo "machine: ${model:-$(uname -m)}, $(nproc) CPUs; $(ffmpeg -version | head -n 1 | cut -d ' ' -f 1-3); $("$TRANSCODE" --version)"
}

# median FILE COLUMN
median() { sort -n -k "$2,$2" "$1" | awk -v c="$2" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'; }

# ratio A B
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b ? a / b : 0 }'; }

# calc EXPRESSION
calc() { awk "BEGIN { printf \"%.3f\", $1 }"; }

# row NAME OURS PEER RATIO TARGET
head_row() { printf '%-34s %12s %12s %9s   %s\n' "$1" ours peer ratio "to reach"; }
row() { printf '%-34s %12s %12s %9s   %s\n' "$@"; }

# clip FILE WIDTH HEIGHT FPS SECONDS BIT_RATE: real content where it is there, else made; with slight noise so that no bit is wasted.
clip() {
    [ -f "$1" ] && return
    real=$SOURCE/../shared/media/bbb480.mp4
    if [ -f "$real" ]; then
        ffmpeg -nostdin -v error -y -stream_loop -1 -i "$real" -t "$5" -vf \
            "scale=$2:$3:flags=lanczos,fps=$4,noise=alls=4:allf=t,format=yuv420p" -c:v libx264 -preset veryfast -b:v "$6" -g 96 \
            -ac 2 -c:a aac -b:a 160k "$1.part.mp4"
    else
        ffmpeg -nostdin -v error -y -f lavfi -i "mandelbrot=size=$2x$3:rate=$4" -f lavfi -i "testsrc2=size=$2x$3:rate=$4" \
            -f lavfi -i "anoisesrc=c=pink:r=48000:a=0.2" -t "$5" -filter_complex \
            "[0][1]blend=all_expr='if(gt(X,W/2),A,B)',noise=alls=6:allf=t,format=yuv420p[v]" -map '[v]' -map 2 -c:v libx264 \
            -preset veryfast -b:v "$6" -g 96 -ac 2 -c:a aac -b:a 160k "$1.part.mp4"
    fi
    mv "$1.part.mp4" "$1"
}

# ssim RESULT SOURCE: of all planes
ssim() {
    ffmpeg -nostdin -hide_banner -i "$1" -i "$2" -lavfi '[0:v]setpts=N/TB/24[a];[1:v]setpts=N/TB/24[b];[a][b]ssim' -f null - 2>&1 |
        sed -n 's/.*SSIM.*All:\([0-9.]*\).*/\1/p' | tail -n 1
}

size() { wc -c <"$1" | tr -d ' '; }
