#!/usr/bin/env bash
# Makes the pictures of README.md and docs/ from the shipped scenes, and README's table of back ends.
#
#   scripts/pictures.sh [scenes] [figures] [timings] [table]    what to make; all of it unless named
#
# `timings` and `table` hold measured times: they are worth having only from a machine that does
# nothing else. JUGGLER=PROGRAM, a whole path, saves building one. What is drawn by a browser needs
# chromium, and stays as it is without.
. "$(dirname "$0")/setup.sh"
juggler=${JUGGLER:-}
if [ -z "$juggler" ]; then
    build juggler
    juggler=$PWD/build/$preset/juggler
fi
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

# Twelve frames on a slow disk, in every arrangement, on one time axis. A render takes one thread, but
# for the last.
arrangements() {
    local traces=() arrangement backend=simd
    for arrangement in sequential concurrent parallel both; do
        [ $arrangement = both ] && backend=openmp
        traces+=("$scratch/$arrangement.json")
        "$juggler" render scenes/cornell.json --set '/animation={"frames":12}' -f all \
            --size 320x200 -s 2 -b $backend -o "$scratch/f_####.png" --throttle-write 3 \
            --arrangement $arrangement --trace "$scratch/$arrangement.json"
    done
    "$juggler" show "${traces[@]}" --timeline docs/images/arrangements.svg
}

# screenshot NAME WIDTH HEIGHT: of $scratch/NAME.html.
screenshot() {
    if ! command -v chromium >/dev/null; then
        say "no chromium: docs/images/$1.png stays as it is"
        return
    fi
    chromium --headless --no-sandbox --hide-scrollbars --window-size="$2,$3" \
        --screenshot="docs/images/$1.png" "file://$scratch/$1.html" 2>>"$log"
}

# terminal NAME COLUMNS SHOWN COMMAND...: what a command says, with SHOWN behind the prompt.
terminal() {
    local size
    read -ra size < <(scripts/terminal_picture.py "$2" "$scratch/$1.html" "$3" "${@:4}")
    screenshot "$1" "${size[@]}"
}

# What commands draw: a picture in the terminal, where two pictures look different.
figures() {
    "$juggler" render scenes/juggler.json --size 640x360 -s 8 -o "$scratch/8-samples.png" -q
    "$juggler" render scenes/juggler.json --size 640x360 -s 128 -o "$scratch/128-samples.png" -q
    (cd "$scratch" && "$juggler" diff 128-samples.png 8-samples.png --report report.html \
        >/dev/null) || true # they differ, so it ends with 6
    screenshot report 1000 1240
    terminal diff 72 "juggler diff 128-samples.png 8-samples.png" \
        "$juggler" diff "$scratch/128-samples.png" "$scratch/8-samples.png"
    terminal show 110 "juggler show juggler.png" "$juggler" show docs/images/juggler.png --show blocks
}

# What commands measure.
timings() {
    arrangements
    terminal trace 100 "juggler show both.json" "$juggler" show "$scratch/both.json"
    terminal learn 100 "juggler learn overlap" "$juggler" learn overlap -y
    "$juggler" bench scenes/cornell.json --quick --save "$scratch/before.json" >/dev/null
    terminal bench 100 "juggler bench scenes/cornell.json --quick --check before.json" \
        "$juggler" bench scenes/cornell.json --quick --check "$scratch/before.json"
    "$juggler" compare scenes/cornell.json --size 256x256 -s 8 --report "$scratch/compare.html" \
        >/dev/null
    screenshot compare 1000 2150
    "$juggler" tiles scenes/juggler.json -s 64 -o docs/images/tiles.png
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
is_wanted timings && timings
is_wanted table && table
ls -l docs/images
