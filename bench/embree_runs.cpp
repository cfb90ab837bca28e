#include "bench/embree_runs.h"

#include "bench/embree_rays.h"
#include "bench/embree_timing.h"
#include "cpu/float_mode.h"
#include "cpu/openmp.h"
#include "cpu/passes.h"
#include "cpu/tiles.h"
#include "host/base/error.h"
#include "host/render/frame.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <new>

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint32_t tile_side = 16;
constexpr double flips_allowed = 1000; // of a million rays

struct FreeAligned {
    void operator()(void* p) const noexcept { ::operator delete(p, std::align_val_t(64)); }
};
using Workspace = std::unique_ptr<void, FreeAligned>;
Workspace make_workspace(const WaveUnit& unit, WaveSizes sizes, uint32_t stack_need) {
    return Workspace(::operator new(unit.workspace_bytes(sizes, stack_need), std::align_val_t(64)));
}

// Appends as printf prints.
[[gnu::format(printf, 2, 3)]] void print(std::string& text, const char* format, ...) {
    char line[512];
    va_list values;
    va_start(values, format);
    const int length = std::vsnprintf(line, sizeof line, format, values);
    va_end(values);
    text.append(line, size_t(std::clamp(length, 0, int(sizeof line) - 1)));
}

std::string sizes_text(WaveSizes sizes) {
    return std::to_string(sizes.paths) + "/" + std::to_string(sizes.slots);
}

double per_million(uint64_t count, uint64_t of) { return 1e6 * double(count) / double(of); }

// Where two walks disagree. Two surfaces at one place are no disagreement.
struct Flips {
    uint64_t hit_or_miss = 0; // one hits, the other misses
    uint64_t elsewhere = 0;   // another primitive at another distance
    uint64_t ties = 0;        // another primitive at the same distance, to 1e-5
    [[nodiscard]] uint64_t all() const { return hit_or_miss + elsewhere; }
};
Flips compare(const HitSet& a, const HitSet& b, const RaySet& rays) {
    Flips flips;
    for (size_t i = 0; i < a.t.size(); ++i) {
        if (rays.shadow) {
            flips.hit_or_miss += a.visible[i] != b.visible[i];
            continue;
        }
        if (a.instance[i] == b.instance[i] &&
            (a.instance[i] == none || a.primitive[i] == b.primitive[i]))
            continue;
        if (a.instance[i] == none || b.instance[i] == none)
            ++flips.hit_or_miss;
        else if (std::fabs(a.t[i] - b.t[i]) <= 1e-5f * a.t[i])
            ++flips.ties;
        else
            ++flips.elsewhere;
    }
    return flips;
}

double hit_share(const HitSet& hits, bool shadow) {
    const auto found = shadow ? std::count_if(hits.visible.begin(), hits.visible.end(),
                                              [](uint32_t v) { return v != 7; })
                              : std::count_if(hits.instance.begin(), hits.instance.end(),
                                              [](uint32_t i) { return i != none; });
    return double(found) / double(hits.t.size());
}

Json json_of(const Variant& v, double work, const char* unit, double ratio) {
    return {{unit, work / median(v.seconds) * 1e-6},
            {"ratio_to_embree_single_fast", ratio},
            {"spread", spread(v.seconds)}};
}

void check_equal(const HitSet& a, const HitSet& b, bool shadow) {
    const bool equal = shadow ? a.visible == b.visible
                              : a.instance == b.instance && a.primitive == b.primitive &&
                                    a.t == b.t && a.u == b.u && a.v == b.v;
    if (!equal) throw Error(Exit::differ, "go on: our own walks disagree");
}

// The columns of our walks, and of the other version's.
void print_sizes(std::string& text, const RunOptions& options, int width) {
    for (const WaveSizes sizes : options.sizes)
        print(text, " %*s", width, sizes_text(sizes).c_str());
    if (options.other == nullptr) return;
    for (const WaveSizes sizes : options.sizes)
        print(text, " %*s", width, ("o" + sizes_text(sizes)).c_str());
}

// Every walk of one kind of ray.
class KindRun {
public:
    KindRun(const EmbreeUnit& unit, const Subject& subject, const RaySet& set,
            const RunOptions& options)
        : unit_(unit), subject_(subject), set_(set), options_(options), rays_(set.view()),
          scene_(subject.wave_scene()), embree_rays_(make_embree_rays(rays_)), ours_(rays_.count),
          theirs_(rays_.count), scratch_(rays_.count),
          kind_(set.shadow             ? WalkKind::shadow
                : set.name == "camera" ? WalkKind::camera
                                       : WalkKind::closest) {}

    Json run(std::string& rows) {
        const ExactFloatMode exact;
        result_ = {{"scene", subject_.name}, {"kind", set_.name}, {"rays", rays_.count}};
        print(rows, "%-8s %-8s %7u", subject_.name.c_str(), std::string(set_.name).c_str(),
              rays_.count);
        agree(rows);
        count();
        time(rows);
        return std::move(result_);
    }

private:
    Workspace make_space(WaveSizes sizes, const EmbreeUnit* of = nullptr) const {
        return make_workspace((of != nullptr ? *of : unit_).own, sizes, scene_.tree.stack_need);
    }

    // No clock runs before the walks agree: ours to the bit, Embree's but for a few flips.
    void agree(std::string& rows) {
        const Workspace space = make_space(options_.sizes[0]);
        const uint64_t singles =
            unit_.walk(scene_, rays_, kind_, options_.sizes[0], space.get(), ours_.view());
        walk_binary(scene_.scene, scene_.bvh, rays_, set_.shadow, scratch_.view());
        check_equal(ours_, scratch_, set_.shadow);
        if (options_.other != nullptr) {
            const Workspace other_space = make_space(options_.sizes[0], options_.other);
            options_.other->walk(scene_, rays_, kind_, options_.sizes[0], other_space.get(),
                                 scratch_.view());
            check_equal(ours_, scratch_, set_.shadow);
        }
        Flips robust;
        if (subject_.robust) {
            walk_embree(subject_.robust->get(), embree_rays_, set_.shadow, theirs_.view());
            robust = compare(ours_, theirs_, set_);
        }
        if (per_million(robust.all(), rays_.count) > flips_allowed)
            throw Error(Exit::differ, "go on: our hits are not Embree's");
        walk_embree(subject_.fast->get(), embree_rays_, set_.shadow, theirs_.view());
        const Flips fast = compare(ours_, theirs_, set_);
        const double share = hit_share(ours_, set_.shadow);
        result_["hit_share"] = share;
        result_["flips_per_million_to_fast"] = per_million(fast.all(), rays_.count);
        result_["walked_one_by_one"] = double(singles) / rays_.count;
        print(rows, " %5.1f", 100 * share);
        if (subject_.robust) {
            result_["flips_per_million_to_robust"] = per_million(robust.all(), rays_.count);
            result_["of_these_hit_or_miss"] = per_million(robust.hit_or_miss, rays_.count);
            result_["ties_per_million_to_robust"] = per_million(robust.ties, rays_.count);
            print(rows, " %6.0f %6.0f", per_million(robust.all(), rays_.count),
                  per_million(robust.ties, rays_.count));
        }
        print(rows, " %6.0f", per_million(fast.all(), rays_.count));
    }

    void count() {
        const Workspace space = make_space({16, 1});
        unit_.count_visits(scene_, rays_, set_.shadow, space.get(), visits_);
        const auto a_ray = [&](uint64_t visits) { return double(visits) / double(visits_.rays); };
        result_["nodes_per_ray"] = a_ray(visits_.nodes);
        result_["leaf_blocks_per_ray"] = a_ray(visits_.leaves);
        result_["instances_per_ray"] = a_ray(visits_.instances);
    }

    std::vector<Variant> make_variants() {
        const HitList out = scratch_.view();
        const bool coherent = set_.name == "camera" || set_.name == "shadow 0";
        const auto embree_1 = [&](const EmbreeScene& s) {
            return [this, out, handle = s.get()] {
                walk_embree(handle, embree_rays_, set_.shadow, out);
            };
        };
        const auto embree_16 = [&](const EmbreeScene& s) {
            return [this, out, coherent, handle = s.get()] {
                walk_embree_16(handle, embree_rays_, set_.shadow, coherent, out);
            };
        };
        const auto wide = [&](const EmbreeUnit& unit, WaveSizes sizes, WalkKind how) {
            spaces_.push_back(make_space(sizes, &unit));
            return [this, &unit, out, sizes, how, space = spaces_.back().get()] {
                unit.walk(scene_, rays_, how, sizes, space, out);
            };
        };
        std::vector<Variant> variants{{"embree 1", embree_1(*subject_.fast)}};
        if (!options_.lean) {
            variants.push_back({"embree 1 robust", embree_1(*subject_.robust)});
            variants.push_back({"embree 16", embree_16(*subject_.fast)});
            variants.push_back({"embree 16 robust", embree_16(*subject_.robust)});
            variants.push_back({"binary", [this, out] {
                                    walk_binary(scene_.scene, scene_.bvh, rays_, set_.shadow, out);
                                }});
        }
        first_wide_ = variants.size();
        for (const WaveSizes sizes : options_.sizes)
            variants.push_back({"wide " + sizes_text(sizes), wide(unit_, sizes, kind_)});
        if (options_.other != nullptr)
            for (const WaveSizes sizes : options_.sizes)
                variants.push_back(
                    {"other " + sizes_text(sizes), wide(*options_.other, sizes, kind_)});
        if (kind_ == WalkKind::camera)
            variants.push_back({"wide " + sizes_text(options_.sizes[0]) + " singles",
                                wide(unit_, options_.sizes[0], WalkKind::closest)});
        return variants;
    }

    void time(std::string& rows) {
        std::vector<Variant> variants = make_variants();
        time_interleaved(variants, options_.rounds, thread_seconds);
        print(rows, " %6.2f", rays_.count / median(variants[0].seconds) * 1e-6);
        Json walks;
        for (const Variant& v : variants) {
            const double ratio = speed_ratio(v, variants[0]);
            walks[v.name] = json_of(v, rays_.count, "mrays_per_s", ratio);
            if (&v != variants.data()) print(rows, " %6.2f", ratio);
        }
        if (kind_ != WalkKind::camera) print(rows, " %6s", "");
        // Steps are those of rays walked one by one.
        const Variant& singles =
            kind_ == WalkKind::camera ? variants.back() : variants[first_wide_];
        const double ray_ns = 1e9 * median(singles.seconds) / rays_.count;
        const double nodes = double(visits_.nodes) / double(visits_.rays);
        const double leaves = double(visits_.leaves) / double(visits_.rays);
        const double step_cycles = ray_ns * options_.ghz / (nodes + leaves);
        print(rows, "  %5.2f + %4.2f %5.0f\n", nodes, leaves, step_cycles);
        result_["ns_per_ray_one_by_one"] = ray_ns;
        result_["cycles_per_step"] = step_cycles;
        result_["walks"] = walks;
    }

    const EmbreeUnit& unit_;
    const Subject& subject_;
    const RaySet& set_;
    const RunOptions& options_;
    RayList rays_;
    WaveScene scene_;
    EmbreeRays embree_rays_;
    HitSet ours_, theirs_, scratch_;
    WalkKind kind_;
    Visits visits_{};
    std::vector<Workspace> spaces_;
    size_t first_wide_ = 0; // among the walks that are timed
    Json result_;
};

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

std::string walks_heading(const RunOptions& options) {
    std::string text;
    print(text,
          "Walks, one thread. Flips and ties per million rays: ours against Embree robust, and "
          "against\nEmbree fast. Mrays/s of Embree's single fast calls; the rest are ratios to "
          "it. Visits per ray of\nour walk (nodes + leaf blocks) and cycles a visit.\n"
          "%-8s %-8s %7s %5s %6s %6s %6s %6s",
          "scene", "rays", "count", "hit%", "flips", "ties", "fast", "Mray/s");
    if (!options.lean) print(text, " %6s %6s %6s %6s", "1 rob", "16", "16 rob", "binary");
    print_sizes(text, options, 6);
    print(text, " %6s  %12s %5s\n", "single", "visits", "cyc.");
    return text;
}

Json run_walks(const EmbreeUnit& unit, const Subject& subject, const RunOptions& options,
               std::string& rows) {
    const RaySets sets = record_rays(subject.scene.view(), subject.scene.bvh2(), subject.frame,
                                     std::max(options.picture.samples, 8u), options.rays);
    Json results = Json::array();
    for (const RaySet& set : sets)
        if (!set.t_max.empty()) results.push_back(KindRun(unit, subject, set, options).run(rows));
    return results;
}

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
                                own.scene, own.bvh, subject.frame, sequential_film.view(),
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
