#include "host/cli/help.h"

#include <algorithm>
#include <sstream>

namespace juggler {
namespace {

const char* const all_help =
    R"(juggler - one path tracer, several ways to run it, the same picture from each

Usage: juggler <command> [options]

Make pictures
  render SCENE       render a still or an animation to files
  check SCENE        read a scene, report every problem with its line, render nothing
  merge PART...      put parts of pictures together, made by several processes
Compare
  compare SCENE      render with every back end: the same picture? how fast is each?
  bench SCENE        measure with repeats; save a baseline, or check against one
  diff A B           say how far apart two pictures are
Look and learn
  learn LESSON       short lessons on concurrency and parallelism, run on this machine
  tiles SCENE        a picture of which thread rendered what, and what it cost
  show FILE...       draw pictures, a clip, a trace or a report in the terminal
  completion SHELL   print what completes commands in bash, zsh or fish; or the manual page
  devices            list back ends, CPU features and cores, and why one is missing

Options for every command
  -h, --help           this text, or the command's own
  -V, --version        version, compiler, back ends built in
  -q, --quiet          only errors
  -v, --verbose        more
      --color WHEN     messages in colour: auto, always, never (NO_COLOR is honoured) [auto]
      --log-file FILE  write messages to the end of this file, too

Examples
  juggler render scenes/juggler.json -o juggler.png --show
  juggler render scenes/juggler.json -f 1-48 -o out/f_####.png
  juggler render scenes/cornell.json --quick --show
  juggler compare scenes/cornell.json --threads 1,2,all
  juggler diff before.png after.png
  juggler learn overlap
)";

const char* const exit_codes = R"(
Exit codes
  0 done                        4 an output cannot be written
  1 the run failed              5 the back end or device is not available
  2 wrong command line          6 pictures differ, or times got worse
  3 a scene or input is wrong   130/143 stopped by SIGINT/SIGTERM
)";

const char* const render_help =
    R"(juggler render SCENE [options]      SCENE is .json, .gltf, .glb or .obj; - = JSON on stdin

What to render
  -f, --frames LIST     1-48, 1-48:2, 3,7,10-20, 8..10, all       [the first; all in a clip]
      --camera NAME|N   camera of the scene, by name or from 1    [1]
      --eye X,Y,Z       look from here, in metres
      --look-at X,Y,Z   look at this point
      --fov DEGREES     vertical angle of view
      --size WxH        picture size                               [scene, else 640x360]
      --scale PERCENT   of that size
      --crop X0,Y0,X1,Y1  only this part, in pixels, or from 0 to 1 if all four are
      --set PTR=VALUE   change any scene value: --set /camera/fov_y_deg=35
      --turntable N     N frames once around what the camera looks at
      --clip NAME|N     animation of a glTF file; none = at rest   [the first]
      --variant NAME    materials of a glTF file that has variants of them
      --shutter SHARE   motion blur: open for 0 to 1 of a frame    [scene, else 0]
      --sky none        no default sky for a scene without light
      --env FILE        light from a picture of all directions, .hdr or .exr, as the sky
      --env-rotate DEG, --env-strength X   turn it to the left, scale its light [0, 1]

How good
  -s, --spp N           samples per pixel                          [scene, else 64]
      --max-depth N     bounces                                    [scene, else 8]
      --seed N          same seed, same picture, on every back end [scene, else 1]
      --quick           a quarter of the width and height, 8 samples: look before you wait
      --noise TARGET    samples until that share of white is left as noise, such as 0.01;
                        -s is the most                             [4096]
      --denoise         filter what noise is left, the same on every back end
      --filter NAME     of pixels: box, blackman-harris            [scene, else box]

How to run
  -b, --backend NAME    auto, or one of 'juggler devices' (JUGGLER_BACKEND) [auto]
  -t, --threads N       openmp: 0 = what this process may use (JUGGLER_THREADS) [0]
      --isa NAME        simd, openmp: best, or one of 'juggler devices' [best]
      --max-memory SIZE  refuse a run that needs more: 512M, 8G    [what is free]
      --schedule HOW    openmp: static, dynamic or guided            [dynamic]
      --tile N          simd, openmp: side of a tile in pixels            [16]
      --bvh QUALITY     of trees: quick, normal or high                    [high]
      --device N        cuda: which GPU, from 'juggler devices'            [0]
      --pipeline HOW    on: stages of several frames overlap; off: one after another [on]
      --in-flight N     frames on the way at once, 1 to 64             [3]
      --arrangement A   sequential, concurrent (one thread), parallel (whole frames on
                        threads of their own) or both                  [both]
      --throttle-read MB/s, --throttle-write MB/s   a disk as slow as that

What to write
  -o, --output FILE     #### = frame number; .png .exr .hdr .pfm .rgb; a clip:
                        .mp4 .webm .gif (needs ffmpeg); - = stdout
                        [SCENE.png, SCENE.####.png for several]
      --format NAME     png, png16, exr, hdr, pfm, rgb24, film, mp4, webm, gif
                                                                   [from the name]
      --fps N           frames a second of clips and glTF files    [scene, else 24]
      --tonemap NAME    none, reinhard, aces, agx                  [scene, else aces]
      --layers LIST     in an .exr: color, albedo, normal, depth, cost (rays a path)  [color]
      --exposure STOPS  doubles the light per stop                 [scene, else 0]
      --png-effort N    0 fast .. 9 small                          [1]
      --no-clobber      fail (4) if an output exists
      --resume          leave frames that are finished, with the same settings and whole
      --show[=HOW]      picture in the terminal: auto, blocks, kitty, sixel, off;
                        live: drawn anew while it grows
      --tev[=HOST:PORT]  to a running tev viewer, while it grows   [127.0.0.1:14158]

A part of the work, for job arrays, mpirun and render farms
      --part I/N|auto   do part I of N; auto asks Slurm's and MPI's environment
      --split WHAT      frames; or rows or samples of each, as film files to merge  [frames]

What to tell
      --dry-run         write nothing; print the plan, its time and memory
      --progress HOW    auto, bar, plain, json, none               [auto]
      --stats FILE      times, rays, memory as JSON (- = stdout)
      --trace FILE      what ran when, for Perfetto and 'juggler show'
      --timeline FILE   the same as a picture (SVG)
      --report FILE.html  a page with pictures, times and timeline, for any browser
  -q, --quiet           only errors
  -v, --verbose         more
      --color WHEN      messages in colour: auto, always, never    [auto]
      --log-file FILE   write messages to the end of this file, too

The last of an option given twice wins; their order never matters. SIGTERM and SIGINT stop within a
second, and finished frames are kept; a second one stops at once.

Examples
  juggler render scenes/juggler.json
  juggler render room.glb --size 1920x1080 -s 256 -o room.png --show
  juggler render scenes/juggler.json -o juggler.mp4
)";

const char* const compare_help =
    R"(juggler compare SCENE [options]     SCENE is .json, .gltf, .glb or .obj; - = JSON on stdin

Renders one picture with every back end, several times in turns, and says whether all of them made
the same bytes and how long each took. Exits with 6 if pictures differ.

  -b, --backends LIST   such as seq,simd,omp,cuda                  [all that run here]
  -t, --threads LIST    openmp once with each: 1,2,4,all           [all]
      --runs N          timed runs of each                         [3]
      --warmups N       runs before those                          [1]
  -f, --frame N         of an animation                            [1]
      --json            the same as an object
      --markdown        the same as a table for a page
      --report FILE.html  a page with a slider between the pictures, where they differ, the
                        table, speed-up against threads, and timelines
      --arrangements N  frames to run in each arrangement, for the page [6; 0 = none]

What to render, how good, and how to run, as in 'juggler render --help':
      --camera --eye --look-at --fov --size --scale --crop --set --clip --variant --shutter
      --sky --env --env-rotate --env-strength
  -s, --spp --max-depth --seed --quick --filter --isa --schedule --tile --bvh --device
      --max-memory

  median, spread   of the timed runs: rendering alone, without reading the scene
  speed-up         against sequential
  per core         speed-up against one thread, over the cores used
  per lane         speed-up against sequential, over cores times vector lanes
  waiting          share of the time of its threads in which they had no core

Examples
  juggler compare scenes/cornell.json --threads 1,2,4,all
  juggler compare room.glb -b seq,cuda --size 640x360 -s 64 --markdown
)";

const char* const bench_help =
    R"(juggler bench SCENE [options]       SCENE is .json, .gltf, .glb or .obj; - = JSON on stdin

Measures as 'juggler compare' does, with more runs, and keeps the times or checks them against kept
ones. Exits with 6 if a back end got slower by more than the limit and it is hardly chance (the
one-sided U-test of Mann and Whitney, p < 0.01), or if pictures differ.

      --save FILE       keep times, settings and facts of the machine as a baseline (JSON)
      --check FILE      against a baseline
      --limit PERCENT   how much slower is still well              [10]
      --runs N          timed runs of each                         [10]
      --warmups N       runs before those                          [2]

As in 'juggler compare --help':
  -b, --backends  -t, --threads  -f, --frame  --json  --markdown
      --camera --eye --look-at --fov --size --scale --crop --set --clip --variant --shutter
      --sky --env --env-rotate --env-strength
  -s, --spp --max-depth --seed --quick --filter --isa --schedule --tile --bvh --device
      --max-memory

Examples
  juggler bench scenes/cornell.json --save before.json
  juggler bench scenes/cornell.json --check before.json --limit 5
)";

const char* const learn_help = R"(juggler learn [LESSON] [options]

Runs a lesson on concurrency or parallelism on this machine: asks for a prediction, measures, draws
what ran when, and says what it means. Without a name, lists the lessons.

  -y, --yes             no question
      --json            what was measured and claimed, as an object
      --report FILE.html  a page with figures and timelines
)";

const char* const tiles_help =
    R"(juggler tiles SCENE [options]       SCENE is .json, .gltf, .glb or .obj; - = JSON on stdin

Renders a picture with openmp and draws who did what: a colour for each thread, the brighter the
longer a tile took.

  -o, --output FILE.png  where to                                 [SCENE.tiles.png]
      --timeline FILE   which tile was rendered when, as a picture (SVG)
      --trace FILE      the same, for Perfetto and 'juggler show'
      --show[=HOW]      the picture in the terminal: auto, blocks, kitty, sixel, off
  -t, --threads N       0 = what this process may use (JUGGLER_THREADS) [0]
  -f, --frame N         of an animation                            [1]
      --schedule HOW    static, dynamic or guided: look at the difference  [dynamic]
      --tile N          side of a tile in pixels                  [16]

What to render, how good, and how to run, as in 'juggler render --help':
      --camera --eye --look-at --fov --size --scale --crop --set --clip --variant --shutter
      --sky --env --env-rotate --env-strength
  -s, --spp --max-depth --seed --quick --filter --isa --bvh --max-memory

Examples
  juggler tiles scenes/juggler.json --show
  juggler tiles scenes/juggler.json --schedule static --tile 32 --timeline tiles.svg
)";

const char* const check_help = R"(juggler check SCENE [options]

Reads a scene as render would (- = JSON on stdin), reports every problem with its line, and renders
nothing.

      --set PTR=VALUE   change a value first: --set /camera/fov_y_deg=35
      --json            an array of problems, [] if there are none
)";

const char* const merge_help = R"(juggler merge PART... -o FILE [options]
juggler merge FILE PART... [options]

Puts the film files of a picture together that `render --part I/N --split rows` (or samples) has
made, wherever and by whichever back ends: the picture of a single run, bit for bit. Parts that are
missing, there twice, or of another picture are named (6). Of several frames, FILE has a ####.

  -o, --output FILE     .png .exr .hdr .pfm .rgb, or .film
      --format NAME     png, png16, exr, hdr, pfm, rgb24, film     [from the name]
      --tonemap NAME    none, reinhard, aces, agx                  [that of the parts]
      --exposure STOPS  doubles the light per stop                 [that of the parts]
      --png-effort N    0 fast .. 9 small                          [1]
      --no-clobber      fail (4) if the file exists
)";

const char* const diff_help = R"(juggler diff A B [options]

Says how far apart two pictures are: pixels that differ, largest difference and where, root of the
mean square (RMSE), PSNR, and FLIP, which tells how different they look to people. PNG: of encoded
values from 0 to 1; EXR, HDR and PFM: of light. Exits with 6 beyond the tolerance.

      --tolerance SPEC  identical, or limits: max=0.01,rmse=0.001,flip=0.02  [identical]
      --map FILE.png    where they look different, as a heat map
      --report FILE.html  a page with a slider between them, and the map
      --json            the same as an object
)";

const char* const show_help =
    R"(juggler show FILE... [options]     FILE may be a folder, or f_####.png

Draws in the terminal: a PNG, EXR, HDR or PFM; several of them, or a folder, small and with their
names; a clip (with ffmpeg); what 'render --trace' has recorded, several traces on one time axis;
what a page of --report says.

      --play            pictures of a folder or of f_####.png one over the other
      --fps N           how many of them a second                  [24; 12 of a clip]
      --browser         opens the file, and prints its address
      --timeline FILE   draws traces into a picture (SVG) instead
      --show HOW        auto, blocks, kitty, sixel, off            [auto]
)";

const char* const completion_help = R"(juggler completion SHELL

Prints what lets a shell (bash, zsh or fish) complete commands, options and their values; or, for
man, the manual page. Installed packages have all of these in place.

  juggler completion bash > ~/.local/share/bash-completion/completions/juggler
  juggler completion man | man -l -
)";

const char* const devices_help = R"(juggler devices [options]

Lists the back ends and why one cannot run here, and the cores this process may use.

      --json            the same as an object
)";

} // namespace

std::string help_text(const std::string& topic) {
    const char* text = all_help;
    if (topic == "render") text = render_help;
    if (topic == "compare") text = compare_help;
    if (topic == "bench") text = bench_help;
    if (topic == "learn") text = learn_help;
    if (topic == "completion") text = completion_help;
    if (topic == "tiles") text = tiles_help;
    if (topic == "check") text = check_help;
    if (topic == "merge") text = merge_help;
    if (topic == "diff") text = diff_help;
    if (topic == "show") text = show_help;
    if (topic == "devices") text = devices_help;
    return std::string(text) + exit_codes;
}

namespace {

// A line's first gap of two blanks or more from `at` on: what stands there has no blanks beside
// each other.
size_t gap_in(const std::string& line, size_t at) { return line.find("  ", at); }

bool is_part_of_name(char c) { return c == '-' || (c >= 'a' && c <= 'z'); }

// Where an option is explained in this line: right behind its name, or npos.
size_t explained_in(const std::string& line, const std::string& option) {
    const size_t first = line.find_first_not_of(' ');
    if (first == line.npos || line[first] != '-') return line.npos;
    for (size_t at = line.find(option); at < gap_in(line, first); at = line.find(option, at + 1)) {
        const size_t end = at + option.size();
        if (end == line.size() || !is_part_of_name(line[end])) return end;
    }
    return line.npos;
}

// Without the default in brackets.
std::string without_default(std::string text) {
    const size_t at = text.rfind(" [");
    if (text.ends_with(']') && at != text.npos) text.erase(at);
    text.erase(text.find_last_not_of(" ;") + 1);
    return text;
}

// The column where explanations begin; lines that are blank up to it go on with the one above.
constexpr size_t column = 24;

std::string meaning_in(const std::string& text, const std::string& option) {
    std::istringstream lines(text);
    std::string meaning;
    for (std::string line; std::getline(lines, line);) {
        const size_t first = std::min(line.find_first_not_of(' '), line.size());
        if (!meaning.empty()) {
            if (first < column || first == line.size()) break;
            meaning += " " + without_default(line.substr(first));
            continue;
        }
        const size_t end = explained_in(line, option), gap = gap_in(line, end);
        if (end == line.npos || gap == line.npos) continue;
        const std::string found = line.substr(line.find_first_not_of(' ', gap));
        if (found.front() != '-' && found.front() != '[') meaning = without_default(found);
    }
    return meaning;
}

} // namespace

std::string option_meaning(const std::string& verb, const std::string& option) {
    for (const std::string& topic : {verb, std::string("compare"), std::string("render")})
        if (const std::string found = meaning_in(help_text(topic), option); !found.empty())
            return found;
    return meaning_in(help_text(""), option);
}

std::string verb_meaning(const std::string& verb) {
    std::istringstream lines(all_help);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("  " + verb + " "))
            return line.substr(line.find_first_not_of(' ', gap_in(line, 2)));
    return "";
}

std::string usage_line(const std::string& topic) {
    return "usage: juggler " + (topic.empty() ? "<command>" : topic) + " [options]; juggler " +
           (topic.empty() ? "" : topic + " ") + "--help explains them\n";
}

} // namespace juggler
