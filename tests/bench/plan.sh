#!/bin/sh
# plan.sh: planning two hours takes no longer than it must, and no more memory than two minutes.
. "$SOURCE/tests/bench/kit.sh"
machine
clip "$cache/short.mp4" 854 480 24 120 1500k
for kind in mp4 mkv; do
    short=$cache/short.$kind long=$cache/long.$kind
    [ -f "$short" ] || ffmpeg -nostdin -v error -y -i "$cache/short.mp4" -c copy "$short"
    if [ ! -f "$long" ]; then
        ffmpeg -nostdin -v error -y -stream_loop 59 -i "$cache/short.mp4" -c copy "$long.part.$kind"
        mv "$long.part.$kind" "$long"
    fi
    i=0
    while [ $i -lt "$runs" ]; do
        "$MEASURE" "$work/$kind.long" "$TRANSCODE" --plan "$long" >"$work/plan.json"
        "$MEASURE" "$work/$kind.short" "$TRANSCODE" --plan "$short" >/dev/null
        i=$((i + 1))
    done
    printf '%-34s %12s %12s %9s   %s\n' "plan, $kind" "2 h" "2 min" ratio "to reach"
    row "wall, s" "$(median "$work/$kind.long" 1)" "$(median "$work/$kind.short" 1)" \
        "$(ratio "$(median "$work/$kind.long" 1)" "$(median "$work/$kind.short" 1)")" "2 h: < 2 s"
    row "peak memory, MiB" "$(median "$work/$kind.long" 3)" "$(median "$work/$kind.short" 3)" \
        "$(ratio "$(median "$work/$kind.long" 3)" "$(median "$work/$kind.short" 3)")" "about 1"
done
