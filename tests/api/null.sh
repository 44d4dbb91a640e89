#!/bin/sh
# null.sh INCLUDE null.c: every public function that has an err is tried with NULL in null.c. (Slots of a backend are the caller's.)
set -eu
missing=0
for name in $(cat "$1"/reel/*.h "$1"/reel/sys/*.h | tr '\n' ' ' | grep -o 'reel_[a-z0-9_]*([^()]*reel_error \*err)' | sed 's/(.*//' | sort -u); do
    grep -q "NAMES(.*[ (]$name(" "$2" || { echo "$name is not tried with NULL"; missing=1; }
done
exit $missing
