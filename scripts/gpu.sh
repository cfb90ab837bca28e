#!/usr/bin/env bash
# Everything that needs an NVIDIA GPU, in one go and under 8 minutes: builds, compares pictures with
# `sequential` byte by byte, runs compute-sanitizer's four tools, measures, and writes
# bench/results/cuda.json with the GPU, the driver, the date and the commands, and
# bench/results/cuda-frames.svg, what the GPU's engines did while frames were in flight.
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

# The ocean's vertices move every frame: their tree is drawn anew on the device.
for backend in openmp cuda; do
    rm -rf "build/gpu-$backend"
    mkdir "build/gpu-$backend"
    "$run/juggler" render scenes/ocean.json -f 1-6 --size 320x180 -s 2 -b "$backend" \
        -o "build/gpu-$backend/f_#.exr" --trace "build/gpu-$backend.json" >build/gpu-frames.log 2>&1 ||
        die "frames of the ocean: see build/gpu-frames.log"
done
diff -r build/gpu-openmp build/gpu-cuda || die "frames of the ocean differ"
say "frames in flight: the same files"

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null || true)
sanitized=()
if [ -n "$sanitizer" ]; then
    for tool in memcheck racecheck initcheck synccheck; do
        for kernel in simple merged compressed waves waves-compressed; do
            # What moves in juggler has no compressed tree.
            case $kernel in *compressed) scene=cornell ;; *) scene=juggler ;; esac
            JUGGLER_CUDA_KERNEL=$kernel timeout 60 "$sanitizer" --tool "$tool" --error-exitcode 9 \
                "$run/juggler" render scenes/$scene.json --size 48x27 -s 2 -b cuda \
                -o build/gpu.png >build/gpu-$tool.log 2>&1 || die "$tool: see build/gpu-$tool.log"
            sanitized+=("$tool/$kernel")
        done
        timeout 120 "$sanitizer" --tool "$tool" --error-exitcode 9 \
            "$run/juggler" render scenes/ocean.json -f 1-5 --in-flight 2 --size 32x18 -s 1 -b cuda \
            -o build/gpu-cuda/s_#.png >build/gpu-$tool.log 2>&1 || die "$tool: see build/gpu-$tool.log"
        sanitized+=("$tool/refit")
        say "compute-sanitizer $tool: clean"
    done
else
    say "no compute-sanitizer here: left out"
fi

say "frames in flight at 3840x2160"
results=${OUT:-bench/results}
"$run/juggler" render scenes/ocean.json -f 1-24 --size 3840x2160 -s 4 -b cuda --format rgb24 -o - \
    --stats build/gpu-stats.json --timeline "$results/cuda-frames.svg" \
    --trace build/gpu-trace.json 2>build/gpu-frames.log >/dev/null ||
    die "frames at 3840x2160: see build/gpu-frames.log"
grep '^frames' build/gpu-frames.log >&2 || true

say "measuring"
"$run/juggler_cuda_bench" --json build/gpu-bench.json scenes/juggler.json scenes/cornell.json \
    scenes/weekend.json terrain || die "the bench failed"
{
    printf '{\n"date": "%s",\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    printf '"commands": ["scripts/gpu.sh"],\n"commit": "%s",\n' "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
    printf '"driver": "%s",\n' \
        "$(nvidia-smi --query-gpu=driver_version --format=csv,noheader | head -n 1)"
    printf '"sanitizers_clean": "%s",\n"frames_3840x2160":\n' "${sanitized[*]:-none}"
    cat build/gpu-stats.json
    printf ',\n"bench":\n'
    cat build/gpu-bench.json
    printf '}\n'
} >"$results/cuda.json"
say "written: $results/cuda.json and cuda-frames.svg"
