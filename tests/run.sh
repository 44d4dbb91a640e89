#!/bin/sh
# run.sh [ARGUMENT...]: builds in build-test/ and runs the tests, all but the slow ones. Arguments go to `meson test`, so
#     sh tests/run.sh --suite unit        runs one suite
#     sh tests/run.sh --suite slow        runs what is left out otherwise
# BUILD names another build folder, SETUP more arguments for `meson setup`. Installs what is missing on Debian and Ubuntu and
# says what to install elsewhere.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
. tests/packages.sh
need tests

build=${BUILD:-build-test}
# shellcheck disable=SC2086 # words
if [ -f "$build/build.ninja" ]; then
    [ -z "${SETUP:-}" ] || meson configure "$build" $SETUP
else
    meson setup "$build" ${SETUP:-}
fi
meson compile -C "$build"
[ $# -gt 0 ] || set -- --no-suite slow
exec meson test -C "$build" --print-errorlogs "$@" </dev/null
