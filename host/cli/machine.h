// What this process may use of its machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace juggler {

struct Cores {
    unsigned online = 1;   // of the machine
    unsigned affinity = 1; // this process may run on
    double quota = 0;      // of its control group, in cores; 0 = none
    unsigned usable = 1;   // threads that are worth starting: host/base/threads.h
};
Cores cores();

// The CPU quota and the memory limit of a version 2 control group, from the files in its folder.
// 0 = none.
double quota_of(const std::filesystem::path& group);
uint64_t memory_left_in(const std::filesystem::path& group);

// Bytes that can be had without swapping: of the machine and of the control group.
uint64_t available_memory();

std::string cpu_name();
std::vector<std::string> cpu_features(); // vector instruction sets, oldest first

struct Usage {
    uint64_t peak_rss_bytes;
    uint64_t voluntary_switches, involuntary_switches;
};
Usage usage();

} // namespace juggler
