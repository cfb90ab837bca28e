#!/usr/bin/env bash
# Builds Juggler for AArch64 on another machine and runs it in an emulator (QEMU): the constants of
# the golden test must hold there, and no fused operation may have been made. Takes some minutes.
#
#   JUGGLER_SYSROOT=FOLDER   the root of an AArch64 system with the libraries of README.md; else
#                            Debian's packages are fetched with apt into build/arm, where they
#                            touch nothing of this system and need no rights
#   CXX=clang++              another compiler than aarch64-linux-gnu-g++, whose libraries it needs
set -euo pipefail
. "$(dirname "$0")/setup.sh"
log=build/check-arm.log
: > "$log"
compiler=${CXX:-aarch64-linux-gnu-g++}
folder=build/arm-${compiler##*/}
sysroot=${JUGGLER_SYSROOT:-$PWD/build/arm/sysroot-${compiler##*/}}
openmp=libgomp1
options=()
if [[ ${compiler##*/} == clang* ]]; then
    # CMake would find out about clang's OpenMP by building for this machine.
    openmp=libomp-dev
    options=(-DOpenMP_CXX_FLAGS=-fopenmp -DOpenMP_CXX_LIB_NAMES=omp
        "-DOpenMP_omp_LIBRARY=$sysroot/usr/lib/aarch64-linux-gnu/libomp.so.5")
fi

need() {
    command -v "$1" >/dev/null || die "$1 is missing; on Debian: apt-get install $2"
}

# An apt of its own, that believes to be on such a machine with nothing installed.
fetch_sysroot() {
    local apt=build/arm/apt archive
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
    : > "$apt/state/status"
    local apart=(-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Debug::NoLocking=1
        -o "APT::Sandbox::User=$(id -un)" -o "Dir::State=$PWD/$apt/state"
        -o "Dir::State::status=$PWD/$apt/state/status" -o "Dir::Cache=$PWD/$apt/cache")
    local remedy="JUGGLER_SYSROOT can name the root of an AArch64 system instead"
    command -v apt-get >/dev/null || die "there is no apt-get to fetch libraries with; $remedy"
    say "fetching libraries for AArch64"
    apt-get "${apart[@]}" update >>"$log" 2>&1 || die "apt-get update failed; $remedy"
    # shellcheck disable=SC2154,SC2086 # of setup.sh, several words
    apt-get "${apart[@]}" install -y --no-install-recommends --download-only \
        $libraries $openmp >>"$log" 2>&1 || die "these libraries are not to be had; $remedy"
    rm -rf "$sysroot.part"
    mkdir -p "$sysroot.part"
    for archive in "$apt"/cache/archives/*.deb; do
        dpkg-deb -x "$archive" "$sysroot.part" >>"$log" 2>&1 || die "unpacking $archive failed"
    done
    # Links from the root are meant from the root of that system.
    local link
    find "$sysroot.part" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
        ln -srfn "$sysroot.part$(readlink "$link")" "$link"
    done
    mv "$sysroot.part" "$sysroot"
}

need aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
need "$compiler" "${compiler##*/}"
need aarch64-linux-gnu-objdump binutils-aarch64-linux-gnu
need qemu-aarch64 qemu-user
if [ ! -d "$sysroot" ]; then
    [ -z "${JUGGLER_SYSROOT:-}" ] || die "there is no folder JUGGLER_SYSROOT=$sysroot"
    fetch_sysroot
fi

say "building with $compiler"
cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DJUGGLER_CUDA=OFF \
    -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake -DCMAKE_CXX_COMPILER="$compiler" \
    -DJUGGLER_SYSROOT="$sysroot" "${options[@]}" >>"$log" 2>&1 || die "cmake failed"
cmake --build "$folder" --target juggler golden_test cpu_wide_test kernels_lanes_test \
    kernels_math_test build_flags_test >>"$log" 2>&1 || die "the build failed"

failed=0
check() {
    local what=$1
    shift
    if "$@" >>"$log" 2>&1; then
        say "$what: ok"
    else
        say "$what: FAILED, see $log"
        failed=1
    fi
}
emulated() { qemu-aarch64 -L "$sysroot" "$@"; }
program() { emulated "$folder/juggler" "$@"; }
render() { program render scenes/cornell.json --size 48x40 -s 4 "$@"; }
# The same file from the same scene, whatever made it.
same_pictures() {
    render -b sequential -o "$folder/sequential.exr" || return
    local backend
    for backend in "simd --isa baseline" "simd --isa neon" "openmp -t 2"; do
        # shellcheck disable=SC2086 # several words
        render -b $backend -o "$folder/other.exr" || return
        cmp "$folder/sequential.exr" "$folder/other.exr" || return
    done
}

check "neon is what it takes by itself" grep -q "isa.* neon$" <(program devices)
check "golden hashes on every backend and instruction set" \
    emulated "$folder/tests/golden_test" --gtest_filter='*Hashes*'
check "walks against brute force" emulated "$folder/tests/cpu_wide_test"
check "many lanes against one" emulated "$folder/tests/kernels_lanes_test"
check "elementary functions" emulated "$folder/tests/kernels_math_test"
check "no fused operation, no libm, no inexact flag" emulated "$folder/tests/build_flags_test"
check "the unit shares nothing" tests/isa_symbols.sh \
    "$folder/cpu/CMakeFiles/juggler_cpu.dir/simd_neon.cpp.o"
check "pictures of the program" same_pictures
check "juggler compare" program compare scenes/cornell.json --size 32x24 -s 2 --runs 1 --threads 1,2
[ "$failed" = 0 ] || die "this is not the picture of other machines"
say "AArch64 makes the same bytes"
