#!/usr/bin/env bash
# What ptxas makes of the kernels, for each compute capability: registers a thread, bytes of local
# memory and of spills, and how many warps of a multiprocessor they leave room for. Needs nvcc, no
# GPU.
#
#   scripts/kernel_resources.sh [CAPABILITY...]     75 80 86 89 90 by default
set -euo pipefail
cd "$(dirname "$0")/.."
toolkit=$(dirname "$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- 75 80 86 89 90
printf '| kernel | capability | registers | stack | of it spills | warps |\n|---|---|---|---|---|---|\n'
for capability in "$@"; do
    for unit in render:device render_common:device_common frame:device; do
        "$toolkit/nvcc" -std=c++20 -O3 -arch="sm_$capability" -cubin -I . -DJUGGLER_ISA="${unit#*:}" \
            --fmad=false --ftz=false --prec-div=true --prec-sqrt=true -Xcompiler=-ffp-contract=off \
            -Xptxas=-v -o "$work/k.cubin" "kernels/${unit%:*}.cu" 2>"$work/log" ||
            { cat "$work/log" >&2; exit 1; }
        # Registers come in units of 256 a warp, out of 65,536 of a multiprocessor.
        awk -v capability="$capability" '
            /Compiling entry function/ {
                block = /resolve_mean/ ? 256 : 128
                kernel = /pixels_merged/ ? "merged" : /pixels_compressed/ ? "compressed" : \
                    /render_pixels/ ? "simple" : /wave_shade/ ? "waves: shade" : \
                    /closest_compressed/ ? "waves-compressed: closest hits" : \
                    /shadow_compressed/ ? "waves-compressed: shadow rays" : \
                    /wave_closest/ ? "waves: closest hits" : /wave_shadow/ ? "waves: shadow rays" : \
                    /resolve_mean/ ? "mean" : /refit_leaves/ ? "refit, leaves" : "refit, nodes"
                if (/device_common/) kernel = kernel ", common materials"
            }
            /bytes stack frame/ { stack = $1; spills = $5 }
            /Used [0-9]+ registers/ {
                match($0, /Used [0-9]+/)
                registers = substr($0, RSTART + 5, RLENGTH - 5)
                per_warp = int((registers * 32 + 255) / 256) * 256
                most = capability == 75 ? 32 : capability == 86 || capability == 89 ? 48 : 64
                warps = int(int(65536 / per_warp) / (block / 32)) * (block / 32)
                if (warps > most) warps = most
                printf "| %s | %.1f | %d | %d | %d | %d of %d |\n", kernel, capability / 10, \
                    registers, stack, spills, warps, most
            }' "$work/log"
    done | sort
done
