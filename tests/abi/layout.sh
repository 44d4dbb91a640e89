#!/bin/sh
# layout.sh SOURCE CC...: prints sizes and offsets of all public structs and the values of all public constants.
# layout.sh --check SOURCE CC...: compares that with layout.golden. Skips where long and pointers are not 64 bits.
set -eu
check=
if [ "$1" = --check ]; then
    check=1
    shift
fi
source=$1
shift
here=$source/tests/abi
headers=$(find "$source/include" -name '*.h' | LC_ALL=C sort)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2086 # one word a header
awk -f "$here/strip.awk" -f "$here/names.awk" $headers >"$work/names"
{
    sed -n 's/^constant //p' "$work/names" | LC_ALL=C sort
    printf 'REEL_ABI_MAJOR\nREEL_DIGEST_SIZE\nREEL_NO_TIME\nREEL_FOREVER\n'
} >"$work/constants"
# shellcheck disable=SC2086
awk -v CONSTANTS="$work/constants" -f "$here/strip.awk" -f "$here/layout.awk" $headers >"$work/layout.c"
"$@" -std=c11 -Wall -Werror -I"$source/include" -o "$work/layout" "$work/layout.c"

if [ -z "$check" ]; then
    exec "$work/layout"
fi
printf '#if !defined(__LP64__)\n#error\n#endif\n' >"$work/lp64.c"
if ! "$@" -fsyntax-only "$work/lp64.c" 2>/dev/null; then
    echo "skipped: layout.golden is for LP64"
    exit 77
fi
"$work/layout" >"$work/now"
if ! diff -u "$here/layout.golden" "$work/now"; then
    echo "The layout of a public struct or the value of a constant is not what it was. If something was appended on purpose:"
    echo "    sh tests/abi/layout.sh . cc >tests/abi/layout.golden"
    exit 1
fi
echo "$(grep -c . "$work/now") sizes, offsets and values are as they were"
