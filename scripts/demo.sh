#!/usr/bin/env bash
# Sets up, builds, renders scenes/juggler.json to build/demo.png and shows it. Options go on to
# `juggler render`, e.g. scripts/demo.sh --size 1280x720 -s 256
. "$(dirname "$0")/setup.sh"
build juggler
"build/$preset/juggler" render scenes/juggler.json -o build/demo.png --show "$@"
say "done; the picture is $PWD/build/demo.png"
