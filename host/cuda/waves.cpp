#include "host/cuda/waves.h"

#include <algorithm>

namespace juggler::cuda {
namespace {

// Paths of a pixel that may be under way together: more would only be there to begin and end.
constexpr uint64_t slots_a_pixel = 16;
// Short of memory, so many are worth having.
constexpr uint32_t least_slots = 1 << 14;
// Path numbers of a run, and of those that ask for more when there are none, stay within 32 bits.
constexpr uint64_t most_paths_a_run = uint64_t(1) << 31;
// Where all paths have begun, waves are nearly empty, and each may be the last.
constexpr uint32_t last_waves = 8;

uint32_t whole_warps(uint64_t slot_count) {
    return static_cast<uint32_t>((slot_count + 31) / 32 * 32);
}

// Scenes come after films, so these leave them half of the memory.
uint32_t slots_on(const Machine& machine, uint64_t pixel_count) {
    uint32_t count = path_slots(machine.options(), pixel_count);
    const uint64_t room = machine.free_memory() / 2;
    while (wave_bytes(count) > room && count / 2 >= least_slots)
        count = count / 64 * 32;
    machine.require_memory(wave_bytes(count), "paths in waves");
    return count;
}

} // namespace

uint32_t path_slots(const MachineOptions& options, uint64_t pixel_count) {
    return whole_warps(std::min<uint64_t>(options.path_slots, slots_a_pixel * pixel_count));
}

uint64_t wave_bytes(uint32_t slot_count) {
    return uint64_t(slot_count) * (wave_slot_words + 2) * sizeof(uint32_t) + sizeof(WaveControl);
}

WaveMemory::WaveMemory(Machine& machine, uint64_t pixel_count)
    : machine_(machine), slot_count_(slots_on(machine, pixel_count)),
      words_(machine.runtime(), size_t(wave_slot_words) * slot_count_),
      queues_(machine.runtime(), 2 * size_t(slot_count_)), control_(machine.runtime(), 1),
      controls_(machine.runtime(), 2), batches_{
                                           {Event(machine.runtime()), Event(machine.runtime())},
                                           {Event(machine.runtime()), Event(machine.runtime())}} {}

bool WaveMemory::render(WaveTask task, SampleRange range, const PassControl& control,
                        PassCounters& counters) {
    task.words = words_.data();
    task.closest = queues_.data();
    task.shadow = queues_.data() + slot_count_;
    task.next_path = &control_.data()->next_path;
    const uint64_t pixels = uint64_t(task.film.width) * task.film.height;
    const uint64_t most = std::max<uint64_t>(1, most_paths_a_run / pixels);
    for (uint32_t done = 0; done < range.count;) {
        const auto samples = static_cast<uint32_t>(std::min<uint64_t>(range.count - done, most));
        task.first_sample = range.first + done;
        task.path_count = static_cast<uint32_t>(pixels * samples);
        task.slot_count = std::min(slot_count_, whole_warps(task.path_count));
        if (!run(task, control, counters)) return false;
        done += samples;
    }
    return true;
}

// Two batches are under way: the device does one while the host looks at what the other has left.
bool WaveMemory::run(const WaveTask& task, const PassControl& control, PassCounters& counters) {
    Runtime& runtime = machine_.runtime();
    const StreamHandle compute = machine_.compute().get();
    check(runtime,
          runtime.fill(words_.data(), 0xff, task.slot_count * sizeof(uint32_t), compute), // no path
          "clear paths on the GPU");
    check(runtime, runtime.fill(control_.data(), 0, control_.bytes(), compute),
          "clear paths on the GPU");
    Progress progress{.path_count = task.path_count};
    bool stopped = false;
    unsigned turn = 0;
    for (; !progress.over && !stopped; ++turn) {
        finish(turn % 2, progress, control, counters);
        stopped = control.stop != nullptr && control.stop->load(std::memory_order_relaxed);
        if (!progress.over && !stopped) start(turn % 2, task, next_batch(progress.all_begun));
    }
    finish(turn % 2, progress, control, counters);
    return progress.over;
}

uint32_t WaveMemory::next_batch(bool all_begun) const {
    const double wanted = wave_ms_ > 0 ? machine_.options().launch_ms / wave_ms_ : 1;
    return static_cast<uint32_t>(
        std::clamp(wanted, 1.0, double(all_begun ? last_waves : most_waves_a_batch)));
}

void WaveMemory::start(unsigned turn, WaveTask task, uint32_t waves) {
    Runtime& runtime = machine_.runtime();
    const Stream& compute = machine_.compute();
    const RenderKernels& kernels = machine_.kernels_for(task.scene);
    const uint32_t blocks = (task.slot_count + wave_block_threads - 1) / wave_block_threads;
    const auto launch = [&](const void* kernel, uint32_t count, const char* name) {
        machine_.launch(kernel, {count, 1}, wave_block_threads, task, compute, name);
    };
    const auto resident = [&](const void* kernel) {
        return std::min(blocks, machine_.resident_blocks(kernel, wave_block_threads));
    };
    const bool compressed = machine_.walks_compressed(task.bvh);
    const void* const closest = compressed ? kernels.wave_closest_compressed : kernels.wave_closest;
    const void* const shadow = compressed ? kernels.wave_shadow_compressed : kernels.wave_shadow;
    const uint32_t closest_blocks = resident(closest), shadow_blocks = resident(shadow);
    Batch& batch = batches_[turn];
    compute.record(batch.begun);
    check(runtime,
          runtime.fill(control_.data()->counts, 0, waves * sizeof(WaveCounts), compute.get()),
          "clear counters on the GPU");
    for (uint32_t wave = 0; wave < waves; ++wave) {
        task.counts = control_.data()->counts + wave;
        launch(kernels.wave_shade, blocks, "the kernel of paths");
        launch(closest, closest_blocks, "the kernel of their rays");
        launch(shadow, shadow_blocks, "the kernel of shadow rays");
    }
    check(
        runtime,
        runtime.copy(controls_.data() + turn, control_.data(), sizeof(WaveControl), compute.get()),
        "copy counters from the GPU");
    compute.record(batch.ended);
    batch.waves = waves;
}

void WaveMemory::finish(unsigned turn, Progress& progress, const PassControl& control,
                        PassCounters& counters) {
    Batch& batch = batches_[turn];
    if (batch.waves == 0) return;
    machine_.await(batch.ended);
    Runtime& runtime = machine_.runtime();
    float ms = 0;
    check(runtime, runtime.elapsed_ms(batch.begun.get(), batch.ended.get(), ms),
          "time a launch on the GPU");
    const WaveControl& seen = controls_.data()[turn];
    const uint32_t begun = std::min(seen.next_path, progress.path_count);
    uint64_t closest = 0;
    for (uint32_t wave = 0; wave < batch.waves; ++wave) {
        closest += seen.counts[wave].closest;
        counters.shadow_rays += seen.counts[wave].shadow;
    }
    // Each path has begun with a camera ray.
    counters.camera_rays += begun - progress.paths_begun;
    counters.scattered_rays += closest - (begun - progress.paths_begun);
    progress.paths_begun = begun;
    progress.all_begun = begun == progress.path_count;
    const WaveCounts& last = seen.counts[batch.waves - 1];
    progress.over = progress.all_begun && last.closest == 0 && last.shadow == 0;
    // Waves that are not full take less time than others may.
    const double wave_ms = std::max(double(ms), 1e-3) / batch.waves;
    const bool full = 2 * closest >= uint64_t(batch.waves) * slot_count_;
    wave_ms_ = full ? wave_ms : std::max(wave_ms_, wave_ms);
    // Paths that only wait for a light are as good as done.
    const uint64_t paths_done = begun - last.closest;
    if (control.samples_done != nullptr)
        control.samples_done->fetch_add(paths_done - progress.paths_done,
                                        std::memory_order_relaxed);
    progress.paths_done = paths_done;
    batch.waves = 0;
}

} // namespace juggler::cuda
