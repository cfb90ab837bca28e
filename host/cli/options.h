// The command line as values. Reading it is a pure function of its words: nothing on the disk is
// looked at, so that a wrong command line never touches anything.
#pragma once

#include "cpu/tiles.h"
#include "host/bvh/quality.h"
#include "host/cli/frames.h"
#include "host/cli/streams.h"
#include "host/cli/usage.h"
#include "host/image/format.h"
#include "host/image/preview.h"
#include "host/output/part.h"
#include "host/pipeline/arrangement.h"
#include "host/scene/description.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace juggler {

enum class Verb {
    help,
    version,
    render,
    check,
    merge,
    diff,
    show,
    devices,
    compare,
    bench,
    learn,
    tiles,
    completion
};
enum class ProgressHow { automatic, bar, plain, json, off };

inline constexpr uint32_t side_limit = 65536;
inline constexpr uint64_t pixel_limit = uint64_t(1) << 28;
inline constexpr uint32_t spp_limit = 65536;
inline constexpr uint32_t thread_limit = 1024;

struct PictureSize {
    uint32_t width, height;
};

// Pixels, or fractions of the picture if none is above 1.
struct Crop {
    std::array<double, 4> edges; // x0, y0, x1, y1; x1, y1 exclusive
    bool fractions;
};

enum class Layer { albedo, normal, depth, cost };

struct RenderOptions {
    std::string scene;
    // what
    FrameList frames; // empty: the still
    std::string camera;
    std::optional<std::array<double, 3>> eye, look_at;
    std::optional<double> fov_deg;
    std::optional<PictureSize> size;
    double scale = 1;
    std::optional<Crop> crop;
    std::vector<std::string> set;
    bool no_sky = false;
    std::string env; // "" = the scene's own sky
    std::optional<double> env_rotate_deg;
    std::optional<float> env_strength;
    std::string clip;    // of a glTF file: "" = the first
    std::string variant; // of a glTF file: "" = its own materials
    std::optional<double> shutter;
    // how good
    std::optional<uint32_t> spp, max_depth, seed;
    bool quick = false;
    std::optional<PixelFilter> filter;
    std::optional<double> noise; // samples until the picture's noise is at most that
    bool denoise = false;
    uint32_t turntable = 0;         // frames of a turn about what the camera looks at; 0 = none
    bool no_light_sampling = false; // for tests
    // how
    std::string backend = "auto";
    uint32_t threads = 0; // 0 = what this process may use
    std::string isa = "best";
    std::optional<uint64_t> max_memory; // bytes
    Schedule schedule = Schedule::dynamic;
    uint32_t tile = 16; // side in pixels
    TreeQuality bvh = TreeQuality::high;
    uint32_t device = 0; // which GPU
    Arrangement arrangement = Arrangement::both;
    uint32_t in_flight = 3;                       // frames
    double throttle_read = 0, throttle_write = 0; // bytes/s, 0 = none
    // where to
    NamePattern output;
    bool default_name = false; // no -o: SCENE.png
    bool to_stdout = false;    // -o -
    PictureFormat format = PictureFormat::png;
    std::optional<double> fps; // of a clip, and of a glTF file's animation
    std::optional<ToneMap> tone_map;
    std::optional<float> exposure;
    std::vector<Layer> layers; // beside the light, in an OpenEXR file
    int png_effort = 1;
    bool no_clobber = false;
    bool resume = false; // frames that are finished are left as they are
    bool dry_run = false;
    Part part;
    std::string part_from; // --part auto: where it was found
    ShowHow show = ShowHow::off;
    std::string tev; // HOST:PORT, "" = none
    // what to tell
    ProgressHow progress = ProgressHow::automatic;
    std::string stats;           // "-" = stdout, "" = none
    std::string trace, timeline; // "" = none
    std::string report;          // a page, "" = none
};

struct CheckOptions {
    std::string scene;
    std::vector<std::string> set;
    bool json = false;
};

struct MergeOptions {
    std::vector<std::string> parts; // film files
    NamePattern output;
    PictureFormat format = PictureFormat::png;
    std::optional<ToneMap> tone_map; // else those of the parts
    std::optional<float> exposure;
    int png_effort = 1;
    bool no_clobber = false;
};

struct DiffOptions {
    std::string a, b;
    std::optional<double> max, rmse, flip; // tolerance; none: identical
    std::string map;                       // where the heat map goes, "" = nowhere
    std::string report;                    // a page, "" = none
    bool json = false;
};

struct ShowOptions {
    std::string file;
    std::vector<std::string> more; // traces
    std::string timeline;          // to draw traces into, "" = the terminal
    ShowHow how = ShowHow::automatic;
    bool browser = false, play = false;
    std::optional<double> fps; // of what is played
};

struct CompareOptions {
    RenderOptions picture; // where to and what to tell is not looked at
    uint32_t frame = 1;
    std::vector<std::string> backends; // empty: every one that runs here
    std::vector<uint32_t> threads;     // of openmp, a row each; 0 = what this process may use
    uint32_t runs = 3, warmups = 1;
    bool json = false, markdown = false;
    std::string report;                   // a page, "" = none
    std::optional<uint32_t> arrangements; // frames of each, for the page
};

struct BenchOptions {
    CompareOptions contest;
    std::string save, check; // files of a baseline, "" = none
    double limit_percent = 10;
};

struct LearnOptions {
    std::string lesson; // "" = list them
    bool yes = false;   // no question
    bool json = false;
    std::string report; // a page, "" = none
};

struct TilesOptions {
    RenderOptions picture; // where to and what to tell is not looked at
    uint32_t frame = 1;
    std::string output;          // a PNG; "" = SCENE.tiles.png
    std::string trace, timeline; // "" = none
    ShowHow show = ShowHow::off;
};

struct CompletionOptions {
    std::string shell; // bash, zsh, fish, or man
};

struct DevicesOptions {
    bool json = false;
};

struct CommandLine {
    Verb verb = Verb::help;
    std::string help_topic; // a verb, or "" for all
    bool quiet = false;
    int verbosity = 0;
    ColorHow color = ColorHow::automatic;
    std::string log_file; // "" = none
    RenderOptions render;
    CheckOptions check;
    MergeOptions merge;
    DiffOptions diff;
    ShowOptions show;
    DevicesOptions devices;
    CompareOptions compare;
    BenchOptions bench;
    LearnOptions learn;
    TilesOptions tiles;
    CompletionOptions completion;
};

// Defaults that the environment may give; the command line wins.
struct Environment {
    std::optional<std::string> backend;                                     // JUGGLER_BACKEND
    std::optional<std::string> threads;                                     // JUGGLER_THREADS
    Variable variable = [](const char*) -> const char* { return nullptr; }; // for --part auto
};

// `words` without the program's name. Throws UsageError.
CommandLine parse_command_line(std::span<const std::string> words, const Environment& environment);

// What there is to complete and to describe. A verb of "" stands for all of them.
struct OptionValue {
    std::string words; // "frames rows samples", if there are a few to choose from
    bool file = false; // the name of one
};
struct OptionName {
    std::string long_name, short_name; // "--size", "-s"; "" = it has none
    bool takes_value = false;
    OptionValue value;
};
std::vector<std::string> verb_names();
std::vector<OptionName> option_names(const std::string& verb);

} // namespace juggler
