#!/bin/sh
# style.sh SOURCE: what a formatter does not check.
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find . -type d \( -name .git -o -path './build*' -o -name subprojects \) -prune -o -type f -print |
    LC_ALL=C sort >"$work/files"
text() { grep -E "$1" "$work/files"; }
# complain WHAT: prints stdin under a heading and fails the script, if there is any. It runs in a subshell, at the end of a pipe,
# so it leaves word in a file.
complain() {
    cat >"$work/found"
    [ -s "$work/found" ] || return 0
    echo "$1:"
    head -n 40 "$work/found" | sed 's/^/    /'
    : >"$work/failed"
}

code='\.(c|h|sh|awk|map)$|meson(\.build|_options\.txt)$|^\./\.ci/run$'
all="$code"'|\.(md|tsv|golden)$|Makefile$|Doxyfile(\.in)?$|(NEWS|LICENSE|symbols-in-versions|\.editorconfig)$'

text "$all" | xargs grep -n '[ 	]$' /dev/null | complain "blanks at the end of a line"
text "$all" | grep -v -E 'Makefile$|\.tsv$' | xargs grep -n '	' /dev/null | grep -v 'tests/rules/style.sh' | complain "tabs"
text "$all" | xargs grep -ln "$(printf '\r')" /dev/null | complain "carriage returns"
text "$all" | while read -r file; do
    [ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo "$file"
done | complain "no newline at the end of the file"
# shellcheck disable=SC2016 # awk's $0
text '\.[ch]$' | LC_ALL=C xargs awk '
    { gsub(/[\200-\277]/, "") } # a character counts once, however many bytes it has
    FNR == 1 { in_comment = 0 }
    {
        code = in_comment ? "" : $0
        if (in_comment && /\*\//)
            in_comment = 0
        at = index(code, "/*")
        if (at && !index(substr(code, at), "*/"))
            in_comment = 1
        if (at)
            code = substr(code, 1, at - 1)
        sub(/ +$/, "", code)
        if (length(code) > 120 || length($0) > 140)
            print FILENAME ":" FNR ": " length($0)
    }' | complain "code over 120 columns or a comment over 140"
text '\.[ch]$' | xargs grep -nE '(^|[ ;{}])//' /dev/null | complain "comments are /* */"
text "$all" | xargs grep -nwE 'TO''DO|FIX''ME|XX''X' /dev/null | complain "unkept promises"
# Scripts install through the package manager as the machine has it configured; they name no host.
text '\.sh$|^\./\.ci/run$|meson\.build$' | xargs grep -nE 'https?''://' /dev/null | complain "a host's name in a script"
text '\.[ch]$' | xargs grep -nE '(^|[^a-z_>.*])(strcpy|strcat|sprintf|gets|strtok|setlocale|abort|exit)\(' /dev/null |
    grep '^\./lib/' | complain "functions the library does not use"
text '^\./lib/.*\.[ch]$' | xargs grep -nE '\b(printf|puts|fprintf|perror|getenv|secure_getenv|setenv|signal)\(' /dev/null |
    complain "the library neither prints nor reads the environment nor installs handlers"

# Every source is built, and every folder of lib/ has its page.
text '^\./(lib|examples|tests/(unit|api|abi))/.*\.c$' | while read -r file; do
    name=$(basename "$file" .c)
    top=$(dirname "$file")
    found=
    while [ "$top" != . ] && [ -z "$found" ]; do
        if [ -f "$top/meson.build" ] && grep -q "\b$name\b" "$top/meson.build"; then
            found=1
        fi
        top=$(dirname "$top")
    done
    # tests/abi/subproject has a build of its own, which is not in the chain above it.
    [ -n "$found" ] || echo "$file"
done | complain "in no meson.build"
for folder in lib/*/; do
    folder=$(basename "$folder")
    [ -f "docs/internals/$folder.md" ] || echo "docs/internals/$folder.md"
done | complain "folders of lib/ without a page"

[ ! -e "$work/failed" ] || exit 1
echo "$(grep -c . "$work/files") files looked at"
