#!/usr/bin/env bash
# What ptxas makes of the kernels, for each compute capability: registers a thread, bytes of stack
# (spills included) and shared memory, and how many warps of a multiprocessor they leave room for.
# Needs nvcc and cuobjdump, no GPU.
#
#   scripts/kernel_resources.sh [CAPABILITY...]     75 80 86 89 90 by default
set -euo pipefail
cd "$(dirname "$0")/.."
toolkit=$(dirname "$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- 75 80 86 89 90
printf '| kernel | capability | registers | stack | shared | warps |\n|---|---|---|---|---|---|\n'
for capability in "$@"; do
    "$toolkit/nvcc" -std=c++20 -O3 -arch="sm_$capability" -cubin -I . -DJUGGLER_ISA=device \
        --fmad=false --ftz=false --prec-div=true --prec-sqrt=true -Xcompiler=-ffp-contract=off \
        -o "$work/k.cubin" kernels/render.cu
    # Registers come in units of 256 a warp, out of 65,536 of a multiprocessor.
    "$toolkit/cuobjdump" --dump-resource-usage "$work/k.cubin" | awk -v capability="$capability" '
        /Function/ {
            name = $2
            sub(/:$/, "", name)
            # The parts of a mangled name carry their lengths.
            block = name ~ /resolve_mean/ ? 256 : 128
            kernel = name ~ /pixels_merged/ ? "merged" : name ~ /render_pixels/ ? "simple" : \
                name ~ /resolve_mean/ ? "mean" : name ~ /refit_leaves/ ? "refit, leaves" : \
                "refit, nodes"
            next
        }
        /REG:/ {
            match($0, /REG:[0-9]+/); registers = substr($0, RSTART + 4, RLENGTH - 4)
            match($0, /STACK:[0-9]+/); stack = substr($0, RSTART + 6, RLENGTH - 6)
            match($0, /SHARED:[0-9]+/); shared = substr($0, RSTART + 7, RLENGTH - 7)
            per_warp = int((registers * 32 + 255) / 256) * 256
            most = capability == 75 ? 32 : capability == 86 || capability == 89 ? 48 : 64
            warps = int(int(65536 / per_warp) / (block / 32)) * (block / 32)
            if (warps > most) warps = most
            printf "| %s | %.1f | %d | %d | %d | %d of %d |\n", kernel, capability / 10, registers, \
                stack, shared, warps, most
        }' | sort
done
