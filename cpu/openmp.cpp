#include "cpu/openmp.h"

#include "cpu/float_mode.h"

#include <cstdlib>
#include <omp.h>

namespace juggler {

void render_openmp(const WaveUnit& unit, const WaveScene& scene, const FrameView& frame,
                   const FilmView& film, TileDispenser& tiles, WaveSizes sizes,
                   std::span<WorkerMemory> workers) {
    const auto worker_count = static_cast<int>(workers.size());
    // A runtime that grants fewer threads gives some of them two workers' shares.
#pragma omp parallel num_threads(worker_count)
    {
        const ExactFloatMode exact;
        for (int i = omp_get_thread_num(); i < worker_count; i += omp_get_num_threads()) {
            // On the thread's own stack, so that no two workers count in one cache line.
            PassCounters counters{};
            TileDispenser::Worker worker(tiles, static_cast<unsigned>(i));
            WorkerMemory& memory = workers[static_cast<size_t>(i)];
            unit.render(scene, frame, film, worker.source(), sizes, memory.workspace, counters);
            memory.counters = counters;
        }
    }
}

unsigned openmp_threads_wanted() {
    if (std::getenv("OMP_NUM_THREADS") == nullptr) return 0;
    return static_cast<unsigned>(omp_get_max_threads());
}

} // namespace juggler
