#!/bin/sh
# test.sh shared|static BUILD CC...: installs BUILD into a temporary folder, builds consumer.c there as a stranger would, with
# pkg-config alone, and runs it.
set -eu
mode=$1
build=$2
shift 2
cc=$*
here=$(cd "$(dirname "$0")" && pwd)
command -v pkg-config >/dev/null || { echo "skipped: no pkg-config"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
DESTDIR=$work/root meson install -C "$build" --no-rebuild >"$work/install.log" 2>&1 ||
    { cat "$work/install.log"; exit 1; }
pc=$(find "$work/root" -name reel.pc)
[ -n "$pc" ] || { echo "reel.pc was not installed"; exit 1; }
PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir reel)
case $libdir in
"$work"/*) ;;
*) echo "reel.pc points at $libdir, which is not where it was installed"; exit 1 ;;
esac
pkg-config --exists --print-errors reel
version=$(pkg-config --modversion reel)

# What a client of the shared library gets must not name a codec library.
if [ "$mode" = shared ] && [ "$(pkg-config --variable=engine reel)" = module ] &&
    pkg-config --libs reel | grep -Eq -- '-l(av|sw|aom|opus|Svt)'; then
    echo "reel.pc passes codec libraries on: $(pkg-config --libs reel)"
    exit 1
fi

# A sanitizer's runtime must come first in a program, and a stranger's program has none.
if nm -u "$libdir"/libreel.* 2>/dev/null | grep -Eq '__(asan|tsan)_init'; then
    echo "skipped: the library is built with a sanitizer"
    exit 77
fi

cp "$here/consumer.c" "$here/Makefile" "$work"
engine=
if [ "$mode" = static ]; then
    [ -f "$libdir/libreel.a" ] || { echo "skipped: built without a static library"; exit 77; }
    rm -f "$libdir"/libreel.so*
    if [ "$(pkg-config --variable=engine reel)" = linked ]; then
        make -C "$work" CC="$cc"
    else
        engine=$(find "$(pkg-config --variable=enginedir reel)" -name 'reel-engine.*')
        make -C "$work" CC="$cc" STATIC=1
    fi
else
    [ -e "$libdir/libreel.so" ] || { echo "skipped: built without a shared library"; exit 77; }
    make -C "$work" CC="$cc"
    LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export LD_LIBRARY_PATH
fi
"$work/consumer" ${engine:+"$engine"} >"$work/out" || { cat "$work/out"; exit 1; }
head -c 600 "$work/out"
grep -q "^libreel $version," "$work/out" || { echo "reel.pc says $version"; exit 1; }
