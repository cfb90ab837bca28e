#!/usr/bin/env bash
# Times the CPU backends against Blender's Cycles on the same scenes, one thread each, taking turns
# (docs/performance.md). Installs blender where it is missing. The models are looked for in the
# folder JUGGLER_ASSETS, else in ../shared/assets; the figures are kept in bench/results/cycles.json.
# JUGGLER_SAMPLES=N: samples a pixel [64].
# With --pictures [SAMPLES], compares what the two make of the scenes instead.
JUGGLER_PRESET=${JUGGLER_PRESET:-bench}
. "$(dirname "$0")/setup.sh"
libraries="$libraries blender python3-numpy"
build juggler
assets=${JUGGLER_ASSETS:-../shared/assets}
if [ "${1:-}" = --pictures ]; then
    python3 bench/cycles/pictures.py "build/$preset/juggler" "$assets" "${2:-64}"
else
    python3 bench/cycles/compare.py "build/$preset/juggler" "$assets" bench/results/cycles.json
fi
