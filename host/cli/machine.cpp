#include "host/cli/machine.h"

#include "host/base/threads.h"
#include "host/cli/usage.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace juggler {
namespace {

std::string first_line(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

unsigned affinity_count() {
    cpu_set_t set;
    CPU_ZERO(&set);
    // Machines of more than CPU_SETSIZE cores refuse the fixed set.
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return unsigned(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
    return unsigned(std::max(1, CPU_COUNT(&set)));
}

// This process's group and all above it: each may set a limit.
std::vector<std::filesystem::path> control_groups() {
    std::ifstream in("/proc/self/cgroup");
    std::vector<std::filesystem::path> groups;
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("0::/")) continue;
        const std::filesystem::path root = "/sys/fs/cgroup";
        for (std::filesystem::path at = root / line.substr(4); groups.size() < 64;
             at = at.parent_path()) {
            groups.push_back(at.has_filename() ? at : at.parent_path());
            if (groups.back() == root || at == at.root_path()) break;
        }
    }
    return groups;
}

std::optional<uint64_t> memory_line(const std::string& line) { // "MemAvailable:   123 kB"
    const size_t first = line.find_first_of("0123456789");
    const size_t end = line.find(' ', first);
    if (first == std::string::npos) return std::nullopt;
    const auto kilobytes = parse_whole(std::string_view(line).substr(first, end - first));
    return kilobytes ? std::optional(*kilobytes * 1024) : std::nullopt;
}

} // namespace

double quota_of(const std::filesystem::path& group) {
    const std::string line = first_line(group / "cpu.max"); // "200000 100000" or "max 100000"
    const size_t space = line.find(' ');
    if (space == std::string::npos) return 0;
    const auto quota = parse_whole(std::string_view(line).substr(0, space));
    const auto period = parse_whole(std::string_view(line).substr(space + 1));
    return quota && period && *period > 0 ? double(*quota) / double(*period) : 0;
}

uint64_t memory_left_in(const std::filesystem::path& group) {
    const auto limit = parse_whole(first_line(group / "memory.max"));
    const auto used = parse_whole(first_line(group / "memory.current"));
    if (!limit || !used) return 0;
    return *limit > *used ? *limit - *used : 1;
}

Cores cores() {
    Cores c;
    c.online = unsigned(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
    c.affinity = affinity_count();
    for (const auto& group : control_groups())
        if (const double quota = quota_of(group); quota > 0 && (c.quota == 0 || quota < c.quota))
            c.quota = quota;
    c.usable = usable_threads();
    return c;
}

uint64_t available_memory() {
    uint64_t available = std::numeric_limits<uint64_t>::max();
    std::ifstream in("/proc/meminfo");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("MemAvailable:")) available = memory_line(line).value_or(available);
    for (const auto& group : control_groups())
        if (const uint64_t left = memory_left_in(group); left > 0)
            available = std::min(available, left);
    return available;
}

std::string cpu_name() {
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("model name"))
            if (const size_t colon = line.find(": "); colon != std::string::npos)
                return line.substr(colon + 2);
    return "unknown";
}

std::vector<std::string> cpu_features() {
    std::vector<std::string> features;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse2")) features.emplace_back("sse2");
    if (__builtin_cpu_supports("sse4.2")) features.emplace_back("sse4.2");
    if (__builtin_cpu_supports("avx")) features.emplace_back("avx");
    if (__builtin_cpu_supports("avx2")) features.emplace_back("avx2");
    if (__builtin_cpu_supports("fma")) features.emplace_back("fma");
    if (__builtin_cpu_supports("avx512f")) features.emplace_back("avx512f");
    if (__builtin_cpu_supports("avx512vl")) features.emplace_back("avx512vl");
    if (__builtin_cpu_supports("avx512dq")) features.emplace_back("avx512dq");
    if (__builtin_cpu_supports("avx512bw")) features.emplace_back("avx512bw");
#elif defined(__aarch64__)
    features.emplace_back("neon");
#endif
    return features;
}

Usage usage() {
    rusage r{};
    getrusage(RUSAGE_SELF, &r);
    return {uint64_t(r.ru_maxrss) * 1024, uint64_t(r.ru_nvcsw), uint64_t(r.ru_nivcsw)};
}

} // namespace juggler
