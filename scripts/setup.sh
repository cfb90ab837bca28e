# Installs what is missing, configures, builds. Sourced by demo.sh, test.sh and pictures.sh, which
# then call `build TARGET...`.
#
#   JUGGLER_NO_INSTALL=1   never touches the system; what is missing is then CMake's to report
#   JUGGLER_PRESET=NAME    another preset than release (CMakePresets.json)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p build
preset=${JUGGLER_PRESET:-release}
log=build/setup.log
: > "$log"
start=$SECONDS

say() { printf '[%3ds] %s\n' $((SECONDS - start)) "$*" >&2; }
die() {
    tail -n 25 "$log" | sed 's/^/    /' >&2
    printf 'error: %s\n       all of it: %s\n' "$*" "$log" >&2
    exit 1
}

# Names of Debian 12; Ubuntu 24.04 has them all.
libraries="libcli11-dev nlohmann-json3-dev libtinygltf-dev libdeflate-dev zlib1g-dev
    libpng-dev libjpeg-dev libopenexr-dev libasio-dev libgtest-dev"
# kitty and sixel graphics for --show; WebP pictures and compressed meshes of glTF files; OBJ files
optional="libchafa-dev libglib2.0-dev libwebp-dev libdraco-dev libstb-dev
    libmeshoptimizer-dev libtinyobjloader-dev"

is_installed() {
    dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'
}

missing_packages() {
    command -v cmake >/dev/null || echo cmake
    command -v ninja >/dev/null || echo ninja-build
    command -v "${CXX:-c++}" >/dev/null || echo g++
    command -v pkg-config >/dev/null || echo pkg-config
    local package
    for package in $libraries $optional; do
        is_installed "$package" || echo "$package"
    done
}

install_missing() {
    [ "${JUGGLER_NO_INSTALL:-}" = 1 ] && return
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "not a Debian system: nothing installed; needed are cmake ninja g++ pkg-config" \
            $libraries
        return
    fi
    local missing as_root=""
    missing=$(missing_packages | xargs)
    [ -z "$missing" ] && return
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            die "run this as root, then try again: apt-get install $missing"
        as_root=sudo
    fi
    say "installing $missing"
    $as_root apt-get update >>"$log" 2>&1 || die "apt-get update failed"
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends $missing >>"$log" 2>&1 ||
        die "apt-get install failed"
}

# build [TARGET...]: everything, or only these. What is in `settings` goes on to cmake.
settings=()
build() {
    install_missing
    say "building (preset $preset)"
    cmake --preset "$preset" "${settings[@]}" >>"$log" 2>&1 || die "cmake failed"
    sed -n 's/^-- \(juggler back ends\)/        \1/p' "$log" >&2
    cmake --build --preset "$preset" ${1:+--target "$@"} >>"$log" 2>&1 || die "the build failed"
    say "built"
}
