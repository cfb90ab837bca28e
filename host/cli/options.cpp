#include "host/cli/options.h"

#include "host/scene/diagnostics.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>
#include <utility>

namespace juggler {
namespace {

using Text = const std::string&;

uint64_t whole(Text option, Text text, uint64_t least, uint64_t most) {
    const auto n = parse_whole(text);
    if (!n || *n < least || *n > most)
        throw UsageError(option + " takes a whole number from " + std::to_string(least) + " to " +
                         std::to_string(most) + ", not " + in_quotes(text));
    return *n;
}

double real(Text option, Text text, const char* what, double least, double most) {
    const auto value = parse_real(text);
    if (value && *value >= least && *value <= most) return *value;
    std::ostringstream range;
    range << " from " << least << " to " << most;
    throw UsageError(option + " takes " + what + range.str() + ", not " + in_quotes(text));
}

std::array<double, 3> triple(Text option, Text text) {
    std::array<double, 3> values{};
    std::string_view rest = text;
    for (size_t i = 0; i < 3; ++i) {
        const size_t comma = i < 2 ? rest.find(',') : rest.size();
        const auto value =
            comma == std::string_view::npos ? std::nullopt : parse_real(rest.substr(0, comma));
        if (!value || !(*value > -1e9 && *value < 1e9))
            throw UsageError(option + " takes X,Y,Z in metres, not " + in_quotes(text));
        values[i] = *value;
        rest = rest.substr(std::min(comma + 1, rest.size()));
    }
    return values;
}

PictureSize parse_size(Text text) {
    const size_t x = text.find('x');
    const auto width = parse_whole(std::string_view(text).substr(0, x));
    const auto height =
        x == std::string::npos ? std::nullopt : parse_whole(std::string_view(text).substr(x + 1));
    if (!width || !height || *width == 0 || *height == 0)
        throw UsageError("--size takes WxH, such as 640x360, not " + in_quotes(text));
    if (*width > side_limit || *height > side_limit || *width * *height > pixel_limit)
        throw UsageError("--size " + in_quotes(text) +
                         " is too large: at most 65536 a side and 2^28 pixels in all");
    return {uint32_t(*width), uint32_t(*height)};
}

double parse_scale(Text text) {
    std::string_view number = text;
    if (number.ends_with('%')) number.remove_suffix(1);
    const auto percent = parse_real(number);
    if (!percent || !(*percent > 0 && *percent <= 10000))
        throw UsageError("--scale takes a percentage above 0, up to 10000, not " + in_quotes(text));
    return *percent / 100;
}

// Whole or with a fraction, in units of 2^10, 2^20, 2^30 or 2^40 bytes.
uint64_t memory_size(Text option, Text text) {
    std::string_view number = text;
    uint64_t unit = 0;
    for (const auto& [letter, bytes] : {std::pair{'K', uint64_t(1) << 10},
                                        {'M', uint64_t(1) << 20},
                                        {'G', uint64_t(1) << 30},
                                        {'T', uint64_t(1) << 40}})
        if (text.ends_with(letter)) unit = bytes;
    if (unit != 0) number.remove_suffix(1);
    const auto count = parse_real(number);
    if (unit == 0 || !count || !(*count > 0 && *count <= 1e6))
        throw UsageError(option + " takes a size such as 512M or 8G, not " + in_quotes(text));
    return uint64_t(*count * double(unit));
}

Crop parse_crop(Text text) {
    Crop crop{};
    std::string_view rest = text;
    bool good = true;
    for (size_t i = 0; i < 4 && good; ++i) {
        const size_t comma = i < 3 ? rest.find(',') : rest.size();
        const auto value =
            comma == std::string_view::npos ? std::nullopt : parse_real(rest.substr(0, comma));
        good = value && *value >= 0;
        if (good) crop.edges[i] = *value;
        if (good) rest = rest.substr(std::min(comma + 1, rest.size()));
    }
    const auto& e = crop.edges;
    crop.fractions = std::all_of(e.begin(), e.end(), [](double v) { return v <= 1; });
    if (good && !crop.fractions)
        good = std::all_of(e.begin(), e.end(),
                           [](double v) { return v <= side_limit && v == double(uint32_t(v)); });
    if (!good || !(e[0] < e[2] && e[1] < e[3]))
        throw UsageError("--crop takes X0,Y0,X1,Y1 in whole pixels, or from 0 to 1 if all four "
                         "are, with X0 < X1 and Y0 < Y1, not " +
                         in_quotes(text));
    return crop;
}

template <class T>
struct Choice {
    const char* name;
    T value;
};

template <class T, size_t N>
T choose(Text option, Text text, const Choice<T> (&choices)[N]) {
    std::string names;
    for (const Choice<T>& c : choices) {
        if (text == c.name) return c.value;
        names += (names.empty() ? "" : ", ") + std::string(c.name);
    }
    throw UsageError(option + " takes one of " + names + ", not " + in_quotes(text));
}

template <class T, size_t N>
std::string names_of(const Choice<T> (&choices)[N]) {
    std::string names;
    for (const Choice<T>& c : choices)
        names += (names.empty() ? "" : " ") + std::string(c.name);
    return names;
}

const Choice<ToneMap> tone_maps[] = {{"none", ToneMap::clamp},
                                     {"reinhard", ToneMap::reinhard},
                                     {"aces", ToneMap::aces},
                                     {"agx", ToneMap::agx}};
const Choice<PixelFilter> filters[] = {{"box", filter_box},
                                       {"blackman-harris", filter_blackman_harris}};
const Choice<Schedule> schedules[] = {
    {"static", Schedule::fixed}, {"dynamic", Schedule::dynamic}, {"guided", Schedule::guided}};
const Choice<TreeQuality> tree_qualities[] = {
    {"quick", TreeQuality::quick}, {"normal", TreeQuality::normal}, {"high", TreeQuality::high}};
const Choice<Arrangement> arrangements[] = {{"sequential", Arrangement::sequential},
                                            {"concurrent", Arrangement::concurrent},
                                            {"parallel", Arrangement::parallel},
                                            {"both", Arrangement::both}};
const Choice<bool> switches[] = {{"on", true}, {"off", false}};
const Choice<Split> splits[] = {
    {"frames", Split::frames}, {"rows", Split::rows}, {"samples", Split::samples}};
const Choice<ShowHow> shows[] = {{"auto", ShowHow::automatic}, {"blocks", ShowHow::blocks},
                                 {"kitty", ShowHow::kitty},    {"sixel", ShowHow::sixel},
                                 {"live", ShowHow::live},      {"off", ShowHow::off}};
const Choice<ProgressHow> progresses[] = {{"auto", ProgressHow::automatic},
                                          {"bar", ProgressHow::bar},
                                          {"plain", ProgressHow::plain},
                                          {"json", ProgressHow::json},
                                          {"none", ProgressHow::off}};

const Choice<bool> skies[] = {{"none", true}};
const Choice<std::optional<Layer>> layer_names[] = {{"color", std::nullopt},
                                                    {"albedo", Layer::albedo},
                                                    {"normal", Layer::normal},
                                                    {"depth", Layer::depth},
                                                    {"cost", Layer::cost}};

std::string format_words(bool with_clips) {
    std::string names;
    for (const FormatName& n : format_names())
        if (with_clips || !facts_of(n.format).clip)
            names += (names.empty() ? "" : " ") + std::string(n.name);
    return names;
}

PictureFormat format_named(Text option, Text text) {
    std::string names;
    for (const FormatName& n : format_names()) {
        if (text == n.name) return n.format;
        names += (names.empty() ? "" : ", ") + std::string(n.name);
    }
    throw UsageError(option + " takes one of " + names + ", not " + in_quotes(text));
}

const Choice<ColorHow> colors[] = {
    {"auto", ColorHow::automatic}, {"always", ColorHow::always}, {"never", ColorHow::never}};

Part part_named(Text option, Text text) {
    const auto part = parse_part(text);
    if (!part)
        throw UsageError(option + " takes auto or I/N, such as 3/8, up to " +
                         std::to_string(part_limit) + " parts, not " + in_quotes(text));
    return *part;
}

std::vector<std::string> names_in(Text option, Text text) {
    std::vector<std::string> names;
    for (size_t at = 0; at <= text.size();) {
        const size_t comma = std::min(text.find(',', at), text.size());
        names.push_back(text.substr(at, comma - at));
        if (names.back().empty())
            throw UsageError(option + " takes names with commas between them, not " +
                             in_quotes(text));
        at = comma + 1;
    }
    return names;
}

// "color,albedo,depth": the light is always there.
std::vector<Layer> layers_in(Text option, Text text) {
    std::vector<Layer> layers;
    for (const std::string& one : names_in(option, text)) {
        const std::optional<Layer> layer = choose(option, one, layer_names);
        if (layer && std::find(layers.begin(), layers.end(), *layer) == layers.end())
            layers.push_back(*layer);
    }
    std::sort(layers.begin(), layers.end());
    return layers;
}

// "1,2,4,all"; all is 0: what this process may use.
std::vector<uint32_t> thread_counts(Text option, Text text) {
    std::vector<uint32_t> counts;
    for (const std::string& one : names_in(option, text))
        counts.push_back(one == "all" ? 0 : uint32_t(whole(option, one, 1, thread_limit)));
    return counts;
}

bool is_show(Text text) {
    return std::any_of(std::begin(shows), std::end(shows),
                       [&](const Choice<ShowHow>& c) { return text == c.name; });
}

void add_set(std::vector<std::string>& set, Text text) {
    if (!text.starts_with('/') || text.find('=') == std::string::npos)
        throw UsageError("--set takes /pointer=value, such as /camera/fov_y_deg=35, not " +
                         in_quotes(text));
    set.push_back(text);
}

double field_of_view(Text text) {
    const auto degrees = parse_real(text);
    if (!degrees || !(*degrees > 0 && *degrees < 180))
        throw UsageError("--fov takes degrees above 0 and below 180, not " + in_quotes(text));
    return *degrees;
}

double frame_rate(Text text) {
    const auto rate = parse_real(text);
    if (!rate || !(*rate > 0 && *rate <= 1000))
        throw UsageError("--fps takes frames a second above 0, up to 1000, not " + in_quotes(text));
    return *rate;
}

double shutter(Text text) {
    const auto share = parse_real(text);
    if (!share || !(*share >= 0 && *share <= 1))
        throw UsageError("--shutter takes a share of the frame's time from 0 to 1, not " +
                         in_quotes(text));
    return *share;
}

float exposure(Text text) {
    const auto stops = parse_real(text);
    if (!stops || !(*stops >= -64 && *stops <= 64))
        throw UsageError("--exposure takes stops from -64 to 64, not " + in_quotes(text));
    return float(*stops);
}

// In bytes/s.
double disk_rate(Text option, Text text) {
    const auto rate = parse_real(text);
    if (!rate || !(*rate >= 1e-3 && *rate <= 1e6))
        throw UsageError(option + " takes MB/s from 0.001 to 1000000, not " + in_quotes(text));
    return *rate * 1e6;
}

// One of the three output files of a run's record.
std::string report_file(Text option, Text text) {
    if (text.empty() || text == "-" || text.ends_with('/'))
        throw UsageError(option + " needs a file name, not " + in_quotes(text));
    return text;
}

// A page is known by its name, to browsers and to `juggler show`.
std::string page_file(Text option, Text text) {
    if (!text.ends_with(".html") && !text.ends_with(".htm"))
        throw UsageError(option + " needs a file name that ends in .html, not " + in_quotes(text));
    return report_file(option, text);
}

// The address that tev listens at unless it is told another.
constexpr const char* default_tev = "127.0.0.1:14158";

std::string tev_address(Text option, Text text) {
    const size_t colon = text.rfind(':');
    const auto port =
        colon == std::string::npos ? std::nullopt : parse_whole(text.substr(colon + 1));
    if (!port || colon == 0 || *port == 0 || *port > 65535)
        throw UsageError(option + " takes HOST:PORT, such as " + default_tev + ", not " +
                         in_quotes(text));
    return text;
}

std::string tiles_file(Text option, Text text) {
    if (!text.ends_with(".png"))
        throw UsageError(option + " needs a file name that ends in .png, not " + in_quotes(text));
    return report_file(option, text);
}

void parse_tolerance(DiffOptions& o, Text text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view part = rest.substr(0, rest.find(','));
        rest = rest.substr(std::min(part.size() + 1, rest.size()));
        const size_t equals = part.find('=');
        const auto value =
            equals == std::string_view::npos ? std::nullopt : parse_real(part.substr(equals + 1));
        const std::string_view name = part.substr(0, equals);
        if (part == "identical") {
            o.max = o.rmse = o.flip = std::nullopt;
        } else if (name == "max" && value && *value >= 0) {
            o.max = value;
        } else if (name == "rmse" && value && *value >= 0) {
            o.rmse = value;
        } else if (name == "flip" && value && *value >= 0) {
            o.flip = value;
        } else {
            throw UsageError("--tolerance takes identical, max=X, rmse=X or flip=X, not " +
                             in_quotes(text));
        }
    }
}

// Everything as CLI11 knows it. Values are taken as text and read here, so that every number has
// one way to be read and one kind of message.
class Grammar {
public:
    Grammar(CommandLine& line, const Environment& environment) {
        app_.set_help_flag();
        app_.require_subcommand(0, 1);
        app_.fallthrough();
        app_.allow_extras(); // told about by refuse_rest
        app_.add_flag("-h,--help", help_);
        app_.add_flag("-V,--version", version_);
        app_.add_flag("-q,--quiet", line.quiet);
        app_.add_flag("-v,--verbose", line.verbosity);
        choice(&app_, "--color", line.color, colors);
        file(&app_, "--log-file", [&](Text n, Text t) {
            if (t.empty()) throw UsageError(n + " needs a file name");
            line.log_file = t;
        });
        add_render(line.render, environment);
        add_check(line.check);
        add_merge(line.merge);
        add_diff(line.diff);
        add_show(line.show);
        add_compare(line.compare);
        add_bench(line.bench);
        add_learn(line.learn);
        add_tiles(line.tiles, environment);
        verb("completion")->add_option("shell", line.completion.shell);
        verb("devices")->add_flag("--json", line.devices.json);
    }

    CLI::App& app() { return app_; }
    [[nodiscard]] bool help() const { return help_; }
    [[nodiscard]] bool version() const { return version_; }
    [[nodiscard]] const std::optional<std::string>& output() const { return output_; }
    [[nodiscard]] const std::optional<PictureFormat>& format() const { return format_; }
    // What --pipeline and --arrangement say together.
    [[nodiscard]] Arrangement arrangement() const {
        if (!arrangement_) return pipeline_ == false ? Arrangement::sequential : Arrangement::both;
        if (pipeline_ && *pipeline_ == (*arrangement_ == Arrangement::sequential))
            throw UsageError(std::string("--pipeline ") + (*pipeline_ ? "on" : "off") +
                             " and --arrangement " + std::string(arrangement_name(*arrangement_)) +
                             " contradict each other");
        return *arrangement_;
    }
    [[nodiscard]] bool part_given() const { return part_given_; }
    [[nodiscard]] const std::optional<Split>& split() const { return split_; }

    // What an option of app() takes, in words that can be completed.
    [[nodiscard]] const OptionValue& value_of(const CLI::Option* option) const {
        static const OptionValue unknown;
        const auto found = values_.find(option);
        return found == values_.end() ? unknown : found->second;
    }

private:
    using Take = std::function<void(Text option, Text text)>;

    CLI::Option* value(CLI::App* to, const std::string& names, const Take& take) {
        const std::string name = names.substr(names.rfind("--"));
        return to
            ->add_option_function<std::string>(names, [take, name](Text text) { take(name, text); })
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    void file(CLI::App* to, const std::string& names, const Take& take) {
        values_[value(to, names, take)].file = true;
    }
    // One of a few.
    void words(CLI::App* to, const std::string& names, const std::string& few, const Take& take) {
        values_[value(to, names, take)].words = few;
    }
    template <class Into, class T, size_t N>
    void choice(CLI::App* to, const std::string& names, Into& into, const Choice<T> (&choices)[N]) {
        words(to, names, names_of(choices),
              [&into, &choices](Text n, Text t) { into = choose(n, t, choices); });
    }

    void sets(CLI::App* to, std::vector<std::string>& set) {
        to->add_option_function<std::vector<std::string>>(
              "--set",
              [&set](const std::vector<std::string>& all) {
                  for (const std::string& one : all)
                      add_set(set, one);
              })
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }

    CLI::App* verb(const char* name) {
        CLI::App* sub = app_.add_subcommand(name);
        sub->set_help_flag();
        sub->allow_extras();
        return sub;
    }

    // What to render and how good, whoever renders it.
    void add_picture(CLI::App* r, RenderOptions& o) {
        r->add_option("scene", o.scene);
        value(r, "--camera", [&](Text, Text t) { o.camera = t; });
        value(r, "--eye", [&](Text n, Text t) { o.eye = triple(n, t); });
        value(r, "--look-at", [&](Text n, Text t) { o.look_at = triple(n, t); });
        value(r, "--fov", [&](Text, Text t) { o.fov_deg = field_of_view(t); });
        value(r, "--size", [&](Text, Text t) { o.size = parse_size(t); });
        value(r, "--scale", [&](Text, Text t) { o.scale = parse_scale(t); });
        value(r, "--crop", [&](Text, Text t) { o.crop = parse_crop(t); });
        sets(r, o.set);
        choice(r, "--sky", o.no_sky, skies);
        file(r, "--env", [&](Text, Text t) { o.env = t; });
        value(r, "--env-rotate",
              [&](Text n, Text t) { o.env_rotate_deg = real(n, t, "degrees", -1e6, 1e6); });
        value(r, "--env-strength",
              [&](Text n, Text t) { o.env_strength = float(real(n, t, "a factor", 0, 1e6)); });
        value(r, "--clip", [&](Text, Text t) { o.clip = t; });
        value(r, "--variant", [&](Text, Text t) { o.variant = t; });
        value(r, "--shutter", [&](Text, Text t) { o.shutter = shutter(t); });
        value(r, "-s,--spp", [&](Text n, Text t) { o.spp = uint32_t(whole(n, t, 1, spp_limit)); });
        value(r, "--max-depth",
              [&](Text n, Text t) { o.max_depth = uint32_t(whole(n, t, 1, 1024)); });
        value(r, "--seed", [&](Text n, Text t) { o.seed = uint32_t(whole(n, t, 0, 0xffffffffu)); });
        r->add_flag("--quick", o.quick);
        choice(r, "--filter", o.filter, filters);
        value(r, "--max-memory", [&](Text n, Text t) { o.max_memory = memory_size(n, t); });
        value(r, "--isa", [&](Text, Text t) { o.isa = t; });
        choice(r, "--schedule", o.schedule, schedules);
        choice(r, "--bvh", o.bvh, tree_qualities);
        value(r, "--tile", [&](Text n, Text t) { o.tile = uint32_t(whole(n, t, 1, side_limit)); });
        value(r, "--device", [&](Text n, Text t) { o.device = uint32_t(whole(n, t, 0, 255)); });
        r->add_flag("--no-light-sampling", o.no_light_sampling);
    }

    void add_render(RenderOptions& o, const Environment& environment) {
        CLI::App* r = verb("render");
        add_picture(r, o);
        value(r, "-f,--frames", [&](Text, Text t) { o.frames = parse_frames(t); });
        value(r, "--turntable",
              [&](Text n, Text t) { o.turntable = uint32_t(whole(n, t, 1, 100000)); });
        value(r, "--noise",
              [&](Text n, Text t) { o.noise = real(n, t, "a share of white", 1e-5, 1); });
        r->add_flag("--denoise", o.denoise);
        words(r, "--layers", names_of(layer_names),
              [&](Text n, Text t) { o.layers = layers_in(n, t); });
        if (environment.backend) o.backend = *environment.backend;
        value(r, "-b,--backend", [&](Text, Text t) { o.backend = t; });
        if (environment.threads)
            o.threads = uint32_t(whole("JUGGLER_THREADS", *environment.threads, 0, thread_limit));
        value(r, "-t,--threads",
              [&](Text n, Text t) { o.threads = uint32_t(whole(n, t, 0, thread_limit)); });
        choice(r, "--pipeline", pipeline_, switches);
        choice(r, "--arrangement", arrangement_, arrangements);
        value(r, "--in-flight",
              [&](Text n, Text t) { o.in_flight = uint32_t(whole(n, t, 1, 64)); });
        value(r, "--throttle-read", [&](Text n, Text t) { o.throttle_read = disk_rate(n, t); });
        value(r, "--throttle-write", [&](Text n, Text t) { o.throttle_write = disk_rate(n, t); });
        file(r, "-o,--output", [&](Text, Text t) { output_ = t; });
        words(r, "--format", format_words(true),
              [&](Text n, Text t) { format_ = format_named(n, t); });
        value(r, "--fps", [&](Text, Text t) { o.fps = frame_rate(t); });
        choice(r, "--tonemap", o.tone_map, tone_maps);
        value(r, "--exposure", [&](Text, Text t) { o.exposure = exposure(t); });
        value(r, "--png-effort", [&](Text n, Text t) { o.png_effort = int(whole(n, t, 0, 9)); });
        r->add_flag("--no-clobber", o.no_clobber);
        r->add_flag("--resume", o.resume);
        r->add_flag("--dry-run", o.dry_run);
        value(r, "--part", [&](Text n, Text t) {
            o.part_from.clear();
            o.part = t == "auto" ? part_of_environment(environment.variable, o.part_from)
                                 : part_named(n, t);
            part_given_ = true;
        });
        choice(r, "--split", split_, splits);
        choice(r, "--show", o.show, shows);
        value(r, "--tev", [&](Text n, Text t) { o.tev = tev_address(n, t); });
        choice(r, "--progress", o.progress, progresses);
        file(r, "--stats", [&](Text, Text t) { o.stats = t; });
        file(r, "--trace", [&](Text n, Text t) { o.trace = report_file(n, t); });
        file(r, "--timeline", [&](Text n, Text t) { o.timeline = report_file(n, t); });
        file(r, "--report", [&](Text n, Text t) { o.report = page_file(n, t); });
    }

    void add_contest(CLI::App* c, CompareOptions& o) {
        add_picture(c, o.picture);
        value(c, "-f,--frame",
              [&](Text n, Text t) { o.frame = uint32_t(whole(n, t, 1, frame_limit)); });
        value(c, "-b,--backends", [&](Text n, Text t) { o.backends = names_in(n, t); });
        value(c, "-t,--threads", [&](Text n, Text t) { o.threads = thread_counts(n, t); });
        value(c, "--runs", [&](Text n, Text t) { o.runs = uint32_t(whole(n, t, 1, 1000)); });
        value(c, "--warmups", [&](Text n, Text t) { o.warmups = uint32_t(whole(n, t, 0, 100)); });
        c->add_flag("--json", o.json);
        c->add_flag("--markdown", o.markdown);
    }

    void add_compare(CompareOptions& o) {
        CLI::App* c = verb("compare");
        add_contest(c, o);
        file(c, "--report", [&](Text n, Text t) { o.report = page_file(n, t); });
        value(c, "--arrangements",
              [&](Text n, Text t) { o.arrangements = uint32_t(whole(n, t, 0, 1000)); });
    }

    void add_check(CheckOptions& o) {
        CLI::App* c = verb("check");
        c->add_option("scene", o.scene);
        sets(c, o.set);
        c->add_flag("--json", o.json);
    }

    void add_merge(MergeOptions& o) {
        CLI::App* m = verb("merge");
        m->add_option("part", o.parts);
        file(m, "-o,--output", [&](Text, Text t) { output_ = t; });
        words(m, "--format", format_words(false),
              [&](Text n, Text t) { format_ = format_named(n, t); });
        choice(m, "--tonemap", o.tone_map, tone_maps);
        value(m, "--exposure", [&](Text, Text t) { o.exposure = exposure(t); });
        value(m, "--png-effort", [&](Text n, Text t) { o.png_effort = int(whole(n, t, 0, 9)); });
        m->add_flag("--no-clobber", o.no_clobber);
    }

    void add_diff(DiffOptions& o) {
        CLI::App* d = verb("diff");
        d->add_option("a", o.a);
        d->add_option("b", o.b);
        value(d, "--tolerance", [&](Text, Text t) { parse_tolerance(o, t); });
        file(d, "--map", [&](Text n, Text t) { o.map = report_file(n, t); });
        file(d, "--report", [&](Text n, Text t) { o.report = page_file(n, t); });
        d->add_flag("--json", o.json);
    }

    void add_show(ShowOptions& o) {
        CLI::App* s = verb("show");
        s->add_option("file", o.file);
        s->add_option("more", o.more);
        file(s, "--timeline", [&](Text n, Text t) { o.timeline = report_file(n, t); });
        choice(s, "--show", o.how, shows);
        s->add_flag("--browser", o.browser);
        s->add_flag("--play", o.play);
        value(s, "--fps", [&](Text, Text t) { o.fps = frame_rate(t); });
    }

    void add_bench(BenchOptions& o) {
        CLI::App* b = verb("bench");
        o.contest.runs = 10;
        o.contest.warmups = 2;
        add_contest(b, o.contest);
        file(b, "--save", [&](Text n, Text t) { o.save = report_file(n, t); });
        file(b, "--check", [&](Text n, Text t) { o.check = report_file(n, t); });
        value(b, "--limit", [&](Text n, Text t) {
            const auto percent = parse_real(t);
            if (!percent || !(*percent >= 0 && *percent <= 10000))
                throw UsageError(n + " takes a percentage from 0 to 10000, not " + in_quotes(t));
            o.limit_percent = *percent;
        });
    }

    void add_learn(LearnOptions& o) {
        CLI::App* l = verb("learn");
        l->add_option("lesson", o.lesson);
        l->add_flag("-y,--yes", o.yes);
        l->add_flag("--json", o.json);
        file(l, "--report", [&](Text n, Text t) { o.report = page_file(n, t); });
    }

    void add_tiles(TilesOptions& o, const Environment& environment) {
        CLI::App* t = verb("tiles");
        add_picture(t, o.picture);
        if (environment.threads)
            o.picture.threads =
                uint32_t(whole("JUGGLER_THREADS", *environment.threads, 0, thread_limit));
        value(t, "-t,--threads", [&](Text n, Text text) {
            o.picture.threads = uint32_t(whole(n, text, 0, thread_limit));
        });
        value(t, "-f,--frame",
              [&](Text n, Text text) { o.frame = uint32_t(whole(n, text, 1, frame_limit)); });
        file(t, "-o,--output", [&](Text n, Text text) { o.output = tiles_file(n, text); });
        file(t, "--trace", [&](Text n, Text text) { o.trace = report_file(n, text); });
        file(t, "--timeline", [&](Text n, Text text) { o.timeline = report_file(n, text); });
        choice(t, "--show", o.show, shows);
    }

    CLI::App app_;
    bool help_ = false, version_ = false;
    std::optional<std::string> output_;
    std::optional<PictureFormat> format_;
    std::optional<bool> pipeline_;
    std::optional<Arrangement> arrangement_;
    std::optional<Split> split_;
    bool part_given_ = false;
    std::map<const CLI::Option*, OptionValue> values_;
};

Verb verb_named(const std::string& name) {
    static const Choice<Verb> verbs[] = {{"render", Verb::render},
                                         {"check", Verb::check},
                                         {"merge", Verb::merge},
                                         {"diff", Verb::diff},
                                         {"show", Verb::show},
                                         {"devices", Verb::devices},
                                         {"compare", Verb::compare},
                                         {"bench", Verb::bench},
                                         {"learn", Verb::learn},
                                         {"tiles", Verb::tiles},
                                         {"completion", Verb::completion}};
    return choose("juggler", name, verbs);
}

PictureFormat format_of_name(const std::string& output) {
    const auto format = format_of_suffix(std::filesystem::path(output).extension().string());
    if (format) return *format;
    throw UsageError("--output " + in_quotes(output) +
                     " does not say its format: names end in .png, .exr, .hdr, .pfm, .rgb (raw "
                     "24 bit), .film, .mp4, .webm or .gif, or give --format");
}

// The end of a name that says its format, taken off.
void strip_suffix(std::string& name) {
    const size_t dot = name.rfind('.');
    if (dot != std::string::npos && format_of_suffix(name.substr(dot))) name.erase(dot);
}

// A part of a picture is a film, whatever the picture is going to be: f_####.png becomes
// f_####.part3of8.film.
void settle_part(RenderOptions& o, const std::optional<Split>& split, bool given) {
    if (split && !given) throw UsageError("--split says how --part is meant, and there is none");
    o.part.split = split.value_or(Split::frames);
    if (o.part.count == 1) return;
    const bool clip = facts_of(o.format).clip;
    if (clip)
        throw UsageError("--part makes no clips; let the parts write pictures (f_####.png), then "
                         "make a clip of these");
    if (!o.part.of_a_picture()) {
        if (!o.frames.all && !several_frames(o.frames))
            throw UsageError("--part of one frame: give --split rows or --split samples, or more "
                             "frames (-f)");
        return;
    }
    if (o.to_stdout) throw UsageError("-o - takes whole pictures; a part needs a file name");
    o.format = PictureFormat::film;
    strip_suffix(o.output.digits > 0 || o.default_name ? o.output.after : o.output.before);
    o.output.after +=
        ".part" + std::to_string(o.part.index) + "of" + std::to_string(o.part.count) + ".film";
}

void settle_output(RenderOptions& o, const std::optional<std::string>& output,
                   const std::optional<PictureFormat>& format) {
    o.default_name = !output;
    o.to_stdout = output == "-";
    if (o.default_name) {
        o.format = format.value_or(PictureFormat::png);
        o.output.before = o.scene == "-" ? "stdin" : std::filesystem::path(o.scene).stem().string();
        o.output.after = facts_of(o.format).suffix;
        return;
    }
    if (o.to_stdout) {
        o.format = format.value_or(PictureFormat::rgb24);
        if (facts_of(o.format).clip)
            throw UsageError("-o - takes pictures; a clip needs a file: -o clip" +
                             std::string(facts_of(o.format).suffix));
        if (o.format != PictureFormat::rgb24 && several_frames(o.frames))
            throw UsageError("-o - takes one picture; several frames need --format rgb24");
        if (o.stats == "-") throw UsageError("-o - and --stats - cannot share stdout");
        return;
    }
    if (output->empty() || output->ends_with('/'))
        throw UsageError("--output needs a file name, not " + in_quotes(*output));
    o.format = format ? *format : format_of_name(*output);
    o.output = parse_pattern(*output);
    if (facts_of(o.format).clip) {
        if (o.output.digits > 0)
            throw UsageError("--output " + in_quotes(*output) +
                             " has a frame number, but a clip is one file for all frames");
        return;
    }
    if (o.output.digits == 0 && several_frames(o.frames))
        throw UsageError("--output " + in_quotes(*output) +
                         " is one name for several frames: put #### where the number goes");
}

void check_resume(const RenderOptions& o) {
    if (!o.resume) return;
    if (o.to_stdout || !facts_of(o.format).keeps_notes)
        throw UsageError("--resume needs frames that say how they were made: .png, .exr, .hdr or "
                         ".film files");
    if (o.no_clobber)
        throw UsageError("--resume and --no-clobber contradict each other: --resume renders again "
                         "what is not the frame that is wanted");
}

// Layers, denoising and noise belong to whole pictures in the end.
void check_finish(const RenderOptions& o) {
    if (!o.layers.empty() && o.format != PictureFormat::exr)
        throw UsageError("--layers makes OpenEXR files: give -o picture.exr");
    const char* const what = o.denoise ? "--denoise" : o.noise ? "--noise" : nullptr;
    if (what == nullptr || o.format != PictureFormat::film) return;
    throw UsageError(std::string(what) + " is about whole pictures, not film files and parts; " +
                     (o.denoise ? "render the picture at once" : "give each part --spp"));
}

void check_environment(const RenderOptions& o) {
    if (o.env.empty() && (o.env_rotate_deg || o.env_strength))
        throw UsageError("--env-rotate and --env-strength are about a picture: give it with --env");
    if (!o.env.empty() && o.no_sky) throw UsageError("--env and --sky none contradict each other");
}

void settle_merge(MergeOptions& o, const std::optional<std::string>& output,
                  const std::optional<PictureFormat>& format) {
    std::string target;
    if (output) {
        target = *output;
    } else if (!o.parts.empty() && !o.parts.front().ends_with(".film")) {
        target = o.parts.front(); // merge OUT PART...
        o.parts.erase(o.parts.begin());
    } else {
        throw UsageError("merge needs an output: juggler merge PART... -o picture.png");
    }
    if (o.parts.empty())
        throw UsageError("merge needs parts: juggler merge PART... -o picture.png");
    if (target.empty() || target == "-" || target.ends_with('/'))
        throw UsageError("--output needs a file name, not " + in_quotes(target));
    o.format = format ? *format : format_of_name(target);
    if (facts_of(o.format).clip)
        throw UsageError("merge makes pictures; make a clip of these (-o f_####.png)");
    o.output = parse_pattern(target);
}

void one_form(const CompareOptions& o) {
    if (o.json && o.markdown) throw UsageError("--json and --markdown cannot share stdout");
}

void settle(CommandLine& line, const Grammar& grammar) {
    const auto need = [](Text text, const char* what) {
        if (text.empty()) throw UsageError(what);
    };
    switch (line.verb) {
    case Verb::render:
        need(line.render.scene, "render needs a scene: juggler render SCENE [options]");
        settle_output(line.render, grammar.output(), grammar.format());
        line.render.arrangement = grammar.arrangement();
        settle_part(line.render, grammar.split(), grammar.part_given());
        check_resume(line.render);
        check_finish(line.render);
        check_environment(line.render);
        break;
    case Verb::check:
        need(line.check.scene, "check needs a scene: juggler check SCENE");
        break;
    case Verb::merge:
        settle_merge(line.merge, grammar.output(), grammar.format());
        break;
    case Verb::diff:
        need(line.diff.b, "diff needs two pictures: juggler diff A B");
        break;
    case Verb::compare:
        need(line.compare.picture.scene, "compare needs a scene: juggler compare SCENE [options]");
        one_form(line.compare);
        check_environment(line.compare.picture);
        if (line.compare.arrangements && line.compare.report.empty())
            throw UsageError("--arrangements says what is in the page of --report, and there is "
                             "none");
        break;
    case Verb::bench:
        need(line.bench.contest.picture.scene,
             "bench needs a scene: juggler bench SCENE [options]");
        one_form(line.bench.contest);
        check_environment(line.bench.contest.picture);
        // With fewer, not even the clearest result is beyond chance at one in a hundred.
        if (!line.bench.check.empty() && line.bench.contest.runs < 5)
            throw UsageError("--check needs --runs 5 or more, to tell a change from chance");
        break;
    case Verb::completion: {
        const std::string& shell = line.completion.shell;
        if (shell != "bash" && shell != "zsh" && shell != "fish" && shell != "man")
            throw UsageError("completion takes one of bash, zsh, fish, man, not " +
                             in_quotes(shell));
        break;
    }
    case Verb::tiles:
        need(line.tiles.picture.scene, "tiles needs a scene: juggler tiles SCENE [options]");
        check_environment(line.tiles.picture);
        if (line.tiles.output.empty())
            line.tiles.output =
                (line.tiles.picture.scene == "-"
                     ? "stdin"
                     : std::filesystem::path(line.tiles.picture.scene).stem().string()) +
                ".tiles.png";
        break;
    case Verb::show:
        need(line.show.file, "show needs a picture: juggler show FILE");
        break;
    default:
        break;
    }
}

// Letters to insert, drop or replace to make one word the other (Levenshtein 1966).
size_t distance(const std::string& a, const std::string& b) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = std::exchange(row[0], i);
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row[b.size()];
}

// "; did you mean render?", if there is a name that few letters are missing from.
std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
    const auto nearest =
        std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
            return distance(word, a) < distance(word, b);
        });
    const bool near = nearest != names.end() && word.size() < 40 && distance(word, *nearest) <= 2;
    return near ? "; did you mean " + *nearest + "?" : "";
}

std::vector<std::string> option_names_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames())
            names.push_back("--" + name);
    return names;
}

// Words that nothing took: an unknown option first, since its value may be among the others.
void refuse_rest(const CLI::App& app) {
    const std::vector<std::string> rest = app.remaining(true);
    if (rest.empty()) return;
    std::vector<std::string> options = option_names_of(app), commands;
    for (const CLI::App* verb : app.get_subcommands())
        for (std::string& name : option_names_of(*verb))
            options.push_back(std::move(name));
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
        commands.push_back(verb->get_name());
    for (const std::string& word : rest)
        if (word.size() > 1 && word.front() == '-')
            throw UsageError("unknown option " + in_quotes(word) +
                             suggestion(word.substr(0, word.find('=')), options));
    if (app.get_subcommands().empty())
        throw UsageError("unknown command " + in_quotes(rest.front()) +
                         suggestion(rest.front(), commands));
    throw UsageError("one word too many: " + in_quotes(rest.front()));
}

} // namespace

CommandLine parse_command_line(std::span<const std::string> words, const Environment& environment) {
    CommandLine line;
    Grammar grammar(line, environment);
    // A bare --show or --tev takes no other word: what follows it may be the scene.
    std::vector<std::string> reversed;
    bool options_end = false;
    for (size_t i = 0; i < words.size(); ++i) {
        options_end = options_end || words[i] == "--";
        const bool bare = !options_end && words[i] == "--show" &&
                          !(i + 1 < words.size() && is_show(words[i + 1]));
        const bool bare_tev = !options_end && words[i] == "--tev";
        reversed.push_back(bare       ? "--show=auto"
                           : bare_tev ? std::string("--tev=") + default_tev
                                      : words[i]);
    }
    std::reverse(reversed.begin(), reversed.end());
    try {
        grammar.app().parse(reversed);
    } catch (const CLI::ArgumentMismatch& e) {
        const std::string text = e.what(); // "--spp: 1 required TEXT missing"
        throw UsageError(text.substr(0, text.find(':')) + " needs a value");
    } catch (const CLI::ParseError& e) {
        throw UsageError(e.what());
    }
    refuse_rest(grammar.app());
    const auto verbs = grammar.app().get_subcommands();
    const std::string name = verbs.empty() ? "" : verbs.front()->get_name();
    if (grammar.version()) {
        line.verb = Verb::version;
    } else if (grammar.help()) {
        line.verb = Verb::help;
        line.help_topic = name;
    } else if (name.empty()) {
        throw UsageError("no command given");
    } else {
        line.verb = verb_named(name);
        settle(line, grammar);
    }
    return line;
}

std::vector<std::string> verb_names() {
    CommandLine line;
    Grammar grammar(line, {});
    std::vector<std::string> names;
    for (const CLI::App* verb : grammar.app().get_subcommands({}))
        names.push_back(verb->get_name());
    return names;
}

std::vector<OptionName> option_names(const std::string& verb) {
    CommandLine line;
    Grammar grammar(line, {});
    const CLI::App& app = verb.empty() ? grammar.app() : *grammar.app().get_subcommand(verb);
    std::vector<OptionName> names;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty()) continue; // the scene and the like
        OptionName name{"--" + option->get_lnames().front(), "",
                        option->get_items_expected_max() > 0, grammar.value_of(option)};
        if (!option->get_snames().empty()) name.short_name = "-" + option->get_snames().front();
        names.push_back(std::move(name));
    }
    return names;
}

} // namespace juggler
