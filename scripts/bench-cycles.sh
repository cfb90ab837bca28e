#!/usr/bin/env bash
# Times the CPU backends against Blender's Cycles on the same scenes, one thread each, taking turns
# (docs/performance.md). Installs blender where it is missing. The models are looked for in the
# folder JUGGLER_ASSETS, else in ../shared/assets; the figures are kept in bench/results/cycles.json.
JUGGLER_PRESET=${JUGGLER_PRESET:-bench}
. "$(dirname "$0")/setup.sh"
libraries="$libraries blender python3-numpy"
build juggler
python3 bench/cycles/compare.py "build/$preset/juggler" \
    "${JUGGLER_ASSETS:-../shared/assets}" bench/results/cycles.json
