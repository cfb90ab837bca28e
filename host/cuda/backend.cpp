#include "host/cuda/backend.h"

#include "host/cuda/slot.h"

#include <cstdlib>
#include <optional>

namespace juggler {
namespace cuda {
namespace {

class CudaSlot : public FrameSlot {
public:
    CudaSlot(Machine& machine, Window window)
        : machine_(machine), scene_(machine), film_(machine, window) {}

    void upload(const CompiledScene& scene) override {
        machine_.select();
        scene_.upload(scene);
    }
    void update(const CompiledScene& scene, const CompiledScene& there) override {
        machine_.select();
        scene_.update(scene, there);
    }
    void clear() override {
        machine_.select();
        film_.clear();
    }
    bool render_pass(const FrameView& frame, SampleRange range, const PassControl& control,
                     PassCounters& counters) override {
        machine_.select();
        return film_.render(scene_, frame, range, control, counters);
    }
    std::span<const float> download_mean(uint32_t sample_count) override {
        machine_.select();
        return film_.download_mean(sample_count);
    }
    std::span<const FilmPixel> download_sums() override {
        machine_.select();
        return film_.download_sums();
    }
    DeviceTimes times() override {
        machine_.select();
        DeviceTimes times = film_.times();
        times.upload = scene_.take_time();
        return times;
    }

private:
    Machine& machine_;
    SceneMemory scene_;
    FilmMemory film_;
};

class CudaDevice : public Device {
public:
    CudaDevice(const Installation& installation, const MachineOptions& options)
        : machine_(installation, options), scene_(machine_) {}

    [[nodiscard]] std::string description() const override { return machine_.facts().name; }
    [[nodiscard]] TreeLayouts layouts() const override {
        TreeLayouts layouts;
        layouts.compressed = walks_compressed(machine_.options().kernel);
        return layouts;
    }
    [[nodiscard]] DeviceLabels labels() const override {
        return {"", machine_.facts().name, machine_.driver()};
    }

    void set_scene(const CompiledScene& scene) override {
        machine_.select();
        scene_.upload(scene);
    }

    bool render_pass(const FrameView& frame, const FilmView& film, SampleRange range,
                     const PassControl& control, PassCounters& counters) override {
        machine_.select();
        const Window window{film.x0, film.y0, film.x0 + film.width, film.y0 + film.height};
        if (film_ && film_->window() == window) {
            film_->clear();
        } else {
            film_.reset();
            film_.emplace(machine_, window);
        }
        if (!film_->render(scene_, frame, range, control, counters)) return false;
        FilmPixel* to = film.pixels;
        for (const FilmPixel& pixel : film_->download_sums()) {
            for (int c = 0; c < 3; ++c)
                to->rgb[c] += pixel.rgb[c];
            ++to;
        }
        return true;
    }

    std::unique_ptr<FrameSlot> open_slot(Window window) override {
        machine_.select();
        return std::make_unique<CudaSlot>(machine_, window);
    }

    [[nodiscard]] uint64_t slot_bytes(Window window) const override {
        return film_bytes(machine_.options(), window);
    }

    std::optional<uint64_t> free_memory() override {
        machine_.select();
        return machine_.free_memory();
    }

private:
    Machine machine_;
    SceneMemory scene_;
    std::optional<FilmMemory> film_;
};

} // namespace

namespace {

// An experiment that leaves the picture as it is: no option, but a variable.
RenderKernel kernel_wanted() {
    const char* name = std::getenv("JUGGLER_CUDA_KERNEL");
    if (name == nullptr || name == std::string_view("fastest")) return RenderKernel::fastest;
    std::string known = "fastest";
    for (const NamedKernel& named : render_kernels) {
        if (name == named.name) return named.kernel;
        known += ", " + std::string(named.name);
    }
    throw Error(Exit::usage, std::string("use the kernel '") + name +
                                 "' of JUGGLER_CUDA_KERNEL: there are " + known);
}

} // namespace

std::unique_ptr<Device> open_device(const Installation& installation,
                                    const MachineOptions& options) {
    return std::make_unique<CudaDevice>(installation, options);
}

} // namespace cuda

std::string cuda_unavailable() { return cuda::reason_against(cuda::built_in()); }

std::string cuda_hardware() { return cuda::describe_devices(*cuda::built_in()); }

std::unique_ptr<Device> open_cuda(const DeviceOptions& options) {
    const cuda::Installation* installation = cuda::built_in();
    if (const std::string reason = cuda::reason_against(installation); !reason.empty())
        throw Error(Exit::backend, "use the backend 'cuda': " + reason);
    cuda::MachineOptions machine;
    machine.device = static_cast<int>(options.device);
    machine.kernel = cuda::kernel_wanted();
    return cuda::open_device(*installation, machine);
}

} // namespace juggler
