#!/bin/sh
# words.sh SOURCE: what every public header must say.
# - each handle type carries one word of [immutable], [thread-safe], [one thread at a time];
# - each callback type and each struct with callbacks carries one of [caller thread], [any worker];
# - each function's comment says since when it is there.
set -eu
cd "$1/include"
find . -name '*.h' -exec awk '
    FNR == 1 { comment = ""; struct = "" }
    function count(s, words,    n, w, i, at) {
        n = split(words, w, "|")
        total = 0
        for (i = 1; i <= n; i++)
            if (index(s, "[" w[i] "]"))
                total++
        return total
    }
    function complain(what) { print FILENAME ":" FNR ": " what; bad = 1 }
    /^\/\*\*/ { comment = "" }
    /^\/\*\*/, /\*\// { comment = comment $0 "\n" }
    /^typedef struct reel_[a-z_]+ reel_[a-z_]+;/ {
        handles++
        if (count($0, "immutable|thread-safe|one thread at a time") != 1)
            complain($4 " handle without one thread word")
    }
    /^typedef .*\(\*reel_[a-z_]+_fn\)/ {
        callbacks++
        if (count(comment, "caller thread|any worker") != 1)
            complain("callback without one thread word: " $0)
    }
    /^typedef struct reel_[a-z_]+ \{/ { struct = $3; words = comment; asked = 0 }
    struct != "" && /\(\*[a-z_]+\)\(/ && !asked {
        asked = 1
        callbacks++
        if (count(words, "caller thread|any worker") != 1)
            complain(struct " has callbacks and its comment not one thread word")
    }
    /^\}/ { struct = "" }
    /^REEL_API/ {
        functions++
        if (comment !~ /@since [0-9]+\.[0-9]+/)
            complain("no @since above: " $0)
        comment = ""
    }
    END {
        if (!handles || !callbacks || !functions)
            { print "nothing was found to check"; bad = 1 }
        if (!bad)
            printf "%d handles, %d callbacks, %d functions say what they must\n", handles, callbacks, functions
        exit bad
    }' {} +
