#!/usr/bin/env bash
# Builds and runs the benchmarks; the results go to bench/results/NAME.json.
#
#   scripts/bench.sh [NAME] [OPTION...]     NAME is "render" unless given; options go on to Google
#                                           Benchmark, e.g. --benchmark_filter=png
#
# Wait for a quiet machine: the load is kept with the result.
export JUGGLER_PRESET=bench
. "$(dirname "$0")/setup.sh"
name=render
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
    name=$1
    shift
fi
libraries="$libraries libbenchmark-dev"
build juggler_bench
mkdir -p bench/results
run() { # run NAME FILTER OPTION...
    local result=bench/results/$1.json
    "build/$preset/juggler_bench" --benchmark_filter="$2" --benchmark_repetitions=3 \
        --benchmark_report_aggregates_only=true --benchmark_counters_tabular=true \
        --benchmark_out="$result" --benchmark_out_format=json "${@:3}"
    # Whose machine it was is nobody's business.
    sed -i '/"host_name":/d; /"executable":/d' "$result"
    sed -n 's/^model name\t: \(.*\)$/    "cpu": "\1",/p' /proc/cpuinfo | head -n 1 |
        sed -i '/"context": {/r /dev/stdin' "$result"
    say "written: $result"
}
run "$name" '^(render|weekend|build|png)' "$@"
# In a process of its own, because it reports the process's peak memory.
run "$name-first-ray" '^first_ray' "$@"
