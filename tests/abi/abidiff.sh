#!/bin/sh
# abidiff.sh SOURCE LIBREEL.SO: compares the library with the committed baseline. The baseline is of x86_64, and both need
# debug information.
set -eu
source=$1
library=$2
major=$(sed -n 's/^#define REEL_ABI_MAJOR //p' "$source/include/reel/version.h")
baseline=$source/tests/abi/libreel.$major.abi.xml
command -v abidiff >/dev/null || { echo "skipped: no abidiff (Debian: abigail-tools)"; exit 77; }
[ "$(uname -m)" = x86_64 ] || { echo "skipped: the baseline is of x86_64"; exit 77; }
readelf -S "$library" | grep -q '\.debug_info' || { echo "skipped: built without debug information"; exit 77; }
if readelf -d "$library" | grep -q 'NEEDED.*\(asan\|ubsan\|tsan\|clang_rt\)'; then
    echo "skipped: a sanitizer build has another set of symbols"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$source/tests/abi/dump.sh" "$source" "$library" >"$work/now.xml"
# libabigail 3 writes another format than 2, and does not compare the two.
format() { sed -n "s/^<abi-corpus version='\([0-9]*\).*/\1/p" "$1"; }
if [ "$(format "$baseline")" != "$(format "$work/now.xml")" ]; then
    echo "skipped: the baseline is in format $(format "$baseline"), this libabigail writes $(format "$work/now.xml")"
    exit 77
fi
rc=0
abidiff --no-show-locs "$baseline" "$work/now.xml" || rc=$?
if [ "$rc" != 0 ]; then
    echo "abidiff: $rc (4: changed, 8: incompatible). Additions: raise REEL_ABI_MINOR and run sh tests/abi/update.sh"
    exit 1
fi
echo "no difference to $(basename "$baseline")"
