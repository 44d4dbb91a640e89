#!/bin/sh
# needed.sh SOURCE LIBREEL.SO ENGINE_KIND: the host room links no codec (module builds), and its SONAME follows version.h.
set -eu
source=$1
library=$2
kind=$3
command -v readelf >/dev/null || { echo "skipped: no readelf"; exit 77; }
major=$(sed -n 's/^#define REEL_ABI_MAJOR //p' "$source/include/reel/version.h")
failed=0
soname=$(readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
[ "$soname" = "libreel.so.$major" ] || { echo "SONAME is '$soname', not libreel.so.$major"; failed=1; }

needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ -n "$needed" ] || { echo "nothing is needed: is this the library?"; failed=1; }
if [ "$kind" = module ]; then
    for lib in $needed; do
        case $lib in
        libc.so.* | libm.so.* | libcrypto.so.* | libjansson.so.* | libpthread.so.* | libdl.so.* | librt.so.* | ld-* | libgcc_s.so.*) ;;
        libasan.so.* | libubsan.so.* | libtsan.so.* | libclang_rt.*) ;; # sanitizer builds
        *)
            echo "libreel.so needs $lib, which is not on the list"
            failed=1
            ;;
        esac
    done
fi
[ "$failed" = 0 ] && echo "$soname needs: $(echo "$needed" | tr "\n" " ")"
exit "$failed"
