# Gathers the headers as `text`, one long line without comments and macros, and the names of the macros in `macros`. Used with
# names.awk and layout.awk, whose END works on them. What prose mentions does not count.
{
    line = $0
    if (in_comment) {
        if ((at = index(line, "*/")) == 0)
            next
        line = substr(line, at + 2)
        in_comment = 0
    }
    while ((at = index(line, "/*")) > 0) {
        rest = substr(line, at + 2)
        if ((end = index(rest, "*/")) == 0) {
            line = substr(line, 1, at - 1)
            in_comment = 1
            break
        }
        line = substr(line, 1, at - 1) " " substr(rest, end + 2)
    }
    if (in_macro || line ~ /^[ \t]*#/) {
        if (!in_macro && line ~ /^[ \t]*#[ \t]*define[ \t]+REEL_/) {
            sub(/^[ \t]*#[ \t]*define[ \t]+/, "", line)
            name = line
            sub(/[^A-Z0-9_].*$/, "", name)
            macros[name]
        }
        in_macro = $0 ~ /\\$/
        next
    }
    text = text " " line
}
