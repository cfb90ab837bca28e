#!/usr/bin/env bash
# Whether the speed-ups that `juggler compare` prints are those of the commands, timed from outside:
# renders the same picture with every back end in turns, by the clock, start-up and PNG included.
# Only of worth on a machine that does nothing else.
#
#   [JUGGLER_RUNS=N] scripts/check-compare.sh [SCENE [OPTION...]]
set -euo pipefail
cd "$(dirname "$0")/.."
juggler=build/${JUGGLER_PRESET:-release}/juggler
scene=${1:-scenes/cornell.json}
options=("${@:2}")
[ ${#options[@]} -gt 0 ] || options=(--size 400x400 -s 64)
runs=${JUGGLER_RUNS:-5}
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

# In turns, so that a machine that grows slower does so for both.
for ((run = 0; run < runs; ++run)); do
    "$juggler" compare "$scene" "${options[@]}" --runs 1 --json -q >"$scratch/compare.$run.json"
    mapfile -t backends < <(python3 -c '
import json, sys
print(*(s["backend"] for s in json.load(open(sys.argv[1]))["scores"]), sep="\n")' \
        "$scratch/compare.$run.json")
    for backend in "${backends[@]}"; do
        begin=$(date +%s%N)
        "$juggler" render "$scene" "${options[@]}" -b "$backend" -o "$scratch/p.png" -q
        echo "$backend $(($(date +%s%N) - begin))" >>"$scratch/outside"
    done
done
python3 - "$scratch" <<'PY'
import collections, glob, json, statistics, sys
told = collections.defaultdict(list)
for file in glob.glob(sys.argv[1] + "/compare.*.json"):
    for score in json.load(open(file))["scores"]:
        told[score["backend"]].append(score["median"])
times = collections.defaultdict(list)
for line in open(sys.argv[1] + "/outside"):
    backend, ns = line.split()
    times[backend].append(int(ns) * 1e-9)
first = next(iter(told))
# Medians are what compare prints, so they decide; the fastest of many runs tell whether neighbours
# on a shared machine had a part in it.
for name, of in ("fastest", min), ("median", statistics.median):
    worst = 0
    print(f"{name:<11}  compare   outside   speed-up: compare  outside  apart")
    for backend in told:
        inside, outside = of(told[backend]), of(times[backend])
        a, b = of(told[first]) / inside, of(times[first]) / outside
        worst = max(worst, abs(a / b - 1))
        print(f"{backend:<11}{inside:>8.3f} s{outside:>8.3f} s{a:>18.2f}{b:>9.2f}"
              f"{100 * (a / b - 1):>+7.1f} %")
sys.exit(worst > 0.05)
PY
