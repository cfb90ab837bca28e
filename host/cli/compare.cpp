#include "host/base/output_file.h"
#include "host/cli/commands.h"
#include "host/cli/contest_setup.h"
#include "host/cli/pages.h"
#include "host/cli/streams.h"

#include <nlohmann/json.hpp>

namespace juggler {
namespace {

// A page shows how threads help, so it needs several numbers of them: 1, 2, 4 and so on up to the
// cores, and twice as many.
std::vector<uint32_t> thread_sweep() {
    const unsigned usable = cores().usable;
    std::vector<uint32_t> counts;
    for (unsigned n = 1; n < usable; n *= 2)
        counts.push_back(n);
    counts.push_back(usable);
    counts.push_back(std::min(2 * usable, thread_limit));
    return counts;
}

} // namespace

Exit compare(const CompareOptions& asked, const Context& context) {
    CompareOptions options = asked;
    if (!options.report.empty()) {
        check_output_place(options.report);
        if (options.threads.empty()) options.threads = thread_sweep();
    }
    const ContestRecord record = run_contest(options, context.quiet);
    if (!options.report.empty())
        write_page(
            contest_page(record, run_arrangements(options, record, context.quiet), context.command),
            options.report);
    if (options.json)
        print(contest_json(record).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
              "\n");
    else
        print(options.markdown ? contest_markdown(record) : contest_text(record));
    return record.contest.identical() ? Exit::done : Exit::differ;
}

} // namespace juggler
