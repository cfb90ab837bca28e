#include "bench/embree_machine.h"

#include "bench/embree_timing.h"
#include "host/base/threads.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include <time.h>

namespace juggler {
namespace {

std::string cpu_name() {
    std::ifstream in("/proc/cpuinfo");
    std::string name, family, model;
    for (std::string line; std::getline(in, line) && !line.empty();) {
        const size_t colon = line.find(": ");
        if (colon == std::string::npos) continue;
        if (line.starts_with("model name")) name = line.substr(colon + 2);
        if (line.starts_with("cpu family")) family = line.substr(colon + 2);
        if (line.starts_with("model\t")) model = line.substr(colon + 2);
    }
    return name + ", family " + family + ", model " + model;
}

std::string utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

} // namespace

double measure_ghz() {
    constexpr uint64_t adds = 20'000'000;
    double best = 1e9;
    for (int repeat = 0; repeat < 3; ++repeat) {
        uint64_t x = 0;
        const double start = thread_seconds();
        for (uint64_t i = 0; i < adds; i += 8)
            asm volatile("add $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\t"
                         "add $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0"
                         : "+r"(x)::"cc");
        best = std::min(best, thread_seconds() - start);
    }
    return double(adds) / best * 1e-9;
}

nlohmann::ordered_json machine_facts() {
    nlohmann::ordered_json facts;
    facts["date"] = utc_now();
    facts["cpu"] = cpu_name();
    facts["cores"] = usable_threads();
    facts["ghz_measured"] = measure_ghz();
#ifdef __clang__
    facts["compiler"] = "clang++ " __clang_version__;
#else
    facts["compiler"] = "g++ " __VERSION__;
#endif
    facts["build_type"] = JUGGLER_BUILD_TYPE;
    double load[3] = {0, 0, 0};
    if (getloadavg(load, 3) == 3) facts["load_average"] = {load[0], load[1], load[2]};
    return facts;
}

} // namespace juggler
