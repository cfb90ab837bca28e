#!/usr/bin/env bash
# Makes the pictures of README.md and docs/ from the shipped scenes, and README's table of back ends,
# which is worth having only from a machine that does nothing else.
#
#   scripts/pictures.sh [scenes] [figures] [table]      what to make; all of it unless some are named
. "$(dirname "$0")/setup.sh"
build juggler
juggler=build/$preset/juggler
wanted=" $* "
is_wanted() { [ "$wanted" = "  " ] || [[ $wanted == *" $1 "* ]]; }
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
mkdir -p docs/images

picture() {
    "$juggler" render "scenes/$1.json" -o "docs/images/$1.png" --png-effort 9 "${@:2}"
}
scene_pictures() {
    picture juggler --size 640x360 -s 256
    picture cornell --size 320x320 -s 512
    picture weekend --size 480x270 -s 256
    picture ocean --size 480x270 -s 256
    picture materials --size 640x400 -s 512
    picture lantern --size 480x270 -s 128 --denoise
    picture gallery --size 480x270 -s 64 --denoise
}

# Twelve frames on a slow disk, in every arrangement, on one time axis.
arrangements() {
    local traces=() arrangement
    for arrangement in sequential concurrent parallel both; do
        traces+=("$scratch/$arrangement.json")
        "$juggler" render scenes/cornell.json --set '/animation={"frames":12}' -f all \
            --size 320x200 -s 2 -o "$scratch/f_####.png" --throttle-write 1 \
            --arrangement $arrangement --trace "$scratch/$arrangement.json"
    done
    "$juggler" show "${traces[@]}" --timeline docs/images/arrangements.svg
}

# What commands draw: tiles, where two pictures look different, a report in a browser.
figures() {
    arrangements
    "$juggler" tiles scenes/juggler.json -s 64 -o docs/images/tiles.png
    "$juggler" render scenes/juggler.json --size 640x360 -s 8 -o "$scratch/8-samples.png" -q
    "$juggler" render scenes/juggler.json --size 640x360 -s 128 -o "$scratch/128-samples.png" -q
    (cd "$scratch" && "$OLDPWD/$juggler" diff 128-samples.png 8-samples.png --report report.html \
        >/dev/null) || true # they differ, so it ends with 6
    if command -v chromium >/dev/null; then
        chromium --headless --no-sandbox --hide-scrollbars --window-size=1000,1240 \
            --screenshot=docs/images/report.png "file://$scratch/report.html" 2>>"$log"
    else
        say "no chromium: docs/images/report.png stays as it is"
    fi
}

# Between its two marks in README.md.
table() {
    {
        "$juggler" compare scenes/juggler.json --size 640x360 -s 16 --runs 5 --markdown
        printf '\nMeasured on %s by `scripts/pictures.sh table`.\n' "$(date -u +%F)"
    } >"$scratch/table.md"
    sed -i -e "/<!-- table begins -->/r $scratch/table.md" \
        -e '/<!-- table begins -->/,/<!-- table ends -->/{/<!-- table/!d}' README.md
}

is_wanted scenes && scene_pictures
is_wanted figures && figures
is_wanted table && table
ls -l docs/images
