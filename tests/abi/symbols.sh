#!/bin/sh
# symbols.sh SOURCE LIBREEL.SO: the functions that the headers declare, those that lib/libreel.map names, and those that the
# library exports are the same. Build options must not change them.
set -eu
source=$1
library=$2
command -v nm >/dev/null || { echo "skipped: no nm"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find "$source/include" -name '*.h' -exec awk -f "$source/tests/abi/strip.awk" -f "$source/tests/abi/names.awk" {} + |
    sed -n 's/^function //p' | LC_ALL=C sort >"$work/headers"
sed -n 's/^ *\(reel_[a-z0-9_]*\);$/\1/p' "$source/lib/libreel.map" | LC_ALL=C sort >"$work/map"
# A version node shows as a symbol of its own (type A); a defined function carries @@NODE.
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort >"$work/exports"

failed=0
diff -u "$work/headers" "$work/map" || { echo "headers (-) and lib/libreel.map (+) differ"; failed=1; }
diff -u "$work/map" "$work/exports" || { echo "lib/libreel.map (-) and the library's exports (+) differ"; failed=1; }
LC_ALL=C sort -u "$work/map" | diff - "$work/map" >/dev/null || { echo "lib/libreel.map names a function twice"; failed=1; }
[ "$failed" = 0 ] && echo "$(grep -c . "$work/map") functions: headers, map and library agree"
exit "$failed"
