#!/bin/sh
# ledger.sh SOURCE: every public name stands in docs/symbols-in-versions with the version that introduced it, in order, and
# nothing stands there that the headers do not have.
set -eu
source=$1
ledger=$source/docs/symbols-in-versions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find "$source/include" -name '*.h' -exec awk -f "$source/tests/abi/strip.awk" -f "$source/tests/abi/names.awk" {} + |
    awk '{ print $2, $1 }' | LC_ALL=C sort >"$work/headers"
grep -v '^#' "$ledger" >"$work/ledger"
awk '{ print $1, $2 }' "$work/ledger" >"$work/listed"

failed=0
diff -u "$work/listed" "$work/headers" || { echo "docs/symbols-in-versions (-) and headers (+) differ"; failed=1; }
awk 'NF != 3 || $3 !~ /^[0-9]+\.[0-9]+$/ { print "not NAME KIND VERSION: " $0; bad = 1 } END { exit bad }' \
    "$work/ledger" || failed=1

# A name cannot be newer than the ABI that version.h announces, nor can a release go backwards.
abi=$(sed -n 's/^#define REEL_ABI_MAJOR //p' "$source/include/reel/version.h").$(
    sed -n 's/^#define REEL_ABI_MINOR //p' "$source/include/reel/version.h")
awk -v abi="$abi" 'BEGIN { split(abi, now, ".") }
    { split($3, v, "."); if (v[1] > now[1] || (v[1] == now[1] && v[2] + 0 > now[2] + 0)) {
        print $1 " is of ABI " $3 ", but version.h says " abi; bad = 1 } } END { exit bad }' "$work/ledger" || failed=1
[ "$failed" = 0 ] && echo "$(grep -c . "$work/ledger") names in the ledger, ABI $abi"
exit "$failed"
