#!/bin/sh
# shellcheck disable=SC2154 # work and cache are of the kit
# pictures.sh: photos to AVIF and WebP in one process, beside libvips (Node's sharp: the folder SHARP, or where Node finds it), cwebp
# and avifenc. Those that are missing are left out by name. SSIM is FFmpeg's of all planes, after other programs have decoded both.
. "$SOURCE/tests/bench/kit.sh"
machine
for tool in cwebp dwebp avifenc avifdec; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
media=$SOURCE/../shared/media
sharp=${SHARP:-$BUILD/tests/bench/node_modules/sharp}
if ! command -v node >/dev/null || ! node -e 'require(process.argv[1])' "$sharp" 2>/dev/null; then
    echo "libvips is left out: no node with sharp (npm install --prefix $BUILD/tests/bench sharp, or SHARP=its folder)"
    sharp=
fi
cat >"$work/peer.js" <<'JS'
// peer.js SHARP FORMAT EFFORT QUALITY WIDTH RUNS INPUT OUTPUT [BYTES]: median ms and bytes. With BYTES the quality is searched
// for that comes nearest to so many.
const [, , sharpAt, format, effort, quality, width, runs, input, output, bytes] = process.argv;
const sharp = require(sharpAt), fs = require('fs'), data = fs.readFileSync(input);
sharp.cache(false);
const once = (q) => {
    const picture = width > 0 ? sharp(data).resize(+width) : sharp(data);
    const options = { quality: q, effort: +effort };
    if (format === 'avif') options.chromaSubsampling = '4:2:0';
    return picture.toFormat(format, options).toBuffer();
};
(async () => {
    let q = +quality;
    if (bytes) {
        let best = Infinity;
        for (let low = 1, high = 100; low <= high;) {
            const middle = (low + high) >> 1, size = (await once(middle)).length;
            if (Math.abs(size - bytes) < best) { best = Math.abs(size - bytes); q = middle; }
            if (size > bytes) high = middle - 1; else low = middle + 1;
        }
    }
    const times = [];
    let made;
    for (let i = 0; i < runs; i++) {
        const begin = process.hrtime.bigint();
        made = await once(q);
        times.push(Number(process.hrtime.bigint() - begin) / 1e6);
    }
    fs.writeFileSync(output, made);
    times.sort((a, b) => a - b);
    console.log(times[times.length >> 1].toFixed(1), made.length);
})();
JS

# photo NAME WIDTH HEIGHT: a JPEG of one of the photos, or of what FFmpeg draws
photo() {
    name=$cache/$1-$2x$3.jpg
    [ -f "$name" ] && return
    if [ -f "$media/$4" ]; then
        ffmpeg -nostdin -v error -y -noautorotate -i "$media/$4" -frames:v 1 -vf \
            "scale=$2:$3:force_original_aspect_ratio=increase:flags=lanczos,crop=$2:$3,format=yuvj420p" -q:v 2 "$name"
    else
        ffmpeg -nostdin -v error -y -f lavfi -i "mandelbrot=size=$2x$3" -frames:v 1 -vf "noise=alls=8,format=yuvj420p" -q:v 2 "$name"
    fi
}

# like RESULT SOURCE: SSIM, both as 4:2:0 after each has been decoded to RGB
like() {
    case $1 in
    *.avif) avifdec -j 2 "$1" "$work/like.png" >/dev/null ;;
    *) dwebp -quiet "$1" -o "$work/like.png" ;;
    esac
    ffmpeg -nostdin -hide_banner -i "$work/like.png" -i "$2" -lavfi \
        '[0:v]format=gbrp,format=yuv444p[a];[1:v]format=gbrp,format=yuv444p[b];[a][b]ssim' -f null - 2>&1 |
        sed -n 's/.*SSIM.*All:\([0-9.]*\).*/\1/p' | tail -n 1
}

photo people 1920 1080 immich-app/albums_text_craft-beer.jpg
photo plants 1920 1080 ianare/jpg_hdr_iphone_hdr_NO.jpg
photo car 1920 1080 ianare/jpg_tests_35-empty.jpg
photo indoors 1920 1080 imageio/rommel.jpg
photo text 4032 3024 immich-app/albums_text_book-beside-flowers.jpg
photo people 4032 3024 immich-app/albums_text_craft-beer.jpg
threads=2

echo
echo "JPEG 1920x1080 to AVIF, level 6, quality 60 ($threads threads); libvips at effort 0 and the quality of equal bytes"
printf '%-10s %8s %8s %8s %9s %8s | %8s %9s %8s\n' photo ms read pixels bytes SSIM ms bytes SSIM
for p in people plants car indoors; do
    input=$cache/$p-1920x1080.jpg
    "$STILL" avif 6 60 0 $threads 9 "$input" "$work/ours.avif" >"$work/line"
    read -r all read pixels write bytes <"$work/line"
    peer="- -" quality=-
    if [ -n "$sharp" ]; then
        peer=$(node "$work/peer.js" "$sharp" avif 0 50 0 5 "$input" "$work/peer.avif" "$bytes")
        quality=$(like "$work/peer.avif" "$input")
    fi
    # shellcheck disable=SC2086
    printf '%-10s %8s %8s %8s %9s %8s | %8s %9s %8s\n' $p "$all" "$read" "$pixels" "$bytes" \
        "$(like "$work/ours.avif" "$input")" $peer "$quality"
done
echo "to reach: 100 ms; less time than libvips and no lower SSIM"

echo
echo "JPEG 1920x1080 to WebP, quality 60, by level; cwebp (its whole process) and libvips at the same method and quality 75"
printf '%-10s %5s %6s %8s %9s %8s | %8s %9s %8s | %8s %9s %8s\n' photo level method ms bytes SSIM cwebp bytes SSIM libvips bytes SSIM
for p in people car; do
    input=$cache/$p-1920x1080.jpg
    for pair in 0:6 2:5 4:4 5:3 6:2 7:1 9:0; do
        level=${pair%:*} method=${pair#*:}
        "$STILL" webp "$level" 60 0 $threads 5 "$input" "$work/ours.webp" >"$work/line"
        read -r all read pixels write bytes <"$work/line"
        rm -f "$work/cwebp"
        for _ in 1 2 3; do
            "$MEASURE" "$work/cwebp" cwebp -quiet -m "$method" -q 75 "$input" -o "$work/cwebp.webp"
        done
        vips="- -" quality=-
        if [ -n "$sharp" ]; then
            vips=$(node "$work/peer.js" "$sharp" webp "$method" 75 0 5 "$input" "$work/peer.webp")
            quality=$(like "$work/peer.webp" "$input")
        fi
        # shellcheck disable=SC2086
        printf '%-10s %5s %6s %8s %9s %8s | %8s %9s %8s | %8s %9s %8s\n' $p "$level" "$method" "$all" "$bytes" \
            "$(like "$work/ours.webp" "$input")" "$(calc "$(median "$work/cwebp" 1) * 1000")" "$(size "$work/cwebp.webp")" \
            "$(like "$work/cwebp.webp" "$input")" $vips "$quality"
    done
done
echo "to reach: 100 ms at level 6, 60 ms at 9; less time than both at each method, bytes within 2 % of cwebp's, no lower SSIM"

echo
echo "Others, level 6, quality 60; libvips: AVIF at effort 0, WebP at effort 2"
printf '%-34s %8s %8s %8s %8s %9s | %8s %9s   %s\n' what ms read pixels write bytes libvips bytes "to reach"
other() { # NAME FORMAT WIDTH INPUT TARGET
    "$STILL" "$2" 6 60 "$3" $threads 5 "$4" "$work/ours" >"$work/line"
    read -r all read pixels write bytes <"$work/line"
    effort=0 quality=50
    [ "$2" = webp ] && effort=2 quality=75
    peer="- -"
    if [ -n "$sharp" ]; then
        peer=$(node "$work/peer.js" "$sharp" "$2" $effort $quality "$3" 5 "$4" "$work/peer" 2>/dev/null) || peer="- -"
    fi
    # shellcheck disable=SC2086
    printf '%-34s %8s %8s %8s %8s %9s | %8s %9s   %s\n' "$1" "$all" "$read" "$pixels" "$write" "$bytes" $peer "$5"
}
for p in text people; do
    input=$cache/$p-4032x3024.jpg
    other "JPEG 12 Mpx, $p, to AVIF" avif 0 "$input" 400
    other "JPEG 12 Mpx, $p, to WebP" webp 0 "$input" 300
    other "JPEG 12 Mpx, $p, to 320 px WebP" webp 320 "$input" 20
done
for s in 1920x1080 4032x3024; do
    input=$cache/people-$s.png
    [ -f "$input" ] || ffmpeg -nostdin -v error -y -i "$cache/people-$s.jpg" -pix_fmt rgb24 "$input"
    other "PNG $s to AVIF (4:4:4)" avif 0 "$input" -
    other "PNG $s to WebP" webp 0 "$input" -
done
heic=$media/immich-app/formats_motionphoto_samsung-one-ui-6.heic
if [ -f "$heic" ]; then
    other "HEIC of a phone to AVIF" avif 0 "$heic" -
    other "HEIC of a phone to WebP" webp 0 "$heic" -
fi
