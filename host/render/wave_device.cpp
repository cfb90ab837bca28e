#include "host/render/wave_device.h"

#include "cpu/float_mode.h"
#include "cpu/openmp.h"
#include "cpu/units.h"
#include "host/base/error.h"
#include "host/base/threads.h"
#include "host/bvh/wide.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <optional>
#include <vector>

namespace juggler {
namespace {

constexpr unsigned max_threads = 1024;

const InstructionSet& find_instruction_set(const std::string& name) {
    if (name == "best") return best_instruction_set();
    std::string known = "best";
    for (const InstructionSet& set : instruction_sets()) {
        if (set.name == name) {
            if (!set.supported())
                throw Error(Exit::backend, "use the instruction set '" + name +
                                               "': this processor lacks it (it needs " +
                                               std::string(set.needs) + ")");
            return set;
        }
        known += ", " + std::string(set.name);
    }
    throw Error(Exit::usage, "use the instruction set '" + name + "': there are " + known);
}

struct FreeAligned {
    void operator()(void* p) const noexcept { ::operator delete(p, std::align_val_t(64)); }
};
using Workspace = std::unique_ptr<void, FreeAligned>;

class WaveDevice : public Device {
public:
    WaveDevice(const DeviceOptions& options, unsigned threads, bool openmp)
        : options_(options), set_(find_instruction_set(options.isa)), unit_(set_.unit()),
          threads_(threads), openmp_(openmp) {}

    [[nodiscard]] std::string description() const override {
        return std::to_string(threads_) + (threads_ == 1 ? " thread, " : " threads, ") +
               std::string(set_.name) + " (" + std::to_string(unit_.lanes) + " lanes)";
    }

    [[nodiscard]] DeviceLabels labels() const override { return {std::string(set_.name), "", ""}; }

    [[nodiscard]] unsigned threads() const override { return threads_; }

    [[nodiscard]] unsigned lanes() const override { return unsigned(unit_.lanes); }

    [[nodiscard]] TreeLayouts layouts() const override { return {unit_.width == 0, unit_.width}; }

    void set_scene(const CompiledScene& scene) override {
        scene_.scene = scene.view();
        scene_.bvh = scene.bvh2();
        tree_.reset();
        const WideTree* tree = scene.wide(unit_.width);
        if (tree == nullptr && unit_.width != 0) {
            tree_ = unit_.width == 8 ? WideTree::build<8>(scene.view(), scene.bvh2())
                                     : WideTree::build<16>(scene.view(), scene.bvh2());
            tree = &*tree_;
        }
        scene_.tree = tree != nullptr ? tree->view() : WideView{};
        const size_t bytes = unit_.workspace_bytes(options_.wave, scene_.tree.stack_need);
        workspaces_.clear();
        workers_.clear();
        for (unsigned i = 0; i < threads_; ++i) {
            workspaces_.emplace_back(::operator new(bytes, std::align_val_t(64)));
            workers_.push_back({workspaces_.back().get(), {}});
        }
    }

    bool render_pass(const FrameView& frame, const FilmView& film, SampleRange range,
                     const PassControl& control, PassCounters& counters) override {
        if (control.tiles != nullptr) control.tiles->workers.resize(threads_);
        TileDispenser tiles({film.width, film.height, range.first, range.count, options_.tile,
                             options_.schedule, threads_, control.stop, control.samples_done,
                             control.tiles});
        if (openmp_) {
            render_openmp(unit_, scene_, frame, film, tiles, options_.wave, workers_);
        } else {
            const ExactFloatMode exact;
            TileDispenser::Worker worker(tiles, 0);
            workers_[0].counters = {};
            unit_.render(scene_, frame, film, worker.source(), options_.wave, workers_[0].workspace,
                         workers_[0].counters);
        }
        for (const WorkerMemory& worker : workers_) {
            counters.camera_rays += worker.counters.camera_rays;
            counters.scattered_rays += worker.counters.scattered_rays;
            counters.shadow_rays += worker.counters.shadow_rays;
            counters.nan_samples += worker.counters.nan_samples;
            counters.clamped_samples += worker.counters.clamped_samples;
        }
        return !tiles.stopped();
    }

private:
    DeviceOptions options_;
    const InstructionSet& set_;
    WaveUnit unit_;
    unsigned threads_;
    bool openmp_;
    WaveScene scene_{};
    std::optional<WideTree> tree_;
    std::vector<Workspace> workspaces_;
    std::vector<WorkerMemory> workers_;
};

} // namespace

std::unique_ptr<Device> open_simd(const DeviceOptions& options) {
    return std::make_unique<WaveDevice>(options, 1, false);
}

std::unique_ptr<Device> open_openmp(const DeviceOptions& options) {
    unsigned threads = options.threads;
    if (threads == 0) threads = openmp_threads_wanted();
    if (threads == 0) threads = usable_threads();
    return std::make_unique<WaveDevice>(options, std::min(threads, max_threads), true);
}

} // namespace juggler
