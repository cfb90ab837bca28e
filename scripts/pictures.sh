#!/usr/bin/env bash
# Makes the pictures of README.md and docs/ from the shipped scenes.
. "$(dirname "$0")/setup.sh"
build juggler
picture() {
    "build/$preset/juggler" render "scenes/$1.json" -o "docs/images/$1.png" --png-effort 9 "${@:2}"
}
mkdir -p docs/images
picture juggler --size 640x360 -s 256
picture cornell --size 320x320 -s 512
picture weekend --size 480x270 -s 256
ls -l docs/images
