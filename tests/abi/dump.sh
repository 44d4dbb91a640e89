#!/bin/sh
# dump.sh SOURCE LIBREEL.SO: the library's ABI as libabigail sees it, without the library's own types and with files named
# relative to the project.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
abidw --suppressions "$1/tests/abi/abidiff.suppr" --exported-interfaces-only --no-corpus-path --no-comp-dir-path \
    --out-file "$work/abi.xml" "$2"
sed -E "s,filepath='[^']*/(include/reel|lib)/,filepath='\1/," "$work/abi.xml"
