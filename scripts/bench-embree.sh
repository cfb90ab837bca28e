#!/usr/bin/env bash
# Times our walks and our path tracer against Embree's (docs/performance.md). Installs libembree-dev
# where it is missing, builds, measures. Options go on to the bench; without any, all five scenes
# are measured, and the figures are kept in bench/results/embree.json.
JUGGLER_PRESET=${JUGGLER_PRESET:-bench}
. "$(dirname "$0")/setup.sh"
libraries="$libraries libembree-dev"
build juggler_embree_bench
[ $# -gt 0 ] || set -- --json bench/results/embree.json
load=$(cut -d ' ' -f 1 /proc/loadavg)
awk -v load="$load" 'BEGIN { exit !(load > 0.5) }' &&
    say "the machine is busy (load $load): trust ratios, and these within a tenth"
"build/$preset/juggler_embree_bench" "$@"
