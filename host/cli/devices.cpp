#include "cpu/units.h"
#include "host/cli/commands.h"
#include "host/cli/machine.h"
#include "host/cli/report.h"
#include "host/cli/streams.h"
#include "host/render/backend.h"

#include <cstdio>

namespace juggler {
namespace {

BackendLine line_of(const Backend& backend) {
    BackendLine line{std::string(backend.name), std::string(backend.short_name),
                     backend.unavailable(), ""};
    if (!line.unavailable.empty()) return line;
    try {
        line.device = backend.hardware ? backend.hardware() : backend.open({})->description();
    } catch (const std::exception& e) {
        line.unavailable = e.what();
    }
    return line;
}

std::string cores_text(const Cores& c) {
    std::string text = std::to_string(c.usable) + " of " + std::to_string(c.online);
    if (c.affinity < c.online) text += ", affinity " + std::to_string(c.affinity);
    if (c.quota > 0) {
        char quota[40];
        std::snprintf(quota, sizeof quota, ", control group quota %.3g", c.quota);
        text += quota;
    }
    return text;
}

std::string padded(std::string text, size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text;
}

std::string table(const std::vector<BackendLine>& lines, const std::string& automatic) {
    std::string text;
    for (const BackendLine& l : lines) {
        std::string name = l.name;
        if (!l.short_name.empty() && l.short_name != l.name) name += " (" + l.short_name + ")";
        text += padded(name, 18) +
                (l.unavailable.empty() ? l.device : "not available: " + l.unavailable) + "\n";
    }
    return text + padded("auto", 18) + automatic + "\n";
}

} // namespace

Exit devices(const DevicesOptions& options) {
    std::vector<BackendLine> lines;
    for (const Backend& backend : backends())
        lines.push_back(line_of(backend));
    const std::string automatic(find_backend("auto").name);
    const Cores c = cores();
    const std::string cpu = cpu_name();
    const std::vector<std::string> features = cpu_features();
    if (options.json) {
        print(devices_json(lines, automatic, c, cpu, features));
        return Exit::done;
    }
    std::string text = table(lines, automatic) + padded("isa", 17);
    for (const InstructionSet& set : instruction_sets())
        text += " " + std::string(set.name) + (set.supported() ? "" : " (not on this processor)");
    text += "\n";
    text += padded("cores", 18) + cores_text(c) + "\n" + padded("cpu", 18) + cpu + "\n" +
            padded("features", 17);
    for (const std::string& feature : features)
        text += " " + feature;
    print(text + "\n");
    return Exit::done;
}

} // namespace juggler
