#!/bin/sh
# headers.sh INCLUDE_DIR CC...: each public header compiles alone, as C11 and (where there is a C++ compiler) as C++17, with
# pedantic warnings as errors and without any feature macro.
set -eu
include=$1
shift
warn="-pedantic-errors -Wall -Wextra -Wundef -Wshadow -Werror -fsyntax-only"
cxx=
for try in "${CXX:-}" c++ g++ clang++; do
    if [ -n "$try" ] && command -v "$try" >/dev/null; then
        cxx=$try
        break
    fi
done
failed=0
count=0
cd "$include"
for header in $(find . -name '*.h' | LC_ALL=C sort); do
    header=${header#./}
    count=$((count + 1))
    # shellcheck disable=SC2086
    printf '#include <%s>\n#include <%s>\ntypedef int not_empty;\n' "$header" "$header" |
        "$@" -std=c11 $warn -Wstrict-prototypes -I. -x c - || { echo "$header does not stand alone as C11"; failed=1; }
    # shellcheck disable=SC2086
    [ -z "$cxx" ] || printf '#include <%s>\n' "$header" | "$cxx" -std=c++17 $warn -I. -x c++ - ||
        { echo "$header does not stand alone as C++17"; failed=1; }
done
[ "$count" -gt 0 ] || { echo "no header under $include"; exit 1; }
[ "$failed" = 0 ] && echo "$count headers stand alone as C11${cxx:+ and C++17}"
exit "$failed"
