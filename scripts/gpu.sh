#!/usr/bin/env bash
# Everything that needs an NVIDIA GPU, in one go and under 8 minutes: builds, compares pictures with
# `sequential` byte by byte, runs compute-sanitizer's four tools, measures, and writes
# bench/results/cuda.json with the GPU, the driver, the date and the commands.
#
#   scripts/gpu.sh             all of it, here
#   scripts/gpu.sh --pack      builds only, and gathers what runs in build/gpu/run, for a machine
#                              with a GPU but without compilers: take the repository with it there,
#   scripts/gpu.sh --packed    and run what was gathered
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-all}
run=build/gpu/run
start=$SECONDS
say() { printf '[%3ds] %s\n' $((SECONDS - start)) "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

build() {
    local architectures=native
    # Without a GPU to ask: everything that the default covers.
    nvidia-smi >/dev/null 2>&1 || architectures="75-real;80-real;86-real;89-real;90-real;90-virtual"
    cmake -S . -B build/gpu -G Ninja -DCMAKE_BUILD_TYPE=Release -DJUGGLER_CUDA=ON \
        -DJUGGLER_BENCH=ON "-DCMAKE_CUDA_ARCHITECTURES=${JUGGLER_CUDA_ARCHITECTURES:-$architectures}" \
        >build/gpu.log 2>&1 || die "cmake failed, see build/gpu.log"
    cmake --build build/gpu --target juggler cuda_device_test golden_test juggler_cuda_bench \
        >>build/gpu.log 2>&1 || die "the build failed, see build/gpu.log"
    rm -rf "$run"
    mkdir -p "$run/lib"
    cp build/gpu/juggler build/gpu/juggler_cuda_bench build/gpu/tests/cuda_device_test \
        build/gpu/tests/golden_test "$run"
    # Libraries that a bare system lacks; not those that belong to its kernel and linker.
    ldd "$run"/* 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u |
        grep -vE '/(libc|libm|libdl|librt|libpthread|ld-linux[^/]*)\.so' | xargs -r cp -t "$run/lib"
    say "built"
}

mkdir -p build bench/results
[ "$mode" = --packed ] || build
[ "$mode" = --pack ] && exit 0
[ "$mode" = --packed ] && export LD_LIBRARY_PATH="$PWD/$run/lib"

"$run/juggler" devices | sed -n 's/^cuda  */        /p' >&2
"$run/juggler" render scenes/cornell.json --quick -s 1 -b cuda -o build/gpu.png 2>/dev/null ||
    die "no cuda backend here: $("$run/juggler" devices | sed -n 's/^cuda  *//p')"

say "pictures: byte by byte against sequential"
"$run/cuda_device_test" --gtest_brief=1 || die "pictures differ"
# Where the sources lay when it was built may be nowhere here.
"$run/golden_test" --gtest_brief=1 --gtest_filter='-Goldens.EveryShippedSceneHasOne' || die "golden pictures differ"

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null || true)
sanitized=()
if [ -n "$sanitizer" ]; then
    for tool in memcheck racecheck initcheck synccheck; do
        for kernel in simple merged; do
            JUGGLER_CUDA_KERNEL=$kernel timeout 60 "$sanitizer" --tool "$tool" --error-exitcode 9 \
                "$run/juggler" render scenes/juggler.json --size 48x27 -s 2 -b cuda \
                -o build/gpu.png >build/gpu-$tool.log 2>&1 || die "$tool: see build/gpu-$tool.log"
            sanitized+=("$tool/$kernel")
        done
        say "compute-sanitizer $tool: clean"
    done
else
    say "no compute-sanitizer here: left out"
fi

say "measuring"
"$run/juggler_cuda_bench" --json build/gpu-bench.json scenes/juggler.json scenes/cornell.json \
    scenes/weekend.json terrain || die "the bench failed"
{
    printf '{\n"date": "%s",\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    printf '"commands": ["scripts/gpu.sh"],\n"commit": "%s",\n' "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
    printf '"driver": "%s",\n' \
        "$(nvidia-smi --query-gpu=driver_version --format=csv,noheader | head -n 1)"
    printf '"sanitizers_clean": "%s",\n"bench":\n' "${sanitized[*]:-none}"
    cat build/gpu-bench.json
    printf '}\n'
} >"${OUT:-bench/results}/cuda.json"
say "written: ${OUT:-bench/results}/cuda.json"
