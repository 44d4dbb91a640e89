#!/bin/sh
# freeze.sh: copies the public headers as they are to tests/abi/include-MAJOR.MINOR/, for the old-client test of this ABI
# version. Done once, when the version is released; a frozen copy is never changed afterwards.
# freeze.sh --again: replaces the copy of a version that has not been released yet.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
define() { sed -n "s/^#define REEL_ABI_$1 //p" "$root/include/reel/version.h"; }
to=$root/tests/abi/include-$(define MAJOR).$(define MINOR)
if [ -d "$to" ] && [ "${1:-}" != --again ]; then
    echo "$to is frozen already" >&2
    exit 1
fi
rm -rf "$to"
mkdir -p "$to"
(cd "$root/include" && find . -name '*.h') | while read -r header; do
    mkdir -p "$to/$(dirname "$header")"
    cp "$root/include/$header" "$to/$header"
done
echo "froze $(find "$to" -name '*.h' | wc -l) headers in $to"
