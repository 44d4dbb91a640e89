#!/bin/sh
# test.sh SOURCE: builds and runs a project that has libreel as a subproject.
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/subprojects"
cp "$source/tests/abi/subproject/meson.build" "$source/tests/abi/subproject/main.c" "$work"
ln -s "$source" "$work/subprojects/libreel"
meson setup "$work/build" "$work"
meson compile -C "$work/build"
meson test -C "$work/build" --no-suite libreel --print-errorlogs
