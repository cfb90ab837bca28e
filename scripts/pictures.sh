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
picture ocean --size 480x270 -s 256
# Twelve frames on a slow disk, in every arrangement, on one time axis.
frames=$(mktemp -d)
trap 'rm -r "$frames"' EXIT
traces=()
for arrangement in sequential concurrent parallel both; do
    traces+=("$frames/$arrangement.json")
    "build/$preset/juggler" render scenes/cornell.json --set '/animation={"frames":12}' -f all \
        --size 320x200 -s 2 -o "$frames/f_####.png" --throttle-write 1 \
        --arrangement $arrangement --trace "$frames/$arrangement.json"
done
"build/$preset/juggler" show "${traces[@]}" --timeline docs/images/arrangements.svg
ls -l docs/images
