#include "bench/embree_columns.h"
#include "cpu/float_mode.h"
#include "cpu/openmp.h"
#include "cpu/passes.h"
#include "cpu/tiles.h"
#include "host/base/error.h"
#include "host/render/frame.h"

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint32_t tile_side = 16;

uint64_t rays_of(const PassCounters& c) { return c.camera_rays + c.scattered_rays + c.shadow_rays; }

// One picture by one worker.
PassCounters render(const WaveUnit& unit, const WaveScene& scene, const Subject& subject,
                    const RunOptions& options, WaveSizes sizes, void* workspace, Film& film) {
    const ExactFloatMode exact;
    film.clear();
    const FilmView view = film.view();
    TileDispenser tiles({view.width, view.height, 0, options.picture.samples, tile_side,
                         Schedule::dynamic, 1, nullptr, nullptr});
    TileDispenser::Worker worker(tiles, 0);
    PassCounters counters{};
    unit.render(scene, subject.frame, view, worker.source(), sizes, workspace, counters);
    return counters;
}

// Shares of a picture's time; medians of three.
struct Shares {
    double closest, shadow, camera;
    [[nodiscard]] double rest() const { return 1 - closest - shadow - camera; }
};
Shares measure_shares(const EmbreeUnit& unit, const WaveScene& scene, const Subject& subject,
                      const RunOptions& options, void* workspace, Film& film) {
    const ExactFloatMode exact;
    const FilmView view = film.view();
    std::vector<double> closest, shadow, camera;
    for (int repeat = 0; repeat < 3; ++repeat) {
        TileDispenser tiles({view.width, view.height, 0, options.picture.samples, tile_side,
                             Schedule::dynamic, 1, nullptr, nullptr});
        TileDispenser::Worker worker(tiles, 0);
        PassCounters counters{};
        const WalkTicks ticks = unit.render_timed(scene, subject.frame, view, worker.source(),
                                                  options.sizes[0], workspace, counters);
        const auto all = double(ticks.all);
        closest.push_back(double(ticks.closest) / all);
        shadow.push_back(double(ticks.shadow) / all);
        camera.push_back(double(ticks.camera) / all);
    }
    return {median(closest), median(shadow), median(camera)};
}

double mean_of(const Film& film, uint32_t samples) {
    double sum = 0;
    const std::vector<float> rgb = film.mean(samples);
    for (float x : rgb)
        sum += x;
    return sum / double(rgb.size());
}

} // namespace

std::string pictures_heading(const RunOptions& options) {
    std::string text;
    print(text,
          "\nWhole pictures, one thread, one driver: %ux%u, %u samples, depth %u. M samples/s "
          "and Mrays/s with\nEmbree's single fast calls in the walk's place; the rest are "
          "ratios to it. Shares of our time: camera packets, closest hits, shadow, the rest.\n"
          "%-8s %8s %8s %8s %8s",
          options.picture.width, options.picture.height, options.picture.samples,
          options.picture.max_depth, "scene", "Msampl/s", "Mray/s", "packets", "sequent.");
    print_sizes(text, options, 8);
    print(text, "  %15s  %8s\n", "shares of time", "mean");
    return text;
}

Json run_pictures(const EmbreeUnit& unit, const Subject& subject, const RunOptions& options,
                  std::string& rows) {
    const Window window{0, 0, subject.frame.width, subject.frame.height};
    const double samples = double(window.x1) * window.y1 * options.picture.samples;
    const WaveScene own = subject.wave_scene(), swapped = subject.embree_scene(*subject.fast);
    Film embree_film(window), sequential_film(window), film(window);
    PassCounters embree_counters{}, counters{};

    const WaveSizes embree_sizes = options.sizes[0];
    const Workspace embree_space =
        make_workspace(unit.embree, embree_sizes, swapped.tree.stack_need);
    std::vector<Variant> variants;
    variants.push_back({"embree 1", [&] {
                            embree_counters = render(unit.embree, swapped, subject, options,
                                                     embree_sizes, embree_space.get(), embree_film);
                        }});
    variants.push_back({"embree 1, camera packets", [&] {
                            embree_counters = render(unit.embree_packets, swapped, subject, options,
                                                     embree_sizes, embree_space.get(), embree_film);
                        }});
    variants.push_back({"sequential", [&] {
                            sequential_film.clear();
                            counters = {};
                            render_sequential(
                                subject.scene.view(), subject.scene.bvh2(), subject.frame,
                                sequential_film.view(),
                                {0, 0, window.x1, window.y1, 0, options.picture.samples}, nullptr,
                                nullptr, counters);
                        }});
    std::vector<Workspace> spaces;
    const auto add = [&](const EmbreeUnit& of, const char* name) {
        for (const WaveSizes sizes : options.sizes) {
            spaces.push_back(make_workspace(of.own, sizes, own.tree.stack_need));
            variants.push_back({name + sizes_text(sizes), [&, sizes, space = spaces.back().get()] {
                                    counters =
                                        render(of.own, own, subject, options, sizes, space, film);
                                }});
        }
    };
    add(unit, "wide ");
    if (options.other != nullptr) add(*options.other, "other ");
    time_interleaved(variants, options.rounds, thread_seconds);
    if (film.hash() != sequential_film.hash())
        throw Error(Exit::differ, "go on: the picture is not that of sequential");

    const double own_mean = mean_of(film, options.picture.samples);
    const double difference = mean_of(embree_film, options.picture.samples) / own_mean - 1;
    const double embree_seconds = median(variants[0].seconds);
    print(rows, "%-8s %8.3f %8.2f", subject.name.c_str(), samples / embree_seconds * 1e-6,
          double(rays_of(embree_counters)) / embree_seconds * 1e-6);
    Json renders;
    for (const Variant& v : variants) {
        const double ratio = speed_ratio(v, variants[0]);
        renders[v.name] = json_of(v, samples, "msamples_per_s", ratio);
        renders[v.name]["mrays_per_s"] =
            double(rays_of(v.name.starts_with("embree") ? embree_counters : counters)) /
            median(v.seconds) * 1e-6;
        if (&v != variants.data()) print(rows, " %8.2f", ratio);
    }
    const Shares shares = measure_shares(unit, own, subject, options, spaces.front().get(), film);
    print(rows, "  %3.0f %3.0f %3.0f %3.0f  %+7.3f%%\n", 100 * shares.camera, 100 * shares.closest,
          100 * shares.shadow, 100 * shares.rest(), 100 * difference);
    return {{"scene", subject.name},
            {"rays_per_sample", double(rays_of(counters)) / samples},
            {"share_of_camera_packets", shares.camera},
            {"share_of_closest_hits", shares.closest},
            {"share_of_shadow", shares.shadow},
            {"share_of_the_rest", shares.rest()},
            {"mean_radiance_difference_of_embree", difference},
            {"ratio_over_embree", speed_ratio(variants[3], variants[0])},
            {"ratio_over_sequential", speed_ratio(variants[3], variants[2])},
            {"pictures", renders}};
}

std::string threads_heading() {
    std::string text;
    print(text,
          "\nopenmp, wall clock: M samples/s with one thread, and how many times as fast two "
          "are.\n%-8s %8s %8s\n",
          "scene", "one", "two");
    return text;
}

Json run_threads(const EmbreeUnit& unit, const Subject& subject, const RunOptions& options,
                 std::string& rows) {
    const Window window{0, 0, subject.frame.width, subject.frame.height};
    const double samples = double(window.x1) * window.y1 * options.picture.samples;
    const WaveScene scene = subject.wave_scene();
    const WaveSizes sizes = options.sizes[0];
    Film film(window);
    std::vector<Workspace> spaces;
    std::vector<WorkerMemory> workers;
    for (int i = 0; i < 2; ++i) {
        spaces.push_back(make_workspace(unit.own, sizes, scene.tree.stack_need));
        workers.push_back({spaces.back().get(), {}});
    }
    const auto render_with = [&](unsigned threads) {
        film.clear();
        const FilmView view = film.view();
        TileDispenser tiles({view.width, view.height, 0, options.picture.samples, tile_side,
                             Schedule::dynamic, threads, nullptr, nullptr});
        render_openmp(unit.own, scene, subject.frame, view, tiles, sizes,
                      std::span(workers).first(threads));
    };
    std::vector<Variant> variants{{"1 thread", [&] { render_with(1); }},
                                  {"2 threads", [&] { render_with(2); }}};
    time_interleaved(variants, options.rounds, wall_seconds);
    const double ratio = speed_ratio(variants[1], variants[0]);
    const double one = samples / median(variants[0].seconds) * 1e-6;
    print(rows, "%-8s %8.3f %8.2f\n", subject.name.c_str(), one, ratio);
    return {{"scene", subject.name}, {"msamples_per_s_one_thread", one}, {"two_over_one", ratio}};
}

} // namespace juggler
