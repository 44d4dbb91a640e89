#!/bin/sh
# options.sh TRANSCODE: prints the tables of presets and options for chains.md, from the program's own list.
# options.sh --check TRANSCODE FILE: are they what stands in FILE?
# options.sh --write TRANSCODE FILE: puts them there.
set -eu
tables() {
    "$1" --list-options | awk '
        $0 == "presets" { print "| preset | |\n|---|---|"; kind = "p"; next }
        $0 == "options" { print "\n| option | | default |\n|---|---|---|"; kind = "o"; next }
        {
            name = $1
            sub(/^ *[^ ]+ +/, "")
            gsub(/\|/, ", ")
            if (kind == "p")
                print "| `" name "` | " $0 " |"
            else {
                at = match($0, / default [^ ]+$/)
                print "| `" name "` | " substr($0, 1, at - 1) " | `" substr($0, at + 9) "` |"
            }
        }' | sed 's/; |/ |/; s/`""`/empty/'
}
# A file up to the begin mark, the tables, and from the end mark on.
whole() {
    sed '/<!-- tables begin -->/q' "$2"
    tables "$1"
    sed -n '/<!-- tables end -->/,$p' "$2"
}
case $1 in
--check)
    whole "$2" "$3" | diff -u "$3" - ||
        { echo "the options have changed: sh docs/guide/options.sh --write TRANSCODE docs/guide/chains.md"; exit 1; }
    ;;
--write)
    text=$(whole "$2" "$3")
    printf '%s\n' "$text" >"$3"
    ;;
*) tables "$1" ;;
esac
