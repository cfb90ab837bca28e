// The program with one backend that is wrong: `simd` adds the least there is to one sum of one
// pixel. The linker puts this in the place of open_simd (--wrap).
#include "host/render/wave_device.h"

namespace juggler {

std::unique_ptr<Device> real_open_simd(const DeviceOptions& options) asm(
    "__real__ZN7juggler9open_simdERKNS_13DeviceOptionsE");
std::unique_ptr<Device> wrapped_open_simd(const DeviceOptions& options) asm(
    "__wrap__ZN7juggler9open_simdERKNS_13DeviceOptionsE");

namespace {

constexpr uint32_t altered_x = 7, altered_y = 5, altered_channel = 1;

class Altered : public Device {
public:
    explicit Altered(std::unique_ptr<Device> inner) : inner_(std::move(inner)) {}
    [[nodiscard]] std::string description() const override { return inner_->description(); }
    [[nodiscard]] unsigned lanes() const override { return inner_->lanes(); }
    [[nodiscard]] TreeLayouts layouts() const override { return inner_->layouts(); }
    void set_scene(const CompiledScene& scene) override { inner_->set_scene(scene); }
    bool render_pass(const FrameView& frame, const FilmView& film, SampleRange range,
                     const PassControl& control, PassCounters& counters) override {
        const bool whole = inner_->render_pass(frame, film, range, control, counters);
        const size_t pixel = size_t(altered_y - film.y0) * film.width + (altered_x - film.x0);
        film.pixels[pixel].rgb[altered_channel] += 1;
        return whole;
    }

private:
    std::unique_ptr<Device> inner_;
};

} // namespace

std::unique_ptr<Device> wrapped_open_simd(const DeviceOptions& options) {
    return std::make_unique<Altered>(real_open_simd(options));
}

} // namespace juggler
