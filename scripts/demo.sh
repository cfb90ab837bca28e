#!/usr/bin/env bash
# Sets up, builds, renders scenes/juggler.json to build/demo.png, shows it, and says how long each
# back end takes for it. Options go on to `juggler render`, e.g. scripts/demo.sh --size 1280x720 -s 256
. "$(dirname "$0")/setup.sh"
# Code for the GPU that is here, not for all there are: that takes minutes.
settings=(-DJUGGLER_CUDA=HERE)
build juggler
juggler=build/$preset/juggler
"$juggler" render scenes/juggler.json -o build/demo.png --show "$@"
say "the same frame by every back end that runs here, at 8 samples a pixel"
"$juggler" compare scenes/juggler.json -s 8 --runs 1
say "done; the picture is $PWD/build/demo.png, the program $PWD/$juggler"
