#!/bin/sh
# cancel.sh: how long a cancel takes, from reel_task_cancel() to the end of reel_task_wait(), at moments spread over the first
# seconds of a run on 60 s of 1080p: probe, plan, and two encoders at work.
. "$SOURCE/tests/bench/kit.sh"
machine
input=$cache/1080p24.mp4
clip "$input" 1920 1080 24 60 8M
"$CANCEL" "$input" "$work/cancelled.webm" "${CANCELS:-24}" 6 >"$work/times"
sort -n "$work/times" | awk '{ v[NR] = $1 } END {
    if (NR == 0) { print "no run was cancelled"; exit 1 }
    printf "%d cancels: median %.1f ms, the slowest %.1f ms (to reach: 100 ms of work)\n", NR, v[int((NR + 1) / 2)], v[NR] }'
