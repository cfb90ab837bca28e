#include "host/learn/chores.h"

#include "host/base/threads.h"
#include "host/render/frame.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <numeric>
#include <thread>

#include <sched.h>

namespace juggler {
namespace {

constexpr double pass_seconds = 0.004;

// As many children a node as the vector backends here walk; the scalar one is not in lessons.
TreeLayouts layouts() { return find_backend("simd").open({})->layouts(); }

class Chores : public FrameWork {
public:
    Chores(const Studio& studio, const Chore& chore, const PipelinePlan& plan)
        : studio_(studio), chore_(chore), samples_(studio.samples_in(pass_seconds)),
          slots_(plan.slots()) {
        passes_ = uint32_t(std::max(chore.render / pass_seconds + 0.5, chore.render > 0 ? 1.0 : 0));
        for (unsigned i = 0; i < plan.workers_of(Stage::render) && passes_ > 0; ++i)
            painters_.push_back(open_painter(studio, "simd", 1));
        for (Slot& slot : slots_)
            slot.film = std::make_unique<Film>(studio.window());
    }

    Resume run(const Ticket& ticket) override {
        Slot& slot = slots_[ticket.slot];
        if (ticket.stage == Stage::render && slot.passes < passes_) {
            PassCounters counters{};
            (void)painters_[ticket.worker]->render_pass(studio_.view(), slot.film->view(),
                                                        {slot.passes * samples_, samples_}, {},
                                                        counters);
            ++slot.passes;
            return PipelineClock::now();
        }
        if (ticket.stage == Stage::write) slot.passes = 0;
        return wait(ticket, slot);
    }

private:
    struct Slot {
        std::unique_ptr<Film> film;
        uint32_t passes = 0;
        bool waited = false;
    };

    Resume wait(const Ticket& ticket, Slot& slot) const {
        if (slot.waited) {
            slot.waited = false;
            return std::nullopt;
        }
        double seconds = chore_.waits[+ticket.stage];
        bool blocking = chore_.blocking;
        if (ticket.stage == Stage::write && ticket.index + 1 == chore_.slow_frame) {
            seconds += chore_.slow_wait;
            blocking |= chore_.slow_blocking;
        }
        if (seconds <= 0) return std::nullopt;
        const std::chrono::duration<double> span(seconds);
        if (blocking) {
            std::this_thread::sleep_for(span);
            return std::nullopt;
        }
        slot.waited = true;
        return PipelineClock::now() + std::chrono::duration_cast<PipelineClock::duration>(span);
    }

    const Studio& studio_;
    const Chore& chore_;
    uint32_t samples_, passes_ = 0;
    std::vector<std::unique_ptr<Device>> painters_; // one for each render worker
    std::vector<Slot> slots_;
};

} // namespace

SceneDescription lesson_spheres() {
    SceneDescription scene;
    scene.name = "lesson";
    SkyDescription sky;
    sky.kind = sky_gradient;
    sky.top = {0.4f, 0.6f, 1};
    sky.horizon = {1, 1, 1};
    sky.bottom = {0.3f, 0.3f, 0.3f};
    scene.sky = sky;
    for (int i = 0; i < 3; ++i) {
        MaterialDescription material;
        material.base_color = {0.8f, 0.3f + 0.2f * float(i), 0.2f, 1};
        material.roughness = 0.3f * float(i);
        material.metallic = i == 0 ? 1 : 0;
        scene.materials.push_back(material);
        MeshDescription mesh;
        SpherePart part;
        part.material = i;
        for (int k = 0; k < 3; ++k)
            part.spheres.push_back({float(i) - 1, float(k) - 1, -4 + 0.3f * float(k), 0.45f});
        mesh.spheres.push_back(part);
        scene.meshes.push_back(std::move(mesh));
        InstanceDescription instance;
        instance.mesh = i;
        scene.instances.push_back(instance);
    }
    scene.cameras.emplace_back();
    return scene;
}

FrameView lesson_view(uint32_t width, uint32_t height, uint32_t max_depth) {
    FrameView view{};
    view.width = width;
    view.height = height;
    view.camera = make_camera({}, width, height);
    view.seed = view.frame = 1;
    view.max_depth = max_depth;
    view.shutter_close = 1;
    return view;
}

double thread_cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

Studio::Studio()
    : scene_(compile_scene(lesson_spheres(), layouts())), view_(lesson_view(64, 36, 6)) {
    const std::unique_ptr<Device> painter = open_painter(*this, "simd", 1);
    Film film(window());
    PassCounters counters{};
    // The first time, pages are touched; of the rest the least is what it takes undisturbed.
    double least = 1;
    for (uint32_t i = 0; i < 6; ++i) {
        const double begin = thread_cpu_seconds();
        (void)painter->render_pass(view_, film.view(), {i * 2, 2}, {}, counters);
        if (i > 0) least = std::min(least, thread_cpu_seconds() - begin);
    }
    samples_per_second_ = 2 / std::max(least, 1e-6);
}

uint32_t Studio::samples_in(double seconds) const {
    return uint32_t(std::clamp(samples_per_second_ * seconds, 1.0, 4096.0));
}

std::unique_ptr<Device> open_painter(const Studio& studio, const char* backend, unsigned threads) {
    DeviceOptions options;
    options.threads = threads;
    options.tile = 8; // a small picture has to do for many threads
    std::unique_ptr<Device> device = find_backend(backend).open(options);
    device->set_scene(studio.scene());
    return device;
}

PipelinePlan lesson_plan(Arrangement arrangement, uint32_t frames, unsigned in_flight,
                         unsigned workers) {
    PipelinePlan plan;
    plan.arrangement = arrangement;
    plan.frame_count = frames;
    plan.in_flight = in_flight;
    plan.parallel_workers = workers;
    return plan;
}

Timeline run_chores(const Studio& studio, const Chore& chore, const PipelinePlan& plan,
                    const std::string& title) {
    Chores chores(studio, chore, plan);
    RunOutcome outcome = run_pipeline(plan, chores, {});
    if (outcome.error) std::rethrow_exception(outcome.error);
    Timeline timeline = make_timeline(plan, std::move(outcome));
    timeline.title = title;
    timeline.backend = "simd";
    timeline.cores = usable_threads();
    timeline.render_threads = 1;
    timeline.frames.resize(plan.frame_count);
    std::iota(timeline.frames.begin(), timeline.frames.end(), 1u);
    return timeline;
}

OneCore::OneCore() : before_(sizeof(cpu_set_t)) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        before_.clear(); // a machine of more cores than fit the set: nothing is changed
        return;
    }
    std::memcpy(before_.data(), &set, sizeof set);
    const int core = sched_getcpu();
    CPU_ZERO(&set);
    CPU_SET(size_t(std::max(core, 0)), &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

OneCore::~OneCore() {
    if (!before_.empty())
        (void)sched_setaffinity(0, before_.size(),
                                reinterpret_cast<const cpu_set_t*>(before_.data()));
}

} // namespace juggler
