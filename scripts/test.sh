#!/usr/bin/env bash
# Sets up, builds, runs the quick tests. --all runs every test but the timings; other options go on
# to ctest, e.g. scripts/test.sh -R golden
. "$(dirname "$0")/setup.sh"
labels=(-L '^quick$')
if [ "${1:-}" = --all ]; then
    labels=(-LE '^timing$')
    shift
fi
build
ctest --test-dir "build/$preset" -j "$(nproc)" --output-on-failure --no-tests=error \
    "${labels[@]}" "$@"
say "tested"
