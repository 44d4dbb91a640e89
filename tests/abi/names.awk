# Prints what public headers promise, one name a line: function NAME, constant NAME, macro NAME, struct NAME, handle NAME,
# callback NAME. Used as: awk -f strip.awk -f names.awk HEADER...
END {
    n = split(text, part, ";")
    for (i = 1; i <= n; i++) {
        s = part[i]
        if (match(s, /REEL_API[ \t][^(]*\(/)) {
            s = substr(s, RSTART, RLENGTH - 1)
            sub(/[ \t]+$/, "", s)
            sub(/^.*[ \t*]/, "", s)
            seen["function " s]
            continue
        }
        if (match(s, /typedef[^;]*\([ \t]*\*[ \t]*reel_[a-z0-9_]+_fn[ \t]*\)/)) {
            s = substr(s, RSTART, RLENGTH)
            sub(/[ \t]*\)$/, "", s)
            sub(/^.*[ \t*]/, "", s)
            seen["callback " s]
            continue
        }
        if (match(s, /typedef[ \t]+struct[ \t]+reel_[a-z0-9_]+[ \t]*\{/)) {
            s = substr(s, RSTART, RLENGTH - 1)
            sub(/[ \t]+$/, "", s)
            sub(/^.*[ \t]/, "", s)
            seen["struct " s]
            continue
        }
        if (match(s, /typedef[ \t]+struct[ \t]+reel_[a-z0-9_]+[ \t]+reel_[a-z0-9_]+[ \t]*$/)) {
            sub(/[ \t]+$/, "", s)
            sub(/^.*[ \t]/, "", s)
            seen["handle " s]
            continue
        }
        if (match(s, /enum[ \t]*[a-z_]*[ \t]*\{[^}]*\}/)) {
            s = substr(s, RSTART, RLENGTH - 1)
            sub(/^[^{]*\{/, "", s)
            m = split(s, item, ",")
            for (j = 1; j <= m; j++) {
                sub(/=.*/, "", item[j])
                gsub(/[ \t]/, "", item[j])
                if (item[j] != "")
                    seen["constant " item[j]]
            }
        }
    }
    for (name in macros)
        if (name !~ /_H$/) # guards are no promise
            seen["macro " name]
    for (name in seen)
        print name
}
