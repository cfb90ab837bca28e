// juggler_embree_bench: our walks and our path tracer against Embree's walks on the same rays and
// in the same driver (docs/performance.md).
#include "bench/embree_machine.h"
#include "bench/embree_runs.h"
#include "bench/embree_timing.h"
#include "cpu/units.h"
#include "host/base/error.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::vector<std::string> scenes{"lamp", "kitchen", "terrain", "cornell", "weekend"};
    std::vector<std::string> parts{"walks", "pictures", "threads"};
    std::string assets, isa = "best", json;
    std::vector<uint32_t> paths{512}, slots{32};
    RunOptions run;

    [[nodiscard]] bool wants(const char* part) const {
        return std::find(parts.begin(), parts.end(), part) != parts.end();
    }
};

std::string default_assets() {
    const char* named = std::getenv("JUGGLER_ASSETS");
    return named != nullptr ? named : JUGGLER_SOURCE_DIR "/../shared/assets";
}

void declare(CLI::App& app, Options& o) {
    app.add_option("scenes", o.scenes,
                   "Scene files, or any of lamp kitchen terrain cornell weekend (all of them)");
    app.add_option("--only", o.parts, "What to measure: walks, pictures, threads")
        ->delimiter(',')
        ->check(CLI::IsMember({"walks", "pictures", "threads"}));
    app.add_option("--assets", o.assets, "Folder of the models (JUGGLER_ASSETS)");
    app.add_option("--isa", o.isa, "Instruction set: avx2, avx512 or best")
        ->check(CLI::IsMember({"avx2", "avx512", "best"}));
    app.add_option("--paths", o.paths, "Paths in the wave, multiples of 16; several are compared")
        ->delimiter(',')
        ->check(CLI::Range(16, 65536));
    app.add_option("--slots", o.slots, "Rays in the walk; several are compared")
        ->delimiter(',')
        ->check(CLI::Range(1, 64));
    app.add_option("--width", o.run.picture.width, "Pixels of a row")->check(CLI::Range(16, 8192));
    app.add_option("--height", o.run.picture.height, "Rows")->check(CLI::Range(16, 8192));
    app.add_option("--spp", o.run.picture.samples, "Samples of a pixel")
        ->check(CLI::Range(1, 65536));
    app.add_option("--depth", o.run.picture.max_depth, "Bounces")->check(CLI::Range(0, 1000));
    app.add_option("--rays", o.run.rays, "Camera rays to record, about")
        ->check(CLI::Range(1000, 10'000'000));
    app.add_option("--rounds", o.run.rounds, "Timed rounds")->check(CLI::Range(1, 1000));
    app.add_flag("--lean", o.run.lean, "Embree's single fast calls and our walks alone");
    app.add_option("--json", o.json, "File for the figures");
}

EmbreeUnit find_unit(const std::string& isa) {
    const auto supported = [](std::string_view name) {
        for (const InstructionSet& set : instruction_sets())
            if (set.name == name) return set.supported();
        return false;
    };
    if (isa == "best" ? supported("avx512") : isa == "avx512" && supported(isa))
        return embree_unit_avx512();
    if (isa != "avx512" && supported("avx2")) return embree_unit_avx2();
    throw Error(Exit::backend, "measure: this processor lacks the instruction set");
}

// The geometric mean over scenes of what the first sizes reached.
void summarize(Json& results) {
    if (!results.contains("pictures")) return;
    std::vector<double> over_embree, over_sequential;
    for (const Json& r : results["pictures"]) {
        over_embree.push_back(r["ratio_over_embree"].get<double>());
        over_sequential.push_back(r["ratio_over_sequential"].get<double>());
    }
    if (over_embree.empty()) return;
    const double embree = geometric_mean(over_embree), sequential = geometric_mean(over_sequential);
    std::printf("geometric mean: %.2f times Embree, %.2f times sequential; least %.2f times "
                "Embree\n",
                embree, sequential, *std::min_element(over_embree.begin(), over_embree.end()));
    results["pictures_geometric_mean"] = {{"over_embree", embree}, {"over_sequential", sequential}};
}

void write_json(const std::string& file, const Json& results) {
    std::ofstream out(file);
    out << results.dump(1) << '\n';
    out.close();
    if (!out) throw Error(Exit::output, "write '" + file + "'");
}

void show(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

int run(Options& o) {
    o.run.sizes.clear();
    for (const uint32_t paths : o.paths)
        for (const uint32_t slots : o.slots)
            o.run.sizes.push_back({paths / 16 * 16, slots});
    const EmbreeUnit unit = find_unit(o.isa);
#ifdef JUGGLER_BENCH_OTHER
    const EmbreeUnit other = embree_unit_other();
    if (other.own.width == unit.own.width) o.run.other = &other;
#endif
    const EmbreeDevice device = open_embree();
    Json results;
    results["machine"] = machine_facts();
    results["machine"]["embree"] = embree_facts(device.get());
    results["isa"] = unit.own.name;
    results["picture"] = {{"width", o.run.picture.width},
                          {"height", o.run.picture.height},
                          {"spp", o.run.picture.samples},
                          {"depth", o.run.picture.max_depth},
                          {"rounds", o.run.rounds}};
    o.run.ghz = results["machine"]["ghz_measured"].get<double>();
    std::printf("%s, unit %s\n", results["machine"].dump().c_str(), unit.own.name);
    for (const char* part : {"walks", "pictures", "threads"})
        if (o.wants(part)) results[part] = Json::array();

    if (o.wants("walks")) show(walks_heading(o.run));
    std::string pictures = pictures_heading(o.run), threads = threads_heading();
    for (const std::string& scene : o.scenes) {
        if (!is_there(scene, o.assets)) {
            std::fprintf(stderr, "note: no scene %s in %s: skipped\n", scene.c_str(),
                         o.assets.c_str());
            continue;
        }
        const Subject subject(scene, o.assets, o.run.picture, unit.own.width, o.run.lean,
                              device.get());
        if (o.wants("walks")) {
            std::string rows;
            for (Json& row : run_walks(unit, subject, o.run, rows))
                results["walks"].push_back(std::move(row));
            show(rows);
        }
        if (o.wants("pictures"))
            results["pictures"].push_back(run_pictures(unit, subject, o.run, pictures));
        if (o.wants("threads"))
            results["threads"].push_back(run_threads(unit, subject, o.run, threads));
    }
    if (o.wants("pictures")) show(pictures);
    summarize(results);
    if (o.wants("threads")) show(threads);
    if (!o.json.empty()) write_json(o.json, results);
    return 0;
}

} // namespace
} // namespace juggler

int main(int argc, char** argv) {
    juggler::Options options;
    options.assets = juggler::default_assets();
    CLI::App app("Our walks and path tracer against Embree's walks", "juggler_embree_bench");
    juggler::declare(app, options);
    CLI11_PARSE(app, argc, argv);
    try {
        return juggler::run(options);
    } catch (const juggler::Error& error) {
        std::fprintf(stderr, "juggler_embree_bench: cannot %s\n", error.what());
        return static_cast<int>(error.exit());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "juggler_embree_bench: cannot go on: %s\n", error.what());
        return 1;
    }
}
