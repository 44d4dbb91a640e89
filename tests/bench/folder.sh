#!/bin/sh
# folder.sh: a folder of 500 mixed photos to WebP and AVIF of at most 1600 px in width, two at a time, beside libvips (Node's sharp: the
# folder SHARP, or where Node finds it) over the same files with as many threads. Both as whole processes: time and peak memory.
. "$SOURCE/tests/bench/kit.sh"
machine
media=$SOURCE/../shared/media
[ -d "$media" ] || { echo "skipped: no ../shared/media"; exit 77; }
count=${PHOTOS:-500}
(cd "$media" && find . -type f -size +40k \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' -o -iname '*.webp' -o -iname '*.avif' \
    -o -iname '*.tif' -o -iname '*.tiff' \) | grep -vE 'strongcourage|corkami|python-pillow' | LC_ALL=C sort) >"$work/names"
i=0
while [ "$(wc -l <"$work/list")" -lt "$count" ] 2>/dev/null || [ $i = 0 ]; do
    i=$((i + 1))
    while IFS= read -r name; do echo "$media/${name#./}"; done <"$work/names" >>"$work/list"
done
head -n "$count" "$work/list" >"$work/photos"
echo "$count files, of which $(sort -u "$work/photos" | wc -l | tr -d ' ') differ"
sharp=${SHARP:-$BUILD/tests/bench/node_modules/sharp}
if ! command -v node >/dev/null || ! node -e 'require(process.argv[1])' "$sharp" 2>/dev/null; then
    echo "libvips is left out: no node with sharp"
    sharp=
fi
cat >"$work/peer.js" <<'JS'
// peer.js SHARP FORMAT WIDTH LIST: two files at a time, one thread each
const [, , sharpAt, format, width, list] = process.argv;
const sharp = require(sharpAt), fs = require('fs');
const files = fs.readFileSync(list, 'utf8').trim().split('\n');
sharp.cache(false);
sharp.concurrency(1);
let next = 0, ok = 0, failed = 0, bytes = 0;
const options = format === 'avif' ? { quality: 50, effort: 0, chromaSubsampling: '4:2:0' } : { quality: 75, effort: 2 };
const lane = async () => {
    while (next < files.length) {
        const file = files[next++];
        try {
            const made = await sharp(file, { animated: true }).rotate().resize({ width: +width, withoutEnlargement: true })
                .toFormat(format, options).toBuffer();
            ok++;
            bytes += made.length;
        } catch (e) {
            failed++;
        }
    }
};
const begin = Date.now();
Promise.all([lane(), lane()]).then(() => console.log(ok, 0, failed, (Date.now() - begin) / 1000, bytes));
JS
printf '%-22s %6s %8s %7s %8s %8s %12s\n' "" whole partial failed "s" "files/s" bytes
line() { # NAME MEASURED < the program's line
    read -r ok partial failed seconds bytes
    printf '%-22s %6s %8s %7s %8s %8s %12s   %s CPU s, peak %s MiB\n' "$1" "$ok" "$partial" "$failed" "$seconds" \
        "$(calc "$count / $seconds")" "$bytes" "$(median "$2" 2)" "$(median "$2" 3)"
}
for format in webp avif; do
    tr '\n' '\0' <"$work/photos" | xargs -0 "$MEASURE" "$work/$format.ours" "$FOLDER" $format 1600 2 >"$work/out"
    line "$format" "$work/$format.ours" <"$work/out"
    [ -n "$sharp" ] || continue
    "$MEASURE" "$work/$format.vips" node "$work/peer.js" "$sharp" $format 1600 "$work/photos" >"$work/out"
    line "$format, libvips" "$work/$format.vips" <"$work/out"
done
