#include "bench/embree_columns.h"
#include "bench/embree_rays.h"
#include "cpu/float_mode.h"
#include "host/base/error.h"

#include <algorithm>
#include <cmath>

namespace juggler {
namespace {

using Json = nlohmann::ordered_json;

constexpr double flips_allowed = 1000; // of a million rays

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

void check_equal(const HitSet& a, const HitSet& b, bool shadow) {
    const bool equal = shadow ? a.visible == b.visible
                              : a.instance == b.instance && a.primitive == b.primitive &&
                                    a.t == b.t && a.u == b.u && a.v == b.v;
    if (!equal) throw Error(Exit::differ, "go on: our own walks disagree");
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
        walk_binary(subject_.scene.view(), subject_.scene.bvh2(), rays_, set_.shadow,
                    scratch_.view());
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
                                    walk_binary(subject_.scene.view(), subject_.scene.bvh2(), rays_,
                                                set_.shadow, out);
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

} // namespace juggler
