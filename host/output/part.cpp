#include "host/output/part.h"

#include "host/base/error.h"

#include <charconv>

namespace juggler {
namespace {

std::optional<uint32_t> whole(std::string_view text) {
    uint32_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
    return value;
}

struct Ranks {
    uint32_t rank = 0, count = 1;
    std::string from;
};

class Environment {
public:
    explicit Environment(const Variable& variable) : variable_(variable) {}

    [[nodiscard]] std::optional<uint32_t> operator()(const char* name) const {
        const char* text = variable_(name);
        return text ? whole(text) : std::nullopt;
    }
    [[nodiscard]] std::optional<Ranks> ranks(const char* rank, const char* size) const {
        const auto r = (*this)(rank), n = (*this)(size);
        if (!r || !n || *n == 0 || *r >= *n || *n > part_limit) return std::nullopt;
        return Ranks{*r, *n, rank};
    }
    // A Slurm job that reserved several tasks but did not start its program by srun has a task
    // number and their count, too; only srun tells of a step.
    [[nodiscard]] Ranks ranks() const {
        for (const auto& [rank, size] : {std::pair{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                         {"PMI_RANK", "PMI_SIZE"},
                                         {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}})
            if (const auto found = ranks(rank, size); found && found->count > 1) return *found;
        return {};
    }
    // Slurm's job array; its numbers need neither start at 0 or 1 nor follow on each other.
    [[nodiscard]] Ranks array() const {
        const auto id = (*this)("SLURM_ARRAY_TASK_ID"), count = (*this)("SLURM_ARRAY_TASK_COUNT");
        if (!id || !count) return {};
        const uint32_t least = (*this)("SLURM_ARRAY_TASK_MIN").value_or(1);
        const uint32_t step = std::max(1u, (*this)("SLURM_ARRAY_TASK_STEP").value_or(1));
        const bool regular = *id >= least && (*id - least) % step == 0;
        const uint32_t index = regular ? (*id - least) / step : *count;
        if (index >= *count || *count > part_limit || (*count == 1 && *id > 1))
            throw Error(Exit::usage, "tell which part this is: task " + std::to_string(*id) +
                                         " is one of " + std::to_string(*count) +
                                         " in this job array, which looks like some tasks of a "
                                         "larger one; say it by --part " +
                                         std::to_string(*id) + "/N");
        return {index, *count, "SLURM_ARRAY_TASK_ID"};
    }

private:
    const Variable& variable_;
};

} // namespace

std::optional<Part> parse_part(std::string_view text) {
    const size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto index = whole(text.substr(0, slash)), count = whole(text.substr(slash + 1));
    if (!index || !count || *index < 1 || *index > *count || *count > part_limit)
        return std::nullopt;
    return Part{*index, *count, Split::frames};
}

Part part_of_environment(const Variable& variable, std::string& told) {
    const Environment environment(variable);
    const Ranks array = environment.array(), ranks = environment.ranks();
    const uint64_t count = uint64_t(array.count) * ranks.count;
    if (count > part_limit)
        throw Error(Exit::usage, "make more than " + std::to_string(part_limit) + " parts, and " +
                                     std::to_string(count) + " processes were started");
    told = array.from.empty() ? ranks.from : array.from;
    if (!array.from.empty() && !ranks.from.empty()) told += " and " + ranks.from;
    if (told.empty()) told = "no job array and no ranks found";
    return {array.rank * ranks.count + ranks.rank + 1, uint32_t(count), Split::frames};
}

Share share_of(uint32_t first, uint32_t end, uint32_t index, uint32_t count) {
    const uint64_t all = end - first;
    return {first + uint32_t(all * (index - 1) / count), first + uint32_t(all * index / count)};
}

std::vector<uint32_t> frames_of_part(const std::vector<uint32_t>& frames, const Part& part) {
    std::vector<uint32_t> mine;
    for (size_t i = part.index - 1; i < frames.size(); i += part.count)
        mine.push_back(frames[i]);
    return mine;
}

} // namespace juggler
