// A part of the work, for several processes that share it and need not know of each other.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace juggler {

enum class Split { frames, rows, samples };
inline constexpr const char* split_names[] = {"frames", "rows", "samples"};

struct Part {
    uint32_t index = 1, count = 1; // index from 1
    Split split = Split::frames;

    // Several processes hold the sums of one picture, and have to be merged.
    [[nodiscard]] bool of_a_picture() const { return count > 1 && split != Split::frames; }
};

inline constexpr uint32_t part_limit = 65536;

// "3/8", or nothing for anything else.
std::optional<Part> parse_part(std::string_view text);

// Of the batch system or the launcher that started this process, by its environment variables:
// a Slurm job array, times the ranks of each task; ranks of Open MPI, of PMI (MPICH, Intel MPI), or
// of Slurm itself. 1/1 if there is none. `told` gets where it was found, for people. Throws
// Error(Exit::usage) for an array of which only some are run, as after `sbatch --array=3`.
using Variable = std::function<const char*(const char* name)>; // as std::getenv
Part part_of_environment(const Variable& variable, std::string& told);

// Share number `index` (from 1) of `count` of the range, as even as can be; with all shares in
// order the range is whole. Empty if there are more shares than things.
struct Share {
    uint32_t first, end;
};
Share share_of(uint32_t first, uint32_t end, uint32_t index, uint32_t count);

// Every count-th frame: those of an animation that cost much stand together.
std::vector<uint32_t> frames_of_part(const std::vector<uint32_t>& frames, const Part& part);

} // namespace juggler
