#!/bin/sh
# sizes.sh SOURCE: small files. Prints the median and what deserves a second look (700 lines); fails when the median is over
# 220 lines or a file over 1500.
set -eu
cd "$1"
for tree in include lib; do
    find "$tree" -name '*.[ch]' -exec wc -l {} + | awk '$2 != "total" { print $1, $2 }' | sort -n | awk -v tree="$tree" '
        { lines[NR] = $1; name[NR] = $2 }
        END {
            median = lines[int((NR + 1) / 2)]
            printf "%s: %d files, median %d lines, largest %d (%s)\n", tree, NR, median, lines[NR], name[NR]
            for (i = 1; i <= NR; i++)
                if (lines[i] > 700) {
                    printf "  %s has %d lines: what is it really two of?\n", name[i], lines[i]
                    if (lines[i] > 1500)
                        bad = 1
                }
            exit bad || median > 220
        }'
done
