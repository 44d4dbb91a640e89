#!/bin/sh
# includes.sh SOURCE: who may include what. The two rooms stay apart, folders see only what lies below them, the steps of
# the media path know the step contract and not each other, and a foreign header is included by the one file that wraps it.
set -eu
cd "$1"
find lib -name '*.[ch]' -exec grep -Hn '^[ \t]*#[ \t]*include' {} + | LC_ALL=C sort | awk '
BEGIN {
    # Which folders a folder of the host room may see besides itself and base/. ctx/ holds the handle that all are made from.
    sees["base"] = " "
    sees["engine"] = " "
    sees["ctx"] = " engine "
    sees["pool"] = " ctx "
    sees["store"] = " ctx "
    sees["input"] = " ctx engine "
    sees["plan"] = " ctx engine input "
    sees["chunk"] = " ctx engine store "
    sees["task"] = " ctx engine pool store input plan chunk "
    # Steps of the media path. What is not listed (the jobs, probe/, verify/) puts steps together and may see all of them.
    steps = " demux decode normalize filter encode mux "
    # Foreign headers and the only files, or folders, that include them. FFmpeg is the language of the media path.
    wraps["jansson.h"] = "lib/base/json.h"
    wraps["openssl/"] = "lib/base/digest.c"
    wraps["dlfcn.h"] = "lib/engine/load.c lib/media/encode/svtav1.c"
    wraps["aom/"] = "lib/media/encode/"
    wraps["opus"] = "lib/media/audio/"
    wraps["libav"] = "lib/media/"
    wraps["libsw"] = "lib/media/"
    wraps["webp/"] = wraps["avif/"] = wraps["libheif/"] = wraps["jpeglib.h"] = wraps["lcms2.h"] = "lib/media/still/ lib/media/capabilities.c"
    codecs = "^(libav|libsw|aom/|opus|svt|SvtAv1|EbSvtAv1|dav1d|vpx/|webp/|avif/|libheif|jpeglib|turbojpeg)"
}
function complain(what) { print file ":" line ": " what; bad = 1 }
function is_in(path, places,    n, place, i) {
    n = split(places, place, " ")
    for (i = 1; i <= n; i++)
        if (index(path, place[i]) == 1)
            return 1
    return 0
}
# "lib/media/mux/../step.h" -> "lib/media/step.h"
function resolve(path,    n, part, i, top, out) {
    n = split(path, part, "/")
    top = 0
    for (i = 1; i <= n; i++) {
        if (part[i] == "..")
            top--
        else if (part[i] != ".")
            stack[++top] = part[i]
    }
    out = stack[1]
    for (i = 2; i <= top; i++)
        out = out "/" stack[i]
    return out
}
{
    n = split($0, field, ":")
    file = field[1]
    line = field[2]
    checked++
    split(file, dir, "/")
    folder = dir[2]
    wet = folder == "media" || folder == "worker"
    if (match($0, /<[^>]*>/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        if (name ~ /^reel\//)
            next
        if (name ~ codecs && !wet)
            complain("<" name ">: only media/ and worker/ may include codec headers")
        for (prefix in wraps)
            if (index(name, prefix) == 1 && !is_in(file, wraps[prefix]))
                complain("<" name "> belongs to " wraps[prefix])
        next
    }
    if (!match($0, /"[^"]*"/)) {
        complain("an include that is neither <> nor \"\"")
        next
    }
    name = substr($0, RSTART + 1, RLENGTH - 2)
    place = file
    sub(/[^\/]*$/, "", place)
    to = resolve(place name)
    split(to, at, "/")
    if (at[1] != "lib") {
        complain("\"" name "\" leads out of lib/")
        next
    }
    other = at[2]
    if (other == folder && folder != "media" || other == "base")
        next
    if (wet) {
        if (other != "engine" && other != "media")
            complain("\"" name "\": the wet room sees base/ and the door only")
        else if (other == "media" && dir[4] != "" && at[4] != "" && dir[3] != at[3] && index(steps, " " dir[3] " ") &&
                 index(steps, " " at[3] " "))
            complain("\"" name "\": steps do not know each other")
        next
    }
    if (other == "media" || other == "worker")
        complain("\"" name "\": the host room does not see the wet room")
    else if (!(folder in sees))
        complain("lib/" folder "/ is not in the table of this script")
    else if (!index(sees[folder], " " other " "))
        complain("\"" name "\": lib/" folder "/ does not see lib/" other "/")
}
END {
    if (!checked) {
        print "no include was found"
        bad = 1
    }
    if (!bad)
        print checked " includes keep the rules"
    exit bad
}'
