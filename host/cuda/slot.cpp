#include "host/cuda/slot.h"

#include "kernels/launch.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace juggler::cuda {
namespace {

// Counters of a thread and sums over a warp stay within 32 bits.
constexpr uint32_t most_samples_a_launch = 1024;
// Before anything was measured: a fraction of a second even on a small GPU.
constexpr double first_launch_samples = 1 << 20;
// Of the samples of a pass each way of rendering is tried on so many.
constexpr uint32_t trial_share = 8;

uint32_t blocks_for(uint64_t count, uint32_t block) {
    return static_cast<uint32_t>((count + block - 1) / block);
}

constexpr uint64_t pixel_bytes = sizeof(FilmPixel) + 3 * sizeof(float);
uint64_t pixel_count(Window window) {
    return uint64_t(window.x1 - window.x0) * (window.y1 - window.y0);
}

// Pixels of a film that the device has room for.
size_t pixels_on(const Machine& machine, Window window) {
    machine.require_memory(pixel_count(window) * pixel_bytes, "the picture");
    return pixel_count(window);
}

} // namespace

uint64_t film_bytes(const MachineOptions& options, Window window) {
    const uint64_t pixels = pixel_count(window);
    const bool waves = may_go_in_waves(options.kernel);
    return pixels * pixel_bytes + (waves ? wave_bytes(path_slots(options, pixels)) : 0);
}

SceneMemory::SceneMemory(Machine& machine)
    : machine_(machine), begun_(machine.runtime()), uploaded_(machine.runtime()) {}

void SceneMemory::begin_sending() {
    machine_.up().record(begun_);
    sent_ = true;
}

void SceneMemory::end_sending(const SceneLayout& layout) {
    machine_.up().record(uploaded_);
    views_ = layout.views_at(memory_.data());
}

std::optional<DeviceInterval> SceneMemory::take_time() {
    if (!std::exchange(sent_, false)) return std::nullopt;
    return DeviceInterval{machine_.time_of(begun_), machine_.time_of(uploaded_)};
}

void SceneMemory::upload(const CompiledScene& scene) {
    const SceneLayout layout(scene);
    if (layout.bytes() > memory_.bytes()) {
        memory_ = {};
        machine_.require_memory(layout.bytes(), "the scene");
        memory_ = {machine_.runtime(), layout.bytes()};
    }
    const ByteRange all{0, layout.bytes()};
    begin_sending();
    machine_.send(
        {&all, 1}, [&](auto... range) { layout.read(range...); }, memory_.data());
    end_sending(layout);
}

void SceneMemory::update(const CompiledScene& scene, const CompiledScene& there) {
    const SceneLayout layout(scene), old(there);
    if (!layout.lies_as(old)) return upload(scene);
    const std::vector<RefitMesh> meshes = layout.refits(old);
    std::vector<ByteRange> made;
    for (const RefitMesh& mesh : meshes)
        made.insert(made.end(), {mesh.nodes, mesh.leaves});
    std::sort(made.begin(), made.end(),
              [](const ByteRange& a, const ByteRange& b) { return a.begin < b.begin; });
    begin_sending();
    for (const RefitMesh& mesh : meshes)
        prepare(scene, mesh, orders_[mesh.mesh]);
    machine_.send(
        layout.differences(old, made), [&](auto... range) { layout.read(range...); },
        memory_.data());
    end_sending(layout);
    machine_.compute().wait(uploaded_);
    for (const RefitMesh& mesh : meshes)
        refit(mesh, orders_[mesh.mesh]);
}

// Children come after their parents in the array, so one way through it backwards knows heights.
void SceneMemory::prepare(const CompiledScene& scene, const RefitMesh& mesh, RefitOrder& order) {
    if (order.topology == mesh.topology) return;
    const Bvh2Node* nodes = scene.bvh2().nodes;
    std::vector<uint32_t> height(mesh.node_count);
    std::vector<uint32_t>& begins = order.heights;
    begins.assign(1, 0);
    for (uint32_t i = mesh.node_count; i-- > 0;) {
        const Bvh2Node& node = nodes[mesh.first_node + i];
        for (int k = 0; k < 2; ++k)
            if (node.count[k] == 0)
                height[i] = std::max(height[i], height[node.child[k] - mesh.first_node] + 1);
        if (begins.size() < height[i] + 2) begins.resize(height[i] + 2);
        ++begins[height[i] + 1];
    }
    for (size_t h = 1; h < begins.size(); ++h)
        begins[h] += begins[h - 1];
    std::vector<uint32_t> sorted(mesh.node_count), next = begins;
    for (uint32_t i = 0; i < mesh.node_count; ++i)
        sorted[next[height[i]]++] = mesh.first_node + i;
    if (order.nodes.size() < sorted.size()) {
        order.nodes = {};
        machine_.require_memory(sorted.size() * sizeof sorted[0], "the order of a tree");
        order.nodes = {machine_.runtime(), sorted.size()};
    }
    const ByteRange all{0, sorted.size() * sizeof sorted[0]};
    const auto* from = reinterpret_cast<const std::byte*>(sorted.data());
    machine_.send(
        {&all, 1},
        [from](size_t begin, size_t end, std::byte* to) {
            std::memcpy(to, from + begin, end - begin);
        },
        reinterpret_cast<std::byte*>(order.nodes.data()));
    order.topology = mesh.topology;
}

// Behind the copies. The device's memory is not const to the device.
void SceneMemory::refit(const RefitMesh& mesh, const RefitOrder& order) {
    RefitTask task{};
    task.scene = views_.scene;
    task.mesh = mesh.mesh;
    task.nodes = const_cast<Bvh2Node*>(views_.bvh.nodes);
    task.triangles = const_cast<LeafTriangle*>(views_.bvh.leaf_triangles);
    task.spheres = const_cast<LeafSphere*>(views_.bvh.leaf_spheres);
    task.order = order.nodes.data();
    const auto launch = [&](const void* kernel, uint32_t first, uint32_t count) {
        task.first = first;
        task.count = count;
        machine_.launch(kernel, {blocks_for(count, refit_block_threads), 1}, refit_block_threads,
                        task, machine_.compute(), "the refit kernel");
    };
    launch(machine_.kernels().refit_leaves, 0, mesh.leaf_count);
    for (size_t h = 0; h + 1 < order.heights.size(); ++h)
        if (order.heights[h] < order.heights[h + 1])
            launch(machine_.kernels().refit_nodes, order.heights[h],
                   order.heights[h + 1] - order.heights[h]);
}

FilmMemory::FilmMemory(Machine& machine, Window window)
    : machine_(machine), window_(window), pixels_(machine.runtime(), pixels_on(machine, window)),
      rgb_(machine.runtime(), 3 * pixels_.size()), counters_(machine.runtime(), 1),
      counted_(machine.runtime(), 1),
      picture_(machine.runtime(), 3 * pixels_.size()), launches_{{Event(machine.runtime()),
                                                                  Event(machine.runtime())},
                                                                 {Event(machine.runtime()),
                                                                  Event(machine.runtime())}},
      render_begun_(machine.runtime()), rendered_(machine.runtime()),
      download_begun_(machine.runtime()), downloaded_(machine.runtime()),
      trial_begun_(machine.runtime()), trial_ended_(machine.runtime()) {
    const RenderKernel kernel = machine.options().kernel;
    try {
        if (may_go_in_waves(kernel)) waves_.emplace(machine, pixels_.size());
    } catch (const Error& error) {
        // There is a way that takes less memory.
        if (kernel != RenderKernel::fastest || error.exit() != Exit::backend) throw;
    }
    clear();
}

FilmView FilmMemory::view() noexcept {
    return {pixels_.data(), window_.x0, window_.y0, window_.x1 - window_.x0,
            window_.y1 - window_.y0};
}

void FilmMemory::clear() {
    Runtime& runtime = machine_.runtime();
    check(runtime, runtime.fill(pixels_.data(), 0, pixels_.bytes(), machine_.compute().get()),
          "clear the film on the GPU");
    machine_.compute().record(rendered_);
    rendering_ = downloading_ = false;
}

// What comes after `last`: all rows with several samples, or where that would take too long, some
// rows with one.
FilmMemory::Part FilmMemory::next_part(const Part& last, SampleRange range) const {
    const bool rows_left = last.end_row < height() && last.sample_count != 0;
    const uint32_t first_row = rows_left ? last.end_row : 0;
    const uint32_t first_sample =
        rows_left ? last.first_sample : last.first_sample + last.sample_count;
    const double budget =
        samples_per_ms_ > 0 ? samples_per_ms_ * machine_.options().launch_ms : first_launch_samples;
    const double rows = std::clamp(budget / double(width()), 1.0, double(height()));
    const uint64_t whole_rows = std::max<uint64_t>(
        uint64_t(rows) / render_block_height * render_block_height, render_block_height);
    Part part{};
    part.first_row = first_row;
    part.end_row = static_cast<uint32_t>(std::min<uint64_t>(first_row + whole_rows, height()));
    part.first_sample = first_sample;
    part.sample_count = 1;
    if (rows >= double(height()) && first_row == 0 && part.end_row == height()) {
        const double samples = budget / (double(width()) * double(height()));
        part.sample_count = static_cast<uint32_t>(std::clamp(
            samples, 1.0,
            double(std::min(range.first + range.count - first_sample, most_samples_a_launch))));
    }
    return part;
}

void FilmMemory::start(Launch& launch, const SceneViews& views, const FrameView& frame,
                       const Part& part) {
    RenderTask task{};
    task.scene = views.scene;
    task.bvh = views.bvh;
    task.frame = frame;
    task.film = view();
    task.first_row = part.first_row;
    task.end_row = part.end_row;
    task.first_sample = part.first_sample;
    task.sample_count = part.sample_count;
    task.counters = counters_.data();
    const uint32_t rows = part.end_row - part.first_row;
    machine_.compute().record(launch.begun);
    machine_.launch(
        machine_.render_kernel(task.scene, task.bvh),
        {blocks_for(width(), render_block_width), blocks_for(rows, render_block_height)},
        render_block_threads, task, machine_.compute(), "the render kernel");
    machine_.compute().record(launch.ended);
    launch.samples = width() * rows * part.sample_count;
}

void FilmMemory::finish(Launch& launch, const PassControl& control) {
    if (launch.samples == 0) return;
    machine_.await(launch.ended);
    Runtime& runtime = machine_.runtime();
    float ms = 0;
    check(runtime, runtime.elapsed_ms(launch.begun.get(), launch.ended.get(), ms),
          "time a launch on the GPU");
    samples_per_ms_ = double(launch.samples) / std::max(double(ms), 1e-3);
    if (control.samples_done != nullptr)
        control.samples_done->fetch_add(launch.samples, std::memory_order_relaxed);
    launch.samples = 0;
}

// Two launches are under way: the device does one while the host looks after the other.
bool FilmMemory::render_pixels(const SceneViews& views, const FrameView& frame, SampleRange range,
                               const PassControl& control) {
    Part part{0, 0, range.first, 0};
    const auto last = [&] {
        return part.end_row == height() &&
               part.first_sample + part.sample_count == range.first + range.count;
    };
    bool stopped = false;
    for (unsigned turn = 0; range.count != 0 && !last(); ++turn) {
        finish(launches_[turn % 2], control);
        stopped = control.stop != nullptr && control.stop->load(std::memory_order_relaxed);
        if (stopped) break;
        part = next_part(part, range);
        start(launches_[turn % 2], views, frame, part);
    }
    for (Launch& launch : launches_)
        finish(launch, control);
    return !stopped;
}

bool FilmMemory::render_waves(const SceneViews& views, const FrameView& frame, SampleRange range,
                              const PassControl& control, PassCounters& counters) {
    WaveTask task{};
    task.scene = views.scene;
    task.bvh = views.bvh;
    task.frame = frame;
    task.film = view();
    task.counters = counters_.data();
    return waves_->render(task, range, control, counters);
}

FilmMemory::Way FilmMemory::next_way() const {
    if (machine_.options().kernel != RenderKernel::fastest || !waves_)
        return {waves_.has_value(), true};
    if (sample_ms_[0] == 0) return {false, false};
    if (sample_ms_[1] == 0) return {true, false};
    return {sample_ms_[1] < sample_ms_[0], true};
}

bool FilmMemory::render_samples(const SceneViews& views, const FrameView& frame, SampleRange range,
                                const PassControl& control, PassCounters& counters) {
    const Stream& compute = machine_.compute();
    while (range.count != 0) {
        const Way way = next_way();
        const SampleRange part{range.first,
                               way.whole ? range.count : std::max(range.count / trial_share, 1u)};
        if (!way.whole) compute.record(trial_begun_);
        if (!(way.waves ? render_waves(views, frame, part, control, counters)
                        : render_pixels(views, frame, part, control)))
            return false;
        if (!way.whole) {
            compute.record(trial_ended_);
            machine_.await(trial_ended_);
            float ms = 0;
            check(machine_.runtime(),
                  machine_.runtime().elapsed_ms(trial_begun_.get(), trial_ended_.get(), ms),
                  "time samples on the GPU");
            sample_ms_[way.waves ? 1 : 0] = std::max(double(ms), 1e-6) / part.count;
        }
        range.first += part.count;
        range.count -= part.count;
    }
    return true;
}

bool FilmMemory::render(const SceneMemory& scene, const FrameView& frame, SampleRange range,
                        const PassControl& control, PassCounters& counters) {
    Runtime& runtime = machine_.runtime();
    const Stream& compute = machine_.compute();
    compute.wait(scene.uploaded());
    if (!std::exchange(rendering_, true)) compute.record(render_begun_);
    check(runtime, runtime.fill(counters_.data(), 0, counters_.bytes(), compute.get()),
          "clear counters on the GPU");
    const bool whole = render_samples(scene.views(), frame, range, control, counters);
    check(runtime,
          runtime.copy(counted_.data(), counters_.data(), counters_.bytes(), compute.get()),
          "copy counters from the GPU");
    compute.record(rendered_);
    machine_.await(rendered_);
    const PassCounters& counted = *counted_.data();
    counters.camera_rays += counted.camera_rays;
    counters.scattered_rays += counted.scattered_rays;
    counters.shadow_rays += counted.shadow_rays;
    counters.nan_samples += counted.nan_samples;
    counters.clamped_samples += counted.clamped_samples;
    return whole;
}

// After what was queued for this film, and not after what is queued for others by now.
void FilmMemory::begin_download() {
    const Stream& down = machine_.down();
    down.wait(rendered_);
    if (!std::exchange(downloading_, true)) down.record(download_begun_);
}

DeviceTimes FilmMemory::times() const {
    DeviceTimes times;
    if (rendering_)
        times.render = DeviceInterval{machine_.time_of(render_begun_), machine_.time_of(rendered_)};
    if (downloading_)
        times.download =
            DeviceInterval{machine_.time_of(download_begun_), machine_.time_of(downloaded_)};
    return times;
}

std::span<const float> FilmMemory::download_mean(uint32_t sample_count) {
    Runtime& runtime = machine_.runtime();
    const Stream& down = machine_.down();
    const ResolveTask task{pixels_.data(), rgb_.data(), pixels_.size(), sample_count};
    begin_download();
    machine_.launch(machine_.kernels().resolve_mean,
                    {blocks_for(task.pixel_count, resolve_block_threads), 1}, resolve_block_threads,
                    task, down, "the mean kernel");
    check(runtime, runtime.copy(picture_.data(), rgb_.data(), rgb_.bytes(), down.get()),
          "copy the picture from the GPU");
    down.record(downloaded_);
    machine_.await(downloaded_);
    return {picture_.data(), picture_.size()};
}

std::span<const FilmPixel> FilmMemory::download_sums() {
    Runtime& runtime = machine_.runtime();
    const Stream& down = machine_.down();
    if (sums_.size() == 0) sums_ = {runtime, pixels_.size()};
    begin_download();
    check(runtime, runtime.copy(sums_.data(), pixels_.data(), pixels_.bytes(), down.get()),
          "copy the film from the GPU");
    down.record(downloaded_);
    machine_.await(downloaded_);
    return {sums_.data(), sums_.size()};
}

} // namespace juggler::cuda
