#include "host/render/canvas.h"

#include "host/base/hash.h"

#include <utility>

namespace juggler {
namespace {

class HostCanvas : public Canvas {
public:
    HostCanvas(Painter& painter, Window window) : painter_(painter), film_(window) {}

    [[nodiscard]] bool on_cores() const override { return true; }

    // Nothing to copy; the device is told when it comes to this frame.
    void upload(std::shared_ptr<const CompiledScene> scene) override { scene_ = std::move(scene); }

    void clear() override { film_.clear(); }

    bool render_pass(const FrameView& frame, SampleRange range, const PassControl& control,
                     PassCounters& counters) override {
        if (painter_.scene != scene_) {
            painter_.device.set_scene(*scene_);
            painter_.scene = scene_;
        }
        return painter_.device.render_pass(frame, film_.view(), range, control, counters);
    }

    void download(uint32_t /*sample_count*/, bool /*with_sums*/) override { scene_.reset(); }

    void resolve(uint32_t sample_count, Picture& picture) override {
        film_.mean(sample_count, picture.rgb);
    }

    [[nodiscard]] std::span<const FilmPixel> sums() const override { return film_.pixels(); }
    std::span<const FilmPixel> sums_so_far() override { return film_.pixels(); }

    [[nodiscard]] uint64_t hash() const override { return film_.hash(); }

private:
    Painter& painter_;
    std::shared_ptr<const CompiledScene> scene_;
    Film film_;
};

class DeviceCanvas : public Canvas {
public:
    explicit DeviceCanvas(std::unique_ptr<FrameSlot> slot) : slot_(std::move(slot)) {}

    [[nodiscard]] bool on_cores() const override { return false; }

    // What is there already need not be copied again.
    void upload(std::shared_ptr<const CompiledScene> scene) override {
        if (scene == scene_) return;
        if (scene_)
            slot_->update(*scene, *scene_);
        else
            slot_->upload(*scene);
        scene_ = std::move(scene);
    }
    void clear() override { slot_->clear(); }
    bool render_pass(const FrameView& frame, SampleRange range, const PassControl& control,
                     PassCounters& counters) override {
        return slot_->render_pass(frame, range, control, counters);
    }
    void download(uint32_t sample_count, bool with_sums) override {
        if (with_sums) {
            sums_ = slot_->download_sums();
            hash_ = hash_bytes(sums_.data(), sums_.size_bytes());
        }
        mean_ = slot_->download_mean(sample_count);
    }
    void resolve(uint32_t /*sample_count*/, Picture& picture) override {
        picture.rgb.assign(mean_.begin(), mean_.end());
    }
    [[nodiscard]] std::span<const FilmPixel> sums() const override { return sums_; }
    std::span<const FilmPixel> sums_so_far() override { return slot_->download_sums(); }
    [[nodiscard]] uint64_t hash() const override { return hash_; }
    [[nodiscard]] DeviceTimes device_times() override { return slot_->times(); }

private:
    std::unique_ptr<FrameSlot> slot_;
    std::shared_ptr<const CompiledScene> scene_; // in the slot
    std::span<const float> mean_;
    std::span<const FilmPixel> sums_;
    uint64_t hash_ = 0;
};

} // namespace

std::unique_ptr<Canvas> open_canvas(Painter& painter, Window window) {
    if (std::unique_ptr<FrameSlot> slot = painter.device.open_slot(window))
        return std::make_unique<DeviceCanvas>(std::move(slot));
    return std::make_unique<HostCanvas>(painter, window);
}

} // namespace juggler
