# To be sourced, with `root` set to the project's folder. need build|tests: makes sure that what building (or testing) needs
# is there. On Debian and Ubuntu it installs what is missing, without a question; elsewhere it looks and says what to install.
# shellcheck shell=sh

debian_build="gcc libc6-dev meson ninja-build pkg-config libavformat-dev libavcodec-dev libavfilter-dev libavutil-dev \
libswresample-dev libswscale-dev libopus-dev libaom-dev libjpeg-dev zlib1g-dev libwebp-dev libavif-dev libheif-dev liblcms2-dev \
libjansson-dev libssl-dev ffmpeg"
# From Debian 13 on libcrypto.pc names zlib and zstd for static clients, but libssl-dev does not bring zstd along.
debian_tests="$debian_build g++ make binutils abigail-tools libcmocka-dev libzstd-dev"

say_packages() {
    cat >&2 <<END
libreel needs to be built: a C11 compiler, meson >= 0.63, ninja, pkg-config, FFmpeg >= 5.1 (libraries and command), libopus,
libaom, libjpeg-turbo, zlib, libwebp, libavif, libheif, Little CMS, Jansson, OpenSSL's libcrypto; for the tests also cmocka, make, a C++ compiler and libabigail.

Debian, Ubuntu:  apt-get install $debian_tests
Fedora:          dnf install gcc gcc-c++ make meson pkgconf-pkg-config ffmpeg-free ffmpeg-free-devel opus-devel \\
                     libaom-devel libjpeg-turbo-devel zlib-devel libwebp-devel libavif-devel libheif-devel lcms2-devel jansson-devel openssl-devel libcmocka-devel libabigail
Arch:            pacman -S gcc make meson pkgconf ffmpeg opus aom libjpeg-turbo zlib libwebp libavif libheif lcms2 jansson openssl cmocka libabigail
Alpine:          apk add build-base meson pkgconf ffmpeg ffmpeg-dev opus-dev aom-dev libjpeg-turbo-dev zlib-dev libwebp-dev libavif-dev libheif-dev lcms2-dev jansson-dev openssl-dev cmocka-dev
macOS:           brew install meson ninja pkgconf ffmpeg opus aom jpeg-turbo webp libavif libheif little-cms2 jansson openssl@3 cmocka
END
}

need() {
    if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
        if [ "$1" = tests ]; then wanted=$debian_tests; else wanted=$debian_build; fi
        missing=
        for package in $wanted; do
            case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
            *' installed') ;;
            # pkg-config became a name that pkgconf provides; an own compiler will do as well.
            *) case $package in
                pkg-config) command -v pkg-config >/dev/null || missing="$missing $package" ;;
                gcc | libc6-dev) command -v cc >/dev/null || missing="$missing $package" ;;
                g++) command -v c++ >/dev/null || missing="$missing $package" ;;
                meson) command -v meson >/dev/null || missing="$missing $package" ;;
                ninja-build) command -v ninja >/dev/null || missing="$missing $package" ;;
                *) missing="$missing $package" ;;
                esac ;;
            esac
        done
        [ -n "$missing" ] || return 0
        as_root=
        if [ "$(id -u)" != 0 ]; then
            if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
                as_root="sudo -n"
            else
                echo "These packages are missing, and only root can install them:" >&2
                echo "    sudo apt-get install$missing" >&2
                return 1
            fi
        fi
        echo "installing$missing"
        # shellcheck disable=SC2086 # words
        $as_root apt-get -q update </dev/null &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing </dev/null
        return
    fi

    lacking=
    commands="meson ninja pkg-config ffmpeg"
    libraries="libavformat libavcodec libavfilter libavutil libswresample libswscale opus jansson libcrypto"
    [ "$1" = tests ] && libraries="$libraries cmocka" && commands="$commands make"
    for name in $commands; do
        command -v "$name" >/dev/null || lacking="$lacking $name"
    done
    command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null || lacking="$lacking cc"
    for name in $libraries; do
        pkg-config --exists "$name" 2>/dev/null || lacking="$lacking $name"
    done
    [ -n "$lacking" ] || return 0
    echo "Missing:$lacking" >&2
    say_packages
    return 1
}
