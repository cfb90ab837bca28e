#include "host/render/backend.h"

#include "cpu/float_mode.h"
#include "cpu/passes.h"
#include "host/base/error.h"
#include "host/cuda/backend.h"
#include "host/render/wave_device.h"

namespace juggler {
namespace {

std::string runs_everywhere() { return {}; }

class SequentialDevice : public Device {
public:
    [[nodiscard]] std::string description() const override { return "1 thread, scalar"; }
    [[nodiscard]] unsigned lanes() const override { return 1; }
    void set_scene(const CompiledScene& scene) override { scene_ = &scene; }
    bool render_pass(const FrameView& frame, const FilmView& film, SampleRange range,
                     const PassControl& control, PassCounters& counters) override {
        const ExactFloatMode exact;
        const PassView pass{0, 0, film.width, film.height, range.first, range.count};
        return render_sequential(scene_->view(), scene_->bvh2(), frame, film, pass, control.stop,
                                 control.samples_done, counters);
    }

private:
    const CompiledScene* scene_ = nullptr;
};

constexpr Backend table[] = {
    {"sequential", "seq", runs_everywhere,
     [](const DeviceOptions&) -> std::unique_ptr<Device> {
         return std::make_unique<SequentialDevice>();
     }},
    {"simd", "simd", runs_everywhere, open_simd},
    {"openmp", "omp", runs_everywhere, open_openmp},
    {"cuda", "cuda", cuda_unavailable, open_cuda, cuda_hardware},
};

// From the fastest on.
constexpr std::string_view preference[] = {"cuda", "openmp", "simd", "sequential"};

} // namespace

std::span<const Backend> backends() { return table; }

const Backend& find_backend(std::string_view name) {
    if (name == "auto") {
        for (std::string_view candidate : preference)
            for (const Backend& backend : table)
                if (backend.name == candidate && backend.unavailable().empty()) return backend;
    }
    std::string known = "auto";
    for (const Backend& backend : table) {
        if (backend.name == name || backend.short_name == name) {
            if (const std::string reason = backend.unavailable(); !reason.empty())
                throw Error(Exit::backend,
                            "use the backend '" + std::string(name) + "': " + reason);
            return backend;
        }
        known += ", " + std::string(backend.name);
    }
    throw Error(Exit::usage, "use the backend '" + std::string(name) + "': there are " + known);
}

} // namespace juggler
