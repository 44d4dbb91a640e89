#!/bin/sh
# update.sh [BUILD]: regenerates what the ABI tests compare with: the abidiff baseline, the layout, and the ledger's missing
# names (which it gives the ABI version of version.h). Review the diff: it is the ABI change that you are about to promise.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-$root/build-test}
define() { sed -n "s/^#define REEL_ABI_$1 //p" "$root/include/reel/version.h"; }
abi=$(define MAJOR).$(define MINOR)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sh "$root/tests/abi/layout.sh" "$root" "${CC:-cc}" >"$work/layout"
cp "$work/layout" "$root/tests/abi/layout.golden"

ledger=$root/docs/symbols-in-versions
find "$root/include" -name '*.h' -exec awk -f "$root/tests/abi/strip.awk" -f "$root/tests/abi/names.awk" {} + |
    awk '{ print $2, $1 }' | LC_ALL=C sort >"$work/names"
{
    grep '^#' "$ledger"
    grep -v '^#' "$ledger" | awk -v abi="$abi" -v names="$work/names" '
        { since[$1 " " $2] = $3 }
        END { while ((getline name < names) > 0) print name, (name in since ? since[name] : abi) }'
} >"$work/ledger"
cp "$work/ledger" "$ledger"

sh "$root/tests/abi/dump.sh" "$root" "$build/lib/libreel.so" >"$work/abi.xml"
cp "$work/abi.xml" "$root/tests/abi/libreel.$(define MAJOR).abi.xml"
echo "updated: layout.golden, symbols-in-versions, libreel.$(define MAJOR).abi.xml"
